"""Connections keep secrets in: sealed at rest, never read back, cut out of every error."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import select

from engine.base.actor import Actor, Role
from engine.base.errors import BadInput, Conflict, Forbidden, NotFound, SwitchyardError
from engine.base.redaction import MASK, redact
from engine.base.secrets import Vault, VaultError
from engine.connections.service import Connections
from engine.store.database import Database
from engine.store.models import Connection, Flow, FlowVersion, Project
from engine.store.tx import Tx
from pieces import AuthError, AuthField, BasicAuth, BearerToken, Context, Fields, Piece, Registry
from tests.support.clock import ManualClock
from tests.support.waiting import forever

TOKEN = "xoxb-very-secret-1234"
ADMIN = Actor(user_id="usr_1", project_id="prj_1", role=Role.admin)
FOREIGN = Actor(user_id="usr_2", project_id="prj_2", role=Role.admin)

chat = Piece("chat", "Chat", auth=BearerToken())
site = Piece("site", "Site", auth=BasicAuth())
plain = Piece("plain", "Plain")
odd = Piece(
    "odd",
    "Odd",
    auth=Fields(
        "Odd",
        AuthField("login", "Login", secret=False),
        AuthField("pin", "PIN"),
        bind=lambda values: httpx.BasicAuth(values["login"], values["pin"]),
    ),
)
mail = Piece(
    "mail",
    "Mail",
    auth=Fields(
        "SMTP",
        AuthField("host", "Host", secret=False),
        AuthField("password", "Password", required=False),
        AuthField("security", "Security", secret=False, options=("tls", "none"), default="tls"),
    ),
)


@chat.verify
async def check_chat(ctx: Context) -> None:
    """Says what it was given, as a careless service does."""
    if ctx.auth["token"] == "slow":
        await forever()
    if ctx.auth["token"] == "crash":
        raise RuntimeError("token crash was refused")
    if ctx.auth["token"] != TOKEN:
        raise AuthError(f"the token {ctx.auth['token']} is not valid")


class World:
    def __init__(self, db: Database, pieces: dict[str, Piece], clock: ManualClock) -> None:
        self.db = db
        self.clock = clock
        self.told: list[tuple[str, Any, Actor | None, str | None]] = []
        self.vault = Vault(bytes(32))
        self.connections = Connections(
            db,
            self.vault,
            Registry(pieces),
            lambda piece, project_id, fields: Context(piece=piece, auth=fields),
            lambda s, action, data, actor, project_id: self.told.append((action, data, actor, project_id)),
        )

    async def create(
        self, name: str = "team-chat", piece: str = "chat", actor: Actor = ADMIN, **fields: Any
    ) -> Any:
        return await self.connections.create(actor, name, piece, fields or {"token": TOKEN})

    async def rows(self) -> list[Connection]:
        return await self.db.read(lambda tx: list(tx.session.exec(select(Connection))))

    async def flow(self, id: str, draft: Any, published: Any = None, project_id: str = "prj_1") -> None:
        def change(tx: Tx) -> None:
            number = 1 if published is not None else None
            tx.session.add(
                Flow(
                    id=id,
                    project_id=project_id,
                    name=id,
                    draft=json.dumps(draft),
                    published_version=number,
                    created="",
                    updated="",
                )
            )
            tx.session.flush()
            for version, definition in ((1, published), (2, draft)):  # 2 was never published
                text = json.dumps(definition)
                tx.session.add(
                    FlowVersion(
                        id=f"{id}_{version}",
                        project_id=project_id,
                        flow_id=id,
                        number=version,
                        definition=text,
                        created="",
                    )
                )

        await self.db.write(change)


@pytest.fixture
async def w(tmp_path: Path, clock: ManualClock) -> AsyncIterator[World]:
    db = Database(tmp_path / "switchyard.db", "fast")
    db.open()

    def add_projects(tx: Tx) -> None:
        tx.session.add_all([Project(id=f"prj_{number}", name="", created="") for number in (1, 2)])

    await db.write(add_projects)
    yield World(db, {piece.name: piece for piece in (chat, site, plain, mail, odd)}, clock)
    db.close()


# -- writing and reading --------------------------------------------------------------------------


async def test_a_secret_goes_in_and_only_a_piece_gets_it_out(w: World, tmp_path: Path) -> None:
    info = await w.create()
    assert (info.name, info.piece, info.fields, info.status) == (
        "team-chat",
        "chat",
        {"token": MASK},
        "unchecked",
    )
    assert await w.connections.secret("prj_1", "team-chat", "chat") == {"token": TOKEN}
    assert await w.connections.redactions("prj_1", "team-chat") == {TOKEN}
    assert await w.connections.names("prj_1") == {"team-chat": "chat"}
    assert await w.connections.get("prj_1", info.id) == info
    assert await w.connections.list("prj_1") == [info]
    assert await w.connections.list("prj_1", piece="mail") == []
    w.db.close()
    for path in tmp_path.iterdir():
        assert TOKEN.encode() not in path.read_bytes()
    w.db.open()


async def test_nothing_that_is_printed_shows_a_secret(w: World) -> None:
    info = await w.create("web", "site", username="ann", password="hunter2-hunter2")
    await w.connections.secret("prj_1", "web", "site")
    printed = repr((info, w.told, vars(w.connections), await w.rows()))
    assert "hunter2" not in printed
    assert info.fields == {"username": "ann", "password": MASK}
    assert "YW5uOmh1bnRlcjItaHVudGVyMg==" in await w.connections.redactions("prj_1", "web")
    assert "ann" not in await w.connections.redactions("prj_1", "web")


async def test_a_user_and_password_joined_are_a_secret_whatever_the_fields_are_called(w: World) -> None:
    await w.create("site", "site", username="ann", password="pw")
    assert redact("Basic YW5uOnB3", await w.connections.redactions("prj_1", "site")) == f"Basic {MASK}"
    await w.create("odd", "odd", login="ann", pin="pw")
    assert redact("Basic YW5uOnB3", await w.connections.redactions("prj_1", "odd")) == f"Basic {MASK}"


async def test_an_update_keeps_what_is_left_blank(w: World) -> None:
    info = await w.create("smtp", "mail", host="a.example", password="s3cret-1")
    w.clock.advance(60)
    for fields, expected in (
        ({"host": "b.example", "password": ""}, {"host": "b.example", "password": "s3cret-1"}),
        ({"password": MASK}, {"host": "b.example", "password": "s3cret-1"}),
        ({"password": "s3cret-2\n"}, {"host": "b.example", "password": "s3cret-2"}),
        ({"security": "none"}, {"host": "b.example", "password": "s3cret-2", "security": "none"}),
        ({"security": ""}, {"host": "b.example", "password": "s3cret-2"}),
        ({"password": None}, {"host": "b.example"}),
    ):
        updated = await w.connections.update(ADMIN, info.id, fields)
        assert await w.connections.secret("prj_1", "smtp", "mail") == expected
    assert updated.updated > info.updated and updated.created == info.created
    assert {action for action, *_ in w.told} == {"connection.upserted"}


@pytest.mark.parametrize(
    ("name", "piece", "fields", "field"),
    [
        ("Team Chat", "chat", {"token": TOKEN}, "name"),
        ("", "chat", {"token": TOKEN}, "name"),
        ("-x", "chat", {"token": TOKEN}, "name"),
        ("x" * 64, "chat", {"token": TOKEN}, "name"),
        ("../etc", "chat", {"token": TOKEN}, "name"),
        (None, "chat", {"token": TOKEN}, "name"),
        ("x", "nothing", {"token": TOKEN}, "piece"),
        ("x", ["chat"], {"token": TOKEN}, "piece"),
        ("x", "plain", {}, "piece"),
        ("x", "chat", {}, "fields.token"),
        ("x", "chat", {"token": ""}, "fields.token"),
        ("x", "chat", {"token": MASK}, "fields.token"),
        ("x", "chat", {"token": 5}, "fields.token"),
        ("x", "chat", {"token": "a\0b"}, "fields.token"),
        ("x", "chat", {"token": "a" * 70_000}, "fields.token"),
        ("x", "chat", {"token": TOKEN, "extra": "1"}, "fields.extra"),
        ("x", "mail", {"host": "h", "security": "maybe"}, "fields.security"),
        ("x", "chat", ["token"], "fields"),
    ],
)
async def test_bad_input_is_refused_by_field_and_nothing_is_stored(
    w: World, name: Any, piece: Any, fields: Any, field: str
) -> None:
    with pytest.raises(BadInput) as raised:
        await w.connections.create(ADMIN, name, piece, fields)
    assert raised.value.field == field
    assert TOKEN not in str(raised.value.to_json())
    assert await w.rows() == [] and w.told == []


async def test_a_bad_update_changes_nothing(w: World) -> None:
    info = await w.create("smtp", "mail", host="a.example", password="s3cret-1")
    for fields in ({"host": ""}, {"host": None}, {"port": "25"}, {"security": "maybe"}, {"host": 5}):
        with pytest.raises(BadInput):
            await w.connections.update(ADMIN, info.id, fields)
    assert await w.connections.secret("prj_1", "smtp", "mail") == {
        "host": "a.example",
        "password": "s3cret-1",
    }


async def test_a_name_is_taken_within_its_project_only(w: World) -> None:
    await w.create()
    with pytest.raises(Conflict) as raised:
        await w.create()
    assert raised.value.field == "name"
    await w.create(actor=FOREIGN, token="another-secret")
    assert await w.connections.secret("prj_1", "team-chat", "chat") == {"token": TOKEN}
    assert await w.connections.secret("prj_2", "team-chat", "chat") == {"token": "another-secret"}


# -- whose it is ----------------------------------------------------------------------------------


async def test_another_projects_connection_does_not_exist(w: World) -> None:
    info = await w.create()
    before = (await w.rows())[0].model_dump()
    c = w.connections
    for act in (
        c.get("prj_2", info.id),
        c.secret("prj_2", "team-chat", "chat"),
        c.redactions("prj_2", "team-chat"),
        c.update(FOREIGN, info.id, {"token": "x"}),
        c.delete(FOREIGN, info.id, force=True),
        c.test(FOREIGN, info.id),
        c.learn("prj_2", "team-chat", "chat", {"token": "x"}),
    ):
        with pytest.raises(NotFound):
            await act
    assert await c.list("prj_2") == [] and await c.names("prj_2") == {}
    assert (await w.rows())[0].model_dump() == before


@pytest.mark.parametrize("role", [None, Role.viewer, Role.editor])
async def test_only_admins_write_connections(w: World, role: Role | None) -> None:
    info = await w.create()
    actor = Actor(user_id="u", project_id="prj_1", role=role)
    for act in (
        w.create("other", actor=actor),
        w.connections.update(actor, info.id, {}),
        w.connections.delete(actor, info.id),
    ):
        with pytest.raises(Forbidden):
            await act
    if role is Role.editor:
        assert (await w.connections.test(actor, info.id))[0]


async def test_a_secret_moved_to_another_row_does_not_open_there(w: World) -> None:
    mine, other = await w.create(), await w.create("other", actor=FOREIGN)

    def swap(tx: Tx) -> None:
        a, b = tx.session.get(Connection, mine.id), tx.session.get(Connection, other.id)
        assert a and b
        b.secret = a.secret
        tx.session.add(b)

    await w.db.write(swap)
    with pytest.raises(VaultError):
        await w.connections.secret("prj_2", "other", "chat")
    (shown,) = await w.connections.list("prj_2")  # the list still shows
    assert (shown.status, shown.fields) == ("failing", {})
    assert TOKEN not in str(shown.error)


# -- the memory of secrets ------------------------------------------------------------------------


async def test_a_changed_or_deleted_secret_is_seen_at_once(w: World) -> None:
    info = await w.create()
    got = await w.connections.secret("prj_1", "team-chat", "chat")
    got["token"] = "changed by a careless caller"
    assert await w.connections.secret("prj_1", "team-chat", "chat") == {"token": TOKEN}
    await w.connections.update(ADMIN, info.id, {"token": "new-secret"})
    assert await w.connections.secret("prj_1", "team-chat", "chat") == {"token": "new-secret"}
    await w.connections.delete(ADMIN, info.id)
    with pytest.raises(NotFound, match="team-chat"):
        await w.connections.secret("prj_1", "team-chat", "chat")
    assert [action for action, *_ in w.told][-1] == "connection.deleted"


async def test_another_processes_change_is_seen_within_seconds(w: World) -> None:
    info = await w.create()
    assert await w.connections.secret("prj_1", "team-chat", "chat") == {"token": TOKEN}
    elsewhere = World(w.db, {"chat": chat}, w.clock)
    await elsewhere.connections.update(ADMIN, info.id, {"token": "new-secret"})
    w.clock.advance(30)
    assert await w.connections.secret("prj_1", "team-chat", "chat") == {"token": "new-secret"}


async def test_a_read_that_began_before_a_change_is_not_remembered(w: World) -> None:
    info = await w.create()
    await asyncio.gather(
        *(w.connections.secret("prj_1", "team-chat", "chat") for _ in range(20)),
        w.connections.update(ADMIN, info.id, {"token": "new-secret"}),
    )
    assert await w.connections.secret("prj_1", "team-chat", "chat") == {"token": "new-secret"}


# -- learning from a handshake --------------------------------------------------------------------


async def test_a_handshake_fills_what_is_empty_and_replaces_nothing(w: World) -> None:
    await w.create("smtp", "mail", host="a.example")
    await w.connections.learn("prj_1", "smtp", "mail", {"password": "from-a-handshake"})
    assert (await w.connections.secret("prj_1", "smtp", "mail"))["password"] == "from-a-handshake"
    with pytest.raises(Conflict):
        await w.connections.learn("prj_1", "smtp", "mail", {"password": "from-an-attacker"})
    with pytest.raises(BadInput):
        await w.connections.learn("prj_1", "smtp", "mail", {"unknown": "x"})
    assert (await w.connections.secret("prj_1", "smtp", "mail"))["password"] == "from-a-handshake"


# -- testing --------------------------------------------------------------------------------------


async def test_a_connection_that_works_is_marked_so(w: World) -> None:
    info = await w.create()
    assert await w.connections.test(ADMIN, info.id) == (True, "The connection works.")
    shown = await w.connections.get("prj_1", info.id)
    assert (shown.status, shown.error) == ("works", None) and shown.checked
    changed = await w.connections.update(ADMIN, info.id, {"token": "other"})
    assert (changed.status, changed.checked) == ("unchecked", None)


async def test_a_connection_that_begins_to_fail_and_works_again_says_so_once(w: World) -> None:
    def changes() -> list[tuple[str, str, str | None]]:
        found = [
            (action, data["connection"]["status"], data.get("error"))
            for action, data, *_ in w.told
            if action in ("connection.failing", "connection.recovered")
        ]
        w.told.clear()
        return found

    info = await w.create()
    await w.connections.test(ADMIN, info.id)
    assert changes() == []  # it works, and did not fail before
    await w.connections.update(ADMIN, info.id, {"token": "old-secret"})
    for _ in range(2):
        await w.connections.test(ADMIN, info.id)
    ((action, status, error),) = changes()
    assert (action, status) == ("connection.failing", "FAILING")
    assert error and "old-secret" not in error
    await w.connections.update(ADMIN, info.id, {"token": "other-secret"})
    await w.connections.test(ADMIN, info.id)
    assert changes() == []  # it fails still
    await w.connections.update(ADMIN, info.id, {"token": TOKEN})
    for _ in range(2):
        await w.connections.test(ADMIN, info.id)
    assert changes() == [("connection.recovered", "WORKS", None)]


@pytest.mark.parametrize("token", ["wrong-secret", "crash"])
async def test_a_refusal_is_kept_without_the_secret_that_it_repeats(w: World, token: str) -> None:
    info = await w.create(token=token)
    works, message = await w.connections.test(ADMIN, info.id)
    shown = await w.connections.get("prj_1", info.id)
    assert not works and token not in message and MASK in message
    assert (shown.status, shown.error) == ("failing", message)


async def test_a_service_that_does_not_answer_is_given_up(w: World) -> None:
    info = await w.create(token="slow")
    works, message = await w.clock.drive(w.connections.test(ADMIN, info.id), 1, w.db)
    assert not works and "did not answer" in message


async def test_a_piece_that_cannot_tell_says_so(w: World) -> None:
    info = await w.create("web", "site", username="ann", password="hunter2")
    with pytest.raises(BadInput):
        await w.connections.test(ADMIN, info.id)


async def test_a_connection_of_a_piece_that_is_gone_still_shows_and_can_be_deleted(w: World) -> None:
    info = await w.create("smtp", "mail", host="a.example", password="s3cret-1")
    later = World(w.db, {}, w.clock)
    (shown,) = await later.connections.list("prj_1")
    assert shown.fields == {"host": MASK, "password": MASK}  # nobody knows any more which is harmless
    for act in (
        later.connections.update(ADMIN, info.id, {"host": "b"}),
        later.connections.test(ADMIN, info.id),
    ):
        with pytest.raises(BadInput):
            await act
    await later.connections.delete(ADMIN, info.id)
    assert await w.rows() == []


# -- in use ---------------------------------------------------------------------------------------


def step(connection: str) -> dict[str, Any]:
    return {"steps": {"tell": {"type": "action", "connection": connection}}, "samples": {}}


async def test_a_connection_in_use_is_deleted_only_by_force(w: World) -> None:
    info = await w.create()
    verify = {"triggers": [{"input": {"verify": {"scheme": "github", "connection": "team-chat"}}}]}
    await w.flow("in_draft", step("team-chat"))
    await w.flow("in_version", step("other"), step("team-chat"))
    await w.flow("in_verify", verify, verify)
    await w.flow("in_an_unpublished_version", step("team-chat-2"))
    await w.flow(
        "in_a_sample", {"samples": {"x": {"body": {"connection": "team-chat"}}}, "name": "team-chat"}
    )
    await w.flow("foreign", step("team-chat"), project_id="prj_2")
    uses = await w.connections.used_by("prj_1", "team-chat")
    assert [(use.id, use.draft, use.published) for use in uses] == [
        ("in_draft", True, False),
        ("in_verify", True, True),
        ("in_version", False, True),
    ]
    with pytest.raises(Conflict) as raised:
        await w.connections.delete(ADMIN, info.id)
    assert [flow["id"] for flow in raised.value.details["flows"]] == ["in_draft", "in_verify", "in_version"]
    assert len(await w.rows()) == 1
    await w.connections.delete(ADMIN, info.id, force=True)
    assert await w.rows() == []


@pytest.mark.parametrize("id", ["", "con_none", "' OR 1=1 --", "\0"])
async def test_an_unknown_id_is_not_found(w: World, id: str) -> None:
    await w.create()
    c = w.connections
    for act in (
        c.get("prj_1", id),
        c.update(ADMIN, id, {}),
        c.delete(ADMIN, id, force=True),
        c.test(ADMIN, id),
    ):
        with pytest.raises(SwitchyardError) as raised:
            await act
        assert raised.value.status == 404
    assert len(await w.rows()) == 1
