"""The flow that is measured, and the events that are sent to it."""

from typing import Any

import orjson

_PADDING = "x" * 300
_BODIES = 97  # different events: a prime number, so that connections do not send in step

CASES = ("A", "B", "C", "D", "E")
SENT_ON = ("C", "D")
"""The cases whose events come to the receiver."""
RESPONDED = ("B", "D")
"""The cases whose sender waits for the flow's response."""


def events_in_request(case: str) -> int:
    """How many events one request of a case holds."""
    return 100 if case == "E" else 1


def flow(case: str, branches: int, receiver: int) -> dict[str, Any]:
    """The flow of a case, with a router of so many `case` branches.

    A: the event ends in a nested condition. B: the flow responds. C: an HTTP POST to the port `receiver`
    on loopback. D: the POST, then the response. E: as A, for each event of a list.
    """
    steps: dict[str, Any] = {}
    if case in SENT_ON:
        steps["send"] = {"type": "action", "piece": "http", "action": "request", "next": None,
                         "input": {"method": "POST", "url": f"http://127.0.0.1:{receiver}/",
                                   "body_kind": "json", "body": "{{ trigger.body }}"}}  # fmt: skip
    if case in RESPONDED:
        seen = {"seen": "{{ trigger.body.action }}"}
        steps["respond"] = {"type": "action", "piece": "webhook", "action": "respond", "next": None,
                            "input": {"status": 200, "body": seen}}  # fmt: skip
    if case == "D":
        steps["send"]["next"] = "respond"
    names = [f"kind.{number}" for number in range(branches)]
    nested = {
        "type": "router",
        "next": None,
        "otherwise": {"next": None},
        "branches": [
            {"name": "Heavy", "when": "trigger.body.data.size > `100`", "next": next(iter(steps), None)}
        ],
    }
    steps |= {
        "by_action": {
            "type": "router", "key": "trigger.body.action", "next": None, "otherwise": {"next": None},
            "branches": [
                {"name": name, "case": [name], "next": "how_heavy" if name == names[-1] else None}
                for name in names
            ],
        },
        "how_heavy": nested,
    }  # fmt: skip
    split = {"split": "body"} if events_in_request(case) > 1 else {}
    return {
        "format": 1, "name": f"Bench {case}", "start": "by_action", "steps": steps,
        "triggers": [
            {
                "name": "webhook", "piece": "webhook", "trigger": "catch",
                "input": {"verify": {"scheme": "none"}, **split},
            }
        ],
        "settings": {"concurrency": 200},
    }  # fmt: skip


def bodies(branches: int, case: str = "A") -> list[bytes]:
    """Bodies of requests whose events all take the last branch and then the nested condition: the longest
    path."""
    data = {
        "size": 250,
        "note": _PADDING,
        "items": [1, 2, 3],
        "owner": {"id": "u7", "email": "ann@example.com"},
    }
    count = events_in_request(case)
    events = [
        {"id": f"evt_{number}", "action": f"kind.{branches - 1}", "data": data}
        for number in range(_BODIES * count)
    ]
    if count == 1:
        return [orjson.dumps(event) for event in events]
    return [orjson.dumps(events[at : at + count]) for at in range(0, len(events), count)]
