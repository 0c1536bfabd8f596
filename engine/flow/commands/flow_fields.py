"""What is said of the flow as a whole."""

from typing import Annotated

from pydantic import Field

from engine.base.errors import BadInput
from engine.flow.definition import Label, Seconds, Text

from .command import Args, command
from .work import Work, shorten

_GROUP = "Flow"


class SetName(Args):
    name: Label


class SetDescription(Args):
    description: Text


class SetSettings(Args):
    timeout: Seconds | None = None
    """Seconds a run may be active, waiting excluded; null for the instance's limit."""
    concurrency: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """Runs at the same time; null for the instance's limit."""
    dedupe: Text | None = None
    order_key: Text | None = None
    """An expression over the event; a second event with the same value starts nothing. Null for none."""


@command("Rename the flow", group=_GROUP)
def set_name(work: Work, args: SetName) -> str:
    """Give the flow another name."""
    if not args.name.strip():
        raise BadInput("A flow needs a name.", field="name")
    work.raw["name"] = args.name
    return f"Renamed the flow to “{shorten(args.name)}”"


@command("Describe the flow", group=_GROUP)
def set_description(work: Work, args: SetDescription) -> str:
    """Say what the flow is for."""
    work.raw["description"] = args.description
    return "Changed the description"


@command("Change the flow's settings", group=_GROUP)
def set_settings(work: Work, args: SetSettings) -> str:
    """Set the flow's limits, what tells events apart and which go in order; what is not given stays."""
    fields = [field for field in SetSettings.model_fields if field in args.model_fields_set]
    if not fields:
        raise BadInput("Send timeout, concurrency, dedupe or order_key.", field="timeout")
    work.raw["settings"] = {
        **(work.raw.get("settings") or {}),
        **{field: getattr(args, field) for field in fields},
    }
    return f"Changed the flow's {', '.join(fields)}"
