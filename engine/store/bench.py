"""What `switchyard bench` asks of the store: how runs ended, and the smallest durable write."""

import sqlite3
from typing import NamedTuple

from sqlalchemy import text
from sqlmodel import Session


class EndedRun(NamedTuple):
    """A run that has ended; `finished` is ISO 8601."""

    id: str
    status: str
    finished: str


def count_ended(session: Session) -> int:
    """How many runs have ended, in all projects."""
    return int(
        session.connection()
        .execute(text("SELECT count(*) FROM runs WHERE finished IS NOT NULL"))
        .scalar_one()
    )


def ended_runs(session: Session) -> list[EndedRun]:
    """All runs that have ended, in no order."""
    rows = session.connection().execute(
        text("SELECT id, status, finished FROM runs WHERE finished IS NOT NULL")
    )
    return [EndedRun(*row) for row in rows]


def insert_payload(connection: sqlite3.Connection, run_id: str, payload: bytes) -> None:
    """Store an event without a run: one row, the least that an acknowledged event can cost."""
    connection.execute("INSERT INTO run_payloads (run_id, payload) VALUES (?, ?)", (run_id, payload))
