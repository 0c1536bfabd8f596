"""The schedule piece: what it reads, what it refuses, and when it fires."""

import json
from datetime import UTC, datetime
from itertools import islice, pairwise, takewhile
from pathlib import Path
from typing import Any

import pytest

from pieces import PieceError, Schedule
from pieces.schedule import cron, every, schedule
from pieces.testing import context

FOLDER = Path(__file__).parents[1] / "data" / "cases"
CASES = [
    row
    for name in ("schedules", "schedules_more")
    for row in json.loads((FOLDER / f"{name}.json").read_text())
]


def moments(found: Schedule, after: str, count: int) -> list[datetime]:
    return list(islice(found.ticks(datetime.fromisoformat(after)), count))


@pytest.mark.parametrize("row", CASES, ids=lambda row: f"{row['cron']} {row['zone']} {row['now'][:10]}")
async def test_a_schedule_fires_when_cron_does(row: dict[str, Any]) -> None:
    found = await cron.schedule({"expression": row["cron"], "time_zone": row["zone"]})
    wanted = row.get("fires") or [row["next"]]
    assert moments(found, row["now"], len(wanted)) == [datetime.fromisoformat(each) for each in wanted]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("@daily", "0 0 * * *"), ("@WEEKLY", "0 0 * * 0"), (" */15  9-17 * JAN Mon ", "*/15 9-17 * jan mon"),
        ("0 0 13 * 5", "0 0 13 * 5"), ("0 8 ? * mon-fri", "0 8 * * mon-fri"),
        ("0 8 * * fri-mon", "0 8 * * 5,6,0,1"), ("0 8 * * 6-2/2", "0 8 * * 6,1"),
        ("0 8 * * sat-sun,wed", "0 8 * * 6,0,wed"), ("0 8 * * 5-7", "0 8 * * 5-7"),
        ("0 8 * * friL", "0 8 * * 5l"), ("0 0 29 2 *", "0 0 29 2 *"), ("0 0 L,15 * *", "0 0 l,15 * *"),
    ],
)  # fmt: skip
async def test_an_expression_is_read_as_five_fields(written: str, read: str) -> None:
    assert cron.problems({"expression": written}) == []
    assert (await cron.schedule({"expression": written})).crons == (read,)


@pytest.mark.parametrize(
    ("expression", "days"),
    [
        ("0 8 * * 0", [1, 8, 15, 22, 29]), ("0 8 * * 7", [1, 8, 15, 22, 29]),
        ("0 8 1-8 * fri-sun", [*range(1, 9), 13, 14, 15, 20, 21, 22, 27, 28, 29]),  # either day is enough
        ("0 8 */10 * sun", [1]),  # unless one of them begins with a star: the 1st, if it is a Sunday
        ("0 8 13 * */6", []), ("0 8 14 * */6", [14]), ("0 8 14 * 0,6", [1, 7, 8, 14, 15, 21, 22, 28, 29]),
        ("0 8 L * *", [31]), ("0 8 LW * *", [31]), ("0 8 * * mon#1", [2]), ("0 8 * * tueL", [31]),
        ("0 8 1,L * *", [1, 31]), ("0 8 * * sun#5,sat#4", [28, 29]),
    ],
)  # fmt: skip
async def test_days_are_those_of_cron(expression: str, days: list[int]) -> None:
    found = await cron.schedule({"expression": expression})
    march = takewhile(
        lambda tick: (tick.year, tick.month) == (2026, 3), found.ticks(datetime(2026, 3, 1, tzinfo=UTC))
    )
    assert [tick.day for tick in march] == days


