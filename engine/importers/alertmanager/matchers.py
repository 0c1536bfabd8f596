"""Matchers of Alertmanager's routes as JMESPath over one alert's labels.

Read as Alertmanager 0.27 does: by the classic grammar, and by that of UTF-8 where the classic one fails.
https://prometheus.io/docs/alerting/latest/configuration/#label-matchers
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from engine.base.types import Json
from engine.expressions.unparse import literal, path

from ..activepieces.finding import Unconvertible, excerpt

_OPERATORS = ("=", "!=", "=~", "!~")
_CLASSIC = re.compile(r"\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(=~|=|!=|!~)\s*(.*?)\s*", re.DOTALL)
_BARE = r"[^\s{}!=~,\\\"'`]+"
_QUOTED = r'"(?:[^"\\\n]|\\.)*"'
_UTF8 = re.compile(rf"\s*({_QUOTED}|{_BARE})\s*(=~|=|!=|!~)\s*({_QUOTED}|{_BARE})\s*")
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|[0-7]{3}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)
_LETTERS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"'}


class Matcher(NamedTuple):
    """One condition on a label."""

    label: str
    operator: str
    value: str

    @property
    def condition(self) -> str:
        """The condition as an expression; a label that is missing counts as empty."""
        label = f"not_null({path(['trigger', 'body', 'labels', self.label])}, '')"
        if self.operator in ("=", "!="):
            return f"{label} {'==' if self.operator == '=' else '!='} {literal(self.value)}"
        found = f"matches({label}, {literal(f'^(?:{self.value})$')})"
        return found if self.operator == "=~" else f"!{found}"

    def __str__(self) -> str:
        return f'{self.label}{self.operator}"{self.value}"'


def matchers_of(route: Mapping[str, Json]) -> list[Matcher]:
    """All matchers of a route, which have to hold together. Raises `Unconvertible`."""
    found: list[Matcher] = []
    for field, operator in (("match", "="), ("match_re", "=~")):
        pairs = route.get(field) or {}
        if not isinstance(pairs, Mapping):
            raise Unconvertible(f"`{field}` is not an object of labels")
        found += [Matcher(str(label), operator, _text(value)) for label, value in pairs.items()]
    lines = route.get("matchers") or []
    for line in lines if isinstance(lines, list) else [lines]:
        found += _read(_text(line))
    return found


def _text(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise Unconvertible(f"this is not text: {excerpt(value)}")


def _read(text: str) -> list[Matcher]:
    """The matchers of `{a="b", c=~"d"}`; the braces may be missing."""
    inner = text.strip()
    if inner.startswith("{") and inner.endswith("}"):
        inner = inner[1:-1]
    parts = list(_split(inner))
    if parts and not parts[-1].strip():
        parts.pop()
    return [_matcher(part) for part in parts]


def _split(text: str) -> Iterator[str]:
    """Parts between the commas outside of quotes."""
    start, quoted, escaped = 0, False, False
    for number, character in enumerate(text):
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == '"':
            quoted = not quoted
        elif character == "," and not quoted:
            yield text[start:number]
            start = number + 1
    yield text[start:]


def _matcher(text: str) -> Matcher:
    classic = _CLASSIC.fullmatch(text)
    if classic is not None:
        value = _classic_value(classic[3])
        if value is not None:
            return Matcher(classic[1], classic[2], value)
    found = _UTF8.fullmatch(text)
    if found is None:
        raise Unconvertible(f"this is no matcher: {excerpt(text.strip())}")
    return Matcher(_unquoted(found[1]), found[2], _unquoted(found[3]))


def _classic_value(raw: str) -> str | None:
    """The value; only \\n, \\" and \\\\ are escapes. None for quotes that do not fit."""
    quoted = raw.startswith('"')
    if quoted:
        if len(raw) < 2 or not raw.endswith('"') or re.search(r'(?<!\\)(?:\\\\)*\\"$', raw):
            return None
        raw = raw[1:-1]
    if re.search(r'(?<!\\)(?:\\\\)*"', raw):
        return None
    return re.sub(r'\\([n"\\])', lambda found: "\n" if found[1] == "n" else found[1], raw)


def _unquoted(text: str) -> str:
    """A text as Go writes one. Raises `Unconvertible`."""

    def letter(found: re.Match[str]) -> str:
        code = found[1]
        if code in _LETTERS:
            return _LETTERS[code]
        if code[0] in "xuU" and len(code) > 1:
            return chr(int(code[1:], 16))
        if code.isdigit():
            return chr(int(code, 8))
        raise Unconvertible(f"this is no escape: {excerpt(found[0])}")

    try:
        return _ESCAPE.sub(letter, text[1:-1]) if text.startswith('"') else text
    except (ValueError, OverflowError) as error:
        raise Unconvertible(f"this is not text: {excerpt(text)}") from error
