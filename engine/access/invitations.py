"""Invitations to a project: whoever has the link joins, as a new user or as one who has an account."""

from dataclasses import dataclass

from sqlmodel import col, delete, select

from engine.base import clock
from engine.base.actor import Actor, Permission, Role
from engine.base.clock import to_iso
from engine.base.errors import Conflict, Forbidden, NotFound
from engine.base.ids import new_id
from engine.base.payloads import invitation_data, member_data, user_data
from engine.store.database import Database
from engine.store.emit import Emit
from engine.store.models import Invitation, Member, Project, User
from engine.store.tx import Tx

from .accounts import Accounts
from .names import check_email, check_name, check_role
from .passwords import Passwords, check_password
from .tokens import fingerprint, new_token
from .users import get_user, new_user

LIFETIME = 7 * 24 * 3600.0  # seconds


@dataclass(frozen=True)
class InvitationInfo:
    """An open invitation, as the admins of its project see it. Times are ISO 8601."""

    id: str
    email: str
    role: Role
    created: str
    expires: str


Open = list[InvitationInfo]


@dataclass(frozen=True)
class Offer:
    """What whoever opens an invitation is offered."""

    project_id: str
    project: str
    email: str
    role: Role
    has_account: bool  # they sign in and join; otherwise they choose a password


class Invitations:
    """Creates, lists, withdraws and accepts invitations. There is one of an e-mail in a project."""

    def __init__(self, db: Database, accounts: Accounts, passwords: Passwords, emit: Emit) -> None:
        self._db = db
        self._accounts = accounts
        self._passwords = passwords
        self._emit = emit

    # -- by admins ----------------------------------------------------------------------------

    async def create(self, actor: Actor, email: str, role: Role | str) -> tuple[InvitationInfo, str]:
        """Invite somebody to the actor's project: the invitation and, only here, the token of its link. An
        earlier invitation of theirs is void. Raises `BadInput`, and `Conflict` for a member."""
        actor.require(Permission.admin)
        email, role = check_email(email), check_role(role)
        token, now = new_token(), clock.now()
        row = Invitation(
            id=new_id("inv"),
            project_id=str(actor.project_id),
            email=email,
            role=role,
            token_hash=fingerprint(token),
            created=to_iso(now),
            created_by=actor.user_id or actor.key_id,
            expires=to_iso(now + LIFETIME),
        )
        info = _info(row)

        def change(tx: Tx) -> None:
            if tx.session.get(Project, row.project_id) is None:
                raise NotFound("There is no such project.")
            user = _user(tx, email)
            if user is not None and tx.session.get(Member, (row.project_id, user.id)) is not None:
                raise Conflict("This user is already a member.", field="email")
            _drop(tx, row.project_id, email)
            tx.session.add(row)
            self._report(tx, "invitation.created", info, actor, row.project_id)

        await self._db.write(change)
        return info, token

    async def list(self, project_id: str) -> Open:
        """The open invitations to a project, by e-mail."""
        question = select(Invitation).where(
            Invitation.project_id == project_id, Invitation.expires > clock.now_iso()
        )
        return await self._db.read(
            lambda tx: [_info(row) for row in tx.session.exec(question.order_by(Invitation.email))]
        )

    async def delete(self, actor: Actor, invitation_id: str) -> None:
        """Withdraw an invitation to the actor's project: its link no longer works. Raises `NotFound`."""
        actor.require(Permission.admin)

        def change(tx: Tx) -> None:
            row = tx.session.get(Invitation, invitation_id)
            if row is None or row.project_id != actor.project_id:
                raise NotFound("There is no such invitation.")
            self._report(tx, "invitation.deleted", _info(row), actor, row.project_id)
            tx.session.delete(row)

        await self._db.write(change)

    # -- by whoever has the link --------------------------------------------------------------

    async def find(self, token: str) -> Offer:
        """What an invitation offers; looking does not use it up. Raises `NotFound` if unknown or over."""

        def question(tx: Tx) -> Offer:
            row, project = _find(tx, token)
            return Offer(
                project.id, project.name, row.email, Role(row.role), _user(tx, row.email) is not None
            )

        return await self._db.read(question)

    async def join(self, actor: Actor, token: str) -> str:
        """Make the actor, who is signed in, a member; the project's id. Raises `NotFound`, and `Forbidden`
        for another user than the one who was invited."""

        def change(tx: Tx) -> str:
            row, project = _find(tx, token)
            user = get_user(tx, actor.user_id)
            if user.email != row.email:
                raise Forbidden(f"This invitation is for {row.email}. You are signed in as {user.email}.")
            self._accept(tx, row, user, actor)
            return project.id

        return await self._db.write(change)

    async def sign_up(
        self, token: str, *, name: str, password: str, ip: str = "", agent: str = ""
    ) -> tuple[str, str]:
        """Create the account of who was invited, and make it a member: a session's token, and the project's
        id. Raises `NotFound`, `BadInput`, and `Conflict` where there is an account already."""
        offer = await self.find(token)
        name = check_name(name) if name.strip() else ""
        hashed = await self._passwords.hash(check_password(password, offer.email, name))

        def change(tx: Tx) -> tuple[str, str]:
            row, project = _find(tx, token)
            if _user(tx, row.email) is not None:
                raise Conflict("There is an account with this e-mail. Sign in to join.")
            user = new_user(row.email, name, hashed, clock.now_iso(), platform_admin=False)
            tx.session.add(user)
            tx.session.flush()
            actor = Actor(user_id=user.id, email=user.email, name=user.name, ip=ip)
            data = user_data(id=user.id, email=user.email, name=user.name, source="invitation")
            self._emit(tx, "user.signed.up", data, actor, None)
            self._accept(tx, row, user, actor)
            return self._accounts.open_session(tx, user, ip, agent), project.id

        return await self._db.write(change)

    def _accept(self, tx: Tx, row: Invitation, user: User, actor: Actor) -> None:
        if tx.session.get(Member, (row.project_id, user.id)) is None:
            role = Role(row.role)
            tx.session.add(Member(project_id=row.project_id, user_id=user.id, role=role))
            data = member_data(user_id=user.id, email=user.email, name=user.name, role=role.value)
            self._emit(tx, "member.added", data, actor, row.project_id)
        self._report(tx, "invitation.accepted", _info(row), actor, row.project_id)
        tx.session.delete(row)

    def _report(self, tx: Tx, action: str, info: InvitationInfo, actor: Actor, project_id: str) -> None:
        data = invitation_data(id=info.id, email=info.email, role=info.role.value, expires=info.expires)
        self._emit(tx, action, data, actor, project_id)


def invitation_url(base_url: str, token: str) -> str:
    """The address of an invitation."""
    return f"{base_url}/invitations/{token}"


def _find(tx: Tx, token: str) -> tuple[Invitation, Project]:
    mine = select(Invitation).where(Invitation.token_hash == fingerprint(token))
    row = tx.session.exec(mine.where(Invitation.expires > clock.now_iso())).first()
    project = tx.session.get(Project, row.project_id) if row is not None else None
    if row is None or project is None:
        raise NotFound("This invitation was used or withdrawn, or has expired. Ask for a new one.")
    return row, project


def _user(tx: Tx, email: str) -> User | None:
    return tx.session.exec(select(User).where(User.email == email)).first()


def _drop(tx: Tx, project_id: str, email: str) -> None:
    of = (col(Invitation.project_id) == project_id) & (col(Invitation.email) == email)
    tx.session.execute(delete(Invitation).where(of))


def _info(row: Invitation) -> InvitationInfo:
    return InvitationInfo(row.id, row.email, Role(row.role), row.created, row.expires)
