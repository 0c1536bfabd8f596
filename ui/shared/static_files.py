"""The static files of the pages."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from engine.base.actor import Permission
from engine.web.routes import RouteSpec, route

from .assets import ASSETS


async def static_file(request: Request) -> Response:
    """A file of ours. Under the address of this very version it may be stored for ever."""
    try:
        asset = ASSETS.find(request.path_params["path"])
    except FileNotFoundError:
        raise HTTPException(404) from None
    current = request.query_params.get("v") == asset.version
    stored = "public, max-age=31536000, immutable" if current else "no-cache"
    return Response(asset.content, media_type=asset.kind, headers={"Cache-Control": stored})


def routes() -> list[RouteSpec]:
    """For everybody: the page to sign in on needs them too."""
    path = "/static/{path:path}"
    return [route(path, static_file, permission=Permission.public, by="none", name="static")]
