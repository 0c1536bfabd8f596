"""What changed between two flow definitions: in words for people, and as a unified text diff.

Layout (where things are drawn) and notes are told apart from logic: a moved box is not a change of
what the flow does, and is named last and in one sentence.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

Definition = Mapping[str, Any]

_SHOWN = 60  # characters of a value that a sentence quotes
_MISSING = object()


def unified(old: str, new: str, old_name: str = "before", new_name: str = "after") -> str:
    """A unified diff of two canonical flow files; empty when they are equal.

    Texts that differ all over are not compared line by line, which takes time in the square of their
    length: then what differs stands there once as removed and once as added, cut where it gets long.
    """
    if old == new:
        return ""
    before, after = old.splitlines(), new.splitlines()
    start, end = _common(before, after)
    if (len(before) - start - end) * (len(after) - start - end) > _COMPARED:
        lines = _replaced(before[start : len(before) - end], after[start : len(after) - end], start)
        return "\n".join([f"--- {old_name}", f"+++ {new_name}", *lines]) + "\n"
    # What is equal around the difference is left out, but for what a hunk shows of it.
    skip, keep = max(0, start - 3), max(0, end - 3)
    found = difflib.unified_diff(
        before[skip : len(before) - keep],
        after[skip : len(after) - keep],
        old_name,
        new_name,
        lineterm="",
        n=3,
    )
    return "".join(f"{_shifted(line, skip)}\n" for line in found)


_COMPARED = 1_000_000  # pairs of lines
_CUT = 500  # lines of each side
_HUNK = re.compile(r"@@ -(\d+)(.*) \+(\d+)(.*) @@")


def _common(before: list[str], after: list[str]) -> tuple[int, int]:
    """How many lines are the same at the start, and how many of the rest at the end."""
    shorter = min(len(before), len(after))
    start = next((n for n in range(shorter) if before[n] != after[n]), shorter)
    rest = shorter - start
    end = next((n for n in range(rest) if before[-1 - n] != after[-1 - n]), rest)
    return start, end


def _replaced(before: list[str], after: list[str], start: int) -> Iterator[str]:
    yield f"@@ -{start + 1},{len(before)} +{start + 1},{len(after)} @@"
    for sign, lines in (("-", before), ("+", after)):
        yield from (sign + line for line in lines[:_CUT])
        if len(lines) > _CUT:
            yield f"\\ and {len(lines) - _CUT:,} lines more"


def _shifted(line: str, by: int) -> str:
    """A hunk's head with the numbers that its lines have in the whole text."""
    head = _HUNK.fullmatch(line) if line.startswith("@@") else None
    if head is None:
        return line
    return f"@@ -{int(head[1]) + by}{head[2]} +{int(head[3]) + by}{head[4]} @@"


def changes(old: Definition, new: Definition) -> list[str]:
    """Each change as a sentence, in the order of the file; empty when nothing differs."""
    return [
        *_fields("Flow", without(old, _LISTS), without(new, _LISTS)),
        *_triggers(old, new),
        *_steps(old.get("steps") or {}, new.get("steps") or {}),
        *_entries("Sample", old.get("samples") or {}, new.get("samples") or {}),
        *_entries("Test", by_name(old.get("tests")), by_name(new.get("tests"))),
        *(["Notes changed."] if old.get("notes") != new.get("notes") else []),
        *(["Layout changed."] if old.get("layout") != new.get("layout") else []),
    ]


_LISTS = ("triggers", "steps", "samples", "tests", "notes", "layout")


def _triggers(old: Definition, new: Definition) -> Iterator[str]:
    before, after = by_name(old.get("triggers")), by_name(new.get("triggers"))
    for name, trigger in after.items():
        if name not in before:
            yield f'Trigger "{name}" added ({trigger.get("piece")}: {trigger.get("trigger")}).'
        else:
            yield from _fields(f'Trigger "{name}"', before[name], trigger)
    for name in before:
        if name not in after:
            yield f'Trigger "{name}" removed.'


