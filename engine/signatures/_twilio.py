"""Twilio: HMAC-SHA1 over the public URL and the form's fields
(twilio.com/docs/usage/security#validating-requests)."""

import hashlib
import hmac
from urllib.parse import parse_qs, parse_qsl, urlsplit, urlunsplit

from ._reading import SignatureError, Signed, decode, encode, same, to_bytes

HEADER = "X-Twilio-Signature"
_PORTS = {"https": 443, "http": 80}


def verify_twilio(request: Signed) -> None:
    """Needs `url` as the outside sees it. A JSON body is covered by `bodySHA256` in the signed URL."""
    digest = decode(request.header(HEADER), "base64") or b""
    fields = _fields(request)
    matched = False
    for secret in request.secrets():
        for url in _spellings(request.url or ""):
            matched |= same(_mac(secret, url, fields), digest)
    if not matched:
        raise SignatureError(f"The signature in {HEADER} does not match the address and the body.")


def sign_twilio(request: Signed) -> dict[str, str]:
    mac = _mac(request.secrets()[0], request.url or "", _fields(request))
    return {HEADER: encode(mac, "base64")}


def _fields(request: Signed) -> str:
    """The form's names and values in name order, as they are signed; empty for a JSON body."""
    if not request.url:
        raise SignatureError("Twilio signs the public URL, which is not known. Set SWITCHYARD_PUBLIC_URL.")
    try:
        query = parse_qs(urlsplit(request.url).query, keep_blank_values=True)
        if "bodySHA256" in query:
            ours = hashlib.sha256(request.body).hexdigest()
            if not same(to_bytes(ours), to_bytes(query["bodySHA256"][0].lower())):
                raise SignatureError("The body does not have the SHA-256 that the signed URL names.")
            return ""
        if not request.body:
            return ""
        # Strict, so that no byte of the body stays outside of what is signed.
        pairs = parse_qsl(
            request.body.decode(), keep_blank_values=True, strict_parsing=True, errors="strict",
            max_num_fields=1000,
        )  # fmt: skip
    except ValueError:
        raise SignatureError("The body is not a form, and the URL contains no SHA-256 of it.") from None
    return "".join(name + value for name, value in sorted(set(pairs)))


def _spellings(url: str) -> list[str]:
    """The URL, and the same with its default port added or left out: Twilio's clients differ in this."""
    try:
        parts = urlsplit(url)
        host, port = parts.netloc.rpartition("@")[2], parts.port
    except ValueError:
        raise SignatureError("The URL cannot be read.") from None
    default = _PORTS.get(parts.scheme)
    if port is None and default:
        return [url, urlunsplit(parts._replace(netloc=f"{parts.netloc}:{default}"))]
    if port is not None and port == default and host.endswith(f":{default}"):
        return [url, urlunsplit(parts._replace(netloc=parts.netloc.removesuffix(f":{default}")))]
    return [url]


def _mac(secret: str, url: str, fields: str) -> bytes:
    return hmac.digest(to_bytes(secret), to_bytes(url + fields), "sha1")
