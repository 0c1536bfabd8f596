"""Two people at one flow: who is there, and what becomes of their edits."""

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from engine.authoring.presence import Person, Presence
from engine.base.actor import Actor
from engine.base.ids import new_id
from engine.base.pubsub import Live
from tests.support.waiting import DEADLINE, turns
from ui.editor import presence

Site = Any  # of conftest, which cannot be imported
ANN, BOB = Person("usr_ann", "Ann Example"), Person("usr_bob", "bob@example.com")


# -- who is there --------------------------------------------------------------------------------------


def test_people_come_and_go() -> None:
    here = Presence(Live())
    first, second = here.enter("flow_1", ANN), here.enter("flow_1", BOB)
    again = here.enter("flow_1", ANN)
    assert here.people("flow_1") == [ANN, BOB] and here.people("flow_1", but=BOB.id) == [ANN]
    here.leave("flow_1", first)
    assert here.people("flow_1", but=BOB.id) == [ANN], "a second window is still open"
    for ticket in (again, second, second):
        here.leave("flow_1", ticket)
    assert here.people("flow_1") == [] and here.people("flow_2") == []


@pytest.mark.parametrize(
    ("name", "initials"),
    [("Ann Example", "AE"), ("ann", "A"), ("bob@example.com", "BC"), ("Ada van der Berg", "AB"), ("", "?")],
)
def test_a_name_has_its_initials(name: str, initials: str) -> None:
    assert Person("usr", name).initials == initials


async def test_coming_is_told_to_who_follows_the_flow() -> None:
    live = Live()
    inbox = live.subscribe("flow:flow_1")
    heard = asyncio.ensure_future(anext(inbox))
    await turns()
    Presence(live).enter("flow_1", ANN)
    assert await asyncio.wait_for(heard, DEADLINE) == {"type": "people"}


async def test_the_stream_tells_of_others_and_of_their_edits(switchyard: Any) -> None:
    actor = Actor.system((await _project(switchyard)).id)
    flow = await switchyard.flows.create(
        actor, {"format": 1, "name": "Two", "triggers": [], "start": None, "steps": {}}
    )
    me = Actor(user_id=new_id("usr"), name="Cy <b>", project_id=actor.project_id)
    stream = presence.comings(switchyard, me, flow.project_id, flow.id)
    assert b"<li" not in await anext(stream)
    assert json.loads((await anext(stream)).partition(b"data: ")[2]) == {"revision": 1}
    ticket = switchyard.presence.enter(flow.id, Person("usr_x", "Ann <i>"))
    told = (await asyncio.wait_for(anext(stream), DEADLINE)).decode()
    assert "Ann &lt;i&gt;" in told and "Cy" not in told
    await switchyard.edits.apply(actor, flow.id, "set_name", {"name": "Three"}, 1)
    assert b'"revision": 2' in await asyncio.wait_for(anext(stream), DEADLINE)
    switchyard.presence.leave(flow.id, ticket)
    assert b"<li" not in await asyncio.wait_for(anext(stream), DEADLINE)
    await stream.aclose()
    assert switchyard.presence.people(flow.id) == []


async def _project(switchyard: Any) -> Any:
    return await switchyard.access.projects.create(Actor.system(), "Yard")


# -- what is newer --------------------------------------------------------------------------------------

HTMX = {"HX-Request": "true"}


@pytest.fixture
def flow(site: Site, client: httpx.Client) -> str:
    """The path of a flow of its own."""
    made = client.post(f"{site.base}/flows/import", data={"text": json.dumps(site.small_flow())})
    return str(made.headers["location"])


def revision_of(text: str) -> str:
    return re.search(r'id="revision" name="revision" value="(\d+)"', text)[1]  # type: ignore[index]


def mark_of(text: str) -> str:
    return re.search(r'data-mark="(\w+)"', text)[1]  # type: ignore[index]


def latest(client: httpx.Client, flow: str, state: str, **asked: str) -> httpx.Response:
    shown = {**HTMX, "HX-Current-URL": f"{client.base_url}{flow}?{state}"}
    return client.get(f"{flow}/latest", params=asked, headers=shown)


def edit(client: httpx.Client, flow: str, step: str, **form: str) -> None:
    revision = revision_of(client.get(flow).text)
    assert client.post(f"{flow}/steps/{step}", data={"revision": revision, **form}).status_code == 303


def test_nothing_is_sent_where_nothing_is_newer(client: httpx.Client, flow: str) -> None:
    assert latest(client, flow, "step=greet", since="1", mark="x").status_code == 204


