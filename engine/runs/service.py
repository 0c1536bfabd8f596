"""Runs as people ask for them: lists, one in full, again, stop, test."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import orjson

from engine.authoring.active_flows import ActiveFlow, ActiveFlows
from engine.base import clock
from engine.base.actor import Actor, Permission
from engine.base.errors import BadInput, Conflict, NotFound
from engine.base.ids import new_id
from engine.base.journal import Journal, encode
from engine.base.types import Json
from engine.store import cycle_guard, ordering, paging, run_filters, run_reader, run_store, unrouted_store
from engine.store.database import Database
from engine.store.models import TERMINAL, RunStatus
from engine.store.ordering import OrderSlot, Woken
from engine.store.paging import Page
from engine.store.run_keys import first_keys
from engine.store.run_store import NewRun, Stopped
from engine.store.tx import Tx

from . import step_test
from .endings import Endings
from .masking import Masking, Original, Values
from .queue import Queue
from .run import noted
from .run_events import RunEvents
from .scheduler import Scheduler
from .worker import Worker


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run as a list shows it."""

    id: str
    flow_id: str
    flow_name: str | None  # None when the flow is gone
    version: int  # 0: a draft
    environment: str
    trigger: str
    status: str
    unrouted: bool
    no_action: bool
    """It succeeded, and no step of it had an effect."""
    resolved_by: str | None
    """Of an unrouted run: the retry whose event a branch took."""
    dismissed: str | None
    """Of an unrouted run: when it was taken off the list, ISO 8601."""
    warnings: int
    path: list[str]
    error: dict[str, Any] | None
    retry_of: str | None
    resume_at: str | None
    created: str
    started: str | None
    finished: str | None
    title: str  # what the event is about; empty if its trigger does not say
    labels: dict[str, str]
    duration_ms: int | None  # from the start to the end, waits included; None while it is open


