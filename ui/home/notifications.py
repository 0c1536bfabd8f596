"""What a project's admins are mailed about."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from engine.base.actor import Permission
from engine.base.errors import BadInput
from engine.notifications import Notifications
from engine.web.routes import RouteSpec, bind, route
from ui.shared import forms
from ui.shared.page_context import Layout, actor_of, here, project_of
from ui.shared.render import redirect

_PATH = "/p/{project_id}/notifications"
_SMALL = 2_000

KINDS = [
    ("failed", "Failed runs", "A step failed for good, or a run ran out of time."),
    ("unrouted", "Unrouted events", "No branch of a router took the event."),
    ("rejected", "Rejected requests", "A webhook refused a request: a wrong signature, a body too large, …"),
]
_PERIODS = [(5, "5 minutes"), (15, "15 minutes"), (60, "an hour"), (240, "4 hours"), (1440, "a day")]


@dataclass(frozen=True)
class Services:
    """What this page uses."""

    layout: Layout
    notifications: Notifications


def routes(services: Services) -> list[RouteSpec]:
    admin = Permission.admin
    return [
        route(_PATH, bind(show, services), permission=admin, name="notifications"),
        route(_PATH, bind(change, services), permission=admin, methods=["POST"]),
    ]


async def show(services: Services, request: Request) -> Response:
    return await _page(services, request)


async def change(services: Services, request: Request) -> Response:
    form = await forms.read(request, _SMALL)
    try:
        await services.notifications.change(
            actor_of(request), form.all("kinds"), form.number("quiet_minutes")
        )
    except BadInput as error:
        return await _page(services, request, error)
    return redirect(request, here(request, "/notifications?saved=1"))


async def _page(services: Services, request: Request, error: BadInput | None = None) -> Response:
    now = await services.notifications.get(project_of(request))
    periods = _PERIODS
    if now.quiet_minutes not in dict(_PERIODS):  # chosen by the API
        periods = sorted([*_PERIODS, (now.quiet_minutes, f"{now.quiet_minutes:,} minutes")])
    return await services.layout.page(
        request,
        "home/notifications.html",
        error.status if error else 200,
        now=now,
        kinds=KINDS,
        periods=periods,
        saved="saved" in request.query_params and error is None,
        wrong=error.message if error else "",
    )
