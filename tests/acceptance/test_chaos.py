"""Random flows under random failures: each accepted event has one run, and it did what it had to do."""

import copy
from pathlib import Path
from random import Random

import pytest

from tests.acceptance.chaos import Chaos, chaos
from tests.acceptance.random_flows import RandomFlow, event

SECONDS = 90


@pytest.mark.crash
async def test_chaos_loses_nothing_repeats_nothing_that_is_recorded_and_ends_each_run_rightly(
    tmp_path: Path,
) -> None:
    async with chaos(tmp_path / "data", SECONDS, seed=11) as scene:
        assert scene.check() == []
        assert await scene.books() == []
        assert len(scene.figures.accepted) > 100
        assert all(scene.figures.faults[name] > 0 for name in ("kill", "stop"))
        _the_check_finds_what_is_wrong(scene)


def _the_check_finds_what_is_wrong(scene: Chaos) -> None:
    """Each kind of fault, made up, is seen: else the test above could not fail."""
    id, (flow, run) = next(iter(scene.figures.accepted.items()))
    key = next(key for key, one in scene.receiver.requests.items() if one.answers[200])
    accepted, requests = scene.figures.accepted, scene.receiver.requests
    scene.figures.accepted = {**accepted, "evt_lost": (flow, "run_lost")}
    assert any("evt_lost was accepted" in line for line in scene.check())
    scene.figures.accepted = accepted
    scene.figures.not_stored.append(id)
    assert any(f"{id} was refused and has the run" in line for line in scene.check())
    scene.figures.not_stored.pop()
    scene.receiver.requests = {**requests, f"{run}:x": copy.deepcopy(requests[key])}
    assert any("is in no journal" in line for line in scene.check())
    scene.receiver.requests = {name: one for name, one in requests.items() if name != key}
    assert any("expected" in line for line in scene.check())
    again = copy.deepcopy(requests[key])
    again.received += 1000
    scene.receiver.requests = {**requests, key: again}
    assert any("was received" in line for line in scene.check())
    scene.receiver.requests = requests
    for one in scene.flows:
        one.parts = []
    assert any(" is failed" in line for line in scene.check())


def test_the_random_flows_have_every_kind_of_step_and_both_ends() -> None:
    kinds: set[str] = set()
    ends: set[bool] = set()
    for seed in range(100):
        random = Random(seed)
        flow = RandomFlow.draw(random, "http://127.0.0.1/", "flow_x")
        ends.add(flow.expected(event(random, "e"))[2])
        pending = list(flow.parts)
        while pending:
            part = pending.pop()
            kinds.add(part.kind)
            pending += [inner for block in [*part.blocks, part.otherwise or []] for inner in block]
    assert kinds == {"post", "refused", "compose", "delay", "first", "all", "switch", "loop", "call"}
    assert ends == {True, False}
