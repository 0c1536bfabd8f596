"""From events to deliveries: each event, once committed, becomes a delivery to everybody who listens to it.

The events are read by position behind a stored cursor; the deliveries of a batch and the cursor's new place
are one transaction. So whatever moment the process ends at, no event is passed over and none is taken twice.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from engine import expressions
from engine.base import clock
from engine.events import listeners
from engine.http import lineage
from engine.store import cycle_guard
from engine.store.tx import Tx

from . import delivery_store
from .delivery_ids import Numbers
from .delivery_store import Due
from .schema import read_options

CURSOR = "destinations"
BATCH = 200
"""Events of one transaction."""
_DELIVERIES = 4000
"""Deliveries of one transaction, about: with thousands of destinations a batch holds fewer events."""

_INSERT = (
    "INSERT INTO deliveries (id, destination_id, project_id, event_id, action, status, reason, order_key, "
    "attempts, tries, next_at, created, finished)"
)

_OF_ITSELF = "it tells of this destination, which was not active"

FlowAt = Callable[[str], str | None]
"""The flow of ours that a web address leads to, if any."""


@dataclass(slots=True)
class Route:
    """What deciding about an event needs to know of a destination."""

    id: str
    project_id: str | None
    active: bool
    patterns: list[str]
    flow_id: str | None
    order_key: expressions.Expression | None
    holding: bool
    """It holds deliveries already."""


@dataclass(slots=True)
class Fanned:
    """What one transaction did."""

    events: int = 0
    more: bool = False
    """There are events left."""
    due: dict[str, list[Due]] = field(default_factory=dict)
    """New deliveries that may be tried, by destination."""


class FanOut:
    """Its methods run on the writer's thread, in a transaction of its."""

    def __init__(self, flow_at: FlowAt) -> None:
        self._flow_at = flow_at
        self._routes: list[Route] = []
        self._wanted: dict[tuple[str | None, str], list[Route]] = {}
        self._stale = True
        self._numbers = Numbers()

    def forget(self) -> None:
        """Destinations have changed, in the transaction that calls this: they are read again."""
        self._stale = True

    def take(self, tx: Tx) -> Fanned:
        """Make the deliveries of the next events."""
        try:
            return self._take(tx)
        except BaseException:
            self._stale = True  # what was read is perhaps not committed
            raise

    # -- inside -------------------------------------------------------------------------------

    def _take(self, tx: Tx) -> Fanned:
        self._refresh(tx)
        at = _placed(tx)
        if at is None:  # the last destination was deleted: a cursor written now would outlive it
            return Fanned()
        limit = max(1, min(BATCH, _DELIVERIES // max(1, len(self._routes))))
        found = tx.execute(
            "SELECT position, id, action, project_id, envelope, lineage, created FROM events "
            "WHERE position > ? AND position <= ? ORDER BY position LIMIT ?",
            (at, tx.readable("events"), limit),
        ).fetchall()
        fanned = Fanned(len(found), len(found) == limit)
        if not found:
            return fanned
        made: list[tuple[Any, ...]] = []
        now = clock.now_iso()
        for event in found:
            for route in self._listeners(event[3], event[2]):
                made.append(self._deliver(tx, route, event, fanned, now))
        tx.rows(_INSERT, made)
        place(tx, found[-1][0])
        return fanned

    def _listeners(self, project_id: str | None, action: str) -> list[Route]:
        known = self._wanted.get((project_id, action))
        if known is None:
            known = self._wanted[project_id, action] = [
                route
                for route in self._routes
                if route.project_id in (None, project_id) and listeners.matches(route.patterns, action)
            ]
        return known

    def _deliver(
        self, tx: Tx, route: Route, event: tuple[Any, ...], fanned: Fanned, now: str
    ) -> tuple[Any, ...]:
        _, event_id, action, project_id, envelope, chain, created = event
        made = self._numbers.next(created)
        # An event lies in the future where the clock was set back behind it.
        status, reason, next_at, finished, key = "pending", "", min(created, now), None, None
        cut = lineage.cut(orjson.loads(chain), route.flow_id) if route.flow_id and chain != "[]" else ""
        if cut:
            status, reason, next_at, finished = "cut", cut, None, created
            self._note_cut(tx, route, project_id, envelope, cut)
        else:
            if route.order_key is not None:
                key = _key(route.order_key, envelope, event_id)
            if not route.active and _tells_of(route.id, action, envelope):
                # Holding it would make discarding what is held give something to hold.
                status, reason, next_at, finished = "discarded", _OF_ITSELF, None, created
            elif not route.active:
                status, reason, next_at = "held", "the destination is not active", None
                self._hold(tx, route)
            else:
                due = Due(made, event_id, action, 0, 0, key, created, chain, len(envelope), envelope)
                fanned.due.setdefault(route.id, []).append(due)
        return (
            made, route.id, project_id, event_id, action, status, reason, key, 0, 0, next_at, created,
            finished,
        )  # fmt: skip

    def _hold(self, tx: Tx, route: Route) -> None:
        """Say that it holds something, once: with the first delivery."""
        if not route.holding:
            route.holding = True
            delivery_store.tell(tx, "event_destination.held", route.id, deliveries=1)

    def _note_cut(self, tx: Tx, route: Route, project_id: str | None, envelope: bytes, why: str) -> None:
        """Let the run that the event tells of show where it did not lead."""
        if project_id is not None and route.flow_id is not None:
            run_id = cycle_guard.run_of(orjson.loads(envelope))
            cycle_guard.note(tx, project_id, run_id, route.flow_id, "destination", why)

    def _refresh(self, tx: Tx) -> None:
        if not self._stale:
            return
        self._numbers = Numbers(tx.execute("SELECT max(id) FROM deliveries").fetchone()[0])
        found = tx.execute(
            "SELECT id, project_id, kind, url, status, events, options, EXISTS (SELECT 1 FROM deliveries d "
            "WHERE d.destination_id = destinations.id AND d.status = 'held') "
            "FROM destinations WHERE status <> 'deleted'"
        ).fetchall()
        self._routes = [self._route(*row) for row in found]
        self._wanted.clear()
        self._stale = False

    def _route(
        self, id: str, project_id: str | None, kind: str, url: str, status: str, patterns: str, options: str,
        holding: int,
    ) -> Route:  # fmt: skip
        flow_id = url if kind == "flow" else self._flow_at(url) if kind == "webhook" else None
        order_key = read_options(orjson.loads(options)).order_key
        return Route(
            id, project_id, status == "active", orjson.loads(patterns), flow_id,
            expressions.compile(order_key) if order_key else None, bool(holding),
        )  # fmt: skip


def cursor(tx: Tx) -> int:
    """The position of the last event that was taken in."""
    return _placed(tx) or 0


def _placed(tx: Tx) -> int | None:
    row = tx.execute("SELECT at FROM cursors WHERE name = ?", (CURSOR,)).fetchone()
    return int(row[0]) if row else None


def behind(tx: Tx) -> bool:
    """Whether there are events that were not taken in yet. Costs three looks into an index."""
    found = tx.execute(
        "SELECT 1 FROM events WHERE position > ? AND position <= ? LIMIT 1",
        (cursor(tx), tx.readable("events")),
    ).fetchone()
    return found is not None


def place(tx: Tx, at: int) -> None:
    """Move the cursor."""
    tx.execute(
        "INSERT INTO cursors (name, at) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET at = excluded.at",
        (CURSOR, at),
    )


def place_at_end(tx: Tx) -> None:
    """Move the cursor behind all events: nobody has listened to them."""
    place(tx, tx.readable("events"))


def drop_cursor(tx: Tx) -> None:
    """Nobody listens any more."""
    tx.execute("DELETE FROM cursors WHERE name = ?", (CURSOR,))


def _tells_of(destination_id: str, action: str, envelope: bytes) -> bool:
    """Whether an event is about this very destination."""
    if not action.startswith("event_destination."):
        return False
    return bool(orjson.loads(envelope)["data"]["destination"]["id"] == destination_id)


def _key(expression: expressions.Expression, envelope: bytes, event_id: str) -> str:
    """What an event is ordered by; one without a value goes by itself."""
    try:
        value = expression.value(orjson.loads(envelope))
    except expressions.ExpressionError:
        value = None
    if value is None:
        return f"\0{event_id}"
    text = value if isinstance(value, str) else orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    return text[:200]
