"""Nothing is published that can never work, and what is suspicious is a warning."""

from typing import Any

import pytest

from engine.base.types import Json
from engine.flow import check

OPEN = {"scheme": "none"}


def flow(trigger: dict[str, Any] | None = None, kind: str = "webhook.catch", **step: Any) -> dict[str, Any]:
    """A flow of one step, which composes a value unless said otherwise."""
    piece, name = kind.split(".")
    values = {"verify": OPEN} if trigger is None else trigger
    action = {"piece": "data", "action": "compose", "input": {"value": 1}, **step}
    return {
        "format": 1,
        "name": "A flow",
        "triggers": [{"name": "start", "piece": piece, "trigger": name, "input": values}],
        "start": "step",
        "steps": {"step": {"type": "action", "next": None, **action}},
    }


def act(piece: str, action: str, **values: Json) -> dict[str, Any]:
    """A flow whose step does something else."""
    return flow(piece=piece, action=action, input=values)


def found(definition: dict[str, Any], severity: str = "error") -> dict[str, str]:
    """What is wrong, by its place; that a connection is missing is left away."""
    return {
        problem.pointer: problem.message
        for problem in check(definition)
        if problem.severity == severity and problem.code != "connection"
    }


STEP = "/steps/step/input"
TRIGGER = "/triggers/0/input"

IMPOSSIBLE = [
    # braces round an expression, of the flow and of a trigger
    ({**flow(), "settings": {"dedupe": "{{ trigger.body.id }}"}}, "/settings/dedupe"),
    ({**flow(), "settings": {"order_key": "{{ trigger.body.id }}"}}, "/settings/order_key"),
    (flow({"verify": OPEN, "dedupe": "{{ trigger.body.id }}"}), f"{TRIGGER}/dedupe"),
    ({**flow(), "settings": {"dedupe": "{{ body.id }}"}}, "/settings/dedupe"),
    (flow({"verify": OPEN, "split": "{{ trigger.body.alerts }}"}), f"{TRIGGER}/split"),
    (
        {**flow(), "triggers": [{**flow()["triggers"][0], "labels": {"host": "{{ trigger.body.host }}"}}]},
        "/triggers/0/labels/host",
    ),
    # templates where nothing is filled in
    (flow({"verify": OPEN, "methods": ["{{ trigger.body.x }}"]}), f"{TRIGGER}/methods/0"),
    (flow({"verify": OPEN, "allowed_origins": ["{{ vars.origin }}"]}), f"{TRIGGER}/allowed_origins/0"),
    (flow({"verify": OPEN, "while_disabled": "{{ vars.x }}"}), f"{TRIGGER}/while_disabled"),
    (flow({"verify": {"scheme": "header", "connection": "{{ x }}"}}), f"{TRIGGER}/verify/connection"),
    (flow({"verify": {"scheme": "{{ trigger.body.x }}"}}), f"{TRIGGER}/verify/scheme"),
    (
        flow({"verify": OPEN, "handshake": {"preset": "static", "body": "{{ trigger.body.x }}"}}),
        f"{TRIGGER}/handshake/body",
    ),
    (flow({"expression": "{{ vars.cron }}"}, "schedule.cron"), f"{TRIGGER}/expression"),
    (
        flow({"expression": "0 8 * * *", "time_zone": "{{ vars.zone }}"}, "schedule.cron"),
        f"{TRIGGER}/time_zone",
    ),
    # empty required texts and lists
    (act("email", "send", to=[], subject="x", text="y"), f"{STEP}/to"),
    (act("email", "send", to=["a@example.com"], subject=" ", text="y"), f"{STEP}/subject"),
    (act("http", "request", url=""), f"{STEP}/url"),
    (act("store", "get", key=""), f"{STEP}/key"),
    (act("slack", "send_message", channel="#a", text=" "), f"{STEP}/text"),
    (act("slack", "send_webhook_message", blocks=[]), f"{STEP}/text"),
    (act("topic", "publish", topic=" ", body=1), f"{STEP}/topic"),
    (flow({"topic": ""}, "topic.subscribe"), f"{TRIGGER}/topic"),
    (flow({"events": []}, "topic.platform_event"), f"{TRIGGER}/events"),
    # impossible addresses
    (act("http", "request", url="example.com/x"), f"{STEP}/url"),
    (act("http", "request", url="https://exa mple.com/{{ trigger.body.id }}"), f"{STEP}/url"),
    (act("email", "send", to=["nobody"], subject="x", text="y"), f"{STEP}/to/0"),
    (act("email", "send", to=["a@example.com", ""], subject="x", text="y"), f"{STEP}/to/1"),
    (act("email", "send", to=["a@b.example"], cc=["x@"], subject="x", text="y"), f"{STEP}/cc/0"),
    (
        act("email", "send", to=["a@b.example"], reply_to="a b@c", subject="x", text="y"),
        f"{STEP}/reply_to",
    ),
    (flow({"verify": OPEN, "allowed_origins": ["app.example.com"]}), f"{TRIGGER}/allowed_origins/0"),
    (flow({"verify": OPEN, "allowed_origins": ["https://a.example/x"]}), f"{TRIGGER}/allowed_origins/0"),
    # switched off
    (act("http", "request", url="https://a.example", method="POST", body={"a": 1}, body_kind="none"),
     f"{STEP}/body"),
]  # fmt: skip


@pytest.mark.parametrize(("definition", "pointer"), IMPOSSIBLE)
def test_what_can_never_work_is_not_published(definition: dict[str, Any], pointer: str) -> None:
    assert pointer in found(definition)


SUSPICIOUS = [
    (act("http", "request", url="https://a.example", body={"a": 1}), f"{STEP}/body"),
    (
        flow({"verify": OPEN, "handshake": {"preset": "slack", "name": "challenge"}}),
        f"{TRIGGER}/handshake/name",
    ),
    (flow(retry={"first_delay": 60}), "/steps/step/retry"),
    (act("email", "send", to=["a@example.com"], subject="x", text=" "), f"{STEP}/text"),
]


@pytest.mark.parametrize(("definition", "pointer"), SUSPICIOUS)
def test_what_is_suspicious_is_a_warning(definition: dict[str, Any], pointer: str) -> None:
    assert pointer in found(definition, "warning")
    assert found(definition) == {}


@pytest.mark.parametrize(
    "definition",
    [
        flow(),
        act("http", "request", url="{{ trigger.body.url }}"),
        act("http", "request", url="https://a.example", method="POST", body={"a": 1}),
        act("email", "send", to=["{{ trigger.body.to }}"], subject="{{ trigger.body.s }}", text="x"),
        act("email", "send", to="{{ trigger.body.list }}", subject="x", text="x"),
        act("slack", "send_message", channel="#a", blocks="{{ steps.step.output }}"),
        act("store", "put", key="a", value=""),
        flow({"expression": "0 8 * * *"}, "schedule.cron"),
        flow({"verify": OPEN, "allowed_origins": ["https://a.example:8443", "*"]}),
        {**flow(), "settings": {"dedupe": "trigger.body.id"}},
    ],
)
def test_what_can_work_is_published(definition: dict[str, Any]) -> None:
    assert found(definition) == {}
