"""Which times of a schedule are due, which were missed, and what became of those.

How far a schedule has come is stored with its trigger after each firing, so that the next process knows what
was missed while none was there. The time of a firing is its run's dedupe key: whoever fires it again, after a
crash or in a second process, starts nothing.

A clock that is set back follows cron(8): times that are lived through again within three hours do not fire
again (one minute, where a schedule follows the wall clock); after more than that the clock was wrong before,
and the new time counts at once.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from typing import Any

from engine.authoring.active_flows import ActiveFlow
from engine.base import clock
from engine.base.types import Json
from engine.store import trigger_store
from engine.store.database import Database
from pieces import Schedule

log = logging.getLogger("switchyard.triggers")

Put = Callable[[ActiveFlow, str, Json, str], Awaitable[None]]
"""Start a run of a trigger, by its event's body and its dedupe key."""

MOST = 1000
"""Missed times that are counted, and runs that are started for them, at most."""

_AT_ONCE = 100  # runs that are stored together
_LATE = timedelta(minutes=1)  # later than this, a firing is not in time any more
_CORRECTED = timedelta(hours=3)  # a clock set back by more was wrong before


@dataclass(frozen=True)
class MissedRuns:
    """Times at which a schedule did not fire, and what became of them."""

    count: int
    """Up to `MOST`."""
    first: str
    last: str
    started: int
    """Runs that were started for them afterwards."""


@dataclass
class _Progress:
    """How far a schedule has come."""

    of: str  # the schedule, as text: another one begins anew
    until: str  # the last of its times that was dealt with
    missed: MissedRuns | None = None
    again: int = 0  # how often the clock was set back
    again_until: str = ""  # up to here the clock is where it has been before
    resumed: bool = False  # it comes from another process: what is due was missed


class Schedules:
    """Fires what is due of each schedule, once each, and notes what was missed."""

    def __init__(self, db: Database, put: Put) -> None:
        self._db = db
        self._put = put
        self._progress: dict[tuple[str, str], _Progress] = {}
        self._locks: dict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)

    async def begin(self, flow: ActiveFlow, name: str, schedule: Schedule, *, resume: bool) -> None:
        """Count from now on; or, to `resume`, from where an earlier process came to, and then `fire` it."""
        key, of = (flow.flow_id, name), _words(schedule)
        known = self._progress.get(key)
        if known is not None and known.of == of:
            return
        stored = (await trigger_store.load(self._db, *key))[0] if resume else {}
        if stored.get("of") == of:
            self._progress[key] = _read(stored)
        else:
            self._progress[key] = _Progress(of, _iso(_moment(clock.now())))
            await self._save(flow, name)

    async def end(self, flow_id: str, others: Collection[str] = ()) -> None:
        """The schedules of a flow end, but for `others`: what comes due now is not missed."""
        for key in [key for key in self._progress if key[0] == flow_id and key[1] not in others]:
            del self._progress[key]
            self._locks.pop(key, None)
            await trigger_store.forget_state(self._db, *key)

    def missed(self, flow_id: str, name: str) -> MissedRuns | None:
        """What a schedule missed the last time that it missed anything."""
        progress = self._progress.get((flow_id, name))
        return progress.missed if progress is not None else None

    async def fire(self, flow: ActiveFlow, name: str, schedule: Schedule) -> None:
        """Start the runs that are due. Raises what storing them raises; they are due again then."""
        key = (flow.flow_id, name)
        async with self._locks[key]:
            progress = self._progress.get(key)
            if progress is None or progress.of != _words(schedule):
                return  # it ended, or became another one, meanwhile
            now = _moment(clock.now())
            self._notice_clock(progress, schedule, now)
            due = _due(schedule, progress.until, now)
            if due:
                await self._start(flow, name, schedule, progress, due, now)
                await self._save(flow, name)
            progress.resumed = False

    async def _start(
        self,
        flow: ActiveFlow,
        name: str,
        schedule: Schedule,
        progress: _Progress,
        due: Sequence[datetime],
        now: datetime,
    ) -> None:
        """`due` is oldest first, and has one time at least."""

        async def put(tick: datetime, **more: Json) -> None:
            body = {"scheduled": _iso(tick), "time_zone": schedule.time_zone, **more}
            await self._put(flow, name, body, _dedupe(name, progress, tick, now))

        in_time = due[-1:] if not progress.resumed and now - due[-1] <= _LATE else ()
        late = due[: len(due) - len(in_time)]
        late = await self._not_fired(flow, name, progress, late, now)
        started = {"skip": [], "once": [] if in_time else late[-1:], "all": late}[schedule.missed]
        about: dict[str, Json] = {}
        if late:
            missed = MissedRuns(len(late), _iso(late[0]), _iso(late[-1]), len(started))
            progress.missed = missed
            log.warning(
                "trigger %s of flow %s missed %d runs, from %s to %s; %d were started for them",
                name, flow.flow_id, missed.count, missed.first, missed.last, missed.started,
            )  # fmt: skip
            about = {"missed": {"count": missed.count, "first": missed.first, "last": missed.last}}
        for at in range(0, len(started), _AT_ONCE):  # together, so that they share commits
            await asyncio.gather(*(put(tick, **about) for tick in started[at : at + _AT_ONCE]))
            progress.until = _iso(started[at : at + _AT_ONCE][-1])
        for tick in in_time:
            await put(tick)
        progress.until = _iso(due[-1])

    async def _not_fired(
        self, flow: ActiveFlow, name: str, progress: _Progress, ticks: Sequence[datetime], now: datetime
    ) -> list[datetime]:
        """Without those that another process fired, or this one just before it ended."""
        keys = {_dedupe(name, progress, tick, now): tick for tick in ticks}
        fired = await trigger_store.fired(self._db, flow.flow_id, list(keys)) if keys else set()
        return [tick for key, tick in keys.items() if key not in fired]

    def _notice_clock(self, progress: _Progress, schedule: Schedule, now: datetime) -> None:
        """Go by the new time of a clock that was set back."""
        until = datetime.fromisoformat(progress.until)
        if until - now <= (_CORRECTED if schedule.is_fixed else _LATE):
            return
        log.warning("the clock was set back by %s: schedules follow the new time", until - now)
        progress.again += 1
        progress.again_until = max(progress.again_until, _iso(until + _LATE))
        # What is due at this moment counts, if a timer brought us here; nothing was missed.
        due = [] if progress.resumed else _due(schedule, _iso(now - _LATE), now)
        progress.until = _iso(due[-1] - timedelta(milliseconds=1) if due else now)

    async def _save(self, flow: ActiveFlow, name: str) -> None:
        state = asdict(self._progress[flow.flow_id, name])
        del state["resumed"]
        await trigger_store.save(self._db, flow.project_id, flow.flow_id, name, state)


