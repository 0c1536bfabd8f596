"""Projects and their people, as far as an API key reaches: its own project."""

from pydantic import Field

from engine.access import MemberInfo, ProjectInfo, Projects
from engine.base.actor import Actor, Permission, Role
from engine.store.paging import Page

from . import shapes
from .operation import operation
from .shapes import Body, Name, ResponseBody


class Member(ResponseBody):
    user_id: str
    email: str
    name: str
    role: Role
    disabled: bool


class ProjectName(Body):
    name: Name


class NewMember(Body):
    """A user of this instance. Somebody without an account is invited: `POST /invitations`."""

    email: str = Field(max_length=320)
    role: str = Field("viewer", description="viewer, editor or admin")


class MemberRole(Body):
    role: str = Field(description="viewer, editor or admin")


@operation("GET", "/projects", Permission.signed_in, answer=shapes.List[shapes.Project])
async def list_projects(projects: Projects, actor: Actor) -> Page[ProjectInfo]:
    """List the projects that the key reaches: its own."""
    return Page(await projects.list(actor))


@operation("GET", "/projects/{project_id}", Permission.view, answer=shapes.Project)
async def read_project(projects: Projects, actor: Actor, project_id: str) -> ProjectInfo:
    """Read a project."""
    found = await projects.get(project_id)
    return ProjectInfo(found.id, found.name, found.created, actor.role)


@operation("PATCH", "/projects/{project_id}", Permission.admin, answer=shapes.Project)
async def rename_project(projects: Projects, actor: Actor, project_id: str, body: ProjectName) -> ProjectInfo:
    """Rename a project."""
    return await projects.rename(actor, body.name)


@operation("GET", "/users", Permission.admin, answer=shapes.List[Member])
async def list_users(projects: Projects, actor: Actor) -> Page[MemberInfo]:
    """List the project's members by e-mail."""
    return Page(await projects.members(str(actor.project_id)))


@operation("POST", "/users", Permission.admin, answer=Member, status=201, errors=(409,))
async def add_user(projects: Projects, actor: Actor, body: NewMember) -> MemberInfo:
    """Make a user a member of the project."""
    return await projects.add_member(actor, body.email, body.role)


@operation("PATCH", "/users/{user_id}", Permission.admin, answer=Member, errors=(409,))
async def change_user(projects: Projects, actor: Actor, user_id: str, body: MemberRole) -> MemberInfo:
    """Give a member another role."""
    return await projects.set_role(actor, user_id, body.role)


@operation("DELETE", "/users/{user_id}", Permission.admin, answer=None, status=204, errors=(409,))
async def remove_user(projects: Projects, actor: Actor, user_id: str) -> None:
    """Take a member out of the project."""
    await projects.remove_member(actor, user_id)


OPERATIONS = (list_projects, read_project, rename_project, list_users, add_user, change_user, remove_user)
