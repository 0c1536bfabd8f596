"""The tables. Every one that holds a user's data carries its project."""

from enum import StrEnum

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from engine.base.actor import Role

# Times are ISO 8601 in UTC with milliseconds and a final Z (`engine.base.clock`): they sort as text,
# read as they are in every tool, and need no conversion on the hot path.


class User(SQLModel, table=True):
    __tablename__ = "users"
    id: str = Field(primary_key=True)
    email: str = Field(unique=True)  # lower case
    name: str = ""
    password_hash: str  # argon2id; empty until the user has chosen a password
    platform_admin: bool = False
    disabled: bool = False
    created: str
    last_seen: str | None = None
    time_zone: str | None = None  # of the IANA database; None for the browser's
    theme: str | None = None  # light, dark, system
    totp_secret: bytes | None = None  # sealed; of an authenticator app
    totp_enabled: str | None = None  # since when a code of the app is asked for; None while it is not
    totp_step: int | None = None  # the time step of the last code that was used


class Session(SQLModel, table=True):
    """A signed-in browser. Only the SHA-256 of its cookie is stored."""

    __tablename__ = "sessions"
    token_hash: str = Field(primary_key=True)
    user_id: str = Field(foreign_key="users.id", index=True)
    created: str
    last_used: str
    expires: str
    ip: str = ""
    agent: str = ""


class SetupLink(SQLModel, table=True):
    """A one-time link under which somebody chooses a password: the first platform admin, or `user_id`."""

    __tablename__ = "setup_links"
    token_hash: str = Field(primary_key=True)
    user_id: str | None = Field(default=None, foreign_key="users.id", index=True)
    expires: str


class RecoveryCode(SQLModel, table=True):
    """A code that replaces one of the authenticator app, once. Only an HMAC of it is stored."""

    __tablename__ = "recovery_codes"
    user_id: str = Field(primary_key=True, foreign_key="users.id")
    code_hash: str = Field(primary_key=True)


class Invitation(SQLModel, table=True):
    """Somebody invited to a project. Of the link under which they join only the SHA-256 is stored."""

    __tablename__ = "invitations"
    __table_args__ = (Index("invitations_by_email", "project_id", "email", unique=True),)
    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="projects.id")
    email: str  # lower case
    role: Role
    token_hash: str = Field(unique=True)
    created: str
    created_by: str | None = None
    expires: str


class Preference(SQLModel, table=True):
    """How a user likes the pages: the editor's keys, say."""

    __tablename__ = "preferences"
    user_id: str = Field(primary_key=True, foreign_key="users.id")
    name: str = Field(primary_key=True)
    value: str


class Project(SQLModel, table=True):
    __tablename__ = "projects"
    id: str = Field(primary_key=True)
    name: str
    created: str


class Member(SQLModel, table=True):
    __tablename__ = "members"
    project_id: str = Field(primary_key=True, foreign_key="projects.id")
    user_id: str = Field(primary_key=True, foreign_key="users.id", index=True)
    role: Role


class ApiKey(SQLModel, table=True):
    """A key of a project, or of the platform. Only its SHA-256 is stored, and `last4` to recognize it."""

    __tablename__ = "api_keys"
    id: str = Field(primary_key=True)
    project_id: str | None = Field(
        default=None, foreign_key="projects.id", index=True
    )  # None: the platform's
    name: str
    role: Role
    token_hash: str = Field(unique=True)
    last4: str
    created: str
    created_by: str | None = None
    last_used: str | None = None


class Connection(SQLModel, table=True):
    """Saved credentials of one piece. `secret` is AES-256-GCM over the JSON of its fields but `hosts`."""

    __tablename__ = "connections"
    __table_args__ = (Index("connections_by_name", "project_id", "name", unique=True),)
    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="projects.id")
    name: str  # what flows refer to: [a-z0-9][a-z0-9-]*
    piece: str
    secret: bytes
    hosts: str | None = None  # JSON list: who may receive the secret, where the piece asks for that
    status: str = "unchecked"  # unchecked | works | failing
    error: str | None = None
    created: str
    updated: str
    checked: str | None = None


class Folder(SQLModel, table=True):
    """Where flows of a project are found together. There are none within one another."""

    __tablename__ = "folders"
    __table_args__ = (Index("folders_by_name", "project_id", "name", unique=True),)
    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="projects.id")
    name: str
    created: str
    updated: str


