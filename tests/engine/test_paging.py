import pytest

from engine import paging
from engine.errors import BadInput
from engine.ids import new_id


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
