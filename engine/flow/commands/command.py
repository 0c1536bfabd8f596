"""What a command is: a function that changes a flow on the workbench, with all that tells of it.

    @command("Set the title", group="Steps", key="t")
    def set_title(work: Work, args: SetTitle) -> str:
        '''Give a step the title that people read; without one they read its name.'''

The function raises `BadInput` naming the argument that is wrong, or changes the work and returns a
sentence for the history. Its docstring is the command's summary.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError

from engine.base.described import Described
from engine.base.errors import BadInput
from engine.flow import Flow, Graph, Order, Problem, parse, to_json
from engine.flow.ways import way_problems
from pieces import Registry

from .work import Work


class Args(Described, BaseModel):
    """What a command needs to know. Unknown fields and near-miss types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)


@dataclass(frozen=True, slots=True)
class Change:
    """What a command made of a flow."""

    flow: Flow
    sentence: str
    """What was done, for people: `Added Slack · Send message after By action`."""
    names: tuple[str, ...]
    """The steps and triggers it is about, under the names they have now; the one to show comes first."""


@dataclass(frozen=True, slots=True)
class Command:
    """One way to change a flow."""

    name: str
    title: str
    group: str
    summary: str
    args: type[Args]
    key: str | None
    """The key it is bound to unless the user has chosen another, such as `Ctrl+D`."""
    palette: bool
    """Whether it makes sense to look for it in the command palette."""
    perform: Callable[[Work, Any], str]

    def read(self, values: Mapping[str, Any]) -> Args:
        """The arguments in values from outside. Raises `BadInput` that names the first wrong field."""
        try:
            return self.args.model_validate(dict(values))
        except ValidationError as error:
            problems = [
                {"field": _field(found["loc"]), "message": _sentence(found["msg"])}
                for found in error.errors(include_url=False, include_context=False, include_input=False)
            ]
        first = problems[0]
        raise BadInput(
            f"{first['field']}: {first['message']}" if first["field"] else first["message"],
            field=first["field"] or None,
            details=problems if len(problems) > 1 else None,
        )

    def apply(self, flow: Flow, args: Args | Mapping[str, Any], pieces: Registry | None = None) -> Change:
        """The flow with the change; `flow` itself stays as it is.

        With `pieces`, only what is installed can be added, and sentences have their titles. Raises
        `BadInput` for arguments that do not fit the flow, and for what would break its structure.
        """
        if not isinstance(args, Args):
            args = self.read(args)
        work = Work(flow, pieces)
        sentence = self.perform(work, args)
        changed = parse(work.raw)
        _keep_whole(flow, changed)
        known = {*changed.steps, *(trigger.name for trigger in changed.triggers)}
        return Change(changed, sentence, tuple(name for name in work.touched if name in known))


def command(
    title: str, *, group: str, key: str | None = None, palette: bool = True
) -> Callable[[Callable[[Work, Any], str]], Command]:
    """Declare the function below as a command of that name."""

    def declare(function: Callable[[Work, Any], str]) -> Command:
        return Command(
            name=function.__name__,
            title=title,
            group=group,
            summary=" ".join((inspect.getdoc(function) or "").split()),
            args=get_type_hints(function)["args"],
            key=key,
            palette=palette,
            perform=function,
        )

    return declare


def structure_problems(flow: Flow) -> list[Problem]:
    """What is wrong with the ways between the steps."""
    graph = Graph.of(to_json(flow))
    return list(way_problems(graph, Order(graph)))


def _keep_whole(before: Flow, after: Flow) -> None:
    """A draft written by hand may be broken; no command makes it so, or worse."""
    problems = structure_problems(after)
    if problems and len(problems) > len(structure_problems(before)):
        first = problems[0]
        raise BadInput(
            f"{first.message[:1].upper()}{first.message[1:]}.",
            field=first.pointer,
            details=[problem.to_json() for problem in problems],
        )


def _field(location: tuple[str | int, ...]) -> str:
    # Marks that the validator leaves for the alternatives it tried stand in angle brackets.
    return ".".join(str(part) for part in location if not str(part).startswith("<"))


def _sentence(message: str) -> str:
    message = message.removeprefix("Value error, ")
    if message == "Extra inputs are not permitted":
        message = "There is no such argument"
    return message if message.endswith(".") else message + "."
