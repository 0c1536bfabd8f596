"""The documents that Activepieces gives: which flows are in them, in whatever envelope.

A template (`flows`), a template before 0.77 (`template`), a stored flow (`version`), the request that
imports one (`IMPORT_FLOW`), a bare flow version (`trigger`), or a list of these.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.base.errors import BadInput
from engine.base.types import Json

from .finding import excerpt

MAX_FLOWS = 50
"""Flows in one document."""
NEWEST_SCHEMA = 27
"""The last `schemaVersion` whose documents were read; there is none older than 0, where it is missing."""


@dataclass(frozen=True, slots=True)
class Version:
    """A flow version as it stands in a document."""

    name: str
    description: str
    schema: int
    trigger: Mapping[str, Json]
    notes: list[Json]
    tables: int = 0
    """Tables that the template brings along, which are no part of a flow."""


def is_activepieces(document: Json) -> bool:
    """Whether a document is one of theirs and not a flow file of ours."""
    if isinstance(document, list):
        return any(map(is_activepieces, document))
    if not isinstance(document, Mapping) or "format" in document or "steps" in document:
        return False
    version = document.get("version")
    return (
        document.get("type") == "IMPORT_FLOW"
        or isinstance(document.get("flows"), list)
        or isinstance(document.get("template"), Mapping)
        or isinstance(document.get("trigger"), Mapping)
        or (isinstance(version, Mapping) and "trigger" in version)
    )


def read(document: Json) -> list[Version]:
    """All flows of a document. Raises `BadInput` naming what is missing."""
    if not isinstance(document, list):
        return _opened(document, "")
    if not document:
        raise BadInput("The list of flows is empty.")
    found: list[Version] = []
    for number, item in enumerate(document):
        found += _opened(item, f"/{number}")
        _bounded(len(found))
    return found


def _opened(document: Json, at: str) -> list[Version]:
    if not isinstance(document, Mapping):
        raise BadInput("An Activepieces document must be a JSON object, or a list of them.", field=at or None)
    if document.get("type") == "IMPORT_FLOW":
        return [_version(_object(document, "request", at), {}, f"{at}/request")]
    if "flows" in document:
        flows = document["flows"]
        if not isinstance(flows, list) or not flows:
            raise BadInput(
                "The template's `flows` must be a list with at least one flow.", field=f"{at}/flows"
            )
        _bounded(len(flows))
        envelope = document if len(flows) == 1 else {"tables": document.get("tables")}
        return [_version(flow, envelope, f"{at}/flows/{number}") for number, flow in enumerate(flows)]
    for name in ("template", "version"):
        if name in document:
            return [_version(_object(document, name, at), document, f"{at}/{name}")]
    if "trigger" in document:
        return [_version(document, {}, at)]
    raise BadInput(
        "This is not an Activepieces document: it has none of `flows`, `template`, `version` and `trigger`.",
        field=at or None,
    )


def _bounded(flows: int) -> None:
    if flows > MAX_FLOWS:
        raise BadInput(
            f"A document can contain at most {MAX_FLOWS} flows. Import fewer at a time.", field="flows"
        )


def _object(document: Mapping[str, Json], name: str, at: str) -> Mapping[str, Json]:
    value = document.get(name)
    if not isinstance(value, Mapping):
        raise BadInput(f"`{name}` is missing, or is not an object.", field=f"{at}/{name}")
    return value


def _version(version: Json, envelope: Mapping[str, Json], at: str) -> Version:
    if not isinstance(version, Mapping):
        raise BadInput("A flow must be a JSON object.", field=at)
    trigger = _object(version, "trigger", at)
    if isinstance(version.get("steps"), list) and version["steps"] and "nextAction" not in trigger:
        raise BadInput(
            "This flow keeps its steps in a flat list, which no release exports; only steps that follow one "
            "another by `nextAction` can be read.",
            field=f"{at}/steps",
        )
    notes, tables = version.get("notes"), envelope.get("tables")
    return Version(
        _text(version, envelope, "displayName", "name") or "Imported flow",
        _text(version, envelope, "description", "summary"),
        _schema(version.get("schemaVersion"), at),
        trigger,
        notes if isinstance(notes, list) else [],
        len(tables) if isinstance(tables, list) else 0,
    )


def _text(version: Mapping[str, Json], envelope: Mapping[str, Json], *names: str) -> str:
    """The first of these fields that says something, in the flow or else around it."""
    places = [(owner, name) for owner in (version, envelope) for name in names]
    values = (owner.get(name) for owner, name in places)
    return next((value.strip() for value in values if isinstance(value, str) and value.strip()), "")


def _schema(value: Json, at: str) -> int:
    if value is None:
        return 0
    text = str(value) if isinstance(value, str | int) else ""
    if isinstance(value, bool) or not (text.isascii() and text.isdigit() and len(text) < 7):
        message = f"`schemaVersion` is not a number: {excerpt(text, 40)!r}."
        raise BadInput(message, field=f"{at}/schemaVersion")
    return int(text)
