"""A handler flow made for Activepieces' events takes ours of the same names: the shapes are theirs."""

import json
from typing import Any

import pytest

from engine.catalogues import get
from engine.catalogues.handler_flow import build
from engine.events.registry import EVENTS, sample
from engine.flow import dumps
from tests.engine.factories import Harness, compose, delay, flow, probe, refuse

SHARED = sorted(EVENTS.keys() & get("activepieces").events.keys())


def handler() -> Any:
    return json.loads(dumps(build("activepieces", "all", verify={"scheme": "none"})))


def label(action: str) -> str:
    return get("activepieces").event(action).label


def test_most_of_the_first_names_are_shared() -> None:
    first = {"flow.created", "flow.updated", "flow.deleted", "flow.run.started", "flow.run.finished",
             "folder.created", "folder.updated", "folder.deleted", "connection.upserted",
             "connection.deleted",
             "user.signed.up", "user.signed.in", "user.password.reset"}  # fmt: skip
    assert first <= set(SHARED)


@pytest.mark.parametrize("action", SHARED)
def test_ours_has_every_field_that_theirs_documents(action: str) -> None:
    def missing(theirs: Any, ours: Any, at: str) -> list[str]:
        if not isinstance(theirs, dict):
            return []
        if not isinstance(ours, dict):
            return [at]
        return [
            found
            for key, value in theirs.items()
            for found in (
                missing(value, ours[key], f"{at}.{key}") if key in ours else [f"{at}.{key}".removeprefix(".")]
            )
        ]

    # What a command changed is told in our own commands; a project stands in the envelope.
    allowed = ("data.request.request", "data.project", "userId", "userEmail", "ip")
    theirs = get("activepieces").event(action).sample
    wrong = [each for each in missing(theirs, sample(action), "") if not each.lstrip(".").startswith(allowed)]
    assert not wrong


async def test_every_sample_of_ours_takes_the_branch_of_its_name(place: Harness) -> None:
    flow_id = await place.publish(handler())
    for action in SHARED:
        run = await place.ended(await place.start(flow_id, sample(action)))
        assert run["path"][0] == f"by_event:{label(action)}"
        assert run["status"] == "succeeded" and not run["unrouted"]


async def test_what_really_happened_takes_its_branch_too(place: Harness) -> None:
    place.sy.interest.set("test", place.project, ["*"])
    place.probe.react = refuse("no")
    await place.run(flow(a=probe(1)))
    await place.run(flow(a=delay(0.05, "b"), b=compose(1)))
    place.sy.interest.drop("test")
    said = [json.loads(row[0]) for row in await place.sql("SELECT envelope FROM events ORDER BY position")]
    flow_id = await place.publish(handler())
    taken: dict[str, list[Any]] = {}
    for event in said:
        if event["action"] in SHARED:
            run = await place.ended(await place.start(flow_id, event))
            assert run["path"][0] == f"by_event:{label(event['action'])}"
            taken.setdefault(event["action"], []).append(run["path"][1:])
    assert {"flow.created", "flow.published", "flow.run.started", "flow.run.resumed"} <= taken.keys()
    failed = ["flow_run_finished_by_status:Failed", "flow_run_finished_failed_message"]
    assert taken["flow.run.finished"][0] == failed
