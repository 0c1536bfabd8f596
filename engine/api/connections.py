"""Connections: saved credentials. Secrets go in and never come out."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from engine.base.actor import Actor, Permission
from engine.base.settings import Settings
from engine.connections.service import ConnectionInfo, Connections
from engine.store.paging import Page

from . import shapes
from .operation import operation
from .shapes import Body, Moment, Query, ResponseBody, Whole


class OAuth2(ResponseBody):
    by_person: bool = Field(description="Whether a person connects it, at its `connect_url`")
    connected: bool
    expires: Moment | None = Field(description="When its token ends, if that is known")
    renewable: bool
    scope: str = Field(description="What was granted, where the provider said it")


class Connection(ResponseBody):
    id: str
    project_id: str
    name: str = Field(description="What flows refer to; it never changes")
    piece: str
    fields: dict[str, str | list[str]] = Field(
        description="Dots mean that a secret is set; empty without the admin role. `hosts` of the HTTP "
        "piece is the list of hosts that may receive the secret"
    )
    status: Literal["unchecked", "works", "failing"]
    error: str | None
    created: Moment
    updated: Moment
    checked: Moment | None
    last_used: Moment | None = Field(description="When a step last succeeded with it")
    oauth2: OAuth2 | None = Field(description="How far OAuth 2.0 is; null for one without")
    connect_url: str | None = Field(
        description="The page on which a signed-in person connects it; null if nobody has to"
    )


class ConnectionQuery(Whole):
    piece: str | None = Field(None, min_length=1, max_length=200)


Written = Annotated[
    Any,
    BeforeValidator(lambda value: str(value) if type(value) is int else value),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {"type": "integer"},
                {"type": "array", "items": {"type": "string"}},
                {"type": "null"},
            ],
        }
    ),
]
"""A field as the caller writes it: a port may come as the number that it is, `hosts` as a list. The
service refuses what is neither."""


class NewConnection(Body):
    name: str = Field(description="1 to 63 lowercase letters, digits and hyphens", examples=["team-slack"])
    piece: str = Field(max_length=200, examples=["slack"])
    fields: dict[str, Written] = Field(
        description="As the piece's `auth` declares them. The HTTP piece sends its secret to the `hosts` "
        "only: `api.example.com` and `*.example.com` by https, `intranet.example:8080` by http too",
        examples=[{"kind": "bearer", "secret": "a-token", "hosts": ["api.example.com"]}],
    )


class ConnectionChanges(Body):
    """Fields to change: null empties one, those not given stay.

    Changing where secrets are sent (`hosts`, `token_url`, a mail server) removes the stored secrets that are
    not given again.
    """

    fields: dict[str, Written]


class DeleteQuery(Query):
    force: bool = Field(False, description="Even if flows use it")


class TestAnswer(ResponseBody):
    ok: bool
    message: str


@operation("GET", "/connections", Permission.view, answer=shapes.List[Connection])
async def list_connections(
    connections: Connections, settings: Settings, actor: Actor, query: ConnectionQuery
) -> Page[dict[str, Any]]:
    """List connections by name."""
    found = await connections.list(str(actor.project_id), query.piece)
    return Page([_shown(settings, info, actor) for info in found])


@operation("POST", "/connections", Permission.admin, answer=Connection, status=201, errors=(409,))
async def create_connection(
    connections: Connections, settings: Settings, actor: Actor, body: NewConnection
) -> dict[str, Any]:
    """Save a connection.

    One with client credentials gets its token at once: `status` says whether that worked. One with an
    authorization code is connected by a person, at its `connect_url`.
    """
    return _shown(settings, await connections.create(actor, body.name, body.piece, body.fields), actor)


@operation("GET", "/connections/{connection_id}", Permission.view, answer=Connection)
async def read_connection(
    connections: Connections, settings: Settings, actor: Actor, connection_id: str
) -> dict[str, Any]:
    """Read a connection; secrets are shown as dots."""
    return _shown(settings, await connections.get(str(actor.project_id), connection_id), actor)


@operation("PATCH", "/connections/{connection_id}", Permission.admin, answer=Connection)
async def change_connection(
    connections: Connections, settings: Settings, actor: Actor, connection_id: str, body: ConnectionChanges
) -> dict[str, Any]:
    """Change some fields of a connection."""
    return _shown(settings, await connections.update(actor, connection_id, body.fields), actor)


@operation("DELETE", "/connections/{connection_id}", Permission.admin, answer=None, status=204, errors=(409,))
async def delete_connection(
    connections: Connections, actor: Actor, connection_id: str, query: DeleteQuery
) -> None:
    """Delete a connection.

    Refused (409) with the flows that use it, unless `force` is true.
    """
    await connections.delete(actor, connection_id, force=query.force)


@operation("POST", "/connections/{connection_id}/test", Permission.edit, answer=TestAnswer)
async def test_connection(connections: Connections, actor: Actor, connection_id: str) -> dict[str, object]:
    """Try a connection with its piece."""
    ok, message = await connections.test(actor, connection_id)
    return {"ok": ok, "message": message}


def _shown(settings: Settings, info: ConnectionInfo, actor: Actor) -> dict[str, Any]:
    page = f"{settings.base_url}/p/{info.project_id}/connections/{info.id}"
    shown: dict[str, Any] = dict(vars(info))
    listed: str = shown.pop("hosts")
    fields: dict[str, str | list[str]] = {**info.fields}
    if listed in info.fields:
        fields[listed] = info.fields[listed].split("\n")
    return {
        **shown,
        "fields": fields if actor.may(Permission.admin) else {},
        "connect_url": page if info.oauth2 is not None and info.oauth2.by_person else None,
    }


OPERATIONS = (
    list_connections,
    create_connection,
    read_connection,
    change_connection,
    delete_connection,
    test_connection,
)
