"""Tokens are renewed before they end, once for everybody who waits, and what is lost is said."""

import asyncio
import json
from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import select

from engine.base.actor import Actor, Role
from engine.base.secrets import Vault
from engine.connections.oauth2 import Tokens, by_client, challenge
from engine.connections.service import Connections
from engine.http.egress import Egress
from engine.store.database import Database
from engine.store.models import Connection, Project
from engine.store.tx import Tx
from pieces import AuthError, Context, OAuth2, Piece, PieceError, Provider, Registry, Retry
from tests.support.clock import ManualClock
from tests.support.oauth_server import CLIENT_ID, CLIENT_SECRET, providing
from tests.support.oauth_server import Provider as Server
from tests.support.waiting import until

ADMIN = Actor(user_id="usr_1", project_id="prj_1", role=Role.admin)
FOREIGN = Actor(user_id="usr_2", project_id="prj_2", role=Role.admin)


class World:
    """One store, and as many processes on it as a test wants."""

    def __init__(self, db: Database, server: Server, clock: ManualClock) -> None:
        self.db = db
        self.server = server
        self.clock = clock
        self.told: list[tuple[str, Any, Actor | None]] = []
        self.egress = Egress((ip_network("127.0.0.0/8"),))
        urls = {"authorize_url": f"{server.url}/authorize", "token_url": f"{server.url}/token"}
        self.desk = Piece("desk", "Desk", base_url=server.url, auth=OAuth2(**urls))
        robot = Piece("robot", "Robot", auth=OAuth2(grant="client_credentials", token_url=urls["token_url"]))
        self.pieces = Registry({"desk": self.desk, "robot": robot})
        self.connections = self.process()

    def process(self) -> Connections:
        return Connections(
            self.db,
            Vault(bytes(32)),
            self.pieces,
            lambda piece, project_id, fields: Context(piece=piece, outside=self.egress, auth=fields),
            lambda s, action, data, actor, project_id: self.told.append((action, data, actor)),
            egress=self.egress,
        )

    async def connected(self, piece: str = "desk") -> Any:
        fields = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        made = await self.connections.create(ADMIN, "own", piece, fields)
        if piece == "desk":
            there = await self.connections.tokens.begin(ADMIN, made.id, self.server.redirect_uri)
            async with httpx.AsyncClient() as browser:
                back = httpx.URL((await browser.get(there)).headers["location"])
            await self.connections.tokens.finish(ADMIN, made.id, dict(back.params))
        return await self.info()

    async def token(self, process: Connections | None = None) -> str:
        piece = (await self.info()).piece
        return (await (process or self.connections).secret("prj_1", "own", piece))["access_token"]

    async def patient_token(self) -> str:
        """The token, however long the provider takes."""
        return await self.clock.drive(self.token(), 1, self.db)

    async def info(self) -> Any:
        (one,) = await self.connections.list("prj_1")
        return one

    async def row(self) -> Connection:
        return await self.db.read(lambda tx: tx.session.exec(select(Connection)).one())


@pytest.fixture
async def w(tmp_path: Path, clock: ManualClock) -> AsyncIterator[World]:
    db = Database(tmp_path / "switchyard.db", "fast")
    db.open()

    def add_projects(tx: Tx) -> None:
        tx.session.add_all([Project(id=f"prj_{number}", name="", created="") for number in (1, 2)])

    await db.write(add_projects)
    async with providing() as server:
        world = World(db, server, clock)
        yield world
        await world.egress.aclose()
    db.close()


# -- in time -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("life", "age", "due"),
    [
        (3600, 3239, False),  # a tenth of an hour: six minutes
        (3600, 3240, True),
        (86_400, 86_400 - 901, False),  # never more than a quarter of an hour
        (86_400, 86_400 - 900, True),
        (0, 0, True),
        (None, 1e9, False),
    ],
)
def test_a_token_is_due_a_quarter_of_an_hour_or_a_tenth_of_its_life_early(
    life: float | None, age: float, due: bool
) -> None:
    tokens = Tokens("a", "r", 1000.0, None if life is None else 1000.0 + life)
    assert tokens.due(1000.0 + age) is due


