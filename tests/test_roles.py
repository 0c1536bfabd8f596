"""Every route, called by everybody: allowed or refused exactly as the route's permission says."""

import asyncio
import itertools
import re
from collections.abc import Iterator
from random import Random
from typing import Any
from urllib.parse import unquote

import pytest
import pytest_asyncio

from engine.base.actor import Actor, Permission, Role
from engine.web.routes import GuardedRoute
from tests.support.waiting import DEADLINE, stored

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="module")]

COOKIE = "switchyard_session"
OURS = {"Sec-Fetch-Site": "same-origin"}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
SAFE = ("GET", "HEAD", "OPTIONS")

PUBLIC = {
    # by nobody in particular
    ("none", "/webhooks/{flow_id}"),
    ("none", "/webhooks/{flow_id}/sync"),
    ("none", "/webhooks/{flow_id}/draft"),
    ("none", "/webhooks/{flow_id}/draft/sync"),
    ("none", "/webhooks/{flow_id}/test"),
    ("none", "/webhooks/{flow_id}/v1/logs"),
    ("none", "/webhooks/{flow_id}/draft/v1/logs"),
    ("none", "/webhooks/{flow_id}/test/v1/logs"),
    ("none", "/openapi.json"),
    ("none", "/asyncapi.json"),
    ("none", "/schema/flow.json"),
    ("none", "/schema/events/{action}.json"),
    ("none", "/destinations/{id}/public-key"),
    ("none", "/healthz"),
    ("none", "/readyz"),
    ("none", "/metrics"),
    ("none", "/static/{path}"),
    # pages for those who are not signed in yet, or not any more
    ("session", "/"),
    ("session", "/sign-in"),
    ("session", "/sign-in/code"),
    ("session", "/sign-out"),
    ("session", "/setup/{token}"),
    ("session", "/theme"),
    ("session", "/invitations/{token}"),
}
"""Every route that anybody may call. A new one has to be written down here, and thought about."""

MAY: dict[Permission, set[str]] = {
    Permission.signed_in: {"viewer", "editor", "admin", "platform", "stranger"},
    Permission.view: {"viewer", "editor", "admin", "platform"},
    Permission.edit: {"editor", "admin", "platform"},
    Permission.admin: {"admin", "platform"},
    Permission.platform: {"platform"},
}
PEOPLE = ("viewer", "editor", "admin", "platform", "stranger")
KEYS = ("key of viewer", "key of editor", "key of admin")


def path_of(route: Any) -> str:
    return re.sub(r"{(\w+):\w+}", r"{\1}", route.path)


def own(route: Any) -> bool:
    """Whether a route is about nothing but the caller's own account."""
    return route.path.startswith("/account") and route.permission is Permission.signed_in


def methods_of(route: Any) -> list[str]:
    return sorted(route.methods)


