"""The SQL of triggers: what their pieces remember, and how they stand with their services."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlmodel import col, select

from engine.base.clock import now_iso

from .database import Database
from .models import ArmedTrigger, Dedupe, TriggerState
from .tx import Tx

State = dict[str, Any]
_AT_ONCE = 500  # values in one list of SQL
_ABSENT = object()


async def load(db: Database, flow_id: str, trigger: str) -> tuple[State, str]:
    """What a trigger remembers, and when that was saved ("" if never)."""
    row = await db.read(lambda tx: tx.session.get(TriggerState, (flow_id, trigger)))
    return ({}, "") if row is None else (orjson.loads(row.state), row.fired or "")


async def save(db: Database, project_id: str, flow_id: str, trigger: str, state: State) -> None:
    """Remember a trigger's state; call it once the runs it gave are durable."""
    await db.write(lambda tx: _put(tx, project_id, flow_id, trigger, state))


async def merge(
    db: Database, project_id: str, flow_id: str, trigger: str, before: State, after: State
) -> None:
    """Remember what changed from `before` to `after`, and leave what others changed meanwhile."""

    def change(tx: Tx) -> None:
        row = tx.session.get(TriggerState, (flow_id, trigger))
        state: State = {} if row is None else orjson.loads(row.state)
        for key in before.keys() | after.keys():
            if before.get(key, _ABSENT) == after.get(key, _ABSENT):
                continue
            if key in after:
                state[key] = after[key]
            else:
                state.pop(key, None)
        _put(tx, project_id, flow_id, trigger, state)

    await db.write(change)


async def rows(db: Database) -> list[ArmedTrigger]:
    """Every trigger that is armed or in trouble."""
    return await db.read(lambda tx: list(tx.session.exec(select(ArmedTrigger)).all()))


async def put(db: Database, row: ArmedTrigger, state: State | None = None) -> None:
    """Store how a trigger stands, with what it remembers when `state` is given."""

    def change(tx: Tx) -> None:
        tx.session.merge(row)
        if state is not None:
            _put(tx, row.project_id, row.flow_id, row.trigger, state)

    await db.write(change)


async def forget(db: Database, flow_id: str, trigger: str) -> None:
    """A trigger that is gone from its flow leaves nothing."""

    def change(tx: Tx) -> None:
        for table in (ArmedTrigger, TriggerState):
            for row in tx.session.exec(
                select(table).where(col(table.flow_id) == flow_id, col(table.trigger) == trigger)
            ):
                tx.session.delete(row)

    await db.write(change)


async def forget_state(db: Database, flow_id: str, trigger: str) -> None:
    """A trigger that begins anew remembers nothing."""

    def change(tx: Tx) -> None:
        row = tx.session.get(TriggerState, (flow_id, trigger))
        if row is not None:
            tx.session.delete(row)

    await db.write(change)


async def fired(db: Database, flow_id: str, keys: Sequence[str]) -> set[str]:
    """Those of the dedupe keys that a run of the flow has."""

    def ask(tx: Tx) -> set[str]:
        found: set[str] = set()
        for at in range(0, len(keys), _AT_ONCE):
            some = col(Dedupe.key).in_(keys[at : at + _AT_ONCE])
            found.update(tx.session.exec(select(Dedupe.key).where(col(Dedupe.flow_id) == flow_id, some)))
        return found

    return await db.read(ask)


def _put(tx: Tx, project_id: str, flow_id: str, trigger: str, state: State) -> None:
    row = tx.session.get(TriggerState, (flow_id, trigger)) or TriggerState(
        flow_id=flow_id, trigger=trigger, project_id=project_id
    )
    row.state, row.fired = orjson.dumps(state).decode(), now_iso()
    tx.session.add(row)
