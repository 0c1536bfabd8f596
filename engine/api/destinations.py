"""Destinations: who is told of the project's events. Headers, sign-ins and keys go in and never come out.

Viewers read; editors test, resend and release; admins of the project create, change, verify, switch,
discard and delete. The path and query of an address may hold a secret: they are shown to admins only.
"""

from typing import Any, Literal

from pydantic import Field

from engine.base.actor import Actor, Permission
from engine.base.errors import BadInput
from engine.destinations import Destinations, describe
from engine.destinations.message import FORMATS, KINDS, VERIFICATIONS
from engine.destinations.schema import MAX_URL
from engine.events import registry as events
from engine.store.paging import Page

from . import shapes
from .operation import operation
from .shapes import Body, JsonObject, Moment, Name, ResponseBody

_ONE = "/destinations/{destination_id}"
_KINDS = ", ".join(KINDS)


class Options(Body):
    """How it is treated; what is not given keeps its default."""

    rate_per_s: float | None = Field(None, description="Deliveries per second at most; null for no limit")
    concurrency: int = Field(4, description="Requests on their way at the same time")
    order_key: str = Field(
        "",
        max_length=500,
        description="JMESPath over the event: those with the same value go one after the other",
        examples=["data.flowRun.flowId"],
    )
    timeout_s: float = Field(15, description="Seconds for a whole attempt")
    batch_size: int = Field(100, description="Events in one body, for formats that take several")
    disable_after_h: float = Field(
        120, description="Hours of failures, without a success, after which it is disabled"
    )


class NewDestination(Body):
    name: Name
    kind: str = Field("webhook", max_length=20, description=f"One of: {_KINDS}")
    url: str = Field(
        max_length=MAX_URL,
        description="The address; of a flow its id, of a topic or file its name",
        examples=["https://example.com/events"],
    )
    events: list[str] = Field(
        max_length=500,
        description="Actions; `flow.*` for those that begin so, `*` for all",
        examples=[["flow.published"]],
    )
    format: str = Field("raw", max_length=30, description=f"One of: {', '.join(FORMATS)}")
    headers: dict[str, str] | None = Field(None, description="Written, never read back")
    credentials: dict[str, str] | None = Field(
        None, description="Sign-in at a broker (`username`, `password`, `token`); never read back"
    )
    verification: str = Field("none", max_length=20, description=f"One of: {', '.join(VERIFICATIONS)}")
    options: Options | None = None


class DestinationChanges(Body):
    """What to change; what is not given stays. Dots in the query of an address stand for the stored value.
    Elsewhere, headers are dropped unless they are given again."""

    name: Name | None = None
    kind: str | None = Field(None, max_length=20)
    url: str | None = Field(None, max_length=MAX_URL)
    events: list[str] | None = Field(None, max_length=500)
    format: str | None = Field(None, max_length=30)
    headers: dict[str, str | None] | None = Field(
        None, description="By name: a value sets it, null keeps the one that is stored, others go"
    )
    credentials: dict[str, str] | None = None
    verification: str | None = Field(None, max_length=20)
    options: Options | None = None


class Destination(ResponseBody):
    id: str
    project_id: str | None
    name: str
    kind: str
    url: str = Field(
        description="To admins with dots for the values of its query, to others without path and query"
    )
    events: list[str]
    format: str
    header_names: list[str] = Field(description="Their values are never shown")
    credential_names: list[str] = Field(description="Which parts of a broker's sign-in are set")
    verification: str
    status: Literal["pending", "active", "inactive"]
    reason: str = Field(description="Why it has this status")
    options: JsonObject
    failing_since: Moment | None = Field(description="No success since then")
    held: int = Field(description="Deliveries that wait for it to be active")
    last_delivered: Moment | None
    last_failed: Moment | None
    flow_id: str | None = Field(description="The flow of this instance that it leads to")
    flow_name: str | None
    flow_published: bool | None = Field(description="Whether that flow is published and enabled")
    created: Moment
    updated: Moment
    creator: str | None


class Attempted(ResponseBody):
    """How one request ended."""

    ok: bool
    kind: str = Field(description="ok, or what went wrong: status, redirect, gone, timeout, dns, tls …")
    status: int | None = Field(description="The HTTP status")
    error: str | None
    phases: JsonObject = Field(
        description="Milliseconds: dns_ms, connect_ms, tls_ms, first_byte_ms, total_ms"
    )
    request_headers: dict[str, str]
    headers: dict[str, str] = Field(description="Of the answer")
    body: str = Field(description="The beginning of the answer")


class CreatedDestination(Destination):
    secret: str = Field(description="Signs deliveries; shown only once")
    verified: Attempted | None = Field(description="What came back to its verification")


class DestinationTestBody(Body):
    event: str = Field(max_length=100, description="An action", examples=["flow.published"])
    variant: str = Field("", max_length=100, description="One of the event's further samples")


class Tested(Attempted):
    sent: str = Field(description="The body as it was sent")


class Rotation(Body):
    may_be_absent = True
    overlap_h: float = Field(24, ge=0, le=168, description="Hours for which the old key still signs as well")


class Rotated(ResponseBody):
    secret: str = Field(description="The new one; shown only once")


class Keys(ResponseBody):
    keys: list[JsonObject] = Field(description="A JWK set (RFC 7517), each with its `whpk` text and `until`")


class Counted(ResponseBody):
    count: int


@operation("GET", "/destinations", Permission.view, answer=shapes.List[Destination])
async def list_destinations(destinations: Destinations, actor: Actor) -> Page[JsonObject]:
    """List the project's destinations."""
    return Page([shown(found, actor) for found in await destinations.list(str(actor.project_id))])