class World:
    """Two projects with all kinds of things in them, and everybody who may ask for them."""

    def __init__(self, instance: Any) -> None:
        self.instance = instance
        self.ids: dict[str, str] = {}
        self.foreign: dict[str, str] = {}
        self.headers: dict[str, dict[str, str]] = {"anonymous": {}}

    async def fill(self) -> "World":
        instance = self.instance
        other = await instance.sy.access.projects.create(Actor.system(), "Other")
        self.ids = await self._things(instance.project)
        self.foreign = await self._things(other)
        cookies = {
            name: await instance.cookie_of(f"{name}@example.com", Role(name)) for name in ("viewer", "editor")
        }
        cookies["admin"] = await instance.cookie_of("admin@example.com", Role.admin)
        cookies["platform"] = await instance.cookie_of("platform@example.com", platform=True)
        cookies["stranger"] = await instance.cookie_of("stranger@example.com", Role.admin, other)
        for name, cookie in cookies.items():
            self.headers[name] = {"Cookie": f"{COOKIE}={cookie}"}
        self.headers["nobody's cookie"] = {"Cookie": f"{COOKIE}={'a' * 43}"}
        for role in Role:
            key = await instance.key_of(role)
            self.headers[f"key of {role}"] = {"Authorization": f"Bearer {key}"}
        key = await instance.key_of(Role.admin, other)
        self.headers["key of stranger"] = {"Authorization": f"Bearer {key}"}
        _, key = await instance.sy.access.keys.create_platform(Actor.system(), "platform")
        self.headers["key of platform"] = {"Authorization": f"Bearer {key}"}
        self.headers["nobody's key"] = {"Authorization": f"Bearer sk_{'a' * 43}"}
        return self

    async def _things(self, project: Any) -> dict[str, str]:
        """A flow with a version, a sample and a run; a connection; a key; a member; a destination that was
        told of the flow."""
        instance = self.instance
        key = await instance.key_of(Role.admin, project)
        to = {"name": "Audit", "kind": "topic", "url": "audit", "events": ["flow.created"]}
        destination = await instance.api("POST", "/destinations", to, 201, key)
        made = await instance.api(
            "POST", "/handler-flows",
            {"catalogue": "deck", "events": ["agent.created"], "verify": {"scheme": "none"}}, 201, key,
        )  # fmt: skip
        flow_id = made["flow"]["id"]
        await instance.api("POST", f"/flows/{flow_id}/publish", {}, key=key)
        started = await instance.api("POST", f"/flows/{flow_id}/test", {"sample": "agent.created"}, 202, key)

        async def succeeded() -> bool:
            run = await instance.sy.runs.get(project.id, started["run_id"])
            return bool(run["status"] == "succeeded")

        async def delivered() -> Any:
            path = f"/destinations/{destination['id']}/deliveries?status=delivered"
            return (await instance.api("GET", path, key=key))["data"]

        await stored(instance.sy.db, succeeded)
        told = await stored(instance.sy.db, delivered)
        connection = {
            "name": f"of-{project.name.lower()}",
            "piece": "webhook",
            "fields": {"secret": "s" * 20},
        }
        kept = await instance.api("POST", "/connections", connection, 201, key)
        own = {"name": f"of-{project.name.lower()}", "samples": [{"type": "a"}]}
        catalogue = await instance.api("POST", "/catalogues", own, 201, key)
        folder = await instance.api("POST", "/folders", {"name": "Kept"}, 201, key)
        actor = Actor.system(project.id)
        info, token = await instance.sy.access.keys.create(actor, "kept", Role.admin)
        user, _ = await instance.sy.access.users.create(
            actor, f"member-of-{project.name.lower()}@example.com", "Member"
        )
        await instance.sy.access.projects.add_member(actor, user.email, Role.viewer)
        unrun = await instance.unrun(key)
        event = (await instance.api("GET", "/events?action=flow.created", key=key))["data"][0]
        return {
            **unrun, "event_id": event["id"], "action": "flow.created",
            "project_id": project.id, "folder_id": folder["id"], "flow_id": flow_id,
            "run_id": started["run_id"],
            "destination_id": destination["id"], "delivery_id": told[0]["id"],
            "connection_id": kept["id"], "key_id": info.id, "token_of_key": token, "user_id": user.id,
            "number": "1", "name": "deck", "topic": "orders", "catalogue": catalogue["name"],
            "token": "no-such-token", "path": "app.css", "page": "webhook",
        }  # fmt: skip

    def address(self, route: Any, **ids: str) -> str:
        known = {**self.ids, "name": "http" if "/pieces/" in route.path else "deck", **ids}
        if "/held/flows/" in route.path and "flow_id" not in ids:
            known["flow_id"] = self.ids["holding_id"]
        return re.sub(r"{(\w+)(:\w+)?}", lambda found: known.get(found[1], "none"), route.path)

    def has(self, route: Any) -> bool:
        """Whether there is one of everything that the address names; ours are of a project."""
        if route.path.startswith("/platform/destinations/{"):
            return False
        return set(re.findall(r"{(\w+)", route.path)) <= set(self.ids)

    async def call(self, caller: str, method: str, address: str, **headers: str) -> Any:
        """The status, and where it leads; of an endless answer only its beginning."""
        sent = {**OURS, **self.headers[caller], **headers}
        if address.partition("?")[0].endswith("/stream"):
            return await beginning(self.instance.app, method, address, sent)
        answer = await self.instance.http.request(method, address, headers=sent)
        self.instance.http.cookies.clear()
        assert answer.status_code < 500, f"{method} {address} as {caller}: {answer.text}"
        return answer.status_code, answer.headers.get("location", "")


