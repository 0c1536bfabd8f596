r"""How others write a text: escaped for JSON, HTML and XML, encoded for an address, within base64.

Each writing is a regular expression, so that mixed, repeated and partial ones (a `%2b` beside a `+`, JSON
within JSON) are found too. Letters and digits of ASCII stay what they are in all of them but base64.

Sources: RFC 8259 section 7 (JSON), RFC 3986 section 2.1 (`%2B`), the URL Standard's form encoding (`+` for a
space), HTML's character references, RFC 4648 (base64 and its alphabet for addresses).
"""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from html import escape
from html.entities import codepoint2name
from typing import NamedTuple
from urllib.parse import quote, quote_plus

LONG = 2_000
"""Characters from which on only whole writings are looked for: patterns of each character cost too much."""

_RUN = re.compile("[A-Za-z0-9]+")
_PERCENT = "%(?:25)*"  # an address within an address encodes the percent sign too
_AMPERSAND = "&(?:amp;)*"
_LATER = {"\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f"}  # what JSON writes behind a backslash
_EDGE = "[A-Za-z0-9+/_-]?"  # a character that holds some bits of the text, and some of its neighbor
_PADDING = "(?:=|%3[dD]|&#61;|\\\\+u003[dD])*"


class Writing(NamedTuple):
    """One way to write a text."""

    form: str
    """The text as it is written most often."""

    pattern: str
    """A regular expression without groups."""
    anchor: str
    """A part that stands in each match as it is; empty if there is none."""


def writings(text: str, *, base64: bool = True, plain: bool = False) -> Iterator[Writing]:
    """Every way that is known to write `text`, itself among them; `plain`: as whole writings only."""
    forms = {text, escape(text), json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    forms |= {quote(text, safe="", errors="replace"), quote_plus(text, errors="replace")}
    if len(text) < LONG and not plain:
        pattern, anchor = "".join(map(_character, text)), _anchor(text)
        yield from (Writing(form, pattern, anchor) for form in forms)
    else:
        yield from (Writing(form, re.escape(form), _anchor(form)) for form in forms)
    if not base64:
        return
    for form in forms:  # a body of JSON, a form or a page may stand within base64 as a whole
        yield from _in_base64(form.encode("utf-8", "surrogatepass"))


def _anchor(text: str) -> str:
    """The longest run of letters and digits."""
    return max(_RUN.findall(text), key=len, default="")


def _character(character: str) -> str:
    if character.isascii() and character.isalnum():
        return character
    code = ord(character)
    number = f"#0*{code};|#[xX]0*{_hex(code)};"
    name = codepoint2name.get(code) or ("apos" if character == "'" else "")
    ways = [
        rf"\\*{re.escape(character)}",
        rf"{_AMPERSAND}(?:{number}{f'|{name};' if name else ''})",
        "".join(f"{_PERCENT}{_hex(byte, 2)}" for byte in character.encode("utf-8", "surrogatepass")),
        "".join(rf"\\+u{_hex(unit, 4)}" for unit in _utf16(character)),
        rf"\\+U{_hex(code, 8)}" if code > 0xFFFF else rf"\\+x{_hex(code, 2)}",
    ]
    if character == " ":
        ways += [r"\+", f"{_PERCENT}2[bB]"]
    if character == "&":
        ways.append(f"{_AMPERSAND}amp;")
    if character in _LATER:
        ways += [rf"\\+{_LATER[character]}", "\r\n"]
    return f"(?:{'|'.join(reversed(ways))})"  # the raw character last: an `&` is also the start of `&amp;`


def _hex(code: int, least: int = 1) -> str:
    """The digits of a number in either case."""
    return "".join(f"[{d}{d.upper()}]" if d.isalpha() else d for d in f"{code:0{least}x}")


def _utf16(character: str) -> list[int]:
    units = character.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(units[at : at + 2], "big") for at in range(0, len(units), 2)]


def _in_base64(plain: bytes) -> Iterator[Writing]:
    """`plain` as it stands in the base64 of something longer, where it begins at one of three places.

    Only the characters that depend on nothing but `plain` are compared.
    """
    for before in range(3):
        encoded = b64encode(bytes(before) + plain).decode()
        start, end = -(-before * 8 // 6), (before + len(plain)) * 8 // 6
        core = encoded[start:end]
        if len(core) < 4:
            continue
        body = re.escape(core) if len(core) >= LONG else "".join(map(_sextet, core))
        head = _EDGE if before else ""
        tail = _EDGE if (before + len(plain)) % 3 else ""
        yield Writing(core, f"{head}{body}{tail}{_PADDING}", _anchor(core))


def _sextet(character: str) -> str:
    """A character of base64, which addresses, pages and JSON may encode once more."""
    if character.isalnum():
        return character
    return f"(?:{'[-_ ]'}|{_character(character)})"
