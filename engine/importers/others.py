"""Files of products whose flows cannot be imported: recognised, so that the refusal names them."""

from collections.abc import Mapping
from typing import Any

from engine.base.types import Json

from .foreign_requests import requests_of
from .literal_secrets import secrets_in

_MOST_NAMED = 10


def product_of(document: Json) -> str | None:
    """The product that a document was exported from; None for one that is not known here."""
    if isinstance(document, list):
        placed = any(
            isinstance(one, Mapping) and ("z" in one or one.get("type") == "tab") for one in document
        )
        if placed and all(map(_is_node_red, document)):
            return "Node-RED"
        return product_of(document[0]) if document and isinstance(document[0], dict) else None
    if not isinstance(document, Mapping):
        return None
    if isinstance(document.get("connections"), Mapping) and _all(document.get("nodes"), "type", "parameters"):
        return "n8n"
    if _all(document.get("flow"), "module"):
        return "Make"
    if "schema_version" in document and _all(document.get("agents"), "type", "options"):
        return "Huginn"
    return product_of(document["data"]) if isinstance(document.get("data"), Mapping) else None


def refusal(product: str, document: Json) -> str:
    """What to say about a file of a product: that it is not imported, and which secrets stand in it."""
    message = (
        f"This file is from {product}. Switchyard imports its own flow files, those of Activepieces, and "
        "alertmanager.yml."
    )
    found = [
        f"{secret.place} of `{name}`" if name else secret.place
        for name, values in requests_of(product, document)
        for secret in secrets_in(name, values)
    ]
    if not found:
        return message
    more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
    return (
        f"{message} The file has secrets as plain text in {', '.join(found[:_MOST_NAMED])}{more}. Whoever "
        "has the file has them: consider replacing them, and store the new ones in connections."
    )


def _is_placed(node: Mapping[str, Json]) -> bool:
    """Whether a node of Node-RED is on a tab, or is one; configurations, shared by all, are neither."""
    return "z" in node or node["type"] == "tab"


def _is_node_red(node: Json) -> bool:
    return isinstance(node, Mapping) and isinstance(node.get("id"), str) and isinstance(node.get("type"), str)


def _all(items: Any, *fields: str) -> bool:
    """Whether it is a list of objects that all have these fields."""
    return (
        isinstance(items, list)
        and bool(items)
        and all(isinstance(one, Mapping) and all(field in one for field in fields) for one in items)
    )
