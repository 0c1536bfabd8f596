"""`Destinations`: all that can be asked of destinations and of what is delivered to them."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import orjson

from engine.base import clock
from engine.base.actor import Actor, Permission
from engine.base.errors import BadInput, Conflict
from engine.base.ids import new_id
from engine.events import registry as events
from engine.store import paging
from engine.store.models import Delivery as Row
from engine.store.models import DeliveryAttempt, Destination, Replay
from engine.store.paging import Page
from engine.store.tx import Tx

from . import delivery_store, store
from .admin import Keeper, require
from .delivery_ids import first_of, last_of
from .formats import render
from .message import Message
from .records import Preview, ReplayRecord, Statistics, TestResult
from .replays import Replays, record
from .statistics import statistics

ReplayRecords = list[ReplayRecord]

STATUSES = ("pending", "delivered", "dead", "held", "discarded", "cut")
"""How a delivery stands."""
_MAX_HOURS = 24 * 90


class Destinations(Keeper):
    """The destinations of all projects and of the platform, and what is delivered to them."""

    def __init__(self, *parts: Any, **more: Any) -> None:
        super().__init__(*parts, **more)
        self._replays = Replays(self._db, self.engine)

    # -- life -----------------------------------------------------------------------------------

    async def start(self) -> None:
        """Go on where an earlier process ended."""
        await self._db.write(self._seal_queries)
        rows = await self._db.read(store.everything)
        there = [row for row in rows if row.status != store.GONE]
        for row in there:
            self._interest.set(f"destination:{row.id}", row.project_id, orjson.loads(row.events))
        await self.engine.start(there)
        for row in rows:
            if row.status == store.GONE:
                self.engine.removed(row.id)
        for replay in await self._db.read(store.running_replays):
            self._replays.begin(replay.id, replay.destination_id)

    async def stop(self) -> None:
        """Send nothing more; what is on its way has a moment to arrive."""
        await self._replays.stop()
        await self.engine.stop()

    # -- trying out -----------------------------------------------------------------------------

    async def test(
        self, actor: Actor, project_id: str | None, destination_id: str, action: str, variant: str = ""
    ) -> TestResult:
        """Send the sample of an event, once, whatever the destination's status. It is no delivery and in no
        statistic; that somebody did it is an event."""
        require(actor, project_id, Permission.edit)
        message = _sample(action, variant)
        row = await self._db.read(lambda tx: store.row(tx, project_id, destination_id))
        answer = await self.engine.sender.send(self._sealed.target(row), [message])
        outcome = f"{answer.status}" if answer.status else answer.kind
        change = partial(
            self._told, action="event_destination.tested", row=row, actor=actor, event=action, outcome=outcome
        )
        await self._db.write(change)
        return TestResult(answer, answer.request_body.decode("utf-8", "replace"), answer.request_headers)

    async def preview(
        self, project_id: str | None, destination: str | Mapping[str, Any], action: str, variant: str = ""
    ) -> Preview:
        """What would be sent, to a destination by its id or to one as it is asked for; nothing is sent."""
        if isinstance(destination, str):
            format = (await self.get(project_id, destination)).format
        else:
            format = self._read(destination).format
        rendered = render(format, [_sample(action, variant)], base_url=self._settings.base_url)
        return Preview(rendered.body.decode("utf-8", "replace"), dict(rendered.headers))

    # -- deliveries -----------------------------------------------------------------------------

    async def deliveries(
        self,
        project_id: str | None,
        destination_id: str | None = None,
        *,
        status: str | None = None,
        action: str | None = None,
        event_id: str | None = None,
        since: str | None = None,
        until: str | None = None,
        ended: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Row]:
        """Deliveries to one destination, or to all of the project (of the platform for None), newest first.

        `since` and `until` (created) and `ended` (then or later) are ISO 8601. Raises `BadInput` and
        `NotFound`.
        """
        if status is not None and status not in STATUSES:
            raise BadInput(f"The status must be one of {', '.join(STATUSES)}.", field="status")
        if action is not None and action not in events.EVENTS:
            raise BadInput(f"There is no event {action[:100]!r}.", field="action")
        wanted = {"destination_id": destination_id, "status": status, "action": action, "event_id": event_id}
        span = (
            first_of(_moment(since, "since")) if since else None,
            last_of(_moment(until, "until")) if until else None,
        )
        after, most = paging.decode(cursor), paging.check_limit(limit)

        def question(tx: Tx) -> list[Row]:
            if destination_id is not None:
                store.row(tx, project_id, destination_id)
            return list(store.deliveries(tx, project_id, wanted, span, after, most + 1, ended))

        return paging.page(await self._db.read(question), most, lambda row: row.id)

    async def delivery(self, project_id: str | None, delivery_id: str) -> dict[str, Any]:
        """A delivery with its `attempts`, oldest first, and its `event`. Raises `NotFound`."""

        def question(tx: Tx) -> dict[str, Any]:
            row = store.delivery(tx, project_id, delivery_id)
            envelope = store.envelope(tx, row.event_id)
            tries = [_attempt(one, envelope) for one in store.attempts(tx, delivery_id)]
            event = orjson.loads(envelope) if envelope else None
            return {**row.model_dump(), "attempts_made": row.attempts, "attempts": tries, "event": event}

        return await self._db.read(question)

    async def resend(self, actor: Actor, project_id: str | None, delivery_id: str) -> None:
        """Send one again now, whatever became of it; if that fails its schedule begins anew.

        It keeps its webhook-id. Raises `Conflict` while the destination is not active.
        """
        require(actor, project_id, Permission.edit)

        def change(tx: Tx) -> str:
            row = store.delivery(tx, project_id, delivery_id)
            destination = store.row(tx, project_id, row.destination_id)
            _check_active(destination)
            if store.envelope(tx, row.event_id) is None:
                raise Conflict("The event is no longer stored.")
            next_at = delivery_store.front(tx, row.destination_id, clock.now_iso())
            delivery_store.resend(tx, [row.id], "pending", next_at)
            return row.destination_id

        self.engine.refresh(await self._db.write(change), at_once=True)

    async def release(self, actor: Actor, project_id: str | None, destination_id: str) -> int:
        """Send what is held; how many. Raises `Conflict` while the destination is not active."""
        require(actor, project_id, Permission.edit)

        def change(tx: Tx) -> int:
            row = store.row(tx, project_id, destination_id)
            _check_active(row)
            count = store.count(tx, destination_id, "held")
            if count:
                self._told(tx, "event_destination.released", row, actor, deliveries=count)
            return count

        count = await self._write(change)
        await self._let_go(destination_id)
        return count

    async def discard(self, actor: Actor, project_id: str | None, destination_id: str) -> int:
        """Give up what is held; how many. They stay in the list, and can be sent again one by one."""
        require(actor, project_id, Permission.edit)

        def change(tx: Tx) -> int:
            row = store.row(tx, project_id, destination_id)
            count = store.count(tx, destination_id, "held")
            if count:
                self._told(tx, "event_destination.discarded", row, actor, deliveries=count)
            return count

        count = await self._write(change)
        left, now = count, clock.now_iso()
        while left > 0:  # not what is held only meanwhile
            discard = partial(
                delivery_store.move,
                destination_id=destination_id,
                before="held",
                after="discarded",
                now=now,
                reason="discarded by a person",
                limit=min(left, delivery_store.AT_ONCE),
            )
            moved = await self._db.submit(discard)
            left = left - moved if moved else 0
        return count

    # -- replays --------------------------------------------------------------------------------

    async def replay(
        self,
        actor: Actor,
        project_id: str | None,
        destination_id: str,
        *,
        since: str,
        until: str | None = None,
        only: str = "failed",
    ) -> ReplayRecord:
        """Send the deliveries of a span of time again: those that failed for good, or `all` that are at
        their end. Goes on in the background; `replays` tells how far it is."""
        require(actor, project_id, Permission.edit)
        if only not in delivery_store.REPLAYED:
            raise BadInput("Choose failed or all.", field="only")
        now = clock.now()
        began, ended = _moment(since, "since"), _moment(until, "until") if until else now
        if ended < began:
            raise BadInput("The end is before the start.", field="until")
        row = Replay(
            id=new_id("rpl"), destination_id=destination_id, since=clock.to_iso(began),
            until=clock.to_iso(ended), only=only, at=first_of(began), total=0, creator=actor.user_id,
            created=clock.to_iso(now),
        )  # fmt: skip

        def change(tx: Tx) -> None:
            _check_active(store.row(tx, project_id, destination_id))
            row.total = store.replay_count(
                tx, destination_id, row.at, last_of(ended), delivery_store.REPLAYED[only]
            )
            tx.session.add(row)
            tx.session.flush()

        await self._db.write(change)
        self._replays.begin(row.id, destination_id)
        return record(row)

    async def replays(self, project_id: str | None, destination_id: str) -> ReplayRecords:
        """The last replays of a destination, newest first."""

        def question(tx: Tx) -> Any:
            store.row(tx, project_id, destination_id)
            return [record(row) for row in store.replays(tx, destination_id)]

        return await self._db.read(question)

    # -- figures --------------------------------------------------------------------------------

    async def waiting(self) -> dict[str, int]:
        """How many deliveries of the whole instance are pending, and how many are held."""
        return await self._db.read(store.waiting)

    async def statistics(self, project_id: str | None, destination_id: str, hours: float = 24) -> Statistics:
        """How the destination did in the last hours."""
        if not 0 < hours <= _MAX_HOURS:
            raise BadInput(f"Up to {_MAX_HOURS} hours.", field="hours")

        def question(tx: Tx) -> Statistics:
            store.row(tx, project_id, destination_id)
            return statistics(tx, destination_id, hours, clock.now())

        return await self._db.search(question)


def _sample(action: str, variant: str) -> Message:
    """An example of an event, with an id of its own, so that no receiver takes it for one it has seen."""
    known = events.EVENTS.get(action) if isinstance(action, str) else None
    if known is None:
        raise BadInput(f"There is no event {action!s:.60}.", field="event")
    if variant not in known.samples:
        raise BadInput(f"{action} has no sample {variant!s:.60}.", field="variant")
    event = events.sample(action, variant) | {"id": new_id("evt")}
    return Message(event["id"], action, orjson.dumps(event), event["created"])


def _check_active(row: Destination) -> None:
    if row.status != "active":
        raise Conflict("The destination is not active: enable it first.")


def _moment(text: str, field: str) -> float:
    try:
        return clock.from_iso(text)
    except (ValueError, TypeError, OverflowError):
        raise BadInput("Not an ISO 8601 time, such as 2026-03-03T10:15:30Z.", field=field) from None


def _attempt(row: DeliveryAttempt, envelope: bytes | None) -> dict[str, Any]:
    request, answer = orjson.loads(row.request or b"{}"), orjson.loads(row.answer or b"{}")
    if request.get("body") is None and envelope is not None:  # it was the event as it is
        request["body"] = envelope.decode("utf-8", "replace")
    shown = row.model_dump(exclude={"delivery_id", "destination_id", "phases", "request", "answer"})
    return {**shown, "phases": orjson.loads(row.phases), "request": request, "answer": answer}
