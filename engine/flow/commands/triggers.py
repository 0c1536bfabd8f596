"""What starts the flow."""

from typing import Annotated

from pydantic import Field

from engine.base.errors import BadInput
from engine.base.mask_paths import MAX_PATHS
from engine.base.types import Json
from engine.flow.definition import MAX_LABELS, Label, Name, Seconds, Text
from engine.flow.masks import mask_paths
from engine.flow.needs import can_split, is_webhook

from .command import Args, command
from .step_fields import changed_input, told_connection, told_input
from .work import Work, free, name_of, words

_GROUP = "Triggers"
_OWN = ("split", "dedupe", "dedupe_within", "title", "labels")
"""What stays when another trigger takes a trigger's place."""


class NewTrigger(Args):
    piece: Label
    trigger: Label
    """The trigger of that piece."""
    connection: Label | None = None
    input: dict[str, Json] = Field(default_factory=dict)


class AddTrigger(NewTrigger):
    name: Name | None = None
    """Made of the piece if not given."""
    position: Annotated[int, Field(ge=0, le=50)] | None = None
    """From 0; at the end if not given."""


class ReplaceTrigger(NewTrigger):
    name: Name
    """The trigger to replace; the new one keeps its name."""


class OneTrigger(Args):
    name: Name


class RenameTrigger(Args):
    name: Name
    new_name: Name


class SetTriggerInput(Args):
    name: Name
    field: Label | None = None
    """One field; without it `value` is the whole input."""
    value: Json
    """Null removes the field, or empties the input."""


class SetTriggerConnection(Args):
    name: Name
    connection: Label | None
    """Null for none."""


class SetTriggerMask(Args):
    name: Name
    mask: Annotated[list[Text], Field(max_length=MAX_PATHS)]
    """Places of its events whose values are hidden, such as `body.card.number`."""


class SetTriggerIdentity(Args):
    name: Name
    dedupe: Text | None
    """An expression over the event; null for none."""
    dedupe_within: Seconds | None = None
    """Seconds after which the same value starts a run again; null for a week."""


class SetTriggerSplit(Args):
    name: Name
    split: Text | None
    """An expression over the event that returns a list; null for none."""


class SetTriggerSummary(Args):
    name: Name
    title: Text
    """What its events are about, with templates; empty for none."""
    labels: Annotated[dict[Name, Text], Field(max_length=MAX_LABELS)]
    """Expressions over the event by name."""


@command("Add a trigger", group=_GROUP, key="Shift+A")
def add_trigger(work: Work, args: AddTrigger) -> str:
    """Let something more start the flow."""
    title = work.title(args.piece, args.trigger, "trigger")
    taken = [trigger["name"] for trigger in work.raw["triggers"]]
    if args.name in taken:
        raise BadInput(f"A trigger named `{args.name}` already exists.", field="name")
    _one_webhook(work, args, None)
    name = args.name or free(name_of(args.piece, "trigger"), taken)
    trigger = {"name": name, **_facts(args)}
    work.raw["triggers"].insert(len(taken) if args.position is None else args.position, trigger)
    work.touched[name] = None
    return f"Added the trigger {title}"


@command("Replace the trigger", group=_GROUP)
def replace_trigger(work: Work, args: ReplaceTrigger) -> str:
    """Put another trigger in a trigger's place, under its name."""
    title = work.title(args.piece, args.trigger, "trigger")
    number, before = work.trigger(args.name, "name")
    _one_webhook(work, args, number)
    hidden = [path for path in mask_paths(before) if path not in (args.input.get("mask") or ())]
    mask = {"mask": hidden} if hidden else {}  # what is hidden stays so, whatever starts the flow
    own = {field: before[field] for field in _OWN if before.get(field)}
    if not can_split(_facts(args), work.pieces):
        own.pop("split", None)
    work.raw["triggers"][number] = {"name": args.name, **_facts(args), **own, **mask}
    return f"Replaced the trigger {words(args.name)} by {title}"


