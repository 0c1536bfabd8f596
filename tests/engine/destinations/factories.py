"""Messages, targets and senders for tests."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from engine.destinations import signing
from engine.destinations.message import Message, Options, Started, Target
from engine.destinations.senders import Senders
from engine.events import registry as events
from engine.http.egress import Egress
from engine.http.lineage import Lineage

BASE_URL = "https://switchyard.example"
KEYS = signing.new_keys()


def message(id: str = "evt_1", action: str = "flow.published", **more: Any) -> Message:
    """The event's sample, under that id."""
    envelope = {**events.sample(action), "id": id}
    return Message(id, action, orjson.dumps(envelope), envelope["created"], **more)


def target(url: str, kind: str = "webhook", *, timeout_s: float = 5, **more: Any) -> Target:
    """A destination of one project."""
    known = {"project_id": "prj_1", "keys": KEYS, "options": Options(timeout_s=timeout_s), **more}
    return Target("dst_1", kind=kind, url=url, **known)


def senders(egress: Egress, data_dir: Path, **hooks: Any) -> Senders:
    """Senders whose flows and topics keep what they are given in `calls` and `published`."""
    known: dict[str, Any] = {
        "start": started, "publish": published,
        "write_lineage": lambda chain, run_id: f"signed:{','.join([*chain, run_id])}",
        "webhook_at": Lineage(b"k" * 32, BASE_URL, "127.0.0.1", 8000).webhook_at,
    }  # fmt: skip
    return Senders(egress, data_dir=data_dir, base_url=BASE_URL, **(known | hooks))


async def started(
    flow_id: str, project_id: str | None, event: dict[str, Any], *, lineage: Sequence[str]
) -> Started:
    return Started("run_1")


async def published(project_id: str, topic: str, body: Any, **more: Any) -> None:
    return None
