"""A branch for one more value of a router's key: what the command `add_branch` is given."""

from collections.abc import Mapping
from typing import Any

from engine.base.errors import BadInput
from engine.base.types import Json
from engine.catalogues import label


def arguments(definition: Mapping[str, Any], router: str, value: Json) -> dict[str, Any]:
    """The arguments that add a branch for this value, under a name that is free. Raises `BadInput` when the
    draft has no such router with a key, or the value is none that a case can have."""
    step = (definition.get("steps") or {}).get(router)
    if not isinstance(step, Mapping) or not step.get("key"):
        raise BadInput("This router no longer exists, or no longer has a key.")
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise BadInput("The router's key returns no text or number for this event.")
    taken = {branch.get("name") for branch in step.get("branches") or ()}
    first = shown = label(str(value))[:190]
    number = 2
    while shown in taken:
        shown, number = f"{first} {number}", number + 1
    return {"router": router, "name": shown, "case": [value]}
