"""Ids of deliveries."""

from hypothesis import given
from hypothesis import strategies as st

from engine.base import clock
from engine.destinations.delivery_ids import Numbers, first_of, last_of

NOW = 1_800_000_000.0
moments = st.lists(st.floats(-5, 5), min_size=1, max_size=60)


def times(offsets: list[float]) -> list[str]:
    return [clock.to_iso(NOW + offset) for offset in offsets]


@given(moments)
def test_each_stands_behind_all_before_it_even_if_the_clock_goes_backwards(offsets: list[float]) -> None:
    numbers = Numbers()
    ids = [numbers.next(created) for created in times(offsets)]
    assert ids == sorted(set(ids))
    assert {len(id) for id in ids} == {30}


@given(moments, moments)
def test_after_a_restart_they_go_on_behind_the_last(before: list[float], after: list[float]) -> None:
    numbers = Numbers()
    ids = [numbers.next(created) for created in times(before)]
    numbers = Numbers(ids[-1])
    ids += [numbers.next(created) for created in times(after)]
    assert ids == sorted(set(ids))


def test_thousands_of_a_millisecond_keep_their_order() -> None:
    numbers, created = Numbers(), clock.to_iso(NOW)
    ids = [numbers.next(created) for _ in range(5000)]
    assert ids == sorted(set(ids))


def test_a_moment_lies_between_its_first_and_its_last_id() -> None:
    id = Numbers().next(clock.to_iso(NOW))
    assert first_of(NOW - 1) < first_of(NOW) < id < last_of(NOW) < last_of(NOW + 1)
