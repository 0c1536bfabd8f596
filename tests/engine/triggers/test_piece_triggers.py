"""Triggers of a piece that is not ours: its webhook with its own signature, its poll, and what it is told
as flows come and go. The service behind it is a real server on the loopback."""

import asyncio
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from engine.base.actor import Actor
from engine.base.errors import NotFound
from engine.base.redaction import MASK
from engine.base.settings import Settings
from engine.instance import Switchyard
from pieces import AuthError, BearerToken, Context, Json, Piece, PieceError, Retry, WebhookRequest
from pieces._registry import Origin
from tests.engine.factories import Harness, Probe, compose, flow, registry, webhook
from tests.support.clock import ManualClock
from tests.support.waiting import DEADLINE, stored, until
from ui.app import intake_routes

SECRET = "tok_1234567890"


# -- the service, and a piece for it -------------------------------------------------------------------


@dataclass
class Shop:
    """Remembers who subscribed, and answers what the test says: a list of statuses to fail with first."""

    url: str = ""
    hooks: dict[str, str] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    failing: list[tuple[int, str]] = field(default_factory=list)
    orders: list[Json] = field(default_factory=list)
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    asked: int = 0

    async def answer(self, method: str, path: str, body: Json) -> tuple[int, str, Json]:
        if path == "/orders":
            self.asked += 1
            await self.hold.wait()
        else:
            self.log.append(f"{method} {path} {(body or {}).get('topic', '')}".strip())
        if self.failing:
            status, headers = self.failing.pop(0)
            return status, headers, {}
        if method == "POST":
            id = f"h{len(self.log)}"
            self.hooks[id] = body["url"]
            return 201, "", {"id": id}
        if method == "DELETE":
            return (204, "", None) if self.hooks.pop(path.rpartition("/")[2], None) else (404, "", {})
        return 200, "", self.orders

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, path, _ = head.split(" ", 2)
        size = next(
            (int(x.split(":")[1]) for x in head.split("\r\n") if x.lower().startswith("content-l")), 0
        )
        raw = await reader.readexactly(size)
        status, headers, body = await self.answer(method, path, json.loads(raw) if raw else None)
        content = b"" if body is None else json.dumps(body).encode()
        more = f"{headers}\r\nconnection: close" if headers else "connection: close"
        writer.write(
            f"HTTP/1.1 {status} X\r\n{more}\r\ncontent-length: {len(content)}\r\n\r\n".encode() + content
        )
        await writer.drain()
        writer.close()
        await writer.wait_closed()


def shop_piece(shop: Shop) -> Piece:
    piece = Piece("shop", base_url=shop.url, auth=BearerToken("Key"))

    @piece.webhook
    async def ordered(
        ctx: Context, request: WebhookRequest, topic: str = "all", dedupe: str = ""
    ) -> list[Json]:
        """Start for each order in a message."""
        body = request.body
        if "raise" in body:
            raise {
                "piece": PieceError(f"no such order ({ctx.auth['token']})", field="topic"),
                "retry": Retry("the stock is counted", after=body.get("after")),
                "bug": KeyError("oops"),
            }[body["raise"]]
        ctx.state["seen"] = ctx.state.get("seen", 0) + len(body["orders"])
        return [request.event()] if body.get("whole") else body["orders"]

    @ordered.on_verify
    async def signed(ctx: Context, request: WebhookRequest) -> None:
        mac = hmac.digest(ctx.auth.get("token", "").encode(), request.raw, "sha256").hex()
        if not ctx.auth or not hmac.compare_digest(mac, request.headers.get("x-shop-signature", "")):
            raise AuthError("the signature is wrong")

    @ordered.on_enable
    async def subscribe(ctx: Context, topic: str = "all", dedupe: str = "") -> None:
        answer = await ctx.http.post("/hooks", json={"url": ctx.webhook_url, "topic": topic})
        ctx.state["hook"] = answer.json()["id"]

    @ordered.on_disable
    async def unsubscribe(ctx: Context, topic: str = "all", dedupe: str = "") -> None:
        await ctx.http.delete(f"/hooks/{ctx.state.pop('hook')}")

    @piece.poll(every=3600)
    async def new_order(ctx: Context, since: int = 0) -> list[Json]:
        """Start for each new order; the first poll notes the place only."""
        orders = (await ctx.http.get("/orders")).json()
        first, last = "last" not in ctx.state, ctx.state.get("last", 0)
        ctx.state["last"] = max([last, *(order["id"] for order in orders)])
        return [] if first else [order for order in orders if order["id"] > last]

    return piece


