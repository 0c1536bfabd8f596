"""The pieces deduplicate and throttle: what passes, what is counted, and what bad input says."""

from typing import Any

import pytest

from pieces import Context, PieceError, Wait
from pieces.deduplicate import deduplicate
from pieces.deduplicate import events as first
from pieces.testing import MemoryWindows, check_piece, context
from pieces.throttle import events as limited
from pieces.throttle import throttle

NOW = 1_700_000_000.0
HOUR = 3600.0


class Stream:
    """One event after the other through one step, each in a run of its own."""

    def __init__(self, step: Any, **values: Any) -> None:
        self.step, self.values = step, values
        self.windows, self.runs = MemoryWindows(), 0
        self.last: Context | None = None

    async def __call__(self, at: float = 0, resume: Any = None, run: int = 0, **values: Any) -> Any:
        self.runs += not run
        self.last = context(
            self.step.piece,
            windows=self.windows,
            idempotency_key=f"run_{run or self.runs}:step",
            now=NOW + at,
            resume=resume,
        )
        return await self.step.run(self.last, {**self.values, **values})

    @property
    def stopped(self) -> str:
        assert self.last is not None
        return self.last.stopped


@pytest.mark.parametrize("piece", [deduplicate, throttle])
def test_the_pieces_keep_the_contract_and_have_no_effect(piece: Any) -> None:
    check_piece(piece)
    assert [action.has_effect for action in piece.actions.values()] == [False]


# -- deduplicate ---------------------------------------------------------------------------------------


async def test_the_first_event_of_a_kind_passes_and_the_others_end_their_runs() -> None:
    send = Stream(first, key="disk full")
    out = await send()
    assert (out["passed"], out["count"], send.stopped) == (True, 1, "")
    out = await send(10)
    assert (out["passed"], out["count"], out["repeats"], out["first_run"]) == (False, 2, 1, "run_1")
    assert send.stopped == "This is the 2nd event with this key since 2023-11-14 22:13:20 UTC."
    assert (await send(20, key="other"))["passed"]


async def test_the_next_first_says_how_many_followed_the_last_one() -> None:
    send = Stream(first, key="disk full")
    for at in (0, 10, 20, 30):
        await send(at)
    out = await send(HOUR)
    assert out["passed"] and out["repeats"] == 0
    assert out["previous"] == {
        "count": 3,
        "first": "2023-11-14T22:13:20.000Z",
        "last": "2023-11-14T22:13:50.000Z",
    }
    assert (await send(2 * HOUR))["previous"] is None


async def test_the_time_begins_with_the_first_event_or_with_each() -> None:
    for extend, passed in ((False, True), (True, False)):
        send = Stream(first, key="a", extend=extend)
        await send(0)
        await send(HOUR - 1)
        assert (await send(HOUR + 1))["passed"] is passed


async def test_another_state_passes_and_starts_again() -> None:
    send = Stream(first, key="a")
    states = ["firing", "firing", "resolved", "resolved", "firing"]
    passed = [(await send(n, state=state))["passed"] for n, state in enumerate(states)]
    assert passed == [True, False, True, False, True]


async def test_ignored_fields_do_not_count() -> None:
    send = Stream(first, ignored_fields=["at", "alerts.seen"])
    event = {"name": "disk", "at": 1, "alerts": [{"id": 1, "seen": 5}, {"id": 2}]}
    assert (await send(key=event))["passed"]
    same = {"alerts": [{"id": 1, "seen": 6}, {"id": 2, "seen": 1}], "name": "disk"}
    assert not (await send(key=same))["passed"]
    assert (await send(key={**event, "name": "cpu"}))["passed"]
    assert event["alerts"] == [{"id": 1, "seen": 5}, {"id": 2}]


@pytest.mark.parametrize("key", [None, "", "  "])
async def test_an_event_without_a_key_passes_with_a_warning(key: Any) -> None:
    send = Stream(first)
    for _ in range(2):
        assert (await send(key=key))["passed"]
        assert send.last is not None
        assert send.last.warnings == [
            "`key` is empty, so the event was not compared with others, and passed."
        ]


async def test_a_long_key_counts_as_a_whole() -> None:
    send = Stream(first)
    assert (await send(key="x" * 300))["passed"]
    assert (await send(key="x" * 299 + "y"))["passed"]
    out = await send(key="x" * 300)
    assert not out["passed"] and out["key"].startswith("sha256:") and len(out["key"]) < 100


async def test_with_continue_the_run_goes_on_and_a_router_can_ask() -> None:
    send = Stream(first, key="a", then="continue")
    await send()
    assert (await send())["passed"] is False
    assert send.stopped == ""


async def test_a_step_that_is_run_again_does_not_count_twice() -> None:
    send = Stream(first, key="a")
    once = await send()
    assert await send(run=1) == once
    second = await send()
    assert await send(5, run=2) == second
    assert (await send())["count"] == 3


