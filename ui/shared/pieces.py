"""Pieces: what actions and triggers there are, and which pieces failed to load."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.base.actor import Permission
from engine.web.routes import route

from .page_context import page, services


def routes() -> list[Route]:
    return [route("/p/{project_id}/pieces", index, permission=Permission.view, name="pieces")]


async def index(request: Request) -> Response:
    registry = services(request).pieces
    return await page(
        request,
        "pieces/list.html",
        pieces=sorted(registry.pieces.values(), key=lambda piece: piece.title),
        origins=registry.origins,
        broken=registry.broken,
    )
