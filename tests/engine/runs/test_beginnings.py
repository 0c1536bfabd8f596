"""What a run does before it is stored: all that has no effect, the same as in a worker's hands."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from math import inf
from typing import Any

import pytest
import pytest_asyncio

from engine.runs import queue
from engine.store import run_store
from engine.store.errors import StoreConflict
from engine.store.run_store import Arrival
from engine.store.tx import Tx
from pieces import Context, Json
from tests.engine.conftest import Opened, opened
from tests.engine.factories import (
    Harness,
    action,
    case,
    compose,
    fails,
    flow,
    loop,
    probe,
    router,
    step,
    webhook,
    when,
)
from tests.support.waiting import turns, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

X = "trigger.body.x"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Harness]:
    async with opened(tmp_path_factory.mktemp("shared")) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def place(shared: Harness) -> Harness:
    return await shared.fresh()


@pytest.fixture
def stored(shared: Harness, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The writes of runs to the store, in order: `accept` with the status, `end`."""
    writes: list[str] = []
    accept, end = run_store.accept, run_store.end

    def accepted(tx: Tx, arrivals: list[Arrival]) -> list[str]:
        writes.extend(f"accept {one.status.value}" for one in arrivals)
        return accept(tx, arrivals)

    def ended(tx: Tx, ends: list[Any]) -> Any:
        writes.extend("end" for _ in ends)
        return end(tx, ends)

    monkeypatch.setattr(run_store, "accept", accepted)
    monkeypatch.setattr(run_store, "end", ended)
    yield writes


def respond(value: Json, next: str | None = None, **input: Any) -> Any:
    return action("webhook", "respond", next, input={"body": value, **input})


ROUTED = flow(
    r=router(case("a", 1, next="text"), key=X, next="last"),
    text=compose("x is {{ trigger.body.x }}"),
    last=compose("{{ steps.text.output }}"),
)


async def test_a_run_without_an_effect_is_stored_once_finished(place: Harness, stored: list[str]) -> None:
    run_id = await place.start(await place.publish(ROUTED), {"x": 1})
    run = await place.get(run_id)  # nothing was waited for: the 202 came with the end of the run
    assert (run["status"], run["path"]) == ("succeeded", ["r:a", "text", "last"])
    assert [one["output"] for one in run["steps"][1:]] == ["x is 1", "x is 1"]
    assert run["started"] <= run["finished"]
    assert stored == ["accept succeeded"]


async def test_a_run_that_reaches_an_effect_is_stored_with_its_decisions_before_that_begins(
    place: Harness, stored: list[str]
) -> None:
    seen: list[Json] = []

    async def look(run_id: str) -> Json:
        rows = await place.sql("SELECT status FROM runs WHERE id = ?", run_id)
        entries = await place.sql("SELECT records FROM journal WHERE run_id = ?", run_id)
        seen.append((rows, b"".join(row[0] for row in entries)))
        return "done"

    place.probe.react = lambda call: look(call.run_id)
    definition = flow(r=router(case("a", 1, next="text"), key=X), text=compose(1, "act"), act=probe(2))
    run = await place.run(definition, {"x": 1})
    ((rows, journal),) = seen
    assert rows == [("running",)] and b'"text"' in journal and b'"branch":"a"' in journal
    assert run["path"] == ["r:a", "text", "act"] and len(place.probe.calls) == 1
    assert stored == ["accept running", "end"]


@pytest.mark.parametrize(
    ("definition", "status", "told"),
    [
        (flow(a=compose(1, "b"),
              b=action("data", "transform", input={"expression": "abs('x')"})), "failed", "flow.run.failed"),
        (flow(r=router(case("a", 2), key=X)), "succeeded", "flow.run.unrouted"),
    ],
)  # fmt: skip
async def test_an_end_that_must_be_seen_is_told_in_the_same_write(
    place: Harness, stored: list[str], definition: Any, status: str, told: str
) -> None:
    run_id = await place.start(await place.publish(definition), {"x": 1})
    assert (await place.get(run_id))["status"] == status
    events = await place.sql(
        "SELECT action FROM events WHERE project_id = ? AND action = ?", place.project, told
    )
    assert events == [(told,)] and stored == [f"accept {status}"]


async def test_a_duplicate_of_a_finished_run_starts_and_counts_none(place: Harness) -> None:
    definition = flow(triggers=[{**webhook(), "dedupe": "trigger.body.x"}], a=compose(1))
    flow_id = await place.publish(definition)
    first = await place.start(flow_id, {"x": 1})
    again = await place.post(flow_id, {"x": 1})
    assert again.json() == {"run_id": first, "duplicate": True}
    counts = await place.sql(
        "SELECT kind, reason, count FROM ledger WHERE flow_id = ? ORDER BY kind, reason", flow_id
    )
    assert counts == [
        ("deduplicated", "", 1), ("ended", "succeeded", 1), ("no_action", "", 1), ("received", "", 2),
        ("started", "event", 1),
    ]  # fmt: skip


