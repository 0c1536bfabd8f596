"""What `switchyard bench` asks of the store: how runs ended, and the smallest durable write."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from engine.base.settings import Durability

from .database import Database
from .tx import Tx


class EndedRun(NamedTuple):
    """A run that has ended; `finished` is ISO 8601."""

    id: str
    status: str
    finished: str


class BenchStore:
    """A store opened for a bench: the one of the instance under test, or one with nothing else in it."""

    def __init__(self, path: Path, durability: Durability) -> None:
        """Open the store at `path`, which is created if need be. Raises `Unavailable`."""
        self._db = Database(path, durability)
        self._db.open()

    def close(self) -> None:
        self._db.close()

    async def count_ended(self) -> int:
        """How many runs have ended, in all projects."""
        return await self._db.read(_count_ended)

    async def ended_runs(self) -> list[EndedRun]:
        """All runs that have ended, in no order."""
        return await self._db.read(_ended_runs)

    async def payload_ids(self) -> list[str]:
        """The ids under which events are stored, in order."""
        return await self._db.read(_payload_ids)

    def insert_payload(
        self, run_id: str, payload: bytes, stored: Callable[[BaseException | None], None]
    ) -> None:
        """Store an event without a run: one row, the least that an acknowledged event can cost. `stored` is
        called once it is durable, or gets what the store raised."""
        self._db.submit_silently(_insert_payloads, (run_id, payload), stored)


def _count_ended(tx: Tx) -> int:
    return int(tx.execute("SELECT count(*) FROM runs WHERE finished IS NOT NULL").fetchone()[0])


def _ended_runs(tx: Tx) -> list[EndedRun]:
    rows = tx.execute("SELECT id, status, finished FROM runs WHERE finished IS NOT NULL").fetchall()
    return [EndedRun(*row) for row in rows]


def _payload_ids(tx: Tx) -> list[str]:
    return [row[0] for row in tx.execute("SELECT run_id FROM run_payloads ORDER BY run_id")]


def _insert_payloads(tx: Tx, events: list[tuple[str, bytes]]) -> Sequence[None]:
    """All events of a group commit, in one statement."""
    tx.rows("INSERT INTO run_payloads (run_id, payload)", events)
    return [None] * len(events)
