"""What mask paths hide: parts of runs, and messages, as they really are, sealed beside what people see."""

from collections.abc import Sequence
from typing import NamedTuple

from .tx import Tx


class Sealed(NamedTuple):
    """A part of a run (`event`, an entry of its `journal`, its `response`), or a `message` of a topic."""

    run_id: str
    """Of a message its own id."""
    part: str
    number: int
    """Of the journal's entry; 0 for the others."""
    content: bytes


_SELECT = "SELECT run_id, part, number, content FROM sealed_runs"


def store(tx: Tx, parts: Sequence[Sealed]) -> None:
    """Store parts; a new response replaces the one before."""
    if parts:
        tx.rows(
            "INSERT INTO sealed_runs (run_id, part, number, content)",
            parts,
            "ON CONFLICT (run_id, part, number) DO UPDATE SET content = excluded.content",
        )


def of_run(tx: Tx, run_id: str) -> list[Sealed]:
    """Every part of a run."""
    return [Sealed(*row) for row in tx.execute(f"{_SELECT} WHERE run_id = ?", (run_id,))]


def response(tx: Tx, run_id: str) -> Sealed | None:
    """What a run answered."""
    row = tx.execute(f"{_SELECT} WHERE run_id = ? AND part = 'response'", (run_id,)).fetchone()
    return None if row is None else Sealed(*row)


def messages(tx: Tx, ids: Sequence[str]) -> dict[str, Sealed]:
    """Messages by their id; those that hide nothing are left out."""
    found: dict[str, Sealed] = {}
    for id in ids:
        row = tx.execute(f"{_SELECT} WHERE run_id = ? AND part = 'message'", (id,)).fetchone()
        if row is not None:
            found[id] = Sealed(*row)
    return found
