"""The REST API under `/api/v1`, one module per noun, and the documents that describe it.

operation   how an operation is declared and called
bodies      what is read from a request
answers     what is sent back
shapes      the forms that both have
openapi     the document made from the operations
asyncapi    the document made from our events
"""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from engine.base.actor import Permission
from engine.base.settings import Settings
from engine.destinations import Destinations
from engine.events import schemas
from engine.flow import json_schema
from engine.web.routes import RouteSpec, bind, route

from . import (
    answers,
    asyncapi,
    balance,
    catalogues,
    commands,
    connections,
    deliveries,
    destinations,
    events,
    flows,
    folders,
    held,
    invitations,
    notifications,
    openapi,
    pieces,
    platform_users,
    projects,
    rejected,
    runs,
    topics,
)
from .operation import Operation
from .services import Services

OPERATIONS: Sequence[Operation] = (
    *flows.OPERATIONS,
    *folders.OPERATIONS,
    *commands.OPERATIONS,
    *catalogues.OPERATIONS,
    *runs.OPERATIONS,
    *rejected.OPERATIONS,
    *held.OPERATIONS,
    *balance.OPERATIONS,
    *events.OPERATIONS,
    *topics.OPERATIONS,
    *connections.OPERATIONS,
    *destinations.OPERATIONS,
    *deliveries.OPERATIONS,
    *pieces.OPERATIONS,
    *projects.OPERATIONS,
    *invitations.OPERATIONS,
    *notifications.OPERATIONS,
    *platform_users.OPERATIONS,
)


def routes(services: Services) -> list[RouteSpec]:
    """The API's routes, and those of its documents, which anybody may read."""
    public = Permission.public
    return [
        *(
            route(
                operation.path,
                bind(operation.endpoint, services),
                methods=(operation.method,),
                permission=operation.permission,
                by="key",
                name=operation.name,
            )
            for operation in OPERATIONS
        ),
        route("/openapi.json", bind(openapi_document, services.settings), permission=public, by="none"),
        route("/asyncapi.json", bind(asyncapi_document, services.settings), permission=public, by="none"),
        route(
            "/schema/events/{action}.json",
            bind(schema_of_event, services.settings),
            permission=public,
            by="none",
        ),
        route(
            "/destinations/{id}/public-key",
            bind(public_key, services.destinations),
            permission=public,
            by="none",
        ),
        route("/schema/flow.json", flow_schema, permission=public, by="none"),
    ]


async def openapi_document(settings: Settings, _request: Request) -> Response:
    """The OpenAPI document of this API."""
    return answers.json(openapi.document(OPERATIONS, settings.base_url))


async def asyncapi_document(settings: Settings, _request: Request) -> Response:
    """The AsyncAPI document of what we send."""
    return answers.json(asyncapi.document(settings.base_url))


async def schema_of_event(settings: Settings, request: Request) -> Response:
    """The JSON Schema of one event."""
    return answers.json(schemas.document(request.path_params["action"], settings.base_url))


async def public_key(destinations: Destinations, request: Request) -> Response:
    """A JWK set (RFC 7517): by which keys receivers check a destination's `v1a` signatures."""
    return answers.json(await destinations.published_keys(request.path_params["id"]))


async def flow_schema(_request: Request) -> Response:
    """The JSON Schema of the flow file."""
    return answers.json(json_schema())


__all__ = ["OPERATIONS", "Services", "routes"]
