"""What a command loads. A start is mostly imports, and checking a file needs no server."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[2]
FLOW = """{
  "format": 1, "name": "One step", "start": "text",
  "triggers": [
    {"name": "webhook", "piece": "webhook", "trigger": "catch", "input": {"verify": {"scheme": "none"}}}
  ],
  "steps": {
    "text": {"type": "action", "piece": "data", "action": "compose", "input": {"value": 1}, "next": null}
  }
}"""
SERVER = {"uvicorn", "starlette.applications", "engine.api", "engine.instance", "ui.app", "apscheduler"}
PAGES = {"jinja2", "ui.pages", "ui.shared.render", "ui.editor.routes", "ui.home.views"}
DATABASE = {"sqlalchemy", "sqlmodel", "sqlite3"}
WHEN_NEEDED = {"alembic", "nats", "aiormq", "aio_pika", "pydantic_monty", "playwright"}


def loaded(code: str, *words: str, folder: Path) -> set[str]:
    """The modules that are loaded when `code` has run, with these arguments of a command line."""
    (folder / "flow.json").write_text(FLOW)
    (folder / "event.json").write_text('{"body": {}}')
    script = (
        "import json, sys\n"
        f"sys.argv = ['switchyard', *{list(words)!r}]\n"
        "try:\n"
        f"    {code}\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code\n"
        "print('\\n' + json.dumps(sorted(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, check=False,
        env={"PATH": "", "PYTHONPATH": str(ROOT), "HOME": str(folder)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


RUN = "from ui.cli.main import main; main()"


@pytest.mark.parametrize(
    "words", [["--help"], ["--version"], ["validate", "flow.json"], ["pieces", "list"]], ids=str
)
def test_what_needs_no_instance_loads_no_server_and_no_database(words: list[str], tmp_path: Path) -> None:
    found = loaded(RUN, *words, folder=tmp_path)
    assert found & (SERVER | PAGES | DATABASE | WHEN_NEEDED) == set()


def test_running_a_flow_file_loads_no_server(tmp_path: Path) -> None:
    found = loaded(RUN, "run", "flow.json", "--event", "event.json", folder=tmp_path)
    assert found & (SERVER | PAGES | WHEN_NEEDED) == set()


def test_a_server_loads_pages_and_rare_libraries_only_when_they_are_needed(tmp_path: Path) -> None:
    code = (
        "from ui.app import make_app; from ui.cli import server; from engine.base.settings import Settings; "
        f"make_app(Settings.from_env({{'SWITCHYARD_DATA_DIR': {str(tmp_path)!r}}}), port_first=True)"
    )
    found = loaded(code, folder=tmp_path)
    assert found & (PAGES | WHEN_NEEDED) == set()
    assert found >= {"engine.instance", "ui.app"}  # the check looks at names that there are