# -- an instance with it -------------------------------------------------------------------------------


@dataclass(kw_only=True)
class World(Harness):
    shop: Shop

    async def orders(self, flow_id: str, *orders: Json, variant: str = "", **more: Any) -> httpx.Response:
        headers = more.pop("headers", {})
        raw = json.dumps({"orders": orders, **more}).encode()
        mac = hmac.digest(SECRET.encode(), raw, "sha256").hex()
        headers = {"content-type": "application/json", "x-shop-signature": mac, **headers}
        return await self.http.post(f"/webhooks/{flow_id}{variant}", content=raw, headers=headers)

    async def poll(self, flow_id: str) -> None:
        """The moment of a poll has come."""
        await self.sy.triggers._fire(flow_id, "new")

    async def status(self, flow_id: str) -> Any:
        (status,) = await self.sy.triggers.state(self.project, flow_id)
        return status

    async def error(self, flow_id: str) -> str:
        return (await self.status(flow_id)).error or ""

    async def runs_of(self, flow_id: str) -> list[Json]:
        page = await self.sy.runs.list(self.project, flow_id)
        found = [await self.ended(row.id) for row in page.data]
        return [run["trigger"]["event"]["body"] for run in reversed(found)]

    async def settled(self, flow_id: str) -> None:
        """The services know of all that happened to the flow."""
        await self.sy.triggers.sync(flow_id)

    async def hooked(self, **input: Json) -> str:
        id = await self.publish(hooking(**input))
        await self.settled(id)
        return id

    async def polling(self) -> str:
        id = await self.publish(polls())
        await self.settled(id)
        return id


@asynccontextmanager
async def world_at(data: Path, shop: Shop) -> AsyncIterator[World]:
    probe = Probe()
    found = registry(probe)
    found.add(shop_piece(shop), Origin("acme-shop", "1"))
    settings = Settings.from_env(
        {
            "SWITCHYARD_DATA_DIR": str(data), "SWITCHYARD_DURABILITY": "fast",
            "SWITCHYARD_PUBLIC_URL": "https://flows.example", "SWITCHYARD_EGRESS_ALLOW": "127.0.0.0/8",
        }
    )  # fmt: skip
    sy = Switchyard(settings, found)
    await sy.start()
    try:
        (project,) = await sy.access.projects.list(Actor.system())
        actor = Actor.system(project.id)
        if "shop" not in await sy.connections.names(project.id):
            await sy.connections.create(actor, "shop", "shop", {"token": SECRET})
        transport = httpx.ASGITransport(Starlette(routes=intake_routes(sy)))
        async with httpx.AsyncClient(transport=transport, base_url="http://t") as http:
            yield World(sy, actor, http, probe, shop=shop)
    finally:
        await sy.stop()


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    made = Shop()
    made.hold.set()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield made


@pytest.fixture
async def world(clock: ManualClock, tmp_path: Path, shop: Shop) -> AsyncIterator[World]:
    async with world_at(tmp_path, shop) as made:
        yield made


def hooking(value: Json = 1, **input: Json) -> Json:
    trigger = {"name": "ordered", "piece": "shop", "trigger": "ordered", "input": input, "connection": "shop"}
    settings = {"dedupe": input.pop("own")} if "own" in input else {}
    return flow(a=compose(value), triggers=[trigger], settings=settings)


def polls(value: Json = 1) -> Json:
    trigger = {"name": "new", "piece": "shop", "trigger": "new_order", "connection": "shop"}
    return flow(a=compose(value), triggers=[trigger])


# -- the intake ----------------------------------------------------------------------------------------


