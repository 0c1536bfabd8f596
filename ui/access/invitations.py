"""Invitations to a project, as whoever opens the link sees them."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from engine.access import Invitations
from engine.access.passwords import MIN_LENGTH
from engine.base.actor import Permission
from engine.base.errors import BadInput, Conflict, Forbidden, SwitchyardError
from engine.base.settings import Settings
from engine.web.routes import RouteSpec, bind, route
from engine.web.session_cookie import set_session
from ui.shared import forms
from ui.shared.page_context import actor_of
from ui.shared.render import redirect, render

_SMALL = 20_000  # bytes of the form
_PATH = "/invitations/{token}"


@dataclass(frozen=True)
class Services:
    """What these pages use."""

    invitations: Invitations
    settings: Settings


def routes(services: Services) -> list[RouteSpec]:
    public = Permission.public
    return [
        route(_PATH, bind(show, services), permission=public),
        route(_PATH, bind(accept, services), permission=public, methods=["POST"]),
    ]


async def show(services: Services, request: Request) -> Response:
    return await _page(services, request)


async def accept(services: Services, request: Request) -> Response:
    """Join as the user who is signed in, or create the account of who was invited."""
    form = await forms.read(request, _SMALL)
    actor, token = actor_of(request), str(request.path_params["token"])
    try:
        if actor.may(Permission.signed_in):
            project_id = await services.invitations.join(actor, token)
            return redirect(request, f"/p/{project_id}/home")
        if form.text("password") != form.text("again"):
            raise BadInput("The passwords do not match.", field="again")
        session, project_id = await services.invitations.sign_up(
            token,
            name=form.word("name"),
            password=form.text("password"),
            ip=actor.ip,
            agent=request.headers.get("user-agent", "")[:300],
        )
    except (BadInput, Conflict, Forbidden) as error:
        return await _page(services, request, error, form.word("name"))
    response = redirect(request, f"/p/{project_id}/home")
    set_session(response, session, services.settings)
    return response


async def _page(
    services: Services, request: Request, error: SwitchyardError | None = None, name: str = ""
) -> Response:
    return render(
        request,
        "invitations/show.html",
        error.status if error else 200,
        offer=await services.invitations.find(request.path_params["token"]),
        actor=actor_of(request),
        here=request.url.path,
        name=name,
        shortest=MIN_LENGTH,
        field=error.field if error else "",
        wrong=error.message if error else "",
    )
