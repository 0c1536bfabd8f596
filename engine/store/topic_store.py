"""The SQL of topics: messages in the order in which they were published, and how far each trigger has read.

A feed reads messages, and Switchyard's own events, by their position in the log: see `Dialect.readable`. A
position is never assigned twice, so a cursor is one whole number.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from engine.base import clock

from . import sealed_store
from .sealed_store import Sealed
from .tx import Tx

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
    sealed: Sealed | None = None  # as it really is, where something of it is hidden


class Item(NamedTuple):
    """Something that a feed gives: a message, or an event."""

    position: int
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


def insert(tx: Tx, messages: list[NewMessage]) -> list[bool]:
    """Store messages; whether each is new. One whose id is there already is not stored again."""
    values = [(m.id, m.project_id, m.topic, m.body, m.source, _text(m.lineage), m.created) for m in messages]
    stored = tx.rows(
        "INSERT INTO topic_messages (id, project_id, topic, body, source, lineage, created)",
        values,
        "ON CONFLICT DO NOTHING RETURNING id",
    )
    fresh = {row[0] for row in stored}
    sealed_store.store(tx, [m.sealed for m in messages if m.sealed is not None and m.id in fresh])
    return [message.id in fresh for message in messages]


def topics(tx: Tx, project_id: str) -> list[TopicRow]:
    """Topics of a project that have messages, by name."""
    found = tx.execute(
        "SELECT topic, count(*), max(position) FROM topic_messages WHERE project_id = ? "
        "GROUP BY topic ORDER BY topic LIMIT 1000",
        (project_id,),
    ).fetchall()
    created = "SELECT created FROM topic_messages WHERE position = ?"
    return [TopicRow(name, count, tx.execute(created, (last,)).fetchone()[0]) for name, count, last in found]


_PAGE = (
    "SELECT id, topic, body, source, lineage, created FROM topic_messages "
    "WHERE project_id = ? AND topic = ?{after} ORDER BY position DESC LIMIT ?"
)
_FIRST_PAGE = _PAGE.format(after="")
_NEXT_PAGE = _PAGE.format(
    after=" AND position < (SELECT position FROM topic_messages WHERE id = ? AND project_id = ?)"
)


def messages(tx: Tx, project_id: str, topic: str, after: str | None, limit: int) -> list[Message]:
    """Messages of a topic, newest first; `after` is the id of the last one seen."""
    if after is None:
        rows = tx.execute(_FIRST_PAGE, (project_id, topic, limit))
    else:
        rows = tx.execute(_NEXT_PAGE, (project_id, topic, after, project_id, limit))
    return [
        Message(id, name, orjson.loads(body), source, _ids(lineage), created)
        for id, name, body, source, lineage, created in rows
    ]


def forget(tx: Tx, before: str, limit: int = 500) -> int:
    """Forget messages older than a moment (ISO 8601), a few of them; how many."""
    tx.execute(
        "DELETE FROM sealed_runs WHERE part = 'message' AND run_id IN "
        "(SELECT id FROM topic_messages WHERE created < ? ORDER BY position LIMIT ?)",
        (before, limit),
    )
    return tx.execute(
        "DELETE FROM topic_messages WHERE position IN "
        "(SELECT position FROM topic_messages WHERE created < ? ORDER BY position LIMIT ?)",
        (before, limit),
    ).rowcount


# -- cursors -------------------------------------------------------------------------------------------

MESSAGES, EVENTS = "messages", "events"
_LOGS = {MESSAGES: "topic_messages", EVENTS: "events"}
"""The table of each source."""
_BEFORE = "SELECT min(position) - 1 FROM {log} WHERE project_id = ? AND created >= ?"


def subscribe(tx: Tx, project_id: str, flow_id: str, trigger: str, source: str) -> None:
    """Let a trigger read what comes from now on; one that reads of the same source already goes on there."""
    tx.execute(
        "INSERT INTO subscriptions (flow_id, trigger, project_id, source, at, generation) "
        "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (flow_id, trigger) DO UPDATE "
        "SET source = excluded.source, at = excluded.at, generation = excluded.generation "
        "WHERE subscriptions.source <> excluded.source",
        (flow_id, trigger, project_id, source, tx.readable(_LOGS[source]), _generation()),
    )


def unsubscribe(tx: Tx, flow_id: str, trigger: str) -> None:
    """Forget how far a trigger has read."""
    tx.execute("DELETE FROM subscriptions WHERE flow_id = ? AND trigger = ?", (flow_id, trigger))


class Subscription(NamedTuple):
    """A trigger that reads, and of what: `EVENTS` or `MESSAGES`."""

    flow_id: str
    trigger: str
    project_id: str
    source: str


def subscribed(tx: Tx) -> list[Subscription]:
    """Each trigger that reads."""
    found = tx.execute("SELECT flow_id, trigger, project_id, source FROM subscriptions").fetchall()
    return [Subscription(*row) for row in found]


def move(tx: Tx, flow_id: str, trigger: str, generation: int, at: int) -> None:
    """Note how far a trigger has read, unless it was put back meanwhile."""
    tx.execute(
        "UPDATE subscriptions SET at = ? WHERE flow_id = ? AND trigger = ? AND generation = ?",
        (at, flow_id, trigger, generation),
    )


def rewind(tx: Tx, project_id: str, flow_id: str, trigger: str, since: str) -> bool:
    """Let a trigger read again what came since a moment (ISO 8601); False when it does not read."""
    row = tx.execute(
        "SELECT source, at, generation FROM subscriptions "
        "WHERE flow_id = ? AND trigger = ? AND project_id = ?",
        (flow_id, trigger, project_id),
    ).fetchone()
    if row is None:
        return False
    source, at, generation = row
    (before,) = tx.execute(_BEFORE.format(log=_LOGS[source]), (project_id, since)).fetchone()
    tx.execute(
        "UPDATE subscriptions SET at = ?, generation = ? WHERE flow_id = ? AND trigger = ?",
        (
            at if before is None else min(before, at), max(generation + 1, _generation()), flow_id, trigger,
        ),
    )  # fmt: skip
    return True


# -- reading on ----------------------------------------------------------------------------------------

_TOPIC = (
    "SELECT position, id, topic, body, source, lineage, created FROM topic_messages "
    "WHERE project_id = ? AND topic = ? AND position > ? AND position <= ? ORDER BY position LIMIT ?"
)
# By the position itself: the columns before the body are read without it.
_NAMES = {MESSAGES: "topic", EVENTS: "action"}
_HEADS = (
    "SELECT position, {name}, project_id FROM {log} WHERE position > ? AND position <= ? "
    "ORDER BY position LIMIT ?"
)
_ONE = {
    MESSAGES: "SELECT position, id, topic, body, source, lineage, created FROM topic_messages "
    "WHERE position = ?",
    EVENTS: "SELECT position, id, action, envelope, '', lineage, created FROM events WHERE position = ?",
}


def cursor(tx: Tx, flow_id: str, trigger: str) -> tuple[int, int] | None:
    """How far a trigger has read, and its generation."""
    found: tuple[int, int] | None = tx.execute(
        "SELECT at, generation FROM subscriptions WHERE flow_id = ? AND trigger = ?", (flow_id, trigger)
    ).fetchone()
    return found


def of_topic(tx: Tx, project_id: str, topic: str, at: int, generation: int) -> Batch:
    """The messages of one topic behind `at`."""
    readable = tx.readable(_LOGS[MESSAGES])
    items = list(_bounded(tx.execute(_TOPIC, (project_id, topic, at, readable, READ_AT_ONCE))))
    return Batch(items, items[-1].position if items else at, generation)


def matching(
    tx: Tx, source: str, project_id: str, wants: Callable[[str], bool], at: int, generation: int
) -> Batch:
    """The messages or events of a project behind `at` whose topic or action is wanted."""
    heads = _HEADS.format(name=_NAMES[source], log=_LOGS[source])
    readable = tx.readable(_LOGS[source])
    items: list[Item] = []
    size = 0
    for position, name, project in tx.execute(heads, (at, readable, _SCAN)).fetchall():
        if project == project_id and wants(name):
            row = tx.execute(_ONE[source], (position,)).fetchone()
            if row is not None:
                items.append(_item(row))
                size += len(items[-1].body)
        at = position
        if len(items) >= READ_AT_ONCE or size > _BYTES_AT_ONCE:
            break
    return Batch(items, at, generation)


def newest_event(tx: Tx) -> int:
    """The position of the last event that can be read; 0 without any."""
    readable = tx.readable(_LOGS[EVENTS])
    row = tx.execute("SELECT max(position) FROM events WHERE position <= ?", (readable,)).fetchone()
    return row[0] or 0


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
    position, id, name, body, source, lineage, created = row
    return Item(position, id, name, bytes(body), source, _ids(lineage), created)


def _ids(lineage: str) -> tuple[str, ...]:
    return tuple(orjson.loads(lineage)) if lineage != "[]" else ()


def _text(lineage: tuple[str, ...]) -> str:
    return orjson.dumps(lineage).decode() if lineage else "[]"