async def test_a_token_is_renewed_when_it_is_due_and_the_refresh_token_replaced(w: World) -> None:
    await w.connected()
    first = await w.token()
    w.clock.advance(3000)
    assert await w.token() == first
    w.clock.advance(300)
    second = await w.token()
    assert second != first and w.server.grants("refresh_token") == 1
    w.clock.advance(3300)
    assert await w.token() not in (first, second)
    used = [form["refresh_token"] for form in w.server.asked if form["grant_type"] == "refresh_token"]
    assert len(set(used)) == 2  # the rotated one, not the first again
    hidden = await w.connections.redactions("prj_1", "own")
    assert {first, second, *used, CLIENT_SECRET} <= hidden


async def test_a_refresh_token_that_is_not_replaced_is_kept(w: World) -> None:
    await w.connected()
    w.server.rotates = False
    for _ in range(3):
        w.clock.advance(3600)
        await w.token()
    assert w.server.grants("refresh_token") == 3


async def test_all_who_wait_share_one_renewal(w: World) -> None:
    await w.connected()
    w.clock.advance(3600)
    found = await asyncio.gather(*(w.token() for _ in range(50)))
    assert len(set(found)) == 1 and w.server.grants("refresh_token") == 1


async def test_nobody_waits_for_a_renewal_while_the_token_is_good(w: World) -> None:
    await w.connected()
    first = await w.token()
    w.clock.advance(3400)
    w.server.gate = asyncio.Event()
    one = asyncio.create_task(w.token())
    await until(lambda: w.server.grants("refresh_token"))
    assert await w.token() == first
    w.server.gate.set()
    assert await one != first


async def test_a_renewal_goes_on_when_the_run_that_wanted_it_is_canceled(w: World) -> None:
    await w.connected()
    w.clock.advance(3600)
    w.server.gate = asyncio.Event()
    one = asyncio.create_task(w.token())
    await until(lambda: w.server.grants("refresh_token"))
    one.cancel()
    await asyncio.gather(one, return_exceptions=True)
    w.server.gate.set()
    await w.connections.tokens.settle()
    assert await w.token() in w.server.valid and w.server.grants("refresh_token") == 1


async def test_client_credentials_are_asked_for_again(w: World) -> None:
    await w.connected("robot")
    first = await w.token()
    w.clock.advance(3600)
    assert await w.token() != first
    assert w.server.grants("client_credentials") == 2


@pytest.mark.parametrize("life", ["3600", 3600.5])
async def test_a_life_is_read_as_providers_write_it(w: World, life: Any) -> None:
    w.server.lifetime = life
    assert (await w.connected()).oauth2.expires == "2026-03-03T11:15:30." + (
        "500Z" if life == 3600.5 else "000Z"
    )


@pytest.mark.parametrize("life", [-1, True, "soon", 1e99, [], None])
async def test_a_life_that_is_none_says_nothing(w: World, life: Any) -> None:
    w.server.lifetime = life
    assert (await w.connected()).oauth2.expires is None


# -- refused -----------------------------------------------------------------------------------------------


async def test_a_refused_token_is_renewed_once_for_all_who_were_refused(w: World) -> None:
    await w.connected()
    first = await w.token()
    w.clock.advance(60)
    found = await asyncio.gather(*(w.connections.renewed("prj_1", "own", "desk", first) for _ in range(20)))
    tokens = {(one or {})["access_token"] for one in found}
    assert len(tokens) == 1 and first not in tokens and w.server.grants("refresh_token") == 1
    again = await w.connections.renewed("prj_1", "own", "desk", first)
    assert again and again["access_token"] in tokens and w.server.grants("refresh_token") == 1


async def test_a_token_that_is_refused_as_soon_as_it_is_given_is_not_renewed_again(w: World) -> None:
    await w.connected()
    assert await w.connections.renewed("prj_1", "own", "desk", await w.token()) is None
    assert w.server.grants("refresh_token") == 0


async def test_a_call_is_made_again_with_the_new_token(w: World) -> None:
    await w.connected()
    first = await w.token()
    w.clock.advance(60)
    w.server.valid.discard(first)
    ctx = Context(piece=w.desk, outside=w.egress, auth={"client_id": "c", "access_token": first})
    ctx.on_renew = lambda refused: w.connections.renewed("prj_1", "own", "desk", refused)
    answer = (await ctx.http.post("/api/x", content=b"all of it")).json()
    assert answer["body"] == "all of it" and answer["token"] != first


