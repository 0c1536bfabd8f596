"""What a piece is given when a run, or a form, calls it: its connection, a way out, a store, other flows."""

from dataclasses import dataclass
from typing import Protocol

import orjson

from engine.authoring.active_flows import ActiveFlow, ActiveFlows
from engine.base import clock
from engine.base.errors import BadInput, NotFound, Overloaded, TooLarge, Unavailable
from engine.base.ids import new_id
from engine.base.redaction import redact
from engine.base.types import Json
from engine.http.egress import Egress
from engine.http.lineage import Lineage, cut, grown
from engine.runs.masking import Masking
from engine.runs.plan import Plan, PlannedAction
from engine.runs.queue import Queue
from engine.runs.responses import responder
from engine.runs.run import AwaitRun, Run
from engine.runs.targets import Targets, Visit
from engine.store import sealed_store
from engine.store.database import Database
from engine.store.item_store import ItemStore
from engine.store.models import TERMINAL
from engine.store.run_store import NewRun, outcome
from engine.store.window_store import StepOfRun, WindowStore
from engine.triggers.topics import Topics
from pieces import Context, Piece, PieceError, Registry, RunInfo, Wait


class Connections(Protocol):
    async def secret(self, project_id: str, name: str, piece: str) -> dict[str, str]:
        """The fields of a connection for the piece that it belongs to; raises `AuthError` for another one."""
        ...

    async def redactions(self, project_id: str, name: str) -> frozenset[str]:
        """The texts of a connection that must not be stored or shown."""
        ...

    async def renewed(self, project_id: str, name: str, piece: str, refused: str) -> dict[str, str] | None:
        """A connection with another token than the one that was refused; None if there is none to be had."""
        ...


@dataclass(frozen=True)
class FormContexts:
    """Makes the context of a dropdown, and of testing a connection."""

    egress: Egress
    flows: ActiveFlows

    def context(self, piece: Piece, project_id: str, auth: dict[str, str]) -> Context:
        """`auth` is the connection's fields; none where the piece needs none."""

        async def list_flows() -> list[tuple[str, str]]:
            return await self.flows.callable(project_id)

        return Context(
            piece=piece,
            outside=self.egress,
            auth=auth,
            run=RunInfo(project_id=project_id),
            on_list_flows=list_flows,
            clock=clock.now,
        )


