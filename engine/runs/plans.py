"""Compiled plans: remembered by version, and loaded when a run needs one that is not."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import partial
from typing import Any, NamedTuple

import orjson

from engine.authoring.active_flows import ActiveFlow, ActiveFlows
from engine.base.errors import NotFound
from engine.base.offload import is_large, offload
from engine.base.settings import Settings
from engine.flow import parse
from engine.store.database import Database
from engine.store.models import FlowVersion
from engine.store.run_store import NewRun
from pieces import Registry

from . import dedupe, labels
from .lanes import Claim
from .plan import Plan, PlannedTrigger, compile_plan


class Found(NamedTuple):
    """A flow as a new event needs it: compiled, and whether it takes events."""

    plan: Plan
    enabled: bool
    freeze: Callable[[], Awaitable[None]] | None = None
    """Stores a draft that a run is about to take; until then a refused request has stored nothing."""


class Plans:
    """Compiled plans by version id; the oldest gives way when there are too many."""

    def __init__(self, pieces: Registry, size: int = 2000) -> None:
        self._pieces = pieces
        self._size = size
        self._plans: dict[str, Plan] = {}

    def known(self, version_id: str) -> Plan | None:
        return self._plans.get(version_id)

    async def compile(self, definition: Any, identity: Mapping[str, Any]) -> Plan:
        """Compile and keep; `identity` holds flow_id, project_id, version_id and version."""
        plan = await offload(
            lambda: compile_plan(parse(definition), self._pieces, **identity), large=is_large(definition)
        )
        if len(self._plans) >= self._size:
            self._plans.pop(next(iter(self._plans)))
        self._plans[plan.version_id] = plan
        return plan


class PlanLoader:
    """Gives the plan of a flow, a claim or a new run, out of `Plans` or the store."""

    def __init__(self, db: Database, plans: Plans, flows: ActiveFlows, settings: Settings) -> None:
        self._db = db
        self._plans = plans
        self._flows = flows
        self._settings = settings
        self._loading: dict[str, asyncio.Task[Plan | None]] = {}

    # -- for new events -------------------------------------------------------------------------------

    async def published(self, flow_id: str) -> Found | None:
        """The published version of a flow; None if there is none."""
        flow = await self._flows.active(flow_id)
        return None if flow is None else Found(await self._plan(flow), flow.enabled)

    def recall(self, flow_id: str) -> Found | None:
        """What `published` gives, if it is in memory."""
        flow = self._flows.recall(flow_id)
        plan = None if flow is None else self._plans.known(flow.version_id)
        return None if flow is None or plan is None else Found(plan, flow.enabled)

    async def draft(self, flow_id: str) -> Found | None:
        """The draft of a flow; None for no such flow. Call `freeze` before a run takes it."""
        flow = await self._flows.draft(flow_id)
        if flow is None:
            return None
        return Found(await self._plan(flow), flow.enabled, partial(self._flows.freeze, flow))

    # -- for the queue --------------------------------------------------------------------------------

    def limit_of(self, version_id: str) -> int | None:
        """How many runs of a version may run at a time; None while its plan is not loaded."""
        plan = self._plans.known(version_id)
        return None if plan is None else plan.concurrency or self._settings.flow_concurrency

    def order_of(self, run: NewRun) -> str | Awaitable[str | None] | None:
        """The ordering key of a new run. Tests are run by hand and wait for nobody."""
        if run.environment != "production":
            return None
        plan = self._plans.known(run.version_id)
        return self._loaded_order(run) if plan is None else dedupe.order_key(plan, run)

    def describe(self, run: NewRun) -> Awaitable[None] | None:
        """Give a new run its identity, title and labels."""
        plan = self._plans.known(run.version_id)
        if plan is None:
            return self._describe_loaded(run)
        trigger = plan.trigger(run.trigger)
        return None if trigger is None else _described(run, trigger)

    async def _describe_loaded(self, run: NewRun) -> None:
        trigger = (await self._load(run)).trigger(run.trigger)
        described = None if trigger is None else _described(run, trigger)
        if described is not None:
            await described

    async def _loaded_order(self, run: NewRun) -> str | None:
        key = dedupe.order_key(await self._load(run), run)
        return key if key is None or isinstance(key, str) else await key

    def of_run(self, run: NewRun) -> Plan | Awaitable[Plan]:
        """The plan of a new run; awaited only where it is not known. Raises `NotFound` when it is gone."""
        return self._plans.known(run.version_id) or self._load(run)

    def known(self, run: NewRun) -> Plan | None:
        """The plan of a new run, if it is in memory."""
        return self._plans.known(run.version_id)

    # -- for the worker -------------------------------------------------------------------------------

    def of_claim(self, claim: Claim) -> Plan | Awaitable[Plan]:
        """The plan of a run; awaited only where it is not known. Raises `NotFound` when it is gone."""
        return self._plans.known(claim.version_id) or self._load(claim)

    # -- inside ---------------------------------------------------------------------------------------

    async def _plan(self, flow: ActiveFlow) -> Plan:
        known = self._plans.known(flow.version_id)
        if known is not None:
            return known
        ids = flow.flow_id, flow.project_id, flow.version_id, flow.version
        made = await self._once(flow.version_id, lambda: self._compile(flow.definition, *ids))
        assert made is not None
        return made

    async def _compile(
        self, definition: Any, flow_id: str, project_id: str, version_id: str, version: int
    ) -> Plan:
        identity = {
            "flow_id": flow_id,
            "project_id": project_id,
            "version_id": version_id,
            "version": version,
        }
        return await self._plans.compile(definition, identity)

    async def _load(self, claim: Claim | NewRun) -> Plan:
        version_id = claim.version_id
        plan = await self._once(version_id, lambda: self._read(version_id))
        if plan is None or plan.project_id != claim.project_id:
            raise NotFound(f"The version {version_id} of run {claim.id} is gone.")
        return plan

    async def _once(
        self, version_id: str, make: Callable[[], Coroutine[Any, Any, Plan | None]]
    ) -> Plan | None:
        """Whoever asks while a plan is made gets the same one, in the order of asking."""
        loading = self._loading.get(version_id)
        if loading is None:
            loading = asyncio.create_task(make())
            self._loading[version_id] = loading
            loading.add_done_callback(lambda _: self._loading.pop(version_id))
        return await asyncio.shield(loading)

    async def _read(self, version_id: str) -> Plan | None:
        row = await self._db.read(lambda tx: tx.session.get(FlowVersion, version_id))
        if row is None:
            return None
        definition = orjson.loads(row.definition)
        return await self._compile(definition, row.flow_id, row.project_id, row.id, row.number)


def _described(run: NewRun, trigger: PlannedTrigger) -> Awaitable[None] | None:
    """To be awaited where there is something to evaluate. Tests are run by hand, as often as one likes: they
    have no identity."""
    identifying = None
    if run.origin in ("event", "admitted") and run.environment == "production":
        identifying = dedupe.identified(run, trigger)
    if trigger.title is None and not trigger.labels:
        return identifying
    return _labeled(run, trigger, identifying)


async def _labeled(run: NewRun, trigger: PlannedTrigger, identifying: Awaitable[None] | None) -> None:
    if identifying is not None:
        await identifying
    await labels.label(run, trigger)