def _steps(old: Definition, new: Definition) -> Iterator[str]:
    added = [name for name in new if name not in old]
    removed = [name for name in old if name not in new]
    for name in list(added):
        # The same step under another name: people read "renamed", not "added" and "removed".
        twin = next((other for other in removed if old[other] == new[name]), None)
        if twin is not None:
            yield f'Step "{twin}" renamed to "{name}".'
            added.remove(name)
            removed.remove(twin)
    for name, step in new.items():
        if name in added:
            yield f'Step "{name}" added ({_kind(step)}).'
        elif name in old:
            yield from _step(name, old[name], step)
    for name in removed:
        yield f'Step "{name}" removed.'


def _step(name: str, old: Definition, new: Definition) -> Iterator[str]:
    who = f'Step "{name}"'
    if old.get("type") != new.get("type"):
        yield f"{who} is now {_kind(new)}, was {_kind(old)}."
        return
    yield from _fields(who, without(old, ("branches",)), without(new, ("branches",)))
    before, after = by_name(old.get("branches")), by_name(new.get("branches"))
    other = renamed(before, after)
    yield from (f'{who}: branch "{was}" renamed to "{now}".' for was, now in other.items())
    before = {other.get(name, name): after[other[name]] if name in other else one
              for name, one in before.items()}  # fmt: skip
    for branch in after:
        if branch not in before:
            yield f'{who}: branch "{branch}" added.'
        else:
            yield from _fields(f'{who}, branch "{branch}"', before[branch], after[branch])
    for branch in before:
        if branch not in after:
            yield f'{who}: branch "{branch}" removed.'
    kept_before = [branch for branch in before if branch in after]
    if kept_before != [branch for branch in after if branch in before]:
        yield f"{who}: branches put in another order."


def _fields(who: str, old: Definition, new: Definition) -> Iterator[str]:
    """A sentence for each differing value, named by its dotted path."""
    for path, before, after in _leaves(old, new, ""):
        if path == "next":
            yield _leads(who, before, after)
        elif _nothing(before):
            yield f"{who}: {path} set to {_show(after)}."
        elif _nothing(after):
            yield f"{who}: {path} removed (was {_show(before)})."
        else:
            yield f"{who}: {path} changed from {_show(before)} to {_show(after)}."


def _leads(who: str, before: Any, after: Any) -> str:
    """What follows a step, or stands first in a branch."""
    if _nothing(after):
        return f"{who} leads to nothing any more, before to {_show(before)}."
    return f"{who} now leads to {_show(after)}{'' if _nothing(before) else f', before to {_show(before)}'}."


def _leaves(old: Any, new: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in [*new, *(key for key in old if key not in new)]:
            inner = f"{path}.{key}" if path else str(key)
            yield from _leaves(old.get(key, _MISSING), new.get(key, _MISSING), inner)
    elif not (_nothing(old) and _nothing(new)):
        yield path, old, new


def _nothing(value: Any) -> bool:
    return value is _MISSING or value is None  # absent and null mean the same in a flow file


def _entries(kind: str, old: Definition, new: Definition) -> Iterator[str]:
    for name in new:
        if name not in old:
            yield f'{kind} "{name}" added.'
        elif old[name] != new[name]:
            yield f'{kind} "{name}" changed.'
    for name in old:
        if name not in new:
            yield f'{kind} "{name}" removed.'


def by_name(items: Any) -> dict[str, Any]:
    """Triggers, branches or tests by their names."""
    return {str(item.get("name")): item for item in items or () if isinstance(item, Mapping)}


def renamed(before: Mapping[str, Definition], after: Mapping[str, Definition]) -> dict[str, str]:
    """Old and new names of the branches that are the same but for their name."""
    alike = {_but_for_name(one): name for name, one in before.items() if name not in after}
    fresh = [(alike.pop(_but_for_name(one), None), name) for name, one in after.items() if name not in before]
    return {was: now for was, now in fresh if was is not None}


def _but_for_name(branch: Definition) -> bytes:
    return orjson.dumps(without(branch, ("name",)), option=orjson.OPT_SORT_KEYS)


def without(definition: Definition, keys: tuple[str, ...]) -> dict[str, Any]:
    """A definition, or a part of one, without these fields."""
    return {key: value for key, value in definition.items() if key not in keys}


def _kind(step: Definition) -> str:
    if step.get("type") == "action":
        return f"action {step.get('piece')}: {step.get('action')}"
    return str(step.get("type"))


def _show(value: Any) -> str:
    text = orjson.dumps(value).decode()
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
