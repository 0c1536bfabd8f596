"""What is kept of steps that cannot be converted: everything they were, as data, without secrets."""

import re
from collections.abc import Mapping

from engine.base.types import Json

from .expressions import escape
from .finding import visible
from .tree import SourceStep

CONNECTION = re.compile(
    r"\s*\{\{\s*connections(?:\.(\w+)|\[\s*'([^'\\]+)'\s*\]|\[\s*\"([^\"\\]+)\"\s*\])\s*\}\}\s*"
)
"""A field that names a connection: the name is one of its groups."""
_PIECES = {"CODE": ("@activepieces/code", "code")}


def keeper(node: SourceStep, message: str) -> dict[str, Json]:
    """Their piece under its own name, which nobody has here, skipped."""
    settings = node.settings
    piece, action = _PIECES.get(node.kind, (settings.get("pieceName"), settings.get("actionName")))
    usual = f"@activepieces/{node.kind.lower()[:60] or 'step'}"
    return {
        "type": "action",
        "note": message[:20_000],
        "skip": True,
        "piece": label(piece, usual),
        "action": label(action, "run"),
        "input": {"settings": scrubbed(settings)},
    }


def label(value: Json, usual: str) -> str:
    """A piece's or action's name, or what stands for it where there is none."""
    return (visible(value, 200) if isinstance(value, str) else "") or usual


def scrubbed(settings: Mapping[str, Json]) -> Json:
    """The settings as texts that stay what they are, without what can only be a secret."""
    values = settings.get("input")
    if not isinstance(values, dict):
        return escape(dict(settings))
    kept = dict(values)
    if "auth" in kept and not (isinstance(kept["auth"], str) and CONNECTION.fullmatch(kept["auth"])):
        del kept["auth"]
    if "authFields" in kept:
        kept["authFields"] = {}
    return escape({**settings, "input": kept})
