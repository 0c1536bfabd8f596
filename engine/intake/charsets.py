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
    "koi8_r", "koi8_u", "mac_roman", "shift_jis", "euc_jp", "euc_kr", "gb2312", "gbk", "gb18030", "big5",
    "iso2022_jp",
)  # fmt: skip


def _plain(charset: str) -> str:
    return re.sub("[^a-z0-9]+", "_", charset[:40].lower())


_NAMES = {name: name for name in _CODECS}
_NAMES |= {_plain(alias): codec for alias, codec in aliases.items() if codec in _CODECS}
_NAMES |= {"x_sjis": "shift_jis", "windows_31j": "cp932"}
# The longer ones first: the mark of UTF-16 begins that of UTF-32.
_MARKS = (
    (codecs.BOM_UTF8, "utf_8"),
    (codecs.BOM_UTF32_LE, "utf_32_le"),
    (codecs.BOM_UTF32_BE, "utf_32_be"),
    (codecs.BOM_UTF16_LE, "utf_16_le"),
    (codecs.BOM_UTF16_BE, "utf_16_be"),
)
_XML = re.compile(rb"""<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")


def declared(content_type: bytes) -> str:
    """The charset parameter of a content type, in lower case; empty without one."""
    if b"charset" not in content_type.lower():
        return ""
    return parse_options_header(content_type)[1].get(b"charset", b"").decode("latin-1").lower()


def decode(raw: bytes, charset: str = "", *, xml: bool = False) -> str:
    """The text of a body. A byte order mark stands above `charset`, as in the Encoding Standard; without
    either, `xml` reads the declaration of a document (XML 1.0, 4.3.3). Raises `WrongMediaType` (415) for a
    charset that is not supported and `Malformed` (400) for bytes that are not in it."""
    for mark, codec in _MARKS:
        if raw.startswith(mark):
            return _decoded(raw[len(mark) :], codec, codec.replace("_", "-"))
    if not charset and xml and (found := _XML.match(raw)):
        charset = found[1].decode().lower()
    return _decoded(raw, known(charset or "utf-8"), charset or "utf-8")


def known(charset: str) -> str:
    """The codec of a charset. Raises `WrongMediaType` for one that is not supported."""
    codec = _NAMES.get(_plain(charset))
    if codec is None:
        raise WrongMediaType(
            f"The charset {charset[:40]!r} is not supported. Send UTF-8.", field="content-type"
        )
    return codec


def _decoded(raw: bytes, codec: str, name: str) -> str:
    try:
        return raw.decode(codec)
    except UnicodeDecodeError as error:
        raise Malformed(f"The body is not valid {name.upper()} (byte {error.start}).", field="body") from None
