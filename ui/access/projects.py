"""Projects: choosing one, making one, its members and its API keys."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.base.actor import Permission, Role
from engine.base.errors import BadInput, Conflict, SwitchyardError
from engine.web.routes import route
from ui.shared import forms
from ui.shared.page_context import actor_of, here, page, project_of, services
from ui.shared.render import redirect, render

_SETTINGS = "/p/{project_id}/settings"
_SMALL = 5000

ROLES = [
    (Role.viewer, "Viewer: sees flows, runs and the names of connections"),
    (Role.editor, "Editor: also edits, publishes, tests, retries and cancels"),
    (Role.admin, "Admin: also members, API keys and connections"),
]


def routes() -> list[Route]:
    signed_in, view, admin = Permission.signed_in, Permission.view, Permission.admin
    return [
        route("/projects", index, permission=signed_in, name="projects"),
        route("/projects", create, permission=Permission.platform, methods=["POST"]),
        route("/p/{project_id}", enter, permission=view, name="project"),
        route(_SETTINGS, settings, permission=view, name="settings"),
        route(_SETTINGS + "/name", rename, permission=admin, methods=["POST"]),
        route(_SETTINGS + "/members", add_member, permission=admin, methods=["POST"]),
        route(_SETTINGS + "/members/{user_id}", change_member, permission=admin, methods=["POST"]),
        route(_SETTINGS + "/keys", add_key, permission=admin, methods=["POST"]),
        route(_SETTINGS + "/keys/{key_id}/delete", delete_key, permission=admin, methods=["POST"]),
    ]


async def index(request: Request) -> Response:
    return await _index(request)


async def create(request: Request) -> Response:
    form = await forms.read(request, _SMALL)
    try:
        made = await services(request).access.projects.create(actor_of(request), form.word("name"))
    except BadInput as error:
        return await _index(request, form.word("name"), error)
    return redirect(request, f"/p/{made.id}/flows")


async def _index(request: Request, name: str = "", error: BadInput | None = None) -> Response:
    actor = actor_of(request)
    return render(
        request,
        "projects/list.html",
        error.status if error else 200,
        projects=await services(request).access.projects.list(actor),
        project=None,
        actor=actor,
        unrouted=0,
        name=name,
        wrong=error.message if error else "",
    )


async def enter(request: Request) -> Response:
    return redirect(request, here(request, "/flows"))


async def settings(request: Request) -> Response:
    return await _settings(request)


async def rename(request: Request) -> Response:
    form = await forms.read(request, _SMALL)
    try:
        await services(request).access.projects.rename(actor_of(request), form.word("name"))
    except BadInput as error:
        return await _settings(request, error, "name", given={"name": form.word("name")})
    return redirect(request, here(request, "/settings"))


async def add_member(request: Request) -> Response:
    form = await forms.read(request, _SMALL)
    email = form.word("email")
    try:
        await services(request).access.projects.add_member(actor_of(request), email, form.word("role"))
    except (BadInput, Conflict) as error:
        return await _settings(request, error, "member", given={"email": email})
    return redirect(request, here(request, "/settings"))


async def change_member(request: Request) -> Response:
    """Give a member another role, or take them out."""
    projects, form = services(request).access.projects, await forms.read(request, _SMALL)
    user_id, role = request.path_params["user_id"], form.word("role")
    try:
        if role == "remove":
            await projects.remove_member(actor_of(request), user_id)
        else:
            await projects.set_role(actor_of(request), user_id, role)
    except (BadInput, Conflict) as error:
        return await _settings(request, error, "members")
    return redirect(request, here(request, "/settings"))


async def add_key(request: Request) -> Response:
    """Make a key and show it, this once."""
    form = await forms.read(request, _SMALL)
    name = form.word("name")
    try:
        _, token = await services(request).access.keys.create(actor_of(request), name, form.word("role"))
    except BadInput as error:
        return await _settings(request, error, "key", given={"key_name": name})
    return await _settings(request, token=token)


async def delete_key(request: Request) -> Response:
    await services(request).access.keys.delete(actor_of(request), request.path_params["key_id"])
    return redirect(request, here(request, "/settings"))


async def _settings(
    request: Request,
    error: SwitchyardError | None = None,
    where: str = "",
    token: str = "",
    given: dict[str, Any] | None = None,
) -> Response:
    sy, project_id, actor = services(request), project_of(request), actor_of(request)
    return await page(
        request,
        "projects/settings.html",
        error.status if error else 200,
        members=await sy.access.projects.members(project_id),
        keys=await sy.access.keys.list(project_id) if actor.may(Permission.admin) else [],
        roles=ROLES,
        wrong=error.message if error else "",
        where=where,
        token=token,
        given={"name": "", "email": "", "key_name": "", **(given or {})},
        address=sy.settings.base_url,
    )
