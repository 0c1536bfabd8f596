"""Every route holds callers to the permission that it declares, however the request is dressed up."""

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from engine.access import COOKIE, Access, Passwords
from engine.base.actor import Actor, Permission, Role
from engine.base.errors import BadInput, Busy, SwitchyardError
from engine.base.settings import Settings
from engine.store.database import Database
from engine.web.csrf import from_our_pages
from engine.web.errors import exception_handlers
from engine.web.routes import Guard, GuardedRoute, route
from engine.web.security_headers import SecurityHeaders
from engine.web.session_cookie import clear_session, cookie_name, set_session
from engine.web.sign_in_path import local_path
from tests.support.clock import ManualClock

PASSWORD = "a quiet blue kettle"
PUBLIC = "https://sy.example.com"


async def who(request: Request) -> Response:
    actor: Actor = request.state.actor
    return JSONResponse(
        {"email": actor.email, "project": actor.project_id, "role": actor.role, "ip": actor.ip}
    )


async def breaks(request: Request) -> Response:
    kind = request.query_params["kind"]
    if kind == "bad":
        raise BadInput("No.", field="name", details=[1])
    if kind == "busy":
        raise Busy("Later.", retry_after=7)
    if kind == "teapot":
        raise HTTPException(418, "short and stout", {"X-Tea": "yes"})
    raise RuntimeError("the secret is hunter2")


async def signs_out(request: Request) -> Response:
    response = PlainTextResponse("bye")
    clear_session(response, request.app.state.switchyard.settings)
    return response


class Called:
    """An endpoint that is an object, as an API may have them."""

    async def __call__(self, request: Request) -> Response:
        return await who(request)


P = Permission
ROUTES = [
    route("/sign-in", who, permission=P.public, methods=["GET", "POST"], name="sign_in"),
    route("/projects", who, permission=P.signed_in, methods=["GET", "POST"]),
    route("/platform", who, permission=P.platform),
    route("/p/{project_id}/view", who, permission=P.view),
    route("/p/{project_id}/edit", who, permission=P.edit, methods=["GET", "POST"]),
    route("/p/{project_id}/admin", who, permission=P.admin),
    route("/p/{project_id}/breaks", breaks, permission=P.view),
    route("/sign-out", signs_out, permission=P.signed_in, methods=["POST"]),
    route("/api/public", Called(), permission=P.public, by="key"),
    route("/api/view", Called(), permission=P.view, by="key"),
    route("/api/edit", who, permission=P.edit, by="key", methods=["GET", "POST"]),
    route("/api/admin", who, permission=P.admin, by="key"),
    route("/api/platform", who, permission=P.platform, by="key"),
    route("/api/p/{project_id}", who, permission=P.view, by="key"),
    route("/api/breaks", breaks, permission=P.view, by="key"),
    route("/webhooks/{flow_id}", who, permission=P.public, by="none", methods=["GET", "POST", "PUT"]),
    route("/public", who, permission=P.public, by="none"),
]


class World:
    def __init__(self, access: Access, settings: Settings) -> None:
        self.access = access
        self.services = SimpleNamespace(access=access, settings=settings)
        self.project = self.foreign = ""
        self.cookies: dict[str, str] = {}
        self.keys: dict[str, str] = {}

    def client(self, who: str = "", **changes: Any) -> httpx.AsyncClient:
        """A browser, or with a role of `keys` a program."""
        services = SimpleNamespace(
            access=self.access, settings=changes.pop("settings", self.services.settings)
        )
        app = Starlette(
            routes=Guard(services.access, services.settings).routes(ROUTES),
            middleware=[Middleware(SecurityHeaders, settings=services.settings)],
            exception_handlers=exception_handlers(changes.pop("page", None)),
        )
        app.state.switchyard = services
        headers = {"Sec-Fetch-Site": "same-origin"}
        if who.startswith("key"):
            headers = {"Authorization": f"Bearer {self.keys[who]}"}
        elif who:
            headers["Cookie"] = f"{cookie_name(services.settings)}={self.cookies[who]}"
        transport = httpx.ASGITransport(app=app, client=("192.0.2.5", 1))
        return httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers)


@pytest.fixture
async def w(clock: ManualClock, tmp_path: Path) -> AsyncIterator[World]:
    db = Database(tmp_path / "switchyard.db", "fast")
    db.open()
    settings = Settings(data_dir=tmp_path, admin_email="platform@example.com", admin_password=PASSWORD)
    cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    world = World(Access(db, settings, passwords=cheap), settings)
    try:
        await fill(world)
        yield world
    finally:
        world.access.close()
        db.close()