async def beginning(app: Any, method: str, address: str, headers: dict[str, str]) -> tuple[int, str]:
    """Status and location of an answer, whose rest is not waited for."""
    began: asyncio.Future[tuple[int, str]] = asyncio.get_running_loop().create_future()
    path, _, query = address.partition("?")

    waiting = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Any:
        return waiting.pop() if waiting else await asyncio.Event().wait()

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start" and not began.done():
            found = dict(message["headers"])
            began.set_result((message["status"], found.get(b"location", b"").decode()))

    scope = {
        "type": "http", "method": method, "path": unquote(path), "raw_path": path.encode(), "scheme": "http",
        "query_string": query.encode(), "root_path": "", "http_version": "1.1", "server": ("test", 80),
        "client": ("127.0.0.1", 1),
        "headers": [(b"host", b"test"), *((k.lower().encode(), v.encode()) for k, v in headers.items())],
    }  # fmt: skip
    task = asyncio.create_task(app(scope, receive, send))
    try:
        async with asyncio.timeout(DEADLINE):
            return await began
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(instance: Any) -> World:
    return await World(instance).fill()


def routes(world: World, *by: str) -> Iterator[tuple[Any, str]]:
    for route in world.instance.app.routes:
        if not by or route.by in by:
            for method in methods_of(route):
                yield route, method


# -- what the routes say -------------------------------------------------------------------------------


async def test_every_route_says_who_may_use_it(world: World) -> None:
    for route in world.instance.app.routes:
        assert isinstance(route, GuardedRoute), f"{route} stands outside the guard"
        assert isinstance(route.permission, Permission)
        assert route.by in ("session", "key", "none")
        assert ("/api/v1/" in route.path) == (route.by == "key"), route.path
        if route.path.startswith("/p/"):
            assert route.permission not in (Permission.public, Permission.signed_in), route.path


async def test_every_public_route_is_one_of_those_that_are_meant_to_be(world: World) -> None:
    public = {
        (route.by, path_of(route))
        for route in world.instance.app.routes
        if route.permission is Permission.public
    }
    assert public == PUBLIC


async def test_what_changes_something_needs_more_than_to_look(world: World) -> None:
    for route, method in routes(world, "session", "key"):
        # One's own account is changed by whoever is signed in.
        if method not in SAFE and route.permission is not Permission.public and not own(route):
            assert route.permission in (Permission.edit, Permission.admin, Permission.platform), route.path


async def test_no_two_routes_answer_the_same_question(world: World) -> None:
    asked = [(method, re.sub(r"{\w+(:\w+)?}", "{}", route.path)) for route, method in routes(world)]
    assert len(asked) == len(set(asked))


# -- pages -----------------------------------------------------------------------------------------------


async def test_pages_show_themselves_to_whom_they_are_for(world: World) -> None:
    wrong = []
    for route, method in routes(world, "session"):
        if route.permission is Permission.public or method != "GET":
            continue
        for caller in PEOPLE:
            status, there = await world.call(caller, method, world.address(route))
            if caller == "stranger" and "{project_id}" in route.path:
                expected = {404}
            elif caller in MAY[route.permission]:
                # 422: a page that needs more than its address, which it says only to whom it is for
                expected = {200, 422} if path_of(route) != "/p/{project_id}" else {303}
                expected |= set() if world.has(route) else {404}
            else:
                expected = {403}
            if status not in expected or there.startswith("/sign-in"):
                wrong.append((caller, route.path, status, there))
    assert not wrong


async def test_pages_send_strangers_to_sign_in_and_back(world: World) -> None:
    for route, method in routes(world, "session"):
        if route.permission is Permission.public:
            continue
        for caller in ("anonymous", "nobody's cookie", *KEYS):
            status, there = await world.call(caller, method, world.address(route))
            assert status == 303, (route.path, method, caller, status)
            assert there.startswith("/sign-in?next=") if method in SAFE else there == "/sign-in"


