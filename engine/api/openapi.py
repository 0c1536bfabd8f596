"""The OpenAPI 3.1 document of the REST API, made from the operations themselves."""

import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from engine.base.actor import Permission
from engine.base.version import version

from . import shapes
from .operation import PREFIX, Operation

JsonObject = dict[str, Any]

_REF = "#/components/schemas/{model}"
_ANY_OBJECT: JsonObject = {"type": "object", "additionalProperties": True}
_MEANING = {
    400: "The body cannot be read",
    401: "No valid API key",
    403: "The key's role does not allow this",
    404: "There is no such thing in this project",
    409: "Somebody else was faster, or it is in use; `details` says more",
    413: "The body is too large",
    415: "The body is not called JSON",
    422: "A value is wrong; `field` names it",
    429: "Come back after `Retry-After` seconds",
    503: "Not now; come back after `Retry-After` seconds",
}
_ROLE = {Permission.view: "viewer", Permission.edit: "editor", Permission.admin: "admin"}
_HEADERS: dict[str, JsonObject] = {
    "if_match": {
        "name": "If-Match",
        "in": "header",
        "description": "The revision that was edited, as in `ETag`; instead of the body's `revision`",
        "schema": {"type": "string", "examples": ['"3"']},
    },
    "idempotency_key": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "A text of the caller's own: what is sent again with the same one is no second one",
        "schema": {"type": "string", "examples": ["order-4711"]},
    },
}
"""What an operation reads of the request's header, by the parameter that it asks for it with."""
_ABOUT = """Flows, their runs, and what they need.

Every call carries an API key, which is bound to one project or, for `/platform`, to the platform:
`Authorization: Bearer sk_…`. Lists give
`{"data": […], "next": cursor or null}`; pass `next` as `cursor` for the page that follows. Errors are
`{"error": {"code", "message", "field"?, "details"?}}`. Times are ISO 8601 in UTC."""


def document(operations: Sequence[Operation], server: str) -> JsonObject:
    """The document; `server` is the address under which we are reached."""
    schemas = _schemas(operations)
    paths: JsonObject = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, schemas)
    nouns = dict.fromkeys(operation.noun for operation in operations)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Switchyard", "version": version(), "description": _ABOUT},
        "servers": [{"url": server}],
        "security": [{"key": []}],
        "tags": [{"name": noun} for noun in nouns],
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "bearerFormat": "sk_…"}},
            "schemas": schemas.definitions,
        },
    }


class _Schemas:
    """Each model's place among the components."""

    def __init__(self, definitions: JsonObject, refs: dict[tuple[type[BaseModel], str], JsonObject]) -> None:
        self.definitions = definitions
        self._refs = refs

    def sent(self, model: type[BaseModel]) -> JsonObject:
        return self._refs[model, "validation"]

    def answered(self, model: type[BaseModel]) -> JsonObject:
        return self._refs[model, "serialization"]


def _schemas(operations: Sequence[Operation]) -> _Schemas:
    wanted: dict[tuple[type[BaseModel], Any], None] = {(shapes.Error, "serialization"): None}
    for operation in operations:
        if isinstance(operation.answer, type) and issubclass(operation.answer, BaseModel):
            wanted[operation.answer, "serialization"] = None
        if operation.body is not None:
            wanted[operation.body, "validation"] = None
    refs, whole = models_json_schema(list(wanted), ref_template=_REF)
    definitions = {_plain_name(name): _plain_names(schema) for name, schema in whole["$defs"].items()}
    # Generators of clients drop a model that may be any object, and ask for such a body by another name.
    free = {name: definitions.pop(name) for name in list(definitions) if _is_free(definitions[name])}

    def place(ref: JsonObject) -> JsonObject:
        plain: JsonObject = _plain_names(ref)
        model = free.get(plain["$ref"].rpartition("/")[2])
        return plain if model is None else {**_ANY_OBJECT, "description": model.get("description", "")}

    return _Schemas(definitions, {(model, str(mode)): place(ref) for (model, mode), ref in refs.items()})  # type: ignore[misc]


