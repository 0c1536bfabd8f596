"""Connections: saved credentials of one piece, sealed at rest, written and never read back.

A secret field is shown as dots; an update that leaves it blank keeps it. Flows name a connection, so its
name never changes, and it is not deleted under a flow that uses it unless that is said twice (`force`).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlmodel import select

from engine.base import clock
from engine.base.actor import Actor, Permission
from engine.base.errors import BadInput, Conflict, NotFound
from engine.base.ids import new_id
from engine.base.payloads import ConnectionData, connection_data
from engine.base.piece_calls import within
from engine.base.redaction import MASK, redact
from engine.base.secrets import Vault, VaultError
from engine.http.egress import Egress
from engine.store.connection_uses import Use, uses_of
from engine.store.database import Database
from engine.store.emit import Emit
from engine.store.models import Connection
from engine.store.tx import Tx
from pieces import Auth, AuthError, Context, Piece, PieceError, Registry, Retry

from . import health
from .connection_store import LACKS, REPLACED, OAuth2Info, Opened, Seals, row_named, row_of
from .fields import as_texts, asks_for_secret, check, check_keys, check_lost, enter_again, same_target
from .tokens import ConnectionTokens
from .usage import Usage

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_TTL = 30.0  # seconds that another process's change may take to be seen here
_MAX_CACHED = 10_000
_TEST_TIMEOUT = 30.0  # seconds


ContextFor = Callable[[Piece, str, dict[str, str]], Context]
"""`context_for(piece, project_id, fields)`: what a piece is given to test a connection with."""


@dataclass(frozen=True)
class ConnectionInfo:
    """A connection as lists show it. `fields` holds dots in place of each secret that is set."""

    id: str
    project_id: str
    name: str
    piece: str
    fields: dict[str, str]
    status: str  # unchecked | works | failing
    error: str | None
    created: str
    updated: str
    checked: str | None
    last_used: str | None
    """When a step last succeeded with it, ISO 8601."""
    oauth2: OAuth2Info | None = None
    hosts: str = ""
    """The field that lists, a line each, the hosts which may receive the secret; empty for none."""


Infos = list[ConnectionInfo]
Uses = list[Use]
Replaced = list[dict[str, str]]


class Connections:
    """Keeps the connections of all projects."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        pieces: Registry,
        context_for: ContextFor,
        emit: Emit,
        egress: Egress | None = None,
    ) -> None:
        """`egress` is the way to those who give tokens; without it none can be asked for."""
        self._db = db
        self._seals = Seals(vault, pieces)
        self._pieces = pieces
        self._context_for = context_for
        self._emit = emit
        self._known: dict[tuple[str, str], tuple[Opened, float]] = {}
        self._changes = 0  # what was read before a change must not be remembered after it
        self.usage = Usage(db, self._store_use)
        self.tokens = ConnectionTokens(db, self._seals, egress, emit, self._forget)

    # -- reading ------------------------------------------------------------------------------

    async def list(self, project_id: str, piece: str | None = None) -> Infos:
        """The project's connections, or those of one piece, by name."""
        question = select(Connection).where(Connection.project_id == project_id).order_by(Connection.name)
        if piece is not None:
            question = question.where(Connection.piece == piece)
        rows = await self._db.read(lambda tx: tx.session.exec(question).all())
        return [self._info(row) for row in rows]

    async def names(self, project_id: str) -> dict[str, str]:
        """What the project's flows may refer to: each name with the piece that it belongs to."""
        question = select(Connection.name, Connection.piece).where(Connection.project_id == project_id)
        return await self._db.read(lambda tx: dict(tx.session.exec(question).all()))

    async def get(self, project_id: str, connection_id: str) -> ConnectionInfo:
        """One connection of the project. Raises `NotFound`."""
        return self._info(await self._db.read(lambda tx: row_of(tx, project_id, connection_id)))

    async def secret(self, project_id: str, name: str, piece: str) -> dict[str, str]:
        """The fields in clear, for a `piece` that runs; with a token that is good for a while, if it has one.

        Raises `NotFound`, `VaultError`, `AuthError` for a connection of another piece, and of OAuth 2.0
        `AuthError`, `Retry` and `PieceError`.
        """
        opened = await self._open_for(project_id, name, piece)
        if opened.provider is not None:
            opened = await self.tokens.fresh(opened)
        return dict(opened.values)

    async def renewed(self, project_id: str, name: str, piece: str, refused: str) -> dict[str, str] | None:
        """The fields with another token than the one that a service refused; None if there is none to be
        had. Raises as `secret` does."""
        found = await self.tokens.after_refusal(await self._open_for(project_id, name, piece), refused)
        return None if found is None else dict(found.values)

    async def redactions(self, project_id: str, name: str) -> frozenset[str]:
        """The texts that must not be stored or shown: for `secrets.redact`."""
        return (await self._open(project_id, name)).secrets

    async def replaced(self, project_id: str, name: str) -> Replaced:
        """Secrets of a webhook connection that others took the place of lately, newest first, as fields."""
        return (await self._open(project_id, name)).replaced

    async def used_by(self, project_id: str, name: str) -> Uses:
        """The flows whose draft or published version refers to this connection."""
        return await self._db.read(lambda tx: uses_of(tx, project_id, name))

    # -- writing ------------------------------------------------------------------------------

    async def create(self, actor: Actor, name: str, piece: str, fields: Mapping[str, Any]) -> ConnectionInfo:
        """A new one in the actor's project. Raises `BadInput` naming a field, `Conflict` for a taken name."""
        actor.require(Permission.admin)
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise BadInput("A name must have 1 to 63 lowercase letters, digits and hyphens.", field="name")
        auth = self._auth(piece)
        values = {key: value for key, value in as_texts(fields, auth).items() if value not in ("", MASK)}
        check(auth, values)
        check_keys(piece, values)
        now, project_id = clock.now_iso(), str(actor.project_id)
        row = Connection(id=new_id("con"), project_id=project_id, name=name, piece=piece, secret=b"",
                         created=now, updated=now)  # fmt: skip
        self._seals.seal(row, values, {})

        def change(tx: Tx) -> Connection:
            same = select(Connection.id).where(Connection.project_id == project_id, Connection.name == name)
            if tx.session.exec(same).first() is not None:
                raise Conflict(f"A connection named {name!r} already exists.", field="name")
            tx.session.add(row)
            tx.session.flush()
            self._emit(tx, "connection.upserted", _told(row), actor, project_id)
            return row

        return await self._asked(await self._changed(change))

    async def update(self, actor: Actor, connection_id: str, fields: Mapping[str, Any]) -> ConnectionInfo:
        """Change some fields. A blank secret and a field not given stay as they are; null empties a field.

        Stored secrets are removed when a field changes that decides where they are sent, unless they are
        given too: nobody can lead a secret elsewhere that somebody else entered.
        """
        actor.require(Permission.admin)
        project_id = str(actor.project_id)

        def change(tx: Tx) -> Connection:
            row = row_of(tx, project_id, connection_id)
            texts = as_texts(fields, self._auth(row.piece))
            secret = {field.name for field in self._auth(row.piece).fields if field.secret}
            blank = {key for key, text in texts.items() if key in secret and text in ("", MASK)}
            given = {key: text for key, text in texts.items() if key not in blank or fields[key] is None}
            return self._put(tx, row, given, actor)

        return await self._asked(await self._changed(change))

    async def learn(self, project_id: str, name: str, piece: str, fields: Mapping[str, str]) -> None:
        """Fill empty fields with what a service's handshake gave. Raises `Conflict` for one that is set, and
        for a connection of another piece.

        Whoever knows the webhook's address can make a handshake: it must not replace a secret.
        """
        texts = as_texts(fields, self._auth(piece))

        def change(tx: Tx) -> Connection:
            row = row_named(tx, project_id, name)
            if row.piece != piece:
                raise Conflict(f"The connection {name!r} belongs to {row.piece}, not to {piece}.")
            if not self._seals.open(row).fields.keys().isdisjoint(texts):
                raise Conflict(f"The connection {name!r} has this already.")
            return self._put(tx, row, texts, None)

        await self._changed(change)

    async def delete(self, actor: Actor, connection_id: str, force: bool = False) -> None:
        """Delete a connection. Raises `Conflict`, whose details list the flows, while any uses it."""
        actor.require(Permission.admin)
        project_id = str(actor.project_id)

        def change(tx: Tx) -> Connection:
            row = row_of(tx, project_id, connection_id)
            uses = [] if force else uses_of(tx, project_id, row.name)
            if uses:
                names = ", ".join(use.name for use in uses)
                flows = [{"id": use.id, "name": use.name} for use in uses]
                raise Conflict(f"Still in use by: {names}.", details={"flows": flows})
            tx.session.delete(row)
            self._emit(tx, "connection.deleted", _told(row), actor, project_id)
            return row

        await self._changed(change)

    def _store_use(self, tx: Tx, project_id: str, name: str, moment: str, error: str | None) -> None:
        """What a run learned of a connection; of one that was changed since, it says nothing."""
        question = select(Connection).where(Connection.project_id == project_id, Connection.name == name)
        row = tx.session.exec(question).first()
        if row is None or row.updated > moment:
            return
        if error is None:
            row.last_used = moment
        if row.status != ("failing" if error else "works"):
            health.note(tx, self._seals, row, self._emit, error=error, moment=moment, by=None)
        tx.session.add(row)

    async def test(self, actor: Actor, connection_id: str) -> tuple[bool, str]:
        """Whether its piece can use it, and a sentence. Raises `BadInput` if the piece cannot tell."""
        actor.require(Permission.edit)
        project_id = str(actor.project_id)
        row = await self._db.read(lambda tx: row_of(tx, project_id, connection_id))
        piece, opened = self._pieces.pieces.get(row.piece), self._seals.open(row)
        if piece is None or not (piece.verifiable or opened.provider is not None):
            raise BadInput(f"The piece {row.piece!r} cannot test connections.", field="piece")
        error = await self._try(piece, opened)

        def change(tx: Tx) -> None:
            now = row_of(tx, project_id, connection_id)
            if now.updated == row.updated:  # else it is another one than we tried
                health.note(tx, self._seals, now, self._emit, error=error, moment=clock.now_iso(), by=actor)

        await self._db.write(change)
        return (False, error) if error else (True, "The connection works.")

    async def _try(self, piece: Piece, opened: Opened) -> str | None:
        """What is wrong, without a secret in it; None if nothing is."""
        project_id, name = opened.project_id, opened.name
        try:
            async with clock.timeout(_TEST_TIMEOUT):
                if opened.lacks_secret:
                    raise AuthError(enter_again(name))
                if opened.provider is not None:
                    opened = await self.tokens.fresh(opened)
                ctx = self._context_for(piece, project_id, dict(opened.values))
                ctx.on_renew = lambda refused: self.renewed(project_id, name, piece.name, refused)
                if piece.verifiable:
                    await within(_TEST_TIMEOUT, piece.test_connection(ctx), piece.title)
                elif opened.oauth2 is not None and opened.oauth2.renewable:
                    await self.tokens.ask_now(project_id, name)
        except TimeoutError:
            return f"{piece.title} did not answer within {_TEST_TIMEOUT:g} seconds."
        except Exception as error:  # whatever another's piece raises is the answer to "does it work?"
            message = getattr(error, "message", None) or f"{type(error).__name__}: {error}"
            return str(redact(str(message), opened.secrets))[:1000]
        return None

    async def _asked(self, info: ConnectionInfo) -> ConnectionInfo:
        """A connection that was saved: one that needs no person for its token gets it at once. Whether that
        worked is its state."""
        if info.oauth2 is None or info.oauth2.by_person:
            return info
        try:
            await self.tokens.ask_now(info.project_id, info.name)
        except Retry as error:
            await self._db.write(partial(self._note, info=info, error=error.message))
        except PieceError:
            pass  # it is noted on the connection
        return await self.get(info.project_id, info.id)

    def _note(self, tx: Tx, *, info: ConnectionInfo, error: str) -> None:
        row = row_of(tx, info.project_id, info.id)
        health.note(tx, self._seals, row, self._emit, error=error, moment=clock.now_iso(), by=None)

    # -- inside -------------------------------------------------------------------------------

    async def _open_for(self, project_id: str, name: str, piece: str) -> Opened:
        """A connection for the piece that it belongs to. Raises `AuthError` for another piece."""
        opened = await self._open(project_id, name)
        if opened.piece != piece:
            owner, asking = (self._title(one) for one in (opened.piece, piece))
            raise AuthError(
                f"The connection “{name}” belongs to {owner}, and {asking} cannot use it. "
                f"Choose a connection of {asking}."
            )
        if opened.lacks_secret:
            raise AuthError(enter_again(name))
        return opened

    def _title(self, piece: str) -> str:
        known = self._pieces.pieces.get(piece)
        return piece if known is None else known.title

    async def _open(self, project_id: str, name: str) -> Opened:
        now = clock.now()
        known, until = self._known.get((project_id, name), (None, 0.0))
        if known is not None and until > now:
            return known
        changes = self._changes
        try:
            row = await self._db.read(lambda tx: row_named(tx, project_id, name))
        except NotFound:
            self._known.pop((project_id, name), None)
            raise
        opened = self._seals.open(row)
        if changes == self._changes:
            if len(self._known) >= _MAX_CACHED:
                self._known.clear()
            self._known[project_id, name] = (opened, now + _TTL)
        return opened

    async def _changed(self, change: Callable[[Tx], Connection]) -> ConnectionInfo:
        row = await self._db.write(change)
        self._forget(row.project_id, row.name)
        return self._info(row)

    def _forget(self, project_id: str, name: str) -> None:
        self._changes += 1
        self._known.pop((project_id, name), None)

    def _put(self, tx: Tx, row: Connection, given: Mapping[str, str], actor: Actor | None) -> Connection:
        """Store `given` over what is there; an empty text takes the field away."""
        auth = self._auth(row.piece)
        known = {field.name for field in auth.fields}
        # A field that a newer piece no longer has is dropped, unless it was given just now.
        opened = self._seals.open(row)
        kept = {key: text for key, text in opened.fields.items() if key in known}
        moved = self._moved(row.piece, kept, given)
        lost = {field.name for field in auth.fields if field.secret and moved} & kept.keys() - given.keys()
        values = {key: text for key, text in {**kept, **given}.items() if text and key not in lost}
        check_lost(auth, lost, moved)
        check(auth, values)
        check_keys(row.piece, values)
        before, now = opened.provider, auth.oauth2(values)
        same = before is not None and now is not None and before.whom() == now.whom() and not moved
        entered = any(field.secret and given.get(field.name) for field in auth.fields)
        lacks = bool(lost) or (opened.lacks_secret and not entered and asks_for_secret(auth, values))
        beside = {key: value for key, value in opened.kept.items() if key not in (LACKS, REPLACED)}
        replaced = opened.replaced_by(values, [field.name for field in auth.fields if field.secret])
        # Tokens are of one client for one service.
        tokens = {**(beside if same else {}), **({LACKS: True} if lacks else {})}
        noted = {**health.after_change(row, opened), **({REPLACED: replaced} if replaced else {})}
        self._seals.seal(row, values, {**tokens, **noted})
        row.status, row.error, row.checked, row.updated = "unchecked", None, None, clock.now_iso()
        if lacks:
            health.note(tx, self._seals, row, self._emit, error=enter_again(row.name), moment=None, by=actor)
        tx.session.add(row)
        tx.session.flush()
        self._emit(tx, "connection.upserted", _told(row), actor, row.project_id)
        return row

    def _moved(self, piece: str, before: Mapping[str, str], given: Mapping[str, str]) -> Sequence[str]:
        """The titles of the given fields that lead the connection's secrets elsewhere."""
        known, auth = self._pieces.pieces[piece], self._auth(piece)
        return [
            field.title
            for field in auth.fields
            if field.name in given.keys() & known.target_fields
            and not same_target(field, before.get(field.name, ""), given[field.name])
        ]

    def _auth(self, piece: str) -> Auth:
        known = self._pieces.pieces.get(piece) if isinstance(piece, str) else None
        if known is None:
            raise BadInput(f"There is no piece {piece!r}.", field="piece")
        if known.auth is None:
            raise BadInput(f"The piece {known.title} does not use connections.", field="piece")
        return known.auth

    def _info(self, row: Connection) -> ConnectionInfo:
        error, status = row.error, row.status
        try:
            opened = self._seals.open(row)
        except VaultError as problem:  # the list must still show, and this one be entered again
            opened = Opened(row.id, row.project_id, row.name, row.piece, {}, frozenset())
            error, status = problem.message, "failing"
        secret = self._seals.secret_names(row.piece, opened.fields)
        shown = {key: MASK if key in secret else value for key, value in opened.fields.items()}
        return ConnectionInfo(row.id, row.project_id, row.name, row.piece, shown, status, error,
                              row.created, row.updated, row.checked, row.last_used, opened.oauth2,
                              self._seals.hosts_field(row.piece) or "")  # fmt: skip


def _told(row: Connection) -> ConnectionData:
    return connection_data(
        id=row.id, name=row.name, piece=row.piece, status=row.status, created=row.created, updated=row.updated
    )
