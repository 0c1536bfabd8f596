"""A receiver that hangs takes no places of those who ask others."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from engine.runs.targets import Place, Targets
from tests.engine.conftest import Opened
from tests.engine.factories import Harness, action, flow, probe
from tests.support.waiting import turns, until


@dataclass
class Receiver:
    """Answers once it is let go."""

    port: int = 0
    asked: int = 0
    at_once: int = 0
    most: int = 0
    go: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                self.asked += 1
                self.at_once += 1
                self.most = max(self.most, self.at_once)
                await self.go.wait()
                self.at_once -= 1
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@pytest.fixture
async def hanging() -> AsyncIterator[Receiver]:
    made = Receiver()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made
        made.go.set()


@pytest.fixture
async def quick() -> AsyncIterator[Receiver]:
    made = Receiver()
    made.go.set()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made


class Places:
    """The places of one project, of which `half` are half."""

    def __init__(self, half: int, running: int = 0) -> None:
        self.half, self.running = half, running
        self.freed: list[Callable[[str], None]] = []

    def is_crowded(self, _project_id: str, more: int = 0) -> bool:
        return self.running + more > self.half or not self.half

    def when_freed(self, call: Callable[[str], None]) -> None:
        self.freed.append(call)

    def leave(self) -> None:
        self.running -= 1
        for call in self.freed:
            call("prj")

    def come_back(self) -> None:
        self.running += 1


def asks(receiver: Receiver, **settings: Any) -> Any:
    url = f"http://127.0.0.1:{receiver.port}/"
    return flow(settings=settings, a=action("http", "request", input={"url": url, "method": "GET"}))


async def project(place: Harness, name: str) -> Harness:
    made = await place.sy.access.projects.create(place.actor, name)
    return Harness(place.sy, place.actor.within(made.id, None), place.http, place.probe)


async def start_many(place: Harness, flow_id: str, count: int) -> list[str]:
    return list(await asyncio.gather(*(place.start(flow_id, n) for n in range(count))))


async def test_a_receiver_that_hangs_stops_neither_its_project_nor_others(
    open_place: Opened, hanging: Receiver, quick: Receiver
) -> None:
    """It took all 50 places of its project, and two such projects took all 100: 21 seconds and more."""
    async with open_place() as one:
        two, bystander = await project(one, "Two"), await project(one, "Three")
        for place in (one, two):
            for _ in range(4):
                await start_many(place, await place.publish(asks(hanging)), 30)
        await until(lambda: hanging.asked >= 50)
        for place in (one, two, bystander):
            for definition in (flow(a=probe(1)), asks(quick)):
                run_id = await place.start(await place.publish(definition))
                assert (await place.ended(run_id))["status"] == "succeeded"
        assert one.sy.scheduler.running <= 60
        hanging.go.set()
        await until(lambda: hanging.asked == 240)
        await until(lambda: one.sy.scheduler.running == 0)
        assert not one.sy.piece_contexts.targets._projects, "a host that is not asked leaves nothing behind"


async def test_a_host_gets_more_while_places_are_free(open_place: Opened, hanging: Receiver) -> None:
    async with open_place() as place:
        runs = await start_many(place, await place.publish(asks(hanging, concurrency=24)), 24)
        await until(lambda: hanging.at_once == 24)
        hanging.go.set()
        for run_id in runs:
            assert (await place.ended(run_id))["status"] == "succeeded"


async def test_a_run_that_waits_for_its_turn_can_be_canceled_and_leaves_nothing(
    open_place: Opened, hanging: Receiver
) -> None:
    async with open_place(project_concurrency=4, host_concurrency=1) as place:
        flow_id = await place.publish(asks(hanging))
        runs = await start_many(place, flow_id, 6)
        await until(lambda: hanging.asked == 2)
        await place.quiet()
        for run_id in runs:
            await place.sy.runs.cancel(place.actor, run_id)
        await until(lambda: place.sy.scheduler.running == 0)
        assert not place.sy.piece_contexts.targets._projects
        hanging.go.set()
        assert (await place.ended(await place.start(flow_id)))["status"] == "succeeded"


async def test_the_flows_own_limit_counts_those_that_wait_for_their_turn(
    open_place: Opened, hanging: Receiver
) -> None:
    async with open_place(project_concurrency=4, host_concurrency=1) as place:
        await start_many(place, await place.publish(asks(hanging)), 3)
        limited = await place.publish(asks(hanging, concurrency=1))
        await start_many(place, limited, 5)
        await place.quiet()
        lane = place.sy.scheduler._lanes[limited]
        assert (lane.running, len(lane.window)) == (1, 4)
        hanging.go.set()
        await until(lambda: hanging.asked == 8)


async def test_runs_of_one_order_key_stay_in_order_while_others_pass(
    open_place: Opened, hanging: Receiver
) -> None:
    async with open_place(project_concurrency=4, host_concurrency=1) as place:
        await start_many(place, await place.publish(asks(hanging)), 4)
        ordered = {**asks(hanging), "settings": {"order_key": "trigger.body.key"}}
        flow_id = await place.publish(ordered)
        runs = [await place.start(flow_id, {"key": "k", "n": n}) for n in range(5)]
        await place.quiet()
        other = await place.ended(await place.start(await place.publish(flow(a=probe(1)))))
        assert other["status"] == "succeeded"
        hanging.go.set()
        ended = [await place.ended(run_id) for run_id in runs]
        assert [run["started"] for run in ended] == sorted(run["started"] for run in ended)
        assert [run["finished"] for run in ended] == sorted(run["finished"] for run in ended)


async def test_those_who_wait_are_let_in_in_turn_and_one_that_gives_up_is_passed_over() -> None:
    targets, told = Targets(1, Places(half=0)), list[str]()
    place = Place(lambda: told.append("left"), lambda: told.append("back"))
    order = list[int]()

    async def visit(number: int) -> None:
        await targets.enter("prj", "host", place if number == 1 else None)
        order.append(number)

    await visit(0)
    waiting = [asyncio.ensure_future(visit(number)) for number in range(1, 4)]
    await turns(3)
    assert (order, told) == ([0], ["left"])
    waiting[1].cancel()
    await turns(3)
    for _ in range(2):
        targets.leave("prj", "host")
        await turns(3)
    assert (order, told) == ([0, 1, 3], ["left", "back"])
    targets.leave("prj", "host")
    assert not targets._projects


async def test_one_that_gives_up_just_as_its_turn_comes_passes_it_on() -> None:
    targets = Targets(1, Places(half=0))
    await targets.enter("prj", "host", None)
    first, second = (asyncio.ensure_future(targets.enter("prj", "host", None)) for _ in range(2))
    await turns(3)
    targets.leave("prj", "host")
    first.cancel()
    await turns(3)
    assert second.done() and first.cancelled()


async def test_places_that_become_free_let_more_in_though_nobody_leaves_the_host() -> None:
    """Four come at the same moment: all but the first find the project crowded and step aside."""
    places = Places(half=2, running=4)
    targets = Targets(1, places)
    four = [
        asyncio.ensure_future(targets.enter("prj", "host", Place(places.leave, places.come_back)))
        for _ in range(4)
    ]
    await turns(5)
    assert ([one.done() for one in four], places.running) == ([True, True, False, False], 2)
    places.leave()  # the run of the first ends, which asks the host no more
    targets.leave("prj", "host")
    await turns(5)
    assert ([one.done() for one in four], places.running) == ([True, True, True, False], 2)
    for one in four:
        one.cancel()
