"""The SQL of runs as people ask for them: lists, and one in full."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from . import run_filters
from .run_filters import RunFilter
from .tx import Tx

Row = dict[str, Any]
"""A run by the names of its columns, with `flow_name`: None when the flow is gone."""

_COLUMNS = (
    "id", "project_id", "flow_id", "version_id", "version", "environment", "trigger", "status", "unrouted",
    "no_action", "resolved_by", "dismissed", "repeats", "warnings", "path", "error", "response", "lineage",
    "parent_run_id", "retry_of", "resume_at", "order_key", "active_ms", "created", "started", "finished",
)  # fmt: skip
_NAMES = (*_COLUMNS, "flow_name")
_SELECTED = ", ".join([*(f"r.{name}" for name in _COLUMNS), "f.name"])
_WITH_FLOW = "LEFT JOIN flows f ON f.id = r.flow_id AND f.deleted IS NULL"


class Found(NamedTuple):
    """Runs, newest first, and down to where there was a look for them: id and time; None for all the path."""

    rows: list[Row]
    reached: tuple[str, str] | None = None


SCAN_SIZES = (1_000, 10_000)
"""Runs that one question looks through where no index tells which match; first fewer, which is mostly enough.
What it costs must not grow with the project: whoever wants more asks again from there on."""


def page(tx: Tx, wanted: RunFilter, after: str | None, limit: int) -> Found:
    """Runs that match, newest first, at most `limit`; `after` is the id down to which was looked before.

    One question for each status, so that each follows an index of its own; most runs have succeeded.
    """
    if wanted.flow_id and not _is_of_project(tx, wanted.flow_id, wanted.project_id):
        return Found([])
    apart = wanted.status and "succeeded" not in wanted.status
    statuses = [(status,) for status in wanted.status] if apart else [wanted.status]
    parts = [_part(tx, wanted, each, after, limit) for each in statuses]
    reached = max((part.reached for part in parts if part.reached is not None), default=None)
    rows = [row for part in parts for row in part.rows if reached is None or row["id"] >= reached[0]]
    rows.sort(key=lambda row: str(row["id"]), reverse=True)
    return Found(rows[:limit], None if len(rows) >= limit else reached)


def _part(tx: Tx, wanted: RunFilter, statuses: tuple[str, ...], after: str | None, limit: int) -> Found:
    path = run_filters.access_path(tx.dialect, wanted, statuses)
    indexed, bound = list(path.indexed), list(path.bound)
    if after is not None:
        indexed.append("r.id < ?")
        bound.append(after)
    runs = f"runs r{tx.dialect.using_index(path.index) if path.index else ''}"
    if not path.is_sparse:
        return Found(_matching(tx, runs, [*indexed, *path.others], [*bound, *path.values], limit))
    rows: list[Row] = []
    reached: tuple[str, str] | None = None
    for size in SCAN_SIZES:
        last = f"SELECT r.id, r.created FROM {runs} WHERE {' AND '.join(indexed)}"  # noqa: S608
        reached = tx.execute(f"{last} ORDER BY r.id DESC LIMIT 1 OFFSET ?", (*bound, size - 1)).fetchone()
        down_to = ([], []) if reached is None else (["r.id >= ?"], [reached[0]])
        where = [*indexed, *down_to[0], *path.others]
        rows = _matching(tx, runs, where, [*bound, *down_to[1], *path.values], limit)
        if reached is None or len(rows) >= limit:
            break
    return Found(rows, reached)


def _matching(tx: Tx, runs: str, where: Sequence[str], values: Sequence[Any], limit: int) -> list[Row]:
    found = f"SELECT {_SELECTED} FROM {runs} {_WITH_FLOW} WHERE {' AND '.join(where)}"  # noqa: S608
    sql = f"{found} ORDER BY r.id DESC LIMIT ?"
    return [dict(zip(_NAMES, row, strict=True)) for row in tx.execute(sql, (*values, limit))]


def _is_of_project(tx: Tx, flow_id: str, project_id: str) -> bool:
    """Whether a flow has runs, in this project. A flow stays in its project; its runs may outlive it."""
    row = tx.execute("SELECT project_id FROM runs WHERE flow_id = ? LIMIT 1", (flow_id,)).fetchone()
    return row is not None and row[0] == project_id


def get(tx: Tx, project_id: str, run_id: str) -> Row | None:
    """One run of the project."""
    sql = f"SELECT {_SELECTED} FROM runs r {_WITH_FLOW} WHERE r.id = ? AND r.project_id = ?"  # noqa: S608
    row = tx.execute(sql, (run_id, project_id)).fetchone()
    return None if row is None else dict(zip(_NAMES, row, strict=True))


def labels_of(tx: Tx, run_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """The labels of these runs by name, the title under the empty name."""
    found: dict[str, dict[str, str]] = {}
    marks = ", ".join("?" * len(run_ids))
    sql = f"SELECT run_id, name, value FROM run_labels WHERE run_id IN ({marks}) ORDER BY name"  # noqa: S608
    for run_id, name, value in tx.execute(sql, run_ids) if run_ids else ():
        found.setdefault(run_id, {})[name] = value
    return found


def has_version(tx: Tx, version_id: str) -> bool:
    """Whether a flow version is there, and its flow."""
    sql = (
        "SELECT 1 FROM flow_versions v JOIN flows f ON f.id = v.flow_id WHERE v.id = ? AND f.deleted IS NULL"
    )
    return tx.execute(sql, (version_id,)).fetchone() is not None
