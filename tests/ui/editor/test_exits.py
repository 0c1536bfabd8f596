"""Every way out of a panel, for every kind of field: what is typed is lost by none."""

import re
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal, NamedTuple, get_args
from urllib.parse import urlencode

import httpx
import pytest
from pydantic import BaseModel
from typing_extensions import TypedDict

from pieces import (
    Color,
    Context,
    DateTime,
    Dropdown,
    File,
    Json,
    LongText,
    Markdown,
    Option,
    Piece,
    Registry,
)
from pieces import registry as known_pieces
from pieces._props import Kind
from pieces._registry import Origin
from tests.support.waiting import DEADLINE, polled
from tests.ui.conftest import ORIGIN, serving, sign_in
from tests.ui.editor.panels import form_of, is_marked, new_flow, revision, shown
from ui.editor import controls

Site = Any  # of conftest, which cannot be imported

# -- a piece with a field of every kind --------------------------------------------------------------------

shop = Piece("shop", summary="A shop.")


class Part(TypedDict, total=False):
    name: str
    size: int


class Label(BaseModel):
    text: str = ""


async def rooms(ctx: Context, search: str) -> list[Option]:
    return []


@shop.action
async def order(
    ctx: Context,
    name: str = "",
    remark: Annotated[str, LongText()] = "",
    count: float | None = None,
    gift: bool = False,
    mode: Literal["safe", "wild"] = "safe",
    days: list[Literal["mon", "tue"]] | None = None,
    room: Annotated[str, Dropdown(rooms)] = "",
    rooms: Annotated[list[str] | None, Dropdown(rooms)] = None,
    tags: list[str] | None = None,
    headers: dict[str, str] | None = None,
    parts: list[Part] | None = None,
    label: Label | None = None,
    due: DateTime | None = None,
    tint: Color = "#000000",
    file: File | None = None,
    data: Json = None,
    hint: Annotated[None, Markdown("Read **this**.")] = None,
) -> Json:
    """Order something."""
    return None


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server of its own, which knows the piece; with a connection and a folder."""
    known = known_pieces()
    registry = Registry(dict(known.pieces), list(known.broken), dict(known.origins))
    registry.add(shop, Origin("acme-shop", "1"))
    connection = {"piece": "http", "name": "desk", "field.kind": "bearer", "field.token": "hunter2-secret",
                  "field.hosts": "desk.example"}  # fmt: skip
    with serving(tmp_path_factory.mktemp("exits"), registry) as made:
        with httpx.Client(base_url=made.origin, headers=ORIGIN, timeout=DEADLINE) as client:
            sign_in(made, client)
            for path, form in (("connections", connection), ("folders", {"name": "Half"})):
                sent = client.post(f"{made.base}/{path}", data=form)
                assert sent.status_code == 303, sent.text
        yield made


TOPIC = {"name": "orders", "piece": "topic", "trigger": "subscribe", "input": {"topic": "orders"}}
STEPS = {
    "order": {"type": "action", "piece": "shop", "action": "order", "input": {"name": "Ada"}},
    "paid": {"type": "action", "piece": "http", "action": "request", "connection": "desk",
             "input": {"url": "https://desk.example/"}},
}  # fmt: skip


def flow_of(site: Site, client: httpx.Client) -> str:
    return new_flow(site, client, TOPIC, **STEPS)


# -- the table ---------------------------------------------------------------------------------------------


class Typed(NamedTuple):
    """What is put into one control of a panel, and the card that says that it is not saved."""

    state: str
    control: str
    text: str
    card: str = ""
    press: str = ""
    """What is pressed first."""


FIELDS = {
    "text": Typed("step=greet", "in.value", "{{ x", "greet"),
    "title": Typed("step=greet", "title", "Half a title"),
    "note of a step": Typed("step=greet&tab=about", "note", "Only on"),
    "name": Typed("step=greet&tab=about", "name", "Not A Name", "greet"),
    "address": Typed("step=call", "in.url", "https://{{ trigger.", "call"),
    "value of a pair": Typed("step=call", "in.headers.1.value", "nameless", "call"),
    "name of a pair": Typed("step=call", "in.headers.1.key", "X-Half"),
    "seconds": Typed("step=call&tab=errors", "timeout", "soon", "call"),
    "retries": Typed("step=call&tab=errors", "retry.attempts", "many", "call"),
    "items": Typed("step=each", "items", "a <", "each"),
    "until": Typed("step=each", "until", "a <", "each"),
    "collect": Typed("step=each", "collect", "a <", "each"),
    "concurrency": Typed("step=each", "concurrency", "two", "each"),
    "key": Typed("step=by_kind", "key", "a <", "by_kind"),
    "name of a branch": Typed("step=by_kind&branch=0", "name", "Hello there"),
    "case": Typed("step=by_kind&branch=0", "case.new", "another"),
    "row": Typed("step=by_kind&branch=0", "row.0.0.field", "trigger.body.who", "by_kind"),
    "value of a row": Typed("step=by_kind&branch=0", "row.0.0.value", "half", "by_kind"),
    "condition": Typed("step=by_kind&branch=1&text=1", "when", "a < 5 &&", "by_kind"),
    "labels": Typed("step=webhook", "labels", "no colon", "webhook"),
    "title of runs": Typed("step=webhook", "run_title", "{{ x", "webhook"),
    "identity": Typed("step=webhook", "in.dedupe", "a <", "webhook"),
    "mask": Typed("step=webhook", "in.mask.0", "body.[", "webhook"),
    "list to split": Typed("step=orders", "split", "body.[", "orders"),
    "identity of a message": Typed("step=orders", "dedupe", "a <", "orders"),
    "seconds of an identity": Typed("step=orders", "dedupe_within", "soon", "orders"),
    "mask of messages": Typed("step=orders", "mask", "body.[", "orders"),
    "name of the flow": Typed("tab=settings", "name", "Left in"),
    "description": Typed("tab=settings", "description", "Half a line"),
    "time of a run": Typed("tab=settings", "timeout", "soon"),
    "runs at a time": Typed("tab=settings", "concurrency", "two"),
    "identity of an event": Typed("tab=settings", "dedupe", "a <"),
    "order": Typed("tab=settings", "order_key", "a <"),
    "tags": Typed("tab=settings", "tags", "half, a ta"),
    "note": Typed("note=0", "text", "Ask Gra"),
    "new note": Typed("note=new", "text", "Half a no"),
    "clipboard": Typed("add=paste:start", "clipboard", '{"half": '),
    "connection": Typed("step=call&connect=http", "name", "half-a-na", "call"),
    "hosts of a new connection": Typed("step=call&connect=http", "field.hosts", "half.exam", "call"),
    "hosts of a connection": Typed("step=paid&reconnect=1", "field.hosts", "half.exam", "paid"),
    "event of a test": Typed("/test?sample=hello", "event", '{"half": '),
    # each kind of a piece's fields
    "piece: text": Typed("step=order", "in.name", "{{ x", "order"),
    "piece: long_text": Typed("step=order", "in.remark", "{{ x", "order"),
    "piece: number": Typed("step=order", "in.count", "many"),
    "piece: list": Typed("step=order", "in.tags.0", "{{ x", "order"),
    "piece: key_value": Typed("step=order", "in.headers.0.value", "nameless", "order"),
    "piece: objects": Typed("step=order", "in.parts.0.name", "{{ x", "order"),
    "piece: object": Typed("step=order", "in.label.text", "{{ x", "order"),
    "piece: dropdown": Typed("step=order", "in.room", "{{ x", "order"),
    "piece: multi_dropdown": Typed("step=order", "in.rooms", "{{ x", "order"),
    "piece: date_time": Typed("step=order", "in.due", "soon"),
    "piece: color": Typed("step=order", "in.tint", "#12"),
    "piece: file": Typed("step=order", "in.file.content", "{{ x", "order"),
    "piece: json": Typed("step=order", "in.data", '{"half": ', "order"),
    "an expression for a number": Typed(
        "step=order", "in.count", "{{ x", "order", '#panel [name="switch"][value="in.count"]'
    ),
}

CHOICES = {
    "piece: checkbox": Typed("step=order", "in.gift", "true"),
    "piece: static_dropdown": Typed("step=order", "in.mode", "wild"),
    "some of a list": Typed("step=order", "in.days", "mon"),
    "what follows a failure": Typed("step=call&tab=errors", "on_error", "continue"),
    "what null does": Typed("step=call&tab=errors", "fail_on_null", "fail"),
    "skip": Typed("step=greet&tab=about", "skip", "true"),
    "connection of a step": Typed("step=call", "connection", "desk"),
    "branches that are taken": Typed("step=by_kind", "match", "all"),
    "otherwise": Typed("step=by_kind", "otherwise", "true"),
    "folder": Typed("tab=settings", "folder", ""),
    "color of a note": Typed("note=0", "color", "red"),
    "step of a note": Typed("note=0", "beside", "greet"),
    "kind of a connection": Typed("step=call&connect=http", "field.kind", "oauth2_authorization_code"),
}
"""What is chosen rather than typed; the empty text stands for the last option."""

NOT_TYPED = {"revision", "here", "panel", "place", "remaining", "listed", "note", "do", "step", "sample",
             "results_of", "part", "iteration"}  # fmt: skip
"""What forms hold and nobody types (`note` of a note is its number), and what a test of a step runs with."""
OF_A_ROW = {"row.N.N.operator", "row.N.N.fold", "case", "ignore"}
"""What counts together with the row, or the case, that it is about."""


def address(path: str, typed: Typed) -> str:
    return path + typed.state if typed.state.startswith("/") else f"{path}?{typed.state}"


def named(control: str) -> str:
    """A control without the numbers of its rows; all of a connection's, and all of the retries, are alike."""
    control = re.sub(r"\d+", "N", control)
    return re.sub(r"^(field|retry)\..*", r"\1", control)


