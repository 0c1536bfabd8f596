"""Samples that senders store by a flow's `/test` address: the newest ones stay, within bounds of their own.

Whoever may send could otherwise fill the draft until its editors can save nothing. A captured sample takes
the place of the oldest ones, never that of a sample that a person saved, changed, renamed or uses in a test.
Which samples were captured stands beside the draft, with a digest that no longer fits once one is changed.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

import orjson

from engine.base.errors import TooLarge

from . import drafts
from .drafts import Draft

MAX_CAPTURED = 50
"""Captured samples of one flow."""
MAX_SIZE = 1_000_000
"""Bytes of the flow file that they take together: half of its room, the other half stays for people."""


@dataclass(frozen=True, slots=True)
class Capture:
    """A draft with one captured sample more, under `name`; `captured` is what stands beside it now."""

    draft: Draft
    name: str
    captured: str


def add(text: str, captured: str | None, name: str, event: Mapping[str, Any]) -> Capture:
    """Add an event to a stored draft as a captured sample, in the place of the oldest ones if need be.

    A sample that was captured under this name is replaced; beside a person's sample the new one gets a
    number. Raises `TooLarge` for an event that is larger than all captured samples may be, and when what
    people saved leaves no room for it.
    """
    size = _size(event)
    if size > MAX_SIZE:
        raise TooLarge(
            f"This request is too large for a sample: it would take {size:,} bytes of the flow file, and "
            f"captured samples have {MAX_SIZE:,}."
        )
    definition = orjson.loads(text)
    samples: dict[str, Any] = definition.get("samples") or {}
    in_tests = {test.get("sample") for test in definition.get("tests") or []}
    known = [
        one
        for one, digest in orjson.loads(captured or "{}").items()
        if one not in in_tests and one in samples and _digest(samples[one]) == digest
    ]
    name = _free(name, set(samples) - set(known))
    samples.pop(name, None)
    known = [*(one for one in known if one != name), name]
    samples[name] = dict(event)
    while len(known) > MAX_CAPTURED or sum(_size(samples[one]) for one in known) > MAX_SIZE:
        del samples[known.pop(0)]
    draft = _read(definition | {"samples": samples}, known)
    return Capture(
        draft, name, orjson.dumps({one: _digest(draft.flow.samples[one]) for one in known}).decode()
    )


def _read(definition: dict[str, Any], known: list[str]) -> Draft:
    """The draft; where people left less room than captured samples may take, without the oldest of them."""
    while True:
        try:
            return drafts.read(definition)
        except TooLarge:
            if len(known) == 1:
                raise
            del definition["samples"][known.pop(0)]


def _free(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    return next(free for n in count(2) if (free := f"{name[: drafts.MAX_NAME - 8]} {n}") not in taken)


def _size(event: Any) -> int:
    """Bytes of a sample as the flow file writes it, indented."""
    return len(orjson.dumps({"samples": {"": event}}, option=orjson.OPT_INDENT_2))


def _digest(event: Any) -> str:
    return hashlib.sha256(orjson.dumps(event, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
