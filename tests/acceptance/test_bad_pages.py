"""What the pages refuse: a page that says so, and nothing is stored; and what they show of hostile texts."""

import inspect
import itertools
import re
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import pytest_asyncio

from engine.base.actor import Role
from tests.acceptance.fixtures import PUBLIC, Case, PlatformAdmin
from tests.acceptance.page_forms import CONSUMES, FLOW, STEP, TO, Fields, own_part
from tests.support.waiting import stored
from ui.editor.page import KEPT

pytestmark = pytest.mark.asyncio(loop_scope="module")

FORM = "application/x-www-form-urlencoded"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def admin(instance: Any) -> PlatformAdmin:
    return await PlatformAdmin(instance).prepare()


def signed_in(case: Case) -> bool:
    """Whether a form is for those who are signed in."""
    return not case.path.startswith(PUBLIC)


def alone(case: Case, form: Fields, field: str) -> Fields:
    """The form without what is saved even if this field is refused: in the editor each field is an edit."""
    if (
        not own_part(case.path).startswith((STEP, f"{FLOW}/triggers"))
        and "save_flow" not in case.ids.values()
    ):
        return form
    start = field.partition(".")[0]
    return {name: value for name, value in form.items() if name.startswith((start, "revision"))}


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
async def test_a_form_that_cannot_be_read_is_refused(
    admin: PlatformAdmin, what: str, body: bytes, kind: str
) -> None:
    before = await admin.settled()
    for case in admin.cases():
        if not case.fields or _needs_nothing(case, what):
            continue
        sent = {"content": body, "headers": {"Content-Type": kind}, "signed_in": signed_in(case)}
        answer = await admin.ask("POST", admin.at(case), **sent)
        wanted = (413,) if what == "8 MB" and not _large(case.path) else (400, 404, 413, 422)
        assert answer.status_code in wanted, (what, case, answer.status_code)
    assert await admin.settled() == before


def _large(path: str) -> bool:
    """Takes files that may be that large."""
    return path.endswith(("/catalogues/new", "/catalogues/{catalogue}/edit"))


def _needs_nothing(case: Case, what: str) -> bool:
    """A form of which the missing fields have a meaning, sent with none that it knows."""
    return what == "two files" and own_part(case.path) in LAX


LAX = {
    "/sign-in",  # one that failed is an event
    "/account/second-factor/confirm",  # nothing was begun
    "/theme", "/runs", "/users/{user_id}/reset",
    "/connections/{connection_id}", "/connections/{connection_id}/delete",
    "/catalogues/{catalogue}/delete", "/runs/{run_id}/retry", f"{FLOW}/arrange", f"{FLOW}/enabled",
    f"{TO}/enabled", f"{TO}/test", f"{TO}/deliveries/{{delivery_id}}/resend", f"{TO}/signing", "/keys",
    f"{FLOW}/expression", f"{STEP}/branches/{{branch}}/truth", "/flows/bulk", f"{FLOW}/drift",
    f"{FLOW}/commands/{{command}}",
}  # fmt: skip
"""Forms without a field that must be there."""

JUNK = ["", "\0", "[" * 10_000, "9" * 5000, "²"]


async def test_a_field_that_cannot_be_used_changes_nothing_else(
    admin: PlatformAdmin, hostile: dict[str, str]
) -> None:
    """Each field of each form in turn: refused with a page and without a row, or done. Of the values,
    each field is given one, its neighbour the next."""
    junk = (*JUNK, *(hostile[name] for name in ("an attribute", "a lone half")))
    values = itertools.cycle(value.encode("utf-8", "surrogatepass") for value in junk)
    for case in admin.cases():
        if case.path in ("/sign-out", "/theme"):
            continue
        before, form = await admin.settled(), await admin.form(case)
        for field in list(form):
            body = urlencode({**alone(case, form, field), field: next(values)})
            answer = await admin.ask(
                "POST",
                admin.at(case),
                content=body,
                headers={"Content-Type": FORM},
                signed_in=signed_in(case),
            )
            assert "<script>alert" not in answer.text, (case, field)
            assert 'onfocus="alert' not in answer.text, (case, field)
            # A sign-in that failed is an event, for who watches over accounts.
            if answer.status_code < 400 or case.path == "/sign-in":
                if case.path.endswith(CONSUMES):
                    await admin.renew(case.path)
                before, form = await admin.settled(), await admin.form(case)
            after = await admin.settled()
            assert after == _but_kept(before, after, case.path), (case, field)


