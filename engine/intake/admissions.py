"""Admit rejected requests once their cause is fixed: in order of arrival, once each."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.base import clock
from engine.base.actor import Actor, Permission
from engine.base.errors import Busy, Conflict, SwitchyardError, Unavailable
from engine.base.payloads import AdmittedData, flow_ref
from engine.store import rejected_store
from engine.store.database import Database
from engine.store.emit import Emit
from engine.store.rejected_store import RejectedFilter, StoredRejection
from engine.store.tx import Tx

from .admission import Admission
from .rejected import Opened, Rejected, bounded
from .webhooks import Intake

MOST = 1_000
"""Requests that are admitted by one call."""
_PAGE = 100
_SHOWN = 100  # requests that are still refused, whose messages are returned


@dataclass(frozen=True)
class StillRefused:
    """A request that was not admitted."""

    id: str
    message: str


@dataclass
class Admitted:
    """What became of the requests that were to be admitted."""

    run: int = 0
    """Requests that started runs."""
    duplicate: int = 0
    """Requests whose event had a run already."""
    held: int = 0
    """Requests whose event is held, because the flow is disabled."""
    refused: list[StillRefused] = field(default_factory=list)
    """Requests that are still refused; the first hundred."""
    still_refused: int = 0
    more: bool = False
    """Others match that were not tried: too many for one call, or the backlog is full."""

    @property
    def total(self) -> int:
        return self.run + self.duplicate + self.held


class Admissions:
    """The service; one for the process."""

    def __init__(self, db: Database, rejected: Rejected, intake: Intake, emit: Emit) -> None:
        self._db = db
        self._rejected = rejected
        self._intake = intake
        self._emit = emit
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def admit(self, actor: Actor, id: str, *, verify: bool = True) -> StoredRejection:
        """Receive a rejected request again; what became of it. One that was admitted before stays as it is.

        Replay windows are judged by the time of its arrival. Without `verify`, which needs an admin, the
        signature is not looked at. Raises `NotFound`, `Forbidden`, `Conflict` that says what still stands
        against it, and `Unavailable` while the server cannot take it.
        """
        self._check(actor, verify)
        project_id = str(actor.project_id)
        opened = await self._rejected.open(project_id, id)
        async with self._turns[opened.stored.flow_id]:
            opened = await self._rejected.open(project_id, id)  # it may have been admitted meanwhile
            if opened.stored.admitted is None:
                await self._admit(actor, opened, verify)
                if verify:
                    await self._db.write(lambda tx: self._tell(tx, actor, opened.stored, 1, verified=True))
        return (await self._rejected.open(project_id, id)).stored

    async def admit_all(
        self, actor: Actor, wanted: RejectedFilter, ids: Sequence[str] | None = None, *, verify: bool = True
    ) -> Admitted:
        """Admit the requests that match, only those of `ids` where they are given, in order of arrival; at
        most 1,000. Raises `Forbidden`."""
        self._check(actor, verify)
        chosen = None if ids is None else set(bounded(ids))
        done, tried, after = Admitted(), 0, ""
        admitted: dict[str, list[StoredRejection]] = defaultdict(list)
        try:
            while True:
                page = await self._next(wanted, after)
                if not page:
                    return done
                for id in page:
                    if chosen is not None and id not in chosen:
                        continue
                    if tried >= MOST:
                        done.more = True
                        return done
                    tried += 1
                    try:
                        await self._one(actor, id, verify, done, admitted)
                    except (Busy, Unavailable):  # the same again when there is room
                        done.more = True
                        return done
                after = page[-1]
        finally:
            if verify and admitted:
                await self._db.write(lambda tx: self._tell_all(tx, actor, admitted))

    async def _next(self, wanted: RejectedFilter, after: str) -> list[str]:
        return await self._db.read(lambda tx: rejected_store.open_ids(tx, wanted, after, _PAGE))

    async def _one(
        self,
        actor: Actor,
        id: str,
        verify: bool,
        done: Admitted,
        admitted: dict[str, list[StoredRejection]],
    ) -> None:
        opened = await self._rejected.open(str(actor.project_id), id)
        stored = opened.stored
        async with self._turns[stored.flow_id]:
            try:
                outcome = await self._admit(actor, opened, verify)
            except Conflict as error:
                done.still_refused += 1
                if len(done.refused) < _SHOWN:
                    done.refused.append(StillRefused(id, error.message))
                return
        setattr(done, outcome, getattr(done, outcome) + 1)
        admitted[stored.flow_id].append(stored)

    async def _admit(self, actor: Actor, opened: Opened, verify: bool) -> str:
        """Receive one request again; `run`, `duplicate` or `held`. Raises `Conflict`, and `Busy` and
        `Unavailable` as they come."""
        stored = opened.stored
        if not stored.whole:
            raise Conflict("The body of this request was not stored, so it cannot be admitted.")
        # Whoever skips the verification is written down with the run itself.
        then = None if verify else lambda tx: self._tell(tx, actor, stored, 1, verified=False)
        admission = Admission(
            self._db, stored.id, clock.from_iso(stored.received), actor.user_id or actor.key_id,
            verifies=verify, then=then,
        )  # fmt: skip
        try:
            accepted = await self._intake.admit(stored.flow_id, opened.request, admission)
        except (Busy, Unavailable):
            raise
        except SwitchyardError as error:
            details = {"code": error.code, "status": error.status}
            raise Conflict(f"Still refused: {error.message}", details=details) from error
        if accepted[-1].duplicate:
            return "duplicate"
        return "held" if accepted[-1].run_id.startswith("hld_") else "run"

    def _check(self, actor: Actor, verify: bool) -> None:
        actor.require(Permission.edit if verify else Permission.admin)

    def _tell_all(self, tx: Tx, actor: Actor, admitted: dict[str, list[StoredRejection]]) -> None:
        for found in admitted.values():
            self._tell(tx, actor, found[0], len(found), verified=True)

    def _tell(self, tx: Tx, actor: Actor, stored: StoredRejection, requests: int, *, verified: bool) -> None:
        data: AdmittedData = {
            "flow": flow_ref(stored.flow_id, stored.flow_name or stored.flow_id),
            "requests": requests,
            "verified": verified,
        }
        self._emit(tx, "flow.event.admitted", data, actor, stored.project_id)
