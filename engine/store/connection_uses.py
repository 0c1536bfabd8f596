"""Which flows refer to a connection."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlmodel import col, or_, select

from .dialects.base import Execute
from .models import Flow, FlowVersion
from .tx import Tx

_NOT_LOGIC = frozenset({"samples", "tests", "notes", "layout"})  # parts of a flow that use no connection


@dataclass(frozen=True)
class Use:
    """A flow that refers to a connection."""

    id: str
    name: str
    draft: bool
    published: bool


def uses_of(tx: Tx, project_id: str, name: str) -> list[Use]:
    """The flows of the project whose draft or published version refers to the connection, by name."""
    quoted = f'"{name}"'  # a name holds nothing that JSON would escape
    found = tx.session.exec(
        select(Flow.id, Flow.name, Flow.draft, FlowVersion.definition)
        .join(
            FlowVersion,
            (col(FlowVersion.flow_id) == col(Flow.id))
            & (col(FlowVersion.number) == col(Flow.published_version)),
            isouter=True,
        )
        .where(Flow.project_id == project_id, col(Flow.deleted).is_(None))
        .where(
            or_(
                col(Flow.draft).contains(quoted, autoescape=True),
                col(FlowVersion.definition).contains(quoted, autoescape=True),
            )
        )
        .order_by(Flow.name)
    ).all()
    uses = [
        Use(id, title, _refers(draft, name), _refers(version, name)) for id, title, draft, version in found
    ]
    return [use for use in uses if use.draft or use.published]


class StoredDefinition(NamedTuple):
    """A draft, or a published version, of a flow that names connections."""

    flow_id: str
    flow_name: str
    project_id: str
    part: str
    """`draft` or `published version`."""
    text: str
    """The flow file."""


_PIECES = "SELECT project_id, name, piece FROM connections"
_DEFINITIONS = (
    "SELECT id, name, project_id, 'draft', draft FROM flows WHERE deleted IS NULL "
    "UNION ALL SELECT f.id, f.name, f.project_id, 'published version', v.definition FROM flows f "
    "JOIN flow_versions v ON v.flow_id = f.id AND v.number = f.published_version WHERE f.deleted IS NULL"
)


class Connected(NamedTuple):
    """All connections of a store, and what names them."""

    pieces: Mapping[tuple[str, str], str]
    """The piece of each connection, by its project and name."""
    definitions: Sequence[StoredDefinition]
    """Every draft and published version that names a connection."""


def connected(execute: Execute) -> Connected:
    """Read them."""
    pieces = {(project_id, name): piece for project_id, name, piece in execute(_PIECES).fetchall()}
    stored = (StoredDefinition(*row) for row in execute(_DEFINITIONS).fetchall())
    return Connected(pieces, [one for one in stored if '"connection"' in one.text])


def _refers(definition: str | None, name: str) -> bool:
    """Whether a step, a trigger or what verifies one names this connection."""
    if not definition:
        return False
    flow = json.loads(definition)
    todo: list[Any] = [part for key, part in flow.items() if key not in _NOT_LOGIC]
    while todo:
        part = todo.pop()
        if isinstance(part, dict):
            if part.get("connection") == name:
                return True
            todo.extend(part.values())
        elif isinstance(part, list):
            todo.extend(part)
    return False
