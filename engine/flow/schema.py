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
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "/schema/flow.json",
        **schema,
        "title": "Switchyard flow",
    }
