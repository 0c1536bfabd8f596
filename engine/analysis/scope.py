"""What expressions can read, put together from a sample and results instead of a run."""

from collections.abc import Mapping
from typing import Any

from engine.base.types import Json


def sample_event(sample: Mapping[str, Any]) -> dict[str, Json]:
    """A stored sample as a run would see it: what it leaves out of a request gets its usual value."""
    return {
        "method": "POST",
        **sample,
        "headers": sample.get("headers") or {},
        "query": sample.get("query") or {},
    }


def sample_scope(
    definition: Mapping[str, Any], sample: Json = None, results: Mapping[str, Json] | None = None
) -> dict[str, Any]:
    """The scope in which a step's expressions can be tried.

    `results` are outputs by step. A `sample` that is not an object stands for an event of that body; without
    one the trigger has its name and nothing else.
    """
    triggers = definition.get("triggers")
    first = triggers[0] if isinstance(triggers, list) and triggers else None
    name = first.get("name") if isinstance(first, Mapping) else None
    if sample is None:
        event: dict[str, Json] = {}
    else:
        event = sample_event(sample if isinstance(sample, Mapping) else {"body": sample})
    return {
        "trigger": {**event, "name": event.get("name") or name or "trigger"},
        "steps": {
            step: {"status": "succeeded", "output": output, "error": None}
            for step, output in (results or {}).items()
        },
        "loop": None,
        "run": {"id": "run_sample", "environment": "test"},
        "flow": {"id": "flow_sample", "name": str(definition.get("name", "")), "version": 0},
        "project": {"id": "project_sample"},
        "vars": {},
    }
