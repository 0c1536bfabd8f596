"""The audit log: what Switchyard said, for those who may know. Narrowed, exported, and kept for a while."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any, Literal

import orjson

from engine.base import clock, payloads
from engine.base.actor import Actor, Permission
from engine.base.errors import BadInput, NotFound
from engine.base.ids import new_id
from engine.store import event_store, paging
from engine.store.database import Database
from engine.store.event_store import Filter
from engine.store.paging import Page
from engine.store.tx import Tx

from . import outbox
from . import registry as events
from .listeners import matches

Days = list[tuple[str, int]]
"""(day, how many events), oldest first."""
Format = Literal["csv", "jsonl"]

SHORTEST_DAYS = 30
"""What is younger cannot be deleted by hand: an audit log that its subjects can empty is none."""

COLUMNS = (
    "created", "action", "sentence", "projectId", "projectDisplayName", "userId", "userEmail", "apiKeyId",
    "apiKeyName", "ip", "id", "data",
)  # fmt: skip
_AT_ONCE = 500
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def narrowed(
    project_id: str | None,
    *,
    actions: Sequence[str] = (),
    user_id: str | None = None,
    flow_id: str | None = None,
    since: str | None = None,
    until: str | None = None,
    words: str | None = None,
) -> Filter:
    """A filter as people write it: actions may be groups (`flow.run.*`), moments are ISO 8601. Raises
    `BadInput` that names what is wrong."""
    wanted: list[str] = []
    for pattern in actions:
        found = [action for action in events.EVENTS if matches([pattern], action)]
        if not found:
            raise BadInput(f"There is no event {pattern[:100]!r}.", field="action")
        wanted += found
    whole = set(wanted) == events.EVENTS.keys()
    return Filter(
        project_id,
        () if whole else tuple(dict.fromkeys(wanted)),
        user_id or None,
        flow_id or None,
        _id_at("since", since, "0") if since else None,
        _id_at("until", until, "z") if until else None,
        words or None,
    )


def _id_at(field: str, moment: str, fill: str) -> str:
    """The smallest or largest event id of a moment."""
    try:
        seconds = clock.from_iso(clock.to_iso(clock.from_iso(moment)))
        return new_id("evt", at=max(0.0, seconds))[:14] + fill * 16
    except (ValueError, OverflowError, OSError) as error:
        raise BadInput(f"{moment[:60]!r} is not an ISO 8601 time.", field=field) from error


class AuditLog:
    """The service; one for the process. None as a project is the platform: all events there are."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def list(self, wanted: Filter, cursor: str | None = None, limit: int = 50) -> Page[bytes]:
        """Envelopes as JSON, newest first. A page of a search for a text may be empty and still have a next
        one: so far was looked."""
        after, size = paging.decode(cursor), paging.check_limit(limit)
        ask = self._db.search if wanted.words else self._db.read
        found = await ask(lambda tx: event_store.find(tx, wanted, after, size))
        return Page([row[1] for row in found.rows], paging.encode(found.next) if found.next else None)

    async def get(self, project_id: str | None, event_id: str) -> dict[str, Any]:
        """One envelope. Raises `NotFound`, for an event of another project too."""
        found = await self._db.read(lambda tx: event_store.get(tx, project_id, event_id))
        if found is None:
            raise NotFound("There is no such event in this project.")
        envelope: dict[str, Any] = orjson.loads(found)
        return envelope

    async def users(self, project_id: str | None) -> Sequence[tuple[str, str]]:
        """(id, name) of those by whom the list can be narrowed."""
        return await self._db.read(lambda tx: event_store.users_of(tx, project_id))

    # -- out --------------------------------------------------------------------------------------

    async def export(self, wanted: Filter, form: Format) -> AsyncIterator[bytes]:
        """All events that match, newest first, a piece at a time. CSV cells that a spreadsheet would take
        for a formula begin with an apostrophe (https://owasp.org/www-community/attacks/CSV_Injection)."""
        if form == "csv":
            yield _line(COLUMNS)
        after: str | None = None
        while True:
            ask = partial(event_store.find, wanted=wanted, after=after, limit=_AT_ONCE)
            found = await self._db.search(ask)
            if found.rows:
                yield b"".join(
                    envelope + b"\n" if form == "jsonl" else _line(_cells(orjson.loads(envelope)))
                    for _, envelope in found.rows
                )
            after = found.next
            if after is None:
                return

    # -- too old ----------------------------------------------------------------------------------

    async def oldest(self) -> str | None:
        """When the oldest event happened."""
        return await self._db.read(event_store.oldest)

    async def would_go(self, actor: Actor, days: int) -> Days:
        """What `prune` would delete: (day, how many events), oldest first. Nothing is deleted."""
        before = self._before(actor, days)
        return await self._db.search(lambda tx: event_store.days_before(tx, before))

    async def prune(self, actor: Actor, days: int) -> int:
        """Delete what is older than `days`; how many that were. What is still to be delivered stays."""
        return await self._prune(self._before(actor, days), days, actor, "by a person")

    async def sweep(self, days: int) -> int:
        """The same because a setting says so; 0 keeps all for ever."""
        return await self._prune(_before(days), days, None, "by the setting") if days else 0

    def _before(self, actor: Actor, days: int) -> str:
        actor.require(Permission.platform)
        if days < SHORTEST_DAYS:
            raise BadInput(f"Events are stored for at least {SHORTEST_DAYS} days.", field="days")
        return _before(days)

    async def _prune(self, before: str, days: int, actor: Actor | None, reason: str) -> int:
        found = await self._db.search(lambda tx: event_store.days_before(tx, before))
        count = sum(number for _, number in found)
        if not count:
            return 0
        data = payloads.pruned_data(before=_days_ago(days), deleted=count, reason=reason)

        def first(tx: Tx) -> int:
            outbox.emit(tx, "audit_log.pruned", data, actor, None)
            return event_store.prune(tx, before)

        gone = await self._db.submit(first)
        while gone:
            await clock.pause(0.02)  # what is accepted meanwhile goes first
            gone = await self._db.submit(partial(event_store.prune, before=before))
        return count


def _days_ago(days: int) -> str:
    return clock.to_iso(max(0.0, clock.now() - days * 86_400))


def _before(days: int) -> str:
    return new_id("evt", at=max(0.0, clock.now() - days * 86_400))[:14] + "0" * 16


def _cells(envelope: dict[str, Any]) -> list[str]:
    told = {**envelope, "sentence": events.sentence(envelope)}
    told["data"] = orjson.dumps(envelope.get("data")).decode()
    return [_harmless(str(told.get(column) or "")) for column in COLUMNS]


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _line(cells: Sequence[str]) -> bytes:
    into = io.StringIO()
    csv.writer(into, lineterminator="\r\n").writerow(cells)
    return into.getvalue().encode()
