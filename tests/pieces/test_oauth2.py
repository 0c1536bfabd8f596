"""The auth type OAuth2: what its form holds, where its secrets may go, what a request carries."""

from typing import Any

import httpx
import pytest

from pieces import AuthError, AuthField, Fields, HeaderAuth, OAuth2, Piece, PieceError, Provider
from pieces.http import http, request
from pieces.testing import check_piece, context

DESK = OAuth2(
    "Desk",
    AuthField("tenant", "Tenant", secret=False),
    authorize_url="https://{tenant}.desk.example/authorize",
    token_url="https://{tenant}.desk.example/token",
    scopes=("read", "write"),
)
VALUES = {"tenant": "acme", "client_id": "c", "client_secret": "s"}


def test_the_form_asks_for_the_client_and_shows_the_scopes() -> None:
    shown = [(field.name, field.secret, field.required, field.default) for field in DESK.fields]
    assert shown == [
        ("tenant", False, True, ""),
        ("client_id", False, True, ""),
        ("client_secret", True, False, ""),
        ("scopes", False, False, "read write"),
    ]


def test_a_placeholder_is_filled_from_its_field() -> None:
    found = DESK.oauth2(VALUES)
    assert found is not None
    assert (found.authorize_url, found.token_url, found.scope) == (
        "https://acme.desk.example/authorize",
        "https://acme.desk.example/token",
        "read write",
    )
    assert DESK.problems(VALUES) == []
    assert "s3" not in repr(DESK.oauth2({**VALUES, "client_secret": "s3"}))


@pytest.mark.parametrize(
    "tenant",
    ["evil.example/", "evil.example#", "a/b", "a?b", "a@b", "a:b", "..", "a..b", ".a", "a.", "-a", "a b", "é",
     "a\\b", "a%2fb", "{x}", "a\n", "[::1]"],
)  # fmt: skip
def test_a_placeholder_leads_nowhere_else(tenant: str) -> None:
    assert [name for name, _ in DESK.problems({**VALUES, "tenant": tenant})] == ["tenant"]
    found = DESK.oauth2({**VALUES, "tenant": tenant})
    assert found is not None and found.token_url == ""


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({}, ["tenant", "client_id"]),
        ({"tenant": "acme"}, ["client_id"]),
        ({**VALUES, "access_token": "x"}, ["access_token"]),
        ({**VALUES, "scopes": "a\nb"}, ["scopes"]),
    ],
)
def test_a_wrong_field_is_named(values: dict[str, str], fields: list[str]) -> None:
    assert [name for name, _ in DESK.problems(values)] == fields


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"token_url": "http://desk.example/token"}, "https"),
        ({"token_url": ""}, "required"),
        ({"authorize_url": ""}, "required"),
        ({"authorize_url": "https://desk.example/#a"}, "fragment"),
        ({"token_url": "https://{host}/token"}, "host"),
        ({"token_url": "https://{client_secret}.example/token"}, "client_secret"),
        ({"extra_authorize": {"state": "x"}}, "state"),
        ({"extra_token": {"client_secret": "x"}}, "client_secret"),
    ],
)
def test_an_author_s_mistake_is_found_when_the_piece_is_loaded(more: dict[str, Any], says: str) -> None:
    how = {"authorize_url": "https://desk.example/a", "token_url": "https://desk.example/t", **more}
    with pytest.raises(ValueError, match=says):
        OAuth2(**how)


def test_client_credentials_need_a_secret_and_no_authorize_address() -> None:
    auth = OAuth2(token_url="https://desk.example/t", grant="client_credentials")
    assert [name for name, _ in auth.problems({"client_id": "c"})] == ["client_secret"]
    header = OAuth2(
        authorize_url="https://desk.example/a", token_url="https://desk.example/t", client_auth="header"
    )
    assert [name for name, _ in header.problems({"client_id": "c"})] == ["client_secret"]


def test_a_piece_sees_the_token_and_not_what_it_was_got_with() -> None:
    assert DESK.pick({**VALUES, "access_token": "t", "other": "x"}) == {
        "tenant": "acme", "client_id": "c", "scopes": "read write", "access_token": "t",
    }  # fmt: skip


