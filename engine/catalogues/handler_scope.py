"""A handler flow for some projects or flows only: a router before the one that tells the events apart."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from engine.base.errors import BadInput

from . import Catalogue
from .places import Place, at, literal, put

GATE = "only_for"
MAX_VALUES = 100

_PLAIN = re.compile(r"trigger(\.[A-Za-z_]\w*)+", re.ASCII)

Gate = dict[str, list[str]]
"""By scope of the catalogue: the ids that are let through."""


def checked(catalogue: Catalogue, only: Mapping[str, Sequence[str]] | None) -> Gate:
    """What is asked for, without what is empty. Raises `BadInput` that names the field."""
    if only is not None and not isinstance(only, Mapping):
        raise BadInput("`only` must be an object with a list of IDs for each scope.", field="only")
    gate: Gate = {}
    for scope, given in (only or {}).items():
        field = f"only.{str(scope)[:60]}"
        if scope not in catalogue.scopes:
            there = ", ".join(catalogue.scopes) or "none"
            raise BadInput(f"Events of {catalogue.title} do not contain this. Scopes: {there}.", field=field)
        if isinstance(given, str) or not isinstance(given, Sequence) or len(given) > MAX_VALUES:
            raise BadInput(f"Give a list of at most {MAX_VALUES} ids.", field=field)
        values = [value.strip() for value in given if isinstance(value, str)]
        if len(values) != len(given) or any(len(value) > 200 for value in values):
            raise BadInput("An ID must be text of at most 200 characters.", field=field)
        if chosen := list(dict.fromkeys(filter(None, values))):
            gate[scope] = chosen
    return gate


def router(catalogue: Catalogue, gate: Gate, next: str) -> dict[str, Any]:
    """The router that lets events of the chosen ids through to `next`, and those that belong to none."""
    parts = []
    for scope, values in gate.items():
        by = catalogue.scopes[scope]
        texts = ", ".join(map(literal, values))
        parts.append(f"(!({by}) || contains([{texts}], to_string({by})))")
    title = f"Only for {' and '.join(f'chosen {scope}' for scope in gate)}"
    name = "; ".join(f"{scope}: {', '.join(values)}" for scope, values in gate.items())
    return {
        "type": "router",
        "title": title[:200],
        "branches": [{"name": name[:200], "when": " && ".join(parts), "next": next}],
        "otherwise": {"next": None},
    }


def within(catalogue: Catalogue, gate: Gate, samples: dict[str, Any]) -> dict[str, Any]:
    """The samples, which are changed, as events of the first chosen id: they reach their branches."""
    for scope, values in gate.items():
        for place in _places(catalogue.scopes[scope]):
            for sample in samples.values():
                if at(sample, place) is not None:
                    put(sample, place, values[0])
    return samples


def _places(expression: str) -> list[Place]:
    """The places that an expression of plain paths reads, one after another."""
    return [
        tuple(part.strip().split(".")[1:])
        for part in expression.split("||")
        if _PLAIN.fullmatch(part.strip())
    ]