MUST: list[tuple[str, str, str]] = [
    (f"{FLOW}/json", "definition", "[" * 10_000),
    (f"{FLOW}/json", "definition", "[]"),
    (f"{FLOW}/json", "definition", '{"format": 1}'),
    (f"{FLOW}/json", "definition", '{"format": 1, "name": "a\\u0000b"}'),
    (f"{FLOW}/json", "revision", "x"),
    (f"{FLOW}/json", "revision", ""),
    ("/flows/import", "text", ""),
    ("/flows/import", "text", "{"),
    ("/flows/import", "text", "[" * 10_000),
    ("/flows/import", "text", '{"name": 7}'),
    ("/flows", "name", ""),
    ("/flows", "name", "\0"),
    ("/flows", "name", "a\u202eb"),
    ("/flows", "name", "x" * 201),
    ("/flows/bulk", "do", "explode"),
    ("/flows/bulk", "flow", "flow_none"),
    ("/flows/bulk", "with", ""),
    ("/flows/bulk", "with", "a\0b"),
    ("/flows/bulk", "with", "x" * 41),
    (f"{FLOW}/arrange", "folder", "fld_none"),
    (f"{FLOW}/arrange", "tags", "a\u202eb"),
    (f"{FLOW}/arrange", "tags", "x" * 41),
    ("/folders", "name", ""),
    ("/folders", "name", "a\0b"),
    ("/folders", "name", "x" * 201),
    ("/folders/{folder_id}", "name", "\u2066x"),
    (f"{FLOW}/samples", "name", ""),
    (f"{FLOW}/samples", "name", "x" * 201),
    (f"{FLOW}/samples", "name", "a\0b"),
    (f"{FLOW}/samples", "event", "7"),
    (f"{FLOW}/samples", "event", "{}"),
    (f"{FLOW}/samples", "event", "[" * 10_000),
    (f"{FLOW}/samples/rename", "sample", "none"),
    (f"{FLOW}/samples/rename", "new_name", ""),
    (f"{FLOW}/samples/rename", "new_name", "a\0b"),
    (f"{FLOW}/samples/delete", "sample", "none"),
    (f"{FLOW}/test", "event", "7"),
    (f"{FLOW}/test", "event", ""),
    (f"{FLOW}/publish", "revision", "999"),
    (f"{FLOW}/history/undo", "revision", "999"),
    (f"{FLOW}/history/redo", "revision", "x"),
    (f"{FLOW}/undo", "revision", "999"),
    (f"{FLOW}/redo", "revision", ""),
    (f"{FLOW}/versions/{{number}}/take", "revision", "999"),
    (f"{FLOW}/expression", "cursor", "x"),
    (f"{FLOW}/drift", "router", "none"),
    (f"{FLOW}/drift", "run", "run_none"),
    (STEP, "name", "A B"),
    (STEP, "name", "y"),
    (STEP, "title", "a\0b"),
    (STEP, "timeout", "soon"),
    (STEP, "timeout", "-1"),
    (STEP, "timeout", "nan"),
    (STEP, "retry.attempts", "x"),
    (STEP, "retry.attempts", "1e999"),
    (STEP, "on_error", "explode"),
    (f"{STEP}/branches/{{branch}}", "name", "B"),
    (f"{STEP}/branches/{{branch}}", "row.0.0.operator", "magic"),
    (f"{STEP}/branches/{{branch}}", "row.0.0.value", "x"),
    (f"{STEP}/branches/{{branch}}", "revision", "x"),
    (f"{STEP}/connection", "name", "A B"),
    (f"{STEP}/connection", "field.bot_token", ""),
    ("/runs/{run_id}/sample", "name", "a\0b"),
    ("/keys", "key.delete_steps", "no key"),
    ("/keys", "key.delete_steps", "Ctrl+W"),
    ("/account/profile", "name", ""),
    ("/account/profile", "time_zone", "Mars/Olympus"),
    ("/account/profile", "theme", "purple"),
    ("/account/password", "current", "wrong but long"),
    ("/account/password", "password", "short"),
    ("/account/password", "again", "something else"),
    ("/account/sessions/end", "which", "some"),
    ("/users", "email", "nobody"),
    ("/users", "email", "boss@example.com"),
    ("/users", "name", "a\u202eb"),
    ("/users/{user_id}", "name", ""),
    ("/users/{user_id}/enabled", "enabled", "maybe"),
    ("/users/{user_id}/admin", "admin", ""),
    ("/users/{user_id}/delete", "sure", "no"),
    ("/api-keys", "name", ""),
    ("/projects", "name", ""),
    ("/projects", "name", "\u2066x"),
    ("/settings/name", "name", "x" * 101),
    ("/settings/members", "email", "nobody"),
    ("/settings/members", "role", "god"),
    ("/settings/members/{user_id}", "role", "god"),
    ("/settings/keys", "name", ""),
    ("/settings/keys", "role", "god"),
    ("/connections", "name", "A B"),
    ("/connections", "name", "../x"),
    ("/connections", "piece", "none"),
    ("/handler-flows/new", "catalogue", "../deck"),
    ("/handler-flows/new", "event", "none"),
    ("/handler-flows/new", "scheme", "magic"),
    ("/handler-flows/new", "name", "a\0b"),
    ("/topics", "topic", "A B"),
    ("/topics", "topic", ""),
    ("/topics", "body", "{"),
    ("/topics/{topic}/replay", "since", "yesterday"),
    ("/topics/{topic}/replay", "flow", "flow_none"),
    ("/catalogues/new", "name", "../x"),
    ("/catalogues/new", "name", "deck"),
    ("/catalogues/new", "text", "{"),
    ("/catalogues/new", "discriminator", "length("),
    ("/catalogues/{catalogue}/edit", "definition", "[]"),
    ("/catalogues/{catalogue}/edit", "definition", '{"title": "x"}'),
    ("/destinations/new", "name", ""),
    ("/destinations/new", "name", "a\0b"),
    ("/destinations/new", "kind", "pigeon"),
    ("/destinations/new", "url.topic", "A B"),
    ("/destinations/new", "pattern", "none.*"),
    ("/destinations/new", "option.concurrency", "0"),
    ("/destinations/new", "option.concurrency", "9" * 5000),
    ("/destinations/new", "option.timeout_s", "nan"),
    ("/destinations/new", "option.rate_per_s", "inf"),
    ("/destinations/new", "option.order_key", "length("),
    (f"{TO}/edit", "name", "x" * 201),
    (f"{TO}/edit", "url.file", "../../etc/passwd"),
    (f"{TO}/signing", "overlap_h", "1000"),
    (f"{TO}/discard", "sure", "no"),
    (f"{TO}/replay", "since", "yesterday"),
    (f"{TO}/replay", "until", "tomorrow"),
    ("/events/retention", "days", "1"),
]


