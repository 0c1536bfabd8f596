"""A careless service: it repeats the credentials that it was sent, in every encoding that services use.

async with echoing() as echo: …   echo.url, echo.seen
"""

import asyncio
import base64
import html
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus


@dataclass
class Echo:
    """Where the service is, and the credentials that reached it."""

    url: str = ""
    port: int = 0
    seen: list[str] = field(default_factory=list)


def encodings(secret: str) -> dict[str, str]:
    """How a service may write what it was sent."""
    upper = quote(secret, safe="")
    found = {
        "raw": secret,
        "URL": upper,
        "URL in small letters": re.sub("%..", lambda code: code[0].lower(), upper),
        "form": quote_plus(secret),
        "HTML": html.escape(secret),
        "JSON": json.dumps(secret)[1:-1],
        "JSON within JSON": json.dumps(json.dumps(secret))[1:-1],
    }
    for before in ("", "a", "ab"):
        plain = f"{before}{secret}".encode()
        found[f"base64 behind {len(before)}"] = base64.b64encode(plain + b"-z").decode()
        found[f"base64 for addresses behind {len(before)}"] = base64.urlsafe_b64encode(plain).decode()
    return found


@asynccontextmanager
async def echoing() -> AsyncIterator[Echo]:
    """`/body` and `/headers` answer 200, `/error` 400, `/denied` 401, `/later` 503, `/text` with plain text,
    `/away` leads to `/body`."""
    echo = Echo()
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with suppress(asyncio.IncompleteReadError, asyncio.CancelledError, OSError):
            while True:
                writer.write(_answer(echo, *await _request(reader)))
                await writer.drain()
        writer.close()
        tasks.discard(task)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    echo.port = server.sockets[0].getsockname()[1]
    echo.url = f"http://127.0.0.1:{echo.port}"
    try:
        yield echo
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _request(reader: asyncio.StreamReader) -> tuple[str, dict[str, str]]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    await reader.readexactly(int(headers.get("content-length", 0)))
    return first.split(" ")[1], headers


def _answer(echo: Echo, path: str, headers: dict[str, str]) -> bytes:
    sent = [value for name, value in headers.items() if name in ("authorization", "x-key")]
    sent += [part.partition("=")[2] for part in path.partition("?")[2].split("&") if part]
    echo.seen += sent
    credentials = [value.partition(" ")[2] or value for value in sent]
    credentials += [
        base64.b64decode(one).decode() for one in credentials if one.endswith("=") and ":" not in one
    ]
    written = {
        f"{n} {name}": text for n, one in enumerate(credentials) for name, text in encodings(one).items()
    }
    where = path.partition("?")[0]
    status = {"/error": "400 Bad Request", "/denied": "401 Unauthorized", "/later": "503 Later",
              "/away": "302 Found"}.get(where, "200 OK")  # fmt: skip
    body, kind, more = json.dumps({"received": sent, "written": written}), "application/json", ""
    if where in ("/text", "/error", "/denied", "/later"):
        body, kind = "You sent " + " and ".join([*sent, *written.values()]), "text/plain"
    if where == "/headers":
        more = "".join(f"X-Echo-{n}: {text}\r\n" for n, text in enumerate([*sent, *written.values()]))
    if where == "/away":
        more = "Location: /body\r\n"
    content = body.encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n{more}\r\n"
    return head.encode("latin-1") + content
