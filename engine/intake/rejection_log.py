"""Stores what the intake refuses, without slowing down what it accepts.

`record` puts a refusal into a bounded buffer in memory. A task writes the buffer in small batches, one after
the other, and rests ten times as long as each took: refusals get a tenth of the writer's time at most.
Of a flow that refuses without end, a token bucket passes the first thousand and then some every second: the
store holds no more anyway. What does not fit is counted and dropped.
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Collection
from contextlib import suppress
from itertools import islice

from engine.base import clock
from engine.base.errors import (
    Busy,
    HeadersTooLarge,
    Malformed,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Overloaded,
    SwitchyardError,
    TooLarge,
    Unavailable,
    WrongMediaType,
    unexpected,
)
from engine.base.ids import new_id
from engine.base.secrets import Vault
from engine.base.settings import Settings
from engine.store import ledger, rejected_store
from engine.store.database import Database
from engine.store.emit import Emit
from engine.store.rejected_store import KnownFlow, NewRejection, Reason
from engine.store.tx import Tx

from . import sealed_request
from .errors import FlowDisabled, HandshakeRefused, NoResponseWhileDisabled
from .rejection_digest import Digest, Refusal
from .request import Request

log = logging.getLogger("switchyard.intake")

BATCH = 64  # rows of one write
_BATCH_BYTES = 1_000_000
PER_FLOW = 1_000  # refusals of one flow in memory
SUSTAINED = 20.0  # refusals of one flow that are recorded every second, once it has refused PER_FLOW at once
_UNKNOWN = 200  # refusals of flows that are not published, together: their ids may be anything
_MEMORY = 8_000_000  # bytes in memory, of all flows
_PAUSE = 0.05  # seconds between two batches, at least
_COUNTS = 1.0  # seconds between two writes that only count what was dropped
_REST = 10  # times as long as a batch took, until the next one
_ROW = 300  # bytes of a row beside its content, about

_NOWHERE = ""
"""The buffer of refusals whose flow is not published, or unknown."""
_UNKNOWN_FLOW = "unknown_flow"
"""The reason under which the ledger counts requests for flows that do not exist."""


class RejectionLog:
    """Records refusals. `start` before use; `stop` writes what is left."""

    def __init__(self, db: Database, vault: Vault, settings: Settings, emit: Emit) -> None:
        self._db = db
        self._vault = vault
        self._settings = settings
        self._digest = Digest(db, emit)
        self._waiting: dict[str, deque[Refusal]] = {}
        self._bytes = 0
        self._buckets: dict[str, tuple[float, float]] = {}
        """By flow: refusals that it may still record, and when that was so, by the monotonic clock."""
        self._dropped: dict[str, Counter[Reason]] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._interrupted: list[Refusal] = []
        self.refused: Counter[str] = Counter()
        """Refusals by reason, in this process since its start."""
        self.dropped = 0
        """Refusals that were not stored, because too many came at once."""
        self.unknown = 0
        """Requests for flows that do not exist."""

    def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._write_forever(), name="rejection log")

    async def stop(self) -> None:
        """Write what is left, then end."""
        if self._task is None:
            return
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        self._task = None
        while (batch := self._interrupted or self._take()) or self._dropped:
            self._interrupted = []
            await self._store(batch)
        self._digest.stop()

    def record(
        self, flow_id: str, request: Request, error: SwitchyardError, *, published: bool = True
    ) -> None:
        """Record a refusal. `published`: the flow is known to be there and published."""
        reason = reason_of(error)
        self.refused[reason] += 1
        key = flow_id if published else _NOWHERE
        # On a full disk, the room that is left is for what was accepted.
        off = self._settings.rejected_per_flow == 0 or self._db.files.problem is not None
        if off or not self._passes(key):
            self._drop(key, reason)
            return
        buffer = self._waiting.setdefault(key, deque())
        if len(buffer) >= (PER_FLOW if published else _UNKNOWN):
            oldest = buffer.popleft()
            self._bytes -= bytes_of(oldest)
            self._drop(key, oldest.reason)
        refusal = Refusal(
            new_id("rej"), flow_id, reason, error.status, error.message, request, clock.now_iso()
        )
        if self._bytes + bytes_of(refusal) > _MEMORY:
            self._drop(key, reason)
            return
        self._bytes += bytes_of(refusal)
        buffer.append(refusal)
        self._wake.set()

    def _drop(self, key: str, reason: Reason) -> None:
        """Count a refusal that is not stored, to be reported with the next one of its flow that is."""
        self.dropped += 1
        self._dropped.setdefault(key, Counter())[reason] += 1
        self._wake.set()

    def _passes(self, key: str) -> bool:
        """Take a token of a flow's bucket; False if there is none."""
        now = clock.monotonic()
        tokens, since = self._buckets.get(key, (float(PER_FLOW), now))
        tokens = min(PER_FLOW, tokens + (now - since) * SUSTAINED)
        passes = tokens >= 1
        self._buckets[key] = (tokens - passes, now)
        return passes

    # -- writing --------------------------------------------------------------------------------------

    async def _write_forever(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while (batch := self._take()) or self._dropped:
                began = clock.monotonic()
                try:
                    await self._store(batch)
                except asyncio.CancelledError:
                    self._interrupted = batch
                    raise
                except Exception as error:  # a store that cannot be written to now may be later
                    self.dropped += len(batch)
                    message = "%d rejected requests could not be stored: %s"
                    log.error(message, len(batch), error, exc_info=unexpected(error))
                rest = max(_PAUSE, _REST * (clock.monotonic() - began))
                await clock.pause(rest if batch else _COUNTS)

    def _take(self) -> list[Refusal]:
        """The next batch: of each flow one in turn, so that a flood of one leaves room for others."""
        batch: list[Refusal] = []
        size = 0
        while self._waiting and len(batch) < BATCH and size < _BATCH_BYTES:
            for key in list(islice(self._waiting, BATCH - len(batch))):
                buffer = self._waiting.pop(key)
                if buffer:
                    batch.append(buffer.popleft())
                    size += bytes_of(batch[-1])
                if buffer:
                    self._waiting[key] = buffer  # behind the others
        self._bytes -= size
        return batch

    async def _store(self, batch: list[Refusal]) -> None:
        dropped, self._dropped = self._dropped, {}
        flows, rows = await self._db.read(lambda tx: self._prepared(tx, batch, dropped))
        counts: Counter[tuple[str, str, str]] = Counter()
        for refusal in batch:
            flow = flows.get(refusal.flow_id)
            if flow is None:
                counts["", "", _UNKNOWN_FLOW] += 1
            else:
                counts[flow.project_id, refusal.flow_id, _reason(refusal, flow)] += 1
                self._digest.add(refusal, flow)
        for flow_id, reasons in dropped.items():
            flow = flows.get(flow_id)
            if flow is None:  # of flows that are not published, whichever they are
                counts["", "", _UNKNOWN_FLOW] += reasons.total()
                continue
            self._digest.add_dropped(flow_id, flow, reasons)
            for reason, count in reasons.items():
                counts[flow.project_id, flow_id, reason] += count
        self.unknown += counts["", "", _UNKNOWN_FLOW]
        due = self._digest.take_due()
        most, most_bytes = self._settings.rejected_per_flow, self._settings.rejected_bytes_per_flow

        def change(tx: Tx) -> None:
            rejected_store.add(tx, rows, most, most_bytes)
            for (project_id, flow_id, reason), count in counts.items():
                ledger.count(tx, project_id, flow_id, "received", count)
                ledger.count(tx, project_id, flow_id, "rejected", count, reason)
            self._digest.emit(tx, due)

        await self._db.write(change)

    def _prepared(
        self, tx: Tx, batch: list[Refusal], dropped: Collection[str]
    ) -> tuple[dict[str, KnownFlow], list[NewRejection]]:
        """On a reader's thread: whose flows these are, and the rows, sealed."""
        flows = rejected_store.flows_of(tx, {*dropped, *(refusal.flow_id for refusal in batch)})
        most_body = self._settings.rejected_bytes_per_flow // 10
        rows = []
        for refusal in batch:
            flow = flows.get(refusal.flow_id)
            if flow is None:
                continue
            request = refusal.request
            whole = len(request.body) <= most_body and not _is_cut(request)
            content = self._vault.seal(
                sealed_request.encode(request, whole=whole), "rejected", flow.project_id, refusal.id
            )
            reason = _reason(refusal, flow)
            rows.append(
                NewRejection(
                    refusal.id,
                    flow.project_id,
                    refusal.flow_id,
                    reason,
                    refusal.status,
                    refusal.message,
                    request.method,
                    request.source,
                    _size(request),
                    whole,
                    content,
                    len(content) + _ROW,
                    refusal.received,
                )
            )
        return flows, rows


_REASONS: list[tuple[type[SwitchyardError], Reason]] = [
    (NotSignedIn, Reason.signature),
    (TooLarge, Reason.size),
    (HeadersTooLarge, Reason.size),
    (WrongMediaType, Reason.type),
    (NotAllowed, Reason.method),
    (Malformed, Reason.body),
    (HandshakeRefused, Reason.handshake),
    (FlowDisabled, Reason.disabled),
    (NoResponseWhileDisabled, Reason.disabled),
    (NotFound, Reason.unpublished),
    (Busy, Reason.rate),
    (Overloaded, Reason.backlog),
    (Unavailable, Reason.unavailable),
]


def reason_of(error: SwitchyardError) -> Reason:
    """Why a request was refused, by the error that it was refused with."""
    for kind, reason in _REASONS:
        if isinstance(error, kind):
            return reason
    return Reason.settings if error.status < 500 else Reason.error


def _reason(refusal: Refusal, flow: KnownFlow) -> Reason:
    """The reason as it is stored: only the store knows that a flow is deleted."""
    return Reason.deleted if flow.deleted else refusal.reason


def bytes_of(refusal: Refusal) -> int:
    """What a refusal takes up in memory, about."""
    return len(refusal.request.body) + 100 * len(refusal.request.headers) + _ROW


def _is_cut(request: Request) -> bool:
    """Whether the body was not read to its end: it was refused before."""
    return _size(request) > len(request.body)


def _size(request: Request) -> int:
    """Bytes of the body: as received, or as declared where it was refused unread."""
    declared = request.header(b"content-length")
    told = int(declared) if declared.isdigit() and len(declared) < 16 else 0
    return max(told, len(request.body))
