"""Which flows refer to a connection."""

import json
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, or_, select

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
