"""What machines ask of a server: whether the process lives, whether it takes events, and its metrics."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from engine.base.actor import Permission
from engine.base.histograms import Histogram
from engine.destinations import Destinations
from engine.intake.rejection_log import RejectionLog
from engine.runs.history import RunHistory
from engine.runs.scheduler import Scheduler
from engine.runs.worker import Worker
from engine.store.ledger import ORIGINS, Kind
from engine.store.models import TERMINAL
from engine.store.rejected_store import Reason

from .routes import RouteSpec, bind, route


@dataclass(frozen=True)
class Services:
    """What is looked at."""

    ready: Callable[[], Awaitable[bool]]
    """Whether events are taken; may raise what is then answered."""
    scheduler: Scheduler
    worker: Worker
    destinations: Destinations
    rejections: RejectionLog
    history: RunHistory
    answered: Histogram
    """How long the intake took to answer."""


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
    registry.register(_Books(await services.history.totals()))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class _Gauges:
    """What Prometheus reads; counted in this process since its start."""

    def __init__(self, services: Services, waiting: Mapping[str, int]) -> None:
        """`waiting` is how many deliveries are pending and held, as the store has them."""
        self._services = services
        self._waiting = waiting

    def collect(self) -> list[Metric]:
        scheduler, worker = self._services.scheduler, self._services.worker
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
            *self._durations(),
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
            GaugeMetricFamily(
                "switchyard_backlog", "Accepted runs that have not started", value=scheduler.backlog
            ),
            GaugeMetricFamily("switchyard_running", "Runs in a worker's hands", value=scheduler.running),
            CounterMetricFamily("switchyard_runs_completed", "Runs that ended", value=worker.completed),
        ]

    def _durations(self) -> list[Metric]:
        worker = self._services.worker
        steps = HistogramMetricFamily(
            "switchyard_step_duration_seconds", "Time that actions took", labels=["effect"]
        )
        for effect, histogram in worker.step_seconds.items():
            steps.add_metric([effect], histogram.buckets(), histogram.sum)
        return [
            _durations(
                "switchyard_intake_duration_seconds",
                "Time until the intake answered",
                self._services.answered,
            ),
            _durations(
                "switchyard_run_duration_seconds",
                "Time that ended runs took, without waits",
                worker.run_seconds,
            ),
            steps,
            _durations(
                "switchyard_delivery_latency_seconds",
                "Time from an event to its delivery",
                self._services.destinations.engine.seconds,
            ),
        ]


def _durations(name: str, help: str, histogram: Histogram) -> Metric:
    return HistogramMetricFamily(name, help, buckets=histogram.buckets(), sum_value=histogram.sum)


class _Books:
    """What the ledger counted since it began, in all processes; tests are left out."""

    def __init__(self, totals: Mapping[tuple[str, str], int]) -> None:
        self._totals = totals

    def collect(self) -> list[Metric]:
        effects = CounterMetricFamily(
            "switchyard_effects", "Attempts at effects, by what became of them", labels=["outcome"]
        )
        for outcome, key in _EFFECTS.items():
            effects.add_metric([outcome], self._totals.get(key, 0))
        return [
            self._plain("switchyard_events_received", "Events that came in", "received"),
            self._plain("switchyard_events_deduplicated", "Events that came before", "deduplicated"),
            self._plain("switchyard_runs_unrouted", "Runs whose event no branch took", "unrouted"),
            self._plain("switchyard_runs_no_action", "Runs that succeeded without any effect", "no_action"),
            self._by("switchyard_runs_started", "Runs by what started them", "origin", "started", ORIGINS),
            self._by("switchyard_runs_ended", "Runs by how they ended", "status", "ended", TERMINAL),
            effects,
        ]

    def _plain(self, name: str, help: str, kind: Kind) -> Metric:
        return CounterMetricFamily(name, help, value=self._totals.get((kind, ""), 0))

    def _by(self, name: str, help: str, label: str, kind: Kind, reasons: Iterable[str]) -> Metric:
        found = CounterMetricFamily(name, help, labels=[label])
        for reason in reasons:
            found.add_metric([str(reason)], self._totals.get((kind, str(reason)), 0))
        return found


_EFFECTS: dict[str, tuple[Kind, str]] = {
    "confirmed": ("effects_confirmed", ""),
    "failed": ("effects_failed", ""),
    "retried": ("effects_failed", "retried"),
    "unknown": ("effects_unknown", "interrupted"),
}
