from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from starlette.applications import Starlette

from engine.base.actor import Actor
from engine.base.settings import Settings
from engine.instance import Switchyard
from tests.engine.factories import Harness, Probe, registry
from ui.app import intake_routes

Opened = Callable[..., AbstractAsyncContextManager[Harness]]


@asynccontextmanager
async def opened(data_dir: Path, probe: Probe | None = None, **settings: Any) -> AsyncIterator[Harness]:
    probe = probe or Probe()
    given = {"durability": "fast", "egress_allow": (ip_network("127.0.0.0/8"),), **settings}
    sy = Switchyard(Settings(data_dir=data_dir, **given), registry(probe))
    await sy.start()
    try:
        (project,) = await sy.access.projects.list(Actor.system())
        app = Starlette(routes=intake_routes(sy))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as http:
            yield Harness(sy, Actor.system(project.id), http, probe)
    finally:
        await sy.stop()


@pytest.fixture
def open_place(tmp_path: Path) -> Opened:
    """`async with open_place(**settings) as place`: the same data each time, so that it can be reopened."""

    def again(probe: Probe | None = None, **settings: Any) -> AbstractAsyncContextManager[Harness]:
        return opened(tmp_path / "data", probe, **settings)

    return again


@pytest.fixture
async def place(open_place: Opened, request: pytest.FixtureRequest) -> AsyncIterator[Harness]:
    """A running instance with one project; it lives by the test's `clock` if the test has one."""
    if "clock" in request.fixturenames:
        request.getfixturevalue("clock")
    async with open_place() as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Harness]:
    """One instance for a module's tests, for those that take a `fresh()` place in it."""
    async with opened(tmp_path_factory.mktemp("shared")) as made:
        yield made


@pytest.fixture
def switchyard(place: Harness) -> Switchyard:
    return place.sy


@pytest.fixture
def project(place: Harness) -> str:
    return place.project


@pytest.fixture
def actor(place: Harness) -> Actor:
    return place.actor
