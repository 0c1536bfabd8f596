"""Retention: delete what is too old, a little at a time, so that nothing accepted meanwhile has to wait."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from engine.base import clock
from engine.base.errors import unexpected
from engine.base.ids import new_id
from engine.base.settings import Settings

from . import cycle_guard, held_store, ledger, notice_store, rejected_store, topic_store, window_store
from .database import Database
from .tx import Tx

log = logging.getLogger("switchyard.retention")

_AT_ONCE = 500
_PERIOD = 600  # seconds between two sweeps
_PAUSE = 0.05  # seconds between two batches: what is accepted meanwhile goes first
_DEDUPE_DAYS = 7
_DRAFT_DAYS = 1
WINDOW_DAYS = 7
"""How long what a window held back waits for the next event with its key."""
LEDGER_DAYS = 35
"""How long the ledger has a row for each hour; what is older is one sum."""

DELETED_DAYS = 30
"""How long a deleted flow can be restored."""


def delete_old(tx: Tx, before: str, limit: int = _AT_ONCE) -> int:
    """Forget ended runs whose id is smaller than `before`, a few of them; how many."""
    found = tx.execute(
        "SELECT id, project_id, flow_id, environment, status, unrouted FROM runs "
        "WHERE id < ? AND status IN ('succeeded', 'failed', 'canceled', 'timed_out') "
        "ORDER BY id LIMIT ?",
        (before, limit),
    ).fetchall()
    for _, project_id, flow_id, environment, status, unrouted in found:
        ledger.count(tx, project_id, flow_id, "forgotten", 1, status, environment)
        if unrouted:
            ledger.count(tx, project_id, flow_id, "forgotten_unrouted", 1, "", environment)
    ids = [row[:1] for row in found]
    tx.execute_many("DELETE FROM journal WHERE run_id = ?", ids)
    tx.execute_many("DELETE FROM run_payloads WHERE run_id = ?", ids)
    tx.execute_many("DELETE FROM sealed_runs WHERE run_id = ?", ids)
    tx.execute_many("DELETE FROM run_labels WHERE run_id = ?", ids)
    tx.execute_many("DELETE FROM runs WHERE id = ?", ids)
    return len(found)


def forget_seen(tx: Tx, before: str, limit: int = _AT_ONCE) -> int:
    """Forget what identified events that came before a moment (ISO 8601), a few of them; how many."""
    return tx.execute(
        "DELETE FROM dedupe WHERE (flow_id, key) IN "
        "(SELECT flow_id, key FROM dedupe WHERE created < ? LIMIT ?)",
        (before, limit),
    ).rowcount


def forget_flows(tx: Tx, before: str, limit: int = 20) -> int:
    """Forget flows that were deleted before a moment (ISO 8601), with all that hangs on them, a few of
    them; how many. Their runs stay readable until they are old themselves."""
    found = tx.execute(
        "SELECT id FROM flows WHERE deleted < ? ORDER BY deleted LIMIT ?", (before, limit)
    ).fetchall()
    # A service that is still to be told needs what its trigger remembers; `triggers` forgets it then.
    tx.execute_many(
        "DELETE FROM trigger_states WHERE flow_id = ? AND flow_id NOT IN "
        "(SELECT flow_id FROM armed_triggers WHERE armed)",
        found,
    )
    tx.execute_many("DELETE FROM dedupe WHERE flow_id = ?", found)
    for (flow_id,) in found:
        held_store.forget_flow(tx, flow_id)
        notice_store.forget_flow(tx, flow_id)
        window_store.forget_flow(tx, flow_id)
    tx.execute_many("DELETE FROM store_items WHERE flow_id = ?", found)
    tx.execute_many("DELETE FROM flow_versions WHERE flow_id = ?", found)
    tx.execute_many("DELETE FROM draft_edits WHERE flow_id = ?", found)
    tx.execute_many("DELETE FROM unsaved_texts WHERE flow_id = ?", found)
    tx.execute_many("DELETE FROM flows WHERE id = ?", found)
    return len(found)


def forget_expired(tx: Tx, before: str, limit: int = _AT_ONCE) -> int:
    """Forget values of the store that expired before a moment (ISO 8601), a few of them; how many."""
    return tx.execute(
        "DELETE FROM store_items WHERE (project_id, flow_id, key) IN "
        "(SELECT project_id, flow_id, key FROM store_items WHERE expires < ? LIMIT ?)",
        (before, limit),
    ).rowcount


def forget_drafts(tx: Tx, before: str, limit: int = _AT_ONCE) -> int:
    """Forget drafts frozen for tests before a moment (ISO 8601) whose runs are all gone, a few of them;
    how many. One that is a flow's draft still stays: the next test takes it."""
    return tx.execute(
        "DELETE FROM flow_versions WHERE id IN (SELECT v.id FROM flow_versions v WHERE v.number = 0 "
        "AND v.created < ? "
        "AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.version = 0 AND r.version_id = v.id) "
        "AND NOT EXISTS (SELECT 1 FROM flows f WHERE f.id = v.flow_id AND f.digest = v.digest) LIMIT ?)",
        (before, limit),
    ).rowcount


