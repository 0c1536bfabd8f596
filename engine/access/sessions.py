"""Signed-in browsers: a token in a cookie, its SHA-256 in the table, 14 days from the last use."""

from dataclasses import dataclass

from sqlmodel import col, delete, select

from engine.base import clock
from engine.base.actor import ANONYMOUS, Actor, Role
from engine.base.clock import to_iso
from engine.base.errors import NotFound
from engine.base.payloads import user_data
from engine.store.database import Database
from engine.store.emit import Emit
from engine.store.models import Member, Project, User
from engine.store.models import Session as Row
from engine.store.tx import Tx

from .tokens import fingerprint, new_token

COOKIE = "switchyard_session"
LIFETIME = 14 * 24 * 3600.0  # seconds
_EXTEND_AFTER = 3600.0  # seconds of use before the end is moved again: one write an hour, not one a page


@dataclass(frozen=True)
class SessionInfo:
    """One signed-in browser, as its user sees it. Times are ISO 8601."""

    id: str  # tells it from others; cannot be used to sign in
    created: str
    expires: str
    ip: str
    agent: str  # the browser's User-Agent
    current: bool  # the one that asks


@dataclass(frozen=True)
class Visit:
    """Who a page request comes from, and whether their cookie is to be set again."""

    actor: Actor
    extended: bool = False


class Sessions:
    """Makes, finds and ends sessions."""

    def __init__(self, db: Database, emit: Emit) -> None:
        self._db = db
        self._emit = emit

    def add(self, tx: Tx, user_id: str, ip: str, agent: str) -> str:
        """A new session, in the caller's transaction; returns the token for the cookie."""
        now = clock.now()
        token = new_token()
        tx.session.add(
            Row(
                token_hash=fingerprint(token),
                user_id=user_id,
                created=to_iso(now),
                expires=to_iso(now + LIFETIME),
                ip=ip[:64],
                agent=agent[:256],
            )
        )
        return token

    async def visit(self, token: str, project_id: str | None = None, ip: str = "") -> Visit:
        """Who holds this token, asking about `project_id`: nobody if it is unknown, ended or expired.

        Raises `NotFound` when the project does not exist or is none of theirs: these look the same.
        """
        if not token:
            return Visit(ANONYMOUS)
        hashed, now = fingerprint(token), clock.now()
        found = await self._db.read(lambda tx: _look_up(tx, hashed, to_iso(now), project_id))
        if found is None:
            return Visit(ANONYMOUS)
        user, expires, is_project, role = found
        if project_id is not None and (not is_project or (role is None and not user.platform_admin)):
            raise NotFound("There is no such project.")
        actor = Actor(
            user_id=user.id,
            email=user.email,
            name=user.name,
            project_id=project_id,
            role=Role.admin if user.platform_admin and project_id else role,
            platform_admin=user.platform_admin,
            ip=ip,
        )
        if expires > to_iso(now + LIFETIME - _EXTEND_AFTER):
            return Visit(actor)
        return Visit(actor, extended=await self._db.write(lambda tx: _extend(tx, hashed, user.id, now)))

    async def list(self, user_id: str, current: str = "") -> list[SessionInfo]:
        """The user's open sessions, newest first; `current` is the token of the one that asks."""
        hashed, now = fingerprint(current), clock.now_iso()

        def question(tx: Tx) -> list[Row]:
            mine = select(Row).where(Row.user_id == user_id, Row.expires > now)
            return list(tx.session.exec(mine.order_by(col(Row.created).desc())))

        return [
            SessionInfo(
                row.token_hash[:20], row.created, row.expires, row.ip, row.agent, row.token_hash == hashed
            )
            for row in await self._db.read(question)
        ]

    async def end(self, user_id: str, session_id: str) -> None:
        """End one session of this user. Raises `NotFound`."""

        def change(tx: Tx) -> None:
            rows = tx.session.exec(select(Row).where(Row.user_id == user_id)).all()
            ending = [row for row in rows if len(session_id) == 20 and row.token_hash.startswith(session_id)]
            if not ending:
                raise NotFound("There is no such session.")
            self._over(tx, ending[0])

        await self._db.write(change)

    async def sign_out(self, token: str, ip: str = "") -> None:
        """End the session of this token; nothing happens if there is none."""
        hashed = fingerprint(token)

        def change(tx: Tx) -> None:
            row = tx.session.get(Row, hashed)
            if row is not None:
                self._over(tx, row, ip)

        await self._db.write(change)

    def _over(self, tx: Tx, row: Row, ip: str = "") -> None:
        """End a session that its user wants ended."""
        tx.session.delete(row)
        user = tx.session.get(User, row.user_id)
        if user is not None:
            actor = Actor(user_id=user.id, email=user.email, name=user.name, ip=ip)
            data = user_data(id=user.id, email=user.email, name=user.name)
            self._emit(tx, "user.signed.out", data, actor, None)

    async def forget_expired(self) -> None:
        """Delete sessions that are over; they open nothing already."""
        over = delete(Row).where(col(Row.expires) <= clock.now_iso())

        def change(tx: Tx) -> None:
            tx.session.execute(over)

        await self._db.write(change)

    def end_all(self, tx: Tx, user_id: str, keep: str = "") -> None:
        """End the user's sessions in the caller's transaction, except the one of the token `keep`."""
        mine = delete(Row).where(col(Row.user_id) == user_id)
        tx.session.execute(mine.where(col(Row.token_hash) != fingerprint(keep)) if keep else mine)


def _look_up(
    tx: Tx, hashed: str, now: str, project_id: str | None
) -> tuple[User, str, bool, Role | None] | None:
    question = (
        select(User, Row.expires, Project.id, Member.role)
        .select_from(Row)
        .join(User, col(User.id) == col(Row.user_id))
        .join(Project, col(Project.id) == project_id, isouter=True)
        .join(
            Member,
            (col(Member.project_id) == col(Project.id)) & (col(Member.user_id) == col(User.id)),
            isouter=True,
        )
        .where(Row.token_hash == hashed, Row.expires > now, col(User.disabled).is_(False))
    )
    row = tx.session.exec(question).first()
    return None if row is None else (row[0], row[1], row[2] is not None, Role(row[3]) if row[3] else None)


def _extend(tx: Tx, hashed: str, user_id: str, now: float) -> bool:
    row, user = tx.session.get(Row, hashed), tx.session.get(User, user_id)
    if row is None or user is None:  # ended in the meantime
        return False
    row.expires = to_iso(now + LIFETIME)
    user.last_seen = to_iso(now)
    tx.session.add_all([row, user])
    return True
