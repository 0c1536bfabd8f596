"""SQLite: one file, in WAL mode, one writer at a time. https://sqlite.org/wal.html

`synchronous=FULL` flushes at each commit, so what was acknowledged outlives a power cut; `NORMAL`
(durability `fast`) outlives only the process.
"""

import logging
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

from sqlalchemy.dialects import sqlite
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
    StoreUnwritable,
)
from engine.store.lease import FileLease
from engine.store.watch import FileWatch

from . import sqlite_backup
from .base import Connection, Dialect, Execute, ExecuteMany, Mark, untranslated

log = logging.getLogger("switchyard.database")

_LOCK_WAIT = 30  # seconds to wait while another process (the command line) writes
_STATEMENTS = 256  # prepared statements of a connection
_CACHE_KB = 32_000
_EMPTY = "A new database is created in it. If there was one before, stop and restore it from a backup."
# https://sqlite.org/rescode.html. What is missing here cannot become right by waiting.
_UNAVAILABLE = frozenset(
    {"SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_CANTOPEN", "SQLITE_PROTOCOL", "SQLITE_NOMEM", "SQLITE_PERM",
     "SQLITE_AUTH"}
)  # fmt: skip
_UNWRITABLE = frozenset({"SQLITE_READONLY", "SQLITE_IOERR"})
_DAMAGED = frozenset({"SQLITE_CORRUPT", "SQLITE_NOTADB"})
_CONFLICTS = ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_FOREIGNKEY")


