"""A function's signature as a form: properties for people, a pydantic model for values."""

import dataclasses
import inspect
import json
import types
import typing
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, create_model
from pydantic import Field as PydanticField
from typing_extensions import is_typeddict

from ._docs import doc_of, title_of
from ._errors import PieceError
from ._invalid import Problem, problems_of
from ._props import (
    Choice,
    Dropdown,
    Example,
    File,
    Help,
    Html,
    JsonText,
    Kind,
    LongText,
    Markdown,
    MessageText,
    Option,
    Property,
    Range,
    Shown,
    Title,
    _IsColor,
)

_CONFIG = ConfigDict(extra="forbid", coerce_numbers_to_str=True, allow_inf_nan=False, protected_namespaces=())


class _Read(NamedTuple):
    """A type hint taken apart: the type without Optional, its markers, and whether null is allowed."""

    base: Any
    markers: tuple[Any, ...]
    nullable: bool


class Form:
    """The fields of one action or trigger, read from `function` without its first `skip` parameters."""

    def __init__(self, owner: str, function: Callable[..., Any], skip: int) -> None:
        self.owner = owner
        arguments = doc_of(function).arguments
        hints = typing.get_type_hints(function, include_extras=True)
        self._parameters: dict[str, str] = {}
        fields: dict[str, Any] = {}
        properties: list[Property] = []
        hinted: dict[str, Any] = {}
        for parameter in list(inspect.signature(function).parameters.values())[skip:]:
            if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
                raise TypeError(f"{owner}: *{parameter.name} cannot be a field of a form")
            if parameter.name not in hints:
                raise TypeError(f"{owner}: the parameter `{parameter.name}` has no type")
            # A final underscore lets a field be called like a Python word: `from_` is the field `from`.
            name = parameter.name.rstrip("_")
            required = parameter.default is parameter.empty
            default = None if required else parameter.default
            hint = hinted[name] = hints[parameter.name]
            properties.append(
                _property(name, hint, required, default, arguments.get(parameter.name, ""), f"{owner}.{name}")
            )
            self._parameters[name] = parameter.name
            fields[f"{name}_"] = (
                Annotated[hint, BeforeValidator(_coercion(hint))],
                PydanticField(alias=name) if required else PydanticField(default, alias=name),
            )
        self.properties = properties
        # Fields carry a final underscore inside, so that none hides a method of the model.
        self.model: type[BaseModel] = create_model(owner.replace(".", "_"), __config__=_CONFIG, **fields)
        self._keep_null = {p.name for p in properties if p.kind == "json"}
        self._required = {p.name for p in properties if p.required}
        # Fields that take any JSON have nothing to validate but their names.
        self._takes_any = all(hint is Any for hint in hinted.values())
        self._defaults = {p.name: p.default for p in properties if not p.required}
        if not all(isinstance(value, str | int | float | None) for value in self._defaults.values()):
            self._takes_any = False  # each call needs a copy of the default

    def read(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The keyword arguments for the function; raises `PieceError` that names each wrong field."""
        if self._takes_any and self._required <= values.keys() <= self._parameters.keys():
            given = {**self._defaults, **values}
            return {parameter: given[name] for name, parameter in self._parameters.items()}
        try:
            model = self.model.model_validate(self._given(values))
        except ValidationError as error:
            found = problems_of(error, values, self.owner, [p.name for p in self.properties])
            told = "; ".join(problem.message for problem in found)
            details = [{"pointer": p.pointer, "message": p.message} for p in found]
            raise PieceError(told, field=found[0].field, details=details) from None
        return {parameter: getattr(model, f"{name}_") for name, parameter in self._parameters.items()}

    def problems(self, values: Mapping[str, Any]) -> list[tuple[str, str]]:
        """(JSON pointer, sentence) for each wrong value; a text with `{{` may stand for anything."""
        try:
            self.model.model_validate(self._given(values))
        except ValidationError as error:
            found: list[Problem] = problems_of(error, values, self.owner, [p.name for p in self.properties])
            wrong = [(problem.pointer, problem.message) for problem in found if not problem.templated]
            return [*wrong, *self._empty(values)]
        return self._empty(values)

    def _empty(self, values: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Required fields that are there and hold nothing."""
        return [
            (f"/{prop.name}", f"`{prop.name}` is required, and empty")
            for prop in self.properties
            if prop.required and prop.kind != "json" and _is_blank(values.get(prop.name))
        ]

    def _given(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Null stands for "not given", except where any JSON is taken."""
        return {name: value for name, value in values.items() if value is not None or name in self._keep_null}


def _take_apart(hint: Any) -> _Read:
    if get_origin(hint) is Annotated:
        inner, *markers = get_args(hint)
        read = _take_apart(inner)
        return _Read(read.base, (*read.markers, *markers), read.nullable)
    if get_origin(hint) in (Union, types.UnionType):
        members = [member for member in get_args(hint) if member is not type(None)]
        if len(members) == 1:
            return _take_apart(members[0])._replace(nullable=True)
    return _Read(hint, (), False)


def _property(name: str, hint: Any, required: bool, default: Any, help: str, where: str) -> Property:
    read = _take_apart(hint)
    first: dict[type, Any] = {}
    for marker in read.markers:
        first.setdefault(type(marker), marker)
    kind, options = _kind(read.base, first, where)
    dropdown = first.get(Dropdown)
    limits = first.get(Range, Range())
    item = get_args(read.base)[0] if kind == "objects" else read.base
    return Property(
        name=name,
        title=first[Title].text if Title in first else title_of(name),
        kind=kind,
        required=required,
        default=default,
        help=first[Markdown].text if Markdown in first else first[Help].text if Help in first else help,
        example=first[Example].text if Example in first else "",
        options=dropdown.options if dropdown else options,
        refresh_on=dropdown.refresh_on if dropdown else (),
        least=limits.least,
        most=limits.most,
        whole=read.base is int,
        rows=first[LongText].rows if LongText in first else 1,
        json_text=first.get(JsonText),
        html=first.get(Html),
        shown=Shown in first,
        message_text=MessageText in first,
        fields=_nested(item, where) if kind in ("object", "objects") else (),
    )


def _kind(base: Any, markers: dict[type, Any], where: str) -> tuple[Kind, tuple[Option, ...] | None]:
    """The kind of property a type gives, and its fixed options."""
    item = _take_apart(get_args(base)[0]) if get_origin(base) is list and get_args(base) else None
    if Markdown in markers:
        return "markdown", None
    if Dropdown in markers:
        return ("multi_dropdown" if item else "dropdown"), None
    if Choice in markers:
        return "static_dropdown", markers[Choice].options
    if get_origin(base) is Literal:
        return "static_dropdown", _literal(base)
    if item is not None and get_origin(item.base) is Literal:
        return "multi_dropdown", _literal(item.base)
    if item is not None:
        plain = item.base in (str, int, float)
        return ("list" if plain else "objects" if _is_object(item.base) else "json"), None
    if _IsColor in markers:
        return "color", None
    if LongText in markers:
        return "long_text", None
    simple: dict[Any, Kind] = {
        str: "text", int: "number", float: "number", bool: "checkbox", datetime: "date_time", File: "file",
        Any: "json", dict: "json", list: "json",
    }  # fmt: skip
    if base in simple:
        return simple[base], None
    if get_origin(base) is dict:
        return ("key_value" if get_args(base) in ((str, str), (str, Any)) else "json"), None
    if get_origin(base) in (Union, types.UnionType):
        return "json", None
    if _is_object(base):
        return "object", None
    raise TypeError(f"{where}: a field cannot be of type {base!r}")


def _literal(base: Any) -> tuple[Option, ...]:
    return tuple(Option(value, str(value)) for value in get_args(base))


def _is_object(base: Any) -> bool:
    return isinstance(base, type) and (
        issubclass(base, BaseModel) or dataclasses.is_dataclass(base) or is_typeddict(base)
    )


def _nested(cls: Any, where: str) -> tuple[Property, ...]:
    """The fields of a pydantic model, dataclass or TypedDict. Unknown fields are refused."""
    hints = typing.get_type_hints(cls, include_extras=True)
    defaults: dict[str, Any] = {}
    if issubclass(cls, BaseModel):
        hints = {name: hints[name] for name in cls.model_fields}
        optional = {name: f.get_default() for name, f in cls.model_fields.items() if not f.is_required()}
        defaults = optional
    elif dataclasses.is_dataclass(cls):
        missing = dataclasses.MISSING
        defaults = {f.name: f.default for f in dataclasses.fields(cls) if f.default is not missing}
        defaults |= {f.name: None for f in dataclasses.fields(cls) if f.default_factory is not missing}
    else:
        defaults = dict.fromkeys(cls.__optional_keys__)
        hints = {name: _present(hint) for name, hint in hints.items()}
    if not issubclass(cls, BaseModel) and not hasattr(cls, "__pydantic_config__"):
        cls.__pydantic_config__ = ConfigDict(extra="forbid", coerce_numbers_to_str=True, allow_inf_nan=False)
    return tuple(
        _property(name.rstrip("_"), hint, name not in defaults, defaults.get(name), "", f"{where}.{name}")
        for name, hint in hints.items()
    )


def _present(hint: Any) -> Any:
    """A TypedDict field's type without Required / NotRequired."""
    return get_args(hint)[0] if get_origin(hint) in (typing.Required, typing.NotRequired) else hint


def _coercion(hint: Any) -> Callable[[Any], Any]:
    """What a template may give instead of the type: text holding JSON, one value for a list of them."""
    base = _take_apart(hint).base
    if get_args(base) == (str,) and get_origin(base) is list:
        return _to_texts
    if base is list or get_origin(base) is list:
        return _to_list
    if base is dict or get_origin(base) is dict or _is_object(base):
        return _to_object
    if base is str:
        return _to_text
    return _as_is


def _is_blank(value: Any) -> bool:
    return value in ([], {}) or (isinstance(value, str) and not value.strip())


def _as_is(value: Any) -> Any:
    return value


def _to_text(value: Any) -> Any:
    return ("true" if value else "false") if isinstance(value, bool) else value


def _to_list(value: Any) -> Any:
    if isinstance(value, str):
        parsed = _parsed(value, "[")
        return [value] if parsed is None else parsed
    return value if isinstance(value, list) else [value]


def _to_texts(value: Any) -> Any:
    """A list of texts; what an event lacks is none of them."""
    values = _to_list(value)
    return [item for item in values if item is not None] if isinstance(values, list) else values


def _to_object(value: Any) -> Any:
    parsed = _parsed(value, "{") if isinstance(value, str) else None
    return value if parsed is None else parsed


def _parsed(text: str, opening: str) -> Any:
    if not text.lstrip().startswith(opening):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
