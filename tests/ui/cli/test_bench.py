"""`switchyard bench`: every case ends with as many runs as events were accepted."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ui.cli.bench import scenario

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("case", [case for case in scenario.CASES if case != "A"])
def test_each_case_loses_nothing(case: str) -> None:
    words = ["bench", "--case", case, "--seconds", "0.5", "--durability", "fast", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "ui", *words], cwd=ROOT, text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: Any = json.loads(done.stdout)
    assert found["completed"] == found["accepted"] > 0
    assert (found["lost"], found["failed"], found["refused"]) == (0, 0, 0)
    assert found["accepted"] % scenario.events_in_request(case) == 0