def test_an_edit_elsewhere_leaves_the_panel_alone(client: httpx.Client, flow: str) -> None:
    mark = mark_of(client.get(f"{flow}?step=greet").text)
    edit(client, flow, "one", title="Elsewhere")
    for busy in ("", "1"):
        told = latest(client, flow, "step=greet", since="1", mark=mark, busy=busy).text
        assert 'hx-target="#plan"' in told
        assert 'id="panel"' not in told and 'id="behind"' not in told
        assert revision_of(told) == "2" and "Elsewhere" in told and "ada" in told.lower()


def test_an_edit_of_what_the_panel_shows_renews_it_unless_somebody_writes_there(
    client: httpx.Client, flow: str
) -> None:
    mark = mark_of(client.get(f"{flow}?step=greet").text)
    edit(client, flow, "greet", title="Another")
    renewed = latest(client, flow, "step=greet", since="1", mark=mark).text
    assert 'id="panel"' in renewed and 'id="behind"' not in renewed
    kept = latest(client, flow, "step=greet", since="1", mark=mark, busy="1").text
    assert 'id="panel"' not in kept and 'id="behind"' in kept


def test_the_mark_of_a_panel_is_of_its_own_part_only(client: httpx.Client, flow: str) -> None:
    states = ("step=greet", "step=one", "step=by_kind", "step=by_kind&branch=0", "note=new", "tab=settings",
              "add=start", "move=greet", "add=trigger")  # fmt: skip
    before = {state: mark_of(client.get(f"{flow}?{state}").text) for state in states}
    edit(client, flow, "greet", title="Another")
    after = {state: mark_of(client.get(f"{flow}?{state}").text) for state in states}
    assert [state for state in states if before[state] != after[state]] == ["step=greet"]
    revision = revision_of(client.get(flow).text)
    client.post(f"{flow}/commands/branch_later", data={"revision": revision, "branch": "by_kind/0"})
    last = {state: mark_of(client.get(f"{flow}?{state}").text) for state in states}
    changed = {state for state in states if after[state] != last[state]}
    assert changed == {"step=by_kind", "step=by_kind&branch=0", "add=start", "move=greet", "add=trigger"}


@pytest.mark.parametrize("asked", [{}, {"since": "x"}, {"since": "99999999999999999999", "mark": "<b>"}])
def test_odd_questions_get_the_whole(client: httpx.Client, flow: str, asked: dict[str, str]) -> None:
    answer = latest(client, flow, "step=%ff&branch=999999&fold=%00~..~all", **asked)
    assert answer.status_code == 200 and 'id="plan"' in answer.text


def test_nobody_hears_of_a_flow_of_another_project(client: httpx.Client, site: Site, flow: str) -> None:
    other = flow.rpartition("/")[0] + "/flow_none"
    assert client.get(f"{other}/people/stream").status_code == 404
    assert client.get(f"{other}/latest").status_code == 404
    with site.stranger() as stranger:
        assert stranger.get(f"{flow}/people/stream").status_code in (303, 401)


HALF_WRITTEN = "{{ trigger.body.who }} by {{ Ann"
"""Not saved by itself, however long it stands there: only when the field is left."""

# -- two browsers ---------------------------------------------------------------------------------------


@pytest.fixture
def two(chromium: Any, site: Site) -> Iterator[tuple[Any, Any]]:
    """Two browsers that know nothing of each other."""
    contexts = [
        chromium.new_context(base_url=site.origin, viewport={"width": 1440, "height": 900}) for _ in "ab"
    ]
    for context in contexts:
        context.set_default_timeout(DEADLINE * 1000)
        context.add_cookies([{"name": "switchyard_session", "value": site.cookie, "url": site.origin}])
    yield contexts[0].new_page(), contexts[1].new_page()
    for context in contexts:
        context.close()


def definition(client: httpx.Client, path: str) -> dict[str, Any]:
    return dict(client.get(f"{path}/export").json())


def opened(page: Any, path: str) -> None:
    page.goto(path)
    live(page)


def live(page: Any) -> None:
    page.wait_for_selector("[hx-sse\\:connect][data-htmx-powered]", state="attached")


SCRIPTS = ["htmx.min.js", "hx-sse.min.js", "app.js"]
ARRIVED = """names => {
  const there = performance.getEntriesByType("resource").filter((each) => each.responseEnd > 0);
  return names.every((name) => there.some((each) => each.name.includes(`/${name}?`)));
}"""


