"""gzip for what people's browsers and API clients read: pages, styles, scripts, JSON.

Streams are left alone, since an event must arrive when it is sent, and so is what must not be stored:
it may hold a secret beside something that the asker chose, and its length would tell of both.
"""

import asyncio
import zlib

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

KINDS = frozenset(
    {"text/html", "text/css", "text/plain", "text/javascript", "application/javascript", "application/json",
     "image/svg+xml"}
)  # fmt: skip
SMALLEST = 500  # bytes; fewer fit into a packet anyway
LARGE = 250_000  # bytes from which on the event loop does not wait for zlib: that is 3 ms
_LEVEL = 5  # of zlib: within a few hundredths of the smallest, in half the time
_GZIP = 16 + zlib.MAX_WBITS  # https://docs.python.org/3/library/zlib.html#zlib.compressobj


class Compression:
    """Compresses answers of `KINDS` for who accepts gzip."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            takes = accepts_gzip(Headers(scope=scope).get("accept-encoding", ""))
            send = _Answer(send, takes and scope["method"] != "HEAD").send
        await self._app(scope, receive, send)


class _Answer:
    """One answer on its way out."""

    def __init__(self, send: Send, takes: bool) -> None:
        self._send = send
        self._takes = takes
        self._start: Message = {}
        self._packer: zlib._Compress | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message  # sent with the first of the body, which tells how long it is
            return
        if message["type"] != "http.response.body":
            await self._send(message)
            return
        body, more = message.get("body", b""), message.get("more_body", False)
        if self._start:
            start, self._start = self._start, {}
            self._begin(start, None if more else len(body))
            if self._packer is not None and not more:
                packed = await _packed(self._packer, body, last=True)
                MutableHeaders(raw=start["headers"])["content-length"] = str(len(packed))
                self._packer, body = None, packed
            await self._send(start)
        if self._packer is not None:
            body = await _packed(self._packer, body, last=not more)
        await self._send({"type": "http.response.body", "body": body, "more_body": more})

    def _begin(self, start: Message, whole: int | None) -> None:
        """Decide, and say so in the headers. `whole` is the length of the body where it is known."""
        start["headers"] = list(start.get("headers") or ())
        headers = MutableHeaders(raw=start["headers"])
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in KINDS or "content-encoding" in headers:
            return
        if "no-store" in headers.get("cache-control", ""):
            return
        headers.add_vary_header("Accept-Encoding")
        length = int(headers.get("content-length", 0)) if whole is None else whole
        known = whole is not None or "content-length" in headers
        if not self._takes or start["status"] in (204, 206, 304) or (known and length < SMALLEST):
            return
        headers["content-encoding"] = "gzip"
        del headers["content-length"]
        del headers["accept-ranges"]
        etag = headers.get("etag")
        if etag and not etag.startswith("W/"):
            headers["etag"] = f"W/{etag}"  # the same content in other bytes
        self._packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)


async def _packed(packer: "zlib._Compress", body: bytes, *, last: bool) -> bytes:
    """The next bytes of an answer; a large one takes its time in a thread, which zlib lets run by itself."""

    def work() -> bytes:
        return packer.compress(body) + (packer.flush() if last else b"")

    return await asyncio.to_thread(work) if len(body) > LARGE else work()


def accepts_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding takes gzip. https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3"""
    found = {}
    for one in accepted.lower().split(","):
        name, _, weight = one.partition(";")
        found[name.strip()] = weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return found.get("gzip", found.get("*", False))
