"""A secret that a service repeats, in whatever encoding, is found nowhere afterwards.

It is planted in connections and destinations, sent to a service that returns it in bodies, headers and
errors, and then looked for in every file of the data folder (the database, its write-ahead log, what
destinations wrote), in the log, and in every page and answer of the API.
"""

import base64
import logging
from collections.abc import AsyncIterator, Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any

import pytest
import pytest_asyncio

from engine.base.actor import Role
from engine.base.redaction import MASK
from pieces import AuthError, BearerToken, Context, Dropdown, Json, Option, Piece, WebhookRequest
from tests.acceptance.fixtures import PlatformAdmin
from tests.support.echo_server import Echo, echoing, encodings

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECRET = "pl4nted-S3cret+/=&<\"'>\\%20x"
USER = "ann"
PATHS = ("body", "headers", "text", "error", "denied", "later", "away")


def cores(secret: str) -> Iterator[tuple[str, str]]:
    """(what it is, a text that must be nowhere) for each encoding; of base64 what depends on nothing else."""
    for name, text in encodings(secret).items():
        if not name.startswith("base64"):
            yield name, text
    for before in range(3):
        plain = secret.encode()
        encoded = base64.b64encode(bytes(before) + plain).decode()
        core = encoded[-(-before * 8 // 6) : (before + len(plain)) * 8 // 6]
        yield f"base64 at offset {before}", core
        yield f"base64 for addresses at offset {before}", core.replace("+", "-").replace("/", "_")
    yield "Basic", base64.b64encode(f"{USER}:{secret}".encode()).decode()


NEEDLES = dict(cores(SECRET))


def leaks(where: str, content: bytes | str) -> list[str]:
    data = content if isinstance(content, bytes) else content.encode()
    return [f"{where}: {name}" for name, text in NEEDLES.items() if text.encode() in data]


careless = Piece(
    "careless", "Careless", base_url="http://127.0.0.1/", origins=["http://127.0.0.1"], auth=BearerToken()
)


@careless.verify
async def verify(ctx: Context) -> None:
    raise AuthError(f"the token {ctx.auth['token']} is not valid")


async def choices(ctx: Context) -> list[Option]:
    token = ctx.auth["token"]
    if ctx.values.get("fail"):
        raise AuthError(f"no choices for {token}")
    return [Option(token, f"Option {text}") for text in encodings(token).values()]


@careless.action
async def act(ctx: Context, thing: Annotated[str, Dropdown(choices)] = "", fail: bool = False) -> Json:
    """Repeat the token wherever an action can."""
    written = encodings(ctx.auth["token"])
    ctx.warn(f"warned of {written}")
    await ctx.store.put("kept", written)
    await ctx.publish("leaks", written)
    if fail:
        raise RuntimeError(f"broke over {written}")
    await ctx.respond(200, {"X-Token": written["URL"]}, written)
    return written


@careless.webhook
async def event(ctx: Context, request: WebhookRequest) -> list[Json]:
    """Start a run with the token in its event."""
    written = encodings(ctx.auth["token"])
    ctx.state["kept"] = written
    if request.query.get("fail"):
        raise RuntimeError(f"broke over {written}")
    return [written]


class Scene(PlatformAdmin):
    """An instance with everything in it, a careless service, and what was logged."""

    def __init__(self, instance: Any, echo: Echo, folder: Path) -> None:
        super().__init__(instance)
        self.echo, self.folder = echo, folder
        self.runs: list[Any] = []

    async def first_run(self, flow_id: str) -> Any:
        """The flow's run, once it has ended."""
        run = await self.instance.first(f"/runs?flow_id={flow_id}")
        return await self.instance.ended(run["id"])


def step(piece: str, action: str, connection: str | None, next: str | None, **input: Any) -> dict[str, Any]:
    made = {"type": "action", "piece": piece, "action": action, "input": input, "next": next}
    return made | ({"connection": connection} if connection else {})


def calling(url: str, connection: str, path: str) -> dict[str, Any]:
    """Call the service, then do with its answer what flows do."""
    request = step(
        "http", "request", connection, "copy", url=f"{url}/{path}", follow_redirects=path == "away"
    )
    return {
        "format": 1, "name": f"{connection} {path}",
        "triggers": [{"name": "webhook", "piece": "webhook", "trigger": "catch",
                      "input": {"verify": {"scheme": "none"}}}],
        "start": "call",
        "steps": {
            "call": {**request, "on_error": "fail" if path == "error" else "continue"},
            "copy": step("data", "compose", None, "route", value={"answer": "{{steps.call}}"}),
            "route": {"type": "router", "key": "steps.call.output.body.received[0]",
                      "branches": [{"name": "Other", "case": ["x"], "next": None}],
                      "otherwise": {"next": None}, "next": "keep"},
            "keep": step("store", "put", None, "tell", key="k", value="{{steps.call}}"),
            "tell": step("topic", "publish", None, "answer", topic="leaks", body="{{steps.call}}"),
            "answer": step("webhook", "respond", None, None, body="{{steps.call}}"),
        },
    }  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(
    serve: Any, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Scene, list[logging.LogRecord]]]:
    folder, records = tmp_path_factory.mktemp("planted"), list[logging.LogRecord]()
    handler = logging.Handler(logging.DEBUG)
    handler.emit = records.append  # type: ignore[method-assign]
    logging.getLogger().addHandler(handler)
    levels = {name: logging.getLogger(name).level for name in ("", "httpx", "switchyard")}
    for name in levels:
        logging.getLogger(name).setLevel(logging.DEBUG)
    settings = {"egress_allow": (ip_network("127.0.0.0/8"),), "allow_http_destinations": True}
    try:
        async with echoing() as echo, serve(folder, **settings) as instance:
            instance.sy.pieces.pieces["careless"] = careless
            desk = await Scene(instance, echo, folder).prepare()
            await plant(desk)
            yield desk, records
            instance.sy.pieces.pieces.pop("careless", None)
    finally:
        logging.getLogger().removeHandler(handler)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


async def plant(desk: Scene) -> None:
    """Send the secret to the service in every way, and take in all that comes back."""
    instance, echo = desk.instance, desk.echo
    hosts = [f"127.0.0.1:{echo.port}"]
    made = {
        "bearer": ("http", {"kind": "bearer", "secret": SECRET, "hosts": hosts}),
        "basic": ("http", {"kind": "basic", "username": USER, "secret": SECRET, "hosts": hosts}),
        "key": ("http", {"kind": "header", "header": "X-Key", "secret": SECRET, "hosts": hosts}),
        "token": ("careless", {"token": SECRET}),
    }
    for name, (piece, fields) in made.items():
        body = {"name": name, "piece": piece, "fields": fields}
        desk.ids["connection_id"] = (await instance.api("POST", "/connections", body, 201))["id"]
    to = {
        "name": "Echo", "kind": "webhook", "url": f"{echo.url}/error?token={SECRET.replace('&', '%26')}",
        "events": ["flow.run.failed"], "headers": {"X-Key": SECRET},
    }  # fmt: skip
    destination = await instance.api("POST", "/destinations", to, 201)
    written = {"name": "File", "kind": "file", "url": "runs.jsonl", "events": ["flow.run.*"]}
    desk.ids["file_id"] = (await instance.api("POST", "/destinations", written, 201))["id"]
    for connection in ("bearer", "basic", "key"):
        for path in PATHS:
            flow = await instance.publish(calling(echo.url, connection, path))
            answer = await instance.send(flow["id"], {"n": 1}, "/sync")
            assert leaks("answer", answer.text) == []
            run = await desk.first_run(flow["id"])
            desk.runs.append(run)
            desk.ids |= {"flow_id": flow["id"], "run_id": run["id"], "step": "call", "topic": "leaks"}
    acts = {
        "format": 1, "name": "Careless", "start": "a",
        "triggers": [{"name": "event", "piece": "careless", "trigger": "event", "connection": "token"}],
        "steps": {
            "a": step("careless", "act", "token", "b"),
            "b": {**step("careless", "act", "token", None, fail=True), "on_error": "continue"},
        },
    }  # fmt: skip
    flow = await instance.publish(acts)
    desk.ids["careless_id"] = flow["id"]
    assert (await instance.send(flow["id"], {})).status_code == 202
    desk.runs.append(await desk.first_run(flow["id"]))
    refused = await instance.send(flow["id"], {}, "?fail=1")
    assert refused.status_code == 500 and leaks("refusal", refused.text) == []
    tested = await instance.api("POST", f"/connections/{desk.ids['connection_id']}/test")
    assert tested["ok"] is False and leaks("test", str(tested)) == []
    tested = await instance.api(
        "POST", f"/destinations/{destination['id']}/test", {"event": "flow.published"}
    )
    delivery = await instance.first(f"/destinations/{destination['id']}/deliveries", attempts=1)
    desk.ids |= {
        "destination_id": destination["id"],
        "delivery_id": delivery["id"],
        "event_id": delivery["event_id"],
    }


Planted = tuple[Scene, list[logging.LogRecord]]


async def test_the_secret_was_sent_and_came_back(scene: Planted) -> None:
    desk, _ = scene
    assert {f"Bearer {SECRET}", SECRET, f"Basic {NEEDLES['Basic']}"} <= set(desk.echo.seen)
    assert sum(str(run).count(MASK) for run in desk.runs) > 500
    failed = [run for run in desk.runs if run["status"] == "failed"]
    assert len(failed) == 3 and all(MASK in run["error"]["message"] for run in failed)


async def test_it_is_in_no_file_of_the_data_folder(scene: Planted) -> None:
    desk, _ = scene
    await desk.instance.first(f"/destinations/{desk.ids['file_id']}/deliveries", status="delivered")
    files = [path for path in desk.folder.rglob("*") if path.is_file()]
    names = {path.name for path in files}
    assert {"switchyard.db", "switchyard.db-wal", "runs.jsonl"} <= names
    found = [leak for path in files for leak in leaks(str(path), path.read_bytes())]
    assert found == []


async def test_it_is_in_no_page_and_no_answer_of_the_api(scene: Planted) -> None:
    desk, _ = scene
    found, seen = [], 0
    async for where, content in desk.everything():
        found += leaks(where, content)
        seen += 1
    for run in desk.runs:
        for address in (f"/api/v1/runs/{run['id']}", f"/api/v1/flows/{run['flow_id']}/export"):
            found += leaks(address, await desk.content(address, desk.api_headers))
        page = f"/p/{desk.ids['project_id']}/runs/{run['id']}"
        found += leaks(page, await desk.content(page, desk.headers))
        for one in run["steps"]:
            details = f"{page}/steps/{one['name']}"
            found += leaks(details, await desk.content(details, desk.headers))
    assert found == [] and seen > 80


async def test_it_is_in_no_choice_of_a_dropdown(scene: Planted) -> None:
    desk, _ = scene
    at = f"/p/{desk.ids['project_id']}/flows/{desk.ids['careless_id']}"
    for name, expected in (("a", "Option"), ("b", "no choices for")):
        page = await desk.content(f"{at}?step={name}&choose=thing", desk.headers)
        assert expected.encode() in page and leaks(name, page) == []


async def test_it_is_in_no_event_and_no_delivery(scene: Planted) -> None:
    desk, _ = scene
    sql = (
        "SELECT envelope FROM events UNION ALL SELECT request FROM delivery_attempts "
        "UNION ALL SELECT answer FROM delivery_attempts"
    )
    rows = await desk.instance.sy.db.read(lambda tx: tx.execute(sql).fetchall())
    assert len(rows) > 10
    assert [leak for (content,) in rows for leak in leaks("event", content)] == []
    delivery = await desk.instance.api("GET", f"/deliveries/{desk.ids['delivery_id']}")
    assert MASK in str(delivery["tries"][0]["answer"])  # it was there


async def test_it_is_nowhere_in_the_log(scene: Planted) -> None:
    _, records = scene
    formatter = logging.Formatter("%(message)s")
    lines = [formatter.format(record) for record in records]
    assert any("careless.act raised" in line for line in lines)
    assert [leak for line in lines for leak in leaks(line[:80], line)] == []


async def test_a_viewer_and_an_editor_see_no_more_than_an_admin(scene: Planted) -> None:
    desk, _ = scene
    for role in (Role.viewer, Role.editor):
        key = await desk.instance.key_of(role)
        shown = str(await desk.instance.api("GET", "/connections", key=key)) + str(
            await desk.instance.api("GET", "/destinations", key=key)
        )
        assert leaks(str(role), shown) == []
