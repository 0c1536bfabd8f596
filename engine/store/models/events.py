"""Audit events and their way to destinations."""

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from .indexes import partial_index


class Event(SQLModel, table=True):
    """The outbox: something Switchyard says, written with the change it tells of."""

    __tablename__ = "events"
    # Whatever the audit log is narrowed by, one of these gives the ids in order without a look at the rows,
    # which are wide.
    __table_args__ = (
        Index("events_by_project", "project_id", "id", "action", "user_id", "flow_id"),
        Index("events_by_project_action", "project_id", "action", "id", "user_id", "flow_id"),
        Index("events_by_action", "action", "id", "user_id", "flow_id"),
        partial_index(
            "events_by_user",
            "user_id",
            "id",
            "project_id",
            "action",
            "flow_id",
            where="user_id IS NOT NULL",
        ),
        partial_index(
            "events_by_flow",
            "flow_id",
            "id",
            "project_id",
            "action",
            "user_id",
            where="flow_id IS NOT NULL",
        ),
        {"sqlite_autoincrement": True},
    )
    position: int | None = Field(default=None, primary_key=True)  # where readers are: `Dialect.readable`
    id: str = Field(unique=True)
    action: str
    project_id: str | None = None
    user_id: str | None = None  # the user, or API key, that did it
    flow_id: str | None = None  # the flow that it is about
    envelope: bytes  # the JSON that is delivered
    lineage: str = Field(default="[]", sa_column_kwargs={"server_default": "[]"})
    # JSON: the flow ids that led here, oldest first, the run's own last; "[]" for what a person did
    created: str


class Destination(SQLModel, table=True):
    """A receiver of events. `project_id` is null for a platform destination, which receives all projects'."""

    __tablename__ = "destinations"
    __table_args__ = (Index("destinations_by_project", "project_id", "id"),)
    id: str = Field(primary_key=True)
    project_id: str | None = None
    name: str
    kind: str  # webhook, flow, topic, nats, amqp, file
    url: str  # the address; a flow's id, a topic's or a file's name
    events: str  # JSON: actions, "flow.*" for those that begin so, "*" for all
    format: str = "raw"
    headers: bytes = b""  # sealed JSON: header names and values, and what the target's sign-in needs
    secret: bytes = b""  # sealed JSON: the signing keys, newest first
    verification: str = "none"
    status: str = "pending"  # pending until verified, active, inactive with a reason, deleted until wiped
    reason: str = ""
    options: str = "{}"
    failing_since: str | None = None  # nothing but failures since then
    last_delivered: str | None = None
    last_failed: str | None = None
    creator: str | None = None
    created: str
    updated: str


class Delivery(SQLModel, table=True):
    """One event to one destination. Its id sorts by the event's time."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("deliveries_by_destination", "destination_id", "id"),
        Index("deliveries_of_event", "event_id"),
        partial_index("deliveries_due", "destination_id", "next_at", "id", where="status = 'pending'"),
        partial_index("deliveries_held", "destination_id", "id", where="status = 'held'"),
        partial_index("deliveries_dead", "destination_id", "id", where="status = 'dead'"),
        partial_index(
            "deliveries_in_order",
            "destination_id",
            "id",
            where="status = 'pending' AND order_key IS NOT NULL",
        ),
        partial_index(
            "deliveries_of_key",
            "destination_id",
            "order_key",
            "id",
            where="status = 'pending' AND order_key IS NOT NULL",
        ),
    )
    id: str = Field(primary_key=True)
    destination_id: str
    project_id: str | None = None  # the event's
    event_id: str
    action: str
    status: str  # pending, delivered, dead, held, discarded, cut
    reason: str = ""  # why it is dead, held or cut
    order_key: str | None = None  # those of one key go one after the other
    attempts: int = 0
    tries: int = 0  # attempts since it was last told to go: a resend begins the schedule anew
    next_at: str | None = None  # when a pending one is tried
    created: str
    finished: str | None = None


class DeliveryAttempt(SQLModel, table=True):
    """One try of a delivery. Request and answer are kept, bounded, without secrets."""

    __tablename__ = "delivery_attempts"
    # Statistics read nothing but this index: the rows are heavy with requests and answers.
    __table_args__ = (Index("delivery_attempts_by_time", "destination_id", "started", "kind", "duration_ms"),)
    delivery_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    destination_id: str
    started: str
    kind: str  # ok, or what went wrong
    status: int | None = None  # the HTTP status
    error: str | None = None
    duration_ms: float
    phases: str = "{}"  # JSON: dns_ms, connect_ms, tls_ms, first_byte_ms, total_ms
    request: bytes = b""  # JSON: headers, body
    answer: bytes = b""  # JSON: headers, body
    retry_at: str | None = None
    why: str = ""  # why then
    manual: bool = False  # a person asked for it


class Cursor(SQLModel, table=True):
    """How far a reader of the events is: the position of the last one it took in."""

    __tablename__ = "cursors"
    name: str = Field(primary_key=True)
    at: int


class Replay(SQLModel, table=True):
    """Deliveries of a span of time that are sent again, in the order of their ids; `at` is how far it is."""

    __tablename__ = "replays"
    id: str = Field(primary_key=True)
    destination_id: str = Field(index=True)
    since: str
    until: str
    only: str  # failed, all
    at: str = ""
    total: int
    done: int = 0
    state: str = "running"  # running, finished, canceled
    creator: str | None = None
    created: str
