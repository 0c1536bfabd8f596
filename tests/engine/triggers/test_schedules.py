"""Schedules: one run for each time, also across restarts and with a clock that is set."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.authoring.active_flows import ActiveFlow
from engine.base import clock
from engine.base.errors import Unavailable
from engine.base.ids import new_id
from engine.store import trigger_store
from engine.triggers.schedules import MOST, MissedRuns, Schedules
from pieces import Schedule
from tests.engine.factories import Harness

MINUTELY, DAILY = Schedule(crons=("* * * * *",)), Schedule(crons=("0 8 * * *",))
FLOW = ActiveFlow("", "", "A flow", True, "", 1, {})


@dataclass
class Desk:
    """Schedules of one flow, on a clock that stands where the test sets it. What they start is stored as the
    intake does it: a dedupe key that is there already starts nothing."""

    place: Harness
    flow: ActiveFlow
    now: datetime
    started: list[dict[str, Any]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    refuse: int = 0

    def process(self) -> Schedules:
        """A process's schedules; what it knows is lost with it."""
        return Schedules(self.place.sy.db, self.put)

    async def put(self, flow: ActiveFlow, name: str, body: Any, dedupe: str) -> None:
        if self.refuse:
            self.refuse -= 1
            raise Unavailable("The disk is full.")
        if dedupe not in self.keys:
            self.keys.add(dedupe)
            self.started.append(body)

    def took(self) -> list[str]:
        """The times that started a run since this was asked last, as day and minute."""
        taken = [datetime.fromisoformat(body["scheduled"]).strftime("%d %H:%M") for body in self.started]
        self.started.clear()
        return taken

    async def live(self, schedules: Schedules, schedule: Schedule, **time: float) -> None:
        """Let time go by, and the schedule's timer fire at each of its times."""
        end = self.now + timedelta(**time)
        for tick in schedule.ticks(self.now):
            if tick > end:
                break
            self.now = tick + timedelta(milliseconds=3)
            await schedules.fire(self.flow, "tick", schedule)
        self.now = end

    async def begin(self, schedule: Schedule, *, resume: bool = False) -> Schedules:
        schedules = self.process()
        await schedules.begin(self.flow, "tick", schedule, resume=resume)
        if resume:
            await schedules.fire(self.flow, "tick", schedule)
        return schedules


