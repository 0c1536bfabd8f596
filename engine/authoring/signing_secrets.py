"""Whether the secrets with which a flow's webhook verifies can verify anything at all."""

from collections.abc import Mapping
from typing import Any

from engine.base.errors import SwitchyardError
from engine.base.types import Json
from engine.flow.problem import Problem
from engine.signatures import secret_problem
from pieces import AuthError

from .handler_secrets import PIECE, Connections

_LEARNS = "asana"  # whose secret comes with the first request


async def problems(connections: Connections, project_id: str, definition: Mapping[str, Any]) -> list[Problem]:
    """A problem for each webhook whose connection has no secret that fits its scheme: it would refuse every
    request. What else is wrong with connections, the flow's check says."""
    found = []
    for number, trigger in enumerate(definition.get("triggers") or ()):
        verify = _verify(trigger)
        if verify is None or verify["scheme"] in ("none", _LEARNS):
            continue
        try:
            fields = await connections.secret(project_id, verify["connection"], PIECE)
        except (SwitchyardError, AuthError):
            continue
        options = {key: value for key, value in verify.items() if key not in ("scheme", "connection")}
        message = secret_problem(verify["scheme"], fields, options)
        if message is not None:
            sentence = f"The connection “{verify['connection']}” cannot verify requests: {message}"
            pointer = f"/triggers/{number}/input/verify/connection"
            found.append(Problem(pointer, sentence, severity="error", code="connection"))
    return found


def _verify(trigger: Json) -> dict[str, Any] | None:
    """The settings of a webhook that verifies with a connection."""
    if not isinstance(trigger, Mapping) or trigger.get("piece") != PIECE:
        return None
    values = trigger.get("input")
    verify = values.get("verify") if isinstance(values, Mapping) else None
    if not isinstance(verify, dict) or not isinstance(verify.get("scheme"), str):
        return None
    return verify if isinstance(verify.get("connection"), str) and verify["connection"] else None