@dataclass(frozen=True)
class RunPage(Page[RunSummary]):
    """Some of the runs that match. Where few do, there may be fewer than were asked for, or none, and still a
    cursor for what follows."""

    reached: str | None = None
    """Down to when there was a look for them (ISO 8601), where that was not all."""


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a flow is tested: a step alone, or everything from it on.

    `results_of` is the run whose results stand for the steps before it; without one they are passed by.
    `iteration` says which item of each loop around the step, the outermost first.
    """

    step: str
    only: bool = True
    results_of: str | None = None
    iteration: tuple[int, ...] = ()


class Runs:
    """The service; one for the process."""

    def __init__(
        self,
        db: Database,
        queue: Queue,
        scheduler: Scheduler,
        worker: Worker,
        endings: Endings,
        flows: ActiveFlows,
        telling: RunEvents,
        masking: Masking,
    ) -> None:
        self._db = db
        self._queue = queue
        self._scheduler = scheduler
        self._worker = worker
        self._endings = endings
        self._flows = flows
        self._telling = telling
        self._masking = masking

    # -- reading ----------------------------------------------------------------------------------

    async def list(
        self,
        project_id: str,
        flow_id: str | None = None,
        status: Sequence[str] | None = None,
        environment: str | None = None,
        unrouted: bool | Literal["all"] | None = None,
        since: str | None = None,
        until: str | None = None,
        text: str | None = None,
        labels: Sequence[str] = (),
        no_action: bool | None = None,
        ended: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> "RunPage":
        """Runs of a project, newest first. `unrouted` gives those whose event is still open, or `all`.
        `since` and `until` (created) and `ended` (then or later) are ISO 8601; `text` is looked for in the
        id, the path, the error, the flow's name, the title and labels; `labels` are `name:value`."""
        wanted = run_filters.checked(
            project_id, flow_id, status, environment, unrouted, since, until, text, labels, no_action, ended
        )
        after, size = paging.decode(cursor), paging.check_limit(limit)
        ask = self._db.search if wanted.words or wanted.no_action is not None else self._db.read

        def load(tx: Tx) -> "RunPage":
            rows, reached = run_reader.page(tx, wanted, after, size + 1)
            labels = run_reader.labels_of(tx, [row["id"] for row in rows])
            found = [_summary(row, labels.get(row["id"], {})) for row in rows]
            page = paging.page(found, size, lambda run: run.id)
            if reached is None:
                return RunPage(page.data, page.next)
            return RunPage(page.data, paging.encode(reached[0]), reached[1])

        return await ask(load)

    async def get(self, project_id: str, run_id: str) -> dict[str, Any]:
        """One run in full, in the shape of section 9 and more. Raises `NotFound`."""

        def load(tx: Tx) -> dict[str, Any] | None:
            row = run_reader.get(tx, project_id, run_id)
            if row is None:
                return None
            return {
                **_full(row, *run_store.payload_and_journal(tx, run_id)),
                **_about(run_reader.labels_of(tx, [run_id]).get(run_id, {})),
                "behind": _behind(tx, row),
                "cuts": [asdict(one) for one in cycle_guard.of_run(tx, project_id, run_id)],
            }

        found = await self._db.read(load)
        if found is None:
            raise NotFound("There is no such run in this project.")
        return found

    async def keys(self, project_id: str, run_ids: Sequence[str]) -> dict[str, Json]:
        """By run id, the value that sent the run on its way at its first router."""
        return await self._db.read(lambda tx: first_keys(tx, project_id, run_ids))

    def at_work(self, run_id: str) -> Json:
        """The path and the steps of a run that this process executes now (`Worker.at_work`); else None."""
        return self._worker.at_work(run_id)

    async def count_unrouted(self, project_id: str) -> int:
        """How many unrouted events of the project are open."""
        return await self._db.read(lambda tx: unrouted_store.count_open(tx, project_id))

    # -- acting -----------------------------------------------------------------------------------

    async def dismiss(self, actor: Actor, run_id: str) -> None:
        """Take an unrouted event off the list. Raises `NotFound`, and `Conflict` where it is none or was
        settled before."""
        actor.require(Permission.edit)
        project_id = str(actor.project_id)

        def change(tx: Tx) -> None:
            if not unrouted_store.dismiss(tx, project_id, run_id):
                if run_reader.get(tx, project_id, run_id) is None:
                    raise NotFound("There is no such run.")
                raise Conflict("This run has no open unrouted event.")

        await self._db.write(change)

    async def retry(
        self, actor: Actor, run_id: str, version: str = "same", *, from_failed: bool = False
    ) -> str:
        """Run the same event again; the new run's id.

        `version` is `same` (the one the run had) or `latest` (what is published now). `from_failed`
        takes over what succeeded, so that only the failed step and what follows is done; it needs the
        same version. Raises `Conflict` while the run is open, and for one that has no failed step.
        """
        if version not in ("same", "latest"):
            raise BadInput("The version must be 'same' or 'latest'.", field="version")
        if from_failed and version != "same":
            raise BadInput("Only the same version can continue from the failed step.", field="from_failed")
        old = await self.get(_project(actor), run_id)
        if old["status"] not in TERMINAL:
            raise Conflict("This run has not ended yet. Cancel it, or wait until it ends.")
        if from_failed and old["status"] == RunStatus.succeeded:
            raise Conflict("This run did not fail, so there is no failed step to continue from.")
        number, version_id = await self._version(old, version)
        original = await self._original(old["project_id"], run_id)
        again = new_id("run")
        run = NewRun(
            again,
            old["project_id"],
            old["flow_id"],
            version_id,
            number,
            old["trigger"]["name"],
            encode(original.event),
            original.event,
            clock.now_iso(),
            old["environment"],
            lineage=tuple(old["lineage"]),
            retry_of=run_id,
            origin="retry",
            journal=_succeeded(original.journal) if from_failed else None,
            hidden=original.hidden,
            then=lambda tx: self._telling.retried(tx, again, run_id, actor),
        )
        return (await self._queue.put(run)).run_id

    async def cancel(self, actor: Actor, run_id: str) -> dict[str, Any]:
        """End an open run, wherever it is, and the runs that it waits for. Raises `Conflict` when it has
        ended."""
        project_id = _project(actor)
        old = await self.get(project_id, run_id)
        at, message = clock.now_iso(), _canceled_by(actor)

        def change(tx: Tx) -> Stopped | None:
            stopped = run_store.cancel(tx, project_id, run_id, at, message)
            if stopped is not None:
                below = [one.run_id for one in stopped.below]
                self._telling.canceled(tx, [run_id, *below], actor)
                self._telling.resumed(tx, stopped.woken)
            return stopped

        stopped = await self._db.submit(change)
        if stopped is None:
            raise Conflict("This run has already ended.")
        for one in (Woken(old["flow_id"], project_id, run_id), *stopped.below):
            self._worker.cancel(one.run_id, message if one.run_id == run_id else run_store.CANCELED_ABOVE)
            self._endings.announce(one.run_id, one.project_id, one.flow_id, RunStatus.canceled)
        for parent in stopped.woken:
            self._scheduler.admit(parent.flow_id, parent.project_id)
        self._worker.release_order_slots()
        return await self.get(project_id, run_id)

    async def test(self, actor: Actor, flow_id: str, event: Json, part: "Part | None" = None) -> str:
        """Run the draft, or a part of it, with an event, in the test environment; the run's id.

        Raises `NotFound`, and `BadInput` for an event or a part that cannot be run.
        """
        draft = await self._flows.draft(flow_id)
        if draft is None or draft.project_id != actor.project_id:
            raise NotFound("There is no such flow in this project.")
        event = as_event(event)
        journal, hidden = await self._seeded(draft, part) if part else (None, frozenset())
        await self._flows.freeze(draft)
        names = [trigger["name"] for trigger in draft.definition.get("triggers") or ()]
        run = NewRun(
            new_id("run"),
            draft.project_id,
            flow_id,
            draft.version_id,
            0,
            trigger_of(event, names),
            orjson.dumps(event),
            event,
            clock.now_iso(),
            "test",
            origin="test",
            journal=journal,
            hidden=hidden,
        )
        return (await self._queue.put(run)).run_id

    # -- inside -----------------------------------------------------------------------------------

    async def _original(self, project_id: str, run_id: str) -> Original:
        """What the run was given and has done, with what its mask paths hide."""
        stored = await self._db.read(lambda tx: run_store.stored_run(tx, run_id))
        return self._masking.original(project_id, stored)

    async def _seeded(self, draft: ActiveFlow, part: "Part") -> tuple[bytes, Values]:
        """The journal that a test of a part begins with, and what of it is hidden. Raises `NotFound` for
        another flow's run."""
        earlier: list[dict[str, Any]] = []
        hidden: Values = frozenset()
        if part.results_of is not None:
            old = await self.get(draft.project_id, part.results_of)
            if old["flow_id"] != draft.flow_id:
                raise NotFound("There is no such run of this flow.")
            original = await self._original(draft.project_id, old["id"])
            earlier, hidden = Journal(original.journal).records(), original.hidden
        seed = step_test.seed(
            draft.definition,
            part.step,
            earlier,
            only=part.only,
            iteration=part.iteration,
            results_of=part.results_of,
        )
        return encode(seed), hidden

    async def _version(self, old: dict[str, Any], which: str) -> tuple[int, str]:
        """Number and id of the version that a run's event is run with again. Raises `Conflict`."""
        if which == "latest":
            active = await self._flows.active(old["flow_id"])
            if active is None:
                raise Conflict("This flow has no published version.")
            return active.version, active.version_id
        if not await self._db.read(lambda tx: run_reader.has_version(tx, old["version_id"])):
            raise Conflict("The version of this run was deleted with its flow.")
        return old["version"], old["version_id"]


