"""Getting in and out: sign-in, the one-time link under which a password is chosen, sign-out, the theme."""

from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from engine.access import Accounts, CodeNeeded, Profiles, Projects, Sessions
from engine.access.passwords import MIN_LENGTH
from engine.access.profiles import THEMES
from engine.base.actor import Permission
from engine.base.errors import BadInput, Busy, NotSignedIn
from engine.base.settings import Settings
from engine.web.routes import RouteSpec, bind, route
from engine.web.session_cookie import (
    clear_pending,
    clear_session,
    known_device,
    pending_sign_in,
    session_token,
    set_device,
    set_pending,
    set_session,
)
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
        route("/sign-in", bind(sign_in, services), permission=public),
        route("/sign-in", bind(enter, services), permission=public, methods=["POST"]),
        route("/sign-in/code", bind(ask_code, services), permission=public),
        route("/sign-in/code", bind(enter_code, services), permission=public, methods=["POST"]),
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
    return redirect(request, f"/p/{projects[0].id}/home" if len(projects) == 1 else "/projects")


async def sign_in(services: Services, request: Request) -> Response:
    """The form; on a new instance where the link is that creates the first admin."""
    there = local_path(request.query_params.get("next"))
    if actor_of(request).may(Permission.signed_in):
        return redirect(request, there)
    new = await services.accounts.is_new()
    return render(request, "sign_in/sign_in.html", there=there, email="", wrong="", later=0, new=new)


async def enter(services: Services, request: Request) -> Response:
    form = await forms.read(request, _SMALL)
    there, email = local_path(form.text("next")), form.word("email")
    agent = request.headers.get("user-agent", "")[:300]
    try:
        token = await services.accounts.sign_in(
            email,
            form.text("password"),
            ip=actor_of(request).ip,
            agent=agent,
            device=known_device(request, services.settings),
        )
    except CodeNeeded as error:
        return _to_code(services, request, error, there)
    except (NotSignedIn, Busy) as error:
        later = error.retry_after if isinstance(error, Busy) else 0
        context = {"there": there, "email": email, "wrong": error.message, "later": later}
        status = 422 if error.status == 401 else error.status
        response = render(request, "sign_in/sign_in.html", status, **context)
        if later:
            response.headers["Retry-After"] = str(later)
        return response
    return await _let_in(services, request, token, there)


async def _let_in(services: Services, request: Request, token: str, there: str) -> Response:
    """On to the page, signed in, in a browser that is known from now on."""
    response = redirect(request, there)
    set_session(response, token, services.settings)
    actor = (await services.sessions.visit(token)).actor
    if not services.accounts.devices.find(actor.email, known_device(request, services.settings)):
        set_device(response, services.accounts.devices.issue(actor.email), services.settings)
    return response


def _to_code(services: Services, request: Request, needed: CodeNeeded, there: str) -> Response:
    """On to the second step."""
    response = redirect(request, "/sign-in/code" + ("" if there == "/" else "?" + urlencode({"next": there})))
    set_pending(response, needed.pending, services.settings)
    return response


async def ask_code(services: Services, request: Request) -> Response:
    there = local_path(request.query_params.get("next"))
    if actor_of(request).may(Permission.signed_in):
        return redirect(request, there)
    if not pending_sign_in(request, services.settings):
        return redirect(request, "/sign-in")
    return render(request, "sign_in/code.html", there=there, wrong="", later=0)


async def enter_code(services: Services, request: Request) -> Response:
    """The second step: a code of the authenticator app, or a recovery code."""
    form = await forms.read(request, _SMALL)
    there = local_path(form.text("next"))
    agent = request.headers.get("user-agent", "")[:300]
    try:
        token = await services.accounts.second_step(
            pending_sign_in(request, services.settings),
            form.word("code"),
            ip=actor_of(request).ip,
            agent=agent,
        )
    except NotSignedIn as error:
        context = {"there": there, "email": "", "wrong": error.message, "later": 0}
        response = render(request, "sign_in/sign_in.html", 422, **context)
        clear_pending(response, services.settings)
        return response
    except (BadInput, Busy) as error:
        later = error.retry_after if isinstance(error, Busy) else 0
        context = {"there": there, "wrong": error.message, "later": later}
        response = render(request, "sign_in/code.html", error.status, **context)
        if later:
            response.headers["Retry-After"] = str(later)
        return response
    response = await _let_in(services, request, token, there)
    clear_pending(response, services.settings)
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
            raise BadInput("The passwords do not match.", field="again")
        session = await services.accounts.use_link(
            token,
            password=password,
            email=email,
            name=name,
            ip=actor_of(request).ip,
            agent=request.headers.get("user-agent", "")[:300],
        )
    except CodeNeeded as needed:
        return _to_code(services, request, needed, "/")
    except BadInput as error:
        context = {"link": link, "email": email, "name": name, "shortest": MIN_LENGTH}
        context |= {"field": error.field, "wrong": error.message}
        return render(request, "sign_in/setup.html", 422, **context)
    return await _let_in(services, request, session, "/")


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
