"""A document as people paste or upload one, in JSON or in YAML, as plain JSON values.

Of YAML only what JSON can say is read, as AsyncAPI asks of its documents: the tags of YAML 1.2's JSON
schema, so that `on`, `2026-01-01` and `0x10` stay texts. An alias is refused: a few lines of them unfold to
gigabytes.

https://yaml.org/spec/1.2.2/#102-json-schema
"""

import re

import orjson
import yaml

from engine.base import jsonbody
from engine.base.errors import BadInput, Malformed, TooLarge
from engine.base.types import Json

MAX_BYTES = 10_000_000
"""Bytes of a document."""
_MAX_NODES = 2 * jsonbody.MAX_VALUES
"""Keys and values of one in YAML, where each value has at most one key. Each takes some 8 microseconds."""

_OPENS = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
_VALUES = (*_OPENS, yaml.ScalarEvent)
_CLOSES = (yaml.MappingEndEvent, yaml.SequenceEndEvent)
_TAG = "tag:yaml.org,2002:"


def read_document(text: str) -> Json:
    """A document in JSON or YAML; the latter takes up to four seconds, so read it in a thread.

    Raises `BadInput` that says what is wrong and where; `TooLarge`.
    """
    try:
        data = text.encode()
    except UnicodeEncodeError as error:
        raise BadInput("The document is not UTF-8 text.", field="document") from error
    if len(data) > MAX_BYTES:
        raise TooLarge(f"A document can have at most {MAX_BYTES:,} bytes.", field="document")
    try:
        return jsonbody.repaired(data)[0]  # bounds such as int64's are often written beyond 64 bits
    except Malformed as error:
        if not data.strip() or data.lstrip()[:1] in b"{[":
            raise BadInput(str(error).replace("The body", "The document"), field="document") from error
    return _from_yaml(text)


class _Loader(yaml.CSafeLoader):
    """Knows the tags of JSON alone."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - as PyYAML has it
    yaml_constructors = {  # noqa: RUF012
        tag: make
        for tag, make in yaml.CSafeLoader.yaml_constructors.items()
        if tag is None or tag.removeprefix(_TAG) in ("null", "bool", "int", "float", "str", "seq", "map")
    }


for _name, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"-?(0|[1-9][0-9]*)", list("-0123456789")),
    ("float", r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", list("-0123456789")),
):
    _Loader.add_implicit_resolver(f"{_TAG}{_name}", re.compile(rf"(?:{_pattern})\Z"), _first)


def _whole(loader: _Loader, node: yaml.ScalarNode) -> int | str:
    """A whole number; its text beyond 64 bits, as in JSON."""
    value = int(loader.construct_yaml_int(node))
    return value if -(2**63) <= value < 2**64 else str(value)


_Loader.add_constructor(f"{_TAG}int", _whole)


def _from_yaml(text: str) -> Json:
    try:
        _look_over(text)
        value = yaml.load(text, _Loader)  # noqa: S506 - a safe loader that knows even less
        # What a document says beside JSON (`!!float .nan`, a number as a key) becomes what JSON has for it.
        return jsonbody.loads(orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        at = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise BadInput(
            f"This is neither JSON nor YAML: {str(error.problem)[:200]}{at}.", field="document"
        ) from error
    except Malformed as error:
        raise BadInput(str(error).replace("The body", "The document"), field="document") from error
    # `!!int x` is a ValueError, `!!bool x` a KeyError.
    except (yaml.YAMLError, TypeError, ValueError, KeyError, IndexError) as error:
        said = (str(error).splitlines() or [""])[0][:200] or type(error).__name__
        raise BadInput(
            f"This YAML contains something that JSON cannot express: {said}", field="document"
        ) from error


def _look_over(text: str) -> None:
    """Refuse aliases, depth and too many values before anything is built of them."""
    level = documents = nodes = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.AliasEvent):
            line = f"Line {event.start_mark.line + 1}" if event.start_mark else "It"
            raise BadInput(
                f"{line} has an alias (*{event.anchor}); write its value, or a $ref.",
                field="document",
            )
        if isinstance(event, _VALUES):
            nodes += 1
            if nodes > _MAX_NODES:
                raise BadInput(
                    f"The document has more than {jsonbody.MAX_VALUES:,} values.", field="document"
                )
        if isinstance(event, _OPENS):
            level += 1
        elif isinstance(event, _CLOSES):
            level -= 1
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
        if level > jsonbody.MAX_DEPTH:
            raise BadInput(
                f"The document is nested deeper than {jsonbody.MAX_DEPTH} levels.", field="document"
            )
        if documents > 1:
            raise BadInput("This is more than one YAML document. Send one.", field="document")
