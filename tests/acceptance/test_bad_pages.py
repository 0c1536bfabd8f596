"""What the pages refuse: a page that says so, and nothing is stored; and what they show of hostile texts."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest
import pytest_asyncio

pytestmark = pytest.mark.asyncio(loop_scope="module")

OURS = {"Sec-Fetch-Site": "same-origin"}
FORM = "application/x-www-form-urlencoded"

FILE = '{"format": 1, "name": "Good", "triggers": [], "start": null, "steps": {}}'
# What each form sends when all is well, by the end of its address; the longest end that fits counts.
FORMS: dict[str, dict[str, str]] = {
    "/sign-in": {"email": "who@example.com", "password": "wrong", "next": "/"},
    "/setup/{token}": {"email": "x@example.com", "name": "X", "password": "a", "again": "b"},
    "/sign-out": {},
    "/theme": {"theme": "dark", "next": "/"},
    "/projects": {"name": "Another"},
    "/settings/name": {"name": "Default"},
    "/members": {"email": "nobody@example.com", "role": "viewer"},
    "/members/{user_id}": {"role": "viewer"},
    "/keys": {"name": "one more", "role": "viewer"},
    "/flows": {"name": "Made"},
    "/flows/import": {"text": FILE},
    "/json": {"definition": FILE, "revision": "1", "do": "save"},
    "/publish": {"revision": "1", "note": "n", "enable": "yes"},
    "/enabled": {"enabled": "yes", "next": "/"},
    "/samples": {"name": "s", "event": '{"body": 1}'},
    "/test": {"sample": "s", "event": '{"body": 1}'},
    "/take": {"revision": "1"},
    "/delete": {"sure": "no"},
    "/connections": {"piece": "webhook", "name": "another", "field.secret": "s"},
    "/connections/{connection_id}": {"field.secret": "s", "field.username": "u"},
    "/handler-flows/new": {
        "catalogue": "deck", "name": "H", "scheme": "none", "connection": "", "header": "", "secret": "",
        "event": "agent.created",
    },
    "/retry": {"version": "same", "from": "start"},
    "/cancel": {},
}  # fmt: skip
# These do what they are for, whatever else is sent along.
ALWAYS = (
    "/sign-out",
    "/theme",
    "/enabled",
    "/cancel",
    "/retry",
    "/take",
    "/delete",
    "/connections/{connection_id}/test",
)


def form_of(path: str) -> dict[str, str]:
    fits = [end for end in FORMS if path.endswith(end)]
    return FORMS[max(fits, key=len)] if fits else {}


class Desk:
    """A platform admin with one of each thing."""

    def __init__(self, instance: Any, cookie: str, ids: dict[str, str]) -> None:
        self.instance, self.ids = instance, ids
        self.headers = {**OURS, "Accept": "text/html", "Cookie": f"switchyard_session={cookie}"}

    def address(self, route: Any, **ids: str) -> str:
        return re.sub(r"{(\w+)(:\w+)?}", lambda found: {**self.ids, **ids}.get(found[1], "none"), route.path)

    def posts(self) -> Iterator[Any]:
        for route in self.instance.app.routes:
            if route.by == "session" and "POST" in route.methods:
                yield route

    def pages(self) -> Iterator[Any]:
        for route in self.instance.app.routes:
            if route.by == "session" and "GET" in route.methods and not route.path.endswith("/stream"):
                yield route

    async def ask(self, method: str, address: str, *, signed_in: bool = True, **sent: Any) -> Any:
        headers = {**self.headers, **sent.pop("headers", {})}
        if not signed_in:
            del headers["Cookie"]
        answer = await self.instance.http.request(method, address, headers=headers, **sent)
        self.instance.http.cookies.clear()
        what = f"{method} {address[:200]} {str(sent)[:300]}: {answer.status_code}"
        assert answer.status_code < 500, f"{what} {answer.text[:1000]}"
        if answer.is_redirect:
            there = urlsplit(answer.headers["location"])
            assert not there.netloc, f"{what} leads to {there.geturl()}"
            assert answer.headers["location"].startswith("/")
            assert not answer.headers["location"].startswith("//")
        elif answer.status_code >= 400:
            assert answer.headers["content-type"].startswith("text/html"), what
            for inside in ("Traceback", 'File "', "sqlite", "jinja2"):
                assert inside not in answer.text, what
        return answer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(instance: Any) -> Desk:
    cookie = await instance.cookie_of("boss@example.com", "admin", platform=True)
    await instance.cookie_of("member@example.com", "viewer")
    users = {one["email"]: one["user_id"] for one in (await instance.api("GET", "/users"))["data"]}
    flow = await instance.publish(
        {"format": 1, "name": "First", "samples": {"s": {"body": 1}}, "triggers": [
            {"name": "webhook", "piece": "webhook", "trigger": "catch",
             "input": {"verify": {"scheme": "none"}}},
        ]}
    )  # fmt: skip
    run = await instance.api("POST", f"/flows/{flow['id']}/test", {"sample": "s"}, 202)
    await instance.ended(run["run_id"])
    connection = {"name": "kept", "piece": "webhook", "fields": {"secret": "s"}}
    kept = await instance.api("POST", "/connections", connection, 201)
    return Desk(instance, cookie, {
        "project_id": instance.project.id, "flow_id": flow["id"], "run_id": run["run_id"],
        "connection_id": kept["id"], "user_id": users["member@example.com"], "number": "1",
    })  # fmt: skip


BROKEN: list[tuple[str, bytes, str]] = [
    ("bytes that are no UTF-8", b"name=%ff%fe&definition=%ff&event=%ff", FORM),
    ("raw bytes", b"\xff\xfe\x00", FORM),
    ("2,000 fields", b"&".join(b"a%d=1" % number for number in range(2000)), FORM),
    ("multipart without a boundary", b"--b\r\n", "multipart/form-data"),
    ("multipart that is none", b"hello", "multipart/form-data; boundary=b"),
    ("two files", b"".join(
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n1\r\n' for _ in range(2)
    ) + b"--b--\r\n", "multipart/form-data; boundary=b"),
    ("8 MB", b"name=" + b"x" * 8_000_000, FORM),
]  # fmt: skip


@pytest.mark.parametrize(("what", "body", "kind"), BROKEN, ids=[case[0] for case in BROKEN])
async def test_a_form_that_cannot_be_read_is_refused(desk: Desk, what: str, body: bytes, kind: str) -> None:
    before = await desk.instance.rows()
    for route in desk.posts():
        if not form_of(route.path) or route.path.endswith(ALWAYS):
            continue
        answer = await desk.ask("POST", desk.address(route), content=body, headers={"Content-Type": kind})
        assert answer.status_code in (400, 404, 413, 422), (what, route.path, answer.status_code)
    assert await desk.instance.rows() == before


JUNK = ["", "\0", "x" * 10_000, "[" * 10_000, "7", "{", "9" * 40]


async def test_a_field_that_cannot_be_used_changes_nothing_else(desk: Desk, hostile: dict[str, str]) -> None:
    """Each field of each form in turn: refused with a page and without a row, or done."""
    values = [*JUNK, *(hostile[name] for name in ("a tag", "an attribute", "right to left"))]
    before = await desk.instance.rows()
    for route in desk.posts():
        if route.path.endswith(ALWAYS[:2]):
            continue
        good = form_of(route.path)
        for field in good:
            for value in values:
                # Without a session where one is made.
                answer = await desk.ask(
                    "POST", desk.address(route), data={**good, field: value},
                    signed_in=not route.path.startswith(("/sign-in", "/setup")),
                )  # fmt: skip
                assert "<script>alert" not in answer.text, (route.path, field)
                assert 'onfocus="alert' not in answer.text, (route.path, field)
                # A sign-in that failed is an event, for who watches over accounts.
                if answer.status_code < 400 or route.path == "/sign-in":
                    before = await desk.instance.rows()
            assert await desk.instance.rows() == before, (route.path, field)


MUST: list[tuple[str, str, str]] = [
    ("/json", "definition", "[" * 10_000),
    ("/json", "definition", "[]"),
    ("/json", "definition", '{"format": 1}'),
    ("/json", "definition", '{"format": 1, "name": "a\\u0000b"}'),
    ("/json", "revision", "x"),
    ("/json", "revision", ""),
    ("/flows/import", "text", ""),
    ("/flows/import", "text", "{"),
    ("/flows/import", "text", "[" * 10_000),
    ("/flows/import", "text", '{"name": 7}'),
    ("/flows", "name", ""),
    ("/flows", "name", "\0"),
    ("/flows", "name", "a\u202eb"),
    ("/flows", "name", "x" * 201),
    ("/samples", "name", ""),
    ("/samples", "name", "x" * 201),
    ("/samples", "name", "a\0b"),
    ("/samples", "event", "7"),
    ("/samples", "event", "{}"),
    ("/samples", "event", "[" * 10_000),
    ("/test", "event", "7"),
    ("/test", "event", ""),
    ("/publish", "revision", "999"),
    ("/projects", "name", ""),
    ("/projects", "name", "\u2066x"),
    ("/settings/name", "name", "x" * 101),
    ("/members", "email", "nobody"),
    ("/members", "role", "god"),
    ("/members/{user_id}", "role", "god"),
    ("/keys", "name", ""),
    ("/keys", "role", "god"),
    ("/connections", "name", "A B"),
    ("/connections", "name", "../x"),
    ("/connections", "piece", "none"),
    ("/handler-flows/new", "catalogue", "../deck"),
    ("/handler-flows/new", "event", "none"),
    ("/handler-flows/new", "scheme", "magic"),
    ("/handler-flows/new", "name", "a\0b"),
]


@pytest.mark.parametrize(("end", "field", "value"), MUST, ids=lambda value: str(value)[:20])
async def test_what_cannot_be_used_is_refused_beside_what_was_typed(
    desk: Desk, end: str, field: str, value: str
) -> None:
    (route,) = [one for one in desk.posts() if one.path.endswith(end) and form_of(one.path) is FORMS[end]][:1]
    before = await desk.instance.rows()
    answer = await desk.ask("POST", desk.address(route), data={**FORMS[end], field: value})
    assert answer.status_code in (404, 409, 422), answer.status_code
    assert await desk.instance.rows() == before


@pytest.mark.parametrize("header", ["http://[", "?", "%ff", "http://evil.example/?step=<script>", "x" * 5000])
async def test_whatever_a_script_says_of_its_page_breaks_nothing(desk: Desk, header: str) -> None:
    sent = {"HX-Request": "true", "HX-Current-URL": header, "HX-Target": f"div#{header}"}
    for route in (*desk.pages(), *desk.posts()):
        method = "GET" if "GET" in route.methods else "POST"
        if route.path.endswith(ALWAYS):
            continue
        headers = {name: value.encode() for name, value in sent.items()}
        answer = await desk.ask(method, desk.address(route), headers=headers)
        assert "<script>step" not in answer.text


async def test_a_name_that_would_not_fit_is_refused_whole(desk: Desk) -> None:
    path = f"/p/{desk.ids['project_id']}/settings/name"
    answer = await desk.ask("POST", path, data={"name": "<script>alert(1)</script>" * 10})
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text


async def test_an_address_of_nothing_is_a_page_that_says_so(desk: Desk, hostile: dict[str, str]) -> None:
    before = await desk.instance.rows()
    for route in (*desk.pages(), *desk.posts()):
        method = "GET" if "GET" in route.methods else "POST"
        for name in re.findall(r"{(\w+)", route.path):
            for text in hostile.values():
                if not text.strip(" \t.") or "%2f" in text:
                    continue
                written = quote(text.encode("utf-8", "surrogatepass"), safe="")
                sent = {"data": form_of(route.path)} if method == "POST" else {}
                answer = await desk.ask(method, desk.address(route, **{name: written}), **sent)
                assert answer.status_code == 404, (route.path, name, text[:40], answer.status_code)
                assert "<script>alert" not in answer.text
    assert await desk.instance.rows() == before


QUERIES = [
    "step", "sample", "run", "version", "catalogue", "q", "status", "flow", "environment", "since", "until",
    "cursor", "piece", "next", "saved", "in", "limit", "sort", "view",
]  # fmt: skip


async def test_a_query_of_anything_breaks_no_page(desk: Desk, hostile: dict[str, str]) -> None:
    names = ("a tag", "an attribute", "a NUL", "SQL", "an expression", "nothing", "a number")
    before = await desk.instance.rows()
    for route in desk.pages():
        for name in names:
            # All at once; then each alone, where one ends the page before the others are read.
            query = urlencode(dict.fromkeys(QUERIES, hostile[name]))
            answer = await desk.ask("GET", f"{desk.address(route)}?{query}")
            assert "<script>alert" not in answer.text, route.path
            assert 'onfocus="alert' not in answer.text, route.path
    for route in desk.pages():
        for name in QUERIES:
            for value in ("<script>alert(1)</script>", "%ff\0"):
                answer = await desk.ask("GET", f"{desk.address(route)}?{name}={quote(value, safe='%')}")
                assert "<script>alert" not in answer.text, (route.path, name)
    assert await desk.instance.rows() == before


HOSTILE_FLOW = '<script>alert(1)</script>" onfocus="alert(1)'


async def test_hostile_texts_in_a_flow_and_in_events_are_shown_as_texts(desk: Desk) -> None:
    """Stored script: names, titles, notes, branches, values, errors; on every page that shows them."""
    text = HOSTILE_FLOW
    definition = {
        "format": 1, "name": text, "description": text,
        "triggers": [{"name": "webhook", "piece": "webhook", "trigger": "catch",
                      "input": {"verify": {"scheme": "none"}}}],
        "start": "r",
        "steps": {
            "r": {"type": "router", "title": text, "note": text, "key": "trigger.body.k",
                  "branches": [{"name": text, "case": [text], "next": "a"}]},
            "a": {"type": "action", "piece": "data", "action": "compose", "title": text,
                  "input": {"value": "{{ trigger.body }}"}, "next": "f"},
            "f": {"type": "action", "piece": "http", "action": "request", "title": text,
                  "input": {"method": "GET", "url": "http://127.0.0.1/{{ trigger.body.k }}"}},
        },
        "samples": {text: {"body": {"k": text, text: text}}},
        "notes": [{"text": text, "step": "a"}],
        "tests": [{"name": text, "sample": text}],
    }  # fmt: skip
    instance, project = desk.instance, desk.ids["project_id"]
    flow = await instance.publish(definition)
    answer = await instance.send(flow["id"], {"k": text, text: text}, **{"X-Header": text})
    run = await instance.ended(answer.json()["run_id"])
    assert run["status"] == "failed"
    assert run["path"][0] == f"r:{text}"
    await instance.ended((await instance.send(flow["id"], {"k": "unrouted"})).json()["run_id"])
    await instance.api("PATCH", f"/projects/{project}", {"name": "<script>alert(1)</script>"})
    ids = {"flow_id": flow["id"], "run_id": run["id"]}
    try:
        for route in desk.pages():
            for query in ("", "?step=a", "?step=r", "?step=f", f"?sample={quote(text)}", f"?run={run['id']}"):
                page = await desk.ask("GET", desk.address(route, **ids) + query)
                assert page.status_code in (200, 303, 404, 422), (route.path, page.status_code)
                if not page.headers.get("content-type", "").startswith("text/html"):
                    continue  # a file
                assert "<script>alert" not in page.text, (route.path, query)
                assert 'onfocus="alert' not in page.text.replace("&#34; onfocus", ""), (route.path, query)
        page = await desk.ask("GET", f"/p/{project}/runs/{run['id']}")
        assert "&lt;script&gt;alert(1)" in page.text
    finally:
        await instance.api("PATCH", f"/projects/{project}", {"name": "Default"})
