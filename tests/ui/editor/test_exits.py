"""Every way out of a panel, for every kind of field: what is typed is lost by none."""

from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlencode

import httpx
import pytest

from tests.support.waiting import polled
from tests.ui.editor.panels import is_marked, new_flow, revision, shown

Site = Any  # of conftest, which cannot be imported


class Typed(NamedTuple):
    """A text for one control of a panel, and the card that says that it is not saved."""

    state: str
    control: str
    text: str
    card: str = ""
    script: str = ""  # what is pressed first


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
    "condition": Typed("step=by_kind&branch=1&text=1", "when", "a < 5 &&", "by_kind"),
    "labels": Typed("step=webhook", "labels", "no colon", "webhook"),
    "title of runs": Typed("step=webhook", "run_title", "{{ x", "webhook"),
    "identity": Typed("step=webhook", "in.dedupe", "a <", "webhook"),
    "mask": Typed("step=webhook", "in.mask.0", "body.[", "webhook"),
    "name of the flow": Typed("tab=settings", "name", "Left in"),
    "time of a run": Typed("tab=settings", "timeout", "soon"),
    "order": Typed("tab=settings", "order_key", "a <"),
    "tags": Typed("tab=settings", "tags", "half, a ta"),
    "note": Typed("note=0", "text", "Ask Gra"),
    "new note": Typed("note=new", "text", "Half a no"),
    "clipboard": Typed("add=paste:start", "clipboard", '{"half": '),
    "connection": Typed("step=call&connect=http", "name", "half-a-na", "call"),
}


def by_card(page: Any, path: str) -> None:
    page.locator("#at-one > .stop > .card").click()
    page.wait_for_selector("#panel[data-step=one]")


def by_tab(page: Any, path: str) -> None:
    page.locator("#tools a[data-command=set_settings]").click()
    page.wait_for_selector("#panel[data-kind=settings]")


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
    "another card": by_card, "another tab of the panel": by_tab, "back": by_back, "reload": by_reload,
    "closing the page": by_closing,
}  # fmt: skip


def open_panel(page: Any, path: str, typed: Typed, leave: str) -> None:
    """Come to a panel as somebody does: from another step where the way out is back."""
    page.goto(f"{path}?step=one" if leave == "back" else f"{path}?{typed.state}")
    if leave == "back":
        go = "to => htmx.ajax('GET', to, { target: '#panel', swap: 'outerHTML', push: to })"
        page.evaluate(go, f"{path}?{typed.state}")
        page.wait_for_selector("#panel:not([data-step=one])")
    page.evaluate(
        "() => { for (const each of document.querySelectorAll('#panel details')) each.open = true; }"
    )


@pytest.mark.browser
@pytest.mark.parametrize("kind", ["title", "items", "tags", "new note", "connection"])
def test_text_that_reaches_the_server_after_the_next_page_comes_into_its_panel(
    kind: str, site: Site, open_page: Any, client: httpx.Client
) -> None:
    typed, path = FIELDS[kind], new_flow(site, client)
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
    for kind, typed in FIELDS.items():
        if leave == "another tab of the panel" and typed.state == "tab=settings":
            continue  # that is where it leads to
        path = new_flow(site, client)
        if page.is_closed():
            page = context.new_page()
        open_panel(page, path, typed, leave)
        page.locator(f'#panel [name="{typed.control}"]').first.fill(typed.text)
        EXITS[leave](page, path)

        def is_back(typed: Typed = typed, path: str = path) -> bool:
            found = shown(client, path, typed.state).texts.get(typed.control, [])
            as_case = typed.control == "case.new" and f'"{typed.text}"' in client.get(f"{path}/export").text
            marked = not typed.card or is_marked(client.get(path).text, typed.card)
            return (typed.text in found or as_case) and marked

        try:
            polled(is_back)
        except AssertionError:
            lost[kind] = shown(client, path, typed.state).texts.get(typed.control)
            continue
        if leave == "reload" and typed.control != "case.new":
            text = "([name, text]) => document.querySelector(`#panel [name='${name}']`)?.value === text"
            page.wait_for_function(text, arg=[typed.control, typed.text])
    assert lost == {}
