"""Runs that an event of ours starts without a request: its destination is a flow of this instance."""

from collections.abc import Awaitable, Callable, Sequence

import orjson

from engine.base import clock
from engine.base.errors import Conflict, NotFound
from engine.base.ids import new_id
from engine.base.types import Json
from engine.destinations.message import Started
from engine.http.lineage import cut
from engine.store import cycle_guard
from engine.store.database import Database
from engine.store.run_store import NewRun

from .dedupe import identify
from .held import HeldEvents, is_held
from .plans import Found


class FlowStarts:
    """Puts runs into the queue, or holds their events. Who sent the event needs no check: it was us."""

    def __init__(
        self, db: Database, held: HeldEvents, published: Callable[[str], Awaitable[Found | None]]
    ) -> None:
        self._db = db
        self._held = held
        self._published = published

    async def __call__(
        self, flow_id: str, project_id: str | None, event: dict[str, Json], *, lineage: Sequence[str]
    ) -> Started:
        """Start a run of the published flow with an event as its webhook would give it; one that the flow
        has seen starts nothing again, and a disabled flow holds it. `project_id` is the flow's, None for any.

        Raises `NotFound` and `Conflict` for a flow that takes no events, `Overloaded` and `Unavailable`.
        """
        found = await self._published(flow_id)
        if found is None or project_id not in (None, found.plan.project_id):
            raise NotFound("There is no such published flow.")
        plan = found.plan
        trigger = plan.webhook
        if trigger is None or not trigger.is_catch:
            raise Conflict("The flow has no webhook trigger that takes events.")
        if not found.enabled and trigger.input.get("while_disabled") == "reject":
            raise Conflict("The flow is disabled.")
        reason = cut(lineage, flow_id)
        if reason:
            await self._note(plan.project_id, flow_id, event, reason)
            return Started(cut=reason)
        config = trigger.input.get("verify")
        scheme = config.get("scheme") if isinstance(config, dict) else None
        known = await identify(event, trigger, scheme)
        run = NewRun(
            new_id("run"), plan.project_id, flow_id, plan.version_id, plan.version, trigger.name,
            orjson.dumps(event), event, clock.now_iso(), dedupe=known.key, lineage=tuple(lineage),
        )  # fmt: skip
        if known.warning:
            run.warn(known.warning)
        accepted = await self._held.put(run, enabled=found.enabled)
        return Started(accepted.run_id, accepted.duplicate, held=is_held(accepted))

    async def _note(self, project_id: str, flow_id: str, event: Json, reason: str) -> None:
        run_id = cycle_guard.run_of(event.get("body"))
        await self._db.submit(
            lambda tx: cycle_guard.note(tx, project_id, run_id, flow_id, "destination", reason)
        )
