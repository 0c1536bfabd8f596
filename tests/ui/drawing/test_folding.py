from typing import Any

import pytest

from ui.drawing.canvas import Drawing, Station, draw, stations
from ui.drawing.folding import fold
from ui.drawing.run_view import overlay


def act(next: str | None = None) -> dict[str, Any]:
    return {"type": "action", "piece": "data", "action": "compose", "next": next}


def handler(count: int = 41) -> dict[str, Any]:
    """A router with many branches, one step in each, and a step after it."""
    branches = [{"name": f"B{n}", "case": [f"b{n}"], "next": f"do_{n}"} for n in range(count)]
    by = {"type": "router", "key": "trigger.body.kind", "branches": branches, "next": "last",
          "otherwise": {"next": None}}  # fmt: skip
    steps = {"by": by, "last": act(), **{f"do_{n}": act() for n in range(count)}}
    return {"triggers": [{"name": "webhook"}], "start": "by", "steps": steps}


def taken(path: list[str], *done: str) -> Drawing:
    steps = [{"name": name, "status": "succeeded"} for name in done]
    run = {"status": "succeeded", "path": path, "steps": steps, "trigger": {"name": "webhook"}}
    return draw(handler(), overlay=overlay(run))


def router(drawing: Drawing) -> Station:
    return drawing.track[0]


@pytest.mark.parametrize("branch", [0, 20, 40])
def test_what_was_not_taken_is_put_away_and_the_way_runs_on(branch: int) -> None:
    by = router(fold(taken([f"by:B{branch}", f"do_{branch}", "last"], "by", f"do_{branch}", "last")))
    (way,) = by.sidings
    assert (way.name, way.entered, way.left, len(by.folded)) == (f"B{branch}", True, True, 41)
    assert (way.passing, way.later_in, way.later_out) == (False, False, False)
    assert all(siding.passing for siding in by.folded)  # the lit main rail goes by
    assert by.done and not by.unfolded


def test_before_the_choice_all_are_put_away() -> None:
    by = router(fold(taken([])))
    assert (by.sidings, len(by.folded)) == ([], 42)
    assert not any(siding.passing for siding in by.folded)


def test_a_fold_stands_open_for_the_step_that_is_shown() -> None:
    drawing = taken(["by:B3", "do_3"], "by", "do_3")
    assert router(fold(drawing, "do_7")).unfolded


def test_no_station_is_lost() -> None:
    before = [station.name for station in stations(taken(["by:B3"], "by").track)]
    after = [station.name for station in stations(fold(taken(["by:B3"], "by")).track)]
    assert sorted(before) == sorted(after)


def test_few_branches_stay_where_they_are() -> None:
    definition = handler(3)
    for branch in definition["steps"]["by"]["branches"]:
        branch["next"] = None
    run = {"status": "succeeded", "path": ["by:B1"], "steps": [], "trigger": {"name": "webhook"}}
    assert router(fold(draw(definition, overlay=overlay(run)))).folded == []
