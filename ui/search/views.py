"""The search: pages of the product, flows, runs and, in the editor, its commands.

A script shows the block `palette` over any page (Ctrl+K); without it the same is a page with a form. What is
typed narrows the entries that are there already; for flows and runs the block `matches` is asked for again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engine.access import Projects
from engine.access.preferences import Preferences
from engine.authoring.flows import Flows
from engine.base.actor import Actor, Permission
from engine.base.errors import NotFound
from engine.base.offload import is_large
from engine.runs.finder import LONGEST, Finder
from engine.web.routes import RouteSpec, bind, route
from pieces import Registry
from ui.editor import keys
from ui.editor.palette import items
from ui.shared.navigation import PageLink, pages
from ui.shared.page_context import Layout, actor_of, here, outside, project_of
from ui.shared.render import by_script, render, wants_block

_TEMPLATE = "search/find.html"


@dataclass(frozen=True)
class Services:
    """What these pages use."""

    layout: Layout
    finder: Finder
    projects: Projects
    flows: Flows
    pieces: Registry
    preferences: Preferences


def routes(services: Services) -> list[RouteSpec]:
    return [
        route("/p/{project_id}/find", bind(in_project, services), permission=Permission.view, name="find"),
        route("/find", bind(anywhere, services), permission=Permission.signed_in, name="find anywhere"),
    ]


async def in_project(services: Services, request: Request) -> Response:
    """What a project has for the words of `q`; with `flow`, the commands of its editor first."""
    q, actor = _text(request), actor_of(request)
    context: dict[str, Any] = {"q": q, "path": here(request, "/find"), "projects": []}
    # The list is narrowed by the script as somebody types; without it, here.
    words = [] if by_script(request) else q.lower().split()
    if wants_block(request) == "matches":
        context |= {"pages": [], "editing": None}
    else:
        context |= {
            "pages": _narrowed(pages(actor, project=True), words),
            "editing": await _editing(services, request, actor, words),
        }
    found = await services.finder.find(project_of(request), q)
    large = context["editing"] is not None and context["editing"]["large"]
    return await services.layout.page(request, _TEMPLATE, large=large, found=found, **context)


async def anywhere(services: Services, request: Request) -> Response:
    """Where to go from a page that is about no project: pages, and the projects of who asks."""
    q, actor = _text(request), actor_of(request)
    words = [] if by_script(request) else q.lower().split()
    projects = [
        one for one in await services.projects.list(actor) if all(word in one.name.lower() for word in words)
    ]
    context: dict[str, Any] = {"q": q, "path": "/find", "projects": projects, "editing": None, "found": None}
    context["pages"] = _narrowed(pages(actor, project=False), words)
    return render(request, _TEMPLATE, **outside(request), base="", **context)


async def _editing(
    services: Services, request: Request, actor: Actor, words: list[str]
) -> dict[str, Any] | None:
    """The commands of the editor of `flow`, with those of `step` first; none for those who may not edit."""
    flow_id = request.query_params.get("flow", "")
    if not flow_id or not actor.may(Permission.edit):
        return None
    try:
        flow = await services.flows.get(project_of(request), flow_id)
    except NotFound:
        return None
    step, at = request.query_params.get("step", ""), here(request, f"/flows/{flow.id}")
    listed = items(flow, step, at, await keys.bound(services.preferences, request), services.pieces)
    shown = [item for item in listed if _has(words, (item.title, item.group, item.summary))]
    return {"flow": flow, "step": step, "at": at, "items": shown, "large": is_large(flow.definition)}


def _narrowed(links: Iterable[PageLink], words: list[str]) -> list[PageLink]:
    return [link for link in links if _has(words, (link.title, link.words))]


def _has(words: list[str], texts: Iterable[str]) -> bool:
    text = " ".join(texts).lower()
    return all(word in text for word in words)


def _text(request: Request) -> str:
    return request.query_params.get("q", "").strip()[:LONGEST]
