"""A run in a worker's hands: what the executor carries along, and the ways in which it stops."""

import asyncio
from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from engine.base.journal import Journal, JournalFull, Record
from engine.base.types import Json
from engine.expressions import OnLoop, Work
from pieces import Context, Wait

from .masking import RunMask
from .plan import Plan, PlannedAction
from .targets import Place, Visit

T = TypeVar("T")
Scope = dict[str, Any]
Path = list[Any]
"""Steps in the order they were taken; a list within it is a track that went beside others."""


MOST_LISTED = 5
"""Failures that the message of a run names; the error has all of them."""
MAX_LISTED = 300
"""Characters of one failure in that message."""


class Canceled(Exception):
    """Somebody ended the run."""


class TimedOut(Exception):
    """The run was active for longer than its flow allows; `step` is the one that was at work."""

    def __init__(self, step: str | None = None) -> None:
        super().__init__("timed out")
        self.error: Record = {
            "step": step,
            "kind": "timeout",
            "message": "The run was active for longer than its flow allows.",
        }


class StepFailed(Exception):
    """A step failed and its policy ends the run; `error` is what the run shows."""

    def __init__(self, error: Record) -> None:
        super().__init__(error["message"])
        self.error = error

    @classmethod
    def of(cls, failed: "Sequence[StepFailed]") -> "StepFailed":
        """The failure of a run in which several steps failed: `step` and `kind` are those of the first, and
        `failures` has the error of each."""
        errors: list[Record] = []
        for failure in failed:
            for error in failure.error.get("failures", [failure.error]):
                if error not in errors:
                    errors.append(error)
        if len(errors) == 1:
            return cls(errors[0])
        listed = [f"`{error['step']}`: {error['message'][:MAX_LISTED]}" for error in errors[:MOST_LISTED]]
        if len(errors) > MOST_LISTED:
            listed.append(f"and {len(errors) - MOST_LISTED:,} more")
        message = f"{len(errors):,} steps failed. {'; '.join(listed)}"
        return cls({"step": errors[0]["step"], "kind": errors[0]["kind"], "message": message,
                    "failures": errors})  # fmt: skip


class Ended(Exception):
    """A respond action said that the run ends, successfully, with its step."""


class Suspended(Exception):
    """The run waits until `resume_at` (Unix seconds), or for a run to end when it is None."""

    def __init__(self, resume_at: float | None) -> None:
        super().__init__("waiting")
        self.resume_at = resume_at


class NotAtOnce(BaseException):
    """A run that began before it was stored comes to what must wait until it is: an effect, expressions too
    costly for the event loop, a pause. No step is at fault, so nothing that handles errors takes it for
    one."""


class AwaitRun(Wait):
    """Wait for another run to end."""

    def __init__(self, run_id: str) -> None:
        super().__init__(None, {"run_id": run_id})
        self.run_id = run_id


class Host(Protocol):
    """What a run needs of its surroundings; the worker provides it, `switchyard run` another."""

    def context(self, run: "Run", step: PlannedAction, key: str, resume: Json) -> Awaitable[Context]:
        """The context a piece is called with. May raise PieceError (no such connection)."""
        ...

    def context_at_once(self, run: "Run", step: PlannedAction, key: str) -> Context | None:
        """The context of an action that waits for nothing and uses no connection; None where the host wants
        it called as any other."""
        ...

    async def evaluate_apart(self, run: "Run", key: str, work: Work[T]) -> T:
        """Evaluate expressions of a step that are too costly for the event loop."""
        ...

    async def checkpoint(self, run: "Run") -> None:
        """Make the journal's fresh records durable, and that the run is running. Raises Canceled."""
        ...

    async def pause(self, run: "Run") -> None:
        """Let other work go first for a moment."""
        ...

    def broke(self, run: "Run", key: str, action: str, error: Exception) -> None:
        """A piece raised what no piece should. For whoever runs the instance: it may name secrets."""
        ...

    def used_connection(self, run: "Run", name: str, error: str | None) -> None:
        """A step did its work with a connection; `error` is why the service refused that."""
        ...

    def step_begins(self, run: "Run", record: Record) -> None:
        """An effect is about to be tried; the same record will be added to the journal with what came of
        it. For whoever watches."""
        ...

    def step_done(self, run: "Run", record: Record) -> None:
        """A record was made; for whoever watches."""
        ...


