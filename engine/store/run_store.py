"""The SQL of a run's life: accept, mark, checkpoint, suspend, resume, end, recover.

Every function here runs in its caller's transaction: the writer's, or, where it only asks, a reader's. A
transition is one conditional UPDATE whose row count shows whether it happened.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from engine.base import clock
from engine.base.journal import NO_EFFECTS, Effects, encode

from . import hazards, ledger, ordering, sealed_store, unrouted_store
from .models import RunStatus
from .ordering import OrderSlot, Woken
from .sealed_store import Sealed
from .tx import Tx


class StoredRun(NamedTuple):
    """What a run was given and what it has done, as everybody may see it, and its sealed parts."""

    payload: bytes
    journal: list[tuple[int, bytes]]
    """Entries with their numbers: one may be missing between two that tracks beside each other wrote."""
    sealed: list[Sealed]


@dataclass(slots=True)
class NewRun:
    """An event that was let in, not yet durable."""

    id: str
    project_id: str
    flow_id: str
    version_id: str
    version: int
    trigger: str
    payload: bytes  # JSON of the event
    event: Any  # the same, parsed
    created: str
    environment: str = "production"
    dedupe: str | None = None
    lineage: tuple[str, ...] = ()
    parent_run_id: str | None = None
    retry_of: str | None = None
    journal: bytes | None = None  # records taken over from the run that is retried
    then: Callable[[Tx], None] | None = None  # in the transaction that accepts it
    order_key: str | None = None
    in_turn: bool = True  # False once it is stored and waits for its turn
    hidden: frozenset[str | int | float] = frozenset()  # values that nobody but the run may see
    sealed: list[Sealed] = field(default_factory=list)
    origin: str = "event"  # one of `ledger.ORIGINS`
    identity: str | None = None  # like `dedupe`, which may say how we came by the event instead
    within: float | None = None  # seconds after which the same identity is a new event
    labels: list[tuple[str, str]] = field(default_factory=list)  # its title under the name ""
    replay: int = 0  # grows with each replay of a topic, so that what is read again is no repeat

    def warn(self, text: str) -> None:
        """Note on the event, before it is stored, what whoever looks at the run should know."""
        if isinstance(self.event, dict):
            self.event = {**self.event, "warnings": [*self.event.get("warnings", ()), text]}
            self.payload = encode(self.event)


@dataclass(slots=True)
class Ending:
    """How a run ended, or that it waits."""

    status: RunStatus
    path: list[str]
    warnings: int
    unrouted: bool
    active_ms: int
    error: dict[str, Any] | None
    at: str  # when, ISO 8601
    started: str
    resume_at: str | None = None
    entry: bytes | None = None
    number: int = 0
    response: bytes | None = None  # what a respond action gave since the last checkpoint
    awaits: list[str] = field(default_factory=list)  # the runs it waits for
    sealed: list[Sealed] = field(default_factory=list)  # its journal entry and response as they really are
    effects: Effects = NO_EFFECTS  # what became of those tried since the last checkpoint
    no_action: bool = False  # it succeeded, and no step of it had an effect


@dataclass(slots=True)
class Arrival:
    """A new run to store: queued, running, or with what it did at once."""

    run: NewRun
    status: RunStatus
    begun: Ending | None = None
    """What it has done; with a terminal status it ended so."""
    then: Callable[[Tx], None] | None = None
    """Called in the same transaction, unless the event is a duplicate."""


# What is the same for all new runs is not bound: a parameter costs more than a literal.
_COLUMNS = (
    "id, project_id, flow_id, version_id, version, environment, trigger, status, lineage, parent_run_id, "
    "retry_of, created, order_key, repeats"
)
_INSERT = (
    f"INSERT INTO runs ({_COLUMNS}, unrouted, warnings, path, active_ms) "  # noqa: S608 - our own words
    f"SELECT {', '.join(f'v.column{number}' for number in range(1, 14))}, FALSE, FALSE, 0, '[]', 0 FROM ("
)
_INSERT_BEGUN = (
    f"INSERT INTO runs ({_COLUMNS}, unrouted, warnings, path, active_ms, error, started, finished, response, "  # noqa: S608 - our own words
    "no_action) "
    f"SELECT {', '.join(f'v.column{number}' for number in range(1, 14))}, FALSE, "
    f"{', '.join(f'v.column{number}' for number in range(14, 23))} FROM ("
)
_OF_ROWS = ") AS v WHERE v.column1 IS NOT NULL"
_END = (
    "UPDATE runs SET status = v.column2, path = v.column3, warnings = v.column4, unrouted = v.column5, "
    "active_ms = v.column6, error = v.column7, started = COALESCE(started, v.column8), "
    "finished = v.column9, response = COALESCE(v.column10, response), no_action = v.column11, "
    "resume_at = NULL FROM ("
)
_WHERE_OPEN = ") AS v WHERE runs.id = v.column1 AND runs.status IN ('queued', 'running') "
_RETURNING = "RETURNING runs.id, runs.project_id, runs.flow_id, runs.environment, runs.retry_of"


def accept(tx: Tx, arrivals: list[Arrival]) -> list[str]:
    """Store accepted events. Gives the id of each one's run; of a duplicate, that of the first run. A run
    whose turn it is not is stored as waiting, and says so (`in_turn`)."""
    ids = claim(tx, [one.run for one in arrivals])
    new = [one for one, first_id in zip(arrivals, ids, strict=True) if one.run.id == first_id]
    ordered = [one.run for one in new if one.run.order_key is not None]
    if ordered:
        taken = ordering.taken(tx, [OrderSlot(run.flow_id, str(run.order_key)) for run in ordered])
        for run, must_wait in zip(ordered, taken, strict=True):
            run.in_turn = not must_wait
    if any(one.begun is not None for one in new):
        tx.rows(_INSERT_BEGUN, [(*_row(one), *_row_of(one)) for one in new], _OF_ROWS)
    else:
        tx.rows(_INSERT, [_row(one) for one in new], _OF_ROWS)
    tx.rows("INSERT INTO run_payloads (run_id, payload)", [(one.run.id, one.run.payload) for one in new])
    labels = [(one.run.id, name, one.run.project_id, text) for one in new for name, text in one.run.labels]
    if labels:
        tx.rows("INSERT INTO run_labels (run_id, name, project_id, value)", labels)
    entries = [(one.run.id, 0, entry) for one in new if (entry := _first_entry(one)) is not None]
    if entries:
        tx.rows("INSERT INTO journal (run_id, number, records)", entries)
    for one in new:
        sealed_store.store(tx, one.run.sealed)
        if one.begun is not None:
            _count_begun(tx, one.run, one.begun)
        if one.run.then is not None:
            one.run.then(tx)
        if one.then is not None:
            one.then(tx)
    for one, first_id in zip(arrivals, ids, strict=True):
        run = one.run
        if run.origin == "event":
            ledger.count(tx, run.project_id, run.flow_id, "received", 1, "", run.environment)
        if run.id == first_id:
            ledger.count(tx, run.project_id, run.flow_id, "started", 1, run.origin, run.environment)
        elif run.origin == "event":
            ledger.count(tx, run.project_id, run.flow_id, "deduplicated", 1, "", run.environment)
    return ids


def claim(tx: Tx, runs: Sequence[NewRun]) -> list[str]:
    """Note what identifies these events. Gives for each the id under which it is known: its own, or that of
    the first run, or held event, with the same identity."""
    ids = [run.id for run in runs]
    keyed = [run for run in runs if run.dedupe is not None]
    if keyed:
        first = _claim_keys(tx, keyed)
        ids = [first.get(run_id, run_id) for run_id in ids]
    identified = [run for run, id in zip(runs, ids, strict=True) if run.identity and id == run.id]
    if identified:
        seen = {run.id: _claim_identity(tx, run) for run in identified}
        ids = [seen.get(run_id, run_id) for run_id in ids]
    return ids


def _row(one: Arrival) -> tuple[Any, ...]:
    run = one.run
    lineage = orjson.dumps(run.lineage).decode() if run.lineage else "[]"
    return (
        run.id, run.project_id, run.flow_id, run.version_id, run.version, run.environment, run.trigger,
        (one.status if run.in_turn else RunStatus.waiting).value, lineage, run.parent_run_id, run.retry_of,
        run.created, run.order_key,
    )  # fmt: skip


_NOT_BEGUN = (False, 0, "[]", 0, None, None, None, None, False)


def _row_of(one: Arrival) -> tuple[Any, ...]:
    """What a run did at once, in the order of the columns."""
    begun = one.begun
    if begun is None:
        return _NOT_BEGUN
    response = None if begun.response is None else begun.response.decode()
    if begun.status is RunStatus.running:
        return (False, 0, "[]", 0, None, begun.started, None, response, False)
    return (
        begun.unrouted, begun.warnings, _path(begun), begun.active_ms, _text(begun.error), begun.started,
        begun.at, response, begun.no_action,
    )  # fmt: skip


def _first_entry(one: Arrival) -> bytes | None:
    """The first journal entry of a new run: what it did at once, or steps reused from another run."""
    return one.run.journal if one.begun is None else one.begun.entry


def _count_begun(tx: Tx, run: NewRun, begun: Ending) -> None:
    sealed_store.store(tx, begun.sealed)
    if begun.status is not RunStatus.running:
        _count_end(tx, begun, run.project_id, run.flow_id, run.environment)
        if run.retry_of is not None:
            unrouted_store.settle(tx, run.id, run.retry_of, begun)
    elif begun.effects is not NO_EFFECTS:
        ledger.count_effects(tx, run.project_id, run.flow_id, run.environment, begun.effects)


def _claim_keys(tx: Tx, keyed: list[NewRun]) -> dict[str, str]:
    """Note what identifies these events; for each that was seen before, its run's id → the first run's."""
    noted = tx.rows(
        "INSERT INTO dedupe (flow_id, key, run_id, created)",
        [(run.flow_id, run.dedupe, run.id, run.created) for run in keyed],
        "ON CONFLICT DO NOTHING RETURNING run_id",
    )
    fresh = {row[0] for row in noted}
    return {
        run.id: tx.execute(
            "SELECT run_id FROM dedupe WHERE flow_id = ? AND key = ?", (run.flow_id, run.dedupe)
        ).fetchone()[0]
        for run in keyed
        if run.id not in fresh
    }


_CLAIM = (
    "INSERT INTO dedupe (flow_id, key, run_id, created) VALUES (?, ?, ?, ?) ON CONFLICT (flow_id, key) "
    "DO UPDATE SET run_id = excluded.run_id, created = excluded.created WHERE dedupe.created <= ? "
    "RETURNING run_id"
)


def _claim_identity(tx: Tx, run: NewRun) -> str:
    """The id of the run that an event's identity belongs to: this one's, unless it was seen within its
    window."""
    until = "" if run.within is None else clock.to_iso(clock.from_iso(run.created) - run.within)
    row = tx.execute(_CLAIM, (run.flow_id, run.identity, run.id, run.created, until)).fetchone()
    if row is None:
        row = tx.execute(
            "SELECT run_id FROM dedupe WHERE flow_id = ? AND key = ?", (run.flow_id, run.identity)
        ).fetchone()
    return str(row[0])


def append(tx: Tx, run_id: str, number: int, entry: bytes) -> None:
    """Append an entry to a run's journal."""
    tx.execute("INSERT INTO journal (run_id, number, records) VALUES (?, ?, ?)", (run_id, number, entry))