def id_before(seconds: float) -> str:
    """A run's id that is smaller than all made at this moment or later."""
    return id_at(seconds, last=False)


def id_at(seconds: float, *, last: bool) -> str:
    """The smallest or largest run id of a moment."""
    made = new_id("run", at=seconds)
    return made[:14] + ("z" if last else "0") * 16


# -- the sweeper -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rule:
    """Forget with `forget`, a batch at a time, what is older than so many days."""

    forget: Callable[[Tx, str], int]
    """`forget(tx, before)` deletes one batch; how many rows that were."""
    days: float
    by_id: bool = False
    """`before` is an id (`id_before`), not a moment in ISO 8601."""

    @property
    def before(self) -> str:
        seconds = clock.now() - self.days * 86_400
        return id_before(seconds) if self.by_id else clock.to_iso(seconds)


def rules(settings: Settings) -> list[Rule]:
    """The rules of what this folder stores."""
    return [
        Rule(delete_old, settings.run_retention_days, by_id=True),
        Rule(topic_store.forget, settings.run_retention_days),
        Rule(cycle_guard.forget, settings.run_retention_days),
        Rule(rejected_store.forget, settings.rejected_retention_days, by_id=True),
        Rule(forget_seen, _DEDUPE_DAYS),
        Rule(forget_flows, DELETED_DAYS),
        Rule(ledger.carry, LEDGER_DAYS),
        Rule(forget_drafts, _DRAFT_DAYS),
        Rule(forget_expired, 0),
        Rule(window_store.forget_places, 0),
        Rule(window_store.forget_taken, 0),
        Rule(window_store.forget_left, WINDOW_DAYS),
    ]


class Sweeper:
    """Applies the rules every ten minutes."""

    def __init__(self, db: Database, rules: Sequence[Rule], then: Callable[[], Awaitable[object]]) -> None:
        """`then` ends each sweep: for what is forgotten in another way than by a rule."""
        self._db = db
        self._rules = tuple(rules)
        self._then = then
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._sweep_forever(), name="sweeper")

    async def stop(self) -> None:
        """Sweep no more; one that was never started is no error."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def sweep(self) -> None:
        """Forget all that is too old by now."""
        for rule in self._rules:
            await self._apply(rule)
        await self._then()

    async def _apply(self, rule: Rule) -> None:
        before, more = rule.before, 1
        while more:
            more = await self._db.submit(lambda tx: rule.forget(tx, before))
            await clock.pause(_PAUSE)

    async def _sweep_forever(self) -> None:
        while True:
            try:
                await self.sweep()
            except Exception as error:  # a sweep that fails must not end all others
                log.error("old rows could not be deleted: %s", error, exc_info=unexpected(error))
            await clock.sleep(_PERIOD)
