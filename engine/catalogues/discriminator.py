"""What tells a vendor's messages apart: the one place, or the two, whose values name most of them.

Looked for where documents say it: a constant of a schema of body or headers, a list of allowed values that
name events, a value in the examples.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice, product

from engine.base.types import Json

from .event_names import LIKELY
from .evidence import MOST_VALUES, Found, facts_of, likelihood
from .messages import Message
from .places import Place, joined

Key = tuple[str, ...]
"""What stands in the places of one event; the last ones may be missing."""

_MOST_PLACES = 200
_FIRST, _SECOND = 8, 25  # places that are tried together
_SURE = 0.38  # how likely a place's name must be where its values may be anything
_LAST = ("action", "operation", "verb")
"""What reads better behind the other of two places: `lead.created`."""
_EVENT = re.compile(r"[a-z]\w*([.:]\w+)+", re.IGNORECASE | re.ASCII)
_SUFFIX = re.compile(r"(event|message|payload|webhook|notification|data)+$")

_Rank = tuple[float, ...]


@dataclass(frozen=True)
class Choice:
    """Which places tell messages apart, and what stands there."""

    places: tuple[Place, ...]
    keys: tuple[tuple[Key, ...], ...]
    """By message, in their order; empty for one that says nothing there."""
    alone: tuple[str, ...] = ()
    """What in the first place names an event by itself, whatever stands in the second."""
    most: bool = True
    """Whether more than half of the messages can be told from the others."""

    @property
    def expression(self) -> str:
        return joined(self.places, self.alone)


def choose(messages: Sequence[Message]) -> Choice | None:
    """The best choice; None where nothing tells any of the messages from the others."""
    groups = groups_of(messages)
    facts = _narrowed([facts_of(message) for message in messages], groups, messages)
    covered = Counter(place for found in facts for place in found)
    common = [place for place, _ in covered.most_common(_MOST_PLACES)]

    def best(options: Iterable[tuple[Place, ...]]) -> tuple[_Rank, tuple[Place, ...]] | None:
        ranked = [(rank, option) for option in options if (rank := _rank(option, facts, groups, messages))]
        return max(ranked, key=lambda each: each[0], default=None)

    found = best((place,) for place in common)
    if found is None or found[0][0] < len(set(groups)):  # two together tell more apart than one
        likely = sorted(common, key=lambda place: (-covered[place], -likelihood(place)))
        pair = best((a, b) for a, b in product(likely[:_FIRST], likely[:_SECOND]) if a != b)
        found = pair if found is None or (pair and pair[0][0] > found[0][0]) else found
    if found is None:
        return None
    whole, places = len(set(groups)), found[1]
    keys = _with_names(places, tuple(tuple(_keys(places, each)) for each in facts), messages)
    open_ = [
        key[0]
        for message, several in zip(messages, keys, strict=True)
        for key in several
        if len(key) < len(places) and _has(message.payload, places[1][1:])
    ]
    most = whole == 1 or found[0][0] * 2 > whole
    return Choice(places, keys, tuple(dict.fromkeys(open_)), most)


def _with_names(
    places: tuple[Place, ...], keys: tuple[tuple[Key, ...], ...], messages: Sequence[Message]
) -> tuple[tuple[Key, ...], ...]:
    """The keys, where most are spelled as the name of their message or its channel: of a message that may
    say anything in that place, this name."""
    if len(places) > 1 or places[0][:-1] != ("body",):
        return keys
    for names in ([one.name for one in messages], [one.channel for one in messages]):
        names = [name.rpartition("/")[2] for name in names]
        if sum((name,) in own for name, own in zip(names, keys, strict=True)) * 2 > len(messages):
            return tuple(
                own or (((name,),) if places[0][1] in _open_fields(message) else ())
                for name, own, message in zip(names, keys, messages, strict=True)
            )
    return keys


def by_channel(messages: Sequence[Message]) -> list[Message]:
    """The messages as if a text that all bodies have, whose name promises the event's and of which the
    document says nothing, were the name of the channel; none where there is no such text, or where the
    channels are not called like events (`charge.failed`)."""
    fields = [_open_fields(message) for message in messages]
    field = next((name for name in LIKELY if all(name in each for each in fields)), None)
    if field is None or not all(_EVENT.fullmatch(message.channel) for message in messages):
        return []
    return [
        replace(message, payload={"properties": {field: {"const": message.channel}}}) for message in messages
    ]


def _open_fields(message: Message) -> set[str]:
    """Texts of a body that may be anything."""
    properties = message.payload.get("properties")
    found = properties.items() if isinstance(properties, dict) else ()
    said = ("const", "enum", "format", "pattern")
    return {
        str(name)
        for name, part in found
        if isinstance(part, dict) and part.get("type") == "string" and not any(key in part for key in said)
    }


def groups_of(messages: Sequence[Message]) -> list[str]:
    """By message: the same for those that are one and the same, on several channels."""
    return [message.shared or f"{number}" for number, message in enumerate(messages)]


def _rank(
    places: tuple[Place, ...],
    facts: Sequence[Mapping[Place, Found]],
    groups: Sequence[str],
    messages: Sequence[Message],
) -> _Rank | None:
    """How well places tell the messages apart; None for those that tell none, or that name no events."""
    owners: dict[Key, set[str]] = {}
    named = 0
    strength = 3
    for found, group, message in zip(facts, groups, messages, strict=True):
        keys = _keys(places, found)
        for key in keys:
            owners.setdefault(key, set()).add(group)
        matches = any(names_message(key, message) for key in keys)
        named += matches
        strengths = [found[place].strength for place in places if place in found]
        if strengths and not matches and len(places) == 1:
            strength = min(strength, *strengths)
    told = {next(iter(group)) for group in owners.values() if len(group) == 1}
    likely = min(likelihood(place) for place in places)
    if (
        not told
        or (strength < 3 and likely < _SURE and not named)
        or (len(set(groups)) == 1 and not likely and not named)
    ):
        return None
    depth = sum(map(len, places))
    return (len(told), -len(places), named / len(messages) >= 0.5, strength, likely, -depth,
            sum(place[0] == "body" for place in places), places[-1][-1] in _LAST)  # fmt: skip


def _keys(places: tuple[Place, ...], found: Mapping[Place, Found]) -> list[Key]:
    if places[0] not in found:
        return []
    parts = [found[place].values if place in found else ("",) for place in places]
    return [tuple(filter(None, key)) for key in islice(product(*parts), MOST_VALUES)]


def names_message(key: Key, message: Message) -> bool:
    """Whether what stands in the places is the message's name, or its channel's, but for its spelling."""
    names = _names(message.name, message.channel)
    return _bare("".join(key)) in names or _bare(key[-1]) in names


@lru_cache(maxsize=10_000)
def _names(*names: str) -> frozenset[str]:
    bare = {_bare(part) for name in names for part in (name, name.rpartition("/")[2])}
    return frozenset(bare | {_SUFFIX.sub("", name) for name in bare} - {""})


@lru_cache(maxsize=10_000)
def _bare(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", text.lower())


def _has(schema: Json, path: Place) -> bool:
    """Whether a schema has a part at a path."""
    if not path or not isinstance(schema, dict):
        return not path
    if path[0] == 0:
        return _has(schema.get("items"), path[1:])
    properties = schema.get("properties")
    inner = properties.get(path[0]) if isinstance(properties, dict) else None
    several = schema.get("allOf")
    parts = several if isinstance(several, list) else []
    return (inner is not None and _has(inner, path[1:])) or any(_has(part, path) for part in parts)


def _narrowed(
    facts: Sequence[dict[Place, Found]], groups: Sequence[str], messages: Sequence[Message]
) -> list[dict[Place, Found]]:
    """What messages say, where several share one list of allowed values: of the list, the value that is the
    name of the message."""
    owners: dict[tuple[Place, str], set[str]] = {}
    for found, group in zip(facts, groups, strict=True):
        for place, (values, _) in found.items():
            for value in values:
                owners.setdefault((place, value), set()).add(group)

    def narrow(place: Place, found: Found, message: Message) -> Found:
        if len(found.values) == 1 or all(len(owners[place, value]) == 1 for value in found.values):
            return found
        own = tuple(value for value in found.values if names_message((value,), message))
        return found._replace(values=own) if own else found

    return [
        {place: narrow(place, each, message) for place, each in found.items()}
        for found, message in zip(facts, messages, strict=True)
    ]
