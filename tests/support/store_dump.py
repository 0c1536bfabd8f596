"""Make the dump of a store with data in it, for the tests of upgrades: `tests/data/schema-N.sql`.

    python -m tests.support.store_dump CHECKOUT > tests/data/schema-8.sql

starts the server of a checkout (any commit that has one), fills it over HTTP with one of each thing that its
version knows, stops it and prints the statements that create the same store again. What a version does not
know is left out. Make the dump of a schema before the next one replaces it.
"""

import hashlib
import hmac
import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx

SECRET_KEY = "c3dpdGNoeWFyZC10ZXN0LWtleS1vZi0zMi1ieXRlcyE="
"""What the connections of the dumps are encrypted with: base64 of 32 bytes."""
SIGNING_SECRET = "only-a-test-secret"
"""Signs the events of the flow Orders, as GitHub does."""
ADMIN = ("admin@example.com", "a quite unusual phrase 42")

_SWITCHYARD = """
import sys
try:
    from ui.cli.main import main
except ImportError:
    from ui.cli import main
sys.argv[0] = "switchyard"
main()
"""
_NOT_KNOWN = (404, 405)
_BLOB = re.compile(r"\bX'([0-9A-F]*)'")


def step(piece: str, action: str, next: str | None = None, **input: Any) -> dict[str, Any]:
    return {"type": "action", "piece": piece, "action": action, "input": input, "next": next}


ORDERS = {
    "format": 1,
    "name": "Orders",
    "samples": {"paid": {"body": {"kind": "paid", "id": "o-1"}}},
    "triggers": [
        {
            "name": "webhook",
            "piece": "webhook",
            "trigger": "catch",
            "input": {
                "verify": {"scheme": "github", "connection": "orders-signing"},
                "dedupe": "trigger.body.id",
            },
        }
    ],
    "start": "by_kind",
    "steps": {
        "by_kind": {
            "type": "router",
            "key": "trigger.body.kind",
            "branches": [
                {"name": "Paid", "case": ["paid"], "next": "remember"},
                {"name": "Later", "case": ["later"], "next": "wait"},
                {"name": "Broken", "case": ["broken"], "next": "call"},
            ],
            "next": None,
        },
        "remember": step("store", "put", "total", key="last order", value="{{ trigger.body.id }}"),
        "total": step("data", "compose", value={"order": "{{ trigger.body.id }}"}),
        "wait": step("delay", "delay_for", duration=9, unit="days"),
        "call": step("http", "request", method="GET", url="http://127.0.0.1:9/refused"),
    },
}
READER = {
    "format": 1,
    "name": "Reader",
    "triggers": [
        {"name": "news", "piece": "topic", "trigger": "subscribe", "input": {"topic": "orders.new"}}
    ],
    "start": "note",
    "steps": {"note": step("data", "compose", value="{{ trigger.body }}")},
}
OFF = {
    "format": 1,
    "name": "Switched off",
    "triggers": [
        {"name": "webhook", "piece": "webhook", "trigger": "catch", "input": {"verify": {"scheme": "none"}}}
    ],
    "start": "note",
    "steps": {"note": step("data", "compose", value=1)},
}
SHOP = {"name": "shop", "samples": [{"type": "order.created"}, {"type": "order.paid"}]}


