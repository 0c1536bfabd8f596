"""Tests: stored cases that the flow must pass."""

from pydantic import Field

from engine.base.errors import BadInput
from engine.base.types import Json
from engine.flow import Expectation
from engine.flow.definition import Label

from .command import Args, command
from .work import Work, shorten

_GROUP = "Tests"


class AddTest(Args):
    name: Label
    sample: Label | None = None
    """The name of a stored sample, or else"""
    event: dict[str, Json] | None = None
    """the event itself."""
    given: dict[str, Json] = Field(default_factory=dict)
    """What effect steps give, by their names."""
    expect: Expectation = Expectation()
    replace: bool = False
    """Take the place of a test of that name."""


class DeleteTest(Args):
    name: Label


@command("Add a test", group=_GROUP)
def add_test(work: Work, args: AddTest) -> str:
    """Keep a case: an event, and what the flow must do with it."""
    if (args.sample is None) == (args.event is None):
        raise BadInput("A test must have either a sample or an event.", field="event")
    if args.sample is not None and args.sample not in work.raw["samples"]:
        raise BadInput(f"There is no sample “{shorten(args.sample)}”.", field="sample")
    tests = work.raw["tests"]
    number = _number(work, args.name)
    if number is not None and not args.replace:
        raise BadInput(f"A test named “{shorten(args.name)}” already exists.", field="name")
    test = args.model_dump(exclude={"replace"})
    if number is None:
        tests.append(test)
    else:
        tests[number] = test
    return f"{'Added' if number is None else 'Changed'} the test “{shorten(args.name)}”"


@command("Delete the test", group=_GROUP, palette=False)
def delete_test(work: Work, args: DeleteTest) -> str:
    """Forget a case."""
    number = _number(work, args.name)
    if number is None:
        raise BadInput(f"There is no test “{shorten(args.name)}”.", field="name")
    del work.raw["tests"][number]
    return f"Deleted the test “{shorten(args.name)}”"


def _number(work: Work, name: str) -> int | None:
    return next((number for number, test in enumerate(work.raw["tests"]) if test["name"] == name), None)
