"""A disk that fills up and is freed under a whole instance: events are refused in time, people get in, and
what was accepted is there."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from engine.base.actor import Role
from tests.conftest import OURS, PASSWORD, Instance, serve
from tests.support.small_disk import SmallDisk, small_disk
from tests.support.waiting import polled_async

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.sqlite]

CATCH = {"name": "webhook", "piece": "webhook", "trigger": "catch", "input": {"verify": {"scheme": "none"}}}
STEPS = {"a": {"type": "action", "piece": "data", "action": "compose", "input": {"value": 1}, "next": None}}
FLOW = {"format": 1, "name": "Any", "triggers": [CATCH], "start": "a", "steps": STEPS}


@pytest_asyncio.fixture(loop_scope="module")
async def disk(tmp_path: Path) -> AsyncIterator[SmallDisk]:
    with small_disk(tmp_path / "disk") as made:
        if made is None:
            pytest.skip("only root may mount a small disk")
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def instance(disk: SmallDisk) -> AsyncIterator[Instance]:
    async with serve(disk.folder) as made:
        yield made
        disk.clear()


async def ready(instance: Instance) -> httpx.Response:
    return await instance.http.get("/readyz")


async def told(instance: Instance, full: bool) -> bool:
    """Whether the instance knows, without being asked to look."""
    return (instance.sy.db.files.problem is not None) == full


async def sign_in(instance: Instance, email: str) -> httpx.Response:
    form = {"email": email, "password": PASSWORD}
    answer = await instance.http.post("/sign-in", data=form, headers=OURS)
    instance.http.cookies.clear()
    return answer


async def test_a_full_disk_refuses_events_and_lets_people_in(instance: Instance, disk: SmallDisk) -> None:
    flow = await instance.publish(FLOW)
    cookie = {"Cookie": f"switchyard_session={await instance.cookie_of('ann@example.com', Role.editor)}"}
    assert (await ready(instance)).text == "ready"
    accepted = [(await instance.send(flow["id"], {"n": n})).json()["run_id"] for n in range(5)]
    disk.fill()

    answer = await ready(instance)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert "The disk is full" in answer.json()["error"]["message"]
    for variant in ("", "/sync", "/test", "/draft"):
        refused = await instance.send(flow["id"], {"n": 6}, variant)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "30"), variant
        assert "disk is full" in refused.json()["error"]["message"]

    assert (await sign_in(instance, "ann@example.com")).status_code == 303
    wrong = await instance.http.post(
        "/sign-in", data={"email": "ann@example.com", "password": "no"}, headers=OURS
    )
    assert wrong.status_code == 422 and "disk is full" in wrong.text
    for path in ("/projects", f"/p/{instance.project.id}/flows", f"/p/{instance.project.id}/runs"):
        page = await instance.http.get(path, headers=cookie)
        assert page.status_code == 200 and 'role="alert"' in page.text and "disk is full" in page.text, path
    assert (await instance.http.get("/healthz")).status_code == 200
    assert (await instance.api("GET", "/runs"))["data"]

    listed = await instance.api("GET", "/rejected")
    assert listed["data"] == []  # the reserve is for what was accepted

    disk.clear()
    assert (await ready(instance)).text == "ready"
    accepted.append((await instance.send(flow["id"], {"n": 7})).json()["run_id"])
    page = await instance.http.get(f"/p/{instance.project.id}/flows", headers=cookie)
    assert "disk is full" not in page.text
    for run_id in accepted:
        assert (await instance.ended(run_id))["status"] == "succeeded"
    assert (await instance.rows())["runs"] == len(accepted)


async def test_a_disk_that_events_fill_loses_none_that_was_accepted(
    instance: Instance, disk: SmallDisk
) -> None:
    """Without a word from outside: the event that does not fit is refused, and none after it is lost."""
    flow = await instance.publish(FLOW)
    disk.fill(leave=3_000_000)
    accepted: list[str] = []
    refused: list[httpx.Response] = []

    async def send(number: int) -> None:
        answer = await instance.send(flow["id"], {"n": number, "more": "x" * 20_000})
        if answer.status_code == 202:
            accepted.append(answer.json()["run_id"])
        else:
            refused.append(answer)

    for first in range(0, 400, 10):
        await asyncio.gather(*(send(n) for n in range(first, first + 10)))
    assert accepted and refused
    assert {answer.status_code for answer in refused} == {503}
    assert {answer.headers["retry-after"] for answer in refused} == {"30"}
    disk.clear()
    assert (await ready(instance)).status_code == 200
    for run_id in accepted:
        assert (await instance.ended(run_id))["status"] == "succeeded"
    assert (await instance.rows())["runs"] == len(accepted)


async def test_a_running_server_notices_by_itself(instance: Instance, disk: SmallDisk) -> None:
    """Nobody asks `/readyz`, and nothing is written."""
    flow = await instance.publish(FLOW)
    disk.fill()
    await polled_async(lambda: told(instance, True))
    assert (await instance.send(flow["id"], 1)).status_code == 503
    disk.clear()
    await polled_async(lambda: told(instance, False))
    assert (await instance.send(flow["id"], 1)).status_code == 202


async def test_an_instance_starts_on_a_full_disk(disk: SmallDisk) -> None:
    async with serve(disk.folder) as first:
        flow: Any = await first.publish(FLOW)
        await first.cookie_of("ann@example.com", Role.editor)
    disk.fill()
    async with serve(disk.folder) as again:
        assert (await ready(again)).status_code == 503
        assert (await again.send(flow["id"], 1)).status_code == 503
        assert (await sign_in(again, "ann@example.com")).status_code == 303
        disk.clear()
        assert (await ready(again)).status_code == 200
        assert (await again.send(flow["id"], 1)).status_code == 202
