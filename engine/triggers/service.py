"""Triggers that fire by themselves: schedules and polls."""

import asyncio
import hashlib
import logging
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import orjson

from engine.authoring.active_flows import ActiveFlow, ActiveFlows
from engine.base import clock
from engine.base.errors import NotFound, Overloaded, SwitchyardError
from engine.base.ids import new_id
from engine.base.piece_calls import POLL, SETTING_UP, patiently, within
from engine.base.redaction import redact
from engine.http.egress import Egress
from engine.runs.queue import Queue
from engine.runs.splitting import Splitter
from engine.store import trigger_store
from engine.store.database import Database
from engine.store.patience import patient
from engine.store.run_store import NewRun
from pieces import PieceError, Registry, Retry, Schedule, Trigger, UnknownPiece

from .calls import Connections, TriggerCalls
from .registration import Subscriptions
from .schedules import MissedRuns, Schedules, next_after
from .timers import Timers

log = logging.getLogger("switchyard.triggers")

_LONGEST_PAUSE = 86_400.0  # seconds that a service may ask for between two polls
_AGAIN = 60.0  # seconds until a piece that failed to say when its trigger fires is asked again


class Firing(NamedTuple):
    """When a trigger fires."""

    by_schedule: bool
    """It is a schedule; else a poll."""
    schedule: Schedule


@dataclass(frozen=True)
class TriggerStatus:
    """How one trigger of a flow's published version stands."""

    name: str
    armed: bool
    """It fires, or its service knows where to send."""
    next_fire: str | None
    """When its schedule or poll comes next."""
    error: str | None
    """Why it did not fire the last time, or is not armed."""
    missed: MissedRuns | None = None
    """What its schedule missed the last time that it missed anything."""