async def fill(w: World) -> None:
    access = w.access
    await access.start()
    (project,) = await access.projects.list(Actor.system())
    w.project = project.id
    w.foreign = (await access.projects.create(Actor.system(), "Foreign")).id
    system = Actor.system(project.id)
    for name in ("viewer", "editor", "admin", "stranger", "platform"):
        email = f"{name}@example.com"
        if name != "platform":
            await access.users.create(system, email, name, PASSWORD)
        if name in list(Role):
            await access.projects.add_member(system, email, name)
            w.keys[f"key {name}"] = (await access.keys.create(system, name, name))[1]
        w.cookies[name] = await access.accounts.sign_in(email, PASSWORD)


# -- the whole matrix -----------------------------------------------------------------------------

PAGES = {  # "" (anonymous), stranger, viewer, editor, admin, platform
    "/sign-in": (200, 200, 200, 200, 200, 200),
    "/projects": (303, 200, 200, 200, 200, 200),
    "/platform": (303, 403, 403, 403, 403, 200),
    "/p/{project}/view": (303, 404, 200, 200, 200, 200),
    "/p/{project}/edit": (303, 404, 403, 200, 200, 200),
    "/p/{project}/admin": (303, 404, 403, 403, 200, 200),
    "/p/{foreign}/view": (303, 404, 404, 404, 404, 200),
    "/p/{foreign}/edit": (303, 404, 404, 404, 404, 200),
    "/p/{foreign}/admin": (303, 404, 404, 404, 404, 200),
    "/p/prj_none/view": (303, 404, 404, 404, 404, 404),
    "/api/view": (401, 401, 401, 401, 401, 401),
}


@pytest.mark.parametrize("path", PAGES)
async def test_pages_hold_every_role_to_its_rights(w: World, path: str) -> None:
    got = []
    for name in ("", "stranger", "viewer", "editor", "admin", "platform"):
        async with w.client(name) as client:
            got.append((await client.get(path.format(project=w.project, foreign=w.foreign))).status_code)
    assert tuple(got) == PAGES[path]


API = {  # "", key viewer, key editor, key admin
    "/api/public": (200, 200, 200, 200),
    "/api/view": (401, 200, 200, 200),
    "/api/edit": (401, 403, 200, 200),
    "/api/admin": (401, 403, 403, 200),
    "/api/platform": (401, 403, 403, 403),
    "/api/p/{project}": (401, 200, 200, 200),
    "/api/p/{foreign}": (401, 404, 404, 404),
    "/p/{project}/view": (303, 303, 303, 303),
}


@pytest.mark.parametrize("path", API)
async def test_the_api_holds_every_key_to_its_role_and_project(w: World, path: str) -> None:
    got = []
    for name in ("", "key viewer", "key editor", "key admin"):
        async with w.client(name) as client:
            got.append((await client.get(path.format(project=w.project, foreign=w.foreign))).status_code)
    assert tuple(got) == API[path]


async def test_the_endpoint_learns_who_asks(w: World) -> None:
    async with w.client("editor") as client:
        told = (await client.get(f"/p/{w.project}/view")).json()
    assert told == {"email": "editor@example.com", "project": w.project, "role": "editor", "ip": "192.0.2.5"}
    async with w.client("key viewer") as client:
        told = (await client.get("/api/view")).json()
    assert told == {"email": "", "project": w.project, "role": "viewer", "ip": "192.0.2.5"}


async def test_a_role_taken_away_is_gone_with_the_next_request(w: World) -> None:
    async with w.client("editor") as client:
        assert (await client.get(f"/p/{w.project}/edit")).status_code == 200
        editor = next(m for m in await w.access.projects.members(w.project) if m.role is Role.editor)
        await w.access.projects.set_role(Actor.system(w.project), editor.user_id, Role.viewer)
        assert (await client.get(f"/p/{w.project}/edit")).status_code == 403
        await w.access.projects.remove_member(Actor.system(w.project), editor.user_id)
        assert (await client.get(f"/p/{w.project}/view")).status_code == 404


async def test_a_deleted_key_is_refused_at_once(w: World) -> None:
    async with w.client("key admin") as client:
        assert (await client.get("/api/view")).status_code == 200
        for key in await w.access.keys.list(w.project):
            await w.access.keys.delete(Actor.system(w.project), key.id)
        response = await client.get("/api/view")
    assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")
    assert response.json()["error"]["code"] == "not_signed_in"


