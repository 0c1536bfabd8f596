"""Node-RED: the same five cases, in nodes that it comes with."""

import json
import urllib.request
from pathlib import Path
from typing import Any

from .packages import version_of
from .peer import ACTIONS, CASES, Peer

Node = dict[str, Any]

_SETTINGS = """module.exports = {
  uiPort: %d,
  uiHost: "127.0.0.1",
  flowFile: "flows.json",
  httpAdminRoot: "/admin",
  telemetry: { enabled: false, updateNotification: false },
  logging: { console: { level: "warn", metrics: false, audit: false } },
  contextStorage: { default: { module: "memory" } },
  externalModules: { autoInstall: false },
  editorTheme: { tours: false },
};
"""


class NodeRed(Peer):
    name = "Node-RED"
    durable = "nothing is stored"

    def __init__(self, folder: Path, packages: Path, port: int, receiver: int) -> None:
        """`packages` is the folder with `node_modules`."""
        super().__init__(folder)
        self._packages, self._port, self._receiver = packages / "node_modules", port, receiver

    @property
    def version(self) -> str:
        return version_of(self._packages, "node-red")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/completed"

    def prepare(self) -> None:
        (self.folder / "settings.js").write_text(_SETTINGS % self._port)
        (self.folder / "flows.json").write_text(json.dumps(flows(self._receiver)))

    def command(self) -> tuple[list[str], dict[str, str]]:
        words = [
            str(self._packages / "node" / "bin" / "node"),
            str(self._packages / "node-red" / "red.js"),
            "--userDir", str(self.folder),
            "--settings", str(self.folder / "settings.js"),
        ]  # fmt: skip
        # The counterpart of Python's __pycache__: https://nodejs.org/api/module.html#module-compile-cache
        return words, {"NODE_COMPILE_CACHE": str(self.folder / "compile-cache")}

    def target(self, case: str) -> tuple[int, str]:
        return self._port, f"/{case}"

    def completed(self, case: str) -> int:
        with urllib.request.urlopen(self.url, timeout=30) as answer:
            return int(json.load(answer).get(case, 0))


def flows(receiver: int) -> list[Node]:
    """The tab with the flow of each case, and one that shows how many events each has completed. Which the
    nodes are, and their fields: https://nodered.org/docs/user-guide/nodes"""
    nodes: list[Node] = [{"id": "tab", "type": "tab", "label": "Bench"}]
    for case in CASES:
        nodes += _flow(case, receiver)
    counts = ", ".join(f"{case}: global.get('{case}') || 0" for case in CASES)
    return [
        *nodes,
        _node("completed", "http in", ["count"], url="/completed", method="get"),
        _node("count", "function", ["counted"], func=f"msg.payload = {{{counts}}}; return msg;"),
        _node("counted", "http response", statusCode="200"),
    ]


def _flow(case: str, receiver: int) -> list[Node]:
    responds, sends, splits = case in "BD", case in "CD", case == "E"
    answer, route = f"answer{case}", f"route{case}"
    first = f"split{case}" if splits else route
    end = [answer] if responds else []
    text = "Flow {{{payload.data.flowRun.flowDisplayName}}} failed"
    finished = (
        f"global.set('{case}', (global.get('{case}') || 0) + 1); "
        "msg.payload = {text: msg.text}; return msg;"
    )
    first_action = [f"failed{case}", *[f"other{case}"] * (len(ACTIONS) - 1)]
    no_text = {"t": "set", "p": "text", "pt": "msg", "to": "", "tot": "str"}
    nodes = [
        _node(
            f"in{case}", "http in", [first] if responds else [answer, first], url=f"/{case}", method="post"
        ),
        _node(answer, "http response", statusCode="200"),
        _switch(route, "payload.action", [_equals(action) for action in ACTIONS], first_action),
        _switch(
            f"failed{case}",
            "payload.data.flowRun.status",
            [_equals("FAILED"), {"t": "else"}],
            [f"text{case}", f"other{case}"],
        ),
        _node(f"other{case}", "change", end, rules=[no_text]),
        _node(
            f"text{case}", "template", [f"send{case}" if sends else f"end{case}"],
            field="text", fieldType="msg", format="text", syntax="mustache", template=text, output="str",
        ),
        _node(f"end{case}", "function", end, func=finished),
    ]  # fmt: skip
    if splits:
        nodes.append(
            _node(first, "split", [route], arraySplt=1, arraySpltType="len", splt="\\n", spltType="str")
        )
    if sends:
        body = (
            "msg.payload = {id: msg.payload.id, text: msg.text}; "
            "msg.headers = {'content-type': 'application/json'}; return msg;"
        )
        nodes += [
            _node(f"send{case}", "function", [f"post{case}"], func=body),
            _node(f"post{case}", "http request", [f"end{case}"], method="POST", ret="txt", paytoqs="ignore",
                  url=f"http://127.0.0.1:{receiver}/", persist=True),
        ]  # fmt: skip
    return nodes


def _node(id: str, kind: str, wires: list[str] | None = None, **fields: Any) -> Node:
    return {"id": id, "type": kind, "z": "tab", "name": "", "wires": [wires or []], **fields}


def _switch(id: str, path: str, rules: list[dict[str, str]], wires: list[str]) -> Node:
    """A node with an output for each rule, of which the first that is true counts."""
    fields = {"property": path, "propertyType": "msg", "rules": rules, "checkall": "false"}
    return {**_node(id, "switch", outputs=len(rules), **fields), "wires": [[wire] for wire in wires]}


def _equals(value: str) -> dict[str, str]:
    return {"t": "eq", "v": value, "vt": "str"}
