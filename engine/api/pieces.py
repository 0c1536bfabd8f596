"""Pieces: what flows are made of, with the forms of their actions and triggers."""

from typing import Any

from pydantic import Field

from engine.base.actor import Permission
from engine.base.errors import NotFound
from pieces import Action, Piece, Property, Registry, Trigger

from . import shapes
from .operation import operation
from .shapes import JsonObject, ResponseBody


class StepRow(ResponseBody):
    name: str
    title: str
    summary: str


class PieceRow(ResponseBody):
    name: str
    title: str
    summary: str
    icon: str = Field(description="The name of a lucide icon")
    needs_connection: bool
    actions: list[StepRow]
    triggers: list[StepRow]


class BrokenPiece(ResponseBody):
    name: str
    distribution: str


class PieceList(shapes.List[PieceRow]):
    broken: list[BrokenPiece] = Field(description="Installed pieces that could not be loaded")


class PropertyFacts(ResponseBody):
    name: str
    title: str
    kind: str = Field(description="How a form shows it: text, number, dropdown …")
    required: bool
    default: Any
    help: str
    options: list[Any] | None = Field(description="The fixed choices; null if there are none")


class StepFacts(StepRow):
    help: str
    needs_connection: bool
    properties: list[PropertyFacts]
    input: JsonObject = Field(description="JSON Schema of the step's `input`")


class TriggerFacts(StepFacts):
    kind: str = Field(description="webhook, schedule, poll or manual")


class AuthField(ResponseBody):
    name: str
    title: str
    secret: bool
    required: bool
    help: str


class PieceFacts(ResponseBody):
    name: str
    title: str
    summary: str
    icon: str
    auth: list[AuthField] | None = Field(description="The fields of a connection; null if it takes none")
    actions: list[StepFacts]
    triggers: list[TriggerFacts]


@operation("GET", "/pieces", Permission.view, answer=PieceList)
async def list_pieces(pieces: Registry) -> dict[str, Any]:
    """List pieces by name."""
    return {
        "data": [_row(piece) for _, piece in sorted(pieces.pieces.items())],
        "next": None,
        "broken": [{"name": piece.name, "distribution": piece.distribution} for piece in pieces.broken],
    }


@operation("GET", "/pieces/{name}", Permission.view, answer=PieceFacts)
async def read_piece(pieces: Registry, name: str) -> dict[str, Any]:
    """Read a piece with the fields of each action and trigger."""
    return _facts(_piece(pieces, name))


def _piece(registry: Registry, name: str) -> Piece:
    piece = registry.pieces.get(name)
    if piece is None:
        raise NotFound("There is no such piece.")
    return piece


def _row(piece: Piece) -> dict[str, Any]:
    return {
        "name": piece.name,
        "title": piece.title,
        "summary": piece.summary,
        "icon": piece.icon,
        "needs_connection": piece.auth is not None and not piece.auth.optional,
        "actions": [_step_row(action) for action in piece.actions.values()],
        "triggers": [_step_row(trigger) for trigger in piece.triggers.values()],
    }


def _facts(piece: Piece) -> dict[str, Any]:
    auth = piece.auth
    return {
        "name": piece.name,
        "title": piece.title,
        "summary": piece.summary,
        "icon": piece.icon,
        "auth": None
        if auth is None
        else [
            {
                "name": field.name,
                "title": field.title,
                "secret": field.secret,
                "required": field.required,
                "help": field.help,
            }
            for field in auth.fields
        ],
        "actions": [_step(action) for action in piece.actions.values()],
        "triggers": [{**_step(trigger), "kind": trigger.kind} for trigger in piece.triggers.values()],
    }


def _step_row(step: Action[Any, Any] | Trigger[Any, Any]) -> dict[str, Any]:
    return {"name": step.name, "title": step.title, "summary": step.summary}


def _step(step: Action[Any, Any] | Trigger[Any, Any]) -> dict[str, Any]:
    return {
        **_step_row(step),
        "help": step.help,
        "needs_connection": step.needs_connection,
        "properties": [_property(prop) for prop in step.properties],
        "input": step.input_model.model_json_schema(by_alias=True),
    }


def _property(prop: Property) -> dict[str, Any]:
    fixed = prop.options if isinstance(prop.options, tuple) else None
    return {
        "name": prop.name,
        "title": prop.title,
        "kind": prop.kind,
        "required": prop.required,
        "default": prop.default,
        "help": prop.help,
        "options": [{"value": option.value, "label": option.label} for option in fixed] if fixed else None,
    }


OPERATIONS = (list_pieces, read_piece)
