"""What a respond action answers with, as it is stored with its run and sent to whoever waits for it."""

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson

from engine.base import clock
from engine.base.redaction import redact
from engine.base.types import Json
from pieces import Context, PieceError, RunInfo

from .plan import PlannedAction
from .run import Run


def responder(run: Run, key: str) -> Callable[[int, dict[str, str], Json | bytes, bool], Awaitable[None]]:
    """What a step answers with (`Context.respond`). Whoever waits for the run gets it once it is stored."""

    async def respond(status: int, headers: dict[str, str], body: Json | bytes, end: bool) -> None:
        response = redact(response_of(status, headers, body), run.secrets)
        try:
            orjson.dumps(response["body"])
        except TypeError as error:
            raise PieceError(f"The answer cannot be written as JSON: {error}", field="body") from error
        run.respond(key, response, end=end)

    return respond


def context_at_once(run: Run, step: PlannedAction, key: str) -> Context:
    """The context of an action that waits for nothing and uses no connection."""
    assert step.action is not None
    plan = run.plan
    return Context(
        piece=step.action.piece,
        idempotency_key=f"{run.id}:{key}",
        run=RunInfo(run.id, plan.flow_id, plan.flow_name, plan.project_id, run.environment, key),
        on_respond=None if step.pure else responder(run, key),
        clock=clock.now,
    )


def response_of(status: int, headers: Mapping[str, str], body: Json | bytes) -> dict[str, Any]:
    """A response that can be written as JSON: bytes are in base64, and `encoding` says so."""
    if isinstance(body, bytes):
        text = base64.b64encode(body).decode()
        return {"status": status, "headers": dict(headers), "body": text, "encoding": "base64"}
    return {"status": status, "headers": dict(headers), "body": body}


def bytes_of(response: Mapping[str, Any]) -> bytes | None:
    """The bytes of a response that has any."""
    if response.get("encoding") != "base64":
        return None
    try:
        return base64.b64decode(str(response.get("body")), validate=True)
    except binascii.Error:  # a secret was cut out of it
        return b""
