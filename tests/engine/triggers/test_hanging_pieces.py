"""A piece that hangs, wherever it is asked, holds up nothing but itself."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
from starlette.applications import Starlette

from engine.base.actor import Actor
from engine.base.settings import Settings
from engine.instance import Switchyard
from pieces import (
    BearerToken,
    Context,
    Dropdown,
    Feed,
    Json,
    Option,
    Piece,
    Schedule,
    WebhookRequest,
)
from tests.engine.factories import Harness, Probe, compose, flow, probe, registry
from tests.support.clock import ManualClock
from tests.support.waiting import stored, until
from ui.app import intake_routes


@dataclass
class Sloth:
    """A piece whose functions hang while they are named in `hangs`; `stubborn`: whoever cancels them."""

    stubborn: bool
    hangs: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def pass_by(self, what: str) -> None:
        self.asked.append(what)
        while what in self.hangs and not self.released.is_set():
            try:
                await self.released.wait()
            except asyncio.CancelledError:
                if not self.stubborn:
                    raise

    def times(self, what: str) -> int:
        return self.asked.count(what)

    def hang(self, *what: str) -> None:
        """Let these hang from now on, and those that hang go."""
        self.released.set()
        self.hangs, self.released = {*what}, asyncio.Event()


def sloth_piece(sloth: Sloth) -> Piece:
    piece = Piece("sloth", auth=BearerToken(optional=True), summary="Takes its time")

    @piece.schedule
    async def times(ctx: Context) -> Schedule:
        await sloth.pass_by("schedule")
        return Schedule(every=60)

    @piece.feed
    async def news(ctx: Context) -> Feed:
        await sloth.pass_by("feed")
        return Feed(events=("flow.run.failed",))

    @piece.webhook
    async def caught(ctx: Context, request: WebhookRequest) -> list[Json]:
        await sloth.pass_by("webhook")
        return [request.body]

    @piece.poll(every=3600)
    async def looked(ctx: Context) -> list[Json]:
        return []

    @piece.webhook
    async def subscribed(ctx: Context, request: WebhookRequest) -> list[Json]:
        return [request.body]

    @subscribed.on_enable
    async def enable(ctx: Context) -> None:
        await sloth.pass_by("enable")

    @subscribed.on_disable
    async def disable(ctx: Context) -> None:
        await sloth.pass_by("disable")

    async def names(ctx: Context) -> list[Option]:
        await sloth.pass_by("options")
        return []

    @piece.action
    async def choose(ctx: Context, name: Annotated[str, Dropdown(names)] = "") -> Json:
        """Do nothing."""
        return name

    @piece.verify
    async def verify(ctx: Context) -> None:
        await sloth.pass_by("verify")

    return piece


@asynccontextmanager
async def world_at(data: Path, sloth: Sloth, clock: ManualClock) -> AsyncIterator[Harness]:
    effects = Probe()
    found = registry(effects)
    found.pieces["sloth"] = sloth_piece(sloth)
    sy = Switchyard(Settings(data_dir=data, durability="fast"), found)
    await clock.drive(sy.start(), step=0.5)
    try:
        (project,) = await sy.access.projects.list(Actor.system())
        transport = httpx.ASGITransport(Starlette(routes=intake_routes(sy)))
        async with httpx.AsyncClient(transport=transport, base_url="http://t") as http:
            yield Harness(sy, Actor.system(project.id), http, effects)
    finally:
        sloth.hang()
        await sy.stop()


World = Callable[[], AbstractAsyncContextManager[Harness]]


@pytest.fixture(params=[False, True], ids=["hangs", "does not let itself be canceled"])
def sloth(request: pytest.FixtureRequest) -> Sloth:
    return Sloth(request.param)


@pytest.fixture
def world(tmp_path: Path, sloth: Sloth, clock: ManualClock) -> World:
    return partial(world_at, tmp_path, sloth, clock)


def sloth_trigger(trigger: str, name: str = "slow", **more: Any) -> Any:
    return {"name": name, "piece": "sloth", "trigger": trigger, "input": {}, **more}


TICK = {
    "name": "tick", "piece": "schedule", "trigger": "every", "input": {"interval": 60, "unit": "seconds"},
}  # fmt: skip
NEWS = {"name": "news", "piece": "topic", "trigger": "subscribe", "input": {"topic": "orders"}}


async def error_of(place: Harness, flow_id: str, name: str = "slow") -> str:
    found = await place.sy.triggers.state(place.project, flow_id)
    return next(one.error for one in found if one.name == name) or ""


async def test_a_schedule_that_hangs_keeps_no_other_flow_from_being_armed(
    clock: ManualClock, world: World, sloth: Sloth
) -> None:
    async with world() as place:
        sloth.hang("schedule")
        slow = await place.publish(flow(triggers=[sloth_trigger("times")], a=compose(1)))
        await until(lambda: sloth.times("schedule"))
        other = await place.publish(flow(triggers=[TICK], a=probe(1)))
        await until(lambda: place.sy.triggers.timers.ids() == {f"{other}:tick"})
        clock.advance(60)
        await place.probe.called(1)
        assert "did not answer within 10 seconds" in await stored(place.sy.db, partial(error_of, place, slow))
        sloth.hang()
        await until(lambda: 60 in clock.waiting)
        clock.advance(60)  # it is asked again
        await until(lambda: f"{slow}:slow" in place.sy.triggers.timers.ids())


async def test_a_schedule_that_hangs_is_disabled_all_the_same(world: World, sloth: Sloth) -> None:
    async with world() as place:
        slow = await place.publish(flow(triggers=[TICK, sloth_trigger("times")], a=compose(1)))
        await until(lambda: place.sy.triggers.timers.ids() == {f"{slow}:tick", f"{slow}:slow"})
        sloth.hang("schedule")
        asked = sloth.times("schedule")
        await place.republish(slow, flow(triggers=[TICK, sloth_trigger("times")], a=compose(2)))
        await until(lambda: sloth.times("schedule") > asked)
        await place.sy.flows.disable(place.actor, slow)
        await until(lambda: place.sy.triggers.timers.ids() == set())


async def test_a_feed_that_hangs_keeps_no_message_from_other_flows(
    clock: ManualClock, world: World, sloth: Sloth
) -> None:
    async with world() as place:
        sloth.hang("feed")
        # Publishing waits for a second, at most, that what was published counts for the next message.
        publishing = place.publish(flow(triggers=[sloth_trigger("news")], a=compose(1)))
        slow = await clock.drive(publishing, db=place.sy.db)
        await place.publish(flow(triggers=[NEWS], a=probe("{{ trigger.body }}")))
        await place.sy.topics.publish(place.project, "orders", 1, source="api:test")
        await place.probe.called(1)
        clock.advance(10)
        assert "did not answer" in await stored(place.sy.db, partial(error_of, place, slow))


@pytest.mark.parametrize("what", ["schedule", "feed", "enable"])
async def test_a_piece_that_hangs_does_not_hinder_the_next_start(
    clock: ManualClock, world: World, sloth: Sloth, what: str
) -> None:
    trigger = {"schedule": "times", "feed": "news", "enable": "subscribed"}[what]
    async with world() as place:
        await place.publish(flow(triggers=[sloth_trigger(trigger)], a=compose(1)))
        other = await place.publish(flow(triggers=[TICK, NEWS], a=probe("{{ trigger.name }}")))
        await place.quiet()
        await place.sql("UPDATE armed_triggers SET armed = FALSE")
    sloth.hang(what)
    async with world() as place:
        assert await place.sy.ready()
        assert sloth.times(what) >= 2, "the piece was asked, and hangs"
        assert f"{other}:tick" in place.sy.triggers.timers.ids()
        await place.sy.topics.publish(place.project, "orders", 1, source="api:test")
        await place.probe.called(1)
        clock.advance(60)
        await until(lambda: {*place.probe.values} == {"news", "tick"})


async def test_what_happens_while_a_feed_hangs_at_the_start_is_read_later(
    clock: ManualClock, world: World, sloth: Sloth
) -> None:
    listens = flow(triggers=[sloth_trigger("news")], a=probe("{{ to_json(trigger.body) }}"))
    async with world() as place:
        await place.publish(listens)
        bad = await place.publish(flow(a=compose("{{ sum(trigger.body) }}")))
        await place.quiet()
    sloth.hang("feed")
    async with world() as place:
        failed = await place.start(bad, "x")
        await place.ended(failed)
        clock.advance(10)  # the piece is given up
        await until(lambda: 60 in clock.waiting)
        sloth.hang()
        clock.advance(60)  # and asked again
        await clock.drive(place.probe.called(1), db=place.sy.db)
        (event,) = place.probe.values
        assert failed in str(event)


async def test_a_service_that_hangs_as_it_is_told_holds_up_its_own_trigger_only(
    clock: ManualClock, world: World, sloth: Sloth
) -> None:
    async with world() as place:
        sloth.hang("enable")
        both = [sloth_trigger("subscribed"), sloth_trigger("looked", "quick")]
        slow = await place.publish(flow(triggers=both, a=compose(1)))
        await until(lambda: sloth.times("enable"))
        subscriptions = place.sy.triggers.subscriptions
        await until(lambda: (row := subscriptions.row(slow, "quick")) is not None and row.armed)
        clock.advance(60)
        assert "did not answer within 60 seconds" in await stored(place.sy.db, partial(error_of, place, slow))
        sloth.hang()
        await until(lambda: 5 in clock.waiting)
        clock.advance(5)
        await until(lambda: (row := subscriptions.row(slow, "slow")) is not None and row.armed)


async def test_a_webhook_function_that_hangs_is_answered_for(
    clock: ManualClock, world: World, sloth: Sloth
) -> None:
    async with world() as place:
        slow = await place.publish(flow(triggers=[sloth_trigger("caught")], a=compose(1)))
        sloth.hang("webhook")
        sending = asyncio.ensure_future(place.post(slow, {"a": 1}))
        await until(lambda: sloth.times("webhook"))
        other = await place.run(flow(a=compose(1)))
        assert other["status"] == "succeeded"
        clock.advance(30)
        answer = await sending
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
        assert "sloth.caught did not answer within 30 seconds" in answer.json()["error"]["message"]


async def test_a_test_of_a_connection_that_hangs_ends(clock: ManualClock, world: World, sloth: Sloth) -> None:
    async with world() as place:
        made = await place.sy.connections.create(place.actor, "sloth", "sloth", {"token": "t"})
        sloth.hang("verify")
        testing = place.sy.connections.test(place.actor, made.id)
        works, message = await clock.drive(testing, step=1, db=place.sy.db)
        assert not works
        assert "did not answer within" in message
