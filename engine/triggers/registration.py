"""Registration at vendors: call `on_enable` and `on_disable` of triggers as flows are enabled and disabled.

What was armed is kept with the trigger's definition, so that what is disarmed is what was armed, also
after a new version, a restart, or the deletion of the flow. What fails is shown, and tried again later
and later. A service is told at least once: a process that dies in the middle tells it again.
"""

import asyncio
import copy
import logging
from collections import defaultdict
from collections.abc import Mapping
from functools import partial
from typing import Any

import orjson

from engine.authoring.active_flows import ActiveFlow, ActiveFlows
from engine.base import clock
from engine.base.errors import NotFound
from engine.base.piece_calls import SUBSCRIBING, within
from engine.base.redaction import redact
from engine.store import trigger_store
from engine.store.database import Database
from engine.store.errors import StoreUnavailable
from engine.store.models import ArmedTrigger
from engine.store.patience import patient
from pieces import PieceError, Retry

from .calls import TriggerCalls

log = logging.getLogger("switchyard.triggers")

Definition = Mapping[str, Any]

_FIRST = 5.0  # seconds until what failed is tried again; doubled each time
_LATEST = 3600.0  # seconds between two attempts, at most
_GIVE_UP = 8  # attempts at disarming; a service that is gone for good is not told for ever
_PARTS = ("piece", "trigger", "connection", "input")
_OWNER = ("piece", "trigger", "connection")
"""A trigger that changes in these talks to somebody else: what it remembers is of no use."""


