"""A request for a piece's own webhook trigger: the piece verifies it and says which runs it starts."""

import logging
import math
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import orjson

from engine.base import clock
from engine.base.errors import (
    BadInput,
    Malformed,
    NotSignedIn,
    SwitchyardError,
    TooLarge,
    Unavailable,
    WrongMediaType,
)
from engine.base.ids import new_id
from engine.base.redaction import traceback_of
from engine.base.types import Json
from engine.runs.dedupe import Identity, identify
from engine.runs.plan import Plan, PlannedTrigger
from engine.store.run_store import NewRun
from engine.triggers.calls import Given, event_of
from pieces import AuthError, PieceError, Retry, WebhookRequest

from .request import Request
from .request_parser import forget_credentials, headers_of, read_event, read_nothing

log = logging.getLogger("switchyard.intake")

Keep = Callable[[], Awaitable[None]]

MAX_PAYLOADS = 1000
"""Runs that one request may start."""
_AGAIN = 60  # seconds after which a sender may try once more when the piece named no time
_LATEST = 3600


class Receiver(Protocol):
    async def receive(
        self,
        plan: Plan,
        trigger: PlannedTrigger,
        request: WebhookRequest,
        environment: str,
        at: float | None = None,
    ) -> Given: ...

    async def hidden(self, project_id: str, connection: str | None) -> frozenset[str]:
        """The texts of a trigger's connection that must not be stored or shown."""
        ...

    async def told(self, project_id: str, connection: str | None, error: BaseException) -> str: ...


async def runs_of(
    calls: Receiver, request: Request, content: bytes, query: list[tuple[str, str]], plan: Plan,
    trigger: PlannedTrigger, environment: str, at: float | None = None,
) -> tuple[list[NewRun], Keep]:  # fmt: skip
    """The runs that a request starts, none of them stored yet, and what to call once all are durable.
    `at` is when it arrived, in Unix seconds; None for now.

    Raises NotSignedIn (401), Malformed (400), Unavailable (503), by what the piece raised.
    """
    try:
        event, _ = await read_event(request, content, query)
    except WrongMediaType:  # the piece may read the bytes
        event = read_nothing(request, query)
    headers = headers_of(request)
    asked = WebhookRequest(
        request.method, headers, {n: _last(v) for n, v in event["query"].items()}, event["body"], content
    )
    given = await _ask(calls, plan, trigger, asked, environment, at)
    if len(given.payloads) > MAX_PAYLOADS:
        raise TooLarge(f"The request has more than {MAX_PAYLOADS:,} events.")
    hidden = await calls.hidden(plan.project_id, trigger.connection)
    test = environment == "test"
    runs = []
    for index, payload in enumerate(given.payloads):
        made = event_of(payload, asked.method)
        if made is payload:
            made = {**made, "headers": dict(made["headers"])}
            forget_credentials(made["headers"], hidden)
        known = Identity()
        if not test:
            known = await _identity(trigger, {**event, "headers": headers}, made, index)
        runs.append(_run(plan, trigger, made, environment, known))
    return runs, given.keep


async def _ask(
    calls: Receiver,
    plan: Plan,
    trigger: PlannedTrigger,
    request: WebhookRequest,
    environment: str,
    at: float | None,
) -> Given:
    try:
        return await calls.receive(plan, trigger, request, environment, at)
    except AuthError as error:
        text = await calls.told(plan.project_id, trigger.connection, error)
        raise NotSignedIn(f"The request could not be verified: {text}") from error
    except PieceError as error:
        raise Malformed(await calls.told(plan.project_id, trigger.connection, error)) from error
    except Retry as error:
        text = await calls.told(plan.project_id, trigger.connection, error)
        after = min(_LATEST, error.after) if error.after is not None else _AGAIN
        raise Unavailable(text, retry_after=max(1, math.ceil(after))) from error
    except TimeoutError as error:
        raise Unavailable("The trigger took too long.", retry_after=_AGAIN) from error
    except SwitchyardError:
        raise
    except Exception as error:
        hidden = await calls.hidden(plan.project_id, trigger.connection)
        shown = traceback_of(error, hidden)
        log.error("trigger %s of flow %s broke on a request\n%s", trigger.name, plan.flow_id, shown)
        raise SwitchyardError("The trigger failed on this request. Nothing was stored.") from error


def _run(plan: Plan, trigger: PlannedTrigger, event: Json, environment: str, known: Identity) -> NewRun:
    run = NewRun(
        new_id("run"), plan.project_id, plan.flow_id, plan.version_id, plan.version, trigger.name,
        _encoded(event), event, clock.now_iso(), environment, known.key,
    )  # fmt: skip
    if known.warning:
        run.warn(known.warning)
    return run


async def _identity(trigger: PlannedTrigger, request: Json, event: Json, index: int) -> Identity:
    """What tells this payload from others: what the flow says of it, else its request and its place there."""
    if trigger.dedupe is not None:
        return await identify(event, trigger, None)
    key = (await identify(request, trigger, None)).key
    return Identity(None if key is None else f"{key}:{index}")


def _encoded(event: Json) -> bytes:
    try:
        return orjson.dumps(event)
    except TypeError as error:
        raise BadInput(f"The trigger's result cannot be written as JSON: {error}") from error


def _last(value: Any) -> str:
    return str(value[-1] if isinstance(value, list) else value)
