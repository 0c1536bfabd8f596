"""The writer: one thread that commits in groups.

Whatever is waiting when the writer looks goes into one transaction, and then everybody who waited is
released: one flush to the disk serves many. One that fails harms no other in its batch: each change runs in
a savepoint of its own, except where all belong to groups and none of them fails.
"""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeVar

from sqlalchemy.engine import Engine

from engine.base.errors import Unavailable

from . import ledger
from .dialects.base import Connection, Dialect, Mark
from .errors import StoreFull, StoreReplaced, StoreUnavailable, StoreUnreachable, StoreUnwritable
from .ledger import Counts
from .problems import StoreWatch
from .tx import Tx

T = TypeVar("T")
I = TypeVar("I")  # noqa: E741 - an item
Work = Callable[[Tx], T]
Group = Callable[[Tx, list[I]], Sequence[T]]
"""Writes many items at once, and returns a result for each."""
Then = Callable[[Any], None]
"""Receives a change's result, or what it raised."""

log = logging.getLogger("switchyard.database")

_BATCH = 512  # writes in one transaction: bounds the wait of the first
_ASK_AGAIN = 0.5  # seconds until a database that did not answer is asked again

CLOSED = "The store is closed."


class Write:
    """Something to write: an item for a group, or, without one, a function of a transaction."""

    __slots__ = ("error", "future", "group", "loop", "result", "then", "work")

    def __init__(
        self,
        work: Any,
        future: "asyncio.Future[Any] | None",
        loop: asyncio.AbstractEventLoop,
        group: Group[Any, Any] | None = None,
        then: Then | None = None,
    ) -> None:
        self.work = work
        self.then = then
        self.group = group
        self.future = future
        self.loop = loop
        self.result: Any = None
        self.error: BaseException | None = None


class _Link(NamedTuple):
    """The writer's connection, and what is on top of it."""

    connection: Connection
    engine: Engine
    tx: Tx


