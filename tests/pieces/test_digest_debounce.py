"""The pieces digest and debounce: who waits, who goes on, and what bad input says."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pieces import PieceError, Wait
from pieces.debounce import debounce
from pieces.debounce import events as debounced
from pieces.digest import digest
from pieces.digest import events as collected
from pieces.testing import check_piece, context
from tests.pieces.test_deduplicate_throttle import NOW, Stream


@pytest.mark.parametrize("piece", [digest, debounce])
def test_the_pieces_keep_the_contract_and_have_no_effect(piece: Any) -> None:
    check_piece(piece)
    assert [action.has_effect for action in piece.actions.values()] == [False]


async def waits(send: Stream, at: float = 0, **values: Any) -> Wait:
    """The wait of the next event's run."""
    with pytest.raises(Wait) as caught:
        await send(at, **values)
    return caught.value


# -- digest --------------------------------------------------------------------------------------------


async def test_the_first_run_waits_and_goes_on_once_with_the_list() -> None:
    send = Stream(collected, after=10)
    wait = await waits(send, item="a")
    assert (wait.until, wait.relative) == (NOW + 600, True)
    for at, item in ((1, None), (2, {"b": 1})):
        out = await send(at, item=item)
        assert (out["passed"], out["items"], out["number"]) == (False, [], 1 + at)
    assert send.stopped == (
        "Collected as number 3 of the digest that began at 2023-11-14 22:13:20 UTC. "
        "It goes on at 2023-11-14 22:23:20 UTC at the latest."
    )
    out = await send(600, resume=wait.state, run=1, item="a")
    assert out == {
        "passed": True, "key": "", "number": None, "count": 3, "first": "2023-11-14T22:13:20.000Z",
        "last": "2023-11-14T22:13:22.000Z", "items": ["a", None, {"b": 1}],
    }  # fmt: skip
    assert await send(700, resume=wait.state, run=1, item="a") == out  # again after a crash
    assert (await waits(send, 601, item="next")).until == NOW + 1201


async def test_by_number_the_run_of_the_last_event_goes_on_and_nobody_waits() -> None:
    send = Stream(collected, count=3)
    outs = [await send(n, item=n) for n in range(7)]
    assert [out["passed"] for out in outs] == [False, False, True, False, False, True, False]
    assert [out["items"] for out in outs if out["passed"]] == [[0, 1, 2], [3, 4, 5]]


async def test_whichever_comes_first_completes_the_digest() -> None:
    send = Stream(collected, count=2, after=10)
    wait = await waits(send, item=1)
    assert (await send(1, item=2))["items"] == [1, 2]
    out = await send(600, resume=wait.state, run=1, item=1)
    assert not out["passed"]
    assert send.stopped == "The digest was full before its time, and went on with the run of its last event."


@pytest.mark.parametrize(
    ("values", "until"),
    [
        ({"at": "08:00"}, "2023-11-15T08:00"),
        ({"at": "8:00", "time_zone": "Europe/Berlin"}, "2023-11-15T07:00"),
        ({"at": "22:14"}, "2023-11-14T22:14"),
        ({"at": "22:13"}, "2023-11-15T22:13"),
        ({"at": "08:00", "days": "mon"}, "2023-11-20T08:00"),
        ({"at": "08:00", "after": 30}, "2023-11-14T22:43:20"),
    ],
)
async def test_a_time_of_day_is_the_next_one_in_its_zone(values: Any, until: str) -> None:
    wait = await waits(Stream(collected, item=1, **values))
    assert wait.until == datetime.fromisoformat(until).replace(tzinfo=UTC).timestamp()
    assert wait.relative is ("after" in values)


async def test_each_key_has_a_digest_of_its_own() -> None:
    send = Stream(collected, count=2)
    outs = [await send(item=n, key=key) for n, key in enumerate(["a", "b", "a", "b"])]
    assert [out["items"] for out in outs] == [[], [], [0, 2], [1, 3]]


