"""Help has every page of docs/, linked, in the order of the index, and finds what people look for."""

import re
from pathlib import Path

import pytest

from ui.help.library import DOCS, library
from ui.help.search import LONGEST, MOST, search

LIBRARY = library()


def test_every_file_of_the_documentation_is_a_page() -> None:
    files = {"" if path.name == "README.md" else path.stem for path in DOCS.rglob("*.md")}
    assert {page.slug for page in LIBRARY.pages} == files


def test_pages_follow_each_other_in_the_order_of_the_index() -> None:
    first = LIBRARY.pages[0]
    assert first.slug == "" and LIBRARY.neighbors(first) == (None, LIBRARY.pages[1])
    assert [page.slug for page in LIBRARY.pages[1:4]] == ["admins", "event-sources", "piece-authors"]
    assert LIBRARY.neighbors(LIBRARY.pages[-1])[1] is None
    for before, after in zip(LIBRARY.pages, LIBRARY.pages[1:], strict=False):
        assert LIBRARY.neighbors(before)[1] is after and LIBRARY.neighbors(after)[0] is before


@pytest.mark.parametrize("page", LIBRARY.pages, ids=lambda page: page.slug or "index")
def test_every_link_leads_to_a_page_and_a_heading_of_help_or_to_the_web(page: object) -> None:
    anchors = {each.path: set(re.findall(r' id="([^"]+)"', each.html)) for each in LIBRARY.pages}
    links = re.findall(r'<a href="([^"]*)"', page.html)  # type: ignore[attr-defined]
    for link in links:
        if not link.startswith(("https://", "http://")):
            path, _, anchor = link.partition("#")
            there = path or page.path  # type: ignore[attr-defined]
            assert there in anchors and (not anchor or anchor in anchors[there]), link


def test_two_files_with_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# Docs\n\n* [A](a/one.md)\n* [B](b/one.md)\n")
    with pytest.raises(ValueError, match="same name"):
        library(tmp_path)


@pytest.mark.parametrize(
    ("query", "slug", "heading"),
    [
        ("retry", "admins", "Retry a run"),
        ("signature", "event-sources", "Signatures"),
        ("unrouted", "admins", "Unrouted events"),
        ("rejected", "admins", "Rejected requests"),
        ("held", "admins", "Held events"),
        ("SWITCHYARD_EGRESS_ALLOW", "settings", "Settings"),
        ("add_time", "expressions", "Dates"),
    ],
)
def test_search_finds_the_section_that_explains_a_word(query: str, slug: str, heading: str) -> None:
    results = search(LIBRARY, query)
    assert (slug, heading) in [(each.page.slug, each.section.heading) for each in results[:3]]
    for result in results:
        text = f"{result.section.heading} {result.section.text}".lower()
        assert query.lower() in text


def test_every_word_must_be_there_and_the_match_is_marked() -> None:
    results = search(LIBRARY, "restore KEY")
    assert results[0].page.slug == "backup"
    for result in results:
        text = f"{result.section.heading} {result.section.text}".lower()
        assert "restore" in text and "key" in text
        assert all(word.lower() in ("restore", "key") for word, found in result.excerpt if found)
    assert any(found for _, found in results[0].excerpt)


@pytest.mark.parametrize("query", ["", "  ", "…", "nosuchword", "retry nosuchword"])
def test_a_search_for_nothing_that_is_there_finds_nothing(query: str) -> None:
    assert search(LIBRARY, query) == []


def test_a_long_query_and_a_common_word_stay_within_bounds() -> None:
    assert len(search(LIBRARY, "a")) == MOST
    assert search(LIBRARY, "retry " + " " * LONGEST + "nosuchword") == search(LIBRARY, "retry")
