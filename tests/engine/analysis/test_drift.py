"""What came to a flow that it does not know."""

from typing import Any

import pieces
from engine.analysis.drift import MAX_EVENTS, Drift, drift
from engine.store.recent_events import RecentEvent
from tests.engine.factories import case, compose, flow, router, when

REGISTRY = pieces.registry()


def routed(*branches: Any, samples: Any = None, **more: Any) -> Any:
    by = router(*branches, key="trigger.body.action", otherwise={"next": None}, title="By action", **more)
    return {**flow(by_action=by), "samples": samples or {}}


def events(*bodies: Any) -> list[RecentEvent]:
    """Newest first, as the store gives them."""
    head = {"method": "POST", "headers": {}, "query": {}}
    made = [
        RecentEvent(f"run_{number:04d}", "webhook", False, "", {**head, "body": body})
        for number, body in enumerate(bodies)
    ]
    return made[::-1]


def look(definition: Any, *bodies: Any) -> Drift:
    return drift(definition, events(*bodies), REGISTRY)


def test_a_value_that_no_branch_takes_is_told_with_its_newest_run() -> None:
    found = look(routed(case("Made", "made")), {"action": "made"}, *[{"action": "sent"}] * 2, {"action": "x"})
    assert [(one.value, one.count, one.run_id) for one in found.values] == [
        ("sent", 2, "run_0002"), ("x", 1, "run_0003"),
    ]  # fmt: skip
    assert (found.values[0].router, found.values[0].title) == ("by_action", "By action")


def test_what_a_branch_takes_by_its_case_or_condition_is_not_new() -> None:
    known = routed(case("Made", "made"), when("Big", "trigger.body.total > `5`"))
    assert not look(known, {"action": "made"}, {"action": "sent", "total": 9})


def test_an_event_that_no_branch_takes_is_new_even_with_a_sample_of_it() -> None:
    known = routed(case("Made", "made"), samples={"kept": {"body": {"action": "kept"}}})
    assert [one.value for one in look(known, {"action": "made"}, {"action": "kept"}).values] == ["kept"]


def test_without_an_otherwise_what_is_unrouted_is_new() -> None:
    by = router(case("Made", "made"), key="trigger.body.action")
    found = look(flow(by_action=by), {"action": "sent"})
    assert [one.value for one in found.values] == ["sent"]


def test_a_router_within_a_branch_has_its_own_values() -> None:
    inner = router(case("Failed", "FAILED"), key="trigger.body.status", otherwise={"next": None})
    by = router(case("Run", "run", next="inner"), key="trigger.body.action", otherwise={"next": None})
    found = look(
        flow("by_action", by_action=by, inner=inner),
        {"action": "run", "status": "LOST"}, {"action": "odd", "status": "OTHER"},
    )  # fmt: skip
    assert {(one.router, one.value) for one in found.values} == {("inner", "LOST"), ("by_action", "odd")}


def test_what_is_no_value_is_not_offered() -> None:
    known = routed(case("Made", "made"))
    assert not look(known, {}, {"action": None}, {"action": {"a": 1}}, {"action": True}, [1], None)


def test_a_new_field_of_a_known_event_is_told_once_by_its_outermost_path() -> None:
    known = routed(case("Made", "made"), samples={"made": {"body": {"action": "made", "data": {"id": 1}}}})
    new = {"action": "made", "data": {"id": 2, "tags": [{"name": "x"}]}}
    found = look(known, {"action": "made", "data": {"id": 3}}, new, new)
    assert [(one.path, one.event, one.count) for one in found.fields] == [("data.tags", "made", 2)]
    kept = {**known, "samples": {**known["samples"], "made (new fields)": {"body": new}}}
    assert not look(kept, new)


def test_a_field_that_a_condition_reads_is_known() -> None:
    known = routed(
        case("Made", "made"), when("Urgent", "trigger.body.level == 'high'"),
        samples={"made": {"body": {"action": "made"}}},
    )  # fmt: skip
    assert not look(known, {"action": "made", "level": "low"})


def test_a_draft_without_routers_or_events_has_nothing_new() -> None:
    assert not look(flow(a=compose(1)), {"action": "x"})
    assert not look(routed(case("Made", "made")))
    assert not look({"format": 1, "name": "Empty"}, {"action": "x"})


def test_only_the_newest_events_are_looked_at() -> None:
    found = look(routed(case("Made", "made")), *[{"action": "old"}] * 5, *[{"action": "new"}] * MAX_EVENTS)
    assert [one.value for one in found.values] == ["new"]
    assert found.looked_at == MAX_EVENTS
