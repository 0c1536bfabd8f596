"""Hostile events, flows and pages hold up nobody: while they are worked on, `/healthz` waits for a bounded
multiple of what it waits on the same server when nothing else happens, memory grows within bounds, and what
was going on when the server was killed comes to its end after the restart.

    .venv/bin/python -m pytest tests/acceptance/test_stalls.py -s     # with the figures
"""

import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import orjson
import pytest
import pytest_asyncio

from engine.base.actor import Role
from engine.store.models import TERMINAL
from tests.acceptance.test_crash import Server
from tests.conftest import serve
from tests.support.health import Health, observed
from tests.support.waiting import polled_async

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="module")]

MOST = 150
"""Times the usual wait of `/healthz` that one may take. What is listed here took 1,000 to 100,000 times."""
MEMORY = 250_000_000
"""Bytes by which one attack may let the server's memory grow."""
ATTEMPTS = 5
"""What else this machine does makes a wait longer, never shorter: one attempt without it is enough."""
STEPS = 2_000
CATCH = {"name": "webhook", "piece": "webhook", "trigger": "catch", "input": {"verify": {"scheme": "none"}}}
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


def compose(value: Any, following: str | None = None) -> dict[str, Any]:
    return {
        "type": "action",
        "piece": "data",
        "action": "compose",
        "input": {"value": value},
        "next": following,
    }


def flow(name: str, start: str, steps: dict[str, Any]) -> dict[str, Any]:
    return {"format": 1, "name": name, "triggers": [CATCH], "start": start, "steps": steps}


def form(fields: dict[str, str]) -> bytes:
    return urlencode(fields).encode()


# -- events ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Event:
    """A hostile event, and an expression of the flow that it is sent to."""

    value: Any
    body: Callable[[], bytes]
    media: str = JSON
    ends: str = "succeeded"
    """What becomes of its run; `refused` (400) if it gets none."""
    message: str = ""
    """Part of why."""


EVENTS = {
    "a pattern that backtracks": Event(
        "{{ matches(trigger.body.a, '(x?){400}y(x+)*z') }}",
        lambda: b'{"a":"%b"}' % (b"x" * 4_900_000),
        ends="failed",
        message="units of work",
    ),
    "a thousand copies": Event(
        "{{ let $a = trigger.body.a in map(&upper(@), [" + ",".join(["$a"] * 1_000) + "]) }}",
        lambda: b'{"a":"%b"}' % (b"x" * 1_000_000),
        ends="failed",
        message="units of work",
    ),
    "a text of each element": Event(
        "{{ length(trigger.body.b[?contains('x', to_string(@))]) }}",
        lambda: orjson.dumps({"b": [["x" * 50] * 20] * 2_000}),
    ),
    "150,000 groups": Event(
        "{{ length(group_by(trigger.body, &to_string(@))) }}", lambda: orjson.dumps(list(range(150_000)))
    ),
    "a million lists": Event(1, lambda: b"[" + b"[]," * 1_600_000 + b"[]]", ends="refused"),
    "as many lists as are read": Event(1, lambda: b"[" + b"[]," * 99_990 + b"[]]"),
    "objects": Event(1, lambda: orjson.dumps([{"a": n} for n in range(99_000)])),
    "999 long fields": Event(1, lambda: form({f"f{n}": "%é& " * 300 for n in range(999)}), FORM),
    "999 fields of codes": Event(1, lambda: form({f"f{n}": "&" * 1_600 for n in range(999)}), FORM),
    "long numbers": Event(1, lambda: b"[" + b",".join([b"1" * 24] * 195_000) + b"]"),
    "one long number": Event(1, lambda: b"[" + b"1" * 4_900_000 + b"]"),
    "halves of characters": Event(1, lambda: b'["' + b"\\ud800" * 800_000 + b'"]'),
}  # fmt: skip


# -- flows -----------------------------------------------------------------------------------------------


def straight() -> dict[str, Any]:
    """Steps one after the other."""
    names = [f"s{n}" for n in range(STEPS)]
    steps = {
        name: compose("{{ trigger.body.n }}", following)
        for name, following in zip(names, [*names[1:], None], strict=True)
    }
    return flow("Straight", "s0", steps)


