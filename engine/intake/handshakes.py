"""Handshakes: what a vendor asks an address before it sends events there.

Each preset is a function of the request and the connection's fields. It answers, or returns None for
a request that is an ordinary event. Nothing here does I/O: what must be fetched or kept is said in the
answer. Every echo is plain text that no browser will take for a page.
"""

import base64
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.base.errors import BadInput
from engine.signatures import SignatureError, sns_url

from . import vendor_handshakes
from .handshake_answers import (
    Confirmation,
    Fields,
    HandshakeAnswer,
    HandshakeRequest,
    Options,
    Respond,
    as_json,
    refusal,
    text,
)

# Zoom and X hand out a MAC over a token of the asker's choice, with the very key that signs events.
# A token of this alphabet can be no signed event (those hold a brace, Zoom's also a colon).
_TOKEN = re.compile(r"[A-Za-z0-9_=+/.-]{1,512}", re.ASCII)


@dataclass(frozen=True)
class Preset:
    """One vendor's handshake, and what the form says of it."""

    name: str
    title: str
    help: str
    respond: Respond
    options: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    """Fields of the connection without which the handshake is refused."""


def answer(
    preset: str | Mapping[str, Any], request: HandshakeRequest, secret: Mapping[str, str] | None
) -> HandshakeAnswer | None:
    """The answer to a handshake, or None when the request is an event. `preset` is a name, or an object
    `{"preset": name, …options}`. Raises `BadInput` for a preset that does not exist or lacks an option."""
    known, options = _find(preset)
    return known.respond(request, secret or {}, options)


def check(preset: str | Mapping[str, Any]) -> None:
    """Raise `BadInput` when a trigger's `handshake` cannot be used."""
    _find(preset)


def _find(preset: object) -> tuple[Preset, dict[str, Any]]:
    options = {k: v for k, v in preset.items() if k != "preset"} if isinstance(preset, Mapping) else {}
    name = preset.get("preset") if isinstance(preset, Mapping) else preset
    known = PRESETS.get(name) if isinstance(name, str) else None
    if known is None:
        raise BadInput(f"There is no handshake {str(name)[:60]!r}.", field="handshake")
    for option, value in options.items():
        if option not in known.options:
            raise BadInput(f"The handshake {known.name} has no setting {option!r}.", field="handshake")
        if not isinstance(value, str):
            raise BadInput(f"{option} is text.", field="handshake")
    if not re.fullmatch(r"[0-9]{1,9}|\*", options.get("rate") or "*", re.ASCII):
        raise BadInput("The rate must be a number of events per minute, or *.", field="handshake")
    if "name" in known.options and not options.get("name"):
        raise BadInput("Name the query parameter to send back.", field="handshake")
    problem = vendor_handshakes.field_problem(options) if known.name == "field" else None
    if problem:
        raise BadInput(problem, field="handshake")
    return known, options


def _echo_param(
    method: str, name: str
) -> Callable[[HandshakeRequest, Fields, Options], HandshakeAnswer | None]:
    """Send back one query parameter of a request with this method."""

    def respond(request: HandshakeRequest, secret: Fields, options: Options) -> HandshakeAnswer | None:
        value = request.param(options.get("name") or name)
        return None if request.method != method or value is None else text(value)

    return respond


def _echo(request: HandshakeRequest, secret: Fields, options: Options) -> HandshakeAnswer | None:
    value = request.param(options["name"])
    return None if value is None else text(value)


def _slack(request: HandshakeRequest, secret: Fields, options: Options) -> HandshakeAnswer | None:
    if request.method != "POST" or request.json_field("type") != "url_verification":
        return None
    return text(request.json_field("challenge"))


def _hub(request: HandshakeRequest) -> tuple[str, str] | None:
    """The mode and the challenge of a `hub.…` question (WebSub's names, which Meta took over)."""
    mode, challenge = request.param("hub.mode"), request.param("hub.challenge")
    return None if request.method != "GET" or mode is None else (mode, challenge or "")


