"""Secrets out of sight: masked on pages, cut out of what is stored, logged or sent."""

import base64
import json
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "••••"

_SHORT = 4  # below this many characters a secret is replaced only where it is the whole text


def mask(secret: str) -> str:
    """What to show in place of a secret: nothing for nothing, else dots that do not tell its length."""
    return MASK if secret else ""


def redact(value: Any, secrets: Iterable[str]) -> Any:
    """`value` (JSON or a text) with every secret in it replaced by dots; the same object if there is none.

    Found also where a secret is URL-encoded, JSON-escaped or base64. Secrets shorter than four characters
    are replaced only where they are a whole text: elsewhere they would cut up innocent words.
    """
    known = secrets if isinstance(secrets, frozenset) else frozenset(secrets)
    known = known - {""} if "" in known else known
    return _walk(value, _cutter(known)) if known else value


@lru_cache(maxsize=4_096)  # a pattern costs a millisecond to make, and each destination of events has its own
def _cutter(secrets: frozenset[str]) -> Callable[[str], str]:
    forms = {form for secret in secrets if len(secret) >= _SHORT for form in _forms(secret)}
    longest_first = sorted(forms, key=len, reverse=True)  # a secret may begin with another
    pattern = re.compile("|".join(map(re.escape, longest_first))) if forms else None
    short = {secret for secret in secrets if len(secret) < _SHORT}

    def cut(text: str) -> str:
        if text in short:
            return MASK
        return pattern.sub(MASK, text) if pattern else text

    return cut


def _forms(secret: str) -> set[str]:
    plain = base64.b64encode(secret.encode("utf-8", "surrogatepass")).decode().rstrip("=")
    forms = {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], plain}
    if secret.isprintable():
        forms |= {quote(secret, safe="", errors="replace"), quote_plus(secret, errors="replace")}
    return forms


def _walk(value: Any, cut: Callable[[str], str]) -> Any:
    """Replace in every text and key. A stack of its own: a hostile depth must not end in RecursionError."""
    if isinstance(value, str):
        return cut(value)
    if not isinstance(value, dict | list):
        return value
    root: list[Any] = [None]
    changed = False
    todo: list[tuple[Any, Any, Any]] = [(value, root, 0)]
    while todo:
        source, parent, place = todo.pop()
        copy: Any = {} if isinstance(source, dict) else [None] * len(source)
        parent[place] = copy
        for key, item in source.items() if isinstance(source, dict) else enumerate(source):
            spot = cut(key) if isinstance(key, str) else key
            shown = cut(item) if isinstance(item, str) else item
            changed = changed or spot != key or (shown is not item and shown != item)
            copy[spot] = shown
            if isinstance(item, dict | list):
                todo.append((item, copy, spot))
    return root[0] if changed else value
