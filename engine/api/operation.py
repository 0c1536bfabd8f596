"""How an operation of the REST API is declared: once, as a function.

    @operation("GET", "/flows/{flow_id}", Permission.view, answer=shapes.Flow)
    async def read_flow(flows: Flows, actor: Actor, flow_id: str) -> FlowRecord:
        '''One flow with its draft.'''

The names of the parameters say what they are: a field of `Services` that service, `actor` who asks,
`query` and `body` pydantic models that are read and checked before, `if_match` the header's revision,
`idempotency_key` the header of that name, `request` for the rest, and each name in the path. The
docstring is the description in the OpenAPI document, which is made from these same facts.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from engine.base.actor import Permission
from engine.base.errors import BadInput
from engine.store.paging import part

from . import answers
from .bodies import read_json
from .services import Services
from .shapes import Body, List, Whole

Handler = Callable[..., Awaitable[Any]]

PREFIX = "/api/v1"
_SERVICES = get_type_hints(Services)


@dataclass(frozen=True)
class Operation:
    """One method on one path, with all that the document says of it."""

    method: str
    path: str
    permission: Permission
    handler: Handler
    summary: str
    description: str
    noun: str
    status: int
    answer: Any
    """The type of the answer's JSON; None for an answer without a body, `str` for text."""
    media: tuple[str, ...]
    """The media types of the answer."""
    query: type[BaseModel] | None
    body: type[Body] | None
    errors: tuple[int, ...]
    wants: frozenset[str]
    uses: frozenset[str]
    """The fields of `Services` among its parameters."""
    largest: int | None
    """Bytes of its body, if it takes more than requests usually may have."""

    @property
    def name(self) -> str:
        return self.handler.__name__

    async def endpoint(self, services: Services, request: Request) -> Response:
        """Read what was sent, do it, answer. Raises what the application turns into an answer."""
        values, query = await self._arguments(services, request)
        result = await self.handler(**values)
        if isinstance(result, Response):
            return result
        if isinstance(query, Whole):
            result = _in_pages(result, query)
        return (
            answers.json(result, self.status)
            if self.answer is not None
            else Response(status_code=self.status)
        )

    async def _arguments(self, services: Services, request: Request) -> tuple[dict[str, Any], BaseModel]:
        """What the function is given, and the query."""
        values: dict[str, Any] = dict(request.path_params)
        values |= {name: getattr(services, name) for name in self.uses}
        if "actor" in self.wants:
            values["actor"] = request.state.actor
        if "request" in self.wants:
            values["request"] = request
        if "if_match" in self.wants:
            values["if_match"] = _if_match(request)
        if "idempotency_key" in self.wants:
            values["idempotency_key"] = request.headers.get("idempotency-key") or None
        query = self.query or _NoQuery
        found = _validated(query, _query_values(query, request))
        if "query" in self.wants:
            values["query"] = found
        if self.body is not None:
            limit = max(self.largest or 0, services.settings.max_body_bytes)
            sent = await read_json(request, limit, optional=self.body.may_be_absent)
            values["body"] = _validated(self.body, sent)
        return values, found


class _NoQuery(BaseModel, extra="forbid"):
    pass


def _in_pages(result: Any, query: Whole) -> Any:
    """A list that came as a whole, or as much of it as was asked for; with what it says beside its rows."""
    rows = result["data"] if isinstance(result, dict) else result.data
    page = part(rows, query.limit, query.cursor)
    return {**result, "data": page.data, "next": page.next} if isinstance(result, dict) else page


def _is_list(answer: Any) -> bool:
    return isinstance(answer, type) and issubclass(answer, List)


def operation(
    method: str,
    path: str,
    permission: Permission,
    *,
    answer: Any,
    status: int = 200,
    errors: tuple[int, ...] = (),
    largest: int | None = None,
    media: tuple[str, ...] = ("application/json",),
) -> Callable[[Handler], Operation]:
    """Declare the function below as an operation. `errors` names those beyond what follows from its
    path, body and permission; `largest` is the size of a body, in bytes, that may be larger than others.
    Raises TypeError where a parameter has a service's name and not its type."""

    def declare(handler: Handler) -> Operation:
        hints = get_type_hints(handler)
        uses = frozenset(hints.keys() & _SERVICES.keys())
        for name in uses:
            if hints[name] is not _SERVICES[name]:
                raise TypeError(f"{handler.__name__}: {name} is a {_SERVICES[name].__name__}")
        summary, _, rest = (inspect.getdoc(handler) or "").partition("\n")
        return Operation(
            method=method,
            path=PREFIX + path,
            permission=permission,
            handler=handler,
            summary=summary.rstrip("."),
            description=" ".join(rest.split()),
            noun=path.split("/")[1],
            status=status,
            answer=answer,
            media=media,
            query=hints.get("query", Whole if _is_list(answer) else None),
            body=hints.get("body"),
            errors=errors,
            wants=frozenset(inspect.signature(handler).parameters),
            uses=uses,
            largest=largest,
        )

    return declare


def _query_values(model: type[BaseModel], request: Request) -> dict[str, Any]:
    """The query's values: a list for a field that is one, else the one value."""
    values: dict[str, Any] = {}
    for name in request.query_params:
        given = request.query_params.getlist(name)
        field = model.model_fields.get(name)
        if field is not None and list in (
            get_origin(part) for part in (field.annotation, *get_args(field.annotation))
        ):
            values[name] = given
        elif len(given) > 1:
            raise BadInput("This parameter occurs more than once.", field=name)
        else:
            values[name] = given[0]
    return values


def _validated(model: type[BaseModel], values: Mapping[str, Any]) -> BaseModel:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        problems = [
            {"field": _field(found["loc"]), "message": _sentence(found["msg"])}
            for found in error.errors(include_url=False, include_context=False, include_input=False)
        ]
        first = problems[0]
        where = f"{first['field']}: " if first["field"] else ""
        raise BadInput(
            where + first["message"],
            field=first["field"] or None,
            details=problems if len(problems) > 1 else None,
        ) from None


def _field(where: tuple[int | str, ...]) -> str:
    """Where in the body; without what pydantic calls the ways to read it, such as `list[str]`."""
    return ".".join(str(part) for part in where if "[" not in str(part))


def _sentence(message: str) -> str:
    message = message.removeprefix("Value error, ")
    if message == "Extra inputs are not permitted":
        message = "There is no such field"
    return message if message.endswith(".") else message + "."


def _if_match(request: Request) -> int | None:
    """The revision in `If-Match: "3"`; None without the header."""
    header = request.headers.get("if-match")
    if header is None:
        return None
    text = header.strip().removeprefix("W/").strip('"')
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadInput('If-Match must be a revision, such as "3".', field="If-Match")
    return int(text)
