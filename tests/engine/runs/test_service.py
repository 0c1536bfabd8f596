"""Runs as people ask for them: lists, one in full, again, a test."""

import asyncio
from typing import Any

import pytest

from engine.base.actor import Actor, Role
from engine.base.clock import now, to_iso
from engine.base.errors import BadInput, Conflict, Forbidden, NotFound, SwitchyardError
from engine.store.retention import delete_old, forget_seen, id_before
from pieces import AuthError
from tests.engine.factories import (
    Harness,
    case,
    compose,
    delay,
    fails,
    flow,
    loop,
    probe,
    refuse,
    router,
    step,
)
from tests.support.waiting import until


async def test_a_run_has_the_shape_that_the_interface_promises(place: Harness) -> None:
    run = await place.run(flow(r=router(case("a", 1), key="trigger.body", next="b"), b=compose("x")), 1)
    promised = {
        "id", "flow_id", "version", "status", "environment", "unrouted", "warnings", "path", "steps", "error",
        "created", "started", "finished",
    }  # fmt: skip
    assert promised <= set(run)
    of_a_step = {"name", "status", "attempts", "input", "output", "error", "duration_ms"}
    assert all(of_a_step <= set(one) for one in run["steps"])
    assert step(run, "r")["branch"] == "a"
    assert run["created"] <= run["started"] <= run["finished"]
    assert run["trigger"]["event"]["body"] == 1


async def test_lists_are_newest_first_in_pages(place: Harness) -> None:
    flow_id = await place.publish(flow(a=compose(1)))
    sent = [await place.start(flow_id, n) for n in range(7)]
    await until(lambda: place.sy.worker.completed == 7)
    seen: list[str] = []
    cursor = None
    while True:
        page = await place.sy.runs.list(place.project, cursor=cursor, limit=3)
        seen += [run.id for run in page.data]
        cursor = page.next
        if cursor is None:
            break
    assert sorted(seen) == sorted(sent)
    assert seen == sorted(seen, reverse=True)


async def test_filters_narrow_the_list(place: Harness) -> None:
    place.probe.react = refuse("out of cheese")
    good = await place.publish(flow(a=compose(1)))
    bad = await place.publish({**flow(a=probe(1)), "name": "100% odd_name"})
    ids = {name: await place.start(flow_id) for name, flow_id in (("good", good), ("bad", bad))}
    ids["test"] = (await place.post(good, 1, "/draft")).json()["run_id"]
    for run in ids.values():
        await place.ended(run)

    async def found(**filters: Any) -> set[str]:
        page = await place.sy.runs.list(place.project, **filters)
        return {name for name, id in ids.items() if id in {run.id for run in page.data}}

    everything = {"good", "bad", "test"}
    hour = 3600
    for filters, expected in (
        ({}, everything),
        ({"flow_id": bad}, {"bad"}),
        ({"status": ["failed"]}, {"bad"}),
        ({"status": ["failed", "succeeded"]}, everything),
        ({"status": ["queued"]}, set()),
        ({"environment": "test"}, {"test"}),
        ({"environment": "production"}, {"good", "bad"}),
        ({"unrouted": True}, set()),
        ({"unrouted": False}, everything),
        ({"text": "cheese"}, {"bad"}),
        ({"text": "100% odd_"}, {"bad"}),
        ({"text": "%"}, {"bad"}),
        ({"text": ids["good"]}, {"good"}),
        ({"since": to_iso(now() - hour)}, everything),
        ({"since": to_iso(now() + hour)}, set()),
        ({"until": to_iso(now() + hour)}, everything),
        ({"until": to_iso(now() - hour)}, set()),
    ):
        assert await found(**filters) == expected, filters


@pytest.mark.parametrize(
    "filters",
    [
        {"status": ["lost"]}, {"environment": "staging"}, {"since": "yesterday"}, {"until": "9" * 40},
        {"cursor": "no cursor"}, {"limit": 0}, {"limit": 10**9},
    ],
)  # fmt: skip
async def test_a_filter_that_cannot_be_read_is_refused(place: Harness, filters: Any) -> None:
    with pytest.raises(BadInput):
        await place.sy.runs.list(place.project, **filters)


async def test_another_project_sees_nothing_of_a_run_and_a_viewer_may_not_act(place: Harness) -> None:
    run = await place.run(flow(a=compose(1)))
    other = await place.sy.access.projects.create(place.actor, "Other")
    stranger = Actor(user_id="u", project_id=other.id, role=Role.admin)
    viewer = Actor(user_id="u", project_id=place.project, role=Role.viewer)
    with pytest.raises(NotFound):
        await place.sy.runs.get(other.id, run["id"])
    for act in (place.sy.runs.cancel, place.sy.runs.retry):
        with pytest.raises(NotFound):
            await act(stranger, run["id"])
        with pytest.raises(Forbidden):
            await act(viewer, run["id"])
    with pytest.raises(NotFound):
        await place.sy.runs.test(stranger, run["flow_id"], {"body": 1})
    assert (await place.sy.runs.list(other.id)).data == []


# -- again ---------------------------------------------------------------------------------------------


async def test_a_retry_runs_the_same_event_in_the_same_or_the_latest_version(place: Harness) -> None:
    flow_id = await place.publish(flow(a=compose("old {{ trigger.body }}")))
    first = await place.ended(await place.start(flow_id, "x"))
    await place.republish(flow_id, flow(a=compose("new {{ trigger.body }}")))
    same = await place.ended(await place.sy.runs.retry(place.actor, first["id"]))
    latest = await place.ended(await place.sy.runs.retry(place.actor, first["id"], "latest"))
    assert [step(run, "a")["output"] for run in (first, same, latest)] == ["old x", "old x", "new x"]
    assert [run["retry_of"] for run in (first, same, latest)] == [None, first["id"], first["id"]]
    assert [run["version"] for run in (first, same, latest)] == [1, 1, 2]
    assert await place.sql("SELECT count(*) FROM events WHERE action = 'flow.run.retried'") == [(2,)]