@dataclass(slots=True)
class Checkpoint:
    """What a run has done since it was stored last."""

    run_id: str
    project_id: str
    flow_id: str
    environment: str
    started: str
    number: int
    entry: bytes | None
    response: bytes | None
    sealed: list[Sealed]
    effects: Effects


_RUNNING = (
    "UPDATE runs SET status = 'running', started = COALESCE(started, v.column2), "
    "response = COALESCE(v.column3, response) FROM ("
)


def checkpoint(tx: Tx, checkpoints: list[Checkpoint]) -> list[bool]:
    """queued or running → running, with what the runs have done and answered so far. False for a run that is
    open no more (it was canceled)."""
    # Tracks beside each other may each have one for their run, and of the rows for a run only one counts.
    quiet = [(one.run_id, one.started, None) for one in checkpoints if one.response is None]
    found = tx.rows(_RUNNING, quiet, _WHERE_OPEN + "RETURNING runs.id")
    for one in checkpoints:
        if one.response is not None:
            row = (one.run_id, one.started, one.response.decode())
            found += tx.rows(_RUNNING, [row], _WHERE_OPEN + "RETURNING runs.id")
    tx.rows(
        "INSERT INTO journal (run_id, number, records)",
        [(one.run_id, one.number, one.entry) for one in checkpoints if one.entry is not None],
    )
    for one in checkpoints:
        sealed_store.store(tx, one.sealed)
        ledger.count_effects(tx, one.project_id, one.flow_id, one.environment, one.effects)
    is_open = {row[0] for row in found}
    return [one.run_id in is_open for one in checkpoints]