def _meta(request: HandshakeRequest, secret: Fields, options: Options) -> HandshakeAnswer | None:
    asked = _hub(request)
    if asked is None:
        return None
    expected, given = secret.get("verify_token") or "", request.param("hub.verify_token") or ""
    if asked[0] != "subscribe" or not expected or not _same(expected, given):
        return refusal("The verify token is not the one in the connection.")
    return text(asked[1])


def _websub(request: HandshakeRequest, secret: Fields, options: Options) -> HandshakeAnswer | None:
    asked = _hub(request)
    if asked is None:
        return None
    if asked[0] == "denied":
        return text("Noted.")
    topic = options.get("topic")
    if asked[0] not in ("subscribe", "unsubscribe") or (topic and topic != request.param("hub.topic")):
        return text("This topic was not asked for.", 404)
    return text(asked[1])


_HELLO = "Hello API Event Received"


def _dropbox_sign(request: HandshakeRequest, secret: Fields, options: Options) -> HandshakeAnswer | None:
    # Every event must be answered with this text, the one that tests the address included.
    if request.method != "POST":
        return None
    said = text(_HELLO)
    return HandshakeAnswer(said.status, said.headers, said.body, goes_on=True)


def _static(request: HandshakeRequest, secret: Fields, options: Options) -> HandshakeAnswer | None:
    said = text(options.get("body") or "OK")
    return HandshakeAnswer(said.status, said.headers, said.body, goes_on=True)


def _zoom(request: HandshakeRequest, secret: Fields, options: Options) -> HandshakeAnswer | None:
    if request.method != "POST" or request.json_field("event") != "endpoint.url_validation":
        return None
    payload = request.json_field("payload")
    token = payload.get("plainToken") if isinstance(payload, dict) else None
    digest = _mac(secret, token)
    if digest is None or not isinstance(token, str):
        return refusal("The token cannot be answered.")
    return as_json({"plainToken": token, "encryptedToken": digest.hex()})


def _x(request: HandshakeRequest, secret: Fields, options: Options) -> HandshakeAnswer | None:
    token = request.param("crc_token")
    if request.method != "GET" or token is None:
        return None
    digest = _mac(secret, token)
    if digest is None:
        return refusal("The token cannot be answered.")
    return as_json({"response_token": "sha256=" + base64.b64encode(digest).decode()})


def _asana(request: HandshakeRequest, secret: Fields, options: Options) -> HandshakeAnswer | None:
    given = request.header("X-Hook-Secret")
    if request.method != "POST" or given is None:
        return None
    known = secret.get("secret")
    if known and not _same(known, given):
        return refusal("This webhook already has a secret.")  # else anyone could set a new one
    if not _TOKEN.fullmatch(given):
        return text(None)
    return HandshakeAnswer(200, (("X-Hook-Secret", given),), learned={"secret": given})


def _shopline(request: HandshakeRequest, secret: Fields, options: Options) -> HandshakeAnswer | None:
    asked = request.method == "POST" and request.json_field("topic") == "webhook/verification"
    return text("OK") if asked else None


def _trello(request: HandshakeRequest, secret: Fields, options: Options) -> HandshakeAnswer | None:
    return HandshakeAnswer(200) if request.method == "HEAD" else None


def _cloudevents(request: HandshakeRequest, secret: Fields, options: Options) -> HandshakeAnswer | None:
    origin = request.header("WebHook-Request-Origin")
    if request.method != "OPTIONS" or origin is None:
        return None
    allowed = options.get("origin") or "*"
    headers = [("Allow", "POST")]
    if allowed in ("*", origin) and _TOKEN.fullmatch(origin):
        headers.append(("WebHook-Allowed-Origin", origin))
        headers.append(("WebHook-Allowed-Rate", options.get("rate") or "*"))
    return HandshakeAnswer(200, tuple(headers))  # the headers consent, the status does not


