"""The home page: what needs a person, how the project did, and the next step of a new one."""

import html
import itertools
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from engine.base.actor import Actor, Role
from tests.conftest import Instance, Serve
from tests.support.clock import ManualClock
from tests.support.html import flat
from tests.support.waiting import stored
from tests.ui.access.browser import Browser

_NUMBERS = itertools.count()
NOTHING: dict[str, Any] = {"verify": {"scheme": "none"}}


def flow(name: str, steps: dict[str, Any], **settings: Any) -> dict[str, Any]:
    trigger = {"name": "webhook", "piece": "webhook", "trigger": "catch", "input": NOTHING | settings}
    return {"format": 1, "name": name, "triggers": [trigger], "start": next(iter(steps)), "steps": steps}


FAILING = {
    "ask": {"type": "action", "piece": "http", "action": "request",
            "input": {"method": "GET", "url": "https://127.0.0.1/"}}
}  # fmt: skip
SORTING = {
    "sort": {"type": "router", "key": "trigger.body.kind",
             "branches": [{"name": "Known", "case": ["known"], "ignore": True}]}
}  # fmt: skip


@pytest.fixture
async def place(serve: Serve, tmp_path: Path, clock: ManualClock) -> AsyncIterator[Instance]:
    async with serve(tmp_path) as made:
        yield made


async def browser(place: Instance, role: Role = Role.admin) -> Browser:
    """A new user of the project."""
    email = f"{role}-{next(_NUMBERS)}@example.com"
    return Browser(place, email, await place.cookie_of(email, role))


async def home(place: Instance, span: str = "day", role: Role = Role.admin) -> str:
    return await (await browser(place, role)).get(f"/p/{place.project.id}/home?span={span}")


def plots(page: str) -> dict[str, tuple[int, list[int]]]:
    """Measure's title → total, values."""
    found = {}
    for part in page.split("<article")[1:]:
        title = re.search(r"<h2>([^<]+)</h2>", part)
        total = re.search(r'class="total"[^>]*>\s*([\d,]+)', part)
        values = re.search(r'data-values="([^"]+)"', part)
        assert title and total and values
        found[title[1]] = int(total[1].replace(",", "")), json.loads(values[1])
    return found


async def test_a_new_project_shows_the_next_step_and_no_empty_plots(place: Instance) -> None:
    page = await home(place)
    assert "Set up your first flow" in page and "data-values" not in page
    assert page.count("data-done") == 0
    made = await place.api("POST", "/flows", flow("First", SORTING), 201)
    page = await home(place)
    assert page.count("data-done") == 1 and f'/flows/{made["id"]}"' in page
    await place.api("POST", f"/flows/{made['id']}/publish", {})
    assert (await home(place)).count("data-done") == 2
    viewer = await home(place, role=Role.viewer)
    assert "Get mail" not in viewer and 'class="btn primary"' not in viewer


async def test_a_healthy_project_says_so(place: Instance) -> None:
    made = await place.publish(flow("Sort", SORTING))
    for _ in range(3):
        await place.ended((await place.send(made["id"], {"kind": "known"})).json()["run_id"])
    page = await home(place, role=Role.viewer)
    assert "Nothing needs attention." in page and "Set up" not in page and "Still to do" not in page
    assert plots(page)["Events"] == (3, [0] * 23 + [3])


async def test_an_admin_reads_that_nobody_gets_mail_unless_it_is_declined(
    place: Instance,
) -> None:
    made = await place.publish(flow("Sort", SORTING))
    await place.ended((await place.send(made["id"], {"kind": "known"})).json()["run_id"])
    assert "Nobody gets mail about failures" in await home(place)
    assert "Nobody gets mail" not in await home(place, role=Role.viewer)
    await place.api("PUT", "/notifications", {"kinds": []})
    assert "Nobody gets mail" not in await home(place)


async def test_each_trouble_is_counted_and_leads_to_its_list(place: Instance) -> None:
    failing, sorting = await place.publish(flow("Ask", FAILING)), await place.publish(flow("Sort", SORTING))
    for number in range(2):
        await place.ended((await place.send(failing["id"], {"n": number})).json()["run_id"])
    await place.ended((await place.send(sorting["id"], {"kind": "new"})).json()["run_id"])
    await place.http.post(
        f"/webhooks/{sorting['id']}", content=b"{", headers={"Content-Type": "application/json"}
    )
    await place.api("POST", f"/flows/{sorting['id']}/disable")
    assert (await place.send(sorting["id"], {"kind": "late"})).json() == {"held": True}
    await stored(place.sy.db, lambda: _rejected(place))

    page = await home(place)
    found = plots(page)
    assert {name: total for name, (total, _) in found.items()} == {
        "Events": 5, "Failed runs": 2, "Unrouted events": 1, "Rejected requests": 1, "Held events": 1,
        "Dead deliveries": 0,
    }  # fmt: skip
    for words in ("2 runs failed", "1 event matched no branch", "1 rejected request", "1 held event"):
        assert words in page, words
    assert re.search(r"Ask</b>.*?status=failed_or_timed_out&amp;[^\"]+\">\s*2", page, re.DOTALL)
    await follow_numbers(place, page)


async def _rejected(place: Instance, count: int = 1) -> bool:
    return len((await place.api("GET", "/rejected"))["data"]) == count


