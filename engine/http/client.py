"""httpx's client, straight on our connections: the same interface for a fraction of the work.

Each call of a piece gets a client of its own, and most send one request with it. httpx makes a client anew in
as much time as our connection needs for the request, and looks for cookies, redirects and credentials where
there are none. A `Client` is a copy of one that was made before, and sends what needs none of that itself.
"""

import copy
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
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
        made = copy.copy(self)
        made._transport = transport
        made._headers = self._headers.copy()
        made._headers.update(headers)
        made._cookies = httpx.Cookies()
        made._auth = auth
        made.event_hooks = {} if on_answer is None else {"response": [on_answer]}
        return made

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
