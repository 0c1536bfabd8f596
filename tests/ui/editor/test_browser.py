"""The editor in a browser: what is pressed, typed, tested and seen."""

import json
import re
from typing import Any

import httpx
import pytest

Site = Any  # of conftest, which cannot be imported
SAMPLES = {"finished": {"kind": "finished", "name": "Import"}, "abroad": {"kind": "login", "country": "FR"},
           "home": {"kind": "login", "country": "DE"}}  # fmt: skip

pytestmark = pytest.mark.browser


def new_flow(client: httpx.Client, site: Site, name: str) -> str:
    """The path of a flow with a webhook, the samples and no step."""
    samples = {key: {"body": body} for key, body in SAMPLES.items()}
    flow = {"format": 1, "name": name, "start": None, "steps": {}, "samples": samples,
            "triggers": [{"name": "webhook", "piece": "webhook", "trigger": "catch",
                          "input": {"verify": {"scheme": "none"}}}]}  # fmt: skip
    made = client.post(f"{site.base}/flows/import", data={"text": json.dumps(flow)})
    assert made.status_code == 303, made.text
    return str(made.headers["location"])


def definition(client: httpx.Client, path: str) -> dict[str, Any]:
    return dict(client.get(f"{path}/export").json())


def saved(page: Any) -> None:
    page.wait_for_function("() => document.querySelector('#saved')?.textContent.trim() === 'Saved'")


def add(page: Any, place: str, words: str) -> None:
    """Choose from the picker at a place."""
    page.locator(f'.insert[data-place="{place}"]').click()
    page.get_by_label("Search pieces and actions").fill(words)
    page.locator(".pick-one:visible").first.click()
    page.wait_for_url(re.compile(r"\?step="))
    page.wait_for_selector("#panel[data-kind=step]")


def test_the_menus_of_the_drawing_work_without_script(
    site: Site, open_page: Any, client: httpx.Client
) -> None:
    text = json.dumps(site.small_flow())
    path = str(client.post(f"{site.base}/flows/import", data={"text": text}).headers["location"])
    as_it_was = definition(client, path)
    page = open_page(java_script_enabled=False)
    page.goto(path)
    card = "#at-greet > .stop > .menu"
    page.locator(f"{card} > summary").click()
    page.locator(f"{card} a").click()
    page.locator(f"{card} [data-command=duplicate_step]").click()
    assert len(definition(client, path)["steps"]) == len(as_it_was["steps"]) + 1
    page.locator("#at-greet_2 > .stop > .menu > summary").click()
    page.locator("#at-greet_2 > .stop > .menu a").click()
    page.locator("#at-greet_2 > .stop > .menu [data-command=move_up]").click()
    assert definition(client, path)["steps"]["by_kind"]["branches"][0]["next"] == "greet_2"
    for _ in range(2):
        page.get_by_role("button", name=re.compile("^Undo")).click()
    assert definition(client, path) == as_it_was


def save_note(client: httpx.Client, path: str, text: str, beside: str) -> None:
    found = re.search(r'id="revision" name="revision" value="(\d+)"', client.get(path).text)
    assert found is not None
    data = {"revision": found[1], "note": "new", "text": text, "beside": beside}
    assert client.post(f"{path}/commands/save_note", data=data).status_code == 303


def test_the_drawing_is_folded_searched_and_zoomed(
    site: Site, open_page: Any, client: httpx.Client, violations: Any
) -> None:
    made = client.post(f"{site.base}/flows/import", data={"text": json.dumps(site.small_flow())})
    page = open_page(viewport={"width": 1440, "height": 900})
    page.goto(made.headers["location"])
    page.locator("#at-by_kind > .points > .siding:nth-child(2) > .fold > summary").click()
    assert not page.locator("#at-one").is_visible()
    page.get_by_role("button", name="Smaller").click()
    page.keyboard.press("n")
    page.get_by_label("Text").fill("Ask Grace\nfirst.")
    page.get_by_role("button", name="Save note").click()
    page.wait_for_selector(".sticky:has-text('Ask Grace')")
    assert not page.locator("#at-one").is_visible()  # an edit unfolds nothing
    page.reload()
    assert not page.locator("#at-one").is_visible()
    assert page.locator("#canvas").get_attribute("data-zoom") == "90"
    page.keyboard.press("/")
    page.keyboard.type("compose one")
    page.wait_for_selector("#at-one > .stop > .card.hit.here")
    assert page.locator("#at-one").is_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    assert page.locator(".hit, .here").count() == 0
    assert page.evaluate("document.activeElement.closest('.station').id") == "at-one"


def test_what_comes_in_while_one_searches_does_not_lose_the_hit(
    site: Site, open_page: Any, client: httpx.Client
) -> None:
    made = client.post(f"{site.base}/flows/import", data={"text": json.dumps(site.small_flow())})
    page = open_page(viewport={"width": 1440, "height": 900})
    page.goto(made.headers["location"])
    page.keyboard.press("/")
    page.keyboard.type("compose")
    page.keyboard.press("Enter")
    shown = page.locator("#found").text_content()
    assert shown == "2 of 2"
    page.evaluate("document.dispatchEvent(new CustomEvent('htmx:after:swap'))")
    assert page.locator("#found").text_content() == shown
    assert page.locator(".card.hit.here").count() == 1
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.closest('.station').id") == "at-one"


