"""Texts for the header of a mail, which no event can turn into further headers."""

import re
from email.policy import SMTP

_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_HALVES = re.compile("[\ud800-\udfff]")
_MOST = 2_000  # characters that are looked at; headers are shorter
_LAYERS = 5


def sayable(text: str) -> str:
    """A text with a mark for each half of a surrogate pair, which no charset can say."""
    return _HALVES.sub("\ufffd", text)


def header_text(text: str) -> str:
    """One line: control characters and line breaks become spaces, white space is folded to one space.

    Encoded words (`=?utf-8?q?…?=`, RFC 2047) are decoded before that. Python decodes them as a header is set,
    and up to 3.11.9 writes a line break in them as it is, so that the rest would be another header
    (CVE-2024-6923).
    """
    line = _flat(text)[:_MOST]
    for _ in range(_LAYERS):
        if "=?" not in line:
            return line
        decoded = str(SMTP.header_factory("Subject", line))
        if decoded == line:
            return line
        line = _flat(decoded)
    return _without_encoded_words(line)


def name_text(text: str) -> str:
    """A text that is only a part of a header, such as a name beside an address: what begins an encoded word
    in it could end in the next part."""
    return _without_encoded_words(header_text(text))


def _without_encoded_words(line: str) -> str:
    return line.replace("=?", "= ?")


def _flat(text: str) -> str:
    return " ".join(_BREAKS.sub(" ", sayable(text)).split())