async def test_events_of_one_request_that_repeat_each_other_start_one_run(place: Harness) -> None:
    trigger = webhook(split="trigger.body")
    definition = flow(triggers=[{**trigger, "dedupe": "trigger.body.x"}], a=compose("{{ trigger.body.x }}"))
    answer = await place.post(await place.publish(definition), [{"x": 1}, {"x": 2}, {"x": 1}])
    one, two, again = answer.json()["run_ids"]
    assert one == again and answer.json()["duplicates"] == 1
    outputs = [step(await place.get(run), "a")["output"] for run in (one, two)]
    assert outputs == [1, 2]


async def test_a_response_leaves_once_the_run_is_stored_finished(place: Harness, stored: list[str]) -> None:
    definition = flow(a=compose("hello", "answer"), answer=respond("{{ steps.a.output }}"))
    answer = await place.post(await place.publish(definition), {}, "/sync")
    assert (answer.status_code, answer.json()) == (200, "hello") and stored == ["accept succeeded"]
    rows = await place.sql("SELECT status, response FROM runs WHERE project_id = ?", place.project)
    ((status, response),) = rows
    assert status == "succeeded" and "hello" in response


async def test_a_response_does_not_wait_for_the_effect_behind_it(place: Harness, stored: list[str]) -> None:
    release = place.probe.hold()
    definition = flow(answer=respond("soon", "act"), act=probe(1))
    answer = await place.post(await place.publish(definition), {}, "/sync")
    assert answer.json() == "soon" and stored == ["accept running"]
    await place.probe.called(1)
    release.set()
    await until(lambda: stored == ["accept running", "end"])


async def test_a_response_after_an_effect_is_stored_with_it(place: Harness, stored: list[str]) -> None:
    definition = flow(act=probe(1, "answer"), answer=respond("{{ steps.act.output }}"))
    answer = await place.post(await place.publish(definition), {}, "/sync")
    assert answer.json() == 1 and stored == ["accept running", "end"]