def test_fields_may_ask_for_tokens_by_what_is_chosen() -> None:
    def asks(values: Any) -> Provider | None:
        chosen = values.get("kind") == "oauth2"
        return Provider("client_credentials", "https://a.example", "c", "s") if chosen else None

    auth = Fields(
        "F",
        AuthField("kind", "Kind", secret=False, options=("key", "oauth2")),
        AuthField("key", "Key", required=False),
        bind=lambda values: HeaderAuth("X", values.get("access_token") or values.get("key", "")),
        oauth2=asks,
    )
    assert auth.pick({"kind": "key", "key": "k", "access_token": "t"}) == {"kind": "key", "key": "k"}
    assert auth.pick({"kind": "oauth2", "key": "k", "access_token": "t"}) == {
        "kind": "oauth2", "access_token": "t",
    }  # fmt: skip


# -- requests ------------------------------------------------------------------------------------------


def _desk() -> Piece:
    desk = Piece("desk", base_url="https://api.desk.example", auth=DESK, summary="Tickets")

    @desk.verify
    async def verify(ctx: Any) -> None:
        await ctx.http.get("/me")

    @desk.action
    async def open_ticket(ctx: Any, subject: str) -> Any:
        """Open a ticket."""
        return (await ctx.http.post("/tickets", json={"subject": subject})).json()

    return desk


def _api(good: str, seen: list[httpx.Request]) -> Any:
    def answer(sent: httpx.Request) -> httpx.Response:
        seen.append(httpx.Request(sent.method, sent.url, headers=sent.headers, content=sent.content))
        if sent.headers["authorization"] != f"Bearer {good}":
            return httpx.Response(401, json={"error": "expired"})
        return httpx.Response(200, json={"ok": True})

    return answer


async def test_an_author_s_test_has_a_token() -> None:
    desk = _desk()
    check_piece(desk)
    seen: list[httpx.Request] = []
    assert await desk.actions["open_ticket"](context(desk, _api("secret", seen)), subject="Help")


async def test_a_refused_token_is_renewed_once_and_the_request_sent_again() -> None:
    desk, seen, asked = _desk(), list[httpx.Request](), list[str]()
    ctx = context(desk, _api("new", seen), auth={**VALUES, "access_token": "old"})

    async def renew(refused: str) -> dict[str, str]:
        asked.append(refused)
        return {**VALUES, "access_token": "new"}

    ctx.on_renew = renew
    assert await desk.actions["open_ticket"](ctx, subject="Help") == {"ok": True}
    assert await desk.actions["open_ticket"](ctx, subject="More") == {"ok": True}
    assert asked == ["old"]
    assert [one.content for one in seen] == [b'{"subject":"Help"}'] * 2 + [b'{"subject":"More"}']


@pytest.mark.parametrize("given", [None, "also-bad"])
async def test_a_refusal_stands_when_no_other_token_helps(given: str | None) -> None:
    desk, seen = _desk(), list[httpx.Request]()
    ctx = context(desk, _api("new", seen), auth={**VALUES, "access_token": "old"})

    async def renew(refused: str) -> dict[str, str] | None:
        return {**VALUES, "access_token": given} if given else None

    ctx.on_renew = renew
    with pytest.raises(AuthError, match="expired"):
        await desk.actions["open_ticket"](ctx, subject="Help")
    assert len(seen) == (2 if given else 1)


async def test_another_refusal_renews_nothing() -> None:
    desk = _desk()
    ctx = context(desk, lambda sent: httpx.Response(422), auth={**VALUES, "access_token": "old"})
    ctx.on_renew = None
    with pytest.raises(PieceError):
        await desk.actions["open_ticket"](ctx, subject="Help")


async def test_the_http_piece_renews_too_and_judges_the_answer_itself() -> None:
    auth = {"kind": "oauth2_client_credentials", "token_url": "https://a.example/t", "client_id": "c"}
    auth["hosts"] = "api.example"
    seen: list[httpx.Request] = []
    ctx = context(http, _api("new", seen), auth={**auth, "access_token": "old"})

    async def renew(refused: str) -> dict[str, str]:
        return {**auth, "access_token": "new"}

    ctx.on_renew = renew
    output = await request.run(ctx, {"url": "https://api.example/x", "method": "POST", "body_kind": "json"})
    assert output["status"] == 200 and len(seen) == 2
    assert {one.headers["idempotency-key"] for one in seen} == {"run_1:step"}
