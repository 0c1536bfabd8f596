"""Of an edit only what it changed is sent, and the page that comes of it is the one of a reload."""

import json
from typing import Any

import httpx
import pytest

from pieces import load
from ui.drawing.canvas import draw
from ui.editor.redraw import redraw

Site = Any  # of conftest, which cannot be imported
HTMX = {"HX-Request": "true"}


def kinds(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, str]] | None:
    pieces = load()
    found = redraw(draw(before, pieces), draw(after, pieces))
    return None if found is None else [(piece.kind, piece.target) for piece in found]


@pytest.fixture
def flow(site: Site) -> dict[str, Any]:
    return dict(site.small_flow())


def with_step(flow: dict[str, Any], name: str, **changes: Any) -> dict[str, Any]:
    return {**flow, "steps": {**flow["steps"], name: {**flow["steps"].get(name, {}), **changes}}}


def test_nothing_is_sent_where_nothing_changed(flow: dict[str, Any]) -> None:
    assert kinds(flow, flow) == []


def test_a_title_changes_one_card(flow: dict[str, Any]) -> None:
    assert kinds(flow, with_step(flow, "greet", title="Other")) == [("stop", "#at-greet > .stop")]


def test_a_skipped_step_is_drawn_anew(flow: dict[str, Any]) -> None:
    assert kinds(flow, with_step(flow, "greet", skip=True)) == [("station", "#at-greet")]


def test_a_new_step_comes_after_its_neighbour_and_the_branch_counts_it(flow: dict[str, Any]) -> None:
    more = with_step(with_step(flow, "greet", next="more"), "more", type="action", piece="data",
                     action="compose", input={}, next=None)  # fmt: skip
    branch = "#at-by_kind > .points > .siding:nth-child(1)"
    assert kinds(flow, more) == [("summary", f"{branch} > .fold > summary"), ("station", "#at-greet")]
    assert kinds(more, flow) == [("gone", "#at-more"), ("summary", f"{branch} > .fold > summary")]


def with_branches(flow: dict[str, Any], branches: list[dict[str, Any]]) -> dict[str, Any]:
    return with_step(flow, "by_kind", branches=branches)


def test_a_branch_that_gets_its_first_step_is_drawn_alone(flow: dict[str, Any]) -> None:
    first, *rest = flow["steps"]["by_kind"]["branches"]
    without = with_branches(flow, [{**first, "next": None}, *rest])
    del without["steps"]["greet"]
    assert kinds(without, flow) == [("siding", "#at-by_kind > .points > .siding:nth-child(1)")]


def test_of_a_router_only_the_branch_that_comes_or_goes_is_drawn(flow: dict[str, Any]) -> None:
    branches = flow["steps"]["by_kind"]["branches"]
    more = with_branches(flow, [*branches, {"name": "New", "case": ["new"], "next": None}])
    place, count = "#at-by_kind > .points > .siding", len(branches)
    assert kinds(flow, more) == [("siding", f"{place}:nth-child({count + 1})")]
    assert kinds(more, flow) == [("gone", f"{place}:nth-child({count + 1})")]


def test_a_changed_condition_is_one_label(flow: dict[str, Any]) -> None:
    router = flow["steps"]["by_kind"]
    other = {**router, "branches": [{**router["branches"][0], "case": ["hi"]}, router["branches"][1]]}
    changed = kinds(flow, {**flow, "steps": {**flow["steps"], "by_kind": other}})
    assert changed == [("way", "#at-by_kind > .points > .siding:nth-child(1) > .way")]


@pytest.mark.parametrize(
    "other",
    [
        {"start": None, "steps": {}},
        {"triggers": []},
        {"start": "nowhere"},
    ],
)
def test_what_has_no_smaller_piece_is_drawn_whole(flow: dict[str, Any], other: dict[str, Any]) -> None:
    assert kinds(flow, {**flow, **other}) is None


# -- over HTTP -----------------------------------------------------------------------------------------


def test_an_answer_holds_the_piece_and_not_the_drawing(site: Site, client: httpx.Client) -> None:
    made = client.post(f"{site.base}/flows/import", data={"text": json.dumps(site.small_flow())})
    path = made.headers["location"]
    shown = {**HTMX, "HX-Current-URL": f"{site.origin}{path}?step=greet"}
    answer = client.post(f"{path}/steps/greet", data={"revision": "1", "title": "Other"}, headers=shown)
    assert 'hx-target="#at-greet &gt; .stop"' in answer.text and 'id="plan"' not in answer.text
    assert 'hx-target="#bar"' in answer.text and 'hx-target="#panel"' in answer.text
    stale = client.post(f"{path}/steps/greet", data={"revision": "1", "title": "Third"}, headers=shown)
    assert stale.status_code == 409 and 'id="plan"' in stale.text
    elsewhere = {**HTMX, "HX-Current-URL": f"{site.origin}{path}/test"}
    whole = client.post(f"{path}/steps/greet", data={"revision": "2", "title": "Fourth"}, headers=elsewhere)
    assert whole.status_code == 200 and 'id="plan"' in whole.text


@pytest.mark.parametrize("address", ["http://[", "", "::", "http://x", "javascript:alert(1)"])
def test_an_odd_address_of_the_page_gets_the_whole_drawing(
    site: Site, client: httpx.Client, address: str
) -> None:
    made = client.post(f"{site.base}/flows/import", data={"text": json.dumps(site.small_flow())})
    headers = {**HTMX, "HX-Current-URL": address}
    form = {"revision": "1", "title": "Other"}
    answer = client.post(f"{made.headers['location']}/steps/greet", data=form, headers=headers)
    assert answer.status_code == 200 and 'id="plan"' in answer.text
