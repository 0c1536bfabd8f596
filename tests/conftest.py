"""A whole instance as its callers see it: the application of `make_app`, without a socket between."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import hypothesis
import orjson
import pytest
import pytest_asyncio
from argon2 import PasswordHasher
from sqlmodel import SQLModel
from starlette.applications import Starlette

from engine.access import ProjectInfo, passwords
from engine.base.actor import Actor, Role
from engine.base.ids import new_id
from engine.base.settings import Settings
from engine.base.types import Json
from engine.instance import Switchyard
from engine.store import watch
from engine.store.models import TERMINAL
from engine.store.tx import Tx
from tests.support import marks, stores
from tests.support.clock import ManualClock, manual_clock
from tests.support.loop import WatchedLoop
from tests.support.marks import pytest_runtest_protocol  # noqa: F401 - a hook
from tests.support.waiting import stored
from ui.app import make_app
from ui.cli.collector import calm_collector

marks.watch_processes()

watch._LARGEST_RESERVE = watch._SMALLEST_RESERVE  # the tests open thousands of stores: 16 MB each fill a disk

PASSWORD = "a quite unusual phrase 42"
OURS = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class Instance:
    """A running instance. `http` carries neither a key nor a cookie; `key` is an admin's of `project`."""

    app: Starlette
    http: httpx.AsyncClient
    sy: Switchyard
    project: ProjectInfo
    key: str
    platform_key: str = ""

    # -- callers ------------------------------------------------------------------------------------

    async def key_of(self, role: Role, project: ProjectInfo | None = None) -> str:
        """A new API key."""
        actor = Actor.system((project or self.project).id)
        return (await self.sy.access.keys.create(actor, "test", role))[1]

    async def cookie_of(
        self,
        email: str,
        role: Role | None = None,
        project: ProjectInfo | None = None,
        *,
        platform: bool = False,
    ) -> str:
        """A new user, who chose a password under the one-time link and is signed in by it."""
        system = Actor.system((project or self.project).id)
        user, token = await self.sy.access.users.create(system, email, email, platform_admin=platform)
        if role is not None:
            await self.sy.access.projects.add_member(system, user.email, role)
        form = {"password": PASSWORD, "again": PASSWORD}
        answer = await self.http.post(f"/setup/{token}", data=form, headers=OURS)
        assert answer.status_code == 303, answer.text
        self.http.cookies.clear()
        return answer.cookies["switchyard_session"]

    def key_for(self, path: str) -> str:
        """The key with which a path of the API may be asked everything."""
        return self.platform_key if "/platform/" in path else self.key

    # -- the API ------------------------------------------------------------------------------------

    async def api(self, method: str, path: str, body: Json = None, status: int = 200, key: str = "") -> Json:
        sent = {} if body is None else {"json": body}
        headers = {"Authorization": f"Bearer {key or self.key_for(path)}"}
        answer = await self.http.request(method, f"/api/v1{path}", headers=headers, **sent)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text[:2000]}"
        if path.partition("?")[0].endswith("/export"):
            return answer.text
        return answer.json() if answer.content else None

    async def publish(self, definition: dict[str, Any]) -> dict[str, Any]:
        """A new flow, published and enabled."""
        flow = await self.api("POST", "/flows", definition, 201)
        await self.api("POST", f"/flows/{flow['id']}/publish", {})
        return flow

    async def change(self, flow_id: str, **fields: Json) -> None:
        """Replace fields of a flow's draft and publish it."""
        seen = await self.api("GET", f"/flows/{flow_id}")
        saved = {"revision": seen["revision"], "definition": fields}
        await self.api("PATCH", f"/flows/{flow_id}", saved)
        await self.api("POST", f"/flows/{flow_id}/publish", {})

    # -- the intake ---------------------------------------------------------------------------------

    async def send(self, flow_id: str, body: Json, variant: str = "", **headers: str) -> httpx.Response:
        """An event as JSON, each with an id of its own."""
        headers = {"Content-Type": "application/json", "webhook-id": new_id("msg"), **headers}
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        return await self.http.post(f"/webhooks/{flow_id}{variant}", content=content, headers=headers)

    async def ended(self, run_id: str) -> Json:
        """The run, once it has ended."""

        async def ask() -> Json:
            run = await self.api("GET", f"/runs/{run_id}")
            return run if run["status"] in TERMINAL else None

        return await stored(self.sy.db, ask)

    async def first(self, path: str, key: str = "", **facts: Json) -> Json:
        """The first entry of a list that has these facts, once there is one."""

        async def ask() -> Json:
            listed = (await self.api("GET", path, key=key))["data"]
            return next((one for one in listed if facts.items() <= one.items()), None)

        return await stored(self.sy.db, ask)

    async def unrun(self, key: str = "") -> dict[str, str]:
        """A request that was rejected and can be admitted, and an event that is held: their ids, and that of
        the flow that holds it."""
        definition = {
            "format": 1, "name": "Not run", "start": "x",
            "steps": {"x": {"type": "action", "piece": "data", "action": "compose", "input": {"value": 1}}},
        }  # fmt: skip
        found = {}
        for choice, name in (("reject", "rejected_id"), ("hold", "held_id")):
            given = {"verify": {"scheme": "none"}, "while_disabled": choice}
            trigger = {"name": "webhook", "piece": "webhook", "trigger": "catch", "input": given}
            flow = await self.api("POST", "/flows", {**definition, "triggers": [trigger]}, 201, key)
            await self.api("POST", f"/flows/{flow['id']}/publish", {}, key=key)
            await self.api("POST", f"/flows/{flow['id']}/disable", key=key)
            await self.http.post(f"/webhooks/{flow['id']}", json=1)
            path = "/rejected" if choice == "reject" else "/held"
            found[name] = (await self.first(path, key, flow_id=flow["id"]))["id"]
            if choice == "reject":
                await self.api("POST", f"/flows/{flow['id']}/enable", key=key)
        return {**found, "holding_id": flow["id"]}

    # -- the store ----------------------------------------------------------------------------------

    async def rows(self) -> dict[str, int]:
        """How many rows each table has but for what a refused request may leave: the counts of what came in,
        and the list of rejected requests with its event, which are written a moment later."""

        def count(tx: Tx) -> dict[str, int]:
            apart = {"ledger", "ledger_totals", "notices", "rejected_requests"}
            tables = sorted(SQLModel.metadata.tables.keys() - apart)
            counts = ", ".join(f"(SELECT count(*) FROM {table})" for table in tables)
            found = dict(zip(tables, tx.execute(f"SELECT {counts}").fetchone(), strict=True))
            refusals = "SELECT count(*) FROM events WHERE action = 'flow.event.rejected'"
            return found | {"events": found["events"] - tx.execute(refusals).fetchone()[0]}

        return await self.sy.db.read(count)


