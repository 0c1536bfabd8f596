"""Looking into a value: bounded, whatever there is."""

import json
from typing import Any

import pytest

from ui.runs import values
from ui.runs.values import look


def test_a_list_of_objects_is_a_table_first() -> None:
    view = look([{"a": 1, "b": "x"}, {"a": 2, "c": None}])
    assert view.view == "table" and view.views == ("tree", "table", "raw")
    assert view.columns == ["a", "b", "c"]
    assert [cells for _, cells in view.rows] == [
        ["1", "x", ""],
        ["2", "", "null"],
    ]
    assert [node.at for node, _ in view.rows] == ["/0", "/1"]


def test_an_object_is_a_tree_with_all_that_is_in_it() -> None:
    view = look({"a": {"b": [1, "two"]}, "c/d": True})
    assert view.view == "tree" and view.small
    outer, odd = view.nodes
    assert (outer.text, outer.children[0].children[1].text) == ("1 field", "two")
    assert odd.at == "/c~1d" and look({"c/d": {"x": 1}}, at="/c~1d").nodes[0].label == "x"


@pytest.mark.parametrize("value", ["text", 1, None, True, [], {}])
def test_a_plain_value_is_text(value: Any) -> None:
    view = look(value, view="table")
    assert view.view == "raw" and view.views == ("raw",)
    assert view.text == (value if isinstance(value, str) else json.dumps(value))


def test_of_a_large_value_only_a_page_is_shown() -> None:
    large = [{"n": n, "text": "x" * 1000} for n in range(5000)]
    for view in values.VIEWS:
        shown = look(large, view)
        assert shown.pages > 1 and len(repr(shown)) < 60_000
    last = look(large, "tree", page=100)
    assert last.nodes[-1].label == "4999" and look(large, "tree", page=9999).page == 100
    assert look("x" * 50_001, page=3).text == "x" * 10_001


def test_a_deep_and_broad_value_stays_small() -> None:
    deep: Any = 1
    for _ in range(200):
        deep = {"next": deep, "beside": list(range(100))}
    assert len(repr(look(deep))) < 60_000


def test_what_is_within_is_found_by_name_and_text() -> None:
    value = {"people": [{"name": "Ada"}, {"name": "Grace", "adas": 1}]}
    view = look(value, search="ADA")
    assert view.found is not None
    assert [node.at for node in view.found] == ["/people/0/name", "/people/1/adas"]
    assert look(value, search="nobody").found == []
    many = look([{"x": n} for n in range(1000)], search="x")
    assert many.found is not None and len(many.found) == values.MOST_FOUND


def test_a_pointer_leads_to_a_part_with_the_way_back() -> None:
    view = look({"a": [{"b": {"c": 1}}]}, at="/a/0/b")
    assert view.trail == [("a", "/a"), ("0", "/a/0"), ("b", "/a/0/b")] and view.nodes[0].label == "c"


@pytest.mark.parametrize("at", ["/x", "/a/9", "/a/x", "/a/0/b/c/d", "a", "//", "/a/-1", "/a/99999999999"])
def test_a_pointer_that_leads_nowhere_shows_the_whole(at: str) -> None:
    assert look({"a": [{"b": 1}]}, at=at).at == ""
