"""Loops."""

from typing import Annotated

from pydantic import Field

from engine.base.errors import BadInput
from engine.flow.definition import Name, Text

from .command import Args, command
from .work import Work


class SetLoop(Args):
    step: Name
    items: Text = ""
    """The expression that gives the list."""
    until: Text | None = None
    """Looked at after each item: once it is true the loop ends. Null for never."""
    collect: Text | None = None
    """Its values, one for each item, are the loop's output. Null for none."""
    concurrency: Annotated[int, Field(ge=1, le=100)] = 1
    """Items worked on at the same time."""


@command("Set up the loop", group="Loop")
def set_loop(work: Work, args: SetLoop) -> str:
    """Say over what a loop goes and how; what is not given stays."""
    step = work.step(args.step, "loop")
    fields = [
        field for field in ("items", "until", "collect", "concurrency") if field in args.model_fields_set
    ]
    if not fields:
        raise BadInput("Send items, until, collect or concurrency.", field="items")
    for field in fields:
        step[field] = getattr(args, field)
    return f"Changed {', '.join(fields)} of {work.label(args.step)}"
