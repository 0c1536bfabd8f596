import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import pytest_asyncio
from jsonschema import Draft202012Validator
from starlette.applications import Starlette

from engine import api
from engine.access import ProjectInfo
from engine.api import openapi
from engine.base.actor import Actor, Role
from engine.base.settings import Settings
from engine.instance import Switchyard
from engine.web.errors import exception_handlers
from engine.web.routes import Guard, GuardedRoute
from engine.web.security_headers import SecurityHeaders

DOCUMENT = orjson.loads(orjson.dumps(openapi.document(api.OPERATIONS, "http://test")))


@dataclass
class Api:
    """A caller with one key. Each answer is held against the OpenAPI document."""

    http: httpx.AsyncClient
    sy: Switchyard
    project: ProjectInfo
    key: str
    platform_key: str = ""
    """For the paths of the platform, where this caller has one."""

    async def call(self, method: str, path: str, status: int = 200, **sent: Any) -> Any:
        key = self.platform_key if path.startswith("/platform/") and self.platform_key else self.key
        headers = {"Authorization": f"Bearer {key}", **sent.pop("headers", {})}
        answer = await self.http.request(method, f"/api/v1{path}", headers=headers, **sent)
        assert answer.status_code == status, answer.text
        hold_against_document(method, f"/api/v1{path}".partition("?")[0], answer)
        return answer.json() if answer.content else None

    async def get(self, path: str, status: int = 200, **sent: Any) -> Any:
        return await self.call("GET", path, status, **sent)

    async def post(self, path: str, body: Any = None, status: int = 200, **sent: Any) -> Any:
        return await self.call("POST", path, status, **({} if body is None else {"json": body}), **sent)

    async def key_of(self, role: Role, project_id: str | None = None) -> "Api":
        """The same server as somebody else sees it."""
        project = self.project if project_id is None else await self.sy.access.projects.get(project_id)
        _, key = await self.sy.access.keys.create(Actor.system(project.id), "test", role)
        return Api(self.http, self.sy, project, key)


def hold_against_document(method: str, path: str, answer: httpx.Response) -> None:
    for template, operations in DOCUMENT["paths"].items():
        pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template))
        if re.fullmatch(pattern, path) and method.lower() in operations:
            responses = operations[method.lower()]["responses"]
            assert str(answer.status_code) in responses, f"{method} {template} answers {answer.status_code}"
            content = responses[str(answer.status_code)].get("content")
            if content is None:
                assert not answer.content
                return
            schema = {**content["application/json"]["schema"], "components": DOCUMENT["components"]}
            Draft202012Validator(schema).validate(answer.json())
            return
    raise AssertionError(f"{method} {path} is not in the document")


def routes_of(sy: Switchyard) -> list[GuardedRoute]:
    """The routes of an instance's API."""
    return Guard(sy.access, sy.settings).routes(api.routes(sy.api))


@asynccontextmanager
async def serve(data_dir: Path) -> AsyncIterator[Api]:
    """A real instance behind its API, and a key with the admin role."""
    sy = Switchyard(Settings(data_dir=data_dir, durability="fast", max_body_bytes=100_000))
    await sy.start()
    app = Starlette(routes=routes_of(sy), exception_handlers=exception_handlers())
    transport = httpx.ASGITransport(SecurityHeaders(app, sy.settings), raise_app_exceptions=False)
    (project,) = await sy.access.projects.list(Actor.system())
    _, key = await sy.access.keys.create(Actor.system(project.id), "test", Role.admin)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        _, platform_key = await sy.access.keys.create_platform(Actor.system(), "test")
        yield Api(http, sy, project, key, platform_key)
    await sy.stop()


@pytest.fixture
async def admin(tmp_path: Path) -> AsyncIterator[Api]:
    async with serve(tmp_path) as caller:
        yield caller


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    """One instance for tests that leave nothing behind."""
    async with serve(tmp_path_factory.mktemp("data")) as caller:
        yield caller