class Writer:
    """The thread and its connection. `committed` is called on the thread, after each commit."""

    def __init__(
        self,
        dialect: Dialect,
        prepare: Callable[[Connection, Engine], None],
        committed: Callable[[], None],
        watch: StoreWatch,
    ) -> None:
        """`prepare` brings the database to today's schema, on each connection of the writer before its first
        transaction."""
        self._dialect = dialect
        self._prepare = prepare
        self._committed = committed
        self._watch = watch
        self._inbox: queue.SimpleQueue[Write | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._mark: Mark = None  # of the transaction that is open

    def start(self) -> None:
        """Connect and prepare. Raises what that raises."""
        self._stopping.clear()
        ready: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write_forever, args=(ready,), name="writer", daemon=True)
        self._thread.start()
        error = ready.get()
        if error is not None:
            self._thread.join()
            self._thread = None
            raise self._dialect.translate(error)

    def put(self, write: Write) -> None:
        """Hand in a write; its future is done once it is committed, or could not be."""
        self._inbox.put(write)

    def stop(self) -> None:
        """Write what was handed in, then end."""
        if self._thread is not None:
            self._stopping.set()
            self._inbox.put(None)
            self._thread.join()
            self._thread = None

    # -- on the thread ----------------------------------------------------------------------------

    def _write_forever(self, ready: "queue.SimpleQueue[BaseException | None]") -> None:
        try:
            link = self._connect()
        except BaseException as error:
            ready.put(error)
            return
        ready.put(None)
        stopping = False
        while not stopping:
            batch: list[Write] = []
            item = self._inbox.get()
            while item is not None:
                batch.append(item)
                if len(batch) >= _BATCH or self._inbox.empty():
                    break
                item = self._inbox.get()
            stopping = item is None
            if batch:
                try:
                    link = self._begin(link)
                except BaseException as error:
                    self._fail(link, batch, error)
                    _release(batch)
                else:
                    self._commit(link, batch)
        while not self._inbox.empty():  # handed in behind the last one: nobody must wait for it for ever
            item = self._inbox.get()
            if item is not None:
                item.error = Unavailable(CLOSED)
                _release([item])
        self._dialect.close(link.connection)
        link.engine.dispose()

    def _connect(self) -> _Link:
        connection = self._dialect.connect()
        try:
            engine = self._dialect.engine(connection)
            self._prepare(connection, engine)
        except BaseException:
            connection.close()
            raise
        return _Link(connection, engine, Tx(self._dialect, connection, engine))

    def _begin(self, link: _Link) -> _Link:
        """Begin a transaction, on a new connection where the last one is lost; that connection."""
        try:
            self._mark = self._dialect.begin_write(link.tx.execute)
            return link
        except Exception:
            if not self._dialect.is_lost(link.connection):
                raise
        found = self._connect()
        link.engine.dispose()
        log.info("Connected to the database again.")
        self._mark = self._dialect.begin_write(found.tx.execute)
        return found

    def _commit(self, link: _Link, batch: list[Write]) -> None:
        tx, connection = link.tx, link.connection
        counts: Counts = {}
        is_committing = False
        try:
            groups = _by_group(batch)
            if None in groups or not self._apply_all(tx, connection, groups, counts):
                for group, writes in groups.items():
                    self._apply(tx, connection, group, writes, counts)
            if counts:
                ledger.store(tx, counts)
            self._watch.check()
            is_committing = True
            tx.execute("COMMIT")
        except BaseException as error:  # a full disk, say: nothing of the batch is durable
            is_lost = self._dialect.is_lost(connection)
            if not (is_committing and is_lost and self._was_committed()):
                self._fail(link, batch, error)
        _release(batch)
        self._committed()

    def _fail(self, link: _Link, batch: list[Write], error: BaseException) -> None:
        link.tx.discard()
        if self._dialect.in_transaction(link.connection):
            link.tx.execute("ROLLBACK")
        translated = self._dialect.translate(error)
        _log("%d writes could not be stored", len(batch), error=translated)
        self._watch.note(translated)
        for write in batch:
            write.error = write.error or translated

    def _was_committed(self) -> bool:
        """Whether the transaction was committed whose connection was lost during COMMIT. Waits for a database
        that can say so: nobody may take for undone what was done. False when the store is closed meanwhile.
        """
        log.warning("The connection to the database was lost during a commit. Asking whether it took place.")
        while True:
            try:
                connection = self._dialect.connect()
                try:
                    found = self._dialect.was_committed(self._dialect.execute(connection), self._mark)
                finally:
                    connection.close()
                if found is not None:
                    return found
            except Exception as error:
                self._watch.note(self._dialect.translate(error))
            if self._stopping.wait(_ASK_AGAIN):
                return False

    def _apply_all(
        self,
        tx: Tx,
        connection: Connection,
        groups: dict[Group[Any, Any] | None, list[Write]],
        counts: Counts,
    ) -> bool:
        """Write groups without a savepoint, since what fails is rare and savepoints cost. Whether that
        succeeded: if not, nothing is written, in a transaction that is begun anew."""
        tx.counted = {}
        try:
            for group, writes in groups.items():
                assert group is not None
                for write, result in zip(writes, group(tx, [one.work for one in writes]), strict=True):
                    write.result = result
            tx.detach()
        except BaseException:  # each by itself meets it again, and tells whoever asked
            tx.discard()
            if self._dialect.in_transaction(connection):
                tx.execute("ROLLBACK")
            self._mark = self._dialect.begin_write(tx.execute)
            return False
        counts.update(tx.counted)
        return True

    def _apply(
        self,
        tx: Tx,
        connection: Connection,
        group: Group[Any, Any] | None,
        writes: list[Write],
        counts: Counts,
    ) -> None:
        """Write all items of a group at once; if that fails, each by itself, so that only the bad one
        fails."""
        if group is not None and len(writes) > 1:
            items = [write.work for write in writes]
            done = self._attempt(tx, connection, lambda tx: group(tx, items), counts)
            if not isinstance(done, BaseException):
                for write, result in zip(writes, done, strict=True):
                    write.result = result
                return
        for write in writes:
            one = write.work if group is None else partial(_only, group, write.work)
            done = self._attempt(tx, connection, one, counts)
            if isinstance(done, BaseException):
                write.error = done
            else:
                write.result = done

    def _attempt(self, tx: Tx, connection: Connection, work: Work[Any], counts: Counts) -> Any:
        """The result of `work`, and what it counted in `counts`; or what it raised, and then nothing of it is
        stored."""
        execute = tx.execute
        tx.counted = {}
        execute("SAVEPOINT one")
        try:
            done = work(tx)
            tx.detach()
        except BaseException as error:
            tx.discard()
            if not self._dialect.in_transaction(connection):  # the database gave up the whole batch
                raise
            execute("ROLLBACK TO SAVEPOINT one")
            done = self._dialect.translate(error)
            if isinstance(done, StoreUnavailable):  # whoever runs the instance must see it
                _log("%d write could not be stored", 1, error=done)
                self._watch.note(done)
        else:
            for key, n in tx.counted.items():
                counts[key] = counts.get(key, 0) + n
        execute("RELEASE SAVEPOINT one")
        return done


def _log(message: str, count: int, *, error: BaseException) -> None:
    """Whoever runs the instance must see it; of what is known, one line is enough."""
    if isinstance(error, StoreFull | StoreReplaced | StoreUnreachable | StoreUnwritable):
        log.error(f"{message}: %s", count, error)
    else:
        log.error(message, count, exc_info=error)


def _only(group: Group[Any, Any], item: Any, tx: Tx) -> Any:
    return group(tx, [item])[0]


def _by_group(batch: list[Write]) -> dict[Group[Any, Any] | None, list[Write]]:
    found: dict[Group[Any, Any] | None, list[Write]] = {}
    for write in batch:
        found.setdefault(write.group, []).append(write)
    return found


# -- back to those who wait ---------------------------------------------------------------------------


def _release(batch: list[Write]) -> None:
    """Let everybody in the batch go on, with one wake-up for each event loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Write]] = {}
    for write in batch:
        by_loop.setdefault(write.loop, []).append(write)
    for loop, writes in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_settle, writes)


def _settle(writes: list[Write]) -> None:
    for write in writes:
        if write.then is not None:
            _call(write.then, write.result if write.error is None else write.error)
        if write.future is None or write.future.done():  # whoever asked has gone; the write stands
            continue
        if isinstance(write.error, StopIteration):  # a future cannot hold it, and others wait behind it
            write.future.set_exception(RuntimeError("a change raised StopIteration"))
        elif write.error is not None:
            write.future.set_exception(write.error)
            if write.then is not None:
                write.future.exception()  # `then` has it
        else:
            write.future.set_result(write.result)


def _call(then: Then, outcome: Any) -> None:
    try:
        then(outcome)
    except Exception:  # the others of the batch must go on all the same
        log.exception("what follows a write failed")
