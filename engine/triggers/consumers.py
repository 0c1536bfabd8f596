"""Consumers of feeds: read what a trigger subscribes to, message by message, into runs.

Each feed has a cursor in the store. It is moved once the runs of all that stands before it are durable, and
a message's id is the run's dedupe key: a process that dies in between reads the same again and starts
nothing twice. A message waits where it is, not in the queue, while the queue has much to do.

    sync(flow) → a reader for each feed trigger → wake → read behind the cursor → queue.put → move the cursor
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import orjson

from engine.authoring.active_flows import ActiveFlow, ActiveFlows
from engine.base import clock
from engine.base.clock import now_iso
from engine.base.errors import Overloaded, unexpected
from engine.base.ids import new_id
from engine.base.piece_calls import PATIENCE, SETTING_UP, within
from engine.base.redaction import MASK
from engine.events import listeners as interest
from engine.events.listeners import Interest
from engine.http.lineage import cut
from engine.runs.masking import Masking
from engine.runs.queue import Queue
from engine.runs.splitting import Splitter
from engine.store import cycle_guard, sealed_store, topic_store
from engine.store.database import Database
from engine.store.patience import patient
from engine.store.run_store import NewRun
from engine.store.topic_store import EVENTS, MESSAGES, Batch, Item
from engine.store.tx import Tx
from pieces import Feed, PieceError, Registry, Retry, UnknownPiece

log = logging.getLogger("switchyard.topics")

Note = Callable[[str, str, str, str | None], Awaitable[None]]
"""Shows why a trigger does not read, or that it does (None): project, flow, trigger, text."""

_DOTS = MASK.encode()
_PAUSE = 0.1  # seconds until a reader looks again whether the queue has room
_FIRST = 1.0  # seconds until a reader that failed tries again; doubled each time
_LATEST = 60.0  # seconds between two attempts of a reader that fails, at most


@dataclass
class _Reader:
    """One feed trigger of one enabled flow."""

    project_id: str
    flow_id: str
    trigger: str
    feed: Feed
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    task: "asyncio.Task[None] | None" = None
    seen: tuple[int, int] = (0, 0)
    """Generation, and how far it looked without finding anything; not worth a write."""

    @property
    def source(self) -> str:
        return EVENTS if self.feed.events else MESSAGES

    @property
    def owner(self) -> str:
        return _owner(self.flow_id, self.trigger)

    def wants(self, name: str) -> bool:
        """Whether a topic, or an event's action, is for it."""
        if self.feed.events:
            return interest.matches(self.feed.events, name)
        return any(topic_matches(pattern, name) for pattern in self.feed.topics)


def _owner(flow_id: str, trigger: str) -> str:
    """Under which name a trigger listens to events."""
    return f"trigger:{flow_id}:{trigger}"


