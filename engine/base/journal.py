"""What a run has done so far: step records, and how they are read again after a stop.

A record is a plain dict, stored as JSON, with what is empty left out:

    name          the step's key: `tell`, inside a loop `each[0].tell`
    type          action | router | loop
    status        succeeded | failed | skipped | waiting
    branch        a router's choice: a name, or a list of names when it takes all that match
    attempts      how many times it was tried (1 when left out)
    log           one entry for each attempt: {"number", "started", "ms", "error", "retry_at"}
    input, output, error, warnings
    ms            milliseconds in all attempts
    resume_at     while waiting: Unix seconds, or null when somebody else ends the wait
    since         while waiting for a while, not for a date: when that began, Unix seconds
    state         while waiting: what the piece asked to be given back
    repeat        true when the step may have run before (it was in flight at a crash)
    handled       true when it failed and its error policy let the run go on
    ends          true when the run ends with it, by its own word
    stopped       why nothing was done after it: it ended the run, its branch, or its item of a loop
    unrouted      true when no branch of a router took the event
    awaits        while waiting: the run whose end it waits for
    done, path    a loop's: how many items it went through, and the steps taken within
    seeded        true when a partial test was given it, and did not do it
    window        a loop's, in a partial test: the first item to go through, and the one to stop before

What a partial test is, stands in a record of its own without a name: {"partial": {…}} (`engine.partial`).
"""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import orjson

from . import clock
from .types import Json

Record = dict[str, Any]

MAX_RECORDED = 50_000_000
"""Bytes of JSON that the records of one run may come to: it must be read again to go on, and to be shown."""


class JournalFull(Exception):
    """A step's record has no room any more; `error` is what the run shows of it."""

    def __init__(self, error: Record) -> None:
        super().__init__(error["message"])
        self.error = error


class Effects(NamedTuple):
    """How many attempts at effects came to which outcome."""

    confirmed: int = 0
    failed: int = 0
    """For good."""
    retried: int = 0
    """They failed, and another attempt follows."""
    unknown: int = 0
    """They were interrupted, by a crash, a cancel or a time limit: they may have had their effect."""

    @classmethod
    def of(cls, record: Record) -> "Effects":
        """The outcome that an action's new record tells of, and that of an attempt that a crash cut off."""
        crashed = 1 if record.get("repeat") else 0
        error = record.get("error")
        if error is None:
            return cls(1 if record["status"] == "succeeded" else 0, unknown=crashed)
        if record["status"] == "waiting":
            return cls(retried=1, unknown=crashed)
        if error["kind"] in ("canceled", "timeout"):
            return cls(unknown=1 + crashed)
        return cls(failed=1, unknown=crashed)

    def plus(self, other: "Effects") -> "Effects":
        return Effects(*map(sum, zip(self, other, strict=True)))


NO_EFFECTS = Effects()


