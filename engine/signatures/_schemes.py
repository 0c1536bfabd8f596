"""The table of schemes: what each is called, what it reads, what it needs, how it is checked."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ._hmac import Recipe, verify_hmac
from ._plain import verify_basic, verify_header, verify_token
from ._reading import Signed
from ._sns import verify_sns_request
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
    """The HMAC recipe, of a scheme that is one."""
    prefix: str | None = None
    """The prefix of the header names, of a scheme that is Standard Webhooks."""


_TIMED = frozenset({"tolerance"})
_ENCODED = frozenset({"algorithm", "encoding", "tolerance"})
_GENERIC = _ENCODED | {"header", "prefix", "key_encoding", "signed", "timestamp_header", "id_header"}


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
    check = partial(verify_hmac, recipe)
    return Scheme(name, title, help, check, recipe.headers, fields, options, dedupe, handshake, recipe)


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
          Recipe("Stripe-Signature", "{timestamp}.{body}", pairs="v1"), dedupe="trigger.body.id"),
    _hmac("slack", "Slack", "Slack: your app, Basic Information, Signing Secret.",
          Recipe("X-Slack-Signature", "v0:{timestamp}:{body}", "v0=",
                 timestamp_header="X-Slack-Request-Timestamp"),
          dedupe="trigger.body.event_id", handshake="slack"),
    _hmac("shopify", "Shopify", "Shopify: Settings, Notifications, Webhooks, or the app's client secret.",
          Recipe("X-Shopify-Hmac-SHA256", encoding="base64"), dedupe=_header("X-Shopify-Event-Id")),
    _hmac("linear", "Linear", "Linear: Settings, API, the webhook's Signing secret.",
          Recipe("Linear-Signature"), dedupe=_header("Linear-Delivery")),
    _hmac("pagerduty", "PagerDuty", "PagerDuty: Integrations, Generic Webhooks, the secret shown once.",
          Recipe("X-PagerDuty-Signature", pairs="v1"), dedupe="trigger.body.event.id"),
    _hmac("zoom", "Zoom", "Zoom App Marketplace: your app, Features, Secret Token.",
          Recipe("x-zm-signature", "v0:{timestamp}:{body}", "v0=", timestamp_header="x-zm-request-timestamp"),
          field="Secret token", handshake="zoom"),
    _hmac("x", "X", "X developer portal: your app, Keys and tokens, API key secret.",
          Recipe("X-Twitter-Webhooks-Signature", prefix="sha256=", encoding="base64"),
          field="Consumer secret", handshake="x"),
    _hmac("dropbox", "Dropbox", "Dropbox App Console: your app, Settings, App secret.",
          Recipe("X-Dropbox-Signature"), field="App secret", handshake="dropbox"),
    _hmac("asana", "Asana", "Nothing to enter: Asana hands over the secret when the webhook is made.",
          Recipe("X-Hook-Signature"), handshake="asana"),
    _hmac("convoy_advanced", "Convoy (with time stamp)", "Convoy: the endpoint's secret.",
          Recipe("X-Convoy-Signature", "{timestamp},{body}", pairs="v1", guess=True), options=_ENCODED),
    _hmac("generic_hmac", "HMAC of your choice",
          "For any sender that signs the body with a shared secret: say which header, hash and encoding.",
          Recipe("", guess=True), options=frozenset(_GENERIC)),
    Scheme("gitlab_token", "GitLab (secret token)", "GitLab: Settings, Webhooks, Secret token.",
           partial(verify_token, "X-Gitlab-Token"), ("X-Gitlab-Token",),
           (SecretField("secret", "Secret token"),), dedupe=_header("Idempotency-Key")),
    Scheme("twilio", "Twilio", "Twilio Console: Account, API keys & tokens, Auth token.", verify_twilio,
           (TWILIO,), (SecretField("secret", "Auth token"),)),
    Scheme("aws_sns", "Amazon SNS", "The ARN of the topic whose messages are expected.", verify_sns_request,
           ("x-amz-sns-message-type",), (SecretField("topic_arn", "Topic ARN", secret=False),),
           frozenset({"certificate"}), "trigger.body.MessageId", "sns"),
]  # fmt: skip

SCHEMES: dict[str, Scheme] = {scheme.name: scheme for scheme in _SCHEMES}

ALIASES = {"gitlab": "gitlab_token", "standard": "standard_webhooks", "twitter": "x", "sns": "aws_sns"}
