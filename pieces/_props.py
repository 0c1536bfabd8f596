"""How one input is shown, chosen and explained.

A parameter's type gives the kind of its property; a marker inside `Annotated[...]` says more:

    body: Annotated[str, LongText()]            queue: Annotated[str, Dropdown(queues, refresh_on=("team",))]
    size: Annotated[int, Range(1, 100)]         mode: Literal["fast", "safe"]
    due: DateTime                               parts: list[Part]

`Part` is a pydantic model, a dataclass, or a TypedDict (of `typing_extensions`, which pydantic needs here).
"""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, GetCoreSchemaHandler, model_validator
from pydantic_core import CoreSchema, core_schema

from ._base64 import from_base64

Json: TypeAlias = Any
"""Any JSON value. A parameter of this type takes whatever the expression gave."""

Kind = Literal[
    "text", "long_text", "number", "checkbox", "json", "key_value", "list", "objects", "object",
    "dropdown", "static_dropdown", "multi_dropdown", "date_time", "file", "color", "markdown",
]  # fmt: skip


@dataclass(frozen=True)
class Option:
    """One entry of a dropdown: the value that is stored and the label that is read."""

    value: Any
    label: str


Options = Callable[..., Awaitable[list[Option]]]


@dataclass(frozen=True)
class LongText:
    """More than one line."""

    rows: int = 5


@dataclass(frozen=True)
class Dropdown:
    """Options fetched by `options(ctx)`, or `options(ctx, search)` for a long list.

    Fetched again when one of the fields in `refresh_on` changes; they are in `ctx.values`.
    A value that is not listed is still accepted: it may be an expression, or newer than the list.
    """

    options: Options
    refresh_on: tuple[str, ...] = ()


class Choice:
    """A fixed list with labels; for plain words `Literal` is enough. Other values are refused."""

    def __init__(self, *options: Option) -> None:
        self.options = options

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def _check(self, value: Any) -> Any:
        if all(value != option.value for option in self.options):
            raise ValueError(f"must be one of {', '.join(repr(option.value) for option in self.options)}")
        return value


@dataclass(frozen=True)
class Range:
    """Bounds of a number, both included; None is open."""

    least: float | None = None
    most: float | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def _check(self, value: Any) -> Any:
        if self.least is not None and value < self.least:
            raise ValueError(f"must be at least {self.least:g}, not {value}")
        if self.most is not None and value > self.most:
            raise ValueError(f"must be at most {self.most:g}, not {value}")
        return value


@dataclass(frozen=True)
class JsonText:
    """A text given for this field is JSON: it is parsed, and templates are filled within what was parsed, so
    that a quote in an event neither breaks it nor adds to it. `when`: only for inputs, as the flow file has
    them, for which this is true. A text that is not JSON stays a text."""

    when: Callable[[Mapping[str, Json]], bool] | None = None


@dataclass(frozen=True)
class Html:
    """A text given for this field is HTML: what its expressions give is escaped, but for `safe(…)`, so that
    an event cannot add links and forms. `when`: only for inputs, as the flow file has them, for which this is
    true."""

    when: Callable[[Mapping[str, Json]], bool] | None = None


@dataclass(frozen=True)
class MessageText:
    """What a message says. Where all expressions of this field are null, or nothing but space is left, the
    step fails: an empty message helps nobody. The step's `fail_on_null` overrules it."""


@dataclass(frozen=True)
class Example:
    """What the empty field shows."""

    text: str


@dataclass(frozen=True)
class Help:
    """A sentence below the field; for a parameter the docstring's `Args:` section does the same."""

    text: str


@dataclass(frozen=True)
class Shown:
    """The field is in view although it is optional. Others are below *more fields* while they are empty."""


@dataclass(frozen=True)
class Title:
    """A label other than the name's words."""

    text: str


@dataclass(frozen=True)
class Markdown:
    """Text between the fields. The parameter takes no value: `x: Annotated[None, Markdown("…")] = None`."""

    text: str


def _with_zone(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


DateTime: TypeAlias = Annotated[datetime, AfterValidator(_with_zone)]
"""An ISO 8601 moment (or unix seconds); one without an offset is UTC."""


@dataclass(frozen=True)
class _IsColor:
    pass


def _is_color(text: str) -> str:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        raise ValueError(f"must be a color like #3a86ff, not {text!r}")
    return text


Color: TypeAlias = Annotated[str, _IsColor(), AfterValidator(_is_color)]
"""`#rrggbb`."""


class File(BaseModel):
    """A file in a value: its name and content, as text or base64."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    filename: str
    content: str
    encoding: Literal["text", "base64"] = "text"
    content_type: str = ""

    @model_validator(mode="before")
    @classmethod
    def _received(cls, value: Any) -> Any:
        """A file as an event or an answer carries it, `{filename, content_type, size, base64}`; an object or
        a list as content is JSON."""
        if isinstance(value, dict) and isinstance(value.get("content"), dict | list):
            text = json.dumps(value["content"], ensure_ascii=False, separators=(",", ":"))
            return {**value, "content": text}
        if not isinstance(value, dict) or "base64" not in value or "content" in value:
            return value
        return {
            "filename": value.get("filename") or "file",
            "content": value["base64"],
            "encoding": "base64",
            "content_type": value.get("content_type") or "",
        }

    def data(self) -> bytes:
        """The content as bytes; raises ValueError when it is not base64 as `encoding` says."""
        if self.encoding == "text":
            return self.content.encode()
        try:
            return from_base64(self.content)
        except ValueError as error:
            raise ValueError(f"`{self.filename}` is not base64: {error}") from error


@dataclass(frozen=True)
class Property:
    """One field of an action's or trigger's form."""

    name: str
    title: str
    kind: Kind
    required: bool
    default: Any = None
    help: str = ""
    example: str = ""
    secret: bool = False
    """Always False today: secrets belong to connections. Forms mask when it is True."""
    options: tuple[Option, ...] | Options | None = None
    """The fixed options, or the function that fetches them."""
    refresh_on: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    whole: bool = False
    """A number without a fraction."""
    rows: int = 1
    json_text: JsonText | None = None
    """How a text for it is parsed, if it is."""
    html: Html | None = None
    """When a text for it is HTML, in which expressions are escaped, if it is."""
    shown: bool = False
    """Whether it is in view while it is empty."""
    message_text: bool = False
    """Whether it must say something, when it is given."""
    fields: tuple["Property", ...] = field(default=())
    """Of an object, or of each object in a list."""
