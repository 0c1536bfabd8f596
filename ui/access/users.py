"""The users of the instance: platform admins invite, reset, disable, enable and remove them."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engine.access import LinkMail, SecondFactor, Users
from engine.access.links import link_url
from engine.base.actor import Permission
from engine.base.errors import BadInput, Conflict, SwitchyardError
from engine.base.settings import Settings
from engine.web.routes import RouteSpec, bind, route
from ui.shared import forms
from ui.shared.page_context import actor_of, outside
from ui.shared.render import redirect, render

_SMALL = 5000
_LIST = "/platform/users"
_ONE = _LIST + "/{user_id}"

SAVED = {
    "name": "Name saved.",
    "second_factor": "Two-step sign-in is off for the user.",
    "disabled": "User disabled. Their sessions have ended.",
    "enabled": "User enabled.",
    "granted": "The user is now a platform admin.",
    "revoked": "The user is no longer a platform admin.",
    "removed": "User removed.",
}
"""What a page says after a form of it was sent, by the `saved` of its address."""


@dataclass(frozen=True)
class Services:
    """What these pages use."""

    users: Users
    second_factor: SecondFactor
    link_mail: LinkMail
    settings: Settings


@dataclass(frozen=True)
class Link:
    """A new sign-in link, as the page shows it once."""

    url: str
    mailed: bool
    failure: str  # why it could not be mailed


def routes(services: Services) -> list[RouteSpec]:
    def page(path: str, endpoint: Any, method: str = "GET") -> RouteSpec:
        return route(path, bind(endpoint, services), permission=Permission.platform, methods=[method])

    return [
        page(_LIST, index),
        page(_LIST, invite, "POST"),
        page(_ONE, show),
        page(_ONE, rename, "POST"),
        page(_ONE + "/reset", reset, "POST"),
        page(_ONE + "/second-factor/off", reset_second_factor, "POST"),
        page(_ONE + "/enabled", set_enabled, "POST"),
        page(_ONE + "/admin", set_admin, "POST"),
        page(_ONE + "/delete", ask_delete),
        page(_ONE + "/delete", delete, "POST"),
    ]


async def index(services: Services, request: Request) -> Response:
    return await _index(services, request)


async def invite(services: Services, request: Request) -> Response:
    """Add a user and show the link under which they choose a password, this once."""
    form = await forms.read(request, _SMALL)
    sent: dict[str, Any] = {
        "email": form.word("email"),
        "name": form.word("name"),
        "platform_admin": form.word("platform_admin") == "yes",
    }
    try:
        made, token = await services.users.create(
            actor_of(request), sent["email"], sent["name"], platform_admin=sent["platform_admin"]
        )
    except (BadInput, Conflict) as error:
        return await _index(services, request, error, sent)
    link = await _send(services, made.email, str(token))
    return await _index(services, request, link=link, invited=made.email)


async def show(services: Services, request: Request) -> Response:
    return await _show(services, request)


async def rename(services: Services, request: Request) -> Response:
    form = await forms.read(request, _SMALL)
    try:
        await services.users.change(actor_of(request), _id(request), name=form.word("name"))
    except BadInput as error:
        return await _show(services, request, error, "name", name=form.word("name"))
    return redirect(request, f"{_LIST}/{_id(request)}?saved=name")


async def reset(services: Services, request: Request) -> Response:
    """Create a sign-in link and show it, this once."""
    try:
        token = await services.users.reset_link(actor_of(request), _id(request))
        user = await services.users.get(actor_of(request), _id(request))
    except Conflict as error:
        return await _show(services, request, error)
    return await _show(services, request, link=await _send(services, user.email, token))


async def _send(services: Services, email: str, token: str) -> Link:
    """Send a sign-in link where mail is set up; what the page shows of it."""
    url = link_url(services.settings.base_url, token)
    return Link(url, services.link_mail.enabled, await services.link_mail.sign_in_link(email, url) or "")


async def reset_second_factor(services: Services, request: Request) -> Response:
    """Turn two-step sign-in off for a user who has lost the app."""
    await services.second_factor.reset(actor_of(request), _id(request))
    return redirect(request, f"{_LIST}/{_id(request)}?saved=second_factor")


async def set_enabled(services: Services, request: Request) -> Response:
    form = await forms.read(request, _SMALL)
    return await _switch(
        services,
        request,
        form.word("enabled"),
        lambda on: services.users.set_disabled(actor_of(request), _id(request), not on),
        ("enabled", "disabled"),
    )


async def set_admin(services: Services, request: Request) -> Response:
    form = await forms.read(request, _SMALL)
    return await _switch(
        services,
        request,
        form.word("admin"),
        lambda on: services.users.set_platform_admin(actor_of(request), _id(request), on),
        ("granted", "revoked"),
    )


async def _switch(
    services: Services, request: Request, chosen: str, change: Any, saved: tuple[str, str]
) -> Response:
    try:
        if chosen not in ("yes", "no"):
            raise BadInput("Select yes or no.")
        await change(chosen == "yes")
    except (BadInput, Conflict) as error:
        return await _show(services, request, error)
    return redirect(request, f"{_LIST}/{_id(request)}?saved={saved[chosen == 'no']}")


async def ask_delete(services: Services, request: Request) -> Response:
    return await _ask_delete(services, request)


async def delete(services: Services, request: Request) -> Response:
    form = await forms.read(request, _SMALL)
    try:
        await services.users.get(actor_of(request), _id(request))
        if form.word("sure") != "yes":
            raise BadInput("Confirm that the user should be removed.")
        await services.users.remove(actor_of(request), _id(request))
    except (BadInput, Conflict) as error:
        return await _ask_delete(services, request, error)
    return redirect(request, f"{_LIST}?saved=removed")


async def _ask_delete(services: Services, request: Request, error: SwitchyardError | None = None) -> Response:
    return render(
        request,
        "users/delete.html",
        error.status if error else 200,
        **outside(request),
        user=await services.users.get(actor_of(request), _id(request)),
        wrong=error.message if error else "",
    )


async def _index(
    services: Services,
    request: Request,
    error: SwitchyardError | None = None,
    sent: dict[str, Any] | None = None,
    link: Link | None = None,
    invited: str = "",
) -> Response:
    return render(
        request,
        "users/list.html",
        error.status if error else 200,
        **outside(request),
        users=await services.users.list(actor_of(request)),
        given=sent or {"email": "", "name": "", "platform_admin": False},
        link=link,
        invited=invited,
        saved=SAVED.get(request.query_params.get("saved", ""), ""),
        field=error.field if error else "",
        wrong=error.message if error else "",
    )


async def _show(
    services: Services,
    request: Request,
    error: SwitchyardError | None = None,
    where: str = "",
    link: Link | None = None,
    name: str | None = None,
) -> Response:
    actor = actor_of(request)
    user = await services.users.get(actor, _id(request))
    return render(
        request,
        "users/show.html",
        error.status if error else 200,
        **outside(request),
        user=user,
        name=user.name if name is None else name,
        memberships=await services.users.memberships(actor, user.id),
        link=link,
        saved=SAVED.get(request.query_params.get("saved", ""), ""),
        where=where,
        wrong=error.message if error else "",
    )


def _id(request: Request) -> str:
    return str(request.path_params["user_id"])