class Flow(SQLModel, table=True):
    """A flow with its one draft. `draft` is the canonical flow file."""

    __tablename__ = "flows"
    __table_args__ = (
        Index("flows_by_project", "project_id", "id"),
        Index("flows_by_folder", "folder_id"),
        Index("flows_deleted", "deleted", sqlite_where=text("deleted IS NOT NULL")),
    )
    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="projects.id")
    name: str
    enabled: bool = False  # a webhook is answered and triggers fire only while enabled
    draft: str
    digest: str = ""  # of the draft's logic, as in FlowVersion: tells whether it differs from a version
    revision: int = 1  # grows with every change of the draft; an edit names the one it saw
    edit_at: int = 0  # the number of the last edit that is in the draft; those beyond it are undone
    published_version: int | None = None
    catalogue: str | None = None  # the catalogue a handler flow was generated from
    known_events: str | None = None  # JSON: names of its events then, or when one was last left out
    folder_id: str | None = Field(default=None, foreign_key="folders.id")
    tags: str = "[]"  # JSON: a list of texts in small letters, sorted
    created: str
    updated: str
    updated_by: str | None = None
    deleted: str | None = None  # when; it can be restored until it is swept
    deleted_by: str | None = None
    captured: str | None = None  # JSON: samples that `/test` captured, oldest first, each with its digest


class DraftEdit(SQLModel, table=True):
    """One change of a draft as a splice of its text: at `offset`, `removed` made room for `inserted`.

    Replayed backwards and forwards it gives the same bytes again.
    """

    __tablename__ = "draft_edits"
    __table_args__ = (Index("draft_edits_by_number", "flow_id", "number", unique=True),)
    id: str = Field(primary_key=True)
    flow_id: str = Field(foreign_key="flows.id")
    project_id: str
    number: int  # 1, 2, 3 … of this flow; a number that was undone is given again
    command: str  # of `engine.commands`, or save, save_sample, capture_sample, restore
    sentence: str
    args: str | None = None  # JSON; None where they are too long to be kept twice
    offset: int  # characters
    removed: str
    inserted: str
    revision: int  # of the draft once the edit was last applied, undone or redone
    user_id: str | None = None  # the user, or API key, whose edit it is
    created: str


class FlowVersion(SQLModel, table=True):
    """What was published, or a draft as a test ran it; for ever the same. Runs keep its id."""

    __tablename__ = "flow_versions"
    __table_args__ = (
        Index("flow_versions_by_number", "flow_id", "number", unique=True, sqlite_where=text("number > 0")),
        Index("flow_drafts_by_digest", "flow_id", "digest", unique=True, sqlite_where=text("number = 0")),
    )
    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="projects.id")
    flow_id: str = Field(foreign_key="flows.id")
    number: int  # 1, 2, 3 … of this flow; 0 for a frozen draft that a test ran
    definition: str
    digest: str = ""  # SHA-256 of the definition without layout, notes and samples
    note: str = ""
    created: str
    created_by: str | None = None


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
        Index(
            "runs_open", "status", "flow_id", sqlite_where=text("status IN ('queued', 'running', 'waiting')")
        ),
        Index(
            "runs_ended_badly",
            "project_id",
            "id",
            sqlite_where=text("status IN ('failed', 'timed_out', 'canceled')"),
        ),
        Index("runs_unrouted", "project_id", "id", sqlite_where=text("unrouted")),
        Index("runs_resume", "resume_at", sqlite_where=text("status = 'waiting'")),
        Index("runs_by_parent", "parent_run_id", sqlite_where=text("parent_run_id IS NOT NULL")),
        Index(
            "runs_in_order",
            "flow_id",
            "order_key",
            sqlite_where=text("order_key IS NOT NULL AND status IN ('queued', 'running', 'waiting')"),
        ),
        Index("runs_of_drafts", "version_id", sqlite_where=text("version = 0")),
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
        Index("rejected_open", "project_id", "flow_id", sqlite_where=text("admitted IS NULL")),
        Index("rejected_by_run", "run_id", sqlite_where=text("run_id IS NOT NULL")),
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


class TriggerState(SQLModel, table=True):
    """What a trigger remembers between firings (`ctx.state` of its piece)."""

    __tablename__ = "trigger_states"
    flow_id: str = Field(primary_key=True)
    trigger: str = Field(primary_key=True)
    project_id: str
    state: str = "{}"  # JSON
    fired: str | None = None  # when it was saved last