def trigger_of(event: Json, names: Sequence[str]) -> str:
    """The trigger that a sample says it came from, of those that the flow has; else the first."""
    said = event.get("name")
    return said if said in names else next(iter(names), "test")


def as_event(sample: Json) -> dict[str, Any]:
    """A sample as the event of a webhook: what is left out gets its usual value."""
    if not isinstance(sample, dict) or "body" not in sample:
        raise BadInput(
            'An event is an object with a "body"; "headers", "query" and "method" may stand beside it.',
            field="event",
        )
    return {
        "method": sample.get("method", "POST"),
        "headers": sample.get("headers") or {},
        "query": sample.get("query") or {},
        **{key: value for key, value in sample.items() if key not in ("method", "headers", "query")},
    }


def _behind(tx: Tx, row: dict[str, Any]) -> str | None:
    """The run that holds the order slot which this one waits for."""
    if row["order_key"] is None or row["status"] != RunStatus.waiting or row["started"]:
        return None
    return ordering.ahead(tx, OrderSlot(row["flow_id"], row["order_key"]))


def _duration(row: dict[str, Any]) -> int | None:
    if not row["finished"] or not row["started"]:
        return None
    return max(0, round((clock.from_iso(row["finished"]) - clock.from_iso(row["started"])) * 1000))


