"""Flows with their drafts and versions, and what they are built with."""

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from .indexes import partial_index


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
    last_used: str | None = None  # when a step last succeeded with it


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
        partial_index("flows_deleted", "deleted", where="deleted IS NOT NULL"),
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


class UnsavedText(SQLModel, table=True):
    """What a user typed into one panel of a flow's editor and could not save, or left before it was saved."""

    __tablename__ = "unsaved_texts"
    flow_id: str = Field(foreign_key="flows.id", primary_key=True)
    user_id: str = Field(primary_key=True)  # or the API key
    panel: str = Field(primary_key=True)  # what the form is about: `step:greet`, `settings`
    fields: str  # JSON: by name of the control the texts, those that were saved then, and the reason
    updated: str


class FlowVersion(SQLModel, table=True):
    """What was published, or a draft as a test ran it; for ever the same. Runs keep its id."""

    __tablename__ = "flow_versions"
    __table_args__ = (
        partial_index("flow_versions_by_number", "flow_id", "number", unique=True, where="number > 0"),
        partial_index("flow_drafts_by_digest", "flow_id", "digest", unique=True, where="number = 0"),
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
