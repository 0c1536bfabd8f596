from typing import Any

import pytest
from starlette.requests import Request

from ui.shared import render


def request(**headers: str) -> Request:
    raw = [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": raw})


@pytest.mark.parametrize(
    ("headers", "block"),
    [
        ({}, None),
        ({"HX_Request": "true", "HX_Target": "div#runs"}, "runs"),
        ({"HX_Request": "true", "HX_Target": "div"}, None),
        ({"HX_Request": "true"}, None),
        ({"HX_Request": "true", "HX_Target": "div#runs", "HX_Boosted": "true"}, None),
        ({"HX_Request": "true", "HX_Target": "div#runs", "HX_History_Restore_Request": "true"}, None),
        ({"HX_Target": "div#runs"}, None),
    ],
)
def test_the_headers_say_whether_a_block_or_a_page_is_wanted(
    headers: dict[str, str], block: str | None
) -> None:
    assert render.wants_block(request(**headers)) == block


def page(asked: Request, **context: Any) -> Any:
    given = {"heading": "No", "message": "<script>alert(1)</script>", "status": 404, **context}
    return render.render(asked, "error.html", 404, **given)


def test_a_page_escapes_what_it_is_given() -> None:
    answer = page(request())
    assert answer.status_code == 404
    assert b"<!doctype html>" in answer.body
    assert b"<script>alert" not in answer.body
    assert "HX-Request" in answer.headers["vary"]


def test_a_target_that_the_page_has_no_block_for_gets_the_whole_page_in_the_body() -> None:
    answer = page(request(HX_Request="true", HX_Target="div#nowhere"))
    assert b"<!doctype html>" in answer.body
    assert answer.headers["hx-retarget"] == "body"


def test_a_known_target_gets_its_block_alone() -> None:
    answer = page(request(HX_Request="true", HX_Target="title#title"))
    assert answer.body == b"No"


def test_after_a_post_a_browser_is_sent_on_and_htmx_is_told_where() -> None:
    plain, asked = render.redirect(request(), "/x"), render.redirect(request(HX_Request="true"), "/x")
    assert (plain.status_code, plain.headers["location"]) == (303, "/x")
    assert (asked.status_code, asked.headers["hx-redirect"]) == (204, "/x")


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [
        (None, ""),
        (0, "< 1 ms"),
        (214.4, "214 ms"),
        (1250, "1.2 s"),
        (125_000, "2 min 5 s"),
        (11_040_000, "3 h 4 min"),
    ],
)
def test_durations_are_said_in_the_unit_that_fits(milliseconds: float | None, words: str) -> None:
    assert render.duration(milliseconds) == words


@pytest.mark.parametrize(
    ("bytes", "shown", "exact"),
    [
        (0, "0 B", "0 B"),
        (999, "999 B", "999 B"),
        (1_000, "1.0 kB", "1~000 B"),
        (999_949, "999.9 kB", "999~949 B"),
        (999_951, "1.0 MB", "999~951 B"),
        (6_000_002, "6.0 MB", "6~000~002 B"),
        (3 * 10**15, "3000.0 TB", "3~000~000~000~000~000 B"),
    ],
)
def test_a_size_has_the_unit_that_fits_and_the_bytes_as_its_title(bytes: int, shown: str, exact: str) -> None:
    title = exact.replace("~", "\N{NARROW NO-BREAK SPACE}")
    assert render.size(bytes) == f'<span title="{title}">{shown}</span>'


def test_a_stream_message_prefixes_every_line() -> None:
    assert render.message("a\nb", number=3) == b"id: 3\ndata: a\ndata: b\n\n"
    assert render.message(event="done") == b"event: done\ndata: \n\n"


def test_backticks_become_code_and_nothing_else_becomes_html() -> None:
    assert render.coded("`a<b>` & c") == "<code>a&lt;b&gt;</code> &amp; c"


@pytest.mark.parametrize("name", ["../../app", "no-such-icon", "UPPER", ""])
def test_an_unknown_icon_is_a_puzzle_piece(name: str) -> None:
    assert render.icon(name) == render.icon("puzzle")


def test_a_static_address_changes_with_the_file() -> None:
    assert render.static("app.css").startswith("/static/app.css?v=")
    assert render.static("app.css") != render.static("plan.css")


def test_a_query_string_keeps_what_is_set_and_drops_what_is_empty() -> None:
    assert render.query({"q": "a b", "status": ""}, cursor="x&y") == "?q=a+b&cursor=x%26y"
    assert render.query({"q": "a"}, q=None) == "?"
