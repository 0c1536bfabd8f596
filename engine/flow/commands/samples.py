"""Stored events."""

from engine.base.errors import BadInput
from engine.base.types import Json
from engine.flow.definition import Label

from .command import Args, command
from .work import Work, shorten

_GROUP = "Samples"


class AddSample(Args):
    name: Label
    event: dict[str, Json]
    """`{"body": …, "headers"?, "query"?, "method"?}`"""
    replace: bool = False
    """Take the place of a sample of that name."""


class RenameSample(Args):
    name: Label
    new_name: Label


class DeleteSample(Args):
    name: Label


@command("Add a sample", group=_GROUP)
def add_sample(work: Work, args: AddSample) -> str:
    """Keep an event to try the flow with."""
    samples, known = work.raw["samples"], args.name in work.raw["samples"]
    if known and not args.replace:
        raise BadInput(f"A sample named “{shorten(args.name)}” already exists.", field="name")
    samples[args.name] = args.event
    return f"{'Changed' if known else 'Added'} the sample “{shorten(args.name)}”"


@command("Rename the sample", group=_GROUP, palette=False)
def rename_sample(work: Work, args: RenameSample) -> str:
    """Give a sample another name; tests that use it follow."""
    samples = work.raw["samples"]
    _known(work, args.name)
    if args.new_name != args.name and args.new_name in samples:
        raise BadInput(f"A sample named “{shorten(args.new_name)}” already exists.", field="new_name")
    work.raw["samples"] = {args.new_name if name == args.name else name: samples[name] for name in samples}
    for test in work.raw["tests"]:
        if test.get("sample") == args.name:
            test["sample"] = args.new_name
    return f"Renamed the sample “{shorten(args.name)}” to “{shorten(args.new_name)}”"


@command("Delete the sample", group=_GROUP, palette=False)
def delete_sample(work: Work, args: DeleteSample) -> str:
    """Forget a sample. Tests that used it keep its event."""
    _known(work, args.name)
    event = work.raw["samples"].pop(args.name)
    for test in work.raw["tests"]:
        if test.get("sample") == args.name:
            test["sample"], test["event"] = None, event
    return f"Deleted the sample “{shorten(args.name)}”"


def _known(work: Work, name: str) -> None:
    if name not in work.raw["samples"]:
        raise BadInput(f"There is no sample “{shorten(name)}”.", field="name")
