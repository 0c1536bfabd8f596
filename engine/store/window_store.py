"""Event windows as they are stored: who joined, what was held, and who takes it (`pieces.Windows`).

A step that joins decides in the writer's transaction, on the window's row, which that transaction has locked.
"""

from collections.abc import Callable
from dataclasses import dataclass

import orjson

from engine.base import clock
from engine.base.ids import new_id
from engine.base.types import Json
from pieces import (
    Held,
    Window,
    WindowDecision,
    WindowEntry,
    WindowPlace,
    decide_place,
    encode_item,
)

from .database import Database
from .models import TERMINAL
from .tx import Tx

_COLUMNS = (
    "id, opened, closes, last, first_run, state, count, held, items, bytes, waiter, taken"  # of a `Window`
)
_INSERT = (
    "INSERT INTO event_windows (id, project_id, flow_id, environment, step, key, newest, opened, closes, "  # noqa: S608 - our own words
    "last, first_run, state, count, held, items, bytes, waiter, waiter_run, taken, taken_run) "
    "VALUES (?, ?, ?, ?, ?, ?, TRUE, ?, ?, ?, ?, ?, 0, 0, 0, 0, '', '', '', '') "
    "ON CONFLICT (flow_id, environment, step, key) WHERE newest DO UPDATE SET count = event_windows.count "
    f"RETURNING {_COLUMNS}, waiter_run"
)
_UPDATE = (
    "UPDATE event_windows SET newest = ?, closes = ?, last = ?, count = ?, held = ?, items = ?, bytes = ?, "
    "waiter = ?, waiter_run = CASE WHEN waiter = ? THEN waiter_run ELSE ? END, "
    "taken = ?, taken_run = CASE WHEN taken = ? THEN taken_run ELSE ? END WHERE id = ?"
)
_TAKE = (
    "UPDATE event_windows SET newest = FALSE, taken = ?, taken_run = ? "
    "WHERE id = ? AND flow_id = ? AND (taken = ? OR (taken = '' AND waiter = ?)) RETURNING held, opened, last"
)


@dataclass(frozen=True)
class StepOfRun:
    """A step as it joins: whose windows it sees, and who it is."""

    project_id: str
    flow_id: str
    environment: str
    step: str
    """Its name in the flow."""
    run_id: str
    token: str
    """Its idempotency key."""


class WindowStore:
    """The windows of one step, for one run of it."""

    def __init__(
        self,
        db: Database,
        step: StepOfRun,
        *,
        hide: Callable[[Json], Json],
        hide_key: Callable[[str], str],
    ) -> None:
        """`hide` cuts out of an item what may not be stored, `hide_key` out of a key."""
        self._db = db
        self._step = step
        self._hide = hide
        self._hide_key = hide_key

    async def join(self, entry: WindowEntry) -> WindowPlace:
        """Join the window of a key. Raises `PieceError` for an item that is too large."""
        item = encode_item(None if entry.item is None else self._hide(entry.item))
        key = self._hide_key(entry.key)
        return await self._db.write(lambda tx: join(tx, self._step, entry, key, item))

    async def take(self, window: str) -> Held | None:
        """What a window held back; None when another step has taken it, or waits for it now."""
        return await self._db.write(lambda tx: take(tx, self._step, window))


def join(tx: Tx, step: StepOfRun, entry: WindowEntry, key: str, item: str | None) -> WindowPlace:
    """The place of a step in the newest window of a key, which is opened if there is none."""
    known = tx.execute("SELECT place FROM window_places WHERE token = ?", (step.token,)).fetchone()
    if known is not None:
        return WindowPlace(**orjson.loads(known[0]))
    now, candidate = clock.now(), new_id("win")
    window, waiter_run = _insert(tx, step, candidate, key, entry, now)
    decision = decide_place(
        entry,
        step.token,
        step.run_id,
        None if window.id == candidate else window,
        now=now,
        size=len(item or ""),
        new_id=candidate,
        waiter_is_gone=bool(waiter_run) and not window.taken and not _is_open(tx, waiter_run),
        first_failed=entry.needs_success and window.id != candidate and _has_failed(tx, window.first_run),
    )
    if decision.before is not None:
        _update(tx, step, decision.before, newest=False)
        _insert(tx, step, candidate, key, entry, now)
    _update(tx, step, decision.window, newest=not decision.place.full)
    _store_place(tx, step, decision, item)
    return decision.place