@pytest.mark.parametrize(
    ("permission", "by", "path"),
    [
        (P.view, "session", "/flows"),
        (P.admin, "session", "/p/{project}"),
        (P.signed_in, "none", "/x"),
        (P.view, "none", "/x"),
    ],
)
def test_a_route_that_could_not_be_held_cannot_be_declared(
    permission: Permission, by: Any, path: str
) -> None:
    with pytest.raises(ValueError, match="right"):
        route(path, who, permission=permission, by=by)


def test_every_route_carries_its_permission() -> None:
    assert all(isinstance(made.permission, Permission) and made.by for made in ROUTES)


# -- dressed-up requests --------------------------------------------------------------------------

TRICKS: list[dict[str, str]] = [
    {"Host": "x/public"},
    {"Host": "localhost/public?"},
    {"Host": "localhost#"},
    {"Host": "user@localhost"},
    {"Host": "localhost\\public"},
    {"Host": ""},
]
IGNORED: list[dict[str, str]] = [
    {"X-Original-URL": "/public"},
    {"X-Rewrite-URL": "/public"},
    {"X-Forwarded-Host": "x/public"},
    {"X-Forwarded-Prefix": "/public"},
    {"X-Forwarded-For": "127.0.0.1"},
    {"X-HTTP-Method-Override": "OPTIONS"},
    {"Referer": "http://localhost/public"},
]


@pytest.mark.parametrize("headers", TRICKS)
async def test_a_host_that_holds_more_than_a_host_leads_around_nothing(
    w: World, headers: dict[str, str]
) -> None:
    """The application refuses these before (`test_hosts.py`); the guard does not rely on it."""
    async with w.client() as client:
        assert (await client.get("/platform", headers=headers)).status_code == 303
        assert (await client.get("/api/view", headers=headers)).status_code == 401


@pytest.mark.parametrize("headers", IGNORED)
async def test_no_header_leads_around_the_guard(w: World, headers: dict[str, str]) -> None:
    async with w.client() as client:
        assert (await client.get("/platform", headers=headers)).status_code == 303
        assert (await client.get("/api/view", headers=headers)).status_code == 401
        assert (await client.post("/projects", headers=headers)).status_code == 303


@pytest.mark.parametrize(
    "path",
    [
        "/platform/",
        "//platform",
        "/public/../platform",
        "/public/%2e%2e/platform",
        "/platform%00",
        "/Platform",
        "/platform;/public",
        "/public%2f..%2fplatform",
        "/./platform",
        "/platform%3f/public",
    ],
)
async def test_a_path_spelt_otherwise_reaches_nothing_guarded(w: World, path: str) -> None:
    async with w.client() as client:
        response = await client.get(path)
    assert response.status_code in (303, 307, 404)
    assert "role" not in response.text


async def test_the_prefix_of_a_mount_does_not_open_a_route(w: World) -> None:
    async with w.client() as client:
        client._transport.root_path = "/public"  # type: ignore[attr-defined]
        assert (await client.get("/platform")).status_code == 303


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic {key}",
        "{key}",
        "Bearer {key}x",
        "Bearer  x {key}",
        "Token {key}",
        "Bearer {key} {key}",
    ],
)
async def test_an_authorization_of_another_form_is_refused(w: World, header: str) -> None:
    async with w.client() as client:
        authorization = header.format(key=w.keys["key admin"])
        response = await client.get("/api/view", headers={"Authorization": authorization})
        assert response.status_code == 401
        if authorization:
            assert (
                await client.get("/api/public", headers={"Authorization": authorization})
            ).status_code == 401
        assert w.keys["key admin"] not in response.text


async def test_the_scheme_is_read_in_any_case_and_two_authorizations_are_none(w: World) -> None:
    key = w.keys["key admin"]
    async with w.client() as client:
        assert (await client.get("/api/view", headers={"Authorization": f"bearer {key}"})).status_code == 200
        twice = [("Authorization", f"Bearer {key}"), ("Authorization", f"Bearer {key}")]
        assert (await client.get("/api/view", headers=twice)).status_code == 401


async def test_a_cookie_opens_no_api_and_a_key_no_page(w: World) -> None:
    async with w.client("platform") as client:
        assert (await client.get("/api/view")).status_code == 401
        assert (await client.get("/webhooks/x")).json()["email"] == ""
    async with w.client("key admin") as client:
        assert (await client.get(f"/p/{w.project}/view")).status_code == 303


