"""The store: one writer with group commit, and readers beside it.

A change is a function of a `Tx`: statements on the hot path, an ORM session on the admin plane. Writes of
which there are many are handed to `submit_to`: a batch's worth of them becomes a few statements of many
rows.

Which database it is, and what that means, is in `dialects`.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy.engine import Engine

from engine.base.errors import Unavailable
from engine.base.settings import Durability

from . import migrations
from .dialects.base import Connection, Dialect
from .dialects.sqlite import SQLite
from .errors import RESTORE, SchemaTooNew, StoreDamaged, StoreError, StoreUnavailable
from .readers import ReaderPool
from .tx import Tx
from .writer import CLOSED, Group, Then, Work, Write, Writer

log = logging.getLogger("switchyard.database")

T = TypeVar("T")
I = TypeVar("I")  # noqa: E741 - an item

READ_LIMIT = 30.0
"""Seconds that a question may take."""
SEARCH_LIMIT = 10.0
"""Seconds that a search may take."""
_READERS = 4
_SEARCHERS = 2
_ADVICE = "Narrow the search: a shorter span of time, one flow, or one status."


class Database:
    """The connection to the store. `open` it before use and `close` it after."""

    def __init__(
        self,
        store: Path | Dialect,
        durability: Durability = "full",
        *,
        read_limit: float = READ_LIMIT,
        search_limit: float = SEARCH_LIMIT,
    ) -> None:
        """`store` is a file, for SQLite with this durability, or a database."""
        self.dialect = SQLite(store, durability) if isinstance(store, Path) else store
        self.files = self.dialect.watch()
        """What is wrong with an open store, if anything is."""
        self._writer = Writer(self.dialect, self._prepare, self._committed, self.files)
        self._readers = ReaderPool(
            self.dialect, self.files, name="reader", readers=_READERS, limit=read_limit
        )
        self._searchers = ReaderPool(
            self.dialect, self.files, name="searcher", readers=_SEARCHERS, limit=search_limit, advice=_ADVICE
        )
        self._lease = self.dialect.lease()
        self._open = False
        self._watchers: tuple[tuple[asyncio.AbstractEventLoop, Callable[[], None]], ...] = ()

    @property
    def path(self) -> Path:
        """The file of a store that is one."""
        assert isinstance(self.dialect, SQLite)
        return self.dialect.path

    # -- life -------------------------------------------------------------------------------------

    def open(self, *, alone: bool = False) -> None:
        """Create the store and its tables if need be and start the writer. Raises `Unavailable`.

        `alone` is for a process that runs flows: there is one for a store.
        """
        if alone:
            self._lease.acquire()
            self.files.open()
        self.dialect.create(alone=alone)
        try:
            self._writer.start()
        except BaseException as error:
            self._lease.release()
            if isinstance(error, StoreDamaged):
                raise StoreDamaged(
                    f"{self.dialect} is damaged and cannot be opened: {error.__cause__ or error}. {RESTORE}"
                ) from error
            if isinstance(error, StoreError) and not isinstance(error, SchemaTooNew):
                reason = error.__cause__ or error
                raise StoreUnavailable(
                    f"{self.dialect} cannot be opened: {reason}. Run `switchyard doctor` for details."
                ) from error
            raise
        self.files.remember()
        self._open = True

    def close(self) -> None:
        """Write what was handed in, stop what is being read, then end."""
        self._open = False
        self._writer.stop()
        self.files.close()
        self._readers.close()
        self._searchers.close()
        self._lease.release()

    # -- use --------------------------------------------------------------------------------------

    async def write(self, change: Callable[[Tx], T]) -> T:
        """Run `change` on the writer's thread; returns once its effects are committed.

        Raises what `change` raises, and then nothing of it is stored, a `StoreError` that says what the
        database refused, and `Unavailable` when the store is closed.
        """
        return await self.submit(change)

    def submit(
        self, work: Work[T], then: Callable[[T | BaseException], None] | None = None
    ) -> "asyncio.Future[T]":
        """Hand a change to the writer; the future is done once it is committed.

        `then` receives the result, or what was raised, before the future is done, and also when nobody waits
        for that any more. Must be called on the event loop's thread. Raises `Unavailable` when the store is
        closed.
        """
        return self._hand_in(work, None, then)

    def submit_to(
        self, group: Group[I, T], item: I, then: Callable[[T | BaseException], None] | None = None
    ) -> "asyncio.Future[T]":
        """Like `submit`, for the writes of which there are many: all items of a batch go to `group` at once.

        The order between groups, and between them and other writes of the batch, is not preserved.
        """
        return self._hand_in(item, group, then)

    def submit_silently(self, group: Group[I, T], item: I, then: Callable[[T | BaseException], None]) -> None:
        """`submit_to` where nobody awaits it: `then` alone hears what came of it."""
        self._check_open()
        self._writer.put(Write(item, None, asyncio.get_running_loop(), group, then))

    async def read(self, question: Callable[[Tx], T]) -> T:
        """Run `question` on a reader's thread, in one snapshot.

        Raises what it raises, `QueryTimeout`, and `Unavailable` when the store is closed.
        """
        return await self._ask(self._readers, question)

    async def search(self, question: Callable[[Tx], T]) -> T:
        """Like `read`, for a question that looks through very many rows: it has readers of its own, so that
        no other question waits for it, and less time."""
        return await self._ask(self._searchers, question)

    def watch(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` on this event loop after each commit, until the returned function is called."""
        watcher = (asyncio.get_running_loop(), callback)
        self._watchers = (*self._watchers, watcher)

        def unwatch() -> None:
            self._watchers = tuple(one for one in self._watchers if one is not watcher)

        return unwatch

    # -- inside -----------------------------------------------------------------------------------

    async def _ask(self, pool: ReaderPool, question: Callable[[Tx], T]) -> T:
        self._check_open()
        try:
            return await pool.read(question)
        except StoreDamaged as error:
            self.files.note(error)
            raise

    def _check_open(self) -> None:
        if not self._open:
            raise Unavailable(CLOSED)

    def _hand_in(
        self, work: Any, group: Group[Any, Any] | None, then: Then | None = None
    ) -> "asyncio.Future[Any]":
        self._check_open()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._writer.put(Write(work, future, loop, group, then))
        return future

    def _prepare(self, connection: Connection, engine: Engine) -> None:
        """On the writer's thread."""
        if self._lease.held:
            self._lease.attach(connection)
        if self._lease.held or not migrations.is_due(self.dialect, self.dialect.execute(connection)):
            migrations.prepare(self.dialect, connection, engine)
            return
        try:
            self._lease.acquire()  # a server of an earlier version may be running on the old tables
        except Unavailable as error:
            raise Unavailable(f"{error.message} Stop it, so that the database can be upgraded.") from error
        try:
            migrations.prepare(self.dialect, connection, engine)
        finally:
            self._lease.release()

    def _committed(self) -> None:
        """On the writer's thread."""
        for loop, callback in self._watchers:
            if not loop.is_closed():
                loop.call_soon_threadsafe(callback)
