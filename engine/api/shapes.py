"""The shapes of requests and answers that several operations share, as the OpenAPI document shows them."""

from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from engine.base.actor import Role
from engine.store.models import RunStatus
from engine.store.paging import MAX_LIMIT

T = TypeVar("T")

Moment = Annotated[str, Field(description="ISO 8601 in UTC", examples=["2026-03-03T10:15:30.000Z"])]
Revision = Annotated[int, Field(ge=0, lt=2**31)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
JsonObject = dict[str, Any]
Status = Literal["draft", "published", "enabled", "disabled"]


class ResponseBody(BaseModel):
    """What is sent back."""

    model_config = ConfigDict(defer_build=True)


class Body(BaseModel):
    """What a request carries: no field but the known ones, no value silently turned into another type."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)
    may_be_absent: ClassVar[bool] = False
    """Whether a request without a body means the defaults."""


class Query(BaseModel):
    """The query of an address."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


class Paged(Query):
    cursor: str | None = Field(None, max_length=200, description="`next` of the page before")
    limit: int = Field(50, ge=1, le=MAX_LIMIT)


class Whole(Query):
    """Of a list that is short: all of it comes at once, unless it is asked for in pages."""

    cursor: str | None = Field(None, max_length=200, description="`next` of the page before")
    limit: int | None = Field(None, ge=1, le=MAX_LIMIT, description="Without it, all")


class List(ResponseBody, Generic[T]):
    data: list[T]
    next: str | None = Field(description="The cursor of the next page; null at the end")

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        return f"{params[0].__name__}List"


class ErrorFacts(ResponseBody):
    code: str
    message: str
    field: str | None = Field(None, description="The field, parameter or header that is wrong")
    details: Any = None


class Error(ResponseBody):
    error: ErrorFacts


class Mend(ResponseBody):
    label: str = Field(description="Label of a button that applies it")
    text: str = Field(description="The corrected text for the problem's pointer")


class Problem(ResponseBody):
    pointer: str = Field(description="JSON pointer into the definition")
    message: str
    severity: Literal["error", "warning"]
    code: str = Field(description="Which rule spoke")
    mend: Mend | None = Field(None, description="The likely correction, where there is one")


class LastRun(ResponseBody):
    id: str
    status: RunStatus
    environment: str
    unrouted: bool
    created: Moment


class FlowRow(ResponseBody):
    id: str
    name: str
    enabled: bool
    revision: int
    published_version: int | None
    changed: bool = Field(description="The draft works differently from the published version")
    catalogue: str | None = Field(description="The catalogue that a handler flow was generated from")
    folder: str | None = Field(description="The id of the folder it is in")
    tags: list[str]
    created: Moment
    updated: Moment
    last_run: LastRun | None


class Flow(ResponseBody):
    id: str
    project_id: str
    name: str
    enabled: bool
    revision: int
    published_version: int | None
    changed: bool = Field(description="The draft works differently from the published version")
    webhook_url: str
    catalogue: str | None
    folder: str | None = Field(description="The id of the folder it is in")
    tags: list[str]
    created: Moment
    updated: Moment
    problems: list[Problem]
    definition: JsonObject = Field(description="The draft: a flow file, whose schema is at /schema/flow.json")


class DeletedFlowRow(ResponseBody):
    id: str
    name: str
    published_version: int | None
    deleted: Moment
    deleted_by: str | None = Field(description="The id of the user, or of the API key, that deleted it")


class FolderRow(ResponseBody):
    id: str
    name: str
    flows: int = Field(description="How many flows are in it")
    created: Moment
    updated: Moment


class MissedRuns(ResponseBody):
    count: int = Field(description="Times at which the schedule did not fire; at most 1,000 are counted")
    first: Moment
    last: Moment
    started: int = Field(description="Runs that were started for them afterwards")


class TriggerRow(ResponseBody):
    name: str
    armed: bool = Field(description="It fires, or its service knows where to send")
    next_fire: Moment | None = Field(description="When its schedule or poll comes next")
    error: str | None = Field(description="Why it did not fire the last time, or is not armed")
    missed: MissedRuns | None = Field(description="What its schedule missed the last time that it missed any")


class FlowName(ResponseBody):
    id: str
    name: str


class ImportFinding(ResponseBody):
    flow: str = Field(description="The name of the flow that it is about, as in the document")
    step: str = Field(description="The step's name; `trigger`, or empty for the flow itself")
    severity: str = Field(
        description="error: not converted; warning: it may differ; note: it looks different"
    )
    message: str


class ImportedFlow(Flow):
    flows: list[FlowName] = Field(description="All flows that the document held; the first is this one")
    report: list[ImportFinding] = Field(description="What people should know; empty for a flow file")


class VersionRow(ResponseBody):
    id: str
    number: int
    note: str
    created: Moment
    created_by: str | None = Field(description="The user or API key that published it")


class Version(VersionRow):
    definition: JsonObject


class RunRow(ResponseBody):
    id: str
    flow_id: str
    flow_name: str | None = Field(description="null when the flow is gone")
    version: int = Field(description="0 for a draft")
    environment: str
    trigger: str
    status: RunStatus
    unrouted: bool
    no_action: bool = Field(description="It succeeded, and no step had an effect")
    resolved_by: str | None = Field(description="The retry whose event a branch took")
    dismissed: Moment | None = Field(description="When its unrouted event was dismissed")
    warnings: int
    path: list[str]
    error: JsonObject | None
    retry_of: str | None
    resume_at: Moment | None
    title: str = Field(description="What the event is about, as its trigger says; may be empty")
    labels: dict[str, str] = Field(description="What the trigger names of the event")
    created: Moment
    started: Moment | None
    finished: Moment | None
    duration_ms: int | None


class Step(ResponseBody):
    model_config = ConfigDict(extra="allow")
    name: str
    status: str
    branch: str | list[str] | None = Field(None, description="A list where `match` is all and several match")
    attempts: int
    input: Any
    output: Any
    error: Any
    duration_ms: float | None
    stopped: str | None = Field(
        None, description="Why nothing was done after it: it ended the run, its branch, or its item of a loop"
    )


class Run(ResponseBody):
    model_config = ConfigDict(extra="allow")
    id: str
    flow_id: str
    flow_name: str | None
    project_id: str
    version: int
    status: RunStatus
    environment: str
    unrouted: bool
    no_action: bool
    resolved_by: str | None
    dismissed: Moment | None
    warnings: list[Any]
    path: list[str]
    steps: list[Step]
    error: JsonObject | None
    trigger: JsonObject
    lineage: list[str]
    cuts: list[JsonObject] = Field(description="Flows that it did not start because that would close a cycle")
    retry_of: str | None
    resume_at: Moment | None
    order_key: str | None = Field(description="Runs of the flow with the same key go one after another")
    behind: str | None = Field(description="The run that must end before this one begins")
    title: str = Field(description="What the event is about, as its trigger says; may be empty")
    labels: dict[str, str] = Field(description="What the trigger names of the event")
    created: Moment
    started: Moment | None
    finished: Moment | None


class RejectedRow(ResponseBody):
    id: str
    flow_id: str
    flow_name: str | None = Field(description="null when the flow is gone")
    flow_deleted: bool
    reason: str
    status: int = Field(description="The status that the sender got")
    message: str = Field(description="The message that the sender got")
    method: str
    source: str = Field(description="The sender's address")
    size: int = Field(description="Bytes of the body, as received or as declared")
    whole: bool = Field(description="The body is stored, so that the request can be admitted")
    received: Moment
    admitted: Moment | None
    admitted_by: str | None = Field(description="The id of the user, or of the API key")
    outcome: str | None = Field(description="run, duplicate or held; null until it is admitted")
    run_id: str | None


class SignatureMatch(ResponseBody):
    scheme: str
    connection: str
    secret: Literal["current", "previous", "replaced"]
    sentence: str


class Diagnosis(ResponseBody):
    passes_now: bool = Field(description="It would be verified by today's settings")
    late_by: int | None = Field(
        description="The signature is right; its timestamp was so many seconds from the server's clock"
    )
    matches: list[SignatureMatch] = Field(description="What else would have passed")


class RejectedRequest(RejectedRow):
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str] = Field(description="Values of credentials are masked")
    body: Any = Field(description="The body as the flow would see it")
    body_note: str | None = Field(description="Why there is no body, or how it is shown")
    diagnosis: Diagnosis | None = Field(description="For a request that could not be verified")


class HeldRow(ResponseBody):
    id: str
    flow_id: str
    flow_name: str | None = Field(description="null when the flow is deleted")
    trigger: str
    size: int = Field(description="Bytes, sealed")
    received: Moment


class HeldEvent(HeldRow):
    event: Any = Field(description="What the run will see as `trigger`")


class HeldFlow(ResponseBody):
    flow_id: str
    flow_name: str | None
    enabled: bool = Field(description="It releases its events now")
    events: int
    bytes: int
    oldest: Moment


class Project(ResponseBody):
    id: str
    name: str
    created: Moment
    role: Role | None