def mark_begun(tx: Tx, run_id: str, started: str) -> bool:
    """queued → running, for a run that has never begun. False for any other."""
    cursor = tx.execute(
        "UPDATE runs SET status = 'running', started = ? "
        "WHERE id = ? AND started IS NULL AND status IN ('queued', 'running')",
        (started, run_id),
    )
    return cursor.rowcount == 1


@dataclass(slots=True)
class End:
    """A run's end to store. `then` is called in the same transaction, if the run was open until now, and
    gives the runs that it woke; then its order slot, if it holds one, is passed on."""

    run_id: str
    ending: Ending
    then: Callable[[Tx], Sequence[Woken]] | None = None
    slot: OrderSlot | None = None


def end(tx: Tx, ends: list[End]) -> list[Sequence[Woken] | None]:
    """queued or running → a terminal status, with the rest of the journal. Gives the runs that it woke, and
    None for a run that had ended already (it was canceled meanwhile)."""
    found = tx.rows(_END, [_ending(one) for one in ends], _WHERE_OPEN + _RETURNING)
    ended = {row[0]: row[1:] for row in found}
    tx.rows(
        "INSERT INTO journal (run_id, number, records)",
        [(one.run_id, one.ending.number, one.ending.entry) for one in ends if one.ending.entry is not None],
    )
    for one in ends:
        sealed_store.store(tx, one.ending.sealed)
        if one.run_id in ended:
            *where, retry_of = ended[one.run_id]
            _count_end(tx, one.ending, *where)
            if retry_of is not None:
                unrouted_store.settle(tx, one.run_id, retry_of, one.ending)
        elif one.ending.effects is not NO_EFFECTS:
            _count_effects(tx, one.run_id, one.ending.effects)
    return [_woken(tx, one) if one.run_id in ended else None for one in ends]