async def test_pages_answer_only_under_their_own_names_once_there_is_a_public_address(w: World) -> None:
    async with w.client("platform", settings=Settings(public_url=PUBLIC)) as client:
        for host, status in (
            ("sy.example.com", 200),
            ("SY.example.com:443", 200),
            ("localhost:8000", 200),
            ("[::1]:8000", 200),
            ("evil.example", 421),
            ("sy.example.com.evil.example", 421),
            ("10.0.0.7:8000", 421),
        ):
            assert (await client.get("/platform", headers={"Host": host})).status_code == status, host
        assert (await client.get("/public", headers={"Host": "10.0.0.7:8000"})).status_code == 200


# -- from our own pages ---------------------------------------------------------------------------

HERE = {"host": "localhost:8000"}
CSRF = [
    ({"sec-fetch-site": "same-origin"}, True),
    ({"sec-fetch-site": "none"}, True),
    ({"sec-fetch-site": "same-site"}, False),
    ({"sec-fetch-site": "cross-site"}, False),
    ({"sec-fetch-site": ""}, False),
    ({"sec-fetch-site": "cross-site", "origin": "http://localhost:8000"}, False),
    ({"origin": "http://localhost:8000"}, True),
    ({"origin": "http://LOCALHOST:8000"}, True),
    ({"origin": PUBLIC}, True),
    ({"origin": PUBLIC + ":443"}, True),
    ({"origin": "http://sy.example.com"}, False),
    ({"origin": "http://localhost"}, False),
    ({"origin": "http://localhost:8001"}, False),
    ({"origin": "https://evil.example"}, False),
    ({"origin": PUBLIC + ".evil.example"}, False),
    ({"origin": PUBLIC + "@evil.example"}, False),
    ({"origin": "http://localhost:8000@evil.example"}, False),
    ({"origin": "http://x@localhost:8000"}, False),
    ({"origin": "null"}, False),
    ({"origin": ""}, False),
    ({"origin": "http://["}, False),
    ({"origin": "http://localhost:99999"}, False),
    ({"referer": "http://localhost:8000/"}, False),
    ({}, False),
]


@pytest.mark.parametrize(("headers", "ours"), CSRF)
def test_an_unsafe_request_must_come_from_our_pages(headers: dict[str, str], ours: bool) -> None:
    assert from_our_pages({**HERE, **headers}, Settings(public_url=PUBLIC)) is ours


async def test_a_post_from_elsewhere_is_refused_on_pages_only(w: World) -> None:
    async with w.client("platform") as client:
        del client.headers["Sec-Fetch-Site"]
        for headers, status in (
            (CSRF[2][0], 403),
            ({"origin": "https://evil.example"}, 403),
            ({}, 403),
            (CSRF[0][0], 200),
        ):
            for path in (f"/p/{w.project}/edit", "/sign-in"):
                assert (await client.post(path, headers=headers)).status_code == status
            assert (await client.get(f"/p/{w.project}/edit", headers=headers)).status_code == 200
            assert (await client.post("/webhooks/x", headers=headers)).status_code == 200
    async with w.client("key editor") as client:
        response = await client.post("/api/edit", headers={"origin": "https://evil.example"})
        assert response.status_code == 200


# -- signing in and the cookie --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("next_", "safe"),
    [
        ("/p/x/runs?status=failed&a=b", True),
        ("/", True),
        ("/a//b", True),
        ("//evil.example", False),
        ("/\\evil.example", False),
        ("https://evil.example", False),
        ("javascript:alert(1)", False),
        ("", False),
        (None, False),
        ("p/x", False),
        ("/\t/evil.example", False),
        ("/\n/evil.example", False),
        ("\t//evil.example", False),
        ("/a\\b", False),
        ("/" + "x" * 3000, False),
        ("/x y", False),
        ("/\x7f", False),
    ],
)
def test_after_signing_in_one_stays_here(next_: str | None, safe: bool) -> None:
    assert local_path(next_) == (next_ if safe else "/")


async def test_somebody_who_must_sign_in_comes_back_to_the_page(w: World) -> None:
    async with w.client() as client:
        response = await client.get("/p/x y/view?status=failed&next=//evil.example")
        assert response.headers["location"] == (
            "/sign-in?next=%2Fp%2Fx%2520y%2Fview%3Fstatus%3Dfailed%26next%3D%2F%2Fevil.example"
        )
        assert (await client.post("/projects")).headers["location"] == "/sign-in"
        assert (await client.head("/projects")).status_code == 303


@pytest.mark.parametrize(
    ("public_url", "secure"), [("", False), ("http://x", False), (PUBLIC, True), ("HTTPS://X", True)]
)
def test_the_cookie_is_kept_from_scripts_other_sites_and_open_lines(public_url: str, secure: bool) -> None:
    response = Response()
    set_session(response, "token", Settings(public_url=public_url))
    name, *flags = response.headers["set-cookie"].split("; ")
    assert name == ("__Host-switchyard_session=token" if secure else "switchyard_session=token")
    assert set(flags) == {
        "HttpOnly",
        "Max-Age=1209600",
        "Path=/",
        "SameSite=lax",
        *(["Secure"] if secure else []),
    }


