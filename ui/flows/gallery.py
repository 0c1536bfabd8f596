"""Templates: the flows that come with Switchyard, to look at and to begin from."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from engine.authoring.flows import Flows
from engine.base.actor import Permission
from engine.base.errors import NotFound
from engine.connections.service import Connections
from engine.web.routes import RouteSpec, bind, route
from pieces import Registry
from ui.drawing.canvas import draw, words
from ui.drawing.details import details
from ui.shared.page_context import Layout, actor_of, here, project_of
from ui.shared.render import redirect

FOLDER = Path(__file__).parents[2] / "sample_flows"
_TEMPLATES = "/p/{project_id}/templates"


@dataclass(frozen=True)
class Services:
    """What these pages use."""

    layout: Layout
    flows: Flows
    connections: Connections
    pieces: Registry


def routes(services: Services) -> list[RouteSpec]:
    view, edit = Permission.view, Permission.edit
    return [
        route(_TEMPLATES, bind(index, services), permission=view, name="templates"),
        route(_TEMPLATES + "/{template}", bind(show, services), permission=view, name="template"),
        route(_TEMPLATES + "/{template}", bind(use, services), permission=edit, methods=["POST"]),
    ]


@dataclass(frozen=True)
class Template:
    """A flow file of ours as the gallery shows it."""

    name: str
    """Of its file, and in its address."""
    title: str
    description: str
    begins: str
    """What starts it: `Webhook, verified`, say."""
    pieces: list[tuple[str, str]]
    """Icon and title of each piece in it, in the order of the flow."""
    connections: list[tuple[str, str]]
    """(name, piece) that the flow asks for."""
    steps: int
    samples: int


async def index(services: Services, request: Request) -> Response:
    registry = services.pieces
    found = [_template(name, definition, registry) for name, definition in files().items()]
    return await services.layout.page(request, "gallery/list.html", templates=found)


async def show(services: Services, request: Request) -> Response:
    """One template drawn, and beside it the step of `?step=` or else what it needs."""
    definition = _definition(request)
    step = request.query_params.get("step", "")
    known = {one.name for one in await services.connections.list(project_of(request))}
    return await services.layout.page(
        request,
        "gallery/show.html",
        template=_template(request.path_params["template"], definition, services.pieces),
        drawing=draw(definition, services.pieces),
        chosen=details(definition, step, services.pieces, []),
        step=step,
        known=known,
        notes=definition.get("notes") or [],
    )


async def use(services: Services, request: Request) -> Response:
    """Take a template over as a draft of the project."""
    made = await services.flows.import_(actor_of(request), _definition(request), rename=True)
    return redirect(request, here(request, f"/flows/{made.flow.id}"))


@cache
def files() -> dict[str, dict[str, Any]]:
    """The definition in each file, by the file's name, in the order of their titles."""
    found = {file.stem: orjson.loads(file.read_bytes()) for file in FOLDER.glob("*.json")}
    return dict(sorted(found.items(), key=lambda item: str(item[1]["name"]).lower()))


def _definition(request: Request) -> dict[str, Any]:
    found = files().get(request.path_params["template"])
    if found is None:
        raise NotFound("There is no such template.")
    return found


def _template(name: str, definition: dict[str, Any], registry: Registry) -> Template:
    parts = [*definition["triggers"], *definition["steps"].values()]
    used = dict.fromkeys(part["piece"] for part in parts if "piece" in part)
    needed = {}
    for part in parts:
        verify = (part.get("input") or {}).get("verify") or {}
        for connection in (part.get("connection"), verify.get("connection")):
            if connection:
                needed[connection] = _shown(part["piece"], registry)[1]
    return Template(
        name,
        definition["name"],
        definition.get("description", ""),
        " or ".join(dict.fromkeys(_beginning(trigger, registry) for trigger in definition["triggers"])),
        [_shown(piece, registry) for piece in used],
        sorted(needed.items()),
        len(definition["steps"]),
        len(definition.get("samples") or {}),
    )


def _shown(piece: str, registry: Registry) -> tuple[str, str]:
    found = registry.pieces.get(piece)
    return (found.icon or "puzzle", found.title) if found else ("puzzle", words(piece))


def _beginning(trigger: dict[str, Any], registry: Registry) -> str:
    scheme = ((trigger.get("input") or {}).get("verify") or {}).get("scheme", "none")
    piece = _shown(trigger["piece"], registry)[1]
    return piece if scheme == "none" else f"{piece}, verified"
