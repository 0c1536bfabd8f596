"""A catalogue made of examples: which field tells events apart is guessed, and can be corrected."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from engine.base import jsonbody
from engine.base.errors import BadInput, Malformed
from engine.base.types import Json

from .definition import MAX_EVENTS, Definition, event_of, group_of, named
from .event_names import LIKELY, is_name
from .places import Place, at, of_event, written

MAX_SAMPLES = 1_000
_VARIANTS = 3
_DEEPEST = 3
_HEADER = re.compile(r"x-.*(event|topic|type|action)|[a-z]+-(event|topic|hook)(-.*)?", re.ASCII)

Event = dict[str, Json]
"""`{"headers": …, "body": …}`, as a flow sees it."""


def read_samples(text: str) -> list[Json]:
    """Bodies from text: a JSON list of them, one body, or one a line. Raises `BadInput`."""
    try:
        whole = jsonbody.loads(text.encode())
        found = whole if isinstance(whole, list) else [whole]
    except Malformed as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2:
            raise BadInput(f"These samples cannot be read: {error.message}", field="samples") from error
        found = [_line(line, number) for number, line in enumerate(lines, 1)]
    except UnicodeEncodeError as error:
        raise BadInput("This is not UTF-8 text.", field="samples") from error
    found = [one for one in found if is_event(one)]
    if not found:
        raise BadInput("Paste at least one event: a JSON object, or a list of objects.", field="samples")
    if len(found) > MAX_SAMPLES:
        raise BadInput(f"At most {MAX_SAMPLES:,} samples are read.", field="samples")
    return found


def is_event(body: Json) -> bool:
    """Whether a body can be told from others: an object, or a list of objects."""
    return isinstance(body, dict) or (isinstance(body, list) and bool(body) and isinstance(body[0], dict))


def guess(bodies: Sequence[Json]) -> str:
    """The expression that most likely names an event, by its bodies; empty when no field does."""
    return guess_by_events([{"headers": {}, "body": body} for body in bodies])


def guess_by_events(events: Sequence[Event]) -> str:
    """The expression that most likely names an event; empty when no field and no header does."""
    best, most = "", 0.0
    for place in _places(events):
        score = _score(place, events)
        if score > most:
            best, most = written(place), score
    return best


def from_samples(bodies: Sequence[Json], title: str, discriminator: str = "") -> Definition:
    """As `from_events`, of bodies alone."""
    return from_events([{"headers": {}, "body": body} for body in bodies], title, discriminator)


def from_events(events: Sequence[Event], title: str, discriminator: str = "") -> Definition:
    """A definition with one event for each name that the discriminator gives over `events`; without one it is
    guessed. Raises `BadInput` when it names none of them."""
    by = of_event(discriminator) or guess_by_events(events) or "'event'"
    groups: dict[str, list[Event]] = {}
    for event in events:
        name = named(by, event)
        if isinstance(name, str) and 0 < len(name) <= 200:
            groups.setdefault(name, []).append(event)
    if not groups:
        raise BadInput("This expression returns a name for none of the samples.", field="discriminator")
    reads = "trigger.headers" in by
    made = [
        {
            "name": name,
            "group": group_of(name),
            "description": "",
            **_sample(found[0], reads),
            "variants": [
                {"name": f"example {number}", **_sample(event, reads)}
                for number, event in enumerate(_others(found), 2)
            ],
        }
        for name, found in list(groups.items())[:MAX_EVENTS]
    ]
    left = len(events) - sum(map(len, groups.values()))
    warnings = [f"{left:,} of {len(events):,} samples have no name by `{by}`."] if left else []
    return {"title": title, "vendor": title, "discriminator": by, "events": made, "warnings": warnings}


def renamed(made: Definition, discriminator: str) -> Definition:
    """The same events, told apart by another expression: each has the name that it gives over its sample, and
    one that it does not name has its own. Raises `BadInput` when it names none."""
    by = of_event(discriminator)
    if by == made["discriminator"]:
        return made
    events: dict[str, dict[str, Any]] = {}
    unnamed = []
    for event in made["events"]:
        name = named(by, event_of(event))
        if isinstance(name, str) and 0 < len(name) <= 200:
            events.setdefault(name, {**event, "name": name})
        else:
            unnamed.append(event)
    if not events:
        raise BadInput("This expression returns a name for none of the events.", field="discriminator")
    for event in unnamed:
        events.setdefault(event["name"], event)
    return {**made, "discriminator": by, "events": list(events.values())}


def _sample(event: Event, with_headers: bool) -> dict[str, Any]:
    """A sample; of its headers those that may name it, where the discriminator reads headers at all."""
    headers = event["headers"] if with_headers and isinstance(event["headers"], dict) else {}
    found = {
        name: value for name, value in headers.items() if _HEADER.fullmatch(name) and isinstance(value, str)
    }
    return {"sample": event["body"], **({"headers": found} if found else {})}


def _line(line: str, number: int) -> Json:
    try:
        return jsonbody.loads(line.encode())
    except (Malformed, UnicodeEncodeError) as error:
        raise BadInput(
            f"Line {number} is not JSON, and neither is the whole text.", field="samples"
        ) from error


def _places(events: Sequence[Event]) -> Iterator[Place]:
    """Where texts stand in the bodies, at most three fields deep and in the first item of lists, and in
    headers that may name an event; those that are found most often first."""
    seen: Counter[Place] = Counter()

    def walk(value: Json, place: Place, depth: int) -> None:
        if isinstance(value, dict) and depth < _DEEPEST:
            for key, inner in list(value.items())[:100]:
                walk(inner, (*place, key), depth + 1)
        elif isinstance(value, list) and value and depth < _DEEPEST:
            walk(value[0], (*place, 0), depth)
        elif isinstance(value, str) and depth:
            seen[place] += 1

    for event in events[:MAX_SAMPLES]:
        walk(event["body"], ("body",), 0)
        for name in event["headers"] if isinstance(event["headers"], dict) else ():
            if _HEADER.fullmatch(name):
                seen["headers", name] += 1
    yield from (place for place, _ in seen.most_common(300))


def _score(place: Place, events: Sequence[Event]) -> float:
    """How likely a place names the event: everywhere, with few values that look like names, near the top."""
    values = [at(event, place) for event in events]
    texts = [value for value in values if isinstance(value, str) and value]
    if len(texts) < 0.6 * len(values) or not all(map(is_name, texts)):
        return 0.0
    kinds, last = len(set(texts)), str(place[-1])
    known = LIKELY.index(last) if last in LIKELY else None
    if place[0] == "headers":
        return 4.0 * len(texts) / len(values) + 5.0 if kinds > 1 else 0.0
    if known is None and (last.lower().endswith("id") or kinds > max(3, 0.5 * len(texts))):
        return 0.0  # what identifies one thing, or free text
    names = [part for part in place[1:] if isinstance(part, str)]
    score = 4.0 * len(texts) / len(values) - 1.5 * (len(names) - 1) - 0.5 * (len(place) - 1 - len(names))
    score += 5.0 - 0.25 * known if known is not None else 0.0
    score += 1.5 if kinds > 1 else -1.0 if len(texts) > 2 else 0.0  # the same in all is an envelope's
    score += 1.5 if all(re.search(r"[._:/]", value) for value in texts) else 0.0
    return score if known is not None or kinds > 1 else 0.0


def _others(events: Sequence[Event]) -> list[Event]:
    """Events after the first whose bodies have other fields than those before them, a few."""
    seen = {_shape(events[0]["body"])}
    found: list[Event] = []
    for event in events[1:]:
        shape = _shape(event["body"])
        if shape not in seen and len(found) < _VARIANTS:
            seen.add(shape)
            found.append(event)
    return found


def _shape(value: Json, depth: int = 0) -> Any:
    if isinstance(value, dict) and depth < 4:
        return frozenset((key, _shape(inner, depth + 1)) for key, inner in value.items())
    if isinstance(value, list) and value and depth < 4:
        return (_shape(value[0], depth + 1),)
    return None
