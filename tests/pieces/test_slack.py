"""The slack piece: messages, channels, and refusals that come as 200."""

import json
from typing import Any

import httpx
import pytest

from pieces import AuthError, Option, PieceError, Retry
from pieces.slack import send_message, send_webhook_message, slack
from pieces.testing import context

BOT = {"bot_token": "xoxb-1"}
HOOK = {"webhook_url": "https://hooks.slack.com/services/T/B/x"}


def _says(told: Any, status: int = 200, headers: dict[str, str] | None = None):  # type: ignore[no-untyped-def]
    def handle(request: httpx.Request) -> httpx.Response:
        handle.seen.append(request)  # type: ignore[attr-defined]
        return httpx.Response(status, json=told, headers=headers)

    handle.seen = []  # type: ignore[attr-defined]
    return handle


async def test_a_message_goes_out_with_all_it_has() -> None:
    api = _says({"ok": True, "ts": "1.2", "channel": "C1", "message": {"text": "hi"}})
    values = {
        "channel": "#alerts", "text": "hi", "blocks": [{"type": "divider"}], "thread_ts": "1.1",
        "username": "Bell", "icon": ":bell:", "unfurl": False,
    }  # fmt: skip
    output = await send_message.run(context(slack, api, auth=BOT), values)
    (request,) = api.seen
    assert str(request.url) == "https://slack.com/api/chat.postMessage"
    assert request.headers["authorization"] == "Bearer xoxb-1"
    assert json.loads(request.content) == {
        "channel": "#alerts", "text": "hi", "blocks": [{"type": "divider"}], "thread_ts": "1.1",
        "username": "Bell", "icon_emoji": ":bell:", "unfurl_links": False, "unfurl_media": False,
    }  # fmt: skip
    assert output == {"ts": "1.2", "channel": "C1", "message": {"text": "hi"}}


async def test_blocks_are_taken_as_the_block_kit_builder_gives_them() -> None:
    api = _says({"ok": True})
    blocks = {"blocks": [{"type": "divider"}]}
    await send_message.run(
        context(slack, api, auth=BOT), {"channel": "C", "blocks": blocks, "icon": "https://i"}
    )
    sent = json.loads(api.seen[0].content)
    assert sent["blocks"] == [{"type": "divider"}]
    assert sent["icon_url"] == "https://i"


@pytest.mark.parametrize(
    ("error", "raised", "field"),
    [
        ("invalid_auth", AuthError, None),
        ("token_revoked", AuthError, None),
        ("missing_scope", AuthError, None),
        ("ratelimited", Retry, None),
        ("internal_error", Retry, None),
        ("channel_not_found", PieceError, "channel"),
        ("not_in_channel", PieceError, "channel"),
        ("no_text", PieceError, "text"),
        ("invalid_blocks", PieceError, "blocks"),
        ("something_new", PieceError, None),
    ],
)
async def test_ok_false_is_an_error(error: str, raised: type[Exception], field: str | None) -> None:
    api = _says({"ok": False, "error": error}, headers={"retry-after": "30"})
    with pytest.raises(raised) as caught:
        await send_message.run(context(slack, api, auth=BOT), {"channel": "C", "text": "hi"})
    assert type(caught.value) is raised
    assert error in str(caught.value)
    assert "xoxb" not in str(caught.value)
    assert getattr(caught.value, "field", None) == field
    assert getattr(caught.value, "after", None) == (30 if raised is Retry else None)


@pytest.mark.parametrize("told", [[], "ok", None, {}])
async def test_an_answer_that_is_not_slack_s_is_no_success(told: Any) -> None:
    with pytest.raises((Retry, PieceError)):
        await send_message.run(context(slack, _says(told), auth=BOT), {"channel": "C", "text": "hi"})


async def test_http_429_waits_as_long_as_slack_says() -> None:
    with pytest.raises(Retry) as caught:
        api = _says({"ok": False}, 429, {"retry-after": "3"})
        await send_message.run(context(slack, api, auth=BOT), {"channel": "C", "text": "hi"})
    assert caught.value.after == 3


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "text"),
        ({"blocks": "x"}, "blocks"),
        ({"blocks": ["x"]}, "blocks"),
        ({"blocks": {"a": 1}}, "blocks"),
    ],
)
async def test_an_empty_or_odd_message_is_not_sent(values: dict[str, Any], field: str) -> None:
    for action, auth, more in ((send_message, BOT, {"channel": "C"}), (send_webhook_message, HOOK, {})):
        with pytest.raises(PieceError) as caught:
            await action.run(context(slack, auth=auth), {**more, **values})
        assert caught.value.field == field


