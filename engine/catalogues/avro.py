"""An Avro schema as JSON Schema, as far as samples and constants need it.

https://avro.apache.org/docs/1.12.0/specification/
"""

from typing import Any

from engine.base.types import Json

_PLAIN = {
    "null": "null", "boolean": "boolean", "int": "integer", "long": "integer", "float": "number",
    "double": "number", "bytes": "string", "string": "string", "fixed": "string",
}  # fmt: skip
_DEEPEST = 20


def json_schema(schema: Json, depth: int = 0) -> dict[str, Any]:
    """What JSON of an Avro schema looks like; of a named type that was defined before, nothing is said."""
    if depth > _DEEPEST:
        return {}
    if isinstance(schema, list):
        parts = [json_schema(each, depth + 1) for each in schema if each != "null"]
        return parts[0] if len(parts) == 1 else {"anyOf": parts}
    if isinstance(schema, str):
        return {"type": _PLAIN[schema]} if schema in _PLAIN else {}
    if not isinstance(schema, dict):
        return {}
    kind = schema.get("type")
    if kind == "record":
        fields = schema.get("fields")
        named = (
            [field for field in fields if isinstance(field, dict) and isinstance(field.get("name"), str)]
            if isinstance(fields, list)
            else []
        )
        properties = {field["name"]: json_schema(field.get("type"), depth + 1) for field in named}
        return {"type": "object", "title": str(schema.get("name", "")), "properties": properties}
    if kind == "enum":
        return {"enum": schema["symbols"]} if isinstance(schema.get("symbols"), list) else {}
    if kind == "array":
        return {"type": "array", "items": json_schema(schema.get("items"), depth + 1)}
    if kind == "map":
        return {"type": "object"}
    return json_schema(kind, depth + 1)