async def test_what_a_page_does_is_done_only_for_whom_it_may(world: World) -> None:
    # Things that are not there: who may do it learns that, and the next caller finds everything as it was.
    missing = {"flow_id": "flow_none", "folder_id": "fld_none", "run_id": "run_none",
               "connection_id": "con_none",
               "destination_id": "dst_none", "delivery_id": "dlv_none", "rejected_id": "rej_none",
               "catalogue": "none", "key_id": "key_none", "user_id": "usr_none"}  # fmt: skip
    wrong = []
    before = await world.instance.rows()
    for route, method in routes(world, "session"):
        if route.permission is Permission.public or method in SAFE:
            continue
        for caller in PEOPLE:
            status, there = await world.call(caller, method, world.address(route, **missing))
            if caller == "stranger" and "{project_id}" in route.path:
                well = status == 404
            elif caller in MAY[route.permission]:
                well = status in (303, 400, 404, 409, 422) and not there.startswith("/sign-in")
            else:
                well = status == 403
            if not well:
                wrong.append((caller, method, route.path, status, there))
    assert not wrong
    assert await world.instance.rows() == before


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": ""},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://test"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://test.evil.example"},
        {"Origin": "http://test:81"},
        {"Referer": "http://test/"},
    ],
)
async def test_a_form_of_another_site_does_nothing_for_anybody(world: World, sent: dict[str, str]) -> None:
    before = await world.instance.rows()
    chance = Random(str(sent))
    for route, method in routes(world, "session"):
        if method in SAFE:
            continue
        caller = chance.choice(("platform", "viewer", "anonymous"))
        headers = {**sent, **world.headers[caller]}
        answer = await world.instance.http.request(method, world.address(route), headers=headers)
        assert answer.status_code == 403, (route.path, caller)
        assert "set-cookie" not in answer.headers
    assert await world.instance.rows() == before
    status, _ = await world.call("platform", "GET", "/projects")
    assert status == 200  # nobody was signed out


async def test_a_form_of_our_own_is_taken_by_origin_too(world: World) -> None:
    headers = {**world.headers["platform"], "Origin": "http://test"}
    answer = await world.instance.http.post("/projects", headers=headers)
    assert answer.status_code == 422


# -- the API ---------------------------------------------------------------------------------------------


async def test_the_api_answers_keys_by_their_role(world: World) -> None:
    missing = {"flow_id": "flow_none", "folder_id": "fld_none", "run_id": "run_none",
               "connection_id": "con_none",
               "destination_id": "dst_none", "delivery_id": "dlv_none", "rejected_id": "rej_none",
               "user_id": "usr_none", "invitation_id": "inv_none"}  # fmt: skip
    wrong = []
    before = await world.instance.rows()
    for route, method in routes(world, "key"):
        for role in Role:
            ids = {} if method in SAFE else missing
            status, _ = await world.call(f"key of {role}", method, world.address(route, **ids))
            if role not in MAY[route.permission]:
                well = status == 403
            elif method in SAFE:
                well = status == 200
            else:
                well = status in (400, 404, 409, 415, 422)
            if not well:
                wrong.append((role, method, route.path, status))
    assert not wrong
    assert await world.instance.rows() == before


async def test_a_key_of_the_platform_reaches_its_users_and_no_project(world: World) -> None:
    wrong = []
    before = await world.instance.rows()
    for route, method in routes(world, "key"):
        ids = {} if method in SAFE else {"user_id": "usr_none"}
        status, _ = await world.call("key of platform", method, world.address(route, **ids))
        if route.permission is Permission.platform:
            well = status == 200 if method in SAFE else status in (400, 404, 415)
        else:
            well = status == (200 if route.permission is Permission.signed_in else 403)
        if not well:
            wrong.append((method, route.path, status))
    assert not wrong
    assert await world.instance.rows() == before