@operation("POST", "/destinations", Permission.admin, answer=CreatedDestination, status=201, errors=(409,))
async def create_destination(destinations: Destinations, actor: Actor, body: NewDestination) -> JsonObject:
    """Make a destination.

    It is verified at once, if it asks for that; until it has been, its events are held. Its secret
    stands in this answer and nowhere else.
    """
    made = await destinations.create(actor, str(actor.project_id), body.model_dump(exclude_unset=True))
    verified = attempted(made.answer) if made.answer is not None else None
    return {**shown(made.record, actor), "secret": made.secret, "verified": verified}


@operation("GET", _ONE, Permission.view, answer=Destination)
async def read_destination(destinations: Destinations, actor: Actor, destination_id: str) -> JsonObject:
    """Read a destination."""
    return shown(await destinations.get(str(actor.project_id), destination_id), actor)


@operation("PATCH", _ONE, Permission.admin, answer=Destination, errors=(409,))
async def change_destination(
    destinations: Destinations, actor: Actor, destination_id: str, body: DestinationChanges
) -> JsonObject:
    """Change a destination.

    Headers and sign-ins belong to the address: another one drops them unless they are given again.
    """
    changes = body.model_dump(exclude_unset=True)
    return shown(await destinations.update(actor, str(actor.project_id), destination_id, changes), actor)


@operation("DELETE", _ONE, Permission.admin, answer=None, status=204)
async def delete_destination(destinations: Destinations, actor: Actor, destination_id: str) -> None:
    """Delete a destination with its deliveries."""
    await destinations.delete(actor, str(actor.project_id), destination_id)


@operation("POST", _ONE + "/verify", Permission.admin, answer=Attempted, errors=(409,))
async def verify_destination(destinations: Destinations, actor: Actor, destination_id: str) -> JsonObject:
    """Verify a destination.

    Asks it as its `verification` says. One that answers as it should becomes active.
    """
    return attempted(await destinations.verify(actor, str(actor.project_id), destination_id))


@operation("POST", _ONE + "/test", Permission.edit, answer=Tested)
async def test_destination(
    destinations: Destinations, actor: Actor, destination_id: str, body: DestinationTestBody
) -> JsonObject:
    """Send it the sample of an event.

    At once, whatever its status; no delivery is stored and no statistic counts it.
    """
    known = events.EVENTS.get(body.event)
    if known is None:
        raise BadInput("There is no such event.", field="event")
    if body.variant not in known.samples:
        raise BadInput("This event has no such sample.", field="variant")
    found = await destinations.test(actor, str(actor.project_id), destination_id, body.event, body.variant)
    return {**attempted(found.answer), "sent": found.body}


@operation("POST", _ONE + "/enable", Permission.admin, answer=Destination, errors=(409,))
async def enable_destination(destinations: Destinations, actor: Actor, destination_id: str) -> JsonObject:
    """Make it active, verified or not. What it holds stays held until it is released."""
    return shown(await destinations.enable(actor, str(actor.project_id), destination_id), actor)


@operation("POST", _ONE + "/disable", Permission.admin, answer=Destination, errors=(409,))
async def disable_destination(destinations: Destinations, actor: Actor, destination_id: str) -> JsonObject:
    """Make it inactive. Its events are held from now on."""
    return shown(await destinations.disable(actor, str(actor.project_id), destination_id), actor)


@operation("POST", _ONE + "/rotate", Permission.admin, answer=Rotated)
async def rotate_destination(
    destinations: Destinations, actor: Actor, destination_id: str, body: Rotation
) -> dict[str, str]:
    """Give it new signing keys. The old ones go on signing beside them for the overlap."""
    secret = await destinations.rotate(actor, str(actor.project_id), destination_id, overlap_h=body.overlap_h)
    return {"secret": secret}


@operation("GET", _ONE + "/keys", Permission.view, answer=Keys)
async def destination_keys(destinations: Destinations, actor: Actor, destination_id: str) -> JsonObject:
    """Its public keys, by which receivers check `v1a` signatures."""
    return await destinations.public_keys(str(actor.project_id), destination_id)


@operation("POST", _ONE + "/release", Permission.edit, answer=Counted, errors=(409,))
async def release_destination(
    destinations: Destinations, actor: Actor, destination_id: str
) -> dict[str, int]:
    """Send what is held. Only to an active destination."""
    return {"count": await destinations.release(actor, str(actor.project_id), destination_id)}


@operation("POST", _ONE + "/discard", Permission.admin, answer=Counted)
async def discard_destination(
    destinations: Destinations, actor: Actor, destination_id: str
) -> dict[str, int]:
    """Give up what is held. The deliveries stay to be seen, as discarded."""
    return {"count": await destinations.discard(actor, str(actor.project_id), destination_id)}


def shown(record: Any, actor: Actor) -> JsonObject:
    """A destination as this caller may see it."""
    facts: JsonObject = record.to_json()
    if not actor.may(Permission.admin):
        facts["url"] = describe.place(record.kind, record.url)
    return facts


def attempted(answer: Any) -> JsonObject:
    """What came back, as JSON; of a body that is not text the signs that can be read."""
    return {
        "ok": answer.ok,
        "kind": answer.kind,
        "status": answer.status,
        "error": answer.error,
        "phases": answer.phases,
        "request_headers": dict(answer.request_headers),
        "headers": dict(answer.headers),
        "body": answer.body.decode("utf-8", "replace"),
    }


OPERATIONS = (
    list_destinations,
    create_destination,
    read_destination,
    change_destination,
    delete_destination,
    verify_destination,
    test_destination,
    enable_destination,
    disable_destination,
    rotate_destination,
    destination_keys,
    release_destination,
    discard_destination,
)
