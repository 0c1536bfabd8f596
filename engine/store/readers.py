"""Connection pools for reading: each question sees one snapshot of the database, and has a time limit.

A reader is a thread with a connection of its own. All statements of a question run in one read transaction,
so they agree with each other whatever the writer commits in between. A question that runs for longer than
its limit is interrupted and raises `QueryTimeout`.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from sqlalchemy.engine import Engine

from engine.base.errors import Unavailable

from .dialects.base import Connection, Dialect
from .errors import QueryTimeout
from .problems import StoreWatch
from .tx import Tx
from .writer import CLOSED

T = TypeVar("T")

log = logging.getLogger("switchyard.database")

_AGAIN = 0.05  # seconds until a stopped question is interrupted again: it may have been between statements


class ReaderPool:
    """Some readers, and those who wait for one."""

    def __init__(
        self, dialect: Dialect, watch: StoreWatch, *, name: str, readers: int, limit: float, advice: str = ""
    ) -> None:
        """`limit` is in seconds, from the moment a reader begins with a question; `advice` is a sentence for
        whoever asked too much."""
        self._dialect = dialect
        self._watch = watch
        self._limit = limit
        self._advice = advice
        self._threads = ThreadPoolExecutor(max_workers=readers, thread_name_prefix=name)
        self._local = threading.local()
        self._lock = threading.Condition()  # notified when a question is over
        self._connections: list[tuple[Connection, Engine]] = []
        self._questions: set[_Question] = set()
        self._closed = False

    async def read(self, question: Callable[[Tx], T]) -> T:
        """The answer to `question`, which gets a read-only transaction on a reader's thread.

        Raises what it raises, `QueryTimeout`, and `Unavailable` once the pool is closed. A caller that is
        canceled stops its question.
        """
        loop = asyncio.get_running_loop()
        asked = _Question(question, self._dialect, self._limit)
        with self._lock:
            if self._closed:
                raise Unavailable(CLOSED)
            self._questions.add(asked)
            answer: asyncio.Future[T] = loop.run_in_executor(self._threads, self._answer, asked)
        asked.watch(loop, self._limit, partial(self._too_slow, asked))
        try:
            return await answer
        except asyncio.CancelledError:  # nobody waits any more: make room for those who do
            asked.stop(Unavailable("Nobody waits for the answer."))
            if not asked.runs:  # perhaps no reader will ever see it
                self._forget(asked)
            raise
        finally:
            asked.unwatch()

    def close(self) -> None:
        """Stop what runs and what waits, and close the connections."""
        with self._lock:
            self._closed = True
            while self._questions:
                for question in self._questions:
                    question.stop(Unavailable(CLOSED))
                self._lock.wait(_AGAIN)
        self._threads.shutdown()
        for connection, engine in self._connections:
            connection.close()
            engine.dispose()

    # -- on a reader's thread -----------------------------------------------------------------------

    def _answer(self, asked: "_Question") -> Any:
        try:
            with self._dialect.translated():
                connection, tx = self._reader()
                try:
                    if not asked.begin(connection, tx):  # its server was restarted since the last question
                        self._end(connection, tx)
                        connection, tx = self._reader()
                        asked.begin(connection, tx)
                    return asked.answer(tx)
                finally:
                    self._end(connection, tx)
        except QueryTimeout as error:
            if asked.stopped is None:
                raise
            raise asked.stopped from error
        finally:
            self._forget(asked)

    def _end(self, connection: Connection, tx: Tx) -> None:
        """Make the reader ready for the next question."""
        self._dialect.settle(connection)
        if self._dialect.in_transaction(connection):
            with suppress(Exception):  # what was interrupted may leave statements behind that cannot end
                tx.execute("ROLLBACK")
        if self._dialect.in_transaction(connection) or self._dialect.is_lost(connection):
            self._local.reader = None
            connection.close()
            with self._lock:
                self._connections = [one for one in self._connections if one[0] is not connection]

    def _forget(self, asked: "_Question") -> None:
        with self._lock:
            self._questions.discard(asked)
            self._lock.notify_all()

    def _reader(self) -> tuple[Connection, Tx]:
        """This thread's connection."""
        found: tuple[Connection, Tx] | None = getattr(self._local, "reader", None)
        if found is None:
            self._watch.check()  # else it would read another file than the writer writes
            connection = self._dialect.connect(read_only=True)
            engine = self._dialect.engine(connection)
            found = self._local.reader = (connection, Tx(self._dialect, connection, engine))
            with self._lock:
                self._connections.append((connection, engine))
        return found

    def _too_slow(self, asked: "_Question") -> Unavailable:
        log.warning("a query was stopped after %g s: %s", self._limit, asked.work)
        return QueryTimeout(
            f"This took longer than {self._limit:g} s and was stopped. {self._advice}".strip()
        )


class _Question:
    """A question from when it is asked until it is answered, stopped or failed."""

    __slots__ = (
        "_began",
        "_connection",
        "_dialect",
        "_limit",
        "_lock",
        "_over",
        "_timer",
        "stopped",
        "work",
    )

    def __init__(self, work: Callable[[Tx], Any], dialect: Dialect, limit: float) -> None:
        self.work = work
        self._dialect = dialect
        self._limit = limit
        self._lock = threading.Lock()
        self._connection: Connection | None = None  # while it runs
        self._began = 0.0
        self._over = False
        self._timer: asyncio.TimerHandle | None = None
        self.stopped: Unavailable | None = None
        """Why it was stopped."""

    def begin(self, connection: Connection, tx: Tx) -> bool:
        """Begin its transaction. False if the connection turns out to be lost, at its first try: a second one
        raises what is wrong."""
        with self._lock:
            if self.stopped is not None:
                raise self.stopped
            again = self._connection is not None
            self._connection = connection
            if not again:
                self._began = time.monotonic()
        try:
            tx.execute(self._dialect.begin_read)
        except Exception:
            if again or not self._dialect.is_lost(connection):
                self._end(tx)
                raise
            return False
        return True

    def answer(self, tx: Tx) -> Any:
        """Run it in the transaction that was begun."""
        try:
            return self.work(tx)
        finally:
            self._end(tx)

    def _end(self, tx: Tx) -> None:
        with self._lock:  # from here on the connection is somebody else's
            self._connection, self._over = None, True
        tx.discard()

    @property
    def runs(self) -> bool:
        """Whether a reader is at it."""
        with self._lock:
            return self._connection is not None

    def stop(self, reason: Unavailable) -> None:
        """Interrupt it if it runs; if it has not begun, it will not."""
        with self._lock:
            self.stopped = self.stopped or reason
            if self._connection is not None:
                self._dialect.interrupt(self._connection)

    def watch(self, loop: asyncio.AbstractEventLoop, delay: float, reason: Callable[[], Unavailable]) -> None:
        """Stop it once it is over its limit. Call it on the event loop."""

        def look() -> None:
            left = self._left()
            if left is None:
                return
            if left <= 0:
                if self.stopped is None:
                    self.stop(reason())
                else:
                    self.stop(self.stopped)
                left = _AGAIN
            self.watch(loop, left, reason)

        self._timer = loop.call_later(delay, look)

    def unwatch(self) -> None:
        """Nobody looks after it any more, unless it was stopped and still runs."""
        if self._timer is not None and (self.stopped is None or self._left() is None):
            self._timer.cancel()

    def _left(self) -> float | None:
        """Seconds until its limit; None when it is over, or will never begin."""
        with self._lock:
            if self._connection is None:
                return None if self._over or self.stopped is not None else self._limit
            return 0.0 if self.stopped is not None else self._limit - (time.monotonic() - self._began)
