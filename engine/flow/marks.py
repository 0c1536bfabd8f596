"""Where two flow definitions differ: which steps, triggers and branches a drawing of either one marks.

`diff.changes` describes the differences in sentences; this module locates them. When a step is added or
removed, that step is marked, not the one before it.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .diff import Definition, by_name, renamed, without

Mark = Literal["added", "removed", "changed"]
MarkedPart = tuple[str, str]
"""A step or trigger by its name, and below it a branch by its slot: `branches/0`, `otherwise`, `on_error`; an
empty slot for the step itself."""


@dataclass(frozen=True)
class Marks:
    """What is marked on a drawing of the older definition, and on one of the newer."""

    old: dict[MarkedPart, Mark] = field(default_factory=dict)
    new: dict[MarkedPart, Mark] = field(default_factory=dict)

    def counts(self) -> dict[Mark, int]:
        """How many places were added, removed and changed."""
        old, new = list(self.old.values()), list(self.new.values())
        return {"added": new.count("added"), "removed": old.count("removed"), "changed": new.count("changed")}

    def put(self, old: MarkedPart | None, new: MarkedPart | None) -> None:
        """Mark a place that only one of them has, or a difference of one that both have."""
        if old is not None:
            self.old[old] = "removed" if new is None else "changed"
        if new is not None:
            self.new[new] = "added" if old is None else "changed"


def marks(old: Definition, new: Definition) -> Marks:
    """The places at which two definitions differ."""
    found = Marks()
    before, after = by_name(old.get("triggers")), by_name(new.get("triggers"))
    for name in _all(before, after):
        _compare(found, name, before.get(name), after.get(name))
    steps_before, steps_after = old.get("steps") or {}, new.get("steps") or {}
    both = steps_before.keys() & steps_after.keys()
    for name in _all(steps_before, steps_after):
        was, now = steps_before.get(name), steps_after.get(name)
        _compare(found, name, was, now, _SLOTS)
        if was is None or now is None:
            continue
        if _leads(was, steps_before, both) != _leads(now, steps_after, both):
            found.put((name, ""), (name, ""))
        _branches(found, name, was, now)
    return found


_SLOTS = ("branches", "otherwise", "on_error", "next", "body")


def _compare(
    found: Marks, name: str, was: Definition | None, now: Definition | None, left_out: tuple[str, ...] = ()
) -> None:
    if was is None or now is None:
        found.put((name, "") if was is not None else None, (name, "") if now is not None else None)
    elif _something(without(was, left_out)) != _something(without(now, left_out)):
        found.put((name, ""), (name, ""))


def _leads(step: Definition, steps: Mapping[str, Any], both: Container[Any]) -> list[str | None]:
    """The steps that come after it, and first in it, of those that both definitions have."""
    found: list[str | None] = []
    for key in ("next", "body"):
        name, seen = step.get(key), set[Any]()
        while name is not None and name not in both and name not in seen:
            seen.add(name)
            name = (steps.get(name) or {}).get("next")
        found.append(name if name in both else None)
    return found


def _branches(found: Marks, name: str, was: Definition, now: Definition) -> None:
    before, after = by_name(was.get("branches")), by_name(now.get("branches"))
    slots_before, slots_after = _slots(was), _slots(now)
    other = renamed(before, after)
    earlier = {other.get(branch, branch): branch for branch in before}  # by the name that it has now
    for branch in _all(earlier, after):
        old = slots_before.get(earlier.get(branch, ""))
        new = slots_after.get(branch)
        if old is None or new is None:
            found.put((name, old) if old else None, (name, new) if new else None)
        elif earlier[branch] != branch or _own(before[earlier[branch]]) != _own(after[branch]):
            found.put((name, old), (name, new))
    for slot in ("otherwise", "on_error"):
        old_way, new_way = was.get(slot), now.get(slot)
        if (old_way is None) != (new_way is None):
            found.put(
                (name, slot) if old_way is not None else None, (name, slot) if new_way is not None else None
            )


def _slots(step: Definition) -> dict[str, str]:
    """The slot of each branch by its name."""
    listed = step.get("branches") or ()
    return {
        str(each.get("name")): f"branches/{at}" for at, each in enumerate(listed) if isinstance(each, Mapping)
    }


def _own(branch: Definition) -> dict[str, Any]:
    return _something(without(branch, ("next", "name")))


def _something(fields: Definition) -> dict[str, Any]:
    """Without what is null: a flow file means the same by leaving it out."""
    return {key: value for key, value in fields.items() if value is not None}


def _all(before: Iterable[str], after: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*after, *before]))