class Feeds:
    """The readers of all enabled flows, one task each."""

    def __init__(
        self,
        db: Database,
        queue: Queue,
        flows: ActiveFlows,
        pieces: Registry,
        listeners: Interest,
        note: Note,
        most_waiting: int,
        masking: Masking,
        splitter: Splitter,
    ) -> None:
        """`most_waiting`: runs in the queue's backlog beyond which messages wait in their topic."""
        self._db, self._queue, self._flows, self._pieces = db, queue, flows, pieces
        self._listeners = listeners
        self._note = note
        self._masking = masking
        self._splitter = splitter
        self._most_waiting = most_waiting
        self._readers: dict[tuple[str, str], _Reader] = {}
        self._order = asyncio.Lock()
        self._syncs: set[asyncio.Task[None]] = set()
        self._settling: set[asyncio.Future[None]] = set()  # changes that others wait for
        self._again: dict[str, clock.Timer] = {}  # flows whose piece is asked again
        self._event_loop: asyncio.Task[None] | None = None
        self.event_pace = 0.5
        """Seconds between two looks for new events, while a trigger reads them."""

    async def start(self, enabled: list[str]) -> None:
        """Go on where an earlier process stopped, with the `enabled` flows."""
        known = await self._db.read(topic_store.subscribed)
        for one in known:
            if one.source == EVENTS:  # which ones, its piece has yet to say: until then none is missed
                self._listeners.set(_owner(one.flow_id, one.trigger), one.project_id, ("*",))
        for flow_id in dict.fromkeys([*enabled, *(one.flow_id for one in known)]):
            self.changed(flow_id)
        await self.settled()
        self._event_loop = asyncio.create_task(self._watch_events(), name="events of feeds")

    async def stop(self) -> None:
        """Read no more; what was read is durable or will be read again."""
        for timer in self._again.values():
            timer.cancel()
        tasks = [reader.task for reader in self._readers.values() if reader.task is not None]
        tasks += self._syncs
        if self._event_loop is not None:
            tasks.append(self._event_loop)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._readers.clear()

    def changed(self, flow_id: str) -> None:
        """A flow was published, enabled, disabled or deleted: read what it now asks for."""
        again = self._again.pop(flow_id, None)
        if again is not None:
            again.cancel()
        loop = asyncio.get_running_loop()
        settled = loop.create_future()
        self._settling.add(settled)
        task = loop.create_task(patient(partial(self._try_sync, flow_id, settled)))
        self._syncs.add(task)
        task.add_done_callback(self._syncs.discard)
        task.add_done_callback(lambda _: self._is_settled(settled))

    async def _try_sync(self, flow_id: str, settled: "asyncio.Future[None]") -> None:
        """Bring a flow's readers in step; nobody waits longer than for the first try."""
        try:
            await self.sync(flow_id, lambda: self._is_settled(settled))
        finally:
            self._is_settled(settled)

    def _is_settled(self, change: "asyncio.Future[None]") -> None:
        self._settling.discard(change)
        if not change.done():
            change.set_result(None)

    async def settled(self) -> None:
        """Wait until what changed so far counts: whoever enabled a flow expects the next message in it. But
        for no piece that hangs: it stalls nobody's messages."""
        if self._settling:
            await asyncio.wait(self._settling)

    async def sync(self, flow_id: str, hangs: Callable[[], None] = lambda: None) -> None:
        """Make the readers of a flow those that its published version asks for. Pieces are asked before the
        lock is taken; `hangs` is called when one takes long."""
        while True:
            flow = await self._flows.active(flow_id)
            wanted, unknown = await self._wanted(flow, hangs)
            async with self._order:
                if await self._flows.active(flow_id) == flow:  # else it was changed meanwhile: once more
                    await self._set(flow_id, flow, wanted, unknown)
                    return

    def published(self, project_id: str, topic: str) -> None:
        """A message is durable: wake who reads its topic."""
        for reader in self._readers.values():
            if reader.project_id == project_id and reader.source == MESSAGES and reader.wants(topic):
                reader.wake.set()

    def reads(self, project_id: str, topic: str | None = None) -> list[tuple[str, str, Feed]]:
        """(flow id, trigger, feed) of those that read topics of a project, or one topic of it."""
        return [
            (reader.flow_id, reader.trigger, reader.feed)
            for reader in self._readers.values()
            if reader.project_id == project_id
            and reader.source == MESSAGES
            and (topic is None or reader.wants(topic))
        ]

    def wake(self, flow_id: str, trigger: str) -> None:
        """Let a trigger look again: its cursor was put back."""
        reader = self._readers.get((flow_id, trigger))
        if reader is not None:
            reader.wake.set()

    # -- in step with the flows -----------------------------------------------------------------------

    async def _wanted(
        self, flow: ActiveFlow | None, hangs: Callable[[], None]
    ) -> tuple[dict[str, Feed], set[str]]:
        """What each feed trigger of an enabled flow listens to; and of which that cannot be had now."""
        found: dict[str, Feed] = {}
        unknown: set[str] = set()
        for trigger in (flow.definition.get("triggers") or ()) if flow is not None and flow.enabled else ():
            name, what = trigger["name"], f"{trigger['piece']}.{trigger['trigger']}"
            try:
                kind = self._pieces.trigger(trigger["piece"], trigger["trigger"])
                if kind.kind == "feed":
                    patience = clock.call_later(PATIENCE, hangs)
                    try:
                        found[name] = await within(SETTING_UP, kind.feed(trigger.get("input") or {}), what)
                    finally:
                        patience.cancel()
            except UnknownPiece:  # `triggers` says so
                continue
            except Exception as error:  # a piece may raise anything; the others are not to suffer
                assert flow is not None
                if isinstance(error, Retry):
                    unknown.add(name)
                if not isinstance(error, PieceError | Retry):
                    log.exception("trigger %s of flow %s broke as it was set up", name, flow.flow_id)
                told = f"It does not listen: {error}"
                await self._note(flow.project_id, flow.flow_id, name, told)
        return found, unknown

    async def _set(
        self, flow_id: str, flow: ActiveFlow | None, wanted: dict[str, Feed], unknown: set[str]
    ) -> None:
        for one in await self._db.read(topic_store.subscribed):
            if one.flow_id == flow_id and one.trigger not in wanted and one.trigger not in unknown:
                await self._end(flow_id, one.trigger)
        for name, feed in wanted.items():
            assert flow is not None
            await self._begin(flow, name, feed)
            await self._note(flow.project_id, flow_id, name, None)
        if unknown:
            self._again[flow_id] = clock.call_later(_LATEST, self.changed, flow_id)

    async def _begin(self, flow: ActiveFlow, name: str, feed: Feed) -> None:
        reader = _Reader(flow.project_id, flow.flow_id, name, feed)
        known = self._readers.get((flow.flow_id, name))
        if known is not None and known.feed == feed:
            return
        if feed.events:
            self._listeners.set(reader.owner, flow.project_id, feed.events)
        else:
            self._listeners.drop(reader.owner)
        await self._stop_reader(flow.flow_id, name)
        await self._db.submit(
            lambda tx: topic_store.subscribe(tx, reader.project_id, reader.flow_id, name, reader.source)
        )
        self._readers[flow.flow_id, name] = reader
        reader.wake.set()
        reader.task = asyncio.create_task(self._read_forever(reader), name=reader.owner)

    async def _end(self, flow_id: str, name: str) -> None:
        self._listeners.drop(_owner(flow_id, name))
        await self._stop_reader(flow_id, name)
        await self._db.submit(lambda tx: topic_store.unsubscribe(tx, flow_id, name))

    async def _stop_reader(self, flow_id: str, name: str) -> None:
        reader = self._readers.pop((flow_id, name), None)
        if reader is None:
            return
        if reader.task is not None:
            reader.task.cancel()
            await asyncio.gather(reader.task, return_exceptions=True)

    # -- reading --------------------------------------------------------------------------------------

    async def _watch_events(self) -> None:
        """Wake those that read Switchyard's own events when there are new ones."""
        last = -1
        while True:
            readers = [reader for reader in self._readers.values() if reader.source == EVENTS]
            if readers:
                try:
                    newest = await self._db.read(topic_store.newest_event)
                except Exception as error:  # a store that cannot be read now may be later
                    log.error("new events could not be read: %s", error, exc_info=unexpected(error))
                    newest = last
                for reader in readers if newest != last else ():
                    reader.wake.set()
                last = newest
            await clock.pause(self.event_pace)

    async def _read_forever(self, reader: _Reader) -> None:
        failures = 0
        while True:
            await reader.wake.wait()
            reader.wake.clear()
            try:
                while await self._read_on(reader):
                    pass
                if failures:
                    await self._note(reader.project_id, reader.flow_id, reader.trigger, None)
                failures = 0
            except Exception as error:  # whatever it is, nothing is lost: the cursor stands before it
                failures += 1
                delay = min(_LATEST, _FIRST * 2 ** min(failures - 1, 10))
                message = "trigger %s could not read on; again in %.0f s: %s"
                log.error(message, reader.owner, delay, error, exc_info=unexpected(error))
                told = f"It could not read on: {error}"
                await self._note(reader.project_id, reader.flow_id, reader.trigger, told)
                await clock.sleep(delay)
                reader.wake.set()

    async def _read_on(self, reader: _Reader) -> bool:
        """One batch; False when there is nothing more."""
        if self._queue.backlog > self._most_waiting:
            await clock.pause(_PAUSE)
            return True
        batch = await self._db.read(partial(_batch, reader))
        if batch is None:
            return False
        flow = await self._flows.active(reader.flow_id)
        if flow is None or not flow.enabled:
            return False  # `sync` is about to end it
        if batch.items:
            stopped = await self._start_runs(reader, flow, batch)
            await self._db.submit(partial(_keep, reader=reader, batch=batch, stopped=stopped))
        reader.seen = (batch.generation, batch.at)
        return True

    async def _start_runs(self, reader: _Reader, flow: ActiveFlow, batch: Batch) -> list[tuple[Item, str]]:
        """Make the runs of a batch durable; what must not start one, and why."""
        runs, stopped = [], []
        for item in batch.items:
            reason = cut(item.lineage, flow.flow_id)
            if reason:
                stopped.append((item, reason))
            else:
                runs.append(_run(reader, flow, item, batch.generation))
        await self._unmask(reader, batch, runs)
        parts = [await self._splitter.runs_of(run) for run in runs]  # of each message all or none
        while parts:
            answers = await asyncio.gather(*map(self._put, parts), return_exceptions=True)
            full = [
                each for each, answer in zip(parts, answers, strict=True) if isinstance(answer, Overloaded)
            ]
            for answer in answers:
                if isinstance(answer, BaseException) and not isinstance(answer, Overloaded):
                    raise answer
            if full:
                await clock.pause(_PAUSE)
            parts = full
        return stopped

    async def _put(self, runs: list[NewRun]) -> None:
        if len(runs) == 1:
            await self._queue.put(runs[0])
        else:
            await self._queue.put_all(runs)

    async def _unmask(self, reader: _Reader, batch: Batch, runs: list[NewRun]) -> None:
        """Give the runs of masked messages what is hidden of them."""
        masked = [item.id for item in batch.items if reader.source == MESSAGES and _DOTS in item.body]
        if not masked:
            return
        sealed = await self._db.read(lambda tx: sealed_store.messages(tx, masked))
        for run in runs:
            found = sealed.get(run.event.get("message_id"))
            if found is not None:
                self._masking.take_message(run, found)


