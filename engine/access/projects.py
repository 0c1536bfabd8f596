"""Projects and their members."""

from dataclasses import dataclass

from sqlmodel import col, func, select

from engine.base import clock
from engine.base.actor import Actor, Permission, Role
from engine.base.errors import BadInput, Conflict, NotFound
from engine.base.ids import new_id
from engine.base.payloads import ProjectData, member_data, project_data
from engine.store.database import Database
from engine.store.emit import Emit
from engine.store.models import Member, Project, User
from engine.store.tx import Tx

from .names import check_email, check_name, check_role


@dataclass(frozen=True)
class ProjectInfo:
    """A project, with the asking actor's role in it."""

    id: str
    name: str
    created: str
    role: Role | None


@dataclass(frozen=True)
class MemberInfo:
    """A member of a project."""

    user_id: str
    email: str
    name: str
    role: Role
    disabled: bool


Members = list[MemberInfo]


class UnknownUser(BadInput):
    """Nobody has this e-mail yet: they can be invited."""


class Projects:
    """Projects and who belongs to them. A project that has members has at least one admin."""

    def __init__(self, db: Database, emit: Emit) -> None:
        self._db = db
        self._emit = emit

    async def list(self, actor: Actor) -> list[ProjectInfo]:
        """The projects that the actor may see, by name: all for a platform admin, the key's own for a key."""

        def question(tx: Tx) -> list[ProjectInfo]:
            if actor.platform_admin:
                rows = [(project, Role.admin) for project in tx.session.exec(select(Project))]
            elif actor.key_id is not None:
                own = tx.session.get(Project, actor.project_id)
                rows = [(own, actor.role)] if own and actor.role else []
            else:
                mine = select(Project, Member.role).join(Member, col(Member.project_id) == col(Project.id))
                found = tx.session.exec(mine.where(Member.user_id == actor.user_id))
                rows = [(project, Role(role)) for project, role in found]
            return [ProjectInfo(p.id, p.name, p.created, role) for p, role in rows]

        return sorted(await self._db.read(question), key=lambda info: (info.name.casefold(), info.id))

    async def get(self, project_id: str) -> ProjectInfo:
        """A project by its id; whoever calls has checked that its reader may see it. Raises `NotFound`."""
        project = await self._db.read(lambda tx: tx.session.get(Project, project_id))
        if project is None:
            raise NotFound("There is no such project.")
        return ProjectInfo(project.id, project.name, project.created, None)

    async def create(self, actor: Actor, name: str) -> ProjectInfo:
        """A new project, whose first admin is the platform admin who makes it."""
        actor.require(Permission.platform)
        name = check_name(name)
        return await self._db.write(lambda tx: self.add(tx, actor, name))

    def add(self, tx: Tx, actor: Actor, name: str) -> ProjectInfo:
        """`create` in the caller's transaction, unchecked."""
        project = Project(id=new_id("prj"), name=name, created=clock.now_iso())
        tx.session.add(project)
        tx.session.flush()
        self._emit(tx, "project.created", _told(project), actor, project.id)
        if actor.user_id is not None:
            tx.session.add(Member(project_id=project.id, user_id=actor.user_id, role=Role.admin))
        return ProjectInfo(project.id, project.name, project.created, Role.admin)

    async def rename(self, actor: Actor, name: str) -> ProjectInfo:
        """Rename the actor's project."""
        actor.require(Permission.admin)
        name = check_name(name)

        def change(tx: Tx) -> ProjectInfo:
            project = _project(tx, actor)
            project.name = name
            tx.session.add(project)
            self._emit(tx, "project.updated", _told(project), actor, project.id)
            return ProjectInfo(project.id, project.name, project.created, actor.role)

        return await self._db.write(change)

    async def members(self, project_id: str) -> Members:
        """The project's members, by e-mail."""
        question = select(User, Member.role).join(Member, col(Member.user_id) == col(User.id))
        rows = question.where(Member.project_id == project_id).order_by(User.email)
        return await self._db.read(
            lambda tx: [
                MemberInfo(u.id, u.email, u.name, Role(role), u.disabled) for u, role in tx.session.exec(rows)
            ]
        )

    async def add_member(self, actor: Actor, email: str, role: Role | str) -> MemberInfo:
        """Make a user a member. Raises `BadInput` for an unknown e-mail, `Conflict` for a member."""
        actor.require(Permission.admin)
        email, role = check_email(email), check_role(role)

        def change(tx: Tx) -> MemberInfo:
            project = _project(tx, actor)
            user = tx.session.exec(select(User).where(User.email == email)).first()
            if user is None:
                raise UnknownUser("There is no user with this e-mail. Invite them instead.", field="email")
            if tx.session.get(Member, (project.id, user.id)) is not None:
                raise Conflict("This user is already a member.", field="email")
            tx.session.add(Member(project_id=project.id, user_id=user.id, role=role))
            return self._tell(tx, "member.added", actor, user, role)

        return await self._db.write(change)

    async def set_role(self, actor: Actor, user_id: str, role: Role | str) -> MemberInfo:
        """Give a member another role. Raises `Conflict` if no admin would stay."""
        actor.require(Permission.admin)
        role = check_role(role)

        def change(tx: Tx) -> MemberInfo:
            member, user = _member(tx, actor, user_id)
            previous = member.role
            if role is not Role.admin:
                _keep_an_admin(tx, member)
            member.role = role
            tx.session.add(member)
            return self._tell(tx, "member.updated", actor, user, role, previous)

        return await self._db.write(change)

    async def remove_member(self, actor: Actor, user_id: str) -> None:
        """Remove a member; anybody may remove themselves. Raises `Conflict` if no admin would stay."""
        actor.require(Permission.view if user_id == actor.user_id else Permission.admin)

        def change(tx: Tx) -> None:
            member, user = _member(tx, actor, user_id)
            _keep_an_admin(tx, member)
            tx.session.delete(member)
            self._tell(tx, "member.removed", actor, user, member.role)

        await self._db.write(change)

    def _tell(
        self,
        tx: Tx,
        action: str,
        actor: Actor,
        user: User,
        role: Role,
        previous: Role | None = None,
    ) -> MemberInfo:
        data = member_data(
            user_id=user.id, email=user.email, name=user.name, role=role.value, previous_role=previous
        )
        self._emit(tx, action, data, actor, actor.project_id)
        return MemberInfo(user.id, user.email, user.name, role, user.disabled)


def _project(tx: Tx, actor: Actor) -> Project:
    project = tx.session.get(Project, actor.project_id)
    if project is None:
        raise NotFound("There is no such project.")
    return project


def _member(tx: Tx, actor: Actor, user_id: str) -> tuple[Member, User]:
    member, user = tx.session.get(Member, (actor.project_id, user_id)), tx.session.get(User, user_id)
    if member is None or user is None:
        raise NotFound("There is no such member in this project.")
    return member, user


def _keep_an_admin(tx: Tx, leaving: Member) -> None:
    others = (
        select(func.count())
        .select_from(Member)
        .join(User, col(User.id) == col(Member.user_id))
        .where(
            Member.project_id == leaving.project_id,
            Member.role == Role.admin,
            Member.user_id != leaving.user_id,
            col(User.disabled).is_(False),
        )
    )
    if leaving.role is Role.admin and tx.session.exec(others).one() == 0:
        raise Conflict("A project needs at least one admin. Make someone else an admin first.")


def _told(project: Project) -> ProjectData:
    return project_data(id=project.id, name=project.name)
