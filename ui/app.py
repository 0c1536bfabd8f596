"""The composition root of the server: one instance, its intake, its API and its pages."""

import asyncio
import importlib
import mimetypes
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

from engine import api
from engine.base.actor import Permission
from engine.base.errors import HeadersTooLarge
from engine.base.settings import Settings
from engine.instance import Switchyard
from engine.intake.webhooks import Intake
from engine.web import limits
from engine.web.errors import exception_handlers
from engine.web.routes import GuardedRoute, route
from engine.web.security_headers import SecurityHeaders, headers_of_anybody
from ui.shared.compression import Compression
from ui.shared.render import STATIC, redirect

from .shared import errors

PAGES = (
    "access.sign_in", "access.projects", "flows.folders", "flows.gallery", "flows.views",
    "editor.routes", "editor.data", "editor.condition_preview", "editor.palette", "editor.keys",
    "editor.presence", "flows.handler_flows", "runs.views", "runs.results", "editor.capture",
    "editor.test_run", "destinations.views", "destinations.deliveries", "audit.views", "connections.views",
    "shared.pieces", "topics.views", "catalogues.views", "flows.drift",
)  # fmt: skip
"""One module a noun; each gives its `routes()`."""

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def make_app(
    settings: Settings, *, started: Callable[[Switchyard], Awaitable[None]] | None = None
) -> Starlette:
    """The ASGI application. `started` is called once the instance works (the server prints its address)."""
    switchyard = Switchyard(settings)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await switchyard.start()
        try:
            if started is not None:
                await started(switchyard)
            yield
        finally:
            await switchyard.stop()

    app = Application(
        intake_routes(switchyard),
        routes=routes(switchyard),
        lifespan=lifespan,
        middleware=[Middleware(SecurityHeaders, settings=settings), Middleware(Compression)],
        exception_handlers=exception_handlers(errors.page, redirect),
    )
    app.state.switchyard = switchyard
    app.state.stopping = asyncio.Event()
    # An address with a slash too many is none of ours: a redirect would lead where the Host header says.
    app.router.redirect_slashes = False
    return app


def routes(switchyard: Switchyard) -> list[BaseRoute]:
    """Every route there is; the intake stands first because it is asked most."""
    found: list[BaseRoute] = list(intake_routes(switchyard))
    found += api.routes()
    for name in PAGES:
        found += importlib.import_module(f"ui.{name}").routes()
    found += [
        route("/healthz", healthz, permission=Permission.public, by="none"),
        route("/readyz", readyz, permission=Permission.public, by="none"),
        route("/metrics", metrics, permission=Permission.public, by="none"),
        route("/static/{path:path}", static_file, permission=Permission.public, by="none", name="static"),
    ]
    return found


class IntakeRoute(GuardedRoute):
    """The intake speaks ASGI itself: between the server and it stands only the routing."""

    def __init__(self, switchyard: Switchyard, variant: str) -> None:
        settings = switchyard.settings
        self.variant = variant
        self.intake = Intake(
            switchyard.queue, switchyard.intake, settings, variant, headers=headers_of_anybody(settings)
        )
        path = "/webhooks/{flow_id}" + (f"/{variant}" if variant else "")
        name = f"intake:{variant or 'run'}"
        super().__init__(path, nothing, Permission.public, "none", methods=_METHODS, name=name)
        self.app = self.intake


async def nothing(_request: Request) -> Response:
    """In the place of an endpoint; never called."""
    return Response(status_code=404)


class Application(Starlette):
    """The application, in which an event goes straight to the intake: the page machinery around a request
    would be a fifth of what an event costs. The intake's routes stand among the others as well, which is
    where they are listed, tested, and found for a method that is none of theirs."""

    def __init__(self, intakes: list[IntakeRoute], **options: Any) -> None:
        super().__init__(**options)
        self._intakes = {route.variant: route.intake for route in intakes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (reason := limits.too_large(scope["headers"])):
            error = HeadersTooLarge(reason)
            headers = {"Connection": "close"}
            await JSONResponse(error.to_json(), error.status, headers)(scope, receive, send)
            return
        if scope["type"] == "http" and scope["path"].startswith("/webhooks/") and scope["method"] in _METHODS:
            # A slash at the end is often added by hand; it is the same address.
            flow_id, _, variant = scope["path"][len("/webhooks/") :].removesuffix("/").partition("/")
            intake = self._intakes.get(variant)
            if intake is not None and flow_id:
                scope["path_params"] = {"flow_id": flow_id}
                await intake(scope, receive, send)
                return
        await super().__call__(scope, receive, send)


def intake_routes(switchyard: Switchyard) -> list[IntakeRoute]:
    """`/webhooks/{flow_id}` and its variants, for every method."""
    return [IntakeRoute(switchyard, variant) for variant in ("", "sync", "draft", "draft/sync", "test")]


# -- for machines ----------------------------------------------------------------------------------


async def healthz(_request: Request) -> Response:
    """The process lives."""
    return PlainTextResponse("ok")


async def readyz(request: Request) -> Response:
    """The process takes events: its store answers."""
    switchyard: Switchyard = request.app.state.switchyard
    return PlainTextResponse("ready") if await switchyard.ready() else PlainTextResponse("not ready", 503)


class _Gauges:
    """What Prometheus reads; counted in this process since its start."""

    def __init__(self, switchyard: Switchyard, waiting: Mapping[str, int]) -> None:
        """`waiting` is how many deliveries are pending and held, as the store has them."""
        self._switchyard = switchyard
        self._waiting = waiting

    def collect(self) -> list[Metric]:
        queue, worker = self._switchyard.queue, self._switchyard.worker
        tries = CounterMetricFamily(
            "switchyard_deliveries", "Tries to deliver an event, by what became of it", labels=["outcome"]
        )
        for outcome, count in self._switchyard.destinations.engine.outcomes.items():
            tries.add_metric(["failed" if outcome == "pending" else outcome], count)
        return [
            tries,
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


async def metrics(request: Request) -> Response:
    """The text format of Prometheus. No flow, project or person is named in it."""
    registry = CollectorRegistry()
    switchyard: Switchyard = request.app.state.switchyard
    registry.register(_Gauges(switchyard, await switchyard.destinations.waiting()))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


async def static_file(request: Request) -> Response:
    """A file of ours; its address holds its hash, so it may be kept for ever."""
    wanted = (STATIC / request.path_params["path"]).resolve()
    if not wanted.is_relative_to(STATIC.resolve()) or not wanted.is_file() or _hidden(wanted):
        raise HTTPException(404)
    kept = "public, max-age=31536000, immutable" if "v" in request.query_params else "no-cache"
    kind = mimetypes.guess_type(wanted.name)[0] or "application/octet-stream"
    return FileResponse(wanted, media_type=kind, headers={"Cache-Control": kept})


def _hidden(path: Path) -> bool:
    return any(part.startswith((".", "_")) for part in path.relative_to(STATIC.resolve()).parts)
