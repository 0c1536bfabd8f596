"""Who may ask a host at the same time: so that one that hangs takes no places of those who ask others.

A project may always have `limit` steps at work at one host. More may go there while at least half of the
project's places are free; else they wait, and their runs give up their places until it is their turn
(`Place.aside`).
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import httpx

from pieces import Outside, Transport

_TIMEOUT = 30.0


class Place:
    """A run's place among those that run at the same time."""

    def __init__(self, leave: Callable[[], None], come_back: Callable[[], None]) -> None:
        self._leave = leave
        self._come_back = come_back
        self._waiting = 0

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Wait within: another run has the place meanwhile. Several steps of a run may wait at a time."""
        self._waiting += 1
        if self._waiting == 1:
            self._leave()
        try:
            yield
        finally:
            self._waiting -= 1
            if self._waiting == 0:
                self._come_back()


@dataclass(slots=True)
class _Host:
    """One host, as the steps of one project ask it."""

    asked: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)


@dataclass(slots=True)
class _Project:
    """The hosts that the steps of one project ask now."""

    hosts: dict[str, _Host] = field(default_factory=dict)
    returning: int = 0
    """Runs whose turn it is, and that do not have their places again yet."""


class Places(Protocol):
    """The places of projects, which their runs take while they run."""

    def is_crowded(self, project_id: str, more: int = 0) -> bool:
        """Whether more than half of a project's places are taken, with `more` runs besides."""

    def when_freed(self, call: Callable[[str], None]) -> None:
        """Call with the id of a project whenever one of its places becomes free."""


class Targets:
    """The hosts that are asked now, by project."""

    def __init__(self, limit: int, places: Places) -> None:
        self._limit = limit
        self._is_crowded = places.is_crowded
        self._projects: dict[str, _Project] = {}
        places.when_freed(self._place_freed)

    async def enter(self, project_id: str, name: str, place: Place | None) -> None:
        """Return when a step of the project may ask the host. Then call `leave`."""
        project = self._projects.setdefault(project_id, _Project())
        host = project.hosts.setdefault(name, _Host())
        if not host.waiting and self._is_free(project_id, project, host, 0):
            host.asked += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        host.waiting.append(turn)
        try:
            if place is None:
                await turn
            else:
                with place.aside():
                    await turn
        except BaseException:
            if turn.done() and not turn.cancelled():  # its turn came just now: it is the next one's
                project.returning -= 1
                self.leave(project_id, name)
            else:
                host.waiting.remove(turn)
                self._forget(project_id, project, name, host)
            raise
        project.returning -= 1

    def leave(self, project_id: str, name: str) -> None:
        """The step has done with the host."""
        project = self._projects[project_id]
        host = project.hosts[name]
        host.asked -= 1
        self._let_in(project_id, project, host)
        self._forget(project_id, project, name, host)

    def _place_freed(self, project_id: str) -> None:
        """More may be asked now of hosts that others wait for: nobody else would let them in."""
        project = self._projects.get(project_id)
        if project is not None:
            for host in project.hosts.values():
                self._let_in(project_id, project, host)

    def _let_in(self, project_id: str, project: _Project, host: _Host) -> None:
        while host.waiting and self._is_free(project_id, project, host, 1):
            turn = host.waiting.popleft()
            if not turn.done():
                host.asked += 1
                project.returning += 1
                turn.set_result(None)

    def _is_free(self, project_id: str, project: _Project, host: _Host, more: int) -> bool:
        """`more`: 1 for a run that has given up its place."""
        return host.asked < self._limit or not self._is_crowded(project_id, project.returning + more)

    def _forget(self, project_id: str, project: _Project, name: str, host: _Host) -> None:
        if not host.asked and not host.waiting:
            project.hosts.pop(name, None)
            if not project.hosts:
                self._projects.pop(project_id, None)


class Visit:
    """A step's way out, which waits for its turn at each host; at one host at a time."""

    def __init__(
        self,
        inner: Outside,
        targets: Targets,
        project_id: str,
        place: Place | None,
        own: Callable[[str], str | None],
    ) -> None:
        """`own` gives the flow of this instance whose webhook an address is: those wait for nobody, since
        the run that they start may have to ask the same."""
        self._inner, self._targets, self._project_id, self._place = inner, targets, project_id, place
        self._own = own
        self._at: set[str] = set()
        self._over = False

    def client(
        self,
        base_url: str = "",
        auth: httpx.Auth | None = None,
        timeout: float = _TIMEOUT,
        headers: Mapping[str, str] | None = None,
        *,
        on_answer: Callable[[httpx.Response], Awaitable[None]] | None = None,
        transport: Transport | None = None,
    ) -> httpx.AsyncClient:
        client = self._inner.client(
            base_url, auth, timeout, headers, on_answer=on_answer, transport=transport
        )

        async def wait(request: httpx.Request) -> None:  # also for a redirect that is followed
            url = request.url
            if self._own(str(url)) is None:
                await self._go(url.host, url.port or (443 if url.scheme == "https" else 80))

        hooks = client.event_hooks
        client.event_hooks = {**hooks, "request": [*hooks.get("request", ()), wait]}
        return client

    async def resolve(self, host: str, port: int) -> list[str]:
        await self._go(host, port)
        return await self._inner.resolve(host, port)

    async def _go(self, host: str, port: int) -> None:
        name = f"{host.lower().rstrip('.')}:{port}"
        if name in self._at or self._over:
            return
        self._leave()  # before it waits: else two steps might wait for each other
        await self._targets.enter(self._project_id, name, self._place)
        if name in self._at or self._over:  # two requests of the piece at the same time
            self._targets.leave(self._project_id, name)
        else:
            self._at.add(name)

    def _leave(self) -> None:
        while self._at:
            self._targets.leave(self._project_id, self._at.pop())

    def end(self) -> None:
        """The step is over."""
        self._over = True
        self._leave()