def _sns(request: HandshakeRequest, secret: Fields, options: Options) -> HandshakeAnswer | None:
    kind = request.header("x-amz-sns-message-type")
    if request.method != "POST" or kind not in ("SubscriptionConfirmation", "UnsubscribeConfirmation"):
        return None
    message = request.json
    topic = secret.get("topic_arn")
    if not isinstance(message, dict) or message.get("Type") != kind:
        return text("The message is no confirmation.", 400)
    if not topic or message.get("TopicArn") != topic:
        return refusal("The message is of another topic than the one in the connection.")
    if kind == "UnsubscribeConfirmation":
        return text("Noted.")
    try:
        addresses = sns_url(message, "SigningCertURL"), sns_url(message, "SubscribeURL")
    except SignatureError as error:
        return refusal(error.reason)
    said = text("Confirming.")
    return HandshakeAnswer(said.status, said.headers, said.body, confirm=Confirmation(message, *addresses))


def _mac(secret: Fields, token: object) -> bytes | None:
    """HMAC-SHA256 of a token, or None when there is no key or the token could be part of an event."""
    key = secret.get("secret")
    if not key or not isinstance(token, str) or not _TOKEN.fullmatch(token):
        return None
    return hmac.digest(key.encode(), token.encode(), "sha256")


def _same(ours: str, theirs: str) -> bool:
    return hmac.compare_digest(ours.encode("utf-8", "replace"), theirs.encode("utf-8", "replace"))


_PRESETS = [
    Preset("none", "None", "Every request is an event.", lambda request, secret, options: None),
    Preset("slack", "Slack", "Answers url_verification with its challenge.", _slack),
    Preset("graph", "Microsoft Graph", "Sends validationToken back.", _echo_param("POST", "validationToken")),
    Preset("meta", "Meta", "Compares hub.verify_token, then sends hub.challenge back.", _meta,
           needs=("verify_token",)),
    Preset("websub", "WebSub", "Confirms a subscription to the topic you name.", _websub, ("topic",)),
    Preset("dropbox", "Dropbox", "Sends challenge back.", _echo_param("GET", "challenge")),
    Preset("dropbox_sign", "Dropbox Sign", f"Answers every event with “{_HELLO}”.", _dropbox_sign),
    Preset("zoom", "Zoom", "Answers endpoint.url_validation with the encrypted token.", _zoom,
           needs=("secret",)),
    Preset("x", "X", "Answers a CRC check with its response token.", _x, needs=("secret",)),
    Preset("asana", "Asana", "Sends X-Hook-Secret back and stores it as the signing secret.", _asana),
    Preset("nylas", "Nylas", "Sends challenge back.", _echo_param("GET", "challenge")),
    Preset("lucca", "Lucca", "Sends echo back.", _echo_param("GET", "echo")),
    Preset("shopline", "Shopline", "Answers the topic webhook/verification.", _shopline),
    Preset("trello", "Trello", "Answers HEAD with 200.", _trello),
    Preset("cloudevents", "CloudEvents", "Allows the sender of the OPTIONS request.", _cloudevents,
           ("origin", "rate")),
    Preset("sns", "Amazon SNS", "Confirms the subscription to the topic in the connection.", _sns,
           needs=("topic_arn",)),
    Preset("twitch", "Twitch", "Sends the challenge back.", vendor_handshakes.twitch),
    Preset("discord", "Discord", "Answers PING.", vendor_handshakes.discord),
    Preset("okta", "Okta", "Sends the verification challenge back.", vendor_handshakes.okta),
    Preset("event_grid", "Azure Event Grid", "Sends the validation code back.", vendor_handshakes.event_grid),
    Preset("monday", "monday.com", "Sends the challenge back.", vendor_handshakes.monday),
    Preset("field", "Answer with a field of the request", "Sends the value that you name back.",
           vendor_handshakes.field, ("value", "when", "key")),
    Preset("echo", "Echo a query parameter", "Sends the parameter that you name back.", _echo, ("name",)),
    Preset("static", "Fixed answer", "Answers every event with a text of your choice.", _static, ("body",)),
]  # fmt: skip

PRESETS: dict[str, Preset] = {preset.name: preset for preset in _PRESETS}
