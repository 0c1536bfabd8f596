"""Credentials go to the origins that they belong to, and stay there."""

from typing import Any

import httpx
import pytest

from pieces import AuthField, BearerToken, Context, Fields, HeaderAuth, OAuth2, Piece, PieceError
from pieces._origins import Targets, filled_origins, origin, read_hosts
from pieces.testing import context, contract_problems

TENANT = Fields(
    "Tenant",
    AuthField("tenant", "Tenant", secret=False),
    AuthField("server", "Server", secret=False, required=False),
    AuthField("key", "Key"),
    bind=lambda values: HeaderAuth("X-Key", values["key"]),
)


# -- hosts as people write them ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hosts", "allowed", "refused"),
    [
        (
            "api.example.com",
            ["https://api.example.com/a?b", "https://API.example.com.", "https://api.example.com:8443/"],
            ["http://api.example.com", "http://api.example.com:443", "https://x.api.example.com",
             "https://example.com", "https://api.example.com.evil.example", "https://evil-api.example.com",
             "https://api.example.com@evil.example/", "ftp://api.example.com"],
        ),
        (
            "*.example.com",
            ["https://a.example.com", "https://a.b.example.com"],
            ["https://example.com", "https://badexample.com", "https://a.example.com.evil.example",
             "http://a.example.com"],
        ),
        ("*.example.com:8443", ["https://a.example.com:8443", "http://a.example.com:8443"],
         ["https://a.example.com"]),
        ("intranet.example:8080", ["http://intranet.example:8080", "https://intranet.example:8080/x"],
         ["http://intranet.example", "https://intranet.example"]),
        ("api.example.com:80", ["http://api.example.com"], ["https://api.example.com"]),
        ("10.0.0.5", ["http://10.0.0.5/", "https://10.0.0.5:8080"], ["http://10.0.0.50"]),
        ("localhost", ["http://localhost:3000", "https://localhost"], ["http://127.0.0.1"]),
        ("127.0.0.1:3000", ["http://127.0.0.1:3000"], ["http://127.0.0.1", "http://127.0.0.1:3001"]),
        ("93.184.216.34", ["https://93.184.216.34"], ["http://93.184.216.34"]),
        ("[::1]:8080", ["http://[::1]:8080", "http://[0:0:0:0:0:0:0:1]:8080"], ["http://[::2]:8080"]),
        ("[FD00:0::1]", ["http://[fd00::1]", "https://[fd00::1]"], []),
        ("bücher.example", ["https://bücher.example", "https://xn--bcher-kva.example"], []),
        ("a.example,b.example\nc.example  d.example;", ["https://a.example", "https://d.example"],
         ["https://e.example"]),
        ("", [], ["https://a.example"]),
    ],
)  # fmt: skip
def test_hosts_allow_what_they_name_and_nothing_else(
    hosts: str, allowed: list[str], refused: list[str]
) -> None:
    targets = Targets(read_hosts(hosts))
    assert [url for url in allowed if not targets.allow(httpx.URL(url))] == []
    assert [url for url in refused if targets.allow(httpx.URL(url))] == []


@pytest.mark.parametrize(
    ("hosts", "says"),
    [
        ("https://api.example.com/v1", "leave out the scheme and the path"),
        ("api.example.com/v1", "leave out the scheme and the path"),
        ("a..b", "is not a host"), ("-a.example", "is not a host"), ("*", "is not a host"),
        ("*.*.example", "is not a host"), ("a.*.example", "is not a host"),
        ("user@a.example", "is not a host"),
        ("a.example:0", "is not a host"), ("a.example:65536", "is not a host"),
        ("a.example:", "is not a host"),
        ("a.example?x", "is not a host"), ("a\\b", "is not a host"), ("[::g]", "is not a host"),
        ("*.com", "allows too much"),
        (" ".join(f"h{number}.example" for number in range(101)), "At most 100 hosts"),
    ],
)  # fmt: skip
def test_what_is_no_host_is_refused_with_a_sentence(hosts: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_hosts(hosts)


@pytest.mark.parametrize(
    "hosts", ["api.example", "*.a.example:8443", "[::1]:8080", "[fd00::1]", "xn--bcher-kva.example"]
)
def test_hosts_are_written_as_they_are_read(hosts: str) -> None:
    assert str(Targets(read_hosts(hosts))) == hosts


# -- origins that a piece declares -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "values", "found"),
    [
        ("https://uploads.example.com", {}, "https://uploads.example.com:443"),
        ("https://*.example.com", {}, "https://*.example.com:443"),
        ("https://{tenant}.desk.example", {"tenant": "acme"}, "https://acme.desk.example:443"),
        ("https://{tenant}", {"tenant": "jira.corp.example:8443"}, "https://jira.corp.example:8443"),
        ("{server}", {"server": "http://jira.corp.example:8080/base"}, "http://jira.corp.example:8080"),
        ("{server}", {"server": "jira.corp.example"}, ""),
        ("{server}", {}, ""),
        ("https://{tenant}.desk.example", {}, ""),
        *[
            ("https://{tenant}.desk.example", {"tenant": tenant}, "")
            for tenant in ("evil.example/", "evil.example#", "evil.example?", "a@b", "a..b",
                           "evil.example:443",
                           "a b", "a\\", "[::1]", "x\n", ".a", "a/../b")
        ],
    ],
)  # fmt: skip
def test_a_declared_origin_is_filled_from_the_connection_and_leads_nowhere_else(
    template: str, values: dict[str, str], found: str
) -> None:
    assert ", ".join(map(str, filled_origins([template], values))) == found


