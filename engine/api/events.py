"""Events: what Switchyard itself said about the project."""

import orjson
from pydantic import Field

from .. import event_store, events, paging
from ..access import Actor, Permission
from ..errors import BadInput
from ..paging import Page
from . import shapes
from .operation import operation
from .services import Services
from .shapes import Answer, JsonObject, Moment, Paged


class EventQuery(Paged):
    action: str | None = Field(None, max_length=100, examples=["flow.published"])


class Event(Answer):
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
    ip: str | None = None
    data: JsonObject


@operation("GET", "/events", Permission.view, answer=shapes.List[Event])
async def list_events(sy: Services, actor: Actor, query: EventQuery) -> Page[orjson.Fragment]:
    """List the project's events, newest first."""
    if query.action is not None and query.action not in events.EVENTS:
        raise BadInput("There is no such event.", field="action")
    after, project_id = paging.decode(query.cursor), str(actor.project_id)
    rows = await sy.db.read(
        lambda session: event_store.list_events(session, project_id, query.action, after, query.limit + 1)
    )
    page = paging.page(rows, query.limit, lambda row: row[0])
    return Page([orjson.Fragment(envelope) for _, envelope in page.data], page.next)


OPERATIONS = (list_events,)