@pytest.mark.browser
@pytest.mark.parametrize("late", SCRIPTS)
def test_a_page_is_live_whichever_script_comes_last(two: tuple[Any, Any], flow: str, late: str) -> None:
    page, held = two[0], []
    page.route(f"**/{late}?*", lambda route: held.append(route))
    page.goto(flow, wait_until="commit")
    page.wait_for_function(ARRIVED, arg=[each for each in SCRIPTS if each != late])
    held.pop().continue_()
    live(page)


@pytest.mark.browser
def test_edits_of_different_steps_are_both_there_and_seen_by_both(
    two: tuple[Any, Any], client: httpx.Client, flow: str
) -> None:
    ann, bob = two
    opened(ann, f"{flow}?step=greet")
    opened(bob, f"{flow}?step=one")
    ann.get_by_label("Title of the step").fill("By Ann")
    bob.wait_for_selector("#at-greet b:text-is('By Ann')")
    bob.get_by_label("Title of the step").fill("By Bob")
    ann.wait_for_selector("#at-one b:text-is('By Bob')")
    assert ann.get_by_label("Title of the step").input_value() == "By Ann"
    steps = definition(client, flow)["steps"]
    assert (steps["greet"]["title"], steps["one"]["title"]) == ("By Ann", "By Bob")


@pytest.mark.browser
def test_an_edit_elsewhere_takes_nothing_from_what_is_being_written(
    two: tuple[Any, Any], client: httpx.Client, flow: str
) -> None:
    ann, bob = two
    opened(ann, f"{flow}?note=new")
    opened(bob, f"{flow}?step=one")
    ann.get_by_label("Text").fill("Half a note")
    bob.get_by_label("Title of the step").fill("By Bob")
    ann.wait_for_selector("#at-one b:text-is('By Bob')")
    assert ann.get_by_label("Text").input_value() == "Half a note"
    ann.get_by_label("Text").press("End")
    ann.keyboard.type(", and the rest.")
    ann.get_by_role("button", name="Save note").click()
    bob.wait_for_selector(".sticky:has-text('Half a note, and the rest.')")
    assert definition(client, flow)["steps"]["one"]["title"] == "By Bob"


@pytest.mark.browser
def test_edits_of_one_field_end_in_a_refusal_that_shows_the_difference(
    two: tuple[Any, Any], client: httpx.Client, flow: str
) -> None:
    ann, bob = two
    opened(ann, f"{flow}?step=greet")
    opened(bob, f"{flow}?step=greet")
    value = "#panel-form [data-expr]"
    ann.locator(value).first.fill(HALF_WRITTEN)
    bob.locator(value).first.fill("{{ trigger.body.who }} by Bob")
    bob.locator(value).first.press("Tab")
    ann.wait_for_selector("#behind")
    assert ann.locator(value).first.input_value() == HALF_WRITTEN
    ann.locator(value).first.fill("{{ trigger.body.who }} by Ann")
    ann.locator(value).first.press("Tab")
    ann.wait_for_selector("#conflict .changes li")
    ann.locator(value).first.fill("{{ trigger.body.who }} by Ann after all")
    ann.locator(value).first.press("Tab")
    ann.get_by_role("button", name="Save", exact=True).last.evaluate("button => button.click()")
    ann.wait_for_selector("#conflict:focus")
    kept = definition(client, flow)["steps"]["greet"]["input"]["value"]
    assert kept == "{{ trigger.body.who }} by Bob", "nothing is saved until it is decided"
    ann.get_by_role("button", name="Apply my change").click()
    bob.wait_for_function("at => document.querySelector(at).value.endsWith('by Ann after all')", arg=value)
    now = definition(client, flow)["steps"]["greet"]["input"]["value"]
    assert now == "{{ trigger.body.who }} by Ann after all"


@pytest.mark.browser
def test_a_refused_change_is_not_lost_to_the_click_behind_it(
    two: tuple[Any, Any], client: httpx.Client, flow: str
) -> None:
    ann, bob = two
    opened(ann, f"{flow}?step=greet")
    opened(bob, f"{flow}?step=greet")
    ann.locator("#panel-form [data-expr]").first.fill(HALF_WRITTEN)
    bob.locator("#panel-form [data-expr]").first.fill("by Bob")
    bob.locator("#panel-form [data-expr]").first.press("Tab")
    ann.wait_for_selector("#behind")
    ann.locator("#panel-form [data-expr]").first.fill("by Ann")
    ann.locator("#at-one > .stop > .menu > summary").click()
    ann.locator("#at-one > .stop > .menu [data-command=duplicate_step]").click()
    ann.wait_for_selector("#conflict:focus")
    flow_now = definition(client, flow)
    assert flow_now["steps"]["greet"]["input"]["value"] == "by Bob" and "one_2" not in flow_now["steps"]
