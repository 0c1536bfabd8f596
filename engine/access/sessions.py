"""Signed-in browsers: a token in a cookie, its SHA-256 in the table.

A session ends 14 days after its last use, and 30 days after its beginning however much it is used
(NIST SP 800-63B-4, 2.1.3: reauthentication at least once every 30 days at AAL1).
"""

from dataclasses import dataclass
from typing import Any

from sqlmodel import col, delete, select

from engine.base import clock
from engine.base.actor import ANONYMOUS, Actor, Role
from engine.base.clock import to_iso
from engine.base.errors import NotFound
from engine.base.payloads import session_data, user_data
from engine.store.database import Database
from engine.store.emit import Emit
from engine.store.models import Member, Project, User
from engine.store.models import Session as Row
from engine.store.tx import Tx

from . import browsers
from .tokens import fingerprint, new_token

COOKIE = "switchyard_session"
LIFETIME = 14 * 24 * 3600.0  # seconds after the last use
ABSOLUTE_LIFETIME = 30 * 24 * 3600.0  # seconds after signing in
_NOTE_USE_EVERY = 300.0  # seconds: one write in five minutes, not one a page
_ID = 20  # characters of the hash that name a session


@dataclass(frozen=True)
class SessionInfo:
    """One signed-in browser, as its user sees it. Times are ISO 8601."""

    id: str  # tells it from others; cannot be used to sign in
    created: str
    last_used: str
    expires: str
    ip: str
    browser: str  # such as "Firefox on Windows"
    current: bool  # the one that asks


@dataclass(frozen=True)
class Visit:
    """Who a page request comes from, how they like pages, and whether their cookie is to be set again."""

    actor: Actor
    extended: bool = False
    time_zone: str = ""  # of the IANA database; empty for the browser's
    theme: str = ""  # light, dark or system; empty until one is chosen


