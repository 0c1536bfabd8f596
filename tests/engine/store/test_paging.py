import pytest

from engine.base.errors import BadInput
from engine.base.ids import new_id
from engine.store import paging


def test_a_cursor_names_the_row_that_a_page_ended_with() -> None:
    ids = sorted((new_id("run") for _ in range(3)), reverse=True)
    page = paging.page(ids, 2, lambda row: row)
    assert page.data == ids[:2]
    assert paging.decode(page.next) == ids[1]


def test_the_last_page_has_no_cursor() -> None:
    assert paging.page(["a", "b"], 2, lambda row: row) == paging.Page(["a", "b"], None)
    assert paging.decode(None) is None


@pytest.mark.parametrize(
    "cursor", ["", "x", "é", "Zm9v", "A" * 5000, paging.encode("run_' OR 1=1 --"), "\0", "===="]
)
def test_a_cursor_of_somebody_elses_making_is_refused(cursor: str) -> None:
    with pytest.raises(BadInput) as refused:
        paging.decode(cursor)
    assert refused.value.field == "cursor"


@pytest.mark.parametrize("limit", [0, -1, 201])
def test_a_page_has_bounds(limit: int) -> None:
    with pytest.raises(BadInput):
        paging.check_limit(limit)


def test_a_short_list_comes_whole_or_in_pages() -> None:
    whole = list("abcde")
    assert paging.part(whole, None, None) == paging.Page(whole, None)
    first = paging.part(whole, 2, None)
    second = paging.part(whole, 2, first.next)
    assert (first.data, second.data) == (["a", "b"], ["c", "d"])
    assert paging.part(whole, 2, second.next) == paging.Page(["e"], None)
    assert paging.part(whole, None, second.next) == paging.Page(["e"], None)
    assert paging.part(whole, 5, None).next is None


@pytest.mark.parametrize("text", ["", "x", "at_", "at_-1", "at_²", "prj_1"])
def test_a_place_that_we_did_not_make_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="cursor"):
        paging.part(["a"], 1, paging.encode(text))
