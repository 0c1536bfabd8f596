"""One SQLite file, one writer thread, group commit; and readers beside it.

Whatever is waiting when the writer looks goes into one transaction, and then everybody who waited
is released: one flush to the disk serves many. A write is either a *statement* (SQL and parameters,
the hot path) or a *function* of a `Session` (the admin plane). Each stands in a savepoint of its
own, so one that fails harms no other in its batch.

SQLite in WAL mode: https://sqlite.org/wal.html. `synchronous=FULL` flushes at each commit, so what
was acknowledged outlives a power cut; `NORMAL` (durability `fast`) outlives only the process.

Each call into SQLite gives up Python's lock and has to win it back from the event loop, so on the hot
path calls are what costs: writes of one kind are handed to `submit_to`, and a batch's worth of them
becomes a few statements of many rows (`rows`).
"""

import asyncio
import logging
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import StaticPool
from sqlmodel import Session, create_engine

from engine.base.errors import Unavailable
from engine.base.settings import Durability

from . import migrations
from .lease import Lease

T = TypeVar("T")
I = TypeVar("I")  # noqa: E741 - an item
Work = Callable[[sqlite3.Connection], T]
Group = Callable[[sqlite3.Connection, list[I]], Sequence[T]]
"""Writes many items at once, and gives a result for each."""

log = logging.getLogger("switchyard.database")

_BATCH = 512  # writes in one transaction: bounds the wait of the first