def test_the_table_has_every_kind_of_a_field_of_pieces() -> None:
    table = FIELDS | CHOICES
    kinds = {each.removeprefix("piece: ") for each in table if each.startswith("piece: ")}
    assert kinds == {*get_args(Kind)} - {"markdown"}  # into which nothing can be typed
    of = {prop.name: prop.kind for prop in order.properties}
    for kind in kinds:
        assert of[table[f"piece: {kind}"].control.split(".")[1]] == kind, kind


def test_the_table_has_every_control_of_every_panel(site: Site, client: httpx.Client) -> None:
    path = flow_of(site, client)
    table = [*FIELDS.values(), *CHOICES.values()]
    for typed in {each.state: each for each in table}.values():
        page, kind = client.get(address(path, typed)).text, typed.state.partition("=")[0]
        found = controls.read(page[page.index('<aside id="panel"') : page.index("</aside>")]).texts
        names = {named(name) for name in found if not name.startswith(("in.", "has.", "as."))}
        covered = {named(each.control) for each in table if each.state.partition("=")[0] == kind}
        assert names - NOT_TYPED - OF_A_ROW <= covered, typed.state


# -- without a browser -------------------------------------------------------------------------------------

REFUSED = [
    kind
    for kind, typed in FIELDS.items()
    if typed.card and "connect=" not in typed.state and not typed.press and typed.control[:4] != "row."
]
"""What a form is refused for; a row that is half filled in is not, and has a test of its own."""


