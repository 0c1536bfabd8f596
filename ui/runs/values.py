"""What went into a step or came out of it, to look at: as a tree, a table or text, in pages.

A value may have five megabytes. A view holds a bounded part of it, and says how to get at the rest: by
the JSON pointer (RFC 6901) of the part to look at, and the page.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.base.types import Json

VIEWS = ("tree", "table", "raw")
PAGE = 50  # members of a list or object, or rows of a table, on one page
TEXT = 20_000  # characters of a text on one page
BESIDE = 12  # members of a value within another that are shown at once
MOST_NODES = 200
MOST_COLUMNS = 10
MOST_FOUND = 100
_LOOKED = 500_000  # values that a search looks at
_SHORT = 120  # characters of a value in one line


@dataclass(frozen=True)
class ValueNode:
    """One value in a tree."""

    at: str
    label: str
    text: str
    kind: str
    long: bool = False  # there is more of it than its line shows
    children: list["ValueNode"] = field(default_factory=list)


@dataclass(frozen=True)
class View:
    """A part of a value, ready to show; of `nodes`, `rows` and `text` the one that the view is of."""

    view: str
    views: tuple[str, ...]
    at: str
    trail: list[tuple[str, str]]  # label and pointer of what it is in, the outermost first
    page: int = 1
    pages: int = 1
    count: int = 0  # members; characters of a text
    nodes: list[ValueNode] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    rows: list[tuple[ValueNode, list[str]]] = field(default_factory=list)
    text: str = ""
    search: str = ""
    found: list[ValueNode] | None = None

    @property
    def small(self) -> bool:
        """Everything is in view."""
        return self.pages == 1 and not any(node.long for node in _all(self.nodes)) and not self.at


def look(value: Json, view: str = "", at: str = "", search: str = "", page: int = 1) -> View:
    """The part of a value at a pointer. A view that does not fit gives way to one that does; a pointer
    that leads nowhere shows the whole."""
    at = at if at.startswith("/") else ""
    try:
        part = resolve(value, at)
    except LookupError:
        part, at = value, ""
    views = _views(part)
    if view not in views:
        view = "table" if "table" in views and len(part) > 1 else views[0]
    trail = _trail(at)
    if search:
        found = _found(part, at, search.lower())
        return View(view, views, at, trail, search=search, found=found)
    page = max(page, 1)
    if view == "raw":
        return _raw(part, views, at, trail, page)
    members = list(_members(part))
    pages = max(1, -(-len(members) // PAGE))
    page = min(page, pages)
    shown = members[(page - 1) * PAGE : page * PAGE]
    made = View(view, views, at, trail, page, pages, len(members))
    if view == "table":
        made.columns.extend(_columns(part))
        for label, row in shown:
            made.rows.append((_line(f"{at}/{label}", label, row), [_cell(row, c) for c in made.columns]))
    else:
        left = [MOST_NODES]
        made.nodes.extend(_node(f"{at}/{_escaped(label)}", label, one, left) for label, one in shown)
    return made


def resolve(value: Json, at: str) -> Json:
    """What stands at a pointer. Raises `LookupError`."""
    for part in at.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value[name]
        elif isinstance(value, list) and name.isascii() and name.isdigit() and len(name) < 9:
            value = value[int(name)]
        else:
            raise LookupError(at)
    return value


def as_text(value: Json) -> str:
    """A value as text: a text as it is, the rest as JSON."""
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False, default=str)


def _views(value: Json) -> tuple[str, ...]:
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        return VIEWS
    return ("tree", "raw") if isinstance(value, dict | list) and value else ("raw",)


def _raw(part: Json, views: tuple[str, ...], at: str, trail: list[tuple[str, str]], page: int) -> View:
    text = as_text(part)
    pages = max(1, -(-len(text) // TEXT))
    page = min(page, pages)
    cut = text[(page - 1) * TEXT : page * TEXT]
    return View("raw", views, at, trail, page, pages, len(text), text=cut)


def _members(value: Json) -> Iterator[tuple[str, Json]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from ((str(n), one) for n, one in enumerate(value))


def _node(at: str, label: str, value: Json, left: list[int], depth: int = 0) -> ValueNode:
    """A value with what is in it, as far as there is room."""
    left[0] -= 1
    line = _line(at, label, value)
    if not isinstance(value, dict | list) or not value:
        return line
    if left[0] <= 0 or depth >= 6:
        return ValueNode(at, label, line.text, line.kind, True)
    children = []
    for name, one in list(_members(value))[:BESIDE]:
        if left[0] <= 0:
            break
        children.append(_node(f"{at}/{_escaped(name)}", name, one, left, depth + 1))
    return ValueNode(at, label, line.text, line.kind, len(children) < len(value), children)


def _line(at: str, label: str, value: Json) -> ValueNode:
    """A value in one line."""
    if isinstance(value, dict):
        return ValueNode(at, label, f"{len(value)} {'field' if len(value) == 1 else 'fields'}", "object")
    if isinstance(value, list):
        return ValueNode(at, label, f"{len(value)} {'item' if len(value) == 1 else 'items'}", "list")
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    kind = {str: "text", bool: "boolean", type(None): "null"}.get(type(value), "number")
    return ValueNode(at, label, text[:_SHORT] + ("…" if len(text) > _SHORT else ""), kind, len(text) > _SHORT)


def _columns(rows: list[dict[str, Json]]) -> list[str]:
    names: dict[str, None] = {}
    for row in rows[:200]:
        names.update(dict.fromkeys(row))
    return list(names)[:MOST_COLUMNS]


def _cell(row: dict[str, Json], column: str) -> str:
    return _line("", "", row[column]).text if column in row else ""


def _found(value: Json, at: str, words: str) -> list[ValueNode]:
    """The values whose name or text holds the words."""
    found: list[ValueNode] = []
    ahead, looked = [(at, "", value)], 0
    while ahead and len(found) < MOST_FOUND and looked < _LOOKED:
        here, label, one = ahead.pop()
        looked += 1
        plain = not isinstance(one, dict | list)
        if words in label.lower() or (plain and words in as_text(one).lower()):
            found.append(_line(here, here.removeprefix("/"), one))
        if not plain:
            members = [(f"{here}/{_escaped(name)}", name, each) for name, each in _members(one)]
            ahead.extend(reversed(members))
    return found


def _trail(at: str) -> list[tuple[str, str]]:
    parts = at.split("/")[1:]
    return [(_plain(part), "/" + "/".join(parts[: n + 1])) for n, part in enumerate(parts)]


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _plain(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")


def _all(nodes: list[ValueNode]) -> Iterator[ValueNode]:
    for node in nodes:
        yield node
        yield from _all(node.children)