async def test_the_channel_dropdown_reads_all_pages_and_searches() -> None:
    def api(request: httpx.Request) -> httpx.Response:
        pages = {
            "": ({"id": "C2", "name": "ops-night"}, "more"),
            "more": ({"id": "C1", "name": "ops-day"}, "last"),
            "last": ({"id": "C3", "name": "random"}, ""),
        }
        row, cursor = pages[request.url.params.get("cursor", "")]
        return httpx.Response(
            200, json={"ok": True, "channels": [row], "response_metadata": {"next_cursor": cursor}}
        )

    found = await send_message.options(context(slack, api, auth=BOT), "channel", search="#OPS")
    assert found == [Option("C1", "#ops-day"), Option("C2", "#ops-night")]


async def test_an_endless_list_of_channels_ends() -> None:
    endless = _says({"ok": True, "channels": [], "response_metadata": {"next_cursor": "again"}})
    assert await send_message.options(context(slack, endless, auth=BOT), "channel") == []
    assert len(endless.seen) == 10


async def test_a_webhook_message_goes_to_the_connection_s_address_without_the_token() -> None:
    def api(request: httpx.Request) -> httpx.Response:
        assert str(request.url) == HOOK["webhook_url"]
        assert "authorization" not in request.headers
        assert json.loads(request.content) == {"text": "hi", "thread_ts": "1.1"}
        return httpx.Response(200, text="ok")

    ctx = context(slack, api, auth=HOOK | BOT)
    assert await send_webhook_message.run(ctx, {"text": "hi", "thread_ts": "1.1"}) == {"ok": True}


@pytest.mark.parametrize(
    ("status", "text", "raised"),
    [
        (403, "invalid_token", AuthError), (404, "no_service", AuthError),
        (410, "channel_is_archived", AuthError),
        (400, "invalid_blocks", PieceError), (302, "", PieceError), (429, "", Retry), (500, "", Retry),
        (200, "<html>", PieceError),
    ],
)  # fmt: skip
async def test_a_webhook_s_refusals(status: int, text: str, raised: type[Exception]) -> None:
    ctx = context(slack, lambda request: httpx.Response(status, text=text), auth=HOOK)
    with pytest.raises(raised) as caught:
        await send_webhook_message.run(ctx, {"text": "hi"})
    assert type(caught.value) is raised
    assert "hooks.slack.com" not in str(caught.value)


async def test_an_action_says_which_half_of_the_connection_is_missing() -> None:
    with pytest.raises(AuthError, match="no incoming webhook"):
        await send_webhook_message.run(context(slack, auth=BOT), {"text": "hi"})
    with pytest.raises(AuthError, match="no incoming webhook"):
        await send_webhook_message.run(context(slack, auth={"webhook_url": "http://x"}), {"text": "hi"})


async def test_a_message_takes_the_half_that_the_connection_has() -> None:
    seen: list[httpx.Request] = []

    def hook(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, text="ok")

    assert await send_message.run(context(slack, hook, auth=HOOK), {"text": "hi"}) == {"ok": True}
    assert seen[0].url.host == "hooks.slack.com"
    with pytest.raises(PieceError, match="`channel` is required"):
        await send_message.run(context(slack, hook, auth=BOT), {"text": "hi"})


async def test_blocks_that_an_expression_gives_as_json_in_a_text_are_parsed() -> None:
    sent: list[httpx.Request] = []

    def api(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={"ok": True, "ts": "1.1"})

    for text in ('[{"type": "divider"}]', '{"blocks": [{"type": "divider"}]}'):
        await send_message.run(context(slack, api, auth=BOT), {"channel": "C", "blocks": text})
        assert json.loads(sent[-1].content)["blocks"] == [{"type": "divider"}]


@pytest.mark.parametrize(
    ("blocks", "wrong"),
    [
        ("not json", True),
        ("[{{ x }}]", False),
        ("{{ steps.a.output }}", False),
        ('[{"text": "{{ x }}"}]', False),
        ('[{"text": "{{ x }}"]', True),
        ('{"text": {{ x }}', True),
        ([{}], False),
        ({"blocks": [{}]}, False),
        ({"text": "x"}, True),
        (["x"], True),
    ],
)
def test_blocks_that_can_never_be_blocks_are_found_before_a_run(blocks: Any, wrong: bool) -> None:
    found = send_message.problems({"channel": "C", "text": "x", "blocks": blocks})
    assert bool(found) == wrong


async def test_the_connection_test_asks_slack() -> None:
    api = _says({"ok": True})
    await slack.test_connection(context(slack, api, auth=BOT | HOOK))
    assert [request.url.path for request in api.seen] == ["/api/auth.test"]
    with pytest.raises(AuthError):
        await slack.test_connection(context(slack, _says({"ok": False, "error": "invalid_auth"}), auth=BOT))
    with pytest.raises(AuthError):
        await slack.test_connection(context(slack, auth={}))
