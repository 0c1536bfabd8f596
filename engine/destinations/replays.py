"""Replays: the deliveries of a span of time go again, some at a time, as fast as their target takes them.

How far one is stands in the store with what it sent on its way, so it goes on after a crash where it was.
"""

import asyncio
import logging
from functools import partial

from engine.base import clock
from engine.base.errors import unexpected
from engine.store.database import Database
from engine.store.models import Replay

from . import delivery_store
from .delivery import Delivery
from .records import ReplayRecord

AT_ONCE = 100
"""Deliveries that are let go at the same time: what is new does not wait behind a whole replay."""
_PAUSE = 0.05  # seconds between two looks at whether the target has taken them

log = logging.getLogger("switchyard.destinations")


class Replays:
    """The replays that are not at their end."""

    def __init__(self, db: Database, delivery: Delivery) -> None:
        self._db = db
        self._delivery = delivery
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, replay_id: str, destination_id: str) -> None:
        """Work on a replay that is stored as running."""
        task = asyncio.get_running_loop().create_task(self._work(replay_id, destination_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Leave them where they are."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _work(self, replay_id: str, destination_id: str) -> None:
        more = True
        while more:
            if self._delivery.busy(destination_id):
                await clock.pause(_PAUSE)
                continue
            now = clock.now_iso()
            work = partial(delivery_store.replay_some, replay_id=replay_id, now=now, limit=AT_ONCE)
            try:
                more = await self._db.submit(work)
            except Exception as error:
                message = "replay %s was interrupted; retrying: %s"
                log.error(message, replay_id, error, exc_info=unexpected(error))
                await clock.sleep(1)
            self._delivery.refresh(destination_id)


def record(row: Replay) -> ReplayRecord:
    """As it is shown."""
    return ReplayRecord(
        id=row.id, destination_id=row.destination_id, since=row.since, until=row.until, only=row.only,
        total=row.total, done=row.done, state=row.state, creator=row.creator, created=row.created,
    )  # fmt: skip
