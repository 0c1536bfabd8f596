"""Which pieces there are, and what happens to broken ones."""

from importlib import metadata
from pathlib import Path
from typing import Annotated

import pytest

import pieces
from pieces import (
    AuthError,
    BearerToken,
    Context,
    Dropdown,
    Json,
    Option,
    Piece,
    PieceError,
    Registry,
    SecretText,
    UnknownPiece,
    WebhookRequest,
    load,
)
from pieces._registry import BUILTIN, GROUP, Origin, add_entry_points
from pieces.testing import ContractError, check_piece, context

BUILT_IN = load(entry_points=False)


@pytest.mark.parametrize("name", BUILT_IN.pieces)
def test_each_built_in_piece_keeps_the_contract(name: str) -> None:
    check_piece(BUILT_IN.pieces[name])


def test_the_built_in_pieces_are_all_there() -> None:
    assert sorted(BUILT_IN.pieces) == [
        "data",
        "debounce",
        "deduplicate",
        "delay",
        "digest",
        "email",
        "flow",
        "http",
        "schedule",
        "slack",
        "store",
        "throttle",
        "topic",
        "webhook",
    ]
    assert len(BUILTIN) == len(BUILT_IN.pieces)
    assert BUILT_IN.broken == []
    assert BUILT_IN.origins["slack"].distribution == "switchyard-flow"
    assert all(piece.icon != "puzzle" for piece in BUILT_IN.pieces.values())


@pytest.mark.parametrize(
    "look_up",
    [
        lambda: BUILT_IN.piece("nope"),
        lambda: BUILT_IN.action("nope", "x"),
        lambda: BUILT_IN.action("slack", "nope"),
        lambda: BUILT_IN.trigger("slack", "nope"),
        lambda: BUILT_IN.trigger("nope", "nope"),
    ],
)
def test_an_unknown_name_is_told_as_a_sentence(look_up) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UnknownPiece) as caught:
        look_up()
    assert "nope" in str(caught.value)
    assert isinstance(caught.value, KeyError)


def _entry(name: str, value: str) -> metadata.EntryPoint:
    return metadata.EntryPoint(name, value, GROUP)


def test_a_piece_that_fails_to_import_is_listed_and_the_others_load() -> None:
    registry = Registry()
    add_entry_points(
        registry,
        [
            _entry("gone", "no_such_module:piece"),
            _entry("odd", "json:loads"),
            _entry("data", "pieces.data:data"),
        ],
    )
    assert list(registry.pieces) == ["data"]
    assert [(one.name, one.distribution) for one in registry.broken] == [
        ("gone", "no_such_module:piece"),
        ("odd", "json:loads"),
    ]
    assert "ModuleNotFoundError" in registry.broken[0].traceback
    assert "not a pieces.Piece" in registry.broken[1].traceback


def test_two_pieces_of_one_name_are_an_error_naming_both() -> None:
    registry = Registry()
    registry.add(Piece("twin"), Origin("first-dist", "1"))
    with pytest.raises(ValueError, match="of first-dist and of second-dist"):
        registry.add(Piece("twin"), Origin("second-dist", "1"))


def test_two_things_of_one_name_in_a_piece_are_an_error() -> None:
    piece = Piece("p")

    @piece.action
    async def act(ctx: Context) -> Json:
        """Act."""

    with pytest.raises(ValueError, match="two things called `act`"):
        piece.poll(every=5)(act.function)


def test_the_default_registry_is_loaded_once() -> None:
    assert pieces.registry() is pieces.registry()
    assert set(BUILT_IN.pieces) <= set(pieces.registry().pieces)


