"""A flow of the instance as a destination of its own events: no circle, and the cut is seen."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from engine.base.actor import Actor
from engine.base.settings import Settings
from engine.instance import Switchyard
from engine.store import cycle_guard
from tests.support.waiting import stored

FLOW: dict[str, Any] = {
    "format": 1, "name": "Handler", "start": "keep",
    "triggers": [{"name": "webhook", "piece": "webhook", "trigger": "catch",
                  "input": {"verify": {"scheme": "none"}}}],
    "steps": {"keep": {"type": "action", "piece": "data", "action": "compose", "input": {"value": "x"},
                       "next": None}},
}  # fmt: skip


@pytest.mark.parametrize("kind", ["flow", "webhook"])
async def test_a_handler_of_finished_runs_starts_one_more_run_and_not_itself(
    kind: str, tmp_path: Path
) -> None:
    sy = Switchyard(Settings(data_dir=tmp_path, durability="fast"))
    await sy.start()
    try:
        (project,) = await sy.access.projects.list(Actor.system())
        actor = Actor.system(project.id)
        ids = []
        for name in ("Handler", "Other"):
            ids.append((await sy.flows.create(actor, {**FLOW, "name": name})).id)
            await sy.flows.publish(actor, ids[-1])
        handler, other = ids
        url = handler if kind == "flow" else f"{sy.settings.base_url}/webhooks/{handler}"
        spec = {"name": "Out", "kind": kind, "url": url, "events": ["flow.run.finished"]}
        made = (await sy.destinations.create(actor, project.id, spec)).record
        assert (made.flow_id, made.flow_published) == (handler, True)
        event = {"method": "POST", "headers": {}, "query": {}, "body": {}}
        await sy.senders._flow._start(other, project.id, event, lineage=())

        async def ended() -> list[Any]:
            rows = (await sy.destinations.deliveries(project.id, made.id)).data
            return rows if [row.status for row in rows] == ["cut", "delivered"] else []

        rows = await stored(sy.db, ended)
        runs = await sy.db.read(lambda tx: tx.execute("SELECT flow_id, id FROM runs").fetchall())
        assert Counter(row[0] for row in runs) == {other: 1, handler: 1}
        extra = next(row[1] for row in runs if row[0] == handler)
        (cut,) = await sy.db.read(lambda tx: cycle_guard.of_run(tx, project.id, extra))
        assert (cut.flow_id, cut.via) == (handler, "destination")
        assert "circle" in cut.reason and rows[0].reason == cut.reason
    finally:
        await sy.stop()
