"""The flow file as models: what a flow is made of. https://json-schema.org is generated from it."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from engine.base.described import Described
from engine.base.mask_paths import MAX_PATHS
from engine.base.types import Json

NAME = r"^[a-z][a-z0-9_]{0,62}$"
MAX_STEPS = 2_000
MAX_LABELS = 10

# Control and direction characters make a name look like another, in a list, a path or a log.
VISIBLE = r"^[^\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]*$"

Name = Annotated[str, Field(pattern=NAME)]
Text = Annotated[str, Field(max_length=20_000)]
Title = Annotated[str, Field(max_length=200, pattern=VISIBLE)]
Label = Annotated[str, Field(min_length=1, max_length=200, pattern=VISIBLE)]
# The bounds of a number that may be whole or not are lost on their way into the JSON Schema: said twice.
_WEEK = 604_800
_POSITIVE: dict[str, Json] = {"exclusiveMinimum": 0, "maximum": _WEEK}
Seconds = Annotated[int | float, Field(gt=0, le=_WEEK, json_schema_extra=_POSITIVE)]
Delay = Annotated[int | float, Field(ge=0, le=_WEEK, json_schema_extra={"minimum": 0, "maximum": _WEEK})]
Factor = Annotated[int | float, Field(ge=1, le=100, json_schema_extra={"minimum": 1, "maximum": 100})]


class Model(Described, BaseModel):
    """A part of the flow file. Unknown fields and near-miss types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)


class Trigger(Model):
    """What starts the flow."""

    name: Name
    """Unique among the flow's triggers."""
    piece: Label
    """The piece, such as `webhook`."""
    trigger: Label
    """The trigger of that piece, such as `catch`."""
    connection: Label | None = None
    """The name of a saved connection."""
    input: dict[str, Json] = {}
    """The trigger's fields."""
    mask: Annotated[list[Text], Field(max_length=MAX_PATHS)] = []
    """Places of the event whose values are hidden wherever people look, such as `body.card.number`."""
    split: Text | None = None
    """An expression over the event that returns a list, such as `body.items`: each item starts a run."""
    dedupe: Text | None = None
    """An expression over the event; a second event with the same value starts nothing."""
    dedupe_within: Seconds | None = None
    """Seconds after which the same value starts a run again; without it, a week."""
    title: Text = ""
    """What the event is about, with templates: `Order {{ trigger.body.id }}`. The list of runs shows it."""
    labels: Annotated[dict[Name, Text], Field(max_length=MAX_LABELS)] = {}
    """Expressions over the event by name; runs can be found by their values."""


class Retry(Model):
    """When a step that failed is tried again. Delays grow by `factor` up to `max_delay`."""

    attempts: int = Field(1, ge=1, le=50)
    """How often the step is tried in all."""
    first_delay: Delay = 4
    """Seconds before the second attempt."""
    factor: Factor = 2
    """By how much each delay is longer than the one before."""
    max_delay: Delay = 3600
    """No delay is longer, in seconds."""


class Way(Model):
    """Where it goes on: a step, or null for nowhere."""

    next: Name | None = None
    """The first step."""


class Otherwise(Way):
    """The way of events that match no branch."""

    ignore: bool = False
    """They are ignored on purpose: while it is empty, that is no oversight."""


class StepBase(Model):
    """What all steps have."""

    title: Title = ""
    """What people read; the step's name if empty."""
    note: Text = ""
    """A remark for people."""
    skip: bool = False
    """A skipped step does nothing; the flow goes on behind it."""
    next: Name | None = None
    """The step that follows; null ends this line, and then the step around it goes on."""


class ActionStep(StepBase):
    """Does one thing, by an action of a piece."""

    type: Literal["action"]
    piece: Label
    """The piece, such as `slack`."""
    action: Label
    """The action of that piece, such as `send_message`."""
    connection: Label | None = None
    """The name of a saved connection."""
    input: dict[str, Json] = {}
    """The action's fields; texts may hold `{{ expressions }}`."""
    retry: Retry | None = None
    """When to try again; without it the step is tried once."""
    on_error: Annotated[
        Annotated[Literal["fail", "continue"], Tag("<word>")] | Annotated[Way, Tag("<way>")],
        Discriminator(lambda value: "<way>" if isinstance(value, dict | Way) else "<word>"),
    ] = "fail"
    """What follows when all attempts failed: the run fails, goes on, or first takes the way given here."""
    timeout: Seconds | None = None
    """Seconds that one attempt may take."""
    fail_on_null: bool | None = None
    """Whether an expression of the input that is null fails the step. Left out, only a message's text does,
    when it would say nothing: all of its expressions are null, or it is blank."""


