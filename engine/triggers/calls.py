"""How the engine calls a trigger of a piece: its context, and what it gave as an event."""

import copy
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from engine.base import clock
from engine.base.errors import NotFound
from engine.base.piece_calls import REQUEST, within
from engine.base.redaction import redact, traceback_of
from engine.base.types import Json
from engine.expressions import compile, evaluated
from engine.http.egress import Egress
from engine.runs.plan import Plan, PlannedTrigger
from engine.store import trigger_store
from engine.store.database import Database
from engine.store.item_store import ItemStore
from pieces import Context, PieceError, Registry, Retry, RunInfo, Trigger, WebhookRequest

_REQUEST = {"method", "headers", "query", "body"}


class Connections(Protocol):
    async def secret(self, project_id: str, name: str, piece: str) -> dict[str, str]: ...

    async def redactions(self, project_id: str, name: str) -> frozenset[str]: ...

    async def renewed(
        self, project_id: str, name: str, piece: str, refused: str
    ) -> dict[str, str] | None: ...


@dataclass(frozen=True)
class Given:
    """What a webhook trigger made of a request. Call `keep` once the runs of it are durable."""

    payloads: list[Json]
    keep: Callable[[], Awaitable[None]]


class TriggerCalls:
    """Makes the context of each call of a trigger, and calls the webhook ones."""

    def __init__(
        self, db: Database, pieces: Registry, egress: Egress, connections: Connections, base_url: str = ""
    ) -> None:
        self._db = db
        self._pieces = pieces
        self._egress = egress
        self._connections = connections
        self._base_url = base_url

    def kind(self, trigger: Mapping[str, Any]) -> Trigger[Any, Any]:
        """The piece's trigger behind one in a flow file. Raises `UnknownPiece`."""
        return self._pieces.trigger(trigger["piece"], trigger["trigger"])

    async def context(
        self,
        trigger: Mapping[str, Any],
        state: dict[str, Any],
        *,
        project_id: str,
        flow_id: str,
        flow_name: str = "",
        environment: str = "production",
    ) -> Context:
        """`trigger` is one of a flow file. Raises `NotFound` when its connection is gone, and what getting
        its secrets raises: `AuthError` for a connection of another piece."""
        connection, piece = trigger.get("connection"), str(trigger["piece"])

        auth = await self._connections.secret(project_id, connection, piece) if connection else {}
        hidden = await self.hidden(project_id, connection)

        async def renew(refused: str) -> dict[str, str] | None:
            return await self._connections.renewed(project_id, str(connection), piece, refused)

        return Context(
            piece=self.kind(trigger).piece,
            outside=self._egress,
            auth=auth,
            connection=connection or "",
            state=state,
            lent_store=ItemStore(self._db, project_id, flow_id, lambda value: redact(value, hidden)),
            run=RunInfo(flow_id=flow_id, flow_name=flow_name, project_id=project_id, environment=environment),
            webhook_url=f"{self._base_url}/webhooks/{flow_id}",
            on_evaluate=_evaluate,
            on_renew=renew,
            clock=clock.now,
        )

    async def receive(
        self,
        plan: Plan,
        trigger: PlannedTrigger,
        request: WebhookRequest,
        environment: str,
        at: float | None = None,
    ) -> Given:
        """Let a webhook trigger check a request and say what to run. Raises what the piece raises. `at` is
        when the request arrived, in Unix seconds; None for now."""
        assert trigger.kind is not None
        state, _ = await trigger_store.load(self._db, plan.flow_id, trigger.name)
        before = copy.deepcopy(state)
        named = {"piece": trigger.piece, "trigger": trigger.trigger, "connection": trigger.connection}
        try:
            context = await self.context(
                named,
                state,
                project_id=plan.project_id,
                flow_id=plan.flow_id,
                flow_name=plan.flow_name,
                environment=environment,
            )
        except NotFound:
            context = await self.context(
                {**named, "connection": None}, state, project_id=plan.project_id, flow_id=plan.flow_id
            )  # the piece refuses what it has no secret for
        except PieceError as error:  # no token is to be had: the sender is not to blame, and may come again
            raise Retry(error.message) from error
        if at is not None:
            context.clock = lambda: at
        what = f"{trigger.piece}.{trigger.trigger}"
        payloads = await within(REQUEST, trigger.kind.run(context, trigger.input, request), what)
        hidden = await self.hidden(plan.project_id, trigger.connection)
        after = redact(context.state, hidden)

        async def keep() -> None:
            if after != before:
                await trigger_store.merge(
                    self._db, plan.project_id, plan.flow_id, trigger.name, before, after
                )

        return Given([redact(payload, hidden) for payload in payloads], keep)

    async def hidden(self, project_id: str, connection: str | None) -> frozenset[str]:
        """The texts of a connection that must not be stored or shown."""
        if not connection:
            return frozenset()
        try:
            return await self._connections.redactions(project_id, connection)
        except NotFound:
            return frozenset()

    async def told(self, project_id: str, connection: str | None, error: BaseException) -> str:
        """An error's text for people to see, without the connection's secrets."""
        return str(redact(str(error) or type(error).__name__, await self.hidden(project_id, connection)))

    async def traceback(self, project_id: str, connection: str | None, error: BaseException) -> str:
        """An error's traceback for the log, without the connection's secrets."""
        return traceback_of(error, await self.hidden(project_id, connection))


def event_of(payload: Json, method: str) -> dict[str, Any]:
    """What a trigger gave as a run's event: its body, or all of it when it is a whole request."""
    if isinstance(payload, dict) and payload.keys() == _REQUEST and isinstance(payload["headers"], dict):
        return payload
    return {"method": method, "headers": {}, "query": {}, "body": payload}


async def _evaluate(expression: str, data: Json) -> Json:
    return await evaluated(partial(compile(expression).value, data))
