"""Steps as wholes: added, replaced, moved, duplicated, deleted, renamed."""

from typing import Annotated, Any, Literal

from pydantic import Field

from engine.base.errors import BadInput
from engine.base.types import Json
from engine.flow import rename, rename_all, to_json
from engine.flow.definition import Label, Name, Title

from .command import Args, command
from .places import OTHERWISE, InsertPoint, slot_of, told
from .work import Slot, Work, count, name_of

_GROUP = "Steps"

Names = Annotated[list[Name], Field(min_length=1, max_length=2_000)]


class NewStep(Args):
    """A step to be: an action of a piece, a router or a loop."""

    type: Literal["action", "router", "loop"] = "action"
    piece: Label | None = None
    """The piece of an action."""
    action: Label | None = None
    title: Title = ""
    connection: Label | None = None
    input: dict[str, Json] = Field(default_factory=dict)


class AddStep(NewStep):
    place: InsertPoint
    """Where it goes; what followed there follows the new step."""
    name: Name | None = None
    """What expressions call it; made of its title or its action if not given."""


class ReplaceStep(NewStep):
    step: Name
    keep_first_branch: bool = False
    """Of a router or loop: leave its first line of steps standing behind the new step."""


class MoveSteps(Args):
    steps: Names
    place: InsertPoint


class OneStep(Args):
    step: Name


class DeleteSteps(Args):
    steps: Names
    keep_first_branch: bool = False
    """Of a router or loop: leave its first line of steps standing in its place."""


class RenameStep(Args):
    step: Name
    name: Name
    """The new one."""


@command("Add a step", group=_GROUP, key="a")
def add_step(work: Work, args: AddStep) -> str:
    """Add an action, a router or a loop. What followed at that place follows the new step."""
    slot = slot_of(work, args.place)
    what, step = _made(work, args)
    if args.name is not None and args.name in work.steps:
        raise BadInput(f"A step named `{args.name}` already exists.", field="name")
    name = args.name or work.free_name(_wanted_name(args))
    work.insert(name, step, slot.owner)
    work.put_in(slot, [name])
    return f"Added {what} {told(work, args.place)}"


@command("Replace the step", group=_GROUP, key="r")
def replace_step(work: Work, args: ReplaceStep) -> str:
    """Put another step in a step's place, under its name, so that what reads it still does."""
    old = work.step(args.step)
    what, new = _made(work, args)
    before = work.label(args.step)
    if new["type"] == "action" and old["type"] == "action":
        for field in ("retry", "on_error", "timeout"):
            if field in old:
                new[field] = old[field]
        if new["piece"] == old["piece"] and args.connection is None:
            new["connection"] = old.get("connection")
        new["input"] = {**_shared(work, old, new), **(new["input"] or {})}
    else:
        if args.keep_first_branch:
            work.unwrap(args.step)
        work.empty(*work.inner(args.step))
    work.steps[args.step] = {**new, **_kept(work.steps[args.step])}
    return f"Replaced {before} by {what}"


@command("Move steps", group=_GROUP, key="m")
def move_steps(work: Work, args: MoveSteps) -> str:
    """Move steps, with all that stands within them, to another place. They stay in their order."""
    for name in args.steps:
        work.find(name, field="steps")
    names = work.outermost(args.steps)
    slot = slot_of(work, args.place)
    if slot.owner is not None and any(slot.owner in work.whole(name) for name in names):
        raise BadInput("A step cannot be moved after or into itself.", field="place")
    for name in names:
        work.take_out(name)
    work.put_in(slot, names)
    return f"Moved {_told_steps(work, names)} {told(work, args.place)}"


@command("Duplicate the step", group=_GROUP, key="Ctrl+D")
def duplicate_step(work: Work, args: OneStep) -> str:
    """Copy a step, with all that stands within it, behind itself. Within the copy, references go to the
    copy's own steps."""
    work.find(args.step)
    label = work.label(args.step)
    copy = copied(work, work.whole(args.step), behind=args.step)
    work.point(Slot(copy[args.step], "next"), None)
    work.put_in(Slot(args.step, "next"), [copy[args.step]])
    return f"Duplicated {label}"


