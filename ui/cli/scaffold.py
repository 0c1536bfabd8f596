"""`switchyard pieces new` and `switchyard pieces check`: for those who write pieces."""

import keyword
import re
from pathlib import Path

from rich.console import Console
from rich.markup import escape

import pieces
from engine.base.errors import BadInput, Conflict
from pieces.testing import contract_problems

_NAME = re.compile(r"[a-z][a-z0-9_]{1,40}")

_TAKEN = {
    *keyword.kwlist,
    "annotated",
    "check_piece",
    "context",
    "httpx",
    "json",
    "pieces",
    "send_note",
    "who_am_i",
}
"""What the scaffolded files call something else."""

_PROJECT = """\
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "switchyard-piece-{dashed}"
version = "0.1.0"
description = "{title} for Switchyard"
requires-python = ">=3.11"
dependencies = ["switchyard-flow"]

[project.entry-points."switchyard.pieces"]
{name} = "switchyard_piece_{name}:{name}"

[tool.setuptools]
py-modules = ["switchyard_piece_{name}"]

[tool.pytest.ini_options]
asyncio_mode = "auto"
asyncio_default_fixture_loop_scope = "function"
"""

_PIECE = '''\
"""{title}: one line that says what the piece is for."""

from typing import Annotated

from pieces import BearerToken, Context, Json, LongText, Piece

{name} = Piece("{name}", "{title}", base_url="https://api.{dashed}.example", auth=BearerToken("API key"))


@{name}.verify
async def who_am_i(ctx: Context) -> None:
    """Any cheap call that fails with a wrong key."""
    await ctx.http.get("/me")


@{name}.action
async def send_note(ctx: Context, subject: str, text: Annotated[str, LongText()] = "") -> Json:
    """Send a note. This line is what the picker shows."""
    note = {{"subject": subject, "text": text}}
    return (await ctx.http.post("/notes", json=note)).json()
'''

_TEST = """\
import json

import httpx

from pieces.testing import check_piece, context
from switchyard_piece_{name} import {name}, send_note


def test_the_piece_keeps_the_contract() -> None:
    check_piece({name})


async def test_send_note_posts_it() -> None:
    def api(request: httpx.Request) -> httpx.Response:
        assert request.headers["Authorization"] == "Bearer secret"
        return httpx.Response(201, json=json.loads(request.content))

    note = await send_note(context({name}, api), subject="Hello")
    assert note["subject"] == "Hello"
"""


def new_piece(name: str, folder: Path) -> list[Path]:
    """Write a distribution with one piece into `folder`; the files written. Never overwrites: `Conflict`."""
    if not _NAME.fullmatch(name):
        raise BadInput(
            "A piece's name can have only lowercase letters, digits and underscores: `acme_tickets`.",
            field="name",
        )
    if name in _TAKEN:
        raise BadInput(f"`{name}` is reserved in Python or in a piece's file.", field="name")
    dashed = name.replace("_", "-")
    home = folder / f"switchyard-piece-{dashed}"
    if home.exists():
        raise Conflict(f"{home} already exists.", field="name")
    words = {"name": name, "dashed": dashed, "title": name.replace("_", " ").capitalize()}
    files = {
        home / "pyproject.toml": _PROJECT,
        home / f"switchyard_piece_{name}.py": _PIECE,
        home / "tests" / f"test_{name}.py": _TEST,
    }
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(**words), "utf-8")
    return list(files)


def check(names: list[str]) -> int:
    """Run the contract suite; 1 when a piece breaks it or could not be loaded."""
    out = Console(highlight=False, soft_wrap=True)
    registry = pieces.registry()
    wrong = 0
    for name in names or sorted(registry.pieces):
        piece = registry.pieces.get(name)
        if piece is None:
            broken = next((one for one in registry.broken if one.name == name), None)
            out.print(
                f"[red]✗[/red] {escape(name)}: {escape(broken.traceback) if broken else 'is not installed'}"
            )
            wrong += 1
            continue
        problems = contract_problems(piece)
        out.print(f"{'[red]✗[/red]' if problems else '[green]✓[/green]'} {escape(name)}")
        for problem in problems:
            out.print(f"    {escape(problem)}")
        wrong += bool(problems)
    if not names:
        for one in registry.broken:
            out.print(
                f"[red]✗[/red] {escape(one.name)} ({escape(one.distribution)})\n{escape(one.traceback)}"
            )
            wrong += 1
    return int(wrong > 0)