class SQLite(Dialect):
    """The database in one file."""

    compiler = sqlite.dialect()
    begin_read = "BEGIN"
    is_a_file = True

    def __init__(self, path: Path, durability: Durability = "full") -> None:
        self.path = path
        self._synchronous = "FULL" if durability == "full" else "NORMAL"

    def __str__(self) -> str:
        return str(self.path)

    # -- the store as a whole ---------------------------------------------------------------------

    def create(self, *, alone: bool) -> None:
        if alone and self.path.is_file() and not self.path.stat().st_size and not self._has_log():
            log.warning("%s is empty. %s", self.path, _EMPTY)
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path.touch(mode=0o600)  # events are nobody else's business; SQLite's other files follow it

    def _has_log(self) -> bool:
        return self.path.with_name(f"{self.path.name}-wal").exists()

    def lease(self) -> FileLease:
        return FileLease(self.path)

    def watch(self) -> FileWatch:
        return FileWatch(self.path, self.probe)

    # -- connections ------------------------------------------------------------------------------

    def connect(self, *, read_only: bool = False) -> Connection:
        # `isolation_level=None`: Python's driver begins nothing by itself.
        connection = sqlite3.connect(
            self.path,
            isolation_level=None,
            check_same_thread=False,
            timeout=_LOCK_WAIT,
            cached_statements=_STATEMENTS,
        )
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={self._synchronous}")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA cache_size=-{_CACHE_KB}")
        if read_only:
            connection.execute("PRAGMA query_only=ON")
        return connection

    def inspect(self) -> Connection:
        return sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)

    def engine(self, connection: Connection) -> Engine:
        """With AUTOCOMMIT, SQLAlchemy begins nothing, but it still calls the driver's `commit` and
        `rollback`, which end whatever transaction is open on the connection. A session that is closed calls
        `rollback`: `skip_autocommit_rollback` omits that. `Tx.session` refuses `commit`.
        https://docs.sqlalchemy.org/en/20/core/connections.html#dbapi-autocommit
        """
        engine = create_engine(
            "sqlite://",
            creator=lambda: connection,
            poolclass=StaticPool,
            isolation_level="AUTOCOMMIT",
            skip_autocommit_rollback=True,
        )
        engine.connect().close()  # the first sets the isolation level, which would end a transaction
        return engine

    def execute(self, connection: Connection) -> Execute:
        execute: Execute = connection.execute
        return execute

    def execute_many(self, connection: Connection) -> ExecuteMany:
        execute_many: ExecuteMany = connection.executemany
        return execute_many

    def close(self, connection: Connection) -> None:
        # Move what is in the write-ahead log into the file.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()

    def interrupt(self, connection: Connection) -> None:
        connection.interrupt()

    def settle(self, connection: Connection) -> None:
        pass  # an interrupt has arrived by the time `interrupt` returns

    def is_lost(self, connection: Connection) -> bool:
        return False  # there is no server

    def in_transaction(self, connection: Connection) -> bool:
        return bool(connection.in_transaction)

    # -- transactions -----------------------------------------------------------------------------

    def begin_write(self, execute: Execute) -> Mark:
        execute("BEGIN IMMEDIATE")

    def was_committed(self, execute: Execute, mark: Mark) -> bool:
        return False  # no connection is ever lost

    # -- errors -----------------------------------------------------------------------------------

    def translate(self, error: BaseException) -> BaseException:
        driver = untranslated(error)
        if not isinstance(driver, sqlite3.Error):
            return error
        name: str = getattr(driver, "sqlite_errorname", "")  # of what SQLite said, not of what Python says
        primary = "_".join(name.split("_")[:2])
        translated: StoreError
        if primary == "SQLITE_INTERRUPT":
            translated = QueryTimeout("The query was canceled.")
        elif name in _CONFLICTS:
            translated = StoreConflict("This already exists. Reload and try again.")
        elif primary == "SQLITE_FULL":
            translated = StoreFull("The disk is full. Nothing was stored.", retry_after=30)
        elif primary in _DAMAGED:
            translated = StoreDamaged(f"The database is damaged: {driver}.", retry_after=30)
        elif primary in _UNWRITABLE:
            translated = StoreUnwritable(f"The database cannot be written: {driver}.", retry_after=30)
        elif primary in _UNAVAILABLE:
            translated = StoreUnavailable(f"The database cannot do this now: {driver}.", retry_after=5)
        else:
            translated = StoreError(str(driver))
        translated.__cause__ = error
        return translated

    # -- positions --------------------------------------------------------------------------------

    def readable(self, execute: Execute, table: str) -> int:
        """The last position: writers take turns, and AUTOINCREMENT gives no number twice."""
        (last,) = execute(f"SELECT COALESCE(max(position), 0) FROM {table}").fetchone()  # noqa: S608 - our own
        return int(last)

    # -- statements with many rows ------------------------------------------------------------------

    # Few enough texts to have them all prepared.
    batch_sizes = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)

    def rows_statement(self, before: str, width: int, size: int, after: str) -> str:
        return _rows_statement(before, width, size, after)

    # -- expressions ------------------------------------------------------------------------------

    def contains(self, text: str) -> str:
        return f"{text} LIKE ? ESCAPE '\\'"  # SQLite's own ignores the case of ASCII letters

    def text_of(self, column: str) -> str:
        return f"CAST({column} AS TEXT)"

    def json_items(self, column: str) -> str:
        return f"json_each({column})"

    def bucket(self, column: str) -> str:
        return f"CAST((julianday({column}) - julianday(?)) * 86400.0 / ? AS INTEGER)"

    def using_index(self, index: str) -> str:
        return f" INDEXED BY {index}"

    # -- introspection ----------------------------------------------------------------------------

    def tables(self, execute: Execute) -> set[str]:
        return {name for (name,) in execute("SELECT name FROM sqlite_master WHERE type = 'table'")}

    def probe(self) -> None:
        with self.translated(), closing(self.inspect()) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()

    def damage(self, execute: Execute) -> str:
        (found,) = execute("PRAGMA quick_check").fetchone()
        return "" if found == "ok" else str(found)

    # -- migrations -------------------------------------------------------------------------------

    def schema_number(self, execute: Execute) -> int:
        return int(execute("PRAGMA user_version").fetchone()[0])

    def set_schema_number(self, execute: Execute, number: int) -> None:
        execute(f"PRAGMA user_version={number}")

    @contextmanager
    def altering(self, execute: Execute) -> Iterator[None]:
        # SQLite alters most of a table by copying it: https://sqlite.org/lang_altertable.html#otheralter
        execute("PRAGMA foreign_keys=OFF")
        try:
            yield
        finally:
            execute("PRAGMA foreign_keys=ON")

    def dangling(self, execute: Execute) -> Counter[tuple[str, str]]:
        return Counter((row[0], row[2]) for row in execute("PRAGMA foreign_key_check"))

    @property
    def backups(self) -> Path:
        return sqlite_backup.folder_of(self.path)

    def back_up(self, revision: str) -> Path:
        return sqlite_backup.write(self.path, revision)

    def prune_backups(self) -> None:
        sqlite_backup.prune(self.path)


@cache
def _rows_statement(before: str, width: int, size: int, after: str) -> str:
    """The text is the same object each time, so the driver finds its statement without reading it again."""
    row = f"({', '.join('?' * width)})"
    values = f"VALUES {', '.join([row] * size)}"
    if before.endswith("("):
        return f"{before}{values} {after}"
    return f"{before} SELECT * FROM ({values}) AS v WHERE v.column1 IS NOT NULL {after}"  # noqa: S608 - our own words