def _count_end(tx: Tx, ending: Ending, project_id: str, flow_id: str, environment: str) -> None:
    status = ending.status.value
    ledger.count_end(tx, project_id, flow_id, environment, status, unrouted=ending.unrouted)
    if ending.no_action:
        ledger.count(tx, project_id, flow_id, "no_action", 1, "", environment)
    if ending.effects is not NO_EFFECTS:
        ledger.count_effects(tx, project_id, flow_id, environment, ending.effects)


def _count_effects(tx: Tx, run_id: str, effects: Effects) -> None:
    row = tx.execute("SELECT project_id, flow_id, environment FROM runs WHERE id = ?", (run_id,)).fetchone()
    if row is not None:
        project_id, flow_id, environment = row
        ledger.count_effects(tx, project_id, flow_id, environment, effects)


def _woken(tx: Tx, one: End) -> Sequence[Woken]:
    woken = one.then(tx) if one.then is not None else ()
    return woken if one.slot is None else (*woken, *ordering.pass_on(tx, one.slot))


def _ending(one: End) -> tuple[Any, ...]:
    ending = one.ending
    return (
        one.run_id, ending.status.value, _path(ending), ending.warnings, ending.unrouted,
        ending.active_ms, _text(ending.error), ending.started, ending.at,
        None if ending.response is None else ending.response.decode(), ending.no_action,
    )  # fmt: skip


