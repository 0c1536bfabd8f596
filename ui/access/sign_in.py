"""Getting in and out: sign-in, the one-time link under which a password is chosen, sign-out, the theme."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from engine.access import Accounts, Profiles, Projects, Sessions
from engine.access.passwords import MIN_LENGTH
from engine.access.profiles import THEMES
from engine.base.actor import Permission
from engine.base.errors import BadInput, Busy, NotSignedIn
from engine.base.settings import Settings
from engine.web.routes import RouteSpec, bind, route
from engine.web.session_cookie import clear_session, session_token, set_session
from engine.web.sign_in_path import local_path
from ui.shared import forms
from ui.shared.page_context import actor_of
from ui.shared.render import redirect, render

from .account import remember_theme

_SMALL = 20_000  # bytes of these forms


@dataclass(frozen=True)
class Services:
    """What these pages use."""

    accounts: Accounts
    profiles: Profiles
    projects: Projects
    sessions: Sessions
    settings: Settings


def routes(services: Services) -> list[RouteSpec]:
    public = Permission.public
    return [
        route("/", bind(start, services), permission=public),
        route("/sign-in", sign_in, permission=public),
        route("/sign-in", bind(enter, services), permission=public, methods=["POST"]),
        route("/sign-out", bind(leave, services), permission=public, methods=["POST"]),
        route("/setup/{token}", bind(setup, services), permission=public),
        route("/setup/{token}", bind(finish_setup, services), permission=public, methods=["POST"]),
        route("/theme", bind(change_theme, services), permission=public, methods=["POST"]),
    ]


async def start(services: Services, request: Request) -> Response:
    """The one project of who has only one; else the list of them."""
    actor = actor_of(request)
    if not actor.may(Permission.signed_in):
        return redirect(request, "/sign-in")
    projects = await services.projects.list(actor)
    return redirect(request, f"/p/{projects[0].id}/flows" if len(projects) == 1 else "/projects")


async def sign_in(request: Request) -> Response:
    there = local_path(request.query_params.get("next"))
    if actor_of(request).may(Permission.signed_in):
        return redirect(request, there)
    return render(request, "sign_in/sign_in.html", there=there, email="", wrong="", later=0)


async def enter(services: Services, request: Request) -> Response:
    form = await forms.read(request, _SMALL)
    there, email = local_path(form.text("next")), form.word("email")
    agent = request.headers.get("user-agent", "")[:300]
    try:
        token = await services.accounts.sign_in(
            email, form.text("password"), ip=actor_of(request).ip, agent=agent
        )
    except (NotSignedIn, Busy) as error:
        later = error.retry_after if isinstance(error, Busy) else 0
        context = {"there": there, "email": email, "wrong": error.message, "later": later}
        status = 422 if error.status == 401 else error.status
        response = render(request, "sign_in/sign_in.html", status, **context)
        if later:
            response.headers["Retry-After"] = str(later)
        return response
    response = redirect(request, there)
    set_session(response, token, services.settings)
    return response


async def leave(services: Services, request: Request) -> Response:
    await services.sessions.sign_out(session_token(request, services.settings), actor_of(request).ip)
    response = redirect(request, "/sign-in")
    clear_session(response, services.settings)
    return response


async def setup(services: Services, request: Request) -> Response:
    link = await services.accounts.link(request.path_params["token"])
    context = {"link": link, "email": "", "name": "", "field": "", "wrong": "", "shortest": MIN_LENGTH}
    return render(request, "sign_in/setup.html", **context)


async def finish_setup(services: Services, request: Request) -> Response:
    form = await forms.read(request, _SMALL)
    token = request.path_params["token"]
    link = await services.accounts.link(token)
    email, name, password = form.word("email"), form.word("name"), form.text("password")
    try:
        if password != form.text("again"):
            raise BadInput("The two passwords differ.", field="again")
        session = await services.accounts.use_link(
            token,
            password=password,
            email=email,
            name=name,
            ip=actor_of(request).ip,
            agent=request.headers.get("user-agent", "")[:300],
        )
    except BadInput as error:
        context = {"link": link, "email": email, "name": name, "shortest": MIN_LENGTH}
        context |= {"field": error.field, "wrong": error.message}
        return render(request, "sign_in/setup.html", 422, **context)
    response = redirect(request, "/")
    set_session(response, session, services.settings)
    return response


async def change_theme(services: Services, request: Request) -> Response:
    """Store a theme for the user and in the browser, or follow the system again."""
    form = await forms.read(request, _SMALL)
    actor, chosen = actor_of(request), form.word("theme")
    theme = chosen if chosen in THEMES else "system"
    if actor.user_id is not None:
        await services.profiles.set_theme(actor, theme)
    response = redirect(request, local_path(form.text("next")))
    remember_theme(response, theme, services.settings)
    return response
