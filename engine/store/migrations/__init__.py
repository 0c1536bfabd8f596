"""Migrations: how an empty file, or one of an earlier schema, gets the current schema.

A table that is new needs no step: it is made as it stands in `engine.models`. What changes a table that is
there already (a column, an index) is a step at the end of `UPGRADES`, and the schema's number is how many
there were, and one. A step is never changed once a release had it. SQLite's rules for added columns:
https://sqlite.org/lang_altertable.html#altertabaddcol.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlmodel import SQLModel

from .. import models  # noqa: F401 - fills SQLModel.metadata


@dataclass(frozen=True)
class Upgrade:
    """One step from a schema to the next."""

    what: str
    """What is new, for whoever reads the list."""
    statements: tuple[str, ...]


UPGRADES: tuple[Upgrade, ...] = (
    Upgrade(
        "flows stand in folders, carry tags, and are kept for a while once they are deleted",
        (
            "ALTER TABLE flows ADD COLUMN folder_id VARCHAR REFERENCES folders (id)",
            "ALTER TABLE flows ADD COLUMN tags VARCHAR NOT NULL DEFAULT '[]'",
            "ALTER TABLE flows ADD COLUMN deleted VARCHAR",
            "ALTER TABLE flows ADD COLUMN deleted_by VARCHAR",
            "CREATE INDEX flows_by_folder ON flows (folder_id)",
            "CREATE INDEX flows_deleted ON flows (deleted) WHERE deleted IS NOT NULL",
        ),
    ),
    Upgrade(
        "events know the flows that led to them",
        ("ALTER TABLE events ADD COLUMN lineage VARCHAR NOT NULL DEFAULT '[]'",),
    ),
    Upgrade(
        "the runs of a frozen draft are found, to know when it is needed no more",
        ("CREATE INDEX runs_of_drafts ON runs (version_id) WHERE version = 0",),
    ),
    Upgrade(
        "the runs that a run waits for are found, to be canceled with it",
        ("CREATE INDEX runs_by_parent ON runs (parent_run_id) WHERE parent_run_id IS NOT NULL",),
    ),
    Upgrade(
        "the audit log is narrowed by flow and user as fast as by anything",
        (
            "ALTER TABLE events ADD COLUMN flow_id VARCHAR",
            "UPDATE events SET flow_id = COALESCE(json_extract(CAST(envelope AS TEXT), '$.data.flow.id'), "
            "json_extract(CAST(envelope AS TEXT), '$.data.flowRun.flowId'))",
            "DROP INDEX events_by_project",
            "DROP INDEX events_by_action",
            "CREATE INDEX events_by_project ON events (project_id, id, action, user_id, flow_id)",
            "CREATE INDEX events_by_project_action ON events (project_id, action, id, user_id, flow_id)",
            "CREATE INDEX events_by_action ON events (action, id, user_id, flow_id)",
            "CREATE INDEX events_by_user ON events (user_id, id, project_id, action, flow_id) "
            "WHERE user_id IS NOT NULL",
            "CREATE INDEX events_by_flow ON events (flow_id, id, project_id, action, user_id) "
            "WHERE flow_id IS NOT NULL",
        ),
    ),
    Upgrade(
        "a handler flow knows which events its catalogue had, to tell those it gained since",
        ("ALTER TABLE flows ADD COLUMN known_events VARCHAR",),
    ),
    Upgrade(
        "runs with the same ordering key go one after another",
        (
            "ALTER TABLE runs ADD COLUMN order_key VARCHAR",
            "CREATE INDEX runs_in_order ON runs (flow_id, order_key) WHERE order_key IS NOT NULL "
            "AND status IN ('queued', 'running', 'waiting')",
        ),
    ),
)
"""All steps, oldest first: the first one leads from schema 1 to schema 2."""

SCHEMA = 1 + len(UPGRADES)
"""The schema that this Switchyard writes."""


def create(connection: sqlite3.Connection) -> None:
    """Make the tables that are not there. Runs in its caller's transaction."""
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table, statements in _tables().items():
        if table not in there:
            for statement in statements:
                connection.execute(statement)


@cache
def _tables() -> dict[str, tuple[str, ...]]:
    """The statements that make each table and its indexes. SQLAlchemy takes longer to write them than SQLite
    to carry them out."""
    return {table.name: tuple(_statements(table)) for table in SQLModel.metadata.sorted_tables}


def _statements(table: Table) -> Iterator[str]:
    dialect = sqlite.dialect()
    yield str(CreateTable(table).compile(dialect=dialect))
    for index in sorted(table.indexes, key=lambda each: str(each.name)):
        yield str(CreateIndex(index).compile(dialect=dialect))


def upgrade(connection: sqlite3.Connection, version: int) -> None:
    """Take the steps that a file of schema `version` lacks. Runs in its caller's transaction."""
    for step in UPGRADES[version - 1 :]:
        for statement in step.statements:
            connection.execute(statement)
