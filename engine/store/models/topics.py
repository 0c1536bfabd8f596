"""Messages between flows."""

from sqlalchemy import Index
from sqlmodel import Field, SQLModel


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