@command("Delete steps", group=_GROUP, key="Delete")
def delete_steps(work: Work, args: DeleteSteps) -> str:
    """Delete steps. A router or loop takes along what stands within it, unless told to leave its first
    line standing."""
    for name in args.steps:
        work.find(name, field="steps")
    before = len(work.steps)
    selected = work.drawn(args.steps)
    said = _told_steps(work, selected if args.keep_first_branch else work.outermost(selected))
    for name in selected:
        if name in work.steps:  # else it went with one around it
            if args.keep_first_branch:
                work.unwrap(name)
            work.delete(name)
    gone = before - len(work.steps)
    return f"Deleted {said}" if gone <= len(selected) else f"Deleted {said}, {count(gone, 'step')} in all"


@command("Rename the step", group=_GROUP, key="F2")
def rename_step(work: Work, args: RenameStep) -> str:
    """Give a step another name. All expressions, notes and tests that refer to it follow."""
    work.find(args.step)
    if args.name != args.step and args.name in work.steps:
        raise BadInput(f"A step named `{args.name}` already exists.", field="name")
    work.raw = to_json(rename(work.flow, args.step, args.name))
    work.touched[args.name] = None
    return f"Renamed the step {args.step} to {args.name}"


def copied(work: Work, names: list[str], behind: str | None) -> dict[str, str]:
    """Write copies of steps down, whose references to one another go to the copies; old → new names."""
    taken: set[str] = set()
    mapping: dict[str, str] = {}
    for name in names:
        mapping[name] = work.free_name(name, taken)
        taken.add(mapping[name])
    add_all(work, rename_all({name: work.steps[name] for name in names}, mapping), behind)
    return mapping


def add_all(work: Work, steps: dict[str, dict[str, Any]], behind: str | None) -> None:
    """Write steps down one behind the other, with copies of what `Work` changes in place."""
    for name, step in steps.items():
        if "branches" in step:
            step = {**step, "branches": [dict(branch) for branch in step["branches"]]}
        work.insert(name, dict(step), behind)
        behind = name


def _made(work: Work, args: NewStep) -> tuple[str, dict[str, Any]]:
    """What the new step is called in a sentence, and the step."""
    step: dict[str, Any] = {"type": args.type, "title": args.title, "next": None}
    for field in ("piece", "action") if args.type == "action" else ():
        if getattr(args, field) is None:
            raise BadInput("An action needs `piece` and `action`.", field=field)
    for field in ("piece", "action", "connection", "input") if args.type != "action" else ():
        if getattr(args, field):
            raise BadInput(f"A {args.type} has no {field}.", field=field)
    if args.type == "router":
        return "a router", {**step, "branches": [{"name": "Branch 1"}], OTHERWISE: {"next": None}}
    if args.type == "loop":
        return "a loop", step
    piece, action = str(args.piece), str(args.action)
    own = {"piece": piece, "action": action, "connection": args.connection, "input": args.input}
    return work.title(piece, action), {**step, **own}


def _shared(work: Work, old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """The input of a step for those fields that its successor has by the same name and of the same kind."""
    if work.pieces is None:
        return {}
    kinds = [
        {prop.name: prop.kind for prop in work.pieces.action(one["piece"], one["action"]).properties}
        if one["piece"] in work.pieces.pieces and one["action"] in work.pieces.pieces[one["piece"]].actions
        else {}
        for one in (old, new)
    ]
    given = old.get("input") or {}
    return {name: value for name, value in given.items() if _alike(kinds[0].get(name), kinds[1].get(name))}


def _alike(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and (one == other or {one, other} <= _TEXTUAL)


_TEXTUAL = {"text", "long_text"}


def _kept(old: dict[str, Any]) -> dict[str, Any]:
    """What a step that is replaced leaves to its successor."""
    return {field: old[field] for field in ("note", "skip", "next") if field in old}


def _wanted_name(args: NewStep) -> str:
    if args.type != "action":
        return name_of(args.title, args.type)
    # A single word such as `send` says little without its piece.
    action = name_of(str(args.action), "step")
    otherwise = action if "_" in action else name_of(f"{args.piece}_{action}", "step")
    return name_of(args.title, otherwise)


def _told_steps(work: Work, names: list[str]) -> str:
    return work.label(names[0]) if len(names) == 1 else count(len(names), "step")
