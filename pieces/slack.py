"""Slack: send messages to channels."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import httpx

from ._action import Finding
from ._auth import AuthField, Fields, HeaderAuth
from ._context import Context
from ._errors import AuthError, PieceError, Retry, answer_excerpt, retry_after
from ._piece import Piece
from ._props import Dropdown, Example, Json, JsonText, LongText, MessageText, Option


def _bind(values: Mapping[str, str]) -> httpx.Auth | None:
    token = values.get("bot_token")
    return HeaderAuth("Authorization", f"Bearer {token}") if token else None


slack = Piece(
    "slack",
    base_url="https://slack.com/api/",
    icon="hash",
    auth=Fields(
        "Slack",
        AuthField(
            "bot_token",
            "Bot token",
            required=False,
            help="xoxb-…, of an app with the scopes chat:write, channels:read and groups:read.",
        ),
        AuthField(
            "webhook_url",
            "Incoming webhook",
            required=False,
            help="https://hooks.slack.com/services/…; enough if you only post to one channel.",
        ),
        bind=_bind,
        any_of=("bot_token", "webhook_url"),
    ),
)

_RECONNECT = frozenset(
    {
        "account_inactive", "invalid_auth", "missing_scope", "no_permission", "not_allowed_token_type",
        "not_authed", "org_login_required", "token_expired", "token_revoked",
    }
)  # fmt: skip
_LATER = frozenset({"fatal_error", "internal_error", "ratelimited", "request_timeout", "service_unavailable"})
_FIELDS = {
    "channel_not_found": "channel", "is_archived": "channel", "not_in_channel": "channel",
    "restricted_action": "channel", "no_text": "text", "msg_too_long": "text", "invalid_blocks": "blocks",
    "invalid_blocks_format": "blocks", "msg_blocks_too_long": "blocks",
    "cannot_reply_to_message": "thread_ts", "thread_locked": "thread_ts", "invalid_thread_ts": "thread_ts",
}  # fmt: skip
_MEANINGS = {
    "channel_not_found": "there is no such channel, or the bot cannot see it",
    "not_in_channel": "the bot is not a member: invite it to the channel",
    "is_archived": "the channel is archived",
    "missing_scope": "the bot token lacks a scope",
}
_PAGES = 10
"""Pages of 200 channels that the dropdown reads at most."""


@slack.verify
async def verify(ctx: Context) -> None:
    """Ask Slack whose the token is; an incoming webhook can only be looked at."""
    if ctx.auth.get("bot_token"):
        await _call(ctx, "auth.test")
    if ctx.auth.get("webhook_url"):
        _webhook_url(ctx)


async def channels(ctx: Context, search: str) -> list[Option]:
    """Channels by name, over as many pages as it takes, up to a bound."""
    wanted, cursor = search.lower().lstrip("#"), ""
    found: list[Option] = []
    for _ in range(_PAGES):
        query = {"types": "public_channel,private_channel", "exclude_archived": "true", "limit": "200"}
        answer = await _call(
            ctx, "conversations.list", query={**query, **({"cursor": cursor} if cursor else {})}
        )
        found += [
            Option(row["id"], f"#{row['name']}")
            for row in answer["channels"]
            if wanted in row["name"].lower()
        ]
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            break
    return sorted(found, key=lambda option: option.label)


@slack.action
async def send_message(
    ctx: Context,
    channel: Annotated[str, Dropdown(channels), Example("#alerts")] = "",
    text: Annotated[str, LongText(), MessageText()] = "",
    blocks: Annotated[Json, JsonText()] = None,
    thread_ts: Annotated[str, Example("1710000000.000100")] = "",
    username: str = "",
    icon: Annotated[str, Example(":rotating_light:")] = "",
    unfurl: bool = True,
) -> Json:
    """Send a message as the bot, or through the incoming webhook if the connection has only that.

    As the bot, the output holds `ts`, which a later message gives as `thread_ts` to reply in the thread.

    Args:
        channel: A channel's id or #name; a user's id for a direct message. An incoming webhook has a
            channel of its own.
        text: Slack's mrkdwn. With blocks it is what notifications show.
        blocks: A list of Block Kit blocks.
        thread_ts: The `ts` of the message to reply to.
        username: Another name than the bot's; needs the scope chat:write.customize.
        icon: An emoji such as `:bell:`, or the address of a picture; needs the same scope.
        unfurl: Show previews of links.
    """
    message = _message(text, blocks)
    if not ctx.auth.get("bot_token") and ctx.auth.get("webhook_url"):
        return await _send_by_webhook(ctx, message, thread_ts)
    if not channel:
        raise PieceError("`channel` is required to send as the bot", field="channel")
    message |= {"channel": channel, "unfurl_links": unfurl, "unfurl_media": unfurl}
    if thread_ts:
        message["thread_ts"] = thread_ts
    if username:
        message["username"] = username
    if icon:
        message["icon_emoji" if icon.startswith(":") else "icon_url"] = icon
    answer = await _call(ctx, "chat.postMessage", message)
    return {"ts": answer.get("ts"), "channel": answer.get("channel"), "message": answer.get("message")}


@slack.action
async def send_webhook_message(
    ctx: Context,
    text: Annotated[str, LongText(), MessageText()] = "",
    blocks: Annotated[Json, JsonText()] = None,
    thread_ts: str = "",
) -> Json:
    """Send a message through an incoming webhook, to the channel that it belongs to.

    Args:
        text: Slack's mrkdwn. With blocks it is what notifications show.
        blocks: A list of Block Kit blocks.
        thread_ts: The `ts` of the message to reply to.
    """
    return await _send_by_webhook(ctx, _message(text, blocks), thread_ts)


@send_message.check
@send_webhook_message.check
def _findings(values: Mapping[str, Any]) -> Iterator[Finding]:
    """Blocks that are a text and can never become a list of blocks, and a message of nothing."""
    blocks, text = values.get("blocks"), values.get("text")
    if not (blocks.strip() if isinstance(blocks, str) else blocks) and not (
        text.strip() if isinstance(text, str) else text
    ):
        yield Finding("/text", "`text` or `blocks` is required, and both are empty")
    if isinstance(blocks, str):
        if blocks.strip() and not _may_be_json(blocks):
            yield Finding("/blocks", "the blocks are not valid JSON: a list of Block Kit blocks is needed")
    elif blocks and not _are_blocks(_listed(blocks)):
        yield Finding("/blocks", "the blocks must be a list of Block Kit blocks, each an object")


async def _send_by_webhook(ctx: Context, message: dict[str, Any], thread_ts: str) -> Json:
    if thread_ts:
        message["thread_ts"] = thread_ts
    # The address is itself the secret: the bot's token does not go there.
    request = ctx.plain_http.build_request("POST", _webhook_url(ctx), json=message)
    answer = await ctx.plain_http.send(request, auth=None)
    told = answer_excerpt(answer)
    if answer.status_code == 200 and told in ("ok", ""):
        return {"ok": True}
    if answer.status_code in (403, 404, 410):
        raise AuthError(f"Slack refused the incoming webhook: {told}")
    if answer.status_code == 429 or answer.status_code >= 500:
        raise Retry(f"Slack answered {answer.status_code}", _seconds(answer))
    raise PieceError(f"Slack refused the message: {told}", field=_FIELDS.get(told, "text"))


def _message(text: str, blocks: Json) -> dict[str, Any]:
    if not text and not blocks:
        raise PieceError("`text` or `blocks` is required", field="text")
    message: dict[str, Any] = {"text": text} if text else {}
    if blocks:
        listed = _listed(_parsed(blocks) if isinstance(blocks, str) else blocks)
        if not _are_blocks(listed):
            raise PieceError("`blocks` must be a list of blocks", field="blocks")
        message["blocks"] = listed
    return message


def _may_be_json(text: str) -> bool:
    """Whether a text can be JSON once its templates are filled in."""
    if text.lstrip().startswith("{{"):
        return True
    try:
        json.loads(re.sub(r"\{\{.*?\}\}", "0", text, flags=re.DOTALL))
    except (ValueError, RecursionError):
        return False
    return True


def _parsed(text: str) -> Json:
    """The value that an expression gave as JSON in a text."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise PieceError("`blocks` is not valid JSON: a list of blocks is needed", field="blocks") from None


