"""Two people at one flow: who is there, what another changed, and the page that takes it in.

A stream says who comes and goes, and each new revision of the draft. For one that is not its own the page
asks for `latest`: the bar and the drawing are renewed; the panel too, unless somebody writes in it. What is
being written about a part that another has changed keeps the revision it was begun on, so that saving it is
refused with the differences instead of overwriting what it has not seen.
"""

import functools
import json
from collections.abc import AsyncGenerator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engine.authoring.presence import Person
from engine.base import clock
from engine.base.actor import Actor, Permission
from engine.base.errors import NotFound
from engine.base.offload import is_large, offload
from engine.store.edit_store import EditRow
from engine.web.routes import RouteSpec, bind, route
from ui.runs.run import BEAT, Inbox
from ui.shared.page_context import actor_of, project_of
from ui.shared.render import blocks, fragment, message, partial

from . import page
from .services import Services

_FLOW = "/p/{project_id}/flows/{flow_id}"


def routes(services: Services) -> list[RouteSpec]:
    edit = Permission.edit
    return [
        route(f"{_FLOW}/people/stream", bind(stream, services), permission=edit, name="people stream"),
        route(f"{_FLOW}/latest", bind(latest, services), permission=edit),
    ]


async def stream(services: Services, request: Request) -> Response:
    project_id, flow_id = project_of(request), request.path_params["flow_id"]
    await services.flows.row(project_id, flow_id)  # a 404 before the stream begins
    return services.streams.events(request, comings(services, actor_of(request), project_id, flow_id))


async def comings(
    services: Services, actor: Actor, project_id: str, flow_id: str
) -> AsyncGenerator[bytes, None]:
    """Who else is there, whenever that changes, and an event `edited` with each new revision.

    The draft's revision is looked up with each beat, too: somebody may edit in another process.
    """
    inbox, me = Inbox(services.live, f"flow:{flow_id}"), str(actor.user_id)
    ticket = services.presence.enter(flow_id, Person(me, actor.name or actor.email or "Somebody"))
    shown: list[Person] | None = None
    revision = 0
    try:
        await clock.pause()  # the subscription begins
        while True:
            others = services.presence.people(flow_id, me)
            if others != shown:
                shown = others
                yield message(partial("people", fragment("editor/people.html", "people", others=others)))
            now = (await services.flows.row(project_id, flow_id)).revision
            if now != revision:
                revision = now
                yield message(json.dumps({"revision": now}), event="edited")
            if not await inbox.heard(BEAT):
                yield b": still here\n\n"
    except NotFound:
        yield message(event="gone")
    finally:
        services.presence.leave(flow_id, ticket)
        await inbox.close()


async def latest(services: Services, request: Request) -> Response:
    """What another's edit changed of the page that shows `since`; nothing if there is nothing newer."""
    flow, given = await page.flow_of(services, request), request.query_params
    if given.get("since") == str(flow.revision):
        return Response(status_code=204)
    context = await page.context_of(services, request, flow, page.state_shown(request))
    about_it = given.get("mark") != context["panel_mark"]
    busy = bool(given.get("busy"))
    done = (await services.edits.history(project_of(request), flow.id, limit=1)).data
    context["saved"] = await _told(services, request, done[0]) if done else ""
    context["behind"] = about_it and busy
    wanted = ("bar", "plan") if busy or not about_it else ("bar", "plan", "panel")
    work = functools.partial(blocks, request, page.TEMPLATE, wanted, 200, **context)
    return await offload(work, large=is_large(flow.definition))


async def _told(services: Services, request: Request, edit: EditRow) -> str:
    """`Ann: Added a step`."""
    known: dict[Any, str] = {
        one.user_id: one.name for one in await services.projects.members(project_of(request))
    }
    who = known.get(edit.user_id, "An API client" if str(edit.user_id).startswith("key") else "Somebody")
    return f"{who}: {f'Undid: {edit.sentence}' if edit.undone else edit.sentence}"