@pytest.mark.parametrize(("end", "field", "value"), MUST, ids=lambda value: str(value)[:20])
async def test_what_cannot_be_used_is_refused_beside_what_was_typed(
    admin: PlatformAdmin, end: str, field: str, value: str
) -> None:
    before = await admin.settled()
    for case in admin.cases():
        if own_part(case.path) == end:
            form = await admin.form(case)
            assert field in form
            form = alone(case, form, field)
            answer = await admin.ask("POST", admin.at(case), data={**form, field: value})
            assert answer.status_code in (404, 409, 422), answer.status_code
    assert await admin.settled() == _but_kept(before, await admin.settled(), end)


def _but_kept(before: dict[str, int], after: dict[str, int], path: str) -> dict[str, int]:
    """What is expected of the tables: a refused event of a test stays with its sample for who typed it."""
    return before | {"unsaved_texts": after["unsaved_texts"]} if path.endswith("/test") else before


HEADERS = ("http://[%ff", "http://evil.example/?step=<script>", "x" * 5000)


async def test_whatever_a_script_says_of_its_page_breaks_nothing(admin: PlatformAdmin) -> None:
    """Each page and form is told one of the headers, the next one the next."""
    turn = itertools.cycle(HEADERS)

    def headers() -> dict[str, Any]:
        header = next(turn)
        sent = {"HX-Request": "true", "HX-Current-URL": header, "HX-Target": f"div#{header}"}
        return {name: value.encode() for name, value in sent.items()}

    for route in admin.pages():
        answer = await admin.ask("GET", admin.address(route), headers=headers())
        assert "<script>step" not in answer.text
    for case in admin.cases():
        if case.path == "/sign-out":
            continue
        answer = await admin.ask("POST", admin.at(case), headers=headers(), data=await admin.form(case))
        assert "<script>step" not in answer.text
        if case.path.endswith(("/delete", "/json", "/members/{user_id}")):
            await admin.renew(case.path)
    await admin.renew()


