"""Topics: what is published is durable, and every subscriber runs for it."""

import asyncio
from typing import Any

import pytest

from engine.base.actor import Role
from engine.base.clock import to_iso
from engine.base.errors import BadInput, Forbidden, NotFound, TooLarge
from engine.store.errors import StoreUnwritable
from engine.triggers.consumers import topic_matches
from tests.engine.conftest import Opened
from tests.engine.factories import Harness, action, compose, delay, flow, probe, step
from tests.support.clock import ManualClock
from tests.support.waiting import idle, stored, until


def subscribed(pattern: str = "orders", **steps: Any) -> Any:
    trigger = {"name": "news", "piece": "topic", "trigger": "subscribe", "input": {"topic": pattern}}
    return flow(triggers=[trigger], **(steps or {"a": probe("{{ trigger.body }}")}))


def listening(*events: str, **steps: Any) -> Any:
    trigger = {
        "name": "news", "piece": "topic", "trigger": "platform_event", "input": {"events": list(events)}
    }  # fmt: skip
    return flow(triggers=[trigger], **(steps or {"a": probe("{{ trigger.body.action }}")}))


def publishing(topic: str = "orders", body: Any = "{{ trigger.body }}") -> Any:
    return action("topic", "publish", input={"topic": topic, "body": body})


async def publish(place: Harness, body: Any, topic: str = "orders", **more: Any) -> Any:
    return await place.sy.topics.publish(place.project, topic, body, source="api:test", **more)


async def runs_of(place: Harness, flow_id: str, count: int) -> list[Any]:
    """The runs of a flow, oldest first, once there are so many and they have ended."""

    async def ask() -> list[Any]:
        found = (await place.sy.runs.list(place.project, flow_id=flow_id, limit=200)).data
        return found[::-1] if len(found) >= count and all(run.finished for run in found) else []

    return await stored(place.sy.db, ask)


async def read_all(place: Harness, flow_id: str) -> None:
    """Wait until a flow's trigger has read everything there is."""
    newest = "(SELECT COALESCE(max(position), 0) FROM topic_messages)"
    read = f"SELECT 1 FROM subscriptions WHERE flow_id = ? AND at >= {newest}"
    await stored(place.sy.db, lambda: place.rows_of(read, flow_id))


# -- names and patterns ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("orders", "orders", True),
        ("orders", "orders.created", False),
        ("orders.*", "orders.created", True),
        ("orders.*", "orders", False),
        ("orders.*", "orders.created.eu", False),
        ("*.created", "orders.created", True),
        ("orders.>", "orders.created.eu", True),
        ("orders.>", "orders", False),
        (">", "anything.at.all", True),
        ("*", "one", True),
        ("*", "one.two", False),
        ("a-b.c_d", "a-b.c_d", True),
    ],
)
def test_patterns_mean_what_they_mean_in_nats(pattern: str, name: str, matches: bool) -> None:
    assert topic_matches(pattern, name) is matches


@pytest.mark.parametrize("name", ["", ".", "a..b", ".a", "a.", "A", "a b", "ä", "a.*", ">", "a" * 201, "a\n"])
async def test_a_name_that_cannot_be_one_is_refused(place: Harness, name: str) -> None:
    with pytest.raises(BadInput) as refused:
        await publish(place, 1, name)
    assert refused.value.field == "topic"
    assert (await place.rows())["topic_messages"] == 0


@pytest.mark.parametrize("pattern", ["", "a.>.b", "a.**", "A", "a..b", "> ", "a>"])
async def test_a_pattern_that_cannot_be_one_is_not_published(place: Harness, pattern: str) -> None:
    made = await place.sy.flows.create(place.actor, subscribed(pattern))
    with pytest.raises(BadInput):
        await place.sy.flows.publish(place.actor, made.id)


async def test_a_message_has_bounds(open_place: Opened) -> None:
    async with open_place(max_body_bytes=100) as place:
        with pytest.raises(TooLarge):
            await publish(place, "x" * 100)
        with pytest.raises(BadInput):
            await publish(place, {1, 2})
        assert (await place.rows())["topic_messages"] == 0


# -- from publisher to subscriber --------------------------------------------------------------------------


