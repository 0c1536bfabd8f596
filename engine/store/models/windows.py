"""Event windows: what steps such as deduplicate and digest remember of events (`store.window_store`)."""

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from .indexes import partial_index


class EventWindow(SQLModel, table=True):
    """The events with one key that a step saw, from the first one until `closes`. The newest window of a key
    takes events; the others are over, and wait for the step that takes what they held."""

    __tablename__ = "event_windows"
    __table_args__ = (
        partial_index("newest_windows", "flow_id", "environment", "step", "key", where="newest", unique=True),
        partial_index("windows_over", "id", where="NOT newest"),
        Index("windows_by_end", "closes"),
        Index("windows_of_flow", "flow_id"),
    )
    id: str = Field(primary_key=True)
    project_id: str
    flow_id: str
    environment: str  # production | test
    step: str  # its name in the flow
    key: str
    newest: bool  # of its key
    opened: float  # Unix seconds, as the other times: a window is compared with them, not read by people
    closes: float | None = None  # None: when it is full
    last: float
    first_run: str
    state: str
    count: int
    held: int
    items: int
    bytes: int
    waiter: str  # the step that waits for its end, by its idempotency key
    waiter_run: str  # the run of that step
    taken: str  # the step that took what was held
    taken_run: str


class StoredPlace(SQLModel, table=True):
    """The place of one step of a run in a window, so that it has the same when it is run again."""

    __tablename__ = "window_places"
    __table_args__ = (
        Index("places_in_window", "window_id", "number"),
        partial_index("places_without_item", "run_id", where="item IS NULL"),
    )
    token: str = Field(primary_key=True)  # the step's idempotency key
    run_id: str
    window_id: str
    number: int
    place: str  # JSON: `pieces.WindowPlace`
    item: str | None = None  # JSON, of an event that was held
