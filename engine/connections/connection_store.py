"""A connection's row: found by its project, opened and sealed.

Beside its fields a sealed connection may keep what OAuth 2.0 gave it, under a name that no field can have.
"""

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import select

from engine.base.clock import now, to_iso
from engine.base.errors import NotFound
from engine.base.secrets import Vault
from engine.store.models import Connection
from engine.store.tx import Tx
from pieces import Provider, Registry, read_hosts

from .oauth2 import Tokens, basic

_KEPT = "@oauth2"
LACKS = "lacks_secret"
"""Beside the fields: a secret was removed, since where it is sent was changed, and not entered again."""
REPLACED = "replaced"
"""Beside the fields: secrets that others took the place of, newest first, with when that was."""
VERIFIES = "webhook"
"""The piece whose secrets verify requests, and are never sent: those that were replaced are stored for a
while, to tell whoever looks at a rejected request that it was signed with one of them."""
_REPLACED_DAYS = 30
_MOST_REPLACED = 3


@dataclass(frozen=True)
class OAuth2Info:
    """How far a connection with OAuth 2.0 is."""

    by_person: bool  # whether somebody connects it in the browser
    connected: bool
    expires: str | None = None  # when the token ends, if that is known
    renewable: bool = False
    scope: str = ""  # what was granted, where the provider said it


@dataclass(frozen=True, repr=False)
class Opened:
    """A connection in clear; its repr shows nothing."""

    id: str
    project_id: str
    name: str
    piece: str
    fields: dict[str, str]
    secrets: frozenset[str]
    """The texts that must not be stored or shown."""
    provider: Provider | None = None
    """Whom to ask for tokens; None for one without OAuth 2.0."""
    kept: dict[str, Any] = field(default_factory=dict)
    """What OAuth 2.0 needs from one request to the next: `tokens`, and who was sent away to connect it."""

    @property
    def tokens(self) -> Tokens | None:
        return Tokens.from_json(self.kept["tokens"]) if self.kept.get("tokens") else None

    @property
    def replaced(self) -> list[dict[str, str]]:
        """Fields that held another secret lately, newest first."""
        since = to_iso(now() - _REPLACED_DAYS * 86_400)
        return [one["fields"] for one in self.kept.get(REPLACED, ()) if one["at"] >= since]

    def replaced_by(self, values: Mapping[str, str], secret: Iterable[str]) -> list[dict[str, Any]]:
        """What REPLACED holds once the fields are `values`; `secret` are the names of those to remember."""
        if self.piece != VERIFIES:
            return []
        gone = {
            name: self.fields[name]
            for name in secret
            if values.get(name) and name in self.fields and self.fields[name] not in values.values()
        }
        entry = [{"at": to_iso(now()), "fields": gone}] if gone else []
        return [*entry, *self.kept.get(REPLACED, ())][:_MOST_REPLACED]

    @property
    def lacks_secret(self) -> bool:
        """Whether a secret has to be entered again before the connection can be used."""
        return bool(self.kept.get(LACKS))

    @property
    def values(self) -> dict[str, str]:
        """What a piece's auth is given."""
        tokens = self.tokens
        return {**self.fields, **({"access_token": tokens.access} if tokens and self.provider else {})}

    @property
    def oauth2(self) -> OAuth2Info | None:
        provider, tokens = self.provider, self.tokens
        if provider is None:
            return None
        by_person = provider.grant == "authorization_code"
        if tokens is None:
            return OAuth2Info(by_person, connected=False)
        expires = to_iso(tokens.expires) if tokens.expires is not None else None
        return OAuth2Info(by_person, True, expires, not by_person or bool(tokens.refresh), tokens.scope)


class Seals:
    """Opens and seals rows."""

    def __init__(self, vault: Vault, pieces: Registry) -> None:
        self._vault = vault
        self._pieces = pieces

    def open(self, row: Connection) -> Opened:
        """Raises `VaultError`."""
        plain = self._vault.open(row.secret, "connection", row.project_id, row.id)
        fields: dict[str, Any] = json.loads(plain)
        kept = fields.pop(_KEPT, {})
        hosts = self.hosts_field(row.piece)
        if hosts and row.hosts:
            fields[hosts] = "\n".join(json.loads(row.hosts))
        provider = self.provider(row.piece, fields)
        opened = Opened(row.id, row.project_id, row.name, row.piece, fields, frozenset(), provider, kept)
        secrets = {fields[name] for name in self.secret_names(row.piece, fields)}
        if fields.get("username"):  # how HTTP basic authentication sends the two, to us too
            secrets |= {_pair(fields["username"], secret) for secret in secrets}
        secrets |= self._written(row.piece, opened.values)
        if provider is not None and provider.client_secret:
            secrets.add(basic(provider))
        secrets |= opened.tokens.secrets if opened.tokens else frozenset()
        secrets |= {kept["asked"]["verifier"]} if kept.get("asked") else set()
        secrets |= {text for one in kept.get(REPLACED, ()) for text in one["fields"].values()}
        return Opened(row.id, row.project_id, row.name, row.piece, fields, frozenset(secrets), provider, kept)

    def seal(self, row: Connection, fields: Mapping[str, str], kept: Mapping[str, Any]) -> None:
        """Put the fields, and what is kept beside them, into the row."""
        hosts = self.hosts_field(row.piece)
        if hosts:
            listed = list(map(str, read_hosts(fields.get(hosts, ""))))
            row.hosts = json.dumps(listed) if listed else None
        others = {name: text for name, text in fields.items() if name != hosts}
        plain = {**others, **({_KEPT: kept} if kept else {})}
        row.secret = self._vault.seal(json.dumps(plain).encode(), "connection", row.project_id, row.id)

    def hosts_field(self, piece: str) -> str | None:
        """The field that stands in a column of its own: it is no secret, and an upgrade fills it in."""
        known = self._pieces.pieces.get(piece)
        field = known.auth.hosts if known is not None and known.auth is not None else None
        return None if field is None else field.name

    def _written(self, piece: str, values: Mapping[str, str]) -> frozenset[str]:
        """What requests of the piece carry."""
        known = self._pieces.pieces.get(piece)
        return known.auth.written(values) if known is not None and known.auth is not None else frozenset()

    def provider(self, piece: str, fields: Mapping[str, str]) -> Provider | None:
        known = self._pieces.pieces.get(piece)
        return known.auth.oauth2(fields) if known is not None and known.auth is not None else None

    def secret_names(self, piece: str, fields: Iterable[str]) -> set[str]:
        known = self._pieces.pieces.get(piece)
        plain = (
            {field.name for field in known.auth.fields if not field.secret} if known and known.auth else set()
        )
        return set(fields) - plain  # whatever is not known to be harmless is a secret


def _pair(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode("utf-8", "surrogatepass")).decode()


def row_of(tx: Tx, project_id: str, connection_id: str) -> Connection:
    """Raises `NotFound`, also for one of another project."""
    mine = select(Connection).where(Connection.id == connection_id, Connection.project_id == project_id)
    row = tx.session.exec(mine).first()
    if row is None:
        raise NotFound("There is no such connection in this project.")
    return row


def row_named(tx: Tx, project_id: str, name: str) -> Connection:
    """Raises `NotFound`."""
    named = select(Connection).where(Connection.project_id == project_id, Connection.name == name)
    row = tx.session.exec(named).first()
    if row is None:
        raise NotFound(f"There is no connection {name!r} in this project.")
    return row
