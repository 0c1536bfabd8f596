"""Notes in Markdown become safe HTML."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.shared.markdown import LONGEST, article, to_html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Ask **Grace** *first*", "<p>Ask <strong>Grace</strong> <em>first</em></p>\n"),
        ("one\ntwo", "<p>one<br />\ntwo</p>\n"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
        ("`x < 1`", "<p><code>x &lt; 1</code></p>\n"),
        ("# Loud", '<p class="loud">Loud</p>\n'),
        ("Loud\n====", '<p class="loud">Loud</p>\n'),
        ("<b>bold</b>", "<p>&lt;b&gt;bold&lt;/b&gt;</p>\n"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("", ""),
    ],
)
def test_what_is_written_is_what_is_read(text: str, html: str) -> None:
    assert to_html(text) == html


@pytest.mark.parametrize(
    "address", ["https://example.com/a?b=1", "http://example.com", "mailto:ann@example.com"]
)
def test_a_link_to_the_web_is_a_link(address: str) -> None:
    html = to_html(f"[there]({address})")
    assert f'href="{address}"' in html and 'rel="noopener noreferrer nofollow"' in html


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "/p/x/delete",
        "//evil.example",
    ],
)
def test_a_link_to_anything_else_is_text(address: str) -> None:
    assert "<a" not in to_html(f"[there]({address})") and "<a" not in to_html(f"<{address}>")


def test_a_picture_is_not_loaded() -> None:
    assert "<img" not in to_html("![x](https://example.com/x.png)")


@given(st.text(max_size=200))
def test_any_text_gives_only_the_tags_that_are_meant(text: str) -> None:
    html = to_html(text)
    assert (
        "<script" not in html and "<img" not in html and "javascript:" not in html.partition("href")[2][:20]
    )


def test_a_very_long_note_is_cut() -> None:
    assert len(to_html("x" * (LONGEST + 500))) < LONGEST + 50


def test_deep_nesting_ends() -> None:
    assert to_html(">" * 5000 + "x")


def test_an_article_has_headings_with_anchors_tables_and_text_to_search() -> None:
    made = article(
        "# One\n\nA `b`.\n\n## Two words\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\n## Two words\n", lambda _: None
    )
    assert [(each.level, each.anchor) for each in made.headings] == [
        (1, "one"), (2, "two-words"), (2, "two-words-1")
    ]  # fmt: skip
    assert '<h2 id="two-words">Two words</h2>' in made.html
    assert '<div class="scroll" tabindex="0"' in made.html and "<td>2</td>" in made.html
    assert [text for _, text in made.sections] == ["A b.", "x y 1 2", ""]


def test_links_of_an_article_are_resolved_or_become_text() -> None:
    made = article(
        "# T\n\n[a](a.md#x) [b](b.md) [web](https://example.com)",
        lambda to: "/help/a#x" if "#" in to else None,
    )
    assert '<a href="/help/a#x">a</a> b <a href="https://example.com"' in made.html


def test_html_in_an_article_stays_text() -> None:
    made = article("# T\n\n<script>alert(1)</script>", lambda _: None)
    assert "<script>" not in made.html
