"""Senders that are closed after the test, and brokers to send to."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from engine.destinations.senders import Senders
from engine.http.egress import Egress
from tests.engine.destinations.factories import senders
from tests.support import brokers
from tests.support.brokers import Broker

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


@pytest.fixture(scope="session")
def nats_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with brokers.nats(tmp_path_factory.mktemp("nats")) as broker:
        yield broker


@pytest.fixture(scope="session")
def rabbit_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    why_not = brokers.no_rabbit()
    if why_not:
        pytest.skip(why_not)
    with brokers.rabbit(tmp_path_factory.mktemp("rabbit")) as broker:
        yield broker
