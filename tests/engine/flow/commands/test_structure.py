"""Whatever is edited in whatever order: the flow stays whole, or the command is refused."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.base.errors import BadInput
from engine.flow import Flow, Graph, dumps, parse, to_json
from engine.flow.commands import COMMANDS, apply
from engine.flow.commands.command import structure_problems
from pieces import Registry, registry
from tests.engine.fuzz import RandomEditor

EMPTY = Flow(name="New")
SEEDS = st.lists(st.integers(0, 2**20), min_size=15, max_size=60)


def edited(flow: Flow, seed: int, pieces: Registry | None = None, command: str | None = None) -> Flow:
    """The flow after one random command; the same if it was refused."""
    name, args = RandomEditor(flow, seed).edit(command)
    before = dumps(flow)
    try:
        change = apply(flow, name, args, pieces)
    except BadInput as refused:
        assert refused.message
        change = None
    assert dumps(flow) == before, "a command changes nothing of what it was given"
    if change is None:
        return flow
    assert change.sentence and len(change.sentence) < 400
    assert set(change.names) <= {*change.flow.steps, *(t.name for t in change.flow.triggers)}
    return change.flow


def hold_whole(flow: Flow) -> None:
    assert structure_problems(flow) == []
    raw = to_json(flow)
    assert len(list(Graph.of(raw).walk())) == len(flow.steps)
    for step in raw["steps"].values():
        labels = [branch["name"] for branch in step.get("branches", [])]
        assert len(set(labels)) == len(labels) and "otherwise" not in labels
    for names in ([t.name for t in flow.triggers], [test.name for test in flow.tests]):
        assert len(set(names)) == len(names)
    assert all(note.step is None or note.step in flow.steps for note in flow.notes)
    assert all(test.sample is None or test.sample in flow.samples for test in flow.tests)
    assert dumps(parse(dumps(flow))) == dumps(flow)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SEEDS)
def test_no_sequence_of_commands_breaks_a_flow(seeds: list[int]) -> None:
    flow = EMPTY
    for seed in seeds:
        flow = edited(flow, seed)
        hold_whole(flow)


@pytest.mark.slow
def test_a_long_day_of_editing_uses_every_command() -> None:
    flow, done = EMPTY, Counter[str]()
    pieces = registry()
    for seed in range(1500):
        after = edited(flow, seed, pieces)
        if after is not flow:
            done[RandomEditor(flow, seed).edit()[0]] += 1
        # Now and then the flow has grown enough.
        flow = after if len(after.steps) < 60 else EMPTY
    hold_whole(flow)
    assert set(COMMANDS) - set(done) == set()


BROKEN: list[dict[str, Any]] = [
    {"start": "nowhere", "steps": {}},
    {"start": "a", "steps": {"a": {"next": "b"}, "b": {"next": "a"}}},
    {"start": "a", "steps": {"a": {"next": "a"}, "b": {}, "c": {"next": "gone"}}},
    {"start": None, "steps": {"a": {"next": "b"}, "b": {}}},
    {"start": "r", "steps": {"r": {"type": "router", "branches": [
        {"name": "x", "next": "a"}, {"name": "x", "next": "a"}, {"name": "otherwise", "next": "r"}]},
        "a": {}}},
]  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN)
def test_a_flow_broken_by_hand_gets_no_worse_and_nothing_fails(broken: dict[str, Any]) -> None:
    action = {"type": "action", "piece": "data", "action": "compose"}
    steps = {name: {**({} if "type" in step else action), **step} for name, step in broken["steps"].items()}
    start = parse({"name": "Broken", **broken, "steps": steps})
    for seed in range(60):
        flow = start
        for number in range(4):
            before = len(structure_problems(flow))
            flow = edited(flow, seed * 10 + number)
            assert len(structure_problems(flow)) <= before
