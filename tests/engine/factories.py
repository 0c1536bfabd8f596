"""What the tests of the engine build with: definitions in short form, a piece whose effects they steer,
and an instance with its intake."""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from sqlmodel import SQLModel

import pieces
from engine.base.actor import Actor, Role
from engine.base.clock import from_iso
from engine.instance import Switchyard
from engine.store.models import TERMINAL
from engine.store.tx import Tx
from pieces import Context, Json, Piece, PieceError, Retry
from tests.support.clock import ManualClock
from tests.support.waiting import quiet, stored, until

OPEN = {"scheme": "none"}


# -- definitions --------------------------------------------------------------------------------------


def flow(
    start: str | None = None, triggers: list[Any] | None = None, settings: Any = None, **steps: Any
) -> Any:
    """A flow file; `start` defaults to the first step, the trigger to a webhook open to everybody."""
    return {
        "format": 1,
        "name": "A flow",
        "triggers": [webhook()] if triggers is None else triggers,
        "start": start or next(iter(steps), None),
        "steps": steps,
        "settings": settings or {},
    }


def webhook(verify: Any = None, **input: Any) -> Any:
    return {
        "name": "webhook",
        "piece": "webhook",
        "trigger": "catch",
        "input": {"verify": verify or OPEN, **input},
    }


def action(piece: str, name: str, next: str | None = None, **more: Any) -> Any:
    step = {"type": "action", "piece": piece, "action": name, "next": next, "input": more.pop("input", {})}
    return {**step, **more}


def compose(value: Json, next: str | None = None, **more: Any) -> Any:
    """A step without effect."""
    return action("data", "compose", next, input={"value": value}, **more)


def probe(value: Json = None, next: str | None = None, **more: Any) -> Any:
    """A step with an effect, which the test decides on."""
    return action("probe", "act", next, input={"value": value}, **more)


def delay(seconds: float, next: str | None = None) -> Any:
    return action("delay", "delay_for", next, input={"duration": seconds, "unit": "seconds"})


def router(*branches: Any, next: str | None = None, **more: Any) -> Any:
    return {"type": "router", "branches": list(branches), "next": next, **more}


def when(name: str, condition: str, next: str | None = None) -> Any:
    return {"name": name, "when": condition, "next": next}


def case(name: str, *values: Json, next: str | None = None) -> Any:
    return {"name": name, "case": list(values), "next": next}


def loop(items: str, body: str | None, next: str | None = None, **more: Any) -> Any:
    return {"type": "loop", "items": items, "body": body, "next": next, **more}


# -- a piece with effects ----------------------------------------------------------------------------


@dataclass
class Call:
    """One call of the effect."""

    value: Json
    step: str
    run_id: str
    key: str
    resume: Json
    at: float
    ctx: Context = field(repr=False)


Reaction = Callable[[Call], Any]


@dataclass
class Probe:
    """Remembers its calls. `react` may raise, give a value, or give something to await."""

    calls: list[Call] = field(default_factory=list)
    react: Reaction = lambda call: call.value
    active: int = 0
    most: int = 0
    interrupted: list[str] = field(default_factory=list)

    def forget(self) -> None:
        """As if new."""
        self.__init__()  # type: ignore[misc]

    @property
    def values(self) -> list[Json]:
        return [call.value for call in self.calls]

    async def called(self, count: int) -> None:
        """Wait until there were so many calls."""
        await until(lambda: len(self.calls) >= count)

    def hold(self) -> asyncio.Event:
        """Let every call wait for the event that this gives."""
        event = asyncio.Event()

        async def wait(value: Json) -> Json:
            await event.wait()
            return value

        self.react = lambda call: wait(call.value)
        return event

    async def act(self, ctx: Context, value: Json) -> Json:
        call = Call(value, ctx.run.step, ctx.run.id, ctx.idempotency_key, ctx.resume, ctx.now(), ctx)
        self.calls.append(call)
        self.active += 1
        self.most = max(self.most, self.active)
        try:
            done = self.react(call)
            return await done if asyncio.iscoroutine(done) else done
        except asyncio.CancelledError:
            self.interrupted.append(call.step)
            raise
        finally:
            self.active -= 1


def registry(probe: Probe) -> pieces.Registry:
    """The installed pieces, and the probe."""
    piece = Piece("probe", summary="Effects for tests")

    @piece.action
    async def act(ctx: Context, value: Json = None) -> Json:
        """Do what the test says."""
        return await probe.act(ctx, value)

    @piece.action(pure=True)
    async def broken(ctx: Context) -> Json:
        """Raise what no piece should."""
        raise KeyError("oops")

    installed = pieces.registry()
    found = pieces.Registry(dict(installed.pieces), list(installed.broken), dict(installed.origins))
    found.pieces["probe"] = piece
    return found