async def test_the_api_knows_only_keys(world: World) -> None:
    for route, method in routes(world, "key"):
        for caller in ("anonymous", *PEOPLE, "nobody's cookie", "nobody's key"):
            status, _ = await world.call(caller, method, world.address(route))
            assert status == 401, (method, route.path, caller)


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer sk_", "Bearer x y", "Token {}"]
)
async def test_a_key_that_is_not_given_as_one_is_none(world: World, header: str) -> None:
    _, _, token = world.headers["key of admin"]["Authorization"].partition(" ")
    given = {"Authorization": header.format(token)}
    for route, method in routes(world, "key"):
        answer = await world.instance.http.request(method, world.address(route), headers=given)
        assert answer.status_code == 401, (method, route.path)


async def test_two_keys_are_none(world: World) -> None:
    key = world.headers["key of admin"]["Authorization"]
    answer = await world.instance.http.get(
        "/api/v1/flows", headers=[("Authorization", key), ("Authorization", key)]
    )
    assert answer.status_code == 401


# -- another project's things ------------------------------------------------------------------------------


async def test_a_key_finds_nothing_of_another_project(world: World, good_body: Any) -> None:
    document = (await world.instance.http.get("/openapi.json")).json()
    before = await world.instance.rows()
    for route, method in routes(world, "key"):
        named = set(re.findall(r"{(\w+)", route.path)) - {"name", "number"}
        if not named:
            continue
        facts = document["paths"][route.path]["get" if method == "HEAD" else method.lower()]
        body = (
            {"json": good_body(facts, document["components"]["schemas"]) or {}} if method not in SAFE else {}
        )
        answer = await world.instance.http.request(
            method, world.address(route), headers=world.headers["key of stranger"], **body
        )
        if route.permission is Permission.platform:
            assert answer.status_code == 403, (method, route.path, answer.text)
            continue
        assert answer.status_code == 404, (method, route.path, answer.text)
        if method != "HEAD":
            assert answer.json()["error"]["code"] == "not_found"
    assert await world.instance.rows() == before


FORMS: dict[str, dict[str, str]] = {
    "json": {"definition": '{"format": 1, "name": "y"}', "revision": "1"},
    "publish": {"revision": "1", "enable": "yes"},
    "enabled": {"enabled": "yes"},
    "samples": {"name": "x", "event": '{"body": 1}'},
    "test": {"event": '{"body": 1}'},
    "take": {"revision": "1"},
    "undo": {"revision": "1"},
    "redo": {"revision": "1"},
    "delete": {"sure": "yes"},
    "discard": {"sure": "yes"},
    "signing": {"overlap_h": "24"},
    "replay": {"since": "2020-01-01T00:00"},
    "{user_id}": {"role": "admin"},
}


async def test_a_page_finds_nothing_of_another_project(world: World) -> None:
    """Under one's own project with another's ids: by its admin, and by one who may look into both."""
    before = await world.instance.rows()
    here = {"project_id": world.foreign["project_id"]}
    for route, method in routes(world, "session"):
        named = set(re.findall(r"{(\w+)", route.path)) - {"project_id", "number", "token"}
        named -= {"topic"}  # a name, and no id: each project has its own of it
        if route.path == "/help/{page}":  # the same for everybody who is signed in
            continue
        if not named:
            continue
        form = {"data": FORMS.get(route.path.rpartition("/")[2], {})} if method not in SAFE else {}
        for caller in ("stranger", "platform"):
            # The platform's pages are for its admins: of its own users, and of what projects said.
            if caller == "platform" and route.path.startswith(
                ("/platform/users/", "/platform/events/{event")
            ):
                continue
            answer = await world.instance.http.request(
                method, world.address(route, **here), headers={**OURS, **world.headers[caller]}, **form
            )
            refused = 403 if caller == "stranger" and route.permission is Permission.platform else 404
            assert answer.status_code == refused, (caller, method, route.path, answer.status_code)
            assert world.ids["flow_id"] not in answer.text
    assert await world.instance.rows() == before


async def test_a_run_of_another_project_is_not_shown_within_ones_own_flow(world: World) -> None:
    mine, theirs = world.foreign, world.ids
    flow = f"/p/{mine['project_id']}/flows/{mine['flow_id']}"
    status, _ = await world.call("stranger", "GET", f"{flow}/test?run={theirs['run_id']}")
    assert status == 404
    status, _ = await world.call("stranger", "GET", f"{flow}/test?run={mine['run_id']}")
    assert status == 200


