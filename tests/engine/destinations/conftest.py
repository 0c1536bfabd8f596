"""Senders that are closed after the test."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest_asyncio

from engine.destinations.senders import Senders
from engine.egress import Egress
from tests.engine.destinations.parts import senders

Make = Callable[..., Senders]


@pytest_asyncio.fixture
async def make(tmp_path: Path) -> AsyncIterator[Make]:
    """`make(egress, **hooks)` gives senders that write below `tmp_path`."""
    made: list[tuple[Senders, Egress]] = []

    def one(egress: Egress | None = None, **hooks: Any) -> Senders:
        egress = egress or Egress()
        made.append((senders(egress, tmp_path, **hooks), egress))
        return made[-1][0]

    yield one
    for sender, egress in made:
        await sender.aclose()
        await egress.aclose()
