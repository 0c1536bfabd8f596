"""Notes on the drawing, told by their number in the list, from 0."""

from typing import Annotated

from pydantic import Field

from engine.base.errors import BadInput
from engine.flow.definition import Name, Text, Title

from .command import Args, command
from .work import Work, shorten

_GROUP = "Notes"

Number = Annotated[int, Field(ge=0, le=100_000)]


class AddNote(Args):
    text: Text
    """Markdown."""
    step: Name | None = None
    """The step it stands beside; null for none."""
    color: Title = ""


class UpdateNote(Args):
    note: Number
    text: Text = ""
    step: Name | None = None
    color: Title = ""


class DeleteNote(Args):
    note: Number


@command("Add a note", group=_GROUP, key="n")
def add_note(work: Work, args: AddNote) -> str:
    """Put a note on the drawing."""
    if args.step is not None:
        work.step(args.step)
    work.raw["notes"].append({"text": args.text, "step": args.step, "color": args.color})
    return f"Added the note “{_first_line(args.text)}”"


@command("Change the note", group=_GROUP, palette=False)
def update_note(work: Work, args: UpdateNote) -> str:
    """Change a note's text, step or colour; what is not given stays."""
    note = work.raw["notes"][_number(work, args.note)]
    fields = args.model_fields_set - {"note"}
    if not fields:
        raise BadInput("Send text, step or color.", field="text")
    if args.step is not None:
        work.step(args.step)
    for field in fields:
        note[field] = getattr(args, field)
    return f"Changed the note “{_first_line(note['text'])}”"


@command("Delete the note", group=_GROUP, palette=False)
def delete_note(work: Work, args: DeleteNote) -> str:
    """Take a note off the drawing."""
    note = work.raw["notes"].pop(_number(work, args.note))
    return f"Deleted the note “{_first_line(note['text'])}”"


def _number(work: Work, number: int) -> int:
    if number >= len(work.raw["notes"]):
        raise BadInput("There is no such note.", field="note")
    return number


def _first_line(text: str) -> str:
    return shorten(text.strip().partition("\n")[0])