async def test_a_key_of_another_project_stays_valid(world: World) -> None:
    path = f"/p/{world.foreign['project_id']}/settings/keys/{world.ids['key_id']}/delete"
    assert (await world.call("stranger", "POST", path))[0] == 404
    answer = await world.instance.http.get(
        "/api/v1/flows", headers={"Authorization": f"Bearer {world.ids['token_of_key']}"}
    )
    assert answer.status_code == 200


async def test_lists_hold_nothing_of_another_project(world: World) -> None:
    lists = ["/flows", "/runs", "/connections", "/events", "/users", "/projects"]
    for path in lists:
        answer = await world.instance.http.get(f"/api/v1{path}", headers=world.headers["key of stranger"])
        for name in ("project_id", "flow_id", "run_id", "connection_id", "user_id"):
            assert world.ids[name] not in answer.text, (path, name)
    answer = await world.instance.http.get(
        f"/api/v1/runs?flow_id={world.ids['flow_id']}", headers=world.headers["key of stranger"]
    )
    assert answer.json()["data"] == []
    for path in ("flows", "runs", "unrouted", "connections", "settings", "handler-flows/new?catalogue=deck"):
        page = await world.instance.http.get(
            f"/p/{world.foreign['project_id']}/{path}", headers=world.headers["stranger"]
        )
        assert page.status_code == 200
        for name in ("project_id", "flow_id", "run_id", "connection_id", "key_id", "user_id"):
            assert world.ids[name] not in page.text, (path, name)


async def test_a_flow_cannot_use_a_connection_of_another_project(world: World) -> None:
    key = world.headers["key of stranger"]["Authorization"].partition(" ")[2]
    verify = {"scheme": "github", "connection": "of-default"}
    names = [one["name"] for one in (await world.instance.api("GET", "/connections"))["data"]]
    assert any(name.startswith("of-") for name in names)
    verify["connection"] = next(name for name in names if name.startswith("of-"))
    refused = await world.instance.api(
        "POST", "/handler-flows",
        {"catalogue": "deck", "events": "all", "verify": verify}, 422, key,
    )  # fmt: skip
    assert refused["error"]["field"] == "verify.connection"


# -- what is not there ---------------------------------------------------------------------------------------


async def test_a_method_that_a_route_does_not_have_is_refused_for_everybody(world: World) -> None:
    callers = itertools.cycle(("anonymous", "platform", "key of admin"))
    wrong = []
    for route in world.instance.app.routes:
        address = world.address(route)
        known = {m for one in world.instance.app.routes if one.path_regex.match(address) for m in one.methods}
        own = {m for one in world.instance.app.routes if one.path == route.path for m in one.methods}
        if path_of(route).startswith("/webhooks"):
            assert known == set(METHODS)
            known = own = {"POST", "PUT", "PATCH"}  # what the flow takes
            if path_of(route).endswith("/v1/logs"):
                known = own = {"POST"}  # of OTLP/HTTP
        for method, caller in zip(sorted({*METHODS, "TRACE", "PROPFIND"} - known), callers, strict=False):
            headers = {**OURS, **world.headers[caller]}
            answer = await world.instance.http.request(method, address, headers=headers)
            world.instance.http.cookies.clear()
            allowed = set(answer.headers.get("allow", "").split(", "))
            if answer.status_code != 405 or allowed != own:
                wrong.append((method, address, caller, answer.status_code, allowed ^ own))
    assert not wrong


ODD_NAMES = (
    "%00",
    "a%00b",
    "x" * 5_000,
    "%F0%9F%9A%82",
    "%ff%fe",
    "%ED%A0%80",
    "..%2f..%2fetc%2fpasswd",
    "%0d%0aX:1",
)
"""Percent-encoded: NUL, a long name, an emoji, no UTF-8, a lone surrogate, a path, a line of a header."""


async def stored_things(world: World) -> dict[str, int]:
    """How many rows each table has; refusals of the intake are written later, with their events."""
    rows = await world.instance.rows()
    return {table: count for table, count in rows.items() if table not in ("rejected_requests", "events")}


