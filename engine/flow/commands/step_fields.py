"""What a step does and how it takes failure: its title, input, connection, policies."""

from typing import Any, Literal

from engine.base.errors import BadInput
from engine.base.types import Json
from engine.flow import Retry
from engine.flow.definition import Label, Name, Seconds, Text, Title

from .command import Args, command
from .steps import Names
from .work import Slot, Work, count, shorten, words

_GROUP = "Steps"


class SetTitle(Args):
    step: Name
    title: Title
    """Empty to read the name instead."""


class SetNote(Args):
    step: Name
    note: Text
    """Empty for none."""


class SetSkip(Args):
    steps: Names
    skip: bool


class SetInput(Args):
    step: Name
    field: Label | None = None
    """One field; without it `value` is the whole input."""
    value: Json
    """Null removes the field, or empties the input."""


class SetConnection(Args):
    step: Name
    connection: Label | None
    """Null for none."""


class SetRetry(Args):
    step: Name
    retry: Retry | None
    """Null to try once."""


class SetOnError(Args):
    step: Name
    on_error: Literal["fail", "continue", "way"]
    """The run fails, goes on, or first takes a way of the step's own."""


class SetTimeout(Args):
    step: Name
    timeout: Seconds | None
    """Seconds that one attempt may take; null for project default."""


class SetFailOnNull(Args):
    step: Name
    fail_on_null: bool | None
    """Whether any expression that is null fails the step; null leaves it to the piece."""


@command("Set the title", group=_GROUP, key="t")
def set_title(work: Work, args: SetTitle) -> str:
    """Give a step the title that people read; without one they read its name."""
    before = work.label(args.step)
    work.step(args.step)["title"] = args.title
    return f"Changed the title of {before} to {work.label(args.step)}"


@command("Write a remark", group=_GROUP)
def set_note(work: Work, args: SetNote) -> str:
    """Write a remark about a step."""
    work.step(args.step)["note"] = args.note
    return f"{'Wrote' if args.note else 'Removed'} a remark about {work.label(args.step)}"


@command("Skip or enable steps", group=_GROUP, key="d")
def set_skip(work: Work, args: SetSkip) -> str:
    """Let runs pass steps by, or do them again."""
    for name in dict.fromkeys(args.steps):
        work.step(name, field="steps")["skip"] = args.skip
    names = list(work.touched)
    what = work.label(names[0]) if len(names) == 1 else count(len(names), "step")
    return f"{'Skipped' if args.skip else 'Enabled'} {what}"


@command("Change the input", group=_GROUP, palette=False)
def set_input(work: Work, args: SetInput) -> str:
    """Change one field of a step's input, or the whole input."""
    step = work.step(args.step, "action")
    step["input"] = changed_input(step.get("input", {}), args.field, args.value)
    return told_input(args.field, args.value, work.label(args.step))


@command("Choose a connection", group=_GROUP)
def set_connection(work: Work, args: SetConnection) -> str:
    """Choose the saved connection that a step uses."""
    work.step(args.step, "action")["connection"] = args.connection
    return told_connection(args.connection, work.label(args.step))


@command("Set the retries", group=_GROUP)
def set_retry(work: Work, args: SetRetry) -> str:
    """Say when a step that failed is tried again."""
    work.step(args.step, "action")["retry"] = args.retry and args.retry.model_dump()
    label = work.label(args.step)
    if args.retry is None:
        return f"Removed the retries of {label}"
    return f"Set {label} to {count(args.retry.attempts, 'attempt')}"


@command("Set what follows an error", group=_GROUP)
def set_on_error(work: Work, args: SetOnError) -> str:
    """Say what follows when all attempts failed. Steps on an error way that ends are deleted."""
    step, label = work.step(args.step, "action"), work.label(args.step)
    if args.on_error == "way":
        if not isinstance(step.get("on_error"), dict):
            work.point(Slot(args.step, "on_error"), None)
        return f"Gave {label} an error way"
    gone = work.empty(*work.inner(args.step))
    work.steps[args.step]["on_error"] = args.on_error
    said = "the run fails" if args.on_error == "fail" else "the run continues"
    removed = f"; deleted {count(len(gone), 'step')}" if gone else ""
    return f"When {label} fails, {said}{removed}"


@command("Set the timeout", group=_GROUP)
def set_timeout(work: Work, args: SetTimeout) -> str:
    """Say how long one attempt of a step may take."""
    work.step(args.step, "action")["timeout"] = args.timeout
    label = work.label(args.step)
    return f"Removed the timeout of {label}" if args.timeout is None else f"{label} may take {args.timeout} s"


@command("Set what null expressions do", group=_GROUP)
def set_fail_on_null(work: Work, args: SetFailOnNull) -> str:
    """Say whether an expression of the input that is null fails the step."""
    work.step(args.step, "action")["fail_on_null"] = args.fail_on_null
    label = work.label(args.step)
    if args.fail_on_null is None:
        return f"Null expressions fail {label} only where its message would be empty"
    return f"Null expressions {'fail' if args.fail_on_null else 'never fail'} {label}"


def changed_input(before: dict[str, Any], field: str | None, value: Json) -> dict[str, Any]:
    """An input with one field changed, or replaced as a whole; null removes."""
    if field is None:
        if value is not None and not isinstance(value, dict):
            raise BadInput("The input must be an object of fields.", field="value")
        return dict(value or {})
    if value is None:
        return {key: known for key, known in before.items() if key != field}
    return {**before, field: value}


def told_input(field: str | None, value: Json, label: str) -> str:
    """The sentence of such a change."""
    if field is None:
        return f"Changed the input of {label}"
    return f"{'Cleared' if value is None else 'Changed'} {shorten(words(field))} of {label}"


def told_connection(connection: str | None, label: str) -> str:
    """The sentence of choosing a connection."""
    if connection is None:
        return f"Removed the connection of {label}"
    return f"Chose the connection {shorten(connection)} for {label}"
