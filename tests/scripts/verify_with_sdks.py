"""Ask vendors' SDKs for Python whether they accept requests; `verify_with_sdks.mjs` asks those for Node.js.

A JSON list on standard input, a JSON list of booleans on standard output. Each request has `sdk`, `secret`,
`headers` (names in small letters), `body`, and for PayPal the `certificate`. The argument is the time at
which they judge, in Unix seconds. Runs in the environment that has the SDKs.
"""

import json
import sys
from contextlib import redirect_stdout
from datetime import datetime

NOW = float(sys.argv[1])


class Fixed(datetime):
    """A clock that stands still."""

    @classmethod
    def now(cls, tz=None):
        return datetime.fromtimestamp(NOW, tz)


def convoy_advanced(request):
    """Convoy's own, with its defaults: hex and SHA-256."""
    from convoy.utils import webhook

    webhook.datetime = Fixed
    return webhook.Webhook(request["secret"]).verify_signature(
        request["body"], request["headers"]["x-convoy-signature"]
    )


def paypal(request):
    """PayPal's own. What it would fetch and whom it would believe is the request's certificate."""
    from OpenSSL import crypto
    from paypalrestsdk import WebhookEvent

    certificate = crypto.load_certificate(crypto.FILETYPE_PEM, request["certificate"].encode())
    store = crypto.X509Store()
    store.add_cert(certificate)
    WebhookEvent._get_cert = staticmethod(lambda url: certificate)
    WebhookEvent._get_certificate_store = classmethod(lambda cls: store)
    headers = {name.removeprefix("paypal-"): value for name, value in request["headers"].items()}
    return WebhookEvent.verify(
        headers["transmission-id"],
        headers["transmission-time"],
        request["secret"],
        request["body"],
        headers["cert-url"],
        headers["transmission-sig"],
        headers["auth-algo"],
    )


def verdict(request):
    try:
        return {"convoy_advanced": convoy_advanced, "paypal": paypal}[request["sdk"]](request) is True
    except Exception:  # whatever an SDK raises is a refusal
        return False


with redirect_stdout(sys.stderr):  # they print what they think
    verdicts = [verdict(request) for request in json.load(sys.stdin)]
print(json.dumps(verdicts))
