"""The form of a piece's properties: values as fields to show, and what a form sends as values again.

A field's name is its path: `in.channel`, `in.headers.0.key`, `in.parts.1.name`. A field that is not text
by itself (a number, a list …) can hold an expression in its place: then `as.` with its path says so.
"""

import base64
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from starlette.datastructures import UploadFile

from engine.base.errors import BadInput
from engine.base.types import Json
from engine.flow import Problem
from pieces import Property
from ui.shared.forms import Form, renamed

from .firings import Firings

ROOT = "in"
UPLOAD = "file."
MAX_FILE = 500_000
"""Bytes of a file that is kept in a flow."""
BLANK = 1  # empty rows that stand ready at the end of a list
MAX_ROWS = 200
FIRST = 3  # fields that are always in view
TEXTUAL = ("text", "long_text", "dropdown")
"""Kinds whose text may hold expressions as it stands."""
_MISSING = object()
_WHOLE = re.compile(r"[+-]?\d{1,15}")


@dataclass
class Field:
    """One property with its value, ready for a template."""

    path: str
    title: str
    kind: str
    required: bool = False
    help: str = ""
    example: str = ""
    text: str = ""  # the value as the control holds it
    checked: bool = False
    expression: bool = False
    switchable: bool = False
    options: list[tuple[str, str, bool]] = field(default_factory=list)  # value, label, chosen
    dynamic: bool = False
    refresh_on: tuple[str, ...] = ()
    rows: int = 1
    least: float | None = None
    most: float | None = None
    whole: bool = False
    uploads: bool = False  # of a list: each row can be a file
    children: list["Field"] = field(default_factory=list)  # of an object
    items: list[list["Field"]] = field(default_factory=list)  # rows of a list, the last ones empty
    problems: list[Problem] = field(default_factory=list)
    more: bool = False  # not asked for at first: it is optional and empty
    wrong: str = ""  # what the form was refused for
    search: str = ""  # what was looked for among its choices
    chosen: str = ""  # what is said above its choices; empty until they were asked for
    firings: Firings | None = None  # of a schedule: when it runs next

    @property
    def id(self) -> str:
        return "f-" + self.path.replace(".", "-")

    @property
    def invalid(self) -> bool:
        """Whether its value is refused, rather than doubtful."""
        return bool(self.wrong) or any(problem.severity == "error" for problem in self.problems)


def fields(
    properties: Iterable[Property],
    values: Mapping[str, Json],
    problems: Mapping[str, list[Problem]] | None = None,
    expressions: Sequence[str] = (),
    at: str = ROOT,
) -> list[Field]:
    """The fields of a form. `problems` by path; `expressions` are the paths switched to one by hand."""
    found = [_field(prop, values.get(prop.name), problems or {}, expressions, at) for prop in properties]
    for one in found[: FIRST if at == ROOT else 2]:
        one.more = one.more and one.kind == "object"
    return found


def _field(
    prop: Property, value: Json, problems: Mapping[str, list[Problem]], expressions: Sequence[str], at: str
) -> Field:
    path = f"{at}.{prop.name}"
    made = Field(
        path,
        prop.title,
        prop.kind,
        prop.required,
        prop.help,
        prop.example,
        rows=prop.rows,
        least=prop.least,
        most=prop.most,
        whole=prop.whole,
        refresh_on=prop.refresh_on,
        dynamic=callable(prop.options),
        problems=problems.get(path, []),
    )
    made.switchable = prop.kind not in (*TEXTUAL, "markdown", "json")
    made.expression = made.switchable and (path in expressions or is_template(value))
    made.more = not (prop.required or prop.shown) and value is None and path not in problems
    shown = prop.default if value is None else value
    if made.expression:
        made.text = str(value) if is_template(value) else ""
    elif prop.kind in ("object", "file"):
        nested = _FILE if prop.kind == "file" else prop.fields
        made.children = fields(nested, _mapping(value), problems, expressions, path)
        below = [problem for child in made.children for problem in child.problems]
        made.problems = [problem for problem in made.problems if problem not in below]
    elif prop.kind in ("list", "objects", "key_value"):
        made.uploads = {"filename", "content", "encoding"} <= {one.name for one in prop.fields}
        made.items = _rows(prop, value, problems, expressions, path)
    else:
        _plain(made, prop, shown, value)
    return made


def _plain(made: Field, prop: Property, shown: Json, value: Json) -> None:
    """A property with one control, or one control for each choice."""
    if prop.kind == "checkbox":
        made.checked = shown is True
    elif prop.kind in ("static_dropdown", "multi_dropdown") and isinstance(prop.options, tuple):
        chosen = _list(shown) if prop.kind == "multi_dropdown" else [shown]
        made.options = [(as_text(o.value), o.label, o.value in chosen) for o in prop.options]
        known = [option.value for option in prop.options]
        made.options += [(as_text(v), as_text(v), True) for v in chosen if v is not None and v not in known]
        made.text = as_text(shown)
    elif prop.kind == "multi_dropdown":
        made.text = "\n".join(as_text(one) for one in _list(value))
    elif prop.kind == "json":
        made.text = json_text(value)
    elif prop.kind == "date_time":
        made.text = as_text(value)
    else:
        made.text = as_text(shown)


