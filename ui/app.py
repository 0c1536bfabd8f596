"""The composition root of the server: one instance, its intake, its API and its pages."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

from engine import api
from engine.base.actor import Permission
from engine.base.errors import HeadersTooLarge, Malformed, SwitchyardError
from engine.base.settings import Settings
from engine.instance import Switchyard
from engine.intake import methods
from engine.intake.addresses import Addresses
from engine.intake.variant import LOGS
from engine.intake.webhooks import Intake
from engine.web import hosts, limits, monitoring
from engine.web.errors import exception_handlers
from engine.web.routes import Guard, GuardedRoute, route
from engine.web.security_headers import SecurityHeaders, headers_of_anybody
from pieces import Registry
from ui.shared.assets import ASSETS
from ui.shared.compression import Compression
from ui.shared.render import redirect

from . import pages
from .shared import errors


def make_app(
    settings: Settings,
    *,
    started: Callable[[Switchyard], Awaitable[None]] | None = None,
    port_first: bool = False,
    registry: Registry | None = None,
) -> "Application":
    """The ASGI application. `started` is called once the instance works (the server prints its address).

    With `port_first` whoever serves it calls `take_up` once the port is open; else that is done before the
    first request. `registry` holds the pieces, by default those that are installed.
    """
    switchyard, stopping = Switchyard(settings, registry), asyncio.Event()

    @asynccontextmanager
    async def lifespan(app: Application) -> AsyncIterator[None]:
        await switchyard.open()
        try:
            if not port_first:
                await app.take_up()
            yield
        finally:
            await switchyard.stop()

    app = Application(
        switchyard,
        stopping,
        started,
        routes=routes(switchyard, stopping),
        lifespan=lifespan,
        middleware=[Middleware(SecurityHeaders, settings=settings), Middleware(Compression)],
        exception_handlers=exception_handlers(partial(errors.page, pages.layout_of(switchyard)), redirect),
    )
    # An address with a slash too many is none of ours: a redirect would lead where the Host header says.
    app.router.redirect_slashes = False
    return app


def routes(switchyard: Switchyard, stopping: asyncio.Event) -> list[BaseRoute]:
    """Every route there is; the intake stands first because it is asked most."""
    machines = monitoring.Services(
        switchyard.ready,
        switchyard.scheduler,
        switchyard.worker,
        switchyard.destinations,
        switchyard.rejections,
        switchyard.run_history,
        switchyard.intake.answered,
    )
    static = route("/static/{path:path}", static_file, permission=Permission.public, by="none", name="static")
    guard = Guard(switchyard.access, switchyard.settings)
    return [
        *intake_routes(switchyard),
        *guard.routes(
            [
                *api.routes(switchyard.api),
                *pages.routes(switchyard, stopping),
                *monitoring.routes(machines),
                static,
            ]
        ),
    ]


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
        spec = route(path, nothing, permission=Permission.public, by="none", methods=methods.KNOWN, name=name)
        super().__init__(spec, self.intake)


async def nothing(_request: Request) -> Response:
    """In the place of an endpoint; never called."""
    return Response(status_code=404)


class Application(Starlette):
    """The application, in which an event goes straight to the intake: the page machinery around a request
    would be a fifth of what an event costs. The intake's routes stand among the others as well, which is
    where they are listed, tested, and found for a method that is none of theirs."""

    def __init__(
        self,
        switchyard: Switchyard,
        stopping: asyncio.Event,
        started: Callable[[Switchyard], Awaitable[None]] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._started = started
        self.switchyard = switchyard
        """The instance behind it, for whoever runs the application; no request looks at it."""
        self.stopping = stopping
        """To be set when the server stops: streams end then."""
        self._headers = headers_of_anybody(switchyard.settings)
        self.intake = Addresses(
            {route.variant: route.intake for route in self.routes if isinstance(route, IntakeRoute)}
        )
        """Where an event goes straight to the intake (`engine.web.exchange`)."""

    async def take_up(self) -> None:
        """Let the instance begin to work. Raises what keeps it from that."""
        await self.switchyard.take_up()
        if self._started is not None:
            await self._started(self.switchyard)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (error := refused(scope)):
            await self._refuse(error, scope, receive, send)
            return
        if scope["type"] == "http" and (found := self.intake.find(scope["path"])) is not None:
            intake, flow_id = found
            scope["path_params"] = {"flow_id": flow_id}
            await intake(scope, receive, send)
            return
        if (problem := self.switchyard.db.files.problem) is not None:
            scope.setdefault("state", {})["store_problem"] = problem.message
        await super().__call__(scope, receive, send)

    async def _refuse(self, error: SwitchyardError, scope: Scope, receive: Receive, send: Send) -> None:
        response = JSONResponse(error.to_json(), error.status, {"Connection": "close"})
        response.raw_headers += self._headers
        await response(scope, receive, send)


def refused(scope: Scope) -> SwitchyardError | None:
    """Why a request is refused for its head alone, whatever its path; None if it is not."""
    if reason := limits.too_large(scope["headers"]):
        return HeadersTooLarge(reason)
    if reason := hosts.problem(scope["headers"], scope["http_version"]):
        return Malformed(reason, field="Host")
    return None


def intake_routes(switchyard: Switchyard) -> list[IntakeRoute]:
    """`/webhooks/{flow_id}` and its variants, for every method."""
    variants = ("", "sync", "draft", "draft/sync", "test", LOGS, f"draft/{LOGS}", f"test/{LOGS}")
    return [IntakeRoute(switchyard, variant) for variant in variants]


# -- files -----------------------------------------------------------------------------------------


async def static_file(request: Request) -> Response:
    """A file of ours. Under the address of this very version it may be stored for ever."""
    try:
        asset = ASSETS.find(request.path_params["path"])
    except FileNotFoundError:
        raise HTTPException(404) from None
    current = request.query_params.get("v") == asset.version
    stored = "public, max-age=31536000, immutable" if current else "no-cache"
    return Response(asset.content, media_type=asset.kind, headers={"Cache-Control": stored})