class Triggers:
    """Fires the schedules and polls of all enabled flows."""

    def __init__(
        self,
        db: Database,
        queue: Queue,
        flows: ActiveFlows,
        pieces: Registry,
        egress: Egress,
        connections: Connections,
        splitter: Splitter,
        base_url: str = "",
    ) -> None:
        self._db = db
        self._queue = queue
        self._splitter = splitter
        self._flows = flows
        self.calls = TriggerCalls(db, pieces, egress, connections, base_url)
        self.subscriptions = Subscriptions(db, flows, self.calls)
        self._polls: dict[str, asyncio.Task[None]] = {}  # under way, by flow and name
        self._not_before: dict[str, float] = {}  # by the monotonic clock
        self.timers = Timers()
        self.schedules = Schedules(db, self._put)
        self._syncs: set[asyncio.Task[None]] = set()
        self._armed_before: list[str] = []  # flows with something armed by an earlier process
        self._to_resume: set[str] = set()  # flows whose schedules go on where an earlier process came to
        self._again: dict[str, clock.Timer] = {}  # flows with a trigger whose piece gave no answer
        self._order = asyncio.Lock()  # of two changes the later one counts

    async def load(self) -> None:
        """Read what an earlier process armed. Comes before all else that concerns triggers."""
        self._armed_before = await self.subscriptions.start()

    async def start(self) -> None:
        """Arm what is enabled, and make up for what was due while no process was there."""
        self.timers.start()
        enabled = await self._flows.enabled_ids()
        self._to_resume.update(enabled)
        loop = asyncio.get_running_loop()
        arming = {loop.create_task(patient(partial(self._arm, flow_id))) for flow_id in enabled}
        self._follow(arming)
        if arming:  # a piece that hangs does not hold up the start
            await patiently(arming)
        for flow_id in {*enabled, *self._armed_before}:
            self.subscriptions.later(flow_id)

    async def stop(self) -> None:
        await self.timers.stop()
        for timer in self._again.values():
            timer.cancel()
        tasks = [*self._syncs, *self._polls.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.subscriptions.stop()

    def changed(self, flow_id: str) -> None:
        """A flow was published, enabled, disabled or deleted: arm it anew."""
        again = self._again.pop(flow_id, None)
        if again is not None:
            again.cancel()
        self._follow({asyncio.get_running_loop().create_task(patient(partial(self.sync, flow_id)))})

    def _follow(self, tasks: set[asyncio.Task[None]]) -> None:
        self._syncs |= tasks
        for task in tasks:
            task.add_done_callback(self._syncs.discard)

    async def sync(self, flow_id: str) -> None:
        """Make what is armed for a flow what its published version says, and tell the services."""
        await self._arm(flow_id)
        await self.subscriptions.reconcile(flow_id)

    async def state(self, project_id: str, flow_id: str) -> list[TriggerStatus]:
        """How the triggers of a flow's published version stand; empty before the first. Raises `NotFound`
        for a flow of another project."""
        flow = await self._flows.active(flow_id)
        if flow is None:
            return []
        if flow.project_id != project_id:
            raise NotFound("There is no such flow in this project.")
        return [self._status(flow, trigger) for trigger in flow.definition.get("triggers") or ()]

    def _status(self, flow: ActiveFlow, trigger: dict[str, Any]) -> TriggerStatus:
        name = trigger["name"]
        row = self.subscriptions.row(flow.flow_id, name)
        error = row.error if row is not None else None
        try:
            kind = self.calls.kind(trigger)
        except UnknownPiece as unknown:
            return TriggerStatus(name, False, None, str(unknown))
        id = f"{flow.flow_id}:{name}"
        fires = self.timers.due(id)
        armed = flow.enabled and (kind.kind not in ("schedule", "poll") or fires is not None)
        if kind.subscribes:
            armed = armed and self.subscriptions.is_armed(flow.flow_id, trigger)
        if fires is not None:
            fires = max(fires, clock.now() + self._pause(id))
        next_fire = None if fires is None else clock.to_iso(fires)
        return TriggerStatus(name, armed, next_fire, error, self.schedules.missed(flow.flow_id, name))

    async def _arm(self, flow_id: str) -> None:
        """Set the timers of a flow, and stop its polls that are not wanted any more.

        Pieces are asked before the lock is taken, so that one that hangs holds up no other flow.
        """
        while True:
            flow = await self._flows.active(flow_id)
            wanted, unknown = await self._wanted(flow)
            async with self._order:
                if await self._flows.active(flow_id) == flow:  # else it was changed meanwhile: once more
                    await self._set(flow_id, flow, wanted, unknown)
                    return

    async def _wanted(self, flow: ActiveFlow | None) -> tuple[dict[str, Firing], dict[str, Exception]]:
        """When each schedule and poll of an enabled flow fires, and of which that is not known, and why."""
        wanted: dict[str, Firing] = {}
        unknown: dict[str, Exception] = {}
        for trigger in (flow.definition.get("triggers") or ()) if flow is not None and flow.enabled else ():
            name = trigger["name"]
            try:
                kind = self.calls.kind(trigger)
                if kind.kind == "schedule":
                    wanted[name] = Firing(True, await self._schedule(kind, trigger))
                elif kind.kind == "poll":
                    wanted[name] = Firing(False, Schedule(every=max(5, int(kind.every or 300))))
            except Exception as error:  # a piece may raise anything; the others are not to suffer
                assert flow is not None
                await self._trouble(flow, trigger, error)
                unknown[name] = error
        return wanted, unknown

    async def _set(
        self,
        flow_id: str,
        flow: ActiveFlow | None,
        wanted: dict[str, Firing],
        unknown: dict[str, Exception],
    ) -> None:
        resume = flow_id in self._to_resume
        for name, firing in list(wanted.items()):
            if firing.by_schedule:
                assert flow is not None
                await self.schedules.begin(flow, name, firing.schedule, resume=resume)
                await self.subscriptions.note(flow.project_id, flow_id, name, None)
        schedules = {name for name, firing in wanted.items() if firing.by_schedule}
        await self.schedules.end(flow_id, schedules | unknown.keys())
        if not unknown:
            self._to_resume.discard(flow_id)
        for id in self.timers.ids():
            if id.startswith(f"{flow_id}:"):
                self.timers.disarm(id)
        for id, poll in self._polls.items():
            if id.startswith(f"{flow_id}:") and id.partition(":")[2] not in wanted:
                poll.cancel()
                self._not_before.pop(id, None)
        for name, firing in wanted.items():
            self.timers.arm(
                f"{flow_id}:{name}",
                partial(next_after, firing.schedule),
                partial(self._fire, flow_id, name),
                at_once=resume and firing.by_schedule,
            )
        if any(isinstance(error, Retry) for error in unknown.values()):
            self._again[flow_id] = clock.call_later(_AGAIN, self.changed, flow_id)

    async def _schedule(self, kind: Trigger[Any, Any], trigger: dict[str, Any]) -> Schedule:
        what = f"{trigger['piece']}.{trigger['trigger']}"
        return await within(SETTING_UP, kind.schedule(trigger.get("input") or {}), what)

    async def _fire(self, flow_id: str, name: str) -> None:
        flow = await self._flows.active(flow_id)
        if flow is None or not flow.enabled:
            return
        trigger = next((t for t in flow.definition.get("triggers") or () if t["name"] == name), None)
        if trigger is None:
            return  # published without it a moment ago
        try:
            kind = self.calls.kind(trigger)
            if kind.kind == "poll":
                await self._poll_once(flow, trigger, kind)
            else:
                await self.schedules.fire(flow, name, await self._schedule(kind, trigger))
            await self.subscriptions.note(flow.project_id, flow_id, name, None)
        except Exception as error:  # a piece may raise anything
            await self._trouble(flow, trigger, error)

    async def _trouble(self, flow: ActiveFlow, trigger: dict[str, Any], error: Exception) -> None:
        """Say why a trigger did not fire: in the log, and where people look."""
        name = trigger["name"]
        if not isinstance(error, SwitchyardError | PieceError | Retry | UnknownPiece | TimeoutError):
            traceback = await self.calls.traceback(flow.project_id, trigger.get("connection"), error)
            log.error("trigger %s of flow %s broke\n%s", name, flow.flow_id, traceback)
        told = await self.calls.told(flow.project_id, trigger.get("connection"), error)
        log.error("trigger %s of flow %s did not fire: %s", name, flow.flow_id, told)
        await self.subscriptions.note(flow.project_id, flow.flow_id, name, f"It did not fire: {told}")

    async def _poll_once(self, flow: ActiveFlow, trigger: dict[str, Any], kind: Trigger[Any, Any]) -> None:
        """Poll, unless the last poll is still at it, or its service asked for a pause."""
        id = f"{flow.flow_id}:{trigger['name']}"
        if id in self._polls or self._pause(id) > 0:
            return
        if kind.subscribes and not self.subscriptions.is_armed(flow.flow_id, trigger):
            return  # `on_enable` comes first; why it did not is shown already
        # In a task of its own, which the end of the flow cancels.
        poll = self._polls[id] = asyncio.get_running_loop().create_task(self._poll(flow, trigger, kind))
        try:
            await asyncio.wait({poll})
        finally:
            if not poll.done():
                poll.cancel()
            del self._polls[id]
        if poll.cancelled():
            return
        error = poll.exception()
        self._not_before.pop(id, None)
        if isinstance(error, Retry) and error.after is not None:
            self._not_before[id] = clock.monotonic() + min(error.after, _LONGEST_PAUSE)
        if error is not None:
            raise error

    def _pause(self, id: str) -> float:
        """Seconds for which a poll is put off, as its service asked; 0 or less when it is over."""
        return self._not_before.get(id, 0.0) - clock.monotonic()

    async def _poll(self, flow: ActiveFlow, trigger: dict[str, Any], kind: Trigger[Any, Any]) -> None:
        name = trigger["name"]
        state, saved = await trigger_store.load(self._db, flow.flow_id, name)
        context = await self.calls.context(
            trigger, state, project_id=flow.project_id, flow_id=flow.flow_id, flow_name=flow.name
        )
        what = f"{trigger['piece']}.{trigger['trigger']}"
        found = await within(POLL, kind.run(context, trigger.get("input") or {}), what)
        hidden = await self.calls.hidden(flow.project_id, trigger.get("connection"))
        now = await self._flows.active(flow.flow_id)
        if now is None or not now.enabled or trigger not in (now.definition.get("triggers") or ()):
            return  # disabled or changed while the service answered: what still counts is found again
        seen: Counter[str] = Counter()
        for item in (redact(item, hidden) for item in found):
            digest = hashlib.sha256(orjson.dumps(item, option=orjson.OPT_SORT_KEYS)).hexdigest()
            seen[digest] += 1
            # A poll that ends before its state is saved finds the same again from the same state.
            await self._put(now, name, item, f"poll:{name}:{saved}:{digest}:{seen[digest]}")
        # Only now: what was found is durable, and a crash before this finds it again.
        await trigger_store.save(self._db, flow.project_id, flow.flow_id, name, redact(context.state, hidden))

    async def _put(self, flow: ActiveFlow, trigger: str, body: Any, dedupe: str | None) -> None:
        event = {"method": "TRIGGER", "headers": {}, "query": {}, "body": body}
        run = NewRun(
            new_id("run"),
            flow.project_id,
            flow.flow_id,
            flow.version_id,
            flow.version,
            trigger,
            orjson.dumps(event),
            event,
            clock.now_iso(),
            dedupe=dedupe,
        )
        runs = await self._splitter.runs_of(run)
        while True:
            try:
                await self._queue.put_all(runs)
                return
            except Overloaded as busy:  # our own event: nobody else would send it again
                await clock.sleep(busy.retry_after)
