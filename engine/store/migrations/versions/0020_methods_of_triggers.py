"""Existing webhook triggers name the methods that start a run.

A trigger without `methods` used to take every method, and takes POST, PUT and PATCH since; so that senders
of GET or DELETE are not refused after an upgrade, both are written into drafts and published versions. In a
draft that is an edit like any other, which can be undone; edits undone before cannot be redone any more.
"""

import hashlib
from itertools import takewhile
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_BEFORE_INPUT = ("name", "piece", "trigger", "connection")
_NOT_LOGIC = ("layout", "notes", "samples")

_EDIT = (
    'INSERT INTO draft_edits (id, flow_id, project_id, number, command, sentence, args, "offset", removed, '
    "inserted, revision, user_id, created) VALUES (:id, :flow_id, :project_id, :number, 'save', :sentence, "
    "NULL, :offset, :removed, :inserted, :revision, NULL, :created)"
)


class Changed(NamedTuple):
    """A definition with the methods written out."""

    text: str
    digest: str


def upgrade() -> None:
    connection = op.get_bind()
    versions = connection.execute(
        sa.text("SELECT id, definition FROM flow_versions WHERE number > 0 AND definition LIKE '%\"catch\"%'")
    )
    for version_id, definition in versions.fetchall():
        changed = _with_methods(definition)
        if changed is not None:
            connection.execute(
                sa.text("UPDATE flow_versions SET definition = :text, digest = :digest WHERE id = :id"),
                {**changed._asdict(), "id": version_id},
            )
    drafts = connection.execute(
        sa.text(
            "SELECT id, project_id, draft, edit_at, revision, updated FROM flows "
            "WHERE draft LIKE '%\"catch\"%'"
        )
    )
    for flow_id, project_id, draft, edit_at, draft_revision, updated in drafts.fetchall():
        changed = _with_methods(draft)
        if changed is not None:
            _edit(flow_id, project_id, draft, edit_at, draft_revision, updated, changed)


def _edit(
    flow_id: str,
    project_id: str,
    draft: str,
    edit_at: int,
    draft_revision: int,
    updated: str,
    changed: Changed,
) -> None:
    """Change a draft, as `authoring.flow_changes` does; the same each time, should a backup be upgraded."""
    connection, number = op.get_bind(), edit_at + 1
    connection.execute(
        sa.text("DELETE FROM draft_edits WHERE flow_id = :flow_id AND number >= :number"),
        {"flow_id": flow_id, "number": number},
    )
    offset, removed, inserted = _splice(draft, changed.text)
    connection.execute(
        sa.text(_EDIT),
        {
            "id": f"edt_{flow_id.partition('_')[2]}",
            "flow_id": flow_id,
            "project_id": project_id,
            "number": number,
            "sentence": "Listed the methods that start a run, as part of an upgrade",
            "offset": offset,
            "removed": removed,
            "inserted": inserted,
            "revision": draft_revision + 1,
            "created": updated,
        },
    )
    connection.execute(
        sa.text(
            "UPDATE flows SET draft = :text, digest = :digest, edit_at = :number, revision = :revision "
            "WHERE id = :id"
        ),
        {**changed._asdict(), "number": number, "revision": draft_revision + 1, "id": flow_id},
    )


def _with_methods(text: str) -> Changed | None:
    """The definition with the methods of its webhook triggers; None where nothing is to be done."""
    definition: dict[str, Any] = orjson.loads(text)
    triggers = definition.get("triggers") or []
    written = [_trigger(trigger) for trigger in triggers]
    if written == triggers:
        return None
    definition["triggers"] = written
    logic = {key: value for key, value in definition.items() if key not in _NOT_LOGIC}
    digest = hashlib.sha256(orjson.dumps(logic, option=orjson.OPT_SORT_KEYS)).hexdigest()
    canonical = orjson.dumps(definition, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    return Changed(canonical.decode(), digest)


def _trigger(trigger: dict[str, Any]) -> dict[str, Any]:
    values = trigger.get("input") or {}
    if (trigger.get("piece"), trigger.get("trigger")) != ("webhook", "catch") or values.get("methods"):
        return trigger
    head = {name: trigger[name] for name in _BEFORE_INPUT if name in trigger}
    rest = {name: value for name, value in trigger.items() if name not in (*_BEFORE_INPUT, "input")}
    return {**head, "input": {**values, "methods": list(METHODS)}, **rest}


def _splice(before: str, after: str) -> tuple[int, str, str]:
    """(offset, removed, inserted): the one change between what both texts begin and end with."""
    start = _common(before, after)
    left, right = before[start:], after[start:]
    end = _common(left[::-1], right[::-1])
    return start, left[: len(left) - end], right[: len(right) - end]


def _common(one: str, other: str) -> int:
    """How many characters both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
