"""Steps that let some events pass: what they end, how exactly they count, and how the run shows it."""

import asyncio
from collections import Counter
from typing import Any

import orjson
import pytest

from engine.store import retention
from engine.store.tx import Tx
from tests.engine.factories import Harness, action, flow, loop, probe, router, step, webhook, when
from tests.support.clock import ManualClock
from tests.support.waiting import stored


def first(next: str | None = None, **input: Any) -> Any:
    return action("deduplicate", "events", next, input={"key": "{{ trigger.body.id }}", **input})


def limited(next: str | None = None, **input: Any) -> Any:
    return action("throttle", "events", next, input=input)


async def everybody(place: Harness, flow_id: str, bodies: list[Any]) -> list[Any]:
    """The ended runs of these events, all sent at once."""
    runs = await asyncio.gather(*(place.start(flow_id, body) for body in bodies))
    assert (await settled(place, flow_id)).keys() <= {"succeeded", "failed"}
    return [await place.get(run) for run in runs]


async def settled(place: Harness, flow_id: str) -> dict[str, int]:
    """How many runs of a flow have which status, once each has ended or waits."""

    def count(tx: Tx) -> dict[str, int]:
        found = tx.execute("SELECT status, count(*) FROM runs WHERE flow_id = ? GROUP BY status", (flow_id,))
        return dict(found.fetchall())

    async def ask() -> dict[str, int]:
        found = await place.sy.db.read(count)
        return {} if found.keys() & {"queued", "running"} else found

    return await stored(place.sy.db, ask)


async def outputs(place: Harness, flow_id: str, name: str) -> list[Any]:
    """What this step gave in each run of a flow, as it is stored: a thousand runs are many pages."""
    question = "SELECT records FROM journal WHERE run_id IN (SELECT id FROM runs WHERE flow_id = ?)"
    entries = await place.sy.db.read(lambda tx: tx.execute(question, (flow_id,)).fetchall())
    records = [record for (entry,) in entries for record in orjson.loads(entry)]
    return [each["output"] for each in records if each["name"] == name and each["status"] == "succeeded"]


async def flood(place: Harness, flow_id: str, bodies: list[Any]) -> None:
    """Send these events, all at once, and wait until each has been dealt with."""
    await asyncio.gather(*(place.start(flow_id, body) for body in bodies))
    await settled(place, flow_id)


# -- what is ended -------------------------------------------------------------------------------------


async def test_a_repeat_ends_its_run_which_says_why(place: Harness) -> None:
    flow_id = await place.publish(flow(once=first("tell"), tell=probe("{{ trigger.body.n }}")))
    one = await place.ended(await place.start(flow_id, {"id": "a", "n": 1}))
    two = await place.ended(await place.start(flow_id, {"id": "a", "n": 2}))
    assert place.probe.values == [1]
    assert (one["status"], one["no_action"], one["path"]) == ("succeeded", False, ["once", "tell"])
    assert (two["status"], two["no_action"], two["path"]) == ("succeeded", True, ["once"])
    assert step(two, "once")["output"]["first_run"] == one["id"]
    assert step(two, "once")["stopped"].startswith("This is the 2nd event with this key since ")


async def test_with_continue_a_router_sends_repeats_on_another_branch(place: Harness) -> None:
    flow_id = await place.publish(
        flow(
            once=first("which", then="continue"),
            which=router(
                when("New", "steps.once.output.passed", "tell"),
                when("Repeat", "!steps.once.output.passed", "count"),
            ),
            tell=probe("new"),
            count=probe("{{ steps.once.output.count }}"),
        )
    )
    for _ in range(3):
        await place.ended(await place.start(flow_id, {"id": "a"}))
    assert place.probe.values == ["new", 2, 3]


@pytest.mark.parametrize("concurrency", [1, 4])
async def test_in_a_loop_a_repeat_ends_its_item_and_the_loop_goes_on(
    place: Harness, concurrency: int
) -> None:
    each = action("deduplicate", "events", "tell", input={"key": "{{ loop.item }}"})
    run = await place.run(
        flow(
            all=loop("trigger.body.alerts", "each", "after", concurrency=concurrency),
            each=each,
            tell=probe("{{ loop.item }}"),
            after=probe("after"),
        ),
        {"alerts": ["a", "b", "a", "c", "b"]},
    )
    assert run["status"] == "succeeded"
    assert Counter(place.probe.values) == Counter(["a", "b", "c", "after"])
    assert place.probe.values[-1] == "after"


