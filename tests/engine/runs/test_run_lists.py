"""Lists of runs: each filter gives what it says, page after page, never looking through all runs at once."""

import itertools
import random
from typing import Any

import pytest

from engine.base import clock
from engine.base.ids import new_id
from engine.store import run_reader
from engine.store.models import RunStatus
from engine.store.tx import Tx
from tests.engine.factories import Harness, compose, flow

pytestmark = pytest.mark.usefixtures("each_store")

STATUSES = [*RunStatus] + [RunStatus.succeeded] * 6
ROWS = 300
COLUMNS = (
    "id", "project_id", "flow_id", "version_id", "version", "environment", "trigger", "status", "unrouted",
    "resolved_by", "no_action", "repeats", "warnings", "path", "error", "lineage", "active_ms", "created",
    "finished",
)  # fmt: skip


@pytest.fixture
def dice() -> random.Random:
    return random.Random(20_261_130)


async def filled(place: Harness, dice: random.Random) -> list[dict[str, Any]]:
    """Many runs of three flows, the oldest first, each with a label or none."""
    flows = [await place.publish({**flow(a=compose(1)), "name": name}) for name in ("Ash", "Beech", "Cedar")]
    began, rows = clock.now() - 3600, []
    for number in range(ROWS):
        at = began + number
        unrouted = dice.random() < 0.2
        rows.append({
            "id": new_id("run", at), "project_id": place.project, "flow_id": dice.choice(flows),
            "version_id": "ver", "version": 1, "environment": dice.choice(["production"] * 4 + ["test"]),
            "trigger": "webhook", "status": dice.choice(STATUSES).value, "unrouted": unrouted,
            "resolved_by": "run_x" if unrouted and dice.random() < 0.5 else None,
            "no_action": dice.random() < 0.3, "repeats": False, "warnings": 0,
            "path": dice.choice(['["oak"]', '["elm"]']), "error": dice.choice([None, '{"message": "rot"}']),
            "lineage": "[]", "active_ms": 1, "created": clock.to_iso(at),
            "finished": dice.choice([None, clock.to_iso(at + dice.randint(0, 60))]),
            "label": dice.choice(["north", "south", None]),
        })  # fmt: skip

    def store(tx: Tx) -> None:
        marks = ", ".join("?" * len(COLUMNS))
        sql = f"INSERT INTO runs ({', '.join(COLUMNS)}) VALUES ({marks})"
        tx.execute_many(sql, [tuple(row[name] for name in COLUMNS) for row in rows])
        labeled = [(row["id"], "site", place.project, row["label"]) for row in rows if row["label"]]
        tx.execute_many(
            "INSERT INTO run_labels (run_id, name, project_id, value) VALUES (?, ?, ?, ?)", labeled
        )

    await place.sy.db.write(store)
    return rows


def wanted(row: dict[str, Any], asked: dict[str, Any], names: dict[str, str]) -> bool:
    """Whether a run is one that was asked for."""
    texts = (row["path"], row["error"] or "", names[row["flow_id"]], row["label"] or "")
    still_open = row["unrouted"] and row["resolved_by"] is None
    routing = {True: still_open, False: not row["unrouted"], "all": row["unrouted"]}
    return all([
        "flow_id" not in asked or row["flow_id"] == asked["flow_id"],
        not asked.get("status") or row["status"] in asked["status"],
        "environment" not in asked or row["environment"] == asked["environment"],
        "unrouted" not in asked or routing[asked["unrouted"]],
        "no_action" not in asked or row["no_action"] == asked["no_action"],
        "since" not in asked or row["created"] >= asked["since"],
        "until" not in asked or row["created"] <= asked["until"],
        "ended" not in asked or (row["finished"] is not None and row["finished"] >= asked["ended"]),
        "text" not in asked or row["id"] == asked["text"] or any(asked["text"] in text for text in texts),
        "labels" not in asked or row["label"] == asked["labels"][0].removeprefix("site:"),
    ])  # fmt: skip