class Subscriptions:
    """Keeps services in step with the flows. All rows are in memory; one process writes them."""

    def __init__(self, db: Database, flows: ActiveFlows, calls: TriggerCalls) -> None:
        self._db = db
        self._flows = flows
        self._calls = calls
        self._rows: dict[str, dict[str, ArmedTrigger]] = {}
        self._locks: defaultdict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._attempts: dict[tuple[str, str], int] = {}
        self._timers: dict[str, clock.Timer] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> list[str]:
        """Read what an earlier process left; the flows with something armed, gone ones among them."""
        for row in await trigger_store.rows(self._db):
            self._rows.setdefault(row.flow_id, {})[row.trigger] = row
        return list(self._rows)

    async def stop(self) -> None:
        """Try nothing more."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def row(self, flow_id: str, name: str) -> ArmedTrigger | None:
        return self._rows.get(flow_id, {}).get(name)

    def is_armed(self, flow_id: str, trigger: Definition) -> bool:
        """Whether the trigger is armed as it stands in the flow file."""
        row = self.row(flow_id, trigger["name"])
        return row is not None and row.armed and orjson.loads(row.definition) == _parts(trigger)

    async def note(self, project_id: str, flow_id: str, name: str, error: str | None) -> None:
        """Show why a trigger did not fire, or that it did. What cannot be stored is not worth a failure: the
        next outcome says it again."""
        row = self.row(flow_id, name)
        if (row.error if row else None) != error:
            row = row or ArmedTrigger(flow_id=flow_id, trigger=name, project_id=project_id)
            try:
                await self._put(row, error=error)
            except StoreUnavailable as unavailable:
                log.warning("what trigger %s of flow %s did is not shown: %s", name, flow_id, unavailable)

    def later(self, flow_id: str) -> None:
        """Reconcile in the background."""
        task = asyncio.get_running_loop().create_task(patient(partial(self.reconcile, flow_id)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def reconcile(self, flow_id: str) -> None:
        """Disarm what is armed and should not be, arm what should be, as the flow stands now."""
        self._cancel_timer(flow_id)
        wanted = self._wanted(await self._flows.active(flow_id))
        names = sorted(wanted.keys() | self._rows.get(flow_id, {}).keys())
        found = await asyncio.gather(*(self._reconcile_one(flow_id, name) for name in names))
        delays = [delay for delay in found if delay is not None]
        if delays:
            self._cancel_timer(flow_id)
            self._timers[flow_id] = clock.call_later(min(delays), self.later, flow_id)
        if not self._rows.get(flow_id):
            self._rows.pop(flow_id, None)

    # -- inside -------------------------------------------------------------------------------------

    async def _reconcile_one(self, flow_id: str, name: str) -> float | None:
        """Bring one trigger in step, after whoever is at it: a piece that hangs holds up its own trigger
        only. Seconds until it is to be tried again, if it failed."""
        async with self._locks[flow_id, name]:
            flow = await self._flows.active(flow_id)
            return await self._settle(flow_id, flow, name, self._wanted(flow).get(name))

    def _cancel_timer(self, flow_id: str) -> None:
        timer = self._timers.pop(flow_id, None)
        if timer is not None:
            timer.cancel()

    def _wanted(self, flow: ActiveFlow | None) -> dict[str, Definition]:
        """The triggers that remember or subscribe, of an enabled flow."""
        if flow is None or not flow.enabled:
            return {}
        found = {}
        for trigger in flow.definition.get("triggers") or ():
            try:
                kind = self._calls.kind(trigger)
            except KeyError:  # an unknown piece; `triggers` says so
                continue
            own = trigger["piece"] == "webhook"  # the intake's own, which neither remembers nor subscribes
            if kind.subscribes or (kind.kind in ("poll", "webhook") and not own):
                found[trigger["name"]] = trigger
        return found

    async def _settle(
        self, flow_id: str, flow: ActiveFlow | None, name: str, wanted: Definition | None
    ) -> float | None:
        """Bring one trigger in step; seconds until it is to be tried again, if it failed."""
        row = self.row(flow_id, name)
        key = (flow_id, name)
        step = "disarmed"
        try:
            if row is not None and row.armed:
                if wanted is not None and orjson.loads(row.definition) == _parts(wanted):
                    return None
                await self._disarm(row)
            row, step = self.row(flow_id, name), "armed"
            if wanted is not None and flow is not None:
                await self._arm(flow, wanted, row)
            elif row is not None and not _has(flow, name):
                await trigger_store.forget(self._db, flow_id, name)
                self._rows.get(flow_id, {}).pop(name, None)
            elif row is not None and row.error is not None and not (flow is not None and flow.enabled):
                await self._put(row, error=None)  # it is off: nothing is wrong any more
            self._attempts.pop(key, None)
            return None
        except Exception as error:  # a piece may raise anything; the other triggers are not to suffer
            return await self._failed(flow_id, flow, name, wanted, step, error)

    async def _arm(self, flow: ActiveFlow, trigger: Definition, row: ArmedTrigger | None) -> None:
        name = trigger["name"]
        state, _ = await trigger_store.load(self._db, flow.flow_id, name)
        before = orjson.loads(row.definition) if row is not None and row.definition else None
        if before is not None and any(before.get(part) != trigger.get(part) for part in _OWNER):
            state = {}
        kind = self._calls.kind(trigger)
        context = await self._calls.context(
            trigger, state, project_id=flow.project_id, flow_id=flow.flow_id, flow_name=flow.name
        )
        what = f"{trigger['piece']}.{trigger['trigger']}"
        await within(SUBSCRIBING, kind.enable(context, trigger.get("input") or {}), what)
        row = row or ArmedTrigger(flow_id=flow.flow_id, trigger=name, project_id=flow.project_id)
        text = orjson.dumps(_parts(trigger)).decode()
        hidden = await self._calls.hidden(flow.project_id, trigger.get("connection"))
        await self._put(row, redact(context.state, hidden), armed=True, definition=text, error=None)
        if kind.subscribes:
            log.info("trigger %s of flow %s was armed", name, flow.flow_id)

    async def _disarm(self, row: ArmedTrigger) -> None:
        """Call `on_disable` of what was armed, with what it then remembered."""
        definition = orjson.loads(row.definition)
        state, _ = await trigger_store.load(self._db, row.flow_id, row.trigger)
        before = copy.deepcopy(state)
        try:
            kind = self._calls.kind(definition)
            if kind.subscribes:
                context = await self._calls.context(
                    definition, state, project_id=row.project_id, flow_id=row.flow_id
                )
                what = f"{definition['piece']}.{definition['trigger']}"
                await within(SUBSCRIBING, kind.disable(context, definition["input"]), what)
                hidden = await self._calls.hidden(row.project_id, definition["connection"])
                state = redact(context.state, hidden)
        except (PieceError, NotFound, KeyError) as error:
            # A service that says no, or that we have no way to any more, will not say otherwise later.
            told = await self._calls.told(row.project_id, definition["connection"], error)
            log.error("trigger %s of flow %s could not be disarmed: %s", row.trigger, row.flow_id, told)
            state = before
        await self._put(row, state if state != before else None, armed=False)

    async def _failed(
        self,
        flow_id: str,
        flow: ActiveFlow | None,
        name: str,
        wanted: Definition | None,
        step: str,
        error: Exception,
    ) -> float:
        row = self.row(flow_id, name)
        project_id = row.project_id if row is not None else flow.project_id if flow is not None else ""
        old = orjson.loads(row.definition) if row is not None and row.definition else {}
        connection = (old if step == "disarmed" else wanted or {}).get("connection")
        if not isinstance(error, PieceError | Retry | NotFound | TimeoutError):
            traceback = await self._calls.traceback(project_id, connection, error)
            log.error("trigger %s of flow %s broke as it was %s\n%s", name, flow_id, step, traceback)
        told = await self._calls.told(project_id, connection, error)
        attempt = self._attempts[flow_id, name] = self._attempts.get((flow_id, name), 0) + 1
        delay = float(min(_LATEST, _FIRST * 2 ** min(attempt - 1, 20)))
        if isinstance(error, Retry) and error.after is not None:
            delay = max(delay, min(_LATEST, error.after))
        log.error(
            "trigger %s of flow %s could not be %s: %s (again in %.0f s)", name, flow_id, step, told, delay
        )
        if step == "disarmed" and row is not None and attempt >= _GIVE_UP:
            log.error("trigger %s of flow %s is given up; its service may still send", name, flow_id)
            self._attempts.pop((flow_id, name), None)
            await self._put(row, armed=False, error=f"It could not be {step}: {told}")
            return 0.0
        await self.note(project_id, flow_id, name, f"It could not be {step}: {told}")
        return delay

    async def _put(self, row: ArmedTrigger, state: dict[str, Any] | None = None, **changes: Any) -> None:
        row = ArmedTrigger(**{**row.model_dump(), **changes})
        await trigger_store.put(self._db, row, state)
        self._rows.setdefault(row.flow_id, {})[row.trigger] = row


def _parts(trigger: Definition) -> dict[str, Any]:
    """What of a trigger its service is concerned with."""
    return {part: trigger.get(part) or ({} if part == "input" else None) for part in _PARTS}


def _has(flow: ActiveFlow | None, name: str) -> bool:
    return flow is not None and any(t["name"] == name for t in flow.definition.get("triggers") or ())
