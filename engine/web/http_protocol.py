"""The HTTP protocol of the server: uvicorn's over httptools, with bounds and deadlines for what is not a
request yet.

uvicorn with httptools has no limit on a head: sixty megabytes of header would be read and stored, and a head
that never ends would hold its connection for good. Both are cut here, before anything else is done, on every
path (RFC 6585, 5; RFC 9110, 15.5.9 and 15.5.15; RFC 9112, 3.2 for the Host field).
"""

import asyncio
from http import HTTPStatus

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from engine.base import clock

from . import hosts, limits


class _Refused(Exception):
    """Ends the parsing of a request; the refusal is on the protocol."""


class BoundedHttpProtocol(HttpToolsProtocol):
    """Refuses a head that is too large, and a head or body that does not arrive in time."""

    HEAD_SECONDS = 20.0
    """From the connection, or the first byte of a request, to the end of its head."""
    BODY_SECONDS = 120.0
    """From the end of the head to the end of the body."""

    _in_head = True
    _head = 0  # bytes of the head that came in earlier reads
    _header = 0  # bytes of the header fields so far
    _since: float | None = None  # when the part began that is being read; None between requests
    _refusal: tuple[int, str, str] | None = None
    _timer: clock.Timer | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._since = clock.monotonic()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refusal is not None:  # the answer is on its way; what still comes is not read
            return
        if self._in_head and self._head > limits.MAX_HEADERS + limits.MAX_TARGET:
            self._refuse(
                431, "headers_too_large", f"The header is larger than {limits.MAX_HEADERS // 1024} kB."
            )
            return
        super().data_received(data)
        if self._in_head:
            self._head += len(data)

    # -- callbacks of the parser --------------------------------------------------------------------

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._head, self._header = True, 0, 0
        if self._since is None:
            self._since = clock.monotonic()

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > limits.MAX_TARGET:
            text = f"The address is longer than {limits.MAX_TARGET // 1024} kB."
            self._refusal = (414, "address_too_long", text)
            raise _Refused

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        size = len(name) + len(value)
        self._header += size
        # The usual header costs three comparisons; which bound was exceeded is found out afterwards.
        if (
            size > limits.MAX_FIELD
            or self._header > limits.MAX_HEADERS
            or len(self.headers) > limits.MAX_FIELDS
        ):
            self._refusal = (431, "headers_too_large", str(limits.too_large(self.headers)))
            raise _Refused

    def on_headers_complete(self) -> None:
        if reason := hosts.problem(self.headers, self.parser.get_http_version()):
            self._refusal = (400, "malformed", reason)
            raise _Refused
        self._in_head = False
        self._since = clock.monotonic()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._since = None
        super().on_message_complete()

    # -- refusals -----------------------------------------------------------------------------------

    def send_400_response(self, msg: str) -> None:
        status, code, message = self._refusal or (400, "malformed", "This is not a valid HTTP/1.1 request.")
        self._refuse(status, code, message)

    def _refuse(self, status: int, code: str, message: str) -> None:
        """Answer and close. Not where an answer has begun: its reader would take this for a part of it."""
        self._refusal = (status, code, message)
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            body = orjson.dumps({"error": {"code": code, "message": message}})
            head = (
                f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ncontent-type: application/json\r\n"
                f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
            )
            self.transport.write(head.encode() + body)
        self.transport.close()

    def _watch(self) -> None:
        """Look at this connection again and again; one timer a connection is cheaper than one a request."""
        patience = self.HEAD_SECONDS if self._in_head else self.BODY_SECONDS
        if self._since is not None and clock.monotonic() - self._since >= patience:
            if self._in_head and self._head == 0:  # not a byte of a request: nobody waits for an answer
                self.transport.close()
            else:
                part = "header" if self._in_head else "body"
                self._refuse(408, "request_timeout", f"The {part} did not arrive in time.")
            return
        self._timer = clock.call_later(min(self.HEAD_SECONDS, self.BODY_SECONDS) / 4, self._watch)