@pytest.mark.parametrize("kind", REFUSED)
def test_a_refused_text_is_shown_again_with_its_reason(kind: str, site: Site, client: httpx.Client) -> None:
    typed, path = FIELDS[kind], flow_of(site, client)
    to, texts = form_of(client.get(address(path, typed)).text, typed.control)
    refused = client.post(to, data={**texts, typed.control: [typed.text]})
    assert refused.status_code == 422, refused.text
    page = client.get(address(path, typed)).text
    assert typed.text in shown(client, path, typed.state).texts[typed.control]
    assert 'class="wrong"' in page and is_marked(page, typed.card)


def test_the_event_of_a_test_is_there_again_until_it_runs_or_is_discarded(
    site: Site, client: httpx.Client
) -> None:
    typed, path = FIELDS["event of a test"], flow_of(site, client)
    at = address(path, typed)
    to, texts = form_of(client.get(at).text, "event")
    saved = texts["event"]
    for button, text in (("discard", typed.text), ("", '{"body": {"kind": "new"}}')):
        assert client.post(to, data={**texts, "event": [typed.text]}).status_code == 422
        assert form_of(client.get(at).text, "event")[1]["event"] == [typed.text]
        assert "Test: hello" in client.get(path).text, "the flow lists it"
        assert client.post(to, data={**texts, "event": [text], "do": button}).status_code == 303
        assert form_of(client.get(at).text, "event")[1]["event"] == saved
        assert "Test: hello" not in client.get(path).text


# -- every way out -----------------------------------------------------------------------------------------


def by_card(page: Any, path: str) -> None:
    page.locator("#at-one > .stop > .card").click()
    page.wait_for_selector("#panel[data-step=one]")


def by_tab(page: Any, path: str) -> None:
    page.locator("#tools a[data-command=set_settings]").click()
    page.wait_for_selector("#panel[data-kind=settings]")


def by_its_cross(page: Any, path: str) -> None:
    kind = page.locator("#panel").get_attribute("data-kind")
    page.locator("#panel [data-close], #panel .crumb").first.click()
    page.wait_for_function("kind => document.querySelector('#panel')?.dataset.kind !== kind", arg=kind)


def by_link(page: Any, path: str) -> None:
    page.get_by_role("link", name="Topics").click()
    page.wait_for_url(re.compile("/topics$"))


def by_back(page: Any, path: str) -> None:
    page.go_back()
    page.wait_for_selector("#panel[data-step=one]")


def by_reload(page: Any, path: str) -> None:
    page.reload()


def by_closing(page: Any, path: str) -> None:
    # Chromium gives a page about a second for this before it ends its process, however busy the machine is.
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
    page.close(run_before_unload=False)


EXITS: dict[str, Callable[[Any, str], None]] = {
    "another card": by_card, "another tab of the panel": by_tab, "closing the panel": by_its_cross,
    "another page": by_link, "back": by_back, "reload": by_reload, "closing the page": by_closing,
}  # fmt: skip