def topic_matches(pattern: str, name: str) -> bool:
    """Whether a topic's name is what a pattern means: `*` one word, a last `>` one word or more."""
    known = _PATTERNS.get(pattern)
    if known is None:
        words = [
            r"[^.]+" if word == "*" else ".+" if word == ">" else re.escape(word)
            for word in pattern.split(".")
        ]
        known = re.compile(r"\.".join(words))
        if len(_PATTERNS) < 10_000:
            _PATTERNS[pattern] = known
    return known.fullmatch(name) is not None


_PATTERNS: dict[str, re.Pattern[str]] = {}


def _batch(reader: _Reader, tx: Tx) -> Batch | None:
    """What comes next for a reader; None when there is nothing."""
    stored = topic_store.cursor(tx, reader.flow_id, reader.trigger)
    if stored is None:
        return None
    at, generation = stored
    if reader.seen[0] == generation:
        at = max(at, reader.seen[1])
    (name,) = reader.feed.topics if len(reader.feed.topics) == 1 else ("*",)
    if reader.source == MESSAGES and not {"*", ">"} & {*name}:
        found = topic_store.of_topic(tx, reader.project_id, name, at, generation)
    else:
        found = topic_store.matching(tx, reader.source, reader.project_id, reader.wants, at, generation)
    return found if found.at != at else None


