"""The SQL of topics: messages in the order in which they were published, and how far each trigger has read.

A feed reads messages by `number`, and Switchyard's own events by `rowid`. Both only grow; neither is given
twice, so a cursor is one whole number.
"""

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from sqlalchemy import text
from sqlmodel import Session

from engine.base import clock

from .database import rows

READ_AT_ONCE = 200
_BYTES_AT_ONCE = 4_000_000
_SCAN = 2_000  # rows that one step looks at for a pattern


class NewMessage(NamedTuple):
    """A message that was taken, not yet durable."""

    id: str
    project_id: str
    topic: str
    body: bytes  # JSON
    source: str
    lineage: tuple[str, ...]
    created: str


class Item(NamedTuple):
    """Something that a feed gives: a message, or an event."""

    number: int
    id: str
    name: str
    """The topic, or the event's action."""
    body: bytes
    source: str
    lineage: tuple[str, ...]
    created: str


@dataclass(frozen=True)
class Batch:
    """What a feed reads at once; `at` is how far that is, whether anything was for it or not."""

    items: list[Item]
    at: int
    generation: int


@dataclass(frozen=True)
class TopicRow:
    """A topic in a list."""

    name: str
    messages: int
    last: str
    """When the last message came."""


@dataclass(frozen=True)
class Message:
    """A message of a topic."""

    id: str
    topic: str
    body: Any
    source: str
    """`run_…` that published it, `api:` or `page:` and who, `destination`."""
    lineage: tuple[str, ...]
    created: str


# -- messages ------------------------------------------------------------------------------------------


def insert(connection: sqlite3.Connection, messages: list[NewMessage]) -> list[bool]:
    """Store messages; whether each is new. One whose id is there already is not stored again."""
    values = [(m.id, m.project_id, m.topic, m.body, m.source, _text(m.lineage), m.created) for m in messages]
    stored = rows(
        connection,
        "INSERT INTO topic_messages (id, project_id, topic, body, source, lineage, created)",
        values,
        "ON CONFLICT DO NOTHING RETURNING id",
    )
    fresh = {row[0] for row in stored}
    return [message.id in fresh for message in messages]


_LISTED = text(
    "SELECT topic, count(*) AS messages, max(number) AS last FROM topic_messages WHERE project_id = :project "
    "GROUP BY topic ORDER BY topic LIMIT 1000"
)


def topics(session: Session, project_id: str) -> list[TopicRow]:
    """Topics of a project that have messages, by name."""
    found = session.connection().execute(_LISTED, {"project": project_id}).all()
    return [
        TopicRow(name, count, _one(session, "SELECT created FROM topic_messages WHERE number = :n", n=last))
        for name, count, last in found
    ]


_FIRST_PAGE = text(
    "SELECT id, topic, body, source, lineage, created FROM topic_messages "
    "WHERE project_id = :project AND topic = :topic ORDER BY number DESC LIMIT :limit"
)
_PAGE = text(
    "SELECT id, topic, body, source, lineage, created FROM topic_messages "
    "WHERE project_id = :project AND topic = :topic AND number < "
    "(SELECT number FROM topic_messages WHERE id = :after AND project_id = :project) "
    "ORDER BY number DESC LIMIT :limit"
)


def messages(session: Session, project_id: str, topic: str, after: str | None, limit: int) -> list[Message]:
    """Messages of a topic, newest first; `after` is the id of the last one seen."""
    values = {"project": project_id, "topic": topic, "limit": limit, **({"after": after} if after else {})}
    rows = session.connection().execute(_PAGE if after else _FIRST_PAGE, values).all()
    return [
        Message(id, name, orjson.loads(body), source, _ids(lineage), created)
        for id, name, body, source, lineage, created in rows
    ]


def forget(connection: sqlite3.Connection, before: str, limit: int = 500) -> int:
    """Forget messages older than a moment (ISO 8601), a few of them; how many."""
    return connection.execute(
        "DELETE FROM topic_messages WHERE number IN "
        "(SELECT number FROM topic_messages WHERE created < ? ORDER BY number LIMIT ?)",
        (before, limit),
    ).rowcount


# -- cursors -------------------------------------------------------------------------------------------

MESSAGES, EVENTS = "messages", "events"
_NEWEST = {
    MESSAGES: "SELECT COALESCE(max(number), 0) FROM topic_messages",
    EVENTS: "SELECT COALESCE(max(rowid), 0) FROM events",
}
_BEFORE = {
    MESSAGES: "SELECT min(number) - 1 FROM topic_messages WHERE project_id = ? AND created >= ?",
    EVENTS: "SELECT min(rowid) - 1 FROM events WHERE project_id = ? AND created >= ?",
}


def subscribe(
    connection: sqlite3.Connection, project_id: str, flow_id: str, trigger: str, source: str
) -> None:
    """Let a trigger read what comes from now on; one that reads of the same source already goes on there."""
    (newest,) = connection.execute(_NEWEST[source]).fetchone()
    connection.execute(
        "INSERT INTO subscriptions (flow_id, trigger, project_id, source, at, generation) "
        "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (flow_id, trigger) DO UPDATE "
        "SET source = excluded.source, at = excluded.at, generation = excluded.generation "
        "WHERE source <> excluded.source",
        (flow_id, trigger, project_id, source, newest, _generation()),
    )


