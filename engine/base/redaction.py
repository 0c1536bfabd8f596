"""Secrets out of sight: masked on pages, cut out of what is stored, logged or sent."""

import re
import traceback
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import orjson

from .encodings import writings

MASK = "••••"

Secret = str | int | float

_CUT = "…"  # the last character of an excerpt
_CUT_BYTES = _CUT.encode()
_SHORT = 4  # below this many characters a secret is replaced only where it is the whole text
_LINE = 16  # characters from which on a line of a secret is a secret itself: keys are wrapped anew
_LARGE = 20_000  # characters of a text from which on only what is around an anchor is read
_MANY = 500
_SPREAD = 16  # characters that one character may become


def mask(secret: str) -> str:
    """What to show in place of a secret: nothing for nothing, else dots that do not tell its length."""
    return MASK if secret else ""


def redact(value: Any, secrets: Iterable[Secret]) -> Any:
    """`value` (JSON or a text) with every secret in it replaced by dots; the same object if there is none.

    A secret is found however it is written: see `encodings`. One of fewer than four characters is replaced
    only where it is a whole text: elsewhere it would cut up innocent words. A secret that is a number, or
    consists of at least four digits, is found as a number too.
    """
    known = secrets if isinstance(secrets, frozenset) else frozenset(secrets)
    known = known - {""} if "" in known else known
    return redactor(known).redact(value) if known else value


def traceback_of(error: BaseException, secrets: Iterable[Secret] = ()) -> str:
    """The traceback of an error for the log. What a piece raises may repeat what it was given or received."""
    return str(redact("".join(traceback.format_exception(error)).rstrip(), secrets))


class Redactor:
    """Cuts a set of secrets out of values. Compiled once: the patterns of a secret cost a millisecond."""

    def __init__(self, secrets: frozenset[Secret], *, base64: bool = True) -> None:
        """With `base64` they are found within base64 too, which takes most of the time to compile."""
        texts = {secret for secret in secrets if isinstance(secret, str)}
        self._numbers = {secret for secret in secrets if type(secret) in (int, float)}
        self._numbers |= {int(text) for text in texts if _is_number(text)}
        texts |= {str(number) for number in self._numbers}
        self._short = {text for text in texts if len(text) < _SHORT}
        long = texts - self._short
        plain = len(long) > _MANY  # so many that only what is written as it is can be looked for
        found = [
            way
            for text in long
            for part in _parts(text)
            for way in writings(part, base64=base64 and not plain, plain=plain)
        ]
        found.sort(key=lambda way: len(way.form), reverse=True)  # a secret may begin with another
        patterns = dict.fromkeys(way.pattern for way in found)
        self._pattern = re.compile("|".join(patterns)) if found else None
        self._forms = list(dict.fromkeys(way.form for way in found))
        # Most texts hold no secret: looking for parts that stand in every match is much faster than matching.
        anchors = {way.anchor for way in found}
        self._anchors = sorted(anchors, key=len, reverse=True)
        if len(anchors) <= _MANY:  # an anchor within another one stands for both
            self._anchors = [a for a in self._anchors if not any(b != a and b in a for b in anchors)]
        self._anchored = bool(found) and "" not in anchors
        self._rules_out = self._anchored and not self._short and not self._numbers
        self._in_bytes = [anchor.encode() for anchor in self._anchors]
        self._shortest = min(map(len, anchors), default=0)
        self._reach = 64 + _SPREAD * max(map(len, self._forms), default=0)

    def cut(self, text: str) -> str:
        """A text without the secrets."""
        if text in self._short:
            return MASK
        if self._pattern is None or len(text) < self._shortest:
            return text
        if text.endswith(_CUT):
            text = self._without_a_beginning(text)
        if self._anchored and not any(anchor in text for anchor in self._anchors):
            return text
        if not self._anchored or len(text) < _LARGE:
            return self._pattern.sub(MASK, text)
        return "".join(self._cut_around_anchors(text, self._pattern))

    def _without_a_beginning(self, text: str) -> str:
        """An excerpt that ends within a secret, without what it holds of it."""
        excerpt = text[:-1]
        for form in self._forms:
            at = excerpt.find(form[:_SHORT], max(0, len(excerpt) - len(form)))
            while at >= 0:
                if form.startswith(excerpt[at:]):
                    return f"{excerpt[:at]}{MASK}{_CUT}"
                at = excerpt.find(form[:_SHORT], at + 1)
        return text

    def redact(self, value: Any) -> Any:
        """A value without the secrets; the same object if it holds none."""
        if isinstance(value, str):
            return self.cut(value)
        if isinstance(value, dict | list):
            return value if self._rules_out and self._is_free(value) else self._walk(value)
        return MASK if self._hides(value) else value

    def is_free_of(self, data: bytes) -> bool:
        """Whether it is certain, at a glance, that UTF-8 text holds none of the secrets."""
        if not self._rules_out or _CUT_BYTES in data:
            return False
        return len(data) < self._shortest or not any(anchor in data for anchor in self._in_bytes)

    def _is_free(self, value: Any) -> bool:
        try:
            return self.is_free_of(orjson.dumps(value))
        except (TypeError, ValueError):  # not JSON in every part: look at each
            return False

    def _cut_around_anchors(self, text: str, pattern: re.Pattern[str]) -> Iterator[str]:
        """A long text without the secrets, in pieces: matching takes forty times as long as looking."""
        at = 0
        for start, end in self._surroundings(text):
            yield text[at:start]
            yield pattern.sub(MASK, text[start:end])
            at = end
        yield text[at:]

    def _surroundings(self, text: str) -> Iterator[tuple[int, int]]:
        """Where matches may be, in order, none overlapping another."""
        found = sorted(at for anchor in self._anchors for at in _positions(text, anchor))
        start, end = 0, 0
        for at in found:
            if at - self._reach > end:
                if end:
                    yield start, end
                start = at - self._reach
            end = at + self._reach
        if end:
            yield start, end

    def _hides(self, value: Any) -> bool:
        return type(value) in (int, float) and value in self._numbers  # True is no 1

    def _shown(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.cut(value)
        return MASK if self._hides(value) else value

    def _walk(self, value: Any) -> Any:
        """Replace in every text and key. Its own stack: a hostile depth must not end in RecursionError."""
        root: list[Any] = [None]
        changed = False
        todo: list[tuple[Any, Any, Any]] = [(value, root, 0)]
        while todo:
            source, parent, place = todo.pop()
            copy: Any = {} if isinstance(source, dict) else [None] * len(source)
            parent[place] = copy
            for key, item in source.items() if isinstance(source, dict) else enumerate(source):
                spot = self.cut(key) if isinstance(key, str) else key
                shown = self._shown(item)
                changed = changed or spot != key or (shown is not item and shown != item)
                copy[spot] = shown
                if isinstance(item, dict | list):
                    todo.append((item, copy, spot))
        return root[0] if changed else value


@lru_cache(maxsize=1_024)  # each connection and each destination has its own
def redactor(secrets: frozenset[Secret]) -> Redactor:
    """The redactor of these secrets, made once."""
    return Redactor(secrets)


def _positions(text: str, part: str) -> Iterator[int]:
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + len(part))


def _is_number(text: str) -> bool:
    return len(text) >= _SHORT and text.isascii() and text.isdigit() and text[0] != "0" and len(text) < 19


def _parts(text: str) -> Iterator[str]:
    """A secret, and its long lines: what sends a key back may wrap it in its own way."""
    yield text
    lines = text.splitlines()
    if len(lines) > 1:
        yield from (line for line in lines if len(line) >= _LINE and not line.startswith("-----"))