@dataclass(frozen=True)
class PieceContexts:
    """Makes the context of each call by a run."""

    db: Database
    pieces: Registry
    egress: Egress
    connections: Connections
    flows: ActiveFlows
    queue: Queue
    lineage: Lineage
    topics: Topics
    masking: Masking
    targets: Targets

    async def context(self, run: Run, step: PlannedAction, key: str, resume: Json) -> Context:
        """The context of one attempt of a step. Raises `PieceError` when its connection is gone."""
        plan = run.plan
        idempotency_key = f"{run.id}:{key}"
        auth = await secret_of(self.connections, plan.project_id, step.connection, step.piece)
        if step.connection:
            run.secrets |= await self.connections.redactions(plan.project_id, step.connection)

        async def renew(refused: str) -> dict[str, str] | None:
            name = str(step.connection)
            found = await self.connections.renewed(plan.project_id, name, step.piece, refused)
            run.secrets |= await self.connections.redactions(plan.project_id, name)
            return found

        async def call_flow(flow: str, payload: Json, wait: bool) -> Json:
            if isinstance(resume, dict) and "run_id" in resume:
                return await self._called(plan, resume["run_id"])
            return await self._call_flow(run, flow, redact(payload, run.secrets), wait, idempotency_key)

        async def list_flows() -> list[tuple[str, str]]:
            return await self.flows.callable(plan.project_id)

        async def publish(topic: str, body: Json) -> Json:
            return await self._publish(run, topic, redact(body, run.secrets), idempotency_key)

        outside = self.lineage.outside(self.egress, grown(run.lineage, plan.flow_id), run.id)
        if not step.pure:
            outside = run.visits[key] = Visit(
                outside, self.targets, plan.project_id, run.place, self.lineage.flow_at
            )
        return Context(
            piece=self.pieces.pieces[step.piece],
            outside=outside,
            auth=auth,
            connection=step.connection or "",
            lent_store=ItemStore(
                self.db, plan.project_id, plan.flow_id, lambda value: redact(value, run.secrets)
            ),
            lent_windows=self._windows(run, key, idempotency_key),
            idempotency_key=idempotency_key,
            run=RunInfo(run.id, plan.flow_id, plan.flow_name, plan.project_id, run.environment, key),
            resume=resume,
            on_respond=responder(run, key),
            on_call_flow=call_flow,
            on_publish=publish,
            on_list_flows=list_flows,
            on_renew=renew,
            clock=clock.now,
        )

    def _windows(self, run: Run, key: str, token: str) -> WindowStore:
        """The event windows of a step. What its run hides is hidden there too: other runs get the items."""
        plan, mask = run.plan, run.mask
        step = key.rpartition(".")[2]  # the same for each item of a loop
        return WindowStore(
            self.db,
            StepOfRun(plan.project_id, plan.flow_id, run.environment, step, run.id, token),
            hide=lambda item: redact(item if mask is None else mask.conceal(item), run.secrets),
            hide_key=lambda text: text if mask is None else str(self.masking.key_without(mask, text)),
        )

    async def _call_flow(self, run: Run, flow: str, payload: Json, wait: bool, key: str) -> Json:
        """Start a run of another flow, once for each step; with `wait`, suspend until it ends."""
        plan = run.plan
        lineage = grown(run.lineage, plan.flow_id)
        callee = await self._callee(plan, flow, lineage)
        event = {"method": "CALL", "headers": {}, "query": {}, "body": payload}
        child = NewRun(
            new_id("run"),
            plan.project_id,
            callee.flow_id,
            callee.version_id,
            callee.version,
            _entrance(callee),
            orjson.dumps(event),
            event,
            clock.now_iso(),
            run.environment,
            dedupe=f"call:{key}",
            lineage=lineage,
            parent_run_id=run.id if wait else None,
            origin="flow",
            hidden=frozenset() if run.mask is None else run.mask.hidden,
        )
        try:
            child_id = (await self.queue.put(child)).run_id
        except Overloaded as busy:  # nothing was begun: the same again when there is room
            raise Wait(clock.now() + busy.retry_after, {"busy": True}, relative=True) from busy
        except Unavailable as stopping:
            raise Wait(clock.now() + 1, {"busy": True}, relative=True) from stopping
        return await self._called(plan, child_id) if wait else {"run_id": child_id}

    async def _publish(self, run: Run, topic: str, body: Json, key: str) -> Json:
        """Put a message on a topic, once for each step."""
        plan = run.plan
        chain = grown(run.lineage, plan.flow_id)
        try:
            done = await self.topics.publish(
                plan.project_id, topic, body, source=run.id, lineage=chain, key=key, mask=run.mask
            )
        except (BadInput, TooLarge) as error:
            raise PieceError(error.message, field=error.field) from error
        except Unavailable as stopping:
            raise Wait(clock.now() + 1, {"busy": True}, relative=True) from stopping
        return {"message_id": done.id, "topic": topic}

    async def _callee(self, plan: Plan, flow: str, lineage: tuple[str, ...]) -> ActiveFlow:
        """The flow to call. Raises `PieceError` when it cannot or must not be called."""
        callee = await self.flows.active(flow)
        if callee is None or callee.project_id != plan.project_id:
            raise PieceError("There is no such published flow in this project.", field="flow")
        if not callee.enabled:
            raise PieceError(f"The flow {callee.name!r} is disabled.", field="flow")
        reason = cut(lineage, callee.flow_id)
        if reason:
            raise PieceError(f"{callee.name!r} was not called. {reason}", field="flow")
        return callee

    async def _called(self, plan: Plan, child_id: str) -> Json:
        """The result of a called run. Raises `AwaitRun` while it is open."""
        ended = await self.db.read(lambda tx: outcome(tx, plan.project_id, child_id))
        if ended is None:
            raise PieceError(f"The called run {child_id} no longer exists.")
        if ended["status"] not in TERMINAL:
            raise AwaitRun(child_id)
        sealed = await self.db.read(lambda tx: sealed_store.response(tx, child_id))
        if sealed is not None:
            ended["response"] = orjson.loads(self.masking.open(plan.project_id, sealed))
        if ended["status"] != "succeeded":
            reason = (ended["error"] or {}).get("message", ended["status"])
            raise PieceError(f"The called flow did not succeed: {reason}", details=ended)
        return {"run_id": child_id, "status": ended["status"], "response": ended["response"]}


async def secret_of(
    connections: Connections, project_id: str, name: str | None, piece: str
) -> dict[str, str]:
    """A connection's fields for a piece; none for a step without one.

    Raises `PieceError` when it is gone, `AuthError` when it belongs to another piece.
    """
    if not name:
        return {}
    try:
        return await connections.secret(project_id, name, piece)
    except NotFound as error:
        raise PieceError(f"There is no connection {name!r} any more. Choose another one.") from error


def _entrance(flow: ActiveFlow) -> str:
    """The name of the trigger that a call comes in by: "Called" if the flow has one."""
    triggers = flow.definition.get("triggers") or [{"name": "called"}]
    own = (t for t in triggers if t.get("piece") == "flow" and t.get("trigger") == "called")
    return str(next(own, triggers[0])["name"])
