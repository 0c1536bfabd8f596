"""What a store on a PostgreSQL server needs beside its tables: a lease, and a look at whether it answers."""

from collections.abc import Callable
from typing import Any

from engine.base.errors import Unavailable
from engine.store.errors import StoreFull, StoreUnavailable, StoreUnreachable
from engine.store.lease import Lease
from engine.store.problems import FULL, UNREACHABLE, Problem, StoreWatch

SPACE = 0x53574348
"""The first number of our advisory locks in a database: "SWCH"."""
WRITING, RUNNING = 1, 2
"""The second number: of who writes, for a transaction, and of the process that runs flows."""


class ServerLease(Lease):
    """An advisory lock of the writer's own connection. Whoever loses the connection has lost the lease too,
    and writes nothing before it has both again. https://www.postgresql.org/docs/current/explicit-locking.html
    """

    def __init__(self, store: object) -> None:
        self._store = store
        self._held = False

    @property
    def held(self) -> bool:
        return self._held

    def acquire(self) -> None:
        self._held = True

    def attach(self, connection: Any) -> None:
        (taken,) = connection.execute(f"SELECT pg_try_advisory_lock({SPACE}, {RUNNING})").fetchone()
        if not taken:
            raise Unavailable(f"Another Switchyard is already running on {self._store}.")

    def release(self) -> None:
        self._held = False


class ServerWatch(StoreWatch):
    """Notices when the server does not answer, and when it does again."""

    def __init__(self, store: object, probe: Callable[[], None]) -> None:
        """`probe` asks something by a new connection. Raises `StoreUnavailable`."""
        super().__init__(store)
        self._probe = probe

    def open(self) -> None:
        pass

    def remember(self) -> None:
        self._report(None)

    def close(self) -> None:
        self.problem = None

    def look(self) -> Problem | None:
        try:
            self._probe()
        except StoreUnavailable:
            self._report(UNREACHABLE)
        else:
            self._report(None)
        return self.problem

    def check(self) -> None:
        pass  # a connection leads to the same database for as long as it lasts

    def note(self, error: BaseException) -> None:
        if isinstance(error, StoreUnreachable):
            self._report(UNREACHABLE)
        elif isinstance(error, StoreFull):
            self._report(FULL)
