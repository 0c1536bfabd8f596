"""Routing sees what mask paths hide; runs, the store, events and samples do not."""

import asyncio
from typing import Any

import orjson
import pytest

from engine.base.redaction import MASK
from engine.flow import check
from pieces import Retry
from tests.engine.factories import (
    Harness,
    action,
    compose,
    delay,
    fails,
    flow,
    loop,
    probe,
    router,
    step,
    until,
    webhook,
    when,
)

NUMBER = "4111-1111-1111-1234"
SSN = 987654321
BODY = {"id": 1, "card": {"number": NUMBER}, "people": [{"ssn": SSN}, {"ssn": 5}], "name": "Ada"}
MASKS = ["body.card.number", "body.people[*].ssn"]


def masked(*, start: str | None = None, settings: Any = None, **steps: Any) -> Any:
    return flow(start, [webhook(mask=MASKS)], settings, **steps)


def routed(*more: Any, **steps: Any) -> Any:
    """A flow that takes the branch Visa for the card of `BODY` alone."""
    cases = router(when("Visa", "ends_with(trigger.body.card.number, '-1234')", "visa"), *more)
    return masked(route=cases, visa=probe("{{trigger.body.card.number}}"), **steps)


async def stored(place: Harness) -> bytes:
    """Every byte in the store's files."""
    await place.sql("SELECT 1")
    return b"".join(
        p.read_bytes() for p in place.sy.settings.data_dir.iterdir() if p.name.startswith("switchyard.db")
    )


def found_in(data: Any) -> list[str]:
    text = data.decode("utf-8", "replace") if isinstance(data, bytes) else orjson.dumps(data).decode()
    return [secret for secret in (NUMBER, str(SSN)) if secret in text]


async def test_routing_and_steps_see_the_value_and_the_run_shows_dots(place: Harness) -> None:
    place.probe.react = lambda call: {"sent": f"to {call.value}", "ssn": SSN}
    run = await place.run(routed(), BODY)
    assert (run["status"], run["path"]) == ("succeeded", ["route:Visa", "visa"])
    assert place.probe.values == [NUMBER]
    body = run["trigger"]["event"]["body"]
    assert body == {**BODY, "card": {"number": MASK}, "people": [{"ssn": MASK}, {"ssn": MASK}]}
    assert step(run, "visa")["input"] == {"value": MASK}
    assert step(run, "visa")["output"] == {"sent": f"to {MASK}", "ssn": MASK}
    assert found_in(run) == [] and found_in(await stored(place)) == []


async def test_a_router_keyed_on_a_hidden_value_finds_its_branch(place: Harness) -> None:
    cases = {"type": "router", "key": "trigger.body.people[0].ssn", "next": None,
             "branches": [{"name": "Known", "case": [SSN], "next": "tell"}]}  # fmt: skip
    run = await place.run(masked(route=cases, tell=probe(1)), BODY)
    assert run["path"] == ["route:Known", "tell"] and found_in(run) == []
    keys = await place.sy.runs.keys(place.project, [run["id"]])
    assert keys == {run["id"]: MASK}


async def test_a_run_that_waited_still_sees_the_value_also_after_a_restart(open_place: Any) -> None:
    definition = masked(
        start="first",
        first=compose({"copy": "{{trigger.body.card.number}}"}, "pause"),
        pause=delay(0.3, "route"),
        route=router(when("Visa", "ends_with(steps.first.output.copy, '-1234')", "visa")),
        visa=probe("{{steps.first.output.copy}} {{trigger.body.people[0].ssn}}"),
    )
    async with open_place() as place:
        run_id = await place.start(await place.publish(definition), BODY)
        waiting = await place.until(run_id, "waiting")
        assert step(waiting, "first")["output"] == {"copy": MASK}
        assert found_in(waiting) == [] and found_in(await stored(place)) == []
    async with open_place() as place:
        run = await place.ended(run_id)
        assert run["path"] == ["first", "pause", "route:Visa", "visa"]
        assert place.probe.values == [f"{NUMBER} {SSN}"]
        assert found_in(run) == [] and found_in(await stored(place)) == []


async def test_an_attempt_after_a_failure_sees_it_and_the_errors_do_not_show_it(place: Harness) -> None:
    refused = Retry(f"not now, {NUMBER}", details={"sent": [SSN, NUMBER]})
    place.probe.react = fails(1, refused)
    retry = {"attempts": 2, "first_delay": 0.01}
    run = await place.run(masked(a=probe("{{trigger.body.card.number}}", retry=retry)), BODY)
    assert run["status"] == "succeeded" and place.probe.values == [NUMBER, NUMBER]
    assert step(run, "a")["attempts_log"][0]["error"] == f"not now, {MASK}"
    place.probe.react = fails(9, refused)
    run = await place.run(masked(a=probe(1)), BODY)
    assert run["error"] == {
        "step": "a",
        "kind": "retry",
        "message": f"not now, {MASK}",
        "details": {"sent": [MASK, MASK]},
    }
    assert found_in(await stored(place)) == []  # the event of the failed run among them


