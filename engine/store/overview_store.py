"""The SQL of the home page: what came in by the hour, and what waits for a person."""

from collections import Counter
from dataclasses import dataclass

from . import held_store, rejected_store, unrouted_store
from .tx import Tx

_HOURS = (
    "SELECT hour, kind, reason, sum(count) FROM ledger WHERE project_id = ? AND hour >= ? AND hour < ? "
    "AND environment = 'production' AND kind IN ('received', 'rejected', 'started', 'unrouted', 'ended') "
    "GROUP BY hour, kind, reason"
)
_DEAD = (
    "SELECT t.id, t.name, substr(d.finished, 1, 13), count(*) FROM deliveries d JOIN destinations t "
    "ON t.id = d.destination_id WHERE t.project_id = ? AND t.status <> 'deleted' AND d.status = 'dead' "
    "AND d.finished >= ? GROUP BY 1, 2, 3 ORDER BY 2, 1, 3"
)
_NAMES = {"received": "events", "started": "runs"}


def of_hours(tx: Tx, project_id: str, since: str, until: str = "9") -> dict[str, Counter[str]]:
    """What a project counted from the hour `since` (`2026-11-30T08`) to before `until`, by hour: events,
    runs (that began), failed (runs that ended so), unrouted, rejected."""
    found: dict[str, Counter[str]] = {}
    for hour, kind, reason, n in tx.execute(_HOURS, (project_id, since, until)):
        name = _NAMES.get(kind, kind)
        if kind == "ended":
            if reason not in ("failed", "timed_out"):
                continue
            name = "failed"
        found.setdefault(hour, Counter())[name] += int(n)
    return found


@dataclass(frozen=True)
class Named:
    """Something with a page of its own."""

    id: str
    name: str
    count: int = 0


@dataclass(frozen=True)
class DeadDeliveries:
    """Deliveries that were given up."""

    hours: Counter[str]
    """How many in each hour."""
    destinations: list[Named]
    """Their destinations, by name, and how many of each."""


def dead_deliveries(tx: Tx, project_id: str, since: str) -> DeadDeliveries:
    """The deliveries of a project's destinations that were given up since an hour."""
    hours, names, counts = Counter[str](), dict[str, str](), Counter[str]()
    for id, name, hour, n in tx.execute(_DEAD, (project_id, since)):
        hours[hour] += n
        names[id] = name
        counts[id] += n
    return DeadDeliveries(hours, [Named(id, name, counts[id]) for id, name in names.items()])


def held_events(tx: Tx, project_id: str, since: str) -> dict[str, int]:
    """How many of the events that are held arrived in each hour since one."""
    return held_store.count_by_hour(tx, project_id, since)


@dataclass(frozen=True)
class FailingFlow:
    """A flow with runs that failed."""

    id: str
    name: str
    failed: int


def failing_flows(tx: Tx, project_id: str, since: str, limit: int) -> list[FailingFlow]:
    """The flows with the most failed runs since an hour, the worst first."""
    rows = tx.execute(
        "SELECT l.flow_id, f.name, sum(l.count) AS failed FROM ledger l JOIN flows f ON f.id = l.flow_id "
        "WHERE l.project_id = ? AND l.hour >= ? AND l.environment = 'production' AND l.kind = 'ended' "
        "AND l.reason IN ('failed', 'timed_out') AND f.deleted IS NULL "
        "GROUP BY l.flow_id, f.name ORDER BY failed DESC, l.flow_id LIMIT ?",
        (project_id, since, limit),
    )
    return [FailingFlow(id, name, int(failed)) for id, name, failed in rows]


@dataclass(frozen=True)
class Waiting:
    """What waits for a person."""

    unrouted: int
    rejected: int
    """Rejected requests that were not admitted, counted up to 1,000."""
    held: int
    dead: list[Named]
    """Destinations with deliveries that were given up, and how many."""
    inactive: list[Named]
    """Destinations that were switched off because they failed."""
    connections: list[Named]
    """Connections that fail."""


def waiting(tx: Tx, project_id: str) -> Waiting:
    """What waits for a person in a project."""
    dead = tx.execute(
        "SELECT t.id, t.name, count(*) FROM deliveries d JOIN destinations t ON t.id = d.destination_id "
        "WHERE t.project_id = ? AND t.status <> 'deleted' AND d.status = 'dead' GROUP BY t.id, t.name "
        "ORDER BY t.name",
        (project_id,),
    ).fetchall()
    inactive = tx.execute(
        "SELECT id, name FROM destinations WHERE project_id = ? AND status = 'inactive' "
        "AND failing_since IS NOT NULL ORDER BY name",
        (project_id,),
    ).fetchall()
    failing = tx.execute(
        "SELECT id, name FROM connections WHERE project_id = ? AND status = 'failing' ORDER BY name",
        (project_id,),
    ).fetchall()
    return Waiting(
        unrouted_store.count_open(tx, project_id),
        rejected_store.count_open(tx, project_id),
        held_store.count(tx, project_id),
        [Named(*row) for row in dead],
        [Named(*row) for row in inactive],
        [Named(*row) for row in failing],
    )


@dataclass(frozen=True)
class Progress:
    """How far a project is set up."""

    flow_id: str | None
    """Its newest flow; None without one."""
    flow_name: str
    published: bool
    enabled: bool
    received: bool
    """An event has come in, ever."""

    @property
    def done(self) -> bool:
        return self.received and self.published


def progress(tx: Tx, project_id: str) -> Progress:
    """How far a project is set up: by its newest published flow, else its newest."""
    row = tx.execute(
        "SELECT id, name, published_version IS NOT NULL, enabled FROM flows "
        "WHERE project_id = ? AND deleted IS NULL "
        "ORDER BY published_version IS NOT NULL DESC, enabled DESC, id DESC LIMIT 1",
        (project_id,),
    ).fetchone()
    received = tx.execute(
        "SELECT 1 FROM ledger WHERE project_id = ? AND kind = 'received' "
        "AND environment = 'production' LIMIT 1",
        (project_id,),
    ).fetchone()
    if row is None:
        return Progress(None, "", False, False, received is not None)
    return Progress(row[0], row[1], bool(row[2]), bool(row[3]), received is not None)
