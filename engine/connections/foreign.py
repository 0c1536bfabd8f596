"""Stored flows that name a connection of another piece.

They cannot be published any more, and such a step fails when it runs; those that were stored earlier are
named at the start and by `switchyard doctor`.
"""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass

from engine.flow.needs import NamedConnection, named_connections
from engine.store.connection_uses import Connected, StoredDefinition, connected
from engine.store.database import Database

log = logging.getLogger("switchyard.connections")

_MOST = 50
"""Places that are named in the log; the rest are counted."""


@dataclass(frozen=True)
class ForeignUse:
    """A place in a stored flow that names a connection of another piece."""

    stored: StoredDefinition
    named: NamedConnection
    owner: str
    """The piece that the connection belongs to."""

    def __str__(self) -> str:
        return (
            f"The {self.stored.part} of the flow {self.stored.flow_name!r} ({self.stored.flow_id}) gives "
            f"the connection {self.named.name!r} of {self.owner} to {self.named.piece} at "
            f"{self.named.pointer}: that fails. Choose a connection of {self.named.piece}."
        )


def foreign_uses(found: Connected) -> Iterator[ForeignUse]:
    """Each of them, flow by flow."""
    for stored in found.definitions:
        for named in named_connections(json.loads(stored.text)):
            owner = found.pieces.get((stored.project_id, named.name))
            if owner is not None and named.piece and owner != named.piece and not named.skip:
                yield ForeignUse(stored, named, owner)


async def warn(db: Database) -> None:
    """Name them in the log."""
    found = await db.read(lambda tx: [str(use) for use in foreign_uses(connected(tx.execute))])
    for use in found[:_MOST]:
        log.warning("%s", use)
    if len(found) > _MOST:
        log.warning("%d more places give a connection to another piece.", len(found) - _MOST)
