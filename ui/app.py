"""The composition root of the server: one instance, its intake, its API and its pages.

Importing the pages takes a tenth of the start, and nobody can ask for one before the port is open. So a
server that opens its port first imports them then (`Application.load_pages`).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from engine import api
from engine.base.actor import Permission
from engine.base.errors import HeadersTooLarge, Malformed, SwitchyardError, Unavailable
from engine.base.settings import Settings
from engine.instance import Switchyard
from engine.intake import methods
from engine.intake.addresses import Addresses
from engine.intake.variant import LOGS
from engine.intake.webhooks import Intake
from engine.web import hosts, limits, monitoring
from engine.web.errors import Page, exception_handlers
from engine.web.routes import Guard, GuardedRoute, RouteSpec, route
from engine.web.security_headers import SecurityHeaders, headers_of_anybody
from pieces import Registry
from ui.shared.compression import Compression


def make_app(
    settings: Settings,
    *,
    started: Callable[[Switchyard], Awaitable[None]] | None = None,
    port_first: bool = False,
    registry: Registry | None = None,
) -> "Application":
    """The ASGI application. `started` is called once the instance works (the server prints its address).

    With `port_first` whoever serves it calls `take_up` once the port is open, which also loads the pages;
    else that is done before the first request. `registry` holds the pieces, by default those that are
    installed.
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
        routes=[*intake_routes(switchyard), *guarded(switchyard).routes(machine_routes(switchyard))],
        lifespan=lifespan,
        middleware=[Middleware(SecurityHeaders, settings=settings), Middleware(Compression)],
        exception_handlers=exception_handlers(_error_page(switchyard), _redirect),
    )
    # An address with a slash too many is none of ours: a redirect would lead where the Host header says.
    app.router.redirect_slashes = False
    if not port_first:
        app.add_pages()
    return app


def guarded(switchyard: Switchyard) -> Guard:
    return Guard(switchyard.access, switchyard.settings)


def machine_routes(switchyard: Switchyard) -> list[RouteSpec]:
    """What programs ask for: the API, and how the server is."""
    machines = monitoring.Services(
        switchyard.ready,
        switchyard.scheduler,
        switchyard.worker,
        switchyard.destinations,
        switchyard.rejections,
        switchyard.run_history,
        switchyard.intake.answered,
    )
    return [*api.routes(switchyard.api), *monitoring.routes(machines)]


def _error_page(switchyard: Switchyard) -> Page:
    def page(request: Request, error: SwitchyardError) -> Awaitable[Response]:
        from . import pages
        from .shared import errors

        return errors.page(pages.layout_of(switchyard), request, error)

    return page


def _redirect(request: Request, path: str) -> Response:
    from .shared.render import redirect

    return redirect(request, path)


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
        self._pages_settled = asyncio.Event()
        self._has_pages = False
        self._headers = headers_of_anybody(switchyard.settings)
        self.intake = Addresses(
            {route.variant: route.intake for route in self.routes if isinstance(route, IntakeRoute)}
        )
        """Where an event goes straight to the intake (`engine.web.exchange`)."""

    def add_pages(self) -> None:
        """Serve the pages and their static files too; they are imported if they are not yet."""
        from . import pages

        specs = pages.routes(self.switchyard, self.stopping)
        self.router.routes.extend(guarded(self.switchyard).routes(specs))
        self._has_pages = True

    async def load_pages(self) -> None:
        """Import the pages, during which events and the API are served, and add them."""
        try:
            if not self._has_pages:
                await asyncio.to_thread(import_module, "ui.pages")
                self.add_pages()
        finally:
            self._pages_settled.set()  # whoever waits for one goes on, also when the server stops meanwhile

    async def take_up(self) -> None:
        """Let the instance begin to work, and serve its pages. Raises what keeps it from that."""
        await self.load_pages()
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
        if scope["type"] == "http" and not self._has_pages and not self._is_served(scope):
            await self._pages_settled.wait()
            if not self._has_pages:
                await self._refuse(Unavailable("The server is stopping."), scope, receive, send)
                return
        if (problem := self.switchyard.db.files.problem) is not None:
            scope.setdefault("state", {})["store_problem"] = problem.message
        await super().__call__(scope, receive, send)

    def _is_served(self, scope: Scope) -> bool:
        return any(route.matches(scope)[0] is Match.FULL for route in self.routes)

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
