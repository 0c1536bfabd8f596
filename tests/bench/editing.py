"""How heavy the editor is: `python tests/bench/editing.py [--json]`.

A flow of 200 steps with 10 routers, each within the one before, is edited by the very requests that the
page sends. Told are the bytes of the page with all it loads, and for each kind of edit the bytes of the
answer, compressed and not, and the time from the first byte sent to the last one read, on the loopback
interface, of which nearly all is the server's. Nothing is simulated: a real server in a process of its own.
"""

import argparse
import gzip
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

EMAIL, PASSWORD = "ada@example.com", "a quite unusual phrase 42"
DEPTH, STEPS = 10, 200
HTMX = {"HX-Request": "true", "Accept-Encoding": "gzip"}


def large_flow(depth: int = DEPTH, steps: int = STEPS) -> dict[str, Any]:
    """A router in a branch of a router …, with the rest of the steps spread over all their branches."""
    made: dict[str, Any] = {}
    each = (steps - depth) // (2 * depth)
    spare = steps - depth - 2 * each * depth
    for level in range(depth):
        deeper = f"router_{level + 1}" if level + 1 < depth else None
        made[f"router_{level}"] = {
            "type": "router", "key": f"trigger.body.level_{level}", "title": f"Level {level}", "next": None,
            "branches": [
                {"name": "Deeper", "case": ["deeper", "down"], "next": f"down_{level}_0"},
                {"name": "Aside", "when": f"trigger.body.size > `{level}`", "next": f"aside_{level}_0"},
            ],
            "otherwise": {"next": None},
        }  # fmt: skip
        for side, last in (("down", deeper), ("aside", None)):
            count = each + (spare if (level, side) == (0, "aside") else 0)
            for number in range(count):
                follows = f"{side}_{level}_{number + 1}" if number + 1 < count else last
                value = {"value": f"{{{{ trigger.body.name }}}} at {level}, {number}"}
                made[f"{side}_{level}_{number}"] = {
                    "type": "action", "piece": "data", "action": "compose", "input": value, "next": follows,
                    "title": f"Compose {side} {level}.{number}",
                }  # fmt: skip
    samples = {kind: {"body": {"level_0": kind, "size": 3, "name": kind}} for kind in ("deeper", "other")}
    return {"format": 1, "name": "Two hundred steps", "start": "router_0", "steps": made, "samples": samples,
            "triggers": [{"name": "webhook", "piece": "webhook", "trigger": "catch",
                          "input": {"verify": {"scheme": "none"}}}]}  # fmt: skip


@contextmanager
def server() -> Iterator[str]:
    """A server of its own, and its origin."""
    with socket.socket() as free, tempfile.TemporaryDirectory() as folder:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        told = {"SWITCHYARD_DATA_DIR": folder, "SWITCHYARD_PORT": str(port), "SWITCHYARD_ADMIN_EMAIL": EMAIL,
                "SWITCHYARD_ADMIN_PASSWORD": PASSWORD}  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "-m", "ui", "serve"], env={**os.environ, **told}, stdout=subprocess.DEVNULL
        )
        try:
            origin = f"http://127.0.0.1:{port}"
            while not _answers(origin):
                if process.poll() is not None:
                    raise SystemExit("the server did not start")
                time.sleep(0.1)
            yield origin
        finally:
            process.terminate()
            process.wait(20)


