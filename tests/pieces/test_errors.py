"""What a service answers becomes what the engine does next."""

from collections.abc import Callable
from email.utils import formatdate

import httpx
import pytest

from pieces import AuthError, BearerToken, Context, Json, Piece, PieceError, Retry, Wait
from pieces._errors import retry_after
from pieces.testing import context

api = Piece("api", summary="An API.", base_url="https://api.example", auth=BearerToken())


@api.action
async def fetch(ctx: Context) -> Json:
    """Fetch it."""
    return (await ctx.http.get("/it")).json()


def _answering(status: int, text: str = "", headers: dict[str, str] | None = None) -> Context:
    return context(api, lambda request: httpx.Response(status, text=text, headers=headers))


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, PieceError), (401, AuthError), (403, AuthError), (404, PieceError), (408, Retry),
        (409, PieceError), (422, PieceError), (425, Retry), (429, Retry), (500, Retry), (502, Retry),
        (503, Retry),
    ],
)  # fmt: skip
async def test_each_refusing_status_has_its_error(status: int, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        await fetch.run(_answering(status, "no such\n thing"), {})
    assert type(caught.value) is error
    assert f"GET api.example answered {status}" in str(caught.value)
    assert "no such thing" in str(caught.value)
    assert "secret" not in str(caught.value)


async def test_an_accepting_status_raises_nothing() -> None:
    assert await fetch(_answering(200, "[1]")) == [1]


async def test_a_long_answer_is_told_in_part() -> None:
    with pytest.raises(PieceError) as caught:
        await fetch(_answering(400, "x" * 100_000))
    assert len(caught.value.message) < 600
    assert caught.value.details == {"status": 400}


async def test_retry_after_is_honoured_in_both_forms() -> None:
    with pytest.raises(Retry) as caught:
        await fetch(_answering(429, headers={"Retry-After": "17"}))
    assert caught.value.after == 17
    assert retry_after(formatdate(1_700_000_060, usegmt=True), now=1_700_000_000) == 60
    assert retry_after(formatdate(1_600_000_000, usegmt=True), now=1_700_000_000) == 0


@pytest.mark.parametrize("value", [None, "", "soon", "-5", "1.5", "²", "Tue, 99 Foo 2026 00:00:00 GMT"])
def test_an_unreadable_retry_after_says_nothing(value: str | None) -> None:
    assert retry_after(value) is None


@pytest.mark.parametrize(
    ("raised", "error"),
    [
        (httpx.ConnectError("refused"), Retry),
        (httpx.ReadTimeout("slow"), Retry),
        (httpx.RemoteProtocolError("cut"), Retry),
        (httpx.UnsupportedProtocol("ftp"), PieceError),
        (httpx.DecodingError("gzip"), PieceError),
    ],
)
async def test_what_httpx_raises_is_translated(raised: Exception, error: type[Exception]) -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise raised

    handlers: list[Callable[[], object]] = [
        lambda: fetch.run(context(api, broken), {}),
        lambda: fetch(context(api, broken)),
    ]
    for call in handlers:
        with pytest.raises(error):
            await call()  # type: ignore[misc]


async def test_a_timeout_is_told_in_words() -> None:
    def slow(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("")

    with pytest.raises(Retry, match="no answer in time"):
        await fetch.run(context(api, slow), {})


async def test_an_action_without_its_connection_asks_for_one() -> None:
    with pytest.raises(AuthError, match=r"api\.fetch needs a connection"):
        await fetch.run(context(api, auth={}), {})
    with pytest.raises(AuthError, match="needs a connection"):
        await api.test_connection(context(api, auth={}))


def test_a_piece_sees_only_the_fields_its_auth_declares() -> None:
    ctx = context(api, auth={"token": "t", "other": "not yours"})
    assert ctx.auth == {"token": "t"}


async def test_what_the_engine_did_not_lend_says_so() -> None:
    bare = Context(api)
    for use in (lambda: bare.http, lambda: bare.store, lambda: bare.evaluate("a", {})):
        with pytest.raises(PieceError, match="not available here"):
            use()
    with pytest.raises(PieceError, match="not available here"):
        await bare.respond(200, {}, None)


def test_wait_carries_its_state() -> None:
    wait = Wait(5, {"a": 1})
    assert (wait.until, wait.state) == (5, {"a": 1})