async def test_a_clock_that_was_set_back_does_not_hold_events_for_ever() -> None:
    send = Stream(first, key="a")
    await send(30 * 24 * HOUR)
    assert (await send(0))["passed"]
    assert not (await send(1))["passed"]


async def test_a_clock_that_is_set_forward_ends_the_time() -> None:
    send = Stream(first, key="a")
    await send()
    assert (await send(365 * 24 * HOUR))["passed"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "`key` is required"),
        ({"key": "a", "window": 0}, "`window` must be between 1 second and 366 days"),
        ({"key": "a", "window": 367, "unit": "days"}, "`window` must be between 1 second and 366 days"),
        ({"key": "a", "window": "soon"}, "`window`"),
        ({"key": "a", "unit": "weeks"}, "`unit`"),
        ({"key": "a", "ignored_fields": ["a..b"]}, "is not a path"),
        ({"key": "a", "ignored_fields": [f"f{n}" for n in range(51)]}, "at most 50 fields"),
        ({"key": "a", "then": "drop"}, "`then`"),
        ({"key": "a", "extend": "perhaps"}, "`extend`"),
    ],
)
async def test_deduplicate_says_what_is_wrong_with_each_field(values: Any, message: str) -> None:
    with pytest.raises(PieceError, match=message):
        await first.run(context(deduplicate), values)


def test_what_can_be_known_before_a_run_is_said_in_the_editor() -> None:
    assert first.problems({"key": "{{ trigger.body }}", "window": 0.0001}) == [
        ("/window", "`window` must be between 1 second and 366 days")
    ]
    assert [at for at, _ in first.problems({"key": "{{ a }}", "ignored_fields": ["ok", ".x"]})] == [
        "/ignored_fields/1"
    ]
    assert [at for at, _ in first.warnings({"key": "alert"})] == ["/key"]
    assert first.warnings({"key": "{{ trigger.body.id }}"}) == []


# -- throttle ------------------------------------------------------------------------------------------


async def test_so_many_pass_in_a_period_and_the_next_that_passes_reports_the_rest() -> None:
    send = Stream(limited, limit=2, period=10)
    passed = [(await send(n, item=f"event {n}"))["passed"] for n in range(5)]
    assert passed == [True, True, False, False, False]
    assert send.stopped == (
        "Held back: 2 events pass in this period, and this is number 5. "
        "The period ends at 2023-11-14 22:23:20 UTC."
    )
    out = await send(600)
    assert out["passed"] and out["number"] == 1
    assert out["held_back"] == {
        "count": 3,
        "first": "2023-11-14T22:13:20.000Z",
        "last": "2023-11-14T22:13:24.000Z",
        "items": ["event 2", "event 3", "event 4"],
    }
    assert (await send(601))["held_back"] is None
    assert (await send(2000))["held_back"] is None  # reported once


async def test_when_the_period_ends_the_first_that_was_held_back_reports_the_rest() -> None:
    send = Stream(limited, limit=1, period=10, summary="end", item="{}")
    await send()
    with pytest.raises(Wait) as wait:
        await send(5)
    assert wait.value.until == NOW + 600 and wait.value.relative
    for at in (6, 7):
        assert not (await send(at))["passed"]
    out = await send(600, resume=wait.value.state, run=2)
    assert (out["passed"], out["summary"], out["held_back"]["count"]) == (True, True, 3)
    assert await send(600, resume=wait.value.state, run=2) == out  # again after a crash
    assert (await send(601))["held_back"] is None


async def test_each_key_has_a_limit_of_its_own() -> None:
    send = Stream(limited, limit=1)
    assert [(await send(key=key))["passed"] for key in ("a", "b", "a", {"x": 1}, {"x": 1}, None)] == [
        True, True, False, True, False, True,
    ]  # fmt: skip


async def test_more_items_than_are_stored_are_counted() -> None:
    send = Stream(limited, limit=1, item=1)
    for n in range(1102):
        await send(n / 100)
    out = await send(700)
    assert out["held_back"]["count"] == 1101 and len(out["held_back"]["items"]) == 1000


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"limit": 0}, "`limit`"),
        ({"limit": 10_001}, "`limit`"),
        ({"limit": 1.5}, "`limit`"),
        ({"period": -1}, "`period` must be between 1 second and 366 days"),
        ({"unit": "years"}, "`unit`"),
        ({"summary": "never"}, "`summary`"),
        ({"then": ""}, "`then`"),
        ({"item": "x" * 500_001}, "`item` has 500,003 bytes; at most 500,000 are stored of an event"),
    ],
)
async def test_throttle_says_what_is_wrong_with_each_field(values: Any, message: str) -> None:
    with pytest.raises(PieceError, match=message):
        await limited.run(context(throttle), values)