# -- lost --------------------------------------------------------------------------------------------------


async def test_a_grant_that_is_gone_asks_for_a_person_and_is_not_tried_again(w: World) -> None:
    await w.connected()
    w.clock.advance(3600)
    w.told.clear()
    w.server.behave = "invalid_grant"
    for _ in range(3):
        with pytest.raises(AuthError, match="Reconnect “own”"):
            await w.token()
    assert w.server.grants("refresh_token") == 1
    info = await w.info()
    assert (info.status, info.oauth2.connected) == ("failing", False)
    assert info.error and info.error.startswith("Reconnect “own”")
    assert [(action, data["connection"]["status"], actor) for action, data, actor in w.told] == [
        ("connection.failing", "FAILING", None)
    ]


async def test_a_process_that_died_before_it_stored_the_new_tokens_needs_a_person(w: World) -> None:
    await w.connected()
    before = (await w.row()).secret
    w.clock.advance(3600)
    await w.token()

    def as_if_killed(tx: Tx) -> None:
        row = tx.session.exec(select(Connection)).one()
        row.secret = before
        tx.session.add(row)

    await w.db.write(as_if_killed)
    with pytest.raises(AuthError, match="Reconnect “own”") as raised:
        await w.token(w.process())
    used = [form["refresh_token"] for form in w.server.asked if "refresh_token" in form]
    assert used[-1] not in raised.value.message  # the provider repeated it
    assert used[-1] not in str((await w.info()).error)


async def test_a_renewal_by_another_process_is_taken_over(w: World) -> None:
    await w.connected()
    w.clock.advance(3600)
    theirs = await w.token(w.process())
    assert await w.token() == theirs and w.server.grants("refresh_token") == 1


async def test_an_ended_token_without_a_way_to_renew_it_asks_for_a_person(w: World) -> None:
    await w.connected()

    def forget(tx: Tx) -> None:
        row = tx.session.exec(select(Connection)).one()
        opened = w.connections._seals.open(row)
        kept = {"tokens": {**opened.kept["tokens"], "refresh": ""}}
        w.connections._seals.seal(row, opened.fields, kept)
        tx.session.add(row)

    await w.db.write(forget)
    w.clock.advance(3600)
    with pytest.raises(AuthError, match="Reconnect “own”"):
        await w.token(w.process())
    assert (await w.info()).status == "failing"


# -- not now -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("behave", ["500", "503", "429", "408", "slow"])
async def test_a_provider_that_cannot_answer_is_asked_later(w: World, behave: str) -> None:
    await w.connected()
    first = await w.token()
    w.server.behave = behave
    w.clock.advance(3400)
    assert await w.patient_token() == first  # still good
    asked = len(w.server.asked)
    assert await w.token() == first and len(w.server.asked) == asked
    w.clock.advance(200)
    with pytest.raises(Retry):
        await w.patient_token()
    with pytest.raises(Retry) as raised:  # the provider is left alone for a while
        await w.token()
    assert raised.value.after and len(w.server.asked) == asked + 1
    assert (await w.info()).status == "works"
    w.server.behave = ""
    w.clock.advance(31)
    assert await w.token() != first


async def test_a_provider_that_is_gone_is_asked_later(w: World) -> None:
    await w.connected()
    w.clock.advance(3600)
    unreachable = OAuth2(authorize_url="https://127.0.0.1:1/a", token_url="https://127.0.0.1:1/t")
    provider = unreachable.oauth2({"client_id": "c", "client_secret": "hidden-secret"})
    assert provider is not None
    with pytest.raises(Retry) as raised:
        await by_client(w.egress, provider, w.clock.now())
    assert "hidden" not in raised.value.message


@pytest.mark.parametrize("behave", ["page", "huge", "mac", "302", "header"])
async def test_an_answer_that_is_no_token_is_noted_and_not_tried_again_in_the_run(
    w: World, behave: str
) -> None:
    await w.connected()
    first = await w.token()
    w.server.behave = behave
    w.clock.advance(3400)
    assert await w.token() == first  # still good
    w.clock.advance(200)
    with pytest.raises(PieceError):
        await w.token()
    info = await w.info()
    assert info.status == "failing" and info.error
    w.server.behave = ""
    w.clock.advance(31)
    assert await w.token() in w.server.valid  # nothing was lost
    assert (await w.info()).status == "works"


