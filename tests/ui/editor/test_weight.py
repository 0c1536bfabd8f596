"""A flow of 200 steps: how much is sent for the page, and for an edit. The bench tells the times."""

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

Site = Any  # of conftest, which cannot be imported
PAGE, EDIT = 150_000, 10_000  # bytes on the wire


@pytest.fixture(scope="module")
def bench() -> Any:
    path = Path(__file__).parents[2] / "bench" / "editing.py"
    spec = importlib.util.spec_from_file_location("bench_editing", path)
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules["bench_editing"] = made
    spec.loader.exec_module(made)
    return made


@pytest.mark.slow
def test_a_page_and_an_edit_of_a_large_flow_are_light(bench: Any, site: Site, client: httpx.Client) -> None:
    flow = bench.large_flow()
    routers = [step for step in flow["steps"].values() if step["type"] == "router"]
    assert (len(flow["steps"]), len(routers)) == (200, 10)
    path = client.post(f"{site.base}/flows/import", data={"text": json.dumps(flow)}).headers["location"]
    assert bench.page(client, path)["total_wire"] < PAGE
    told = bench.edits(client, path, 1)
    assert {what: row for what, row in told.items() if row["wire"] > EDIT} == {}
    client.post(f"{path}/delete")