def _keep(tx: Tx, *, reader: _Reader, batch: Batch, stopped: list[tuple[Item, str]]) -> None:
    """The cursor moves, and with it goes what was cut."""
    for item, reason in stopped:
        via = "event" if reader.source == EVENTS else "topic"
        cycle_guard.note(tx, reader.project_id, _run_of(reader, item), reader.flow_id, via, reason)
    topic_store.move(tx, reader.flow_id, reader.trigger, batch.generation, batch.at)


def _run_of(reader: _Reader, item: Item) -> str:
    """The run that a message or an event came from; empty if it was none."""
    if reader.source == MESSAGES and item.source.startswith("run_"):
        return item.source
    ours = reader.source == EVENTS or item.source.startswith("destination:")
    return cycle_guard.run_of(orjson.loads(item.body)) if ours else ""


def _run(reader: _Reader, flow: ActiveFlow, item: Item, generation: int) -> NewRun:
    head: dict[str, Any] = {"method": "EVENT", "headers": {}, "query": {}}
    if reader.source == MESSAGES:
        head |= {"method": "TOPIC", "topic": item.name, "message_id": item.id, "published": item.created}
    event = {**head, "body": orjson.loads(item.body)}
    payload = b'%b,"body":%b}' % (orjson.dumps(head)[:-1], item.body)
    return NewRun(
        new_id("run"),
        flow.project_id,
        flow.flow_id,
        flow.version_id,
        flow.version,
        reader.trigger,
        payload,
        event,
        now_iso(),
        dedupe=f"feed:{reader.trigger}:{generation}:{item.id}",
        lineage=item.lineage,
        replay=generation,
    )
