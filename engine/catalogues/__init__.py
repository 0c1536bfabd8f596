"""Catalogues: the events that one vendor sends, each with a sample, and how they are told apart.

They ship as JSON files beside this module; our own comes from `engine.events.registry`. A discriminator is an
expression over the event's body and headers, and an error in it means that nothing matches.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Any

from engine.base.errors import NotFound
from engine.base.payloads import STATUS_NAMES
from engine.events import registry as own

from .definition import named
from .places import of_event
from .schemas import schema_of

_FILES = (
    "activepieces", "deck", "knogin", "elasticio", "flows_api", "github", "gitlab", "stripe", "shopify",
    "slack", "pagerduty", "sentry", "alertmanager", "grafana",
)  # fmt: skip
_OWN = "switchyard"

_WORDS = {"mfa": "MFA", "sso": "SSO", "oauth": "OAuth", "api": "API"}
"""Words that are not written as plain words in a label."""


@dataclass(frozen=True)
class CatalogueEvent:
    """One event of a vendor. `name` is what the discriminator yields over `sample`."""

    name: str
    label: str
    """The name as a person would say it, unique in its catalogue."""
    group: str
    description: str
    sample: Any
    """An example of the body."""
    variants: Mapping[str, Any] = field(default_factory=dict)
    """Further example bodies, by what sets them apart."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Of the example, where they matter; the variants have the same."""
    schema: Mapping[str, Any] = field(default_factory=dict)
    """JSON Schema of the body, where the vendor gives one."""
    message: str = ""
    """A template over the event that says in a sentence what happened; empty: one is derived."""

    @property
    def event(self) -> dict[str, Any]:
        """The example as a flow sees it."""
        return {"headers": dict(self.headers), "body": self.sample}

    @property
    def json_schema(self) -> dict[str, Any]:
        """The vendor's schema, or else what the samples have in common."""
        return dict(self.schema) or schema_of([self.sample, *self.variants.values()])


@dataclass(frozen=True)
class Catalogue:
    """The events of one vendor."""

    name: str
    title: str
    vendor: str
    discriminator: str
    """Expression over the event, `trigger.body` and `trigger.headers`, that returns its name, or null."""
    events: Mapping[str, CatalogueEvent]
    secondary: Mapping[str, str] = field(default_factory=dict)
    """By event name (or a pattern such as `task_run.*`): the expression that splits it further."""
    branches: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    """By secondary discriminator: the branches to offer, each with its values."""
    enums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    verify: Mapping[str, str] = field(default_factory=lambda: {"scheme": "none"})
    """The verification preset, without its connection."""
    verify_note: str = ""
    """Where the secret stands, or is entered, at the vendor."""
    vendor_shows_secret: bool = False
    """Whether the vendor chooses the secret of the preset, and shows it. Otherwise it is entered there."""
    mask: tuple[str, ...] = ()
    """Mask paths for the triggers of flows that are made of it."""
    scopes: Mapping[str, str] = field(default_factory=dict)
    """By what events belong to (`projects`): the expression that gives its id, or null in events without."""
    warnings: tuple[str, ...] = ()
    """What was lost when it was created of a document or of samples."""

    def __post_init__(self) -> None:
        """Expressions over the body, as they were written before headers could be read, become ones over the
        event."""
        for name in ("secondary", "scopes"):
            object.__setattr__(self, name, {key: of_event(by) for key, by in getattr(self, name).items()})
        for name in ("branches", "enums"):
            object.__setattr__(self, name, {of_event(by): each for by, each in getattr(self, name).items()})
        object.__setattr__(self, "discriminator", of_event(self.discriminator))

    @property
    def unnamed(self) -> list[str]:
        """The events that cannot be told from others: the discriminator gives no event their name."""
        by = self.discriminator
        return [event.name for event in self.events.values() if named(by, event.event) != event.name]

    def event(self, name: str) -> CatalogueEvent:
        """Raises `NotFound`."""
        if name not in self.events:
            raise NotFound(f"{self.title} has no event {name[:100]!r}.")
        return self.events[name]

    def secondary_of(self, event: str) -> str | None:
        """The secondary discriminator of an event; its own name goes before a pattern."""
        if event in self.secondary:
            return self.secondary[event]
        return next((by for pattern, by in self.secondary.items() if fnmatchcase(event, pattern)), None)

    def groups(self) -> dict[str, list[CatalogueEvent]]:
        """The events by group, both in the catalogue's order."""
        found: dict[str, list[CatalogueEvent]] = {}
        for event in self.events.values():
            found.setdefault(event.group, []).append(event)
        return found


