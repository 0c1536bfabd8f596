"""String functions of JMESPath Community (JEP-14), and `truncate`.

https://github.com/jmespath-community/jmespath.spec/blob/main/jep-014a-string-functions.md
"""

from engine.base.types import Json

from .contract import function
from .evaluation import Evaluation, FunctionError
from .values import MAX_TEXT, to_text


@function("string", "string", "number?", "number?")
def find_first(subject: str, text: str, start: float = 0, end: float | None = None) -> Json:
    """Where the text first stands in the slice from start to end, counted from 0; null if nowhere."""
    if not subject or not text:
        return None
    found = subject.find(text, *_slice("find_first", start, end))
    return None if found < 0 else found


@function("string", "string", "number?", "number?")
def find_last(subject: str, text: str, start: float = 0, end: float | None = None) -> Json:
    """Where the text last stands in the slice from start to end, counted from 0; null if nowhere."""
    if not subject or not text:
        return None
    found = subject.rfind(text, *_slice("find_last", start, end))
    return None if found < 0 else found


def _slice(name: str, start: float, end: float | None) -> tuple[int, int | None]:
    return _whole(name, "start", start), None if end is None else _whole(name, "end", end)


@function("string")
def lower(subject: str) -> Json:
    """In small letters."""
    return subject.lower()


@function("string")
def upper(subject: str) -> Json:
    """In capital letters."""
    return subject.upper()


@function("string", "number", "string?")
def pad_left(subject: str, width: float, pad: str = " ") -> Json:
    """At least `width` characters, filled up in front."""
    return _padding("pad_left", subject, width, pad) + subject


@function("string", "number", "string?")
def pad_right(subject: str, width: float, pad: str = " ") -> Json:
    """At least `width` characters, filled up behind."""
    return subject + _padding("pad_right", subject, width, pad)


def _padding(name: str, subject: str, width: float, pad: str) -> str:
    wanted = _count(name, "width", width)
    if len(pad) != 1:
        raise FunctionError(f"{name}() needs exactly one character to pad with")
    _bounded(name, wanted)
    return pad * (wanted - len(subject))


@function("string", "string", "string", "number?")
def replace(subject: str, old: str, new: str, count: float | None = None) -> Json:
    """With `new` for each `old`, or for the first `count` of them."""
    times = -1 if count is None else _count("replace", "count", count)
    found = subject.count(old)
    _bounded("replace", len(subject) + (len(new) - len(old)) * (found if times < 0 else min(found, times)))
    return subject.replace(old, new, times)


@function("string", "string", "number?")
def split(evaluation: Evaluation, subject: str, separator: str, count: float | None = None) -> Json:
    """The parts between the separators; at most `count` cuts. An empty separator gives the characters."""
    times = -1 if count is None else _count("split", "count", count)
    if times == 0:
        return [subject]
    if separator:
        evaluation.spend(4 * subject.count(separator))
        return subject.split(separator, times)
    evaluation.spend(len(subject))
    if times < 0 or times >= len(subject):
        return list(subject)
    return [*subject[:times], subject[times:]]


@function("string", "string?")
def trim(subject: str, characters: str = "") -> Json:
    """Without these characters (or white space) at both ends."""
    return subject.strip(characters or None)


@function("string", "string?")
def trim_left(subject: str, characters: str = "") -> Json:
    """Without these characters (or white space) in front."""
    return subject.lstrip(characters or None)


@function("string", "string?")
def trim_right(subject: str, characters: str = "") -> Json:
    """Without these characters (or white space) at the end."""
    return subject.rstrip(characters or None)


@function("any", "number", "string?")
def truncate(subject: Json, length: float, ending: str = "…") -> Json:
    """At most `length` characters, the ending among them; a shorter text stays as it is.

    truncate('disk almost full', `9`) is 'disk alm…'. What is not text is cut as its JSON; null stays null.
    """
    most = _count("truncate", "length", length)
    text = subject if isinstance(subject, str) or subject is None else to_text(subject)
    if text is None or len(text) <= most:
        return text
    return text[: max(0, most - len(ending))] + ending[:most]


def _whole(name: str, argument: str, value: float) -> int:
    if value != int(value):
        raise FunctionError(f"{name}() needs a whole number as {argument}, not {value}")
    # Python's own slices take no larger ones.
    return max(-(2**62), min(int(value), 2**62))


def _count(name: str, argument: str, value: float) -> int:
    whole = _whole(name, argument, value)
    if whole < 0:
        raise FunctionError(f"{name}() needs a {argument} that is not negative, not {value}")
    return whole


def _bounded(name: str, characters: int) -> None:
    if characters > MAX_TEXT:
        raise FunctionError(f"the result of {name}() has more than {MAX_TEXT:,} characters")