class Database:
    """The door to the store's file. `open` it before use and `close` it after."""

    def __init__(self, path: Path, durability: Durability = "full") -> None:
        self.path = path
        self.durability = durability
        self._inbox: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._open = False
        self._readers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="reader")
        self._local = threading.local()
        self._engines: list[Engine] = []
        self._lock = threading.Lock()
        self._lease = Lease(path)
        self._watchers: tuple[tuple[asyncio.AbstractEventLoop, Callable[[], None]], ...] = ()

    # -- life ---------------------------------------------------------------------------------

    def open(self, *, alone: bool = False) -> None:
        """Create the file and its tables if need be and start the writer. Raises `Unavailable`.

        `alone` is for a process that runs flows: there is one for a file. A second one would take what the
        first has in hand for left behind by a crash, and run it again.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if alone:
            self._lease.acquire()
        self.path.touch(mode=0o600)  # events are nobody else's business; SQLite's other files follow it
        ready: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write_forever, args=(ready,), name="writer", daemon=True)
        self._thread.start()
        error = ready.get()
        if error is not None:
            self._lease.release()
        if isinstance(error, sqlite3.Error):
            raise Unavailable(
                f"{self.path} cannot be opened: {error}. `switchyard doctor` says more."
            ) from error
        if error is not None:
            raise error
        self._open = True

    def close(self) -> None:
        """Write what was handed in, then stop."""
        if self._thread is not None:
            self._open = False
            self._inbox.put(None)
            self._thread.join()
            self._thread = None
        self._readers.shutdown()
        for engine in self._engines:
            engine.dispose()
        self._lease.release()

    # -- use ----------------------------------------------------------------------------------

    async def write(self, change: Callable[[Session], T]) -> T:
        """Run `change` with a session on the writer thread; returns once its effects are committed.

        Raises what `change` raises, and then nothing of it is kept.
        """

        def work(connection: sqlite3.Connection) -> T:
            with Session(self._writer_engine, expire_on_commit=False) as session:
                result = change(session)
                session.flush()
                session.expunge_all()
                return result

        return await self.submit(work)

    def submit(
        self, work: Work[T], then: Callable[[T | BaseException], None] | None = None
    ) -> "asyncio.Future[T]":
        """Hand raw statements to the writer; the future is done once they are committed.

        `then` is told the result, or what was raised, before the future is done, and also when nobody waits
        for that any more. Must be called on the event loop's thread. Raises `Unavailable` when the store is
        closed.
        """
        return self._hand_in(work, None, then)

    def submit_to(
        self, group: Group[I, T], item: I, then: Callable[[T | BaseException], None] | None = None
    ) -> "asyncio.Future[T]":
        """Like `submit`, for the writes of which there are many: all items of a batch go to `group` at once.

        The order between groups, and between them and other writes of the batch, is not kept.
        """
        return self._hand_in(item, group, then)

    def watch(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` on this event loop after each commit, until what is given back is called."""
        watcher = (asyncio.get_running_loop(), callback)
        self._watchers = (*self._watchers, watcher)

        def unwatch() -> None:
            self._watchers = tuple(one for one in self._watchers if one is not watcher)

        return unwatch

    async def read(self, question: Callable[[Session], T]) -> T:
        """Run `question` with a read-only session on a reader thread."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, question)

    # -- inside -------------------------------------------------------------------------------

    def _hand_in(
        self,
        work: Any,
        group: Group[Any, Any] | None,
        then: Callable[[Any], None] | None = None,
    ) -> "asyncio.Future[Any]":
        if not self._open:
            raise Unavailable("The store is closed.")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._inbox.put(_Write(work, future, loop, group, then))
        return future

    def _read(self, question: Callable[[Session], T]) -> T:
        engine: Engine | None = getattr(self._local, "engine", None)
        if engine is None:
            engine = self._local.engine = self._engine(self._connect(read_only=True))
            with self._lock:
                self._engines.append(engine)
        with Session(engine, expire_on_commit=False) as session:
            result = question(session)
            session.expunge_all()
            return result

    def _connect(self, *, read_only: bool = False) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, isolation_level=None, check_same_thread=False, timeout=30, cached_statements=256
        )
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={'FULL' if self.durability == 'full' else 'NORMAL'}")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA cache_size=-32000")
        if read_only:
            connection.execute("PRAGMA query_only=ON")
        return connection

    def _engine(self, connection: sqlite3.Connection) -> Engine:
        engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)

        # The writer's transactions are the batch's, a reader's are single statements:
        # SQLAlchemy must begin and end none of its own.
        @event.listens_for(engine, "connect")
        def _no_begin(dbapi_connection: Any, _record: Any) -> None:
            dbapi_connection.isolation_level = None

        engine.dialect.do_commit = lambda dbapi_connection: None  # type: ignore[method-assign]
        engine.dialect.do_rollback = lambda dbapi_connection: None  # type: ignore[method-assign]
        return engine

    def _write_forever(self, ready: "queue.SimpleQueue[BaseException | None]") -> None:
        try:
            connection = self._connect()
            self._writer_engine = self._engine(connection)
            self._prepare(connection)
        except BaseException as error:
            ready.put(error)
            return
        ready.put(None)
        stopping = False
        while not stopping:
            batch: list[_Write] = []
            item = self._inbox.get()
            while item is not None:
                batch.append(item)
                if len(batch) >= _BATCH or self._inbox.empty():
                    break
                item = self._inbox.get()
            stopping = item is None
            if batch:
                self._commit(connection, batch)
        while not self._inbox.empty():  # handed in behind the last one: nobody must wait for it for ever
            item = self._inbox.get()
            if item is not None:
                item.error = Unavailable("The store is closed.")
                _release([item])
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._writer_engine.dispose()
        connection.close()

    def _prepare(self, connection: sqlite3.Connection) -> None:
        self._writer_engine.connect().close()  # its first connect sets the isolation level: that commits
        if self._lease.held or not migrations.is_due(connection, self.path):
            migrations.prepare(connection, self._writer_engine, self.path)
            return
        try:
            self._lease.acquire()  # a server of an earlier version may be running on the old tables
        except Unavailable as error:
            raise Unavailable(f"{error.message} Stop it, so that the database can be upgraded.") from error
        try:
            migrations.prepare(connection, self._writer_engine, self.path)
        finally:
            self._lease.release()

    def _commit(self, connection: sqlite3.Connection, batch: "list[_Write]") -> None:
        execute = connection.execute
        try:
            execute("BEGIN IMMEDIATE")
            for group, writes in _by_group(batch):
                _apply(connection, group, writes)
            execute("COMMIT")
        except BaseException as error:  # a full disk, say: nothing of the batch is durable
            if connection.in_transaction:
                execute("ROLLBACK")
            for write in batch:
                write.error = write.error or error
        _release(batch)
        for loop, callback in self._watchers:
            if not loop.is_closed():
                loop.call_soon_threadsafe(callback)


class _Write:
    """Something to write: an item for a group, or, without one, a function of the connection."""

    __slots__ = ("error", "future", "group", "loop", "result", "then", "work")

    def __init__(
        self,
        work: Any,
        future: "asyncio.Future[Any]",
        loop: asyncio.AbstractEventLoop,
        group: Group[Any, Any] | None = None,
        then: Callable[[Any], None] | None = None,
    ) -> None:
        self.work = work
        self.then = then
        self.group = group
        self.future = future
        self.loop = loop
        self.result: Any = None
        self.error: BaseException | None = None


def _by_group(batch: list[_Write]) -> Iterable[tuple[Group[Any, Any] | None, list[_Write]]]:
    found: dict[Group[Any, Any] | None, list[_Write]] = {}
    for write in batch:
        found.setdefault(write.group, []).append(write)
    return found.items()


def _apply(connection: sqlite3.Connection, group: Group[Any, Any] | None, writes: list[_Write]) -> None:
    """Write all items of a group at once; if that fails, each by itself, so that only the bad one fails."""
    if group is not None and len(writes) > 1:
        items = [write.work for write in writes]
        done = _attempt(connection, lambda: group(connection, items))
        if not isinstance(done, BaseException):
            for write, result in zip(writes, done, strict=True):
                write.result = result
            return
    for write in writes:
        one = write.work if group is None else _only(group, write.work)
        done = _attempt(connection, partial(one, connection))
        if isinstance(done, BaseException):
            write.error = done
        else:
            write.result = done


def _only(group: Group[Any, Any], item: Any) -> Work[Any]:
    return lambda connection: group(connection, [item])[0]


def _attempt(connection: sqlite3.Connection, work: Callable[[], Any]) -> Any:
    """What `work` gives, or what it raised and then nothing of it is kept."""
    connection.execute("SAVEPOINT one")
    try:
        done = work()
    except BaseException as error:
        connection.execute("ROLLBACK TO one")
        done = error
    connection.execute("RELEASE one")
    return done


_SIZES = (64, 16, 4, 1)  # rows of one statement: few texts, so that SQLite keeps them all prepared


def rows(
    connection: sqlite3.Connection, before: str, values: Sequence[Sequence[Any]], after: str = ""
) -> list[tuple[Any, ...]]:
    """Execute `before VALUES (…), (…), … after` for all rows of `values`, a few at a time; what RETURNING
    gives. The texts are ours, the values are bound."""
    found: list[tuple[Any, ...]] = []
    at = 0
    while at < len(values):
        size = next(size for size in _SIZES if size <= len(values) - at)
        marks = _marks(len(values[at]), size)
        bound = [value for row in values[at : at + size] for value in row]
        found += connection.execute(f"{before} {marks} {after}", bound).fetchall()
        at += size
    return found


@cache
def _marks(width: int, size: int) -> str:
    row = f"({', '.join('?' * width)})"
    return f"VALUES {', '.join([row] * size)}"


def _release(batch: list[_Write]) -> None:
    """Tell everybody in the batch, with one wake-up for each event loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Write]] = {}
    for write in batch:
        by_loop.setdefault(write.loop, []).append(write)
    for loop, writes in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_settle, writes)


def _settle(writes: list[_Write]) -> None:
    for write in writes:
        if write.then is not None:
            _tell(write.then, write.result if write.error is None else write.error)
        if write.future.done():  # whoever asked has gone; the write stands
            continue
        if isinstance(write.error, StopIteration):  # a future cannot hold it, and others wait behind it
            write.future.set_exception(RuntimeError("a change raised StopIteration"))
        elif write.error is not None:
            write.future.set_exception(write.error)
            if write.then is not None:
                write.future.exception()  # it was told
        else:
            write.future.set_result(write.result)


def _tell(then: Callable[[Any], None], outcome: Any) -> None:
    try:
        then(outcome)
    except Exception:  # the others of the batch must be told all the same
        log.exception("what follows a write failed")
