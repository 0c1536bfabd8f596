"""Handshakes at a flow's address: whether a request is one, and what its answer leaves to do."""

import logging
from typing import Any

from engine.runs.plan import Plan, PlannedTrigger
from engine.signatures import SCHEMES

from .answers import IntakeAnswer
from .errors import HandshakeRefused
from .handshake_answers import HandshakeAnswer, HandshakeRequest
from .handshakes import answer
from .request import Request
from .services import IntakeServices

log = logging.getLogger("switchyard.intake")


def answer_to(
    request: Request,
    content: bytes,
    query: list[tuple[str, str]],
    trigger: PlannedTrigger,
    config: dict[str, Any],
    secret: dict[str, str],
) -> HandshakeAnswer | None:
    """The answer to a handshake, by the trigger's setting or that of its scheme; None for any other
    request."""
    preset = trigger.input.get("handshake")
    if not preset:
        known = SCHEMES.get(str(config.get("scheme")))
        preset = known.handshake if known is not None else None
        if not preset:
            return None
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers]
    return answer(preset, HandshakeRequest(request.method, headers, query, content), secret)


async def complete(
    services: IntakeServices,
    plan: Plan,
    trigger: PlannedTrigger,
    config: dict[str, Any],
    given: HandshakeAnswer,
) -> IntakeAnswer:
    """Do what a handshake leaves to do, and answer it."""
    if given.confirm is not None:
        await services.confirm(given.confirm)
    if given.learned and config.get("connection"):
        await services.learn(plan.project_id, config["connection"], trigger.piece, dict(given.learned))
    log.info("handshake answered: flow=%s status=%s", plan.flow_id, given.status)
    headers = [(name.lower().encode(), value.encode()) for name, value in given.headers]
    return given.status, headers, given.body


def refused(handshake: HandshakeAnswer) -> HandshakeRefused:
    return HandshakeRefused(handshake.status, handshake.body.decode("utf-8", "replace"))
