"""A film strip of the editor: pictures of what an admin sees, made by hand to be looked at.

    python tests/bench/screenshots.py OUT [--dark]

Starts a server of its own in an empty directory, makes a handler flow, tests it, runs it, and writes one
PNG a scene into OUT. Needs Chromium and Playwright.
"""

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
EMAIL, PASSWORD = "ada@example.com", "a quite unusual phrase 42"
DATA = "[data-open-data]"
IN_PANEL = (
    "03-step",
    "04-router",
    "05-conditions",
    "06-data-picker",
    "08-result-of-a-step",
    "12-diff",
)
"""Scenes that are about what a phone shows below the drawing."""
TO_PANEL = "place => document.querySelector(place).scrollIntoView()"
ORIGIN = {"Sec-Fetch-Site": "same-origin"}
ORDERS = [{"sku": f"A-{n}", "title": f"Item {n}", "price": 10 + n, "stock": n % 3} for n in range(40)]


def flow() -> dict[str, Any]:
    """A router with conditions, a loop, and steps that run without the outside."""

    def compose(value: Any, title: str, following: str | None = None) -> dict[str, Any]:
        return {"type": "action", "piece": "data", "action": "compose", "title": title,
                "input": {"value": value}, "next": following}  # fmt: skip

    order = {
        "kind": "order",
        "country": "FR",
        "total": 240,
        "items": ORDERS[:5],
        "customer": {"name": "Grace"},
    }
    return {
        "format": 1, "name": "Orders to the team", "start": "by_kind",
        "triggers": [{"name": "webhook", "piece": "webhook", "trigger": "catch",
                      "input": {"verify": {"scheme": "none"}}}],
        "steps": {
            "by_kind": {
                "type": "router", "title": "By kind", "key": "trigger.body.kind",
                "branches": [
                    {"name": "Order", "case": ["order"], "next": "summary"},
                    {"name": "From abroad", "next": "tell",
                     "when": "trigger.body.country != 'DE' && trigger.body.total > `100`"},
                ],
                "otherwise": {"next": "archive"}, "next": None,
            },
            "summary": compose("{{ trigger.body.items }}", "Items of the order", "each"),
            "each": {"type": "loop", "title": "For each item", "items": "steps.summary.output",
                     "body": "line", "collect": "steps.line.output", "next": None},
            "line": compose("{{ loop.item.sku }}: {{ loop.item.title }}", "A line"),
            "tell": compose("{{ trigger.body.customer.name }}: {{ trigger.body.total }}", "Tell the team"),
            "archive": compose("{{ trigger.body }}", "Archive"),
        },
        "samples": {"order": {"body": order},
                    "sign-in from abroad": {"body": {"kind": "login", "country": "FR", "total": 120,
                                                     "customer": {"name": "Ada"}}},
                    "at home": {"body": {"kind": "login", "country": "DE", "total": 3}}},
    }  # fmt: skip


