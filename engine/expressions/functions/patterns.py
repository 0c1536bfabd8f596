"""Regular expressions: RE2, whose time is linear in the text whatever the pattern.

Linear in the text, but also in the size of the pattern's program, and not to be interrupted. So what a
search costs at worst is known, and paid, before it begins. https://github.com/google/re2/wiki/WhyRE2
"""

import time
from functools import lru_cache
from typing import Any

import re2

from engine.base.types import Json

from .contract import function
from .evaluation import Evaluation, FunctionError
from .values import MAX_TEXT

_MAX_PATTERN = 1_000  # characters; re2 bounds its own memory beyond that
_PATTERN_MEMORY = 1 << 20
_PER_UNIT = 40  # instructions of a program × bytes of text in one unit of work: 5 ns each, measured
_UNIT = 0.000_000_2  # seconds
_MATCH = 10  # units of work of one match that is replaced


class _Pattern:
    """A compiled pattern, and the most instructions that a byte of text may take."""

    __slots__ = ("groups", "program", "size")

    def __init__(self, program: Any) -> None:
        self.program = program
        self.groups: int = program.groups
        self.size: int = max(1, program.programsize)

    def pay(self, subject: str, evaluation: Evaluation) -> None:
        """Raises FunctionError when one pass over the text might take more than the evaluation has left."""
        evaluation.spend(self.size * len(subject) * (1 if subject.isascii() else 3) // _PER_UNIT)


@lru_cache(maxsize=256)
def _pattern(text: str) -> _Pattern:
    if len(text) > _MAX_PATTERN:
        raise FunctionError(f"the pattern is longer than {_MAX_PATTERN:,} characters")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _PATTERN_MEMORY
    try:
        return _Pattern(re2.compile(text, options))
    except re2.error as error:
        reason = error.args[0]
        words = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise FunctionError(f"the pattern cannot be used: {words}") from None


@function("string", "string", literals={1: _pattern})
def matches(evaluation: Evaluation, subject: str, pattern: str) -> Json:
    """Whether the regular expression (RE2 syntax) is found anywhere; ^ and $ tie it to the ends."""
    known = _pattern(pattern)
    known.pay(subject, evaluation)
    return known.program.search(subject) is not None


@function("string", "string", "string", "number?", literals={1: _pattern})
def regex_replace(
    evaluation: Evaluation, subject: str, pattern: str, replacement: str, count: float | None = None
) -> Json:
    r"""With the replacement for each match of a regular expression (RE2 syntax), or for the first `count`.

    \0 in the replacement is the whole match, \1 to \9 are its groups:
    regex_replace('db-1 is down', '^(\w+)-(\d+)', '\2 of \1') is '1 of db is down'.
    """
    if len(subject) > MAX_TEXT:
        raise FunctionError(f"regex_replace() accepts texts of at most {MAX_TEXT:,} characters")
    most = None if count is None else int(count)
    if most is not None and (most != count or most < 0):
        raise FunctionError(f"regex_replace() needs a count of 0 or more, as a whole number, not {count}")
    known, template = _pattern(pattern), _template(replacement)
    known.pay(subject, evaluation)
    parts: list[str] = []
    done = replaced = 0
    matches = known.program.finditer(subject) if most != 0 else iter(())
    began = time.thread_time()
    for match in matches:
        now = time.thread_time()  # a search may read far beyond its match: what each took is paid afterwards
        written = _write(template, match, known.groups)
        evaluation.spend(_MATCH + int((now - began) / _UNIT) + (len(written) >> 2))
        parts += (subject[done : match.start()], written)
        done, began, replaced = match.end(), now, replaced + 1
        if replaced == most:
            break
    return "".join(parts) + subject[done:] if parts else subject


@lru_cache(maxsize=256)
def _template(replacement: str) -> tuple[str | int, ...]:
    """The replacement as texts and numbers of groups."""
    parts: list[str | int] = []
    text, at = "", 0
    while at < len(replacement):
        following = replacement[at + 1 : at + 2]
        if replacement[at] == "\\" and following in set("\\0123456789") and following:
            if following == "\\":
                text += "\\"
            else:
                parts += (text, int(following))
                text = ""
            at += 2
            continue
        text += replacement[at]
        at += 1
    return (*parts, text)


def _write(template: tuple[str | int, ...], match: Any, groups: int) -> str:
    return "".join(
        part if isinstance(part, str) else (match.group(part) or "") if part <= groups else ""
        for part in template
    )
