"""Runs, their payloads and journals, and the items that flows store."""

from enum import StrEnum

from sqlalchemy import Index, false
from sqlmodel import Field, SQLModel

from .indexes import partial_index


class RunStatus(StrEnum):
    """Where a run is. The four last are terminal."""

    queued = "queued"  # durable, not begun
    running = "running"  # a worker has it
    waiting = "waiting"  # for `resume_at`, or for somebody to resume it
    succeeded = "succeeded"  # every step on the path is done
    failed = "failed"  # a step failed and its error policy ended the run
    canceled = "canceled"  # somebody ended it
    timed_out = "timed_out"  # it was active for longer than its flow allows


TERMINAL = (RunStatus.succeeded, RunStatus.failed, RunStatus.canceled, RunStatus.timed_out)


class Run(SQLModel, table=True):
    """One event going through one version of a flow. Its payload and journal stand in tables of
    their own, so that the end of a run rewrites only this short row."""

    __tablename__ = "runs"
    __table_args__ = (
        Index("runs_by_project", "project_id", "id"),
        Index("runs_by_flow", "flow_id", "id"),
        partial_index("runs_open", "status", "flow_id", where="status IN ('queued', 'running', 'waiting')"),
        partial_index(
            "runs_by_status",
            "project_id",
            "status",
            "id",
            where="status IN ('waiting', 'failed', 'canceled', 'timed_out')",
        ),
        partial_index(
            "runs_of_flow_by_status",
            "flow_id",
            "status",
            "id",
            where="status IN ('waiting', 'failed', 'canceled', 'timed_out')",
        ),
        partial_index("runs_of_tests", "project_id", "id", where="environment = 'test'"),
        partial_index("runs_unrouted", "project_id", "id", where="unrouted"),
        partial_index(
            "runs_unrouted_open",
            "project_id",
            "id",
            where="unrouted AND resolved_by IS NULL AND dismissed IS NULL",
        ),
        partial_index("runs_resume", "resume_at", where="status = 'waiting'"),
        partial_index("runs_by_parent", "parent_run_id", where="parent_run_id IS NOT NULL"),
        partial_index(
            "runs_in_order",
            "flow_id",
            "order_key",
            where="order_key IS NOT NULL AND status IN ('queued', 'running', 'waiting')",
        ),
        partial_index("runs_of_drafts", "version_id", where="version = 0"),
    )
    position: int | None = Field(default=None, primary_key=True)  # the order in which runs were accepted
    id: str = Field(unique=True)
    project_id: str
    flow_id: str
    version_id: str
    version: int  # the version's number; 0 is a draft
    environment: str = "production"  # production | test
    trigger: str  # the name of the trigger that fired
    status: RunStatus
    unrouted: bool = False
    no_action: bool = Field(default=False, sa_column_kwargs={"server_default": false()})  # it had no effect
    resolved_by: str | None = None  # the retry that took this run's unrouted event
    dismissed: str | None = None  # when an unrouted event was taken off the list
    repeats: bool = False  # found running after a crash: its next effect may be a repeat
    warnings: int = 0
    path: str = "[]"  # JSON: the steps taken, as `switchyard run` prints them
    error: str | None = None  # JSON: {"step", "message", …}
    response: str | None = None  # JSON: {"status", "headers", "body"} that a respond action gave
    lineage: str = "[]"  # JSON: the flow ids that led here, oldest first
    parent_run_id: str | None = None  # the run that waits for this one
    retry_of: str | None = None
    resume_at: str | None = None
    order_key: str | None = None  # of its flow's open runs with this key only one is begun (`ordering`)
    active_ms: int = 0  # time spent running in earlier stretches, waits excluded
    created: str
    started: str | None = None
    finished: str | None = None


class RunPayload(SQLModel, table=True):
    """What the trigger gave: JSON of `{"method", "headers", "query", "body"}` for a webhook."""

    __tablename__ = "run_payloads"
    run_id: str = Field(primary_key=True)
    payload: bytes


class RunLabel(SQLModel, table=True):
    """What a run is found by: a label of its trigger, or, under the empty name, its title."""

    __tablename__ = "run_labels"
    __table_args__ = (Index("run_labels_by_value", "project_id", "name", "value", "run_id"),)
    run_id: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    project_id: str
    value: str


class SealedRun(SQLModel, table=True):
    """A part of a run as it really is, sealed, where its mask paths hide something of it: what stands in its
    own place has dots. `part` is event, journal or response."""

    __tablename__ = "sealed_runs"
    run_id: str = Field(primary_key=True)
    part: str = Field(primary_key=True)
    number: int = Field(primary_key=True)  # of the journal's entry; 0 for the others
    content: bytes


class JournalEntry(SQLModel, table=True):
    """A JSON list of step records, appended at every checkpoint and at the end."""

    __tablename__ = "journal"
    run_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    records: bytes


class Hazard(SQLModel, table=True):
    """A step whose expressions are being evaluated beside the event loop (`store.hazards`)."""

    __tablename__ = "hazards"
    run_id: str = Field(primary_key=True)
    step: str = Field(primary_key=True)
    ends: int = 0  # unclean ends of a process at which it was being evaluated
    active: bool = True  # it is being evaluated; after such an end it is not, until it begins again


class StoreItem(SQLModel, table=True):
    """A value kept by the store piece; `flow_id` is empty for one shared by the project."""

    __tablename__ = "store_items"
    project_id: str = Field(primary_key=True)
    flow_id: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    value: str  # JSON
    updated: str
    expires: str | None = Field(default=None, index=True)
    """From this moment on (ISO 8601) there is no value; None for one that stays."""
