"""The public key of a destination, for whoever checks its signatures."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest_asyncio

from engine.base.actor import Actor
from engine.base.settings import Settings
from engine.instance import Switchyard
from ui.app import make_app

SPEC = {"name": "Audit", "kind": "file", "url": "audit.jsonl", "events": ["*"]}


@pytest_asyncio.fixture
async def place(tmp_path: Path) -> AsyncIterator[tuple[Switchyard, httpx.AsyncClient]]:
    app = make_app(
        Settings(data_dir=tmp_path, admin_email="ann@example.com", admin_password="a quite unusual 42")
    )
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://t") as http:
            yield app.switchyard, http


async def test_anybody_may_fetch_it_and_learns_no_secret(
    place: tuple[Switchyard, httpx.AsyncClient],
) -> None:
    sy, http = place
    made = await sy.destinations.create(Actor.system(None), None, SPEC)
    answer = await http.get(f"/destinations/{made.record.id}/public-key")
    assert answer.status_code == 200
    (key,) = answer.json()["keys"]
    assert key["whpk"].startswith("whpk_")
    assert made.secret.startswith("whsec_")
    assert made.secret not in answer.text
    assert "whsk_" not in answer.text


async def test_of_no_destination_there_is_none(place: tuple[Switchyard, httpx.AsyncClient]) -> None:
    assert (await place[1].get("/destinations/dst_none/public-key")).status_code == 404
