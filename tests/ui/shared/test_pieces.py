"""The page of pieces says which one blocked everything else."""

from typing import Any

import pytest

from engine.base.actor import Role
from engine.base.watchdog import Stall

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_piece_that_blocked_the_event_loop_is_marked(instance: Any) -> None:
    cookie = await instance.cookie_of("viewer@example.com", Role.viewer)
    page, headers = f"/p/{instance.project.id}/pieces", {"Cookie": f"switchyard_session={cookie}"}
    before = await instance.http.get(page, headers=headers)
    assert before.status_code == 200 and "Blocked everything else" not in before.text
    stall = Stall("slack", "client.py:23 in <fetch>", "2026-03-03T10:15:30.000Z", 3.2, 4)
    instance.sy.watchdog.stalls["slack"] = stall
    after = await instance.http.get(page, headers=headers)
    card = after.text.partition('<li class="box" id="slack">')[2].partition("</li>")[0]
    assert "Blocked everything else for 3.2 seconds" in card
    assert "client.py:23 in &lt;fetch&gt;" in card
    assert "4 times since the start" in card
    assert after.text.count("Blocked everything else") == 1