@pytest.mark.parametrize("odd", ODD_NAMES, ids=lambda name: name[:20])
async def test_a_name_that_nothing_can_have_is_not_found(world: World, odd: str) -> None:
    """In the place of each name in each address, for those who may see what has one."""
    before = await stored_things(world)
    wrong = []
    for route, method in routes(world):
        for name in re.findall(r"{(\w+)", route.path):
            caller = {"key": "key of admin", "session": "platform", "none": "anonymous"}[route.by]
            if route.by == "key" and route.permission is Permission.platform:
                caller = "key of platform"
            headers = {**OURS, **world.headers[caller]}
            address = world.address(route, **{name: odd})
            status, _ = await beginning(world.instance.app, method, address, headers)
            expected = {404} if method in SAFE else {404, 400, 403, 409, 415, 422}
            if "/topics/{" in route.path:  # senders choose these names, and learn what is wrong with one
                expected.add(422)
            if status not in expected:
                wrong.append((method, address[:100], status))
    assert not wrong
    assert await stored_things(world) == before


@pytest.mark.parametrize(
    "path",
    [
        "/p/{project_id}/flows/",
        "//p/{project_id}/flows",
        "/p/{project_id}//flows",
        "/p/{project_id}/flows/%2e%2e/settings",
        "/p/{project_id}/flows/..%2fsettings",
        "/p/{project_id}/../../healthz",
        "/static/../p/{project_id}/flows",
        "/static/%2e%2e%2f%2e%2e%2fapp.py",
        "/static/..%2f..%2fapp.py",
        "/static/%2e%2e/app.py",
        "/static//etc/passwd",
        "/P/{project_id}/flows",
        "/api/v1/flows/",
        "/api/v1/flows%2f",
        "/api/v2/flows",
        "/sign-in/../projects",
        "/healthz/p/{project_id}/flows",
        "/p/{project_id}/flows;x=/healthz",
        "/p/{project_id}/flows.json",
    ],
)
async def test_no_way_of_writing_an_address_gets_around_the_guard(world: World, path: str) -> None:
    address = path.format(**world.ids)
    for caller in ("anonymous", "stranger", "key of stranger"):
        # Past the client, which would write the address anew before it is sent.
        status, there = await beginning(world.instance.app, "GET", address, world.headers[caller])
        assert status in (303, 401, 403, 404), (caller, status, there)


async def test_a_host_header_names_no_other_route(world: World) -> None:
    for host in ("test/healthz", "test/../", "a b", "x@y", "test?x", "test#x", "[::1", "é"):
        answer = await world.instance.http.get("/projects", headers={"Host": host.encode()})
        assert answer.status_code == 400, host


# -- leaving -----------------------------------------------------------------------------------------------


async def test_after_signing_out_a_cookie_opens_nothing(world: World) -> None:
    cookie = await world.instance.cookie_of("leaver@example.com", Role.viewer)
    headers = {**OURS, "Cookie": f"{COOKIE}={cookie}"}
    assert (await world.instance.http.get("/projects", headers=headers)).status_code == 200
    assert (await world.instance.http.post("/sign-out", headers=headers)).status_code == 303
    assert (await world.instance.http.get("/projects", headers=headers)).status_code == 303


async def test_one_who_is_taken_out_of_the_project_sees_it_no_more(world: World) -> None:
    cookie = await world.instance.cookie_of("former@example.com", Role.editor)
    headers = {"Cookie": f"{COOKIE}={cookie}"}
    page = f"/p/{world.ids['project_id']}/flows"
    assert (await world.instance.http.get(page, headers=headers)).status_code == 200
    users = (await world.instance.api("GET", "/users"))["data"]
    (user,) = [user["user_id"] for user in users if user["email"] == "former@example.com"]
    await world.instance.api("PATCH", f"/users/{user}", {"role": "viewer"})
    new = await world.instance.http.get(f"{page}/new", headers=headers)
    assert new.status_code == 403
    await world.instance.api("DELETE", f"/users/{user}", status=204)
    assert (await world.instance.http.get(page, headers=headers)).status_code == 404
