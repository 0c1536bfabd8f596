"""Secrets go to the hosts that an admin allowed, and to nobody whom somebody else put there later."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from engine.base.errors import BadInput
from engine.base.redaction import MASK
from engine.store.database import Database
from pieces import AuthError
from tests.engine.factories import Harness, action, flow
from tests.support.old_stores import old_store
from tests.support.receiver import receiving

SECRET = "planted-secret-0123456789"


def calling(url: str, **input: Any) -> Any:
    return flow(a=action("http", "request", connection="api", input={"url": url, **input}))


async def connect(place: Harness, hosts: Any, **fields: Any) -> str:
    made = await place.sy.connections.create(
        place.actor, "api", "http", {"kind": "bearer", "secret": SECRET, "hosts": hosts, **fields}
    )
    return made.id


# -- sending -----------------------------------------------------------------------------------------


async def test_a_secret_is_sent_to_an_allowed_host_and_to_no_other(place: Harness) -> None:
    async with receiving() as mine, receiving() as other:
        await connect(place, [f"127.0.0.1:{mine.port}"])
        run = await place.run(calling(mine.url))
        assert run["status"] == "succeeded"
        assert mine.requests[0].headers["authorization"] == f"Bearer {SECRET}"
        run = await place.run(calling(other.url))
        assert (run["status"], run["error"]["kind"], other.requests) == ("failed", "auth_error", [])
        assert run["error"]["message"] == (
            f"The connection “api” sends its secret only to 127.0.0.1:{mine.port}. To use it with "
            f"127.0.0.1:{other.port}, an admin adds that to its allowed hosts."
        )


async def test_a_connection_without_hosts_fails_the_step_that_uses_it(place: Harness) -> None:
    async with receiving() as mine:
        await connect(place, ["127.0.0.1"])
        flow_id = await place.publish(calling(mine.url))
        await place.sql("UPDATE connections SET hosts = NULL")  # as after an upgrade that found no address
        run = await place.ended(await place.start(flow_id))
        assert (run["status"], run["error"]["kind"], mine.requests) == ("failed", "auth_error", [])
        assert "“api” sends its secret nowhere: it has no allowed hosts" in run["error"]["message"]
        assert (await place.sy.flows.get(place.project, flow_id)).enabled


# -- saving ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hosts", "says"),
    [
        ([], "Name the hosts that may receive the secret"),
        (None, "Name the hosts that may receive the secret"),
        (["https://api.example/"], "leave out the scheme and the path"),
        (["api.example", "*.com"], "allows too much"),
        ([1], "must be text"),
        ({"a": 1}, "must be text"),
    ],
)
async def test_hosts_that_cannot_be_are_refused(place: Harness, hosts: Any, says: str) -> None:
    with pytest.raises(BadInput, match=says) as raised:
        await connect(place, hosts)
    assert raised.value.field == "fields.hosts"


async def test_hosts_are_stored_as_they_are_read_and_a_connection_without_a_secret_needs_none(
    place: Harness,
) -> None:
    await connect(place, "API.example.\n *.B.example, [::1]:80")
    (info,) = await place.sy.connections.list(place.project)
    assert info.fields == {"kind": "bearer", "secret": MASK, "hosts": "api.example\n*.b.example\n[::1]:80"}
    await place.sy.connections.create(place.actor, "open", "http", {"kind": "none"})


async def test_changing_the_hosts_removes_the_secret(place: Harness) -> None:
    async with receiving() as first, receiving() as second:
        connection_id = await connect(place, [f"127.0.0.1:{first.port}"])
        moved = {"hosts": [f"127.0.0.1:{second.port}"]}
        info = await place.sy.connections.update(place.actor, connection_id, moved)
        assert info.fields == {"kind": "bearer", "hosts": f"127.0.0.1:{second.port}"}
        assert info.status == "failing" and "Enter the secret of “api” again" in str(info.error)
        run = await place.run(calling(second.url))
        assert (run["status"], run["error"]["kind"], second.requests) == ("failed", "auth_error", [])
        assert "Enter the secret of “api” again" in run["error"]["message"]
        await place.sy.connections.update(place.actor, connection_id, {"header": "X-Key"})  # no secret yet
        with pytest.raises(AuthError, match="Enter the secret"):
            await place.sy.connections.secret(place.project, "api", "http")
        info = await place.sy.connections.update(place.actor, connection_id, {"secret": "another-secret"})
        assert (info.status, info.error) == ("unchecked", None)
        run = await place.run(calling(second.url))
        assert second.requests[0].headers["authorization"] == "Bearer another-secret"


async def test_the_same_hosts_in_another_order_keep_the_secret(place: Harness) -> None:
    connection_id = await connect(place, ["a.example", "b.example"])
    same = {"hosts": "B.example\r\na.example", "header": "X-Key"}
    info = await place.sy.connections.update(place.actor, connection_id, same)
    assert info.fields["secret"] == MASK
    assert (await place.sy.connections.secret(place.project, "api", "http"))["secret"] == SECRET


async def test_hosts_and_a_new_secret_may_change_together(place: Harness) -> None:
    connection_id = await connect(place, ["a.example"])
    both = {"hosts": ["b.example"], "secret": "another-secret"}
    info = await place.sy.connections.update(place.actor, connection_id, both)
    assert (info.status, info.fields["secret"]) == ("unchecked", MASK)


async def test_a_removed_secret_is_not_missed_where_none_is_needed(place: Harness) -> None:
    connection_id = await connect(place, ["a.example"])
    await place.sy.connections.update(place.actor, connection_id, {"hosts": []})
    info = await place.sy.connections.update(place.actor, connection_id, {"kind": "none"})
    assert (info.status, info.fields) == ("unchecked", {"kind": "none"})
    assert await place.sy.connections.secret(place.project, "api", "http") == {"kind": "none"}


@pytest.mark.parametrize(
    ("piece", "fields", "moved", "lost"),
    [
        ("email", {"host": "a.example", "password": SECRET}, {"host": "evil.example"}, "password"),
        ("email", {"host": "a.example", "port": "587", "password": SECRET}, {"port": "25"}, "password"),
        (
            "http",
            {"kind": "oauth2_authorization_code", "hosts": "a.example", "client_id": "c",
             "client_secret": SECRET, "authorize_url": "https://a.example/a",
             "token_url": "https://a.example/t"},
            {"token_url": "https://evil.example/t"},
            "client_secret",
        ),
    ],
)  # fmt: skip
async def test_wherever_a_secret_is_sent_by_a_field_changing_that_removes_it(
    place: Harness, piece: str, fields: dict[str, str], moved: dict[str, str], lost: str
) -> None:
    made = await place.sy.connections.create(place.actor, "c", piece, fields)
    assert made.fields[lost] == MASK
    info = await place.sy.connections.update(place.actor, made.id, moved)
    assert lost not in info.fields and info.status == "failing"


# -- the upgrade -------------------------------------------------------------------------------------


def stored_step(connection: str, url: Any) -> dict[str, Any]:
    return {"type": "action", "piece": "http", "action": "request", "connection": connection,
            "input": {"url": url}}  # fmt: skip


def stored_flow(*steps: Any) -> str:
    return json.dumps({"format": 1, "name": "F", "steps": {f"s{n}": one for n, one in enumerate(steps)}})


def test_an_upgrade_allows_the_hosts_of_the_literal_addresses_that_use_a_connection(tmp_path: Path) -> None:
    path = tmp_path / "switchyard.db"
    old_store("8", path)
    draft = stored_flow(
        stored_step("api", "https://Api.example/v1/{{trigger.body.id}}"),
        stored_step("api", "http://intranet.example/x"),
        stored_step("api", "https://api.example:8443?x=1"),
        stored_step("api", "https://user@sub.api.example"),
        stored_step("dynamic", "https://{{trigger.body.host}}/x"),
        stored_step("dynamic", "https://api.example{{trigger.body.path}}"),
        stored_step("dynamic", "{{trigger.body.url}}"),
        stored_step("dynamic", {"not": "text"}),
        stored_step("signing", "https://evil.example/"),
        {**stored_step("api", "https://slack.example/"), "piece": "slack"},
    )
    published = stored_flow(stored_step("api", "http://10.0.0.5:8080/"))
    earlier = stored_flow(stored_step("api", "https://long-gone.example/"))
    with closing(sqlite3.connect(path)) as store:
        project = store.execute("SELECT id FROM projects").fetchone()[0]
        for name, piece in (("api", "http"), ("dynamic", "http"), ("signing", "webhook")):
            store.execute(
                "INSERT INTO connections (id, project_id, name, piece, secret, status, created, updated) "
                "VALUES (?, ?, ?, ?, x'00', 'unchecked', '', '')", (f"con_{name}", project, name, piece),
            )  # fmt: skip
        columns = {row[1] for row in store.execute("PRAGMA table_info(flows)")}
        values = {
            "id": "flow_hosts", "project_id": project, "name": "F", "enabled": 1, "draft": draft,
            "digest": "", "revision": 1, "edit_at": 0, "published_version": 2, "tags": "[]", "created": "",
            "updated": "",
        }  # fmt: skip
        values = {name: value for name, value in values.items() if name in columns}
        store.execute(
            f"INSERT INTO flows ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
            tuple(values.values()),
        )
        for number, definition in ((1, earlier), (2, published)):
            store.execute(
                "INSERT INTO flow_versions (id, project_id, flow_id, number, definition, digest, note, "
                "created) VALUES (?, ?, 'flow_hosts', ?, ?, '', '', '')",
                (f"ver_{number}", project, number, definition),
            )
        store.commit()
    database = Database(path)
    database.open()
    database.close()
    with closing(sqlite3.connect(path)) as store:
        hosts = dict(store.execute("SELECT name, hosts FROM connections WHERE id LIKE 'con\\_%' ESCAPE '\\'"))
        enabled = store.execute("SELECT enabled FROM flows WHERE id = 'flow_hosts'").fetchone()[0]
    assert json.loads(hosts["api"]) == [
        "10.0.0.5:8080", "api.example", "api.example:8443", "intranet.example:80", "sub.api.example",
    ]  # fmt: skip
    assert (hosts["dynamic"], hosts["signing"], enabled) == (None, None, 1)