# A body of each operation of the API that would do something, where its schema says too little to make one.
GOOD: dict[str, Json] = {
    "create_flow": {"definition": {"format": 1, "name": "Good"}},
    "import_flow": {"definition": {"format": 1, "name": "Good"}},
    "save_flow": {"definition": {"format": 1, "name": "Good"}, "revision": 1},
    "change_flow": {"definition": {"name": "Good"}, "revision": 1},
    "publish_flow": {"note": "x", "enable": True, "revision": 1},
    "test_flow": {"event": {"body": 1}},
    "retry_run": {"version": "same", "from_failed": False},
    "generate_handler_flow": {
        "catalogue": "deck", "events": "all", "name": "x", "verify": {"scheme": "none"}, "publish": False,
    },
    "create_connection": {"name": "new", "piece": "webhook", "fields": {"secret": "s"}},
    "change_connection": {"fields": {"secret": "s"}},
    "create_destination": {
        "name": "Good", "kind": "topic", "url": "good", "events": ["*"], "verification": "none",
    },
    "change_destination": {"name": "Good"},
    "replay_deliveries": {"since": "2026-03-03T10:00:00.000Z"},
    "rename_project": {"name": "Good"},
    "add_user": {"email": "member@example.com", "role": "viewer"},
    "change_user": {"role": "viewer"},
    "create_invitation": {"email": "invited@example.com", "role": "viewer"},
    "invite_platform_user": {"email": "new@example.com"},
    "change_platform_user": {"name": "Good"},
}  # fmt: skip


