"""The samples of a handler flow: one for each event, so that every branch can be tested at once."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from engine.base.types import Json

from . import Catalogue, CatalogueEvent
from .definition import named
from .schemas import trimmed

_MOST = 600_000
"""Characters of all samples as JSON; a flow file, in which each field has a line, has about twice as many."""
_LEAST = 400  # of one sample


def of(catalogue: Catalogue, chosen: Sequence[CatalogueEvent]) -> dict[str, Any]:
    """By name: the events' examples and their variants; where they are too large together, the examples
    alone, cut."""
    samples = {title: event for each in chosen for title, event in _of_event(each).items()}
    if len(orjson.dumps(samples)) <= _MOST:
        return samples
    most = max(_LEAST, _MOST // len(chosen))
    return {event.name: _cut(catalogue, event, most) for event in chosen}


def _of_event(event: CatalogueEvent) -> dict[str, Any]:
    bodies = {event.name: event.sample}
    bodies |= {f"{event.name} ({variant})": body for variant, body in event.variants.items()}
    return {title: _sample(event.headers, body) for title, body in bodies.items()}


def _cut(catalogue: Catalogue, event: CatalogueEvent, most: int) -> dict[str, Any]:
    """The example cut to a size, unless what names it would be lost."""
    sample = _sample(event.headers, trimmed(event.sample, most))
    kept = named(catalogue.discriminator, {"headers": dict(event.headers), **sample}) == event.name
    return sample if kept else _sample(event.headers, event.sample)


def _sample(headers: Mapping[str, str], body: Json) -> dict[str, Any]:
    return {**({"headers": dict(headers)} if headers else {}), "body": copy.deepcopy(body)}
