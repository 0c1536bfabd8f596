"""The port opens first: neither a stored run nor a piece keeps a server from starting, and from saying so."""

import asyncio
import importlib.util
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

import pieces
from engine.base import clock
from engine.base.actor import Actor
from engine.base.ids import new_id
from engine.base.settings import Settings
from engine.instance import Switchyard
from engine.store.run_store import NewRun
from pieces._registry import Origin
from tests.support.waiting import DEADLINE, polled_async

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[2]
PIECE = '''
"""A piece that holds the event loop, and one of whose triggers hangs."""

import asyncio
import os
import socket
import time
from pathlib import Path

from pieces import Context, Json, Piece, Schedule

hostile = Piece("hostile", summary="Holds the event loop")


@hostile.action
async def block(ctx: Context) -> Json:
    """Note whether the port is open by now, and hold the event loop until somebody says go."""
    port, place = int(os.environ["SWITCHYARD_PORT"]), Path(os.environ["HOSTILE_FOLDER"])
    with socket.socket() as found:
        is_open = found.connect_ex(("127.0.0.1", port)) == 0
    (place / "begun").write_text("open" if is_open else "closed")
    while not (place / "go").exists():
        time.sleep(0.01)
    return "done"


@hostile.schedule
async def never(ctx: Context) -> Schedule:
    """Hang."""
    await asyncio.Event().wait()
    return Schedule(every=60)
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for PYTHONPATH with the piece, installed as a distribution."""
    place = tmp_path / "packages"
    info = place / "acme_hostile-1.dist-info"
    info.mkdir(parents=True)
    (place / "acme_hostile.py").write_text(PIECE)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-hostile\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[switchyard.pieces]\nhostile = acme_hostile:hostile\n")
    return place


def registry(folder: Path) -> pieces.Registry:
    spec = importlib.util.spec_from_file_location("acme_hostile", folder / "acme_hostile.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    known = pieces.registry()
    found = pieces.Registry(dict(known.pieces), list(known.broken), dict(known.origins))
    found.add(module.hostile, Origin("acme-hostile", "1"))
    return found


async def stored_run(data_dir: Path, folder: Path) -> str:
    """A store with a run that was accepted and not begun, and a schedule that hangs; the run's id."""
    sy = Switchyard(Settings(data_dir=data_dir), registry(folder))
    await sy.open()  # and no more: nothing is taken up
    (project,) = await sy.access.projects.list(Actor.system())
    actor = Actor.system(project.id)
    trigger = {
        "name": "hook",
        "piece": "webhook",
        "trigger": "catch",
        "input": {"verify": {"scheme": "none"}},
    }
    step: dict[str, Any] = {"type": "action", "piece": "hostile", "action": "block", "input": {}}
    definition = {"format": 1, "name": "A", "triggers": [trigger], "start": "a", "steps": {"a": step}}
    made = await sy.flows.create(actor, definition)
    await sy.flows.publish(actor, made.id)
    hanging = {"name": "tick", "piece": "hostile", "trigger": "never", "input": {}}
    other = await sy.flows.create(actor, {**definition, "name": "B", "triggers": [hanging]})
    await sy.flows.publish(actor, other.id)
    flow = await sy.active_flows.active(made.id)
    assert flow is not None
    event = {"method": "POST", "headers": {}, "query": {}, "body": 1}
    run = NewRun(
        new_id("run"), project.id, flow.flow_id, flow.version_id, flow.version, "hook",
        orjson.dumps(event), event, clock.now_iso(),
    )  # fmt: skip
    await sy.queue.put(run)
    await sy.stop()
    return run.id


@asynccontextmanager
async def served(data_dir: Path, folder: Path) -> AsyncIterator[str]:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    env = {
        **os.environ,
        "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}",
        "SWITCHYARD_DATA_DIR": str(data_dir),
        "SWITCHYARD_PORT": str(port),
        "HOSTILE_FOLDER": str(folder),
    }
    with (folder / "log").open("wb") as log:
        server = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ui", "serve", env=env, cwd=folder, stderr=log
        )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        (folder / "go").touch()
        server.send_signal(signal.SIGTERM)
        async with asyncio.timeout(DEADLINE):
            await server.wait()


async def test_the_port_is_open_before_a_stored_run_is_taken_up(tmp_path: Path, folder: Path) -> None:
    run_id = await stored_run(tmp_path / "data", folder)
    async with served(tmp_path / "data", folder) as url, httpx.AsyncClient(timeout=DEADLINE) as http:

        async def begun() -> str:
            with suppress(FileNotFoundError):
                return (folder / "begun").read_text()
            return ""

        async def named() -> bool:
            return "blocked by the piece hostile, in acme_hostile.py" in (folder / "log").read_text()

        assert await polled_async(begun) == "open"
        assert await polled_async(named), "it blocks everything else, so the log says who does"
        (folder / "go").touch()
        assert (await http.get(f"{url}/healthz")).status_code == 200

        async def ready() -> bool:
            return (await http.get(f"{url}/readyz")).status_code == 200

        assert await polled_async(ready), "a schedule that hangs does not keep the rest from being taken up"
    check = Switchyard(Settings(data_dir=tmp_path / "data"), registry(folder))
    await check.open()
    (status,), events = await check.db.read(
        lambda tx: (
            tx.execute("SELECT status FROM runs WHERE id = ?", (run_id,)).fetchone(),
            tx.execute("SELECT count(*) FROM events WHERE action = 'piece.blocked'").fetchone()[0],
        )
    )
    await check.stop()
    assert (status, events) == ("succeeded", 1)


async def test_until_its_work_is_taken_up_an_instance_is_alive_and_not_ready(tmp_path: Path) -> None:
    sy = Switchyard(Settings(data_dir=tmp_path, durability="fast"))
    await sy.open()
    try:
        assert not await sy.ready()
        await sy.take_up()
        assert await sy.ready()
    finally:
        await sy.stop()
