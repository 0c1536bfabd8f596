"""What was being evaluated when a process ended: so that an event that ends every process is given up.

Only expressions that are too costly for the event loop are noted here, before they begin, and forgotten once
they are done. A run that merely waits for an effect is never among them.
"""

from typing import NamedTuple

from .tx import Tx


class Hazard(NamedTuple):
    """A step whose evaluation did not outlive its process, and how often."""

    step: str
    ends: int


def begin(tx: Tx, run_id: str, step: str) -> None:
    """Note that the evaluation of a step begins."""
    tx.execute(
        "INSERT INTO hazards (run_id, step, ends, active) VALUES (?, ?, 0, TRUE) "
        "ON CONFLICT (run_id, step) DO UPDATE SET active = TRUE",
        (run_id, step),
    )


def done(tx: Tx, run_id: str, step: str) -> None:
    """The evaluation of a step came to its end, whichever."""
    tx.execute("DELETE FROM hazards WHERE run_id = ? AND step = ?", (run_id, step))


def recover(tx: Tx) -> None:
    """After a process ended: count what it was evaluating, and forget runs that have ended."""
    tx.execute("UPDATE hazards SET ends = ends + 1, active = FALSE WHERE active")
    tx.execute(
        "DELETE FROM hazards WHERE run_id NOT IN (SELECT id FROM runs WHERE status IN ('queued', 'running'))"
    )


def of_run(tx: Tx, run_id: str) -> Hazard | None:
    """The step of a run whose evaluation ended the most processes; None when none did."""
    row = tx.execute(
        "SELECT step, ends FROM hazards WHERE run_id = ? AND ends > 0 ORDER BY ends DESC LIMIT 1", (run_id,)
    ).fetchone()
    return None if row is None else Hazard(*row)


def forget(tx: Tx, run_id: str) -> None:
    """The run has ended."""
    tx.execute("DELETE FROM hazards WHERE run_id = ?", (run_id,))
