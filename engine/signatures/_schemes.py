"""The table of schemes: what each is called, what it reads, what it needs, how it is checked."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from . import _paypal, _sns
from ._hmac import Recipe, verify_recipe
from ._jwt import verify_jwt
from ._plain import verify_basic, verify_body, verify_header, verify_query, verify_token
from ._reading import Signed
from ._standard import verify_standard
from ._twilio import HEADER as TWILIO
from ._twilio import verify_twilio


@dataclass(frozen=True)
class SecretField:
    """One field of the connection that holds a scheme's secret."""

    name: str
    title: str
    secret: bool = True
    required: bool = True


@dataclass(frozen=True)
class Scheme:
    """How one vendor proves that a request is its own."""

    name: str
    title: str
    help: str
    check: Callable[[Signed], None]
    headers: tuple[str, ...] = ()
    fields: tuple[SecretField, ...] = (SecretField("secret", "Signing secret"),)
    options: frozenset[str] = frozenset()
    dedupe: str | None = None
    """A JMESPath over `trigger` that tells one event from its repeat, when the vendor has one."""
    handshake: str | None = None
    """The handshake preset (`engine.handshakes`) that this vendor uses, if any."""
    recipe: Recipe | None = None
    """The recipe, of a scheme that is one."""
    prefix: str | None = None
    """The prefix of the header names, of a scheme that is Standard Webhooks."""
    certificate_url: Callable[[Signed], str] | None = None
    """Where the certificate is, of a scheme that is checked with one: the option `certificate`."""
    chosen_by: str = "us"
    """Who chooses the secret: the `vendor`, where it is a key or an id of theirs, or `us`, if they let us."""


_TIMED = frozenset({"tolerance"})
_ENCODED = frozenset({"algorithm", "encoding", "tolerance"})
_PLACED = _ENCODED | {
    "header", "prefix", "signed", "timestamp_header", "id_header", "signature_key", "timestamp_key",
    "signature_from", "timestamp_from", "id_from",
}  # fmt: skip
_JWT = frozenset({"header", "tolerance", "issuer", "audience", "body_hash_claim", "signature_from"})


def _hmac(
    name: str,
    title: str,
    help: str,
    recipe: Recipe,
    *,
    options: frozenset[str] | None = None,
    field: str = "Signing secret",
    extra: tuple[SecretField, ...] = (),
    dedupe: str | None = None,
    handshake: str | None = None,
) -> Scheme:
    if options is None:
        options = _TIMED if "{timestamp}" in recipe.signed else frozenset()
    fields = (SecretField("secret", field), *extra)
    check = partial(verify_recipe, recipe)
    return Scheme(name, title, help, check, recipe.headers, fields, options, dedupe, handshake, recipe)


def _key(
    name: str,
    title: str,
    help: str,
    recipe: Recipe,
    *,
    options: frozenset[str] = _TIMED,
    dedupe: str | None = None,
    handshake: str | None = None,
) -> Scheme:
    """A scheme whose sender signs with a private key."""
    recipe = replace(recipe, by_key=True)
    return Scheme(
        name, title, help, partial(verify_recipe, recipe), recipe.headers,
        (SecretField("public_key", "Public key", secret=False),), options, dedupe, handshake, recipe,
        chosen_by="vendor",
    )  # fmt: skip


def _header(name: str) -> str:
    return f'trigger.headers."{name.lower()}"'


def _standard(name: str, title: str, prefix: str, help: str) -> Scheme:
    names = tuple(f"{prefix}-{part}" for part in ("id", "timestamp", "signature"))
    fields = (
        SecretField("secret", "Signing secret (whsec_…) or public key (whpk_…)"),
        SecretField("previous_secret", "The one before, while it is being replaced", required=False),
    )
    return Scheme(
        name, title, help, partial(verify_standard, prefix), names, fields, _TIMED, _header(names[0]),
        prefix=prefix,
    )  # fmt: skip