def end_canceled(tx: Tx, run_id: str, ending: Ending) -> Sequence[Woken] | None:
    """What a run did until somebody canceled it, for those who look at it. Gives None, as `end` does."""
    if ending.unrouted:
        row = tx.execute(
            "SELECT project_id, flow_id, environment FROM runs "
            "WHERE id = ? AND status = 'canceled' AND NOT unrouted",
            (run_id,),
        ).fetchone()
        if row is not None:
            ledger.count(tx, row[0], row[1], "unrouted", 1, "", row[2])
    tx.execute(
        "UPDATE runs SET path = ?, warnings = ?, unrouted = ?, active_ms = ?, started = "
        "COALESCE(started, ?), response = COALESCE(?, response) WHERE id = ? AND status = 'canceled'",
        (
            _path(ending), ending.warnings, ending.unrouted, ending.active_ms,
            ending.started, None if ending.response is None else ending.response.decode(), run_id,
        ),
    )  # fmt: skip
    sealed_store.store(tx, ending.sealed)
    if ending.entry is not None:
        append(tx, run_id, ending.number, ending.entry)
    if ending.effects is not NO_EFFECTS:
        _count_effects(tx, run_id, ending.effects)
    return None


def suspend(tx: Tx, run_id: str, ending: Ending) -> bool | None:
    """running → waiting. True when a run that it waits for is over already, and it is queued again;
    None when it was open no more (it was canceled meanwhile)."""
    cursor = tx.execute(
        "UPDATE runs SET status = 'waiting', path = ?, warnings = ?, unrouted = ?, active_ms = ?, "
        "repeats = FALSE, started = COALESCE(started, ?), resume_at = ?, response = COALESCE(?, response) "
        "WHERE id = ? AND status IN ('queued', 'running')",
        (
            _path(ending), ending.warnings, ending.unrouted, ending.active_ms,
            ending.started, ending.resume_at,
            None if ending.response is None else ending.response.decode(), run_id,
        ),
    )  # fmt: skip
    sealed_store.store(tx, ending.sealed)
    if ending.entry is not None:
        append(tx, run_id, ending.number, ending.entry)
    if ending.effects is not NO_EFFECTS:
        _count_effects(tx, run_id, ending.effects)
    if cursor.rowcount == 0:
        return None
    for child in ending.awaits:
        over = tx.execute("SELECT finished FROM runs WHERE id = ?", (child,)).fetchone()
        if over is None or over[0] is not None:
            return bool(wake_one(tx, run_id))
    return False


def wake_one(tx: Tx, run_id: str) -> list[Woken]:
    """waiting → queued; the run, or nothing when it does not wait."""
    found = tx.execute(
        "UPDATE runs SET status = 'queued', resume_at = NULL WHERE id = ? AND status = 'waiting' "
        "RETURNING flow_id, project_id, id",
        (run_id,),
    ).fetchall()
    return [Woken(*row) for row in found]


def wake_due(tx: Tx, now: str, limit: int = 500) -> list[Woken]:
    """Queue again the runs whose time has come; those."""
    found = tx.execute(
        "UPDATE runs SET status = 'queued', resume_at = NULL WHERE id IN "
        "(SELECT id FROM runs WHERE status = 'waiting' AND resume_at <= ? ORDER BY resume_at LIMIT ?) "
        "RETURNING flow_id, project_id, id",
        (now, limit),
    ).fetchall()
    return [Woken(*row) for row in found]


def wake_all(tx: Tx) -> list[Woken]:
    """Queue again all runs that wait for a time: each looks whether it has come. Those."""
    found = tx.execute(
        "UPDATE runs SET status = 'queued', resume_at = NULL "
        "WHERE status = 'waiting' AND resume_at IS NOT NULL RETURNING flow_id, project_id, id"
    ).fetchall()
    return [Woken(*row) for row in found]