def fails(times: int, error: Exception | None = None, then: Json = "done") -> Reaction:
    """Fail so often, then succeed."""
    count = itertools.count()

    def react(call: Call) -> Json:
        if next(count) < times:
            raise error or Retry("not now")
        return then

    return react


def refuse(message: str = "no") -> Reaction:
    def react(call: Call) -> Json:
        raise PieceError(message, details={"why": message})

    return react


# -- an instance ---------------------------------------------------------------------------------------


@dataclass
class Harness:
    """A running instance, one project of it, its intake, and a piece with effects."""

    sy: Switchyard
    actor: Actor
    http: httpx.AsyncClient
    probe: Probe
    before: dict[str, int] = field(default_factory=dict, repr=False)  # rows of other tests

    async def fresh(self) -> "Harness":
        """The same instance for another test: a project of its own, and a probe that knows nothing."""
        made = await self.sy.access.projects.create(self.actor, "Fresh")
        self.probe.forget()
        place = Harness(self.sy, self.actor.within(made.id, None), self.http, self.probe)
        place.before = await place.rows()
        return place

    @property
    def project(self) -> str:
        return str(self.actor.project_id)

    async def publish(self, definition: Any) -> str:
        """A new flow, published and enabled; its id."""
        made = await self.sy.flows.create(self.actor, definition)
        await self.sy.flows.publish(self.actor, made.id)
        return made.id

    async def republish(self, flow_id: str, definition: Any) -> None:
        seen = await self.sy.flows.get(self.project, flow_id)
        await self.sy.flows.save_draft(self.actor, flow_id, definition, seen.revision)
        await self.sy.flows.publish(self.actor, flow_id)

    async def draft(self, definition: Any) -> str:
        """A new flow that is not published; its id."""
        return (await self.sy.flows.create(self.actor, definition)).id

    async def post(
        self, flow_id: str, body: Json = None, variant: str = "", **request: Any
    ) -> httpx.Response:
        content = request if {"content", "data", "files"} & request.keys() else {"json": body, **request}
        return await self.http.post(f"/webhooks/{flow_id}{variant}", **content)

    async def as_editor(self) -> dict[str, str]:
        """The headers of an editor of the project: a new API key."""
        _, token = await self.sy.access.keys.create(self.actor, "test", Role.editor)
        return {"Authorization": f"Bearer {token}"}

    async def start(self, flow_id: str, body: Json = None, **request: Any) -> str:
        """Send an event; the id of its run."""
        answer = await self.post(flow_id, body, **request)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["run_id"])

    async def run(self, definition: Any, body: Json = None, clock: ManualClock | None = None) -> Json:
        """The ended run of one event through a new flow."""
        return await self.ended(await self.start(await self.publish(definition), body), clock)

    async def get(self, run_id: str) -> Json:
        return await self.sy.runs.get(self.project, run_id)

    async def ended(self, run_id: str, clock: ManualClock | None = None) -> Json:
        """The run, once it has ended. A `clock` is moved to each moment that the run waits for."""

        async def ask() -> Json:
            run = await self.get(run_id)
            if clock is not None and run["status"] == "waiting" and run["resume_at"]:
                clock.advance(max(0.0, from_iso(run["resume_at"]) - clock.now()) + 0.001)
            return run if run["status"] in TERMINAL else None

        return await stored(self.sy.db, ask)

    async def until(self, run_id: str, *statuses: str) -> Json:
        """The run, once it has one of the statuses."""

        async def ask() -> Json:
            run = await self.get(run_id)
            return run if run["status"] in statuses else None

        return await stored(self.sy.db, ask)

    async def quiet(self) -> None:
        """Let what is under way come to rest."""
        await quiet(self.sy.db)

    async def waits(self, count: int = 1) -> None:
        """Return once so many runs of any project wait for a moment."""

        async def ask() -> bool:
            rows = await self.sql("SELECT count(*) FROM runs WHERE resume_at IS NOT NULL")
            return bool(rows[0][0] >= count)

        await stored(self.sy.db, ask)

    async def rows(self) -> dict[str, int]:
        """How many rows each table has but those that count what came in; not those of earlier tests."""

        def count(tx: Tx) -> dict[str, int]:
            tables = sorted(SQLModel.metadata.tables.keys() - {"ledger", "ledger_totals", "notices"})
            return {name: tx.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}

        found = await self.sy.db.read(count)
        return {table: number - self.before.get(table, 0) for table, number in found.items()}

    async def rows_of(self, text: str, *values: Any) -> list[Any]:
        """Rows of a question, from a reader."""
        return await self.sy.db.read(lambda tx: tx.execute(text, values).fetchall())

    async def sql(self, text: str, *values: Any) -> list[Any]:
        """Rows of a question, from the writer: what it gives is committed."""
        return await self.sy.db.submit(lambda tx: tx.execute(text, values).fetchall())


def step(run: Json, name: str) -> Json:
    """A step of a run by its key."""
    return next(one for one in run["steps"] if one["name"] == name)
