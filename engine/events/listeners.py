"""Who listens to which events, in memory: what nobody listens to need not be written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class _Wish:
    project_id: str | None  # None: of every project
    actions: tuple[str, ...]


class _Snapshot:
    """The wishes at one moment. They never change; what was answered of them is remembered beside."""

    __slots__ = ("_answers", "wishes")

    def __init__(self, wishes: Mapping[str, _Wish]) -> None:
        self.wishes = wishes
        self._answers: dict[tuple[str | None, str], bool] = {}

    def wants(self, project_id: str | None, action: str) -> bool:
        key = (project_id, action)
        known = self._answers.get(key)
        if known is None:
            known = self._answers[key] = any(
                wish.project_id in (None, project_id) and matches(wish.actions, action)
                for wish in self.wishes.values()
            )
        return known


class Interest:
    """The wishes of destinations and triggers. A change counts for the next event that is raised.

    Changed on the event loop, and asked there and on the writer's thread: so each change replaces the
    snapshot, and an answer found in an old one is forgotten with it.
    """

    def __init__(self) -> None:
        self._now = _Snapshot({})

    def set(self, owner: str, project_id: str | None, actions: Sequence[str]) -> None:
        """`owner` (`destination:…`, `trigger:…`) listens to `actions` of a project, or of all without one."""
        self._now = _Snapshot({**self._now.wishes, owner: _Wish(project_id, tuple(actions))})

    def drop(self, owner: str) -> None:
        """`owner` listens no more; one that never did is no error."""
        if owner in self._now.wishes:
            self._now = _Snapshot({name: wish for name, wish in self._now.wishes.items() if name != owner})

    def wants(self, project_id: str | None, action: str) -> bool:
        """Whether anybody listens to this action of this project."""
        return self._now.wants(project_id, action)


def matches(patterns: Sequence[str], action: str) -> bool:
    """Whether an action is among `patterns`: itself, `flow.*` for what begins with `flow.`, `*` for all."""
    return any(
        pattern in ("*", action) or (pattern.endswith(".*") and action.startswith(pattern[:-1]))
        for pattern in patterns
    )