def leads_out(leave: str, typed: Typed) -> bool:
    """Whether a panel has this exit: settings do not lead to themselves, a test cannot be closed, and back
    leads to what was pressed first."""
    if leave == "another tab of the panel":
        return typed.state != "tab=settings"
    if leave == "back":
        return not typed.press
    return leave != "closing the panel" or not typed.state.startswith("/test")


def open_panel(page: Any, path: str, typed: Typed, leave: str) -> None:
    """Come to a panel as somebody does: from another step where the way out is back."""
    page.goto(f"{path}?step=one" if leave == "back" else address(path, typed))
    if leave == "back" and typed.state.startswith("/"):
        page.goto(address(path, typed))
    elif leave == "back":
        go = "to => htmx.ajax('GET', to, { target: '#panel', swap: 'outerHTML', push: to })"
        page.evaluate(go, address(path, typed))
        page.wait_for_selector("#panel:not([data-step=one])")
    if typed.press:
        page.locator(typed.press).evaluate("button => button.click()")
        page.wait_for_selector(f'#panel [name="as.{typed.control}"]', state="attached")
    page.evaluate(
        "() => { for (const each of document.querySelectorAll('#panel details')) each.open = true; }"
    )


def enter(page: Any, typed: Typed) -> str:
    """Type a text or choose it; what was entered."""
    control = page.locator(f'#panel [name="{typed.control}"]')
    kind = control.first.evaluate("control => control.type")
    if kind in ("radio", "checkbox"):
        box = page.locator(f'#panel [name="{typed.control}"][value="{typed.text}"]')
        box.evaluate("box => box.checked || box.click()")  # whatever else is in front of it
    elif kind == "select-one" and not typed.text:
        return str(control.select_option(index=control.locator("option").count() - 1)[0])
    elif kind == "select-one":
        control.select_option(typed.text)
    else:
        control.first.fill(typed.text)
    return typed.text


@pytest.mark.browser
@pytest.mark.parametrize("kind", ["title", "items", "tags", "new note", "connection"])
def test_text_that_reaches_the_server_after_the_next_page_comes_into_its_panel(
    kind: str, site: Site, open_page: Any, client: httpx.Client
) -> None:
    typed, path = FIELDS[kind], flow_of(site, client)
    page = open_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{path}?{typed.state}")
    control = page.locator(f'#panel [name="{typed.control}"]').first
    form = control.evaluate("e => [...new FormData(e.form)].filter(([name]) => name !== 'revision')")
    body = urlencode([(name, typed.text if name == typed.control else text) for name, text in form])
    page.evaluate(
        "left => sessionStorage.setItem('left', JSON.stringify(left))", [path, revision(client, path), body]
    )
    targets = []
    page.on("request", lambda one: targets.append(one.headers.get("hx-target")) if "?" in one.url else None)
    page.reload()
    text = "([name, text]) => document.querySelector(`#panel [name='${name}']`)?.value === text"
    page.wait_for_function(text, arg=[typed.control, typed.text])
    assert [one for one in targets if one] == ["aside#panel"], "the panel alone, not the page, is shown again"
    assert page.locator("#panel").count() == 1
    assert page.evaluate("sessionStorage.getItem('left')") is None


@pytest.mark.browser
@pytest.mark.parametrize("leave", EXITS)
def test_nothing_is_lost_by(leave: str, site: Site, open_page: Any, client: httpx.Client) -> None:
    page, lost = open_page(viewport={"width": 1440, "height": 900}), {}
    context = page.context
    for kind, typed in (FIELDS | CHOICES).items():
        if not leads_out(leave, typed):
            continue
        path = flow_of(site, client)
        if page.is_closed():
            page = context.new_page()
        open_panel(page, path, typed, leave)
        text = enter(page, typed)
        EXITS[leave](page, path)

        def is_back(typed: Typed = typed, path: str = path, text: str = text) -> bool:
            shows = client.get(address(path, typed)).text
            panel = shows[shows.index('<aside id="panel"') : shows.index("</aside>")]
            found = controls.read(panel).texts.get(typed.control, [])
            as_case = typed.control == "case.new" and f'"{text}"' in client.get(f"{path}/export").text
            return (text in found or as_case) and (not typed.card or is_marked(shows, typed.card))

        try:
            polled(is_back)
        except AssertionError:
            lost[kind] = shown(client, path, typed.state).texts.get(typed.control)
            continue
        if leave == "reload" and kind in FIELDS and typed.control != "case.new":
            in_field = "([name, text]) => document.querySelector(`#panel [name='${name}']`)?.value === text"
            page.wait_for_function(in_field, arg=[typed.control, text])
    assert lost == {}
