"""How many requests and events wait for a person: what navigation and flow pages show beside their links."""

from dataclasses import dataclass

from engine.store import held_store, rejected_store
from engine.store.database import Database
from engine.store.tx import Tx


@dataclass(frozen=True)
class Counts:
    """Of a project, and of one flow of it."""

    rejected: int
    """Rejected requests that were not admitted, counted up to 1,000."""
    held: int
    flow_rejected: int
    flow_held: int


class OpenCounts:
    """Counts them, in one read."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def get(self, project_id: str, flow_id: str | None = None) -> Counts:
        """The counts of a project and, with `flow_id`, of one flow."""

        def ask(tx: Tx) -> Counts:
            return Counts(
                rejected_store.count_open(tx, project_id),
                held_store.count(tx, project_id),
                rejected_store.count_open(tx, project_id, flow_id) if flow_id else 0,
                held_store.size_of(tx, flow_id)[0] if flow_id else 0,
            )

        return await self._db.read(ask)
