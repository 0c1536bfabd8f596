"""JSON written as a text with templates: parsed first, filled afterwards.

In `{"n": {{ trigger.body.n }}, "t": "Hello {{ trigger.body.name }}"}` the first template stands for a value,
the second within a text. Filled in as text, a quote in an event would end the string around it.
"""

import json
import re

from engine.base.types import Json

from .errors import ExpressionError
from .template import KeyedObject, scan

_OPEN, _CLOSE = "\ue000", "\ue001"  # private use: they mean nothing in anybody's text
_MARK = re.compile(f"{_OPEN}(\\d+){_CLOSE}")


def parse_json_text(text: str) -> Json:
    """The value that `text` is as JSON, templates in it as they were; `text` itself where it is not JSON."""
    if text.lstrip()[:1] not in ("{", "[") or _OPEN in text:
        return text
    try:
        marked, templates = _marked(text)
        return _filled(json.loads(marked), templates)
    except (ExpressionError, ValueError, RecursionError):
        return text


def _marked(text: str) -> tuple[str, list[str]]:
    """The text with a mark for each template: within a string the mark alone, elsewhere as a string."""
    parts, templates, at, inside = [], list[str](), 0, False
    for start, end in scan(text):
        before = text[at : start - 2]
        inside = _ends_inside(before, inside)
        mark = f"{_OPEN}{len(templates)}{_CLOSE}"
        parts += [before, mark if inside else f'"{mark}"']
        templates.append(text[start - 2 : end + 2])
        at = end + 2
    return "".join([*parts, text[at:]]), templates


def _ends_inside(text: str, inside: bool) -> bool:
    """Whether a string is open at the end of a stretch of JSON."""
    quotes = re.sub(r"\\.", "", text, flags=re.DOTALL).count('"')
    return inside ^ bool(quotes % 2)


def _filled(value: Json, templates: list[str]) -> Json:
    if isinstance(value, str):
        return _MARK.sub(lambda found: templates[int(found[1])], value)
    if isinstance(value, list):
        return [_filled(item, templates) for item in value]
    if isinstance(value, dict):
        pairs = {_filled(key, templates): _filled(item, templates) for key, item in value.items()}
        return KeyedObject(pairs) if pairs.keys() != value.keys() else pairs
    return value