def is_behind(tx: Tx, now: str) -> bool:
    """Whether the newest run came later than now: the clock was set back while no process was there."""
    row = tx.execute("SELECT created FROM runs ORDER BY position DESC LIMIT 1").fetchone()
    return row is not None and str(row[0]) > now


def next_due(tx: Tx) -> str | None:
    """When the first waiting run is due."""
    row = tx.execute("SELECT min(resume_at) FROM runs WHERE status = 'waiting'").fetchone()
    return row[0] if row else None


class Stopped(NamedTuple):
    """What a cancel did."""

    woken: list[Woken]
    """The run that waited for the one canceled, if any."""
    below: list[Woken]
    """The runs that the one canceled waited for, and theirs: they are canceled with it."""


_BELOW = (
    "WITH RECURSIVE below(id) AS (SELECT id FROM runs WHERE parent_run_id = ? "
    "UNION SELECT runs.id FROM runs JOIN below ON runs.parent_run_id = below.id) "
    "UPDATE runs SET status = 'canceled', finished = ?, resume_at = NULL, error = ? "
    "WHERE id IN (SELECT id FROM below) AND status IN ('queued', 'running', 'waiting') "
    "RETURNING flow_id, project_id, id, environment, unrouted"
)
CANCELED_ABOVE = "The run that waited for this one was canceled."


def cancel(tx: Tx, project_id: str, run_id: str, at: str, message: str) -> Stopped | None:
    """queued, running or waiting → canceled, with the runs that it waits for. None when it had ended."""
    row = tx.execute(
        "UPDATE runs SET status = 'canceled', finished = ?, resume_at = NULL, error = ? "
        "WHERE id = ? AND project_id = ? AND status IN ('queued', 'running', 'waiting') "
        "RETURNING parent_run_id, flow_id, environment, unrouted",
        (at, _text({"kind": "canceled", "message": message}), run_id, project_id),
    ).fetchone()
    if row is None:
        return None
    ledger.count_end(tx, project_id, row[1], row[2], "canceled", unrouted=bool(row[3]))
    return Stopped(wake_one(tx, row[0]) if row[0] else [], cancel_below(tx, run_id, at))


def cancel_below(tx: Tx, run_id: str, at: str) -> list[Woken]:
    """End the runs that a run waits for, and those that they wait for; which were open."""
    error = _text({"kind": "canceled", "message": CANCELED_ABOVE})
    ended = tx.execute(_BELOW, (run_id, at, error)).fetchall()
    for flow_id, project_id, _, environment, unrouted in ended:
        ledger.count_end(tx, project_id, flow_id, environment, "canceled", unrouted=bool(unrouted))
    return [Woken(*one[:3]) for one in ended]


def recover(tx: Tx) -> int:
    """Queue again what was running when the process ended. How many there were."""
    hazards.recover(tx)
    cursor = tx.execute("UPDATE runs SET status = 'queued', repeats = TRUE WHERE status = 'running'")
    return cursor.rowcount


def backlog(tx: Tx) -> list[tuple[str, str, int]]:
    """(flow id, project id, queued runs) for each flow that has any."""
    return tx.execute(
        "SELECT flow_id, project_id, count(*) FROM runs WHERE status = 'queued' GROUP BY flow_id, project_id"
    ).fetchall()


@dataclass(slots=True)
class Stored:
    """A queued run as it is loaded again."""

    id: str
    project_id: str
    flow_id: str
    version_id: str
    version: int
    environment: str
    trigger: str
    lineage: tuple[str, ...]
    repeats: bool
    active_ms: int
    parent_run_id: str | None
    created: str
    order_key: str | None
    hazard: bool
    """It was being evaluated when a process ended."""
    payload: bytes | None
    """The event, unless it is a large one; None too for a run that has begun, and for a masked event."""


