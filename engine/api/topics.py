"""Topics: named channels between flows."""

from typing import Any

from pydantic import ConfigDict, Field

from engine.base.actor import Actor, Permission
from engine.store.paging import Page
from engine.store.topic_store import Message, TopicRow
from engine.triggers.topics import Published, Subscriber, Topics

from . import shapes
from .operation import operation
from .shapes import Body, Moment, Paged, ResponseBody


class Topic(ResponseBody):
    name: str
    messages: int = Field(description="How many are stored")
    last: str = Field(description="When the last one came; empty without any")


class TopicMessage(ResponseBody):
    id: str
    topic: str
    body: Any
    source: str = Field(description="Who published it: `run_…`, `api:…`, `page:…` or `destination`")
    lineage: list[str] = Field(description="The flows that led to it, oldest first")
    created: Moment


class TopicSubscriber(ResponseBody):
    flow_id: str
    flow_name: str
    trigger: str
    topics: list[str] = Field(description="The names or patterns that it reads")


class NewMessage(Body):
    """The message itself: any object."""

    model_config = ConfigDict(extra="allow")


class Accepted(ResponseBody):
    id: str
    duplicate: bool


class ReplayBody(Body):
    """From when on, and whether only one flow reads again."""

    since: str = Field(max_length=40, examples=["2026-03-03T10:15:30Z"])
    flow_id: str | None = Field(None, max_length=100)


class Replayed(ResponseBody):
    subscribers: list[TopicSubscriber] = Field(description="Who reads again")


@operation("GET", "/topics", Permission.view, answer=shapes.List[Topic])
async def list_topics(topics: Topics, actor: Actor) -> Page[TopicRow]:
    """List the topics that have messages or subscribers."""
    return Page(await topics.list(str(actor.project_id)))


@operation("POST", "/topics/{name}", Permission.edit, answer=Accepted, status=202)
async def publish_message(
    topics: Topics, actor: Actor, name: str, body: NewMessage, idempotency_key: str | None
) -> Published:
    """Publish a message on a topic.

    It is kept once this answers; every flow that subscribes to the topic runs for it at least once. Sent
    again with the same `Idempotency-Key` it is no second one, and the answer says `duplicate`.
    """
    source = f"api:{actor.name or actor.email}"
    key = None if idempotency_key is None else f"idempotency-key:{idempotency_key}"
    message = dict(body.model_extra or {})
    return await topics.publish(str(actor.project_id), name, message, source=source, key=key)


@operation("GET", "/topics/{name}/messages", Permission.view, answer=shapes.List[TopicMessage])
async def list_messages(topics: Topics, actor: Actor, name: str, query: Paged) -> Page[Message]:
    """List the messages of a topic, newest first."""
    return await topics.messages(str(actor.project_id), name, query.cursor, query.limit)


@operation("GET", "/topics/{name}/subscribers", Permission.view, answer=shapes.List[TopicSubscriber])
async def list_subscribers(topics: Topics, actor: Actor, name: str) -> Page[Subscriber]:
    """List the triggers of enabled flows that read a topic."""
    return Page(await topics.subscribers(str(actor.project_id), name))


@operation("POST", "/topics/{name}/replay", Permission.edit, answer=Replayed)
async def replay_topic(
    topics: Topics, actor: Actor, name: str, body: ReplayBody
) -> dict[str, list[Subscriber]]:
    """Let the subscribers of a topic read again what came since a moment.

    A subscriber whose pattern takes in other topics reads theirs again, too.
    """
    return {"subscribers": await topics.replay(actor, name, body.since, body.flow_id)}


OPERATIONS = (list_topics, publish_message, list_messages, list_subscribers, replay_topic)
