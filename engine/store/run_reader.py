"""The SQL of runs as people ask for them: lists, and one in full."""

from collections.abc import Sequence
from typing import Any

from .run_filters import RunFilter, conditions
from .tx import Tx

Row = dict[str, Any]
"""A run by the names of its columns, with `flow_name`: None when the flow is gone."""

_COLUMNS = (
    "id", "project_id", "flow_id", "version_id", "version", "environment", "trigger", "status", "unrouted",
    "no_action", "resolved_by", "dismissed", "repeats", "warnings", "path", "error", "response", "lineage",
    "parent_run_id", "retry_of", "resume_at", "order_key", "active_ms", "created", "started", "finished",
)  # fmt: skip
_NAMES = (*_COLUMNS, "flow_name")
_SELECT = (
    f"SELECT {', '.join(f'r.{name}' for name in _COLUMNS)}, f.name FROM runs r "  # noqa: S608 - our own words
    "LEFT JOIN flows f ON f.id = r.flow_id AND f.deleted IS NULL"
)


def page(tx: Tx, wanted: RunFilter, after: str | None, limit: int) -> list[Row]:
    """Runs that match, newest first, at most `limit`; `after` is the id of the last one seen."""
    where, values = conditions(tx.dialect, wanted)
    if after is not None:
        where.append("r.id < ?")
        values.append(after)
    sql = f"{_SELECT} WHERE {' AND '.join(where)} ORDER BY r.id DESC LIMIT ?"
    return [dict(zip(_NAMES, row, strict=True)) for row in tx.execute(sql, (*values, limit))]


def get(tx: Tx, project_id: str, run_id: str) -> Row | None:
    """One run of the project."""
    row = tx.execute(f"{_SELECT} WHERE r.id = ? AND r.project_id = ?", (run_id, project_id)).fetchone()
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
