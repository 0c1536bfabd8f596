"""Topics: the list, one topic with its messages and who reads them; a test message; reading again."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engine.base.actor import Permission
from engine.base.errors import BadInput, NotFound, SwitchyardError, TooLarge
from engine.base.settings import Settings
from engine.triggers.consumers import topic_matches
from engine.triggers.topics import Topics, check_name
from engine.web.routes import RouteSpec, bind, route
from ui.shared import forms
from ui.shared.page_context import Layout, actor_of, here, project_of
from ui.shared.render import redirect

_ALL = "/p/{project_id}/topics"
_ONE = _ALL + "/{topic}"
_PAGE = 20


@dataclass(frozen=True)
class Services:
    """What these pages use."""

    layout: Layout
    topics: Topics
    settings: Settings


def routes(services: Services) -> list[RouteSpec]:
    view, edit = Permission.view, Permission.edit
    return [
        route(_ALL, bind(index, services), permission=view, name="topics"),
        route(_ALL, bind(publish, services), permission=edit, methods=["POST"]),
        route(_ONE, bind(show, services), permission=view, name="topic"),
        route(_ONE + "/replay", bind(replay, services), permission=edit, methods=["POST"]),
    ]


async def index(services: Services, request: Request) -> Response:
    return await _list(services, request)


async def show(services: Services, request: Request) -> Response:
    return await _show(services, request)


async def publish(services: Services, request: Request) -> Response:
    """A message by hand; from the list, or from the page of its topic."""
    form = await forms.read(request, services.settings.max_body_bytes)
    given = {"topic": form.word("topic"), "body": form.text("body")}
    actor = actor_of(request)
    try:
        await services.topics.publish(
            project_of(request),
            given["topic"],
            form.json("body"),
            source=f"page:{actor.email or actor.name}",
        )
    except (BadInput, TooLarge) as error:
        return await _list(services, request, given, error)
    return redirect(request, here(request, f"/topics/{given['topic']}?sent=1"))


async def replay(services: Services, request: Request) -> Response:
    """Let those who read a topic read again from a moment on."""
    form = await forms.read(request, 2_000)
    topic = request.path_params["topic"]
    try:
        found = await services.topics.replay(
            actor_of(request), topic, form.word("since"), form.word("flow") or None
        )
    except (BadInput, NotFound) as error:
        return await _show(services, request, {"since": form.word("since"), "flow": form.word("flow")}, error)
    return redirect(request, here(request, f"/topics/{topic}?again={len(found)}"))


async def _list(
    services: Services,
    request: Request,
    given: dict[str, str] | None = None,
    error: SwitchyardError | None = None,
) -> Response:
    project_id = project_of(request)
    topics, readers = await services.topics.list(project_id), await services.topics.subscribers(project_id)
    return await services.layout.page(
        request,
        "topics/list.html",
        error.status if error else 200,
        topics=topics,
        readers={
            one.name: sum(
                any(topic_matches(pattern, one.name) for pattern in reader.topics) for reader in readers
            )
            for one in topics
        },
        given=given or {"topic": "", "body": '{\n  "hello": "world"\n}'},
        errors=_wrong(error),
    )


async def _show(
    services: Services,
    request: Request,
    given: dict[str, str] | None = None,
    error: SwitchyardError | None = None,
) -> Response:
    project_id, topic = project_of(request), request.path_params["topic"]
    asked = request.query_params
    try:
        check_name(topic)
    except BadInput as wrong:
        raise NotFound("There is no such topic.") from wrong
    messages = await services.topics.messages(project_id, topic, asked.get("cursor") or None, _PAGE)
    readers = await services.topics.subscribers(project_id, topic)
    return await services.layout.page(
        request,
        "topics/show.html",
        error.status if error else 200,
        topic=topic,
        messages=messages,
        readers=readers,
        flows=list(dict.fromkeys((one.flow_id, one.flow_name) for one in readers)),
        given=given or {"since": "", "flow": ""},
        wrong=error.message if error else "",
        told=_told(asked) if error is None else "",
        paged="cursor" in asked,
    )


def _told(asked: Any) -> str:
    """What the page says of what was just done."""
    if "sent" in asked:
        return "The message is published."
    again = asked.get("again", "")
    if again.isascii() and again.isdigit() and len(again) < 5:
        return f"{again} subscriber{' reads' if again == '1' else 's read'} again from then on."
    return ""


def _wrong(error: SwitchyardError | None) -> dict[str, str]:
    return {} if error is None else {error.field or "body": error.message}
