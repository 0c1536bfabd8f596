"""What is too old is forgotten, and nothing that is still needed."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from engine.base import clock
from engine.base.actor import Actor
from engine.base.errors import NotFound
from engine.base.ids import new_id
from engine.base.settings import Settings
from engine.instance import Switchyard
from engine.store import rejected_store, retention
from engine.store.models import TERMINAL

pytestmark = pytest.mark.usefixtures("each_store")

EARLIER, LATER = "2000-01-01T00:00:00.000Z", "2999-01-01T00:00:00.000Z"
FLOW: dict[str, Any] = {
    "format": 1,
    "name": "A flow",
    "triggers": [{"name": "webhook", "piece": "webhook", "trigger": "catch"}],
    "start": "shape",
    "steps": {"shape": {"type": "action", "piece": "data", "action": "compose", "input": {"value": 1}}},
}


@pytest.fixture
async def sy(tmp_path: Path) -> AsyncIterator[Switchyard]:
    made = Switchyard(Settings(data_dir=tmp_path, durability="fast"))
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def actor(sy: Switchyard) -> Actor:
    return Actor.system((await sy.access.projects.create(Actor.system(), "Mine")).id)


async def count(sy: Switchyard, table: str) -> int:
    found = await sy.db.read(lambda tx: tx.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    return int(found)


async def sweep(sy: Switchyard, forget: Any, before: str) -> int:
    return await sy.db.submit(partial(forget, before=before))


async def test_a_deleted_flow_is_forgotten_with_all_it_had_once_its_time_is_over(
    sy: Switchyard, actor: Actor
) -> None:
    made = await sy.flows.create(actor, FLOW)
    other = await sy.flows.create(actor, {**FLOW, "name": "Kept"})
    for flow in (made, other):
        await sy.flows.publish(actor, flow.id)
        await sy.edits.apply(actor, flow.id, "set_name", {"name": "New"}, 1)
    await sy.flows.delete(actor, made.id)
    assert await sweep(sy, retention.forget_flows, EARLIER) == 0
    assert len(await sy.flows.deleted(made.project_id)) == 1
    assert await sweep(sy, retention.forget_flows, LATER) == 1
    assert await sweep(sy, retention.forget_flows, LATER) == 0
    assert await sy.flows.deleted(made.project_id) == []
    with pytest.raises(NotFound):
        await sy.flows.restore(actor, made.id)
    assert [await count(sy, table) for table in ("flows", "flow_versions", "draft_edits")] == [1, 1, 1]


async def ran(sy: Switchyard, actor: Actor, flow_id: str) -> str:
    run_id = await sy.runs.test(actor, flow_id, {"body": 1})
    while (await sy.runs.get(str(actor.project_id), run_id))["status"] not in TERMINAL:
        await sy.db.read(lambda tx: None)
    return run_id


async def test_a_frozen_draft_goes_when_no_run_and_no_draft_needs_it(sy: Switchyard, actor: Actor) -> None:
    made = await sy.flows.create(actor, FLOW)
    await sy.flows.publish(actor, made.id)
    await ran(sy, actor, made.id)
    assert await count(sy, "flow_versions WHERE number = 0") == 1
    assert await sweep(sy, retention.forget_drafts, LATER) == 0  # its run can still be looked at
    assert await sweep(sy, retention.delete_old, "run_zzz") == 1
    assert await sweep(sy, retention.forget_drafts, LATER) == 0  # the next test takes it
    steps = {"shape": {**FLOW["steps"]["shape"], "input": {"value": 2}}}
    await sy.flows.save_draft(actor, made.id, {**FLOW, "steps": steps}, 1)
    assert await sweep(sy, retention.forget_drafts, EARLIER) == 0
    assert await sweep(sy, retention.forget_drafts, LATER) == 1
    assert await count(sy, "flow_versions WHERE number = 0") == 0
    assert await count(sy, "flow_versions") == 1  # what was published stays
    run = await sy.runs.get(str(actor.project_id), await ran(sy, actor, made.id))
    assert run["status"] == "succeeded" and run["steps"][0]["output"] == 2


async def test_a_sweep_applies_each_rule_until_nothing_is_left_for_it(
    sy: Switchyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_PAUSE", 0)
    monkeypatch.setattr(clock, "now", lambda: clock.from_iso("2026-03-03T00:00:00Z"))
    left, asked = [7, 3, 0], list[str]()

    def forget(_connection: Any, before: str) -> int:
        asked.append(before)
        return left.pop(0)

    async def then() -> None:
        asked.append("then")

    await retention.Sweeper(sy.db, [retention.Rule(forget, days=2)], then).sweep()
    assert asked == [*["2026-03-01T00:00:00.000Z"] * 3, "then"]


async def test_runs_are_forgotten_by_an_id_of_the_moment(sy: Switchyard) -> None:
    of_runs, of_rejected = [rule for rule in retention.rules(sy.settings) if rule.by_id]
    assert of_runs.forget is retention.delete_old and of_rejected.forget is rejected_store.forget
    assert of_runs.before.startswith("run_") and of_runs.before < new_id("run")
