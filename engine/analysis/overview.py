"""How a project is doing: what came in over time, and what needs a person first."""

from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from engine.base import clock
from engine.store import overview_store
from engine.store.database import Database
from engine.store.overview_store import DeadDeliveries, FailingFlow, Named, Progress, Waiting
from engine.store.tx import Tx


class Span(NamedTuple):
    """A stretch of time up to now, cut into slots."""

    hours: int
    slot: int
    """Hours in one slot."""


SPANS = {"day": Span(24, 1), "week": Span(168, 6), "month": Span(720, 24)}

MEASURES = ("events", "failed", "unrouted", "rejected", "held", "dead")
"""Events that came in; runs that failed or ran out of time; events that no branch took; requests that were
refused; events that are held for disabled flows, by when they came; deliveries that were given up."""

_HOUR = 3600
_LATE = 120  # seconds after the end of an hour in which a commit may still count for it
_REMEMBERED = 20_000  # hours
_WORST = 5  # flows


@dataclass(frozen=True)
class Series:
    """One measure over a span."""

    name: str
    values: list[int]
    """One for each slot, oldest first."""
    total: int


@dataclass(frozen=True)
class Overview:
    """A project at a moment."""

    starts: list[int]
    """When each slot begins, in Unix seconds, oldest first. The last slot is not over yet."""
    series: list[Series]
    """In the order of `MEASURES`."""
    waiting: Waiting
    failing: list[FailingFlow]
    """The flows with the most failed runs in the span."""
    progress: Progress
    since: str
    """When the span begins, ISO 8601."""
    totals: dict[str, int] = field(default_factory=dict)
    """Measure → its sum over the span."""
    runs: int = 0
    """Runs that began in the span; tests are left out."""
    dead: list[Named] = field(default_factory=list)
    """Destinations with deliveries that were given up in the span, and how many."""


class Overviews:
    """Reads them. Hours that are over are read once: nothing is counted for them any more."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._hours: OrderedDict[tuple[str, str], Counter[str]] = OrderedDict()

    async def get(self, project_id: str, span: str = "day") -> Overview:
        """How a project did in a span, one of `SPANS`."""
        hours, slot = SPANS[span]
        width = slot * _HOUR
        end = (int(clock.now()) // width + 1) * width
        starts = [end - width * n for n in range(hours // slot, 0, -1)]
        since = _hour(starts[0])

        def ask(
            tx: Tx,
        ) -> tuple[DeadDeliveries, dict[str, int], Waiting, list[FailingFlow], Progress]:
            self._load(tx, project_id, starts[0], end)
            return (
                overview_store.dead_deliveries(tx, project_id, since),
                overview_store.held_events(tx, project_id, since),
                overview_store.waiting(tx, project_id),
                overview_store.failing_flows(tx, project_id, since, _WORST),
                overview_store.progress(tx, project_id),
            )

        dead, held, waiting, failing, progress = await self._db.read(ask)
        stored: dict[str, Mapping[str, int]] = {"dead": dead.hours, "held": held}

        def count(name: str, at: int) -> int:
            if name in stored:
                return stored[name].get(_hour(at), 0)
            return self._counted(project_id, at)[name]

        series = []
        for name in MEASURES:
            values = [sum(count(name, at) for at in range(start, start + width, _HOUR)) for start in starts]
            series.append(Series(name, values, sum(values)))
        return Overview(
            starts, series, waiting, failing, progress, clock.to_iso(starts[0]),
            {one.name: one.total for one in series},
            sum(count("runs", at) for at in range(starts[0], end, _HOUR)), dead.destinations,
        )  # fmt: skip

    def _counted(self, project_id: str, at: int) -> Counter[str]:
        return self._hours.get((project_id, _hour(at)), _NOTHING)

    def _load(self, tx: Tx, project_id: str, first: int, end: int) -> None:
        """Read the hours that are not remembered, and those that are not over."""
        over = int(clock.now() - _LATE) // _HOUR * _HOUR
        start = next((at for at in range(first, end, _HOUR) if not self._knows(project_id, at, over)), end)
        found = overview_store.of_hours(tx, project_id, _hour(start))
        for at in range(start, end, _HOUR):
            hour = _hour(at)
            self._hours[project_id, hour] = found.get(hour, _NOTHING)
        while len(self._hours) > _REMEMBERED:
            self._hours.popitem(last=False)

    def _knows(self, project_id: str, at: int, over: int) -> bool:
        return at < over and (project_id, _hour(at)) in self._hours


_NOTHING: Counter[str] = Counter()


def _hour(at: int) -> str:
    return clock.to_iso(at)[:13]
