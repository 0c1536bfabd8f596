"""The secret of a generated handler flow: the one that was given, one that is saved already, or a new one.

A flow that verifies nothing is what a generator leaves behind when it leaves the secret to later; so the
connection is made here, in the same step as the flow.
"""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Protocol

from engine import catalogues, signatures
from engine.base.actor import Actor, Permission, Role
from engine.base.errors import BadInput, NotFound
from engine.catalogues import Catalogue, handler_flow
from engine.flow import Flow

PIECE = "webhook"  # the piece whose connections hold what senders sign with

_SECRET = ("secret", "username")  # in `verify`, but never in the flow
_ALIASES = ("password", "value")  # what a secret is called where the scheme is basic or header


class Connections(Protocol):
    async def names(self, project_id: str) -> dict[str, str]:
        """The connections of a project, each name with its piece."""
        ...

    async def secret(self, project_id: str, name: str, piece: str) -> dict[str, str]:
        """The fields of a connection, in clear."""
        ...

    async def create(self, actor: Actor, name: str, piece: str, fields: Mapping[str, Any]) -> Any: ...

    async def delete(self, actor: Actor, connection_id: str, force: bool = False) -> None: ...


async def prepare(
    connections: Connections,
    actor: Actor,
    catalogue: Catalogue | str,
    events: list[str] | str,
    name: str | None,
    verify: Mapping[str, Any] | None,
    only: Mapping[str, list[str]] | None = None,
) -> tuple[Flow, dict[str, Any]]:
    """The handler flow, its connection saved, and what to tell the sender: `{"scheme", "connection",
    "header"?, "username"?, "secret"?}`. The secret is there only if it was made here.

    `verify` is the vendor's preset by default; it may name a saved `connection` or give the `secret` to
    save. Raises `BadInput` that names the field, `Forbidden` for saving a given secret without the right.
    """
    given = {**_preset(catalogue), **(verify or {})} if "scheme" not in (verify or {}) else dict(verify or {})
    secret = _texts(given)
    taken = await connections.names(str(actor.project_id))
    named = given.get("connection")
    if named is None and given.get("scheme") != "none":
        given["connection"] = _free(f"{_name(catalogue).replace('_', '-')}-signing", taken)
    built = await asyncio.to_thread(handler_flow.build, catalogue, events, name=name, verify=given, only=only)
    proof = built.triggers[0].input["verify"]
    told = {key: proof[key] for key in ("scheme", "connection", "header") if key in proof}
    if proof["scheme"] == "none":
        if secret:
            raise BadInput("Without verification there is no secret.", field="verify.secret")
    elif secret:
        actor.require(Permission.admin)
        options = {key: value for key, value in proof.items() if key not in ("scheme", "connection")}
        problem = signatures.secret_problem(proof["scheme"], secret, options)
        if problem:
            raise BadInput(problem, field="verify.secret")
        await connections.create(actor, proof["connection"], PIECE, secret)
    elif named is not None:
        if named not in taken:
            raise BadInput("There is no connection of this name.", field="verify.connection")
        if taken[named] != PIECE:
            message = f"The connection {named!r} belongs to {taken[named]}; choose one of {PIECE}."
            raise BadInput(message, field="verify.connection")
    else:
        fresh = _fresh(proof["scheme"])
        if fresh is None:
            scheme = signatures.scheme_named(proof["scheme"])
            needed = scheme.fields[0].title.lower()
            raise BadInput(f"Enter the {needed} that {scheme.title} shows.", field="verify.secret")
        # A new secret opens nothing but this flow: whoever may make the flow may have it.
        await connections.create(replace(actor, role=Role.admin), proof["connection"], PIECE, fresh)
        told.update(fresh)
    return built, told


def _name(catalogue: Catalogue | str) -> str:
    return catalogue if isinstance(catalogue, str) else catalogue.name


def _preset(catalogue: Catalogue | str) -> Mapping[str, str]:
    if isinstance(catalogue, Catalogue):
        return catalogue.verify
    try:
        return catalogues.get(catalogue).verify
    except NotFound as error:
        raise BadInput(error.message, field="catalogue") from error


def _texts(given: dict[str, Any]) -> dict[str, str]:
    """Take the secret's fields out of `given`."""
    for alias in _ALIASES:
        if alias in given and "secret" not in given:
            given["secret"] = given.pop(alias)
    found = {}
    for name in _SECRET:
        value = given.pop(name, None)
        if value is not None:
            if not isinstance(value, str) or not value:
                raise BadInput("This must be text.", field=f"verify.{name}")
            found[name] = value
    return found


def _fresh(scheme: str) -> dict[str, str] | None:
    """A new secret, under the names that the webhook piece's connections have; None if it is the vendor's."""
    fields = signatures.fresh_fields(scheme)
    if not fields:
        return None
    secret = fields.get("secret") or fields.get("password") or fields["value"]
    return {"secret": secret, **({"username": fields["username"]} if "username" in fields else {})}


def _free(name: str, taken: Collection[str]) -> str:
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{name}-{number}"
    return candidate
