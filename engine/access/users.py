"""Users as a platform admin sees them: invited, changed, disabled, removed."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, delete, func, select

from engine.base import clock
from engine.base.actor import Actor, Permission, Role
from engine.base.errors import Conflict, NotFound
from engine.base.ids import new_id
from engine.base.payloads import member_data, user_data
from engine.store.database import Database
from engine.store.emit import Emit
from engine.store.models import Member, Preference, Project, RecoveryCode, UnsavedText, User
from engine.store.tx import Tx

from .links import add_link, drop_links
from .names import check_email, check_name
from .passwords import Passwords, check_password
from .sessions import Sessions


@dataclass(frozen=True)
class UserInfo:
    """A user as lists show them. Times are ISO 8601."""

    id: str
    email: str
    name: str
    platform_admin: bool
    disabled: bool
    pending: bool  # has not chosen a password yet
    second_factor: bool  # signs in with a code too
    created: str
    last_seen: str | None


@dataclass(frozen=True)
class Membership:
    """A project that a user is a member of."""

    project_id: str
    project_name: str
    role: Role


class Users:
    """Creates, lists, disables and removes users. One platform admin always stays."""

    def __init__(self, db: Database, sessions: Sessions, passwords: Passwords, emit: Emit) -> None:
        self._db = db
        self._sessions = sessions
        self._passwords = passwords
        self._emit = emit

    async def create(
        self,
        actor: Actor,
        email: str,
        name: str = "",
        password: str | None = None,
        platform_admin: bool = False,
    ) -> tuple[UserInfo, str | None]:
        """A new user, and without a password the token of the link under which they choose one."""
        actor.require(Permission.platform)
        email, name = check_email(email), check_name(name) if name else ""
        hashed = (
            await self._passwords.hash(check_password(password, email, name)) if password is not None else ""
        )

        def change(tx: Tx) -> tuple[UserInfo, str | None]:
            if tx.session.exec(select(User).where(User.email == email)).first() is not None:
                raise Conflict("A user with this e-mail already exists.", field="email")
            user = new_user(email, name, hashed, clock.now_iso(), platform_admin=platform_admin)
            tx.session.add(user)
            tx.session.flush()
            if hashed:
                data = user_data(id=user.id, email=email, name=user.name, source="credentials")
                self._emit(tx, "user.signed.up", data, actor, None)
                return _info(user), None
            self._report(tx, "user.invited", actor, user)
            return _info(user), add_link(tx, user.id, clock.now())

        return await self._db.write(change)

    async def list(self, actor: Actor) -> list[UserInfo]:
        """All users, by e-mail."""
        actor.require(Permission.platform)
        return await self._db.read(
            lambda tx: [_info(user) for user in tx.session.exec(select(User).order_by(User.email))]
        )

    async def get(self, actor: Actor, user_id: str) -> UserInfo:
        """One user. Raises `NotFound`."""
        actor.require(Permission.platform)
        return _info(await self._db.read(lambda tx: get_user(tx, user_id)))

    async def reset_link(self, actor: Actor, user_id: str) -> str:
        """The token of a sign-in link, under which the user chooses another password; the old one works until
        then, and an earlier link no longer. Raises `NotFound`, and `Conflict` for a disabled user."""
        actor.require(Permission.platform)

        def change(tx: Tx) -> str:
            user = get_user(tx, user_id)
            if user.disabled:
                raise Conflict("This user is disabled. Enable them first.")
            self._report(tx, "user.sign_in_link.created", actor, user)
            return add_link(tx, user_id, clock.now())

        return await self._db.write(change)

    async def set_disabled(self, actor: Actor, user_id: str, disabled: bool) -> UserInfo:
        """Disable a user, which ends their sessions and links at once, or enable them again."""
        actor.require(Permission.platform)

        def change(tx: Tx) -> UserInfo:
            user = get_user(tx, user_id)
            if disabled:
                _keep_a_platform_admin(tx, user)
                self._sessions.end_all(tx, user, actor, "user_disabled")
                drop_links(tx, user.id)
            if user.disabled != disabled:
                user.disabled = disabled
                tx.session.add(user)
                self._report(tx, "user.disabled" if disabled else "user.enabled", actor, user)
            return _info(user)

        return await self._db.write(change)

    async def set_platform_admin(self, actor: Actor, user_id: str, platform_admin: bool) -> UserInfo:
        """Grant or revoke platform admin. Raises `Conflict` if none would stay."""
        return await self.change(actor, user_id, platform_admin=platform_admin)

    async def change(
        self, actor: Actor, user_id: str, *, name: str | None = None, platform_admin: bool | None = None
    ) -> UserInfo:
        """Change what is given. Raises `NotFound`, `BadInput` for the name, and `Conflict` if no platform
        admin would stay."""
        actor.require(Permission.platform)
        name = check_name(name) if name is not None else None

        def change(tx: Tx) -> UserInfo:
            user = get_user(tx, user_id)
            if platform_admin is False:
                _keep_a_platform_admin(tx, user)
            if name is not None and user.name != name:
                user.name = name
                self._report(tx, "user.updated", actor, user)
            if platform_admin is not None and user.platform_admin != platform_admin:
                user.platform_admin = platform_admin
                self._report(
                    tx, f"user.platform_admin.{'granted' if platform_admin else 'revoked'}", actor, user
                )
            tx.session.add(user)
            return _info(user)

        return await self._db.write(change)

    async def remove(self, actor: Actor, user_id: str) -> None:
        """Remove a user for good, which ends their sessions, links and memberships. What they created stays,
        API keys too. Raises `NotFound`, and `Conflict` if no platform admin would stay."""
        actor.require(Permission.platform)

        def change(tx: Tx) -> None:
            user = get_user(tx, user_id)
            _keep_a_platform_admin(tx, user)
            self._sessions.end_all(tx, user, actor, "user_deleted")
            for member in tx.session.exec(select(Member).where(Member.user_id == user.id)).all():
                data = member_data(
                    user_id=user.id, email=user.email, name=user.name, role=Role(member.role).value
                )
                self._emit(tx, "member.removed", data, actor, member.project_id)
                tx.session.delete(member)
            drop_links(tx, user.id)
            tx.session.execute(delete(Preference).where(col(Preference.user_id) == user.id))
            tx.session.execute(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user.id))
            tx.session.execute(delete(UnsavedText).where(col(UnsavedText.user_id) == user.id))
            tx.session.flush()
            self._report(tx, "user.deleted", actor, user)
            tx.session.delete(user)

        await self._db.write(change)

    async def memberships(self, actor: Actor, user_id: str) -> Sequence[Membership]:
        """The projects of a user, by name."""
        actor.require(Permission.platform)
        question = select(Project, Member.role).join(Member, col(Member.project_id) == col(Project.id))
        mine = question.where(Member.user_id == user_id).order_by(Project.name)
        return await self._db.read(
            lambda tx: [Membership(p.id, p.name, Role(role)) for p, role in tx.session.exec(mine)]
        )

    def _report(self, tx: Tx, action: str, actor: Actor, user: User) -> None:
        self._emit(tx, action, user_data(id=user.id, email=user.email, name=user.name), actor, None)


def get_user(tx: Tx, user_id: str | None) -> User:
    """The row of a user. Raises `NotFound`."""
    user = tx.session.get(User, user_id) if user_id is not None else None
    if user is None:
        raise NotFound("There is no such user.")
    return user


def _keep_a_platform_admin(tx: Tx, leaving: User) -> None:
    """Raise `Conflict` unless another platform admin can sign in: one without a password cannot yet."""
    others = (
        select(func.count())
        .select_from(User)
        .where(
            User.platform_admin,
            col(User.disabled).is_(False),
            User.password_hash != "",
            User.id != leaving.id,
        )
    )
    if leaving.platform_admin and tx.session.exec(others).one() == 0:
        raise Conflict(
            "This is the last platform admin who can sign in. Make someone else a platform admin first."
        )


def new_user(email: str, name: str, hashed: str, created: str, *, platform_admin: bool) -> User:
    """A row to add."""
    return User(
        id=new_id("usr"),
        email=email,
        name=name or email.partition("@")[0],
        password_hash=hashed,
        platform_admin=platform_admin,
        created=created,
    )


def _info(user: User) -> UserInfo:
    return UserInfo(
        id=user.id,
        email=user.email,
        name=user.name,
        platform_admin=user.platform_admin,
        disabled=user.disabled,
        pending=not user.password_hash,
        second_factor=user.totp_enabled is not None,
        created=user.created,
        last_seen=user.last_seen,
    )
