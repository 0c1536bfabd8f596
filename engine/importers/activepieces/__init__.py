"""Import of Activepieces documents. Pure: a document in, flows and a report out.

What has an equivalent is converted, references become JMESPath. What has none becomes a step that is
skipped and keeps its settings, and the report says so.
"""

from dataclasses import dataclass

from engine.base.types import Json
from engine.flow import Flow, parse

from .document import NEWEST_SCHEMA, Version, is_activepieces, read
from .finding import Finding, Severity, Unconvertible, excerpt, visible
from .steps import Conversion
from .tree import grow

__all__ = ["Converted", "Finding", "Severity", "Unconvertible", "convert", "is_activepieces"]

_MAX_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class Converted:
    """What came of a document."""

    flows: list[Flow]
    report: list[Finding]


def convert(document: Json) -> Converted:
    """The flows of a document, which `is_activepieces`. Raises `BadInput` naming what is missing in it, or
    what is too much. Every flow can be stored as a draft; the report says what is to be done before it is
    published."""
    flows: list[Flow] = []
    report: list[Finding] = []
    for version in read(document):
        flow, findings = _flow(version)
        flows.append(flow)
        report += [Finding(f.step, f.message, f.severity, flow.name) for f in findings]
    return Converted(flows, report)


def _flow(version: Version) -> tuple[Flow, list[Finding]]:
    conversion = Conversion(version, grow(version.trigger))
    findings = conversion.findings
    if version.schema > NEWEST_SCHEMA:
        message = (
            f"The document is of schema {version.schema}; what is newer than {NEWEST_SCHEMA} may be misread."
        )
        findings.append(Finding("", message, "warning"))
    if version.tables:
        findings.append(Finding("", "The template's tables were left out: there are none here."))
    triggers, samples = conversion.trigger()
    start = conversion.convert()
    definition = {
        "format": 1,
        "name": excerpt(version.name, 200) or "Imported flow",
        "description": version.description[:_MAX_TEXT],
        "triggers": triggers,
        "start": start,
        "steps": conversion.steps,
        "samples": samples,
        "notes": [_note(note) for note in version.notes if isinstance(note, dict)],
    }
    return parse(definition), findings


def _note(note: dict[str, Json]) -> Json:
    text, color = note.get("content"), note.get("color")
    return {
        "text": text[:_MAX_TEXT] if isinstance(text, str) else "",
        "color": visible(color, 200) if isinstance(color, str) else "",
    }