async def test_the_cookie_is_set_again_while_it_is_used(clock: ManualClock, w: World) -> None:
    clock.advance(7200)
    async with w.client("viewer") as client:
        first, second = await client.get("/projects"), await client.get("/projects")
    assert first.headers["set-cookie"].startswith(f"{COOKIE}={w.cookies['viewer']}; HttpOnly")
    assert "set-cookie" not in second.headers
    async with w.client("editor") as client:
        gone = await client.post("/sign-out")
    assert [value.partition(";")[0] for value in gone.headers.get_list("set-cookie")] == [f'{COOKIE}=""']


# -- errors and headers ---------------------------------------------------------------------------


async def test_api_errors_are_json_with_what_the_caller_should_do(w: World) -> None:
    async with w.client("key viewer") as client:
        bad = await client.get("/api/breaks?kind=bad")
        assert (bad.status_code, bad.json()) == (
            422,
            {"error": {"code": "bad_input", "message": "No.", "field": "name", "details": [1]}},
        )
        assert (await client.get("/api/breaks?kind=busy")).headers["retry-after"] == "7"
        tea = await client.get("/api/breaks?kind=teapot")
        assert (tea.status_code, tea.headers["x-tea"], tea.json()["error"]["code"]) == (
            418,
            "yes",
            "im_a_teapot",
        )
        wrong = await client.post("/api/view")
        assert (wrong.status_code, wrong.json()["error"]["code"]) == (405, "method_not_allowed")
        assert wrong.headers["cache-control"] == "private, no-cache"
        assert set(wrong.headers["allow"].split(", ")) == {"GET", "HEAD"}
        nothing = await client.get("/api/nothing")
        assert (nothing.status_code, nothing.json()["error"]["code"]) == (404, "not_found")


async def test_what_nobody_foresaw_is_logged_and_not_told(w: World, caplog: pytest.LogCaptureFixture) -> None:
    async with w.client("key viewer") as client:
        response = await client.get("/api/breaks?kind=other")
    assert (response.status_code, response.json()["error"]["code"]) == (500, "internal_error")
    assert "hunter2" not in response.text and "Traceback" not in response.text
    assert "hunter2" in caplog.text
    assert response.headers["content-security-policy"]


async def test_page_errors_are_drawn_by_the_pages(w: World) -> None:
    async def page(request: Request, error: SwitchyardError) -> Response:
        return PlainTextResponse(f"page: {error.message}", error.status)

    async with w.client("viewer", page=page) as client:
        assert (await client.get(f"/p/{w.foreign}/view")).text == "page: There is no such project."
        assert (await client.get("/platform")).status_code == 403
        assert (await client.get(f"/p/{w.project}/breaks?kind=bad")).text == "page: No."
        assert (await client.get("/nothing", headers={"Accept": "text/html"})).text.startswith("page:")
        assert (await client.get("/nothing", headers={"Accept": "*/*"})).json()
        assert (await client.get("/api/view")).json()


@pytest.mark.parametrize("path", ["/sign-in", "/projects", "/api/view", "/nothing", "/webhooks/x", "/public"])
async def test_every_answer_carries_the_strict_headers(w: World, path: str) -> None:
    async with w.client(settings=Settings(public_url="https://localhost")) as client:
        headers = (await client.get(path)).headers
    policy = headers["content-security-policy"]
    for part in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
        assert part in policy
    assert "unsafe" not in policy
    assert ("sandbox" in policy) is (path in ("/webhooks/x", "/public"))
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] and headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["strict-transport-security"].startswith("max-age=")


async def test_a_route_with_an_application_of_its_own_is_still_known_by_what_it_declares(w: World) -> None:
    own = PlainTextResponse("<script src=/webhooks/other></script>", media_type="text/html")
    raw = GuardedRoute(route("/webhooks/raw", who, permission=P.public, by="none"), own)
    app = Starlette(routes=[raw], middleware=[Middleware(SecurityHeaders, settings=Settings())])
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://localhost"
    ) as client:
        assert "sandbox" in (await client.get("/webhooks/raw")).headers["content-security-policy"]


async def test_no_strict_transport_without_https(w: World) -> None:
    async with w.client() as client:
        assert "strict-transport-security" not in (await client.get("/sign-in")).headers
