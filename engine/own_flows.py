"""Flows of this instance as targets of its own events: a run without a request."""

from collections.abc import Sequence
from typing import Any

import orjson

from . import clock
from .dedupe import dedupe_key
from .destinations.message import Started
from .errors import Conflict, NotFound
from .ids import new_id
from .lineage import cut
from .queue import Queue
from .run_store import NewRun
from .webhooks import Surroundings


class OwnFlows:
    """Starts runs as the webhook of a flow would, without asking who sends: we do."""

    def __init__(self, queue: Queue, surroundings: Surroundings) -> None:
        self._queue = queue
        self._around = surroundings

    async def __call__(
        self, flow_id: str, project_id: str | None, event: dict[str, Any], *, lineage: Sequence[str]
    ) -> Started:
        """A run of the published flow with this event, durable when this returns; or none, where it would
        close a circle. `project_id` None allows any project's.

        Raises NotFound for a flow of another project, and for one that was never published; Conflict for
        one that is disabled or whose trigger takes no such events; Busy.
        """
        found = await self._around.published(flow_id)
        if found is None or project_id not in (None, found.plan.project_id):
            raise NotFound("There is no such flow, or it was never published.")
        plan, trigger = found.plan, found.plan.webhook
        if not found.enabled:
            raise Conflict("The flow is disabled.")
        if trigger is None or not trigger.is_catch:
            raise Conflict("The flow has no webhook trigger that takes any event.")
        reason = cut(lineage, flow_id)
        if reason:
            return Started(cut=reason)
        run = NewRun(
            new_id("run"),
            plan.project_id,
            flow_id,
            plan.version_id,
            plan.version,
            trigger.name,
            orjson.dumps(event),
            event,
            clock.now_iso(),
            dedupe=dedupe_key(event, trigger, None),
            lineage=tuple(lineage),
        )
        accepted = await self._queue.put(run)
        return Started(accepted.run_id, duplicate=accepted.duplicate)
