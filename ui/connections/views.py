"""Connections: the list, a new one by its piece, changing one whose secrets are never shown, deleting; and
the way to a service that gives tokens, and back (OAuth 2.0)."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from engine import signatures
from engine.authoring.handler_secrets import PIECE as SENDERS
from engine.base.actor import Permission
from engine.base.errors import BadInput, Conflict, NotFound, SwitchyardError
from engine.base.settings import Settings
from engine.connections.service import ConnectionInfo, Connections
from engine.connections.tokens import CALLBACK
from engine.web.routes import RouteSpec, bind, route
from pieces import Piece, Registry
from ui.shared import forms
from ui.shared.page_context import Layout, actor_of, here, project_of
from ui.shared.render import redirect

from . import form as connection_form

_ALL = "/p/{project_id}/connections"
_ONE = _ALL + "/{connection_id}"
_LIMIT = 500_000  # bytes: a form of private keys fits
_STATE = re.compile(r"([a-z]+_[0-9a-z]{26})\.([a-z]+_[0-9a-z]{26})\.[A-Za-z0-9_-]{43}")
_ANSWER = ("state", "code", "error", "error_description", "iss")
"""What a provider sends people back with (RFC 6749 section 4.1.2, RFC 9207)."""
_NOTHING_BEGUN = (
    "Services send users back to this address after they connect. No sign-in was started in this browser."
)


@dataclass(frozen=True)
class Services:
    """What these pages use."""

    layout: Layout
    connections: Connections
    pieces: Registry
    settings: Settings


def routes(services: Services) -> list[RouteSpec]:
    view, edit, admin = Permission.view, Permission.edit, Permission.admin
    return [
        route(_ALL, bind(index, services), permission=view, name="connections"),
        route(_ALL, bind(create, services), permission=admin, methods=["POST"]),
        route(_ALL + "/new", bind(new, services), permission=admin),
        route(_ONE, bind(show, services), permission=view, name="connection"),
        route(_ONE, bind(update, services), permission=admin, methods=["POST"]),
        route(_ONE + "/test", bind(test, services), permission=edit, methods=["POST"]),
        route(_ONE + "/delete", bind(ask_delete, services), permission=admin),
        route(_ONE + "/delete", bind(delete, services), permission=admin, methods=["POST"]),
        route(_ONE + "/connect", bind(connect, services), permission=admin),
        route(_ONE + "/connected", bind(connected, services), permission=admin),
        route(CALLBACK, returned, permission=Permission.signed_in),
    ]


async def index(services: Services, request: Request) -> Response:
    project_id = project_of(request)
    return await services.layout.page(
        request,
        "connections/list.html",
        connections=await services.connections.list(project_id),
        pieces=services.pieces.pieces,
    )


async def new(services: Services, request: Request) -> Response:
    """First the piece, then the form that its auth type makes."""
    name = request.query_params.get("piece", "")
    if not name:
        return await services.layout.page(
            request, "connections/choose.html", choices=_with_auth(services.pieces)
        )
    return await _form(services, request, _piece(services.pieces, name))


async def create(services: Services, request: Request) -> Response:
    form = await forms.read(request, _LIMIT)
    piece, name = _piece(services.pieces, form.word("piece")), form.word("name")
    given = connection_form.given(piece, form)
    try:
        made = await services.connections.create(actor_of(request), name, piece.name, given)
    except (BadInput, Conflict) as error:
        return await _form(services, request, piece, name, given, error)
    return redirect(request, here(request, f"/connections/{made.id}{'?saved=1' if made.oauth2 else ''}"))


async def show(services: Services, request: Request) -> Response:
    connection = await _connection(services, request)
    return await _show(services, request, connection)


async def update(services: Services, request: Request) -> Response:
    form = await forms.read(request, _LIMIT)
    connection = await _connection(services, request)
    given = connection_form.given(_piece(services.pieces, connection.piece), form)
    try:
        await services.connections.update(actor_of(request), connection.id, given)
    except BadInput as error:
        return await _show(services, request, connection, given, error)
    return redirect(request, here(request, f"/connections/{connection.id}?saved=1"))


async def test(services: Services, request: Request) -> Response:
    connection_id = request.path_params["connection_id"]
    try:
        await services.connections.test(actor_of(request), connection_id)
    except BadInput as error:
        return await _show(services, request, await _connection(services, request), error=error)
    return redirect(request, here(request, f"/connections/{connection_id}?tested=1"))


async def ask_delete(services: Services, request: Request) -> Response:
    return await _delete(services, request, await _connection(services, request))


async def delete(services: Services, request: Request) -> Response:
    form = await forms.read(request, 1000)
    connection = await _connection(services, request)
    try:
        await services.connections.delete(actor_of(request), connection.id, force=form.word("sure") == "yes")
    except Conflict as error:
        return await _delete(services, request, connection, error)
    return redirect(request, here(request, "/connections"))


# -- to a service and back ---------------------------------------------------------------------------


async def connect(services: Services, request: Request) -> Response:
    """Send the person to the provider. A link and no form: the strict headers let forms go nowhere else."""
    there = await services.connections.tokens.begin(
        actor_of(request),
        request.path_params["connection_id"],
        connection_form.redirect_uri(services.settings),
    )
    return RedirectResponse(there, 303, headers={"Cache-Control": "no-store"})


async def returned(request: Request) -> Response:
    """Where providers send people back to. It only leads on to the connection that the state names, where the
    project's own guard stands and the state is looked at."""
    answer = _answer(request)
    found = _STATE.fullmatch(answer.get("state", ""))
    if found is None:
        raise BadInput(_NOTHING_BEGUN)
    there = f"/p/{found[1]}/connections/{found[2]}/connected?{urlencode(answer)}"
    return RedirectResponse(there, 303, headers={"Cache-Control": "no-store"})


