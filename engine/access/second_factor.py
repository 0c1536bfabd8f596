"""Two-step sign-in: an authenticator app, and recovery codes for who has lost it.

The secret is sealed with the instance's key; of the recovery codes an HMAC is stored. A code of the app is
good for one sign-in, a recovery code too.
"""

import base64
import hmac
import re
import secrets
from dataclasses import dataclass

from sqlmodel import col, delete, func, select

from engine.base import clock
from engine.base.actor import Actor, Permission
from engine.base.errors import BadInput, Conflict
from engine.base.payloads import user_data
from engine.base.secrets import Vault
from engine.store.database import Database
from engine.store.emit import Emit
from engine.store.models import RecoveryCode, User
from engine.store.tx import Tx

from . import totp
from .users import get_user

CODES = 10
_CODE_BYTES = 10  # 80 bits, 16 characters of Base32
_ISSUER = "Switchyard"


@dataclass(frozen=True)
class Status:
    """How a user's two-step sign-in stands."""

    since: str | None  # ISO 8601; None while it is off
    codes_left: int


@dataclass(frozen=True)
class Setup:
    """What an authenticator app needs."""

    secret: str  # to be typed
    uri: str  # to be shown as a QR code


class SecondFactor:
    """Turns two-step sign-in on and off, and checks codes."""

    def __init__(self, db: Database, vault: Vault, emit: Emit) -> None:
        self._db = db
        self._vault = vault
        self._emit = emit
        self._key = vault.key_for("recovery codes")

    async def status(self, actor: Actor) -> Status:
        """The actor's own. Raises `NotFound`."""

        def question(tx: Tx) -> Status:
            user = get_user(tx, actor.user_id)
            mine = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.user_id == user.id)
            return Status(user.totp_enabled, tx.session.exec(mine).one())

        return await self._db.read(question)

    async def begin(self, actor: Actor) -> None:
        """Choose a secret, which counts once a code of it was given. Raises `Conflict` where it is on."""
        secret = totp.new_secret()

        def change(tx: Tx) -> None:
            user = get_user(tx, actor.user_id)
            if user.totp_enabled is not None:
                raise Conflict("Two-step sign-in is already on.")
            user.totp_secret = self._vault.seal(secret, "totp", user.id)
            user.totp_step = None
            tx.session.add(user)

        await self._db.write(change)

    async def setup(self, actor: Actor) -> Setup | None:
        """What the app needs, between `begin` and `confirm`; None at other times."""
        user = await self._db.read(lambda tx: get_user(tx, actor.user_id))
        if user.totp_secret is None or user.totp_enabled is not None:
            return None
        secret = self._secret(user)
        return Setup(totp.text(secret), totp.uri(secret, _ISSUER, user.email))

    async def confirm(self, actor: Actor, code: str) -> list[str]:
        """Turn it on by a code of the app; the recovery codes, only here. Raises `BadInput` for another code,
        and `Conflict` where it is on or was not begun."""
        codes = _new_codes()

        def change(tx: Tx) -> None:
            user = get_user(tx, actor.user_id)
            if user.totp_secret is None or user.totp_enabled is not None:
                raise Conflict("Start setting up two-step sign-in again.")
            step = totp.find_step(self._secret(user), _plain(code), clock.now())
            if step is None:
                raise BadInput(
                    "This code is wrong or has expired. Enter the one that the app shows now.", field="code"
                )
            user.totp_enabled, user.totp_step = clock.now_iso(), step
            tx.session.add(user)
            self._store_codes(tx, user, codes)
            self._report(tx, "mfa.enabled", user, actor)

        await self._db.write(change)
        return codes

    async def replace_codes(self, actor: Actor) -> list[str]:
        """New recovery codes, only here; those before no longer work. Raises `Conflict` where it is off."""
        codes = _new_codes()

        def change(tx: Tx) -> None:
            user = get_user(tx, actor.user_id)
            if user.totp_enabled is None:
                raise Conflict("Two-step sign-in is off.")
            self._store_codes(tx, user, codes)
            self._report(tx, "mfa.recovery_codes_replaced", user, actor)

        await self._db.write(change)
        return codes

    async def turn_off(self, actor: Actor) -> None:
        """Turn one's own off."""
        await self._db.write(lambda tx: self._turn_off(tx, get_user(tx, actor.user_id), actor))

    async def reset(self, actor: Actor, user_id: str) -> None:
        """Turn it off for a user who has lost the app and the codes. Raises `NotFound`."""
        actor.require(Permission.platform)
        await self._db.write(lambda tx: self._turn_off(tx, get_user(tx, user_id), actor))

    def check(self, tx: Tx, user: User, code: str, actor: Actor) -> bool:
        """Whether the user may sign in with this code, in the caller's transaction, which uses it up."""
        given = _plain(code)
        if user.totp_enabled is None or user.totp_secret is None:
            return False
        last = -1 if user.totp_step is None else user.totp_step
        step = totp.find_step(self._secret(user), given, clock.now(), last)
        if step is not None:
            user.totp_step = step
            tx.session.add(user)
            return True
        recovery = tx.session.get(RecoveryCode, (user.id, self._fingerprint(user, given)))
        if recovery is None:
            return False
        tx.session.delete(recovery)
        self._report(tx, "mfa.recovery_code_used", user, actor)
        return True

    def _turn_off(self, tx: Tx, user: User, actor: Actor) -> None:
        was_on = user.totp_enabled is not None
        user.totp_secret = user.totp_enabled = user.totp_step = None
        tx.session.add(user)
        forget_codes(tx, user.id)
        if was_on:
            self._report(tx, "mfa.disabled", user, actor)

    def _store_codes(self, tx: Tx, user: User, codes: list[str]) -> None:
        forget_codes(tx, user.id)
        for code in codes:
            tx.session.add(RecoveryCode(user_id=user.id, code_hash=self._fingerprint(user, _plain(code))))

    def _secret(self, user: User) -> bytes:
        return self._vault.open(user.totp_secret or b"", "totp", user.id)

    def _fingerprint(self, user: User, plain: str) -> str:
        return hmac.digest(self._key, f"{user.id}\0{plain}".encode("utf-8", "surrogatepass"), "sha256").hex()

    def _report(self, tx: Tx, action: str, user: User, actor: Actor) -> None:
        self._emit(tx, action, user_data(id=user.id, email=user.email, name=user.name), actor, None)


def forget_codes(tx: Tx, user_id: str) -> None:
    """Delete the recovery codes of a user."""
    tx.session.execute(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user_id))


def _new_codes() -> list[str]:
    return [_new_code() for _ in range(CODES)]


def _new_code() -> str:
    plain = base64.b32encode(secrets.token_bytes(_CODE_BYTES)).decode().lower()
    return "-".join(plain[at : at + 4] for at in range(0, len(plain), 4))


def _plain(code: str) -> str:
    """A code without what people type between its characters."""
    return re.sub(r"[\s-]", "", code[:100]).lower()