class Journal:
    """The records of one run, in order of first appearance, by step key."""

    __slots__ = (
        "_encoded",
        "done",
        "effects",
        "fresh",
        "number",
        "partial",
        "size",
        "unrouted",
        "unsaved_effect",
    )

    def __init__(self, entries: list[bytes] | None = None, number: int | None = None) -> None:
        """`number` is that of the next entry, where it is not how many there are."""
        self.done: dict[str, Record] = {}
        """The latest record of each step that has begun, by its key; changed by `add` alone."""
        self.fresh: list[Record] = []  # not stored yet
        self._encoded: list[bytes] = []  # the same as JSON
        self.number = 0  # of the next entry
        self.effects = NO_EFFECTS  # the outcomes in the fresh records
        self.size = 0  # bytes of JSON of all records, those that were replaced among them
        self.unsaved_effect = False  # an effect's result is among the fresh ones
        self.unrouted = False  # a router's event found no branch
        self.partial: Record | None = None  # which part of the flow is tested; None: the whole runs
        for entry in entries or ():
            self.number += 1
            self.size += len(entry)
            for record in orjson.loads(entry):
                if "partial" in record:
                    self.partial = record["partial"]
                    continue
                self.done[record["name"]] = record
                self.unrouted |= "unrouted" in record
        if number is not None:
            self.number = number

    def recorded(self, key: str) -> Record | None:
        """The record of a step that has been done, or is waiting; None when it never began."""
        return self.done.get(key)

    def add(self, record: Record, *, effect: bool = False) -> None:
        """Note what was done. Raises `JournalFull`, having noted only that it failed, when the records of
        the run would come to more than `MAX_RECORDED` bytes."""
        encoded = encode(record)
        full = self.size + len(encoded) > MAX_RECORDED
        if full:
            record = _too_much(record)
            encoded = encode(record)
        self.size += len(encoded)
        self.done[record["name"]] = record
        self.fresh.append(record)
        self._encoded.append(encoded)
        if effect:
            self.unsaved_effect = True
            self.effects = self.effects.plus(Effects.of(record))
        if "unrouted" in record:
            self.unrouted = True
        if full:
            raise JournalFull(record["error"])

    def records(self) -> list[Record]:
        return list(self.done.values())

    def shown(self, hide: Callable[[Record], Record] = lambda record: record) -> list[Record]:
        """The steps as the API shows them, but for those that a partial test went past. `hide` takes out of a
        record what nobody may see."""
        return [
            shown(hide(record))
            for record in self.done.values()
            if not ("seeded" in record and record["status"] in ("skipped", "waiting"))
        ]

    def __len__(self) -> int:
        return len(self.done)

    def take(self) -> bytes:
        """The fresh records as one entry; they count as stored from here on."""
        entry = b"[%b]" % b",".join(self._encoded)
        self.fresh, self._encoded = [], []
        self.effects = NO_EFFECTS
        self.number += 1
        self.unsaved_effect = False
        return entry


def encode(value: Json) -> bytes:
    """JSON of what a run made, whatever a piece put into it: what was done must always be stored."""
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:  # half a surrogate pair, a number of more than 64 bits, more than 250 levels
        text = (
            json.dumps(value, default=str, ensure_ascii=False, skipkeys=True)
            .encode("utf-8", "replace")
            .decode()
        )
        plain = json.loads(text, parse_int=_number, parse_constant=lambda _: None)
        return json.dumps(plain, ensure_ascii=False).encode()


_IDENTITY = ("name", "type", "piece", "action", "attempts", "ms", "repeat")


def _too_much(record: Record) -> Record:
    """What is recorded in the place of a record that there is no room for."""
    message = (
        f"With this step the run would record more than {MAX_RECORDED:,} bytes, so its result was not "
        "stored. Let the steps before it give less, or the run do less at once."
    )
    known = {name: record[name] for name in _IDENTITY if name in record}
    return {**known, "status": "failed", "error": {"kind": "limit", "message": message}}


def _number(digits: str) -> int | float:
    return int(digits) if len(digits) < 19 else float(digits)


def shown(record: Record) -> Record:
    """A record as the API shows a step (section 9 of the interface)."""
    step: Record = {
        "name": record["name"],
        "type": record["type"],
        "status": record["status"],
        "attempts": record.get("attempts", 0 if record["status"] == "skipped" else 1),
        "input": record.get("input"),
        "output": record.get("output"),
        "error": record.get("error"),
        "duration_ms": record.get("ms", 0),
        "warnings": record.get("warnings", []),
        "attempts_log": record.get("log", []),
        "possibly_repeated": record.get("repeat", False),
    }
    if "seeded" in record:
        step["seeded"] = True
    if "stopped" in record:
        step["stopped"] = record["stopped"]
    if "branch" in record:
        step["branch"] = record["branch"]
    if record.get("resume_at") is not None:
        step["resume_at"] = clock.to_iso(record["resume_at"])
    for name in ("title", "piece", "action"):
        if name in record:
            step[name] = record[name]
    return step