class ArmedTrigger(SQLModel, table=True):
    """How a trigger stands with the engine and with its service. The row outlives the flow until the
    service was told of the end."""

    __tablename__ = "armed_triggers"
    flow_id: str = Field(primary_key=True)
    trigger: str = Field(primary_key=True)
    project_id: str
    definition: str = ""  # JSON: the trigger as it was armed last, as in the flow file
    armed: bool = False  # on_enable went well, and on_disable has not been called since
    error: str | None = None  # why it did not fire, or could not be armed or disarmed


class Event(SQLModel, table=True):
    """The outbox: something Switchyard says, written with the change it tells of."""

    __tablename__ = "events"
    # Whatever the audit log is narrowed by, one of these gives the ids in order without a look at the rows,
    # which are wide.
    __table_args__ = (
        Index("events_by_project", "project_id", "id", "action", "user_id", "flow_id"),
        Index("events_by_project_action", "project_id", "action", "id", "user_id", "flow_id"),
        Index("events_by_action", "action", "id", "user_id", "flow_id"),
        Index(
            "events_by_user",
            "user_id",
            "id",
            "project_id",
            "action",
            "flow_id",
            sqlite_where=text("user_id IS NOT NULL"),
        ),
        Index(
            "events_by_flow",
            "flow_id",
            "id",
            "project_id",
            "action",
            "user_id",
            sqlite_where=text("flow_id IS NOT NULL"),
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
    """Who is told of events. `project_id` is null for one of the platform, which is told of every project."""

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
        Index("deliveries_due", "destination_id", "next_at", "id", sqlite_where=text("status = 'pending'")),
        Index("deliveries_held", "destination_id", "id", sqlite_where=text("status = 'held'")),
        Index("deliveries_dead", "destination_id", "id", sqlite_where=text("status = 'dead'")),
        Index(
            "deliveries_in_order",
            "destination_id",
            "id",
            sqlite_where=text("status = 'pending' AND order_key IS NOT NULL"),
        ),
        Index(
            "deliveries_of_key",
            "destination_id",
            "order_key",
            "id",
            sqlite_where=text("status = 'pending' AND order_key IS NOT NULL"),
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


class TopicMessage(SQLModel, table=True):
    """One message of a topic."""

    __tablename__ = "topic_messages"
    __table_args__ = (
        Index("topic_messages_by_topic", "project_id", "topic", "position"),
        {"sqlite_autoincrement": True},
    )
    position: int | None = Field(default=None, primary_key=True)  # where readers are: `Dialect.readable`
    id: str = Field(unique=True)
    project_id: str
    topic: str
    body: bytes  # JSON
    source: str = ""  # run_…, api, destination: who published it
    lineage: str = "[]"
    created: str


class Subscription(SQLModel, table=True):
    """How far a flow's trigger has read the messages of topics, or the platform's events."""

    __tablename__ = "subscriptions"
    flow_id: str = Field(primary_key=True)
    trigger: str = Field(primary_key=True)
    project_id: str
    source: str = "messages"  # messages, events
    at: int = 0  # the last position that is a run already
    generation: int = 0  # grows with each replay, so that what is read again is no duplicate


class Cut(SQLModel, table=True):
    """An edge that was cut because it would have closed a circle: `flow_id` was not started."""

    __tablename__ = "cuts"
    __table_args__ = (
        Index("cuts_of_run", "project_id", "run_id"),
        Index("cuts_of_flow", "project_id", "flow_id", "id"),
        Index("cuts_by_age", "created"),
    )
    id: str = Field(primary_key=True)
    project_id: str  # the flow's
    run_id: str = ""  # the run that led there, if that is known
    flow_id: str
    via: str  # webhook, topic, event, destination
    reason: str
    created: str


class CustomCatalogue(SQLModel, table=True):
    """A catalogue that a project added: pasted, imported or learned."""

    __tablename__ = "catalogues"
    __table_args__ = (Index("catalogues_by_name", "project_id", "name", unique=True),)
    id: str = Field(primary_key=True)
    project_id: str
    name: str
    definition: str  # JSON, in the shape of the files in engine/catalogues
    source: str  # samples, asyncapi, learned
    created: str
    updated: str
