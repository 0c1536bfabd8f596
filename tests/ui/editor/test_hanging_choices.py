"""A dropdown whose service hangs, or whose code blocks: who opened it waits, others go on, and it is said
which piece it was."""

import asyncio
import logging
import threading
from collections.abc import Iterator
from typing import Annotated, Any

import httpx
import pytest

from engine.base import watchdog
from engine.base.actor import Role
from pieces import Context, Dropdown, Json, Option, Piece
from tests.support.clock import ManualClock
from tests.support.waiting import DEADLINE, idle, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

CATCH = {"name": "webhook", "piece": "webhook", "trigger": "catch", "input": {"verify": {"scheme": "none"}}}


class Sloth:
    """A piece whose choices do not come."""

    def __init__(self) -> None:
        self.asked = 0
        self.blocks: threading.Event | None = None

    def piece(self) -> Piece:
        made = Piece("sloth", summary="Takes its time")

        async def names(ctx: Context) -> list[Option]:
            self.asked += 1
            if self.blocks is None:
                await asyncio.Event().wait()
            else:
                self.blocks.wait(DEADLINE)
            return []

        @made.action
        async def choose(ctx: Context, name: Annotated[str, Dropdown(names)] = "") -> Json:
            """Do nothing."""
            return name

        return made


@pytest.fixture
def sloth(instance: Any) -> Iterator[Sloth]:
    made = Sloth()
    pieces = instance.sy.pieces.pieces
    pieces["sloth"] = made.piece()
    yield made
    del pieces["sloth"]


def flow(step: dict[str, Any]) -> dict[str, Any]:
    return {"format": 1, "name": "Any", "triggers": [CATCH], "start": "a", "steps": {"a": step}}


async def dropdown(instance: Any, email: str) -> asyncio.Task[httpx.Response]:
    """An editor opens the dropdown of a step."""
    step = {"type": "action", "piece": "sloth", "action": "choose", "input": {"name": "x"}, "next": None}
    flow_id = (await instance.api("POST", "/flows", flow(step), 201))["id"]
    cookie = {"Cookie": f"switchyard_session={await instance.cookie_of(email, Role.editor)}"}
    url = f"/p/{instance.project.id}/flows/{flow_id}?step=a&choose=name"
    return asyncio.create_task(instance.http.get(url, headers=cookie))


async def test_a_dropdown_that_hangs_is_given_up_and_others_go_on_meanwhile(
    instance: Any, sloth: Sloth, clock: ManualClock
) -> None:
    opened = await dropdown(instance, "first@example.com")
    await until(lambda: sloth.asked)
    step = {"type": "action", "piece": "data", "action": "compose", "input": {"value": 1}, "next": None}
    other = await instance.publish(flow(step))
    run = await instance.ended((await instance.send(other["id"], {"n": 1})).json()["run_id"])
    assert run["status"] == "succeeded"
    cookie = {"Cookie": f"switchyard_session={await instance.cookie_of('viewer@example.com', Role.viewer)}"}
    for path in ("/healthz", "/readyz", f"/p/{instance.project.id}/flows/{other['id']}"):
        assert (await instance.http.get(path, headers=cookie)).status_code == 200, path
    assert not opened.done()
    clock.advance(14)
    await idle()
    assert not opened.done()
    clock.advance(2)
    page = await opened
    assert page.status_code == 200
    assert "The choices did not come in time." in page.text or "did not answer within 15 seconds" in page.text


class Noticed(logging.Handler):
    """Sets an event once the watchdog has said who blocks the loop."""

    def __init__(self, event: threading.Event) -> None:
        super().__init__()
        self._event = event

    def emit(self, record: logging.LogRecord) -> None:
        if "is blocked" in record.msg:
            self._event.set()


async def test_a_dropdown_that_blocks_is_named_on_the_page_of_pieces(
    instance: Any, sloth: Sloth, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchdog, "BLOCKED", 0.2)
    instance.sy.watchdog._modules[sloth.piece().module] = "sloth"
    sloth.blocks = threading.Event()
    handler = Noticed(sloth.blocks)
    watchdog.log.addHandler(handler)
    instance.sy.watchdog.start()  # as the server does
    try:
        opened = await dropdown(instance, "second@example.com")
        assert (await opened).status_code == 200
        await until(lambda: "sloth" in instance.sy.watchdog.stalls)
    finally:
        await instance.sy.watchdog.stop()
        watchdog.log.removeHandler(handler)
    cookie = {"Cookie": f"switchyard_session={await instance.cookie_of('reader@example.com', Role.viewer)}"}
    page = await instance.http.get(f"/p/{instance.project.id}/pieces", headers=cookie)
    card = page.text.partition('<li class="box" id="sloth">')[2].partition("</li>")[0]
    assert "Blocked everything else for" in card
    assert "in names</code>" in card
