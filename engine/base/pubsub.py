"""Pub/sub in this process: what happens right now, for whoever watches a run or a list.

Messages are hints in this process, not records: a slow watcher loses the oldest ones, and one that
comes late reads the store first.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

Message = dict[str, Any]

_BUFFER = 1000


class Live:
    """Topics are `run:<id>`, `project:<id>`, and `flow:<id>` for requests caught as samples."""

    def __init__(self) -> None:
        self._watchers: dict[str, set[asyncio.Queue[Message]]] = {}

    def watched(self, topic: str) -> bool:
        """Whether anybody would see a message; asked on the hot path before one is made."""
        return topic in self._watchers

    def publish(self, topic: str, message: Message) -> None:
        for inbox in self._watchers.get(topic, ()):
            if inbox.full():
                inbox.get_nowait()
            inbox.put_nowait(message)

    async def subscribe(self, topic: str) -> AsyncIterator[Message]:
        """Messages of a topic from now on, until the iterator is closed."""
        inbox: asyncio.Queue[Message] = asyncio.Queue(_BUFFER)
        self._watchers.setdefault(topic, set()).add(inbox)
        try:
            while True:
                yield await inbox.get()
        finally:
            watchers = self._watchers[topic]
            watchers.discard(inbox)
            if not watchers:
                del self._watchers[topic]
