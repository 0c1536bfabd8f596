"""Who may do what: users and how they sign in, projects, members, keys."""

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from engine.base.actor import Role


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