def _insert(tx: Tx, step: StepOfRun, id: str, key: str, entry: WindowEntry, now: float) -> tuple[Window, str]:
    """The newest window of a key, a new one unless there is one, and the run that waits for it. Its row is
    locked from here on."""
    row = tx.execute(
        _INSERT,
        (
            id, step.project_id, step.flow_id, step.environment, step.step, key, now, entry.closes, now,
            step.run_id, entry.state,
        ),
    ).fetchone()  # fmt: skip
    return Window(*row[:-1]), str(row[-1])


def _update(tx: Tx, step: StepOfRun, window: Window, *, newest: bool) -> None:
    tx.execute(
        _UPDATE,
        (
            newest, window.closes, window.last, window.count, window.held, window.items, window.bytes,
            window.waiter, window.waiter, step.run_id, window.taken, window.taken, step.run_id, window.id,
        ),
    )  # fmt: skip


def _store_place(tx: Tx, step: StepOfRun, decision: WindowDecision, item: str | None) -> None:
    place = decision.place
    tx.execute(
        "INSERT INTO window_places (token, run_id, window_id, number, place, item) VALUES (?, ?, ?, ?, ?, ?)",
        (
            step.token, step.run_id, place.window, place.number, orjson.dumps(place.stored()).decode(),
            item if decision.keeps else None,
        ),
    )  # fmt: skip


def take(tx: Tx, step: StepOfRun, window: str) -> Held | None:
    """What a window held back, for the step that waits for it, fills it or opens the next one."""
    token = step.token
    row = tx.execute(_TAKE, (token, step.run_id, window, step.flow_id, token, token)).fetchone()
    if row is None:
        return None
    items = tx.execute(
        "SELECT item FROM window_places WHERE window_id = ? AND item IS NOT NULL ORDER BY number", (window,)
    )
    return Held(row[0], row[1], row[2], [orjson.loads(item) for (item,) in items])


def _is_open(tx: Tx, run_id: str) -> bool:
    row = tx.execute("SELECT status FROM runs WHERE id = ?", (run_id,)).fetchone()
    return row is not None and row[0] not in TERMINAL


def _has_failed(tx: Tx, run_id: str) -> bool:
    row = tx.execute("SELECT status FROM runs WHERE id = ?", (run_id,)).fetchone()
    return row is not None and row[0] in ("failed", "timed_out", "canceled")


# -- retention -------------------------------------------------------------------------------------

_OPEN = "('queued', 'running', 'waiting')"


def forget_places(tx: Tx, before: str, limit: int = 500) -> int:
    """Forget places without an item whose runs have ended, a few of them; how many."""
    return tx.execute(
        "DELETE FROM window_places WHERE token IN (SELECT p.token FROM window_places p "  # noqa: S608
        "WHERE p.item IS NULL AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.id = p.run_id "
        f"AND r.status IN {_OPEN}) LIMIT ?)",
        (limit,),
    ).rowcount


def forget_taken(tx: Tx, before: str, limit: int = 500) -> int:
    """Forget windows that are over and held nothing, or whose items were taken by a run that has ended, a few
    of them; how many."""
    return _forget(
        tx,
        "NOT newest AND (held = 0 OR (taken <> '' AND NOT EXISTS (SELECT 1 FROM runs r "  # noqa: S608
        f"WHERE r.id = taken_run AND r.status IN {_OPEN})))",
        (limit,),
    )


def forget_left(tx: Tx, before: str, limit: int = 500) -> int:
    """Forget windows that ended before a moment (ISO 8601) and that no run waits for, a few of them; how
    many."""
    return _forget(
        tx,
        "closes < ? AND NOT EXISTS (SELECT 1 FROM runs r "  # noqa: S608
        f"WHERE r.id IN (waiter_run, taken_run) AND r.status IN {_OPEN})",
        (clock.from_iso(before), limit),
    )


def forget_flow(tx: Tx, flow_id: str) -> None:
    """Forget the windows of a flow."""
    tx.execute(
        "DELETE FROM window_places WHERE window_id IN (SELECT id FROM event_windows WHERE flow_id = ?)",
        (flow_id,),
    )
    tx.execute("DELETE FROM event_windows WHERE flow_id = ?", (flow_id,))


def _forget(tx: Tx, where: str, values: tuple[float, ...]) -> int:
    found = tx.execute(f"SELECT id FROM event_windows WHERE {where} LIMIT ?", values).fetchall()  # noqa: S608
    tx.execute_many("DELETE FROM window_places WHERE window_id = ?", found)
    tx.execute_many("DELETE FROM event_windows WHERE id = ?", found)
    return len(found)