async def test_a_retry_from_the_failed_step_does_not_repeat_what_succeeded(place: Harness) -> None:
    place.probe.react = lambda call: (
        call.value if call.value != "c" or len(place.probe.calls) > 3 else refuse()(call)
    )
    definition = flow(
        a=probe("a", "each"),
        each=loop("`[1, 2]`", "b", "c", collect="loop.item"),
        b=compose("{{ loop.item }}"),
        c=probe("c", "d"),
        d=probe("{{ steps.a.output }}-{{ steps.each.output[1] }}"),
    )
    failed = await place.run(definition)
    assert (failed["status"], failed["error"]["step"]) == ("failed", "c")
    place.probe.react = lambda call: call.value
    place.probe.calls.clear()
    run = await place.ended(await place.sy.runs.retry(place.actor, failed["id"], from_failed=True))
    assert place.probe.values == ["c", "a-2"]
    assert run["status"] == "succeeded"
    assert run["path"] == ["a", "each[0].b", "each[1].b", "c", "d"]


async def test_a_retry_from_the_failed_step_keeps_failures_that_were_dealt_with(place: Harness) -> None:
    place.probe.react = fails(1, AuthError("no"), then="told")
    definition = flow(
        a=probe("a", "c", on_error={"next": "tell"}), tell=probe("tell"), c=compose("{{ length(`5`) }}")
    )
    flow_id = await place.draft(definition)
    failed = await place.ended(
        await place.start(flow_id, 1, variant="/draft", headers=await place.as_editor())
    )
    assert failed["error"]["step"] == "c"
    place.probe.calls.clear()
    run = await place.ended(await place.sy.runs.retry(place.actor, failed["id"], from_failed=True))
    assert (place.probe.calls, run["path"], run["error"]["step"]) == ([], ["a", "tell", "c"], "c")


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ({"version": "newest"}, BadInput),
        ({"version": "latest", "from_failed": True}, BadInput),
        ({"from_failed": True}, Conflict),
    ],
)
async def test_a_retry_that_makes_no_sense_is_refused(
    place: Harness, how: Any, error: type[SwitchyardError]
) -> None:
    run = await place.run(flow(a=compose(1)))
    with pytest.raises(error):
        await place.sy.runs.retry(place.actor, run["id"], **how)


async def test_an_open_run_and_a_run_of_a_deleted_flow_cannot_be_retried(place: Harness) -> None:
    flow_id = await place.publish(flow(a=delay(60)))
    run_id = await place.start(flow_id)
    await place.until(run_id, "waiting")
    with pytest.raises(Conflict):
        await place.sy.runs.retry(place.actor, run_id)
    await place.sy.flows.delete(place.actor, flow_id)
    for version in ("same", "latest"):
        with pytest.raises(Conflict):
            await place.sy.runs.retry(place.actor, run_id, version)
    with pytest.raises(NotFound):
        await place.sy.runs.retry(place.actor, "run_nowhere")
    assert (await place.get(run_id))["flow_name"] is None


# -- a test --------------------------------------------------------------------------------------------


async def test_a_test_runs_the_draft_with_the_given_event(place: Harness) -> None:
    flow_id = await place.draft(
        flow(a=compose("{{ trigger.body.x }} {{ trigger.method }} {{ run.environment }}"))
    )
    run = await place.ended(await place.sy.runs.test(place.actor, flow_id, {"body": {"x": 1}}))
    assert step(run, "a")["output"] == "1 POST test"
    assert (run["environment"], run["version"]) == ("test", 0)


@pytest.mark.parametrize("event", [None, 5, [], {}, {"headers": {}}, "body"])
async def test_an_event_without_a_body_is_refused(place: Harness, event: Any) -> None:
    flow_id = await place.draft(flow(a=compose(1)))
    with pytest.raises(BadInput):
        await place.sy.runs.test(place.actor, flow_id, event)
    assert (await place.rows())["runs"] == 0


# -- forgetting ----------------------------------------------------------------------------------------


async def test_old_runs_are_forgotten_with_all_they_left_but_never_open_ones(place: Harness) -> None:
    waiting = await place.start(await place.publish(flow(a=delay(60))))
    await place.until(waiting, "waiting")
    flow_id = await place.publish(flow(a=compose(1)))
    await asyncio.gather(*(place.post(flow_id, 1, headers={"webhook-id": str(n)}) for n in range(5)))
    await until(lambda: place.sy.worker.completed == 5)
    limit = id_before(now() + 60)
    assert await place.sy.db.submit(lambda tx: delete_old(tx, limit, 3)) == 3
    assert await place.sy.db.submit(lambda tx: delete_old(tx, limit, 3)) == 2
    assert await place.sy.db.submit(lambda tx: delete_old(tx, limit, 3)) == 0
    assert await place.sy.db.submit(lambda tx: forget_seen(tx, to_iso(now() + 60), 4)) == 4
    assert await place.sy.db.submit(lambda tx: forget_seen(tx, to_iso(now() + 60), 4)) == 1
    rows = await place.rows()
    assert (rows["runs"], rows["run_payloads"], rows["journal"], rows["dedupe"]) == (1, 1, 1, 0)
    assert await place.sy.db.submit(lambda tx: delete_old(tx, id_before(now() - 60))) == 0
