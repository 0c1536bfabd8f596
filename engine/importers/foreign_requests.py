"""The HTTP requests in files of products whose flows cannot be imported, in the shape of our HTTP piece.

They are read for the secrets in them, not to be sent. n8n: the node HTTP Request in all versions; Node-RED:
`http request`; Make: the module HTTP; Huginn: agents that post or fetch.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from engine.base.types import Json

_Request = tuple[str, dict[str, Any]]
_MOST_BLUEPRINT_LEVELS = 20  # routes of Make within routes


def requests_of(product: str, document: Json) -> Iterator[_Request]:
    """(name of the node, `url`, `headers`, `query`, `body` of its request) for each request in a document
    that `product_of` recognised. Values that are computed still have their templates."""
    if isinstance(document, Mapping) and isinstance(document.get("data"), Mapping):
        document = document["data"]
    found = _READERS[product](document)
    for name, values in found:
        yield name, {field: value for field, value in values.items() if value not in (None, "", {}, [])}


def _n8n(document: Json) -> Iterator[_Request]:
    """https://docs.n8n.io/integrations/builtin/core-nodes/n8n-nodes-base.httprequest/"""
    for workflow in document if isinstance(document, list) else [document]:
        for node in _objects(workflow.get("nodes") if isinstance(workflow, Mapping) else None):
            if str(node.get("type", "")).rpartition(".")[2] != "httpRequest":
                continue
            given = _object(node.get("parameters"))
            yield (
                _name(node, "name"),
                {
                    "url": _unmarked(given.get("url")),
                    "headers": _n8n_fields(given, "header", "jsonHeaders"),
                    "query": _n8n_fields(given, "query", "jsonQuery"),
                    "body": _n8n_fields(given, "body", "jsonBody") or _unmarked(given.get("body")),
                },
            )


def _n8n_fields(given: Mapping[str, Json], kind: str, as_json: str) -> Any:
    """What is sent as headers, query or body: a list of fields, or JSON in a text; older versions too."""
    pairs = [
        *_objects(_object(given.get(f"{kind}Parameters")).get("parameters")),
        *_objects(_object(given.get(f"{kind}ParametersUi")).get("parameter")),
    ]
    if pairs:
        return _dict((pair.get("name"), _unmarked(pair.get("value"))) for pair in pairs)
    return _unmarked(given.get(as_json) or given.get(f"{kind}ParametersJson"))


def _unmarked(value: Json) -> Json:
    """A value of n8n without the `=` that marks it as one with expressions."""
    return value.removeprefix("=") if isinstance(value, str) else value


def _node_red(document: Json) -> Iterator[_Request]:
    for node in _objects(document):
        if node.get("type") == "http request":
            pairs = [
                (pair.get("keyValue") or pair.get("keyType"), pair.get("valueValue"))
                for pair in _objects(node.get("headers"))
                if pair.get("valueType", "other") == "other"
            ]
            yield _name(node, "name", "id"), {"url": node.get("url"), "headers": _dict(pairs)}


def _make(document: Json, level: int = 0) -> Iterator[_Request]:
    for module in _objects(document.get("flow") if isinstance(document, Mapping) else None):
        if str(module.get("module", "")).startswith("http:"):
            sent = {**_object(module.get("parameters")), **_object(module.get("mapper"))}
            pairs = {
                field: _dict((pair.get("name"), pair.get("value")) for pair in _objects(sent.get(field)))
                for field in ("headers", "qs")
            }
            form = _dict(
                (pair.get("key"), pair.get("value")) for pair in _objects(sent.get("formDataFields"))
            )
            titled = _object(_object(module.get("metadata")).get("designer")).get("name")
            name = titled if isinstance(titled, str) and titled else _name(module, "id")
            yield name, {
                "url": sent.get("url"), "headers": pairs["headers"], "query": pairs["qs"],
                "body": sent.get("data") or form,
            }  # fmt: skip
        if level < _MOST_BLUEPRINT_LEVELS:
            for route in _objects(module.get("routes")):
                yield from _make(route, level + 1)


def _huginn(document: Json) -> Iterator[_Request]:
    for agent in _objects(document.get("agents") if isinstance(document, Mapping) else None):
        options = _object(agent.get("options"))
        url = options.get("post_url") or options.get("url")
        if isinstance(url, list):
            url = url[0] if url else None
        yield (
            _name(agent, "name"),
            {
                "url": url,
                "headers": _literal(options.get("headers")),
                "body": _literal(options.get("payload")) if options.get("post_url") else None,
            },
        )


def _literal(fields: Json) -> dict[str, Any]:
    """The fields without those that Liquid computes (`{% credential x %}`)."""
    return {
        name: value for name, value in _object(fields).items()
        if not (isinstance(value, str) and "{%" in value)
    }  # fmt: skip


_READERS = {"n8n": _n8n, "Node-RED": _node_red, "Make": _make, "Huginn": _huginn}


def _objects(value: Json) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _object(value: Json) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _dict(pairs: Any) -> dict[str, Any]:
    return {name: value for name, value in pairs if isinstance(name, str) and name}


def _name(node: Mapping[str, Json], *fields: str) -> str:
    found = next(
        (node[field] for field in fields if isinstance(node.get(field), str | int) and node[field]), ""
    )
    return str(found)