@pytest.mark.parametrize("matches", [1, 2])
@pytest.mark.parametrize("parallel", [False, True])
async def test_in_a_branch_beside_others_a_repeat_ends_that_branch_alone(
    place: Harness, matches: int, parallel: bool
) -> None:
    flow_id = await place.publish(
        flow(
            both=router(
                when("Deduplicated", "`true`", "once"),
                when("Always", f"`{str(matches == 2).lower()}`", "always"),
                match="all",
                parallel=parallel,
                next="after",
            ),
            once=first("inner"),
            inner=router(when("Any", "`true`", "tell"), next="more"),
            tell=probe("once"),
            more=probe("more"),
            always=probe("always"),
            after=probe("after"),
        )
    )
    for _ in range(2):
        await place.ended(await place.start(flow_id, {"id": "a"}))
    beside = ["always"] if matches == 2 else []
    assert Counter(place.probe.values) == Counter(["once", "more", *2 * ["after"], *2 * beside])


async def test_in_a_branch_that_excludes_the_others_a_repeat_ends_the_run(place: Harness) -> None:
    flow_id = await place.publish(
        flow(which=router(when("Any", "`true`", "once"), next="after"), once=first(), after=probe("after"))
    )
    runs = await everybody(place, flow_id, [{"id": "a"}, {"id": "a"}])
    assert place.probe.values == ["after"]
    assert sorted(run["no_action"] for run in runs) == [False, True]


async def test_tests_steps_and_flows_do_not_count_each_others_events(place: Harness) -> None:
    both = flow(once=first("again"), again=first("tell"), tell=probe("{{ flow.id }}"))
    flows = [await place.publish(both), await place.publish(both)]
    for flow_id in flows:
        await place.ended(await place.start(flow_id, {"id": "a"}, variant="/draft"))
        await place.ended(await place.start(flow_id, {"id": "a"}))
    assert Counter(place.probe.values) == Counter(2 * flows)


# -- counts --------------------------------------------------------------------------------------------


async def test_a_thousand_events_at_the_same_time_are_counted_exactly(place: Harness) -> None:
    flow_id = await place.publish(
        flow(once=first("tell"), tell=probe("{{ trigger.body.id }}"), settings={"concurrency": 50})
    )
    ids = [f"alert {n % 7}" for n in range(1000)]
    await flood(place, flow_id, [{"id": id} for id in ids])
    assert sorted(place.probe.values) == sorted(set(ids))
    found = await outputs(place, flow_id, "once")
    for id in set(ids):
        counts = [out["count"] for out in found if out["key"] == id]
        assert sorted(counts) == list(range(1, ids.count(id) + 1))


async def test_a_thousand_events_through_a_throttle_are_all_accounted_for(
    place: Harness, clock: ManualClock
) -> None:
    flow_id = await place.publish(
        flow(
            limit=limited("tell", limit=5, period=1, unit="hours", item="{{ trigger.body.n }}"),
            tell=probe({"n": "{{ trigger.body.n }}", "held": "{{ steps.limit.output.held_back }}"}),
            settings={"concurrency": 50},
        )
    )
    await flood(place, flow_id, [{"n": n} for n in range(1000)])
    assert len(place.probe.calls) == 5
    assert Counter(out["passed"] for out in await outputs(place, flow_id, "limit")) == {True: 5, False: 995}
    clock.advance(3601)
    await place.ended(await place.start(flow_id, {"n": 1000}))
    held = place.probe.values[-1]["held"]
    told = {call["n"] for call in place.probe.values}
    assert held["count"] == 995 and set(held["items"]) | told == set(range(1001))


async def test_when_the_period_ends_one_run_reports_what_was_held_back(
    place: Harness, clock: ManualClock
) -> None:
    flow_id = await place.publish(
        flow(
            limit=limited("tell", limit=1, summary="end", item="{{ trigger.body }}"),
            tell=probe("{{ steps.limit.output.held_back.items }}"),
        )
    )
    ids = [await place.start(flow_id, 0)]
    await place.ended(ids[0])
    ids.append(await place.start(flow_id, 1))
    assert (await settled(place, flow_id))["waiting"] == 1
    for n in (2, 3):
        await place.ended(await place.start(flow_id, n))
    await place.ended(ids[1], clock)
    assert place.probe.values == [None, [1, 2, 3]]


