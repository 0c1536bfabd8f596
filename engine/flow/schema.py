"""The JSON Schema of the flow file, generated from the models."""

from functools import cache
from typing import Any

from .definition import Flow


@cache
def json_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of the flow file. It knows shapes; what the steps mean, `check` knows."""
    schema = Flow.model_json_schema()
    # Keys that match no pattern would pass unseen.
    for field in ("steps", "samples"):
        schema["properties"][field]["additionalProperties"] = False
    schema["$defs"]["Trigger"]["properties"]["labels"]["additionalProperties"] = False
    schema = _strict(schema)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "/schema/flow.json",
        **schema,
        "title": "Switchyard flow",
    }


_OF_PYDANTIC = ("gt", "ge", "lt", "le", "discriminator")
_WHOLE_OR_NOT = [{"type": "integer"}, {"type": "number"}]


def _strict(schema: Any) -> Any:
    """A schema without keywords that JSON Schema does not know, and with one type where bounds stand: strict
    validators refuse both. Every integer is a number (JSON Schema 2020-12 section 6.1.1)."""
    if isinstance(schema, list):
        return [_strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made: dict[str, Any] = {}
    for key, value in schema.items():
        if key in ("properties", "$defs", "patternProperties"):  # below them stand names
            made[key] = {name: _strict(part) for name, part in value.items()}
        elif key not in _OF_PYDANTIC:
            made[key] = _strict(value)
    if made.get("anyOf") == _WHOLE_OR_NOT:
        del made["anyOf"]
        made = {"type": "number", **made}
    return made
