"""Pieces: what actions and triggers there are, and which pieces failed to load."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from engine.base.actor import Permission
from engine.base.watchdog import Watchdog
from engine.web.routes import RouteSpec, bind, route
from pieces import Registry

from .page_context import Layout


@dataclass(frozen=True)
class Services:
    """What these pages use."""

    layout: Layout
    pieces: Registry
    watchdog: Watchdog


def routes(services: Services) -> list[RouteSpec]:
    return [route("/p/{project_id}/pieces", bind(index, services), permission=Permission.view, name="pieces")]


async def index(services: Services, request: Request) -> Response:
    registry = services.pieces
    return await services.layout.page(
        request,
        "pieces/list.html",
        pieces=sorted(registry.pieces.values(), key=lambda piece: piece.title),
        origins=registry.origins,
        broken=registry.broken,
        stalls=services.watchdog.stalls,
    )
