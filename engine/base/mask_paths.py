"""Mask paths: the places of an event whose values are hidden wherever people look.

A path begins at `body`, `headers` or `query` and goes on as in an expression: `body.card.number`,
`body.items[*].ssn`, `body.items[0].ssn`, `body.*.email` for every value of an object, `headers.x-token`,
`body."odd name"`. The names of headers are looked up without regard to case.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from .redaction import MASK, Redactor, Secret
from .types import Json

ROOTS = ("body", "headers", "query")
MAX_PATHS = 100
_MAX_PARTS = 30
_LONG = 2_000  # values of one event that are looked for; where there are more, nothing is shown

Part = str | int | None
"""The name of a field, the index of an item, or None for all of them."""

_STEP = re.compile(
    r"""\.(?P<name>[A-Za-z_][A-Za-z0-9_-]*)|\.(?P<quoted>"(?:[^"\\]|\\.)*")|\.(?P<all>\*)|\[(?P<index>\d{1,9}|\*)\]"""
)


class MaskPaths:
    """The paths of one trigger, read once."""

    def __init__(self, paths: Sequence[str]) -> None:
        """Raises ValueError with a sentence for what is not a path."""
        self._paths = [read_path(path) for path in paths]

    def __bool__(self) -> bool:
        return bool(self._paths)

    def apply(self, event: Json) -> tuple[Json, frozenset[Secret]]:
        """The event with dots at these places, and the values that stood there; the same event if there was
        nothing to hide."""
        hidden: set[Secret] = set()
        shown = event
        for path in self._paths:
            shown = _masked(shown, path, hidden, headers=path[0] == "headers")
        return shown, frozenset(hidden - {MASK})


def read_path(text: str) -> tuple[Part, ...]:
    """A path, taken apart. Raises ValueError with a sentence."""
    whole = f".{text.strip().removeprefix('trigger.')}"
    parts: list[Part] = []
    at = 0
    while at < len(whole):
        step = _STEP.match(whole, at)
        if step is None or len(parts) == _MAX_PARTS:
            raise ValueError(f"`{text[:100]}` is not a mask path. Write it as in `body.card.number`.")
        parts.append(_part(step))
        at = step.end()
    if parts[0] not in ROOTS:
        raise ValueError(f"`{text[:100]}` must begin with `body`, `headers` or `query`.")
    return tuple(parts)


class Concealer:
    """Takes hidden values out of what was done with them."""

    def __init__(self, hidden: frozenset[Secret]) -> None:
        self.hidden = hidden
        self._redactor = Redactor(hidden, base64=False) if 0 < len(hidden) <= _LONG else None

    def conceal(self, value: Json) -> Json:
        """The value with dots in place of what is hidden, or in its own place when too much is hidden to look
        for it."""
        if self._redactor is not None:
            return self._redactor.redact(value)
        return value if not self.hidden or value is None or isinstance(value, bool) else MASK


def _part(step: re.Match[str]) -> Part:
    if step["name"] is not None:
        return step["name"]
    if step["quoted"] is not None:
        try:
            return str(json.loads(step["quoted"]))
        except ValueError:
            raise ValueError(f"`{step['quoted'][:100]}` is not a name in quotes.") from None
    return None if step["all"] or step["index"] == "*" else int(step["index"])


def _masked(value: Json, path: tuple[Part, ...], hidden: set[Secret], *, headers: bool = False) -> Json:
    """A copy of `value` with dots at the path; only what lies on the path is copied."""
    if not path:
        return _hide(value, hidden)
    changed: list[tuple[Any, Json]] = []
    for key, inner in _chosen(value, path[0], headers=headers and len(path) == 1):
        shown = _masked(inner, path[1:], hidden, headers=headers)
        if shown is not inner:
            changed.append((key, shown))
    if not changed:
        return value
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    for key, shown in changed:
        copy[key] = shown
    return copy


def _chosen(value: Json, part: Part, *, headers: bool) -> Iterator[tuple[Any, Json]]:
    if isinstance(value, dict):
        if part is None:
            yield from list(value.items())
        elif headers and isinstance(part, str):
            yield from [(name, text) for name, text in value.items() if name.lower() == part.lower()]
        elif part in value:
            yield part, value[part]
    elif isinstance(value, list):
        if part is None:
            yield from enumerate(value)
        elif isinstance(part, int) and part < len(value):
            yield part, value[part]


def _hide(value: Json, hidden: set[Secret]) -> Json:
    """Dots in place of a value; nothing for nothing. What it held is added to `hidden`."""
    if value is None or value == "" or value == [] or value == {}:
        return value
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            todo.extend(one.values())
        elif isinstance(one, list):
            todo.extend(one)
        elif isinstance(one, str | int | float) and not isinstance(one, bool) and one != "":
            hidden.add(one)
    return MASK
