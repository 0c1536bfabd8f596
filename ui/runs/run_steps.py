"""A run in words: its steps with the titles of the definition, and why a router chose what it chose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.base.types import Json
from engine.runs.plan import case_key
from ui.drawing.canvas import condition
from ui.drawing.iterations import Iteration
from ui.drawing.run_view import base_name

Step = dict[str, Any]


@dataclass(frozen=True)
class Reason:
    """One branch of a router, and why the event went there or not."""

    branch: str
    words: str  # its condition, short
    code: bool  # the words are an expression
    whole: str  # the whole condition, when `words` had to be short
    taken: bool
    says: str
    broken: str = ""  # what was wrong with the condition, with a caret


@dataclass
class Why:
    """A router's choice."""

    step: str
    title: str
    key: str  # the expression; empty without one
    value: Json
    branches: list[Reason] = field(default_factory=list)
    unrouted: bool = False


def told(record: Step, definition: Mapping[str, Any], run_id: str) -> Step:
    """A step record with the words of its definition."""
    name = base_name(record["name"])
    step = (definition.get("steps") or {}).get(name) or {}
    title = step.get("title") or record.get("title") or name.replace("_", " ").capitalize()
    piece = step.get("piece") or record.get("piece") or ""
    action = step.get("action") or record.get("action") or ""
    of = " · ".join(part for part in (piece, action.replace("_", " ")) if part) or record["type"]
    chosen = why(record, step) if record["type"] == "router" and step.get("type") == "router" else None
    key = f"{run_id}:{record['name']}" if record["type"] == "action" else ""
    return {**record, "title": title, "of": of, "own": name, "why": chosen, "idempotency_key": key}


def with_turns(steps: list[Step], turns: Mapping[str, Iteration]) -> list[Step]:
    """The steps, each with `turn`: of the first one within a loop the item that is shown, else None."""
    begun: set[str] = set()
    made = []
    for step in steps:
        prefix = step["name"].rpartition(".")[0]
        turn = next((one for one in turns.values() if one.at == prefix and prefix not in begun), None)
        begun.add(prefix)
        made.append({**step, "turn": turn, "inside": bool(prefix)})
    return made


def opened(steps: list[Step], asked: str, *, ended: bool) -> int:
    """Which step stands open at first: the one asked for, else the one that failed, else the last."""
    for wanted in (
        [n for n, step in enumerate(steps) if asked and step["own"] == asked],
        [n for n, step in enumerate(steps) if not asked and step["status"] in ("failed", "timed_out")],
    ):
        if wanted:
            return wanted[-1]
    return len(steps) - 1 if ended and not asked else -1


def why(record: Mapping[str, Any], step: Mapping[str, Any]) -> Why:
    """Each branch of a router with its condition, and what became of it."""
    output = record.get("output") or {}
    chosen = output.get("branches") or []
    result = Why(
        base_name(record["name"]), str(step.get("title") or ""), str(step.get("key") or ""), output.get("key")
    )
    decided = False  # the first match ends the search
    every = step.get("match") == "all"
    warnings = [str(warning) for warning in record.get("warnings") or []]
    for branch in step.get("branches") or []:
        name = str(branch.get("name", ""))
        words, code, whole = condition(branch, result.key)
        taken = name in chosen and not output.get("otherwise")
        broken = next((text for text in warnings if f"branch {name!r} of" in text), "")
        says = _says(branch, result, taken=taken, decided=decided, broken=broken)
        result.branches.append(Reason(name, words, code, whole, taken, says, broken.partition("\n")[2]))
        decided = decided or (taken and not every)
    if step.get("otherwise") is not None:
        taken = bool(output.get("otherwise"))
        says = "taken: no branch matched" if taken else "not needed"
        result.branches.append(Reason("otherwise", "", False, "", taken, says))
    result.unrouted = not chosen
    return result


def _says(branch: Mapping[str, Any], result: Why, *, taken: bool, decided: bool, broken: str) -> str:
    if taken:
        return "taken"
    if decided:
        return "not asked: one before it matched"
    if broken:
        return "could not be evaluated, so it did not match"
    if result.key and branch.get("case") is not None:
        cases = [case_key(case) for case in branch.get("case") or []]
        if case_key(result.value) not in cases:
            return "another value"
    return "its condition did not hold" if branch.get("when") else "no match"
