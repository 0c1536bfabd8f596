"""Webhook: start a flow by a request, and answer it.

What `catch` declares here is carried out by the intake: it verifies, answers handshakes and dedupes before
any run exists.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Required
from urllib.parse import quote

from typing_extensions import TypedDict

from ._action import Finding
from ._auth import AuthField, Fields
from ._context import Context, WebhookRequest
from ._errors import PieceError
from ._http_bodies import bytes_of, is_file
from ._piece import Piece
from ._props import Choice, Example, Help, Html, Json, Markdown, Option, Range, Title

webhook = Piece(
    "webhook",
    icon="webhook",
    auth=Fields(
        "Webhook secret",
        AuthField("secret", "Signing secret", required=False, help="The key or token the sender signs with."),
        AuthField(
            "previous_secret",
            "Previous secret",
            required=False,
            help="Still accepted while it is being replaced.",
        ),
        AuthField("username", "User name", secret=False, required=False, help="For basic authentication."),
        AuthField("password", "Password", required=False, help="For basic authentication."),
        AuthField("name", "Header", secret=False, required=False, help="For a secret header: its name."),
        AuthField("value", "Header's value", required=False, help="For a secret header: its value."),
        AuthField(
            "public_key",
            "Public key",
            secret=False,
            required=False,
            help="For signatures by a private key (ed25519, ECDSA, RSA): PEM, base64 or hex, or whpk_…",
        ),
        AuthField("verify_token", "Verify token", required=False, help="For Meta's handshake."),
        AuthField("topic_arn", "Topic ARN", secret=False, required=False, help="For Amazon SNS."),
        AuthField("webhook_id", "Webhook ID", secret=False, required=False, help="For PayPal."),
        optional=True,
    ),
)

SCHEMES = Choice(
    Option("none", "None: anyone who knows the address can start runs"),
    Option("basic", "Basic authentication"),
    Option("header", "A secret header"),
    Option("generic_hmac", "HMAC of the body"),
    Option("standard_webhooks", "Standard Webhooks"),
    Option("svix", "Svix"),
    Option("github", "GitHub"),
    Option("stripe", "Stripe"),
    Option("slack", "Slack"),
    Option("shopify", "Shopify"),
    Option("gitlab_token", "GitLab: secret token"),
    Option("gitlab_signing_token", "GitLab: signing token"),
    Option("pagerduty", "PagerDuty"),
    Option("zoom", "Zoom"),
    Option("twilio", "Twilio"),
    Option("meta", "Meta"),
    Option("linear", "Linear"),
    Option("x", "X"),
    Option("dropbox", "Dropbox"),
    Option("asana", "Asana"),
    Option("convoy_advanced", "Convoy, with time"),
    Option("aws_sns", "Amazon SNS"),
    Option("twitch", "Twitch EventSub"),
    Option("discord", "Discord"),
    Option("sendgrid", "SendGrid"),
    Option("paypal", "PayPal"),
    Option("mailgun", "Mailgun"),
    Option("hubspot_v3", "HubSpot, version 3"),
    Option("zendesk", "Zendesk"),
    Option("calendly", "Calendly"),
    Option("paddle", "Paddle"),
    Option("square", "Square"),
    Option("okta", "Okta"),
    Option("event_grid", "Azure Event Grid: a secret in the address"),
    Option("monday", "monday.com"),
    Option("generic_key", "Signature with a private key"),
    Option("jwt", "JSON Web Token"),
    Option("query_secret", "A secret in the address"),
    Option("body_secret", "A secret in the body"),
)
HANDSHAKES = Choice(
    Option("none", "None"),
    Option("slack", "Slack: url_verification"),
    Option("graph", "Microsoft Graph: validationToken"),
    Option("meta", "Meta: hub.challenge, with a verify token"),
    Option("websub", "WebSub: hub.challenge, for a topic"),
    Option("dropbox", "Dropbox: challenge"),
    Option("dropbox_sign", "Dropbox Sign: a fixed greeting"),
    Option("zoom", "Zoom: endpoint.url_validation"),
    Option("x", "X: crc_token"),
    Option("asana", "Asana: X-Hook-Secret"),
    Option("nylas", "Nylas: challenge"),
    Option("lucca", "Lucca: echo"),
    Option("shopline", "Shopline: webhook/verification"),
    Option("trello", "Trello: HEAD"),
    Option("cloudevents", "CloudEvents: OPTIONS"),
    Option("sns", "Amazon SNS: SubscriptionConfirmation"),
    Option("twitch", "Twitch: challenge"),
    Option("discord", "Discord: PING"),
    Option("okta", "Okta: verification challenge"),
    Option("event_grid", "Azure Event Grid: validation code"),
    Option("monday", "monday.com: challenge"),
    Option("field", "Answer with a field of the request"),
    Option("echo", "Echo of a query field"),
    Option("static", "A fixed text"),
)


class Verify(TypedDict, total=False):
    """How a request is verified. What a preset knows of itself need not be said."""

    scheme: Required[Annotated[str, SCHEMES, Help("How the sender proves who it is.")]]
    connection: Annotated[str, Help("The connection with the secret.")]
    header: Annotated[str, Help("The header that carries the secret or signature."), Example("X-Signature")]
    prefix: Annotated[str, Help("Text before the signature in the header."), Example("sha256=")]
    algorithm: Literal["sha1", "sha256", "sha384", "sha512"]
    encoding: Literal["hex", "base64", "base64url"]
    key_encoding: Annotated[
        Literal["text", "hex", "base64"], Help("How the secret is written; text is used as it is.")
    ]
    padding: Annotated[Literal["pkcs1", "pss"], Help("Of RSA signatures.")]
    signed: Annotated[
        str,
        Help(
            "What is signed, of {id}, {timestamp}, {url}, {method} and {body}, or one value: "
            "{header.X-Name}, {query.name}, {body.field}."
        ),
        Example("{timestamp}.{body}"),
    ]
    id_header: Annotated[str, Help("The header that carries {id}.")]
    timestamp_header: Annotated[
        str, Help("The header that carries {timestamp}: Unix seconds or milliseconds, or ISO 8601.")
    ]
    signature_key: Annotated[
        str, Help("In a header that is a list, such as t=…,v1=…: the signatures."), Example("v1")
    ]
    timestamp_key: Annotated[str, Help("In such a list: the entry with the time."), Example("t")]
    signature_from: Annotated[
        str, Help("Where the signature is, if not in a header."), Example("body.signature.value")
    ]
    timestamp_from: Annotated[str, Help("Where {timestamp} is, if not in a header.")]
    id_from: Annotated[str, Help("Where {id} is, if not in a header."), Example("query.id")]
    query_name: Annotated[str, Help("The query parameter that carries the secret."), Example("code")]
    body_field: Annotated[str, Help("The field of the body that carries the secret."), Example("token")]
    issuer: Annotated[str, Help("Of a JSON Web Token: its `iss`.")]
    audience: Annotated[str, Help("Of a JSON Web Token: its `aud`.")]
    body_hash_claim: Annotated[
        str, Help("Of a JSON Web Token: the claim with the body's SHA-256, in hex."), Example("body_sha256")
    ]
    tolerance: Annotated[float, Range(0, 1e10), Title("Tolerance in seconds")]


class Handshake(TypedDict, total=False):
    """How the sender asks whether the address is ours, and what it is told. No run is started."""

    preset: Required[Annotated[str, HANDSHAKES]]
    value: Annotated[
        str, Help("For a field: JMESPath that returns the response."), Example("trigger.body.challenge")
    ]
    when: Annotated[
        str, Help("For a field: which request is the handshake."), Example("trigger.method == 'GET'")
    ]
    key: Annotated[str, Help("For a field: answer a JSON object with this key; without it, plain text.")]
    name: Annotated[str, Help("For echo: the query field whose value is sent back."), Example("challenge")]
    body: Annotated[str, Help("For a fixed text: the response.")]
    topic: Annotated[str, Help("For WebSub: the only topic that is confirmed.")]
    origin: Annotated[str, Help("For CloudEvents: the only origin that may send; empty means any.")]
    rate: Annotated[str, Help("For CloudEvents: events a minute; empty means any.")]


Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@webhook.webhook
async def catch(
    ctx: Context,
    request: WebhookRequest,
    address: Annotated[None, Markdown("Send events to `{{webhookUrl}}`.")] = None,
    verify: Verify | None = None,
    handshake: Handshake | None = None,
    split: Annotated[str, Example("body.alerts"), Title("Split into events")] = "",
    dedupe: Annotated[str, Example("trigger.body.id")] = "",
    dedupe_within: Annotated[float | None, Range(1, 604_800), Title("Deduplicate within (seconds)")] = None,
    methods: list[Method] | None = None,
    allowed_origins: Annotated[list[str] | None, Example("https://app.example.com")] = None,
    body: Annotated[Literal["as meant", "as declared"], Title("Read the body")] = "as meant",
    keep_raw: bool = False,
    while_disabled: Annotated[Literal["hold", "reject"], Title("While the flow is disabled")] = "hold",
    mask: Annotated[list[str] | None, Example("body.card.number"), Title("Mask paths")] = None,
) -> list[Json]:
    """Start a run for each request to the flow's address.

    The run sees the request as `trigger.body`, `trigger.headers`, `trigger.query` and `trigger.method`.
    Of a CloudEvent, in any of its modes, the body is the event's data and `trigger.cloudevent` holds its
    attributes; each event of a batch starts a run of its own. The address with `/v1/logs` after it receives
    OpenTelemetry logs (OTLP): each log record starts a run.

    Args:
        verify: Requests that fail it are rejected. Without it anybody who knows the address can start runs.
        handshake: How to answer a sender that first asks whether the address is yours.
        split: JMESPath that gives a list, such as `body` or `body.alerts`: each item starts a run of its own,
            all of them or none. The run sees the item as `trigger.body`; `trigger.batch` holds `index`,
            `size`, and in `body` what stands around the list. A value that is not a list starts one run.
        dedupe: JMESPath over the event; a second event with the same value starts nothing. Without it
            `webhook-id`, `Idempotency-Key` and a CloudEvents id are used.
        dedupe_within: After so many seconds the same value starts a run again. Without it, after a week.
        methods: HTTP methods that start a run; without any, POST, PUT and PATCH do. Others get 405.
            Handshakes are answered whatever their method.
        allowed_origins: Web pages that may send events from a browser (CORS); `*` allows every page.
        body: *As meant* reads JSON that was declared as a form or text as JSON, and notes it on the run;
            *as declared* goes by the content type alone.
        keep_raw: Also keep the body as it came, in base64, as `trigger.raw`.
        while_disabled: *Hold* accepts events and runs them, in order, once the flow is enabled; *reject*
            refuses them with 409.
        mask: Places of the event whose values are hidden in runs, pages, logs, samples, exports and events:
            `body.card.number`, `body.items[*].ssn`, `headers.x-token`. Routing and steps still see them.
    """
    return [request.event()]


@catch.check
def _findings(values: Mapping[str, Any]) -> Iterator[Finding]:
    """What the fields together say: who may send, and whether the secret to check it with is named."""
    yield from _origin_findings(values.get("allowed_origins"))
    handshake = values.get("handshake")
    if isinstance(handshake, Mapping):
        yield from _unused(handshake)
        for preset, option in (("echo", "name"), ("websub", "topic"), ("field", "value")):
            if handshake.get("preset") == preset and not handshake.get(option):
                yield Finding("/handshake", f"the handshake {preset} needs `{option}`")
    verify = values.get("verify")
    if verify is None or (isinstance(verify, Mapping) and verify.get("scheme") == "none"):
        where = "/verify" if verify is None else "/verify/scheme"
        yield Finding(where, "anyone who knows the address can start this flow: choose a verification", True)
        return
    if not isinstance(verify, Mapping):
        return
    scheme = verify.get("scheme")
    if not verify.get("connection"):
        yield Finding("/verify", f"the scheme {scheme} needs a connection with its secret")
    if scheme in ("generic_hmac", "generic_key"):
        if not verify.get("header") and not verify.get("signature_from"):
            yield Finding("/verify", f"the scheme {scheme} needs the name of the header")
        signed = verify.get("signed")
        if isinstance(signed, str) and signed:
            yield from _signed_findings(signed, verify)


_PRESET_OF = {
    "name": ("echo",),
    "body": ("static",),
    "topic": ("websub",),
    "origin": ("cloudevents",),
    "rate": ("cloudevents",),
    "value": ("field",),
    "when": ("field",),
    "key": ("field",),
}


def _unused(handshake: Mapping[str, Any]) -> Iterator[Finding]:
    """Options of a handshake that the chosen one does not have."""
    for option, presets in _PRESET_OF.items():
        if handshake.get(option) and handshake.get("preset") not in presets:
            yield Finding(f"/handshake/{option}", f"only the handshake {presets[0]} uses this", True)


def _origin_findings(origins: Any) -> Iterator[Finding]:
    """Origins that no browser sends: https://www.rfc-editor.org/rfc/rfc6454#section-7"""
    for number, origin in enumerate(origins if isinstance(origins, list) else ()):
        if not isinstance(origin, str) or origin == "*" or "{{" in origin:
            continue
        scheme, _, rest = origin.partition("://")
        if not scheme or not rest or re.search(r"[/?#\s]", rest):
            hint = "an origin is a scheme, a host and maybe a port: https://app.example.com"
            yield Finding(f"/allowed_origins/{number}", hint)


