"""The flow that is measured, and the events that are sent to it."""

from typing import Any

import orjson

_PADDING = "x" * 300
_BODIES = 97  # different events: a prime number, so that connections do not send in step


def flow(case: str, branches: int, receiver: int) -> dict[str, Any]:
    """The flow of a case, with a router of so many `case` branches.

    A: the event ends in a nested condition. B: the flow responds. C: an HTTP POST to the port `receiver`
    on loopback.
    """
    action: dict[str, Any] | None = None
    if case == "B":
        action = {"type": "action", "piece": "webhook", "action": "respond", "next": None,
                  "input": {"status": 200, "body": {"seen": "{{ trigger.body.action }}"}}}  # fmt: skip
    elif case == "C":
        action = {"type": "action", "piece": "http", "action": "request", "next": None,
                  "input": {"method": "POST", "url": f"http://127.0.0.1:{receiver}/", "body_kind": "json",
                            "body": "{{ trigger.body }}"}}  # fmt: skip
    names = [f"kind.{number}" for number in range(branches)]
    nested = {
        "type": "router",
        "next": None,
        "otherwise": {"next": None},
        "branches": [
            {"name": "Heavy", "when": "trigger.body.data.size > `100`", "next": "act" if action else None}
        ],
    }
    steps: dict[str, Any] = {
        "by_action": {
            "type": "router", "key": "trigger.body.action", "next": None, "otherwise": {"next": None},
            "branches": [
                {"name": name, "case": [name], "next": "how_heavy" if name == names[-1] else None}
                for name in names
            ],
        },
        "how_heavy": nested,
    }  # fmt: skip
    if action:
        steps["act"] = action
    return {
        "format": 1, "name": f"Bench {case}", "start": "by_action", "steps": steps,
        "triggers": [
            {
                "name": "webhook", "piece": "webhook", "trigger": "catch",
                "input": {"verify": {"scheme": "none"}},
            }
        ],
        "settings": {"concurrency": 200},
    }  # fmt: skip


def bodies(branches: int) -> list[bytes]:
    """Events that all take the last branch and then the nested condition: the longest path."""
    data = {
        "size": 250,
        "note": _PADDING,
        "items": [1, 2, 3],
        "owner": {"id": "u7", "email": "ann@example.com"},
    }
    return [
        orjson.dumps({"id": f"evt_{number}", "action": f"kind.{branches - 1}", "data": data})
        for number in range(_BODIES)
    ]