async def test_what_the_store_cannot_take_is_refused_and_answered_nobody(
    place: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(tx: Tx, arrivals: list[Arrival]) -> list[str]:
        raise StoreConflict("no such thing")

    flow_id = await place.publish(flow(answer=respond(1)))
    completed = place.sy.worker.completed
    with monkeypatch.context() as patched:
        patched.setattr(run_store, "accept", full)
        answer = await place.post(flow_id, {}, "/sync")
    assert answer.status_code == 503 and place.sy.worker.completed == completed
    assert place.sy.queue.backlog == 0
    assert (await place.post(flow_id, {}, "/sync")).json() == 1


async def test_expressions_too_costly_for_the_event_loop_wait_until_the_run_is_stored(
    place: Harness, stored: list[str]
) -> None:
    costly = "{{ length(sort(trigger.body.items)) }}"
    definition = flow(a=compose(1, "b"), b=compose(costly, "c"), c=compose("{{ steps.b.output }}"))
    run = await place.run(definition, {"items": [str(n) for n in range(30_000)]})
    assert [one["output"] for one in run["steps"]] == [1, 30_000, 30_000]
    assert stored == ["accept running", "end"]


async def test_a_pure_action_that_waits_all_the_same_is_done_by_a_worker(
    place: Harness, stored: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    transform = place.sy.pieces.action("data", "transform")

    async def slow(ctx: Context, expression: str, input: Json = None) -> Json:
        async with asyncio.timeout(5):
            await turns(1)
        return "waited"

    definition = flow(a=compose(1, "b"), b=action("data", "transform", input={"expression": "@", "input": 1}))
    flow_id = await place.publish(definition)
    monkeypatch.setattr(transform, "function", slow)
    monkeypatch.setattr(transform, "waited", False)  # and as it was afterwards
    run = await place.ended(await place.start(flow_id))
    assert step(run, "b")["output"] == "waited" and run["path"] == ["a", "b"]
    assert stored == ["accept running", "end"]


async def test_many_events_of_one_request_are_stored_finished_in_one_write(
    place: Harness, stored: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "_AT_ONCE", inf)  # however long this machine takes for them
    definition = flow(triggers=[webhook(split="trigger.body")], a=compose("{{ trigger.body }}"))
    answer = await place.post(await place.publish(definition), list(range(20)))
    assert stored == ["accept succeeded"] * 20
    outputs = [step(await place.get(run), "a")["output"] for run in answer.json()["run_ids"]]
    assert outputs == list(range(20))


async def test_where_every_place_is_taken_a_run_waits_for_its_turn(open_place: Opened) -> None:
    async with open_place(flow_concurrency=1) as place:
        release = place.probe.hold()
        definition = flow(r=router(case("a", 1, next="act"), key=X), act=probe(1))
        flow_id = await place.publish(definition)
        first = await place.start(flow_id, {"x": 1})
        await place.probe.called(1)
        second = await place.start(flow_id, {"x": 2})
        assert (await place.get(second))["status"] == "queued"
        release.set()
        assert (await place.ended(first))["status"] == "succeeded"
        assert (await place.ended(second))["unrouted"]


# -- the same as in a worker's hands ----------------------------------------------------------------------

FLOWS: dict[str, Callable[[], Any]] = {
    "routed": lambda: ROUTED,
    "unrouted": lambda: flow(r=router(case("a", 9), key=X, next="b"), b=compose(1)),
    "a loop without an effect": lambda: flow(
        l=loop("trigger.body.items", "b", "c", collect="steps.b.output"),
        b=compose("{{ loop.item }}!"),
        c=compose("{{ steps.l.output }}"),
    ),
    "a loop with an effect": lambda: flow(
        l=loop("trigger.body.items", "b", "d", collect="steps.c.output"),
        b=compose("{{ loop.item }}!", "c"),
        c=probe("{{ steps.b.output }}"),
        d=compose("{{ steps.l.output }}"),
    ),
    "warnings before and after an effect": lambda: flow(
        r=router(when("a", f"{X} > trigger.body.text"), otherwise={"next": "b"}, next="s"),
        b=probe(1),
        s=router(when("a", f"trigger.body.text < {X}"), otherwise={"next": None}),
    ),
    "every branch": lambda: flow(
        r=router(when("a", f"{X} > `0`", "b"), when("b", f"{X} < `9`", "c"), match="all", next="d"),
        b=probe(1),
        c=compose("{{ steps.b.output }}"),
        d=compose("{{ steps.c.output }}"),
    ),
    "branches beside each other": lambda: flow(
        r=router(when("a", f"{X} > `0`", "b"), when("b", f"{X} < `9`", "c"), match="all", parallel=True),
        b=compose(1),
        c=compose(2),
    ),
    "an error that a branch handles": lambda: flow(
        a=action("data", "transform", "c", input={"expression": "abs('x')"}, on_error={"next": "b"}),
        b=compose("{{ steps.a.error.kind }}"),
        c=probe(3),
    ),
    "a failure in one of two branches": lambda: flow(
        r=router(when("a", f"{X} > `0`", "b"), when("b", f"{X} < `9`", "c"), match="all"),
        b=action("data", "transform", input={"expression": "abs('x')"}),
        c=probe(2),
    ),
    "a response that ends the run": lambda: flow(
        a=compose(1, "answer"), answer=respond("over", "never", then="end"), never=probe(1)
    ),
    "a step that is tried again": lambda: flow(
        a=compose(1, "b"),
        b=probe(2, "c", retry={"attempts": 3, "first_delay": 0, "factor": 1, "max_delay": 0}),
        c=compose("{{ steps.b.output }}"),
    ),
    "a broken piece": lambda: flow(a=compose(1, "b"), b=action("probe", "broken")),
    "skipped steps": lambda: flow(a=compose(1, "b", skip=True), b=compose("{{ steps.a.output }}")),
    "no steps": lambda: flow(),
}


CHANGING = frozenset(
    {
        "id",
        "flow_id",
        "version_id",
        "started",
        "finished",
        "created",
        "active_ms",
        "duration_ms",
        "ms",
        "retry_at",
    }
)


def timeless(run: Json) -> Json:
    """A run without what differs from one run to the next."""
    if isinstance(run, dict):
        return {name: timeless(value) for name, value in run.items() if name not in CHANGING}
    return [timeless(one) for one in run] if isinstance(run, list) else run


@pytest.mark.parametrize("name", FLOWS)
async def test_a_run_is_the_same_wherever_it_begins(
    place: Harness, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    event = {"x": 1, "items": [1, 2, 3], "text": "x"}

    async def run() -> Json:
        place.probe.forget()
        if name == "a step that is tried again":
            place.probe.react = fails(2)
        flow_id = await place.publish(FLOWS[name]())
        ended = await place.ended(await place.start(flow_id, event))
        counted = await place.sql("SELECT kind, reason, count FROM ledger WHERE flow_id = ?", flow_id)
        return timeless(ended), place.probe.values, sorted(counted)

    at_once = await run()
    monkeypatch.setattr(place.sy.queue._beginnings, "begin", lambda new: None)
    assert at_once == await run()
