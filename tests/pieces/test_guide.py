"""The guide's example is code, and this runs it."""

import asyncio
import re
import sys
import types
from pathlib import Path

import httpx

import pieces
from pieces import Option
from pieces.testing import context

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "piece-authors.md"
BLOCKS = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.S)


def _example() -> dict[str, object]:
    module = types.ModuleType("guide_example", BLOCKS[0].split('"""')[1])
    sys.modules["guide_example"] = module
    for block in BLOCKS:
        exec(compile(block, str(GUIDE), "exec"), module.__dict__)
    return module.__dict__


def test_the_guide_s_tests_pass() -> None:
    example = _example()
    example["test_contract"]()  # type: ignore[operator]
    asyncio.run(example["test_open_ticket_posts_it"]())  # type: ignore[operator]


async def test_the_guide_s_dropdown_and_poll_work() -> None:
    example = _example()
    piece = example["tickets"]
    assert isinstance(piece, pieces.Piece)

    def api(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/queues":
            return httpx.Response(200, json=[{"id": "q1", "name": "First"}])
        assert request.url.params["queue"] == "q1"
        return httpx.Response(200, json=[{"id": "8"}] if request.url.params["after"] == "7" else [])

    assert await piece.actions["open_ticket"].options(context(piece, api), "queue") == [Option("q1", "First")]
    ctx = context(piece, api, state={"last": "7"})
    assert await piece.triggers["new_ticket"].run(ctx, {"queue": "q1"}) == [{"id": "8"}]
    assert await piece.triggers["new_ticket"].run(ctx, {"queue": "q1"}) == []
    assert ctx.state == {"last": "8"}
    assert piece.triggers["new_ticket"].every == 60
    assert piece.summary == "Open a ticket, start a flow on each new one."


def test_the_guide_names_every_public_name_that_an_author_needs() -> None:
    text = GUIDE.read_text()
    engine_s = {"Action", "Auth", "BrokenPiece", "HeaderAuth", "Outside", "Property", "Registry", "RunInfo",
                "Store", "Transport", "Trigger", "UnknownPiece", "header_text", "literal_host", "load",
                "Window", "WindowDecision", "Windows", "decide_place", "encode_item", "read_hosts",
                "registry", "transport_of"}  # fmt: skip
    assert [name for name in pieces.__all__ if name not in engine_s and name not in text] == []


def test_all_is_sorted_and_complete() -> None:
    public = [name for name, value in vars(pieces).items() if not name.startswith("_")]
    named = {name for name in public if not isinstance(vars(pieces)[name], types.ModuleType)}
    assert pieces.__all__ == sorted(pieces.__all__)
    assert named == set(pieces.__all__)
