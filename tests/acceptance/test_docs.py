"""The commands and code of README and docs do what the text says: each block runs, against a real server."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.signatures import verify
from tests.support.processes import answers, free_ports, running

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    page
    for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"))
    if "decisions" not in page.parts
    and page.name not in ("benchmarks.md", "container.md", "systemd.md")
    and "```sh" in page.read_text("utf-8")
)
"""The pages with commands, but for that of the benchmarks, which take a quarter of an hour, and those that
install a service: tests/test_deploy.py."""
ELSEWHERE = {
    "make run": "tests/test_distribution.py, and a clean clone",
    "make test": "this is it",
    "make dist": "tests/test_distribution.py",
    "pipx install": "tests/test_distribution.py",
    "switchyard serve": "the server of these tests",
}
"""Commands that are not run here, and what runs them."""
INSTEAD = {
    'switchyard admin backup --force "switchyard-$(date +%a).db"':
        'switchyard admin backup --force "switchyard-$(date +%a).db"; ls switchyard-???.db',
    "switchyard bench --case A --seconds 4": "switchyard bench --case A --seconds 1",
}  # fmt: skip


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text("utf-8"), re.DOTALL)


class Shell:
    """A bash that goes on from block to block, in a folder of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self._port = folder, port
        (folder / "sample_flows").symlink_to(ROOT / "sample_flows")
        self.environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "SWITCHYARD_DATA_DIR": str(folder / "data"),
            "SWITCHYARD_PORT": str(port),
        }

    def run(self, block: str) -> str:
        """The standard output of a block. Fails with what it wrote if a command of it fails."""
        lines = [line for line in block.splitlines() if not line.startswith(tuple(ELSEWHERE))]
        script = "\n".join(INSTEAD.get(line, line) for line in lines)
        script = script.replace("127.0.0.1:8000", f"127.0.0.1:{self._port}")
        command = f"touch variables; . ./variables\n{script}\ndeclare -p KEY URL > variables 2>/dev/null || :"
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A shell beside a server that has the README's flow."""
    (port,) = free_ports(1)
    made = Shell(tmp_path_factory.mktemp("docs"), port)
    command = [str(Path(sys.executable).parent / "switchyard"), "serve"]
    with running(command, made.folder, made.environment):
        answers(port, 60)
        made.run("until curl -sf http://127.0.0.1:8000/readyz; do :; done")
        for block in blocks(ROOT / "README.md", "sh"):
            made.run(block)
        yield made


def test_the_first_event_takes_the_branch_that_the_readme_says(shell: Shell) -> None:
    *_, ask = (block for block in blocks(ROOT / "README.md", "sh") if "/runs?limit=1" in block)
    found: Any = None
    while not found or not found["data"] or found["data"][0]["status"] != "succeeded":
        found = json.loads(shell.run(ask))
    assert found["data"][0]["trigger"] == "webhook"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_commands_of_a_page_succeed(shell: Shell, page: Path) -> None:
    for block in blocks(page, "sh"):
        if "admin restore" in block:  # into a stopped instance
            block = f'export SWITCHYARD_DATA_DIR="$PWD/stopped"\n{block}'
        elif "export SWITCHYARD_" in block:
            block = f"({block}\nswitchyard doctor)"  # the settings are understood
        shell.run(block)


def test_an_event_that_is_signed_as_the_guide_shows_is_genuine() -> None:
    (code,) = blocks(ROOT / "docs/guides/event-sources.md", "python")
    names: dict[str, Any] = {}
    exec(compile(code, "event-sources.md", "exec"), names)
    secret, body = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", b'{"action": "order.created"}'
    headers = names["sign"](secret, body, "msg_1")
    sent = [(name.encode(), value.encode()) for name, value in headers.items()]
    now = float(headers["webhook-timestamp"])
    verify("standard_webhooks", {"secret": secret}, sent, body, now=now)
