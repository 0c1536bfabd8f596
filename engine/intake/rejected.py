"""Rejected requests as people ask for them: lists, one in full, how many are open, delete."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import parse_qsl

from engine.base import clock
from engine.base.actor import Actor, Permission
from engine.base.errors import BadInput, Conflict, NotFound, SwitchyardError
from engine.base.redaction import MASK, redact
from engine.base.secrets import Vault, VaultError
from engine.base.settings import Settings
from engine.base.types import Json
from engine.runs.masking import shown_event
from engine.runs.plan import PlannedTrigger
from engine.store import paging, rejected_store
from engine.store.database import Database
from engine.store.paging import Page
from engine.store.rejected_store import Reason, RejectedFilter, StoredRejection

from . import sealed_request
from .diagnosis import Diagnosis, diagnose
from .event_receiver import reading_of
from .request import Request
from .request_parser import Reading, decode_body, headers_of, is_credential, read_event
from .services import IntakeServices
from .verification import public_url

MOST_IDS = 200
"""Requests that can be named at once."""


@dataclass(frozen=True)
class Opened:
    """A rejected request, opened."""

    stored: StoredRejection
    request: Request


class Rejected:
    """The service; one for the process."""

    def __init__(self, db: Database, vault: Vault, services: IntakeServices, settings: Settings) -> None:
        self._db = db
        self._vault = vault
        self._services = services
        self._settings = settings

    # -- reading --------------------------------------------------------------------------------------

    async def list(
        self,
        project_id: str,
        flow_id: str | None = None,
        reason: Sequence[str] | None = None,
        admitted: bool | None = None,
        since: str | None = None,
        until: str | None = None,
        source: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[StoredRejection]:
        """Rejected requests of a project, newest first. `since` and `until` are ISO 8601, `source` is a part
        of the sender's address. Raises `BadInput`."""
        wanted = checked(project_id, flow_id, reason, admitted, since, until, source)
        after, size = paging.decode(cursor), paging.check_limit(limit)
        rows = await self._db.read(lambda tx: rejected_store.page(tx, wanted, after, size + 1))
        return paging.page(rows, size, lambda row: row.id)

    async def count_open(self, project_id: str, flow_id: str | None = None) -> int:
        """How many were not admitted, counted up to 1,000."""
        return await self._db.read(lambda tx: rejected_store.count_open(tx, project_id, flow_id))

    async def get(self, project_id: str, id: str) -> dict[str, Any]:
        """One request in full, as people may see it: `path`, `query`, `headers`, `body`. Raises `NotFound`,
        and `Conflict` when the key of the instance was changed."""
        opened = await self.open(project_id, id)
        request, trigger = opened.request, await self._trigger(opened.stored.flow_id)
        hidden = await self._hidden(project_id, trigger)
        body, note = await self._body(opened, trigger, hidden)
        return {
            **asdict(opened.stored),
            "path": redact(request.path.decode("latin-1"), hidden),
            "query": redact(_query(request), hidden),
            "headers": redact(_headers(request), hidden),
            "body": body,
            "body_note": note,
            "diagnosis": await self._diagnosis(opened, trigger),
        }

    async def open(self, project_id: str, id: str) -> Opened:
        """One request as it came, for the intake's own use. Raises as `get` does."""
        found = await self._db.read(lambda tx: rejected_store.get(tx, project_id, id))
        if found is None:
            raise NotFound("There is no such rejected request in this project.")
        stored, content = found
        try:
            plain = self._vault.open(content, "rejected", project_id, id)
        except VaultError as error:
            raise Conflict(f"This request cannot be opened: {error.message}") from error
        return Opened(stored, sealed_request.decode(plain))

    # -- writing --------------------------------------------------------------------------------------

    async def delete(self, actor: Actor, wanted: RejectedFilter, ids: Sequence[str] | None = None) -> int:
        """Delete requests that match, only those of `ids` where they are given; how many."""
        actor.require(Permission.edit)
        chosen = None if ids is None else bounded(ids)
        total, more = 0, 1
        while more:
            more = await self._db.submit(lambda tx: rejected_store.delete(tx, wanted, chosen))
            total += more
        return total

    # -- inside ---------------------------------------------------------------------------------------

    async def _diagnosis(self, opened: Opened, trigger: PlannedTrigger | None) -> Diagnosis | None:
        """Which scheme or secret would have passed, for a request that could not be verified."""
        stored, request = opened.stored, opened.request
        if stored.reason != Reason.signature or not stored.whole or trigger is None or not trigger.is_catch:
            return None
        config = trigger.input.get("verify")
        if not isinstance(config, dict):
            return None
        secret = await self._services.secret_or_none(stored.project_id, config.get("connection"))
        candidates = await self._services.candidates(stored.project_id, config.get("connection"))
        try:
            content = decode_body(request, self._settings.max_body_bytes)
        except SwitchyardError:
            content = request.body
        return await asyncio.to_thread(
            diagnose,
            request,
            content,
            config,
            secret,
            candidates,
            at=clock.from_iso(stored.received),
            url=public_url(request, self._settings.base_url),
        )

    async def _trigger(self, flow_id: str) -> PlannedTrigger | None:
        found = await self._services.published(flow_id)
        return None if found is None else found.plan.webhook

    async def _hidden(self, project_id: str, trigger: PlannedTrigger | None) -> frozenset[str]:
        """The secrets that the sender may have sent."""
        if trigger is None:
            return frozenset()
        verify = trigger.input.get("verify")
        names = {trigger.connection, verify.get("connection") if isinstance(verify, dict) else None}
        hidden = frozenset[str]()
        for name in names:
            hidden |= await self._services.calls.hidden(project_id, name)
        return hidden

    async def _body(
        self, opened: Opened, trigger: PlannedTrigger | None, hidden: frozenset[str]
    ) -> tuple[Json, str | None]:
        """The body as people may see it, and what is to be said about it."""
        request = opened.request
        if not opened.stored.whole:
            return None, "The body was not stored: it was too large, or was refused unread."
        if not request.body:
            return None, "The request had no body."
        mask = trigger.mask if trigger is not None else None
        try:
            content = decode_body(request, self._settings.max_body_bytes)
            event, _ = await read_event(
                request, content, [], reading=reading_of(trigger) if trigger else Reading(), hidden=hidden
            )
        except SwitchyardError as error:
            if mask is not None:
                return None, "The body cannot be read, and the trigger's mask paths may apply to it."
            text = request.body.decode("utf-8", "replace")
            return redact(text, hidden), f"The body is shown as it came: {error.message}"
        shown = event if mask is None else shown_event(mask, event)
        return redact(shown["body"], hidden), None


