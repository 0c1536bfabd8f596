"""Requests to a flow's `/test` address, shown on the samples page as they arrive."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from engine.authoring.flows import Flows
from engine.base import clock
from engine.base.actor import Permission
from engine.base.pubsub import Live
from engine.intake.captures import Captures
from engine.web.routes import RouteSpec, bind, route
from ui.flows.samples import listing
from ui.runs.run import BEAT, Inbox
from ui.runs.stream import Streams
from ui.shared.page_context import actor_of, project_of
from ui.shared.render import fragment, message, partial


@dataclass(frozen=True)
class Services:
    """What these pages use."""

    flows: Flows
    live: Live
    streams: Streams
    captures: Captures


def routes(services: Services) -> list[RouteSpec]:
    path = "/p/{project_id}/flows/{flow_id}/samples/stream"
    return [route(path, bind(stream, services), permission=Permission.view, name="samples stream")]


async def stream(services: Services, request: Request) -> Response:
    project_id, flow_id = project_of(request), request.path_params["flow_id"]
    await services.flows.get(project_id, flow_id)  # a 404 before the stream begins
    may_edit = actor_of(request).may(Permission.edit)
    shown = request.query_params.get("sample", "")
    return services.streams.events(request, caught(services, project_id, flow_id, shown, may_edit))


async def caught(
    services: Services, project_id: str, flow_id: str, shown: str, may_edit: bool
) -> AsyncGenerator[bytes, None]:
    """The list of samples whenever a request made one; once at the start, for what the page missed.

    `shown` is the sample that the page shows. As long as an editor looks at it, anyone may send a sample.
    """
    inbox, name = Inbox(services.live, f"flow:{flow_id}"), ""
    try:
        await clock.pause()  # the subscription begins
        while True:
            known = listing(await services.flows.get(project_id, flow_id), shown, name)
            html = fragment(
                "flows/samples.html",
                "captured",
                **known,
                base=f"/p/{project_id}",
                listening=True,
                may_edit=may_edit,
            )
            yield message(partial("captured", html))
            kept: list[str] = []
            while not kept:
                if may_edit:
                    services.captures.open(flow_id)
                heard = await inbox.heard(BEAT)
                if not heard:
                    yield b": still here\n\n"
                kept = [str(one["name"]) for one in heard if one["type"] == "sample"]
            name = kept[-1]
    finally:
        await inbox.close()
