"""What the README says is so, and CONTRIBUTING leads where it says."""

import json
import re
from pathlib import Path

import pytest
from typer.main import get_command

from engine.base.settings import Settings
from engine.flow import check, dumps, parse
from ui.cli.main import app

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")


def blocks(language: str, text: str = README) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#]+)\)", README + CONTRIBUTING))))
def test_every_link_leads_to_a_file(target: str) -> None:
    assert (ROOT / target).exists()


def test_every_setting_is_in_the_table_with_its_default() -> None:
    rows = [row for row in README.splitlines() if row.startswith("| `SWITCHYARD_")]
    said: dict[str, str] = {}
    for row in rows:
        names, defaults = (re.findall(r"`([^`]*)`", cell) for cell in row.split("|")[1:3])
        said.update(zip(names, defaults or [""] * len(names), strict=True))
    defaults = {}
    for name, field in Settings.__dataclass_fields__.items():
        value = field.default
        defaults[f"SWITCHYARD_{name.upper()}"] = (
            "" if value in ("", ()) else str(int(value) if isinstance(value, bool) else value)
        )
    assert said == defaults


def test_the_flow_is_a_canonical_flow_file_that_only_lacks_its_connections() -> None:
    text = blocks("json")[0]
    assert dumps(parse(json.loads(text))) == text
    errors = [problem for problem in check(json.loads(text)) if problem.severity == "error"]
    assert errors == []


def test_every_command_that_is_shown_exists() -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]
    shown = set(re.findall(r"^switchyard (\w[\w-]*)", "\n".join(blocks("sh")), re.MULTILINE))
    shown |= set(re.findall(r"`switchyard (\w[\w-]*)", README))
    assert shown
    assert shown <= set(commands)


def test_every_make_target_that_is_shown_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    shown = set(re.findall(r"^make ([\w-]+)", "\n".join(blocks("sh", README + CONTRIBUTING)), re.MULTILINE))
    assert {"run", "test", "test-fast", "dist"} <= shown <= targets
