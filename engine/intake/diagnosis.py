"""Why a signature did not match: which scheme or secret would have passed.

Every scheme is tried with the secrets of the project's webhook connections, by the time of arrival. For
senders without a preset, each header is compared with HMACs of the body.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.signatures import SCHEMES, SignatureError

from .request import Request
from .verification import verified

_MOST = 50  # connections that are tried
_NO_PROOF = ("none", "aws_sns", "generic_hmac")
_ENDLESS = 1e10  # seconds of tolerance
_DIGESTS = {20: "sha1", 32: "sha256", 48: "sha384", 64: "sha512"}
_WHOSE = {
    "current": "the secret of the connection “{}”",
    "previous": "the previous secret of the connection “{}”",
    "replaced": "a secret that the connection “{}” had before",
}
_PREFIX = re.compile(r"^[a-z0-9]{1,12}=", re.IGNORECASE)


@dataclass(frozen=True)
class Candidate:
    """Fields of a connection that a signature may have been made with."""

    connection: str
    secret: str
    """Which of its secrets: `current`, `previous`, or `replaced`."""
    fields: Mapping[str, str]


@dataclass(frozen=True)
class Match:
    """Something that would have passed."""

    scheme: str
    connection: str
    secret: str
    sentence: str


@dataclass(frozen=True)
class Diagnosis:
    """What is found out about a request that could not be verified."""

    passes_now: bool
    """By the trigger's settings as they are today, at the time of arrival."""
    late_by: int | None
    """The signature is right, and its timestamp was so many seconds from the server's clock."""
    matches: list[Match]


def diagnose(
    request: Request,
    content: bytes,
    config: Mapping[str, Any],
    secret: Mapping[str, str],
    candidates: Sequence[Candidate],
    *,
    at: float,
    url: str,
) -> Diagnosis:
    """Try what could have passed. `config` and `secret` are the trigger's own, `at` is the arrival in Unix
    seconds. Costs up to some tens of milliseconds: not for the event loop."""

    def passes(config: Mapping[str, Any], fields: Mapping[str, str]) -> bool:
        try:
            verified(request, content, config, fields, now=at, url=url)
        except SignatureError:
            return False
        return True

    if passes(config, secret):
        return Diagnosis(True, None, [])
    late = None
    own = SCHEMES.get(str(config.get("scheme")))
    if own is not None and "tolerance" in own.options and passes({**config, "tolerance": _ENDLESS}, secret):
        late = _seconds_off(request, at)
    matches = []
    for candidate in candidates[:_MOST]:
        for scheme, options in _tries(config):
            if passes({**options, "scheme": scheme}, candidate.fields):
                matches.append(_match(scheme, candidate, same=scheme == config.get("scheme")))
                break
        else:
            matches += _hmacs(request, candidate)
    return Diagnosis(False, late, matches)


def _tries(config: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The trigger's own scheme with its options, then every other one without."""
    yield str(config.get("scheme")), config
    for name, scheme in SCHEMES.items():
        if name not in _NO_PROOF and name != config.get("scheme"):
            yield name, ({"tolerance": _ENDLESS} if "tolerance" in scheme.options else {})


def _match(scheme: str, candidate: Candidate, *, same: bool) -> Match:
    whose = _WHOSE[candidate.secret].format(candidate.connection)
    how = "Signed with" if same else f"Signed as {SCHEMES[scheme].title}, with"
    return Match(scheme, candidate.connection, candidate.secret, f"{how} {whose}.")


def _hmacs(request: Request, candidate: Candidate) -> list[Match]:
    """Headers that hold an HMAC of the body with the candidate's secret, as `generic_hmac` would check it."""
    found = []
    secret = candidate.fields.get("secret")
    for name, value in request.headers if secret else ():
        text = _PREFIX.sub("", value.decode("latin-1").strip(), count=1)
        for encoding, digest in _digests(text):
            algorithm = _DIGESTS.get(len(digest))
            if algorithm is None or not secret:
                continue
            if hmac.compare_digest(hmac.digest(secret.encode(), request.body, algorithm), digest):
                header = name.decode("latin-1")
                sentence = (
                    f"The header `{header}` is an HMAC-{algorithm.upper()} of the body in {encoding}, made "
                    f"with {_WHOSE[candidate.secret].format(candidate.connection)}. Choose the scheme HMAC "
                    "of the body."
                )
                found.append(Match("generic_hmac", candidate.connection, candidate.secret, sentence))
    return found


def _digests(text: str) -> Iterator[tuple[str, bytes]]:
    if len(text) in (40, 64, 96, 128) and re.fullmatch(r"[0-9a-fA-F]+", text):
        yield "hex", bytes.fromhex(text)
    try:
        yield "base64", base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return


def _seconds_off(request: Request, at: float) -> int | None:
    """How far the signed timestamp was from the arrival: the ten digits in a header that say a moment."""
    for name, value in request.headers:
        if b"time" in name or b"signature" in name:
            for digits in re.findall(rb"(?<!\d)\d{10}(?!\d)", value):
                return abs(round(at - int(digits)))
    return None