def _answers(origin: str) -> bool:
    try:
        return httpx.get(f"{origin}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def fetch(client: httpx.Client, method: str, url: str, **more: Any) -> tuple[int, int, float, str]:
    """Bytes on the wire, bytes unpacked, milliseconds, text."""
    began = time.perf_counter()
    with client.stream(method, url, **more) as answer:
        raw = b"".join(answer.iter_raw())
        took = (time.perf_counter() - began) * 1000
    assert answer.status_code < 400, (answer.status_code, url)
    plain = gzip.decompress(raw) if answer.headers.get("content-encoding") == "gzip" else raw
    return len(raw), len(plain), took, plain.decode()


def page(client: httpx.Client, path: str) -> dict[str, Any]:
    """The page as a browser without a cache loads it."""
    wire, plain, took, text = fetch(client, "GET", path, headers={"Accept-Encoding": "gzip"})
    assets = {
        found: fetch(client, "GET", found, headers={"Accept-Encoding": "gzip"})[0]
        for found in dict.fromkeys(re.findall(r'(?:src|href)="(/static/[^"#]+)', text))
    }
    return {"html_wire": wire, "html": plain, "ms": round(took, 1), "assets_wire": sum(assets.values()),
            "total_wire": wire + sum(assets.values())}  # fmt: skip


EDITS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("set the title of a nested step", "steps/down_5_3", {"title": "Say {n}"}),
    ("change an input of a nested step", "steps/down_5_3", {"as.in.value": "json", "in.value": '"x{n}"'}),
    ("change the key of a router", "steps/router_4", {"key": "trigger.body.key_{n}"}),
    ("skip a nested step", "commands/set_skip", {"step": "down_5_3"}),
    ("duplicate a nested step", "commands/duplicate_step", {"step": "down_9_3"}),
    ("delete a nested step", "commands/delete_steps", {"step": "aside_{n}_3"}),
    ("add a step in a branch", "commands/put", {"add": "after:down_8_4", "pick": "data.compose"}),
    ("add a branch", "commands/add_branch", {"step": "router_9"}),
    ("undo", "undo", {}),
    ("redo", "redo", {}),
)  # fmt: skip


def edits(client: httpx.Client, path: str, times: int) -> dict[str, dict[str, Any]]:
    """Each kind of edit some times over; the median of each figure."""
    told = {}
    revision = 1
    for what, where, form in EDITS:
        rows = []
        for number in range(times):
            data = {key: value.format(n=number) for key, value in form.items()} | {"revision": str(revision)}
            shown = f"{client.base_url}{path}?step=down_5_3"
            wire, plain, took, text = fetch(
                client, "POST", f"{path}/{where}", data=data, headers={**HTMX, "HX-Current-URL": shown}
            )
            revision = int(re.search(r'id="revision" name="revision" value="(\d+)"', text)[1])  # type: ignore[index]
            rows.append((wire, plain, took))
        wires, plains, took_ = zip(*rows, strict=True)
        told[what] = {"wire": int(statistics.median(wires)), "bytes": int(statistics.median(plains)),
                      "ms": round(statistics.median(took_), 1)}  # fmt: skip
    return told


def measure(times: int = 7) -> dict[str, Any]:
    with server() as origin, httpx.Client(base_url=origin, timeout=60) as client:
        client.headers["Sec-Fetch-Site"] = "same-origin"
        entered = client.post("/sign-in", data={"email": EMAIL, "password": PASSWORD})
        assert entered.status_code == 303, entered.text
        base = str(client.get("/", follow_redirects=True).url.path)
        made = client.post(f"{base}/import", data={"text": json.dumps(large_flow())})
        path = made.headers["location"]
        first = page(client, path)
        return {"page": first, "again": page(client, path), "edits": edits(client, path, times)}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="all that was measured, as JSON")
    given = parser.parse_args()
    found = measure()
    if given.json:
        print(json.dumps(found, indent=2))
        return
    shown = found["again"]
    print(f"page: {shown['html_wire']:,} B of HTML ({shown['html']:,} unpacked) in {shown['ms']} ms, "
          f"{shown['assets_wire']:,} B of assets, {shown['total_wire']:,} B in all")  # fmt: skip
    for what, row in found["edits"].items():
        print(f"{what:36} {row['wire']:>8,} B on the wire {row['bytes']:>10,} B {row['ms']:>8} ms")


if __name__ == "__main__":
    main()
