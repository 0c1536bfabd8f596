"""PayPal: RSA over the id and the time of a transmission, the webhook's id and the body's CRC-32.

https://developer.paypal.com/api/rest/webhooks/rest/#link-selfverificationmethod
"""

import zlib
from datetime import UTC, datetime
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from ._keys import checker
from ._reading import SignatureError, Signed, decode, to_bytes

HEADERS = ("PayPal-Transmission-Id", "PayPal-Transmission-Time", "PayPal-Transmission-Sig", "PayPal-Cert-Url",
           "PayPal-Auth-Algo")  # fmt: skip
_HOSTS = ("api.paypal.com", "api-m.paypal.com", "api.sandbox.paypal.com", "api-m.sandbox.paypal.com")


def certificate_url(request: Signed) -> str:
    """The address of the certificate, refused unless it is PayPal's: its host is what makes the certificate
    PayPal's."""
    text = request.header("PayPal-Cert-Url")
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme != "https" or parts.netloc not in _HOSTS:
        raise SignatureError("PayPal-Cert-Url is not an https address of PayPal.")
    return text


def verify_paypal(request: Signed) -> None:
    """Check the body with the certificate in the option `certificate`; whoever calls has fetched it from
    where `certificate_url` says."""
    certificate_url(request)
    if request.header("PayPal-Auth-Algo") != "SHA256withRSA":
        raise SignatureError("PayPal-Auth-Algo is not SHA256withRSA.")
    moment = request.header("PayPal-Transmission-Time")
    request.check_time(moment, seconds=False)
    signature = decode(request.header("PayPal-Transmission-Sig"), "base64")
    message_id, checksum = request.header("PayPal-Transmission-Id"), zlib.crc32(request.body)
    check = checker(_key(request.options.get("certificate"), request.now))
    contents = [
        to_bytes(f"{message_id}|{moment}|{webhook_id}|{checksum}")
        for webhook_id in request.secrets("webhook_id")
    ]
    if not signature or not any(check(content, signature) for content in contents):
        raise SignatureError("The signature in PayPal-Transmission-Sig does not match the body.")


def _key(certificate: object, now: float) -> RSAPublicKey:
    if not certificate:
        raise SignatureError("The signing certificate has not been fetched.")
    try:
        pem = certificate.encode() if isinstance(certificate, str) else bytes(certificate)  # type: ignore[call-overload]
        found = x509.load_pem_x509_certificates(pem)[0]
        key = found.public_key()
    except (ValueError, TypeError, IndexError):
        raise SignatureError("The signing certificate cannot be read.") from None
    try:
        moment = datetime.fromtimestamp(now, UTC)
    except (ValueError, OverflowError, OSError):
        raise SignatureError("The clock is out of bounds.") from None
    if not found.not_valid_before_utc <= moment <= found.not_valid_after_utc:
        raise SignatureError("The signing certificate is not valid now.")
    if not isinstance(key, RSAPublicKey):
        raise SignatureError("The signing certificate has no RSA key.")
    return key