async def all_pages(place: Harness, limit: int, asked: dict[str, Any]) -> tuple[list[str], int]:
    """The ids that a list gives until its end, and how many of its pages were empty."""
    found: list[str] = []
    cursor, empty = None, 0
    for _ in range(ROWS + 2):
        page = await place.sy.runs.list(place.project, cursor=cursor, limit=limit, **asked)
        assert len(page.data) <= limit
        assert page.reached is None or page.next is not None
        found += [run.id for run in page.data]
        empty += not page.data and page.next is not None
        cursor = page.next
        if cursor is None:
            return found, empty
    raise AssertionError("the list does not end")


@pytest.mark.parametrize("looked_through", [(3, 7), (1_000, 10_000)])
async def test_any_filters_give_just_the_runs_that_match(
    place: Harness, dice: random.Random, monkeypatch: pytest.MonkeyPatch, looked_through: tuple[int, ...]
) -> None:
    monkeypatch.setattr(run_reader, "SCAN_SIZES", looked_through)
    rows = await filled(place, dice)
    began = clock.from_iso(rows[0]["created"])
    flows = sorted({row["flow_id"] for row in rows})
    names = {each.id: each.name for each in (await place.sy.flows.list(place.project)).data}
    choices: dict[str, list[Any]] = {
        "flow_id": flows,
        "status": [
            *([one] for one in RunStatus),
            ["failed", "waiting"],
            ["succeeded", "failed"],
            ["queued", "running"],
        ],
        "environment": ["production", "test"],
        "unrouted": [True, False, "all"],
        "no_action": [True, False],
        "since": [rows[40]["created"], rows[200]["created"]],
        "until": [rows[90]["created"], rows[250]["created"]],
        "ended": [clock.to_iso(began + 180)],
        "text": ["oak", "rot", "Beech", "north", "nowhere", rows[17]["id"]],
        "labels": [["site:north"], ["site:east"]],
    }  # fmt: skip
    alone = [{name: value} for name, values in choices.items() for value in values]
    pairs = [
        {one: dice.choice(choices[one]), other: dice.choice(choices[other])}
        for one, other in itertools.combinations(choices, 2)
    ]
    several = [
        {name: dice.choice(choices[name]) for name in dice.sample([*choices], dice.randint(3, 6))}
        for _ in range(40)
    ]
    for asked in [{}, *alone, *pairs, *several]:
        expected = [row["id"] for row in reversed(rows) if wanted(row, asked, names)]
        found, _ = await all_pages(place, dice.choice([1, 4, 50]), asked)
        assert found == expected, asked


async def test_a_search_says_how_far_it_got(
    place: Harness, dice: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_reader, "SCAN_SIZES", (5, 20))
    rows = await filled(place, dice)
    page = await place.sy.runs.list(place.project, text="nowhere")
    assert (page.data, page.reached) == ([], rows[-20]["created"])
    found, empty = await all_pages(place, 50, {"text": "nowhere"})
    assert found == [] and empty == ROWS // 20


async def test_a_filter_with_an_index_gives_its_runs_at_once(
    place: Harness, dice: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_reader, "SCAN_SIZES", (1, 2))
    rows = await filled(place, dice)
    since, until = rows[100]["created"], rows[200]["created"]
    flow_id = rows[0]["flow_id"]
    for asked in (
        {}, {"flow_id": flow_id}, {"status": ["failed"]}, {"status": ["waiting"]}, {"status": ["queued"]},
        {"status": ["failed", "timed_out"]}, {"flow_id": flow_id, "status": ["canceled"]},
        {"environment": "test"}, {"unrouted": True}, {"unrouted": "all"}, {"labels": ["site:north"]},
        {"text": rows[3]["id"]},
        {"since": since, "until": until}, {"status": ["failed"], "since": since},
    ):  # fmt: skip
        _, empty = await all_pages(place, 200, asked)
        page = await place.sy.runs.list(place.project, limit=200, **asked)
        assert (empty, page.reached) == (0, None), asked


async def test_a_flow_of_another_project_has_no_runs_here(place: Harness, dice: random.Random) -> None:
    rows = await filled(place, dice)
    other = await place.fresh()
    for asked in ({}, {"text": "oak"}, {"status": ["failed"]}, {"status": ["queued"]}, {"no_action": True}):
        page = await place.sy.runs.list(other.project, flow_id=rows[0]["flow_id"], **asked)
        assert (page.data, page.next, page.reached) == ([], None, None)
