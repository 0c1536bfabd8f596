"""Ids sort by time, also those of one millisecond."""

from concurrent.futures import ThreadPoolExecutor

from engine.base import ids
from engine.base.ids import new_id
from tests.support.clock import ManualClock


def test_ids_of_one_millisecond_sort_in_the_order_of_their_creation(clock: ManualClock) -> None:
    created = [new_id("run") for _ in range(10_000)]
    assert created == sorted(created) and len(set(created)) == len(created)
    clock.advance(0.001)
    assert new_id("run") > created[-1]


def test_ids_sort_where_their_random_part_overflows_into_the_next_millisecond(clock: ManualClock) -> None:
    ids._CHUNKS.extend([bytes([1] * 10)] * 3 + [bytes([255] * 10)])
    created = [new_id("run") for _ in range(4)]
    assert created == sorted(created)
    clock.advance(0.001)
    assert new_id("run") > created[-1]


def test_a_thread_that_is_late_with_an_id_does_not_disturb_the_order_of_others(clock: ManualClock) -> None:
    """It read the clock, and was held up until the others were a millisecond further."""
    created = []
    with ThreadPoolExecutor(1) as other:
        for _ in range(50):
            created.append(new_id("run"))
            clock.set_wall(-0.001)
            other.submit(new_id, "run").result()
            clock.set_wall(0.001)
    assert created == sorted(created)


def test_an_id_says_nothing_about_the_next_one(clock: ManualClock) -> None:
    first, second, third = (int(new_id("run")[4:].translate(_DIGITS), 32) for _ in range(3))
    assert second - first != third - second


def test_an_id_of_another_moment_does_not_move_those_of_now(clock: ManualClock) -> None:
    before = new_id("run")
    assert new_id("run", clock.now() + 3600) > before
    assert before[:10] == new_id("run")[:10]


_DIGITS = str.maketrans("0123456789abcdefghjkmnpqrstvwxyz", "0123456789abcdefghijklmnopqrstuv")
