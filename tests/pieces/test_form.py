"""A signature becomes a form, and values are read as it says."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Required

import pytest
from pydantic import BaseModel
from typing_extensions import TypedDict

from pieces import (
    Choice,
    Color,
    Context,
    DateTime,
    Dropdown,
    Example,
    File,
    Finding,
    Help,
    Json,
    LongText,
    Markdown,
    Option,
    Piece,
    PieceError,
    Range,
    Title,
    UnknownPiece,
)
from pieces.testing import context

shop = Piece("shop", summary="A shop.")


class Part(TypedDict, total=False):
    name: Required[Annotated[str, Help("What it is.")]]
    size: Annotated[int, Range(1, 9)]


@dataclass
class Point:
    x: float
    y: float = 0


class Label(BaseModel):
    text: str
    tint: Literal["red", "blue"] = "red"


async def rooms(ctx: Context, search: str) -> list[Option]:
    return [Option(name, name) for name in ("attic", "cellar") if search in name and ctx.values]


@shop.action
async def build(
    ctx: Context,
    name: str,
    note: Annotated[str, LongText(7), Title("Remark"), Example("fragile")] = "",
    count: Annotated[int, Range(1, 100)] = 1,
    price: float | None = None,
    fast: bool = False,
    mode: Literal["safe", "wild"] = "safe",
    grade: Annotated[str, Choice(Option("a", "Best"), Option("b", "Good"))] = "a",
    room: Annotated[str, Dropdown(rooms, refresh_on=("mode",))] = "",
    rooms: Annotated[list[str] | None, Dropdown(rooms)] = None,
    tags: list[str] | None = None,
    modes: list[Literal["x", "y"]] | None = None,
    headers: dict[str, str] | None = None,
    parts: list[Part] | None = None,
    point: Point | None = None,
    label: Label | None = None,
    due: DateTime | None = None,
    tint: Color = "#000000",
    file: File | None = None,
    data: Json = None,
    hint: Annotated[None, Markdown("Read **this**.")] = None,
    from_: str = "",
) -> Json:
    """Build a thing.

    It takes a while.

    Args:
        name: What it shall be
            called.
        from_: Who wants it.

    More help.
    """
    given = dict(locals())
    del given["ctx"]
    return given


async def _build(**values: Any) -> Any:
    return await build.run(context(shop), {"name": "n", **values})


def test_each_type_gives_its_kind_of_field() -> None:
    kinds = {p.name: p.kind for p in build.properties}
    assert kinds == {
        "name": "text", "note": "long_text", "count": "number", "price": "number", "fast": "checkbox",
        "mode": "static_dropdown", "grade": "static_dropdown", "room": "dropdown", "rooms": "multi_dropdown",
        "tags": "list", "modes": "multi_dropdown", "headers": "key_value", "parts": "objects",
        "point": "object",
        "label": "object", "due": "date_time", "tint": "color", "file": "file", "data": "json",
        "hint": "markdown", "from": "text",
    }  # fmt: skip


def test_markers_and_docstring_give_the_rest() -> None:
    field = {p.name: p for p in build.properties}
    assert (build.title, build.summary, build.help) == (
        "Build",
        "Build a thing.",
        "It takes a while.\n\nMore help.",
    )
    assert field["name"].required
    assert field["name"].help == "What it shall be called."
    assert (field["note"].title, field["note"].rows, field["note"].example) == ("Remark", 7, "fragile")
    assert (field["count"].least, field["count"].most, field["count"].whole) == (1, 100, True)
    assert field["mode"].options == (Option("safe", "safe"), Option("wild", "wild"))
    assert field["grade"].options == (Option("a", "Best"), Option("b", "Good"))
    assert field["room"].refresh_on == ("mode",)
    assert field["hint"].help == "Read **this**."
    parts = {p.name: p for p in field["parts"].fields}
    assert parts["name"].required and parts["name"].help == "What it is."
    assert not parts["size"].required and parts["size"].most == 9
    assert [(p.name, p.required, p.default) for p in field["point"].fields] == [
        ("x", True, None),
        ("y", False, 0),
    ]
    assert [(p.name, p.default) for p in field["label"].fields] == [("text", None), ("tint", "red")]


@pytest.mark.parametrize(
    ("given", "field", "read"),
    [
        ({"count": "12"}, "count", 12),
        ({"count": 12.0}, "count", 12),
        ({"price": "1.5"}, "price", 1.5),
        ({"name": 5}, "name", "5"),
        ({"name": True}, "name", "true"),
        ({"fast": "true"}, "fast", True),
        ({"fast": "no"}, "fast", False),
        ({"count": None}, "count", 1),
        ({"tags": "one"}, "tags", ["one"]),
        ({"tags": '["a", "b"]'}, "tags", ["a", "b"]),
        ({"tags": [1, "b"]}, "tags", ["1", "b"]),
        ({"tags": ["a", None]}, "tags", ["a"]),
        ({"headers": '{"a": "b"}'}, "headers", {"a": "b"}),
        ({"headers": {"a": 1}}, "headers", {"a": "1"}),
        ({"parts": {"name": "p"}}, "parts", [{"name": "p"}]),
        ({"point": {"x": "3"}}, "point", Point(3)),
        ({"due": "2026-03-01T09:30:00"}, "due", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        ({"due": "2026-03-01T09:30:00+01:00"}, "due", datetime.fromisoformat("2026-03-01T08:30:00+00:00")),
        ({"tint": "#A0b1C2"}, "tint", "#A0b1C2"),
        ({"data": {"any": [1, None]}}, "data", {"any": [1, None]}),
        ({"data": None}, "data", None),
        ({"from": "me"}, "from_", "me"),
        ({"room": "not listed"}, "room", "not listed"),
    ],
)
async def test_what_is_plainly_meant_is_taken(given: dict[str, Any], field: str, read: Any) -> None:
    assert (await _build(**given))[field] == read


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"count": "many"}, "/count", "`count` must be a whole number, not 'many'"),
    ({"count": 1.5}, "/count", "`count` must be a whole number, not 1.5"),
    ({"count": 0}, "/count", "`count` must be at least 1, not 0"),
    ({"count": 101}, "/count", "`count` must be at most 100, not 101"),
    ({"price": "x" * 100}, "/price", "`price` must be a number, not '" + "x" * 58 + "…"),
    ({"price": float("inf")}, "/price", "`price` must be a finite number, not inf"),
    ({"name": {"a": 1}}, "/name", "`name` must be text, not an object"),
    ({"name": None}, "/name", "`name` is required"),
    ({"fast": "perhaps"}, "/fast", "`fast` must be true or false, not 'perhaps'"),
    ({"mode": "mad"}, "/mode", "`mode` must be one of 'safe' or 'wild'"),
    ({"grade": "c"}, "/grade", "`grade` must be one of 'a', 'b'"),
    ({"modes": ["x", "z"]}, "/modes/1", "`modes.1` must be one of 'x' or 'y'"),
    ({"headers": "plain"}, "/headers", "`headers` must be an object, not 'plain'"),
    ({"headers": {"a/b": {}}}, "/headers/a~1b", "`headers.a/b` must be text, not an object"),
    ({"parts": [{"size": 1}]}, "/parts/0/name", "`parts.0.name` is required"),
    ({"parts": [{"name": "p", "sise": 1}]}, "/parts/0/sise", "`parts.0.sise` is not a field of shop.build"),
    ({"parts": [{"name": "p", "size": 10}]}, "/parts/0/size", "`parts.0.size` must be at most 9, not 10"),
    ({"point": {"x": []}}, "/point/x", "`point.x` must be a number, not a list"),
    ({"due": "soon"}, "/due", "`due` must be a date and time like 2026-03-01T09:30:00Z, not 'soon'"),
    ({"tint": "red"}, "/tint", "`tint` must be a color like #3a86ff, not 'red'"),
    ({"cuont": 1}, "/cuont", "`cuont` is not a field of shop.build; did you mean `count`?"),
    ({"hint": "x"}, "/hint", "`hint` takes no value, not 'x'"),
]


@pytest.mark.parametrize(("given", "pointer", "message"), WRONG)
async def test_a_wrong_value_is_named_before_and_during_a_run(
    given: dict[str, Any], pointer: str, message: str
) -> None:
    assert build.problems({"name": "n", **given}) == [(pointer, message)]
    with pytest.raises(PieceError) as caught:
        await _build(**given)
    assert caught.value.message == message
    assert caught.value.field == pointer.split("/")[1]
    assert caught.value.details == [{"pointer": pointer, "message": message}]


def test_all_problems_come_at_once() -> None:
    assert [place for place, _ in build.problems({"count": "x", "nope": 1})] == ["/name", "/count", "/nope"]


@pytest.mark.parametrize("field", [p.name for p in build.properties])
def test_a_text_with_an_expression_may_stand_for_anything(field: str) -> None:
    assert build.problems({"name": "n", field: "{{ trigger.body.x }}"}) == []


@pytest.mark.parametrize(
    "given",
    [
        {"parts": [{"name": "{{ a }}", "size": "{{ b }}"}]},
        {"headers": {"a": "{{ b }}"}},
        {"modes": ["{{ a }}"]},
    ],
)
def test_expressions_pass_deep_inside(given: dict[str, Any]) -> None:
    assert build.problems({"name": "n", **given}) == []


def test_an_expression_excuses_only_itself() -> None:
    assert build.problems({"name": "{{ a }}", "parts": [{"size": "{{ b }}", "no": 1}]}) == [
        ("/parts/0/name", "`parts.0.name` is required"),
        ("/parts/0/no", "`parts.0.no` is not a field of shop.build"),
    ]


async def test_a_dropdown_sees_the_search_and_the_other_fields() -> None:
    ctx = context(shop)
    assert await build.options(ctx, "room", {"mode": "wild"}, "cel") == [Option("cellar", "cellar")]
    assert await build.options(ctx, "mode") == [Option("safe", "safe"), Option("wild", "wild")]
    with pytest.raises(UnknownPiece):
        await build.options(ctx, "name")


async def test_a_check_adds_errors_and_warnings() -> None:
    piece = Piece("p", summary="A piece.")

    @piece.action
    async def act(ctx: Context, a: str = "", b: str = "") -> Json:
        """Act."""

    @act.check
    def both(values: Any) -> list[Finding]:
        return [Finding("/a", "a?"), Finding("/b", "b?", warning=True)]

    assert act.problems({}) == [("/a", "a?")]
    assert act.warnings({}) == [("/b", "b?")]


def test_a_parameter_that_is_no_field_is_refused_when_declared() -> None:
    piece = Piece("p")

    async def untyped(ctx: Context, a) -> Json:  # type: ignore[no-untyped-def]
        """No type."""

    async def rest(ctx: Context, **more: str) -> Json:
        """Any name."""

    async def odd(ctx: Context, a: object) -> Json:
        """An odd type."""

    for function in (untyped, rest, odd):
        with pytest.raises(TypeError, match="p\\."):
            piece.action(function)


def test_names_of_model_methods_are_good_field_names() -> None:
    piece = Piece("p")

    @piece.action
    async def act(ctx: Context, json: Json, copy: str = "", model_config: str = "", schema: str = "") -> Json:
        """Act."""

    assert act.problems({"json": 1, "copy": "x", "schema": "y", "model_config": "z"}) == []
    assert set(act.input_model.model_json_schema()["properties"]) == {
        "json",
        "copy",
        "schema",
        "model_config",
    }


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"value": None}, (None, "usual")),
        ({"value": [1, {"a": float("inf")}], "more": None}, ([1, {"a": float("inf")}], None)),
        ({"more": 1}, "`value` is required"),
        ({}, "`value` is required"),
        ({"value": 1, "other": 2}, "`other`"),
    ],
)
async def test_fields_that_take_any_json_are_read_as_they_are(given: dict[str, Any], read: Any) -> None:
    piece = Piece("loose", summary="For a test")

    @piece.action(pure=True)
    async def put(ctx: Context, value: Json, more: Json = "usual") -> Json:
        """Put it together."""
        return [value, more]

    if isinstance(read, str):
        with pytest.raises(PieceError, match=read):
            await put.run(Context(piece=piece), given)
    else:
        assert await put.run(Context(piece=piece), given) == list(read)


async def test_a_default_that_can_be_changed_is_new_for_each_call() -> None:
    piece = Piece("loose", summary="For a test")

    @piece.action(pure=True)
    async def grow(ctx: Context, value: Json = []) -> Json:  # noqa: B006 - that is the point
        """Add to it."""
        value.append(1)
        return value

    for _ in range(2):
        assert await grow.run(Context(piece=piece), {}) == [1]
