"""The SQL behind the search over a whole project: flows by name, runs by id, title and label.

What it costs does not grow with the project: a run is looked up in an index, and what no index can answer is
looked for in the newest runs alone.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .models import RunStatus
from .tx import Tx, containing

RECENT = 2000
"""Runs, from the newest on, in whose titles and labels any part of a text is found."""

_RUN_ID = re.compile(r"run_[0-9a-hjkmnp-tv-z]{1,26}")
_AFTER = "{"  # the character after z: no id goes on with it


@dataclass(frozen=True, slots=True)
class FlowHit:
    """A flow whose name contains all words."""

    id: str
    name: str
    enabled: bool
    published: bool


@dataclass(frozen=True, slots=True)
class RunHit:
    """A run that was found; its title is empty where its trigger has none."""

    id: str
    flow_name: str | None
    status: RunStatus
    title: str
    created: str


def flows(tx: Tx, project_id: str, words: Sequence[str], limit: int) -> list[FlowHit]:
    """Flows whose name contains each of the words, the last changed first; without words, any."""
    where = ["project_id = ?", "deleted IS NULL", *(tx.dialect.contains("name") for _ in words)]
    sql = (
        "SELECT id, name, enabled, published_version IS NOT NULL FROM flows "  # noqa: S608 - our own words
        f"WHERE {' AND '.join(where)} ORDER BY updated DESC, id DESC LIMIT ?"
    )
    rows = tx.execute(sql, (project_id, *map(containing, words), limit))
    return [FlowHit(flow_id, name, bool(on), bool(live)) for flow_id, name, on, live in rows]


def runs(tx: Tx, project_id: str, text: str, limit: int) -> list[RunHit]:
    """Runs, newest first: those whose id begins with the text; those whose title is the text, or that have it
    as a label, written `name:value`; and those of the newest `RECENT` with the text in a title or label."""
    if _RUN_ID.fullmatch(text):
        sql = "SELECT id FROM runs WHERE project_id = ? AND id >= ? AND id < ? ORDER BY id DESC LIMIT ?"
        found = {run_id for (run_id,) in tx.execute(sql, (project_id, text, text + _AFTER, limit))}
    else:
        found = {*_labeled(tx, project_id, text, limit), *_recent(tx, project_id, text, limit)}
    return _hits(tx, sorted(found, reverse=True)[:limit])


def _labeled(tx: Tx, project_id: str, text: str, limit: int) -> set[str]:
    name, colon, value = text.partition(":")
    wanted = [("", text), *([(name.strip(), value.strip())] if colon and name.strip() else [])]
    sql = (
        "SELECT run_id FROM run_labels WHERE project_id = ? AND name = ? AND value = ? "
        "ORDER BY run_id DESC LIMIT ?"
    )
    return {run_id for one in wanted for (run_id,) in tx.execute(sql, (project_id, *one, limit))}


def _recent(tx: Tx, project_id: str, text: str, limit: int) -> set[str]:
    sql = (
        "SELECT DISTINCT l.run_id FROM "  # noqa: S608 - our own words
        "(SELECT id FROM runs WHERE project_id = ? ORDER BY id DESC LIMIT ?) r "
        f"JOIN run_labels l ON l.run_id = r.id WHERE {tx.dialect.contains('l.value')} "
        "ORDER BY l.run_id DESC LIMIT ?"
    )
    return {run_id for (run_id,) in tx.execute(sql, (project_id, RECENT, containing(text), limit))}


def _hits(tx: Tx, run_ids: Sequence[str]) -> list[RunHit]:
    if not run_ids:
        return []
    sql = (
        "SELECT r.id, f.name, r.status, t.value, r.created FROM runs r "  # noqa: S608 - only question marks
        "LEFT JOIN flows f ON f.id = r.flow_id AND f.deleted IS NULL "
        "LEFT JOIN run_labels t ON t.run_id = r.id AND t.name = '' "
        f"WHERE r.id IN ({', '.join('?' * len(run_ids))}) ORDER BY r.id DESC"
    )
    return [
        RunHit(run_id, flow, RunStatus(status), title or "", created)
        for run_id, flow, status, title, created in tx.execute(sql, tuple(run_ids))
    ]
