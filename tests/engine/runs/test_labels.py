"""What runs are about: title and labels, as the trigger says, from the event."""

from typing import Any

import pytest

from engine.base.errors import BadInput
from engine.flow import check, dumps, parse
from engine.runs.labels import LONGEST
from engine.store import retention
from tests.engine.factories import Harness, compose, flow, probe, webhook
from tests.engine.triggers.test_topics import publish, runs_of, subscribed

LABELS = {"site": "trigger.body.site", "size": "length(trigger.body.items)"}


def named(title: str = "Order {{ trigger.body.id }}", labels: Any = None, **input: Any) -> Any:
    trigger = {**webhook(**input), "title": title, "labels": LABELS if labels is None else labels}
    return flow(triggers=[trigger], a=compose(1))


ORDER = {"id": 7, "site": "Berlin", "items": [1, 2]}


async def test_a_run_has_the_title_and_labels_of_its_event(place: Harness) -> None:
    run = await place.run(named(), ORDER)
    assert (run["title"], run["labels"]) == ("Order 7", {"site": "Berlin", "size": "2"})
    (row,) = (await place.sy.runs.list(place.project)).data
    assert (row.title, row.labels) == (run["title"], run["labels"])


async def test_runs_are_found_by_label_and_by_words(place: Harness) -> None:
    flow_id = await place.publish(named())
    first = await place.start(flow_id, ORDER)
    second = await place.start(flow_id, {**ORDER, "id": 8, "site": "Rome"})

    async def found(**asked: Any) -> list[str]:
        return [run.id for run in (await place.sy.runs.list(place.project, **asked)).data]

    assert await found(labels=["site:Berlin"]) == [first]
    assert await found(labels=["size:2"]) == [second, first]
    assert await found(labels=["size:2", "site:Rome"]) == [second]
    assert await found(labels=["site:Paris"]) == []
    assert await found(text="order 8") == [second]
    assert await found(text="rome") == [second]
    with pytest.raises(BadInput):
        await found(labels=["site"])


async def test_what_cannot_be_evaluated_is_a_warning_and_the_rest_stands(place: Harness) -> None:
    labels = {"bad": "join('-', [trigger.body.id])", "site": "trigger.body.site"}
    run = await place.run(named("{{ sum(trigger.body) }}", labels), ORDER)
    assert (run["status"], run["title"], run["labels"]) == ("succeeded", "", {"site": "Berlin"})
    assert len(run["warnings"]) == 2
    assert any("title" in warning for warning in run["warnings"])
    assert any("label bad" in warning for warning in run["warnings"])


async def test_nothing_is_no_label_and_long_values_are_cut_to_one_line(place: Harness) -> None:
    labels = {"none": "trigger.body.missing", "blank": "trigger.body.blank", "long": "trigger.body.long"}
    run = await place.run(named("a\n b", labels), {"blank": " \n", "long": "x\ny" * 300})
    assert run["title"] == "a b"
    assert list(run["labels"]) == ["long"]
    assert len(run["labels"]["long"]) == LONGEST and "\n" not in run["labels"]["long"]


async def test_what_mask_paths_hide_does_not_come_out(place: Harness) -> None:
    definition = named("Card {{ trigger.body.card }}", {"card": "trigger.body.card"}, mask=["body.card"])
    run_id = await place.start(await place.publish(definition), {"card": "4111 1111 1111 1111"})
    again = await place.sy.runs.retry(place.actor, (await place.ended(run_id))["id"])
    for one in (run_id, again):
        run = await place.ended(one)
        assert "4111" not in run["title"] + run["labels"]["card"]
        assert run["title"].startswith("Card ")
    assert not [row for row in await place.sql("SELECT value FROM run_labels") if "4111" in row[0]]


async def test_retries_and_tests_are_labeled_too(place: Harness) -> None:
    flow_id = await place.publish(named())
    run_id = await place.start(flow_id, ORDER)
    await place.ended(run_id)
    again = await place.ended(await place.sy.runs.retry(place.actor, run_id))
    test = await place.ended(await place.sy.runs.test(place.actor, flow_id, {"body": ORDER}))
    assert again["title"] == test["title"] == "Order 7"


async def test_messages_of_a_topic_are_labeled(place: Harness) -> None:
    definition = subscribed(a=probe(1))
    definition["triggers"][0] |= {
        "title": "Order {{ trigger.body.id }}",
        "labels": {"site": "trigger.body.site"},
    }
    flow_id = await place.publish(definition)
    await publish(place, ORDER)
    (row,) = await runs_of(place, flow_id, 1)
    assert (row.title, row.labels) == ("Order 7", {"site": "Berlin"})


async def test_labels_go_with_their_run(place: Harness) -> None:
    await place.run(named(), ORDER)
    assert (await place.rows())["run_labels"] == 3
    await place.sy.db.submit(lambda tx: retention.delete_old(tx, "run_z"))
    assert (await place.rows())["run_labels"] == 0


def test_the_flow_file_holds_them_in_canonical_form() -> None:
    text = dumps(parse(named()))
    assert dumps(parse(text)) == text
    assert '"title": "Order {{ trigger.body.id }}"' in text
    assert '"labels"' not in dumps(parse(named(labels={})))


@pytest.mark.parametrize(
    ("trigger", "pointer"),
    [
        ({"title": "{{ trigger. }}"}, "/triggers/0/title"),
        ({"title": "{{ steps.a.output }}"}, "/triggers/0/title"),
        ({"labels": {"site": "trigger..site"}}, "/triggers/0/labels/site"),
        ({"labels": {"site": "tirgger.body"}}, "/triggers/0/labels/site"),
        ({"labels": {"Not a name": "trigger.body"}}, "/triggers/0/labels/Not a name"),
        ({"labels": {f"l{n}": "trigger" for n in range(11)}}, "/triggers/0/labels"),
        ({"dedupe": "trigger..id"}, "/triggers/0/dedupe"),
        ({"dedupe_within": 0}, "/triggers/0/dedupe_within"),
    ],
)
def test_what_can_never_work_is_a_problem(trigger: Any, pointer: str) -> None:
    definition = flow(triggers=[{**webhook(), **trigger}], a=compose(1))
    assert pointer in {
        problem.pointer.rpartition("/[key]")[0] or problem.pointer for problem in check(definition)
    }
