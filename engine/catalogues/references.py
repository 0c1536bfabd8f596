"""`$ref` within one document: followed, put in place, and reported where it leads nowhere.

https://spec.openapis.org/oas/v3.1.1.html#reference-object, https://datatracker.ietf.org/doc/html/rfc6901
"""

from collections import deque
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from engine.base.types import Json

MOST_WARNINGS = 100
_MOST = 1_000  # objects and lists of one tree; what lies deeper is left out
_MOST_OF_ALL = 600_000  # of all trees of a document: seconds of work
_NONE: frozenset[str] = frozenset()
_HOPS = 20  # references that lead to one another


class Dangling(Exception):
    """A reference that leads nowhere, or out of the document."""

    def __init__(self, ref: str) -> None:
        outside = "" if ref.startswith("#") else ": only references within the document are read"
        super().__init__(f"`{ref[:100]}` leads nowhere{outside}")


class References:
    """Follows the references of one document. `warnings` says what could not be read, each once."""

    def __init__(self, document: Json) -> None:
        self._document = document
        self._left = _MOST_OF_ALL
        self.warnings: list[str] = []

    def warn(self, sentence: str) -> None:
        if sentence not in self.warnings and len(self.warnings) < MOST_WARNINGS:
            self.warnings.append(sentence)

    def follow(self, value: Json) -> Json:
        """What a value stands for, if it is a reference; what stands beside a `$ref` is added to it.
        Raises `Dangling`."""
        return self._follow(value)[0]

    def name_of(self, value: Json) -> str:
        """The reference that a value is, or nothing: two that are the same lead to one thing."""
        ref = value.get("$ref") if isinstance(value, dict) else None
        return ref if isinstance(ref, str) else ""

    def tree(self, value: Json) -> Json:
        """A copy of `value` with its references put in, the outer levels first.

        A reference that leads back into itself ends there, one that leads nowhere leaves nothing but a
        warning, and a tree that grows too large is cut at its leaves.
        """
        root: list[Json] = [None]
        waiting: deque[tuple[Any, Any, Json, frozenset[str]]] = deque([(root, 0, value, frozenset())])
        left = _MOST
        while waiting:
            into, key, given, within = waiting.popleft()
            try:
                found, refs = self._follow(given)
            except Dangling as error:
                self.warn(f"{error}: its target is missing.")
                into[key] = {}
                continue
            if not isinstance(found, dict | list):
                into[key] = found
                continue
            left -= 1
            self._left -= 1
            if left < 0 or self._left < 0 or not within.isdisjoint(refs):
                into[key] = {} if isinstance(found, dict) else []
                continue
            inside = within | refs if refs else within
            made: Any = [None] * len(found) if isinstance(found, list) else dict.fromkeys(found)
            into[key] = made
            parts: Iterable[tuple[Any, Json]] = enumerate(found) if isinstance(found, list) else found.items()
            waiting.extend((made, part, each, inside) for part, each in parts)
        return root[0]

    def _follow(self, value: Json) -> tuple[Json, frozenset[str]]:
        if not isinstance(value, dict) or "$ref" not in value:
            return value, _NONE
        refs: set[str] = set()
        beside: dict[str, Json] = {}
        while isinstance(value, dict) and isinstance(ref := value.get("$ref"), str):
            if ref in refs or len(refs) > _HOPS:
                raise Dangling(ref)
            refs.add(ref)
            beside = {**{key: each for key, each in value.items() if key != "$ref"}, **beside}
            value = self._at(ref)
        return ({**value, **beside} if beside and isinstance(value, dict) else value), frozenset(refs)

    def _at(self, ref: str) -> Json:
        found = self._document
        if ref != "#" and not ref.startswith("#/"):
            raise Dangling(ref)
        for part in ref[2:].split("/") if ref != "#" else ():
            key = unquote(part).replace("~1", "/").replace("~0", "~")
            if isinstance(found, dict) and key in found:
                found = found[key]
            elif isinstance(found, list) and key.isdecimal() and int(key) < len(found):
                found = found[int(key)]
            else:
                raise Dangling(ref)
        return found