async def test_after_the_run_that_would_report_was_canceled_the_next_event_does(
    place: Harness, clock: ManualClock
) -> None:
    flow_id = await place.publish(
        flow(
            limit=limited("tell", limit=1, summary="end"),
            tell=probe("{{ steps.limit.output.held_back.count }}"),
        )
    )
    await place.ended(await place.start(flow_id))
    waiting = await place.start(flow_id)
    assert (await settled(place, flow_id))["waiting"] == 1
    await place.sy.runs.cancel(place.actor, waiting)
    clock.advance(601)
    await place.ended(await place.start(flow_id))
    assert place.probe.values == [None, 1]


async def test_the_event_after_a_first_one_whose_run_failed_passes(place: Harness) -> None:
    flow_id = await place.publish(flow(once=first("tell"), tell=probe("{{ trigger.body.n }}")))
    place.probe.react = lambda call: 1 / (call.value - 1)  # the first one fails
    runs = [await place.ended(await place.start(flow_id, {"id": "a", "n": n})) for n in (1, 2, 3)]
    assert [run["status"] for run in runs] == ["failed", "succeeded", "succeeded"]
    assert place.probe.values == [1, 2]


async def test_hidden_values_are_not_stored_with_what_is_held_back(place: Harness) -> None:
    definition = flow(
        triggers=[webhook(mask=["body.user", "body.card"])],
        limit=limited("tell", limit=1, item="{{ trigger.body }}", key="{{ trigger.body.user }}"),
        tell=probe("x"),
    )
    flow_id = await place.publish(definition)
    body = {"user": "ann-4711", "card": "4242-4242", "n": 1}
    runs = await everybody(place, flow_id, [body, body, {**body, "user": "ben-0815"}])
    assert sorted(run["no_action"] for run in runs) == [False, False, True]

    def dump(tx: Tx) -> str:
        rows = [
            tx.execute(f"SELECT * FROM {table}").fetchall() for table in ("event_windows", "window_places")
        ]
        return repr(rows)

    text = await place.sy.db.read(dump)
    assert "4711" not in text and "4242" not in text and '"n":1' in text


# -- retention -----------------------------------------------------------------------------------------


async def rows(place: Harness) -> tuple[int, int]:
    """How many windows and places are stored."""

    def count(tx: Tx) -> tuple[int, int]:
        (windows,) = tx.execute("SELECT count(*) FROM event_windows").fetchone()
        (places,) = tx.execute("SELECT count(*) FROM window_places").fetchone()
        return windows, places

    return await place.sy.db.read(count)


async def sweep(place: Harness) -> None:
    for rule in retention.rules(place.sy.settings):
        while await place.sy.db.write(lambda tx, rule=rule: rule.forget(tx, rule.before)):  # type: ignore[misc]
            pass


async def test_what_is_over_is_deleted(place: Harness, clock: ManualClock) -> None:
    before = await rows(place)
    flow_id = await place.publish(
        flow(limit=limited("once", limit=2, item=1), once=first("tell"), tell=probe("x"))
    )
    await everybody(place, flow_id, [{"id": "a"} for _ in range(4)])
    await sweep(place)  # the places of runs that have ended, but for those with items
    assert await rows(place) == (before[0] + 2, before[1] + 2)
    clock.advance(601)
    await place.ended(await place.start(flow_id, {"id": "b"}))  # takes what was held back
    await sweep(place)
    assert await rows(place) == (before[0] + 3, before[1])
    clock.advance(8 * 86400)
    await sweep(place)
    assert await rows(place) == before


# -- digests and debounces -------------------------------------------------------------------------------


def collected(next: str | None = None, **input: Any) -> Any:
    return action("digest", "events", next, input={"item": "{{ trigger.body.n }}", **input})


def debounced(next: str | None = None, **input: Any) -> Any:
    return action("debounce", "events", next, input=input)


