"""How much is asked of a target at a time."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from engine.destinations.circuit_breaker import FAILURES, FIRST_PAUSE, LONGEST_PAUSE, Breaker
from engine.destinations.message import AttemptResult

BAD = AttemptResult(False, "status", 500)


def failed(breaker: Breaker, now: float, answer: AttemptResult = BAD, drawn: float = 0.0) -> None:
    breaker.failed(answer, now, lambda: drawn)


def test_a_new_target_gets_one_request_and_with_each_success_one_more() -> None:
    breaker = Breaker()
    assert breaker.room(4, 0) == 1
    rooms = []
    for _ in range(5):
        breaker.succeeded()
        rooms.append(breaker.room(4, 0))
    assert rooms == [2, 3, 4, 4, 4]


def test_a_failure_halves_what_is_allowed_and_pauses_nothing() -> None:
    breaker = Breaker()
    for _ in range(7):
        breaker.succeeded()
    failed(breaker, 0)
    assert breaker.room(100, 0) == 4
    assert not breaker.trusted


def test_after_five_failures_in_a_row_only_one_probes_in_growing_pauses() -> None:
    breaker, now, pauses = Breaker(), 0.0, []
    for _ in range(FAILURES):
        assert not breaker.open
        failed(breaker, now, drawn=0.999999)
    for _ in range(12):
        assert breaker.open
        assert breaker.room(100, now) == 0
        pauses.append(round(breaker.paused_until - now))
        now = breaker.paused_until
        assert breaker.room(100, now) == 1
        failed(breaker, now, drawn=0.999999)
    assert pauses == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900, 900]
    breaker.succeeded()
    assert not breaker.open and breaker.trusted


def test_what_was_on_its_way_when_the_pause_began_makes_it_no_longer() -> None:
    breaker = Breaker()
    for _ in range(FAILURES + 3):
        failed(breaker, 0.0)
    assert breaker.paused_until == FIRST_PAUSE / 2


@given(st.floats(0, 1e9))
def test_an_overloaded_target_is_left_in_peace_for_as_long_as_it_says(seconds: float) -> None:
    breaker = Breaker()
    failed(breaker, 100.0, AttemptResult(False, "slow_down", 429, retry_after=seconds))
    assert breaker.paused_until == 100.0 + min(seconds, 86_400)


def test_an_overloaded_target_that_names_no_time_is_left_in_peace_for_a_moment() -> None:
    breaker = Breaker()
    failed(breaker, 100.0, AttemptResult(False, "slow_down", 503))
    assert breaker.paused_until == 102.5
    assert breaker.room(4, 102.4) == 0
    assert breaker.room(4, 102.5) == 1


class AnyCourse(RuleBasedStateMachine):
    """Whatever comes in whatever order."""

    def __init__(self) -> None:
        super().__init__()
        self.breaker, self.now = Breaker(), 0.0

    @rule(seconds=st.floats(0, 2000))
    def time_goes_by(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def it_takes_one(self) -> None:
        self.breaker.succeeded()
        assert self.breaker.room(4, self.now) >= 1

    @rule(drawn=st.floats(0, 1, exclude_max=True), kind=st.sampled_from(["status", "slow_down", "timeout"]))
    def it_fails(self, drawn: float, kind: str) -> None:
        failed(self.breaker, self.now, AttemptResult(False, kind), drawn)  # type: ignore[arg-type]

    @invariant()
    def there_is_never_more_room_than_allowed_and_never_a_pause_for_ever(self) -> None:
        assert 0 <= self.breaker.room(4, self.now) <= 4
        assert self.breaker.paused_until <= self.now + LONGEST_PAUSE
        if self.breaker.open:
            assert self.breaker.room(4, self.now) <= 1


TestAnyCourse = AnyCourse.TestCase
