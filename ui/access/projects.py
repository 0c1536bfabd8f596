"""Projects: choosing one, making one, its members and its API keys."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engine.access import InvitationInfo, Invitations, Keys, LinkMail, Projects
from engine.access.invitations import invitation_url
from engine.access.projects import UnknownUser
from engine.base.actor import Permission, Role
from engine.base.errors import BadInput, Conflict, SwitchyardError
from engine.base.settings import Settings
from engine.web.routes import RouteSpec, bind, route
from ui.shared import forms
from ui.shared.page_context import Layout, actor_of, here, outside, project_of
from ui.shared.render import redirect, render

_SETTINGS = "/p/{project_id}/settings"
_SMALL = 5000

ROLES = [
    (Role.viewer, "Viewer: sees flows, runs and the names of connections"),
    (Role.editor, "Editor: also edits, publishes, tests, retries and cancels"),
    (Role.admin, "Admin: also members, API keys and connections"),
]


@dataclass(frozen=True)
class Services:
    """What these pages use."""

    layout: Layout
    projects: Projects
    keys: Keys
    invitations: Invitations
    link_mail: LinkMail
    settings: Settings


def routes(services: Services) -> list[RouteSpec]:
    signed_in, view, admin = Permission.signed_in, Permission.view, Permission.admin
    return [
        route("/projects", bind(index, services), permission=signed_in, name="projects"),
        route("/projects", bind(create, services), permission=Permission.platform, methods=["POST"]),
        route("/p/{project_id}", enter, permission=view, name="project"),
        route(_SETTINGS, bind(settings, services), permission=view, name="settings"),
        route(_SETTINGS + "/name", bind(rename, services), permission=admin, methods=["POST"]),
        route(_SETTINGS + "/members", bind(add_member, services), permission=admin, methods=["POST"]),
        route(
            _SETTINGS + "/members/{user_id}",
            bind(change_member, services),
            permission=admin,
            methods=["POST"],
        ),
        route(
            _SETTINGS + "/invitations/{invitation_id}/delete",
            bind(withdraw, services),
            permission=admin,
            methods=["POST"],
        ),
        route(_SETTINGS + "/keys", bind(add_key, services), permission=admin, methods=["POST"]),
        route(
            _SETTINGS + "/keys/{key_id}/delete",
            bind(delete_key, services),
            permission=admin,
            methods=["POST"],
        ),
    ]


async def index(services: Services, request: Request) -> Response:
    return await _index(services, request)


async def create(services: Services, request: Request) -> Response:
    form = await forms.read(request, _SMALL)
    try:
        made = await services.projects.create(actor_of(request), form.word("name"))
    except BadInput as error:
        return await _index(services, request, form.word("name"), error)
    return redirect(request, f"/p/{made.id}/home")


async def _index(
    services: Services, request: Request, name: str = "", error: BadInput | None = None
) -> Response:
    return render(
        request,
        "projects/list.html",
        error.status if error else 200,
        **outside(request),
        projects=await services.projects.list(actor_of(request)),
        name=name,
        wrong=error.message if error else "",
    )


async def enter(request: Request) -> Response:
    return redirect(request, here(request, "/home"))


async def settings(services: Services, request: Request) -> Response:
    return await _settings(services, request)


async def rename(services: Services, request: Request) -> Response:
    form = await forms.read(request, _SMALL)
    try:
        await services.projects.rename(actor_of(request), form.word("name"))
    except BadInput as error:
        return await _settings(services, request, error, "name", given={"name": form.word("name")})
    return redirect(request, here(request, "/settings"))


async def add_member(services: Services, request: Request) -> Response:
    """Add a user, or invite somebody who has no account yet."""
    form = await forms.read(request, _SMALL)
    email, role = form.word("email"), form.word("role")
    try:
        await services.projects.add_member(actor_of(request), email, role)
    except UnknownUser:
        return await _invite(services, request, email, role)
    except (BadInput, Conflict) as error:
        return await _settings(services, request, error, "member", given={"email": email})
    return redirect(request, here(request, "/settings"))


async def _invite(services: Services, request: Request, email: str, role: str) -> Response:
    """Invite somebody and show the link, this once; it is mailed too where mail is set up."""
    actor = actor_of(request)
    made, token = await services.invitations.create(actor, email, role)
    url = invitation_url(services.settings.base_url, token)
    project = await services.projects.get(project_of(request))
    failure = await services.link_mail.invite(actor, made.email, project.name, url)
    return await _settings(services, request, invited=(made, url, failure))


async def withdraw(services: Services, request: Request) -> Response:
    """Withdraw an invitation."""
    await services.invitations.delete(actor_of(request), request.path_params["invitation_id"])
    return redirect(request, here(request, "/settings"))


async def change_member(services: Services, request: Request) -> Response:
    """Give a member another role, or take them out."""
    projects, form = services.projects, await forms.read(request, _SMALL)
    user_id, role = request.path_params["user_id"], form.word("role")
    try:
        if role == "remove":
            await projects.remove_member(actor_of(request), user_id)
        else:
            await projects.set_role(actor_of(request), user_id, role)
    except (BadInput, Conflict) as error:
        return await _settings(services, request, error, "members")
    return redirect(request, here(request, "/settings"))


async def add_key(services: Services, request: Request) -> Response:
    """Make a key and show it, this once."""
    form = await forms.read(request, _SMALL)
    name = form.word("name")
    try:
        _, token = await services.keys.create(actor_of(request), name, form.word("role"))
    except BadInput as error:
        return await _settings(services, request, error, "key", given={"key_name": name})
    return await _settings(services, request, token=token)


async def delete_key(services: Services, request: Request) -> Response:
    await services.keys.delete(actor_of(request), request.path_params["key_id"])
    return redirect(request, here(request, "/settings"))


async def _settings(
    services: Services,
    request: Request,
    error: SwitchyardError | None = None,
    where: str = "",
    token: str = "",
    given: dict[str, Any] | None = None,
    invited: tuple[InvitationInfo, str, str | None] | None = None,
) -> Response:
    project_id, actor = project_of(request), actor_of(request)
    return await services.layout.page(
        request,
        "projects/settings.html",
        error.status if error else 200,
        members=await services.projects.members(project_id),
        keys=await services.keys.list(project_id) if actor.may(Permission.admin) else [],
        invitations=await services.invitations.list(project_id) if actor.may(Permission.admin) else [],
        invited=invited,
        mail_is_sent=services.link_mail.enabled,
        roles=ROLES,
        wrong=error.message if error else "",
        where=where,
        token=token,
        given={"name": "", "email": "", "key_name": "", **(given or {})},
        address=services.settings.base_url,
    )
