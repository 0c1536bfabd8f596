"""The tokens of connections with OAuth 2.0: got by a person or by the client itself, renewed before they end.

One renewal of a connection is on its way at a time, whoever waits for it, and it goes on when they are
canceled: a provider that rotates refresh tokens takes the old one back as it gives the new one. Tokens are
stored only over those that were renewed, so a person who connects it anew meanwhile wins. A process that is
killed between the provider's answer and the store has lost the new refresh token: then the connection has to
be connected anew, and says so.
"""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from engine.base import clock
from engine.base.actor import Actor, Permission
from engine.base.errors import BadInput, Forbidden
from engine.base.payloads import connection_data
from engine.base.redaction import redact
from engine.http.egress import Egress
from engine.store.database import Database
from engine.store.emit import Emit
from engine.store.models import Connection
from engine.store.tx import Tx
from pieces import AuthError, PieceError, Retry

from . import health, oauth2
from .connection_store import Opened, Seals, row_named, row_of

CALLBACK = "/oauth/callback"
"""Where providers send people back to: the path of the redirect address."""
STATE_LIFETIME = 600.0  # seconds
_YOUNG = 10.0  # seconds: a token that is refused so soon is not refused for its age
_REST = 30.0  # seconds after a provider that could not answer


class ConnectionTokens:
    """Gets, keeps and renews the tokens of all connections."""

    def __init__(
        self,
        db: Database,
        seals: Seals,
        egress: Egress | None,
        emit: Emit,
        changed: Callable[[str, str], None],
    ) -> None:
        """`changed(project_id, name)` is called when a connection has other tokens than before."""
        self._db = db
        self._seals = seals
        self._egress = egress
        self._emit = emit
        self._changed = changed
        self._renewals: dict[str, asyncio.Task[Opened]] = {}
        self._resting: dict[str, float] = {}

    # -- the current token ----------------------------------------------------------------------

    async def fresh(self, opened: Opened) -> Opened:
        """The connection with a token that is good for a while. Raises `AuthError`, `Retry`, `PieceError`."""
        tokens, now = opened.tokens, clock.now()
        if tokens is not None and not tokens.due(now):
            return opened
        usable = tokens is not None and not tokens.over(now)
        rest = self._resting.get(opened.id, 0) - now
        if usable and (rest > 0 or opened.id in self._renewals):
            return opened
        if rest > 0:
            raise Retry(f"The connection “{opened.name}” could not be renewed just now", max(1.0, rest))
        try:
            return await self._renewed(opened)
        except AuthError:
            raise  # whoever took back the grant has taken back the token
        except (PieceError, Retry):
            if not usable:
                raise
            self._resting[opened.id] = now + _REST
            return opened

    async def after_refusal(self, opened: Opened, refused: str) -> Opened | None:
        """The connection with another token than the one that a service refused; None if there is none to
        be had, so that the refusal stands. Raises `AuthError`, `Retry`, `PieceError`."""
        opened = await self._read(opened.project_id, opened.name)
        tokens = opened.tokens
        if opened.provider is None or tokens is None:
            return None
        if tokens.access != refused:
            return opened  # somebody else has renewed it meanwhile
        if clock.now() - tokens.obtained < _YOUNG:
            return None
        if opened.provider.grant == "authorization_code" and not tokens.refresh:
            return None
        return await self._renewed(opened, refused)

    async def ask_now(self, project_id: str, name: str) -> Opened:
        """Get another token whatever the age of the one there is. Raises as `fresh` does."""
        opened = await self._read(project_id, name)
        self._resting.pop(opened.id, None)
        return await self._renewed(opened, opened.tokens.access if opened.tokens else "")

    async def settle(self) -> None:
        """Wait for the renewals on their way: what they were given would be lost."""
        await asyncio.gather(*self._renewals.values(), return_exceptions=True)

    async def _renewed(self, opened: Opened, refused: str | None = None) -> Opened:
        """Have it renewed, by the renewal that is on its way if there is one."""
        task = self._renewals.get(opened.id)
        if task is None:
            task = asyncio.create_task(self._renewal(opened, refused), name=f"renewal of {opened.id}")
            self._renewals[opened.id] = task
            task.add_done_callback(partial(self._done, opened.id))
        return await asyncio.shield(task)

    def _done(self, connection_id: str, task: "asyncio.Task[Opened]") -> None:
        self._renewals.pop(connection_id, None)
        if not task.cancelled():
            task.exception()  # whoever waited may have been canceled

    async def _renewal(self, seen: Opened, refused: str | None) -> Opened:
        opened = await self._read(seen.project_id, seen.name)
        tokens = opened.tokens
        if tokens is not None and not tokens.due(clock.now()) and tokens.access != refused:
            return opened
        try:
            got = await self._ask(opened)
        except Retry:
            self._resting[opened.id] = clock.now() + _REST
            raise
        except PieceError as error:
            return await self._failed(opened, error)
        self._resting.pop(opened.id, None)
        return await self._store(opened, got, by=None)

    async def _ask(self, opened: Opened) -> oauth2.Tokens:
        provider, tokens, now = opened.provider, opened.tokens, clock.now()
        assert provider is not None
        if provider.grant == "client_credentials":
            return await oauth2.by_client(self._way_out, provider, now, tokens)
        if tokens is None:
            raise AuthError(opened.kept.get("lost") or _not_connected(opened.name))
        if not tokens.refresh:
            raise AuthError(
                f"Reconnect “{opened.name}”: its access token expired, and there is no refresh token."
            )
        return await oauth2.by_refresh(self._way_out, provider, tokens, now)

    @property
    def _way_out(self) -> Egress:
        if self._egress is None:
            raise PieceError("Tokens cannot be requested here.")
        return self._egress

    # -- what came of it ------------------------------------------------------------------------

    async def _store(self, seen: Opened, got: oauth2.Tokens, by: Actor | None) -> Opened:
        """Keep new tokens in the place of those that were seen; others that came meanwhile win, unless a
        person brought these."""

        def change(tx: Tx) -> Opened:
            row = row_of(tx, seen.project_id, seen.id)
            opened = self._seals.open(row)
            if not (_whose(opened) == _whose(seen) if by else _same(opened, seen)):
                return opened
            kept = {key: value for key, value in opened.kept.items() if key != "lost"}
            self._seals.seal(row, opened.fields, {**kept, "tokens": got.to_json()})
            moment = clock.now_iso()
            if by is not None:
                row.updated = moment
            health.note(tx, self._seals, row, self._emit, error=None, moment=moment, by=by)
            if by is not None:
                self._tell(tx, row, by)
            return self._seals.open(row)

        opened = await self._db.write(change)
        self._changed(seen.project_id, seen.name)
        return opened

    async def _failed(self, seen: Opened, error: PieceError) -> Opened:
        """Note on the connection what is wrong with it, and raise that; unless it is another one by now."""
        gone = isinstance(error, oauth2.Denied) and error.reason == "invalid_grant"
        if gone:
            error = AuthError(f"Reconnect “{seen.name}”: {error.message}.")
        message = str(redact(error.message, seen.secrets))[:1000]

        def change(tx: Tx) -> Opened | None:
            row = row_of(tx, seen.project_id, seen.id)
            opened = self._seals.open(row)
            if not _same(opened, seen):
                return opened
            if gone:  # what the provider does not know any more is not sent to it again
                kept = {key: value for key, value in opened.kept.items() if key != "tokens"}
                self._seals.seal(row, opened.fields, {**kept, "lost": message})
            moment = clock.now_iso()
            health.note(tx, self._seals, row, self._emit, error=message, moment=moment, by=None)
            return None

        opened = await self._db.write(change)
        self._changed(seen.project_id, seen.name)
        if opened is not None and opened.tokens is not None and opened.provider is not None:
            return opened
        raise error

    def _tell(self, tx: Tx, row: Connection, by: Actor | None) -> None:
        data = connection_data(
            id=row.id, name=row.name, piece=row.piece, status=row.status,
            created=row.created, updated=row.updated,
        )  # fmt: skip
        self._emit(tx, "connection.upserted", data, by, row.project_id)

    async def _read(self, project_id: str, name: str) -> Opened:
        row = await self._db.read(lambda tx: row_named(tx, project_id, name))
        return self._seals.open(row)

    # -- connected by a person ------------------------------------------------------------------

    async def begin(self, actor: Actor, connection_id: str, redirect_uri: str) -> str:
        """The provider's address to which the actor is sent to connect it. Raises `BadInput` for one that is
        not connected by people. What was begun before for the same connection comes to nothing."""
        actor.require(Permission.admin)
        project_id = str(actor.project_id)
        state = f"{project_id}.{connection_id}.{secrets.token_urlsafe(32)}"
        verifier = secrets.token_urlsafe(48)
        asked = {
            "state": _fingerprint(state), "user": actor.user_id, "verifier": verifier,
            "redirect_uri": redirect_uri, "until": clock.now() + STATE_LIFETIME,
        }  # fmt: skip

        def change(tx: Tx) -> Opened:
            row = row_of(tx, project_id, connection_id)
            opened = self._seals.open(row)
            if opened.provider is None or opened.provider.grant != "authorization_code":
                raise BadInput("This connection does not use a sign-in.")
            if actor.user_id is None:
                raise Forbidden("It can only be connected on its page.")
            self._seals.seal(row, opened.fields, {**opened.kept, "asked": asked})
            tx.session.add(row)
            return opened

        opened = await self._db.write(change)
        assert opened.provider is not None
        return oauth2.authorize_address(opened.provider, redirect_uri, state, verifier)

    async def finish(self, actor: Actor, connection_id: str, answer: Mapping[str, str]) -> None:
        """Take what the provider sent the actor back with: store the tokens for its code.

        Raises `BadInput`: with the field `state` for one that is unknown, used, expired or another user's;
        else with what went wrong at the provider, which is noted on the connection.
        """
        actor.require(Permission.admin)
        opened, asked = await self._take(actor, connection_id, answer.get("state", ""))
        try:
            await self._exchange(actor, opened, asked, answer)
        except BadInput as error:
            await self._db.write(partial(self._note_refusal, opened=opened, message=error.message))
            raise

    async def _exchange(
        self, actor: Actor, opened: Opened, asked: Mapping[str, Any], answer: Mapping[str, str]
    ) -> None:
        provider = opened.provider
        assert provider is not None
        wrong = oauth2.issuer_problem(provider, answer.get("iss"))
        if wrong:
            raise BadInput(wrong)
        if answer.get("error"):
            words = " ".join(filter(None, (answer["error"], answer.get("error_description"))))
            raise BadInput(f"The provider refused: {oauth2.plain_words(words)}")
        if not answer.get("code"):
            raise BadInput("The provider sent no code. Choose Connect to start again.")
        try:
            got = await oauth2.by_code(
                self._way_out, provider, answer["code"], asked["redirect_uri"], asked["verifier"], clock.now()
            )
        except (PieceError, Retry) as error:
            raise BadInput(f"It could not be connected: {error.message}.") from error
        self._resting.pop(opened.id, None)
        stored = await self._store(opened, got, by=actor)
        if stored.tokens != got:
            raise BadInput("The connection was changed by someone else. Choose Connect to start again.")

    def _note_refusal(self, tx: Tx, *, opened: Opened, message: str) -> None:
        """What works goes on working: the status stays."""
        row = row_of(tx, opened.project_id, opened.id)
        row.error = message[:1000]
        tx.session.add(row)

    async def _take(self, actor: Actor, connection_id: str, state: str) -> tuple[Opened, dict[str, Any]]:
        """What was begun under this state, once. One that is not the actor's stays for whom it is."""
        project_id = str(actor.project_id)

        def change(tx: Tx) -> tuple[Opened, dict[str, Any]] | None:
            row = row_of(tx, project_id, connection_id)
            opened = self._seals.open(row)
            asked = opened.kept.get("asked")
            if opened.provider is None or not asked or not _mine(asked, actor, state):
                return None
            kept = {key: value for key, value in opened.kept.items() if key != "asked"}
            self._seals.seal(row, opened.fields, kept)
            tx.session.add(row)
            return self._seals.open(row), asked

        found = await self._db.write(change)
        if found is None:
            raise BadInput("This sign-in link was already used, or belongs to someone else.", field="state")
        if found[1]["until"] < clock.now():
            raise BadInput("This sign-in link has expired after ten minutes.", field="state")
        return found


def _not_connected(name: str) -> str:
    return f"Connect “{name}” first: its page has a button for that."


def _fingerprint(state: str) -> str:
    return hashlib.sha256(state.encode("utf-8", "surrogatepass")).hexdigest()


def _mine(asked: Mapping[str, Any], actor: Actor, state: str) -> bool:
    return hmac.compare_digest(asked["state"], _fingerprint(state)) and asked["user"] == actor.user_id


def _whose(opened: Opened) -> tuple[object, ...] | None:
    return opened.provider.whom() if opened.provider is not None else None


def _same(now: Opened, then: Opened) -> bool:
    """Whether the tokens are still those that were seen, of the same provider."""
    return _whose(now) == _whose(then) and now.tokens == then.tokens