@dataclass(slots=True)
class Run:
    """A run in a worker's hands."""

    id: str
    plan: Plan
    event: Json
    trigger: str
    journal: Journal
    environment: str = "production"
    lineage: tuple[str, ...] = ()
    repeats: bool = False  # found in flight after a crash: the next effect of each track may be a repeat
    deadline: float = float("inf")  # of this stretch, `clock.monotonic`
    cancel: bool = False
    taken: Path = field(default_factory=list)
    marked: bool = False  # stored as running
    secrets: frozenset[str] = frozenset()  # of the connections used so far; cut out of what is recorded
    mask: RunMask | None = None  # what its trigger hides
    response: Json = None  # what a respond action gave, until it is stored
    ends: set[str] = field(default_factory=set)  # steps that said that the run ends with them
    timeouts: set[asyncio.Timeout] = field(default_factory=set)
    place: Place | None = None  # which it gives up while it waits for its turn at a host
    visits: dict[str, Visit] = field(default_factory=dict)  # of the effects at work, by key
    begun: dict[str, Record] = field(default_factory=dict)  # effects tried in this stretch, by key
    evaluation: OnLoop = field(default_factory=OnLoop)  # of its expressions, one step after the other

    @property
    def path(self) -> list[str]:
        """The steps taken; of tracks that went at the same time, one after the other in drawing order."""
        return list(flat(self.taken))

    @property
    def unrouted(self) -> bool:
        return self.journal.unrouted

    def shown(self, record: Record) -> Record:
        """A step's record as everybody may see it."""
        return record if self.mask is None else self.mask.record(record)

    def respond(self, key: str, response: Json, *, end: bool) -> None:
        """The answer for whoever waits for the run; with `end` the step is the run's last."""
        self.response = response
        if end:
            self.ends.add(key)

    def stop(self) -> None:
        """Cancel: what is in flight is interrupted, nothing further begins."""
        self.cancel = True
        now = asyncio.get_running_loop().time()
        for timeout in self.timeouts:
            if not timeout.expired():
                timeout.reschedule(now)


@dataclass(slots=True)
class Track:
    """One line of steps being walked: the run's own, a branch beside others, an iteration of a loop."""

    scope: Scope
    path: Path
    prefix: str = ""  # of its steps' keys, `each[0].` within a loop
    repeats: bool = False  # its next effect may be a repeat
    alone: bool = True  # no other track of the run goes at the same time
    depth: int = 0  # loops around it

    def inner(self, *, prefix: str | None = None, beside: bool = False, loop: Json = None) -> "Track":
        """A track that begins with what is known here and keeps to itself what it finds out."""
        scope = {**self.scope, "steps": dict(self.scope["steps"])}
        if loop is not None:
            scope["loop"] = loop
        path: Path = self.path
        if beside:
            path = []
            self.path.append(path)
        return Track(
            scope,
            path,
            self.prefix if prefix is None else prefix,
            self.repeats,
            self.alone and not beside,
            self.depth + (prefix is not None),
        )

    def join(self, *inner: "Track") -> None:
        """After tracks that began here: what their steps gave, for those that follow."""
        for track in inner:
            self.scope["steps"].update(track.scope["steps"])
            self.repeats &= track.repeats


def add(run: Run, host: Host, record: Record, *, effect: bool = False) -> None:
    """Note in the journal what was done, and tell whoever watches. Raises StepFailed when the run has
    recorded too much."""
    try:
        run.journal.add(record, effect=effect)
    except JournalFull as full:
        host.step_done(run, run.journal.recorded(record["name"]) or record)
        raise StepFailed({"step": record["name"], **full.error}) from full
    host.step_done(run, record)


def flat(path: Path) -> Iterator[str]:
    """The entries of a path, tracks that went beside others one after the other."""
    for entry in path:
        if isinstance(entry, str):
            yield entry
        else:
            yield from flat(entry)


def noted(event: Json) -> list[str]:
    """What the intake noted about an event, before any step."""
    return event.get("warnings", []) if isinstance(event, dict) else []
