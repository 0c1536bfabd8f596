"""The port is open before the pages are loaded: the API answers at once, a page once there is one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from engine.base.settings import Settings
from tests.support.waiting import idle, turns
from ui.app import Application, make_app


@asynccontextmanager
async def opened(tmp_path: Path) -> AsyncIterator[tuple[Application, httpx.AsyncClient]]:
    """An application whose port would be open now, and a client of it."""
    app = make_app(Settings(data_dir=tmp_path, durability="fast"), port_first=True)
    await app.switchyard.open()
    try:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as http:
            yield app, http
    finally:
        await app.switchyard.stop()


async def test_a_page_waits_until_the_pages_are_loaded(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, http):
        asking = asyncio.create_task(http.get("/sign-in"))
        for path in ("/healthz", "/openapi.json"):
            assert (await http.get(path)).status_code == 200
        assert (await http.get("/api/v1/flows")).status_code == 401
        await idle()
        assert not asking.done()
        await app.take_up()
        assert "<title>" in (await asking).text
        assert (await http.get("/no-such-page")).status_code == 404


async def test_who_waits_for_a_page_is_answered_when_the_server_stops_before(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, http):
        asking = asyncio.create_task(http.get("/sign-in"))
        await idle()
        assert not asking.done()
        loading = asyncio.create_task(app.load_pages())
        await turns()
        loading.cancel()
        answer = await asking
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
