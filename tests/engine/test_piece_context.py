"""What a piece is given: its connection, its keys, its limits."""

from typing import Any

import pytest

from pieces import PieceError
from tests.engine.factories import Call, Harness, action, compose, flow, probe, step


async def test_a_step_knows_where_it_runs(place: Harness) -> None:
    seen: list[Any] = []
    place.probe.react = lambda call: seen.append(call.ctx) or 1
    flow_id = await place.publish(flow(a=probe(1)))
    run = await place.ended(await place.start(flow_id))
    (ctx,) = seen
    info = ctx.run
    assert (info.id, info.flow_id, info.step) == (run["id"], flow_id, "a")
    assert (info.project_id, info.environment, info.flow_name) == (place.project, "production", "A flow")
    assert ctx.idempotency_key == f"{run['id']}:a"


async def test_a_step_whose_connection_is_gone_says_so(place: Harness) -> None:
    definition = flow(a=action("http", "request", connection="gone", input={"url": "https://example.com"}))
    flow_id = await place.draft(definition)
    run = await place.ended(await place.start(flow_id, 1, variant="/draft", headers=await place.as_editor()))
    assert (run["status"], "'gone'" in run["error"]["message"]) == ("failed", True)


async def test_a_private_address_is_refused_unless_allowed(place: Harness) -> None:
    definition = flow(a=action("http", "request", input={"url": "http://10.0.0.1/"}))
    run = await place.run(definition)
    assert run["status"] == "failed" and "not a public address" in run["error"]["message"]


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("flow_nowhere", "no such published flow"),
        ("disabled", "is disabled"),
        ("elsewhere", "no such published"),
    ],
)
async def test_a_flow_that_may_not_be_called_is_not(place: Harness, target: str, says: str) -> None:
    if target == "disabled":
        target = await place.publish(flow(a=compose(1)))
        await place.sy.flows.disable(place.actor, target)
    if target == "elsewhere":
        other = await place.sy.access.projects.create(place.actor, "Other")
        target = await Harness(place.sy, place.actor.within(other.id, None), place.http, place.probe).publish(
            flow(a=compose(1))
        )
    run = await place.run(flow(c=action("flow", "call", input={"flow": target})))
    assert run["status"] == "failed" and says in run["error"]["message"]
    assert (await place.rows())["runs"] == 1


async def test_a_chain_of_calls_is_bounded(place: Harness) -> None:
    last = await place.publish(flow(a=compose("end")))
    for _ in range(20):
        last = await place.publish(flow(c=action("flow", "call", input={"flow": last})))
    run = await place.ended(await place.start(last))
    assert run["status"] == "failed" and "led to one another" in run["error"]["message"]
    assert (await place.rows())["runs"] == 17


async def test_calling_lists_only_flows_of_the_project(place: Harness) -> None:
    flow_id = await place.publish(flow(a=probe(1)))
    other = await place.sy.access.projects.create(place.actor, "Other")
    await Harness(place.sy, place.actor.within(other.id, None), place.http, place.probe).publish(
        flow(a=compose(1))
    )

    async def look(call: Call) -> Any:
        return [list(found) for found in await call.ctx.list_flows()]

    place.probe.react = look
    run = await place.ended(await place.start(flow_id))
    assert step(run, "a")["output"] == [[flow_id, "A flow"]]


@pytest.mark.parametrize("body", [{1, 2}, 2**70])
async def test_an_answer_that_is_no_json_fails_the_step(place: Harness, body: Any) -> None:
    async def answer(call: Call) -> Any:
        await call.ctx.respond(200, {}, body)

    place.probe.react = answer
    got = await place.post(await place.publish(flow(a=probe(1))), 1, "/sync")
    assert (got.status_code, "JSON" in got.json()["error"]["message"]) == (500, True)


async def test_an_answer_cannot_act_in_our_origin(place: Harness) -> None:
    async def answer(call: Call) -> Any:
        headers = {
            "Set-Cookie": "a=b",
            "X-Ok": "1\r\nSet-Cookie: c=d",
            "bad name": "1",
            "Content-Length": "9",
        }
        await call.ctx.respond(999, headers, "hello")

    place.probe.react = answer
    got = await place.post(await place.publish(flow(a=probe(1))), 1, "/sync")
    assert (got.status_code, got.text) == (200, "hello")
    assert "set-cookie" not in got.headers and "bad name" not in got.headers
    assert got.headers["x-ok"] == "1  Set-Cookie: c=d"
    assert got.headers["content-length"] == "5"


async def test_a_form_has_no_run_to_answer(place: Harness) -> None:
    ctx = place.sy.forms.context(place.sy.pieces.pieces["flow"], place.project, {})
    with pytest.raises(PieceError):
        await ctx.respond(200, {}, 1)
    with pytest.raises(PieceError):
        await ctx.store.get("k")