def unsubscribe(connection: sqlite3.Connection, flow_id: str, trigger: str) -> None:
    """Forget how far a trigger has read."""
    connection.execute("DELETE FROM subscriptions WHERE flow_id = ? AND trigger = ?", (flow_id, trigger))


def subscribed(session: Session) -> list[tuple[str, str]]:
    """(flow id, trigger) of each that reads."""
    found = session.connection().execute(text("SELECT flow_id, trigger FROM subscriptions")).all()
    return [(flow_id, trigger) for flow_id, trigger in found]


def move(connection: sqlite3.Connection, flow_id: str, trigger: str, generation: int, at: int) -> None:
    """Note how far a trigger has read, unless it was put back meanwhile."""
    connection.execute(
        "UPDATE subscriptions SET at = ? WHERE flow_id = ? AND trigger = ? AND generation = ?",
        (at, flow_id, trigger, generation),
    )


def rewind(connection: sqlite3.Connection, project_id: str, flow_id: str, trigger: str, since: str) -> bool:
    """Let a trigger read again what came since a moment (ISO 8601); False when it does not read."""
    row = connection.execute(
        "SELECT source, at FROM subscriptions WHERE flow_id = ? AND trigger = ? AND project_id = ?",
        (flow_id, trigger, project_id),
    ).fetchone()
    if row is None:
        return False
    (before,) = connection.execute(_BEFORE[row[0]], (project_id, since)).fetchone()
    at = row[1] if before is None else min(before, row[1])
    connection.execute(
        "UPDATE subscriptions SET at = ?, generation = max(generation + 1, ?) "
        "WHERE flow_id = ? AND trigger = ?",
        (at, _generation(), flow_id, trigger),
    )
    return True


# -- reading on ----------------------------------------------------------------------------------------

_TOPIC = text(
    "SELECT number, id, topic, body, source, lineage, created FROM topic_messages "
    "WHERE project_id = :project AND topic = :topic AND number > :at ORDER BY number LIMIT :limit"
)
# By the number itself: the columns before the body are read without it.
_HEADS = text(
    "SELECT number, topic, project_id FROM topic_messages WHERE number > :at ORDER BY number LIMIT :limit"
)
_ONE = text(
    "SELECT number, id, topic, body, source, lineage, created FROM topic_messages WHERE number = :number"
)
_EVENT_HEADS = text(
    "SELECT rowid, action, project_id FROM events WHERE rowid > :at ORDER BY rowid LIMIT :limit"
)
_EVENT = text("SELECT rowid, id, action, envelope, '', lineage, created FROM events WHERE rowid = :number")


def cursor(session: Session, flow_id: str, trigger: str) -> tuple[int, int] | None:
    """How far a trigger has read, and its generation."""
    found = session.connection().execute(
        text("SELECT at, generation FROM subscriptions WHERE flow_id = :flow AND trigger = :trigger"),
        {"flow": flow_id, "trigger": trigger},
    )
    row = found.first()
    return None if row is None else (row[0], row[1])


def of_topic(session: Session, project_id: str, topic: str, at: int, generation: int) -> Batch:
    """The messages of one topic behind `at`."""
    values = {"project": project_id, "topic": topic, "at": at, "limit": READ_AT_ONCE}
    items = list(_bounded(session.connection().execute(_TOPIC, values)))
    return Batch(items, items[-1].number if items else at, generation)


def matching(
    session: Session, source: str, project_id: str, wants: Callable[[str], bool], at: int, generation: int
) -> Batch:
    """The messages or events of a project behind `at` whose topic or action is wanted."""
    heads, one = (_HEADS, _ONE) if source == MESSAGES else (_EVENT_HEADS, _EVENT)
    connection = session.connection()
    items: list[Item] = []
    size = 0
    for number, name, project in connection.execute(heads, {"at": at, "limit": _SCAN}).all():
        if project == project_id and wants(name):
            row = connection.execute(one, {"number": number}).first()
            if row is not None:
                items.append(_item(row))
                size += len(items[-1].body)
        at = number
        if len(items) >= READ_AT_ONCE or size > _BYTES_AT_ONCE:
            break
    return Batch(items, at, generation)


def newest_event(session: Session) -> int:
    """The rowid of the last event."""
    return int(_one(session, _NEWEST[EVENTS]))


def _generation() -> int:
    """Later than every generation that a trigger of this name had before it was unsubscribed."""
    return int(clock.now() * 1000)


def _bounded(found: Iterable[Any]) -> Iterable[Item]:
    size = 0
    for row in found:
        item = _item(row)
        size += len(item.body)
        yield item
        if size > _BYTES_AT_ONCE:
            return


def _item(row: Any) -> Item:
    number, id, name, body, source, lineage, created = row
    return Item(number, id, name, bytes(body), source, _ids(lineage), created)


def _ids(lineage: str) -> tuple[str, ...]:
    return tuple(orjson.loads(lineage)) if lineage != "[]" else ()


def _text(lineage: tuple[str, ...]) -> str:
    return orjson.dumps(lineage).decode() if lineage else "[]"


def _one(session: Session, sql: str, **values: Any) -> Any:
    return session.connection().execute(text(sql), values).scalar_one()
