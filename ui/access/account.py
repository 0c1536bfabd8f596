"""One's own account: name, time zone and appearance, password, signed-in browsers."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engine.access import Accounts, Profiles, SecondFactor, Sessions
from engine.access.passwords import MIN_LENGTH
from engine.access.profiles import THEMES, time_zones
from engine.base.actor import Permission
from engine.base.errors import BadInput, Busy, SwitchyardError
from engine.base.settings import Settings
from engine.web.routes import RouteSpec, bind, route
from engine.web.session_cookie import clear_session, cookie_flags, session_token
from ui.shared import forms
from ui.shared.page_context import actor_of, outside
from ui.shared.render import redirect, render

_SMALL = 20_000  # bytes of these forms

APPEARANCES = (("system", "Same as the system"), ("light", "Light"), ("dark", "Dark"))
SAVED = {
    "profile": "Profile saved.",
    "password": "Password changed. Your other sessions were signed out.",
    "second_factor_off": "Two-step sign-in is off.",
    "session": "The session was signed out.",
    "sessions": "Your other sessions were signed out.",
}
"""What the page says after a form of it was sent, by the `saved` of its address."""


@dataclass(frozen=True)
class Services:
    """What these pages use."""

    accounts: Accounts
    profiles: Profiles
    sessions: Sessions
    second_factor: SecondFactor
    settings: Settings


def routes(services: Services) -> list[RouteSpec]:
    mine = Permission.signed_in
    return [
        route("/account", bind(show, services), permission=mine),
        route("/account/profile", bind(save_profile, services), permission=mine, methods=["POST"]),
        route("/account/password", bind(change_password, services), permission=mine, methods=["POST"]),
        route("/account/sessions/end", bind(end_sessions, services), permission=mine, methods=["POST"]),
        route(
            "/account/sessions/{session_id}/end",
            bind(end_session, services),
            permission=mine,
            methods=["POST"],
        ),
    ]


async def show(services: Services, request: Request) -> Response:
    return await _page(services, request)


async def save_profile(services: Services, request: Request) -> Response:
    form = await forms.read(request, _SMALL)
    sent = {"name": form.word("name"), "time_zone": form.word("time_zone"), "theme": form.word("theme")}
    try:
        await services.profiles.save(actor_of(request), **sent)
    except BadInput as error:
        return await _page(services, request, error, "profile", sent)
    response = redirect(request, "/account?saved=profile")
    remember_theme(response, sent["theme"], services.settings)
    return response


async def change_password(services: Services, request: Request) -> Response:
    form = await forms.read(request, _SMALL)
    try:
        if form.text("password") != form.text("again"):
            raise BadInput("The passwords do not match.", field="again")
        await services.accounts.change_password(
            actor_of(request),
            form.text("current"),
            form.text("password"),
            keep=session_token(request, services.settings),
        )
    except (BadInput, Busy) as error:
        return await _page(services, request, error, "password")
    return redirect(request, "/account?saved=password#password")


async def end_session(services: Services, request: Request) -> Response:
    """Sign one browser out, which may be this one."""
    await services.sessions.end(actor_of(request), request.path_params["session_id"])
    return redirect(request, "/account?saved=session#sessions")


async def end_sessions(services: Services, request: Request) -> Response:
    """Sign out everywhere, or everywhere but here."""
    form = await forms.read(request, _SMALL)
    which = form.word("which")
    if which not in ("all", "others"):
        error = BadInput("Choose whether this session ends too.", field="which")
        return await _page(services, request, error, "sessions")
    keep = session_token(request, services.settings) if which == "others" else ""
    await services.sessions.sign_out_everywhere(actor_of(request), keep)
    if which == "others":
        return redirect(request, "/account?saved=sessions#sessions")
    response = redirect(request, "/sign-in")
    clear_session(response, services.settings)
    return response


def remember_theme(response: Response, theme: str, settings: Settings) -> None:
    """Store a theme in the browser, for the pages that it shows to those who are not signed in."""
    if theme in THEMES[:2]:
        response.set_cookie("theme", theme, max_age=31_536_000, **cookie_flags(settings))
    else:
        response.delete_cookie("theme")


async def _page(
    services: Services,
    request: Request,
    error: SwitchyardError | None = None,
    where: str = "",
    sent: dict[str, Any] | None = None,
) -> Response:
    actor = actor_of(request)
    token = session_token(request, services.settings)
    profile = await services.profiles.get(actor)
    stored = {"name": profile.name, "time_zone": profile.time_zone, "theme": profile.theme or "system"}
    response = render(
        request,
        "account/show.html",
        error.status if error else 200,
        **outside(request),
        profile=profile,
        standing=await services.second_factor.status(actor),
        given=sent or stored,
        sessions=await services.sessions.list(str(actor.user_id), token),
        zones=[(region, list(names)) for region, names in groupby(time_zones(), _region)],
        appearances=APPEARANCES,
        shortest=MIN_LENGTH,
        saved=SAVED.get(request.query_params.get("saved", ""), ""),
        where=where,
        field=error.field if error else "",
        wrong=error.message if error else "",
    )
    if isinstance(error, Busy):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _region(zone: str) -> str:
    return zone.partition("/")[0]