async def connected(services: Services, request: Request) -> Response:
    connection, answer = await _connection(services, request), _answer(request)
    if "state" not in answer:
        raise BadInput(_NOTHING_BEGUN)
    try:
        await services.connections.tokens.finish(actor_of(request), connection.id, answer)
    except BadInput as error:
        came_of_it = "refused=state" if error.field == "state" else "refused=provider"
    else:
        came_of_it = "connected=1"
    # Away from the address that holds the code, which pages would repeat.
    return redirect(request, here(request, f"/connections/{connection.id}?{came_of_it}"))


def _answer(request: Request) -> dict[str, str]:
    """What the provider sent; nothing of it counts when a part is there twice (RFC 6749 section 3.1)."""
    query = request.query_params
    given = {name: query.getlist(name) for name in _ANSWER if name in query}
    if any(len(values) > 1 for values in given.values()):
        return {}
    return {name: values[0] for name, values in given.items()}


# -- inside ----------------------------------------------------------------------------------------


async def _connection(services: Services, request: Request) -> ConnectionInfo:
    return await services.connections.get(project_of(request), request.path_params["connection_id"])


def _with_auth(registry: Registry) -> list[Piece]:
    return sorted(
        (piece for piece in registry.pieces.values() if piece.auth is not None), key=lambda piece: piece.title
    )


def _piece(registry: Registry, name: str) -> Piece:
    piece: Piece | None = registry.pieces.get(name)
    if piece is None or piece.auth is None:
        raise NotFound("There is no such piece, or it does not use connections.")
    return piece


def _schemes(piece: str) -> list[signatures.Scheme]:
    """Of the piece whose fields depend on how a sender proves itself: the schemes that need any."""
    found = signatures.SCHEMES.values() if piece == SENDERS else ()
    return [scheme for scheme in found if scheme.fields]


def _wrong(error: SwitchyardError | None) -> tuple[dict[str, str], str]:
    """Messages by field, and one that belongs to none."""
    if error is None:
        return {}, ""
    if isinstance(error.details, list):
        return {one["field"].removeprefix("fields."): one["message"] for one in error.details}, ""
    if error.field:
        return {error.field.removeprefix("fields."): error.message}, ""
    return {}, error.message


async def _form(
    services: Services,
    request: Request,
    piece: Piece,
    name: str = "",
    given: dict[str, str] | None = None,
    error: SwitchyardError | None = None,
) -> Response:
    errors, wrong = _wrong(error)
    values = connection_form.plain(piece, given or {})
    return await services.layout.page(
        request,
        "connections/new.html",
        error.status if error else 200,
        piece=piece,
        schemes=_schemes(piece.name),
        name=name or (piece.name.replace("_", "-") if error is None else ""),
        values=values,
        errors=errors,
        wrong=wrong,
        redirect_uri=connection_form.to_register(services.settings, piece),
    )


async def _show(
    services: Services,
    request: Request,
    connection: ConnectionInfo,
    given: dict[str, str] | None = None,
    error: SwitchyardError | None = None,
) -> Response:
    errors, wrong = _wrong(error)
    piece: Piece | None = services.pieces.pieces.get(connection.piece)
    typed = connection_form.plain(piece, given) if piece and given else {}
    values: dict[str, Any] = {**connection.fields, **typed}
    return await services.layout.page(
        request,
        "connections/show.html",
        error.status if error else 200,
        connection=connection,
        piece=piece,
        values=values,
        errors=errors,
        wrong=wrong,
        saved="saved" in request.query_params and not error,
        tested="tested" in request.query_params and not error,
        connected="connected" in request.query_params and not error,
        refused=request.query_params.get("refused", ""),
        redirect_uri=connection_form.to_register(services.settings, piece),
        schemes=_schemes(connection.piece),
        uses=await services.connections.used_by(project_of(request), connection.name),
    )


async def _delete(
    services: Services, request: Request, connection: ConnectionInfo, error: Conflict | None = None
) -> Response:
    uses = await services.connections.used_by(project_of(request), connection.name)
    return await services.layout.page(
        request,
        "connections/delete.html",
        error.status if error else 200,
        connection=connection,
        uses=uses,
        wrong=error.message if error else "",
    )