# -- each number and its list ----------------------------------------------------------------------------

NUMBERS = (
    r'<a class="total" href="([^"]+)"[^>]*>\s*(\d+)',  # of a plot
    r'<a href="([^"]+)">(\d+) (?:runs?|to [^<]+)</a>',  # below one
    r'<a href="([^"]+)">\s*<svg.*?</svg>\s*<b>(\d+) ',  # needs attention
    r'<a href="([^"]+)">(\d+)</a>',  # flows that fail most
)
ROWS = r'<tr id="row-(\w+)"|/held/events/(hld_\w+)"|/deliveries/(dlv_\w+)"'


def numbers(page: str) -> list[tuple[str, int]]:
    """Each number of the page that leads somewhere: its address, and how much it counts."""
    found = [each for pattern in NUMBERS for each in re.findall(pattern, flat(page), re.DOTALL)]
    return [(html.unescape(path), int(count)) for path, count in found]


async def follow_numbers(place: Instance, page: str) -> dict[str, int]:
    """Follow them: each list has as many rows. What was counted, by its address without the project."""
    at, found = await browser(place), {}
    for path, count in numbers(page):
        listed = {"".join(each) for each in re.findall(ROWS, await at.get(path))}
        assert len(listed) == count, (path, count, listed)
        found[path.removeprefix(f"/p/{place.project.id}")] = count
    return found


async def test_each_number_leads_to_a_list_of_as_many(place: Instance, clock: ManualClock) -> None:
    """What is settled, was only a test, or happened before the span is in both or in neither."""
    failing, sorting = await place.publish(flow("Ask", FAILING)), await place.publish(flow("Sort", SORTING))
    holding = await place.publish(flow("Hold", SORTING))
    await place.api("POST", f"/flows/{holding['id']}/disable")
    to = {"kind": "topic", "events": ["flow.created"]}
    for name in ("First", "Second"):
        await place.api("POST", "/destinations", {**to, "name": name, "url": name.lower()}, 201)

    async def trouble(times: int) -> list[str]:
        runs = []
        for number in range(times):
            for made, body in ((failing, {"n": number}), (sorting, {"kind": "new"})):
                runs.append((await place.ended((await place.send(made["id"], body)).json()["run_id"]))["id"])
            await place.send(holding["id"], {"n": number})
            await place.send(sorting["id"], b"{")
        await place.api("POST", "/flows", flow("Another", SORTING), 201)
        return runs

    await trouble(2)
    await stored(place.sy.db, lambda: _rejected(place, 2))
    await stored(place.sy.db, lambda: _deliveries(place, 2))
    clock.advance(48 * 3600)
    runs = await trouble(3)
    await stored(place.sy.db, lambda: _rejected(place, 5))
    await stored(place.sy.db, lambda: _deliveries(place, 4))
    await place.ended((await place.api("POST", f"/runs/{runs[0]}/retry", {}, 201))["id"])
    await place.api("POST", f"/runs/{runs[1]}/dismiss")
    tested = await place.sy.runs.test(Actor.system(place.project.id), failing["id"], {"body": {}})
    await place.ended(tested)
    await place.sy.db.write(
        lambda tx: tx.execute("UPDATE deliveries SET status = 'dead' WHERE status = 'delivered'")
    )

    page = await home(place)
    assert {name: total for name, (total, _) in plots(page).items()} == {
        "Events": 12, "Failed runs": 4, "Unrouted events": 3, "Rejected requests": 3, "Held events": 3,
        "Dead deliveries": 2,
    }  # fmt: skip
    found = await follow_numbers(place, page)
    assert sorted(found.values()) == [1, 1, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 7], found


async def _deliveries(place: Instance, count: int) -> bool:
    done = await place.sy.destinations.deliveries(place.project.id, status="delivered")
    return len(done.data) == count


async def test_hours_that_are_over_are_remembered_and_the_present_one_is_not(
    place: Instance, clock: ManualClock
) -> None:
    made = await place.publish(flow("Sort", SORTING))
    await place.ended((await place.send(made["id"], {"kind": "known"})).json()["run_id"])
    assert plots(await home(place))["Events"][1] == [0] * 23 + [1]
    await place.ended((await place.send(made["id"], {"kind": "known", "n": 2})).json()["run_id"])
    assert plots(await home(place))["Events"][1] == [0] * 23 + [2]
    clock.advance(5 * 3600)
    assert plots(await home(place))["Events"][1] == [0] * 18 + [2] + [0] * 5
    await place.ended((await place.send(made["id"], {"kind": "known", "n": 3})).json()["run_id"])
    for span, slots in (("day", 24), ("week", 28), ("month", 30)):
        total, values = plots(await home(place, span))["Events"]
        assert (total, len(values)) == (3, slots), span
    assert plots(await home(place, "eternity"))["Events"][0] == 3, "an unknown span is the last day"


async def test_a_project_sees_nothing_of_another(place: Instance) -> None:
    made = await place.publish(flow("Sort", SORTING))
    await place.ended((await place.send(made["id"], {"kind": "new"})).json()["run_id"])
    other = await place.sy.access.projects.create(Actor.system(), "Other")
    seen = await place.sy.overviews.get(other.id)
    assert seen.waiting.unrouted == 0 and seen.progress.flow_id is None and not seen.progress.received
    assert set(seen.totals.values()) == {0}
