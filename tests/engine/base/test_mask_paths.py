"""Mask paths name places of an event; what stands there is hidden, and so is what was done with it."""

from typing import Any

import pytest

from engine.base.mask_paths import Concealer, MaskPaths, read_path
from engine.base.redaction import MASK


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("body", ("body",)),
        ("body.card.number", ("body", "card", "number")),
        (" trigger.body.a ", ("body", "a")),
        ("body.items[*].ssn", ("body", "items", None, "ssn")),
        ("body.items[0]", ("body", "items", 0)),
        ("body.*.email", ("body", None, "email")),
        ('body."odd name"."a.b"', ("body", "odd name", "a.b")),
        ("headers.x-api-token", ("headers", "x-api-token")),
        ("query.token", ("query", "token")),
    ],
)
def test_a_path_is_read_as_it_is_written(path: str, parts: tuple[Any, ...]) -> None:
    assert read_path(path) == parts


@pytest.mark.parametrize(
    "path",
    ["", " ", ".", "card", "method", "body.", "body..a", "body[a]", "body[-1]", "body[?a]", 'body."a',
     "body a",     "body.a | length(@)", "[0]", "body." + "a." * 40 + "a"],
)  # fmt: skip
def test_what_is_no_path_is_refused_with_a_sentence(path: str) -> None:
    with pytest.raises(ValueError, match=r"mask path|must begin"):
        read_path(path)


EVENT: dict[str, Any] = {
    "method": "POST",
    "headers": {"x-token": "t0ken-1", "other": "2"},
    "query": {"token": ["q1", "q2"]},
    "body": {
        "card": {"number": "4111-1111", "holder": "Ada"},
        "items": [{"ssn": 123456789, "n": 1}, {"n": 2}],
        "empty": "", "flag": True,
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("paths", "changed", "hidden"),
    [
        (["body.card.number"], {"card": {"number": MASK, "holder": "Ada"}}, {"4111-1111"}),
        (["body.card"], {"card": MASK}, {"4111-1111", "Ada"}),
        (["body.items[*].ssn"], {"items": [{"ssn": MASK, "n": 1}, {"n": 2}]}, {123456789}),
        (["body.items[1].n"], {"items": [{"ssn": 123456789, "n": 1}, {"n": MASK}]}, {2}),
        (["body.*.holder"], {"card": {"number": "4111-1111", "holder": MASK}}, {"Ada"}),
        (["body.flag", "body.empty", "body.none"], {"flag": MASK}, set()),
        (["body.items.ssn", "body.card[0]", "body.items[7]"], {}, set()),
    ],
)
def test_only_what_the_paths_name_is_hidden(paths: list[str], changed: Any, hidden: set[Any]) -> None:
    shown, found = MaskPaths(paths).apply(EVENT)
    assert shown == {**EVENT, "body": {**EVENT["body"], **changed}}
    assert found == hidden
    assert EVENT["body"]["card"]["number"] == "4111-1111"


def test_headers_are_found_without_regard_to_case_and_queries_whole() -> None:
    shown, found = MaskPaths(["headers.X-Token", "query.token"]).apply(EVENT)
    assert (shown["headers"], shown["query"]) == ({"x-token": MASK, "other": "2"}, {"token": MASK})
    assert found == {"t0ken-1", "q1", "q2"}


def test_an_event_without_such_a_place_is_the_same_object_and_what_is_masked_stays() -> None:
    masks = MaskPaths(["body.nothing.here"])
    assert masks.apply(EVENT) == (EVENT, frozenset()) and masks.apply(EVENT)[0] is EVENT
    assert MaskPaths(["body"]).apply({"body": MASK})[1] == frozenset()
    assert MaskPaths(["body"]).apply([1])[0] == [1] and MaskPaths(["body.a"]).apply(None) == (
        None,
        frozenset(),
    )


def test_what_was_done_with_a_hidden_value_is_hidden_too() -> None:
    concealer = Concealer(frozenset({"4111-1111", 123456789, "US"}))
    done = {
        "text": "card 4111-1111, ssn 123456789",
        "n": 123456789,
        "country": "US",
        "other": "USA",
        "ok": True,
    }
    assert concealer.conceal(done) == {
        "text": f"card {MASK}, ssn {MASK}", "n": MASK, "country": MASK, "other": "USA", "ok": True,
    }  # fmt: skip
    assert concealer.conceal("4111%2D1111 and 4111\\u002d1111") == f"{MASK} and {MASK}"


def test_where_too_much_is_hidden_to_look_for_it_nothing_is_shown() -> None:
    concealer = Concealer(frozenset(f"value-{number}" for number in range(2_001)))
    assert concealer.conceal({"a": "innocent"}) == MASK
    assert concealer.conceal(None) is None and concealer.conceal(True) is True
    assert Concealer(frozenset()).conceal("shown") == "shown"
