"""A flow file run with an event, without a server."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

import pieces
from engine.access import Projects
from engine.base import clock
from engine.base.actor import Actor
from engine.base.errors import NotFound
from engine.base.ids import new_id
from engine.base.journal import Journal, Record, shown
from engine.base.secrets import Vault
from engine.base.settings import Settings
from engine.base.types import Json
from engine.connections.service import Connections
from engine.events.outbox import emit
from engine.expressions import compile
from engine.flow import Flow
from engine.http.egress import Egress
from engine.runs.executor import Run, StepFailed, Suspended, TimedOut, execute
from engine.runs.plan import PlannedAction, compile_plan
from engine.runs.service import as_event, trigger_of
from engine.store.database import Database
from pieces.testing import MemoryStore
from ui.flows.flow_files import read_flow, read_json

out = Console(highlight=False, soft_wrap=True)


# -- run -------------------------------------------------------------------------------------------


async def main(flow_path: Path, event_path: Path, *, as_json: bool) -> int:
    """Run a flow file with an event and print what happened; 0 when the run succeeded."""
    flow, given = read_flow(flow_path), read_json(event_path)
    event = as_event(given if isinstance(given, dict) and "body" in given else {"body": given})
    host = LocalHost(pieces.registry(), Settings.from_env(), watch=None if as_json else _print_step)
    try:
        result = await host.run(flow, event)
    finally:
        await host.close()
    if as_json:
        print(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        _print_end(result)
    return 0 if result["status"] == "succeeded" else 1


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
        self._egress = Egress(settings.egress_allow)
        self._store = MemoryStore()
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
        status, error = "succeeded", None
        while True:
            run.marked = True
            try:
                await execute(run, self)
            except Suspended as wait:
                await asyncio.sleep(max(0.0, (wait.resume_at or clock.now()) - clock.now()))
                continue
            except StepFailed as failed:
                status, error = "failed", failed.error
            except TimedOut:
                status, error = "timed_out", {"message": "The run took longer than its flow allows."}
            break
        return self._result(run, status, error, created)

    def _result(self, run: Run, status: str, error: Json, created: str) -> dict[str, Any]:
        steps = [shown(record) for record in run.journal.records()]
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
            "error": error,
            "response": self._response,
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
        async def respond(status: int, headers: dict[str, str], body: Json, end: bool) -> None:
            self._response = {"status": status, "headers": headers, "body": body}
            run.respond(key, self._response, end=end)

        return pieces.Context(
            piece=self._pieces.pieces[step.piece],
            outside=self._egress,
            auth=await self._secret(step.connection) if self._given is None else {},
            lent_store=self._store,
            idempotency_key=f"{run.id}:{key}",
            run=pieces.RunInfo(run.id, "local", run.plan.flow_name, self._project, run.environment, key),
            resume=resume,
            on_respond=respond,
            on_evaluate=lambda expression, data: compile(expression).value(data),
            clock=clock.now,
        )

    async def checkpoint(self, run: Run) -> None:
        run.journal.take()

    def step_begins(self, run: Run, record: Record) -> None:
        """Nothing is shown of a step before its end."""

    def step_done(self, run: Run, record: Record) -> None:
        if self._watch is not None:
            self._watch(record)

    # -- inside -----------------------------------------------------------------------------------------

    def _registry(self) -> pieces.Registry:
        return self._pieces if self._given is None else muted(self._pieces, self._given)

    async def _secret(self, name: str | None) -> dict[str, str]:
        """A connection of the local instance's first project."""
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
            self._project = (await Projects(self._db, emit, clock.now).list(Actor.system()))[0].id
        try:
            return await self._connections.secret(self._project, name)
        except NotFound as error:
            raise pieces.PieceError(f"There is no connection {name!r} in this instance.") from error


def no_form(piece: pieces.Piece, _project_id: str, fields: dict[str, str]) -> pieces.Context:
    """The context to test a connection with, where nothing is tested: it has no way out."""
    return pieces.Context(piece=piece, auth=fields)


def muted(registry: pieces.Registry, given: dict[str, Json]) -> pieces.Registry:
    """The registry with every effect replaced: the step succeeds with what is given under its name."""
    return MutedRegistry(registry, given)


class MutedRegistry(pieces.Registry):
    """Pure actions as they are; others give what the case says."""

    def __init__(self, registry: pieces.Registry, given: dict[str, Json]) -> None:
        super().__init__(dict(registry.pieces), list(registry.broken), dict(registry.origins))
        self._given = given

    def action(self, piece: str, action: str) -> Any:
        real = super().action(piece, action)
        return real if real.pure else MutedAction(real, self._given)


class MutedAction:
    """Validates the input as the real action does, and then does nothing."""

    def __init__(self, real: Any, given: dict[str, Json]) -> None:
        self._real = real
        self._given = given
        self.title = real.title
        self.form = real.form
        self.pure = False

    async def run(self, ctx: pieces.Context, values: Json) -> Json:
        self._real.form.read(values)
        return self._given.get(ctx.run.step)


# -- printing ------------------------------------------------------------------------------------------

_MARKS = {
    "succeeded": "[green]✓[/green]",
    "failed": "[red]✗[/red]",
    "waiting": "[yellow]…[/yellow]",
    "skipped": "[dim]–[/dim]",
}


def _print_step(record: Record) -> None:
    step = shown(record)
    branch = step.get("branch")
    choice = (
        f" → [bold]{escape(', '.join(branch) if isinstance(branch, list) else str(branch))}[/bold]"
        if branch
        else ""
    )
    mark, took = _MARKS.get(step["status"], "?"), f"[dim]{step['duration_ms']:g} ms[/dim]"
    out.print(f"{mark} [bold]{step['name']}[/bold]{choice} {took}")
    for part in ("input", "output", "error"):
        if step[part] is not None:
            out.print(f"    [dim]{part:>6}[/dim] {escape(_brief(step[part]))}")
    for warning in step["warnings"]:
        out.print(f"    [yellow]warning {escape(warning)}[/yellow]")


def _print_end(result: dict[str, Any]) -> None:
    out.print(f"\n[bold]{result['status']}[/bold]{' · unrouted' if result['unrouted'] else ''}")
    out.print(f"path: {escape(' → '.join(result['path']) or '(none)')}")
    if result["error"]:
        out.print(f"[red]{escape(result['error'].get('message', ''))}[/red]")
    if result["response"] is not None:
        out.print(f"response: {escape(_brief(result['response']))}")


def _brief(value: Json) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 400 else f"{text[:400]}… ({len(text):,} characters)"