_LOAD = (
    "SELECT r.id, project_id, flow_id, version_id, version, environment, trigger, lineage, repeats, "
    "active_ms, parent_run_id, created, order_key, "
    "EXISTS (SELECT 1 FROM hazards h WHERE h.run_id = r.id AND h.ends > 0) AS hazard, "
    "CASE WHEN started IS NULL AND length(payload) <= ? "
    "AND NOT EXISTS (SELECT 1 FROM journal j WHERE j.run_id = r.id) "
    "AND NOT EXISTS (SELECT 1 FROM sealed_runs s WHERE s.run_id = r.id) THEN payload END "
    "FROM runs r LEFT JOIN run_payloads p ON p.run_id = r.id "
    "WHERE status = 'queued' AND flow_id = ? ORDER BY r.position LIMIT ?"
)


def own_limit(tx: Tx, version_id: str) -> int | None:
    """How many runs at the same time a flow version allows itself; None when it does not say."""
    row = tx.execute("SELECT definition FROM flow_versions WHERE id = ?", (version_id,)).fetchone()
    settings = (orjson.loads(row[0]).get("settings") or {}) if row else {}
    found = settings.get("concurrency")
    return found if isinstance(found, int) else None


def is_stored(tx: Tx, run_id: str) -> bool:
    return tx.execute("SELECT 1 FROM runs WHERE id = ?", (run_id,)).fetchone() is not None


def queued(tx: Tx, flow_id: str, limit: int, largest: int) -> list[Stored]:
    """The oldest queued runs of a flow, with events of up to `largest` bytes."""
    return [_stored(row) for row in tx.execute(_LOAD, (largest, flow_id, limit))]


def _stored(row: tuple[Any, ...]) -> Stored:
    values = list(row)
    values[7], values[8] = tuple(orjson.loads(values[7])), bool(values[8])  # lineage, repeats
    values[13] = bool(values[13])  # hazard
    return Stored(*values)


def payload_and_journal(tx: Tx, run_id: str) -> tuple[bytes, list[bytes]]:
    """What a run was given, and what it has done, as everybody may see it."""
    row = tx.execute("SELECT payload FROM run_payloads WHERE run_id = ?", (run_id,)).fetchone()
    entries = tx.execute("SELECT records FROM journal WHERE run_id = ? ORDER BY number", (run_id,))
    return (row[0] if row else b"null"), [entry[0] for entry in entries]


def stored_run(tx: Tx, run_id: str) -> StoredRun:
    """A run with its sealed parts, for whoever goes on with it."""
    row = tx.execute("SELECT payload FROM run_payloads WHERE run_id = ?", (run_id,)).fetchone()
    entries = tx.execute("SELECT number, records FROM journal WHERE run_id = ? ORDER BY number", (run_id,))
    journal = [(number, records) for number, records in entries]
    return StoredRun(row[0] if row else b"null", journal, sealed_store.of_run(tx, run_id))


def _path(ending: Ending) -> str:
    return orjson.dumps(ending.path).decode()


def _text(value: Any) -> str | None:
    return None if value is None else encode(value).decode()


_FACTS = (
    "SELECT r.id, r.project_id, r.flow_id, r.version_id, r.environment, r.trigger, r.status, r.started, "
    "r.finished, r.active_ms, r.unrouted, r.warnings, r.lineage, f.name FROM runs r "
    "LEFT JOIN flows f ON f.id = r.flow_id WHERE r.id = ?"
)


def facts(tx: Tx, run_id: str) -> tuple[Any, ...] | None:
    """What an event says of a run, its flow's name last; None without such a run."""
    row: tuple[Any, ...] | None = tx.execute(_FACTS, (run_id,)).fetchone()
    return row


def outcome(tx: Tx, project_id: str, run_id: str) -> dict[str, Any] | None:
    """Where a run stands, for the run that called it."""
    row = tx.execute(
        "SELECT status, error, response FROM runs WHERE id = ? AND project_id = ?", (run_id, project_id)
    ).fetchone()
    if row is None:
        return None
    return {
        "run_id": run_id,
        "status": row[0],
        "error": orjson.loads(row[1]) if row[1] else None,
        "response": orjson.loads(row[2]) if row[2] else None,
    }
