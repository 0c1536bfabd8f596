"""Copy and paste: steps as plain JSON, which goes through the clipboard into any flow."""

from collections.abc import Collection
from typing import Annotated, Any, Literal

from pydantic import Field

from engine.base.errors import BadInput
from engine.flow import Flow, Note, Step, rename_all, to_json
from engine.flow.definition import MAX_STEPS, Name

from .command import Args, command, structure_problems
from .places import InsertPoint, slot_of, told
from .steps import add_all
from .work import Work, count, free


class Clipboard(Args):
    """Steps that were copied, with all that stands within them. `copy` makes it."""

    switchyard: Literal["steps"]
    roots: Annotated[list[Name], Field(min_length=1, max_length=MAX_STEPS)]
    """The steps that were selected, in their order; the others stand within them."""
    steps: Annotated[dict[Name, Step], Field(max_length=MAX_STEPS)]
    notes: list[Note] = Field(default_factory=list)
    """Notes that stand beside them."""


class Paste(Args):
    place: InsertPoint
    clipboard: Clipboard


def copy(flow: Flow, steps: Collection[str]) -> dict[str, Any]:
    """The clipboard's JSON for a selection of steps. Raises `BadInput` if one is not there."""
    work = Work(flow)
    for name in steps:
        work.find(name, field="steps")
    roots = work.outermost(steps)
    if not roots:
        raise BadInput("Select at least one step.", field="steps")
    names = dict.fromkeys(name for root in roots for name in work.whole(root))
    copied = {name: work.steps[name] for name in names}
    for root in roots:
        copied[root] = {**copied[root], "next": None}
    notes = [note for note in work.raw["notes"] if note.get("step") in names]
    made = {"switchyard": "steps", "roots": roots, "steps": copied}
    return {**made, "notes": notes} if notes else made


@command("Paste", group="Steps", key="Ctrl+V", palette=False)
def paste(work: Work, args: Paste) -> str:
    """Put copied steps in. Names that are taken get a number, references among the steps follow; others
    stay as they are."""
    slot = slot_of(work, args.place)
    steps = _whole_steps(args.clipboard)
    mapping: dict[str, str] = {}
    taken = set(work.steps)
    # Nor a name that the clipboard has: else what reads the one would read the other.
    for name in steps:
        mapping[name] = free(name, taken if name not in taken else taken | steps.keys())
        taken.add(mapping[name])
    add_all(work, rename_all(steps, {old: new for old, new in mapping.items() if old != new}), slot.owner)
    work.put_in(slot, [mapping[root] for root in args.clipboard.roots])
    for note in args.clipboard.notes:
        work.raw["notes"].append(
            {"text": note.text, "color": note.color, "step": mapping.get(note.step or "")}
        )
    return f"Pasted {count(len(steps), 'step')} {told(work, args.place)}"


def _whole_steps(clipboard: Clipboard) -> dict[str, dict[str, Any]]:
    """The steps as JSON. Raises `BadInput` unless every one is led to exactly once, by a root or a step."""
    probe = to_json(Flow(name="Clipboard", steps=clipboard.steps))["steps"]
    roots = clipboard.roots
    if any(root not in probe for root in roots):
        raise BadInput("The clipboard refers to a step that it does not contain.", field="clipboard.roots")
    for root, after in zip(roots, [*roots[1:], None], strict=True):
        probe[root]["next"] = after
    flow = Flow.model_validate({"name": "Clipboard", "start": roots[0], "steps": probe})
    problems = structure_problems(flow)
    if problems:
        first = problems[0]
        raise BadInput(
            f"The clipboard contains broken steps: {first.message}.",
            field="clipboard",
            details=[problem.to_json() for problem in problems],
        )
    for root in roots:
        probe[root]["next"] = None
    steps: dict[str, dict[str, Any]] = probe
    return steps