async def test_each_payload_of_a_request_is_one_run(world: World) -> None:
    id = await world.hooked()
    one = await world.orders(id, {"id": 1})
    assert (one.status_code, list(one.json())) == (202, ["run_id"])
    assert (await world.ended(one.json()["run_id"]))["status"] == "succeeded"
    several = await world.orders(id, {"id": 2}, {"id": 3})
    assert (several.status_code, len(several.json()["run_ids"])) == (202, 2)
    none = await world.orders(id)
    assert (none.status_code, none.json()) == (202, {"run_ids": []})
    assert sorted(order["id"] for order in await world.runs_of(id)) == [1, 2, 3]
    ((state,),) = await world.sql("SELECT state FROM trigger_states")
    assert json.loads(state) == {"hook": "h1", "seen": 3}


@pytest.mark.parametrize("variant", ["", "/sync", "/draft", "/draft/sync", "/test"])
async def test_a_request_that_the_piece_does_not_believe_starts_nothing(world: World, variant: str) -> None:
    id = await world.hooked()
    before = await world.rows()
    answer = await world.orders(id, {"id": 1}, variant=variant, headers={"x-shop-signature": "0"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "not_signed_in")
    assert (await world.rows())["runs"] == before["runs"] == 0


async def test_without_its_connection_a_piece_believes_nobody(world: World) -> None:
    id = await world.hooked()
    (connection,) = await world.sy.connections.list(world.project)
    await world.sy.connections.delete(world.actor, connection.id, force=True)
    assert (await world.orders(id, {"id": 1})).status_code == 401


@pytest.mark.parametrize(
    ("sent", "status", "after"),
    [
        ({"raise": "piece"}, 400, None),
        ({"raise": "retry"}, 503, "60"),
        ({"raise": "retry", "after": 2.5}, 503, "3"),
        ({"raise": "retry", "after": 31_536_000}, 503, "3600"),
        ({"raise": "bug"}, 500, None),
    ],
)
async def test_what_a_piece_raises_is_told_to_the_sender(
    world: World, sent: Json, status: int, after: str | None
) -> None:
    id = await world.hooked()
    answer = await world.orders(id, **sent)
    assert (answer.status_code, answer.headers.get("retry-after")) == (status, after)
    assert SECRET not in answer.text
    assert (await world.rows())["runs"] == 0


async def test_a_request_sent_twice_starts_each_of_its_runs_once(world: World) -> None:
    id = await world.hooked()
    headers = {"webhook-id": "msg_1"}
    first = await world.orders(id, {"id": 1}, {"id": 2}, headers=headers)
    again = await world.orders(id, {"id": 1}, {"id": 2}, headers=headers)
    assert len(set(first.json()["run_ids"])) == 2
    assert again.json() == first.json()
    own = await world.hooked(own="trigger.body.id")
    one = (await world.orders(own, {"id": 7})).json()
    assert (await world.orders(own, {"id": 7})).json() == {**one, "duplicate": True}


async def test_a_whole_request_passed_on_keeps_no_credentials(world: World) -> None:
    id = await world.hooked()
    headers = {"authorization": "Bearer x", "x-key": SECRET}
    run = await world.ended((await world.orders(id, whole=True, headers=headers)).json()["run_id"])
    event = run["trigger"]["event"]
    assert (event["method"], event["body"]) == ("POST", {"orders": [], "whole": True})
    assert SECRET not in str(event) and "Bearer x" not in str(event)


async def test_the_other_addresses_serve_a_piece_too(world: World) -> None:
    id = await world.hooked()
    sync = await world.orders(id, {"id": 1}, variant="/sync")
    assert (sync.status_code, sync.json()["status"]) == (200, "succeeded")
    test = await world.orders(id, {"id": 5}, variant="/test")
    assert test.status_code == 200
    samples = (await world.sy.flows.get(world.project, id)).definition["samples"]
    assert samples[test.json()["sample"]]["body"] == {"id": 5}
    draft = await world.orders(id, {"id": 6}, variant="/draft")
    assert (await world.ended(draft.json()["run_id"]))["environment"] == "test"
    ((state,),) = await world.sql("SELECT state FROM trigger_states")
    assert json.loads(state)["seen"] == 1, "what is tried out leaves no trace in the trigger's memory"


async def test_bytes_we_do_not_read_reach_the_piece_as_they_are(world: World) -> None:
    id = await world.hooked()
    answer = await world.orders(id, {"id": 1}, headers={"content-type": "application/x-shop"})
    assert answer.status_code == 500  # this one expects JSON; its signature was right
    broken = await world.http.post(
        f"/webhooks/{id}", content=b"{", headers={"content-type": "application/json"}
    )
    assert broken.status_code == 400


# -- on_enable and on_disable --------------------------------------------------------------------------


async def test_a_service_is_told_as_the_flow_comes_and_goes(world: World) -> None:
    shop = world.shop
    id = await world.hooked(topic="a")
    assert shop.hooks == {"h1": f"https://flows.example/webhooks/{id}"}
    await world.republish(id, hooking(2, topic="a"))
    await world.settled(id)
    assert shop.log == ["POST /hooks a"], "another step is nothing to the service"
    await world.republish(id, hooking(2, topic="b"))
    await world.settled(id)
    assert shop.log[1:] == ["DELETE /hooks/h1", "POST /hooks b"]
    await world.sy.flows.disable(world.actor, id)
    await world.settled(id)
    assert (shop.hooks, shop.log[3:]) == ({}, ["DELETE /hooks/h3"])
    assert not (await world.status(id)).armed
    await world.sy.flows.enable(world.actor, id)
    await world.settled(id)
    assert (await world.status(id)).armed
    await world.sy.flows.delete(world.actor, id)
    await world.settled(id)
    assert (shop.hooks, shop.log[4:]) == ({}, ["POST /hooks b", "DELETE /hooks/h5"])
    left = await world.rows()
    assert (left["armed_triggers"], left["trigger_states"]) == (0, 0)


async def tried_again(clock: ManualClock, *pauses: float) -> None:
    """What failed is tried again after so many seconds."""
    for pause in pauses:
        await until(lambda pause=pause: pause in clock.waiting)  # type: ignore[misc]
        clock.advance(pause)


async def test_a_service_that_fails_is_tried_again_and_shown_meanwhile(
    clock: ManualClock, world: World
) -> None:
    world.shop.failing = [(500, ""), (401, ""), (503, "")]
    id = await world.publish(hooking())
    await stored(world.sy.db, partial(world.error, id))
    status = await world.status(id)
    assert (status.name, status.armed) == ("ordered", False)
    assert "could not be armed" in status.error
    await tried_again(clock, 5, 10, 20)
    await until(lambda: world.shop.hooks)
    await world.settled(id)
    assert ((await world.status(id)).armed, await world.error(id)) == (True, "")
    assert len(world.shop.log) == 4


async def test_a_deleted_flow_is_unsubscribed_even_if_the_service_is_down_for_a_while(
    clock: ManualClock, world: World
) -> None:
    id = await world.hooked()
    world.shop.failing = [(503, ""), (503, "")]
    await world.sy.flows.delete(world.actor, id)
    await tried_again(clock, 5, 10)
    await until(lambda: not world.shop.hooks)
    await world.settled(id)
    assert (await world.rows())["armed_triggers"] == 0


async def test_a_hook_that_is_gone_at_the_service_holds_nothing_up(world: World) -> None:
    id = await world.hooked(topic="a")
    world.shop.hooks.clear()
    await world.republish(id, hooking(topic="b"))
    await world.settled(id)
    assert (await world.status(id)).armed
    assert len(world.shop.hooks) == 1


async def test_what_was_left_to_tell_is_told_after_a_restart(
    clock: ManualClock, tmp_path: Path, shop: Shop
) -> None:
    async with world_at(tmp_path, shop) as world:
        kept, id = await world.hooked(), await world.hooked()
        shop.failing = [(503, "")]
        await world.sy.flows.delete(world.actor, id)
        await world.settled(id)
    async with world_at(tmp_path, shop) as world:
        await until(lambda: len(shop.hooks) == 1)
        assert list(shop.hooks.values()) == [f"https://flows.example/webhooks/{kept}"]
        assert [line for line in shop.log if line.startswith("POST")] == ["POST /hooks all"] * 2


# -- polls ---------------------------------------------------------------------------------------------


async def test_a_poll_starts_runs_and_keeps_its_place_over_a_new_version(world: World) -> None:
    id = await world.polling()
    world.shop.orders = [{"id": 1}]
    await world.poll(id)
    assert await world.runs_of(id) == []
    world.shop.orders.append({"id": 2})
    await world.republish(id, polls(2))
    await world.settled(id)
    await world.poll(id)
    await world.poll(id)
    assert await world.runs_of(id) == [{"id": 2}]
    status = await world.status(id)
    assert (status.armed, status.error) == (True, None) and status.next_fire


async def test_a_poll_stores_no_secret_that_its_service_repeats(world: World) -> None:
    id = await world.polling()
    await world.poll(id)
    world.shop.orders = [{"id": 1, "key": SECRET, "next": f"https://shop.example/?key={SECRET}"}]
    await world.poll(id)
    shown = {"id": 1, "key": MASK, "next": f"https://shop.example/?key={MASK}"}
    assert await world.runs_of(id) == [shown]
    data = world.sy.settings.data_dir
    stored = b"".join(path.read_bytes() for path in data.iterdir() if path.name.startswith("switchyard.db"))
    assert SECRET.encode() not in stored


async def test_what_was_found_before_the_state_was_saved_runs_once(world: World) -> None:
    id = await world.polling()
    await world.poll(id)
    world.shop.orders = [{"id": 1}, {"id": 1}]
    ((state, fired),) = await world.sql("SELECT state, fired FROM trigger_states")
    await world.poll(id)
    # As if the process had ended between the runs and the state.
    await world.sy.db.submit(
        lambda tx: tx.execute("UPDATE trigger_states SET state = ?, fired = ?", (state, fired)) and None
    )
    await world.poll(id)
    assert await world.runs_of(id) == [{"id": 1}, {"id": 1}]


async def test_a_poll_that_fails_is_shown_and_waits_as_long_as_it_is_asked_to(
    clock: ManualClock, world: World
) -> None:
    id = await world.polling()
    world.shop.failing = [(429, "retry-after: 100")]
    await world.poll(id)
    assert "429" in await world.error(id)
    clock.advance(99)
    await world.poll(id)
    assert world.shop.asked == 1
    clock.advance(1)
    await world.poll(id)
    assert (world.shop.asked, await world.error(id)) == (2, "")


async def test_polls_of_one_trigger_do_not_overlap(world: World) -> None:
    id = await world.polling()
    world.shop.hold.clear()
    first = asyncio.create_task(world.poll(id))
    await until(lambda: world.shop.asked)
    await world.republish(id, polls(2))
    await world.settled(id)
    await world.poll(id)
    world.shop.hold.set()
    await first
    assert world.shop.asked == 1


async def test_a_poll_ends_with_its_flow(world: World) -> None:
    id = await world.polling()
    await world.poll(id)
    world.shop.orders = [{"id": 1}]
    world.shop.hold.clear()
    poll = asyncio.create_task(world.poll(id))
    await until(lambda: world.shop.asked == 2)
    await world.sy.flows.disable(world.actor, id)
    async with asyncio.timeout(DEADLINE):
        await poll
    world.shop.hold.set()
    assert (await world.rows())["runs"] == 0
    await world.sy.flows.enable(world.actor, id)
    await world.settled(id)
    await world.poll(id)
    assert await world.runs_of(id) == [{"id": 1}]


async def test_another_connection_begins_with_an_empty_memory(world: World) -> None:
    id = await world.polling()
    world.shop.orders = [{"id": 4}]
    await world.poll(id)
    await world.sy.connections.create(world.actor, "other", "shop", {"token": "tok_other_1"})
    changed = polls()
    changed["triggers"][0]["connection"] = "other"
    await world.republish(id, changed)
    await world.settled(id)
    world.shop.orders.append({"id": 5})
    await world.poll(id)
    assert await world.runs_of(id) == [], "the first poll notes the place only"


async def test_the_state_of_triggers_is_the_projects_own(world: World) -> None:
    id = await world.publish(flow(a=compose(1), triggers=[webhook()]))
    assert [(s.name, s.armed) for s in await world.sy.triggers.state(world.project, id)] == [
        ("webhook", True)
    ]
    with pytest.raises(NotFound):
        await world.sy.triggers.state("prj_other", id)
    assert await world.sy.triggers.state(world.project, "flw_none") == []