def good_body(facts: dict[str, Any], schemas: dict[str, Any]) -> Json | None:
    """A body for an operation of the OpenAPI document; None for one that takes none."""
    schema = facts.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if schema is None:
        return None
    if facts["operationId"] in GOOD:
        return GOOD[facts["operationId"]]
    while "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    made = {"string": "x", "integer": 1, "number": 1, "boolean": True, "object": {}, "array": []}
    return {
        name: field.get("examples", [made.get(field.get("type", "string"))])[0]
        for name, field in schema.get("properties", {}).items()
        if name in schema.get("required", ()) or "examples" in field
    }


@pytest.fixture(scope="session", name="good_body")
def good_body_fixture() -> Callable[..., Json | None]:
    """`good_body(facts, schemas)`: a body that an operation would accept."""
    return good_body


Serve = Callable[..., AbstractAsyncContextManager[Instance]]


@asynccontextmanager
async def serve(data_dir: Path, **settings: Any) -> AsyncIterator[Instance]:
    app = make_app(Settings(data_dir=data_dir, durability="fast", **settings))
    sy = app.switchyard
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as http,
    ):
        (project,) = await sy.access.projects.list(Actor.system())
        made = Instance(app, http, sy, project, "")
        made.key = await made.key_of(Role.admin)
        _, made.platform_key = await sy.access.keys.create_platform(Actor.system(), "test")
        yield made


# A busy machine takes its time over an example, and over making one.
hypothesis.settings.register_profile(
    "unhurried", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("unhurried")


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """`until` hears of each turn of the loop."""
    return {"watched": WatchedLoop}


@pytest.hookimpl(tryfirst=True)  # before `-m` is looked at
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Add the marks that follow from what tests use. Files that take longest come first, so that the workers
    end together."""
    marks.add_marks(items)
    items[:] = [item for item in items if not stores.is_left_out(item)]
    longest = {item.path for item in items if marks.LONGEST & {mark.name for mark in item.iter_markers()}}
    items.sort(key=lambda item: item.path not in longest)


def pytest_collection_finish() -> None:
    """The collector works as it does in a server."""
    calm_collector()


@pytest.fixture(scope="session", autouse=True)
def hashes_that_cost_little() -> Iterator[None]:
    """Of passwords: most tests make users, and nobody attacks them. What a hash costs otherwise has a test
    of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture
def clock() -> Iterator[ManualClock]:
    """Time stands still, in all that is started after this, until the test moves it."""
    with manual_clock() as made:
        yield made


@pytest.fixture(scope="session", name="serve")
def serve_fixture() -> Serve:
    """`async with serve(folder, **settings) as instance`."""
    return serve


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def instance(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Instance]:
    """One instance for a module's tests, which run on the module's loop."""
    async with serve(tmp_path_factory.mktemp("data")) as made:
        yield made


@pytest.fixture(scope="session", name="databases")
def databases_fixture() -> Iterator[stores.Databases]:
    """Databases of a PostgreSQL server of the tests' own."""
    with stores.databases() as found:
        if found is None:
            pytest.skip("PostgreSQL is not installed")
        yield found


_POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.postgres)


@pytest.fixture(params=[_POSTGRESQL] if stores.EVERYWHERE else ["sqlite", _POSTGRESQL])
def each_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The test runs once for each database, whatever it opens; which one this is."""
    if request.param == "postgresql" and not stores.EVERYWHERE:
        databases = request.getfixturevalue("databases")
        with databases.instead_of_files():
            yield request.param
        databases.drop_below(tmp_path)
    else:
        yield request.param


if stores.EVERYWHERE:

    @pytest.fixture(scope="session", autouse=True)
    def _everywhere(databases: stores.Databases) -> Iterator[None]:
        with databases.instead_of_files():
            yield

    @pytest.fixture(autouse=True)
    def _dropped(databases: stores.Databases, tmp_path: Path) -> Iterator[None]:
        yield
        databases.drop_below(tmp_path)