async def test_a_name_that_would_not_fit_is_refused_whole(admin: PlatformAdmin) -> None:
    path = f"/p/{admin.ids['project_id']}/settings/name"
    answer = await admin.ask("POST", path, data={"name": "<script>alert(1)</script>" * 10})
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text


async def test_an_address_of_nothing_is_a_page_that_says_so(
    admin: PlatformAdmin, hostile: dict[str, str]
) -> None:
    """Each part of each address in turn; of the texts, each is given some, the next one the next."""
    before = await admin.settled()
    written = [
        quote(text.encode("utf-8", "surrogatepass"), safe="")
        for text in hostile.values()
        if text.strip(" \t.") and "%2f" not in text
    ]
    turn = itertools.count()
    for case in (*(Case(route, {}) for route in admin.pages()), *admin.cases()):
        method, form = "GET" if "GET" in case.route.methods else "POST", await admin.form(case)
        for name in re.findall(r"{(\w+)", case.path):
            # A step or branch may have gone just now: the page says so beside what was typed. A topic is
            # there as soon as it is named; its name can only be wrong.
            gone = (404, 422) if name in ("step", "branch", "command", "topic") else (404,)
            for text in written[next(turn) % 6 :: 6]:
                if name == "topic" and text in ("-1", "null"):
                    continue
                sent = {"data": form} if method == "POST" else {}
                there = admin.address(case.route, **{**case.ids, name: text})
                answer = await admin.ask(method, there, **sent)
                assert answer.status_code in gone, (case, name, text[:40], answer.status_code)
                assert "<script>alert" not in answer.text
    assert await admin.settled() == before


QUERIES = [
    "action", "add", "again", "at", "beside", "branch", "catalogue", "choose", "color", "connect",
    "count", "cursor", "days", "deed", "did", "done", "environment", "event", "expr", "field", "flow",
    "fold", "folder", "format", "from", "given", "gone", "in", "insert", "iteration", "kind", "left",
    "limit", "listen", "menu", "more", "move", "named", "next", "note", "of", "page", "path", "piece",
    "place", "project", "q", "reconnect", "rows", "run", "said", "sample", "saved", "search", "sent", "since",
    "sort", "span", "standing", "status", "step", "tab", "tag", "template", "tested", "text", "to",
    "undo", "until", "user", "version", "view", "way", "why", "with",
]  # fmt: skip


async def test_a_query_of_anything_breaks_no_page(admin: PlatformAdmin, hostile: dict[str, str]) -> None:
    """Of the values and of its names, each page is given some, the next page the next."""
    names = ("a tag", "an attribute", "a NUL", "an expression", "nothing")
    values = [*(hostile[name] for name in names), "9" * 500, "²", "1e999", "nan"]
    before = await admin.settled()
    for at, route in enumerate(admin.pages()):
        there = admin.address(route)
        for value in (values[(at + turn) % len(values)] for turn in range(0, len(values), 4)):
            # All at once; then each alone, where one ends the page before the others are read.
            answer = await admin.ask("GET", f"{there}?{urlencode(dict.fromkeys(QUERIES, value))}")
            assert "<script>alert" not in answer.text, route.path
            assert 'onfocus="alert' not in answer.text, route.path
        for name in read_by(route)[at % 3 :: 3]:
            answer = await admin.ask("GET", f"{there}?{name}=%3Cscript%3Ealert(1)%3C/script%3E%00%ff")
            assert "<script>alert" not in answer.text, (route.path, name)
    assert await admin.settled() == before


