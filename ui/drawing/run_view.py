"""What one run did, by step: the light on the drawing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.store.models import TERMINAL
from ui.shared.render import duration

from .iterations import Iteration

WORDS = {
    "queued": "queued",
    "running": "running",
    "waiting": "waiting",
    "retrying": "will be retried",
    "succeeded": "",
    "failed": "failed",
    "canceled": "canceled",
    "timed_out": "timed out",
    "skipped": "skipped",
}
_INDEX = re.compile(r"\[\d+\]")


@dataclass
class StepState:
    status: str
    duration_ms: float | None = None
    attempts: int = 1
    times: int = 1  # how often it ran, in a loop
    warnings: int = 0
    seeded: bool = False  # its result was reused by a partial test
    stopped: bool = False  # nothing was done after it, by its own word

    @property
    def says(self) -> str:
        """`214 ms`, `failed · 3 attempts · 1.2 s`."""
        if self.seeded:
            return "reused"
        parts = ["did not pass" if self.stopped else WORDS.get(self.status, self.status)]
        parts.append(f"{self.attempts} attempts" if self.attempts > 1 else "")
        parts.append(f"{self.times} times" if self.times > 1 else "")
        parts.append(duration(self.duration_ms) if self.duration_ms and self.duration_ms >= 1 else "")
        return " · ".join(part for part in parts if part)


@dataclass
class Overlay:
    steps: dict[str, StepState] = field(default_factory=dict)
    taken: dict[str, set[str]] = field(default_factory=dict)  # router: the names of the branches taken
    trigger: str | None = None
    unrouted: bool = False
    finished: bool = False
    handled: set[str] = field(default_factory=set)  # failed, and the run went on
    turns: Mapping[str, Iteration] = field(default_factory=dict)  # of each loop, the item that is shown

    def went_on(self, name: str) -> bool:
        return name in self.handled


def overlay(run: Mapping[str, Any], turns: Mapping[str, Iteration] | None = None) -> Overlay:
    """The overlay of a run in the shape that the API gives; `turns` of one that was narrowed to them."""
    trigger = run.get("trigger")
    result = Overlay(
        trigger=trigger.get("name") if isinstance(trigger, Mapping) else trigger,
        unrouted=bool(run.get("unrouted")),
        finished=run.get("status") == "succeeded" and not (run.get("partial") or {}).get("only"),
        turns=turns or {},
    )
    for entry in run.get("path") or []:
        name, _, branch = base_name(entry, keep_branch=True).partition(":")
        result.taken.setdefault(name, set()) if ":" in entry else None
        if branch:
            result.taken[name].add(branch)
    records = run.get("steps") or []
    for index, record in enumerate(records):
        name = base_name(record["name"])
        before = result.steps.get(name)
        result.steps[name] = StepState(
            status=record.get("status", "succeeded"),
            duration_ms=(record.get("duration_ms") or 0) + ((before.duration_ms or 0) if before else 0),
            attempts=max(record.get("attempts") or 1, before.attempts if before else 1),
            times=before.times + 1 if before else 1,
            warnings=len(record.get("warnings") or []),
            seeded=bool(record.get("seeded")),
            stopped=bool(record.get("stopped")),
        )
        went_on = index + 1 < len(records) or result.finished
        if record.get("status") in ("failed", "timed_out") and went_on:
            result.handled.add(name)
        for branch in _branches(record):
            result.taken.setdefault(name, set()).add(branch)
    _add_loops(result, run)
    last = records[-1] if records else {}
    if last.get("stopped") and (run.get("path") or [""])[-1] == last["name"] and "." not in last["name"]:
        result.finished = False  # the run has ended, but not at the end of the flow
    return result


def _add_loops(result: Overlay, run: Mapping[str, Any]) -> None:
    """A loop is recorded when it ends; until then its body's steps tell that it was entered."""
    status = str(run.get("status"))
    for record in run.get("steps") or []:
        outer = record["name"]
        while "." in outer:
            outer = outer.rpartition(".")[0]
            name = base_name(outer)
            if name not in result.steps:
                ended = status if status in ("failed", "timed_out", "canceled") else "running"
                result.steps[name] = StepState(status=ended)


def base_name(entry: str, *, keep_branch: bool = False) -> str:
    """The step's own name in `each[0].tell` or, with its branch, in `each[0].by_kind:Failed`."""
    name, colon, branch = entry.partition(":")
    name = _INDEX.sub("", name).rpartition(".")[2]
    return f"{name}{colon}{branch}" if keep_branch else name


def _branches(record: Mapping[str, Any]) -> list[str]:
    branch = record.get("branch")
    if isinstance(branch, list):
        return [str(one) for one in branch]
    return [str(branch)] if branch else []


def at_work(run: dict[str, Any], work: dict[str, Any] | None) -> dict[str, Any]:
    """A run with what the worker that has it in hand knows of it."""
    if work is None or run["status"] in TERMINAL:
        return run
    trying = {step["name"] for step in work["now"]}
    steps = [step for step in work["steps"] if step["name"] not in trying] + work["now"]
    return {**run, "status": "running", "steps": steps, "path": work["path"]}
