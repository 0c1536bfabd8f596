"""n8n: the same five cases, in nodes that it comes with. It is set up as by default: one process, SQLite, and
every execution is stored."""

import json
import os
import sqlite3
import subprocess
import urllib.request
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

from .packages import version_of
from .peer import ACTIONS, CASES, Peer

Node = dict[str, Any]
_READY = "ready"


class N8n(Peer):
    name = "n8n"
    every_round = False
    durable = "the execution is stored, and not resumed after a crash"

    def __init__(self, folder: Path, packages: Path, port: int, receiver: int) -> None:
        """`packages` is the folder with `node_modules`."""
        super().__init__(folder)
        self._packages, self._port, self._receiver = packages / "node_modules", port, receiver

    @property
    def version(self) -> str:
        return version_of(self._packages, "n8n")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/webhook/{_READY}"

    @property
    def _env(self) -> dict[str, str]:
        return {
            "N8N_USER_FOLDER": str(self.folder),
            "N8N_PORT": str(self._port),
            "N8N_LISTEN_ADDRESS": "127.0.0.1",
            "N8N_DIAGNOSTICS_ENABLED": "false",
            "N8N_VERSION_NOTIFICATIONS_ENABLED": "false",
            "N8N_TEMPLATES_ENABLED": "false",
            "N8N_SECURE_COOKIE": "false",
            "EXECUTIONS_DATA_PRUNE": "false",  # else those beyond ten thousand are not there to be counted
            # The counterpart of Python's __pycache__: https://nodejs.org/api/module.html#module-compile-cache
            "NODE_COMPILE_CACHE": str(self.folder / "compile-cache"),
        }

    def prepare(self) -> None:
        flows = self.folder / "workflows.json"
        workflows = [ready(), *(workflow(case, self._receiver) for case in CASES)]
        flows.write_text(json.dumps(workflows))
        self._run("import:workflow", f"--input={flows}")
        for each in workflows:
            self._run("publish:workflow", f"--id={each['id']}")

    def _run(self, *words: str) -> None:
        """A command of its command line. Raises `CalledProcessError`."""
        with (self.folder / "log").open("ab") as log:
            subprocess.run(
                [*self._words, *words], env={**os.environ, **self._env}, cwd=self.folder,
                stdout=log, stderr=log, check=True,
            )  # fmt: skip

    @property
    def _words(self) -> list[str]:
        node = self._packages / "node" / "bin" / "node"
        return [str(node), str(self._packages / "n8n" / "bin" / "n8n")]

    def command(self) -> tuple[list[str], dict[str, str]]:
        return [*self._words, "start"], self._env

    def _answers(self) -> bool:
        """Before its webhooks are registered, it answers each GET with the page of its editor."""
        try:
            with urllib.request.urlopen(self.url, timeout=2) as answer:
                return b"Workflow was started" in answer.read()
        except OSError:
            return False

    def target(self, case: str) -> tuple[int, str]:
        return self._port, f"/webhook/{case}"

    def completed(self, case: str) -> int:
        """Executions that are stored as successful; in case E one of them has a hundred events."""
        store = self.folder / ".n8n" / "database.sqlite"
        with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=30)) as connection:
            (count,) = connection.execute(
                "SELECT count(*) FROM execution_entity WHERE workflowId = ? AND status = 'success'",
                (_id(case),),
            ).fetchone()
        return int(count) * (100 if case == "E" else 1)


def _id(name: str) -> str:
    return f"benchworkflow{name}"


def ready() -> dict[str, Any]:
    """A workflow that answers a GET. The server says that it is ready before its webhooks are registered."""
    webhook = _node(
        _READY, "webhook", 2.1, httpMethod="GET", path=_READY, responseMode="onReceived", options={}
    )
    return _workflow(_READY, [webhook], {})


def workflow(case: str, receiver: int) -> dict[str, Any]:
    """The workflow of a case. The nodes and their fields: https://docs.n8n.io/integrations/builtin/"""
    responds, sends, splits = case in "BD", case in "CD", case == "E"
    mode = "responseNode" if responds else "onReceived"
    body = "$json" if splits else "$json.body"
    text = f"=Flow {{{{ {body}.data.flowRun.flowDisplayName }}}} failed"
    chain: list[tuple[Node, int]] = [
        (_node("webhook", "webhook", 2.1, httpMethod="POST", path=case, responseMode=mode, options={}), 1)
    ]
    if splits:
        chain.append((_node("split", "splitOut", 1, fieldToSplitOut="body", options={}), 1))
    rules = {"values": [{"conditions": _equal(f"={{{{ {body}.action }}}}", each)} for each in ACTIONS]}
    chain += [
        (_node("route", "switch", 3.2, rules=rules, options={}), len(ACTIONS)),
        (
            _node("failed", "if", 2.2, options={},
                  conditions=_equal(f"={{{{ {body}.data.flowRun.status }}}}", "FAILED")),
            2,
        ),
        (
            _node("text", "set", 3.4, options={}, assignments={"assignments": [
                {"id": "id", "name": "id", "type": "string", "value": f"={{{{ {body}.id }}}}"},
                {"id": "text", "name": "text", "type": "string", "value": text},
            ]}),
            1,
        ),
    ]  # fmt: skip
    if sends:
        url = f"http://127.0.0.1:{receiver}/"
        sent = "={{ { id: $json.id, text: $json.text } }}"
        fields = {"method": "POST", "sendBody": True, "specifyBody": "json", "jsonBody": sent}
        chain.append((_node("post", "httpRequest", 4.2, url=url, options={}, **fields), 1))
    if responds:
        said = "={{ { text: $('text').item.json.text } }}"
        answer = _node("respond", "respondToWebhook", 1.1, respondWith="json", responseBody=said, options={})
        chain.append((answer, 1))
    nodes = [node for node, _ in chain]
    connections = {
        node["name"]: {
            "main": [[{"node": following["name"], "type": "main", "index": 0}], *[[]] * (outputs - 1)]
        }
        for (node, outputs), (following, _) in pairwise(chain)
    }
    return _workflow(case, nodes, connections)


def _workflow(name: str, nodes: list[Node], connections: dict[str, Any]) -> dict[str, Any]:
    for number, node in enumerate(nodes):
        node["position"] = [200 * number, 0]
    return {
        "id": _id(name), "name": f"Bench {name}", "active": False, "nodes": nodes, "connections": connections,
        "settings": {"executionOrder": "v1"},
    }  # fmt: skip


def _node(name: str, kind: str, version: float, **parameters: Any) -> Node:
    node = {"id": name, "name": name, "type": f"n8n-nodes-base.{kind}", "typeVersion": version}
    return {**node, "parameters": parameters} | (
        {"webhookId": parameters["path"]} if kind == "webhook" else {}
    )


def _equal(left: str, right: str) -> dict[str, Any]:
    """A condition of the nodes Switch and If."""
    options = {"caseSensitive": True, "leftValue": "", "typeValidation": "strict", "version": 2}
    one = {"id": "one", "leftValue": left, "rightValue": right,
           "operator": {"type": "string", "operation": "equals"}}  # fmt: skip
    return {"options": options, "conditions": [one], "combinator": "and"}
