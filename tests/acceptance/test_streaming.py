"""Event streaming as its users have it: a server process, its API, its pages, and receivers outside."""

import asyncio
import csv
import io
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import orjson
import pytest
import pytest_asyncio
from standardwebhooks import Webhook, WebhookVerificationError

from engine.http.lineage import HEADER
from tests.acceptance.test_crash import ROOT, Server
from tests.support.receiver import Seen, receiving
from tests.support.waiting import DEADLINE, polled_async

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="module")]

EMAIL, PASSWORD = "ann@example.com", "a quite unusual phrase 42"
FINISHED = ["flow.run.finished"]
T = TypeVar("T")


def webhook_flow(name: str, trigger: Any = None, **steps: Any) -> dict[str, Any]:
    caught = {"name": "webhook", "piece": "webhook", "trigger": "catch",
              "input": {"verify": {"scheme": "none"}}}  # fmt: skip
    return {"format": 1, "name": name, "triggers": [trigger or caught], "start": next(iter(steps), None),
            "steps": steps}  # fmt: skip


def step(piece: str, action: str, **input: Any) -> dict[str, Any]:
    return {"type": "action", "piece": piece, "action": action, "input": input, "next": None}


@dataclass
class User:
    """Somebody before the server: a session for the pages, and a key of a project for the API."""

    server: Server
    http: httpx.AsyncClient
    project: str = ""
    key: str = ""

    async def page(self, path: str, status: int = 200) -> str:
        answer = await self.http.get(path, follow_redirects=True)
        assert answer.status_code == status, f"{path}: {answer.status_code}"
        return answer.text

    async def form(self, path: str, **fields: str) -> httpx.Response:
        answer = await self.http.post(path, data=fields)
        assert answer.status_code in (200, 303), answer.text
        return answer

    async def answer(self, method: str, path: str, body: Any = None) -> httpx.Response:
        sent = {} if body is None else {"json": body}
        headers = {"Authorization": f"Bearer {self.key}"}
        return await self.http.request(method, f"/api/v1{path}", headers=headers, **sent)

    async def api(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = await self.answer(method, path, body)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text[:1000]}"
        return answer.json() if answer.content else None

    async def into(self, project: str) -> "User":
        """The same user with an admin's key of a project."""
        shown = await self.form(f"/p/{project}/settings/keys", name="test", role="admin")
        key = "sk_" + shown.text.partition("sk_")[2].split("<")[0].split('"')[0].split("&")[0].strip()
        return User(self.server, self.http, project, key)

    async def publish(self, definition: dict[str, Any]) -> str:
        made = await self.api("POST", "/flows", {"definition": definition}, 201)
        await self.api("POST", f"/flows/{made['id']}/publish", {})
        return str(made["id"])

    async def send(self, flow_id: str) -> str:
        answer = await self.http.post(f"/webhooks/{flow_id}", json={})
        assert answer.status_code == 202, answer.text
        return str(answer.json()["run_id"])

    async def destination(self, kind: str, url: str, events: list[str]) -> dict[str, Any]:
        spec = {"name": "Out", "kind": kind, "url": url, "events": events, "format": "raw",
                "verification": "none"}  # fmt: skip
        return dict(await self.api("POST", "/destinations", spec, 201))

    async def deliveries(self, destination: str) -> list[dict[str, Any]]:
        return list((await self.api("GET", f"/destinations/{destination}/deliveries"))["data"])

    async def command(self, *words: str) -> str:
        """What the command line says, as a process of its own on the same data."""
        environment = {
            **os.environ, "SWITCHYARD_DATA_DIR": str(self.server.data_dir), "PYTHONPATH": str(ROOT),
            "SWITCHYARD_PUBLIC_URL": self.server.url,
        }  # fmt: skip
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ui", *words, env=environment, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await process.communicate()
        assert process.returncode == 0
        return said.decode()


