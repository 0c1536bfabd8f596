"""Keeps a connection's credentials at the origins that they belong to, redirects included."""

from collections.abc import AsyncGenerator, Callable

import httpx

from ._origins import Targets

_PLACED = "credentials"  # the extension of a request that names the headers with credentials

Refuse = Callable[[httpx.URL], Exception]


class FencedAuth(httpx.Auth):
    """Puts credentials on each request to the targets, and on no other.

    A request elsewhere goes without, or raises what `refuse` gives. A client also needs `strip` as its
    request hook: httpx follows redirects without asking its auth again.
    """

    def __init__(self, inner: httpx.Auth, targets: Targets, refuse: Refuse | None = None) -> None:
        self._inner = inner
        self._targets = targets
        self._refuse = refuse

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        if not self._targets.allow(request.url):
            if self._refuse is not None:
                raise self._refuse(request.url)
            yield request
            return
        before = dict(request.headers)
        flow = self._inner.async_auth_flow(request)
        try:
            sent = await anext(flow)
            while True:
                changed = {name for name, value in sent.headers.items() if before.get(name) != value}
                sent.extensions[_PLACED] = {*sent.extensions.get(_PLACED, ()), *changed}
                response = yield sent
                sent = await flow.asend(response)
        except StopAsyncIteration:
            return
        finally:
            await flow.aclose()

    async def strip(self, request: httpx.Request) -> None:
        """Take the credentials off a request that goes elsewhere."""
        if not self._targets.allow(request.url):
            for name in credential_headers(request):
                request.headers.pop(name, None)


def credential_headers(request: httpx.Request) -> set[str]:
    """The names of the headers that carry a connection's credentials, or did before a redirect."""
    return set(request.extensions.get(_PLACED, ()))