async def test_a_message_starts_every_flow_that_reads_its_topic(place: Harness) -> None:
    first = await place.publish(subscribed("orders.created"))
    second = await place.publish(subscribed("orders.*"))
    third = await place.publish(subscribed("bills.>"))
    sent = await publish(place, {"n": 1}, "orders.created")
    (run,) = await runs_of(place, first, 1)
    event = (await place.get(run.id))["trigger"]["event"]
    assert (event["method"], event["topic"], event["message_id"]) == ("TOPIC", "orders.created", sent.id)
    assert event["body"] == {"n": 1}
    await runs_of(place, second, 1)
    await publish(place, 2, "bills.paid")
    await runs_of(place, third, 1)
    assert sorted(map(str, place.probe.values)) == sorted(["{'n': 1}", "{'n': 1}", "2"])


async def test_messages_are_read_in_the_order_in_which_they_were_published(place: Harness) -> None:
    flow_id = await place.publish({**subscribed(), "settings": {"concurrency": 1}})
    await asyncio.gather(*(publish(place, number) for number in range(300)))
    await until(lambda: len(place.probe.calls) == 300)
    stored = await place.sql("SELECT body FROM topic_messages ORDER BY position")
    assert place.probe.values == [int(body) for (body,) in stored]
    assert len({run.id for run in await runs_of(place, flow_id, 200)}) == 200


async def test_a_flow_reads_what_comes_after_it_was_enabled(place: Harness) -> None:
    await publish(place, "before")
    flow_id = await place.publish(subscribed())
    await publish(place, "while")
    await place.probe.called(1)
    await place.sy.flows.disable(place.actor, flow_id)
    await place.sy.feeds.settled()
    await publish(place, "off")
    await place.sy.flows.enable(place.actor, flow_id)
    await publish(place, "again")
    await place.probe.called(2)
    assert place.probe.values == ["while", "again"]


async def test_a_new_version_goes_on_where_the_old_one_stopped(place: Harness) -> None:
    flow_id = await place.publish(subscribed())
    await publish(place, 1)
    await place.probe.called(1)
    await place.republish(flow_id, subscribed(a=probe("{{ trigger.body }}", "b"), b=compose(1)))
    await publish(place, 2)
    await place.probe.called(2)
    assert place.probe.values == [1, 2]


async def test_a_step_publishes_once_however_often_it_is_tried(place: Harness) -> None:
    done = await place.sy.topics.publish(place.project, "orders", 1, source="run_1", key="run_1:a")
    again = await place.sy.topics.publish(place.project, "orders", 1, source="run_1", key="run_1:a")
    assert (done.id, done.duplicate, again.duplicate) == (again.id, False, True)
    assert (await place.rows())["topic_messages"] == 1


async def test_a_flow_publishes_and_another_subscribes(place: Harness) -> None:
    reader = await place.publish(subscribed())
    writer = await place.publish(flow(p=publishing()))
    run = await place.ended(await place.start(writer, {"n": 7}))
    assert step(run, "p")["output"]["topic"] == "orders"
    (read,) = await runs_of(place, reader, 1)
    assert (await place.get(read.id))["lineage"] == [writer]
    assert place.probe.values == [{"n": 7}]


async def test_a_step_that_publishes_on_no_topic_fails_with_its_field(place: Harness) -> None:
    run = await place.run(flow(p=publishing("{{ trigger.body }}")), "Not A Topic")
    assert (run["status"], run["error"]["step"]) == ("failed", "p")
    assert "separated by dots" in run["error"]["message"]


async def test_another_project_hears_nothing(place: Harness) -> None:
    theirs = await place.fresh()
    await theirs.publish(subscribed(">"))
    ours = await place.publish(subscribed(">"))
    await publish(place, 1)
    await runs_of(place, ours, 1)
    await publish(theirs, 2)
    await place.probe.called(2)
    assert place.probe.values == [1, 2]
    assert [row.name for row in await place.sy.topics.list(theirs.project)] == ["orders"]
    assert [m.body for m in (await place.sy.topics.messages(theirs.project, "orders")).data] == [2]


# -- nothing is lost, nothing is done twice ----------------------------------------------------------------


async def test_messages_published_before_a_stop_are_read_after_it(open_place: Opened) -> None:
    async with open_place() as place:
        flow_id = await place.publish(subscribed())
        await publish(place, 1)
        await runs_of(place, flow_id, 1)
        await place.sy.feeds.stop()
        await publish(place, 2)
    async with open_place() as place:
        await runs_of(place, flow_id, 2)
        assert place.probe.values == [2]


