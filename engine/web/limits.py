"""Bounds on a request's head, checked before any other work is done for it (RFC 6585, 5)."""

from collections.abc import Iterable

MAX_TARGET = 16 * 1024
"""Bytes of the address in the request line."""
MAX_FIELDS = 100
"""Header fields of one request."""
MAX_FIELD = 16 * 1024
"""Bytes of one field, its name included."""
MAX_HEADERS = 64 * 1024
"""Bytes of all fields together."""
LARGER = f"The header is larger than {MAX_HEADERS // 1024} kB."


def too_large(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Which bound the header fields exceed, in a sentence; None if they exceed none."""
    fields = total = 0
    for name, value in headers:
        size = len(name) + len(value)
        if size > MAX_FIELD:
            return f"One header field is larger than {MAX_FIELD // 1024} kB."
        fields += 1
        total += size
    if fields > MAX_FIELDS:
        return f"The request has more than {MAX_FIELDS} header fields."
    return LARGER if total > MAX_HEADERS else None
