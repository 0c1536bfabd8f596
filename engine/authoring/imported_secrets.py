"""Secrets in imported flows: moved into connections, which are created with the flows or not at all."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from engine.base.actor import Actor, Role
from engine.importers.activepieces import Finding
from engine.importers.literal_secrets import Moved, take

from .handler_secrets import Connections

_PIECE = "http"
_Key = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class Cleaned:
    """Definitions without the secrets that they held, and what is said about it."""

    definitions: list[dict[str, Any]]
    findings: list[Finding]


@asynccontextmanager
async def moved(
    connections: Connections, actor: Actor, definitions: Sequence[dict[str, Any]]
) -> AsyncIterator[Cleaned]:
    """Move literal secrets of HTTP requests into connections; what fails inside the block takes them back.

    Whoever imports a file knows the secrets in it, and gets no further with them than the host that they
    were for: so the right to import is enough.
    """
    admin = replace(actor, role=Role.admin)
    found = [take(definition) for definition in definitions]
    taken = await connections.names(str(actor.project_id)) if any(moves for moves, _ in found) else {}
    named: dict[_Key, str] = {}
    created: list[str] = []
    findings: list[Finding] = []
    try:
        for definition, (moves, left) in zip(definitions, found, strict=True):
            flow = str(definition.get("name", ""))
            for move in moves:
                key = (move.host, move.fields)
                if key not in named:
                    named[key] = _free(move.host, {*taken, *named.values()})
                    fields = {**dict(move.fields), "hosts": move.host}
                    created.append((await connections.create(admin, named[key], _PIECE, fields)).id)
                definition["steps"][move.step]["connection"] = named[key]
                findings.append(Finding(move.step, _told(move, named[key]), "warning", flow))
            findings += [
                Finding(move.step, _stays(move), "error" if move.fields else "warning", flow) for move in left
            ]
        yield Cleaned(list(definitions), findings)
    except BaseException:
        for connection_id in created:
            await connections.delete(admin, connection_id, force=True)
        raise


def _free(host: str, taken: set[str]) -> str:
    base = re.sub(r"[^a-z0-9]+", "-", host.lower()).strip("-")[:50] or "imported"
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}-{number}"
    return name


def _told(move: Moved, name: str) -> str:
    return (
        f"The secret in {move.place} was moved into the connection `{name}`, which sends it to {move.host} "
        "only. Whoever has the file still has the secret: consider replacing it."
    )


def _stays(move: Moved) -> str:
    if not move.fields:
        return (
            f"There is a secret in plain text in {move.place}. It stays there: connections send headers and "
            "query parameters. Everyone who can see the flow can read it. If the service accepts a header or "
            "OAuth 2.0, use a connection."
        )
    why = (
        "the step has a connection already" if move.host else "the host of its address is computed in the run"
    )
    return f"There is a secret in plain text in {move.place}. It stays there: {why}. Move it to a connection."
