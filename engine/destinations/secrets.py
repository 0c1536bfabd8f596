"""What of a destination stands encrypted in the store: its signing keys, headers and credentials, and the
query of its address."""

from collections.abc import Iterable, Mapping

import orjson

from engine.base.secrets import Vault
from engine.store.models import Destination

from . import queries, schema, signing
from .message import Target
from .signing import SigningKey

Extras = dict[str, dict[str, str]]
"""`headers`, `credentials`, and of the `address` its `query`, in clear."""


class Sealed:
    """Seals and opens. What is sealed for one destination opens for no other."""

    def __init__(self, vault: Vault, host: str) -> None:
        """`host` is ours, by which targets know us."""
        self._vault = vault
        self._host = host

    def target(self, row: Destination) -> Target:
        """What a sender needs. Raises `VaultError`."""
        extras = self.extras(row)
        return Target(
            id=row.id, project_id=row.project_id, kind=row.kind, url=_url(row, extras), format=row.format,
            headers=extras["headers"], keys=self.keys(row), credentials=extras["credentials"],
            options=schema.read_options(orjson.loads(row.options)),
            origin=self._host if row.verification == "cloudevents" else "",
        )  # fmt: skip

    def keys(self, row: Destination) -> list[SigningKey]:
        """The signing keys, newest first."""
        return signing.from_json(self._vault.open(row.secret, *_context(row, "keys")))

    def url(self, row: Destination) -> str:
        """The whole address; `row.url` has dots in its query. Raises `VaultError`."""
        return _url(row, self.extras(row))

    def extras(self, row: Destination) -> Extras:
        """Headers, credentials and the address's query."""
        found: Extras = orjson.loads(self._vault.open(row.headers, *_context(row, "headers")))
        return found

    def seal_keys(self, row: Destination, keys: Iterable[SigningKey]) -> bytes:
        """For `row.secret`."""
        return self._vault.seal(signing.to_json(keys), *_context(row, "keys"))

    def seal_extras(self, row: Destination, extras: Mapping[str, Mapping[str, str]]) -> bytes:
        """For `row.headers`."""
        return self._vault.seal(orjson.dumps(extras), *_context(row, "headers"))


def _url(row: Destination, extras: Extras) -> str:
    query = extras.get("address", {}).get("query")
    return queries.with_query(row.url, query) if query else row.url


def _context(row: Destination, what: str) -> tuple[str, ...]:
    return "destination", row.project_id or "", row.id, what
