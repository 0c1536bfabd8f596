"""Routers and their branches."""

from typing import Annotated, Any, Literal

from pydantic import Field

from engine.base.errors import BadInput
from engine.base.types import Json
from engine.flow.check import step_of
from engine.flow.definition import Label, Name, Text

from .command import Args, command
from .places import OTHERWISE
from .steps import copied
from .work import Slot, Work, count, free_label, shorten

_GROUP = "Router"

Position = Annotated[int, Field(ge=0, le=1_000)]
Cases = Annotated[list[Json], Field(max_length=1_000)]


class Router(Args):
    router: Name


class OneBranch(Router):
    branch: Label
    """The branch's name."""


class AddBranch(Router):
    name: Label | None = None
    """Made up if not given."""
    position: Position | None = None
    """From 0; at the end if not given."""
    case: Cases | None = None
    when: Text | None = None


class RenameBranch(OneBranch):
    name: Label
    """The new one."""


class MoveBranch(OneBranch):
    position: Position
    """From 0, counted without the branch itself."""


class SetCase(OneBranch):
    case: Cases | None
    """Values of the router's key that lead here; null for none."""


class SetWhen(OneBranch):
    when: Text | None
    """The condition; null for none."""


class SetIgnore(OneBranch):
    """`otherwise` as the branch means the way of events that match no branch."""

    ignore: bool


class SetKey(Router):
    key: Text | None
    """The expression that the cases are compared with; null for none."""


class SetMatch(Router):
    match: Literal["first", "all"]


class SetParallel(Router):
    parallel: bool


@command("Add a branch", group=_GROUP, key="b")
def add_branch(work: Work, args: AddBranch) -> str:
    """Add a branch to a router."""
    branches = _branches(work, args.router)
    taken = [branch["name"] for branch in branches]
    name = _new_label(args.name, taken) if args.name else free_label(f"Branch {len(taken) + 1}", taken)
    branch = {"name": name, "case": args.case, "when": args.when}
    branches.insert(len(branches) if args.position is None else args.position, branch)
    return f"Added the branch “{shorten(name)}” to {work.label(args.router)}"


@command("Rename the branch", group=_GROUP)
def rename_branch(work: Work, args: RenameBranch) -> str:
    """Give a branch another name; tests that take it follow."""
    branches = _branches(work, args.router)
    _, branch = work.branch(args.router, args.branch)
    branch["name"] = _new_label(args.name, [one["name"] for one in branches if one is not branch])
    work.raw["tests"] = [_taking(test, args.router, args.branch, args.name) for test in work.raw["tests"]]
    return (
        f"Renamed the branch “{shorten(args.branch)}” of {work.label(args.router)} to “{shorten(args.name)}”"
    )


@command("Move the branch", group=_GROUP)
def move_branch(work: Work, args: MoveBranch) -> str:
    """Ask a branch earlier or later than others."""
    branches = _branches(work, args.router)
    number, branch = work.branch(args.router, args.branch)
    del branches[number]
    branches.insert(args.position, branch)
    return f"Moved the branch “{shorten(args.branch)}” of {work.label(args.router)}"


@command("Duplicate the branch", group=_GROUP)
def duplicate_branch(work: Work, args: OneBranch) -> str:
    """Copy a branch, with all its steps, behind itself."""
    number, branch = work.branch(args.router, args.branch)
    slot = Slot(args.router, f"branches/{number}")
    first = work.target(slot)
    steps = work.within(slot)
    names = copied(work, steps, behind=steps[-1]) if steps else {}
    branches = _branches(work, args.router)
    label = free_label(branch["name"], [one["name"] for one in branches])
    # A way that leads nowhere is not copied: it would be a second mistake.
    branches.insert(number + 1, {**branch, "name": label, "next": names.get(first or "")})
    work.touched.update(dict.fromkeys(names.values()))
    return f"Duplicated the branch “{shorten(args.branch)}” of {work.label(args.router)}"


@command("Delete the branch", group=_GROUP)
def delete_branch(work: Work, args: OneBranch) -> str:
    """Delete a branch with all its steps."""
    number, _ = work.branch(args.router, args.branch)
    gone = work.empty(Slot(args.router, f"branches/{number}"))
    del _branches(work, args.router)[number]
    said = f"Deleted the branch “{shorten(args.branch)}” of {work.label(args.router)}"
    return f"{said} with {count(len(gone), 'step')}" if gone else said


@command("Set the cases", group=_GROUP)
def set_case(work: Work, args: SetCase) -> str:
    """Choose the values of the router's key that lead down a branch."""
    _set(work, args, "case", args.case)
    return f"Changed the cases of “{shorten(args.branch)}” in {work.label(args.router)}"


