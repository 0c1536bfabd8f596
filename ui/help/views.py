"""Help: the index with search, and one page of the documentation."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engine.base.actor import Permission
from engine.base.errors import NotFound
from engine.web.routes import RouteSpec, route
from ui.shared.page_context import outside
from ui.shared.render import render, trusted

from .library import Page, library
from .search import LONGEST, search


def routes() -> list[RouteSpec]:
    return [
        route("/help", index, permission=Permission.signed_in, name="help"),
        route("/help/{page}", show, permission=Permission.signed_in, name="help page"),
    ]


async def index(request: Request) -> Response:
    """The table of contents, or the results of a search."""
    pages = await asyncio.to_thread(library)
    q = request.query_params.get("q", "")[:LONGEST].strip()
    if not q:
        return await _page(request, pages.pages[0])
    return render(
        request, "help/search.html", **outside(request), q=q, results=search(pages, q), path="/help"
    )


async def show(request: Request) -> Response:
    pages = await asyncio.to_thread(library)
    page = pages.find(request.path_params["page"])
    if page is None or not page.slug:
        raise NotFound("There is no such page in Help.")
    return await _page(request, page)


async def _page(request: Request, page: Page) -> Response:
    before, after = library().neighbors(page)
    shown: dict[str, Any] = {"page": page, "html": trusted(page.html), "before": before, "after": after}
    return render(request, "help/show.html", **outside(request), q="", **shown)
