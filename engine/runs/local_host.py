"""The host of a run without a server: for `switchyard run`, and for the tests stored in flow files."""

import logging
from collections.abc import Callable
from typing import Any, TypeVar

import pieces
from engine.access import Projects
from engine.base import clock
from engine.base.actor import Actor
from engine.base.errors import NotFound
from engine.base.ids import new_id
from engine.base.journal import Journal, Record
from engine.base.redaction import traceback_of
from engine.base.secrets import Vault
from engine.base.settings import Settings
from engine.base.types import Json
from engine.connections.service import Connections
from engine.events.outbox import emit
from engine.expressions import Work, apart
from engine.flow import Flow
from engine.http.egress import Egress
from engine.http.instance_proxy import instance_proxy
from engine.store.database import Database
from pieces.testing import MemoryStore, MemoryWindows

from .executor import Run, StepFailed, Suspended, TimedOut, execute
from .masking import RunMask
from .muted_pieces import muted
from .plan import PlannedAction, compile_plan
from .responses import response_of
from .service import trigger_of

log = logging.getLogger("switchyard.run")

T = TypeVar("T")


class LocalHost:
    """The surroundings of a run in this process: connections of the local instance if there is one,
    a store in memory, waits slept through. With `given`, no effect happens: an effect step succeeds
    with the output given for it."""

    def __init__(
        self,
        registry: pieces.Registry,
        settings: Settings,
        *,
        watch: Callable[[Record], None] | None = None,
        given: dict[str, Json] | None = None,
    ) -> None:
        self._pieces = registry
        self._settings = settings
        self._watch = watch
        self._given = given
        self._egress = Egress(settings.egress_allow, proxy=instance_proxy(settings))
        self._store = MemoryStore()
        self._windows = MemoryWindows()
        self._response: Json = None
        self._connections: Connections | None = None
        self._db: Database | None = None
        self._project = "local"

    async def run(self, flow: Flow, event: Json) -> dict[str, Any]:
        """Run to the end; the run in the shape of section 9 of the interface."""
        plan = compile_plan(
            flow, self._registry(), flow_id="local", project_id=self._project, version_id="local", version=0
        )
        created = clock.now_iso()
        trigger = trigger_of(event, [trigger.name for trigger in flow.triggers])
        run = Run(new_id("run"), plan, event, trigger, Journal(), environment="test")
        paths = plan.mask_of(trigger) if self._given is None else None  # a stored case compares what it made
        if paths is not None:
            run.mask = RunMask(paths.apply(event)[1])
        status, error = "succeeded", None
        while True:
            run.marked = True
            try:
                await execute(run, self)
            except Suspended as wait:
                await clock.sleep(max(0.0, (wait.resume_at or clock.now()) - clock.now()))
                continue
            except StepFailed as failed:
                status, error = "failed", failed.error
            except TimedOut:
                status, error = "timed_out", {"message": "The run took longer than its flow allows."}
            break
        return self._result(run, status, error, created)

    def _result(self, run: Run, status: str, error: Json, created: str) -> dict[str, Any]:
        steps = run.journal.shown(run.shown)
        finished = clock.now_iso()
        return {
            "id": run.id,
            "flow_id": run.plan.flow_id,
            "version": 0,
            "status": status,
            "environment": run.environment,
            "unrouted": run.unrouted,
            "warnings": [warning for step in steps for warning in step["warnings"]],
            "path": run.path,
            "steps": steps,
            "error": error if run.mask is None else run.mask.error(error),
            "response": self._response if run.mask is None else run.mask.conceal(self._response),
            "created": created,
            "started": created,
            "finished": finished,
        }

    async def close(self) -> None:
        await self._egress.aclose()
        if self._db is not None:
            self._db.close()

    # -- the host of a run ----------------------------------------------------------------------------

    async def context(self, run: Run, step: PlannedAction, key: str, resume: Json) -> pieces.Context:
        async def respond(status: int, headers: dict[str, str], body: Json | bytes, end: bool) -> None:
            self._response = response_of(status, headers, body)
            run.respond(key, self._response, end=end)

        return pieces.Context(
            piece=self._pieces.pieces[step.piece],
            outside=self._egress,
            auth=await self._secret(run, step.connection, step.piece) if self._given is None else {},
            connection=step.connection or "",
            lent_store=self._store,
            lent_windows=self._windows.of(key.rpartition(".")[2], run.id, f"{run.id}:{key}", clock.now),
            idempotency_key=f"{run.id}:{key}",
            run=pieces.RunInfo(run.id, "local", run.plan.flow_name, self._project, run.environment, key),
            resume=resume,
            on_respond=respond,
            clock=clock.now,
        )

    def context_at_once(self, run: Run, step: PlannedAction, key: str) -> None:
        """Nothing: each step is done in the same way here."""

    async def evaluate_apart(self, run: Run, key: str, work: Work[T]) -> T:
        return await apart(work, run.evaluation.noted)

    async def checkpoint(self, run: Run) -> None:
        run.journal.take()

    async def pause(self, run: Run) -> None:
        await clock.pause()

    def broke(self, run: Run, key: str, action: str, error: Exception) -> None:
        log.error("step %s broke\n%s", key, traceback_of(error, run.secrets))

    def used_connection(self, run: Run, name: str, error: str | None) -> None:
        """Nobody looks at connections here."""

    def step_begins(self, run: Run, record: Record) -> None:
        """Nothing is shown of a step before its end."""

    def step_done(self, run: Run, record: Record) -> None:
        if self._watch is not None:
            self._watch(run.shown(record))

    # -- inside -----------------------------------------------------------------------------------------

    def _registry(self) -> pieces.Registry:
        return self._pieces if self._given is None else muted(self._pieces, self._given)

    async def _secret(self, run: Run, name: str | None, piece: str) -> dict[str, str]:
        """A connection of the local instance's first project, for the piece that it belongs to."""
        if not name:
            return {}
        if self._connections is None:
            if not self._settings.database_path.is_file():
                raise pieces.PieceError(
                    f"There is no connection {name!r}: {self._settings.data_dir} holds no instance."
                )
            self._db = Database(self._settings.database_path)
            self._db.open()
            vault = Vault.from_settings(self._settings)
            self._connections = Connections(self._db, vault, self._pieces, no_form, emit, egress=self._egress)
            self._project = (await Projects(self._db, emit).list(Actor.system()))[0].id
        try:
            fields = await self._connections.secret(self._project, name, piece)
        except NotFound as error:
            raise pieces.PieceError(f"There is no connection {name!r} in this instance.") from error
        run.secrets |= await self._connections.redactions(self._project, name)
        return fields


def no_form(piece: pieces.Piece, _project_id: str, fields: dict[str, str]) -> pieces.Context:
    """The context to test a connection with, where nothing is tested: it has no way out."""
    return pieces.Context(piece=piece, auth=fields)
