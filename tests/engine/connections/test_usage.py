"""What runs learn about connections is shown with them, and raises an event when it is news."""

import json
from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from engine.events.audit_log import narrowed
from tests.conftest import Instance, Serve
from tests.support.clock import ManualClock
from tests.support.receiver import Receiver, receiving
from tests.support.waiting import stored


@pytest.fixture
async def service() -> AsyncIterator[Receiver]:
    async with receiving() as made:
        yield made


@pytest.fixture
async def place(serve: Serve, tmp_path: Path, clock: ManualClock) -> AsyncIterator[Instance]:
    async with serve(tmp_path, egress_allow=(ip_network("127.0.0.0/8"),)) as made:
        yield made


async def asking(place: Instance, service: Receiver) -> str:
    """A published flow whose step asks the service with a connection."""
    fields = {"kind": "bearer", "secret": "secret-of-ours", "hosts": f"127.0.0.1:{service.port}"}
    await place.api("POST", "/connections", {"name": "api", "piece": "http", "fields": fields}, 201)
    ask = {"type": "action", "piece": "http", "action": "request", "connection": "api",
           "input": {"method": "GET", "url": service.url}}  # fmt: skip
    trigger = {"name": "webhook", "piece": "webhook", "trigger": "catch",
               "input": {"verify": {"scheme": "none"}}}  # fmt: skip
    flow = {"format": 1, "name": "Ask", "triggers": [trigger], "start": "ask", "steps": {"ask": ask}}
    return str((await place.publish(flow))["id"])


async def run(place: Instance, flow_id: str) -> dict[str, Any]:
    return dict(await place.ended((await place.send(flow_id, {})).json()["run_id"]))


async def state(place: Instance) -> tuple[str, str | None, str | None]:
    (one,) = (await place.api("GET", "/connections"))["data"]
    return one["status"], one["error"], one["last_used"]


async def news(place: Instance) -> list[str]:
    actions = ["connection.failing", "connection.recovered"]
    found = (await place.sy.audit.list(narrowed(place.project.id, actions=actions))).data
    return [json.loads(one)["action"] for one in reversed(found)]


async def test_a_refusal_shows_at_once_and_the_next_success_recovers(
    place: Instance, service: Receiver, clock: ManualClock
) -> None:
    flow_id = await asking(place, service)
    assert await state(place) == ("unchecked", None, None)
    assert (await run(place, flow_id))["status"] == "succeeded"
    clock.advance(11)
    await stored(place.sy.db, lambda: _is(place, "works"))
    status, error, used = await state(place)
    assert (status, error, used) == ("works", None, "2026-03-03T10:15:30.000Z")

    service.behave = "401"
    assert (await run(place, flow_id))["error"]["kind"] == "auth_error"
    await stored(place.sy.db, lambda: _is(place, "failing"))
    status, error, used = await state(place)
    assert status == "failing" and "401" in str(error) and used == "2026-03-03T10:15:30.000Z"
    await run(place, flow_id)
    service.behave = "ok"
    assert (await run(place, flow_id))["status"] == "succeeded"
    await stored(place.sy.db, lambda: _is(place, "works"))
    assert await news(place) == ["connection.failing", "connection.recovered"]


async def _is(place: Instance, status: str) -> bool:
    return (await state(place))[0] == status


async def test_other_failures_say_nothing_about_a_connection(place: Instance, service: Receiver) -> None:
    flow_id = await asking(place, service)
    service.behave = "404"
    assert (await run(place, flow_id))["status"] == "failed"
    place.sy.connections.usage.flush()
    assert await state(place) == ("unchecked", None, None)


async def test_a_connection_that_was_changed_since_is_not_blamed(
    place: Instance, service: Receiver, clock: ManualClock
) -> None:
    await asking(place, service)
    place.sy.connections.usage.note(place.project.id, "api", None)
    clock.advance(5)
    (one,) = (await place.api("GET", "/connections"))["data"]
    fields = {"secret": "another"}
    await place.api("PATCH", f"/connections/{one['id']}", {"fields": fields})
    clock.advance(6)
    place.sy.connections.usage.flush()
    assert await state(place) == ("unchecked", None, None)
    place.sy.connections.usage.note(place.project.id, "gone", "refused")  # it was deleted meanwhile
    assert await state(place) == ("unchecked", None, None)
