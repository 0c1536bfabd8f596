"""A refused request as bytes to be sealed, and back: all that is needed to receive it again."""

import orjson

from .request import Request


def encode(request: Request, *, whole: bool) -> bytes:
    """The request as bytes; its body only if it is `whole`."""
    head = {
        "method": request.method,
        "path": request.path.decode("latin-1"),
        "query": request.query_string.decode("latin-1"),
        "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in request.headers],
        "source": request.source,
    }
    return orjson.dumps(head) + b"\n" + (request.body if whole else b"")


def decode(content: bytes) -> Request:
    """The request of `encode`."""
    text, _, body = content.partition(b"\n")  # JSON holds no line break
    head = orjson.loads(text)
    return Request(
        head["method"],
        head["path"].encode("latin-1"),
        head["query"].encode("latin-1"),
        [(name.encode("latin-1"), value.encode("latin-1")) for name, value in head["headers"]],
        body,
        head["source"],
    )