REFUSED = [
    ("", "five fields"), ("* * * *", "You wrote `* * * *`"), ("* * * * * *", "five fields"),
    ("60 * * * *", "`60` is not a minute. Use 0 to 59."), ("* 24 * * *", "`24` is not an hour"),
    ("* * 32 * *", "`32` is not a day of the month"), ("* * * 13 *", "`13` is not a month"),
    ("* * * * 8", "`8` is not a day of the week"), ("* * * * */0", "A step is at least 1."),
    ("a b c d e", "`a` is not a minute"), ("@never", "`@never` is not one of `@hourly`"),
    ("* * * * mon-", "`mon-`"), ("*/x * * * *", "`*/x`"), ("* * * * *-3", "`*-3`"), ("1;2 * * * *", "`1;2`"),
    ("22-2 * * * *", "A range goes from low to high."), ("0 0 L-3 * *", "`L-3`"), ("0 0 15W * *", "`15W`"),
    ("0 0 * * L", "`L` is not a day of the week"), ("0 0 * * mon#6", "`mon#6`"), ("1,,2 * * * *", "``"),
    ("٣ * * * *", "`٣` is not a minute"), ("0 0 30 2 *", "never comes"),
    ("0 0 31 4,6,9,11 *", "never comes"), ("0 0 */31 2 mon#2", "never comes"),
    ("1," * 400 + "1 * * * *", "five fields"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "sentence"), REFUSED)
async def test_an_expression_that_cannot_be_used_is_refused_in_a_sentence(
    expression: str, sentence: str
) -> None:
    ((pointer, message),) = cron.problems({"expression": expression})
    assert pointer == "/expression" and sentence in message and len(message) < 300
    with pytest.raises(PieceError) as caught:
        await cron.schedule({"expression": expression})
    assert caught.value.field == "expression"


@pytest.mark.parametrize(
    ("zone", "hint"),
    [
        ("Mars/Olympus", "Use a name such as `Europe/Berlin`."), ("", "Use a name"), ("/etc/passwd", "Use a"),
        ("../../etc/passwd", "Use a name"), ("europe/berlin", "Did you mean `Europe/Berlin`?"),
        ("Berlin", "Did you mean `Europe/Berlin`?"), ("right/UTC", "Did you mean"), ("UTC\0", "`UTC`?"),
    ],
)  # fmt: skip
async def test_a_time_zone_must_exist(zone: str, hint: str) -> None:
    ((pointer, message),) = cron.problems({"expression": "@daily", "time_zone": zone})
    assert pointer == "/time_zone" and hint in message
    with pytest.raises(PieceError):
        await cron.schedule({"expression": "@daily", "time_zone": zone})


async def test_a_schedule_of_a_piece_author_is_checked_as_well() -> None:
    assert Schedule(crons=("@daily", "0 12 * * SAT-SUN")).crons == ("0 0 * * *", "0 12 * * 6,0")
    for wrong in ({"crons": ("0 0 30 2 *",)}, {"crons": ("@daily",), "time_zone": "Nowhere"}):
        with pytest.raises(PieceError):
            Schedule(**wrong)  # type: ignore[arg-type]


async def test_several_lines_fire_together_once() -> None:
    found = Schedule(crons=("0 8 * * *", "0 */4 * * *"))
    hours = [tick.hour for tick in moments(found, "2026-03-01T00:00:00Z", 7)]
    assert hours == [4, 8, 12, 16, 20, 0, 4]


async def test_the_triggers_give_their_schedule() -> None:
    given = {"expression": "30 8 * * mon", "time_zone": "Europe/Berlin", "missed": "all"}
    assert await cron.schedule(given) == Schedule(
        crons=("30 8 * * mon",), time_zone="Europe/Berlin", missed="all"
    )
    assert await every.schedule({"interval": "1.5", "unit": "hours"}) == Schedule(every=5400, missed="once")
    assert (cron.kind, every.kind) == ("schedule", "schedule")
    assert [pointer for pointer, _ in every.problems({"interval": 1, "missed": "some"})] == ["/missed"]


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


@pytest.mark.parametrize("step", [10, 60, 3600, 86_400, 7 * 86_400, 90.5, 33.3])
def test_an_interval_fires_once_in_each_of_its_steps(step: float) -> None:
    found = Schedule(every=step)
    ticks = moments(found, "2026-03-01T12:00:01Z", 50)
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(ticks)]
    assert gaps == pytest.approx([step] * 49)
    assert next(found.ticks(ticks[7])) == ticks[8]  # the same from wherever one begins


async def test_time_zones_can_be_searched() -> None:
    found = await cron.options(context(schedule), "time_zone", search="new york")
    assert [option.value for option in found] == ["America/New_York"]