def test_a_run_that_goes_on_is_followed_by_one_stream_wherever_one_looks(
    site: Site, open_page: Any, client: httpx.Client, gate: Any
) -> None:
    path = new_flow(client, site, "Followed")
    flow = definition(client, path)
    flow["steps"] = {"wait": gate.step("say"),
                     "say": {"type": "action", "piece": "data", "action": "compose", "next": None,
                             "input": {"value": "awake"}}}  # fmt: skip
    flow["start"] = "wait"
    made = client.post(f"{site.base}/flows/import", data={"text": json.dumps(flow)})
    page = open_page()
    page.goto(f"{made.headers['location']}/test?sample=home")
    page.get_by_role("button", name="Run the test").click()
    page.wait_for_url(re.compile("run="))
    streams: list[str] = []
    page.on("request", lambda asked: streams.append(asked.url) if "/beats/stream" in asked.url else None)
    page.reload()
    page.locator("#at-wait > .stop > .card").click()
    page.wait_for_selector("#panel[data-step=wait]")
    gate.open()
    page.wait_for_selector("#at-say[data-status=succeeded]")
    page.wait_for_selector("#lit [data-status=succeeded]")
    page.wait_for_selector("#tried [data-status=succeeded]")
    assert len(streams) == 1 and page.locator("#live").count() <= 1


FRAMES = """async () => {
  for (let n = 0; n < 10; n += 1) await new Promise(requestAnimationFrame);
}"""
"""Whatever the page has to show by now, it shows."""


def test_what_is_pressed_keeps_its_place_until_it_is_let_go(
    site: Site, open_page: Any, client: httpx.Client
) -> None:
    """A field that is left saves itself, and the answer may come while the button is still down."""
    path = new_flow(client, site, "Pressed")
    page = open_page()
    page.goto(path)
    add(page, "start", "compose")
    page.locator("#panel-form [data-expr]").first.fill("{{ trigger.body.name }} failed")
    link = page.locator("#panel summary:has-text('On failure')")
    link.scroll_into_view_if_needed()
    link.hover()
    before = link.bounding_box()
    with page.expect_response(lambda answer: "/steps/" in answer.url) as answered:
        page.mouse.down()
    answered.value.finished()
    page.evaluate(FRAMES)
    assert link.bounding_box() == before
    assert page.locator(".gives:visible").count() == 0
    page.mouse.up()
    page.wait_for_selector("#panel details[open] > summary:has-text('On failure')")
    page.wait_for_selector(".gives:has-text('Import failed')")
    page.locator("#panel-form [data-expr]").first.fill("{{ trigger.body.name }} ended")
    page.locator("#panel select[name=on_error]").hover()
    page.mouse.down()  # whose list opens: the press may have no end
    page.wait_for_selector(".gives:has-text('Import ended')")
    page.mouse.up()
    value = "document.querySelector('#panel-form [data-expr]').value"
    page.locator("[data-command=undo]").click()
    page.wait_for_function(f"() => {value}.endsWith('failed')")
    page.locator("[data-command=redo]").click()
    page.wait_for_function(f"() => {value}.endsWith('ended')")


def test_enter_takes_what_is_called_so(site: Site, open_page: Any, client: httpx.Client) -> None:
    page = open_page()
    page.goto(f"{new_flow(client, site, 'By name')}?add=start")
    for words, first in (("call", "flow.call"), ("flow call", "flow.call"), ("subflow", "flow.call"),
                         ("request", "http.request"), ("sleep", "delay.delay_for")):  # fmt: skip
        page.get_by_label("Search pieces and actions").fill(words)
        assert page.locator(".pick-one.first-hit").get_attribute("value") == first
    page.keyboard.press("Enter")
    page.wait_for_selector("#panel[data-kind=step] >> text=Delay for")


def test_one_escape_closes_the_palette_and_one_enter_goes_where_it_says(
    site: Site, open_page: Any, client: httpx.Client
) -> None:
    page = open_page()
    page.goto(new_flow(client, site, "Escaped"))
    page.keyboard.press("Control+k")
    page.locator("dialog [data-palette]").fill("add")
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0
    page.keyboard.press("Control+k")
    page.wait_for_selector("dialog[open]")
    page.keyboard.type("publish")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/publish$"))