def checked(
    project_id: str,
    flow_id: str | None = None,
    reason: Sequence[str] | None = None,
    admitted: bool | None = None,
    since: str | None = None,
    until: str | None = None,
    source: str | None = None,
) -> RejectedFilter:
    """A filter as people write it. Raises `BadInput` that names what is wrong."""
    known = set(Reason)
    if wrong := [name for name in reason or () if name not in known]:
        raise BadInput(f"There is no reason {wrong[0]!r}; one of {', '.join(Reason)}.", field="reason")
    return RejectedFilter(
        project_id,
        flow_id or None,
        tuple(reason or ()),
        admitted,
        _moment("since", since) if since else None,
        _moment("until", until) if until else None,
        source or None,
    )


def _moment(name: str, value: str) -> str:
    try:
        return clock.to_iso(clock.from_iso(value))
    except (ValueError, OverflowError, OSError) as error:
        raise BadInput(f"{value!r} is not an ISO 8601 time.", field=name) from error


def bounded(ids: Sequence[str]) -> list[str]:
    """Ids without repetitions. Raises `BadInput` for too many."""
    chosen = list(dict.fromkeys(ids))
    if len(chosen) > MOST_IDS:
        raise BadInput(f"Name at most {MOST_IDS} requests at once.", field="ids")
    return chosen


def _query(request: Request) -> list[tuple[str, str]]:
    pairs = parse_qsl(request.query_string.decode("latin-1"), keep_blank_values=True)
    return [(name, MASK if is_credential(name) else value) for name, value in pairs]


def _headers(request: Request) -> dict[str, str]:
    return {
        name: MASK if is_credential(name) else value for name, value in headers_of(request).items()
    }  # fmt: skip
