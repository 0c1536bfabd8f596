"""What came in: counts, identities, and the requests and events that started no run."""

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from .indexes import partial_index


class LedgerRow(SQLModel, table=True):
    """What was counted of a flow in one hour (`ledger`)."""

    __tablename__ = "ledger"
    __table_args__ = (
        Index("ledger_by_hour", "hour"),
        Index("ledger_by_project", "project_id", "hour"),
    )
    project_id: str = Field(primary_key=True)  # "" with `flow_id` "" for what belongs to no flow
    flow_id: str = Field(primary_key=True)
    hour: str = Field(primary_key=True)  # 2026-11-30T08; "" for the sum of all hours before the others
    environment: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    reason: str = Field(primary_key=True)
    count: int


class LedgerTotal(SQLModel, table=True):
    """The sum of the ledger over all projects and hours."""

    __tablename__ = "ledger_totals"
    environment: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    reason: str = Field(primary_key=True)
    count: int


class Dedupe(SQLModel, table=True):
    """An event id that a flow has seen, and the run that it started."""

    __tablename__ = "dedupe"
    __table_args__ = (Index("dedupe_by_age", "created"),)
    flow_id: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    run_id: str
    created: str


class RejectedRequest(SQLModel, table=True):
    """A request that the intake refused. Ids sort by the time of arrival."""

    __tablename__ = "rejected_requests"
    __table_args__ = (
        Index("rejected_by_project", "project_id", "id"),
        Index("rejected_by_flow", "flow_id", "id", "stored_bytes"),
        partial_index("rejected_open", "project_id", "flow_id", where="admitted IS NULL"),
        partial_index("rejected_by_run", "run_id", where="run_id IS NOT NULL"),
    )
    id: str = Field(primary_key=True)
    project_id: str
    flow_id: str
    reason: str  # `rejected_store.Reason`
    status: int  # of the response
    message: str  # of the response
    method: str
    source: str  # the sender's address
    size: int  # bytes of the body as received, or as declared where it was not read
    whole: bool  # the body is in `content`
    content: bytes  # sealed: the request with its headers and, within bounds, its body
    stored_bytes: int  # what the row counts toward its flow's limit
    received: str
    admitted: str | None = None  # when it passed after all
    admitted_by: str | None = None  # the user, or API key
    outcome: str | None = None  # run, duplicate or held
    run_id: str | None = None  # the run that it started, or the held event that it became


class HeldEvent(SQLModel, table=True):
    """An event that a disabled flow accepted: verified, deduplicated, and not a run yet. Ids sort by the time
    of arrival."""

    __tablename__ = "held_events"
    __table_args__ = (
        Index("held_by_project", "project_id", "flow_id"),
        Index("held_by_flow", "flow_id", "id", "size"),
    )
    id: str = Field(primary_key=True)
    project_id: str
    flow_id: str
    trigger: str  # the name of the trigger that received it
    dedupe: str | None = None  # its key in `dedupe`, whose `run_id` is this id until it is released
    lineage: str  # JSON: the flow ids that led here, oldest first
    content: bytes  # sealed: JSON of the event
    size: int  # bytes of the content
    received: str
