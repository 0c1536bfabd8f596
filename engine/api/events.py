"""Events: what Switchyard itself said about the project."""

from typing import Literal

import orjson
from pydantic import Field
from starlette.responses import Response, StreamingResponse

from engine.base.actor import Actor, Permission
from engine.events import audit_log
from engine.events.audit_log import AuditLog
from engine.store.event_store import Filter
from engine.store.paging import Page

from . import shapes
from .operation import operation
from .shapes import JsonObject, Moment, Query, ResponseBody

MEDIA = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}


class Narrowed(Query):
    action: list[str] | None = Field(
        None,
        max_length=100,
        description="One or more, by repeating the parameter; `flow.run.*` for a group",
        examples=["flow.published"],
    )
    user_id: str | None = Field(
        None, min_length=1, max_length=64, description="The user, or the API key, that did it"
    )
    flow_id: str | None = Field(None, min_length=1, max_length=64, description="The flow that it is about")
    since: str | None = Field(None, min_length=1, max_length=40, description="ISO 8601; then or later")
    until: str | None = Field(None, min_length=1, max_length=40, description="ISO 8601; then or earlier")
    text: str | None = Field(None, max_length=200, description="Anywhere in the event")

    def filter(self, actor: Actor) -> Filter:
        return audit_log.narrowed(
            str(actor.project_id),
            actions=self.action or (),
            user_id=self.user_id,
            flow_id=self.flow_id,
            since=self.since,
            until=self.until,
            words=self.text,
        )


class EventQuery(Narrowed, shapes.Paged):
    pass


class ExportQuery(Narrowed):
    format: Literal["csv", "jsonl"] = "jsonl"


class Event(ResponseBody):
    """The envelope, as destinations get it."""

    id: str
    created: Moment
    updated: Moment
    action: str
    platformId: str
    projectId: str | None = None
    projectDisplayName: str | None = None
    userId: str | None = None
    userEmail: str | None = None
    apiKeyId: str | None = None
    apiKeyName: str | None = None
    ip: str | None = None
    data: JsonObject


@operation("GET", "/events", Permission.view, answer=shapes.List[Event])
async def list_events(audit: AuditLog, actor: Actor, query: EventQuery) -> Page[orjson.Fragment]:
    """List the project's events, newest first.

    With `text` a page may hold fewer events than asked for, or none, and still have a `next`: so far was
    looked.
    """
    page = await audit.list(query.filter(actor), query.cursor, query.limit)
    return Page([orjson.Fragment(envelope) for envelope in page.data], page.next)


@operation("GET", "/events/export", Permission.view, answer=str, media=("application/jsonl", "text/csv"))
async def export_events(audit: AuditLog, actor: Actor, query: ExportQuery) -> Response:
    """Export the project's events, newest first, as JSON lines or CSV.

    All that match are sent, however many. In CSV a cell that a spreadsheet would take for a formula begins
    with an apostrophe.
    """
    return StreamingResponse(
        audit.export(query.filter(actor), query.format),
        media_type=MEDIA[query.format],
        headers={
            "Content-Disposition": f'attachment; filename="events.{query.format}"',
            "Cache-Control": "no-store",
        },
    )


@operation("GET", "/events/{event_id}", Permission.view, answer=Event)
async def read_event(audit: AuditLog, actor: Actor, event_id: str) -> JsonObject:
    """Read one event."""
    return await audit.get(str(actor.project_id), event_id)


OPERATIONS = (list_events, export_events, read_event)
