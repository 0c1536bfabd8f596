"""What came to flows of late, as far as it is stored: the runs of the last day, the last events."""

from engine.base import clock
from engine.store import activity, ledger, recent_events
from engine.store.activity import Day
from engine.store.database import Database
from engine.store.recent_events import RecentEvent


class RunHistory:
    """The service; it changes nothing."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def last_day(self, project_id: str, flow_ids: list[str]) -> dict[str, Day]:
        """How many runs each of these flows had in the last day; those that had none are left out."""
        now = clock.now()
        return await self._db.read(lambda tx: activity.last_day(tx, project_id, flow_ids, now))

    async def totals(self) -> dict[tuple[str, str], int]:
        """What the ledger counted in the whole instance, tests left out: (kind, reason) → how many."""
        return await self._db.read(ledger.totals)

    async def events(self, project_id: str, flow_id: str, limit: int) -> list[RecentEvent]:
        """The last events of a flow, newest first, without tests, retries and very large events."""
        return await self._db.search(lambda tx: recent_events.of_flow(tx, project_id, flow_id, limit))
