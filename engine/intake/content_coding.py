"""Content codings of request bodies (RFC 9110, 8.4): gzip and deflate, decoded within a bound."""

import zlib

from engine.base.errors import Malformed, TooLarge, UnsupportedCoding

ACCEPTED = ("gzip", "deflate")
_GZIP = (b"gzip", b"x-gzip")
_NONE = (b"", b"identity", b"none", b"utf-8", b"utf8", b"7bit", b"8bit", b"binary")
"""No coding, and what senders write who mean the charset or a mail's Content-Transfer-Encoding."""
_MOST = 3
"""Codings on one body, one inside the other."""
_MEMBERS = 1000
"""Members of one gzip file. An empty one is 20 bytes, and each costs a decompressor of its own."""
_CHUNK = 65_536  # bytes; what is left of one is copied at the end of a member


def decode(raw: bytes, coding: bytes, limit: int) -> bytes:
    """The body without its content codings; `coding` is the value of Content-Encoding.

    Raises `UnsupportedCoding` (415), `TooLarge` (413) as soon as more than `limit` bytes come out, and
    `Malformed` (400) for a body that is cut off or damaged.
    """
    names = [name for part in coding.split(b",") if (name := part.strip().lower()) not in _NONE]
    if len(names) > _MOST:
        raise UnsupportedCoding("The body has too many content codings.", field="content-encoding")
    for name in reversed(names):  # listed in the order in which they were applied
        if name in _GZIP:
            raw = _inflate(raw, zlib.MAX_WBITS | 16, limit)
        elif name == b"deflate":
            # Named after the zlib format, but some senders leave its two bytes of header out.
            raw = _inflate(raw, zlib.MAX_WBITS if _has_zlib_header(raw) else -zlib.MAX_WBITS, limit)
        else:
            text = name.decode("latin-1")[:40]
            raise UnsupportedCoding(
                f"The content coding {text!r} is not supported. Send gzip, deflate or no coding.",
                field="content-encoding",
            )
    return raw


def _inflate(raw: bytes, bits: int, limit: int) -> bytes:
    parts: list[bytes] = []
    room, members = limit, 0
    stream: zlib._Decompress | None = None
    rest = memoryview(raw)
    while rest:
        if stream is None:  # a gzip file may have several members, RFC 1952, 2.2
            members += 1
            if members > _MEMBERS:
                raise TooLarge(f"The body has more than {_MEMBERS:,} gzip members.")
            stream = zlib.decompressobj(bits)
        chunk, rest = rest[:_CHUNK], rest[_CHUNK:]
        try:
            part = stream.decompress(chunk, room + 1)
        except zlib.error:
            raise Malformed("The body cannot be decompressed: it is damaged.", field="body") from None
        room -= len(part)
        if room < 0:
            raise TooLarge(f"The decompressed body is larger than {limit:,} bytes.")
        parts.append(part)
        if stream.eof:
            if bits <= zlib.MAX_WBITS:
                return b"".join(parts)
            rest = _after_padding(memoryview(raw)[len(raw) - len(rest) - len(stream.unused_data) :])
            stream = None
    if stream is not None:
        raise Malformed("The body cannot be decompressed: it is incomplete.", field="body")
    return b"".join(parts)


def _after_padding(rest: memoryview) -> memoryview:
    """What follows the zeros that some writers put behind a member."""
    while rest and rest[0] == 0:
        chunk = bytes(rest[:_CHUNK])
        rest = rest[len(chunk) - len(chunk.lstrip(b"\0")) :]
    return rest


def _has_zlib_header(raw: bytes) -> bool:
    """RFC 1950, 2.2: the method is 8 and the first two bytes are a multiple of 31."""
    return len(raw) > 1 and raw[0] & 0x0F == 8 and (raw[0] << 8 | raw[1]) % 31 == 0
