"""Getting in: signing in, changing the password, and the one-time links under which one is chosen."""

from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

from sqlmodel import select

from engine.base import clock
from engine.base.actor import Actor, Role
from engine.base.errors import BadInput, Busy, NotSignedIn
from engine.base.payloads import sign_in_failed_data, user_data
from engine.store.database import Database
from engine.store.emit import Emit
from engine.store.models import Member, Project, User
from engine.store.tx import Tx

from .devices import Devices
from .links import LinkInfo, add_link, drop_links, find_link, has_users
from .names import check_email, check_name
from .passwords import Passwords, check_password
from .rate_limiter import Throttle, network_of
from .second_factor import SecondFactor
from .second_step import START_AGAIN, CodeNeeded, SecondSteps
from .sessions import Sessions
from .users import get_user, new_user

_WINDOW = 300.0  # seconds
_PER_ACCOUNT = 5  # guesses at one account from one network, or known device, within the window
_PER_CODE = 5  # guesses at the code of one account, by whoever knows its password
_PER_ADDRESS = 50  # failed guesses from one network, whatever the account
_LONG_WINDOW = 900.0  # seconds
_EVERYWHERE = 20  # failed guesses at one account from all unknown devices within the long window


@dataclass(frozen=True)
class _Outcome:
    """Of a first step: one of both."""

    session: str = ""
    pending: str = ""


def _token(outcome: _Outcome) -> str:
    if outcome.pending:
        raise CodeNeeded(outcome.pending)
    return outcome.session


