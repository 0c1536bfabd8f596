"""Rename a step, and everything that refers to it."""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from engine.base.errors import BadInput
from engine.expressions import rename_in_value, rename_step

from .canonical import to_json
from .check import parse, step_of
from .definition import NAME, Flow


def rename(flow: Flow, old: str, new: str) -> Flow:
    """The flow with the step `old` called `new`: ways, expressions, notes, layout and tests follow.

    Raises BadInput when there is no such step, or the new name is taken or is no name.
    """
    if old not in flow.steps:
        raise BadInput(f"There is no step `{old}`.", field="old")
    if not re.fullmatch(NAME, new):
        raise BadInput(f"`{new[:80]}` cannot be the name of a step.", field="new")
    if new != old and new in flow.steps:
        raise BadInput(f"A step named `{new}` already exists.", field="new")
    raw = to_json(flow)
    raw["start"] = new if raw["start"] == old else raw["start"]
    raw["steps"] = {
        new if name == old else name: _step(step, old, new) for name, step in raw["steps"].items()
    }
    if isinstance(raw.get("layout"), dict):
        raw["layout"] = {new if key == old else key: value for key, value in raw["layout"].items()}
    for note in raw.get("notes", ()):
        _point(note, "step", old, new)
    raw["tests"] = [_test(test, old, new) for test in raw.get("tests", ())]
    return parse(raw)


def rename_all(steps: Mapping[str, dict[str, Any]], names: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Steps (plain JSON) under new names, which are none of the old ones: ways and expressions among them
    follow, what they read of other steps stays. For copies of a part of a flow."""
    made = {}
    for name, step in steps.items():
        text = orjson.dumps(step)
        for old, new in names.items():
            if old.encode() in text:  # most steps read few others
                step = _step(step, old, new)
        made[names.get(name, name)] = step
    return made


def _step(step: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    step = dict(step)
    for field in ("next", "body"):
        _point(step, field, old, new)
    for field in ("otherwise", "on_error"):
        if isinstance(step.get(field), dict):
            step[field] = _point(dict(step[field]), "next", old, new)
    for field in ("key", "items", "until", "collect"):
        if isinstance(step.get(field), str):
            step[field] = rename_step(step[field], old, new)
    if "branches" in step:
        step["branches"] = [_branch(dict(branch), old, new) for branch in step["branches"]]
    if "input" in step:
        step["input"] = rename_in_value(step["input"], old, new)
    return step


def _branch(branch: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    if isinstance(branch.get("when"), str):
        branch["when"] = rename_step(branch["when"], old, new)
    return _point(branch, "next", old, new)


def _point(owner: dict[str, Any], field: str, old: str, new: str) -> dict[str, Any]:
    if owner.get(field) == old:
        owner[field] = new
    return owner


def _test(test: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    expect = dict(test.get("expect", {}))
    if expect.get("path"):
        expect["path"] = [_taken(taken, old, new) for taken in expect["path"]]
    if expect.get("outputs"):
        expect["outputs"] = {new if key == old else key: value for key, value in expect["outputs"].items()}
    return {**test, "expect": expect} if "expect" in test else test


def _taken(taken: str, old: str, new: str) -> str:
    loops = re.sub(rf"\b{re.escape(old)}\[(?=\d+\]\.)", f"{new}[", taken.split(":", 1)[0])
    rest = taken[len(taken.split(":", 1)[0]) :]
    if step_of(taken) == old:
        loops = loops[: len(loops) - len(old)] + new
    return loops + rest
