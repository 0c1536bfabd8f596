"""Topic: named channels between the flows of a project."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from ._action import Finding
from ._context import Context
from ._errors import PieceError
from ._piece import Piece
from ._props import Example, Json
from ._trigger import Feed

topic = Piece("topic", icon="radio")

_WORD = "[a-z0-9_-]+"
_NAME = re.compile(rf"{_WORD}(\.{_WORD})*", re.ASCII)
_PATTERN = re.compile(rf"(({_WORD}|\*)\.)*({_WORD}|\*|>)", re.ASCII)
_ACTIONS = re.compile(r"\*|[a-z_]+(\.[a-z_]+)*(\.\*)?", re.ASCII)
_LONGEST = 200


@topic.action
async def publish(ctx: Context, topic: Annotated[str, Example("orders.created")], body: Json = None) -> Json:
    """Publish a message to a topic.

    Every flow that subscribes to the topic runs once for it. The message is kept before the step is done.

    Args:
        topic: Lowercase letters, digits, `_` and `-`, in parts separated by dots.
        body: The message: any value. Subscribers see it as `trigger.body`.
    """
    return await ctx.publish(topic_name(topic), body)


@topic.feed
async def subscribe(ctx: Context, topic: Annotated[str, Example("orders.*")], sample: Json = None) -> Feed:
    """Start a run for each message of a topic.

    Args:
        topic: Its name. `*` stands for one word, a last `>` for all the rest: `orders.*`, `orders.>`.
        sample: A message as publishers send it; used to test the flow.
    """
    return Feed(topics=(topic_pattern(topic),))


@topic.feed
async def platform_event(
    ctx: Context, events: Annotated[list[str], Example(["flow.run.failed", "connection.*"])]
) -> Feed:
    """Start when Switchyard says something of this project.

    The event comes as a destination gets it, without a request in between: `trigger.body.action` names it.

    Args:
        events: Such as `flow.run.failed`; `flow.*` for all that begin so, `*` for every one.
    """
    return Feed(events=_actions(events))


@subscribe.check
def _subscribe_findings(values: Mapping[str, Any]) -> Iterator[Finding]:
    """A pattern that cannot be one."""
    if isinstance(values.get("topic"), str):
        try:
            topic_pattern(values["topic"])
        except PieceError as error:
            yield Finding("/topic", error.message)


@platform_event.check
def _event_findings(values: Mapping[str, Any]) -> Iterator[Finding]:
    """Names that no event can have."""
    events = values.get("events")
    if isinstance(events, list) and all(isinstance(one, str) for one in events):
        try:
            _actions(events)
        except PieceError as error:
            yield Finding("/events", error.message)


def topic_name(text: str) -> str:
    """A topic's name, or `PieceError`."""
    if len(text) > _LONGEST or not _NAME.fullmatch(text):
        raise PieceError(
            "`topic` must be lowercase letters, digits, _ and -, in parts separated by dots", field="topic"
        )
    return text


def topic_pattern(text: str) -> str:
    """A topic's name or a pattern of names, or `PieceError`."""
    if len(text) > _LONGEST or not _PATTERN.fullmatch(text):
        raise PieceError(
            "`topic` must be parts separated by dots; * matches one part, and a final > matches the rest",
            field="topic",
        )
    return text


def _actions(events: list[str]) -> tuple[str, ...]:
    if not events:
        raise PieceError("`events` must name at least one event", field="events")
    for text in events:
        if not _ACTIONS.fullmatch(text):
            raise PieceError(
                f"`events`: {text!r} is not an event; write flow.run.failed or flow.*", field="events"
            )
    return tuple(events)
