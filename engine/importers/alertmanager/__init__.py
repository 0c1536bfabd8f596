"""Import of Alertmanager's configuration: its routing tree becomes a flow. Pure.

Matchers become conditions, nested routes nested routers, receivers steps that are still to be filled in.
Alertmanager goes on to group, silence and inhibit; its notifications are split into alerts, since it is
alerts that its routes look at. https://prometheus.io/docs/alerting/latest/configuration/
"""

from collections.abc import Mapping

from engine.base.types import Json
from engine.flow import parse

from ..activepieces import Converted, Finding
from .routes import Routes

__all__ = ["convert", "is_alertmanager"]

_NAME = "Alertmanager routes"


def is_alertmanager(document: Json) -> bool:
    """Whether a document is an `alertmanager.yml`."""
    return (
        isinstance(document, Mapping)
        and isinstance(document.get("route"), Mapping)
        and isinstance(document.get("receivers"), list)
        and "format" not in document
    )


def convert(document: Mapping[str, Json]) -> Converted:
    """The flow of a document that `is_alertmanager`, and what is to be done before it is published.

    Raises `BadInput` naming what is missing in it, or what is too much.
    """
    routes = Routes(document)
    start = routes.start()
    definition = {
        "format": 1,
        "name": _NAME,
        "description": "The routing tree of an Alertmanager: each alert goes to its receivers.",
        "triggers": [
            {
                "name": "trigger",
                "piece": "webhook",
                "trigger": "catch",
                "input": {"verify": {"scheme": "none"}, "split": "body.alerts"},
            }
        ],
        "start": start,
        "steps": routes.steps,
        "samples": {"firing": {"body": _SAMPLE}},
        "notes": [{"text": routes.note()}],
    }
    findings = [*routes.findings, Finding("trigger", _VERIFY, "warning")]
    return Converted([parse(definition)], [Finding(f.step, f.message, f.severity, _NAME) for f in findings])


_VERIFY = "Anyone who knows the address can send alerts: choose how Alertmanager proves itself (basic_auth)."
_SAMPLE = {
    "status": "firing",
    "labels": {"alertname": "DiskAlmostFull", "severity": "critical", "team": "storage"},
    "annotations": {"summary": "The disk of db-1 is 97 % full"},
    "startsAt": "2026-03-03T10:15:30Z",
    "endsAt": "0001-01-01T00:00:00Z",
    "fingerprint": "c1f0a1b2d3e4",
}