def _about(labels: dict[str, str]) -> dict[str, Any]:
    """The title and the labels, as the API shows them."""
    return {"title": labels.get("", ""), "labels": {name: text for name, text in labels.items() if name}}


def _summary(row: dict[str, Any], labels: dict[str, str]) -> RunSummary:
    names = RunSummary.__dataclass_fields__.keys() - {"duration_ms", "title", "labels"}
    values = {name: row[name] for name in names}
    values["path"] = orjson.loads(row["path"])
    values["error"] = orjson.loads(row["error"]) if row["error"] else None
    values["unrouted"], values["no_action"] = bool(row["unrouted"]), bool(row["no_action"])
    return RunSummary(**values, **_about(labels), duration_ms=_duration(row))


def _full(row: dict[str, Any], payload: bytes, entries: "list[bytes]") -> dict[str, Any]:
    journal = Journal(entries)
    steps = journal.shown()
    if row["status"] in TERMINAL:
        steps = [_over(step) for step in steps]
    event = orjson.loads(payload)
    warnings = [*noted(event), *(warning for step in steps for warning in step["warnings"])]
    return {
        "id": row["id"],
        "flow_id": row["flow_id"],
        "flow_name": row["flow_name"],
        "project_id": row["project_id"],
        "version": row["version"],
        "version_id": row["version_id"],
        "status": row["status"],
        "environment": row["environment"],
        "unrouted": bool(row["unrouted"]),
        "no_action": bool(row["no_action"]),
        "resolved_by": row["resolved_by"],
        "dismissed": row["dismissed"],
        "warnings": warnings,
        "path": orjson.loads(row["path"]),
        "steps": steps,
        "error": orjson.loads(row["error"]) if row["error"] else None,
        "response": orjson.loads(row["response"]) if row["response"] else None,
        "trigger": {"name": row["trigger"], "event": event},
        "lineage": orjson.loads(row["lineage"]),
        "parent_run_id": row["parent_run_id"],
        "retry_of": row["retry_of"],
        "partial": journal.partial,
        "possibly_repeated": any(step["possibly_repeated"] for step in steps),
        "resume_at": row["resume_at"],
        "order_key": row["order_key"],
        "duration_ms": _duration(row),
        "active_ms": row["active_ms"],
        "created": row["created"],
        "started": row["started"],
        "finished": row["finished"],
    }


def _over(step: dict[str, Any]) -> dict[str, Any]:
    """A step of a run that is over: what it waited for, if it did, was canceled with the run."""
    if step["status"] != "waiting":
        return step
    return {name: value for name, value in step.items() if name != "resume_at"} | {"status": "canceled"}


def _succeeded(entries: "list[bytes]") -> bytes | None:
    """The records to take over: what succeeded or was skipped, and failures that the run went on from.
    Loops that did not end are walked again."""
    journal = Journal(entries)
    kept = [
        record
        for record in journal.records()
        if record["status"] in ("succeeded", "skipped") or "handled" in record or "window" in record
    ]
    if journal.partial is not None:
        kept.insert(0, {"partial": journal.partial})
    return encode(kept) if kept else None


def _canceled_by(actor: Actor) -> str:
    if actor.user_id is not None:
        return "Canceled by a person."
    return "Canceled with an API key." if actor.key_id is not None else "Canceled by Switchyard."


def _project(actor: Actor) -> str:
    """The project in which the actor may act on runs. Raises `Forbidden`."""
    actor.require(Permission.edit)
    return str(actor.project_id)  # an editor always stands in a project
