"""Amazon SNS: RSA over a canonical text of the message, with a certificate that the message points to
(docs.aws.amazon.com/sns, "Verifying the signatures of Amazon SNS messages")."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from engine.base.errors import Malformed
from engine.base.jsonbody import loads

from ._reading import SignatureError, Signed, decode, same_text

_CONFIRMING = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_NOTIFYING = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_FIELDS = {
    "Notification": _NOTIFYING,
    "SubscriptionConfirmation": _CONFIRMING,
    "UnsubscribeConfirmation": _CONFIRMING,
}
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {"1": hashes.SHA1, "2": hashes.SHA256}
_HOST = re.compile(r"sns\.[a-z0-9-]{1,40}\.amazonaws\.com(?:\.cn)?", re.ASCII)


def sns_string_to_sign(message: Mapping[str, Any]) -> str:
    """The fields that are signed, in byte order, each name and value on its own line."""
    names = _FIELDS.get(str(message.get("Type")))
    if names is None:
        raise SignatureError("The message's Type is not one of Amazon SNS.")
    lines: list[str] = []
    for name in names:
        value = message.get(name)
        if value is None and name == "Subject":
            continue
        if not isinstance(value, str):
            raise SignatureError(f"The SNS message has no text {name}.")
        lines += (name, value)
    return "".join(line + "\n" for line in lines)


def sns_url(message: Mapping[str, Any], field: str) -> str:
    """`SigningCertURL` or `SubscribeURL` of a message, refused unless it is https on an SNS host: the
    caller will fetch it. A signing certificate also ends in `.pem`."""
    text = message.get(field)
    try:
        parts = urlsplit(text) if isinstance(text, str) else None
        good = (
            parts is not None
            and parts.scheme == "https"
            and parts.netloc == parts.hostname
            and bool(_HOST.fullmatch(parts.netloc))
            and (field != "SigningCertURL" or parts.path.endswith(".pem"))
        )
    except ValueError:
        good = False
    if not good:
        raise SignatureError(f"{field} is not an https address of Amazon SNS.")
    return str(text)


def verify_sns(message: Mapping[str, Any], certificate_pem: str | bytes) -> None:
    """Check the message's own signature. The certificate was fetched from `sns_url(message,
    "SigningCertURL")`, whose host is what makes it Amazon's."""
    algorithm = _HASHES.get(str(message.get("SignatureVersion")))
    if algorithm is None:
        raise SignatureError("The SignatureVersion is neither 1 nor 2.")
    text = message.get("Signature")
    signature = decode(text, "base64") if isinstance(text, str) else None
    content = sns_string_to_sign(message).encode("utf-8", "surrogatepass")
    try:
        pem = certificate_pem.encode() if isinstance(certificate_pem, str) else certificate_pem
        key = x509.load_pem_x509_certificate(pem).public_key()
    except (ValueError, TypeError):
        raise SignatureError("The signing certificate cannot be read.") from None
    if not isinstance(key, RSAPublicKey) or not signature:
        raise SignatureError("The message has no RSA signature.")
    try:
        key.verify(signature, content, PKCS1v15(), algorithm())
    except InvalidSignature:
        raise SignatureError("The signature does not match the message.") from None


def verify_sns_request(request: Signed) -> None:
    """Check a request's message with the certificate in the option `certificate`; whoever calls has
    fetched it from where `expected_message` says."""
    message, _ = expected_message(request)
    certificate = request.options.get("certificate")
    if not certificate:
        raise SignatureError("The signing certificate has not been fetched.")
    verify_sns(message, certificate)


def certificate_url(request: Signed) -> str:
    """Where the certificate of a message is. Raises `SignatureError` for a message of another topic than the
    secret names, or that points elsewhere than to Amazon."""
    return expected_message(request)[1]


def expected_message(request: Signed) -> tuple[dict[str, Any], str]:
    """The message of a request, not verified yet, and the address of its certificate. The secret is the
    topic's ARN: any AWS account can have Amazon sign a message to us."""
    try:
        message = loads(request.body)
    except Malformed as error:
        raise SignatureError(error.message) from None
    if not isinstance(message, dict):
        raise SignatureError("An SNS message must be a JSON object.")
    topic = message.get("TopicArn")
    topics = request.secrets("topic_arn")
    if not isinstance(topic, str) or not any(same_text(each, topic) for each in topics):
        raise SignatureError("The message is of another topic than the configured one.")
    return message, sns_url(message, "SigningCertURL")