async def test_a_digest_is_complete_before_it_gets_too_large() -> None:
    send = Stream(collected, after=1, unit="days")
    await waits(send, item="x" * 450_000)
    outs = [await send(n, item="x" * 450_000) for n in range(8)]
    assert [out["passed"] for out in outs] == [False] * 7 + [True]
    assert outs[-1]["count"] == len(outs[-1]["items"]) == 9
    many = Stream(collected, after=1, unit="days", item=1)
    await waits(many)
    passed = [(await many(n / 1000))["passed"] for n in range(999)]
    assert passed == [False] * 998 + [True]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"count": 2}, "`item` is required"),
        ({"item": 1}, "Choose when the digest goes on"),
        ({"item": 1, "count": 0}, "`count`"),
        ({"item": 1, "count": 1001}, "`count`"),
        ({"item": 1, "after": 0}, "`after` must be between 1 second and 366 days"),
        ({"item": 1, "after": 1, "unit": "fortnights"}, "`unit`"),
        ({"item": 1, "at": "25:00"}, "'25:00' is not a time of day. Write it as 08:00."),
        ({"item": 1, "at": "8 am"}, "is not a time of day"),
        ({"item": 1, "at": "08:00", "days": "never"}, "`days`"),
        ({"item": 1, "at": "08:00", "time_zone": "Europe/Berln"}, "Did you mean `Europe/Berlin`?"),
        ({"item": 1, "count": 1, "then": "x"}, "`then`"),
        ({"item": "x" * 500_001, "count": 1}, "at most 500,000 are stored of an event"),
    ],
)
async def test_digest_says_what_is_wrong_with_each_field(values: Any, message: str) -> None:
    with pytest.raises(PieceError, match=message):
        await collected.run(context(digest), values)


def test_a_digest_without_an_end_is_an_error_in_the_editor() -> None:
    assert [at for at, _ in collected.problems({"item": "x"})] == ["/count"]
    assert [at for at, _ in collected.problems({"item": "x", "at": "noon"})] == ["/at"]
    assert [at for at, _ in collected.problems({"item": "x", "at": "12:00", "time_zone": "Mars"})] == [
        "/time_zone"
    ]
    assert collected.problems({"item": "x", "at": "{{ vars.at }}"}) == []


# -- debounce ------------------------------------------------------------------------------------------


async def test_the_last_event_goes_on_when_nothing_came_for_a_while() -> None:
    send = Stream(debounced, quiet=1)
    found = [await waits(send, at) for at in (0, 30, 80)]
    assert [wait.until for wait in found] == [NOW + 60, NOW + 90, NOW + 140]
    for number, at in ((1, 60), (2, 90)):
        assert not (await send(at, resume=found[number - 1].state, run=number))["passed"]
        assert send.stopped == "A later event with the same key took its place."
    out = await send(140, resume=found[2].state, run=3)
    assert out == {
        "passed": True, "key": "", "count": 3, "first": "2023-11-14T22:13:20.000Z",
        "last": "2023-11-14T22:14:40.000Z",
    }  # fmt: skip
    assert await send(141, resume=found[2].state, run=3) == out  # again after a crash
    assert (await waits(send, 141)).until == NOW + 201


async def test_an_event_after_the_end_does_not_take_the_place_of_the_last_one() -> None:
    send = Stream(debounced, quiet=1)
    wait = await waits(send)
    await waits(send, 61)  # before the run of the first one was resumed
    assert (await send(62, resume=wait.state, run=1))["passed"]


async def test_a_stream_without_a_pause_gets_through_at_its_longest_wait() -> None:
    send = Stream(debounced, quiet=1, longest=150, longest_unit="seconds")
    found = [await waits(send, at) for at in (0, 50, 100, 149)]
    assert [wait.until for wait in found] == [NOW + 60, NOW + 110, NOW + 150, NOW + 150]
    assert not (await send(150, resume=found[2].state, run=3))["passed"]
    assert (await send(150, resume=found[3].state, run=4))["count"] == 4


async def test_each_key_is_debounced_for_itself() -> None:
    send = Stream(debounced, quiet=1)
    one, other = await waits(send, key="a"), await waits(send, key="b")
    assert (await send(60, resume=one.state, run=1, key="a"))["passed"]
    assert (await send(60, resume=other.state, run=2, key="b"))["passed"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"quiet": 0}, "`quiet` must be between 1 second and 366 days"),
        ({"quiet": 1, "unit": "moons"}, "`unit`"),
        ({"longest": 1, "longest_unit": "minutes"}, "`longest` must not be shorter than `quiet`"),
        ({"longest": 400, "longest_unit": "days"}, "`longest` must be between 1 second and 366 days"),
        ({"longest_unit": ""}, "`longest_unit`"),
        ({"then": "wait"}, "`then`"),
    ],
)
async def test_debounce_says_what_is_wrong_with_each_field(values: Any, message: str) -> None:
    with pytest.raises(PieceError, match=message):
        await debounced.run(context(debounce), values)