class Filler:
    """A client of the server that is filled."""

    def __init__(self, client: httpx.Client, key: str) -> None:
        self.client, self.key = client, key

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """The answer; None where this version does not know the path."""
        answer = self.client.request(
            method, f"/api/v1{path}", json=body, headers={"Authorization": f"Bearer {self.key}"}
        )
        if answer.status_code in _NOT_KNOWN:
            print(f"not known: {method} {path}", file=sys.stderr)
            return None
        if answer.is_error:
            raise SystemExit(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else {}

    def fill(self) -> None:
        secret = {"name": "orders-signing", "piece": "webhook", "fields": {"secret": SIGNING_SECRET}}
        self.api("POST", "/connections", secret)
        self.api("POST", "/catalogues", SHOP)
        if self.api("GET", "/destinations") is not None:
            for name, kind, url in [("File", "file", "events"), ("Topic", "topic", "published")]:
                self.api(
                    "POST",
                    "/destinations",
                    {"name": name, "kind": kind, "url": url, "events": ["flow.published"]},
                )
        orders = self.flow(ORDERS)
        self.runs(orders)
        self.edits(orders)
        handler = {"catalogue": "deck", "events": ["agent.created"], "name": "Agents"}
        self.api("POST", "/handler-flows", {**handler, "verify": {"scheme": "none"}, "publish": True})
        if self.api("GET", "/topics") is not None:
            self.flow(READER)
            self.api("POST", "/topics/orders.new", {"order": "o-1"})
            self.ended(least=5)
        off = self.flow(OFF)
        self.api("POST", f"/flows/{off}/disable", {})
        gone = self.api("POST", "/flows", {"definition": {"format": 1, "name": "Deleted"}})["id"]
        self.api("DELETE", f"/flows/{gone}")
        self.delivered()

    def flow(self, definition: dict[str, Any]) -> str:
        """A flow that is published and enabled."""
        made = self.api("POST", "/flows", {"definition": definition})
        self.api("POST", f"/flows/{made['id']}/publish", {})
        return str(made["id"])

    def runs(self, flow_id: str) -> None:
        """One run that succeeded, one that waits, one that failed, one unrouted, and one of the draft."""
        for kind in ("paid", "later", "broken", "unheard of"):
            body = json.dumps({"kind": kind, "id": f"order {kind}"}).encode()
            answer = self.client.post(f"/webhooks/{flow_id}", content=body, headers=signed(body))
            assert answer.status_code == 202, answer.text
        assert self.api("POST", f"/flows/{flow_id}/test", {"sample": "paid"}) is not None
        self.ended(least=4)

    def edits(self, flow_id: str) -> None:
        """Two edits, one of them undone; a tag and a folder."""
        at = f"/flows/{flow_id}"
        for name in ("Orders of the shop", "Orders of two shops"):
            edit = {"command": "set_name", "args": {"name": name}, "revision": self.revision(at)}
            self.api("POST", f"{at}/commands", edit)
        self.api("POST", f"{at}/undo", {"revision": self.revision(at)})
        folder = self.api("POST", "/folders", {"name": "Shop"})
        if folder is not None:
            self.api("PATCH", at, {"folder": folder["id"], "tags": ["shop"]})

    def revision(self, at: str) -> int:
        return int(self.api("GET", at)["revision"])

    def ended(self, least: int) -> None:
        """Wait until so many runs have ended and none is about to run."""

        def still() -> bool:
            runs = self.api("GET", "/runs")["data"]
            open_ = sum(run["status"] in ("queued", "running") for run in runs)
            over = sum(run["status"] in ("succeeded", "failed") for run in runs)
            return bool(open_) or over < least

        wait_while(still)

    def delivered(self) -> None:
        """Wait until no delivery is pending."""
        for one in (self.api("GET", "/destinations") or {"data": []})["data"]:
            wait_while(
                lambda at=one["id"]: any(
                    each["status"] == "pending"
                    for each in self.api("GET", f"/destinations/{at}/deliveries")["data"]
                )
            )


def signed(body: bytes) -> dict[str, str]:
    """The headers of a JSON body that the flow Orders accepts."""
    mac = hmac.new(SIGNING_SECRET.encode(), body, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={mac}"}


def wait_while(condition: Any, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while condition():
        if time.monotonic() > until:
            raise SystemExit("it takes too long")
        time.sleep(0.05)


@contextmanager
def served(checkout: Path, data: Path) -> Iterator[tuple[httpx.Client, str]]:
    """The server of a checkout, and an API key."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {
        **os.environ,
        "PYTHONPATH": str(checkout),
        "PYTHONDONTWRITEBYTECODE": "1",
        "SWITCHYARD_DATA_DIR": str(data),
        "SWITCHYARD_SECRET_KEY": SECRET_KEY,
        "SWITCHYARD_PORT": str(port),
        "SWITCHYARD_PUBLIC_URL": "http://switchyard.example.com",
        "SWITCHYARD_ADMIN_EMAIL": ADMIN[0],
        "SWITCHYARD_ADMIN_PASSWORD": ADMIN[1],
    }

    def command(*args: str) -> list[str]:
        return [sys.executable, "-W", "ignore", "-c", _SWITCHYARD, *args]

    server = subprocess.Popen(command("serve"), env=env, cwd=checkout, stdout=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False) as client:

            def away() -> bool:
                try:
                    return client.get("/readyz").status_code != 200
                except httpx.TransportError:
                    if server.poll() is not None:
                        raise SystemExit("the server ended by itself") from None
                    return True

            wait_while(away)
            key = subprocess.run(
                command("admin", "api-key", "filler"), env=env, cwd=checkout, capture_output=True, check=True
            )
            yield client, key.stdout.decode().split()[-1]
    finally:
        server.terminate()
        server.wait(30)


def dump(path: Path) -> Iterator[str]:
    """The statements that create the store again."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM sessions")
        for statement in connection.iterdump():
            short = statement.replace(", \n", ",\n") if statement.startswith("CREATE") else statement
            yield _BLOB.sub(_readable, short)
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        yield f"PRAGMA user_version={version};"


def _readable(blob: re.Match[str]) -> str:
    """JSON that a blob holds, as text: half as long as in hexadecimal."""
    try:
        text = bytes.fromhex(blob[1]).decode()
    except UnicodeDecodeError:
        return blob[0]
    quoted = text.replace("'", "''")
    return f"CAST('{quoted}' AS BLOB)" if text.isprintable() and text else blob[0]


def main() -> None:
    checkout = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as data:
        with served(checkout, Path(data)) as (client, key):
            Filler(client, key).fill()
        for line in dump(Path(data) / "switchyard.db"):
            print(line)


if __name__ == "__main__":
    main()
