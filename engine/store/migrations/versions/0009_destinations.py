"""Destinations of events and their deliveries.

Up to schema 8 these tables were created without a step, by whichever version opened a store first: they may
be missing, complete, or as the first version created them.
"""

from alembic import op

from engine.store.migrations.portable import (
    add_required_column,
    blob,
    boolean,
    create_index,
    has_column,
    has_table,
    integer,
    real,
    varchar,
)

revision = "0009"
down_revision = "0008"

_PENDING_IN_ORDER = "status = 'pending' AND order_key IS NOT NULL"


def upgrade() -> None:
    if not has_table("destinations"):
        _first_tables()
    if not has_column("deliveries", "tries"):
        _order_and_tries()
    if not has_table("cursors"):
        op.create_table("cursors", varchar("name", primary_key=True), integer("at"), varchar("event_id"))


def _order_and_tries() -> None:
    add_required_column("deliveries", integer("tries"), "0")
    create_index("deliveries_in_order", "deliveries", "destination_id", "id", where=_PENDING_IN_ORDER)
    create_index(
        "deliveries_of_key", "deliveries", "destination_id", "order_key", "id", where=_PENDING_IN_ORDER
    )
    op.drop_index("delivery_attempts_by_time", "delivery_attempts")
    create_index(
        "delivery_attempts_by_time", "delivery_attempts", "destination_id", "started", "kind", "duration_ms"
    )


def _first_tables() -> None:
    op.create_table(
        "destinations",
        varchar("id", primary_key=True),
        varchar("project_id", null=True),
        varchar("name"),
        varchar("kind"),
        varchar("url"),
        varchar("events"),
        varchar("format"),
        blob("headers"),
        blob("secret"),
        varchar("verification"),
        varchar("status"),
        varchar("reason"),
        varchar("options"),
        varchar("failing_since", null=True),
        varchar("last_delivered", null=True),
        varchar("last_failed", null=True),
        varchar("creator", null=True),
        varchar("created"),
        varchar("updated"),
    )
    create_index("destinations_by_project", "destinations", "project_id", "id")
    op.create_table(
        "deliveries",
        varchar("id", primary_key=True),
        varchar("destination_id"),
        varchar("project_id", null=True),
        varchar("event_id"),
        varchar("action"),
        varchar("status"),
        varchar("reason"),
        varchar("order_key", null=True),
        integer("attempts"),
        varchar("next_at", null=True),
        varchar("created"),
        varchar("finished", null=True),
    )
    create_index("deliveries_by_destination", "deliveries", "destination_id", "id")
    create_index("deliveries_of_event", "deliveries", "event_id")
    create_index(
        "deliveries_due", "deliveries", "destination_id", "next_at", "id", where="status = 'pending'"
    )
    create_index("deliveries_held", "deliveries", "destination_id", "id", where="status = 'held'")
    create_index("deliveries_dead", "deliveries", "destination_id", "id", where="status = 'dead'")
    op.create_table(
        "delivery_attempts",
        varchar("delivery_id", primary_key=True),
        integer("number", primary_key=True),
        varchar("destination_id"),
        varchar("started"),
        varchar("kind"),
        integer("status", null=True),
        varchar("error", null=True),
        real("duration_ms"),
        varchar("phases"),
        blob("request"),
        blob("answer"),
        varchar("retry_at", null=True),
        varchar("why"),
        boolean("manual"),
    )
    create_index("delivery_attempts_by_time", "delivery_attempts", "destination_id", "started")
    op.create_table(
        "replays",
        varchar("id", primary_key=True),
        varchar("destination_id"),
        varchar("since"),
        varchar("until"),
        varchar("only"),
        varchar("at"),
        integer("total"),
        integer("done"),
        varchar("state"),
        varchar("creator", null=True),
        varchar("created"),
    )
    create_index("ix_replays_destination_id", "replays", "destination_id")
