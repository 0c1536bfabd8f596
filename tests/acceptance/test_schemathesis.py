"""Schemathesis, which calls every operation of `/openapi.json` with good and bad input, finds nothing wrong:
no 5xx, and no answer that the document does not describe. Once for each role, always with the same seed.

    python -m tests.acceptance.test_schemathesis 100     # the same, with so many examples an operation
"""

import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from engine.base.actor import Role
from tests.acceptance.test_crash import ROOT, Server
from tests.conftest import serve

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="module")]

SEED = 20_261_130
LEFT_OUT = "positive_data_acceptance"
"""The one check that cannot hold: what is well-formed may still name something that is not there."""
STEP = {"type": "action", "piece": "data", "action": "compose", "input": {"value": 1}, "next": None}
CATCH = {"name": "webhook", "piece": "webhook", "trigger": "catch", "input": {"verify": {"scheme": "none"}}}
FLOW = {"format": 1, "name": "Any", "triggers": [CATCH], "start": "a", "steps": {"a": STEP}}


class Checked:
    """A server whose document is checked, and the API key of each role."""

    def __init__(self, url: str, keys: dict[Role, str], folder: Path) -> None:
        self._url, self._keys, self._folder = url, keys, folder

    async def run(self, role: Role, examples: int, phases: str) -> dict[str, Any]:
        """Schemathesis' report of a run with so many examples an operation."""
        report = self._folder / f"{role}.json"
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "schemathesis.cli", "run", f"{self._url}/openapi.json",
            "--header", f"Authorization: Bearer {self._keys[role]}", "--exclude-checks", LEFT_OUT,
            "--seed", str(SEED), "--max-examples", str(examples), "--phases", phases, "--continue-on-failure",
            "--suppress-health-check", "all", "--request-timeout", "120", "--no-color",
            "--report-json-path", str(report),
            "--report-dir", str(self._folder / "reports"),
            cwd=self._folder, env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        out, _ = await process.communicate()
        assert report.exists(), out.decode()
        found: dict[str, Any] = json.loads(report.read_text())
        assert process.returncode == 0, out.decode()[-20_000:]
        return found


@asynccontextmanager
async def checked(folder: Path) -> AsyncIterator[Checked]:
    async with serve(folder) as instance:
        flow = await instance.publish(FLOW)
        await instance.ended((await instance.send(flow["id"], {"n": 1})).json()["run_id"])
        keys = {role: await instance.key_of(role) for role in Role}
    async with Server(folder, "fast") as server:
        await server.start()
        yield Checked(server.url, keys, folder)
        await server.end(signal.SIGTERM)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Checked]:
    async with checked(tmp_path_factory.mktemp("data")) as made:
        yield made


@pytest.mark.parametrize("role", list(Role))
async def test_a_thousand_calls_find_no_answer_that_the_document_does_not_describe(
    server: Checked, role: Role
) -> None:
    report = await server.run(role, 2, "examples,coverage,fuzzing")
    assert report["failures"] == [] and report["errors"] == []
    assert report["operations"]["tested"] == report["operations"]["total"] >= 80
    assert report["test_cases"]["generated"] >= 1_000


async def main(examples: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with checked(Path(folder)) as server:
            for role in Role:
                report = await server.run(role, examples, "examples,coverage,fuzzing,stateful")
                print(role, report["test_cases"], len(report["failures"]), "failures")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
