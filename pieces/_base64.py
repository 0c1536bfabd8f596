"""Base64 as senders write it: in lines (RFC 2045, 6.8), without padding, or with the alphabet for addresses
(RFC 4648, 5).
"""

import base64
import re

_SPACE = re.compile(r"[ \t\r\n]+")
_PLAIN = str.maketrans("-_", "+/")


def from_base64(text: str) -> bytes:
    """The bytes in a text. Raises `ValueError` for one that is not base64."""
    plain = _SPACE.sub("", text).translate(_PLAIN)
    if not plain.endswith("="):
        plain += "=" * (-len(plain) % 4)
    return base64.b64decode(plain, validate=True)
