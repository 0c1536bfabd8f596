"""The ready message of a generated branch: the event's sentence, with what the event is about.

A catalogue may write the message of an event itself (`CatalogueEvent.message`). Otherwise it is the event's
description and, where the samples have one, the field that names its subject, and a link to it. The fields
are those that all samples of the event have, so that the message of each of them is complete; an event
without one has a question mark there, as in our own sentences.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from engine.base.mask_paths import MaskPaths
from engine.base.redaction import MASK
from engine.base.types import Json

from . import Catalogue, CatalogueEvent
from .places import Place, at, written

_SUBJECTS = ("title", "displayName", "display_name", "summary", "subject", "name", "text", "message",
             "description", "email", "number", "id")  # fmt: skip
"""Fields that name what an event is about, the most telling first."""
_LINKS = ("html_url", "web_url", "permalink", "url")
_AROUND = {"actor", "agent", "app", "author", "created_by", "installation", "organization", "owner",
           "project", "sender", "tenant", "triggering_actor", "updated_by", "workspace"}  # fmt: skip
"""Objects that say who did something, or where; what the event is about is another."""
_DEEPEST = 4  # fields from the body to a subject, itself included
_LOOKED_AT = 2_000  # fields of one sample
_LONGEST = 300  # characters of a description


def text(catalogue: Catalogue, event: CatalogueEvent, by: str | None = None) -> str:
    """A template for `compose`; with `by`, the secondary discriminator of the event, its value as well."""
    message = event.message or _derived(catalogue, event)
    if by is None or by in message:
        return message
    first, newline, rest = message.partition("\n")
    return f"{first} ({{{{ {by} }}}}){newline}{rest}"


def _derived(catalogue: Catalogue, event: CatalogueEvent) -> str:
    sentence = re.split(r";|\.\s", event.description)[0].strip()[:_LONGEST].rstrip(".")
    message = (sentence if " " in sentence else event.label).replace("{{", "{ {")
    bodies = [_masked(catalogue, body) for body in (event.sample, *event.variants.values())]
    subject = _subject(bodies)
    if subject is None:
        return message
    message = f"{message}: {{{{ default({written(('body', *subject))}, '?') }}}}"
    for name in _LINKS:
        place = (*subject[:-1], name)
        if all(str(at(body, place)).startswith(("https://", "http://")) for body in bodies):
            return f"{message}\n{{{{ default({written(('body', *place))}, '') }}}}"
    return message


def _subject(bodies: list[Json]) -> Place | None:
    """The field of all bodies that says best what the event is about, the one nearest to the top."""
    if not bodies or not isinstance(bodies[0], Mapping):
        return None
    fields = list(islice(_fields(bodies[0]), _LOOKED_AT))
    for name in _SUBJECTS:
        for place in fields:
            # The id at the top is the event's own.
            if place[-1] != name or (name == "id" and len(place) == 1):
                continue
            if all(_telling(at(body, place)) for body in bodies):
                return place
    return None


def _telling(value: Json) -> bool:
    if isinstance(value, str):
        return bool(value.strip()) and MASK not in value
    return isinstance(value, int | float) and not isinstance(value, bool)


def _fields(body: Mapping[str, Any]) -> Iterator[Place]:
    """The places of all fields in objects, level by level."""
    level: list[tuple[Place, Mapping[str, Any]]] = [((), body)]
    while level:
        following = []
        for place, held in level:
            for name, value in held.items():
                yield (*place, name)
                if isinstance(value, Mapping) and len(place) + 1 < _DEEPEST and name not in _AROUND:
                    following.append(((*place, name), value))
        level = following


def _masked(catalogue: Catalogue, body: Json) -> Json:
    """The body as everybody may see it."""
    if not catalogue.mask:
        return body
    return MaskPaths(catalogue.mask).apply({"body": body})[0]["body"]
