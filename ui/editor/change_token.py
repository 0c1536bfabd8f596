"""What the panel is about, in one word: the same for as long as nobody has changed that part of the draft."""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

from engine.authoring.flow_reader import FlowRecord
from ui.drawing.parts import part_of

from .panel import Panel


def mark(flow: FlowRecord, panel: Panel, asked: Mapping[str, Any]) -> str:
    """Differs when what the panel shows, or what its form would write to, is not as it was."""
    return hashlib.sha256(orjson.dumps([panel.kind, _about(flow, panel, asked)])).hexdigest()[:12]


def _about(flow: FlowRecord, panel: Panel, asked: Mapping[str, Any]) -> Any:
    definition = flow.definition
    if panel.kind in ("step", "connect", "reconnect", "branch"):
        found = part_of(definition, str(asked.get("step") or ""))
        return found[2] if found else None
    if panel.kind == "note":
        return definition.get("notes")
    if panel.kind == "settings":
        return [definition.get(key) for key in ("name", "description", "settings")]
    if panel.kind in ("picker", "paste", "move"):  # their places name branches by number
        return [
            [name, [branch.get("name") for branch in step.get("branches") or []]]
            for name, step in (definition.get("steps") or {}).items()
            if step.get("type") == "router"
        ]
    return flow.revision
