"""What somebody listens to is raised; what nobody listens to is not."""

from collections.abc import Sequence

import pytest

from engine.events import listeners
from engine.events.listeners import Interest, matches


@pytest.mark.parametrize(
    ("patterns", "action", "expected"),
    [
        (["flow.published"], "flow.published", True),
        (["flow.published"], "flow.created", False),
        (["flow.*"], "flow.run.failed", True),
        (["flow.run.*"], "flow.created", False),
        (["flow.*"], "flows.created", False),
        (["*"], "user.signed.in", True),
        ([], "user.signed.in", False),
    ],
)
def test_a_pattern_is_an_action_a_group_or_all(patterns: list[str], action: str, expected: bool) -> None:
    assert matches(patterns, action) is expected


def test_a_project_hears_its_own_and_the_platform_hears_all() -> None:
    interest = Interest()
    interest.set("destination:a", "prj_a", ["flow.run.*"])
    assert interest.wants("prj_a", "flow.run.started")
    assert not interest.wants("prj_b", "flow.run.started")
    interest.set("destination:all", None, ["*"])
    assert interest.wants("prj_b", "flow.run.started")


def test_a_change_counts_at_once() -> None:
    interest = Interest()
    interest.set("destination:a", "prj_a", ["*"])
    assert interest.wants("prj_a", "flow.created")
    interest.set("destination:a", "prj_a", ["user.*"])
    assert not interest.wants("prj_a", "flow.created")
    interest.drop("destination:a")
    interest.drop("destination:a")
    assert not interest.wants("prj_a", "user.signed.in")


def test_a_change_amid_a_question_neither_breaks_it_nor_leaves_its_answer_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The writer's thread asks while the event loop changes the wishes."""
    interest = Interest()
    interest.set("destination:a", "prj_a", ["flow.*"])
    interest.set("destination:b", "prj_b", ["*"])
    changes = iter([lambda: interest.set("destination:c", "prj_a", ["user.*"])])

    def slowly(patterns: Sequence[str], action: str) -> bool:
        for change in changes:
            change()
        return matches(patterns, action)

    monkeypatch.setattr(listeners, "matches", slowly)
    assert not interest.wants("prj_a", "user.signed.in")  # as it was when the question began
    assert interest.wants("prj_a", "user.signed.in")