def read_by(route: Any) -> list[str]:
    """The names that a page may read: those in its module, and of the editor its state."""
    source = inspect.getsource(inspect.getmodule(route.endpoint) or inspect)
    state = KEPT if "editor" in source else ()
    return [one for one in QUERIES if one in state or f'"{one}"' in source]


HOSTILE_FLOW = '<script>alert(1)</script>" onfocus="alert(1)'


async def test_hostile_texts_in_a_flow_and_in_events_are_shown_as_texts(admin: PlatformAdmin) -> None:
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
    instance, project = admin.instance, admin.ids["project_id"]
    flow = await instance.publish(definition)
    answer = await instance.send(flow["id"], {"k": text, text: text}, **{"X-Header": text})
    run = await instance.ended(answer.json()["run_id"])
    assert run["status"] == "failed"
    assert run["path"][0] == f"r:{text}"
    await instance.ended((await instance.send(flow["id"], {"k": "unrouted"})).json()["run_id"])
    await instance.api("PATCH", f"/projects/{project}", {"name": "<script>alert(1)</script>"})
    ids = {"flow_id": flow["id"], "run_id": run["id"]}
    try:
        for route in admin.pages():
            for query in ("", "?step=a", "?step=r", "?step=f", f"?sample={quote(text)}", f"?run={run['id']}"):
                page = await admin.ask("GET", admin.address(route, **ids) + query)
                assert page.status_code in (200, 303, 404, 422), (route.path, page.status_code)
                if not page.headers.get("content-type", "").startswith("text/html"):
                    continue  # a file
                assert "<script>alert" not in page.text, (route.path, query)
                assert 'onfocus="alert' not in page.text.replace("&#34; onfocus", ""), (route.path, query)
        page = await admin.ask("GET", f"/p/{project}/runs/{run['id']}")
        assert "&lt;script&gt;alert(1)" in page.text
    finally:
        await instance.api("PATCH", f"/projects/{project}", {"name": "Default"})


async def test_hostile_texts_of_everything_else_are_shown_as_texts(admin: PlatformAdmin) -> None:
    """Stored script: what destinations, topics, catalogues, folders, people and keys are called and hold."""
    text, api, sy = HOSTILE_FLOW, admin.instance.api, admin.instance.sy
    to = {
        "name": text,
        "kind": "file",
        "url": "hostile.jsonl",
        "events": ["folder.*"],
        "verification": "none",
    }
    destination = (await api("POST", "/destinations", to, 201))["id"]
    folder = (await api("POST", "/folders", {"name": text}, 201))["id"]
    await sy.access.users.create(admin.system, "hostile@example.com", text)
    await sy.access.projects.add_member(admin.system, "hostile@example.com", Role.viewer)
    await sy.access.keys.create(admin.system, text, Role.viewer)
    await api("POST", "/topics/orders", {"k": text, text: text}, 202)
    samples = [{"type": "odd", "k": text, text: text}, {"type": text}]
    catalogue = {"name": "hostile", "title": text, "discriminator": "type", "samples": samples}
    await api("POST", "/catalogues", catalogue, 201)
    flow = await api("POST", "/flows", {"format": 1, "name": text}, 201)
    await api("DELETE", f"/flows/{flow['id']}", status=204)

    async def told() -> Any:
        return (await sy.destinations.deliveries(admin.ids["project_id"], destination)).data

    (first, *_) = await stored(sy.db, told)
    ids = {"destination_id": destination, "delivery_id": first.id, "event_id": first.event_id,
           "folder_id": folder, "catalogue": "hostile", "topic": "orders"}  # fmt: skip
    shown = 0
    for route in admin.pages():
        for query in ("", "?event=odd", f"?event={quote(text)}", f"?q={quote(text)}"):
            page = await admin.ask("GET", admin.address(route, **ids) + query)
            if not page.headers.get("content-type", "").startswith("text/html"):
                continue  # a file
            shown += "&lt;script&gt;alert(1)" in page.text
            assert "<script>alert" not in page.text, (route.path, query)
            assert 'onfocus="alert' not in page.text.replace("&#34; onfocus", ""), (route.path, query)
    assert shown > 30
    await api("DELETE", f"/destinations/{destination}", status=204)
    await admin.renew()
