"""Who asks, and the one table of who may what."""

from dataclasses import dataclass, replace
from enum import StrEnum

from .errors import Forbidden


class Role(StrEnum):
    """What a member, or an API key, may do in its project. Each includes the ones before it."""

    viewer = "viewer"  # sees flows, runs, and the names of connections
    editor = "editor"  # also edits, publishes, tests, retries and cancels
    admin = "admin"  # also members, API keys, connections' secrets, project settings


class Permission(StrEnum):
    """What a route or a service asks for."""

    public = "public"  # nothing
    signed_in = "signed_in"  # any user or key
    view = "view"  # at least viewer of the project
    edit = "edit"  # at least editor of the project
    admin = "admin"  # admin of the project
    platform = "platform"  # platform admin, or an API key of the platform


_LEVEL = {Role.viewer: 1, Role.editor: 2, Role.admin: 3}
_NEEDED = {Permission.view: 1, Permission.edit: 2, Permission.admin: 3}


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who asks for something: a user, an API key, the command line, or nobody (`ANONYMOUS`).

    `project_id` is the project asked about, and `role` the role there; a platform admin is admin in each.
    """

    user_id: str | None = None
    key_id: str | None = None
    email: str = ""
    name: str = ""
    project_id: str | None = None
    role: Role | None = None
    platform_admin: bool = False
    ip: str = ""

    @classmethod
    def system(cls, project_id: str | None = None) -> "Actor":
        """Switchyard itself: the command line on the machine, which may do everything."""
        return cls(name="switchyard", project_id=project_id, platform_admin=True)

    def may(self, permission: Permission) -> bool:
        """Whether this actor has `permission`, in its project where it is about one."""
        if permission is Permission.public:
            return True
        if permission is Permission.signed_in:
            return self.platform_admin or self.user_id is not None or self.key_id is not None
        if permission is Permission.platform:
            return self.platform_admin
        if self.project_id is None:
            return False
        if self.platform_admin:
            return True
        return self.role is not None and _LEVEL[self.role] >= _NEEDED[permission]

    def require(self, permission: Permission) -> None:
        """Raise `Forbidden` unless the actor may."""
        if not self.may(permission):
            raise Forbidden(_REFUSALS[permission])

    def within(self, project_id: str, role: Role | None) -> "Actor":
        """The same actor, asking about another project."""
        return replace(self, project_id=project_id, role=role)


ANONYMOUS = Actor()

_REFUSALS = {
    Permission.public: "",
    Permission.signed_in: "Sign in first.",
    Permission.view: "You are not a member of this project.",
    Permission.edit: "This needs the editor role in this project.",
    Permission.admin: "This needs the admin role in this project.",
    Permission.platform: "This is for platform admins.",
}
