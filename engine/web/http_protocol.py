"""The HTTP protocol of the server: uvicorn's over httptools, with bounds and deadlines for what is not a
request yet, and a short way to the intake.

uvicorn with httptools has no limit on a head: sixty megabytes of header would be read and stored, and a head
that never ends would hold its connection for good. Both are cut here, before anything else is done, on every
path (RFC 6585, 5; RFC 9110, 15.5.9 and 15.5.15; RFC 9112, 3.2 for the Host field).

A request to the intake becomes an `Exchange`, which takes its turn among the requests of its connection like
any other (RFC 9112, 9.3.2), and never becomes an ASGI scope.
"""

import asyncio
from http import HTTPStatus
from typing import ClassVar

import orjson
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from engine.base import clock
from engine.base.settings import Settings
from engine.intake.addresses import PREFIX, Addresses
from engine.intake.request import Request

from . import hosts, limits
from .exchange import Exchange

_PREFIX = PREFIX.encode()


class _Refused(Exception):
    """Ends the parsing of a request; the refusal is on the protocol."""


class BoundedHttpProtocol(HttpToolsProtocol):
    """Refuses a head that is too large, and a head or body that does not arrive in time."""

    HEAD_SECONDS = 20.0
    """From the connection, or the first byte of a request, to the end of its head."""
    BODY_SECONDS = 120.0
    """From the end of the head to the end of the body."""

    intake: ClassVar[Addresses | None] = None
    """What is answered without ASGI; `with_intake` sets it."""
    max_body: ClassVar[int] = 0
    proxies: ClassVar[ProxyHeadersMiddleware | None] = None

    _in_head = True
    _head = 0  # bytes of the head that came in earlier reads
    _header = 0  # bytes of the header fields so far
    _hosts = 0  # Host fields of this request
    _host = b""  # the last of them
    _known_host = b""  # a Host that was found good on this connection
    _trailer = 0  # bytes of the trailer fields so far
    _since: float | None = None  # when the part began that is being read; None between requests
    _idle_since: float | None = None  # when the last answer was sent, while no request follows
    _refusal: tuple[int, str, str] | None = None
    _farewell = b""  # a refusal that waits for the answers before it
    _half_closed = False  # the other side sends nothing more
    _timer: clock.Timer | None = None
    _exchange: Exchange | None = None  # the request that is being read, if it is the intake's
    _source = ""
    _behind_proxy = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.client is not None:
            self._source = str(self.client[0])
            self._behind_proxy = self.proxies is not None and self._source in self.proxies.trusted_hosts
        self._since = clock.monotonic()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for cycle, _ in self.pipeline:
            if isinstance(cycle, Exchange):
                cycle.break_off()
        self.pipeline.clear()
        if isinstance(self.cycle, Exchange):
            if not self.cycle.response_complete:
                self.cycle.break_off()
            self.cycle = None  # type: ignore[assignment]
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

    def eof_received(self) -> bool:  # type: ignore[override]
        """The other side sends nothing more; an event that it has sent is answered all the same."""
        self._half_closed = isinstance(self.cycle, Exchange) and not self.cycle.response_complete
        return self._half_closed and not self.cycle.more_body

    # -- callbacks of the parser --------------------------------------------------------------------

    def on_message_begin(self) -> None:
        self.url, self.headers, self.expect_100_continue = b"", [], False
        self._in_head, self._head, self._header, self._trailer, self._hosts = True, 0, 0, 0, 0
        self._idle_since = None
        if self._since is None:
            self._since = clock.monotonic()

    def on_url(self, url: bytes) -> None:
        self.url += url
        if len(self.url) > limits.MAX_TARGET:
            text = f"The address is longer than {limits.MAX_TARGET // 1024} kB."
            self._refusal = (414, "address_too_long", text)
            raise _Refused

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._in_head:
            # A trailer of a chunked body. It must not be merged into the header (RFC 9110, 6.5.1): a proxy
            # that removes a field, or sets one, does so in the header only.
            self._trailer += len(name) + len(value)
            if self._trailer > limits.MAX_FIELD:
                self._refusal = (431, "headers_too_large", "The trailer is too large.")
                raise _Refused
            return
        name = name.lower()
        if name == b"host":
            self._host = value
            self._hosts += 1
        elif name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))
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
        if self._hosts != 1 or self._host != self._known_host:
            if reason := hosts.problem(self.headers, self.parser.get_http_version()):
                self._refusal = (400, "malformed", reason)
                raise _Refused
            self._known_host = self._host
        self._in_head = False
        self._since = clock.monotonic()
        self._exchange = self._exchange_of_head()
        if self._exchange is None:
            self._begin_cycle()
        else:
            self._begin_exchange(self._exchange)

    def on_body(self, body: bytes) -> None:
        if self._exchange is None:
            super().on_body(body)
        elif self._exchange.more_body:
            self._exchange.add_body(body)
            self._start_if_ready(self._exchange)

    def on_message_complete(self) -> None:
        self._since = None
        exchange, self._exchange = self._exchange, None
        if exchange is None:
            super().on_message_complete()
        elif exchange.more_body:
            exchange.complete()
            self._start_if_ready(exchange)

    # -- requests and their order -------------------------------------------------------------------

    def _exchange_of_head(self) -> Exchange | None:
        """The request whose head is complete, if its address is plainly one of the intake's."""
        url = self.url
        if self.intake is None or not url.startswith(_PREFIX) or not url.isascii() or b"#" in url:
            return None
        path, _, query = url.partition(b"?")
        if b"%" in path or self.parser.should_upgrade() or self.limit_concurrency is not None:
            return None
        found = self.intake.find(path.decode())
        if found is None:
            return None
        intake, flow_id = found
        parser = self.parser
        request = Request(parser.get_method().decode(), path, query, self.headers, b"", self._sender())
        keep_alive = parser.get_http_version() != "1.0" and parser.should_keep_alive()
        return Exchange(
            self, intake, flow_id, request, self.max_body,
            keep_alive=keep_alive, continues=self.expect_100_continue,
        )  # fmt: skip

    def _sender(self) -> str:
        """The sender's address; behind a trusted proxy what that says."""
        if self._behind_proxy:
            forwarded = [value for name, value in self.headers if name == b"x-forwarded-for"]
            if forwarded:
                assert self.proxies is not None
                text = b", ".join(forwarded).decode("latin-1")
                return self.proxies.trusted_hosts.get_trusted_client_address(text)[0] or self._source
        return self._source

    def _begin_cycle(self) -> None:
        """Take the way through ASGI: what uvicorn does at the beginning of a message is made up for."""
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.headers, self.expect_100_continue = url, headers, expects
        self.scope["headers"] = headers
        super().on_headers_complete()

    def _begin_exchange(self, exchange: Exchange) -> None:
        earlier = self.cycle
        self.cycle = exchange  # type: ignore[assignment]
        if earlier is None or earlier.response_complete:
            exchange.take_turn()
            self._start_if_ready(exchange)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((exchange, self.app))  # type: ignore[arg-type]

    def _start_asgi_task(self, cycle: object, app: object) -> None:
        """A request's turn has come."""
        if isinstance(cycle, Exchange):
            cycle.take_turn()
            self._start_if_ready(cycle)
        else:
            super()._start_asgi_task(cycle, app)  # type: ignore[arg-type]

    def _start_if_ready(self, exchange: Exchange) -> None:
        if not exchange.is_ready or self.transport.is_closing():
            return  # what comes behind the last answer of a connection is not done (RFC 9112, 9.6)
        if not exchange.start_at_once():
            task = self.loop.create_task(exchange.run())
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    def on_response_complete(self) -> None:
        """An answer was sent: the next one's turn."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif self._farewell:
            self.transport.write(self._farewell)
            self.transport.close()
        elif self._half_closed:
            self.transport.close()
        else:
            self._idle_since = clock.monotonic()

    # -- the connection of an exchange --------------------------------------------------------------

    @property
    def is_read_too_slowly(self) -> bool:
        return self.flow.write_paused

    async def drain(self) -> None:
        if self.flow.write_paused:
            await self.flow.drain()

    def write(self, data: bytes) -> None:
        self.transport.write(data)

    def default_headers(self) -> bytes:
        return b"".join(b"%b: %b\r\n" % pair for pair in self.server_state.default_headers)

    def answered(self, exchange: Exchange) -> None:
        if not exchange.keep_alive:
            self.transport.close()
        self.on_response_complete()

    # -- refusals -----------------------------------------------------------------------------------

    def send_400_response(self, msg: str) -> None:
        status, code, message = self._refusal or (400, "malformed", "This is not a valid HTTP/1.1 request.")
        self._refuse(status, code, message)

    def _refuse(self, status: int, code: str, message: str) -> None:
        """Answer and close, once what came before is answered. Not where an answer to this request has begun:
        its reader would take this for a part of it."""
        self._refusal = (status, code, message)
        body = orjson.dumps({"error": {"code": code, "message": message}})
        head = (
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        if not self._in_head and self.pipeline and self.pipeline[0][0] is self.cycle:
            refused, _ = self.pipeline.popleft()  # it is this request, which never had its turn
            if isinstance(refused, Exchange):
                refused.break_off()
            self._farewell = head.encode() + body
            return
        open_ = self.cycle is not None and not self.cycle.response_complete
        if open_ and self._in_head:
            self._farewell = head.encode() + body
            return
        if not (open_ and self.cycle.response_started):
            self.transport.write(head.encode() + body)
        self.transport.close()

    def _watch(self) -> None:
        """Look at this connection again and again; one timer a connection is cheaper than one a request."""
        now = clock.monotonic()
        patience = self.HEAD_SECONDS if self._in_head else self.BODY_SECONDS
        if self._since is not None and now - self._since >= patience:
            if self._in_head and self._head == 0:  # not a byte of a request: nobody waits for an answer
                self.transport.close()
            else:
                part = "header" if self._in_head else "body"
                self._refuse(408, "request_timeout", f"The {part} did not arrive in time.")
            return
        if self._idle_since is not None and now - self._idle_since >= self.timeout_keep_alive:
            self.transport.close()
            return
        self._timer = clock.call_later(min(self.HEAD_SECONDS, self.BODY_SECONDS) / 4, self._watch)


def with_intake(intake: Addresses, settings: Settings) -> type[BoundedHttpProtocol]:
    """The protocol of a server whose intake is answered without ASGI."""

    async def nowhere(*_args: object) -> None:
        """In the place of an application; never called."""

    members = {
        "intake": intake,
        "max_body": settings.max_body_bytes,
        "proxies": ProxyHeadersMiddleware(nowhere, settings.forwarded_allow_ips),
    }
    return type("IntakeHttpProtocol", (BoundedHttpProtocol,), members)