@asynccontextmanager
async def visitor(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Sec-Fetch-Site": "same-origin"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=DEADLINE) as http:
        yield http


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def admin(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[User]:
    """A server process for all tests, and its platform's admin, in no project."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SWITCHYARD_ADMIN_EMAIL", EMAIL)
        patch.setenv("SWITCHYARD_ADMIN_PASSWORD", PASSWORD)
        async with Server(tmp_path_factory.mktemp("streaming"), "fast") as server, visitor(server) as http:
            await server.start()
            http.base_url = httpx.URL(server.url)
            user = User(server, http)
            await user.form("/sign-in", email=EMAIL, password=PASSWORD)
            yield user
            await server.end(signal.SIGTERM)


async def founded(admin: User, name: str) -> User:
    """A new project, and the admin in it."""
    made = await admin.form("/projects", name=name)
    return await admin.into(made.headers["location"].split("/")[2])


@pytest_asyncio.fixture(loop_scope="module")
async def ann(admin: User) -> User:
    """The admin in a project of this test alone."""
    return await founded(admin, "Own")


# -- to a receiver outside -------------------------------------------------------------------------


def told(requests: list[Seen], action: str, count: int = 1) -> Callable[[], Awaitable[list[Seen]]]:
    """Whether so many requests told of it: those, or none yet."""

    async def found() -> list[Seen]:
        came = [one for one in requests if orjson.loads(one.body)["action"] == action]
        return came if len(came) >= count else []

    return found


async def test_publishing_a_flow_arrives_signed_and_a_verifier_that_is_not_ours_accepts_it(ann: User) -> None:
    async with receiving() as receiver:
        made = await ann.destination("webhook", receiver.url, ["*"])
        assert made["status"] == "active" and made["secret"].startswith("whsec_")
        assert "secret" not in await ann.api("GET", f"/destinations/{made['id']}")
        flow_id = await ann.publish(webhook_flow("Alerts"))
        (first,) = await polled_async(told(receiver.requests, "flow.published"))
        event = Webhook(made["secret"]).verify(first.body, first.headers)
        assert event["data"]["flow"]["id"] == flow_id and event["projectId"] == ann.project
        assert event["id"] == first.headers["webhook-id"]
        for body, secret in ((first.body + b" ", made["secret"]), (first.body, "whsec_" + "A" * 32)):
            with pytest.raises(WebhookVerificationError):
                Webhook(secret).verify(body, first.headers)


async def test_after_a_rotation_both_secrets_verify(ann: User) -> None:
    async with receiving() as receiver:
        made = await ann.destination("webhook", receiver.url, ["flow.published"])
        new = (await ann.api("POST", f"/destinations/{made['id']}/rotate", {}))["secret"]
        assert new != made["secret"]
        await ann.publish(webhook_flow("More alerts"))
        (seen,) = await polled_async(told(receiver.requests, "flow.published"))
        for secret in (made["secret"], new):
            assert Webhook(secret).verify(seen.body, seen.headers)["action"] == "flow.published"


async def test_what_another_process_writes_arrives_as_well(ann: User, tmp_path: Path) -> None:
    async with receiving() as receiver:
        made = await ann.destination("webhook", receiver.url, ["flow.created"])
        file = tmp_path / "flow.json"
        file.write_bytes(orjson.dumps(webhook_flow("By hand")))
        await ann.command("import", str(file), "--project", ann.project)
        (seen,) = await polled_async(told(receiver.requests, "flow.created"))
        assert (
            Webhook(made["secret"]).verify(seen.body, seen.headers)["data"]["flow"]["displayName"]
            == "By hand"
        )


async def test_deliveries_are_counted_for_machines(ann: User) -> None:
    async def delivered() -> float:
        lines = (await ann.page("/metrics")).splitlines()
        name = 'switchyard_deliveries_total{outcome="delivered"}'
        return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(name)), 0)

    async with receiving() as receiver:
        await ann.destination("webhook", receiver.url, ["flow.created"])
        before = await delivered()
        await ann.publish(webhook_flow("Counted"))

        async def more() -> bool:
            return await delivered() > before

        assert await polled_async(more)


# -- a handler of our own finished runs --------------------------------------------------------------


@asynccontextmanager
async def relay(handler: str, origin: str) -> AsyncIterator[tuple[str, Counter[int]]]:
    """A service outside that passes on to the handler's webhook what it gets, headers and all."""
    answers: Counter[int] = Counter()
    tasks: set[asyncio.Task[None]] = set()
    async with httpx.AsyncClient(timeout=DEADLINE) as http:

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            with suppress(asyncio.CancelledError, asyncio.IncompleteReadError, ConnectionError):
                while True:
                    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                    headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
                    lower = dict(line.split(": ", 1) for line in head[1:] if line)
                    body = await reader.readexactly(int(headers["content-length"]))
                    kept = {k: v for k, v in lower.items() if k.lower() in (HEADER, "content-type")}
                    answer = await http.post(f"{origin}/webhooks/{handler}", content=body, headers=kept)
                    answers[answer.status_code] += 1
                    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                    await writer.drain()
            writer.close()
            with suppress(asyncio.CancelledError, OSError):
                await writer.wait_closed()
            tasks.discard(task)

        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", answers
        finally:
            server.close()
            left = list(tasks)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)


WAYS = {"flow": 1, "own webhook": 1, "step": 2, "topic": 1, "sub-flow": 2, "relay": 1, "platform event": 1}
"""How what ends a run gets to the handler, and the edges that are cut for each run."""


@pytest.mark.parametrize("way", WAYS)
async def test_a_handler_of_finished_runs_runs_once_for_a_run_and_never_for_its_own(
    way: str, ann: User
) -> None:
    other = await ann.publish(webhook_flow("Other"))
    child = await ann.publish(webhook_flow("Child"))
    trigger, steps = None, {"keep": step("data", "compose", value="x")}
    if way == "topic":
        trigger = {"name": "topic", "piece": "topic", "trigger": "subscribe", "input": {"topic": "runs"}}
    elif way == "platform event":
        trigger = {"name": "event", "piece": "topic", "trigger": "platform_event",
                   "input": {"events": FINISHED}}  # fmt: skip
    elif way == "sub-flow":
        steps = {"call": step("flow", "call", flow=child)}
    handler = told_flow = await ann.publish(webhook_flow("Handler", trigger, **steps))
    if way == "step":  # what calls the handler is a step of the flow that is told
        url = f"{ann.server.url}/webhooks/{handler}"
        told_flow = await ann.publish(webhook_flow("Told", a=step("http", "request", url=url, method="POST")))
    async with relay(handler, ann.server.url) as (outside, answers):
        kind, url = {
            "own webhook": ("webhook", f"{ann.server.url}/webhooks/{handler}"),
            "topic": ("topic", "runs"), "relay": ("webhook", outside),
        }.get(way, ("flow", told_flow))  # fmt: skip
        made = {} if way == "platform event" else await ann.destination(kind, url, FINISHED)
        runs: list[Any] = []

        async def cuts(count: int) -> list[Any]:
            runs[:] = (await ann.api("GET", "/runs?limit=100"))["data"]
            runs[:] = [await ann.api("GET", f"/runs/{run['id']}") for run in runs]
            found = [one for run in runs for one in run["cuts"]]
            return found if len(found) >= count else []

        for number in (1, 2):  # what would go round after the first goes on while the second is handled
            await ann.send(other)
            found = await polled_async(lambda number=number: cuts(number * WAYS[way]))  # type: ignore[misc]
    assert len(found) == 2 * WAYS[way]
    assert all("circle" in one["reason"] for one in found)
    also = {"sub-flow": child, "step": told_flow}.get(way)
    assert Counter(run["flow_id"] for run in runs) == dict.fromkeys(
        [other, handler, *filter(None, [also])], 2
    )
    for run in runs:
        if run["cuts"]:
            page = await ann.page(f"/p/{ann.project}/runs/{run['id']}")
            assert "was not started by" in page and "circle" in page
    if way in ("flow", "own webhook", "sub-flow", "step"):
        rows = await ann.deliveries(made["id"])
        assert Counter(row["status"] for row in rows) == {"delivered": 2, "cut": len(found)}
        assert all("circle" in row["reason"] for row in rows if row["status"] == "cut")
    if way == "relay":  # it was told, took it, and came back: refused here, with 202 and no run
        assert answers == {202: 4}


# -- two projects ------------------------------------------------------------------------------------


SECRET = "Zebra crossing"
"""The name of what the other project has, which stands in most of its events."""


@dataclass
class Theirs:
    """What there is in a project that is not the reader's."""

    user: User
    flow: str
    run: str
    destination: str
    delivery: str
    event: str

    def hidden(self) -> list[str]:
        return [SECRET, self.user.project, self.flow, self.run, self.destination, self.delivery, self.event]


@asynccontextmanager
async def another_project(admin: User) -> AsyncIterator[Theirs]:
    """A project with a flow, a run, a message and a delivery."""
    user = await founded(admin, "Theirs")
    async with receiving() as receiver:
        made = await user.destination("webhook", receiver.url, ["*"])
        flow = await user.publish(webhook_flow(SECRET))
        run = await user.send(flow)
        await user.api("POST", "/topics/zebras", {"said": SECRET}, 202)

        async def delivered() -> list[Any]:
            rows = await user.deliveries(made["id"])
            return [
                row for row in rows if row["status"] == "delivered" and row["action"] == "flow.run.finished"
            ]

        (row,) = await polled_async(delivered)
        yield Theirs(user, flow, run, made["id"], row["id"], row["event_id"])


@asynccontextmanager
async def member(admin: User, project: str) -> AsyncIterator[User]:
    """Somebody who is an admin of one project and nothing else."""
    said = await admin.command("admin", "user", "bob@example.com", "--name", "Bob")
    await admin.form(f"/p/{project}/settings/members", email="bob@example.com", role="admin")
    async with visitor(admin.server) as http:
        bob = User(admin.server, http)
        token = said.partition("/setup/")[2].split()[0]
        await bob.form(f"/setup/{token}", password=PASSWORD, again=PASSWORD)
        yield await bob.into(project)


async def first_news(user: User, project: str) -> AsyncIterator[str]:
    """The lines of a project's live stream."""
    async with user.http.stream("GET", f"/p/{project}/stream", timeout=DEADLINE) as answer:
        assert answer.status_code == 200
        async for line in answer.aiter_lines():
            yield line


async def test_a_member_of_one_project_sees_nothing_of_another_s_events(admin: User) -> None:
    here = await founded(admin, "Here")
    async with another_project(admin) as theirs, member(admin, here.project) as bob, receiving() as receiver:
        own = await bob.destination("webhook", receiver.url, ["*"])
        await bob.publish(webhook_flow("Mine"))
        await bob.api("POST", "/topics/mine", {"said": "mine"}, 202)
        hidden = theirs.hidden()

        # By page: of the other project none, of the own project none that shows what is theirs.
        of_theirs, of_own = f"/p/{theirs.user.project}", f"/p/{bob.project}"
        ids = [
            f"/runs/{theirs.run}", f"/events/{theirs.event}", f"/destinations/{theirs.destination}",
            f"/destinations/{theirs.destination}/deliveries/{theirs.delivery}",
            f"/destinations/{own['id']}/deliveries/{theirs.delivery}",
            f"/destinations/{theirs.destination}/edit", f"/runs/{theirs.run}/stream",
        ]  # fmt: skip
        lists = ["/events", "/events/export?format=csv", "/events/export?format=jsonl", "/destinations",
                 "/topics", "/topics/zebras", "/runs", "/flows"]  # fmt: skip
        for path in [*ids, *lists, "/stream"]:
            assert not shown(await bob.page(of_theirs + path, 404), hidden[:1] + hidden[2:]), path
        for path in ids:
            assert SECRET not in await bob.page(of_own + path, 404), path
        for path in lists:
            page = await bob.page(of_own + path)
            assert not shown(page, hidden), path
        for query in (f"flow={theirs.flow}", f"q={SECRET}", f"project={theirs.user.project}"):
            page = await bob.page(f"{of_own}/events?{query}")
            assert theirs.event not in page and theirs.run not in page
        for path in ("/events", "/events/export?format=jsonl", f"/events/{theirs.event}", "/destinations"):
            assert (await bob.http.get("/platform" + path)).status_code in (403, 404), path

        await by_api(bob, theirs, hidden)
        await by_stream(bob, theirs)

        # By delivery: everything that came is of the own project.
        assert await polled_async(told(receiver.requests, "flow.published"))
        came = b"".join(one.body for one in receiver.requests).decode()
        assert not shown(came, hidden)
        assert {orjson.loads(one.body)["projectId"] for one in receiver.requests} == {bob.project}
    # It was there to be seen.
    for path in lists[:3]:
        assert SECRET in await theirs.user.page(of_theirs + path)


def shown(text: str, hidden: list[str]) -> list[str]:
    return [one for one in hidden if one in text]


async def by_api(bob: User, theirs: Theirs, hidden: list[str]) -> None:
    at = f"/destinations/{theirs.destination}"
    since = {"since": "2020-01-01T00:00:00Z"}
    for method, path, body in [
        ("GET", f"/events/{theirs.event}", None), ("GET", f"/runs/{theirs.run}", None),
        ("GET", at, None), ("PATCH", at, {"name": "Mine"}), ("DELETE", at, None),
        ("GET", f"{at}/deliveries", None), ("GET", f"{at}/statistics", None), ("GET", f"{at}/replays", None),
        ("GET", f"{at}/keys", None), ("POST", f"{at}/test", {"event": "flow.created"}),
        ("POST", f"{at}/replay", since), ("GET", f"/deliveries/{theirs.delivery}", None),
        ("POST", f"/deliveries/{theirs.delivery}/resend", {}), ("POST", "/topics/zebras/replay", since),
        *[("POST", f"{at}/{deed}", {}) for deed in
          ("verify", "enable", "disable", "rotate", "release", "discard")],
    ]:  # fmt: skip
        answer = await bob.answer(method, path, body)
        assert answer.status_code == 404, f"{method} {path}: {answer.status_code} {answer.text}"
        assert SECRET not in answer.text
    for path in (
        "/events", f"/events?flow_id={theirs.flow}", f"/events?text={SECRET}", "/events/export?format=csv",
        "/events/export?format=jsonl", "/destinations", "/topics", "/topics/zebras/messages",
        "/topics/zebras/subscribers", "/runs", "/flows", "/projects",
    ):  # fmt: skip
        answer = await bob.answer("GET", path)
        assert answer.status_code == 200, f"{path}: {answer.text}"
        assert not shown(answer.text, hidden), path
    events = (await bob.answer("GET", "/events/export?format=jsonl")).text.splitlines()
    assert {orjson.loads(line)["projectId"] for line in events} == {bob.project}
    rows = list(csv.DictReader(io.StringIO((await bob.answer("GET", "/events/export?format=csv")).text)))
    assert len(rows) == len(events) > 0


async def by_stream(bob: User, theirs: Theirs) -> None:
    """The other project's live stream speaks of a run while the own one says nothing."""
    mine, other = first_news(bob, bob.project), first_news(theirs.user, theirs.user.project)
    for stream in (mine, other):
        assert await anext(stream) == "event: runs"
    pending = asyncio.ensure_future(said(mine))
    await theirs.user.send(theirs.flow)
    await said(other)
    assert not pending.done()
    pending.cancel()
    await asyncio.gather(pending, return_exceptions=True)
    for stream in (mine, other):
        await stream.aclose()  # type: ignore[attr-defined]


async def said(stream: AsyncIterator[str]) -> None:
    """Wait for the next event of a stream."""
    async with asyncio.timeout(DEADLINE):
        while await anext(stream) != "event: runs":
            pass
