"""What is typed into the editor and cannot be saved: it stays, whichever way its panel is left."""

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlencode

import httpx
import pytest

from engine.authoring.unsaved import MOST, Unsaved, UnsavedPanel
from engine.base.actor import Actor
from engine.store import retention
from tests.support.waiting import polled
from ui.editor import controls

Site = Any  # of conftest, which cannot be imported
HTMX = {"HX-Request": "true"}


def new_flow(site: Site, client: httpx.Client) -> str:
    """The path of a flow with a step of every kind, and a note."""
    flow = site.small_flow() | {"name": "Left in the middle", "notes": [{"text": "Ask Grace.", "step": None}]}
    call = {"type": "action", "piece": "http", "action": "request", "next": None,
            "input": {"url": "https://desk.example/", "headers": {"X-Team": "blue"}}}  # fmt: skip
    flow["steps"]["greet"]["next"] = "call"
    flow["steps"]["call"] = call
    made = client.post(f"{site.base}/flows/import", data={"text": json.dumps(flow)})
    assert made.status_code == 303, made.text
    return str(made.headers["location"])


@pytest.fixture
def flow(site: Site, client: httpx.Client) -> str:
    return new_flow(site, client)


def revision(client: httpx.Client, path: str) -> str:
    return re.search(r'id="revision" name="revision" value="(\d+)"', client.get(path).text)[1]  # type: ignore[index]


def send(client: httpx.Client, flow: str, to: str, panel: str, **form: str) -> httpx.Response:
    data = {"revision": revision(client, flow), "panel": panel, **form}
    return client.post(f"{flow}/{to}", data=data)


def shown(client: httpx.Client, flow: str, state: str) -> controls.Controls:
    """The controls of a panel."""
    page = client.get(f"{flow}?{state}").text
    return controls.read(page[page.index('<aside id="panel"') : page.index("</aside>")])


def is_marked(page: str, step: str) -> bool:
    return bool(re.search(rf'id="at-{step}"[^>]*>\s*<div class="stop[^"]*" data-unsaved', page))


# -- without a browser -----------------------------------------------------------------------------------


def test_a_refused_text_is_there_again_with_its_error_and_marked_on_the_card(
    client: httpx.Client, flow: str
) -> None:
    refused = send(client, flow, "steps/greet", "step:greet", **{"in.value": "{{ x", "title": "Greet them"})
    assert refused.status_code == 422 and refused.text.count("aria-invalid=") == 1
    page = client.get(f"{flow}?step=greet").text
    assert shown(client, flow, "step=greet").texts["in.value"] == ["{{ x"]
    assert 'class="wrong"' in page and is_marked(page, "greet") and "Greet them" in page
    assert is_marked(client.get(flow).text, "greet") and not is_marked(client.get(flow).text, "call")
    assert "{{ x" not in client.get(f"{flow}/export").text


def test_each_problem_stands_once_beside_its_field(client: httpx.Client, flow: str) -> None:
    form = {"in.value": "{{ x", "timeout": "soon"}
    page = send(client, flow, "steps/greet", "step:greet", **form).text
    assert page.count("A number is needed.") == 1
    wrong = {"here": "tab=settings", "dedupe": "a <", "timeout": "", "order_key": "b <"}
    page = send(client, flow, "commands/save_flow", "settings", **wrong).text
    assert re.findall(r'id="(e-\w+)"', page) == ["e-dedupe", "e-order_key"]


def test_a_text_that_is_saved_at_last_is_left_no_more(client: httpx.Client, flow: str) -> None:
    send(client, flow, "steps/greet", "step:greet", **{"in.value": "{{ x"})
    assert send(client, flow, "steps/greet", "step:greet", **{"in.value": "{{ run.id }}"}).status_code == 303
    assert shown(client, flow, "step=greet").texts["in.value"] == ["{{ run.id }}"]
    assert not is_marked(client.get(flow).text, "greet")


def test_discarding_shows_what_is_saved(client: httpx.Client, flow: str) -> None:
    before = shown(client, flow, "step=greet").texts["in.value"]
    send(client, flow, "steps/greet", "step:greet", **{"in.value": "{{ x"})
    send(client, flow, "unsaved/discard", "step:greet")
    assert shown(client, flow, "step=greet").texts["in.value"] == before


def test_what_another_saved_meanwhile_is_said_beside_the_text(client: httpx.Client, flow: str) -> None:
    send(client, flow, "steps/greet", "step:greet", **{"in.value": "{{ x"})
    at = revision(client, flow)
    send(client, flow, "steps/greet", "", **{"in.value": "theirs"})
    assert revision(client, flow) != at
    page = client.get(f"{flow}?step=greet").text
    assert shown(client, flow, "step=greet").texts["in.value"] == ["{{ x"]
    assert "Changed elsewhere to <code>theirs</code>" in page, re.findall('class="wrong".*', page)


