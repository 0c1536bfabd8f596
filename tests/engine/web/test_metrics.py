"""`/metrics` counts what the ledger counts."""

from starlette.requests import Request

from engine.web import monitoring
from tests.engine.conftest import Opened
from tests.engine.factories import Harness, flow, probe


async def metrics(place: Harness) -> dict[str, float]:
    sy = place.sy
    services = monitoring.Services(
        sy.ready, sy.queue, sy.worker, sy.destinations, sy.rejections, sy.run_history
    )
    text = bytes((await monitoring.metrics(services, Request({"type": "http"}))).body).decode()
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


async def test_events_runs_and_effects_are_counted_over_restarts(open_place: Opened) -> None:
    async with open_place() as place:
        flow_id = await place.publish(flow(a=probe(1)))
        for key in ("1", "1", "2"):
            await place.ended(await place.start(flow_id, headers={"Idempotency-Key": key}))
        await place.ended(await place.sy.runs.test(place.actor, flow_id, {"body": 1}))
        assert (await metrics(place))["switchyard_runs_completed_total"] == 3
    async with open_place() as place:
        found = await metrics(place)
    assert found["switchyard_runs_completed_total"] == 0, "of this process alone, as before"
    assert found["switchyard_events_received_total"] == 3
    assert found["switchyard_events_deduplicated_total"] == 1
    assert found['switchyard_runs_started_total{origin="event"}'] == 2
    assert found['switchyard_runs_started_total{origin="test"}'] == 0, "tests are left out"
    assert found['switchyard_runs_ended_total{status="succeeded"}'] == 2
    assert found['switchyard_effects_total{outcome="confirmed"}'] == 2
