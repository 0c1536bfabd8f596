"""A catalogue made of examples: which field tells events apart is guessed, and can be corrected."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from engine.base import jsonbody
from engine.base.errors import BadInput, Malformed
from engine.base.types import Json

from .definition import MAX_EVENTS, Definition, group_of, named

MAX_SAMPLES = 1_000
_VARIANTS = 3
_LIKELY = (
    "action", "type", "event", "event_type", "eventType", "event_name", "eventName", "object_kind", "kind",
    "topic", "name", "operation", "status",
)  # fmt: skip
_PLAIN = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_NOT_A_NAME = re.compile(
    r"\d{4}-\d\d-\d\d|[0-9a-f]{8}-[0-9a-f]{4}-|https?://|[^@\s]+@[^@\s]+|.*\d{5,}|.*\s.*\s.*\s|\d+", re.DOTALL
)
_LONGEST = 100


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
        raise BadInput("This is not text in UTF-8.", field="samples") from error
    found = [one for one in found if isinstance(one, dict)]
    if not found:
        raise BadInput("Paste at least one event: a JSON object.", field="samples")
    if len(found) > MAX_SAMPLES:
        raise BadInput(f"At most {MAX_SAMPLES:,} samples are read.", field="samples")
    return found


def guess(bodies: Sequence[Json]) -> str:
    """The expression that most likely names an event; empty when no field does."""
    best, most = "", 0.0
    for path in _paths(bodies):
        score = _score(path, bodies)
        if score > most:
            best, most = ".".join(_quoted(part) for part in path), score
    return best


def from_samples(bodies: Sequence[Json], title: str, discriminator: str = "") -> Definition:
    """A definition with one event for each name that the discriminator gives over `bodies`; without one
    it is guessed. Raises `BadInput` when it names none of them."""
    by = discriminator or guess(bodies) or "'event'"
    groups: dict[str, list[Json]] = {}
    for body in bodies:
        name = named(by, body)
        if isinstance(name, str) and 0 < len(name) <= 200:
            groups.setdefault(name, []).append(body)
    if not groups:
        raise BadInput("This names none of the samples.", field="discriminator")
    events = [
        {
            "name": name,
            "group": group_of(name),
            "description": "",
            "sample": found[0],
            "variants": [
                {"name": f"example {number}", "sample": body} for number, body in enumerate(_others(found), 2)
            ],
        }
        for name, found in list(groups.items())[:MAX_EVENTS]
    ]
    return {"title": title, "vendor": title, "discriminator": by, "events": events}


def renamed(made: Definition, discriminator: str) -> Definition:
    """The same events, told apart by another expression: each has the name that it gives over its sample.
    Raises `BadInput` when it names none."""
    events: dict[str, dict[str, Any]] = {}
    for event in made["events"]:
        name = named(discriminator, event["sample"])
        if isinstance(name, str) and 0 < len(name) <= 200:
            events.setdefault(name, {**event, "name": name})
    if not events:
        raise BadInput("This names none of the events.", field="discriminator")
    return {**made, "discriminator": discriminator, "events": list(events.values())}


def _line(line: str, number: int) -> Json:
    try:
        return jsonbody.loads(line.encode())
    except (Malformed, UnicodeEncodeError) as error:
        raise BadInput(f"Line {number} is no JSON, and the whole is none either.", field="samples") from error


def _paths(bodies: Sequence[Json]) -> Iterator[tuple[str, ...]]:
    """Where texts stand in the bodies, at most three fields deep, the usual names first."""
    seen: Counter[tuple[str, ...]] = Counter()

    def walk(value: Json, path: tuple[str, ...]) -> None:
        if isinstance(value, dict) and len(path) < 3:
            for key, inner in list(value.items())[:100]:
                walk(inner, (*path, key))
        elif isinstance(value, str) and path:
            seen[path] += 1

    for body in bodies[:MAX_SAMPLES]:
        walk(body, ())
    yield from (path for path, _ in seen.most_common(300))


def _score(path: tuple[str, ...], bodies: Sequence[Json]) -> float:
    """How likely a field names the event: everywhere, with few values that look like names, near the top."""
    values = [_at(body, path) for body in bodies]
    texts = [value for value in values if isinstance(value, str) and value]
    if len(texts) < 0.6 * len(values):
        return 0.0
    if any(len(value) > _LONGEST or _NOT_A_NAME.match(value) for value in texts):
        return 0.0
    kinds = len(set(texts))
    known = _LIKELY.index(path[-1]) if path[-1] in _LIKELY else None
    if known is None and (path[-1].lower().endswith("id") or kinds > max(3, 0.5 * len(texts))):
        return 0.0  # what identifies one thing, or free text
    score = 4.0 * len(texts) / len(values) - 1.5 * (len(path) - 1)
    score += 5.0 - 0.25 * known if known is not None else 0.0
    score += 1.5 if kinds > 1 else 0.0
    score += 1.5 if all(re.search(r"[._:/]", value) for value in texts) else 0.0
    return score if known is not None or kinds > 1 else 0.0


def _at(body: Json, path: tuple[str, ...]) -> Json:
    for key in path:
        body = body.get(key) if isinstance(body, dict) else None
    return body


def _quoted(part: str) -> str:
    return part if _PLAIN.fullmatch(part) else orjson.dumps(part).decode()


def _others(bodies: Sequence[Json]) -> list[Json]:
    """Bodies after the first that have other fields than those before them, a few."""
    seen = {_shape(bodies[0])}
    found: list[Json] = []
    for body in bodies[1:]:
        shape = _shape(body)
        if shape not in seen and len(found) < _VARIANTS:
            seen.add(shape)
            found.append(body)
    return found


def _shape(value: Json, depth: int = 0) -> Any:
    if isinstance(value, dict) and depth < 4:
        return frozenset((key, _shape(inner, depth + 1)) for key, inner in value.items())
    return None
