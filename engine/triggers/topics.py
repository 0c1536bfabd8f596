"""Topics: named channels between the flows of a project. A message is durable before `publish` returns, and
each flow that subscribes runs for it at least once."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from engine.base import clock
from engine.base.actor import Actor, Permission
from engine.base.errors import BadInput, NotFound, TooLarge
from engine.base.ids import new_id
from engine.base.settings import Settings
from engine.base.types import Json
from engine.runs.masking import Masking, RunMask
from engine.store import flow_store, paging, topic_store
from engine.store.database import Database
from engine.store.paging import Page
from engine.store.topic_store import Message, NewMessage, TopicRow
from engine.store.tx import Tx
from pieces import PieceError
from pieces.topic import topic_name

from .consumers import Feeds


@dataclass(frozen=True)
class Published:
    """What became of a message."""

    id: str
    duplicate: bool
    """A message with the same key was there already; nothing was published."""


@dataclass(frozen=True)
class Subscriber:
    """A flow's trigger that reads a topic."""

    flow_id: str
    flow_name: str
    trigger: str
    topics: tuple[str, ...]
    """The names or patterns that it reads."""


Subscribers = list[Subscriber]


class Topics:
    """The service; one for the process."""

    def __init__(self, db: Database, feeds: Feeds, settings: Settings, masking: Masking) -> None:
        self._db = db
        self._masking = masking
        self._feeds = feeds
        self._settings = settings

    async def publish(
        self,
        project_id: str,
        topic: str,
        body: Json,
        *,
        source: str,
        lineage: Sequence[str] = (),
        key: str | None = None,
        mask: RunMask | None = None,
    ) -> Published:
        """Put a message on a topic; durable once this returns.

        `source` says who published it (`run_…`, `api:…`, `destination`), `lineage` which flows led to it,
        `mask` what is hidden of it from all but the flows that read it. With a `key` the same message
        published again is no second one. Raises `BadInput` for a name that cannot be one, and for a body that
        is not JSON; `TooLarge`.
        """
        check_name(topic)
        try:
            raw = orjson.dumps(body)
        except (TypeError, ValueError) as error:
            raise BadInput(f"The message cannot be written as JSON: {error}", field="body") from error
        if len(raw) > self._settings.max_body_bytes:
            raise TooLarge(f"The message is larger than {self._settings.max_body_bytes:,} bytes.")
        id = new_id("msg") if key is None else _id_of(project_id, topic, key)
        shown, sealed = self._masking.message(project_id, id, body, mask)
        raw = raw if sealed is None else orjson.dumps(shown)
        message = NewMessage(id, project_id, topic, raw, source, tuple(lineage), clock.now_iso(), sealed)
        await self._feeds.settled()
        fresh = await self._db.submit_to(topic_store.insert, message)
        if fresh:
            self._feeds.published(project_id, topic)
        return Published(id, duplicate=not fresh)

    async def list(self, project_id: str) -> list[TopicRow]:
        """Topics that have messages, or somebody who reads them by name; by name."""
        found = {row.name: row for row in await self._db.read(lambda tx: topic_store.topics(tx, project_id))}
        for _, _, feed in self._feeds.reads(project_id):
            for name in feed.topics:
                if not {"*", ">"} & {*name}:
                    found.setdefault(name, TopicRow(name, 0, ""))
        return [found[name] for name in sorted(found)]

    async def messages(
        self, project_id: str, topic: str, cursor: str | None = None, limit: int = 50
    ) -> Page[Message]:
        """Messages of a topic, newest first."""
        check_name(topic)
        after, size = paging.decode(cursor), paging.check_limit(limit)
        rows = await self._db.read(lambda tx: topic_store.messages(tx, project_id, topic, after, size + 1))
        return paging.page(rows, size, lambda row: row.id)

    async def subscribers(self, project_id: str, topic: str | None = None) -> Subscribers:
        """Who reads a topic, or any of the project's. Raises `BadInput` for a name that cannot be one."""
        if topic is not None:
            check_name(topic)
        reads = self._feeds.reads(project_id, topic)

        def named(tx: Tx) -> Subscribers:
            found = []
            for flow_id, trigger, feed in reads:
                flow = flow_store.get(tx, project_id, flow_id)
                if flow is not None:
                    found.append(Subscriber(flow_id, flow.name, trigger, feed.topics))
            return found

        return sorted(await self._db.read(named), key=lambda one: (one.flow_name.lower(), one.trigger))

    async def replay(self, actor: Actor, topic: str, since: str, flow_id: str | None = None) -> Subscribers:
        """Let the subscribers of a topic, or one flow of them, read again what came since a moment.

        A subscriber has one place at which it reads: one whose pattern takes in other topics reads
        theirs again, too. Gives who reads again. Raises `BadInput` for a moment that is none, `NotFound`
        when nobody reads the topic.
        """
        actor.require(Permission.edit)
        check_name(topic)
        project_id, moment = str(actor.project_id), _moment(since)
        found = await self.subscribers(project_id, topic)
        chosen = [one for one in found if flow_id in (None, one.flow_id)]
        done = []
        for one in chosen:
            moved = await self._db.submit(
                lambda tx, one=one: topic_store.rewind(  # type: ignore[misc]
                    tx, project_id, one.flow_id, one.trigger, moment
                )
            )
            if moved:
                self._feeds.wake(one.flow_id, one.trigger)
                done.append(one)
        if not done:
            raise NotFound("No enabled flow reads this topic." if flow_id is None else "This flow does not.")
        return done


def check_name(topic: str) -> None:
    """Raises `BadInput` for what cannot be a topic's name."""
    try:
        topic_name(topic)
    except PieceError as error:
        message = re.sub("`topic`", "A topic's name", error.message) + "."
        raise BadInput(message, field="topic") from error


def _id_of(project_id: str, topic: str, key: str) -> str:
    """The same id for the same key."""
    digest = hashlib.sha256(orjson.dumps([project_id, topic, key])).hexdigest()
    return f"msg_{digest[:26]}"


def _moment(text: str) -> str:
    try:
        return clock.to_iso(clock.from_iso(text))
    except (ValueError, OverflowError) as error:
        raise BadInput("Not an ISO 8601 time, such as 2026-03-03T10:15:30Z.", field="since") from error
