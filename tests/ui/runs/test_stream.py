"""The streams, driven as generators: httpx's transport would buffer them whole."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.requests import Request

from engine.access import COOKIE
from engine.access.users import get_user
from engine.base.actor import Actor, Role
from engine.base.pubsub import Live
from tests.engine.conftest import opened
from tests.engine.factories import flow, probe
from tests.support.waiting import DEADLINE, idle, polled_async, quiet
from ui.editor import capture
from ui.runs import run as one
from ui.runs import views
from ui.runs.stream import still_allowed, until, while_allowed

COMPOSE = {"type": "action", "piece": "data", "action": "compose", "input": {"value": 1}, "next": None}


async def a_run(switchyard: Any, step: dict[str, Any]) -> dict[str, Any]:
    actor = Actor.system()
    project = (await switchyard.access.projects.list(actor))[0]
    actor = actor.within(project.id, None)
    trigger = {
        "name": "webhook",
        "piece": "webhook",
        "trigger": "catch",
        "input": {"verify": {"scheme": "none"}},
    }
    definition = {"format": 1, "name": "x", "triggers": [trigger], "start": "a", "steps": {"a": step}}
    made = await switchyard.flows.create(actor, definition)
    run_id = await switchyard.runs.test(actor, made.id, {"body": {}})
    run: dict[str, Any] = await switchyard.runs.get(project.id, run_id)
    return run


async def test_a_stream_ends_with_the_run_and_its_last_picture_shows_the_end(switchyard: Any) -> None:
    run = await a_run(switchyard, COMPOSE)
    async with asyncio.timeout(DEADLINE):
        frames = [frame async for frame in one.follow(switchyard, run, f"/p/{run['project_id']}")]
    assert frames[-1] == b"event: done\ndata: \n\n"
    last = frames[-2].decode()
    assert 'hx-target="#drawing"' in last and 'hx-target="#steps"' in last
    assert 'data-status="succeeded"' in last and "Going on" not in last
    assert all(line.startswith("data: ") for line in last.splitlines() if line)


async def test_a_test_page_gets_its_own_blocks(switchyard: Any) -> None:
    run = await a_run(switchyard, COMPOSE)
    async with asyncio.timeout(DEADLINE):
        frames = [f async for f in one.follow(switchyard, run, "/p/x", in_test=True)]
    assert b'hx-target="#outcome"' in frames[-2] and b'hx-target="#steps"' not in frames[-2]


async def test_a_stream_that_is_left_stops_watching(switchyard: Any) -> None:
    wait = COMPOSE | {"piece": "delay", "action": "delay_for", "input": {"amount": 1, "unit": "hours"}}
    run = await a_run(switchyard, wait)
    stream = one.follow(switchyard, run, "/p/x")
    await anext(stream)
    assert switchyard.live.watched(f"run:{run['id']}")
    await stream.aclose()
    assert not switchyard.live.watched(f"run:{run['id']}")


async def test_a_list_hears_of_runs_of_its_project_only() -> None:
    live = Live()
    stream = views.news(live, "prj_1")
    assert await anext(stream) == b"event: runs\ndata: \n\n"
    assert live.watched("project:prj_1")
    heard = asyncio.ensure_future(anext(stream))
    await idle()
    live.publish("project:prj_2", {"type": "run"})
    await idle()
    assert not heard.done()
    live.publish("project:prj_1", {"type": "run"})
    assert await heard == b"event: runs\ndata: \n\n"
    await stream.aclose()
    assert not live.watched("project:prj_1")


async def test_a_list_that_is_left_while_it_waits_stops_watching() -> None:
    live = Live()
    stream = views.news(live, "prj_1")
    await anext(stream)
    waiting = asyncio.ensure_future(anext(stream))
    await idle()
    waiting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await waiting
    await stream.aclose()
    assert not live.watched("project:prj_1")


async def test_a_step_at_work_is_shown_to_who_comes_late(tmp_path: Path) -> None:
    async with opened(tmp_path / "data") as place:
        go = place.probe.hold()
        flow_id = await place.publish(flow(a=probe(1)))
        run_id = await place.start(flow_id, {})
        await place.probe.called(1)
        stream = one.follow(place.sy, await place.get(run_id), f"/p/{place.project}")
        first = (await anext(stream)).decode()
        assert 'id="at-a" data-status="running"' in first and "at work" in first
        go.set()
        async with asyncio.timeout(DEADLINE):
            rest = [frame.decode() async for frame in stream]
        assert 'id="at-a" data-status="succeeded"' in rest[-2]


async def test_a_captured_request_is_shown_at_once(switchyard: Any) -> None:
    run = await a_run(switchyard, COMPOSE)
    flow_id, project = run["flow_id"], run["project_id"]
    stream = capture.caught(switchyard, project, flow_id, "", True)
    assert b"Waiting for a request" in await anext(stream)
    await switchyard.intake.capture_sample(project, flow_id, "person <new>", {"body": 1, "raw": "left out"})
    async with asyncio.timeout(DEADLINE):
        told = (await anext(stream)).decode()
    assert 'hx-target="#captured"' in told and "Received" in told
    assert "person &lt;new&gt;" in told and "<new>" not in told
    await stream.aclose()
    assert not switchyard.live.watched(f"flow:{flow_id}")


async def test_a_stream_hears_of_its_own_flow_only(switchyard: Any) -> None:
    first, second = [await a_run(switchyard, COMPOSE) for _ in range(2)]
    stream = capture.caught(switchyard, first["project_id"], first["flow_id"], "", False)
    await anext(stream)
    heard = asyncio.ensure_future(anext(stream))
    await switchyard.intake.capture_sample(second["project_id"], second["flow_id"], "other", {"body": 1})
    await quiet(switchyard.db)
    assert not heard.done()
    await switchyard.intake.capture_sample(first["project_id"], first["flow_id"], "mine", {"body": 1})
    assert b"mine" in await asyncio.wait_for(heard, DEADLINE)
    await stream.aclose()


async def test_a_stream_ends_when_its_reader_may_not_read_any_more() -> None:
    asked, closed = 0, False

    async def source() -> AsyncGenerator[bytes, None]:
        nonlocal closed
        try:
            while True:
                yield b"x"
        finally:
            closed = True

    async def allowed() -> bool:
        nonlocal asked
        asked += 1
        return asked < 3

    given = [frame async for frame in while_allowed(allowed, source(), seconds=0)]
    assert (given, asked, closed) == ([b"x", b"x"], 3, True)


async def test_within_the_time_nobody_is_asked() -> None:
    async def source() -> AsyncGenerator[bytes, None]:
        for _ in range(5):
            yield b"x"

    async def never() -> bool:
        raise AssertionError("asked too early")

    assert len([frame async for frame in while_allowed(never, source(), seconds=60)]) == 5


async def test_a_reader_with_another_role_or_none_may_not_read_on(switchyard: Any) -> None:
    system = Actor.system()
    project = (await switchyard.access.projects.list(system))[0]
    system = system.within(project.id, None)
    user, _ = await switchyard.access.users.create(system, "viewer@example.com", "Viewer")
    await switchyard.access.projects.add_member(system, user.email, Role.editor)
    sessions = switchyard.access.sessions
    token = await switchyard.db.write(lambda tx: sessions.add(tx, get_user(tx, user.id), Actor(), ""))
    actor = (await sessions.visit(token, project.id)).actor
    scope = {
        "type": "http", "headers": [(b"cookie", f"{COOKIE}={token}".encode())],
        "path_params": {"project_id": project.id}, "state": {"actor": actor},
    }  # fmt: skip
    request = Request(scope)
    assert await still_allowed(sessions, switchyard.settings, request)
    await switchyard.access.projects.set_role(system, user.id, Role.viewer)
    assert not await still_allowed(sessions, switchyard.settings, request)
    await switchyard.access.projects.set_role(system, user.id, Role.editor)
    assert await still_allowed(sessions, switchyard.settings, request)
    await switchyard.access.projects.remove_member(system, user.id)
    assert not await still_allowed(sessions, switchyard.settings, request)


async def test_a_stream_ends_when_the_server_stops_and_lets_its_source_go() -> None:
    stopping, left = asyncio.Event(), []

    async def source() -> AsyncGenerator[bytes, None]:
        try:
            yield b"one"
            await asyncio.Event().wait()
        finally:
            left.append(True)

    stream = until(stopping, source())
    assert await anext(stream) == b"one"
    waiting = asyncio.ensure_future(anext(stream, None))
    await idle()
    assert not waiting.done()
    stopping.set()
    assert await waiting is None
    assert left == [True]
    assert [each async for each in until(stopping, source())] == []


async def test_a_stream_that_comes_to_its_end_ends_before_the_server() -> None:
    async def source() -> AsyncGenerator[bytes, None]:
        yield b"one"
        yield b"two"

    assert [each async for each in until(asyncio.Event(), source())] == [b"one", b"two"]


@pytest.mark.process
async def test_the_server_stops_though_a_page_is_open(tmp_path: Path) -> None:
    """Its stream comes to its end, rather than being broken off when the grace is over."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    origin = f"http://127.0.0.1:{port}"
    env = os.environ | {
        "SWITCHYARD_DATA_DIR": str(tmp_path), "SWITCHYARD_PORT": str(port),
        "SWITCHYARD_ADMIN_EMAIL": "ann@example.com", "SWITCHYARD_ADMIN_PASSWORD": "a quite unusual phrase 42",
    }  # fmt: skip
    pipe = asyncio.subprocess.PIPE
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ui", "serve", env=env, stdout=pipe, stderr=pipe
    )
    try:
        assert server.stderr is not None
        async with asyncio.timeout(DEADLINE), httpx.AsyncClient(base_url=origin, timeout=DEADLINE) as http:
            said = await server.stderr.readline()
            assert b"listens" in said, said

            async def healthy() -> bool:
                with contextlib.suppress(httpx.ConnectError):
                    return (await http.get("/healthz")).is_success
                return False

            await polled_async(healthy)
            form = {"email": "ann@example.com", "password": "a quite unusual phrase 42"}
            await http.post("/sign-in", data=form, headers={"Origin": origin})
            home = (await http.get("/", follow_redirects=True)).url.path.removesuffix("/home")
            async with http.stream("GET", f"{home}/stream") as answer:
                frames = answer.aiter_text()
                assert "event: runs" in await anext(frames)
                server.send_signal(signal.SIGTERM)
                assert [each async for each in frames] == []
            await server.wait()
            assert await server.stderr.read() == b""
    finally:
        if server.returncode is None:
            server.kill()
            await server.wait()
