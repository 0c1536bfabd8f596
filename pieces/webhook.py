"""Webhook: start a flow by a request, and answer it.

What `catch` declares here is carried out by the intake: it verifies, answers handshakes and dedupes before
any run exists.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Required

from typing_extensions import TypedDict

from ._action import Finding
from ._auth import AuthField, Fields
from ._context import Context, WebhookRequest
from ._errors import PieceError
from ._piece import Piece
from ._props import Choice, Example, Help, Json, Markdown, Option, Range, Title

webhook = Piece(
    "webhook",
    icon="webhook",
    auth=Fields(
        "Webhook secret",
        AuthField(
            "secret",
            "Signing secret",
            required=False,
            help="The key, token or password that the sender signs or sends with.",
        ),
        AuthField("username", "User name", secret=False, required=False, help="For basic authentication."),
        AuthField(
            "public_key",
            "Public key",
            secret=False,
            required=False,
            help="For ed25519 signatures of Standard Webhooks: whpk_… or base64.",
        ),
        AuthField("verify_token", "Verify token", required=False, help="For Meta's handshake."),
        optional=True,
    ),
)

SCHEMES = Choice(
    Option("none", "None: anyone who knows the address may start runs"),
    Option("basic", "Basic authentication"),
    Option("header", "A secret header"),
    Option("generic_hmac", "HMAC of the body"),
    Option("standard_webhooks", "Standard Webhooks"),
    Option("svix", "Svix"),
    Option("github", "GitHub"),
    Option("stripe", "Stripe"),
    Option("slack", "Slack"),
    Option("shopify", "Shopify"),
    Option("gitlab_token", "GitLab"),
    Option("pagerduty", "PagerDuty"),
    Option("zoom", "Zoom"),
    Option("twilio", "Twilio"),
    Option("meta", "Meta"),
    Option("linear", "Linear"),
    Option("x", "X"),
    Option("dropbox", "Dropbox"),
    Option("convoy_advanced", "Convoy, with time"),
)
HANDSHAKES = Choice(
    Option("none", "None"),
    Option("slack", "Slack: url_verification"),
    Option("graph", "Microsoft Graph: validationToken"),
    Option("meta", "Meta, WebSub: hub.challenge"),
    Option("dropbox", "Dropbox: challenge"),
    Option("zoom", "Zoom: endpoint.url_validation"),
    Option("x", "X: crc_token"),
    Option("asana", "Asana: X-Hook-Secret"),
    Option("sns", "Amazon SNS: SubscriptionConfirmation"),
    Option("cloudevents", "CloudEvents: OPTIONS"),
    Option("echo", "Echo of a query field"),
    Option("static", "A fixed text"),
)


class Verify(TypedDict, total=False):
    """How a request is verified. What a preset knows of itself need not be said."""

    scheme: Required[Annotated[str, SCHEMES, Help("How the sender proves who it is.")]]
    connection: Annotated[str, Help("The connection that holds the secret.")]
    header: Annotated[str, Help("The header that carries the secret or signature."), Example("X-Signature")]
    prefix: Annotated[str, Help("Text before the signature in the header."), Example("sha256=")]
    algorithm: Literal["sha1", "sha256", "sha384", "sha512"]
    encoding: Literal["hex", "base64", "base64url"]
    key_encoding: Annotated[
        Literal["text", "hex", "base64"], Help("How the secret is written; text is used as it is.")
    ]
    signed: Annotated[
        str, Help("What is signed, of {id}, {timestamp}, {url} and {body}."), Example("{timestamp}.{body}")
    ]
    id_header: Annotated[str, Help("The header that carries {id}.")]
    timestamp_header: Annotated[str, Help("The header that carries {timestamp}, in unix seconds.")]
    tolerance: Annotated[int, Range(1, 86400 * 3650), Title("Tolerance in seconds")]


class Handshake(TypedDict, total=False):
    """How the sender asks whether the address is ours, and what it is told. No run is started."""

    preset: Required[Annotated[str, HANDSHAKES]]
    name: Annotated[str, Help("For echo: the query field whose value is given back."), Example("challenge")]
    body: Annotated[str, Help("For a fixed text: the answer.")]
    origin: Annotated[str, Help("For CloudEvents: the only origin that may send; empty means any.")]


@webhook.webhook
async def catch(
    ctx: Context,
    request: WebhookRequest,
    address: Annotated[None, Markdown("Send events to `{{webhookUrl}}`.")] = None,
    verify: Verify | None = None,
    handshake: Handshake | None = None,
    dedupe: Annotated[str, Example("body.id")] = "",
    keep_raw: bool = False,
) -> list[Json]:
    """Start a run for each request to the flow's address.

    The run sees the request as `trigger.body`, `trigger.headers`, `trigger.query` and `trigger.method`.

    Args:
        verify: How the sender proves who it is. Without it anybody who knows the address may start runs.
        handshake: How to answer a sender that first asks whether the address is yours.
        dedupe: JMESPath over the event; a second event with the same value starts nothing. Without it
            `webhook-id`, `Idempotency-Key` and a CloudEvents id are used.
        keep_raw: Also keep the body as it came, in base64, as `trigger.raw`.
    """
    return [request.event()]


@catch.check
def _findings(values: Mapping[str, Any]) -> Iterator[Finding]:
    """What the fields together say: who may send, and whether the secret to check it with is named."""
    verify = values.get("verify")
    if verify is None or (isinstance(verify, Mapping) and verify.get("scheme") == "none"):
        where = "/verify" if verify is None else "/verify/scheme"
        yield Finding(where, "anyone who knows the address may start this flow: choose a verification", True)
        return
    if not isinstance(verify, Mapping):
        return
    scheme = verify.get("scheme")
    if not verify.get("connection"):
        yield Finding("/verify", f"the scheme {scheme} needs a connection that holds its secret")
    if scheme in ("header", "generic_hmac") and not verify.get("header"):
        yield Finding("/verify", f"the scheme {scheme} needs the name of the header")
    signed = verify.get("signed")
    if isinstance(signed, str):
        yield from _signed_findings(signed, verify)
    handshake = values.get("handshake")
    if isinstance(handshake, Mapping) and handshake.get("preset") == "echo" and not handshake.get("name"):
        yield Finding("/handshake", "an echo needs the name of the query field to give back")


def _signed_findings(signed: str, verify: Mapping[str, Any]) -> Iterator[Finding]:
    names = set(re.findall(r"\{(\w*)\}", signed))
    for name in sorted(names - {"id", "timestamp", "url", "body"}):
        yield Finding(
            "/verify/signed", f"{{{name}}} is unknown: use {{id}}, {{timestamp}}, {{url}} or {{body}}"
        )
    if "body" not in names:
        yield Finding("/verify/signed", "the signature must cover {body}, or anyone could change it")
    for name in ("id", "timestamp"):
        if name in names and not verify.get(f"{name}_header"):
            yield Finding(
                "/verify", f"{{{name}}} is signed: name the header that carries it in {name}_header"
            )


_REFUSED_HEADERS = frozenset(
    {
        "connection", "content-length", "content-security-policy", "keep-alive", "proxy-authenticate",
        "set-cookie", "te", "trailer", "transfer-encoding", "upgrade", "x-content-type-options",
    }
)  # fmt: skip
_TYPES = {"json": "application/json", "text": "text/plain; charset=utf-8", "html": "text/html; charset=utf-8"}


@webhook.action(connection=False)
async def respond(
    ctx: Context,
    status: Annotated[int, Range(200, 599)] = 200,
    kind: Literal["json", "text", "html"] = "json",
    body: Json = None,
    headers: dict[str, str] | None = None,
    then: Literal["continue", "end"] = "continue",
) -> Json:
    """Answer the caller of the flow's `/sync` address.

    Callers of the plain address got their 202 before the run began; for them this step does nothing.

    Args:
        status: HTTP status.
        kind: How the body is sent.
        body: Any JSON, or a text.
        headers: Further headers.
        then: Whether the run goes on after the answer.
    """
    if kind != "json" and not isinstance(body, str):
        raise PieceError(f"`body` must be text to be sent as {kind}", field="body")
    sent = {"content-type": _TYPES[kind]}
    for name, value in (headers or {}).items():
        if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name) or re.search(r"[\r\n\0]", value):
            raise PieceError(f"`headers`: {name!r} cannot be sent", field="headers")
        if name.lower() in _REFUSED_HEADERS:
            raise PieceError(f"`headers`: {name} is not yours to set", field="headers")
        sent[name.lower()] = value
    # The answer comes from Switchyard's own origin: as a page it must not act with a reader's session.
    sent["content-security-policy"] = "sandbox"
    sent["x-content-type-options"] = "nosniff"
    await ctx.respond(status, sent, body, end=then == "end")
    return {"status": status, "headers": sent, "body": body}
