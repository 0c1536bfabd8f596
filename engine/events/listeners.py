"""Who listens to which events, in memory: what nobody listens to need not be written."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class _Wish:
    project_id: str | None  # None: of every project
    actions: tuple[str, ...]


class Interest:
    """The wishes of destinations and triggers. A change counts for the next event that is raised."""

    def __init__(self) -> None:
        self._wishes: dict[str, _Wish] = {}
        self._answers: dict[tuple[str | None, str], bool] = {}

    def set(self, owner: str, project_id: str | None, actions: Sequence[str]) -> None:
        """`owner` (`destination:…`, `trigger:…`) listens to `actions` of a project, or of all without one."""
        self._wishes[owner] = _Wish(project_id, tuple(actions))
        self._answers.clear()

    def drop(self, owner: str) -> None:
        """`owner` listens no more; one that never did is no error."""
        self._wishes.pop(owner, None)
        self._answers.clear()

    def wants(self, project_id: str | None, action: str) -> bool:
        """Whether anybody listens to this action of this project."""
        key = (project_id, action)
        known = self._answers.get(key)
        if known is None:
            known = self._answers[key] = any(
                wish.project_id in (None, project_id) and matches(wish.actions, action)
                for wish in self._wishes.values()
            )
        return known


def matches(patterns: Sequence[str], action: str) -> bool:
    """Whether an action is among `patterns`: itself, `flow.*` for what begins with `flow.`, `*` for all."""
    return any(
        pattern in ("*", action) or (pattern.endswith(".*") and action.startswith(pattern[:-1]))
        for pattern in patterns
    )
