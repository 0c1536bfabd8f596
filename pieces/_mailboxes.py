"""Mail addresses as people and events write them: `name@domain`, `Name <name@domain>`, lists of them."""

import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.headerregistry import Address

from ._errors import PieceError
from ._mail_headers import name_text

MAX_ADDRESS = 500
"""Characters of one address with its name."""


def one_line(text: str, field: str) -> str:
    """A header's text; a line break in it would begin another header."""
    if re.search(r"[\r\n\0\v\f\x85\u2028\u2029]", text):
        raise PieceError(f"`{field}` must be one line", field=field)
    return text


def mailboxes(texts: list[str], field: str) -> list[Address]:
    """The addresses of a list; one text may hold several, separated by commas, semicolons or line ends."""
    lines = (line for text in texts for line in _lines(_bare(text), field))
    parts = (part for line in lines for part in _entries(one_line(line, field)))
    return [mailbox(part, field) for part in parts if _bare(part)]


def _bare(text: str) -> str:
    """Without white space and what is invisible around it, as it is copied from pages and other mails."""
    return text.strip(_AROUND)


def _lines(text: str, field: str) -> list[str]:
    """One recipient or more a line. What looks like another header is refused: it was smuggled in."""
    if _FOLDED_HEADER.search(text):
        raise PieceError(f"`{field}` must be addresses only, without a field name", field=field)
    return re.split(r"[\r\n]+", text)


def _entries(line: str) -> Iterator[str]:
    """Each address of a line with its name. Where semicolons separate them, as Outlook writes lists, a comma
    may be one within a name: `Lee, Ann <ann@example.com>; ops@example.com`."""
    groups = _split(line, ";")
    for group in groups:
        parts = _split(group, ",")
        if (
            len(groups) > 1
            and len(parts) == 2
            and _SURNAME.fullmatch(parts[0])
            and _PLAIN.fullmatch(parts[1])
        ):
            first, _, spec = parts[1].partition("<")
            yield f'"{_bare(parts[0])}, {_bare(first)}" <{spec}'
        else:
            yield from parts


def _split(text: str, separator: str) -> list[str]:
    """Parts between the separators that stand outside of quotes."""
    parts, start, quoted, escaped = [], 0, False, False
    for number, character in enumerate(text):
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = quoted
        elif character == '"':
            quoted = not quoted
        elif character == separator and not quoted:
            parts.append(text[start:number])
            start = number + 1
    return [*parts, text[start:]]


# Not the parsers of email.utils: they guess at what is malformed, and drop what they cannot read.
_NAMED = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|([^"<>,;\\]*?))\s*<\s*([^<>\s]+)\s*>\s*""")
_QUOTED = re.compile(r"""(['"])([^'"\s]+)\1""")
_SURNAME = re.compile(r"[^\"<>@\\]*[^\"<>@\\\s][^\"<>@\\]*")
_PLAIN = re.compile(r"[^\"<>@\\]*<[^<>\s]+>\s*")
_COMMENTED = re.compile(r"\s*([^\s()<>]+)\s+\(([^()\\]*)\)\s*")
_AROUND = " \t\r\n\f\v\u00a0\u200b\u200e\u200f\u2060\ufeff"
_FOLDED_HEADER = re.compile(r"[\r\n]\s*[!-9;-~]+:")
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_DOMAIN = re.compile(r"(?=.{1,253}$)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*")


def mailbox(text: str, field: str) -> Address:
    """One `name@domain`, `Name <name@domain>` or `name@domain (Name)`, with or without `mailto:`."""
    text = _bare(one_line(text, field))
    name, spec = _parts(text) if len(text) <= MAX_ADDRESS else ("", "")
    local, _, domain = re.sub(r"^mailto:", "", spec, flags=re.IGNORECASE).rpartition("@")
    try:
        domain = domain if domain.isascii() else domain.encode("idna").decode()
        if not _LOCAL.fullmatch(local) or "=?" in local or not _DOMAIN.fullmatch(domain):
            raise ValueError("not an address")
        return Address(name, local, domain)
    except (ValueError, HeaderParseError):
        raise PieceError(f"`{field}`: {text!r} is not an e-mail address", field=field) from None


def _parts(text: str) -> tuple[str, str]:
    """The name, which may be empty, and the address."""
    if named := _NAMED.fullmatch(text):
        if "@" in (named[2] or "") and _bare(named[2]).strip("'").lower() != named[3].lower():
            return "", ""  # two addresses, of which one may have been meant
        quoted = re.sub(r"\\(.)", r"\1", named[1] or "")
        return name_text(quoted or _bare(named[2] or "")), named[3]
    if commented := _COMMENTED.fullmatch(text):
        return name_text(commented[2]), commented[1]
    alone = _QUOTED.fullmatch(text)  # as Outlook copies addresses that have no names
    return "", alone[2] if alone else text
