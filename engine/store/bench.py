"""What `switchyard bench` asks of the store: how runs ended, and the smallest durable write."""

from typing import NamedTuple

from .tx import Tx


class EndedRun(NamedTuple):
    """A run that has ended; `finished` is ISO 8601."""

    id: str
    status: str
    finished: str


def count_ended(tx: Tx) -> int:
    """How many runs have ended, in all projects."""
    return int(tx.execute("SELECT count(*) FROM runs WHERE finished IS NOT NULL").fetchone()[0])


def ended_runs(tx: Tx) -> list[EndedRun]:
    """All runs that have ended, in no order."""
    rows = tx.execute("SELECT id, status, finished FROM runs WHERE finished IS NOT NULL").fetchall()
    return [EndedRun(*row) for row in rows]


def insert_payload(tx: Tx, run_id: str, payload: bytes) -> None:
    """Store an event without a run: one row, the least that an acknowledged event can cost."""
    tx.execute("INSERT INTO run_payloads (run_id, payload) VALUES (?, ?)", (run_id, payload))