class Sessions:
    """Creates, finds and ends sessions. Each beginning and each end but the one by age is an event."""

    def __init__(self, db: Database, emit: Emit) -> None:
        self._db = db
        self._emit = emit

    def add(self, tx: Tx, user: User, actor: Actor, agent: str) -> str:
        """A new session, in the caller's transaction; returns the token for the cookie."""
        now = clock.now()
        token = new_token()
        tx.session.execute(delete(Row).where(col(Row.user_id) == user.id, ~_open(now)))
        row = Row(
            token_hash=fingerprint(token),
            user_id=user.id,
            created=to_iso(now),
            last_used=to_iso(now),
            expires=to_iso(now + LIFETIME),
            ip=actor.ip[:64],
            agent=agent[:256],
        )
        tx.session.add(row)
        self._report(tx, "session.created", row, user, actor)
        return token

    async def visit(self, token: str, project_id: str | None = None, ip: str = "") -> Visit:
        """Who holds this token, asking about `project_id`: nobody if it is unknown, ended or expired.

        Raises `NotFound` when the project does not exist or is none of theirs: these look the same.
        """
        if not token:
            return Visit(ANONYMOUS)
        hashed, now = fingerprint(token), clock.now()
        found = await self._db.read(lambda tx: _look_up(tx, hashed, now, project_id))
        if found is None:
            return Visit(ANONYMOUS)
        user, last_used, is_project, role = found
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
        due = last_used <= to_iso(now - _NOTE_USE_EVERY)
        extended = due and await self._db.write(lambda tx: _extend(tx, hashed, user.id, now))
        return Visit(actor, extended, user.time_zone or "", user.theme or "")

    async def list(self, user_id: str, current: str = "") -> list[SessionInfo]:
        """The user's open sessions: that of the token `current`, then the last used first."""
        hashed, now = fingerprint(current), clock.now()

        def question(tx: Tx) -> list[Row]:
            mine = select(Row).where(Row.user_id == user_id, _open(now))
            return list(tx.session.exec(mine.order_by(col(Row.last_used).desc(), col(Row.created).desc())))

        found = [
            SessionInfo(
                id=row.token_hash[:_ID],
                created=row.created,
                last_used=row.last_used,
                expires=row.expires,
                ip=row.ip,
                browser=browsers.describe(row.agent),
                current=row.token_hash == hashed,
            )
            for row in await self._db.read(question)
        ]
        return sorted(found, key=lambda session: not session.current)

    async def end(self, actor: Actor, session_id: str) -> None:
        """End one of the actor's own sessions. Raises `NotFound`."""

        def change(tx: Tx) -> None:
            rows = tx.session.exec(select(Row).where(Row.user_id == actor.user_id)).all()
            ending = [row for row in rows if len(session_id) == _ID and row.token_hash.startswith(session_id)]
            user = tx.session.get(User, actor.user_id)
            if not ending or user is None:
                raise NotFound("There is no such session.")
            self._end(tx, ending[0], user, actor, "ended")

        await self._db.write(change)

    async def sign_out(self, token: str, ip: str = "") -> None:
        """End the session of this token; nothing happens if there is none."""
        hashed = fingerprint(token)

        def change(tx: Tx) -> None:
            row = tx.session.get(Row, hashed)
            user = tx.session.get(User, row.user_id) if row is not None else None
            if row is None or user is None:
                return
            actor = Actor(user_id=user.id, email=user.email, name=user.name, ip=ip)
            self._end(tx, row, user, actor, "signed_out")
            data = user_data(id=user.id, email=user.email, name=user.name)
            self._emit(tx, "user.signed.out", data, actor, None)

        await self._db.write(change)

    async def sign_out_everywhere(self, actor: Actor, keep: str = "") -> None:
        """End all of the actor's own sessions, except the one of the token `keep`."""

        def change(tx: Tx) -> None:
            user = tx.session.get(User, actor.user_id)
            if user is not None:
                self.end_all(tx, user, actor, "signed_out_everywhere", keep)

        await self._db.write(change)

    async def forget_expired(self) -> None:
        """Delete sessions that are over; they open nothing already."""
        over = delete(Row).where(~_open(clock.now()))

        def change(tx: Tx) -> None:
            tx.session.execute(over)

        await self._db.write(change)

    def end_all(self, tx: Tx, user: User, actor: Actor, reason: str, keep: str = "") -> None:
        """End the user's sessions in the caller's transaction, except the one of the token `keep`."""
        kept = fingerprint(keep) if keep else ""
        for row in tx.session.exec(select(Row).where(Row.user_id == user.id)).all():
            if row.token_hash != kept:
                self._end(tx, row, user, actor, reason)

    def _end(self, tx: Tx, row: Row, user: User, actor: Actor, reason: str) -> None:
        tx.session.delete(row)
        if row.expires > clock.now_iso():
            self._report(tx, "session.terminated", row, user, actor, reason)

    def _report(
        self, tx: Tx, action: str, row: Row, user: User, actor: Actor, reason: str | None = None
    ) -> None:
        data = session_data(
            id=row.token_hash[:_ID],
            browser=browsers.describe(row.agent),
            ip=row.ip,
            created=row.created,
            expires=row.expires,
            user_id=user.id,
            email=user.email,
            name=user.name,
            reason=reason,
        )
        self._emit(tx, action, data, actor, None)


def _open(now: float) -> Any:
    """The condition that a session is not over."""
    return (col(Row.expires) > to_iso(now)) & (col(Row.created) > to_iso(now - ABSOLUTE_LIFETIME))


def _look_up(
    tx: Tx, hashed: str, now: float, project_id: str | None
) -> tuple[User, str, bool, Role | None] | None:
    question = (
        select(User, Row.last_used, Project.id, Member.role)
        .select_from(Row)
        .join(User, col(User.id) == col(Row.user_id))
        .join(Project, col(Project.id) == project_id, isouter=True)
        .join(
            Member,
            (col(Member.project_id) == col(Project.id)) & (col(Member.user_id) == col(User.id)),
            isouter=True,
        )
        .where(Row.token_hash == hashed, _open(now), col(User.disabled).is_(False))
    )
    row = tx.session.exec(question).first()
    return None if row is None else (row[0], row[1], row[2] is not None, Role(row[3]) if row[3] else None)


def _extend(tx: Tx, hashed: str, user_id: str, now: float) -> bool:
    row, user = tx.session.get(Row, hashed), tx.session.get(User, user_id)
    if row is None or user is None:  # ended in the meantime
        return False
    row.last_used = to_iso(now)
    row.expires = min(to_iso(now + LIFETIME), to_iso(clock.from_iso(row.created) + ABSOLUTE_LIFETIME))
    user.last_seen = to_iso(now)
    tx.session.add_all([row, user])
    return True
