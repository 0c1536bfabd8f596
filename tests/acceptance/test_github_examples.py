"""GitHub's own example payloads against the handler flow of the shipped catalogue: signed, in both content
types that GitHub offers, each on the branch of its event; and its OpenAPI document of 4.8 MB as a catalogue.

Both are packages of npm: see tests/support/npm.py.
"""

import asyncio
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from engine import catalogues, signatures
from engine.base import clock
from engine.base.ids import new_id
from tests.support.npm import installed

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.process]

EXAMPLES = "@octokit/webhooks-examples"
DOCUMENT = "@octokit/openapi-webhooks"
COUNT = 329


@pytest.fixture(scope="module")
def examples() -> list[tuple[str, Any]]:
    """(event, body) of every example for github.com."""
    index = installed(f"{EXAMPLES}@7.6.1") / EXAMPLES / "api.github.com/index.json"
    return [
        (event["name"], body) for event in json.loads(index.read_text("utf-8")) for body in event["examples"]
    ]


@pytest.mark.parametrize("kind", ["json", "form"])
async def test_every_example_of_github_takes_the_branch_of_its_event(
    instance: Any, examples: list[tuple[str, Any]], kind: str
) -> None:
    assert len(examples) == COUNT
    wanted = {"catalogue": "github", "events": "all", "name": f"GitHub as {kind}", "publish": True}
    made = await instance.api("POST", "/handler-flows", wanted, 201)
    flow_id, secret = made["flow"]["id"], made["verify"]["secret"]
    wrong: list[Any] = []

    async def send(event: str, body: Any) -> None:
        raw = json.dumps(body).encode()
        media = "application/json"
        if kind == "form":
            raw, media = (
                urlencode({"payload": json.dumps(body)}).encode(),
                "application/x-www-form-urlencoded",
            )
        headers = {
            **signatures.sign("github", secret, raw, now=clock.now()),
            "content-type": media, "x-github-event": event, "x-github-delivery": new_id("msg"),
        }  # fmt: skip
        answer = await instance.http.post(f"/webhooks/{flow_id}", content=raw, headers=headers)
        assert answer.status_code == 202, answer.text
        run = await instance.ended(answer.json()["run_id"])
        alone = event == "repository_dispatch" or "action" not in body
        name = event if alone else f"{event}.{body['action']}"
        label = catalogues.get("github").event(name).label
        if (run["path"][:-1], run["warnings"]) != ([f"by_event:{label}"], []):
            wrong.append((name, run["path"], run["warnings"]))

    for start in range(0, COUNT, 20):
        await asyncio.gather(*(send(event, body) for event, body in examples[start : start + 20]))
    assert wrong == []


async def test_an_example_with_another_secret_is_refused(
    instance: Any, examples: list[tuple[str, Any]]
) -> None:
    wanted = {"catalogue": "github", "events": ["push"], "name": "GitHub, refused", "publish": True}
    made = await instance.api("POST", "/handler-flows", wanted, 201)
    event, body = examples[0]
    raw = json.dumps(body).encode()
    headers = {**signatures.sign("github", "another secret", raw, now=clock.now()), "x-github-event": event}
    answer = await instance.http.post(f"/webhooks/{made['flow']['id']}", content=raw, headers=headers)
    assert answer.status_code == 401


async def test_the_openapi_document_of_github_becomes_all_its_events(
    instance: Any,
) -> None:
    file = installed(f"{DOCUMENT}@12.1.0") / DOCUMENT / "generated/api.github.com.json"
    text = file.read_text("utf-8")
    assert len(text) > 4_800_000
    made = await instance.api("POST", "/catalogues", {"name": "github-openapi", "openapi": text}, 201)
    assert (len(made["events"]), made["unnamed"]) == (261, [])
    # Two messages are the same event with two bodies.
    assert [warning.partition(" cannot")[0] for warning in made["warnings"]] == [
        "`pull-request-review-request-removed 2`", "`pull-request-review-requested 2`",
    ]  # fmt: skip
    ours = set(catalogues.get("github").events)
    assert {event["name"] for event in made["events"]} <= ours
    wanted = {"catalogue": "github-openapi", "events": "all", "verify": {"scheme": "none"}, "publish": True}
    flow = (await instance.api("POST", "/handler-flows", wanted, 201))["flow"]
    assert len(flow["definition"]["steps"]["by_event"]["branches"]) == 261
    labels = {event["name"]: event["label"] for event in made["events"]}
    for name in list(labels)[::10]:
        sample = flow["definition"]["samples"][name]
        answer = await instance.http.post(
            f"/webhooks/{flow['id']}", json=sample["body"], headers=sample["headers"]
        )
        run = await instance.ended(answer.json()["run_id"])
        assert run["path"][:-1] == [f"by_event:{labels[name]}"]
