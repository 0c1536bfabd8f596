"""A delivery engine with its store and senders, by a clock that the test moves; and a receiver."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from sqlmodel import select

from engine.base import payloads
from engine.base.actor import Actor
from engine.base.ids import new_id
from engine.base.secrets import Vault
from engine.base.settings import Settings
from engine.destinations import Destinations
from engine.destinations.senders import Senders
from engine.events import outbox
from engine.events.listeners import Interest
from engine.http.egress import Egress
from engine.store.database import Database
from engine.store.models import Delivery, Project
from engine.store.tx import Tx
from tests.engine.destinations.factories import published, started
from tests.support.clock import ManualClock, manual_clock
from tests.support.waiting import quiet, stored, turns

OK = (200, "")


@dataclass
class Target:
    """A receiver. `reply(path, webhook-id)` gives the status and more header lines; it is awaited first for
    `wait(path)`, if that is set."""

    port: int = 0
    got: list[tuple[str, str]] = field(default_factory=list)
    reply: Callable[[str, str], tuple[int, str]] = lambda path, id: OK
    gate: asyncio.Event | None = None

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def ids(self, path: str = "/") -> list[str]:
        return [id for where, id in self.got if where == path]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                path = head[0].split(" ")[1]
                headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in head[1:] if line)}
                await reader.readexactly(int(headers["content-length"]))
                self.got.append((path, headers["webhook-id"]))
                if self.gate is not None:
                    await self.gate.wait()
                status, more = self.reply(path, headers["webhook-id"])
                writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: 0\r\n{more}\r\n".encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def target() -> AsyncIterator[Target]:
    made = Target()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()


class DeliveryHarness:
    """One engine on one store; after `again` it is the next process."""

    def __init__(self, folder: Path, clock: ManualClock, draw: float = 0.5, **hooks: Any) -> None:
        loopback = (ip_network("127.0.0.0/8"),)
        settings = Settings(
            data_dir=folder, durability="fast", egress_allow=loopback, allow_http_destinations=True
        )
        self.folder, self.clock, self.draw, self.hooks = folder, clock, draw, hooks
        self.db = Database(settings.database_path, "fast")
        self.egress = Egress(loopback)
        known = {
            "start": started,
            "publish": published,
            "write_lineage": lambda chain, run_id: ",".join(chain),
            "webhook_at": lambda url: None,
        }
        self.senders = Senders(self.egress, data_dir=folder, base_url=settings.base_url, **known)  # type: ignore[arg-type]
        self.interest = Interest()
        self.out = Destinations(
            self.db, Vault.from_settings(settings), settings, self.interest, outbox.emit,
            hooks.get("sender") or self.senders, hooks.get("flow_at", lambda url: None), draw=lambda: draw,
        )  # fmt: skip
        self.system = Actor.system()

    async def start(self) -> None:
        self.db.open(alone=True)
        await self.out.start()

    async def stop(self) -> None:
        await self.out.stop()
        await self.senders.aclose()
        await self.egress.aclose()
        await asyncio.to_thread(self.db.close)
        await turns()

    async def again(self, **hooks: Any) -> None:
        """End, and begin anew on the same store."""
        await self.stop()
        self.__init__(self.folder, self.clock, self.draw, **(self.hooks | hooks))  # type: ignore[misc]
        await self.start()

    # -- what somebody does -------------------------------------------------------------------------

    async def project(self, name: str = "One") -> str:
        def change(tx: Tx) -> str:
            made = Project(id=new_id("prj"), name=name, created="2026-01-01T00:00:00.000Z")
            tx.session.add(made)
            tx.session.flush()
            return made.id

        return await self.db.write(change)

    async def make(self, project: str | None, url: str, *events: str, **more: Any) -> str:
        spec = {"name": "Out", "url": url, "events": list(events or ("flow.created",)), **more}
        return (await self.out.create(self.actor(project), project, spec)).record.id

    def actor(self, project: str | None) -> Actor:
        return Actor.system(project)

    async def say(self, project: str | None, *names: str, lineage: tuple[str, ...] = ()) -> list[str]:
        """Events `flow.created` of flows with these ids; the events' ids."""

        def work(tx: Tx) -> list[str]:
            for name in names:
                data = payloads.flow_data(id=name, name=name, created="", updated="")
                outbox.emit(tx, "flow.created", data, None, project, lineage=lineage)
            ids = tx.execute("SELECT id FROM events ORDER BY position DESC LIMIT ?", (len(names),))
            return [row[0] for row in ids][::-1]

        return await self.db.submit(work)

    def later(self, seconds: float) -> None:
        """Let time go by."""
        self.clock.advance(seconds)

    async def quiet(self) -> None:
        """Let what is under way come to rest."""
        await quiet(self.db)

    # -- what is there ------------------------------------------------------------------------------

    async def rows(self, destination: str) -> list[Delivery]:
        """Its deliveries, oldest first."""

        def question(tx: Tx) -> list[Delivery]:
            found = select(Delivery).where(Delivery.destination_id == destination)
            return list(tx.session.exec(found.order_by(Delivery.id)).all())

        return await self.db.read(question)

    async def until(self, destination: str, *statuses: str, attempts: int | None = None) -> list[Delivery]:
        """Its deliveries, once they stand like this (and, together, were tried so often)."""
        found: list[Delivery] = []

        async def ask() -> bool:
            found[:] = await self.rows(destination)
            tried = sum(row.attempts for row in found)
            return [row.status for row in found] == [*statuses] and attempts in (None, tried)

        await stored(self.db, ask)
        return found

    async def actions(self) -> list[str]:
        """The events that were raised, in their order."""
        rows = await self.db.read(
            lambda tx: tx.execute("SELECT action FROM events ORDER BY position").fetchall()
        )
        return [row[0] for row in rows]


@asynccontextmanager
async def delivering(folder: Path, **more: Any) -> AsyncIterator[DeliveryHarness]:
    with manual_clock() as clock:
        made = DeliveryHarness(folder, clock, **more)
        await made.start()
        try:
            yield made
        finally:
            await made.stop()