@command("Delete the trigger", group=_GROUP)
def delete_trigger(work: Work, args: OneTrigger) -> str:
    """Let something start the flow no more."""
    number, _ = work.trigger(args.name, "name")
    del work.raw["triggers"][number]
    return f"Deleted the trigger {words(args.name)}"


@command("Rename the trigger", group=_GROUP)
def rename_trigger(work: Work, args: RenameTrigger) -> str:
    """Give a trigger another name; samples that came from it follow. Expressions that compare
    `trigger.name` are left to you."""
    _, trigger = work.trigger(args.name, "name")
    if args.new_name != args.name and any(t["name"] == args.new_name for t in work.raw["triggers"]):
        raise BadInput(f"A trigger named `{args.new_name}` already exists.", field="new_name")
    trigger["name"] = args.new_name
    samples = work.raw["samples"]
    for name, event in samples.items():
        if event.get("name") == args.name:  # the trigger it came from
            samples[name] = {**event, "name": args.new_name}
    work.touched[args.new_name] = None
    return f"Renamed the trigger {args.name} to {args.new_name}"


@command("Change the trigger's input", group=_GROUP, palette=False)
def set_trigger_input(work: Work, args: SetTriggerInput) -> str:
    """Change one field of a trigger's input, or the whole input."""
    _, trigger = work.trigger(args.name, "name")
    trigger["input"] = changed_input(trigger.get("input", {}), args.field, args.value)
    return told_input(args.field, args.value, f"the trigger {words(args.name)}")


@command("Choose the trigger's connection", group=_GROUP)
def set_trigger_connection(work: Work, args: SetTriggerConnection) -> str:
    """Choose the saved connection that a trigger uses."""
    work.trigger(args.name, "name")[1]["connection"] = args.connection
    return told_connection(args.connection, f"the trigger {words(args.name)}")


@command("Hide values of the trigger's events", group=_GROUP, palette=False)
def set_trigger_mask(work: Work, args: SetTriggerMask) -> str:
    """Choose the places of a trigger's events whose values are hidden wherever people look."""
    work.trigger(args.name, "name")[1]["mask"] = args.mask
    count = len(args.mask)
    hidden = f"{count} value{'s' if count != 1 else ''} of" if count else "nothing of"
    return f"Hid {hidden} the events of {words(args.name)}"


@command("Deduplicate the trigger's events", group=_GROUP, palette=False)
def set_trigger_identity(work: Work, args: SetTriggerIdentity) -> str:
    """Choose what tells a trigger's events apart, so that one that comes twice starts one run."""
    _, trigger = work.trigger(args.name, "name")
    trigger["dedupe"], trigger["dedupe_within"] = args.dedupe or None, args.dedupe_within
    return f"Changed the event name field of {words(args.name)}"


@command("Split the trigger's events", group=_GROUP, palette=False)
def set_trigger_split(work: Work, args: SetTriggerSplit) -> str:
    """Choose the list in a trigger's events of which each item starts a run."""
    work.trigger(args.name, "name")[1]["split"] = args.split or None
    return f"Changed how the events of {words(args.name)} are split"


@command("Name the trigger's runs", group=_GROUP, palette=False)
def set_trigger_summary(work: Work, args: SetTriggerSummary) -> str:
    """Choose the title and the labels of the runs that a trigger starts."""
    _, trigger = work.trigger(args.name, "name")
    trigger["title"], trigger["labels"] = args.title, args.labels
    return f"Changed the title and labels of the runs of {words(args.name)}"


def _facts(args: NewTrigger) -> dict[str, Json]:
    return {
        "piece": args.piece,
        "trigger": args.trigger,
        "connection": args.connection,
        "input": args.input,
    }


def _one_webhook(work: Work, args: NewTrigger, replaced: int | None) -> None:
    others = [trigger for number, trigger in enumerate(work.raw["triggers"]) if number != replaced]
    if is_webhook(_facts(args), work.pieces) and any(is_webhook(other, work.pieces) for other in others):
        raise BadInput(
            "A flow can have only one webhook trigger, because it has one webhook address.", field="piece"
        )