@contextmanager
def server() -> Iterator[str]:
    """A server in an empty directory; its address."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as directory:
        given = {"SWITCHYARD_DATA_DIR": directory, "SWITCHYARD_PORT": str(port),
                 "SWITCHYARD_ADMIN_EMAIL": EMAIL, "SWITCHYARD_ADMIN_PASSWORD": PASSWORD}  # fmt: skip
        started = subprocess.Popen(
            [sys.executable, "-m", "ui", "serve"], cwd=ROOT, env={**os.environ, **given}
        )
        origin = f"http://127.0.0.1:{port}"
        try:
            for _ in range(200):
                try:
                    httpx.get(f"{origin}/healthz")
                    break
                except httpx.HTTPError:
                    time.sleep(0.1)
            yield origin
        finally:
            started.terminate()
            started.wait(20)


def made(client: httpx.Client) -> dict[str, str]:
    """What the scenes show: addresses of flows and runs."""
    client.post("/sign-in", data={"email": EMAIL, "password": PASSWORD})
    base = str(client.get("/", follow_redirects=True).url.path).removesuffix("/home")
    empty = client.post(f"{base}/flows", data={"name": "A new flow"}).headers["location"]
    path = client.post(f"{base}/flows/import", data={"text": json.dumps(flow())}).headers["location"]
    client.post(f"{path}/publish", data={"revision": "1", "enable": "yes", "note": "First"})
    event = {
        "body": {
            "kind": "order",
            "country": "FR",
            "total": 240,
            "items": ORDERS,
            "customer": {"name": "Grace"},
        }
    }
    tested = client.post(f"{path}/test", data={"sample": "order", "event": json.dumps(event)}).headers[
        "location"
    ]
    run = re.search(r"run=(run_\w+)", tested)
    assert run is not None
    changed(client, path, "steps/tell", title="Tell the sales team", note="Only for orders above a hundred.")
    changed(client, path, "steps/by_kind/branches/1", name="Large, from abroad")
    changed(client, path, "publish", enable="yes", note="Large orders have a branch of their own name")
    changed(client, path, "commands/put", add="after:tell", pick="slack.send_message")
    time.sleep(1)
    return {"base": base, "empty": empty, "path": path, "run": run[1]}


def changed(client: httpx.Client, path: str, what: str, **data: str) -> None:
    """Send a form of the editor, made on the newest revision."""
    revision = re.search(r'name="revision" value="(\d+)"', client.get(path).text)
    assert revision is not None
    client.post(f"{path}/{what}", data={"revision": revision[1], **data})


def scenes(known: dict[str, str]) -> dict[str, tuple[str, str]]:
    """By the picture's name: the address, and what to click there."""
    path, run = known["path"], known["run"]
    return {
        "01-empty-flow": (known["empty"], ""),
        "02-piece-picker": (f"{path}?add=after:summary", ""),
        "03-step": (f"{path}?step=tell", ""),
        "04-router": (f"{path}?step=by_kind", ""),
        "05-conditions": (f"{path}?step=by_kind&branch=1", ""),
        "06-data-picker": (f"{path}?step=tell", DATA),
        "07-test": (f"{path}/test?sample=order&run={run}", ""),
        "08-result-of-a-step": (f"{path}?run={run}&step=summary", ""),
        "09-item-of-a-loop": (f"{path}?run={run}&step=line&iteration=each[2]", ""),
        "10-run": (f"{known['base']}/runs/{run}?step=summary", ""),
        "11-value": (f"{known['base']}/runs/{run}/values?of=output&step=summary", ""),
        "12-diff": (f"{path}/versions/1?with=2", "summary:has-text('As text')"),
        "13-publish": (f"{path}/publish", ""),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, help="the directory of the pictures; made if need be")
    parser.add_argument("--dark", action="store_true", help="in the dark theme")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with (
        server() as origin,
        httpx.Client(base_url=origin, headers=ORIGIN, timeout=30) as client,
        sync_playwright() as pw,
    ):
        known = made(client)
        chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
        browser = pw.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for width, suffix in ((1440, ""), (390, "-mobile")):
            context = browser.new_context(
                base_url=origin, viewport={"width": width, "height": 900},
                color_scheme="dark" if given.dark else "light",
            )  # fmt: skip
            context.add_cookies(
                [{"name": "switchyard_session", "value": client.cookies["switchyard_session"], "url": origin}]
            )
            page = context.new_page()
            for name, (address, click) in scenes(known).items():
                page.goto(address)
                if click:
                    page.locator(click).first.click()
                if click == DATA:
                    page.wait_for_selector("#data .leaf")
                page.wait_for_timeout(400)  # what an expression gives comes by itself
                if width < 1000 and name in IN_PANEL:
                    page.evaluate(TO_PANEL, "#data" if click == DATA else "#panel")
                page.screenshot(path=given.out / f"{name}{suffix}.png")
                print(f"{name}{suffix}")
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
