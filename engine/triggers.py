"""Triggers that fire by themselves: schedules and polls, on APScheduler.

Two firings of one moment are one run: the moment is the event's identity, so a second process, or a
restart within it, starts nothing twice.
"""

import asyncio
import logging
import math
from datetime import UTC, datetime
from typing import Any, Protocol

import orjson
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from pieces import Context, PieceError, Registry, Retry, RunInfo, Schedule, Trigger

from . import clock
from .active_flows import ActiveFlow
from .database import Database
from .egress import Egress
from .errors import Busy, SwitchyardError
from .ids import new_id
from .item_store import save_trigger_state, trigger_state
from .queue import Queue
from .run_store import NewRun

log = logging.getLogger("switchyard.triggers")

_EPOCH = datetime(2020, 1, 6, tzinfo=UTC)  # a Monday midnight: intervals are counted from here


class FlowLookup(Protocol):
    async def active(self, flow_id: str) -> ActiveFlow | None: ...

    async def enabled_ids(self) -> list[str]:
        """Every enabled flow of the instance."""
        ...


class Connections(Protocol):
    async def secret(self, project_id: str, name: str) -> dict[str, str]: ...


class Triggers:
    """Fires the schedules and polls of all enabled flows."""

    def __init__(
        self,
        db: Database,
        queue: Queue,
        flows: FlowLookup,
        pieces: Registry,
        egress: Egress,
        connections: Connections,
    ) -> None:
        self._db = db
        self._queue = queue
        self._flows = flows
        self._pieces = pieces
        self._egress = egress
        self._connections = connections
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._syncs: set[asyncio.Task[None]] = set()
        self._order = asyncio.Lock()  # of two changes the later one counts

    async def start(self) -> None:
        """Arm what is enabled."""
        self._scheduler.start()
        for flow_id in await self._flows.enabled_ids():
            await self.sync(flow_id)

    async def stop(self) -> None:
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        for task in list(self._syncs):
            task.cancel()
        await asyncio.gather(*self._syncs, return_exceptions=True)

    def changed(self, flow_id: str) -> None:
        """A flow was published, enabled, disabled or deleted: arm it anew."""
        task = asyncio.get_running_loop().create_task(self.sync(flow_id))
        self._syncs.add(task)
        task.add_done_callback(self._syncs.discard)

    async def sync(self, flow_id: str) -> None:
        """Make what is armed for a flow what its published version says."""
        async with self._order:
            flow = await self._flows.active(flow_id)
            wanted: dict[str, Any] = {}
            if flow is not None and flow.enabled:
                for trigger in flow.definition.get("triggers") or ():
                    timer = await self._timer(flow, trigger)
                    if timer is not None:
                        wanted[trigger["name"]] = timer
            for job in self._scheduler.get_jobs():
                if job.id.startswith(f"{flow_id}:"):
                    job.remove()
            for name, timer in wanted.items():
                self._scheduler.add_job(
                    self._fire,
                    timer,
                    args=[flow_id, name],
                    id=f"{flow_id}:{name}",
                    coalesce=True,
                    misfire_grace_time=None,
                )

    async def _timer(self, flow: ActiveFlow, trigger: dict[str, Any]) -> Any:
        try:
            kind = self._pieces.trigger(trigger["piece"], trigger["trigger"])
            if kind.kind == "schedule":
                return timer(await kind.schedule(trigger.get("input") or {}))
            if kind.kind == "poll":
                return IntervalTrigger(
                    seconds=max(5, int(kind.every or 300)), start_date=_EPOCH, timezone=UTC
                )
        except Exception as error:  # a piece may raise anything; the other triggers are not to suffer
            log.error("trigger %s of flow %s cannot fire: %s", trigger.get("name"), flow.flow_id, error)
        return None

    async def _fire(self, flow_id: str, name: str) -> None:
        flow = await self._flows.active(flow_id)
        if flow is None or not flow.enabled:
            return
        trigger = next((t for t in flow.definition.get("triggers") or () if t["name"] == name), None)
        if trigger is None:
            return  # published without it a moment ago
        try:
            kind = self._pieces.trigger(trigger["piece"], trigger["trigger"])
            if kind.kind == "poll":
                await self._poll(flow, trigger, kind)
            else:
                await self._tick(flow, trigger, await kind.schedule(trigger.get("input") or {}))
        except (SwitchyardError, PieceError, Retry) as error:
            log.error("trigger %s of flow %s did not fire: %s", name, flow_id, error)
        except Exception:
            log.exception("trigger %s of flow %s broke", name, flow_id)

    async def _tick(self, flow: ActiveFlow, trigger: dict[str, Any], schedule: Schedule) -> None:
        moment = clock.to_iso(moment_of(schedule, clock.now()))
        body = {"scheduled": moment, "time_zone": schedule.time_zone}
        await self._put(flow, trigger["name"], body, f"schedule:{trigger['name']}:{moment}")

    async def _poll(self, flow: ActiveFlow, trigger: dict[str, Any], kind: Trigger[Any, Any]) -> None:
        name = trigger.get("connection")
        context = Context(
            piece=kind.piece,
            outside=self._egress,
            auth=await self._connections.secret(flow.project_id, name) if name else {},
            state=await trigger_state(self._db, flow.flow_id, trigger["name"]),
            run=RunInfo(flow_id=flow.flow_id, flow_name=flow.name, project_id=flow.project_id),
            clock=clock.now,
        )
        for item in await kind.run(context, trigger.get("input") or {}):
            await self._put(flow, trigger["name"], item, None)
        # Only now: what was found is durable, and a crash before this finds it again.
        await save_trigger_state(self._db, flow.project_id, flow.flow_id, trigger["name"], context.state)

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
        while True:
            try:
                await self._queue.put(run)
                return
            except Busy as busy:  # our own event: nobody else would send it again
                await asyncio.sleep(busy.retry_after)


def moment_of(schedule: Schedule, now: float) -> float:
    """When the firing that happens `now` was due, in Unix seconds: the same for all who fire it."""
    start, step = (_EPOCH.timestamp(), schedule.every) if schedule.every is not None else (0.0, 60)
    return start + math.floor((now - start) / step) * step


def timer(schedule: Schedule) -> Any:
    """The APScheduler trigger of a schedule."""
    if schedule.every is not None:
        return IntervalTrigger(seconds=schedule.every, start_date=_EPOCH, timezone=UTC)
    crons = [CronTrigger.from_crontab(cron, timezone=schedule.time_zone) for cron in schedule.crons]
    return crons[0] if len(crons) == 1 else OrTrigger(crons)
