"""What a run did, kept: in order, once for each step, whatever a piece put into it."""

from typing import Any

import orjson
import pytest

from engine.base.journal import Journal, encode, shown


def record(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "action", "status": "succeeded", **more}


def test_entries_are_read_again_in_the_order_of_first_appearance() -> None:
    journal = Journal()
    for made in (record("a"), record("b", status="waiting"), record("c")):
        journal.add(made)
    first = journal.take()
    journal.add(record("b", output=2))
    second = journal.take()
    assert (journal.number, journal.fresh) == (2, [])
    again = Journal([first, second])
    assert [one["name"] for one in again.records()] == ["a", "b", "c"]
    assert again.recorded("b") == record("b", output=2)
    assert again.recorded("nothing") is None
    assert (again.number, len(again)) == (2, 3)


def test_only_effects_ask_for_a_checkpoint() -> None:
    journal = Journal()
    journal.add(record("a"))
    assert not journal.unsaved_effect
    journal.add(record("b"), effect=True)
    journal.add(record("c"))
    assert journal.unsaved_effect
    journal.take()
    assert not journal.unsaved_effect


def test_an_unrouted_router_is_remembered_over_a_stop() -> None:
    journal = Journal()
    journal.add({"name": "r", "type": "router", "status": "succeeded", "unrouted": True})
    assert journal.unrouted
    assert Journal([journal.take()]).unrouted
    assert not Journal([encode([record("a")])]).unrouted


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("\ud83d half", "? half"),
        (2**70, float(2**70)),
        ({1: "a"}, {"1": "a"}),
        (float("nan"), None),
        (["\ud83d", float("inf"), 2**63], ["?", None, float(2**63)]),
        (deep(300), deep(300)),
        ({"x": {1, 2}}, {"x": str({1, 2})}),
    ],
)
def test_everything_can_be_stored(value: Any, stored: Any) -> None:
    assert orjson.loads(encode(value)) == stored


def test_a_step_is_shown_with_all_its_fields() -> None:
    step = shown(record("a", resume_at=0, repeat=True, attempts=2, log=[{"number": 1}], state={"secret": 1}))
    assert step == {
        "name": "a", "type": "action", "status": "succeeded", "attempts": 2, "input": None, "output": None,
        "error": None, "duration_ms": 0, "warnings": [], "attempts_log": [{"number": 1}],
        "possibly_repeated": True, "resume_at": "1970-01-01T00:00:00.000Z",
    }  # fmt: skip
    assert shown(record("a", status="skipped"))["attempts"] == 0