@command("Set the condition", group=_GROUP)
def set_when(work: Work, args: SetWhen) -> str:
    """Write the condition of a branch."""
    _set(work, args, "when", args.when)
    return f"Changed the condition of “{shorten(args.branch)}” in {work.label(args.router)}"


@command("Set the key", group=_GROUP)
def set_key(work: Work, args: SetKey) -> str:
    """Choose the value that the branches' cases are compared with."""
    work.step(args.router, "router", "router")["key"] = args.key
    return f"{'Changed' if args.key else 'Removed'} the key of {work.label(args.router)}"


@command("Take the first branch or all", group=_GROUP)
def set_match(work: Work, args: SetMatch) -> str:
    """Say whether the first matching branch is taken, or every one."""
    step = work.step(args.router, "router", "router")
    step["match"] = args.match
    if args.match == "first":
        step["parallel"] = False  # only several branches can run at the same time
    return (
        f"{work.label(args.router)} takes {'the first' if args.match == 'first' else 'every'} matching branch"
    )


@command("Run branches in turn or at once", group=_GROUP)
def set_parallel(work: Work, args: SetParallel) -> str:
    """Say whether the matching branches run at the same time, which needs a router that takes them all."""
    step = work.step(args.router, "router", "router")
    if args.parallel and step.get("match", "first") != "all":
        raise BadInput("Only a router that takes all matching branches runs them at once.", field="parallel")
    step["parallel"] = args.parallel
    return f"{work.label(args.router)} runs its branches {'at once' if args.parallel else 'in turn'}"


@command("Ignore the events of a branch", group=_GROUP)
def set_ignore(work: Work, args: SetIgnore) -> str:
    """Say whether the events of an empty branch, or of otherwise, are ignored on purpose."""
    step = work.step(args.router, "router", "router")
    if args.branch == OTHERWISE:
        if step.get(OTHERWISE) is None:
            raise BadInput(f"`{args.router}` has no otherwise branch.", field="branch")
        step[OTHERWISE]["ignore"] = args.ignore
    else:
        work.branch(args.router, args.branch)[1]["ignore"] = args.ignore
    return f"{'Ignored' if args.ignore else 'No longer ignored'} the events of {shorten(args.branch)}"


@command("Add an otherwise branch", group=_GROUP)
def add_otherwise(work: Work, args: Router) -> str:
    """Give a router a way for events that match no branch."""
    step = work.step(args.router, "router", "router")
    if step.get(OTHERWISE) is not None:
        raise BadInput(f"`{args.router}` already has an otherwise branch.", field="router")
    step[OTHERWISE] = {"next": None}
    return f"Added an otherwise branch to {work.label(args.router)}"


@command("Remove the otherwise branch", group=_GROUP)
def remove_otherwise(work: Work, args: Router) -> str:
    """Remove the way of events that match no branch, with all its steps; they are unrouted then."""
    step = work.step(args.router, "router", "router")
    if step.get(OTHERWISE) is None:
        raise BadInput(f"`{args.router}` has no otherwise branch.", field="router")
    gone = work.empty(Slot(args.router, OTHERWISE))
    work.steps[args.router][OTHERWISE] = None
    said = f"Removed the otherwise branch of {work.label(args.router)}"
    return f"{said} with {count(len(gone), 'step')}" if gone else said


def _branches(work: Work, router: str) -> list[dict[str, Any]]:
    branches: list[dict[str, Any]] = work.step(router, "router", "router").setdefault("branches", [])
    return branches


def _set(work: Work, args: OneBranch, field: str, value: Json) -> None:
    work.step(args.router, "router", "router")
    work.branch(args.router, args.branch)[1][field] = value


def _new_label(name: str, taken: list[str]) -> str:
    if not name.strip():
        raise BadInput("A branch needs a name.", field="name")
    if name == OTHERWISE:
        raise BadInput("“otherwise” is the branch of events that match no other.", field="name")
    if name in taken:
        raise BadInput(f"A branch named “{shorten(name)}” already exists.", field="name")
    return name


def _taking(test: dict[str, Any], router: str, old: str, new: str) -> dict[str, Any]:
    """A test whose path follows the branch to its new name."""
    expect = test.get("expect") or {}
    path = [
        f"{taken.partition(':')[0]}:{new}"
        if step_of(taken) == router and taken.partition(":")[2] == old
        else taken
        for taken in expect.get("path") or ()
    ]
    return {**test, "expect": {**expect, "path": path}} if path else test
