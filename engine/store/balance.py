"""The books audited: the ledger against itself and against a count of the tables.

It shares no code with what writes the ledger. Looked at is everything that was ever counted: a run that
retention deleted is in the ledger as `forgotten`, so that

    received = rejected + deduplicated + held + cut + runs that an event started
    held     = released + discarded + held now
    started  = runs stored + runs forgotten
    ended    = ended runs stored + ended runs forgotten, for each status

The totals of the instance are the sums of the hours of all flows.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from .tx import Tx

_ENDED = ("succeeded", "failed", "canceled", "timed_out")


class Difference(NamedTuple):
    """Two counts that should be one."""

    project_id: str
    flow_id: str
    environment: str
    what: str
    """What was counted: `received`, `ended succeeded`, `held now`."""
    ledger: int
    """By the ledger."""
    counted: int
    """By the tables, or by the other side of the sum."""


Key = tuple[str, str, str]
"""Project, flow, environment."""
Books = dict[Key, dict[str, int]]
"""For each of them: what was counted, with its reason behind a space (`ended failed`), and how often."""


def differences(tx: Tx, project_id: str | None = None) -> list[Difference]:
    """Everything that does not agree, in the whole instance or in one project; empty when the books
    balance."""
    books = _books(tx, project_id)
    found = [*_within(books), *_held(tx, books, project_id), *_runs(tx, books, project_id)]
    if project_id is None:
        found += _totals(tx)
    return found


def _books(tx: Tx, project_id: str | None) -> Books:
    where, values = _of(project_id)
    sql = (
        f"SELECT project_id, flow_id, environment, kind, reason, sum(count) FROM ledger{where} "  # noqa: S608
        "GROUP BY project_id, flow_id, environment, kind, reason"
    )
    books: Books = defaultdict(lambda: defaultdict(int))
    for project, flow, environment, kind, reason, count in tx.execute(sql, values):
        of = books[project, flow, environment]
        of[kind] += int(count)
        of[f"{kind} {reason}"] += int(count)
    return books


def _of(project_id: str | None) -> tuple[str, tuple[str, ...]]:
    return ("", ()) if project_id is None else (" WHERE project_id = ?", (project_id,))


def _within(books: Books) -> Iterator[Difference]:
    """What the ledger has to agree on with itself."""
    for key, of in books.items():
        outcomes = sum(of[kind] for kind in ("rejected", "deduplicated", "held", "cut", "started event"))
        if of["received"] != outcomes:
            yield Difference(*key, "received", of["received"], outcomes)


def _held(tx: Tx, books: Books, project_id: str | None) -> Iterator[Difference]:
    where, values = _of(project_id)
    sql = f"SELECT project_id, flow_id, count(*) FROM held_events{where} GROUP BY project_id, flow_id"  # noqa: S608
    stored = {(project, flow, "production"): int(count) for project, flow, count in tx.execute(sql, values)}
    for key in {*books, *stored}:
        of = books[key]
        expected = of["held"] - of["released"] - of["discarded"]
        if expected != stored.get(key, 0):
            yield Difference(*key, "held now", expected, stored.get(key, 0))


def _runs(tx: Tx, books: Books, project_id: str | None) -> Iterator[Difference]:
    where, values = _of(project_id)
    routed = "sum(CASE WHEN unrouted THEN 1 ELSE 0 END)"
    sql = (
        f"SELECT project_id, flow_id, environment, status, count(*), {routed} FROM runs{where} "  # noqa: S608
        "GROUP BY project_id, flow_id, environment, status"
    )
    stored: Books = defaultdict(lambda: defaultdict(int))
    for project, flow, environment, status, count, unrouted in tx.execute(sql, values):
        of = stored[project, flow, environment]
        of[status] += int(count)
        of["all"] += int(count)
        if status in _ENDED:
            of["unrouted"] += int(unrouted or 0)
    for key in {*books, *stored}:
        of, runs = books[key], stored[key]
        counts = [("started", of["started"], runs["all"] + of["forgotten"])]
        counts += [
            (f"ended {status}", of[f"ended {status}"], runs[status] + of[f"forgotten {status}"])
            for status in _ENDED
        ]
        counts.append(("unrouted", of["unrouted"], runs["unrouted"] + of["forgotten_unrouted"]))
        for what, counted, tables in counts:
            if counted != tables:
                yield Difference(*key, what, counted, tables)


def _totals(tx: Tx) -> Iterator[Difference]:
    """The totals that /metrics reads, against the hours of all flows."""
    read = "SELECT environment, kind, reason, {} FROM {} {}"
    hours = {
        (environment, f"{kind} {reason}".strip()): int(count)
        for environment, kind, reason, count in tx.execute(
            read.format("sum(count)", "ledger", "GROUP BY environment, kind, reason")
        )
    }
    totals = {
        (environment, f"{kind} {reason}".strip()): int(count)
        for environment, kind, reason, count in tx.execute(read.format("count", "ledger_totals", ""))
    }
    for environment, what in sorted({*hours, *totals}):
        one, other = totals.get((environment, what), 0), hours.get((environment, what), 0)
        if one != other:
            yield Difference("", "", environment, f"total {what}", one, other)
