"""Runs that wait, as the scheduler of the queue holds them: runs, the lane of a flow, lanes of a project."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from .run import Run

MOST_ASIDE = 2
"""Runs of a flow that wait for their turn at a host, before no more of it are begun."""


@dataclass(slots=True, eq=False)
class Claim:
    """A run that is this process's to do, from its acceptance until its end is stored."""

    id: str
    project_id: str
    flow_id: str
    version_id: str
    version: int
    environment: str
    trigger: str
    created: str
    lineage: tuple[str, ...] = ()
    event: Any = None
    loaded: bool = False  # `event` is there, and there is no journal to read
    running: bool = False  # stored as running
    repeats: bool = False
    hazard: bool = False  # it was being evaluated when a process ended
    active_ms: int = 0
    parent_run_id: str | None = None
    canceled: bool = False
    size: int = 0  # bytes of the event while it waits in memory
    order_key: str | None = None  # it holds the order slot of this key (`store.ordering`)
    payload: bytes | None = None  # the event as it is stored, of a run that has done nothing yet
    hidden: frozenset[str | int | float] = frozenset()  # values that nobody but the run may see
    begun: Run | None = None  # what it did before it was stored is in its journal


@dataclass(slots=True, eq=False)
class FlowLane:
    """The runs of one flow."""

    flow_id: str
    project: "Project"
    limit: int
    known: bool = False  # `limit` is the flow's, not a guess
    running: int = 0
    promised: int = 0  # stored as running, about to be placed
    aside: int = 0  # of those that run, wait for their turn at a host
    arriving: set[str] = field(default_factory=set)  # runs being made durable
    window: deque[Claim] = field(default_factory=deque)
    stored: int = 0  # queued runs that are only in the store
    arrivals: int = 0  # tells a refill that something came meanwhile
    refilling: bool = False
    left: set[str] = field(default_factory=set)  # runs let go of during a refill, which may still see them
    listed: bool = False  # stands among the lanes of its project that may go

    @property
    def may_go(self) -> bool:
        """Whether its limit lets one more begin, and those before it get on."""
        return self.running < self.limit and self.aside < MOST_ASIDE

    @property
    def idle(self) -> bool:
        """Nothing is here, and nothing is on its way."""
        return not (self.running or self.arriving or self.window or self.stored or self.refilling)


@dataclass(slots=True, eq=False)
class Project:
    """The lanes of one project that may go, in turn."""

    running: int = 0
    promised: int = 0
    lanes: deque[FlowLane] = field(default_factory=deque)
    listed: bool = False
