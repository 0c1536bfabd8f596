"""How long a step that failed may be put off."""

import pytest

from engine.base.clock import from_iso
from engine.runs.attempt import MAX_RETRY_AFTER
from pieces import Retry
from tests.engine.factories import Harness, fails, flow, probe, step
from tests.support.clock import ManualClock


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [
        (31_536_000, MAX_RETRY_AFTER, 1.1 * MAX_RETRY_AFTER),
        (1e300, MAX_RETRY_AFTER, 1.1 * MAX_RETRY_AFTER),
        (float("inf"), MAX_RETRY_AFTER, 1.1 * MAX_RETRY_AFTER),
        (600, 600, 661),
        (None, 4, 5),
        (-5, 4, 5),
    ],
)
async def test_a_service_may_put_a_step_off_for_a_day_at_most(
    clock: ManualClock, place: Harness, asked: float | None, least: float, most: float
) -> None:
    place.probe.react = fails(1, Retry("not now", after=asked))
    id = await place.start(await place.publish(flow(a=probe(retry={"attempts": 2}))))
    run = await place.until(id, "waiting")
    (attempt,) = step(run, "a")["attempts_log"]
    assert least - 0.001 <= from_iso(attempt["retry_at"]) - clock.now() <= most


async def test_what_a_service_answered_at_last_is_kept_for_the_steps_that_follow(place: Harness) -> None:
    place.probe.react = fails(1, Retry("not now", details={"status": 503}))
    id = await place.start(await place.publish(flow(a=probe())))
    run = await place.ended(id)
    assert step(run, "a")["error"] == {"kind": "retry", "message": "not now", "details": {"status": 503}}


async def test_a_null_expression_fails_the_step_that_says_so_and_is_named(place: Harness) -> None:
    run = await place.run(flow(a=probe("{{ trigger.body.missing }}", fail_on_null=True)), {"x": 1})
    error = step(run, "a")["error"]
    assert (run["status"], error["kind"]) == ("failed", "expression")
    assert error["message"].startswith("{{ trigger.body.missing }} is null; write default(")
    assert place.probe.calls == []