@pytest.mark.parametrize("from_failed", [False, True])
async def test_a_run_that_is_retried_sees_it(place: Harness, from_failed: bool) -> None:
    place.probe.react = fails(1, Retry("not now"))
    definition = masked(
        start="a", a=compose("{{trigger.body.card.number}}", "b"), b=probe("{{steps.a.output}}")
    )
    failed = await place.run(definition, BODY)
    assert failed["status"] == "failed"
    run = await place.ended(await place.sy.runs.retry(place.actor, failed["id"], from_failed=from_failed))
    assert run["status"] == "succeeded" and place.probe.values == [NUMBER, NUMBER]
    assert found_in(run) == [] and found_in(await stored(place)) == []


async def test_a_retry_on_a_version_without_the_mask_still_hides_it(place: Harness) -> None:
    flow_id = await place.publish(masked(a=probe("{{trigger.body.card.number}}")))
    run = await place.ended(await place.start(flow_id, BODY))
    await place.republish(flow_id, flow(a=probe("{{trigger.body.card.number}}")))
    again = await place.ended(await place.sy.runs.retry(place.actor, run["id"], "latest"))
    assert place.probe.values == [NUMBER, NUMBER] and found_in(again) == []


async def test_the_caller_of_a_flow_gets_the_value_and_no_page_does(place: Harness) -> None:
    answer = action("webhook", "respond", input={"body": {"card": "{{trigger.body.card.number}}"}})
    flow_id = await place.publish(masked(a=answer))
    got = await place.post(flow_id, BODY, "/sync")
    assert got.json() == {"card": NUMBER}
    (row,) = await place.sql("SELECT id FROM runs")
    run = await place.ended(row[0])
    assert run["response"]["body"] == {"card": MASK} and found_in(await stored(place)) == []


async def test_a_called_flow_sees_it_and_hides_it_too(place: Harness) -> None:
    callee = await place.publish(
        flow(triggers=[{"name": "called", "piece": "flow", "trigger": "called"}],
             a=action("webhook", "respond", input={"body": "{{trigger.body}}"}))
    )  # fmt: skip
    call = action(
        "flow", "call", "b", input={"flow": callee, "payload": "{{trigger.body.card}}", "wait": True}
    )
    caller = masked(start="c", c=call, b=probe("{{steps.c.output.response.body.number}}"))
    run = await place.run(caller, BODY)
    assert run["status"] == "succeeded" and place.probe.values == [NUMBER]
    (row,) = await place.sql("SELECT id FROM runs WHERE flow_id = ?", callee)
    child = await place.get(row[0])
    assert child["trigger"]["event"]["body"] == {"number": MASK} and child["response"]["body"] == {
        "number": MASK
    }
    assert found_in(run) == found_in(child) == found_in(await stored(place)) == []


async def test_a_message_on_a_topic_hides_it_from_all_but_those_who_read_it(place: Harness) -> None:
    reads = {"name": "feed", "piece": "topic", "trigger": "subscribe", "input": {"topic": "cards"}}
    reader = await place.publish(flow(triggers=[reads], a=probe("{{trigger.body.number}}")))
    await place.run(
        masked(a=action("topic", "publish", input={"topic": "cards", "body": "{{trigger.body.card}}"})), BODY
    )
    await place.probe.called(1)
    assert place.probe.values == [NUMBER]
    (row,) = await place.sql("SELECT id FROM runs WHERE flow_id = ?", reader)
    run = await place.ended(row[0])
    assert run["trigger"]["event"]["body"] == {"number": MASK} and found_in(run) == []
    (message,) = (await place.sy.topics.messages(place.project, "cards")).data
    assert message.body == {"number": MASK} and found_in(await stored(place)) == []


async def test_keys_made_of_it_still_tell_events_apart_and_do_not_show_it(place: Harness) -> None:
    trigger = webhook(mask=MASKS, dedupe="trigger.body.card.number")
    settings = {"order_key": "trigger.body.card.number"}
    event = place.probe.hold()
    flow_id = await place.publish(flow(triggers=[trigger], settings=settings, a=probe(1)))
    first = await place.start(flow_id, BODY)
    again = await place.post(flow_id, {**BODY, "id": 2})
    assert again.json() == {"run_id": first, "duplicate": True}
    await place.probe.called(1)
    assert (await place.get(first))["order_key"].startswith("masked:")
    event.set()
    await place.ended(first)
    assert found_in(await stored(place)) == []