async def test_what_was_started_but_not_noted_is_not_started_again(place: Harness) -> None:
    flow_id = await place.publish(subscribed())
    await publish(place, 1)
    await runs_of(place, flow_id, 1)
    await read_all(place, flow_id)
    # As a process leaves it that died between the run and the cursor.
    await place.sql("UPDATE subscriptions SET at = 0 WHERE flow_id = ? RETURNING 1", flow_id)
    place.sy.feeds._readers[flow_id, "news"].seen = (0, 0)
    place.sy.feeds.wake(flow_id, "news")
    await publish(place, 2)
    await place.probe.called(2)
    await read_all(place, flow_id)
    assert place.probe.values == [1, 2]


async def test_messages_wait_in_their_topic_while_the_queue_is_full(open_place: Opened) -> None:
    async with open_place(max_backlog=4, concurrency=1) as place:
        held = place.probe.hold()
        flow_id = await place.publish(subscribed())
        for number in range(20):
            await publish(place, number)
        await place.probe.called(1)
        webhook = await place.publish(flow(a=compose(1)))
        held.set()
        await runs_of(place, flow_id, 20)
        assert sorted(place.probe.values) == list(range(20))
        await place.ended(await place.start(webhook))


# -- again -------------------------------------------------------------------------------------------------


async def test_a_replay_reads_again_from_a_moment_on_and_can_be_repeated(
    clock: ManualClock, place: Harness
) -> None:
    flow_id = await place.publish(subscribed())
    await publish(place, 1)
    await place.probe.called(1)
    clock.advance(1)
    moment = to_iso(clock.now())
    await publish(place, 2)
    await place.probe.called(2)
    for count in (3, 4):
        await read_all(place, flow_id)
        (one,) = await place.sy.topics.replay(place.actor, "orders", moment)
        assert (one.flow_id, one.topics) == (flow_id, ("orders",))
        await place.probe.called(count)
    assert place.probe.values == [1, 2, 2, 2]


async def test_a_replay_survives_that_the_flow_was_off_meanwhile(place: Harness) -> None:
    flow_id = await place.publish(subscribed())
    await publish(place, 1)
    await place.probe.called(1)
    await place.sy.topics.replay(place.actor, "orders", "2020-01-01T00:00:00Z")
    await place.probe.called(2)
    await place.sy.flows.disable(place.actor, flow_id)
    await place.sy.feeds.settled()
    await place.sy.flows.enable(place.actor, flow_id)
    await place.sy.feeds.settled()
    await place.sy.topics.replay(place.actor, "orders", "2020-01-01T00:00:00Z")
    await place.probe.called(3)


async def test_a_replay_needs_a_moment_a_reader_and_the_right(place: Harness) -> None:
    with pytest.raises(NotFound):
        await place.sy.topics.replay(place.actor, "orders", "2020-01-01T00:00:00Z")
    await place.publish(subscribed())
    await place.sy.feeds.settled()
    with pytest.raises(BadInput) as refused:
        await place.sy.topics.replay(place.actor, "orders", "yesterday")
    assert refused.value.field == "since"
    with pytest.raises(NotFound):
        await place.sy.topics.replay(place.actor, "orders", "2020-01-01T00:00:00Z", "flw_other")
    viewer = place.actor.within(place.project, Role.viewer)
    if viewer.role is Role.viewer and not viewer.platform_admin:
        with pytest.raises(Forbidden):
            await place.sy.topics.replay(viewer, "orders", "2020-01-01T00:00:00Z")


# -- circles -----------------------------------------------------------------------------------------------


async def test_a_circle_through_a_topic_is_cut_and_seen_on_the_run_that_led_there(place: Harness) -> None:
    definition = subscribed(p=publishing())
    definition["triggers"].insert(0, {"name": "hook", "piece": "webhook", "trigger": "catch",
                                      "input": {"verify": {"scheme": "none"}}})  # fmt: skip
    flow_id = await place.publish(definition)
    run_id = await place.start(flow_id, 1)
    await place.ended(run_id)
    await read_all(place, flow_id)
    run = await place.get(run_id)
    assert [(one["flow_id"], one["via"]) for one in run["cuts"]] == [(flow_id, "topic")]
    assert "circle" in run["cuts"][0]["reason"]
    assert (await place.rows())["runs"] == 1


async def test_two_flows_that_answer_each_other_stop_after_one_round(place: Harness) -> None:
    first = await place.publish(subscribed("ping", p=publishing("pong")))
    second = await place.publish(subscribed("pong", p=publishing("ping")))
    await publish(place, 1, "ping")
    await runs_of(place, first, 1)
    await runs_of(place, second, 1)
    await read_all(place, first)
    assert (await place.rows())["runs"] == 2
    assert (await place.rows())["cuts"] == 1


# -- Switchyard's own events -------------------------------------------------------------------------------


