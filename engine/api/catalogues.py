"""Catalogues of vendors' events, and the flows that handle them."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from pydantic import Field

from engine.authoring.flows import Flows
from engine.authoring.project_catalogues import Catalogues, Source
from engine.base.actor import Actor, Permission
from engine.base.errors import BadInput, NotFound, SwitchyardError
from engine.catalogues import Catalogue, definition, imports, label, learning
from engine.catalogues import names as shipped_names
from engine.catalogues.definition import Definition
from engine.catalogues.document import MAX_BYTES
from engine.store.paging import Page

from . import shapes
from .operation import operation
from .shapes import Body, JsonObject, Name, ResponseBody

_LARGEST = MAX_BYTES + 1_000_000
"""Bytes of a request with a document, which as a text in JSON is longer than by itself."""


class CatalogueRow(ResponseBody):
    name: str
    title: str
    vendor: str
    events: int = Field(description="How many there are")
    own: bool = Field(description="The project added it")


class CatalogueEvent(ResponseBody):
    name: str
    label: str
    group: str
    description: str
    sample: Any = Field(description="An example of the body")
    headers: dict[str, str] = Field(description="Of the example, where they name the event")
    variants: JsonObject = Field(description="Further example bodies")
    schema_: JsonObject = Field(
        alias="schema",
        description="JSON Schema of the body: the vendor's, or what the samples have in common",
    )


class CatalogueFacts(ResponseBody):
    name: str
    title: str
    vendor: str
    discriminator: str = Field(
        description="JMESPath over the event, `trigger.body` and `trigger.headers`, that returns its name",
        examples=["trigger.body.type"],
    )
    scopes: dict[str, str] = Field(
        description="What events belong to, `projects` say, with the JMESPath that gives its id"
    )
    verify: JsonObject = Field(description="How the vendor's requests are verified")
    verify_note: str
    mask: list[str] = Field(description="Paths whose values are hidden, and that handler flows take over")
    own: bool = Field(description="The project added it, and may change it")
    warnings: list[str] = Field(description="What was lost when it was created")
    unnamed: list[str] = Field(
        description="Events that cannot be distinguished from others: no branch can match them"
    )
    events: list[CatalogueEvent]


class CatalogueBody(Body):
    """What a catalogue says, in the shape of its own document."""

    title: str = Field(max_length=100, examples=["Shop"])
    vendor: str | None = Field(None, max_length=100)
    discriminator: str = Field(
        max_length=2000,
        description="JMESPath over the event that returns its name; a plain field's name is one of the body",
        examples=["trigger.body.type"],
    )
    verify: JsonObject | None = Field(None, description="`scheme` and its settings")
    verify_note: str | None = Field(None, max_length=1000)
    mask: list[str] | None = Field(
        None,
        description="Paths whose values are hidden in samples and, by the triggers of handler flows, in "
        "runs: `body.card.number`, `body.items[*].ssn`",
        examples=[["body.card.number"]],
    )
    events: list[JsonObject] = Field(
        description="Each with `name`, `sample`, and perhaps the sample's `headers`, `group`, `description`, "
        "`variants`, `schema`",
        examples=[[{"name": "order.created", "sample": {"type": "order.created"}}]],
    )


class NewCatalogue(Body):
    """A name, and one of: the `definition` itself, `samples` of bodies, an `asyncapi` or `openapi` document,
    or the flow to learn from."""

    name: str = Field(max_length=63, description="Lowercase letters, digits, _ and -", examples=["shop"])
    title: str | None = Field(None, max_length=100)
    discriminator: str | None = Field(
        None,
        max_length=2000,
        description="JMESPath over the event that returns its name; guessed if left out",
    )
    definition: CatalogueBody | None = None
    samples: list[JsonObject | list[Any]] | None = Field(
        None, description="Bodies", examples=[[{"type": "order.created", "total": 5}]]
    )
    asyncapi: JsonObject | str | None = Field(
        None, description="An AsyncAPI document of version 2 or 3; as text it may be YAML"
    )
    openapi: JsonObject | str | None = Field(
        None,
        description="An OpenAPI document with `webhooks` (3.1), `x-webhooks` or callbacks; as text it may be "
        "YAML",
    )
    learn_from: str | None = Field(None, max_length=100, description="A flow's id: what its webhook received")
    mask: list[str] | None = Field(None, description="As in the definition", examples=[["body.card.number"]])


class HandlerBody(Body):
    """What to handle; without `verify` the vendor's preset."""

    catalogue: str = Field(max_length=100, examples=["activepieces"])
    events: list[str] | Literal["all"] = Field(examples=[["flow.run.finished"]])
    name: Name | None = None
    verify: JsonObject | None = Field(
        None,
        description="`scheme` and its settings; the name of a saved `connection` or the `secret` to save: "
        "without either, a new secret is created. `none` lets anyone send.",
        examples=[{"scheme": "none"}],
    )
    only: dict[str, list[str]] | None = Field(
        None,
        description="Let only events through that belong to these, by the catalogue's `scopes`; events that "
        "belong to none come through",
        examples=[{"projects": ["prj_1"]}],
    )
    publish: bool = Field(False, description="Publish and enable the flow at once")


class HandlerFlow(ResponseBody):
    flow: shapes.Flow
    webhook_url: str
    verify: JsonObject = Field(
        description="`scheme`, `connection`, `header` where there is one; `secret` once, if it was new"
    )


@operation("GET", "/catalogues", Permission.view, answer=shapes.List[CatalogueRow])
async def list_catalogues(catalogues: Catalogues, actor: Actor) -> Page[dict[str, Any]]:
    """List the catalogues: the project's own, then those that ship."""
    return Page([_row(one) for one in await catalogues.all(str(actor.project_id))])


