"""Handshakes of vendors that ask with a field of the body or a header, and one for any other that does so.

An answer that is `signed` is given only if the request passes the trigger's verification: such vendors sign
what they ask as well, and Discord tries with a wrong signature whether that is checked.
"""

from dataclasses import replace
from typing import Any

from engine.base.errors import BadInput
from engine.expressions import ExpressionError, compile, truth

from .handshake_answers import Fields, HandshakeAnswer, HandshakeRequest, Options, as_json, text


def twitch(request: HandshakeRequest, secret: Fields, options: Options) -> HandshakeAnswer | None:
    """https://dev.twitch.tv/docs/eventsub/handling-webhook-events/#responding-to-a-challenge-request"""
    if request.header("Twitch-Eventsub-Message-Type") != "webhook_callback_verification":
        return None
    return replace(text(request.json_field("challenge")), signed=True)


def discord(request: HandshakeRequest, secret: Fields, options: Options) -> HandshakeAnswer | None:
    """PING of an interaction (type 1) and of webhook events (type 0, with a version).

    https://docs.discord.com/developers/events/webhook-events#preparing-for-events
    """
    kind = request.json_field("type")
    if request.method != "POST" or isinstance(kind, bool) or not isinstance(kind, int):
        return None
    if kind == 0 and request.json_field("version") is not None:
        return HandshakeAnswer(204, signed=True)
    if kind != 1 or "event" in request.json:
        return None
    return replace(as_json({"type": 1}), signed=True)


def okta(request: HandshakeRequest, secret: Fields, options: Options) -> HandshakeAnswer | None:
    """https://developer.okta.com/docs/concepts/event-hooks/#one-time-verification-request"""
    value = request.header("X-Okta-Verification-Challenge")
    if request.method != "GET" or value is None:
        return None
    return _as_field("verification", value)


def event_grid(request: HandshakeRequest, secret: Fields, options: Options) -> HandshakeAnswer | None:
    """https://learn.microsoft.com/azure/event-grid/end-point-validation-event-grid-events-schema"""
    if request.method != "POST" or request.header("aeg-event-type") != "SubscriptionValidation":
        return None
    first = request.json[0] if isinstance(request.json, list) and request.json else None
    data = first.get("data") if isinstance(first, dict) else None
    return replace(
        _as_field("validationResponse", data.get("validationCode") if isinstance(data, dict) else None),
        signed=True,
    )


def monday(request: HandshakeRequest, secret: Fields, options: Options) -> HandshakeAnswer | None:
    """https://developer.monday.com/api-reference/reference/webhooks#verifying-your-webhook-url"""
    if request.method != "POST" or not isinstance(request.json, dict) or request.json.keys() != {"challenge"}:
        return None
    return _as_field("challenge", request.json_field("challenge"))


def field(request: HandshakeRequest, secret: Fields, options: Options) -> HandshakeAnswer | None:
    """Answer with the value of an expression over the request, as text or in the field `key` of an object.
    A request without that value, or for which `when` does not hold, is an event."""
    event = {
        "method": request.method,
        "headers": {name.lower(): value for name, value in request.headers},
        "query": dict(request.query),
        "body": request.json,
    }
    if options.get("when") and not truth(_value(options["when"], event)):
        return None
    value = _value(options["value"], event)
    if value is None:
        return None
    return _as_field(options["key"], value) if options.get("key") else text(value)


def field_problem(options: Options) -> str | None:
    """Why the settings of `field` cannot be used, if so."""
    if not options.get("value"):
        return "Say which value of the request is the answer, such as `trigger.body.challenge`."
    for name in ("value", "when"):
        try:
            compile(options.get(name) or "@")
        except ExpressionError as error:
            return f"`{name}` is not a JMESPath expression: {error.message}"
    return None


def _value(expression: str, event: dict[str, Any]) -> Any:
    try:
        return compile(expression).value({"trigger": event})
    except ExpressionError as error:
        raise BadInput(f"The handshake's expression failed: {error.message}", field="handshake") from error


def _as_field(key: str, value: object) -> HandshakeAnswer:
    """A JSON object with the value, checked as a text that is sent back."""
    checked = text(value)
    return as_json({key: str(value)}) if checked.status == 200 else checked
