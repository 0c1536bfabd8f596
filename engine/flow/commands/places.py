"""Where a step can be put: the forms in which a command is told, and the slot that is meant."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Strict, Tag

from engine.flow.definition import Label, Name

from .command import Args
from .work import Slot, Work, shorten

OTHERWISE = "otherwise"


class After(Args):
    """Behind a step, and so before what followed it."""

    after: Name


class InBranch(Args):
    """At the beginning of a router's branch."""

    branch: Annotated[tuple[Name, Label], Strict(False)] = Field(
        description='The router, and the name of its branch or "otherwise"'
    )


class InBody(Args):
    """At the beginning of a loop's body."""

    body: Name


class OnError(Args):
    """At the beginning of the way that a step takes when it failed."""

    on_error: Name


class AtStart(Args):
    """Before all other steps."""

    start: Literal[True]


_FORMS = ("after", "branch", "body", "on_error", "start")


def _form(value: Any) -> str:
    keys = value if isinstance(value, dict) else vars(value) if isinstance(value, Args) else {}
    return f"<{next((key for key in _FORMS if key in keys), 'none')}>"


InsertPoint = Annotated[
    Annotated[After, Tag("<after>")]
    | Annotated[InBranch, Tag("<branch>")]
    | Annotated[InBody, Tag("<body>")]
    | Annotated[OnError, Tag("<on_error>")]
    | Annotated[AtStart, Tag("<start>")],
    Discriminator(
        _form,
        custom_error_type="place",
        custom_error_message="A place is after a step, in a branch, in a loop's body, on_error of a step, "
        "or the start",
    ),
]


def slot_of(work: Work, place: InsertPoint) -> Slot:
    """The slot that a place means. Raises `BadInput` if it is not there."""
    match place:
        case After():
            work.find(place.after, field="place.after")
            return Slot(place.after, "next")
        case InBranch():
            router, label = place.branch
            step = work.find(router, "router", "place.branch")
            if label == OTHERWISE and step.get("otherwise") is not None:
                return Slot(router, OTHERWISE)
            number, _ = work.branch(router, label, "place.branch")
            return Slot(router, f"branches/{number}")
        case InBody():
            work.find(place.body, "loop", "place.body")
            return Slot(place.body, "body")
        case OnError():
            work.find(place.on_error, "action", "place.on_error")
            return Slot(place.on_error, "on_error")
        case _:
            return Slot(None, "start")


def told(work: Work, place: InsertPoint) -> str:
    """The place in a sentence: `after By action`."""
    match place:
        case After():
            return f"after {work.label(place.after)}"
        case InBranch():
            router, label = place.branch
            return f"in the branch “{shorten(label)}” of {work.label(router)}"
        case InBody():
            return f"in {work.label(place.body)}"
        case OnError():
            return f"on the error way of {work.label(place.on_error)}"
        case _:
            return "at the start"
