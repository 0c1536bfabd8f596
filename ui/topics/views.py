"""Topics: the list, one topic with its messages and who reads them; a test message; reading again."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.base.actor import Permission
from engine.base.errors import BadInput, NotFound, SwitchyardError, TooLarge
from engine.triggers.consumers import topic_matches
from engine.triggers.topics import check_name
from engine.web.routes import route
from ui.shared import forms
from ui.shared.page_context import actor_of, here, page, project_of, services
from ui.shared.render import redirect

_ALL = "/p/{project_id}/topics"
_ONE = _ALL + "/{topic}"
_PAGE = 20


def routes() -> list[Route]:
    view, edit = Permission.view, Permission.edit
    return [
        route(_ALL, index, permission=view, name="topics"),
        route(_ALL, publish, permission=edit, methods=["POST"]),
        route(_ONE, show, permission=view, name="topic"),
        route(_ONE + "/replay", replay, permission=edit, methods=["POST"]),
    ]


async def index(request: Request) -> Response:
    return await _list(request)


async def show(request: Request) -> Response:
    return await _show(request)


async def publish(request: Request) -> Response:
    """A message by hand; from the list, or from the page of its topic."""
    sy, form = services(request), await forms.read(request, services(request).settings.max_body_bytes)
    given = {"topic": form.word("topic"), "body": form.text("body")}
    actor = actor_of(request)
    try:
        await sy.topics.publish(
            project_of(request),
            given["topic"],
            form.json("body"),
            source=f"page:{actor.email or actor.name}",
        )
    except (BadInput, TooLarge) as error:
        return await _list(request, given, error)
    return redirect(request, here(request, f"/topics/{given['topic']}?sent=1"))


async def replay(request: Request) -> Response:
    """Let those who read a topic read again from a moment on."""
    sy, form = services(request), await forms.read(request, 2_000)
    topic = request.path_params["topic"]
    try:
        found = await sy.topics.replay(
            actor_of(request), topic, form.word("since"), form.word("flow") or None
        )
    except (BadInput, NotFound) as error:
        return await _show(request, {"since": form.word("since"), "flow": form.word("flow")}, error)
    return redirect(request, here(request, f"/topics/{topic}?again={len(found)}"))


async def _list(
    request: Request, given: dict[str, str] | None = None, error: SwitchyardError | None = None
) -> Response:
    sy, project_id = services(request), project_of(request)
    topics, readers = await sy.topics.list(project_id), await sy.topics.subscribers(project_id)
    return await page(
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
    request: Request, given: dict[str, str] | None = None, error: SwitchyardError | None = None
) -> Response:
    sy, project_id, topic = services(request), project_of(request), request.path_params["topic"]
    asked = request.query_params
    try:
        check_name(topic)
    except BadInput as wrong:
        raise NotFound("There is no such topic.") from wrong
    messages = await sy.topics.messages(project_id, topic, asked.get("cursor") or None, _PAGE)
    readers = await sy.topics.subscribers(project_id, topic)
    return await page(
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