async def test_a_draft_and_a_loop_hide_it(place: Harness) -> None:
    each = loop("trigger.body.people", "tell", collect="loop.item.ssn")
    flow_id = await place.draft(masked(start="each", each=each, tell=probe("{{loop.item.ssn}}")))
    answer = await place.post(flow_id, BODY, "/draft", headers=await place.as_editor())
    run = await place.ended(answer.json()["run_id"])
    assert place.probe.values == [SSN, 5]
    assert step(run, "each")["output"] == [MASK, MASK] and found_in(run) == []
    assert found_in(await stored(place)) == []


async def test_what_is_shown_live_is_masked(place: Harness) -> None:
    event = place.probe.hold()
    flow_id = await place.publish(
        masked(
            start="a", a=compose("{{trigger.body.card.number}}", "b"), b=probe("{{trigger.body.card.number}}")
        )
    )
    seen: list[Any] = []
    run_id = await place.start(flow_id, BODY)

    async def watch() -> None:
        async for message in place.sy.live.subscribe(f"run:{run_id}"):
            seen.append(message)
            if message.get("status") == "succeeded":
                return

    await place.probe.called(1)
    watching = asyncio.create_task(watch())
    await until(lambda: place.sy.live.watched(f"run:{run_id}"))
    at_work = place.sy.runs.at_work(run_id)
    assert step(at_work, "a")["output"] == MASK and found_in(at_work) == []
    event.set()
    await watching
    assert [one["step"]["name"] for one in seen if one["type"] == "step"] == ["b"] and found_in(seen) == []


async def test_a_captured_event_and_a_stored_case_are_masked(place: Harness) -> None:
    definition = routed() | {
        "samples": {"old": {"body": BODY, "raw": "aGk="}},
        "tests": [{"name": "T", "event": {"body": BODY}, "expect": {"status": "succeeded"}}],
    }
    flow_id = await place.draft(definition)
    captured = await place.post(flow_id, BODY, "/test", headers=await place.as_editor())
    assert captured.status_code == 200, captured.text
    seen = (await place.sy.flows.get(place.project, flow_id)).definition
    assert seen["samples"]["captured"]["body"]["card"] == {"number": MASK}
    assert seen["samples"]["old"]["body"]["people"] == [{"ssn": MASK}, {"ssn": MASK}]
    assert seen["samples"]["old"]["raw"] == MASK
    assert seen["tests"][0]["event"]["body"]["card"] == {"number": MASK}
    assert str(SSN) not in await place.sy.flows.export(place.project, flow_id)


async def test_the_raw_body_is_hidden_as_a_whole(place: Harness) -> None:
    run = await place.run(
        flow(triggers=[webhook(mask=MASKS, keep_raw=True)], a=probe("{{trigger.raw}}")), BODY
    )
    assert run["trigger"]["event"]["raw"] == MASK and len(place.probe.values[0]) > 50


async def test_a_large_event_is_masked_too(place: Harness) -> None:
    body = {**BODY, "people": [{"ssn": 10**8 + n, "note": "x" * 200} for n in range(1500)]}
    run = await place.run(masked(a=probe("{{length(trigger.body.people)}}")), body)
    assert run["status"] == "succeeded" and place.probe.values == [1500]
    assert run["trigger"]["event"]["body"]["people"][7] == {"ssn": MASK, "note": "x" * 200}


async def test_triggers_of_other_pieces_mask_too(place: Harness) -> None:
    trigger = {"name": "called", "piece": "flow", "trigger": "called", "mask": ["body.number"]}
    callee = await place.publish(flow(triggers=[trigger], a=probe("{{trigger.body.number}}")))
    await place.run(flow(c=action("flow", "call", input={"flow": callee, "payload": {"number": NUMBER}})))
    await place.probe.called(1)
    (row,) = await place.sql("SELECT id FROM runs WHERE flow_id = ?", callee)
    assert (await place.ended(row[0]))["trigger"]["event"]["body"] == {"number": MASK}


@pytest.mark.parametrize("where", ["input", "trigger"])
async def test_a_path_that_cannot_be_read_is_a_problem_at_its_place(place: Harness, where: str) -> None:
    trigger = (
        webhook(mask=["body.a", "card"]) if where == "input" else {**webhook(), "mask": ["body.a", "card"]}
    )
    at = "/triggers/0/input/mask/1" if where == "input" else "/triggers/0/mask/1"
    (problem,) = [p for p in check(flow(triggers=[trigger], a=compose(1))) if p.severity == "error"]
    assert (problem.pointer, problem.message) == (at, "`card` must begin with `body`, `headers` or `query`.")