def test_text_of_a_step_that_is_gone_is_listed_with_the_flow(client: httpx.Client, flow: str) -> None:
    send(client, flow, "steps/call", "step:call", **{"in.url": "{{ lost"})
    send(client, flow, "commands/delete_steps", "", step="call")
    page = client.get(flow).text
    assert 'id="left"' in page and "{{ lost" in page
    send(client, flow, "unsaved/discard", "step:call")
    assert 'id="left"' not in client.get(flow).text


def test_each_form_of_a_panel_has_texts_of_its_own(client: httpx.Client, flow: str) -> None:
    send(client, flow, "commands/save_flow", "settings", here="tab=settings", timeout="soon")
    send(client, flow, "unsaved", "arrange", folder="", tags="half, a ta")
    texts = shown(client, flow, "tab=settings").texts
    assert texts["timeout"] == ["soon"] and texts["tags"] == ["half, a ta"]
    saved = {"here": "tab=settings", "name": "Settled", "timeout": ""}
    assert send(client, flow, "commands/save_flow", "settings", **saved).status_code == 303
    texts = shown(client, flow, "tab=settings").texts
    assert texts["timeout"] == [""] and texts["tags"] == ["half, a ta"]
    assert client.get(f"{flow}?tab=settings").text.count("Not saved yet") == 1
    send(client, flow, "unsaved/discard", "arrange", here="tab=settings")
    assert shown(client, flow, "tab=settings").texts["tags"] == [""]


def test_a_half_filled_condition_is_there_again(client: httpx.Client, flow: str) -> None:
    row = {
        "row.0.0.field": "trigger.body.who",
        "row.0.0.operator": "text_exactly_matches",
        "row.0.0.value": "",
    }
    send(client, flow, "steps/by_kind/branches/0", "branch:by_kind/Hello", **row)
    assert shown(client, flow, "step=by_kind&branch=0").texts["row.0.0.field"] == ["trigger.body.who"]
    assert is_marked(client.get(flow).text, "by_kind")


def test_a_value_that_has_no_name_yet_is_not_dropped(client: httpx.Client, flow: str) -> None:
    form = {"in.url": "https://desk.example/", "in.headers.0.key": "X-Team", "in.headers.0.value": "blue",
            "in.headers.1.key": "", "in.headers.1.value": "nameless"}  # fmt: skip
    assert send(client, flow, "steps/call", "step:call", **form).status_code == 422
    assert shown(client, flow, "step=call").texts["in.headers.1.value"] == ["nameless"]


def test_secrets_of_a_connection_are_not_stored_beside_the_draft(client: httpx.Client, flow: str) -> None:
    left = {
        "name": "desk-two",
        "field.kind": "bearer",
        "field.token": "hunter2-secret",
        "field.hosts": "a.example",
    }
    assert send(client, flow, "unsaved", "connect:call", **left).status_code == 204
    found = shown(client, flow, "step=call&connect=http")
    assert found.texts["name"] == ["desk-two"] and found.texts["field.hosts"] == ["a.example"]
    assert "hunter2-secret" not in client.get(f"{flow}?step=call&connect=http").text


async def test_texts_belong_to_who_typed_them_and_go_with_the_flow(switchyard: Any) -> None:
    project = (await switchyard.access.projects.create(Actor.system(), "Yard")).id
    flow = await switchyard.flows.create(
        Actor.system(project), {"format": 1, "name": "Two", "triggers": [], "start": None, "steps": {}}
    )
    ann, bob = Actor(user_id="usr_ann", project_id=project), Actor(user_id="usr_bob", project_id=project)
    left = UnsavedPanel({"name": Unsaved(["{{ x"], [""])}, {"name": "No."}, "No.")
    await switchyard.unsaved.put(ann, flow.id, "settings", left)
    assert await switchyard.unsaved.list(ann, flow.id) == {"settings": left}
    assert await switchyard.unsaved.list(bob, flow.id) == {}
    for number in range(MOST):
        await switchyard.unsaved.put(ann, flow.id, f"step:{number}", left)
    stored = await switchyard.unsaved.list(ann, flow.id)
    assert len(stored) == MOST and "settings" not in stored
    await switchyard.flows.delete(Actor.system(project), flow.id)
    await switchyard.db.write(lambda tx: retention.forget_flows(tx, "9999"))
    assert await switchyard.unsaved.list(ann, flow.id) == {}


def test_too_much_text_is_refused(client: httpx.Client, flow: str) -> None:
    answer = send(client, flow, "unsaved", "step:greet", **{"in.value": "x" * 200_001})
    assert answer.status_code == 422
    assert send(client, flow, "unsaved", "", **{"in.value": "x"}).status_code == 422


# -- every way out -----------------------------------------------------------------------------------------


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