def _signed_findings(signed: str, verify: Mapping[str, Any]) -> Iterator[Finding]:
    names = set(re.findall(r"\{([^{}]*)\}", signed))
    values = {name for name in names if name.partition(".")[0] in ("header", "query", "body") and "." in name}
    for name in sorted(names - values - {"id", "timestamp", "url", "uri", "method", "body"}):
        message = f"{{{name}}} is none of {{id}}, {{timestamp}}, {{url}}, {{method}}, {{body}}"
        yield Finding("/verify/signed", message)
    within = str(verify.get("signature_from") or "").startswith("body.")
    if "body" not in names and not (within and any(name.startswith("body.") for name in values)):
        yield Finding("/verify/signed", "the signature must cover {body}, or anyone could change it")
    for name in ("id", "timestamp"):
        source = verify.get(f"{name}_header") or verify.get(f"{name}_from")
        if (source and name not in names) or (name == "id" and name in names and not source):
            yield Finding("/verify", f"{{{name}}} in the signed text and {name}_header go together")


_REFUSED_HEADERS = frozenset(
    {
        "connection", "content-length", "content-security-policy", "keep-alive", "proxy-authenticate",
        "set-cookie", "te", "trailer", "transfer-encoding", "upgrade", "x-content-type-options",
    }
)  # fmt: skip
_KINDS = Choice(
    Option("json", "JSON"),
    Option("text", "Text"),
    Option("html", "HTML"),
    Option("bytes", "Bytes, as base64"),
    Option("file", "A file, as events and answers have them"),
)
_TYPES = {
    "bytes": "application/octet-stream",
    "json": "application/json",
    "text": "text/plain; charset=utf-8",
    "html": "text/html; charset=utf-8",
}


