"""`switchyard bench`: every case ends with as many runs as events were accepted, the ceiling stores what it
acknowledges, and an open loop counts waits from the moment at which a request was due."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from engine.store.bench import BenchStore
from ui.cli.bench import ceiling, load, scenario, servers

ROOT = Path(__file__).parents[3]


def bench(*words: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "ui", "bench", *words, "--durability", "fast", "--json"],
        cwd=ROOT, text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.process
@pytest.mark.parametrize("case", [case for case in scenario.CASES if case != "A"])
def test_each_case_loses_nothing(case: str) -> None:
    found = bench("--case", case, "--seconds", "0.5")
    assert found["completed"] == found["accepted"] > 0
    assert (found["lost"], found["failed"], found["refused"]) == (0, 0, 0)
    assert found["accepted"] % scenario.events_in_request(case) == 0


@pytest.mark.process
def test_the_open_loop_offers_half_of_the_highest_rate_to_the_case_and_to_its_ceiling() -> None:
    found = bench("--case", "A", "--seconds", "0.5", "--open-loop")
    assert found["offered_per_s"] == int(found["saturated_per_s"] / 2) > 0
    assert found["answered"] > 0
    assert [found[name] for name in ("lost", "refused", "unanswered")] == [0, 0, 0]
    assert len(found["p99_ratios"]) == 5
    assert all(found[name]["p50"] > 0 for name in ("ack_ms", "ceiling_ack_ms"))


@pytest.mark.process
async def test_the_commit_ceiling_stores_each_event_that_it_acknowledges(tmp_path: Path) -> None:
    async with servers.ceiling(tmp_path, "full") as port, httpx.AsyncClient() as http:
        url = f"http://127.0.0.1:{port}"
        answers = await asyncio.gather(
            *(http.post(url + ceiling.path("commit"), json={"number": number}) for number in range(20))
        )
        parsed = await http.post(url + ceiling.path("parse"), json={})
    assert {answer.status_code for answer in (*answers, parsed)} == {202}
    store = BenchStore(tmp_path / "ceiling.db", "full")
    try:
        rows = await store.payload_ids()
    finally:
        store.close()
    assert rows == sorted(answer.json()["run_id"] for answer in answers)


class Stalling(asyncio.Protocol):
    """A server that answers nothing for so many seconds after its first request, then all at once."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, _: bytes) -> None:
        asyncio.get_running_loop().call_later(self._seconds, self._answer)
        self._seconds = 0

    def _answer(self) -> None:
        self._transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")


async def offered(stall: float, seconds: float, rate: int) -> load.Load:
    server = await asyncio.get_running_loop().create_server(lambda: Stalling(stall), "127.0.0.1", 0)
    try:
        port = server.sockets[0].getsockname()[1]
        return await load.open_loop(port, "/", [b"{}"], seconds, rate)
    finally:
        server.close()


async def test_an_open_loop_counts_from_when_a_request_was_due(monkeypatch: pytest.MonkeyPatch) -> None:
    """With one connection and a server that stalls, nothing behind the first request can leave. A generator
    that counted from the moment of sending would see no wait at all."""
    monkeypatch.setattr(load, "OPEN_LOOP_CONNECTIONS", 1)
    found = await offered(0.5, 0.2, 50)
    assert (found.sent, len(found.ack), found.unanswered) == (10, 10, 0)
    # The last was due 0.18 s after the first, so each waited for at least the rest of the stall.
    assert min(found.ack) > 0.3
    assert min(sorted(found.late)[1:]) > 0.3


async def test_an_open_loop_says_what_was_never_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "_PATIENCE", 0.01)
    found = await offered(60, 0.01, 300)
    assert (found.sent, found.unanswered, found.ack) == (3, 3, [])