def test_the_strip_of_a_run_lies_over_what_is_scrolled_past_it(
    site: Site, open_page: Any, client: httpx.Client
) -> None:
    page = open_page(viewport={"width": 1440, "height": 700})
    page.goto(f"{site.made['flow']}?run={site.made['run'].rpartition('/')[2]}")
    strip, menu = page.locator("#lit"), page.locator("#at-by_kind > .stop > .menu")
    page.wait_for_function("document.querySelector('#canvas').scrollTop > 0")  # to what the run did last
    page.evaluate("document.querySelector('#canvas').scrollTop = 0")
    down = menu.bounding_box()["y"] - strip.bounding_box()["y"]
    page.evaluate("by => { document.querySelector('#canvas').scrollTop = by; }", down + 24)
    box = menu.bounding_box()
    middle = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
    assert page.evaluate("([x, y]) => Boolean(document.elementFromPoint(x, y).closest('#lit'))", middle)
    page.locator("#at-greet > .stop > .card").click()
    page.locator("#at-by_kind > .stop > .card").evaluate("card => card.scrollIntoView({ block: 'start' })")
    lowest = strip.bounding_box()["y"] + strip.bounding_box()["height"]
    assert page.locator("#at-by_kind > .stop > .card").bounding_box()["y"] >= lowest


STATES = (
    "", "?step=webhook", "?step=by_kind", "?step=by_kind&branch=0", "?step=by_kind&branch=1", "?step=greet",
    "?step=each", "?step=greet&tab=errors", "?add=start", "?add=trigger", "?add=in:by_kind:branches/0",
    "?add=replace:greet", "?move=greet", "?add=paste:start", "?note=new", "?note=0", "?tab=settings",
    "/data?step=greet",
)  # fmt: skip


def connected_flow(site: Site, client: httpx.Client) -> str:
    """The path of a flow with a step that has a connection for an account."""
    call = {"type": "action", "piece": "http", "action": "request", "connection": "desk",
            "input": {"url": "https://desk.example/"}}  # fmt: skip
    text = json.dumps(site.small_flow() | {"start": "call", "steps": {"call": call}})
    return str(client.post(f"{site.base}/flows/import", data={"text": text}).headers["location"])


def test_every_panel_is_sound_in_both_themes_wide_and_on_a_phone(
    site: Site, open_page: Any, client: httpx.Client, faults: Any
) -> None:
    path = site.made["flow"]
    page = open_page(color_scheme="light")
    said: list[str] = []
    page.on("console", lambda m: said.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    if not definition(client, path).get("notes"):
        save_note(client, path, "Ask Grace first.", beside="greet")
    long = {"name": "an.event.with.a.name." * 8, "event": '{"body": 1}'}
    assert client.post(f"{path}/samples", data=long).status_code == 303
    wrong: dict[str, Any] = {}
    run, loop = (site.made[name].rpartition("/")[2] for name in ("run", "loop"))
    lit = (f"?run={run}", f"?run={run}&step=greet", f"?run={loop}&step=one&iteration=each[1]")
    calls = connected_flow(site, client)
    connect = (f"{calls}?step=call", f"{calls}?step=call&connect=http", f"{calls}?step=call&reconnect=1")
    for state in (*(path + each for each in (*STATES, *lit)), *connect):
        said.clear()
        page.goto(state)
        # The drawing beside the panel is the same, but where it shows a run.
        own = "#panel" if "?" in state and "run=" not in state and page.locator("#panel").count() else "html"
        if found := [*faults(page, own), *said]:
            wrong[state] = found
    assert wrong == {}


def test_one_step_is_tested_looked_at_and_put_right(site: Site, open_page: Any, client: httpx.Client) -> None:
    made = client.post(f"{site.base}/flows/import", data={"text": json.dumps(site.small_flow())})
    page = open_page(viewport={"width": 1440, "height": 900})
    page.goto(made.headers["location"] + "?step=greet")
    page.get_by_role("button", name="Test this step").click()
    page.wait_for_url(re.compile(r"\?run=run_\w+&step=greet"))
    page.wait_for_selector("#at-greet[data-status=succeeded]")
    page.wait_for_selector("#tried .state[data-status=succeeded]")
    assert "Partial test" in page.locator("#lit").inner_text()
    page.locator("#tried-1-in").get_by_role("link", name="raw").click()
    page.wait_for_selector('#tried-1-in pre:has-text(\'"value": "Ada"\')')
    page.get_by_label("Title of the step").fill("Greet them")
    page.wait_for_selector("#at-greet[data-status=succeeded] b:has-text('Greet them')")
    assert "run=run_" in page.url
    page.get_by_role("link", name="Leave the run").click()
    page.wait_for_selector("#at-greet:not([data-status])")


def test_what_an_expression_gives_stands_below_it_and_a_half_written_one_is_not_saved(
    site: Site, open_page: Any, client: httpx.Client
) -> None:
    path = new_flow(client, site, "Gives")
    page = open_page()
    page.goto(path)
    add(page, "start", "compose")
    field = page.locator("#panel-form [data-expr]").first
    field.fill("{{ trigger.body.name }} failed")
    page.locator("#f-title").click()
    saved(page)
    page.wait_for_selector(".gives:has-text('Import failed')")
    page.reload()
    page.wait_for_selector(".gives:has-text('Import failed')")
    field.fill("{{ trigger.body.name + }} failed")
    page.locator("#f-title").click()
    page.wait_for_selector("#panel [role=alert]")
    assert field.input_value() == "{{ trigger.body.name + }} failed"
    assert definition(client, path)["steps"]["data_compose"]["input"]["value"].startswith(
        "{{ trigger.body.name }}"
    )
