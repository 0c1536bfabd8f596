"""Documents as vendors publish them, and the catalogue that each becomes: `tests/data/cases/catalogues*`.

Each is imported through the API; its events, generated as a handler flow, then reach their branches.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Instance

pytestmark = pytest.mark.asyncio(loop_scope="module")

DATA = Path(__file__).parents[1] / "data" / "cases"
FILES = ("catalogues.json", "catalogues_more.json")
CASES = [case for name in FILES for case in json.loads((DATA / name).read_text("utf-8"))]
NUMBERED = [pytest.param(number, case, id=case["name"]) for number, case in enumerate(CASES)]


@pytest.mark.parametrize(("number", "case"), NUMBERED)
@pytest.mark.parametrize("written", ["object", "text"])
async def test_a_document_of_a_vendor_becomes_a_catalogue(
    instance: Instance, number: int, case: dict[str, Any], written: str
) -> None:
    kind = "asyncapi" if "asyncapi" in case else "openapi"
    document = case[kind] if written == "object" else json.dumps(case[kind])
    name, expect = f"case-{number}-{written}", case["expect"]
    made = await instance.api("POST", "/catalogues", {"name": name, kind: document}, 201)

    names = [event["name"] for event in made["events"]]
    if isinstance(expect["events"], int):
        assert len(names) == expect["events"]
    else:
        assert names == expect["events"]
    if "discriminator" in expect:
        assert made["discriminator"] == expect["discriminator"]
    assert made["unnamed"] == expect.get("unnamed", [])
    assert len(made["warnings"]) == expect.get("warnings", 0)
    assert await instance.api("GET", f"/catalogues/{name}") == made

    wanted = {"catalogue": name, "events": "all", "verify": {"scheme": "none"}, "publish": True}
    flow = (await instance.api("POST", "/handler-flows", {**wanted, "name": name}, 201))["flow"]
    for event in made["events"]:
        sent = await instance.http.post(
            f"/webhooks/{flow['id']}", json=event["sample"], headers=event["headers"]
        )
        run = await instance.ended(sent.json()["run_id"])
        taken = "by_event" if event["name"] in made["unnamed"] else f"by_event:{event['label']}"
        assert run["path"][0] == taken and run["unrouted"] == (event["name"] in made["unnamed"])
    await instance.api("DELETE", f"/catalogues/{name}", status=204)  # a project has at most 100