async def test_a_thousand_events_at_the_same_time_become_one_digest_each_hundred(place: Harness) -> None:
    flow_id = await place.publish(
        flow(
            collect=collected("tell", count=100),
            tell=probe("{{ steps.collect.output.items }}"),
            settings={"concurrency": 50},
        )
    )
    await flood(place, flow_id, [{"n": n} for n in range(1000)])
    assert [len(items) for items in place.probe.values] == [100] * 10
    assert sorted(n for items in place.probe.values for n in items) == list(range(1000))


async def test_a_digest_goes_on_once_when_its_time_has_come(place: Harness, clock: ManualClock) -> None:
    flow_id = await place.publish(
        flow(collect=collected("tell", after=10), tell=probe("{{ steps.collect.output.items }}"))
    )
    waiting = await place.start(flow_id, {"n": 0})
    assert await settled(place, flow_id) == {"waiting": 1}
    for n in range(1, 20):
        await place.start(flow_id, {"n": n})
    assert await settled(place, flow_id) == {"waiting": 1, "succeeded": 19}
    await place.ended(waiting, clock)
    (items,) = place.probe.values
    assert sorted(items) == list(range(20))


async def test_a_digest_whose_run_was_canceled_goes_on_with_the_next_event_s_run(
    place: Harness, clock: ManualClock
) -> None:
    flow_id = await place.publish(
        flow(collect=collected("tell", after=10), tell=probe("{{ steps.collect.output.items }}"))
    )
    for later in (60, 700):  # within the digest's time, and after it
        first_run = await place.start(flow_id, {"n": later})
        assert (await settled(place, flow_id))["waiting"] == 1
        await place.sy.runs.cancel(place.actor, first_run)
        clock.advance(later)
        next_run = await place.start(flow_id, {"n": later + 1})
        assert (await settled(place, flow_id))["waiting"] == 1
        await place.ended(next_run, clock)
    assert place.probe.values == [[60, 61], [700, 701]]


async def test_of_a_thousand_events_only_the_last_one_goes_on(place: Harness, clock: ManualClock) -> None:
    flow_id = await place.publish(
        flow(
            quiet=debounced("tell", quiet=1),
            tell=probe({"run": "{{ run.id }}", "count": "{{ steps.quiet.output.count }}"}),
            settings={"concurrency": 50},
        )
    )
    await flood(place, flow_id, [{"n": n} for n in range(1000)])
    assert await settled(place, flow_id) == {"waiting": 1000}
    clock.advance(61)
    await place.probe.called(1)

    def open_or_acted(tx: Tx) -> list[str]:
        wanted = "flow_id = ? AND (finished IS NULL OR NOT no_action)"
        return [id for (id,) in tx.execute(f"SELECT id FROM runs WHERE {wanted}", (flow_id,))]

    async def ask() -> bool:
        return len(await place.sy.db.read(open_or_acted)) == 1

    await stored(place.sy.db, ask)
    (call,) = place.probe.values
    assert await place.sy.db.read(open_or_acted) == [call["run"]]
    assert call["count"] == 1000


async def test_a_clock_that_is_set_back_delays_a_digest_by_no_more_than_its_time(
    place: Harness, clock: ManualClock
) -> None:
    flow_id = await place.publish(
        flow(collect=collected("tell", after=10), tell=probe("{{ steps.collect.output.items }}"))
    )
    runs = [await place.start(flow_id, {"n": 1})]
    assert await settled(place, flow_id) == {"waiting": 1}
    began = clock.now()
    clock.set_wall(-30 * 86_400)
    runs.append(await place.start(flow_id, {"n": 2}))
    assert await settled(place, flow_id) == {"waiting": 2}
    for run in runs:
        await place.ended(run, clock)
    assert sorted(place.probe.values) == [[1], [2]]
    assert clock.now() < began - 29 * 86_400


async def test_what_a_run_waits_for_is_not_deleted_however_long_it_waits(
    place: Harness, clock: ManualClock
) -> None:
    flow_id = await place.publish(
        flow(collect=collected("tell", after=30, unit="days"), tell=probe("{{ steps.collect.output.items }}"))
    )
    waiting = await place.start(flow_id, {"n": 1})
    assert await settled(place, flow_id) == {"waiting": 1}
    await place.ended(await place.start(flow_id, {"n": 2}))
    clock.set_wall(29 * 86_400)
    await sweep(place)
    assert (await settled(place, flow_id))["waiting"] == 1
    await place.ended(waiting, clock)
    assert place.probe.values == [[1, 2]]
