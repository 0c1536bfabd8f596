"""A request to the intake, free of ASGI: what an HTTP parser knows of it."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(slots=True)
class Request:
    """One request, complete. Header names are in lower case; `body` is the bytes as they were received."""

    method: str
    path: bytes
    """The raw path, percent-encoded as it came."""
    query_string: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes
    source: str = ""
    """The sender's address, as far as the server knows it."""

    def all(self, name: bytes) -> Iterator[bytes]:
        """The values of each header field with this name, in order."""
        return (value for field, value in self.headers if field == name)

    def header(self, name: bytes) -> bytes:
        """The value of a header; its last field where it is repeated, empty where it is missing."""
        found = b""
        for field, value in self.headers:
            if field == name:
                found = value
        return found
