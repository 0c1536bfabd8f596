"""The client that goes straight to our connections: what httpx's own does, request for request."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from engine.http.client import Client

SEEN = "http://service.test"
KIND = Client(base_url=SEEN, timeout=5, headers={"user-agent": "S"}, transport=httpx.AsyncBaseTransport())


class Service(httpx.AsyncBaseTransport):
    """A service that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.exactly: list[Any] = []
        self.closed = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((request.method, str(request.url), dict(request.headers)))
        self.exactly.append((request.headers.raw, await request.aread(), request.extensions))
        path = request.url.path
        if path == "/refused":
            raise httpx.ConnectError("nobody is there")
        if path == "/broken":
            return httpx.Response(200, stream=Stream(self, broken=True))
        if path == "/moved":
            return httpx.Response(302, headers={"location": "/there?x=1"}, stream=Stream(self))
        if path == "/nowhere":
            return httpx.Response(302, headers={"location": "http://[broken"}, stream=Stream(self))
        if path == "/cookie":
            return httpx.Response(200, headers={"set-cookie": "a=1; Path=/"}, stream=Stream(self))
        status = 401 if path == "/private" and "authorization" not in request.headers else 200
        return httpx.Response(status, headers={"content-type": "application/json"}, stream=Stream(self))


class Stream(httpx.AsyncByteStream):
    def __init__(self, service: Service, broken: bool = False) -> None:
        self.service, self.broken = service, broken

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b'{"ok":'
        if self.broken:
            raise httpx.ReadError("cut off")
        yield b"true}"

    async def aclose(self) -> None:
        self.service.closed += 1


class Token(httpx.Auth):
    def auth_flow(self, request: httpx.Request) -> Any:
        request.headers["authorization"] = "Bearer t"
        yield request


async def refuse(response: httpx.Response) -> None:
    await response.aread()
    if response.status_code >= 400:
        raise ValueError(f"refused: {response.text}")


async def mark(request: httpx.Request) -> None:
    request.headers["x-hook"] = "yes"


def ours(service: Service, auth: httpx.Auth | None) -> httpx.AsyncClient:
    return KIND.view(service, auth, {"x-more": "1"}, refuse)


def theirs(service: Service, auth: httpx.Auth | None) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=SEEN, transport=service, timeout=5, headers={"user-agent": "S", "x-more": "1"}, auth=auth,
        event_hooks={"response": [refuse]},
    )  # fmt: skip


Ask = Callable[[httpx.AsyncClient], Any]

ASKED: dict[str, Ask] = {
    "get": lambda client: client.get("/a", params={"q": "1"}),
    "post": lambda client: client.post("/a", json={"x": 1}, headers={"x-own": "2"}),
    "fields of its own": lambda client: client.post(
        f"{SEEN}/a",
        json={"x": "é", "y": None},
        headers=[("user-agent", "T"), ("X-Two", "1"), ("x-two", "2"), ("Content-Type", "application/x")],
    ),
    "a text": lambda client: client.patch(f"{SEEN}/a?b=c d", content="é", timeout=httpx.Timeout(3, read=9)),
    "nothing to say": lambda client: client.post(f"{SEEN}/a", content=b"", headers={"Host": "other.test"}),
    "nothing at all": lambda client: client.request("put", f"{SEEN}:8080/a"),
    "a length of its own": lambda client: client.post(f"{SEEN}/a", headers={"content-length": "0"}),
    "null": lambda client: client.post(f"{SEEN}/a", json=None),
    "what is no JSON": lambda client: client.post(f"{SEEN}/a", json={"x": float("nan")}),
    "a form": lambda client: client.post(f"{SEEN}/a", data={"x": "1"}),
    "a file": lambda client: client.post(
        f"{SEEN}/a", files={"x": b"1"}, headers={"content-type": "multipart/form-data; boundary=b"}
    ),
    "a stream": lambda client: client.post(f"{SEEN}/a", content=Stream(Service())),
    "further parameters": lambda client: client.get(f"{SEEN}/a?b=1", params={"q": "1"}),
    "a cookie": lambda client: client.get(f"{SEEN}/a", cookies={"c": "1"}),
    "an extension": lambda client: client.get(f"{SEEN}/a", extensions={"x": 1}),
    "no host": lambda client: client.get("http:///a"),
    "another protocol": lambda client: client.get("ftp://service.test/a"),
    "no address": lambda client: client.get("http://[broken"),
    "another host": lambda client: client.put("http://other.test/b", content=b"x"),
    "a built request": lambda client: client.send(client.build_request("DELETE", "/a", timeout=1)),
    "a request of somebody else's": lambda client: client.send(httpx.Request("GET", f"{SEEN}/a")),
    "moved": lambda client: client.get("/moved"),
    "moved and followed": lambda client: client.get("/moved", follow_redirects=True),
    "moved to no address": lambda client: client.get("/nowhere"),
    "a user in the address": lambda client: client.get("http://me:secret@service.test/private"),
    "refused": lambda client: client.get("/private"),
    "an auth of its own": lambda client: client.get("/private", auth=Token()),
    "nobody there": lambda client: client.get("/refused"),
    "cut off": lambda client: client.get("/broken"),
}


async def told(ask: Ask, client: httpx.AsyncClient, service: Service) -> Any:
    """All that can be seen of what became of a request."""
    client.event_hooks["request"].append(mark)
    try:
        response = await ask(client)
    except Exception as error:
        request = str(error.request.url) if isinstance(error, httpx.RequestError) else None
        return type(error), str(error), request, service.asked, service.exactly, service.closed
    following = response.next_request and str(response.next_request.url)
    return (
        response.status_code, response.json(), dict(response.headers), str(response.request.url), following,
        [str(one.url) for one in response.history], response.is_closed, response.elapsed.total_seconds() >= 0,
        service.asked, service.exactly, service.closed,
    )  # fmt: skip


@pytest.mark.parametrize("auth", [None, Token()], ids=["plain", "signed"])
@pytest.mark.parametrize("what", ASKED)
async def test_it_does_what_httpx_does(what: str, auth: httpx.Auth | None) -> None:
    service, other = Service(), Service()
    mine = await told(ASKED[what], ours(service, auth), service)
    assert mine == await told(ASKED[what], theirs(other, auth), other)


async def test_a_cookie_comes_back_to_the_client_that_got_it_and_to_no_other() -> None:
    service = Service()
    first, second = KIND.view(service), KIND.view(service)
    await first.get("/cookie")
    await first.get("/a")
    await second.get("/a")
    assert [headers.get("cookie") for *_, headers in service.asked] == [None, "a=1", None]


async def test_what_one_client_changes_no_other_sees() -> None:
    service = Service()
    first = KIND.view(service)
    first.headers["x-mine"] = "1"
    first.event_hooks["request"].append(mark)
    first.auth = Token()
    await KIND.view(service, None, {"x-yours": "2"}).get("/a")
    await KIND.view(service).get("/a")
    for *_, headers in service.asked:
        assert not {"x-mine", "x-hook", "authorization"} & headers.keys()
    assert ["x-yours" in headers for *_, headers in service.asked] == [True, False]


async def test_an_answer_can_be_read_as_it_comes() -> None:
    service = Service()
    client = KIND.view(service)
    async with client.stream("GET", "/a") as response:
        assert [part async for part in response.aiter_bytes()] == [b'{"ok":', b"true}"]


async def test_a_client_that_was_closed_sends_nothing() -> None:
    service = Service()
    client = ours(service, None)
    await client.aclose()
    with pytest.raises(RuntimeError, match="closed"):
        await client.get("/a")
    assert service.asked == []
