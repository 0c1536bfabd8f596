"""What this machine could do at most: the same server stack answering 202 after parsing, and the same
after one group-committed insert.

Run as a program: `python -m ui.cli.bench.ceiling PORT FOLDER DURABILITY`.
"""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from engine.base import jsonbody
from engine.base.ids import new_id
from engine.store.bench import BenchStore


def endpoint(store: Callable[[str, bytes], Awaitable[None]] | None) -> ASGIApp:
    """Reads and parses the body, stores it if there is a store, answers 202 with a run's id."""

    class Endpoint:
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            message = await receive()
            body = message.get("body", b"")
            while message.get("more_body"):
                message = await receive()
                body += message.get("body", b"")
            jsonbody.loads(body)
            run_id = new_id("run")
            if store is not None:
                await store(run_id, body)
            content = b'{"run_id":"%b"}' % run_id.encode()
            headers = [
                (b"content-type", b"application/json"),
                (b"content-length", str(len(content)).encode()),
            ]
            await send({"type": "http.response.start", "status": 202, "headers": headers})
            await send({"type": "http.response.body", "body": content})

    return Endpoint()


def make_app(store: BenchStore) -> Starlette:
    """`POST /parse` and `POST /commit`."""
    return Starlette(
        routes=[
            Route("/parse", endpoint(None), methods=["POST"]),
            Route("/commit", endpoint(store.insert_payload), methods=["POST"]),
        ]
    )


def main() -> None:
    port, folder, durability = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    store = BenchStore(folder / "ceiling.db", durability)  # type: ignore[arg-type]
    uvicorn.run(make_app(store), host="127.0.0.1", port=port, log_level="warning", access_log=False,
                loop="uvloop", http="httptools", server_header=False)  # fmt: skip
    store.close()


if __name__ == "__main__":
    main()
