"""The text that a sender signs, as a template over the request.

`{timestamp}`, `{id}`, `{url}`, `{method}` and `{body}`; `{header.NAME}`, `{query.NAME}` and `{body.PATH}` for
one value of the request; `{uri}` is the address with the characters that HubSpot decodes.
"""

import re
from collections.abc import Mapping
from typing import Any

from ._reading import SignatureError, Signed, to_bytes

PLACES = ("timestamp", "id", "url", "uri", "method", "body")
LISTED_TIMES = ("t", "ts", "timestamp", "time")
"""What the time is called in a header that is a list."""

_PLACE = re.compile(r"\{([a-z]*(?:\.[^{}]{1,200})?)\}")
_FROM = re.compile(r"(header|query|body)\.[^{}]{1,200}")
# https://developers.hubspot.com/docs/api/webhooks/validating-requests, version 3
_DECODED = {
    "%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$", "%27": "'", "%28": "(",
    "%29": ")", "%2A": "*", "%2C": ",", "%3B": ";",
}  # fmt: skip
_ENCODED = re.compile("|".join(_DECODED), re.IGNORECASE)


def is_source(text: str) -> bool:
    """Whether a text names one value of a request: `header.NAME`, `query.NAME` or `body.PATH`."""
    return _FROM.fullmatch(text) is not None


def problem(signed: str, settings: Mapping[str, Any]) -> str | None:
    """What is wrong with a signed text together with the settings that feed it, if anything."""
    places = _PLACE.findall(signed)
    unknown = [place for place in places if place not in PLACES and not is_source(place)]
    if unknown:
        return f"{{{unknown[0]}}} is not known; write {{timestamp}}, {{id}}, {{url}}, {{method}} or {{body}}."
    in_body = str(settings.get("signature_from") or "").startswith("body.")
    if "body" not in places and not (in_body and any(place.startswith("body.") for place in places)):
        return "The signed text must hold {body}, else the body could be changed."
    for place in ("timestamp", "id"):
        named = settings.get(f"{place}_header") or settings.get(f"{place}_from")
        if named and place not in places:
            return f"{{{place}}} in the signed text and {place}_header go together."
    if "id" in places and not (settings.get("id_header") or settings.get("id_from")):
        return "{id} in the signed text and id_header go together."
    return None


def render(template: str, timestamp: str, message_id: str, request: Signed) -> bytes:
    """The signed bytes."""
    if ("{url}" in template or "{uri}" in template) and not request.url:
        raise SignatureError(
            "The sender signs the public URL, which is not known. Set SWITCHYARD_PUBLIC_URL."
        )
    url = request.url or ""
    values = {
        "timestamp": to_bytes(timestamp),
        "id": to_bytes(message_id),
        "url": to_bytes(url),
        "uri": to_bytes(_ENCODED.sub(lambda found: _DECODED[found[0].upper()], url)),
        "method": to_bytes(request.method.upper()),
        "body": request.body,
    }
    parts = _PLACE.split(template)  # text, place, text, place, …, text
    return b"".join(
        (values[part] if part in values else to_bytes(request.at(part))) if index % 2 else to_bytes(part)
        for index, part in enumerate(parts)
    )
