"""A request to the intake between the HTTP parser and its answer, without ASGI in between.

It stands where uvicorn has its request-response cycle, and costs a fraction of it: no scope, no middleware,
no messages. What is no plain address of the intake (a path with `%` in it, say) goes through ASGI, to the
same `Intake`.
"""

import logging
from http import HTTPStatus
from typing import Protocol

from engine.base.errors import Malformed, SwitchyardError, TooLarge, Unforeseen
from engine.intake.answers import IntakeAnswer, refusal
from engine.intake.request import Request
from engine.intake.webhooks import Intake

log = logging.getLogger("switchyard.intake")

_STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Connection(Protocol):
    """What an exchange needs of its connection."""

    @property
    def is_read_too_slowly(self) -> bool:
        """Whether the other side lets answers pile up."""

    async def drain(self) -> None:
        """Wait while the other side reads too slowly."""

    def write(self, data: bytes) -> None:
        """Send bytes."""

    def default_headers(self) -> bytes:
        """The header lines that every answer has."""

    def answered(self, exchange: "Exchange") -> None:
        """The answer to the exchange was sent."""


class Exchange:
    """One request and its answer. It begins once its body is complete and those before it on the connection
    are answered."""

    __slots__ = (
        "_body", "_continues", "_error", "_intake", "_is_next", "_limit", "_size", "connection",
        "disconnected", "flow_id", "keep_alive", "more_body", "request", "response_complete",
        "response_started",
    )  # fmt: skip

    def __init__(
        self,
        connection: Connection,
        intake: Intake,
        flow_id: str,
        request: Request,
        limit: int,
        *,
        keep_alive: bool,
        continues: bool,
    ) -> None:
        """`limit` is the largest body in bytes; with `continues` the sender waits for `100 Continue` (RFC
        9110, 10.1.1)."""
        self.connection = connection
        self.flow_id = flow_id
        self.request = request
        self.keep_alive = keep_alive
        self.more_body = True
        self.disconnected = False
        self.response_started = self.response_complete = False
        self._intake = intake
        self._limit = limit
        self._continues = continues
        self._is_next = False
        # One buffer: a list of chunks of two bytes would take 28 times as much memory.
        self._body: bytes | bytearray = b""
        self._size = 0
        self._error: SwitchyardError | None = None
        for name, value in request.headers:
            if name == b"content-length" and value.isdigit() and (len(value) > 18 or int(value) > limit):
                self._fail(TooLarge(f"The body is larger than {limit:,} bytes."))

    @property
    def is_ready(self) -> bool:
        """Whether it can be answered now."""
        return self._is_next and not self.more_body

    def take_turn(self) -> None:
        """All before it on the connection are answered."""
        self._is_next = True
        if self._continues and self.more_body:
            self._continues = False
            self.connection.write(_CONTINUE)

    def add_body(self, part: bytes) -> None:
        """Take a part of the body; what follows a body that is too large is not stored."""
        if not self.more_body:
            return
        self._size += len(part)
        if self._size > self._limit:
            self._fail(TooLarge(f"The body is larger than {self._limit:,} bytes."))
        elif not self._body:
            self._body = part
        else:
            if isinstance(self._body, bytes):
                self._body = bytearray(self._body)
            self._body += part

    def complete(self) -> None:
        """The body came to its end."""
        self.more_body = False
        self.request.body, self._body = bytes(self._body), b""

    def break_off(self) -> None:
        """The connection is lost; a request that was not complete is refused, where that can be seen."""
        self.disconnected = True
        if self.more_body:
            self._fail(Malformed("The connection closed before the body was complete."))
            self._refuse()

    async def run(self) -> None:
        """Receive the request, and send the answer."""
        try:
            answer = await self._answer()
        except Exception:  # a defect of ours; the sender is not to wait for an answer without end
            log.exception("an event could not be answered")
            answer = refusal(Unforeseen())
        if not self.disconnected:
            await self.connection.drain()
            self._send(answer)

    def start_at_once(self) -> bool:
        """Receive the request without a task, where it is a usual one; else `run` is to do it."""
        if self._error is not None or self.connection.is_read_too_slowly:
            return False
        return self._intake.start_at_once(self.flow_id, self.request, self._send)

    def _send(self, answer: IntakeAnswer) -> None:
        if not self.disconnected:
            self.connection.write(self._encode(answer))
            self.response_started = self.response_complete = True
            self.connection.answered(self)

    async def _answer(self) -> IntakeAnswer:
        if self._error is not None:
            return self._refuse()
        return await self._intake.receive(self.flow_id, self.request)

    def _fail(self, error: SwitchyardError) -> None:
        self.more_body = False
        self._error = error
        self._body = b""

    def _refuse(self) -> IntakeAnswer:
        assert self._error is not None
        return self._intake.refuse(self.flow_id, self.request, self._error)

    def _encode(self, answer: IntakeAnswer) -> bytes:
        status, headers, body = answer
        lines = [_STATUS_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status, self.connection.default_headers()]
        for name, value in headers:
            lines.append(b"%b: %b\r\n" % (name, value))
            if name == b"connection" and value == b"close":
                self.keep_alive = False
        if status != 204:  # which must not have a length, RFC 9110, 8.6
            lines.append(b"content-length: %d\r\n" % len(body))
        lines.append(self._intake.header_lines)
        if not self.keep_alive and (b"connection", b"close") not in headers:
            lines.append(b"connection: close\r\n")
        lines.append(b"\r\n")
        if self.request.method != "HEAD":
            lines.append(body)
        return b"".join(lines)
