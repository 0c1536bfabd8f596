"""When a delivery is tried again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.destinations import retry_policy
from engine.destinations.message import AttemptResult
from engine.destinations.retry_policy import DELAYS, MOST_TRIES, after

NOW = 1_800_000_000.0
dice = st.floats(0, 1, exclude_max=True)
tries = st.integers(1, MOST_TRIES - 1)
asked = st.one_of(st.none(), st.floats(-1e6, 1e9))


def failing(**more: object) -> AttemptResult:
    return AttemptResult(False, "status", 500, error="the target answered 500", **more)  # type: ignore[arg-type]


def test_the_schedule_is_the_one_of_standard_webhooks_and_lasts_three_days() -> None:
    assert sum(DELAYS) == 75 * 3600 + 35 * 60 + 5
    assert DELAYS[:4] == (0, 5, 300, 1800)


@given(tries, dice)
def test_a_retry_comes_between_half_of_its_delay_and_the_whole(number: int, drawn: float) -> None:
    found = after(failing(), number, NOW, lambda: drawn)
    assert found.status == "pending"
    assert found.at is not None
    assert DELAYS[number] / 2 <= found.at - NOW <= DELAYS[number]


@given(tries, dice, asked)
def test_retry_after_only_ever_delays_and_never_beyond_a_day(
    number: int, drawn: float, seconds: float | None
) -> None:
    without = after(failing(), number, NOW, lambda: drawn)
    found = after(failing(retry_after=seconds), number, NOW, lambda: drawn)
    assert found.at is not None and without.at is not None
    assert without.at <= found.at <= max(without.at, NOW + retry_policy.MAX_RETRY_AFTER)
    if seconds is not None and seconds <= retry_policy.MAX_RETRY_AFTER:
        assert found.at >= NOW + seconds
    assert ("Retry-After" in found.why) == (found.at > without.at)


@given(dice, asked)
def test_the_last_try_is_the_last(drawn: float, seconds: float | None) -> None:
    found = after(failing(retry_after=seconds), MOST_TRIES, NOW, lambda: drawn)
    assert (found.status, found.at) == ("dead", None)
    assert "try 10 of 10" in found.why


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (AttemptResult(True, "ok", 204), "delivered"),
        (AttemptResult(False, "gone", 410, gone=True), "held"),
        (AttemptResult(False, "refused", error="not a public address", permanent=True), "dead"),
        (AttemptResult(False, "cut", error="It would close a circle."), "cut"),
    ],
)
def test_some_answers_are_the_end_at_the_first_try(answer: AttemptResult, status: str) -> None:
    found = after(answer, 1, NOW, lambda: 0.5)
    assert (found.status, found.at) == (status, None)


def test_it_says_why_then() -> None:
    assert after(failing(), 1, NOW, lambda: 0).why == "try 2 of 10"
    asked = after(failing(retry_after=60.0), 1, NOW, lambda: 0).why
    assert asked == "try 2 of 10, as the receiver asked (Retry-After)"
