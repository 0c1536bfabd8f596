"""PostgreSQL, from version 13 on, by psycopg 3. One process runs flows on a database.

Writers take turns by an advisory lock that lasts as long as their transaction. So they commit one after
another as they do in SQLite, whatever process they are in: a change may rely on what it has read, and the
positions of a log become visible in their order.

Durability `full` waits until a commit is on the server's disk. With `fast` (`synchronous_commit=off`) a crash
of the server, not only a power cut, loses the last moments:
https://www.postgresql.org/docs/current/wal-async-commit.html
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, cast

import psycopg
from psycopg import conninfo, errors
from psycopg.pq import TransactionStatus
from sqlalchemy.engine import Engine
from sqlalchemy.pool import StaticPool
from sqlmodel import create_engine

from engine.base.settings import Durability
from engine.store.errors import (
    QueryTimeout,
    StoreConflict,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreUnavailable,
    StoreUnreachable,
    StoreUnwritable,
)

from . import postgresql_connection, postgresql_schema
from .base import Connection, Dialect, Execute, ExecuteMany, Mark, untranslated
from .postgresql_connection import Statements
from .postgresql_guard import SPACE, WRITING, ServerLease, ServerWatch

_OLDEST = 130_000  # the first with pg_xact_status of a whole transaction id
_CONNECT_WAIT = 10.0  # seconds
_LOCK_WAIT = 30  # seconds to wait while another process (the command line) writes

# https://www.postgresql.org/docs/current/errcodes-appendix.html; two characters are a whole class.
_CONFLICTS = ("23505", "23503")
_DAMAGED = ("XX001", "XX002")
_UNREACHABLE = ("08", "57P")
_UNAVAILABLE = ("40", "53", "55P03")
# One message to the server.
_BEGIN = f"BEGIN; SELECT pg_advisory_xact_lock({SPACE}, {WRITING}); SELECT pg_current_xact_id()::text"


class PostgreSQL(Dialect):
    """A database of a server."""

    compiler = postgresql_schema.Schema()  # type: ignore[no-untyped-call]
    begin_read = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    # A row of nulls would have to be of the column's type: a statement has as many rows as there are.
    batch_sizes = tuple(range(1, 65))

    def __init__(self, url: str, durability: Durability = "full") -> None:
        """Raises `psycopg.ProgrammingError` for what is not an address of a database."""
        parts = conninfo.conninfo_to_dict(url)
        self._url = url
        self._name = f"{parts.get('dbname', '')} at {parts.get('host', 'localhost')}"
        commit = "on" if durability == "full" else "off"
        self._options = (
            f"-c synchronous_commit={commit} -c lock_timeout={_LOCK_WAIT}s -c timezone=UTC -c jit=off"
        )

    def __str__(self) -> str:
        return self._name

    # -- the store as a whole ---------------------------------------------------------------------

    def create(self, *, alone: bool) -> None:
        pass  # who may create databases is decided by those who run the server

    def lease(self) -> ServerLease:
        return ServerLease(self)

    def watch(self) -> ServerWatch:
        return ServerWatch(self, self.probe)

    # -- connections ------------------------------------------------------------------------------

    def connect(self, *, read_only: bool = False) -> Connection:
        options = f"{self._options} -c default_transaction_read_only={'on' if read_only else 'off'}"
        connection = postgresql_connection.connect(self._url, options, _CONNECT_WAIT)
        if connection.info.server_version < _OLDEST:
            version = connection.info.server_version // 10_000
            connection.close()
            raise StoreUnavailable(f"{self} is PostgreSQL {version}. Switchyard needs version 13 or later.")
        return connection

    def inspect(self) -> Connection:
        return self.connect(read_only=True)

    def engine(self, connection: Connection) -> Engine:
        """With AUTOCOMMIT, SQLAlchemy begins nothing, and `skip_autocommit_rollback` keeps it from ending
        what is open, as in `SQLite.engine`."""
        engine = create_engine(
            postgresql_schema.URL,
            creator=lambda: connection,
            poolclass=StaticPool,
            isolation_level="AUTOCOMMIT",
            skip_autocommit_rollback=True,
        )
        engine.connect().close()  # the first asks the server for its version
        return engine

    def execute(self, connection: Connection) -> Execute:
        return cast(Execute, Statements(connection).execute)

    def execute_many(self, connection: Connection) -> ExecuteMany:
        return cast(ExecuteMany, Statements(connection).execute_many)

    def close(self, connection: Connection) -> None:
        connection.close()

    def interrupt(self, connection: Connection) -> None:
        connection.interrupt()

    def settle(self, connection: Connection) -> None:
        connection.settle()

    def is_lost(self, connection: Connection) -> bool:
        return bool(connection.closed)

    def in_transaction(self, connection: Connection) -> bool:
        status = connection.info.transaction_status
        return status not in (TransactionStatus.IDLE, TransactionStatus.UNKNOWN)

    # -- transactions -----------------------------------------------------------------------------

    def begin_write(self, execute: Execute) -> Mark:
        results: Any = execute(_BEGIN)
        while results.nextset():
            pass
        return results.fetchone()[0]

    def was_committed(self, execute: Execute, mark: Mark) -> bool | None:
        (status,) = execute("SELECT pg_xact_status(CAST(? AS xid8))", (mark,)).fetchone()
        return None if status == "in progress" else bool(status == "committed")

    # -- errors -----------------------------------------------------------------------------------

    def translate(self, error: BaseException) -> BaseException:
        driver = untranslated(error)
        if not isinstance(driver, psycopg.Error):
            return error
        code = driver.sqlstate or ""
        translated: StoreError
        if isinstance(driver, errors.QueryCanceled):
            translated = QueryTimeout("The query was canceled.")
        elif code in _CONFLICTS:
            translated = StoreConflict("This already exists. Reload and try again.")
        elif isinstance(driver, errors.DiskFull):
            translated = StoreFull("The disk is full. Nothing was stored.", retry_after=30)
        elif code in _DAMAGED:
            translated = StoreDamaged(f"The database is damaged: {driver}.", retry_after=30)
        elif isinstance(driver, errors.ReadOnlySqlTransaction):
            translated = StoreUnwritable(f"The database cannot be written: {driver}.", retry_after=30)
        elif code.startswith(_UNREACHABLE) or (not code and _is_connection_error(driver)):
            translated = StoreUnreachable("The database server does not answer.", retry_after=5)
        elif code.startswith(_UNAVAILABLE):
            translated = StoreUnavailable(f"The database cannot do this now: {driver}.", retry_after=5)
        else:
            translated = StoreError(str(driver))
        translated.__cause__ = error
        return translated

    # -- positions --------------------------------------------------------------------------------

    def readable(self, execute: Execute, table: str) -> int:
        """The last position: writers take turns (`begin_write`), and a sequence gives no number twice."""
        (last,) = execute(f"SELECT COALESCE(max(position), 0) FROM {table}").fetchone()  # noqa: S608 - our own
        return int(last)

    # -- statements with many rows ------------------------------------------------------------------

    def rows_statement(self, before: str, width: int, size: int, after: str) -> str:
        return _rows_statement(before, width, size, after)

    # -- expressions ------------------------------------------------------------------------------

    def contains(self, text: str) -> str:
        return f"{text} ILIKE ? ESCAPE '\\'"

    def text_of(self, column: str) -> str:
        return f"convert_from({column}, 'UTF8') COLLATE \"C\""

    def json_items(self, column: str) -> str:
        items = f"json_array_elements_text(CAST({column} AS json)) AS item"
        return f'LATERAL (SELECT item COLLATE "C" AS value FROM {items}) AS items'  # noqa: S608 - our own words

    def bucket(self, column: str) -> str:
        seconds = f"EXTRACT(EPOCH FROM CAST({column} AS timestamptz) - CAST(? AS timestamptz))"
        return f"CAST(trunc(CAST({seconds} AS float8) / CAST(? AS float8)) AS bigint)"

    def using_index(self, index: str) -> str:
        return ""  # its planner knows from statistics

    # -- introspection ----------------------------------------------------------------------------

    def tables(self, execute: Execute) -> set[str]:
        found = execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        return {name for (name,) in found}

    def probe(self) -> None:
        with self.translated(), closing(self.inspect()) as connection:
            connection.execute("SELECT 1").fetchone()

    def damage(self, execute: Execute) -> str:
        return ""  # the server's own tools look into its files (pg_amcheck)

    # -- migrations -------------------------------------------------------------------------------

    def schema_number(self, execute: Execute) -> int:
        return 0  # no version from before alembic knew PostgreSQL

    def set_schema_number(self, execute: Execute, number: int) -> None:
        pass

    @contextmanager
    def altering(self, execute: Execute) -> Iterator[None]:
        yield

    def dangling(self, execute: Execute) -> Counter[tuple[str, str]]:
        return Counter()  # no constraint is ever off

    @property
    def backups(self) -> Path | None:
        return None

    def back_up(self, revision: str) -> Path | None:
        return None  # an upgrade is one transaction, and backups are made by the server's own tools

    def prune_backups(self) -> None:
        pass


def _is_connection_error(error: psycopg.Error) -> bool:
    """Of what psycopg says by itself, without the server: no connection, or none any more."""
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)


@cache
def _rows_statement(before: str, width: int, size: int, after: str) -> str:
    row = f"({', '.join('?' * width)})"
    return f"{before}{'' if before.endswith('(') else ' '}VALUES {', '.join([row] * size)} {after}"