@pytest.fixture
def desk(place: Harness, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    flow = ActiveFlow(new_id("flw"), place.project, "A flow", True, new_id("ver"), 1, {})
    made = Desk(place, flow, datetime(2026, 3, 3, 7, 30, 20, tzinfo=UTC))
    monkeypatch.setattr(clock, "now", lambda: made.now.timestamp())
    yield made


async def test_each_time_starts_one_run_however_often_it_is_fired(desk: Desk) -> None:
    one, other = await desk.begin(MINUTELY), await desk.begin(MINUTELY)
    for _ in range(3):
        desk.now += timedelta(minutes=1)
        for schedules in (one, other, one):
            await schedules.fire(desk.flow, "tick", MINUTELY)
    assert desk.took() == ["03 07:31", "03 07:32", "03 07:33"]
    assert one.missed(desk.flow.flow_id, "tick") is None


@pytest.mark.parametrize(
    ("policy", "started"),
    [("skip", []), ("once", ["03 07:33"]), ("all", ["03 07:31", "03 07:32", "03 07:33"])],
)
async def test_what_was_missed_while_the_server_was_down_is_noted_and_handled_as_chosen(
    desk: Desk, policy: Any, started: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    schedule = Schedule(crons=("* * * * *",), missed=policy)
    await desk.begin(schedule)
    desk.now += timedelta(minutes=3)
    with caplog.at_level(logging.WARNING, "switchyard.triggers"):
        schedules = await desk.begin(schedule, resume=True)
    missed = {"count": 3, "first": "2026-03-03T07:31:00.000Z", "last": "2026-03-03T07:33:00.000Z"}
    assert [body["missed"] for body in desk.started] == [missed] * len(started)
    assert desk.took() == started
    assert schedules.missed(desk.flow.flow_id, "tick") == MissedRuns(**missed, started=len(started))  # type: ignore[arg-type]
    assert "missed 3 runs, from 2026-03-03T07:31:00.000Z to 2026-03-03T07:33:00.000Z" in caplog.text
    await desk.live(schedules, schedule, minutes=2)
    assert desk.took() == ["03 07:34", "03 07:35"]
    again = await desk.begin(schedule, resume=True)  # the note outlives the next restart
    assert desk.took() == []
    assert again.missed(desk.flow.flow_id, "tick") == MissedRuns(**missed, started=len(started))  # type: ignore[arg-type]


async def test_of_very_many_missed_runs_the_newest_are_started(desk: Desk) -> None:
    schedule = Schedule(crons=("* * * * *",), missed="all")
    await desk.begin(schedule)
    desk.now += timedelta(days=200)
    schedules = await desk.begin(schedule, resume=True)
    assert len(desk.started) == MOST
    assert desk.started[-1]["scheduled"] == "2026-09-19T07:30:00.000Z"
    assert desk.started[0]["scheduled"] == "2026-09-18T14:51:00.000Z"
    found = schedules.missed(desk.flow.flow_id, "tick")
    assert found is not None and (found.count, found.started) == (MOST, MOST)


async def test_a_run_that_was_started_just_before_a_crash_was_not_missed(place: Harness, desk: Desk) -> None:
    flow_id = desk.flow.flow_id
    schedule = Schedule(crons=("* * * * *",), missed="all")
    await desk.begin(schedule)
    # The run of 07:31 is durable, and how far the schedule has come is not.
    await place.sql(
        "INSERT INTO dedupe (flow_id, key, run_id, created) VALUES (?, ?, 'run_1', '')",
        flow_id, "schedule:tick:2026-03-03T07:31:00.000Z",
    )  # fmt: skip
    desk.now += timedelta(minutes=2)
    schedules = await desk.begin(schedule, resume=True)
    assert desk.took() == ["03 07:32"]
    found = schedules.missed(flow_id, "tick")
    assert found is not None and found.count == 1


@pytest.mark.parametrize(
    ("policy", "started", "made_up"),
    [
        ("skip", ["03 07:33"], 0),
        ("once", ["03 07:33"], 0),  # the one that is in time
        ("all", ["03 07:31", "03 07:32", "03 07:33"], 2),
    ],
)
async def test_a_timer_that_is_late_makes_up_for_what_it_missed(
    desk: Desk, policy: Any, started: list[str], made_up: int
) -> None:
    schedule = Schedule(crons=("* * * * *",), missed=policy)
    schedules = await desk.begin(schedule)
    desk.now += timedelta(minutes=3)
    await schedules.fire(desk.flow, "tick", schedule)
    found = schedules.missed(desk.flow.flow_id, "tick")
    assert desk.took() == started
    assert found is not None and (found.count, found.started) == (2, made_up)


async def test_what_comes_due_while_a_flow_is_disabled_was_not_missed(desk: Desk) -> None:
    schedules = await desk.begin(MINUTELY)
    await schedules.end(desk.flow.flow_id)
    assert await trigger_store.load(desk.place.sy.db, desk.flow.flow_id, "tick") == ({}, "")
    desk.now += timedelta(hours=5)
    await schedules.begin(desk.flow, "tick", MINUTELY, resume=False)
    await schedules.fire(desk.flow, "tick", MINUTELY)
    assert desk.took() == [] and schedules.missed(desk.flow.flow_id, "tick") is None


async def test_a_changed_schedule_begins_anew_and_an_unchanged_one_goes_on(desk: Desk) -> None:
    schedules = await desk.begin(MINUTELY)
    desk.now += timedelta(minutes=2)
    other = Schedule(crons=("*/2 * * * *",))
    await schedules.begin(desk.flow, "tick", other, resume=False)
    await schedules.fire(desk.flow, "tick", other)
    assert desk.took() == []
    desk.now += timedelta(minutes=2)
    await schedules.begin(desk.flow, "tick", other, resume=False)
    await schedules.fire(desk.flow, "tick", MINUTELY)  # a timer of the version before
    await schedules.fire(desk.flow, "tick", other)
    assert desk.took() == ["03 07:34"]


async def test_what_cannot_be_stored_is_due_again(desk: Desk) -> None:
    schedules = await desk.begin(MINUTELY)
    desk.now += timedelta(minutes=1)
    desk.refuse = 1
    with pytest.raises(Unavailable):
        await schedules.fire(desk.flow, "tick", MINUTELY)
    await schedules.fire(desk.flow, "tick", MINUTELY)
    assert desk.took() == ["03 07:31"]


# -- a clock that is set -------------------------------------------------------------------------------


async def test_a_clock_set_forward_makes_up_for_what_it_passed_over_once(desk: Desk) -> None:
    schedules = await desk.begin(DAILY)
    desk.now += timedelta(hours=26)  # 4 March, 09:30
    await schedules.fire(desk.flow, "tick", DAILY)
    assert desk.took() == ["04 08:00"]
    await desk.live(schedules, DAILY, hours=24)
    assert desk.took() == ["05 08:00"]


@pytest.mark.parametrize("schedule", [MINUTELY, DAILY, Schedule(every=60)], ids=["cron", "daily", "every"])
async def test_a_clock_set_back_by_a_day_silences_nothing_and_fires_nothing_twice(
    desk: Desk, schedule: Schedule
) -> None:
    schedules = await desk.begin(schedule)
    await desk.live(schedules, schedule, hours=1)
    wrong = desk.took()
    assert "03 08:00" in wrong
    desk.now -= timedelta(hours=26)
    await desk.live(schedules, schedule, hours=1)
    await desk.live(schedules, schedule, hours=26)
    again = desk.took()
    assert {"02 08:00", "03 08:00"} <= set(again)
    assert len(again) == len(set(again))
    assert len(again) == (2 if schedule is DAILY else 27 * 60)
    assert schedules.missed(desk.flow.flow_id, "tick") is None


async def test_a_clock_set_back_and_forward_again_fires_nothing_twice(desk: Desk) -> None:
    schedule = Schedule(crons=("* * * * *",), missed="all")
    schedules = await desk.begin(schedule)
    await desk.live(schedules, schedule, minutes=10)
    first = desk.took()
    desk.now -= timedelta(hours=26)
    await desk.live(schedules, schedule, minutes=3)
    desk.now += timedelta(hours=26)
    await desk.live(schedules, schedule, minutes=1)
    later = desk.took()
    assert not {time for time in later if time >= first[0]} & set(first)
    assert "03 07:44" in later


async def test_a_clock_set_back_while_the_server_was_down_counts_at_once(desk: Desk) -> None:
    schedules = await desk.begin(MINUTELY)
    await desk.live(schedules, MINUTELY, minutes=2)
    desk.took()
    desk.now -= timedelta(hours=26)
    schedules = await desk.begin(MINUTELY, resume=True)
    assert desk.took() == []
    await desk.live(schedules, MINUTELY, minutes=2)
    assert desk.took() == ["02 05:33", "02 05:34"]


async def test_an_hour_that_comes_again_repeats_no_daily_run(desk: Desk) -> None:
    schedules = await desk.begin(DAILY)
    await desk.live(schedules, DAILY, hours=1)
    assert desk.took() == ["03 08:00"]
    desk.now -= timedelta(hours=1)
    await desk.live(schedules, DAILY, hours=24)
    assert desk.took() == []
    await desk.live(schedules, DAILY, hours=1)
    assert desk.took() == ["04 08:00"]


async def test_a_clock_that_is_corrected_by_seconds_repeats_nothing(desk: Desk) -> None:
    schedules = await desk.begin(MINUTELY)
    await desk.live(schedules, MINUTELY, seconds=45)
    assert desk.took() == ["03 07:31"]
    desk.now -= timedelta(seconds=20)  # before 07:31 again
    await desk.live(schedules, MINUTELY, seconds=90)
    assert desk.took() == ["03 07:32"]
