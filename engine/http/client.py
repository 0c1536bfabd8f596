"""httpx's client, straight on our connections: the same interface for a fraction of the work.

Each call of a piece gets a client of its own, and most send one request with it. httpx makes a client anew in
as much time as our connection needs for the request, and looks for cookies, redirects and credentials where
there are none. A `Client` is a copy of one that was made before, and sends what needs none of that itself.
"""

import json as stdlib_json
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any

import httpx
from httpx import USE_CLIENT_DEFAULT

from engine.base import clock

OnAnswer = Callable[[httpx.Response], Awaitable[None]]


class Client(httpx.AsyncClient):
    """A client whose plain requests go straight to its transport."""

    def view(
        self,
        transport: httpx.AsyncBaseTransport,
        auth: httpx.Auth | None = None,
        headers: Mapping[str, str] | None = None,
        on_answer: OnAnswer | None = None,
    ) -> "Client":
        """A client with the same address and timeout, and further headers, which shares nothing that can be
        changed. `on_answer` is called with each response."""
        made = Client.__new__(Client)
        made.__dict__.update(self.__dict__)
        made._transport = transport
        made._headers = self._headers.copy()
        if headers:
            made._headers.update(headers)
        made._cookies = httpx.Cookies()
        made._auth = auth
        made.event_hooks = {} if on_answer is None else {"response": [on_answer]}
        return made

    def build_request(
        self,
        method: str,
        url: httpx.URL | str,
        *,
        content: Any = None,
        json: Any = None,
        headers: Any = None,
        timeout: Any = USE_CLIENT_DEFAULT,
        **others: Any,
    ) -> httpx.Request:
        """A request that `send` can send, as httpx builds it."""
        found = _address(url) if isinstance(url, str) and len(url) <= _LONGEST else None
        plain = found is not None and (content is None or isinstance(content, bytes | str))
        if not plain or self._cookies or self._params or any(one is not None for one in others.values()):
            return super().build_request(
                method, url, content=content, json=json, headers=headers, timeout=timeout, **others
            )
        assert found is not None
        address, host = found
        own = httpx.Headers(headers)._list
        names = {name for _, name, _ in own}
        fields = [field for field in self._headers._list if field[1] not in names] + own
        names.update(name for _, name, _ in fields)
        body = content.encode() if isinstance(content, str) else content or b""
        is_json = content is None and json is not None
        if is_json:
            body = stdlib_json.dumps(
                json, ensure_ascii=False, separators=(",", ":"), allow_nan=False
            ).encode()
        if body:
            if b"content-length" not in names:
                fields.append((b"Content-Length", b"content-length", b"%d" % len(body)))
        elif method.upper() in _WITH_BODY and names.isdisjoint(_FRAMING):
            fields.insert(0, (b"Content-Length", b"content-length", b"0"))
        if is_json and b"content-type" not in names:
            fields.append((b"Content-Type", b"content-type", b"application/json"))
        if b"host" not in names:
            fields.insert(0, (b"Host", b"host", host))
        allowed = self.timeout if timeout is USE_CLIENT_DEFAULT else httpx.Timeout(timeout)
        request = httpx.Request(
            method, address, stream=httpx.ByteStream(body), extensions={"timeout": allowed.as_dict()}
        )
        request.headers._list = fields
        request._content = body
        return request

    async def send(
        self,
        request: httpx.Request,
        *,
        stream: bool = False,
        auth: Any = USE_CLIENT_DEFAULT,
        follow_redirects: Any = USE_CLIENT_DEFAULT,
    ) -> httpx.Response:
        """Send a request, as httpx does."""
        signed = self._auth if auth is USE_CLIENT_DEFAULT else auth
        follows = self.follow_redirects if follow_redirects is USE_CLIENT_DEFAULT else follow_redirects
        plain = not (stream or signed or follows or self.is_closed or request.url.userinfo)
        if plain and "timeout" in request.extensions:
            return await self._send_plain(request)
        return await super().send(request, stream=stream, auth=auth, follow_redirects=follow_redirects)

    async def _send_plain(self, request: httpx.Request) -> httpx.Response:
        """Send a request without credentials to negotiate and redirects to follow, and read the answer."""
        hooks, began = self._event_hooks, clock.monotonic()
        for hook in hooks["request"]:
            await hook(request)
        try:
            response = await self._transport.handle_async_request(request)
            response.request, response.default_encoding = request, self._default_encoding
            try:
                if "set-cookie" in response.headers:
                    self.cookies.extract_cookies(response)
                for hook in hooks["response"]:
                    await hook(response)
                if response.has_redirect_location:
                    response.next_request = self._build_redirect_request(request, response)
                await response.aread()
            except BaseException:
                await response.aclose()
                raise
        except httpx.RequestError as error:
            error.request = request
            raise
        response.elapsed = timedelta(seconds=clock.monotonic() - began)
        return response


_LONGEST = 2_000  # characters of an address that is remembered
_WITH_BODY = ("POST", "PUT", "PATCH")
_FRAMING = (b"content-length", b"transfer-encoding")


@lru_cache(1024)
def _address(url: str) -> tuple[httpx.URL, bytes] | None:
    """An absolute address and its Host field; none where httpx has to look closer.

    Raises httpx.InvalidURL.
    """
    found = httpx.URL(url)
    return (found, found.netloc) if found.is_absolute_url and found.host else None