_SCHEMES = [
    Scheme("none", "No verification", "Anyone who knows the address can send events.", lambda request: None,
           fields=()),
    Scheme("basic", "User name and password", "HTTP basic authentication, as the sender lets you set it.",
           verify_basic, ("Authorization",),
           (SecretField("username", "User name", secret=False), SecretField("password", "Password"))),
    Scheme("header", "Secret header", "A header of your choice whose value only you and the sender know.",
           verify_header, (),
           (SecretField("name", "Name of the header", secret=False), SecretField("value", "Value")),
           frozenset({"header"})),
    _standard("standard_webhooks", "Standard Webhooks", "webhook",
              "The signing secret that the sender shows, starting with whsec_ (or whpk_)."),
    _standard("svix", "Svix", "svix", "Svix: the endpoint's page, Signing Secret."),
    _standard("gitlab_signing_token", "GitLab (signing token)", "webhook",
              "GitLab: Settings, Webhooks, Signing token."),
    _hmac("github", "GitHub", "GitHub: repository or organisation, Settings, Webhooks, Secret.",
          Recipe("X-Hub-Signature-256", prefix="sha256="), dedupe=_header("X-GitHub-Delivery")),
    _hmac("meta", "Meta", "Meta for Developers: App settings, Basic, App secret.",
          Recipe("X-Hub-Signature-256", prefix="sha256="), field="App secret",
          extra=(SecretField("verify_token", "Verify token", required=False),), handshake="meta"),
    _hmac("stripe", "Stripe", "Stripe: Developers, Webhooks, the endpoint's Signing secret (whsec_…).",
          Recipe("Stripe-Signature", "{timestamp}.{body}", signature_key="v1"), dedupe="trigger.body.id"),
    _hmac("slack", "Slack", "Slack: your app, Basic Information, Signing Secret.",
          Recipe("X-Slack-Signature", "v0:{timestamp}:{body}", "v0=",
                 timestamp_header="X-Slack-Request-Timestamp"),
          dedupe="trigger.body.event_id", handshake="slack"),
    _hmac("shopify", "Shopify", "Shopify: Settings, Notifications, Webhooks, or the app's client secret.",
          Recipe("X-Shopify-Hmac-SHA256", encoding="base64"), dedupe=_header("X-Shopify-Event-Id")),
    _hmac("linear", "Linear", "Linear: Settings, API, the webhook's Signing secret.",
          Recipe("Linear-Signature", time_in_body="webhookTimestamp", times="milliseconds"),
          options=_TIMED, dedupe=_header("Linear-Delivery")),
    _hmac("pagerduty", "PagerDuty", "PagerDuty: Integrations, Generic Webhooks, the secret shown once.",
          Recipe("X-PagerDuty-Signature", signature_key="v1"), dedupe="trigger.body.event.id"),
    _hmac("zoom", "Zoom", "Zoom App Marketplace: your app, Features, Secret Token.",
          Recipe("x-zm-signature", "v0:{timestamp}:{body}", "v0=", timestamp_header="x-zm-request-timestamp"),
          field="Secret token", handshake="zoom"),
    _hmac("x", "X", "X developer portal: your app, Keys and tokens, API key secret.",
          Recipe("X-Twitter-Webhooks-Signature", prefix="sha256=", encoding="base64"),
          field="Consumer secret", handshake="x"),
    _hmac("dropbox", "Dropbox", "Dropbox App Console: your app, Settings, App secret.",
          Recipe("X-Dropbox-Signature"), field="App secret", handshake="dropbox"),
    _hmac("asana", "Asana", "Nothing to enter: Asana sends the secret when the webhook is created.",
          Recipe("X-Hook-Signature"), handshake="asana"),
    _hmac("convoy_advanced", "Convoy (with time stamp)", "Convoy: the endpoint's secret.",
          Recipe("X-Convoy-Signature", "{timestamp},{body}", signature_key="v1", guess=True),
          options=_ENCODED),
    _hmac("twitch", "Twitch", "Twitch EventSub: the secret that you gave when subscribing.",
          Recipe("Twitch-Eventsub-Message-Signature", "{id}{timestamp}{body}", "sha256=", times="iso",
                 timestamp_header="Twitch-Eventsub-Message-Timestamp",
                 id_header="Twitch-Eventsub-Message-Id"),
          dedupe=_header("Twitch-Eventsub-Message-Id"), handshake="twitch"),
    _key("discord", "Discord", "Discord Developer Portal: your app, General Information, Public Key.",
         Recipe("X-Signature-Ed25519", "{timestamp}{body}", timestamp_header="X-Signature-Timestamp"),
         handshake="discord"),
    _key("sendgrid", "SendGrid", "SendGrid: Settings, Mail Settings, Event Webhook, Verification Key.",
         Recipe("X-Twilio-Email-Event-Webhook-Signature", "{timestamp}{body}", encoding="base64",
                timestamp_header="X-Twilio-Email-Event-Webhook-Timestamp")),
    Scheme("paypal", "PayPal", "PayPal Developer Dashboard: your app, Webhooks, Webhook ID.",
           _paypal.verify_paypal, _paypal.HEADERS, (SecretField("webhook_id", "Webhook ID", secret=False),),
           _TIMED | {"certificate"}, "trigger.body.id", certificate_url=_paypal.certificate_url,
           chosen_by="vendor"),
    _hmac("mailgun", "Mailgun", "Mailgun: Sending, Webhooks, HTTP webhook signing key.",
          Recipe("", "{timestamp}{body.signature.token}", signature_from="body.signature.signature",
                 timestamp_from="body.signature.timestamp"),
          field="Signing key", dedupe="trigger.body.signature.token"),
    _hmac("hubspot_v3", "HubSpot", "HubSpot: your app, Auth, Client secret.",
          Recipe("X-HubSpot-Signature-v3", "{method}{uri}{body}{timestamp}", encoding="base64",
                 times="milliseconds", timestamp_header="X-HubSpot-Request-Timestamp"),
          field="Client secret"),
    _hmac("zendesk", "Zendesk", "Zendesk Admin Center: Webhooks, the webhook, Reveal secret.",
          Recipe("X-Zendesk-Webhook-Signature", "{timestamp}{body}", encoding="base64", times="iso",
                 timestamp_header="X-Zendesk-Webhook-Signature-Timestamp"),
          dedupe=_header("X-Zendesk-Webhook-Invocation-Id")),
    _hmac("calendly", "Calendly", "Calendly: the signing key that you gave when subscribing.",
          Recipe("Calendly-Webhook-Signature", "{timestamp}.{body}", signature_key="v1"),
          field="Signing key"),
    _hmac("paddle", "Paddle", "Paddle: Developer tools, Notifications, the destination's secret key.",
          Recipe("Paddle-Signature", "{timestamp}:{body}", signature_key="h1", timestamp_key="ts",
                 separator=";"),
          field="Secret key", dedupe="trigger.body.event_id"),
    _hmac("square", "Square", "Square Developer Console: Webhooks, Subscriptions, Signature Key.",
          Recipe("x-square-hmacsha256-signature", "{url}{body}", encoding="base64"), field="Signature key",
          dedupe="trigger.body.event_id"),
    Scheme("okta", "Okta", "Okta: Workflow, Event Hooks, the authentication secret (field Authorization).",
           partial(verify_token, "Authorization"), ("Authorization",),
           (SecretField("secret", "Authentication secret"),), dedupe="trigger.body.eventId",
           handshake="okta"),
    Scheme("event_grid", "Azure Event Grid", "A secret of your choice: add ?code=… to the address in Azure.",
           verify_query, (), (SecretField("secret", "Secret in the address"),), frozenset({"query_name"}),
           "trigger.body[0].id || trigger.cloudevent.id", handshake="event_grid"),
    Scheme("monday", "monday.com", "monday.com Developer Center: your app, General settings, Signing secret.",
           partial(verify_jwt, "Authorization"), ("Authorization",), options=_TIMED, handshake="monday"),
    Scheme("jwt", "JSON Web Token", "A token signed with a shared secret or with the sender's private key.",
           partial(verify_jwt, "Authorization"), (),
           (SecretField("secret", "Secret", required=False),
            SecretField("public_key", "Or public key", secret=False, required=False)), _JWT),
    Scheme("query_secret", "Secret in the address",
           "A query parameter whose value only you and the sender know.",
           verify_query, (), (SecretField("secret", "Secret"),), frozenset({"query_name"})),
    Scheme("body_secret", "Secret in the body",
           "A field of the body whose value only you and the sender know.",
           verify_body, (), (SecretField("secret", "Secret"),), frozenset({"body_field"})),
    _key("generic_key", "Signature of your choice",
         "For any sender that signs with a private key (ed25519, ECDSA, RSA): say which header.",
         Recipe("", encoding="", times="iso"), options=_PLACED | {"padding"}),
    _hmac("generic_hmac", "HMAC of your choice",
          "For any sender that signs the body with a shared secret: say which header, hash and encoding.",
          Recipe("", guess=True, times="iso"), options=_PLACED | {"key_encoding"}),
    Scheme("gitlab_token", "GitLab (secret token)", "GitLab: Settings, Webhooks, Secret token.",
           partial(verify_token, "X-Gitlab-Token"), ("X-Gitlab-Token",),
           (SecretField("secret", "Secret token"),), dedupe=_header("Idempotency-Key")),
    Scheme("twilio", "Twilio", "Twilio Console: Account, API keys & tokens, Auth token.", verify_twilio,
           (TWILIO,), (SecretField("secret", "Auth token"),)),
    Scheme("aws_sns", "Amazon SNS", "The ARN of the topic whose messages are expected.",
           _sns.verify_sns_request, ("x-amz-sns-message-type",),
           (SecretField("topic_arn", "Topic ARN", secret=False),),
           frozenset({"certificate"}), "trigger.body.MessageId", "sns",
           certificate_url=_sns.certificate_url, chosen_by="vendor"),
]  # fmt: skip

SCHEMES: dict[str, Scheme] = {scheme.name: scheme for scheme in _SCHEMES}

ALIASES = {
    "gitlab": "gitlab_token", "standard": "standard_webhooks", "twitter": "x", "sns": "aws_sns",
    "hubspot": "hubspot_v3", "azure_event_grid": "event_grid", "public_key": "generic_key",
}  # fmt: skip