async def test_a_flow_hears_what_switchyard_says_of_its_project(place: Harness) -> None:
    place.sy.feeds.event_pace = 0.01
    flow_id = await place.publish(listening("flow.created", "connection.*"))
    await place.sy.feeds.settled()
    theirs = await place.fresh()
    await theirs.draft(flow(a=compose(1)))
    made = await place.draft(flow(a=compose(1)))
    (run,) = await runs_of(place, flow_id, 1)
    event = (await place.get(run.id))["trigger"]["event"]
    assert (event["method"], event["body"]["action"]) == ("EVENT", "flow.created")
    assert event["body"]["data"]["flow"]["id"] == made


async def test_a_handler_of_its_own_runs_has_one_run_and_a_cut(place: Harness) -> None:
    place.sy.feeds.event_pace = 0.01
    flow_id = await place.publish(listening("flow.run.finished"))
    await place.sy.feeds.settled()
    assert place.sy.interest.wants(place.project, "flow.run.finished")
    other = await place.publish(flow(a=compose(1)))
    await place.ended(await place.start(other))
    (run,) = await runs_of(place, flow_id, 1)

    async def cuts() -> list[Any]:
        return list((await place.get(run.id))["cuts"])

    shown = await stored(place.sy.db, cuts)
    assert [(one["flow_id"], one["via"]) for one in shown] == [(flow_id, "event")]
    assert (await place.rows())["runs"] == 2
    await place.sy.flows.disable(place.actor, flow_id)
    await place.sy.feeds.settled()
    assert not place.sy.interest.wants(place.project, "flow.run.finished")


@pytest.mark.parametrize("events", [[], ["Flow"], ["flow.*.x"], ["flow run"]])
async def test_events_that_cannot_be_are_not_published(place: Harness, events: list[str]) -> None:
    made = await place.sy.flows.create(place.actor, listening(*events))
    with pytest.raises(BadInput):
        await place.sy.flows.publish(place.actor, made.id)


async def test_events_of_runs_that_a_stop_left_behind_are_heard_after_it(
    clock: ManualClock, open_place: Opened
) -> None:
    async with open_place() as place:
        flow_id = await place.publish(listening("flow.run.finished"))
        other = await place.publish(flow(a=delay(60)))
        await place.sy.feeds.settled()
        run = await place.start(other)
        await place.until(run, "waiting")
    async with open_place() as place:
        place.sy.feeds.event_pace = 0.01
        await place.ended(run, clock)
        (heard,) = await runs_of(place, flow_id, 1)
        body = (await place.get(heard.id))["trigger"]["event"]["body"]
        assert (body["action"], body["data"]["flowRun"]["id"]) == ("flow.run.finished", run)


# -- a store that cannot write -----------------------------------------------------------------------------


def break_disk(place: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse all writes of an instance, until `monkeypatch` undoes it."""

    def refuse(*_: Any, **__: Any) -> Any:
        failed = asyncio.get_running_loop().create_future()
        failed.set_exception(StoreUnwritable("The database cannot be written: disk I/O error."))
        return failed

    for name in ("submit", "submit_to"):
        monkeypatch.setattr(place.sy.db, name, refuse)


async def test_a_topic_is_read_on_once_the_disk_is_mended(
    place: Harness, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    flow_id = await place.publish(subscribed())
    await publish(place, {"n": 1})
    await runs_of(place, flow_id, 1)
    with monkeypatch.context() as waiting, monkeypatch.context() as broken:
        waiting.setattr(place.sy.feeds, "_most_waiting", -1)  # nothing is read, as with a full queue
        await publish(place, {"n": 2})
        break_disk(place, broken)
        waiting.undo()
        await until(lambda: "is not shown" in caplog.text)  # neither the run nor why there is none
        await idle()
    clock.advance(60)
    assert len(await runs_of(place, flow_id, 2)) == 2
    assert [record for record in caplog.records if record.exc_info] == [], "a traceback says no more"


async def test_a_flow_whose_trigger_could_not_be_set_up_listens_once_the_disk_is_mended(
    place: Harness, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow_id = await place.publish(subscribed())
    await place.sy.feeds.stop()
    with monkeypatch.context() as broken:
        break_disk(place, broken)
        await place.sy.feeds.start([flow_id])  # nobody waits for a disk
        assert not place.sy.feeds.reads(place.project)
    clock.advance(10)
    await until(lambda: place.sy.feeds.reads(place.project))
    await publish(place, {"n": 1})
    await runs_of(place, flow_id, 1)