class Accounts:
    """Users and how they get in."""

    def __init__(
        self,
        db: Database,
        sessions: Sessions,
        passwords: Passwords,
        second_factor: SecondFactor,
        second_steps: SecondSteps,
        devices: Devices,
        emit: Emit,
    ) -> None:
        self._db = db
        self.devices = devices
        self._second_factor = second_factor
        self._second_steps = second_steps
        self._sessions = sessions
        self._passwords = passwords
        self._emit = emit
        self._per_account = Throttle(_PER_ACCOUNT, _WINDOW)
        self._per_address = Throttle(_PER_ADDRESS, _WINDOW)
        self._per_code = Throttle(_PER_CODE, _WINDOW)
        self._everywhere = Throttle(_EVERYWHERE, _LONG_WINDOW)
        self._reports = Throttle(1, _WINDOW)

    # -- signing in ---------------------------------------------------------------------------

    async def sign_in(
        self, email: str, password: str, *, ip: str = "", agent: str = "", device: str = ""
    ) -> str:
        """The token of a new session. Raises `NotSignedIn`, the same for whatever is wrong, `Busy`, and
        `CodeNeeded` where a second step follows."""
        email = email.strip().lower()[:320]
        counted = await self._count(email, ip, device)
        user = await self._db.read(
            lambda tx: tx.session.exec(select(User).where(User.email == email)).first()
        )
        right = await self._passwords.check(password, user.password_hash if user else "")
        if user is None or not right or user.disabled:
            await self._refuse(email, ip, user, "disabled" if right else "credentials")
        self._per_address.take_back(network_of(ip))
        for throttle, key in counted[1:]:
            throttle.forgive(key)
        newer = await self._passwords.hash(password) if self._passwords.is_stale(user.password_hash) else None
        checked, user_id = user.password_hash, user.id

        def change(tx: Tx) -> _Outcome | None:
            user = tx.session.get(User, user_id)
            if user is None or user.disabled or user.password_hash != checked:
                return None  # changed while we were comparing
            user.password_hash = newer or checked
            return self._first_step(tx, user, ip, agent)

        outcome = await self._db.write(change)
        return _token(outcome) if outcome else await self._refuse(email, ip, user, "credentials")

    async def _count(self, email: str, ip: str, device: str) -> list[tuple[Throttle, Hashable]]:
        """Count an attempt wherever it counts; where it was counted. Raises `Busy`, an event now and then."""
        network, known = network_of(ip), self.devices.find(email, device)
        wanted: list[tuple[Throttle, Hashable]] = [(self._per_address, network)]
        if known is None:
            wanted += [(self._everywhere, email), (self._per_account, (email, network))]
        else:
            wanted.append((self._per_account, (email, "device", known)))
        counted: list[tuple[Throttle, Hashable]] = []
        for throttle, key in wanted:
            try:
                throttle.attempt(key)
            except Busy:
                for earlier, at in counted:
                    earlier.take_back(at)  # nothing was looked at
                await self._report_throttled(email, ip, network)
                raise
            counted.append((throttle, key))
        return counted

    async def _report_throttled(self, email: str, ip: str, network: str) -> None:
        """Once in a while for one network: whoever is refused goes on trying."""
        with suppress(Busy):
            self._reports.attempt(network)
            data = sign_in_failed_data(email=email, reason="throttled")
            actor = Actor(email=email, ip=ip)
            await self._db.write(lambda tx: self._emit(tx, "user.sign_in.failed", data, actor, None))

    def _first_step(self, tx: Tx, user: User, ip: str, agent: str) -> _Outcome:
        """What a user gets who knows the password, or had a link: a session, or the second step."""
        if user.totp_enabled is None:
            return _Outcome(session=self.open_session(tx, user, ip, agent))
        tx.session.add(user)
        return _Outcome(pending=self._second_steps.begin(user))

    async def second_step(self, pending: str, code: str, *, ip: str = "", agent: str = "") -> str:
        """The token of a new session, for the code that `CodeNeeded` asks for. Raises `BadInput` for a wrong
        code, `NotSignedIn` where one has to start again, and `Busy`."""
        step = self._second_steps.open(pending)
        self._per_code.attempt(step.user_id)

        def change(tx: Tx) -> str | None:
            user = tx.session.get(User, step.user_id)
            if user is None or user.disabled or not step.fits(user):
                raise NotSignedIn(START_AGAIN)
            actor = Actor(user_id=user.id, email=user.email, name=user.name, ip=ip)
            if self._second_factor.check(tx, user, code, actor):
                return self.open_session(tx, user, ip, agent)
            data = user_data(id=user.id, email=user.email, name=user.name)
            self._emit(tx, "mfa.challenge_failed", data, actor, None)
            return None

        token = await self._db.write(change)
        if token is None:
            raise BadInput("This code is wrong or was already used.", field="code")
        self._per_code.forgive(step.user_id)
        return token

    async def _refuse(self, email: str, ip: str, user: User | None, reason: str) -> NoReturn:
        actor = Actor(user_id=user.id if user else None, email=email, ip=ip)
        data = sign_in_failed_data(email=email, reason=reason)
        await self._db.write(lambda tx: self._emit(tx, "user.sign_in.failed", data, actor, None))
        raise NotSignedIn("The e-mail or the password is wrong.")

    def open_session(self, tx: Tx, user: User, ip: str, agent: str) -> str:
        """The token of a new session, in the caller's transaction, which has found out who it is for."""
        user.last_seen = clock.now_iso()
        tx.session.add(user)
        tx.session.flush()
        actor = Actor(user_id=user.id, email=user.email, name=user.name, ip=ip)
        data = user_data(id=user.id, email=user.email, name=user.name)
        self._emit(tx, "user.signed.in", data, actor, None)
        return self._sessions.add(tx, user, actor, agent)

    async def change_password(self, actor: Actor, current: str, new: str, keep: str = "") -> None:
        """Choose another password; ends the user's sessions except the one of the token `keep`."""
        user = await self.confirm(actor, current)
        hashed = await self._passwords.hash(check_password(new, user.email, user.name))

        def change(tx: Tx) -> None:
            self._set_password(tx, get_user(tx, user.id), hashed, actor, keep)

        await self._db.write(change)

    async def confirm(self, actor: Actor, password: str) -> User:
        """The actor's row, if this is their password. Raises `BadInput`, and `Busy` for who guesses."""
        user = await self._db.read(lambda tx: get_user(tx, actor.user_id))
        if not password:
            raise BadInput("Enter your current password.", field="current")
        key = (user.id, network_of(actor.ip))
        self._per_account.attempt(key)
        if not await self._passwords.check(password, user.password_hash):
            raise BadInput("This is not your current password.", field="current")
        self._per_account.forgive(key)
        return user

    def _set_password(self, tx: Tx, user: User, hashed: str, actor: Actor, keep: str = "") -> None:
        """Store a chosen password and end whatever the old one opened: sessions and links."""
        first_time = not user.password_hash
        user.password_hash = hashed
        tx.session.add(user)
        self._sessions.end_all(tx, user, actor, "password_changed", keep)
        drop_links(tx, user.id)
        if first_time:
            data = user_data(id=user.id, email=user.email, name=user.name, source="invitation")
            self._emit(tx, "user.signed.up", data, actor, None)
        else:
            data = user_data(id=user.id, email=user.email, name=user.name)
            self._emit(tx, "user.password.reset", data, actor, None)

    # -- one-time links -----------------------------------------------------------------------

    async def first_link(self) -> str | None:
        """The token of a fresh link for the first admin, older ones made void; None once there is a user."""

        def change(tx: Tx) -> str | None:
            return None if has_users(tx) else add_link(tx, None, clock.now())

        return await self._db.write(change)

    async def is_new(self) -> bool:
        """Whether nobody can sign in yet: the first admin is still to be created."""
        return not await self._db.read(has_users)

    async def link(self, token: str) -> LinkInfo:
        """What a link is for; looking does not use it up. Raises `NotFound` if it is unknown or over."""
        return await self._db.read(lambda tx: find_link(tx, token, clock.now())[1])

    async def use_link(
        self, token: str, *, password: str, email: str = "", name: str = "", ip: str = "", agent: str = ""
    ) -> str:
        """Choose the password of the link's user, or make the first admin; returns a session's token. Raises
        `CodeNeeded`, with the password chosen, where a second step follows."""
        info = await self.link(token)
        email = check_email(email) if info.first else info.email
        name = check_name(name) if info.first and name.strip() else info.name
        hashed = await self._passwords.hash(check_password(password, email, name))

        def change(tx: Tx) -> _Outcome:
            link, _ = find_link(tx, token, clock.now())
            tx.session.delete(link)
            if link.user_id is None:
                user = self._add_first_admin(tx, email, name, hashed, ip, "setup_link")
            else:
                user = get_user(tx, link.user_id)
                actor = Actor(user_id=user.id, email=user.email, name=user.name, ip=ip)
                self._set_password(tx, user, hashed, actor)
            return self._first_step(tx, user, ip, agent)

        return _token(await self._db.write(change))

    # -- the first admin ----------------------------------------------------------------------

    async def make_first_admin(self, email: str, password: str) -> None:
        """Make the first platform admin unless there is a user. Raises `BadInput` for a refused password."""
        if not await self._db.read(has_users):
            email = check_email(email)
            hashed = await self._passwords.hash(check_password(password, email))
            await self._db.write(
                lambda tx: (
                    None if has_users(tx) else self._add_first_admin(tx, email, "", hashed, "", "credentials")
                )
            )

    def _add_first_admin(self, tx: Tx, email: str, name: str, hashed: str, ip: str, source: str) -> User:
        user = new_user(email, name, hashed, clock.now_iso(), platform_admin=True)
        tx.session.add(user)
        drop_links(tx, None)
        tx.session.flush()
        for project_id in tx.session.exec(select(Project.id)).all():
            tx.session.add(Member(project_id=project_id, user_id=user.id, role=Role.admin))
        data = user_data(id=user.id, email=email, name=user.name, source=source)
        self._emit(tx, "user.signed.up", data, Actor(user_id=user.id, email=email, ip=ip), None)
        return user
