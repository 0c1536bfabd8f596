"""The search over a project: flows and runs are found, and what it costs does not grow with the project."""

import re

import pytest

from engine.base.actor import Actor
from engine.store import finder_store
from engine.store.tx import Tx
from tests.engine.factories import Harness, compose, flow, webhook

LABELS = {"site": "trigger.body.site"}


def titled(name: str) -> dict[str, object]:
    trigger = {**webhook(), "title": "Order {{ trigger.body.id }}", "labels": LABELS}
    return flow(triggers=[trigger], a=compose(1)) | {"name": name}


async def runs(place: Harness, text: str) -> list[str]:
    return [run.id for run in (await place.sy.finder.find(place.project, text)).runs]


async def test_runs_are_found_by_id_title_and_label(place: Harness) -> None:
    flow_id = await place.publish(titled("Orders"))
    first = await place.start(flow_id, {"id": 7, "site": "Berlin"})
    second = await place.start(flow_id, {"id": 8, "site": "Rome"})
    assert await runs(place, first) == [first]
    assert await runs(place, first[:-2]) == [one for one in (second, first) if one[:-2] == first[:-2]]
    assert await runs(place, "order 8") == [second]
    assert await runs(place, "rome") == [second]
    assert await runs(place, "site:Berlin") == [first]
    assert await runs(place, "Order") == [second, first]
    assert await runs(place, "site:Paris") == await runs(place, "run_0000000000") == []
    (hit,) = (await place.sy.finder.find(place.project, second)).runs
    assert (hit.title, hit.flow_name, hit.status) == ("Order 8", "Orders", "succeeded")


async def test_flows_are_found_by_each_of_the_words_in_their_name(place: Harness) -> None:
    orders = await place.publish(titled("Orders of 50 % to Rome"))
    await place.publish(titled("Returns from Rome"))

    async def found(text: str) -> list[str]:
        return [one.name for one in (await place.sy.finder.find(place.project, text)).flows]

    assert await found("rome ORD") == ["Orders of 50 % to Rome"]
    assert await found("rome") == ["Returns from Rome", "Orders of 50 % to Rome"]
    assert await found("50 %") == ["Orders of 50 % to Rome"]
    assert await found("_") == []
    await place.sy.flows.delete(Actor.system(place.project), orders)
    assert await found("orders") == []


async def test_nothing_of_another_project_is_found(place: Harness) -> None:
    run_id = await place.start(await place.publish(titled("Orders")), {"id": 7, "site": "Berlin"})
    other = await place.sy.access.projects.create(Actor.system(), "Other")
    for text in ("", "orders", run_id, "Order 7", "berlin", "site:Berlin"):
        found = await place.sy.finder.find(other.id, text)
        assert (found.flows, found.runs) == ([], []), text


async def test_parts_of_a_text_are_looked_for_in_the_newest_runs_and_a_whole_one_in_all(
    place: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finder_store, "RECENT", 1)
    flow_id = await place.publish(titled("Orders"))
    old = await place.start(flow_id, {"id": 7, "site": "Berlin"})
    new = await place.start(flow_id, {"id": 8, "site": "Rome"})
    assert await runs(place, "order") == [new]
    assert await runs(place, "Order 7") == await runs(place, "site:Berlin") == [old]


@pytest.mark.sqlite
async def test_every_question_about_runs_is_answered_from_an_index(place: Harness) -> None:
    """A million runs cost as much as a thousand: no step of a query plan scans a table of runs."""
    asked: list[tuple[str, tuple[object, ...]]] = []

    def plans(tx: Tx) -> list[str]:
        execute = tx.execute

        class Asking:
            dialect = tx.dialect

            def execute(self, sql: str, values: tuple[object, ...] = ()) -> object:
                asked.append((sql, values))
                return execute(sql, values)

        for text in ("run_01", "site:Berlin", "order"):
            finder_store.runs(Asking(), place.project, text, 8)  # type: ignore[arg-type]
        return [str(row[3]) for sql, values in asked for row in execute(f"EXPLAIN QUERY PLAN {sql}", values)]

    await place.start(await place.publish(titled("Orders")), {"id": 7, "site": "Berlin"})
    steps = await place.sy.db.read(plans)
    assert len(asked) >= 6
    scans = [step for step in steps if re.match("SCAN (?!r$)", step)]  # r: the newest runs, at most RECENT
    assert scans == [] and any("run_labels_by_value" in step for step in steps)