def _listed(blocks: Json) -> Json:
    """Block Kit Builder gives {"blocks": [...]}: it is taken as it is pasted."""
    return blocks.get("blocks") if isinstance(blocks, dict) else blocks


def _are_blocks(listed: Json) -> bool:
    return isinstance(listed, list) and all(isinstance(block, dict) for block in listed)


def _webhook_url(ctx: Context) -> str:
    url = ctx.auth.get("webhook_url", "")
    if not re.match(r"https://[^/]+/", url):
        raise AuthError("the connection has no incoming webhook (https://hooks.slack.com/services/…)")
    return url


async def _call(
    ctx: Context, method: str, body: Json = None, query: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Call a method of the Web API; Slack answers 200 to refusals too, with `ok: false`."""
    if not ctx.auth.get("bot_token"):
        raise AuthError("the connection has no bot token (xoxb-…)")
    if query is not None:
        answer = await ctx.http.get(method, params=query)
    else:
        answer = await ctx.http.post(method, json=body or {})
    try:
        told = answer.json()
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise Retry(f"Slack's {method} did not respond with JSON: {answer_excerpt(answer)}")
    if told.get("ok") is not True:
        raise _refusal(method, told, answer)
    return told


def _refusal(method: str, told: dict[str, Any], answer: httpx.Response) -> Exception:
    error = str(told.get("error", "unknown_error"))
    meaning = f": {_MEANINGS[error]}" if error in _MEANINGS else ""
    if told.get("needed"):
        meaning += f" (needed: {told['needed']})"
    message = f"Slack's {method} says {error}{meaning}"
    if error in _LATER:
        return Retry(message, _seconds(answer))
    details = {"error": error, "messages": (told.get("response_metadata") or {}).get("messages", [])}
    if error in _RECONNECT:
        return AuthError(message, details=details)
    field = _FIELDS.get(error)
    return PieceError(f"`{field}`: {message}" if field else message, field=field, details=details)


def _seconds(answer: httpx.Response) -> float | None:
    return retry_after(answer.headers.get("retry-after"))
