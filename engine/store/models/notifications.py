"""Mails to the admins of a project about what needs a person."""

from sqlmodel import Field, SQLModel

from .indexes import partial_index


class NotificationSettings(SQLModel, table=True):
    """What a project's admins are mailed about; a project without a row has the defaults."""

    __tablename__ = "notification_settings"
    project_id: str = Field(primary_key=True)
    kinds: str  # JSON: which of `notice_store.KINDS`
    quiet_minutes: int
    last_sent: str | None = None  # when a mail was last handed in
    last_error: str = ""  # why the last try failed, empty once one succeeds


class Notice(SQLModel, table=True):
    """What happened to a flow and was not mailed about yet, with the time of the last mail."""

    __tablename__ = "notices"
    __table_args__ = (partial_index("notices_pending", "project_id", where="pending > 0"),)
    project_id: str = Field(primary_key=True)
    flow_id: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)  # one of `notice_store.KINDS`
    pending: int = 0  # how many happened since the last mail
    first: str = ""  # when the first of them happened
    last: str = ""  # when the last of them happened
    sent: str | None = None  # when a mail last said it
