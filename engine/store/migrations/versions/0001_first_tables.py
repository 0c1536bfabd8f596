"""The tables of the first server."""

import sqlalchemy as sa
from alembic import op

from engine.store.migrations.portable import blob, boolean, create_index, enum, integer, varchar

revision = "0001"
down_revision = None

_OPEN = "status IN ('queued', 'running', 'waiting')"


def upgrade() -> None:
    _users_and_projects()
    _flows()
    _runs()
    op.create_table(
        "events",
        varchar("id", primary_key=True),
        varchar("action"),
        varchar("project_id", null=True),
        varchar("user_id", null=True),
        blob("envelope"),
        varchar("created"),
    )
    create_index("events_by_project", "events", "project_id", "id")
    create_index("events_by_action", "events", "action", "id")


def _users_and_projects() -> None:
    op.create_table(
        "users",
        varchar("id", primary_key=True),
        varchar("email"),
        varchar("name"),
        varchar("password_hash"),
        boolean("platform_admin"),
        boolean("disabled"),
        varchar("created"),
        varchar("last_seen", null=True),
        sa.UniqueConstraint("email"),
    )
    op.create_table(
        "sessions",
        varchar("token_hash", primary_key=True),
        varchar("user_id", sa.ForeignKey("users.id")),
        varchar("created"),
        varchar("expires"),
        varchar("ip"),
        varchar("agent"),
    )
    create_index("ix_sessions_user_id", "sessions", "user_id")
    op.create_table(
        "setup_links",
        varchar("token_hash", primary_key=True),
        varchar("user_id", sa.ForeignKey("users.id"), null=True),
        varchar("expires"),
    )
    create_index("ix_setup_links_user_id", "setup_links", "user_id")
    op.create_table("projects", varchar("id", primary_key=True), varchar("name"), varchar("created"))
    op.create_table(
        "members",
        varchar("project_id", sa.ForeignKey("projects.id"), primary_key=True),
        varchar("user_id", sa.ForeignKey("users.id"), primary_key=True),
        enum("role", 6),
    )
    create_index("ix_members_user_id", "members", "user_id")
    op.create_table(
        "api_keys",
        varchar("id", primary_key=True),
        varchar("project_id", sa.ForeignKey("projects.id")),
        varchar("name"),
        enum("role", 6),
        varchar("token_hash"),
        varchar("last4"),
        varchar("created"),
        varchar("created_by", null=True),
        varchar("last_used", null=True),
        sa.UniqueConstraint("token_hash"),
    )
    create_index("ix_api_keys_project_id", "api_keys", "project_id")
    op.create_table(
        "connections",
        varchar("id", primary_key=True),
        varchar("project_id", sa.ForeignKey("projects.id")),
        varchar("name"),
        varchar("piece"),
        blob("secret"),
        varchar("status"),
        varchar("error", null=True),
        varchar("created"),
        varchar("updated"),
        varchar("checked", null=True),
    )
    create_index("connections_by_name", "connections", "project_id", "name", unique=True)


def _flows() -> None:
    op.create_table(
        "flows",
        varchar("id", primary_key=True),
        varchar("project_id", sa.ForeignKey("projects.id")),
        varchar("name"),
        boolean("enabled"),
        varchar("draft"),
        varchar("digest"),
        integer("revision"),
        integer("published_version", null=True),
        varchar("catalogue", null=True),
        varchar("created"),
        varchar("updated"),
        varchar("updated_by", null=True),
    )
    create_index("flows_by_project", "flows", "project_id", "id")
    op.create_table(
        "flow_versions",
        varchar("id", primary_key=True),
        varchar("project_id", sa.ForeignKey("projects.id")),
        varchar("flow_id", sa.ForeignKey("flows.id")),
        integer("number"),
        varchar("definition"),
        varchar("digest"),
        varchar("note"),
        varchar("created"),
        varchar("created_by", null=True),
    )
    create_index(
        "flow_versions_by_number", "flow_versions", "flow_id", "number", where="number > 0", unique=True
    )
    create_index(
        "flow_drafts_by_digest", "flow_versions", "flow_id", "digest", where="number = 0", unique=True
    )
    op.create_table(
        "store_items",
        varchar("project_id", primary_key=True),
        varchar("flow_id", primary_key=True),
        varchar("key", primary_key=True),
        varchar("value"),
        varchar("updated"),
    )
    op.create_table(
        "trigger_states",
        varchar("flow_id", primary_key=True),
        varchar("trigger", primary_key=True),
        varchar("project_id"),
        varchar("state"),
        varchar("fired", null=True),
    )


def _runs() -> None:
    op.create_table(
        "runs",
        varchar("id", primary_key=True),
        varchar("project_id"),
        varchar("flow_id"),
        varchar("version_id"),
        integer("version"),
        varchar("environment"),
        varchar("trigger"),
        enum("status", 9),
        boolean("unrouted"),
        boolean("repeats"),
        integer("warnings"),
        varchar("path"),
        varchar("error", null=True),
        varchar("response", null=True),
        varchar("lineage"),
        varchar("parent_run_id", null=True),
        varchar("retry_of", null=True),
        varchar("resume_at", null=True),
        integer("active_ms"),
        varchar("created"),
        varchar("started", null=True),
        varchar("finished", null=True),
    )
    create_index("runs_by_project", "runs", "project_id", "id")
    create_index("runs_by_flow", "runs", "flow_id", "id")
    create_index("runs_open", "runs", "status", "flow_id", where=_OPEN)
    create_index(
        "runs_ended_badly", "runs", "project_id", "id", where="status IN ('failed', 'timed_out', 'canceled')"
    )
    create_index("runs_unrouted", "runs", "project_id", "id", where="unrouted")
    create_index("runs_resume", "runs", "resume_at", where="status = 'waiting'")
    op.create_table("run_payloads", varchar("run_id", primary_key=True), blob("payload"))
    op.create_table(
        "journal",
        varchar("run_id", primary_key=True),
        integer("number", primary_key=True),
        blob("records"),
    )
    op.create_table(
        "dedupe",
        varchar("flow_id", primary_key=True),
        varchar("key", primary_key=True),
        varchar("run_id"),
        varchar("created"),
    )
    create_index("dedupe_by_age", "dedupe", "created")