def _bad_pieces() -> list[tuple[str, Piece]]:
    async def needs_more(ctx: Context, other: str) -> list[Option]:
        return []

    def not_async(ctx: Context) -> list[Option]:
        return []

    cases: list[tuple[str, Piece]] = []

    def case(breach: str, **options: object) -> Piece:
        piece = Piece("p", summary="A piece.", **options)  # type: ignore[arg-type]
        cases.append((breach, piece))
        return piece

    piece = case("no docstring")

    @piece.action
    async def undocumented(ctx: Context) -> Json: ...

    piece = case("not snake_case")

    @piece.action
    async def CamelCase(ctx: Context) -> Json:
        """Odd name."""

    piece = case("secrets belong to the piece's auth")

    @piece.action
    async def sign_in(ctx: Context, api_key: str) -> Json:
        """Sign in."""

    piece = case("take \\(ctx\\) or \\(ctx, search\\)")

    @piece.action
    async def choose(ctx: Context, a: Annotated[str, Dropdown(needs_more)]) -> Json:
        """Choose."""

    piece = case("options of `a` are not an async function")

    @piece.action
    async def pick(ctx: Context, a: Annotated[str, Dropdown(not_async)]) -> Json:  # type: ignore[arg-type]
        """Pick."""

    piece = case("refreshes on \\['b'\\]")

    @piece.action
    async def refresh(ctx: Context, a: Annotated[str, Dropdown(not_async, refresh_on=("b",))]) -> Json:  # type: ignore[arg-type]
        """Refresh."""

    piece = case("no @verify", auth=BearerToken())

    @piece.action
    async def act(ctx: Context) -> Json:
        """Act."""

    piece = case("without a right signature is let in")

    @piece.webhook
    async def open_door(ctx: Context, request: WebhookRequest) -> list[Json]:
        """Let all in."""
        return []

    @open_door.on_verify
    async def anyone(ctx: Context, request: WebhookRequest) -> None: ...

    piece = case("raises KeyError, not AuthError")

    @piece.webhook
    async def fragile(ctx: Context, request: WebhookRequest) -> list[Json]:
        """Trust the header."""
        return []

    @fragile.on_verify
    async def by_header(ctx: Context, request: WebhookRequest) -> None:
        request.headers["x-missing"]

    piece = case("neither an action nor a trigger")
    piece = case("is not an async function")

    @piece.action
    def plain(ctx: Context) -> Json:
        """Plain."""

    return cases


@pytest.mark.parametrize(("breach", "piece"), _bad_pieces())
def test_the_check_finds_each_breach_of_the_contract(breach: str, piece: Piece) -> None:
    with pytest.raises(ContractError, match=breach):
        check_piece(piece)


async def test_a_trigger_s_subscription_and_signature() -> None:
    piece = Piece("hooks", summary="Hooks.", auth=SecretText("Key"))

    @piece.verify
    async def verify(ctx: Context) -> None: ...

    @piece.webhook
    async def event(ctx: Context, request: WebhookRequest, kind: str = "all") -> list[Json]:
        """Start on an event."""
        return [request.body] if kind in ("all", request.body["kind"]) else []

    @event.on_enable
    async def subscribe(ctx: Context, kind: str) -> None:
        ctx.state["subscribed"] = [ctx.webhook_url, kind]

    @event.on_disable
    async def unsubscribe(ctx: Context, kind: str) -> None:
        ctx.state.clear()

    @event.on_verify
    async def signed(ctx: Context, request: WebhookRequest) -> None:
        if request.headers.get("x-key") != ctx.auth["secret"]:
            raise AuthError("not signed")

    check_piece(piece)
    ctx = context(piece)
    await event.enable(ctx, {"kind": "new"})
    assert ctx.state == {"subscribed": [ctx.webhook_url, "new"]}
    await event.disable(ctx, {"kind": "new"})
    assert ctx.state == {}
    request = WebhookRequest(headers={"x-key": "secret"}, body={"kind": "new"})
    assert await event.run(ctx, {}, request) == [{"kind": "new"}]
    assert await event.run(ctx, {"kind": "old"}, request) == []
    with pytest.raises(AuthError):
        await event.run(ctx, {}, WebhookRequest(body={"kind": "new"}))
    with pytest.raises(PieceError, match="`knd` is not a field"):
        await event.run(ctx, {"knd": "x"}, request)


def test_no_built_in_piece_finds_its_own_way_out() -> None:
    own_ways = (
        "AsyncClient(",
        "httpx.get(",
        "httpx.post(",
        "httpx.request(",
        "httpx.Client(",
        "urlopen",
        "import requests",
        "requests.get(",
    )
    for file in Path(pieces.__file__).parent.glob("*.py"):
        if file.name != "testing.py":
            assert [way for way in own_ways if way in file.read_text()] == [], file.name
