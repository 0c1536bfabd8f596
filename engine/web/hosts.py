"""The Host field of a request, checked before anything else is done, on every path (RFC 9112, 3.2).

What follows may build addresses of it, and a proxy in front may have read another one of two. Starlette reads
the path of `request.url` from the Host field as well, so `Host: x/public` must get nowhere (CVE-2026-48710).
"""

import re
from collections.abc import Iterable

_HOST = re.compile(rb"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


def problem(headers: Iterable[tuple[bytes, bytes]], http_version: str) -> str | None:
    """What is wrong with the Host field, in a sentence; None if nothing is. Names are in lower case."""
    hosts = [value for name, value in headers if name == b"host"]
    if not hosts:
        return "The request has no Host header." if http_version == "1.1" else None
    if len(hosts) > 1:
        return "The request has more than one Host header."
    return None if _HOST.fullmatch(hosts[0]) else "The Host header is not a host name with an optional port."
