"""The flow that a destination leads to: choosing one, generating one, and whether it is published."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from engine.base.actor import Actor
from engine.base.errors import BadInput, Conflict, NotFound
from engine.events.registry import EVENTS
from ui.access.scopes import scope_of
from ui.shared.forms import Form
from ui.shared.page_context import actor_of

from .services import Services

_MOST = 200  # flows of one project that are offered
_PROJECTS = 20


async def projects(services: Services, request: Request) -> list[tuple[str, str]]:
    """Where a handler flow may be made: the page's own project, or for the platform any."""
    project_id = scope_of(request)
    if project_id is not None:
        return [(project_id, "")]
    found = await services.projects.list(actor_of(request))
    return [(one.id, one.name) for one in found]


async def flows(services: Services, request: Request) -> list[tuple[str, str]]:
    """What may be chosen: id and name, for the platform with the project's name."""
    found: list[tuple[str, str]] = []
    for project_id, name in (await projects(services, request))[:_PROJECTS]:
        page = await services.flows.list(project_id, limit=_MOST)
        found += [(flow.id, f"{name} / {flow.name}" if name else flow.name) for flow in page.data]
    return found


async def card(services: Services, request: Request, flow_id: str) -> dict[str, Any] | None:
    """The chosen flow and its state; None for one that is not there."""
    for project_id, _ in (await projects(services, request))[:_PROJECTS] if flow_id else ():
        try:
            flow = await services.flows.get(project_id, flow_id)
        except NotFound:
            continue
        live = bool(flow.published_version) and flow.enabled
        return {"flow": flow, "live": live, "href": f"/p/{project_id}/flows/{flow.id}"}
    return None


@dataclass(frozen=True)
class Generated:
    """What the form generated, so that a second press changes it."""

    flow_id: str
    revision: int
    announcement: str = ""

    def __str__(self) -> str:
        return f"{self.flow_id}:{self.revision}"


def generated(form: Form | None) -> Generated | None:
    """What the form says it generated before."""
    flow_id, _, revision = form.word("generated").partition(":") if form else ("", "", "")
    return Generated(flow_id, int(revision)) if revision.isdecimal() and len(revision) < 10 else None


async def generate(
    services: Services, request: Request, form: Form, events: list[str], name: str
) -> Generated:
    """A handler flow for the chosen events; one that this form generated and that is still chosen gets them
    instead. Raises `BadInput` without a choice, and if that flow was edited meanwhile."""
    actions = list(EVENTS) if events == ["*"] else [one for one in events if one in EVENTS]
    if not actions:
        raise BadInput("Choose the events below that the flow handles.", field="url")
    wanted: list[str] | str = "all" if len(actions) == len(EVENTS) else actions
    count = "1 event" if len(actions) == 1 else f"{len(actions)} events"
    before = generated(form)
    if before is not None and before.flow_id == form.word("url.flow"):
        found = await card(services, request, before.flow_id)
        if found is not None:
            actor = _within(request, found["flow"].project_id)
            try:
                flow = await services.flows.regenerate_handler(
                    actor, before.flow_id, before.revision, "switchyard", wanted
                )
            except Conflict as error:
                message = f"{error.message} Open it to add branches, or choose no flow to generate another."
                raise BadInput(message, field="url") from None
            return Generated(flow.id, flow.revision, f"Changed {flow.name}: it now handles {count}.")
    project_id = scope_of(request) or form.word("project")
    if project_id not in dict(await projects(services, request)):
        raise BadInput("Choose the project in which to create the flow.", field="project")
    made = await services.flows.generate_handler(
        _within(request, project_id), "switchyard", wanted, name=f"{name} handler" if name else None
    )
    return Generated(made.flow.id, made.flow.revision, f"Created {made.flow.name}: it handles {count}.")


async def publish(services: Services, request: Request, flow_id: str) -> None:
    """Publish and enable it. Raises `BadInput` with what stands against it."""
    found = await card(services, request, flow_id)
    if found is None:
        raise BadInput("There is no such flow.", field="url")
    await services.flows.publish(_within(request, found["flow"].project_id), flow_id)


def _within(request: Request, project_id: str) -> Actor:
    actor = actor_of(request)
    return actor if actor.project_id == project_id else actor.within(project_id, actor.role)
