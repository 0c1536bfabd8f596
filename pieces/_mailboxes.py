"""Mail addresses as people and events write them: `name@domain`, `Name <name@domain>`, lists of them."""

import re
from email.errors import HeaderParseError
from email.headerregistry import Address

from ._errors import PieceError

MAX_ADDRESS = 500
"""Characters of one address with its name."""


def one_line(text: str, field: str) -> str:
    """A header's text; a line break in it would begin another header."""
    if re.search(r"[\r\n\0\v\f\x85\u2028\u2029]", text):
        raise PieceError(f"`{field}` must be one line", field=field)
    return text


def mailboxes(texts: list[str], field: str) -> list[Address]:
    """The addresses of a list; one text may hold several, separated by commas, semicolons or line ends."""
    lines = (line for text in texts for line in _lines(text.strip(), field))
    parts = (part for line in lines for part in _split(one_line(line, field)))
    return [mailbox(part, field) for part in parts if part.strip()]


def _lines(text: str, field: str) -> list[str]:
    """One recipient or more a line. What looks like another header is refused: it was smuggled in."""
    if _FOLDED_HEADER.search(text):
        raise PieceError(f"`{field}` must be addresses, without a header", field=field)
    return re.split(r"[\r\n]+", text)


def _split(text: str) -> list[str]:
    """Parts between the commas and semicolons that stand outside of quotes."""
    parts, start, quoted = [], 0, False
    for number, character in enumerate(text):
        if character == '"':
            quoted = not quoted
        elif character in ",;" and not quoted:
            parts.append(text[start:number])
            start = number + 1
    return [*parts, text[start:]]


# Not the parsers of email.utils: they guess at what is malformed, and drop what they cannot read.
_NAMED = re.compile(r"""\s*(?:"([^"\\]*)"|([^"<>@,;\\]*?))\s*<([^<>\s]+)>\s*""")
_FOLDED_HEADER = re.compile(r"[\r\n]\s*[!-9;-~]+:")
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_DOMAIN = re.compile(r"(?=.{1,253}$)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*")


def mailbox(text: str, field: str) -> Address:
    """One `name@domain` or `Name <name@domain>`."""
    named = _NAMED.fullmatch(one_line(text, field)) if len(text) <= MAX_ADDRESS else None
    name, spec = ((named[1] or named[2] or "").strip(), named[3]) if named else ("", text.strip())
    local, _, domain = spec.rpartition("@")
    try:
        domain = domain if domain.isascii() else domain.encode("idna").decode()
        if not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain):
            raise ValueError("not an address")
        return Address(name, local, domain)
    except (ValueError, HeaderParseError):
        raise PieceError(f"`{field}`: {text.strip()!r} is no mail address", field=field) from None