def _read(stored: Mapping[str, Any]) -> _Progress:
    """What an earlier process saved."""
    missed = stored.get("missed")
    return _Progress(
        of=stored["of"],
        until=stored["until"],
        missed=MissedRuns(**missed) if missed else None,
        again=stored.get("again", 0),
        again_until=stored.get("again_until", ""),
        resumed=True,
    )


def next_after(schedule: Schedule, now: float) -> float | None:
    """When a schedule fires next, in Unix seconds."""
    tick = next(schedule.ticks(_moment(now)), None)
    return None if tick is None else tick.timestamp()


def _due(schedule: Schedule, until: str, now: datetime) -> list[datetime]:
    """Its times later than `until` and up to now, oldest first: of very many the newest."""
    return [
        tick for tick in _newest(schedule, datetime.fromisoformat(until), now, MOST) if _iso(tick) > until
    ]


def _newest(schedule: Schedule, after: datetime, now: datetime, most: int) -> list[datetime]:
    found = list(islice(takewhile(lambda tick: tick <= now, schedule.ticks(after)), most + 1))
    if len(found) <= most:
        return found
    middle = after + (now - after) / 2
    newer = _newest(schedule, middle, now, most)
    rest = most - len(newer)
    return [*_newest(schedule, after, middle, rest), *newer] if rest else newer


def _dedupe(name: str, progress: _Progress, tick: datetime, now: datetime) -> str:
    again = f":again{progress.again}" if _iso(now) <= progress.again_until else ""
    return f"schedule:{name}:{_iso(tick)}{again}"


def _words(schedule: Schedule) -> str:
    return f"{schedule.every or ' | '.join(schedule.crons)} {schedule.time_zone}"


def _iso(tick: datetime) -> str:
    return clock.to_iso(tick.timestamp())


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