def _is_page(values: Mapping[str, Any]) -> bool:
    return values.get("kind") == "html"


@webhook.action(connection=False, internal=True)
async def respond(
    ctx: Context,
    status: Annotated[int, Range(200, 599)] = 200,
    kind: Annotated[str, _KINDS] = "json",
    body: Annotated[Json, Html(when=_is_page)] = None,
    headers: dict[str, str] | None = None,
    then: Literal["continue", "end"] = "continue",
) -> Json:
    """Answer the caller of the flow's `/sync` address.

    Callers of the plain address got their 202 before the run began; for them this step does nothing.

    Args:
        status: HTTP status.
        kind: How the body is sent.
        body: Any JSON, a text, bytes as base64, or a file such as `{{ steps.fetch.output.body }}`. In HTML,
            what expressions give is escaped; `safe(…)` inserts HTML as it is.
        headers: Further headers.
        then: Whether the run goes on after the answer.
    """
    sent, content = _content(kind, body)
    for name, value in (headers or {}).items():
        if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name) or re.search(r"[\r\n\0]", value):
            raise PieceError(f"`headers`: {name!r} cannot be sent", field="headers")
        if name.lower() in _REFUSED_HEADERS:
            raise PieceError(f"`headers`: {name} cannot be set here", field="headers")
        sent[name.lower()] = value
    await ctx.respond(status, sent, content, end=then == "end")
    return {"status": status, "headers": sent, "body": {**body, "base64": "…"} if kind == "file" else body}


def _content(kind: str, body: Json) -> tuple[dict[str, str], Json | bytes]:
    """The headers that say what is sent, and what that is."""
    if kind == "file":
        if not is_file(body):
            raise PieceError("`body` must be a file: `{filename, content_type, base64}`", field="body")
        name = quote(str(body.get("filename") or "file"), safe="")
        sent = {"content-type": str(body["content_type"]) or _TYPES["bytes"]}
        return sent | {"content-disposition": f"attachment; filename*=UTF-8''{name}"}, bytes_of(
            body["base64"]
        )
    if kind != "json" and not isinstance(body, str):
        raise PieceError(f"`body` must be text to be sent as {kind}", field="body")
    sent = {"content-type": _TYPES[kind]}
    if kind == "bytes":
        return sent, bytes_of(body)
    # A text sent as JSON keeps its quotes; values other than texts are encoded on their way out.
    return sent, json.dumps(body, ensure_ascii=False) if kind == "json" and isinstance(body, str) else body