def _is_free(schema: JsonObject) -> bool:
    """Whether a model has no fields of its own, and allows any."""
    return schema.get("additionalProperties") is True and not schema.get("properties")


def _plain_name(name: str) -> str:
    """`RunRowList` for `List_RunRow_`: generators of clients drop the underscores, or the whole model."""
    found = re.fullmatch(r"(\w+?)_(\w+)_", name)
    return f"{found[2]}{found[1]}" if found is not None else name


def _plain_names(schema: Any) -> Any:
    """A schema whose references have the names that `_plain_name` gives."""
    if isinstance(schema, list):
        return [_plain_names(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    ref = schema.get("$ref")
    if isinstance(ref, str):
        start, slash, name = ref.rpartition("/")
        return {**schema, "$ref": f"{start}{slash}{_plain_name(name)}"}
    return {key: _plain_names(value) for key, value in schema.items()}


def _operation(operation: Operation, schemas: _Schemas) -> JsonObject:
    made: JsonObject = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": f"{operation.description}\n\n{_needs(operation.permission)}".strip(),
        "tags": [operation.noun],
        "parameters": [*_path_parameters(operation.path), *_query_parameters(operation.query)],
        "responses": {str(operation.status): _answer(operation, schemas), **_errors(operation, schemas)},
    }
    made["parameters"] += [said for wanted, said in _HEADERS.items() if wanted in operation.wants]
    if operation.body is not None:
        made["requestBody"] = {
            "required": not operation.body.may_be_absent,
            "content": {"application/json": {"schema": schemas.sent(operation.body)}},
        }
    return made


def _needs(permission: Permission) -> str:
    if permission is Permission.platform:
        return "Needs an API key of the platform: `switchyard admin api-key NAME --platform`."
    return f"Needs the role: {_ROLE.get(permission, 'any')}."


def _path_parameters(path: str) -> list[JsonObject]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", path)
    ]


def _query_parameters(query: type[BaseModel] | None) -> list[JsonObject]:
    if query is None:
        return []
    schema = query.model_json_schema()
    found = []
    for name, facts in schema["properties"].items():
        parameter: JsonObject = {
            "name": name,
            "in": "query",
            "schema": _inlined(facts, schema.get("$defs", {})),
        }
        if description := parameter["schema"].pop("description", None):
            parameter["description"] = description
        found.append(parameter)
    return found


def _inlined(schema: JsonObject, definitions: JsonObject) -> JsonObject:
    """A parameter's schema without null, which an address cannot say, and without references."""
    facts = {key: value for key, value in schema.items() if key not in ("anyOf", "title", "default")}
    if schema.get("default") is not None:
        facts["default"] = schema["default"]
    for part in schema.get("anyOf", []):
        if part != {"type": "null"}:
            facts.update(_inlined(part, definitions))
    if "$ref" in facts:
        facts.update(_inlined(definitions[facts.pop("$ref").rpartition("/")[2]], definitions))
        facts.pop("description", None)
    if "items" in facts:
        facts["items"] = _inlined(facts["items"], definitions)
    return facts


def _answer(operation: Operation, schemas: _Schemas) -> JsonObject:
    if operation.answer is None:
        return {"description": "Done"}
    if operation.answer is not str:
        content = {"application/json": {"schema": schemas.answered(operation.answer)}}
    else:
        content = {
            media: {"schema": _ANY_OBJECT if media == "application/json" else {"type": "string"}}
            for media in operation.media
        }
    return {"description": "Done", "content": content}


def _errors(operation: Operation, schemas: _Schemas) -> JsonObject:
    statuses = {401, 403, 422, *operation.errors}
    if operation.body is not None:
        statuses |= {400, 413, 415}
    if "{" in operation.path.removeprefix(PREFIX):
        statuses.add(404)
    content = {"application/json": {"schema": schemas.answered(shapes.Error)}}
    return {str(status): {"description": _MEANING[status], "content": content} for status in sorted(statuses)}