def branching() -> dict[str, Any]:
    """Routers one after the other, with nine branches each."""
    steps: dict[str, Any] = {}
    for number in range(STEPS // 10):
        branches = [
            {"name": f"B{n}", "when": f"trigger.body.n == `{n}`", "next": f"r{number}b{n}"} for n in range(9)
        ]
        following = f"r{number + 1}" if number + 1 < STEPS // 10 else None
        steps[f"r{number}"] = {
            "type": "router",
            "branches": branches,
            "otherwise": {"next": None},
            "next": following,
        }
        steps |= {f"r{number}b{n}": compose("{{ trigger.body.n }}") for n in range(9)}
    return flow("Branching", "r0", steps)


def wordy() -> dict[str, Any]:
    """Half a megabyte of expressions."""
    condition = " && ".join(f"trigger.body.a{n}.b[?c == `{n}`].d" for n in range(20))
    steps: dict[str, Any] = {
        f"s{n}": compose(f"{{{{ {condition} || `{n}` }}}}", f"s{n + 1}" if n < 599 else None)
        for n in range(600)
    }
    return flow("Wordy", "s0", steps)


# -- the server ------------------------------------------------------------------------------------------


@dataclass
class Place:
    """A server with flows in it, and its clients."""

    server: Server
    http: httpx.AsyncClient
    """With an admin's API key and an editor's session."""
    project: str
    flows: dict[str, str]
    runs: dict[str, str]

    @asynccontextmanager
    async def observed(self) -> AsyncIterator[Health]:
        async with observed(self.server.pid, int(self.server.url.rpartition(":")[2])) as health:
            yield health

    async def send(self, name: str) -> httpx.Response:
        event = EVENTS[name]
        url, headers = f"{self.server.url}/webhooks/{self.flows[name]}", {"content-type": event.media}
        return await self.http.post(url, content=event.body(), headers=headers)

    async def ended(self, name: str) -> dict[str, Any]:
        """The newest run of a flow, once it has ended: as the list has it, without its megabytes."""

        async def ask() -> dict[str, Any] | None:
            url = f"{self.server.url}/api/v1/runs?flow_id={self.flows[name]}&limit=1"
            (run,) = (await self.http.get(url)).json()["data"]
            return run if run["status"] in TERMINAL else None

        found = await polled_async(ask, 180)
        assert found is not None
        return found

    async def event(self, name: str) -> None:
        """Send an event and see its run through."""
        answer, event = await self.send(name), EVENTS[name]
        assert answer.status_code == (400 if event.ends == "refused" else 202), answer.text
        if event.ends != "refused":
            self.check(name, await self.ended(name))

    def check(self, name: str, run: dict[str, Any]) -> None:
        assert run["status"] == EVENTS[name].ends, (name, run["error"])
        assert EVENTS[name].message in str(run["error"]), (name, run["error"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    folder: Path = tmp_path_factory.mktemp("data")
    flows, runs = {}, {}
    async with serve(folder) as instance:
        for name, event in EVENTS.items():
            definition = flow(name.capitalize(), "a", {"a": compose(event.value)})
            flows[name] = (await instance.publish(definition))["id"]
        for made in (straight(), branching()):
            name = made["name"]
            flows[name] = (await instance.publish(made))["id"]
            run = await instance.ended((await instance.send(flows[name], {"n": 3})).json()["run_id"])
            assert run["status"] == "succeeded", run["error"]
            runs[name] = run["id"]
        cookie = await instance.cookie_of("editor@example.com", Role.editor)
        key, project = instance.key, instance.project.id
    headers = {"Authorization": f"Bearer {key}", "Accept-Encoding": "gzip"}
    async with Server(folder, "fast") as server, httpx.AsyncClient(timeout=180, headers=headers) as http:
        http.cookies.set("switchyard_session", cookie)
        await server.start()
        yield Place(server, http, project, flows, runs)
        await server.end(signal.SIGTERM)


async def held_up(place: Place, what: str, attack: Callable[[], Any], most: int = MOST) -> None:
    """Raises AssertionError if the server's health check waits for an attack in each of its
    attempts."""
    async with place.observed() as unloaded:
        await polled_async(_enough(unloaded))
    ratios, memory = [], []
    for _ in range(ATTEMPTS):
        async with place.observed() as health:
            await attack()
            await polled_async(_enough(health))
        ratios.append(health.longest / unloaded.usual)
        memory.append(health.memory)
        if ratios[-1] <= most:
            break
    print(f"\n{what}: {min(ratios):.0f} times {unloaded.usual * 1e3:.2f} ms, {max(memory) / 1e6:.0f} MB")
    assert min(ratios) <= most, f"{what}: /healthz waited {ratios} times as long as usual"
    assert max(memory) <= MEMORY, f"{what}: memory grew by {max(memory):,} bytes"


def _enough(health: Health) -> Callable[[], Any]:
    """Whether there are checks enough to speak of a usual one."""

    async def ask() -> bool:
        return len(health.waits) >= 100

    return ask


# -- tests -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVENTS)
async def test_a_hostile_event_holds_up_nobody(place: Place, name: str) -> None:
    await held_up(place, name, lambda: place.event(name))


@pytest.mark.parametrize("name", ["Straight", "Branching"])
@pytest.mark.parametrize(
    "path", ["/flows/{flow}", "/flows/{flow}/json", "/flows/{flow}/versions/1", "/flows/{flow}/test",
             "/flows/{flow}?run={run}", "/runs/{run}", "/runs/{run}/stream"],
)  # fmt: skip
async def test_a_page_of_a_flow_of_two_thousand_steps_holds_up_nobody(
    place: Place, path: str, name: str
) -> None:
    address = path.format(flow=place.flows[name], run=place.runs[name])

    async def look() -> None:
        answer = await place.http.get(f"{place.server.url}/p/{place.project}{address}")
        assert answer.status_code == 200
        assert len(answer.content) > 100_000, "it shows the flow"

    await held_up(place, f"{address} of {name}", look)


async def test_a_flow_full_of_expressions_is_saved_published_and_started_while_others_go_on(
    place: Place,
) -> None:
    url, made = f"{place.server.url}/api/v1/flows", wordy()
    number = iter(range(10))

    async def use() -> None:
        text = orjson.dumps(made).replace(b"body.a", b"body.b%d" % next(number))  # not known from before
        created = await place.http.post(url, content=text, headers={"content-type": JSON})
        assert created.status_code == 201, created.text
        flow_id = created.json()["id"]
        published = await place.http.post(f"{url}/{flow_id}/publish", json={})
        assert published.status_code == 200, published.text
        sent = await place.http.post(f"{place.server.url}/webhooks/{flow_id}", json={"n": 1})
        assert sent.status_code == 202, sent.text
        drafted = await place.http.post(f"{place.server.url}/webhooks/{flow_id}/draft", json={"n": 1})
        assert drafted.status_code == 202, drafted.text

    # Seconds of work in a thread; the garbage collector, which nothing else can run beside, looks through it.
    await held_up(place, "a flow of half a megabyte of expressions", use, 3 * MOST)


async def test_hostile_events_that_a_kill_interrupted_end_after_the_restart_and_hold_up_nobody(
    place: Place,
) -> None:
    async with place.observed() as unloaded:
        await polled_async(_enough(unloaded))
    accepted = [name for name, event in EVENTS.items() if event.ends != "refused"]
    ratio, most = inf, 2 * MOST  # several at a time
    for _ in range(ATTEMPTS):
        if ratio > most:
            assert {(await place.send(name)).status_code for name in accepted} == {202}
            await place.server.end(signal.SIGKILL)
            await place.server.start()  # the port opens, though what was going on is taken up again
            async with place.observed() as health:
                for name in accepted:
                    place.check(name, await place.ended(name))
            ratio = health.longest / unloaded.usual
            usual, memory = unloaded.usual * 1e3, health.memory / 1e6
            print(f"\nafter the restart: {ratio:.0f} times {usual:.2f} ms, {memory:.0f} MB")
            assert health.memory <= 2 * MEMORY
    assert ratio <= most