def names() -> list[str]:
    """Every catalogue that ships, our own first."""
    return [_OWN, *_FILES]


@cache
def get(name: str) -> Catalogue:
    """Raises `NotFound`. What it returns is shared: copy a sample before changing it."""
    if name == _OWN:
        return _from_registry()
    if name not in _FILES:
        raise NotFound(f"There is no catalogue {name[:100]!r}; there are {', '.join(names())}.")
    text = (files(__name__) / f"{name}.json").read_text(encoding="utf-8")
    return from_json(name, json.loads(text))


def label(name: str) -> str:
    """An event's name as words: `flow.run.finished` is “Flow run finished”, `flows/packetLabels.created`
    “Packet labels created”."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.rpartition("/")[2])
    words = [_WORDS.get(word, word) for word in re.split(r"[^a-z0-9]+", spaced.lower()) if word]
    text = " ".join(words)
    return text[:1].upper() + text[1:] or name


def from_json(name: str, data: dict[str, Any]) -> Catalogue:
    """A catalogue from a file's content, or from a checked `definition`."""
    events = {
        each["name"]: CatalogueEvent(
            each["name"],
            each.get("label") or label(each["name"]),
            each["group"],
            each["description"],
            each["sample"],
            {variant["name"]: variant["sample"] for variant in each.get("variants", [])},
            each.get("headers", {}),
            each.get("schema", {}),
            each.get("message", ""),
        )
        for each in data["events"]
    }
    branches = {
        by: {title: tuple(values) for title, values in groups.items()}
        for by, groups in data.get("branches", {}).items()
    }
    return Catalogue(
        name,
        data["title"],
        data["vendor"],
        data["discriminator"],
        events,
        data.get("secondary_discriminators", {}),
        branches,
        {path: tuple(values) for path, values in data.get("enums", {}).items()},
        data["verify"],
        data["verify_note"],
        mask=tuple(data.get("mask", ())),
        scopes=data.get("scopes", {}),
        vendor_shows_secret=data.get("vendor_shows_secret", False),
        warnings=tuple(data.get("warnings", ())),
    )


def _from_registry() -> Catalogue:
    events = {
        known.action: CatalogueEvent(
            known.action,
            label(known.action),
            known.group,
            known.description,
            own.sample(known.action),
            {variant: own.sample(known.action, variant) for variant in known.samples if variant},
            message=own.message_template(known.action),
        )
        for known in own.EVENTS.values()
    }
    status = "trigger.body.data.flowRun.status"
    return Catalogue(
        _OWN,
        "Switchyard",
        "Switchyard",
        "trigger.body.action",
        events,
        {"flow.run.finished": status},
        {status: {"Failed": ("FAILED", "TIMEOUT"), "Succeeded": ("SUCCEEDED",), "Canceled": ("CANCELED",)}},
        {status: tuple(STATUS_NAMES.values())},
        {"scheme": "standard_webhooks"},
        "In Switchyard, the destination's signing secret (whsec_…) is shown once, when it is created.",
        vendor_shows_secret=True,
        scopes={
            "projects": "trigger.body.projectId",
            "flows": "trigger.body.data.flow.id || trigger.body.data.flowRun.flowId",
        },
    )
