"""`/metrics` counts what the ledger counts."""

import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from starlette.requests import Request

from engine.base.histograms import Histogram
from engine.web import monitoring
from tests.engine.conftest import Opened
from tests.engine.factories import Harness, compose, flow, probe


async def text_of(place: Harness) -> str:
    sy = place.sy
    services = monitoring.Services(
        sy.ready, sy.scheduler, sy.worker, sy.destinations, sy.rejections, sy.run_history, sy.intake.answered
    )
    return bytes((await monitoring.metrics(services, Request({"type": "http"}))).body).decode()


async def metrics(place: Harness) -> dict[str, float]:
    lines = [line.rpartition(" ") for line in (await text_of(place)).splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


def histograms(text: str) -> dict[str, Metric]:
    return {one.name: one for one in text_string_to_metric_families(text) if one.type == "histogram"}


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


async def test_durations_are_histograms_that_prometheus_reads(open_place: Opened) -> None:
    async with open_place() as place:
        flow_id = await place.publish(flow(a=probe(1, "b"), b=compose(1)))
        for key in ("1", "2"):
            await place.ended(await place.start(flow_id, headers={"Idempotency-Key": key}))
        text = await text_of(place)
    found = histograms(text)
    assert set(found) == {
        "switchyard_intake_duration_seconds",
        "switchyard_run_duration_seconds",
        "switchyard_step_duration_seconds",
        "switchyard_delivery_latency_seconds",
    }
    for metric in found.values():
        buckets = [sample for sample in metric.samples if sample.name.endswith("_bucket")]
        assert buckets[-1].labels["le"] == "+Inf"
    count = {
        (name, *sample.labels.values()): sample.value
        for name, metric in found.items()
        for sample in metric.samples
        if sample.name.endswith("_count")
    }
    assert count["switchyard_intake_duration_seconds",] == 2
    assert count["switchyard_run_duration_seconds",] == 2
    assert count["switchyard_step_duration_seconds", "no"] == 2
    assert count["switchyard_step_duration_seconds", "yes"] == 2
    assert count["switchyard_delivery_latency_seconds",] == 0
    assert "switchyard_runs_completed_total 2.0" in text, "without labels"


def test_a_duration_is_counted_in_each_bucket_that_is_as_long() -> None:
    histogram = Histogram((0.1, 1.0))
    for seconds in (-1, 0.05, 0.1, 0.5, 7):
        histogram.observe(seconds)
    assert histogram.buckets() == [("0.1", 3), ("1.0", 4), ("+Inf", 5)]
    assert (histogram.count, histogram.sum) == (5, pytest.approx(7.65))
