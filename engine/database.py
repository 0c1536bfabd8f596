"""One SQLite file, one writer thread, group commit; and readers beside it.

Whatever is waiting when the writer looks goes into one transaction, and then everybody who waited
is released: one flush to the disk serves many. A write is either a *statement* (SQL and parameters,
the hot path) or a *function* of a `Session` (the admin plane). Each stands in a savepoint of its
own, so one that fails harms no other in its batch.

SQLite in WAL mode: https://sqlite.org/wal.html. `synchronous=FULL` flushes at each commit, so what
was acknowledged outlives a power cut; `NORMAL` (durability `fast`) outlives only the process.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import StaticPool
from sqlmodel import Session, SQLModel, create_engine

from . import models  # noqa: F401 - fills SQLModel.metadata
from .settings import Durability

T = TypeVar("T")
Statement = tuple[str, Sequence[Any]]
Work = Callable[[sqlite3.Connection], T]

_BATCH = 512  # writes in one transaction: bounds the wait of the first
_SCHEMA = 1


class SchemaTooNew(RuntimeError):
    """The file was written by a newer Switchyard."""


class Database:
    """The door to the store's file. `open` it before use and `close` it after."""

    def __init__(self, path: Path, durability: Durability = "full") -> None:
        self.path = path
        self.durability = durability
        self._inbox: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._readers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="reader")
        self._local = threading.local()
        self._engines: list[Engine] = []
        self._lock = threading.Lock()

    # -- life ---------------------------------------------------------------------------------

    def open(self) -> None:
        """Create the file and its tables if need be and start the writer."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        ready: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write_forever, args=(ready,), name="writer", daemon=True)
        self._thread.start()
        error = ready.get()
        if error is not None:
            raise error

    def close(self) -> None:
        """Write what was handed in, then stop."""
        if self._thread is not None:
            self._inbox.put(None)
            self._thread.join()
            self._thread = None
        self._readers.shutdown()
        for engine in self._engines:
            engine.dispose()

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

    def submit(self, work: Work[T]) -> "asyncio.Future[T]":
        """Hand raw statements to the writer; the future is done once they are committed.

        Must be called on the event loop's thread.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._inbox.put(_Write(work, future, loop))
        return future

    async def read(self, question: Callable[[Session], T]) -> T:
        """Run `question` with a read-only session on a reader thread."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, question)

    # -- inside -------------------------------------------------------------------------------

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
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=30)
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
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._writer_engine.dispose()
        connection.close()

    def _prepare(self, connection: sqlite3.Connection) -> None:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > _SCHEMA:
            raise SchemaTooNew(f"{self.path} has schema {version}; this Switchyard knows {_SCHEMA}")
        SQLModel.metadata.create_all(self._writer_engine)
        connection.execute(f"PRAGMA user_version={_SCHEMA}")

    def _commit(self, connection: sqlite3.Connection, batch: "list[_Write]") -> None:
        execute = connection.execute
        try:
            execute("BEGIN IMMEDIATE")
            for write in batch:
                execute("SAVEPOINT one")
                try:
                    write.result = write.work(connection)
                except BaseException as error:
                    write.error = error
                    execute("ROLLBACK TO one")
                execute("RELEASE one")
            execute("COMMIT")
        except BaseException as error:  # a full disk, say: nothing of the batch is durable
            if connection.in_transaction:
                execute("ROLLBACK")
            for write in batch:
                write.error = write.error or error
        _release(batch)


class _Write:
    __slots__ = ("error", "future", "loop", "result", "work")

    def __init__(self, work: Work[Any], future: "asyncio.Future[Any]", loop: asyncio.AbstractEventLoop) -> None:
        self.work = work
        self.future = future
        self.loop = loop
        self.result: Any = None
        self.error: BaseException | None = None


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
        if write.future.done():  # whoever asked has gone; the write stands
            continue
        if write.error is not None:
            write.future.set_exception(write.error)
        else:
            write.future.set_result(write.result)
