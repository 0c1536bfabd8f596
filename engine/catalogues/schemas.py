"""JSON Schema and samples, each made from the other as far as that goes."""

from collections.abc import Sequence
from typing import Any

import orjson

from engine.base.types import Json

_DEEPEST = 12
_TYPES: list[tuple[type, str]] = [(bool, "boolean"), (int, "integer"), (float, "number"), (str, "string")]
_FORMATS = {
    "date-time": "2026-03-03T10:15:30Z", "date": "2026-03-03", "time": "10:15:30Z", "duration": "PT5M",
    "email": "ann@example.com", "uri": "https://example.com/", "url": "https://example.com/",
    "uuid": "8f14e45f-ceea-4672-b0a9-3f3f3f3f3f3f", "hostname": "example.com", "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
}  # fmt: skip


def schema_of(samples: Sequence[Json]) -> dict[str, Any]:
    """What samples have in common, as JSON Schema (2020-12): a field that one lacks is not required."""
    return _merged([_one(sample, 0) for sample in samples])


def sample_of(schema: Json) -> Json:
    """A value that a schema describes: its own example where it has one, else made from its parts."""
    return _made(schema, 0)


def trimmed(value: Json, most: int) -> Json:
    """A value whose JSON has at most about so many characters: long lists, long texts, and then the inner
    levels are cut."""
    if len(orjson.dumps(value)) <= most:
        return value
    for items, text, depth in _CUTS:
        cut = _cut(value, items, text, depth)
        if len(orjson.dumps(cut)) <= most:
            break
    return cut


_CUTS = [(3, 500, 20), (1, 200, 20), (1, 100, 6), (1, 100, 4), (1, 100, 3), (1, 60, 2), (1, 60, 1)]
"""Items of a list, characters of a text, and levels that are left, one try after another."""


def _cut(value: Json, items: int, text: int, depth: int) -> Json:
    if isinstance(value, str):
        return value if len(value) <= text else value[:text] + "…"
    if isinstance(value, list):
        return [_cut(item, items, text, depth - 1) for item in value[:items]] if depth > 0 else []
    if isinstance(value, dict):
        inner = value.items() if depth > 0 else ()
        return {key: _cut(item, items, text, depth - 1) for key, item in inner}
    return value


# -- from samples ----------------------------------------------------------------------------------------


def _one(value: Json, depth: int) -> dict[str, Any]:
    if value is None:
        return {"type": "null"}
    for kind, name in _TYPES:
        if isinstance(value, kind):
            return {"type": name}
    if isinstance(value, list):
        if not value or depth > _DEEPEST:
            return {"type": "array"}
        return {"type": "array", "items": _merged([_one(item, depth + 1) for item in value[:50]])}
    if depth > _DEEPEST or not isinstance(value, dict):
        return {"type": "object"}
    properties = {name: _one(item, depth + 1) for name, item in value.items()}
    return {"type": "object", "properties": properties, "required": sorted(properties)}


def _merged(schemas: list[dict[str, Any]]) -> dict[str, Any]:
    if not schemas:
        return {}
    kinds = sorted({kind for each in schemas for kind in _kinds(each)})
    if "number" in kinds and "integer" in kinds:
        kinds.remove("integer")
    made: dict[str, Any] = {"type": kinds[0] if len(kinds) == 1 else kinds}
    items = [each["items"] for each in schemas if "items" in each]
    if items:
        made["items"] = _merged(items)
    objects = [each for each in schemas if "properties" in each]
    if objects:
        names = dict.fromkeys(name for each in objects for name in each["properties"])
        made["properties"] = {
            name: _merged([each["properties"][name] for each in objects if name in each["properties"]])
            for name in names
        }
        made["required"] = sorted(name for name in names if all(name in each["required"] for each in objects))
    return made


def _kinds(schema: dict[str, Any]) -> list[str]:
    kind = schema.get("type", "object")
    return kind if isinstance(kind, list) else [kind]


# -- from a schema ---------------------------------------------------------------------------------------


def _made(schema: Json, depth: int) -> Json:
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return None
    for field in ("const", "example", "default"):
        if field in schema:
            return schema[field]
    for field in ("examples", "enum"):
        if isinstance(schema.get(field), list) and schema[field]:
            return schema[field][0]
    if isinstance(schema.get("allOf"), list):
        parts = [_made(part, depth + 1) for part in schema["allOf"]]
        own = _made({key: value for key, value in schema.items() if key != "allOf"}, depth + 1)
        whole = [part for part in (*parts, own) if isinstance(part, dict)]
        return {key: value for part in whole for key, value in part.items()} if whole else parts[0]
    for field in ("oneOf", "anyOf"):
        if isinstance(schema.get(field), list) and schema[field]:
            return _made(schema[field][0], depth + 1)
    return _plain(schema, depth)


def _plain(schema: dict[str, Any], depth: int) -> Json:
    kinds = [kind for kind in _kinds_of(schema) if kind != "null"]
    kind = kinds[0] if kinds else None
    if kind == "object":
        properties = schema.get("properties")
        found = properties.items() if isinstance(properties, dict) else ()
        return {name: _made(part, depth + 1) for name, part in found}
    if kind == "array":
        return [_made(schema["items"], depth + 1)] if isinstance(schema.get("items"), dict) else []
    if kind == "string":
        return _FORMATS.get(str(schema.get("format")), "text")
    if kind in ("integer", "number"):
        least = schema.get("minimum")
        return least if isinstance(least, int | float) else 1
    return True if kind == "boolean" else None


def _kinds_of(schema: dict[str, Any]) -> list[str]:
    kind = schema.get("type")
    if isinstance(kind, list):
        return [each for each in kind if isinstance(each, str)]
    if isinstance(kind, str):
        return [kind]
    return ["object"] if "properties" in schema else ["array"] if "items" in schema else []
