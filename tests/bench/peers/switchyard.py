"""Switchyard, durability full, and the ceiling: its protocol with one insert instead of a flow."""

import asyncio
import re
import sys
import urllib.request
from pathlib import Path
from typing import Any

from engine import administration
from engine.base.settings import Settings
from engine.base.version import version
from ui.cli.bench import ceiling

from .peer import ACTIONS, CASES, Peer, events_in_request


class Switchyard(Peer):
    name = "Switchyard"
    durable = "committed with fsync"

    def __init__(self, folder: Path, port: int, receiver: int) -> None:
        super().__init__(folder)
        self._port, self._receiver = port, receiver
        self._paths: dict[str, str] = {}

    @property
    def version(self) -> str:
        return f"{version()} on Python {sys.version.split()[0]}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/healthz"

    @property
    def _env(self) -> dict[str, str]:
        return {
            "SWITCHYARD_DATA_DIR": str(self.folder / "data"),
            "SWITCHYARD_PORT": str(self._port),
            "SWITCHYARD_EGRESS_ALLOW": "127.0.0.0/8",
            "SWITCHYARD_MAX_BACKLOG": "2000000",
        }

    def prepare(self) -> None:
        asyncio.run(self._publish())

    async def _publish(self) -> None:
        async with administration.opened(Settings.from_env(self._env)) as here:
            actor = await here.actor(None)
            for case in CASES:
                created = await here.flows.create(actor, flow(case, self._receiver))
                await here.flows.publish(actor, created.id)
                self._paths[case] = f"/webhooks/{created.id}" + ("/sync" if case in "BD" else "")

    def command(self) -> tuple[list[str], dict[str, str]]:
        return [sys.executable, "-P", "-m", "ui", "serve"], self._env

    def target(self, case: str) -> tuple[int, str]:
        return self._port, self._paths[case]

    def completed(self, case: str) -> int:
        """Of all cases: they are measured one after the other."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/metrics", timeout=30) as answer:
            found = re.search(rb"^switchyard_runs_completed_total (\S+)", answer.read(), re.MULTILINE)
        assert found is not None
        return int(float(found[1]))


class CommitCeiling(Peer):
    name = "Commit ceiling"
    durable = "one insert, committed with fsync"
    cases = "A"
    counts = False

    def __init__(self, folder: Path, port: int) -> None:
        super().__init__(folder)
        self._port = port

    @property
    def version(self) -> str:
        return "the protocol of Switchyard, without a flow"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/healthz"

    def prepare(self) -> None:
        """Nothing: the store is created at the start."""

    def command(self) -> tuple[list[str], dict[str, str]]:
        words = ["ui.cli.bench.ceiling", str(self._port), str(self.folder), "full"]
        return [sys.executable, "-P", "-m", *words], {}

    def target(self, case: str) -> tuple[int, str]:
        return self._port, ceiling.path("commit")

    def completed(self, case: str) -> int:
        raise NotImplementedError("What it has acknowledged is all that it does.")


def flow(case: str, receiver: int) -> dict[str, Any]:
    """The flow of a case: a router of five, a condition behind it, a text."""
    steps: dict[str, Any] = {
        "by_action": {
            "type": "router", "key": "trigger.body.action", "next": None, "otherwise": {"next": None},
            "branches": [
                {"name": action, "case": [action], "next": None if number else "by_status"}
                for number, action in enumerate(ACTIONS)
            ],
        },
        "by_status": {
            "type": "router", "next": None, "otherwise": {"next": None},
            "branches": [
                {"name": "Failed", "when": "trigger.body.data.flowRun.status == 'FAILED'", "next": "text"}
            ],
        },
        "text": _action(
            "data", "compose", value="Flow {{ trigger.body.data.flowRun.flowDisplayName }} failed"
        ),
    }  # fmt: skip
    last = "text"
    if case in "CD":
        body = {"id": "{{ trigger.body.id }}", "text": "{{ steps.text.output }}"}
        url = f"http://127.0.0.1:{receiver}/"
        steps["post"] = _action("http", "request", method="POST", url=url, body_kind="json", body=body)
        steps[last]["next"] = last = "post"
    if case in "BD":
        steps["respond"] = _action("webhook", "respond", body={"text": "{{ steps.text.output }}"})
        steps[last]["next"] = "respond"
    settings = {"split": "body"} if events_in_request(case) > 1 else {}
    trigger = {
        "name": "webhook", "piece": "webhook", "trigger": "catch",
        "input": {"verify": {"scheme": "none"}, **settings},
    }  # fmt: skip
    return {"format": 1, "name": f"Bench {case}", "triggers": [trigger], "start": "by_action", "steps": steps}


def _action(piece: str, action: str, **values: Any) -> dict[str, Any]:
    return {"type": "action", "piece": piece, "action": action, "input": values, "next": None}
