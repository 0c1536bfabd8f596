"""What a run that succeeded did: something, nothing, or nothing yet since no branch took its event."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from engine.base.actor import Actor, Role
from engine.store import unrouted_store
from tests.conftest import Instance, Serve

pytestmark = pytest.mark.asyncio(loop_scope="module")


def flow(steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    trigger = {"name": "webhook", "piece": "webhook", "trigger": "catch",
               "input": {"verify": {"scheme": "none"}}}  # fmt: skip
    return {
        "format": 1,
        "name": "One",
        "triggers": [trigger],
        "start": next(iter(steps)),
        "steps": steps,
        **more,
    }


def step(piece: str, action: str, **more: Any) -> dict[str, Any]:
    return {"type": "action", "piece": piece, "action": action, "next": None, **more}


PUT = step("store", "put", input={"key": "a", "value": 1})
COMPOSE = step("data", "compose", input={"value": 1})
WAIT = step("delay", "delay_until", input={"until": "2020-01-01T00:00:00Z"})
RESPOND = step("webhook", "respond", input={"status": 200, "body": "hello"})


def router(*branches: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "router", "key": "trigger.body.kind", "branches": [*branches], "next": None, **more}


AN_A = {"name": "A", "case": ["a"], "ignore": True}
A_B = {"name": "B", "case": ["b"], "ignore": True}
EACH = {"type": "loop", "items": "`[1, 2]`", "body": "one", "next": None}

NOTHING = {
    "an empty branch": flow({"sort": router(AN_A)}),
    "an empty otherwise": flow(
        {"sort": router(A_B, otherwise={"next": None, "ignore": True})}
    ),
    "a skipped step": flow({"put": PUT | {"skip": True}}),
    "only routers": flow(
        {"sort": router({"name": "A", "case": ["a"], "next": "again"}),
         "again": router(AN_A)}
    ),
    "what only computes": flow({"compose": COMPOSE}),
    "what only waits": flow({"wait": WAIT}),
    "a loop of computing": flow({"each": EACH, "one": COMPOSE}),
}  # fmt: skip
SOMETHING = {
    "an effect": flow({"put": PUT}),
    "an effect in a loop": flow({"each": EACH, "one": PUT}),
    "an effect before a branch that is empty": flow(
        {"put": PUT | {"next": "sort"}, "sort": router(AN_A)}
    ),
    "an effect after a wait": flow({"wait": WAIT | {"next": "put"}, "put": PUT}),
    "an answer": flow({"respond": RESPOND}),
}  # fmt: skip


async def run_of(instance: Instance, definition: dict[str, Any], body: Any = None) -> dict[str, Any]:
    made = await instance.publish(definition)
    answer = await instance.send(made["id"], {"kind": "a"} if body is None else body)
    return dict(await instance.ended(answer.json()["run_id"]))


@pytest.mark.parametrize("definition", NOTHING.values(), ids=NOTHING)
async def test_a_run_that_did_nothing_says_so(instance: Instance, definition: dict[str, Any]) -> None:
    run = await run_of(instance, definition)
    assert (run["status"], run["no_action"]) == ("succeeded", True)
    listed = (await instance.api("GET", f"/runs?no_action=true&flow_id={run['flow_id']}"))["data"]
    assert [one["id"] for one in listed] == [run["id"]]


@pytest.mark.parametrize("definition", SOMETHING.values(), ids=SOMETHING)
async def test_a_run_that_acts_is_never_marked_so(instance: Instance, definition: dict[str, Any]) -> None:
    run = await run_of(instance, definition)
    assert (run["status"], run["no_action"]) == ("succeeded", False)
    assert (await instance.api("GET", f"/runs?no_action=true&flow_id={run['flow_id']}"))["data"] == []


async def test_a_run_that_failed_is_not_one_that_did_nothing(instance: Instance) -> None:
    ask = step("http", "request", input={"method": "GET", "url": "https://127.0.0.1/"})
    run = await run_of(instance, flow({"ask": ask}))
    assert (run["status"], run["no_action"]) == ("failed", False)


async def test_metrics_count_runs_without_an_action(instance: Instance) -> None:
    def counted(text: str) -> int:
        (line,) = [one for one in text.splitlines() if one.startswith("switchyard_runs_no_action_total")]
        return int(float(line.split()[-1]))

    before = counted((await instance.http.get("/metrics")).text)
    await run_of(instance, NOTHING["only routers"])
    await run_of(instance, SOMETHING["an effect"])
    assert counted((await instance.http.get("/metrics")).text) == before + 1


# -- unrouted events are settled ------------------------------------------------------------------------


@pytest.fixture
async def alone(serve: Serve, tmp_path: Path) -> AsyncIterator[Instance]:
    async with serve(tmp_path) as made:
        yield made


SORT = flow({"sort": router(AN_A)})


def with_branch(revision: int) -> dict[str, Any]:
    branches = (
        AN_A,
        {"name": "New", "case": ["new"], "ignore": True},
    )
    return {"definition": flow({"sort": router(*branches)}), "revision": revision}


async def still_open(instance: Instance) -> list[str]:
    listed = [one["id"] for one in (await instance.api("GET", "/runs?unrouted=true"))["data"]]
    count = await instance.sy.db.read(lambda tx: unrouted_store.count_open(tx, instance.project.id))
    assert count == len(listed)
    return listed


async def unrouted(instance: Instance) -> tuple[str, dict[str, Any]]:
    """A flow, and a run of it whose event no branch takes."""
    made = await instance.publish(SORT)
    run = await instance.ended((await instance.send(made["id"], {"kind": "new"})).json()["run_id"])
    assert run["unrouted"]
    return made["id"], dict(run)


async def retry(instance: Instance, run_id: str) -> dict[str, Any]:
    made = await instance.api("POST", f"/runs/{run_id}/retry", {"version": "latest"}, 201)
    return dict(await instance.ended(made["id"]))


@pytest.mark.asyncio(loop_scope="function")
async def test_a_retry_that_a_branch_takes_resolves_the_event_and_one_that_none_takes_adds_none(
    alone: Instance,
) -> None:
    flow_id, first = await unrouted(alone)
    again = await retry(alone, first["id"])
    assert again["unrouted"] and await still_open(alone) == [first["id"]]
    revision = (await alone.api("GET", f"/flows/{flow_id}"))["revision"]
    await alone.api("PUT", f"/flows/{flow_id}", with_branch(revision))
    await alone.api("POST", f"/flows/{flow_id}/publish", {})
    taken = await retry(alone, again["id"])
    assert not taken["unrouted"] and await still_open(alone) == []
    listed = (await alone.api("GET", "/runs?unrouted=all"))["data"]
    assert [(one["id"], one["resolved_by"]) for one in listed] == [
        (again["id"], taken["id"]),
        (first["id"], taken["id"]),
    ]
    for run in (first, again):
        assert (await alone.api("GET", f"/runs/{run['id']}"))["resolved_by"] == taken["id"]
    assert (await alone.api("GET", f"/runs/{taken['id']}"))["resolved_by"] is None


@pytest.mark.asyncio(loop_scope="function")
async def test_an_event_can_be_dismissed_once(alone: Instance) -> None:
    _, run = await unrouted(alone)
    dismissed = await alone.api("POST", f"/runs/{run['id']}/dismiss")
    assert dismissed["dismissed"] and await still_open(alone) == []
    await alone.api("POST", f"/runs/{run['id']}/dismiss", status=409)
    await alone.api("POST", "/runs/run_none/dismiss", status=404)


@pytest.mark.asyncio(loop_scope="function")
async def test_a_viewer_dismisses_nothing(alone: Instance) -> None:
    _, run = await unrouted(alone)
    viewer = Actor(user_id="usr_1", project_id=alone.project.id, role=Role.viewer)
    with pytest.raises(Exception, match="role"):
        await alone.sy.runs.dismiss(viewer, run["id"])
    assert await still_open(alone) == [run["id"]]