class Branch(Model):
    """A way out of a router. With both `case` and `when`, both must hold."""

    name: Label
    """What people read, and what the run's path says; unique in the router."""
    case: list[Json] | None = None
    """Values of the router's `key` that lead here."""
    when: Text | None = None
    """A condition: an expression that is true for events that go here."""
    ignore: bool = False
    """Events that come here are ignored on purpose: while the branch is empty, that is no oversight."""
    next: Name | None = None
    """The branch's first step; null for an empty branch."""


class RouterStep(StepBase):
    """Sends an event down the first branch that matches, or down all that do."""

    type: Literal["router"]
    match: Literal["first", "all"] = "first"
    """Whether the first matching branch is taken or every one, in order."""
    parallel: bool = False
    """With `all`: the matching branches run at the same time."""
    key: Text | None = None
    """The expression whose value the branches' `case` lists are compared with."""
    branches: Annotated[list[Branch], Field(max_length=1_000)] = []
    """Asked from the first to the last."""
    otherwise: Otherwise | None = None
    """The way of events that match no branch; without it they are unrouted."""


class LoopStep(StepBase):
    """Runs its body once for each item of a list. Inside, `loop.item` and `loop.index` can be read."""

    type: Literal["loop"]
    items: Text = ""
    """The expression that gives the list."""
    body: Name | None = None
    """The first step of the body."""
    concurrency: int = Field(1, ge=1, le=100)
    """How many items are worked on at the same time."""
    until: Text | None = None
    """An expression looked at after each item: once it is true the loop ends."""
    collect: Text | None = None
    """An expression whose values, one per item, become the loop's output."""


def _step_type(value: Any) -> str:
    kind = value.get("type") if isinstance(value, dict) else getattr(value, "type", None)
    return f"<{kind}>"


Step = Annotated[
    Annotated[ActionStep, Tag("<action>")]
    | Annotated[RouterStep, Tag("<router>")]
    | Annotated[LoopStep, Tag("<loop>")],
    Discriminator(_step_type),
]


class Expectation(Model):
    """What a stored case demands of its run."""

    path: list[str] | None = None
    """The steps taken in order: `step`, `router:branch name`, `router:otherwise`, `loop[0].step`."""
    status: str | None = None
    """The status the run ends with."""
    inputs: dict[str, Json] = {}
    """What steps, by the names the path gives them, must have been called with; of objects the fields
    given here."""
    outputs: dict[str, Json] = {}
    """Likewise, what they must have given."""


class Test(Model):
    """A stored case: an event, and what the flow must do with it."""

    name: Label
    sample: Label | None = None
    """The name of a stored sample, or else"""
    event: dict[str, Json] | None = None
    """the event itself: `{"body": …}`."""
    given: dict[str, Json] = {}
    """What effect steps give, by the names the path gives them: a case has no effects. Others give null."""
    expect: Expectation = Expectation()


class Note(Model):
    """A note on the drawing."""

    text: Text
    step: Name | None = None
    """The step it stands beside."""
    color: Title = ""


class Settings(Model):
    """How the flow as a whole behaves."""

    timeout: Seconds | None = None
    """Seconds a run may be active, waiting excluded."""
    concurrency: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """Runs at the same time."""
    dedupe: Text | None = None
    """An expression over the event; a second event with the same value starts nothing."""
    order_key: Text | None = None
    """An expression over the event; runs with the same value go strictly one after another."""


class Flow(Model):
    """A flow: triggers, and steps that stand in a flat map and name the steps that follow them."""

    format: Literal[1] = 1
    """The version of this file format."""
    name: Label
    """What people call the flow."""
    description: Text = ""
    triggers: Annotated[list[Trigger], Field(max_length=50)] = []
    """What starts it; at most one webhook."""
    start: Name | None = None
    """The first step."""
    steps: Annotated[dict[Name, Step], Field(max_length=MAX_STEPS)] = {}
    """Every step by its name. Each is entered from exactly one place."""
    samples: dict[Label, dict[str, Json]] = {}
    """Example events by name: `{"body": …, "headers": …, "query": …, "method": …}`."""
    tests: list[Test] = []
    """Cases that the flow must pass."""
    notes: list[Note] = []
    layout: dict[str, Json] = {}
    """Where things stand on the drawing; of no meaning to a run."""
    settings: Settings = Settings()
