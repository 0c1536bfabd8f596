"""What a dynamic dropdown offers: asked of the service when somebody opens it, and again only where that may
have changed. While it stands open, each edit saves the form and shows it anew; what is offered stays then,
unless a field changed that it depends on (`refresh_on`), the search, or the connection."""

import json
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, NamedTuple

from starlette.requests import Request

from engine.authoring.flow_reader import FlowRecord
from engine.base import clock
from engine.base.piece_calls import within
from engine.base.redaction import redact
from engine.piece_context import secret_of
from pieces import PieceError, Retry
from ui.drawing.parts import known_of, part_of
from ui.shared.page_context import project_of

from . import fields as editor_fields
from .fields import Field
from .services import Services

_LONGEST = 15  # seconds to wait for the service
_MOST = 200  # choices that are shown
_STANDS = 300  # seconds that an answer is shown again
_KEPT = 100

Choices = list[tuple[Any, str]]


class Chooser(NamedTuple):
    """The step or trigger whose form it is, with what that form needs of it."""

    name: str
    kind: str
    piece: str
    connection: str
    fields: list[Field]


_known: OrderedDict[tuple[str, ...], tuple[float, Choices]] = OrderedDict()


async def offer(
    services: Services, request: Request, flow: FlowRecord, of: Chooser, asked: Mapping[str, Any]
) -> None:
    """Put the choices into the field that `asked` names, or why there are none. With `standing` in `asked`
    they were shown before and nobody asks for new ones."""
    name = str(asked["choose"])
    shown = next((one for one in of.fields if one.path == f"{editor_fields.ROOT}.{name}"), None)
    found = part_of(flow.definition, of.name)
    if shown is None or found is None or not shown.dynamic:
        return
    shown.more, shown.search = False, str(asked.get("search") or "")
    given = found[2].get("input") or {}
    depends = json.dumps({other: given.get(other) for other in shown.refresh_on}, sort_keys=True, default=str)
    key = (flow.id, flow.project_id, of.name, of.piece, of.connection, name, shown.search, depends)
    before = _known.get(key)
    try:
        if asked.get("standing") and before and clock.monotonic() - before[0] < _STANDS:
            choices = before[1]
        else:
            choices = await _fetched(services, request, of, found[2], name, shown.search)
            _known[key] = (clock.monotonic(), choices)
            if len(_known) > _KEPT:
                _known.popitem(last=False)
    except TimeoutError:
        shown.wrong = "The choices did not come in time."
    except (PieceError, Retry) as error:
        shown.wrong = f"The choices could not be fetched: {error}"
    else:
        shown.options = [(editor_fields.as_text(each), label, each == shown.text) for each, label in choices]
        shown.chosen = "Choose one." if choices else "Nothing to choose from."


async def _fetched(
    services: Services, request: Request, of: Chooser, part: Mapping[str, Any], name: str, search: str
) -> Choices:
    """Raises `TimeoutError`, and what the piece raises."""
    project_id = project_of(request)
    known = known_of(of.kind, part, services.pieces)
    if known is None:
        return []
    async with clock.timeout(_LONGEST):
        auth = await secret_of(services.connections, project_id, of.connection or None, of.piece)
        hidden: frozenset[str] = frozenset()
        if of.connection:
            hidden = await services.connections.redactions(project_id, of.connection)
        ctx = services.forms.context(services.pieces.pieces[of.piece], project_id, auth)
        try:
            asked = known.options(ctx, name, part.get("input") or {}, search)
            offered = await within(_LONGEST, asked, of.piece)
        except (PieceError, Retry) as error:  # a service may repeat what it was sent
            raise PieceError(redact(error.message, hidden)) from error
    return [(redact(one.value, hidden), redact(one.label, hidden)) for one in offered[:_MOST]]
