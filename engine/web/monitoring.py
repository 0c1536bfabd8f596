"""What machines ask of a server: whether the process lives, whether it takes events, and its metrics."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from engine.base.actor import Permission
from engine.destinations import Destinations
from engine.intake.rejection_log import RejectionLog
from engine.runs.queue import Queue
from engine.runs.worker import Worker
from engine.store.rejected_store import Reason

from .routes import RouteSpec, bind, route


@dataclass(frozen=True)
class Services:
    """What is looked at."""

    ready: Callable[[], Awaitable[bool]]
    """Whether events are taken; may raise what is then answered."""
    queue: Queue
    worker: Worker
    destinations: Destinations
    rejections: RejectionLog


def routes(services: Services) -> list[RouteSpec]:
    public = Permission.public
    return [
        route("/healthz", healthz, permission=public, by="none"),
        route("/readyz", bind(readyz, services), permission=public, by="none"),
        route("/metrics", bind(metrics, services), permission=public, by="none"),
    ]


async def healthz(_request: Request) -> Response:
    """The process lives."""
    return PlainTextResponse("ok")


async def readyz(services: Services, _request: Request) -> Response:
    """The process takes events: its store answers."""
    ready = await services.ready()
    return PlainTextResponse("ready") if ready else PlainTextResponse("not ready", 503)


async def metrics(services: Services, _request: Request) -> Response:
    """The text format of Prometheus. No flow, project or person is named in it."""
    registry = CollectorRegistry()
    registry.register(_Gauges(services, await services.destinations.waiting()))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class _Gauges:
    """What Prometheus reads; counted in this process since its start."""

    def __init__(self, services: Services, waiting: Mapping[str, int]) -> None:
        """`waiting` is how many deliveries are pending and held, as the store has them."""
        self._services = services
        self._waiting = waiting

    def collect(self) -> list[Metric]:
        queue, worker = self._services.queue, self._services.worker
        tries = CounterMetricFamily(
            "switchyard_deliveries", "Tries to deliver an event, by what became of it", labels=["outcome"]
        )
        for outcome, count in self._services.destinations.engine.outcomes.items():
            tries.add_metric(["failed" if outcome == "pending" else outcome], count)
        rejections = self._services.rejections
        refused = CounterMetricFamily(
            "switchyard_rejected", "Requests that the intake refused, by reason", labels=["reason"]
        )
        for reason in Reason:
            refused.add_metric([reason], rejections.refused[reason])
        return [
            tries,
            refused,
            CounterMetricFamily(
                "switchyard_rejected_dropped",
                "Refused requests that were not stored, because too many came at once",
                value=rejections.dropped,
            ),
            CounterMetricFamily(
                "switchyard_unknown_flow_requests",
                "Requests for flows that do not exist",
                value=rejections.unknown,
            ),
            GaugeMetricFamily(
                "switchyard_deliveries_pending", "Deliveries to be tried", value=self._waiting["pending"]
            ),
            GaugeMetricFamily(
                "switchyard_deliveries_held",
                "Deliveries that wait for their destination to be active",
                value=self._waiting["held"],
            ),
            GaugeMetricFamily("switchyard_backlog", "Accepted runs that have not begun", value=queue.backlog),
            GaugeMetricFamily("switchyard_running", "Runs in a worker's hands", value=queue.running),
            CounterMetricFamily("switchyard_runs_completed", "Runs that ended", value=worker.completed),
        ]