_FILE = (
    Property("filename", "File name", "text", True),
    Property("content", "Content", "long_text", True),
    Property("encoding", "Content is", "text", False, "text"),
    Property("content_type", "Media type", "text", False, "", example="text/plain"),
)


def _rows(
    prop: Property, value: Json, problems: Mapping[str, list[Problem]], expressions: Sequence[str], path: str
) -> list[list[Field]]:
    if prop.kind == "key_value":
        pairs = [{"key": key, "value": each} for key, each in _mapping(value).items()]
        return [
            fields(_PAIR, row, problems, expressions, f"{path}.{n}")
            for n, row in enumerate([*pairs, *({} for _ in range(BLANK))])
        ]
    if prop.kind == "objects":
        rows = [_mapping(row) for row in _list(value)] or []
        return [
            fields(prop.fields, row, problems, expressions, f"{path}.{n}")
            for n, row in enumerate([*rows, *({} for _ in range(BLANK))])
        ]
    texts = [*_list(value), *("" for _ in range(BLANK))]
    return [[Field(f"{path}.{n}", f"{prop.title} {n + 1}", "text", text=as_text(one))]
            for n, one in enumerate(texts)]  # fmt: skip


_PAIR = (Property("key", "Name", "text", False), Property("value", "Value", "text", False))


# -- from the form -----------------------------------------------------------------------------------


def read(
    properties: Iterable[Property], form: Form, before: Mapping[str, Json], at: str = ROOT
) -> dict[str, Json]:
    """The values that a form holds; those it has no field for stay. Raises `BadInput` naming the field."""
    known = {prop.name for prop in properties}
    values = {name: value for name, value in before.items() if name not in known}
    for prop in properties:
        value = _read(prop, form, f"{at}.{prop.name}", before.get(prop.name, _MISSING))
        if value is not _MISSING:
            values[prop.name] = value
    return values


def arranged(form: Form, how: str) -> Form:
    """The form after a button of a row: `up:in.parts.2`, `down:…` and `drop:…`."""
    what, _, at = how.partition(":")
    path, _, number = at.rpartition(".")
    if what not in ("up", "down", "drop") or not (number.isascii() and number.isdigit() and len(number) < 4):
        return form
    other = int(number) + {"up": -1, "down": 1, "drop": 0}[what]
    rows = {f"{path}.{number}": "" if what == "drop" else f"{path}.{other}", f"{path}.{other}": at}
    if what == "drop":
        rows = {at: ""}
    names = {}
    for name in {*form.data, *form.files}:
        for row, to in rows.items():
            start = next((s for s in ("", "has.", "as.", UPLOAD) if _is_within(name, s + row)), None)
            if start is not None:
                names[name] = start + to + name[len(start + row) :] if to else ""
    return renamed(form, names)


def _is_within(name: str, path: str) -> bool:
    return name == path or name.startswith(path + ".")


def _uploaded(form: Form, path: str) -> dict[str, Json] | None:
    """A file that was sent for a field, as a value; None without one. Raises `BadInput` at the field."""
    name, sent = f"{UPLOAD}{path}", None
    for one in form.data.getlist(name):
        if isinstance(one, UploadFile) and one.filename:
            sent = one
    if sent is None:
        return None
    data = form.files.get(name, b"")
    if len(data) > MAX_FILE:
        raise BadInput(
            f"The file has {len(data):,} bytes; a flow can hold {MAX_FILE:,}. Use an expression.", field=path
        )
    try:
        content, encoding = data.decode(), "text"
        if "\0" in content:
            raise ValueError
    except ValueError:
        content, encoding = base64.b64encode(data).decode(), "base64"
    value = {"filename": sent.filename or "file", "content": content, "encoding": encoding}
    return {**value, "content_type": sent.content_type or ""}


def switched(form: Form) -> list[str]:
    """The paths of the fields that the form holds an expression for."""
    return [name[3:] for name in dict.fromkeys(form.data) if name.startswith("as.") and form.word(name)]


def _read(prop: Property, form: Form, path: str, before: Json) -> Json:
    if prop.kind == "markdown":
        return _MISSING
    if form.word(f"as.{path}"):
        text = form.text(path).strip()
        return _braced(text) if text else _MISSING
    if prop.kind in ("object", "file"):
        return _object(prop, form, path, before)
    if prop.kind in ("list", "objects", "key_value"):
        return _many(prop, form, path, before)
    if f"has.{path}" not in form.data and path not in form.data:
        return before  # not on the form
    value = _one(prop, form, path)
    usual = before is _MISSING and not prop.required and value == prop.default
    return _MISSING if usual else value  # what the form shows by itself nobody has chosen