@pytest.mark.parametrize(
    ("origins", "says"),
    [
        (["uploads.example.com"], "is not an origin"),
        (["https://uploads.example.com/path"], "is not an origin"),
        (["https://{nobody}.example"], "no field of its auth that may be shown"),
        (["https://{key}.example"], "no field of its auth that may be shown"),
    ],
)
def test_an_origin_that_cannot_be_one_is_refused_as_the_piece_is_declared(
    origins: list[str], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        Piece("desk", auth=TENANT, origins=origins)


def test_fields_that_decide_where_secrets_go_are_known() -> None:
    assert Piece("desk", auth=TENANT, origins=["https://{tenant}.example", "{server}"]).target_fields == {
        "tenant", "server",
    }  # fmt: skip
    oauth2 = OAuth2(
        "Desk",
        AuthField("tenant", "Tenant", secret=False),
        token_url="https://{tenant}.example/token",
        grant="client_credentials",
    )
    assert Piece("desk", base_url="https://desk.example", auth=oauth2).target_fields == {"tenant"}
    with pytest.raises(ValueError, match="no secret itself"):
        AuthField("server", "Server", target=True)


def test_the_origin_of_an_address() -> None:
    assert str(origin("https://api.example.com/v1/")) == "https://api.example.com:443"
    assert origin("/relative") is None and origin("https://[") is None


# -- requests ----------------------------------------------------------------------------------------

api = Piece(
    "api",
    base_url="https://api.example.com/v1/",
    auth=Fields(
        "Key", AuthField("key", "Key"), bind=lambda values: HeaderAuth("X-Key", values["key"])
    ),
    origins=["https://uploads.example.com"],
)  # fmt: skip


CLIENT = OAuth2(token_url="https://desk.example/token", grant="client_credentials")


def recording(piece: Piece, *answers: httpx.Response) -> tuple[Context, list[httpx.Request]]:
    seen: list[httpx.Request] = []
    given = iter(answers)

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(httpx.Request(request.method, request.url, headers=request.headers))  # as it is now
        return next(given, httpx.Response(200))

    return context(piece, handle), seen


@pytest.mark.parametrize(
    ("url", "carried"),
    [
        ("things", True),
        ("https://api.example.com/other", True),
        ("https://uploads.example.com/x", True),
        ("http://api.example.com/v1/", False),
        ("https://api.example.com:8443/", False),
        ("https://sub.api.example.com/", False),
        ("https://bucket.storage.example/signed", False),
    ],
)
async def test_a_request_carries_credentials_only_to_declared_origins(url: str, carried: bool) -> None:
    ctx, seen = recording(api)
    await ctx.http.get(url)
    assert ("x-key" in seen[0].headers) is carried


async def test_a_redirect_elsewhere_goes_without_any_credential() -> None:
    there = httpx.Response(302, headers={"location": "https://evil.example/"})
    back = httpx.Response(302, headers={"location": "https://evil.example/again"})
    ctx, seen = recording(api, there, back)
    await ctx.plain_http.get("things", follow_redirects=True)
    assert ["x-key" in request.headers for request in seen] == [True, False, False]


async def test_a_redirect_to_a_declared_origin_goes_with_them() -> None:
    there = httpx.Response(302, headers={"location": "https://uploads.example.com/"})
    ctx, seen = recording(api, there)
    await ctx.http.get("things", follow_redirects=True)
    assert ["x-key" in request.headers for request in seen] == [True, True]


async def test_headers_that_are_no_credentials_follow_a_redirect() -> None:
    there = httpx.Response(302, headers={"location": "https://evil.example/"})
    ctx, seen = recording(api, there)
    await ctx.http.get("things", headers={"X-Request": "1"}, follow_redirects=True)
    assert seen[1].headers["x-request"] == "1"


async def test_a_piece_that_declares_no_origin_sends_nothing() -> None:
    nowhere = Piece("nowhere", "Nowhere", auth=BearerToken())
    ctx, seen = recording(nowhere)
    with pytest.raises(PieceError, match="Nowhere does not declare where the connection"):
        await ctx.http.get("https://api.example.com/")
    assert seen == []
    assert "neither base_url nor origins says where its credentials may go" in contract_problems(nowhere)
    assert not any("origins" in problem for problem in contract_problems(api))


async def test_a_renewed_token_stays_at_its_origin_too() -> None:
    desk = Piece("desk", base_url="https://desk.example", auth=CLIENT)
    answers = [httpx.Response(302, headers={"location": "https://evil.example/"}), httpx.Response(401)]
    ctx, seen = recording(desk, *answers)
    asked: list[str] = []

    async def renew(refused: str) -> dict[str, Any]:
        asked.append(refused)
        return {"access_token": "second"}

    ctx.on_renew = renew
    await ctx.plain_http.get("/me", follow_redirects=True)
    tokens = [request.headers.get("authorization") for request in seen]
    assert tokens == ["Bearer secret", None, "Bearer second"]
    assert [request.url.host for request in seen] == ["desk.example", "evil.example", "desk.example"]