@operation("GET", "/catalogues/{name}", Permission.view, answer=CatalogueFacts)
async def read_catalogue(catalogues: Catalogues, actor: Actor, name: str) -> dict[str, Any]:
    """Read a catalogue with a sample of each event."""
    found = await catalogues.get(str(actor.project_id), name)
    return await asyncio.to_thread(_facts, found)


@operation(
    "POST", "/catalogues", Permission.edit, answer=CatalogueFacts, status=201, errors=(409,), largest=_LARGEST
)
async def create_catalogue(
    catalogues: Catalogues, flows: Flows, actor: Actor, body: NewCatalogue
) -> dict[str, Any]:
    """Add a catalogue to the project.

    By its definition, by samples of bodies, by an AsyncAPI or OpenAPI document (references within it only),
    or by what a flow's webhook received of late. What tells the events apart is found out unless given.
    """
    given, source = await _given(flows, catalogues, actor, body)
    if body.mask is not None:
        given = {**given, "mask": body.mask}
    made = await catalogues.create(actor, body.name, given, source)
    return await asyncio.to_thread(lambda: _facts(made.catalogue))


@operation("PUT", "/catalogues/{name}", Permission.edit, answer=CatalogueFacts, errors=(409,))
async def save_catalogue(
    catalogues: Catalogues, actor: Actor, name: str, body: CatalogueBody
) -> dict[str, Any]:
    """Replace a catalogue of the project; those that ship cannot be changed."""
    made = await catalogues.update(actor, name, body.model_dump(exclude_none=True))
    return await asyncio.to_thread(lambda: _facts(made.catalogue))


@operation("DELETE", "/catalogues/{name}", Permission.edit, answer=None, status=204, errors=(409,))
async def delete_catalogue(catalogues: Catalogues, actor: Actor, name: str) -> None:
    """Delete a catalogue of the project; flows that were made of it stay."""
    await catalogues.delete(actor, name)


@operation("POST", "/handler-flows", Permission.edit, answer=HandlerFlow, status=201, errors=(409,))
async def generate_handler_flow(
    flows: Flows, catalogues: Catalogues, actor: Actor, body: HandlerBody
) -> object:
    """Generate a handler flow.

    A flow whose router has one branch for each event, with a stored sample of each. What the sender needs
    stands in the answer: the address, and how to sign.
    """
    try:
        catalogue = await catalogues.get(str(actor.project_id), body.catalogue)
    except NotFound as error:
        raise BadInput(error.message, field="catalogue") from error
    return await flows.generate_handler(
        actor, catalogue, body.events, body.name, body.verify, only=body.only, publish=body.publish
    )


async def _given(
    flows: Flows, catalogues: Catalogues, actor: Actor, body: NewCatalogue
) -> tuple[Definition, Source]:
    """The definition that a request asks for. Raises `BadInput` unless it names one way to it."""
    ways = [body.definition, body.samples, body.asyncapi, body.openapi, body.learn_from]
    if sum(way is not None for way in ways) != 1:
        raise BadInput(
            "Send one of definition, samples, asyncapi, openapi and learn_from.", field="definition"
        )
    title, by = body.title or label(body.name), body.discriminator or ""
    if body.definition is not None:
        return body.definition.model_dump(exclude_none=True), "samples"
    if body.samples is not None:
        if not 0 < len(body.samples) <= learning.MAX_SAMPLES:
            raise BadInput(f"Send 1 to {learning.MAX_SAMPLES:,} samples.", field="samples")
        return learning.from_samples(body.samples, title, definition.expression(by)), "samples"
    documents: tuple[tuple[imports.Kind, Any], ...] = (
        ("asyncapi", body.asyncapi), ("openapi", body.openapi),
    )  # fmt: skip
    for kind, document in documents:
        if document is not None:
            with _named("document", kind):
                # Up to seconds of work, which must not hold up others.
                made = await asyncio.to_thread(
                    imports.read, document, body.title or "", kind, definition.expression(by)
                )
            return made, kind
    try:
        flow = await flows.get(str(actor.project_id), str(body.learn_from))
    except NotFound as error:  # of the address it would be 404
        raise BadInput(error.message, field="learn_from") from error
    with _named("flow", "learn_from"):
        learned = await catalogues.learn(flow.project_id, flow.id, title, definition.expression(by))
    return learned, "learned"


@contextmanager
def _named(field: str, here: str) -> Iterator[None]:
    """An error about `field` names the field of this API's body that it came in."""
    try:
        yield
    except SwitchyardError as error:
        if error.field == field:
            error.field = here
        raise


def _facts(found: Catalogue) -> dict[str, Any]:
    return {
        "name": found.name,
        "title": found.title,
        "vendor": found.vendor,
        "discriminator": found.discriminator,
        "verify": dict(found.verify),
        "verify_note": found.verify_note,
        "mask": list(found.mask),
        "own": found.name not in shipped_names(),
        "scopes": dict(found.scopes),
        "warnings": list(found.warnings),
        "unnamed": found.unnamed,
        "events": [
            {
                "name": event.name,
                "label": event.label,
                "group": event.group,
                "description": event.description,
                "sample": event.sample,
                "headers": dict(event.headers),
                "variants": dict(event.variants),
                "schema": event.json_schema,
            }
            for event in found.events.values()
        ],
    }


def _row(catalogue: Catalogue) -> dict[str, Any]:
    return {
        "name": catalogue.name,
        "title": catalogue.title,
        "vendor": catalogue.vendor,
        "events": len(catalogue.events),
        "own": catalogue.name not in shipped_names(),
    }


OPERATIONS = (
    list_catalogues,
    read_catalogue,
    create_catalogue,
    save_catalogue,
    delete_catalogue,
    generate_handler_flow,
)
