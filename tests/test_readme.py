"""README and docs match the product: links, settings, commands, events, functions and operations."""

import json
import re
import tomllib
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from engine import api
from engine.base.settings import Settings
from engine.events.registry import EVENTS
from engine.expressions.functions import FUNCTIONS
from engine.flow import check, dumps, parse
from engine.signatures import SCHEMES
from ui.cli.main import app

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [
    *(
        ROOT / name
        for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "pieces/README.md")
    ),
    *sorted(DOCS.rglob("*.md")),
]


def read(path: str) -> str:
    return (ROOT / path).read_text("utf-8")


def blocks(language: str, text: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def shell() -> str:
    """All commands that are shown, one text."""
    return "\n".join(chain.from_iterable(blocks("sh", page.read_text("utf-8")) for page in PAGES))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and Help make them."""
    found = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if target.startswith(("https://", "http://")):
            continue
        path, _, anchor = target.partition("#")
        leads_to = (page.parent / path).resolve() if path else page
        assert leads_to.exists(), target
        assert not anchor or anchor in anchors(leads_to), target


def test_the_index_lists_every_page_of_the_docs() -> None:
    listed = re.findall(r"\]\(([^)#]+\.md)\)", read("docs/README.md"))
    assert len(listed) == len(set(listed))
    pages = {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")} - {"README.md"}
    assert set(listed) == pages


def test_the_changelog_has_this_version_below_what_is_unreleased() -> None:
    version = tomllib.loads(read("pyproject.toml"))["project"]["version"]
    releases = re.findall(r"^## (.+)$", read("CHANGELOG.md"), re.MULTILINE)
    assert releases[0] == "Unreleased" and releases[1].startswith(f"{version} (")
    assert all(re.fullmatch(r"\d+\.\d+\.\d+ \(\d{4}-\d\d-\d\d\)", each) for each in releases[1:])
    sections = re.findall(r"^### (.+)$", read("CHANGELOG.md"), re.MULTILINE)
    assert set(sections) <= {"Added", "Changed", "Removed", "Fixed"}


def test_the_readme_is_short() -> None:
    assert len(read("README.md").splitlines()) <= 110


def test_every_setting_is_in_the_table_with_its_default() -> None:
    rows = [
        row for row in read("docs/reference/settings.md").splitlines() if row.startswith("| `SWITCHYARD_")
    ]
    described: dict[str, str] = {}
    for row in rows:
        names, defaults = (re.findall(r"`([^`]*)`", cell) for cell in row.split("|")[1:3])
        described.update(zip(names, defaults or [""] * len(names), strict=True))
    defaults = {}
    for name, field in Settings.__dataclass_fields__.items():
        value = field.default
        defaults[f"SWITCHYARD_{name.upper()}"] = (
            "" if value in ("", ()) else str(int(value) if isinstance(value, bool) else value)
        )
    assert described == defaults


def test_every_setting_that_a_page_names_exists() -> None:
    known = {f"SWITCHYARD_{name.upper()}" for name in Settings.__dataclass_fields__}
    for page in PAGES:
        if "decisions" not in page.parts:
            assert set(re.findall(r"\bSWITCHYARD_[A-Z_]+[A-Z]", page.read_text("utf-8"))) <= known, page


def leaves(command: Any, path: str) -> dict[str, set[str]]:
    """Each command that runs something, by its words, with the names of its options."""
    if not hasattr(command, "commands"):
        options = chain.from_iterable(option.opts for option in command.params)
        return {path: {name for name in options if name.startswith("--")} - {"--help"}}
    found: dict[str, set[str]] = {}
    for name, each in command.commands.items():
        found |= leaves(each, f"{path} {name}")
    return found


COMMANDS = leaves(get_command(app), "switchyard")


def test_the_command_line_reference_lists_every_command() -> None:
    listed = re.findall(r"^\| `(switchyard [^`]+)`", read("docs/reference/cli.md"), re.MULTILINE)
    assert sorted(listed) == sorted(COMMANDS)


def test_the_command_line_reference_names_only_options_that_exist() -> None:
    for row in re.findall(r"^\| `switchyard .+$", read("docs/reference/cli.md"), re.MULTILINE):
        command = re.findall(r"`([^`]+)`", row)[0]
        assert set(re.findall(r"`(--[a-z-]+)", row)) <= COMMANDS[command], row


def test_every_command_that_is_shown_exists_with_its_options() -> None:
    shown = re.findall(r"\bswitchyard ((?:[a-z][\w-]*)[^\n|;&)]*)", shell().replace("\\\n", " "))
    assert len(shown) > 15
    for words in shown:
        line = "switchyard " + words
        command = max((name for name in COMMANDS if f"{line} ".startswith(f"{name} ")), key=len, default=None)
        assert command, line
        assert set(re.findall(r"(?<= )--[a-z-]+", line)) <= COMMANDS[command], line


def test_every_make_target_that_is_shown_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    shown = set(re.findall(r"^make ([\w-]+)", shell(), re.MULTILINE))
    assert {"run", "test", "test-fast", "dist"} <= shown <= targets


def test_the_flow_is_a_canonical_flow_file_that_only_lacks_its_connections() -> None:
    text = blocks("json", read("docs/reference/flow-file.md"))[0]
    assert dumps(parse(json.loads(text))) == text
    errors = [problem for problem in check(json.loads(text)) if problem.severity == "error"]
    assert errors == []


def test_the_event_reference_lists_every_event() -> None:
    listed = re.findall(r"^\| `([a-z_]+(?:\.[a-z_]+)+)` \|", read("docs/reference/events.md"), re.MULTILINE)
    assert sorted(listed) == sorted(EVENTS)


def test_the_expression_reference_lists_every_function_with_its_parameters() -> None:
    _, _, functions = read("docs/reference/expressions.md").partition("## Functions\n")
    listed = re.findall(r"^\| `(\w+\([^`]*\))` \|", functions, re.MULTILINE)
    assert sorted(listed) == sorted(each.signature for each in FUNCTIONS.values())


def test_the_rest_reference_lists_every_operation_with_its_role() -> None:
    role = {
        "view": "viewer",
        "edit": "editor",
        "admin": "admin",
        "signed_in": "viewer",
        "platform": "platform key",
    }
    rows = re.findall(r"^\| `([A-Z]+) (/\S+)` \| ([^|]+) \|", read("docs/reference/rest.md"), re.MULTILINE)
    known = [(each.method, each.path, role[each.permission.name]) for each in api.OPERATIONS]
    assert sorted((method, f"/api/v1{path}", who) for method, path, who in rows) == sorted(known)


def test_the_guide_for_event_sources_lists_every_scheme() -> None:
    listed = re.findall(r"^\| `(\w+)` \|", read("docs/guides/event-sources.md"), re.MULTILINE)
    assert sorted(listed) == sorted(SCHEMES)
