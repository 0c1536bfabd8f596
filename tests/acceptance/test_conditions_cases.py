"""Expressions as people write them, and what becomes of each: `tests/data/cases/conditions*.json`."""

import json
from pathlib import Path
from typing import Any

import pytest

from engine.base.types import Json
from tests.conftest import Instance

pytestmark = pytest.mark.asyncio(loop_scope="module")

DATA = Path(__file__).parents[1] / "data" / "cases"
CASES = [
    case
    for name in ("conditions.json", "conditions_more.json")
    for case in json.loads((DATA / name).read_text("utf-8"))
]


def having(field: str) -> list[Any]:
    """The cases with a field, as parameters of a test; each is about one thing."""
    found = [case for case in CASES if field in case]
    assert found
    return [pytest.param(case, id=case["name"]) for case in found]


def flow(value: Json = 1, when: str | None = None, **parts: Any) -> dict[str, Any]:
    """A flow that anyone may call: a router with one condition, or a step that gives a value."""
    catch = {
        "name": "webhook",
        "piece": "webhook",
        "trigger": "catch",
        "input": {"verify": {"scheme": "none"}},
    }
    compose = {
        "type": "action",
        "piece": "data",
        "action": "compose",
        "input": {"value": value},
        "next": None,
    }
    router = {"type": "router", "branches": [{"name": "Yes", "when": when, "next": "step"}], "next": None}
    return {
        "format": 1,
        "name": "Conditions",
        "triggers": [catch],
        "start": "step" if when is None else "route",
        "steps": {"step": compose} if when is None else {"route": router, "step": compose},
        **parts,
    }


async def run_of(instance: Instance, definition: dict[str, Any], body: Json, **headers: str) -> Json:
    """The run of one event."""
    made = await instance.publish(definition)
    sent = await instance.send(made["id"], body, **headers)
    assert sent.status_code == 202, sent.text
    return await instance.ended(sent.json()["run_id"])


async def problems_of(instance: Instance, definition: dict[str, Any]) -> list[Json]:
    """What saving or publishing a flow is refused for."""
    headers = {"Authorization": f"Bearer {instance.key}"}
    saved = await instance.http.post("/api/v1/flows", json=definition, headers=headers)
    if saved.status_code == 201:
        path = f"/api/v1/flows/{saved.json()['id']}/publish"
        saved = await instance.http.post(path, json={}, headers=headers)
    assert saved.status_code == 422, saved.text
    return list(saved.json()["error"]["details"])


async def test_every_case_is_covered() -> None:
    kinds = ("when", "expression", "flow_setting", "trigger_input", "dedupe", "slips")
    assert all(sum(kind in case for kind in kinds) == 1 for case in CASES)


@pytest.mark.parametrize("case", having("when"))
async def test_a_condition_matches_or_not_and_says_what_it_could_not_decide(
    instance: Instance, case: dict[str, Any]
) -> None:
    run = await run_of(instance, flow(when=case["when"]), case.get("body"), **case.get("headers", {}))
    expect = case["expect"]
    assert run["status"] == "succeeded"
    assert (run["path"] == ["route:Yes", "step"]) is expect["match"]
    assert bool(run["warnings"]) is expect.get("warning", False)
    if expect.get("warning"):
        assert "^" in run["warnings"][0], "the caret shows the place"


@pytest.mark.parametrize("case", having("expression"))
async def test_an_expression_gives_its_value(instance: Instance, case: dict[str, Any]) -> None:
    run = await run_of(instance, flow(f"{{{{ {case['expression']} }}}}"), {})
    assert run["steps"][0]["output"] == case["expect"]["value"]
    assert run["warnings"] == []


@pytest.mark.parametrize("case", having("flow_setting"))
async def test_braces_round_a_setting_are_refused_with_the_correction(
    instance: Instance, case: dict[str, Any]
) -> None:
    (problem,) = await problems_of(instance, flow(settings=case["flow_setting"]))
    (text,) = case["flow_setting"].values()
    assert problem["pointer"] == case["expect"]["problem"]
    assert problem["mend"]["text"] == text.strip("{} ")


@pytest.mark.parametrize("case", having("trigger_input"))
async def test_templates_in_a_triggers_fields_are_refused(instance: Instance, case: dict[str, Any]) -> None:
    definition = flow()
    definition["triggers"][0]["input"] = case["trigger_input"]
    pointers = {problem["pointer"] for problem in await problems_of(instance, definition)}
    assert "/triggers/0/input/verify/connection" in pointers


@pytest.mark.parametrize("case", having("dedupe"))
async def test_an_identity_that_is_empty_or_fails_loses_no_event(
    instance: Instance, case: dict[str, Any]
) -> None:
    made = await instance.publish(flow(settings={"dedupe": case["dedupe"]}))
    answers = [await instance.send(made["id"], body) for body in case["bodies"]]
    assert {answer.status_code for answer in answers} == {202}
    runs = {answer.json()["run_id"] for answer in answers}
    assert len(runs) == case["expect"]["runs"]
    for run in runs:
        warnings = (await instance.ended(run))["warnings"]
        own = [one for one in warnings if not one.startswith("This may be a repeat")]
        assert bool(own) is case["expect"].get("warning", False)


@pytest.mark.parametrize(
    ("slip", "hint"), [pair for case in CASES if "slips" in case for pair in case["slips"].items()]
)
async def test_a_common_slip_is_refused_with_a_hint_and_a_correction(
    instance: Instance, slip: str, hint: str
) -> None:
    found = [p for p in await problems_of(instance, flow(when=slip)) if p["pointer"].endswith("/when")]
    hinted = [problem for problem in found if hint in problem["message"]]
    assert hinted and hinted[0]["mend"]["text"] != slip


async def test_the_correction_of_a_slip_is_accepted(instance: Instance) -> None:
    (problem,) = await problems_of(instance, flow(when='trigger.body.n == 5 and trigger.body.a-b == "x"'))
    mended = problem["mend"]["text"]
    assert mended == "trigger.body.n == `5` && trigger.body.\"a-b\" == 'x'"
    run = await run_of(instance, flow(when=mended), {"n": 5, "a-b": "x"})
    assert run["path"] == ["route:Yes", "step"]


async def test_what_a_condition_could_not_decide_is_said_once_a_run(instance: Instance) -> None:
    branches = [{"name": name, "when": "trigger.body.n > `3`", "next": None} for name in ("A", "B")]
    definition = flow(when="trigger.body.n > `3`")
    definition["steps"]["route"] |= {"match": "all", "branches": branches}
    del definition["steps"]["step"]
    run = await run_of(instance, definition, {"n": "5"})
    assert len(run["warnings"]) == 1 and "to_number" in run["warnings"][0]
    quiet = await run_of(instance, definition, {"other": 1})
    assert quiet["warnings"] == [], "a missing field stays silent"