# -- what is kept ------------------------------------------------------------------------------------------


async def test_tokens_are_sealed_and_shown_nowhere(w: World, tmp_path: Path) -> None:
    info = await w.connected()
    w.clock.advance(3600)
    await w.token()
    printed = repr((info, vars(w.connections), w.told, await w.row(), w.connections._known))
    assert not [secret for secret in w.server.secrets if secret in printed]
    assert info.fields == {"client_id": CLIENT_ID, "client_secret": "••••"}
    w.db.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not [secret for secret in w.server.secrets if secret.encode() in stored]
    w.db.open()


async def test_what_belongs_to_another_client_is_dropped_with_its_settings(w: World) -> None:
    info = await w.connected()
    first = await w.token()
    changed = await w.connections.update(ADMIN, info.id, {"client_secret": CLIENT_SECRET})
    assert changed.oauth2 and changed.oauth2.connected and await w.token() == first
    for fields in ({"scopes": "more"}, {"client_id": "another"}):
        changed = await w.connections.update(ADMIN, info.id, fields)
        assert changed.oauth2 and not changed.oauth2.connected
    with pytest.raises(AuthError, match="Connect “own” first"):
        await w.token()


async def test_a_person_who_reconnects_wins_over_a_renewal_on_its_way(w: World) -> None:
    info = await w.connected()
    w.clock.advance(3600)
    w.server.gate = asyncio.Event()
    waiting = asyncio.create_task(w.token())
    await until(lambda: w.server.grants("refresh_token"))
    gate, w.server.gate = w.server.gate, None
    there = await w.connections.tokens.begin(ADMIN, info.id, w.server.redirect_uri)
    async with httpx.AsyncClient() as browser:
        back = httpx.URL((await browser.get(there)).headers["location"])
    await w.connections.tokens.finish(ADMIN, info.id, dict(back.params))
    mine = await w.token(w.process())
    gate.set()
    assert await waiting == mine == await w.token()


async def test_a_renewal_leaves_alone_who_is_on_the_way_to_the_provider(w: World) -> None:
    w.server.lifetime = 300
    info = await w.connected()
    there = await w.connections.tokens.begin(ADMIN, info.id, w.server.redirect_uri)
    w.clock.advance(290)
    await w.token()
    assert w.server.grants("refresh_token") == 1
    async with httpx.AsyncClient() as browser:
        back = httpx.URL((await browser.get(there)).headers["location"])
    await w.connections.tokens.finish(ADMIN, info.id, dict(back.params))


async def test_a_state_is_stored_as_a_hash(w: World) -> None:
    info = await w.connected()
    there = httpx.URL(await w.connections.tokens.begin(ADMIN, info.id, w.server.redirect_uri))
    opened = w.connections._seals.open(await w.row())
    assert there.params["state"] not in json.dumps(opened.kept)
    assert there.params["code_challenge"] == challenge(opened.kept["asked"]["verifier"])


def test_the_challenge_is_that_of_the_specification() -> None:
    # RFC 7636, appendix B
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


async def test_another_projects_connection_cannot_be_connected(w: World) -> None:
    info = await w.connected()
    for act in (
        w.connections.tokens.begin(FOREIGN, info.id, w.server.redirect_uri),
        w.connections.tokens.finish(FOREIGN, info.id, {"state": "x", "code": "y"}),
        w.connections.renewed("prj_2", "own", "desk", "x"),
    ):
        with pytest.raises(Exception, match=r"no (such )?connection"):
            await act


async def test_without_a_way_out_no_token_is_asked_for(w: World) -> None:
    fields = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    w.connections.tokens._egress = None
    made = await w.connections.create(ADMIN, "own", "robot", fields)
    assert made.status == "failing"


async def test_the_header_is_encoded_before_it_is_joined(w: World) -> None:
    w.server.client_auth = "header"
    provider = Provider("client_credentials", f"{w.server.url}/token", CLIENT_ID, CLIENT_SECRET,
                        client_auth="header")  # fmt: skip
    assert (await by_client(w.egress, provider, 0.0)).access in w.server.valid
