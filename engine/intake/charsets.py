"""Text from bytes: by byte order mark, declared charset, XML declaration, else UTF-8."""

import codecs
import re
from encodings.aliases import aliases

from python_multipart.multipart import parse_options_header

from engine.base.errors import Malformed, WrongMediaType

# Linear ones only: among the codecs that Python knows, some take quadratic time (punycode, idna).
_CODECS = (
    "utf_8", "utf_16", "utf_16_le", "utf_16_be", "utf_32", "utf_32_le", "utf_32_be", "ascii", "latin_1",
    *(f"iso8859_{part}" for part in (*range(2, 12), *range(13, 17))),
    *(f"cp{page}" for page in (437, 850, 852, 866, 874, 932, 949, 950, *range(1250, 1259))),
    "koi8_r", "koi8_u", "mac_roman", "mac_cyrillic", "shift_jis", "euc_jp", "euc_kr", "gb2312", "gbk",
    "gb18030", "big5",
    "iso2022_jp",
)  # fmt: skip


def _plain(charset: str) -> str:
    return re.sub("[^a-z0-9]+", "_", charset[:40].lower())


_NAMES = {name: name for name in _CODECS}
_NAMES |= {_plain(alias): codec for alias, codec in aliases.items() if codec in _CODECS}
_NAMES |= {  # other labels of the Encoding Standard, 4.2
    "x_sjis": "shift_jis", "windows_31j": "cp932", "windows_874": "cp874", "dos_874": "cp874",
    "tis_620": "cp874", "iso_8859_11": "cp874", "iso_8859_8_i": "iso8859_8", "iso_8859_8_e": "iso8859_8",
    "logical": "iso8859_8", "visual": "iso8859_8", "iso_8859_6_e": "iso8859_6", "iso_8859_6_i": "iso8859_6",
    "x_mac_roman": "mac_roman", "x_mac_cyrillic": "mac_cyrillic", "x_mac_ukrainian": "mac_cyrillic",
    "x_gbk": "gbk", "x_euc_jp": "euc_jp", "cn_big5": "big5", "x_x_big5": "big5", "koi": "koi8_r",
    "koi8": "koi8_r", "koi8_ru": "koi8_u", "windows_949": "cp949", "unicode": "utf_16_le",
    "unicode_1_1_utf_8": "utf_8", "unicode11utf8": "utf_8", "unicode20utf8": "utf_8",
    "x_unicode20utf8": "utf_8", **{f"x_cp{page}": f"cp{page}" for page in range(1250, 1259)},
}  # fmt: skip
# What MySQL, file(1) and careless code call it.
_NAMES |= dict.fromkeys(("utf8mb4", "binary", "unknown_8bit", "8bit", "none", "null", "undefined"), "utf_8")
# Whoever says Latin-1 means windows-1252, as browsers read it (Encoding Standard, 4.2), and ASCII is what
# libraries write by default, whatever they send.
_MEANT = {"latin_1": "cp1252", "ascii": "utf_8"}
_NAMES = {name: _MEANT.get(codec, codec) for name, codec in _NAMES.items()}
# The longer ones first: the mark of UTF-16 begins that of UTF-32.
_MARKS = (
    (codecs.BOM_UTF8, "utf_8"),
    (codecs.BOM_UTF32_LE, "utf_32_le"),
    (codecs.BOM_UTF32_BE, "utf_32_be"),
    (codecs.BOM_UTF16_LE, "utf_16_le"),
    (codecs.BOM_UTF16_BE, "utf_16_be"),
)
# What JSON and XML begin with, in two or four bytes a character.
_UNMARKED = (
    (re.compile(rb'\0\0\0[\[{"<]'), "utf_32_be"),
    (re.compile(rb'[\[{"<]\0\0\0'), "utf_32_le"),
    (re.compile(rb'\0[\[{"<]'), "utf_16_be"),
    (re.compile(rb'[\[{"<]\0'), "utf_16_le"),
)
_XML = re.compile(rb"""\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")


def declared(content_type: bytes) -> str:
    """The charset parameter of a content type, in lower case; empty without one."""
    if b"charset" not in content_type.lower():
        return ""
    charset = parse_options_header(content_type)[1].get(b"charset", b"").decode("latin-1")
    return charset.strip("'\" ").lower()


def decode(raw: bytes, charset: str = "", *, xml: bool = False, notes: list[str] | None = None) -> str:
    """The text of a body. A byte order mark stands above `charset`, as in the Encoding Standard, and so does
    a first character of two or four bytes; without either, `xml` reads the declaration of a document (XML
    1.0, 4.3.3). Raises `WrongMediaType` (415) for a charset that is not supported and `Malformed` (400) for
    bytes that are not in it; with `notes`, U+FFFD stands for them, and a sentence is added."""
    for mark, codec in _MARKS:
        if raw.startswith(mark):
            return _decoded(raw[len(mark) :], codec, codec.replace("_", "-"), notes)
    if unmarked := wide(raw):
        return _decoded(raw, unmarked, unmarked.replace("_", "-"), notes)
    if not charset and xml and (found := _XML.match(raw)):
        named = found[1].decode().lower()
        # A declaration that can be read byte by byte is in none of these, whatever it says: .NET writes
        # `utf-16` into a text and sends it as UTF-8.
        charset = "" if named.startswith(("utf-16", "utf-32", "ucs-")) else named
    return _decoded(raw, known(charset or "utf-8"), charset or "utf-8", notes)


def is_marked(raw: bytes) -> bool:
    """Whether the first bytes of a body say what it is encoded in: a byte order mark, or a first character of
    two or four bytes."""
    marked = raw[:1] in (b"\xef", b"\xff", b"\xfe") or raw[:2] == b"\0\0"
    return (marked and any(raw.startswith(mark) for mark, _ in _MARKS)) or bool(wide(raw))


def wide(raw: bytes) -> str:
    """The codec of a JSON or XML document in UTF-16 or UTF-32 without a mark, by its first character (RFC
    4627, 3; XML 1.0, appendix F); empty for any other."""
    if b"\0" not in raw[:2]:
        return ""
    return next((codec for pattern, codec in _UNMARKED if pattern.match(raw)), "")


def known(charset: str) -> str:
    """The codec of a charset. Raises `WrongMediaType` for one that is not supported."""
    codec = _NAMES.get(_plain(charset))
    if codec is None:
        raise WrongMediaType(
            f"The charset {charset[:40]!r} is not supported. Send UTF-8.", field="content-type"
        )
    return codec


def errors_of(codec: str) -> str:
    """What a codec does with bytes that it does not have."""
    return _AS_CONTROL if codec == "cp1252" else "strict"


def _as_control(error: UnicodeError) -> tuple[str, int]:
    """A byte that windows-1252 does not have, as the control character of its number (Encoding Standard)."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


_AS_CONTROL = "switchyard.as_control"
codecs.register_error(_AS_CONTROL, _as_control)


def _decoded(raw: bytes, codec: str, name: str, notes: list[str] | None) -> str:
    try:
        return raw.decode(codec, errors_of(codec))
    except UnicodeDecodeError as error:
        message = f"The body is not valid {name.upper()} (byte {error.start})"
        if notes is None:
            raise Malformed(f"{message}.", field="body") from None
        notes.append(f"{message}; U+FFFD replaces what is not.")
        return raw.decode(codec, "replace")
