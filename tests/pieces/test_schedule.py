"""The schedule piece: times that every reader of cron understands alike."""

from datetime import UTC, datetime
from typing import Any

import pytest
from apscheduler.triggers.cron import CronTrigger

from pieces import PieceError, Schedule
from pieces.schedule import cron, cron_lines, every, schedule
from pieces.testing import context

NAMED_DAYS = [
    ("0", "sun"), ("7", "sun"), ("1", "mon"), ("1-5", "mon,tue,wed,thu,fri"),
    ("mon-fri", "mon,tue,wed,thu,fri"), ("*", "*"),
    ("5-7", "sun,fri,sat"), ("6-0", "sun,sat"), ("fri-mon", "sun,mon,fri,sat"), ("0,6", "sun,sat"),
    ("0-6", "*"), ("*/2", "sun,tue,thu,sat"), ("1-5/2", "mon,wed,fri"), ("?", "*"), ("SUN", "sun"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "named"), NAMED_DAYS)
def test_days_of_the_week_are_named(given: str, named: str) -> None:
    assert cron_lines(f"0 8 * * {given}") == (f"0 8 * * {named}",)


@pytest.mark.parametrize(
    ("expression", "lines"),
    [
        ("@daily", ("0 0 * * *",)),
        ("@weekly", ("0 0 * * sun",)),
        (" */15  9-17 * JAN mon ", ("*/15 9-17 * jan mon",)),
        ("0 0 13 * 5", ("0 0 13 * *", "0 0 * * fri")),
        ("0 0 */2 * 5", ("0 0 */2 * fri",)),
        ("0 0 29 2 *", ("0 0 29 2 *",)),
        ("0 0 */28 2 1", ("0 0 */28 2 mon",)),  # the 1st or the 29th, if it is a Monday
    ],
)
def test_an_expression_becomes_one_or_two_lines(expression: str, lines: tuple[str, ...]) -> None:
    assert cron_lines(expression) == lines


def test_sunday_is_sunday() -> None:
    (line,) = cron_lines("0 8 * * 0")
    fires = CronTrigger.from_crontab(line, timezone="UTC").get_next_fire_time(
        None, datetime(2026, 3, 2, tzinfo=UTC)
    )
    assert fires.isoformat() == "2026-03-08T08:00:00+00:00"


@pytest.mark.parametrize(
    "expression",
    ["", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 32 * *", "* * * 13 *", "* * * * 8",
     "* * * * */0",
     "a b c d e", "@never", "* * * * mon-", "*/x * * * *", "* * * * *-3", "1;2 * * * *",
     "0 0 30 2 *", "0 0 31 4,6,9,11 *"],
)  # fmt: skip
async def test_an_expression_that_cannot_be_read_is_refused(expression: str) -> None:
    (problem,) = cron.problems({"expression": expression})
    assert problem[0] == "/expression"
    with pytest.raises(PieceError) as caught:
        await cron.schedule({"expression": expression})
    assert caught.value.field == "expression"


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../../etc/passwd", "/etc/passwd", "UTC\0"])
async def test_a_time_zone_must_exist(zone: str) -> None:
    assert [place for place, _ in cron.problems({"expression": "@daily", "time_zone": zone})] == [
        "/time_zone"
    ]
    with pytest.raises(PieceError):
        await cron.schedule({"expression": "@daily", "time_zone": zone})


async def test_the_triggers_give_their_schedule() -> None:
    given = {"expression": "30 8 * * mon", "time_zone": "Europe/Berlin"}
    assert await cron.schedule(given) == Schedule(crons=("30 8 * * mon",), time_zone="Europe/Berlin")
    assert await every.schedule({"interval": "1.5", "unit": "hours"}) == Schedule(every=5400)
    assert (cron.kind, every.kind) == ("schedule", "schedule")


@pytest.mark.parametrize(
    "values",
    [
        {"interval": 9, "unit": "seconds"},
        {"interval": 0},
        {"interval": -5},
        {"interval": 367, "unit": "days"},
    ],
)
async def test_an_interval_has_bounds(values: dict[str, Any]) -> None:
    assert [place for place, _ in every.problems(values)] == ["/interval"]
    with pytest.raises(PieceError):
        await every.schedule(values)


async def test_time_zones_can_be_searched() -> None:
    found = await cron.options(context(schedule), "time_zone", search="new york")
    assert [option.value for option in found] == ["America/New_York"]