def _object(prop: Property, form: Form, path: str, before: Json) -> Json:
    nested = _FILE if prop.kind == "file" else prop.fields
    if prop.kind == "file" and (sent := _uploaded(form, path)) is not None:
        return sent
    return read(nested, form, _mapping(before), path) or _MISSING


def _one(prop: Property, form: Form, path: str) -> Json:
    if prop.kind == "checkbox":
        ticked = bool(form.word(path))
        return _MISSING if ticked == (prop.default is True) and not prop.required else ticked
    if prop.kind == "multi_dropdown":
        chosen = form.all(path) if isinstance(prop.options, tuple) else form.text(path).splitlines()
        return [_choice(prop, one.strip()) for one in chosen if one.strip()] or _MISSING
    text = form.text(path)
    if not text.strip():
        # An empty text is a value only where the default would be another.
        return "" if prop.kind in TEXTUAL and prop.default not in (None, "") else _MISSING
    if prop.kind == "number":
        return number(text)
    if prop.kind == "json":
        return json_value(text, path)
    if prop.kind == "static_dropdown":
        return _choice(prop, text)
    return text if prop.kind == "long_text" else text.strip()


def _many(prop: Property, form: Form, path: str, before: Json) -> Json:
    numbers = sorted(
        {
            int(found[1])
            for name in form.data
            if (found := re.match(rf"(?:{UPLOAD})?{re.escape(path)}\.(\d{{1,4}})(?:\.|$)", name))
        }
    )[:MAX_ROWS]
    if prop.kind == "key_value":
        pairs = ((form.word(f"{path}.{n}.key"), form.text(f"{path}.{n}.value")) for n in numbers)
        known = _mapping(before)
        # A value that is not text is shown as one; untouched it stays what it is.
        return {
            key: known[key] if key in known and as_text(known[key]) == text else text
            for key, text in _named(pairs, path)
        } or _MISSING
    if prop.kind == "objects":
        rows = [_uploaded(form, f"{path}.{n}") or read(prop.fields, form, {}, f"{path}.{n}") for n in numbers]
        return [row for row in rows if row] or _MISSING
    texts = [form.text(f"{path}.{n}") for n in numbers]
    return [_item(text) for text in texts if text.strip()] or _MISSING


def _named(pairs: Iterable[tuple[str, str]], path: str) -> Iterator[tuple[str, str]]:
    """The pairs of a form that have a name. Raises `BadInput` where one would be lost: a value without a
    name, and a name that stands there twice."""
    names = set()
    for key, text in pairs:
        if not key and text.strip():
            raise BadInput(f"Name this value: `{text.strip()[:40]}`.", field=path)
        if key in names:
            raise BadInput(f"There are two values called `{key}`.", field=path)
        if key:
            names.add(key)
            yield key, text


def _item(text: str) -> Json:
    return text


def _choice(prop: Property, text: str) -> Json:
    """The option whose value is written so; else the text itself."""
    options = prop.options if isinstance(prop.options, tuple) else ()
    return next((option.value for option in options if as_text(option.value) == text), text)


def number(text: str) -> Json:
    """A number, or the text as it is: the check then says what is wrong with it."""
    text = text.strip()
    if _WHOLE.fullmatch(text):
        return int(text)
    try:
        value = float(text)
    except ValueError:
        return text
    return value if math.isfinite(value) else text


def json_value(text: str, path: str) -> Json:
    """What a JSON field holds: JSON, or an expression, or plain text. Raises `BadInput`."""
    bare = text.strip()
    if bare.startswith("{{") or (bare[:1] not in '{["' and not _literal(bare)):
        return bare
    try:
        return json.loads(bare)
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise BadInput(f"This is not JSON: {getattr(error, 'msg', error)}{where}.", field=path) from None


def json_text(value: Json) -> str:
    """A JSON value as its field shows it; `json_value` reads it back."""
    if value is None:
        return ""
    if isinstance(value, str) and value.strip() == value and value and value[0] not in '{["':
        return json.dumps(value) if _literal(value) else value
    if isinstance(value, str) and value.startswith("{{"):
        return value
    return json.dumps(value, indent=2, ensure_ascii=False)


def _literal(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def is_template(value: Json) -> bool:
    """Whether a value is text with an expression in it."""
    return isinstance(value, str) and "{{" in value


def _braced(text: str) -> str:
    return text if "{{" in text else f"{{{{ {text} }}}}"


def as_text(value: Json) -> str:
    """A value as a control holds it: text as it is, the rest as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [] if value in (None, "") else [value]
