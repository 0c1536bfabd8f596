"""The senders: one attempt to bring events to one target, by the target's kind.

A sender raises nothing but a cancellation: whatever happens is an `AttemptResult`. It stores
nothing of what it sends; when to try again is not its business.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from engine.base.errors import NotFound
from engine.destinations.message import AttemptResult, Message, Target
from engine.http.egress import Egress

from .file import FileSender
from .handshake import verify
from .local import FlowSender, Publish, StartFlow, TopicSender
from .webhook import WebhookSender, WriteLineage

__all__ = ["Publish", "Senders", "StartFlow", "WriteLineage"]

Send = Callable[[Target, Sequence[Message]], Awaitable[AttemptResult]]

_BROKERS = {"amqp": "AmqpSender", "nats": "NatsSender"}
"""The class in the module of the kind's name. The client libraries of brokers are loaded when the first event
goes to one: most instances have none, and would start later for it."""


class BrokerSender(Protocol):
    """A sender over connections that are kept."""

    async def send(self, target: Target, messages: Sequence[Message]) -> AttemptResult: ...

    async def aclose(self) -> None: ...


class Senders:
    """Every kind of sender, made once for an instance."""

    def __init__(
        self,
        egress: Egress,
        *,
        data_dir: Path,
        base_url: str,
        start: StartFlow,
        publish: Publish,
        write_lineage: WriteLineage,
        webhook_at: Callable[[str], str | None],
    ) -> None:
        """`egress` should be one of their own: a slow target keeps places in its pool. `webhook_at` gives
        the flow of this instance whose webhook an address is."""
        self._egress = egress
        self._base_url = base_url
        self._origin = urlsplit(base_url).hostname or "localhost"
        self._webhook_at = webhook_at
        self._webhook = WebhookSender(egress, base_url, write_lineage)
        self._flow = FlowSender(start, base_url)
        self._brokers: dict[str, BrokerSender] = {}
        self._kinds: dict[str, Send] = {
            "webhook": self._webhook.send,
            "flow": self._flow.send,
            "topic": TopicSender(publish, base_url).send,
            "nats": self._send_to_broker,
            "amqp": self._send_to_broker,
            "file": FileSender(data_dir, base_url).send,
        }

    async def send(self, target: Target, messages: Sequence[Message]) -> AttemptResult:
        """One attempt. Several messages are sent as one body in a batch format, else one after the other
        where the kind allows it; of a webhook or flow in another format they must be one."""
        flow_id = self._own_flow(target)
        if flow_id:
            answer = await self._flow.send(target, messages, flow_id)
            # Another project's flow is called as anybody calls it: it asks who sends.
            if answer.status != NotFound.status:
                return answer
        return await self._kinds[target.kind](target, messages)

    async def verify(self, target: Target, method: str) -> AttemptResult:
        """Ask a webhook whether it wants our events: `ping`, `challenge` or `cloudevents`. One of our own
        flows need not be asked."""
        if self._own_flow(target):
            return AttemptResult(True, "ok")
        return await verify(self._webhook, target, method, self._origin)

    async def _send_to_broker(self, target: Target, messages: Sequence[Message]) -> AttemptResult:
        kind = target.kind
        if kind not in self._brokers:
            module = await asyncio.to_thread(import_module, f"{__name__}.{kind}")
            made: BrokerSender = getattr(module, _BROKERS[kind])(self._egress, self._base_url)
            self._brokers.setdefault(kind, made)
        return await self._brokers[kind].send(target, messages)

    def _own_flow(self, target: Target) -> str | None:
        """The flow whose webhook of this instance is the target, no connection being needed."""
        return self._webhook_at(target.url) if target.kind == "webhook" else None

    async def aclose(self) -> None:
        """Close the connections to brokers."""
        for sender in self._brokers.values():
            await sender.aclose()
