"""A backup beside a busy server, put back elsewhere: all that was accepted before it began is in it, and a
server works on it. Real processes, one of them killed."""

import asyncio
import os
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from engine.base.actor import Actor
from tests.acceptance.test_crash import ROOT, Server
from tests.conftest import serve
from tests.support.waiting import polled_async

pytestmark = pytest.mark.crash

SENDERS = 8
CATCH = {"name": "webhook", "piece": "webhook", "trigger": "catch", "input": {"verify": {"scheme": "none"}}}
STEP = {
    "type": "action",
    "piece": "data",
    "action": "compose",
    "input": {"value": "{{ trigger.body.n }}"},
    "next": None,
}
FLOW = {"format": 1, "name": "Busy", "triggers": [CATCH], "start": "a", "steps": {"a": STEP}}


async def switchyard(folder: Path, *words: object) -> tuple[int, str, str]:
    """The command line, as a process of its own: exit code, standard output, standard error."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ui", *map(str, words), cwd=ROOT,
        env={**os.environ, "SWITCHYARD_DATA_DIR": str(folder), "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    return int(process.returncode or 0), out.decode(), err.decode()


class Load:
    """Senders that never rest, and the runs of what was accepted."""

    def __init__(self, url: str, flow: str) -> None:
        self._address = f"{url}/webhooks/{flow}"
        self._tasks: list[asyncio.Task[None]] = []
        self.accepted: list[str] = []
        self.refused = 0

    async def __aenter__(self) -> "Load":
        self._tasks = [asyncio.create_task(self._send()) for _ in range(SENDERS)]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _send(self) -> None:
        async with httpx.AsyncClient(verify=False, timeout=60) as http:
            while True:
                body = {"n": len(self.accepted), "more": "x" * 2_000}
                answer = await http.post(self._address, json=body)
                if answer.status_code == 202:
                    self.accepted.append(answer.json()["run_id"])
                else:
                    self.refused += 1

    async def accept(self, count: int) -> None:
        """Return once so many events are accepted."""

        async def enough() -> bool:
            return len(self.accepted) >= count

        await polled_async(enough)


def runs_of(store: Path) -> dict[str, str]:
    with closing(sqlite3.connect(store)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return dict(connection.execute("SELECT id, status FROM runs").fetchall())


async def test_a_backup_of_a_busy_server_lives_elsewhere(tmp_path: Path) -> None:
    old, new, target = tmp_path / "old", tmp_path / "new", tmp_path / "backup.db"
    async with serve(old) as instance:
        flow: dict[str, Any] = await instance.publish(FLOW)
        fields = {"secret": "a-planted-secret"}
        await instance.sy.connections.create(Actor.system(instance.project.id), "signing", "webhook", fields)
        key = instance.key
    async with Server(old) as server:
        await server.start()
        async with Load(server.url, flow["id"]) as load:
            await load.accept(300)
            before = list(load.accepted)
            code, out, err = await switchyard(old, "admin", "backup", target)
            assert (code, out.strip()) == (0, str(target)), err
            assert "Copying … 100 %" in err
            after = len(load.accepted)
            assert after > len(before), "the server took no events while the backup was written"
            await load.accept(after + 50)  # it goes on
        assert load.refused == 0
        await server.end(signal.SIGKILL)

    stored = runs_of(target)
    assert set(before) <= stored.keys()
    assert len(stored) < len(load.accepted)

    new.mkdir()
    (new / "secret.key").write_bytes((old / "secret.key").read_bytes())
    (new / "secret.key").chmod(0o600)
    code, out, err = await switchyard(new, "admin", "restore", target)
    assert (code, out.strip()) == (0, str(new / "switchyard.db")), err
    async with Server(new) as server, httpx.AsyncClient(verify=False, timeout=60) as http:
        await server.start()
        headers = {"Authorization": f"Bearer {key}"}

        async def rested() -> bool:
            found = await http.get(f"{server.url}/api/v1/runs?status=queued&status=running", headers=headers)
            assert found.status_code == 200, found.text
            return not found.json()["data"]

        await polled_async(rested)
        sent = await http.post(f"{server.url}/webhooks/{flow['id']}", json={"n": 1})
        assert sent.status_code == 202
        used = await http.get(f"{server.url}/api/v1/connections", headers=headers)
        assert [one["name"] for one in used.json()["data"]] == ["signing"]
        code, _, err = await switchyard(new, "admin", "restore", target, "--force")
        assert code == 1 and "already running" in err
        await server.end(signal.SIGTERM)
    statuses = runs_of(new / "switchyard.db")
    assert {run: statuses[run] for run in before} == dict.fromkeys(before, "succeeded")
    assert sent.json()["run_id"] in statuses
    assert stored.keys() < statuses.keys()
