"""The interface of a database: how to connect, begin, read positions, and write the SQL that is not portable.

Statements are written once, for every database: parameters are `?` (qmark, PEP 249), keys are columns (never
a row id that the database has for itself), upserts are `ON CONFLICT`, and what a statement changed is
`RETURNING`. The few expressions that no two databases share are methods here.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, ClassVar, Protocol

import sqlalchemy
from sqlalchemy.engine import Engine

from engine.store.lease import Lease
from engine.store.problems import StoreWatch

Connection = Any
"""A connection of the dialect's driver (PEP 249)."""
Mark = Any
"""What a transaction is known by after its connection is gone; None where none can be lost."""


class Result(Protocol):
    """What a statement returned: the part of a cursor that every driver has (PEP 249)."""

    @property
    def rowcount(self) -> int:
        """How many rows an INSERT, UPDATE or DELETE changed."""

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...

    def __iter__(self) -> Iterator[Any]: ...


class Execute(Protocol):
    """Executes one statement with the values of its `?` parameters."""

    def __call__(self, sql: str, parameters: Sequence[Any] = ..., /) -> Result: ...


class ExecuteMany(Protocol):
    """Executes one statement once for each sequence of values."""

    def __call__(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> Result: ...


class Dialect(ABC):
    """One database, at one address, which `str` shows. Its methods may be called on any thread."""

    # -- the store as a whole ---------------------------------------------------------------------

    @abstractmethod
    def create(self, *, alone: bool) -> None:
        """Create a database that is not there yet, where that is not somebody else's task. `alone`: whether
        it is opened for running flows."""

    @abstractmethod
    def lease(self) -> Lease:
        """The lease of the one process that runs flows."""

    @abstractmethod
    def watch(self) -> StoreWatch:
        """Who notices what is wrong with the open store."""

    # -- connections ------------------------------------------------------------------------------

    @abstractmethod
    def connect(self, *, read_only: bool = False) -> Connection:
        """A new connection on which nothing is begun. It is used by one thread at a time."""

    @abstractmethod
    def inspect(self) -> Connection:
        """A connection for a look at a database that may be damaged: it changes and creates nothing."""

    @abstractmethod
    def engine(self, connection: Connection) -> Engine:
        """SQLAlchemy on this very connection. It begins, commits and rolls back nothing."""

    @abstractmethod
    def execute(self, connection: Connection) -> Execute:
        """How to execute a statement; as cheap as the driver allows, since each event passes here."""

    @abstractmethod
    def execute_many(self, connection: Connection) -> ExecuteMany:
        """How to execute a statement for many sequences of values."""

    @abstractmethod
    def close(self, connection: Connection) -> None:
        """Close the writer's connection, once everything is committed."""

    @abstractmethod
    def interrupt(self, connection: Connection) -> None:
        """Stop the statement that another thread executes on the connection; nothing if there is none."""

    @abstractmethod
    def in_transaction(self, connection: Connection) -> bool:
        """Whether a transaction is open: a database may end one by itself, as when its disk is full."""

    @abstractmethod
    def is_lost(self, connection: Connection) -> bool:
        """Whether the connection is gone for good, as when its server was restarted."""

    @abstractmethod
    def settle(self, connection: Connection) -> None:
        """Wait until an `interrupt` that is under way has arrived, so that it does not stop something else.
        Called after each question."""

    is_a_file: ClassVar[bool] = False
    """Whether a database is a file, with nothing in it but what is Switchyard's."""

    # -- transactions -----------------------------------------------------------------------------

    @abstractmethod
    def begin_write(self, execute: Execute) -> Mark:
        """Begin a transaction that writes; what `was_committed` knows it by. Writers take turns: it waits for
        the others, whatever process they are in."""

    @abstractmethod
    def was_committed(self, execute: Execute, mark: Mark) -> bool | None:
        """Whether a transaction whose connection was lost during COMMIT was committed all the same; None
        while its server has not ended it. Asked on a new connection."""

    begin_read: ClassVar[str]
    """Begins a transaction whose statements all see the same snapshot."""

    @abstractmethod
    def translate(self, error: BaseException) -> BaseException:
        """A driver's exception, or SQLAlchemy's around it, as one of `engine.store.errors`; any other as
        it is."""

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Raise what is raised within as `translate` has it."""
        try:
            yield
        except Exception as error:
            translated = self.translate(error)
            if translated is error:
                raise
            raise translated from error

    # -- positions --------------------------------------------------------------------------------

    @abstractmethod
    def readable(self, execute: Execute, table: str) -> int:
        """The position up to which a reader of a log may remember what it has read.

        A log (`events`, `topic_messages`) has a column `position` that the database fills in by itself,
        in the INSERT. A reader that remembers a position asks for rows with `position > seen AND
        position <= readable`: no row will ever become visible at or below `readable` that is not visible
        now. Where writers commit one after another that is simply the last position; where they commit side
        by side it stops before the first one that is still open.
        """

    # -- statements with many rows ------------------------------------------------------------------

    batch_sizes: ClassVar[tuple[int, ...]]
    """How many rows a statement of `Tx.rows` may have, ascending. One that has room for more than there are
    gets rows of nulls."""

    @abstractmethod
    def rows_statement(self, before: str, width: int, size: int, after: str) -> str:
        """The statement `before VALUES (…), (…), … after` for so many rows of such a width: see `Tx.rows`.
        The text of one question is the same object each time."""

    # -- expressions ------------------------------------------------------------------------------

    @abstractmethod
    def contains(self, text: str) -> str:
        """A condition: the expression `text` matches the pattern of `tx.containing`, whatever the case of its
        ASCII letters. It has one parameter."""

    @abstractmethod
    def text_of(self, column: str) -> str:
        """The text that a column of bytes holds in UTF-8."""

    @abstractmethod
    def json_items(self, column: str) -> str:
        """A table with the one column `value`: the texts of a JSON list."""

    @abstractmethod
    def bucket(self, column: str) -> str:
        """Which bucket of a histogram over time a column of ISO 8601 times falls in, as a whole number. It
        has two parameters: the beginning of the first bucket (ISO 8601) and the width of each (seconds)."""

    @abstractmethod
    def using_index(self, index: str) -> str:
        """What follows a table's name to have it read by this index and no other, where that can be said."""

    # -- introspection ----------------------------------------------------------------------------

    @abstractmethod
    def tables(self, execute: Execute) -> set[str]:
        """The names of the tables there are."""

    @abstractmethod
    def probe(self) -> None:
        """Read a little by a new connection. Raises one of `engine.store.errors`."""

    @abstractmethod
    def damage(self, execute: Execute) -> str:
        """What a check of the database's own structures found; empty when it is sound."""

    # -- migrations (`engine.store.migrations`) ------------------------------------------------------

    compiler: ClassVar[sqlalchemy.Dialect]
    """What SQLAlchemy writes the statements that create tables with."""

    @abstractmethod
    def schema_number(self, execute: Execute) -> int:
        """The number of the schema as versions from before alembic noted it; 0 without one."""

    @abstractmethod
    def set_schema_number(self, execute: Execute, number: int) -> None:
        """Note it for such a version, which refuses a number that is higher than its own."""

    @abstractmethod
    def altering(self, execute: Execute) -> AbstractContextManager[None]:
        """Let tables be altered by all means, in transactions that are begun within."""

    @abstractmethod
    def dangling(self, execute: Execute) -> Counter[tuple[str, str]]:
        """How many rows of which table refer to a missing row of which."""

    @property
    @abstractmethod
    def backups(self) -> Path | None:
        """Where backups are; None where they are the database's own task."""

    @abstractmethod
    def back_up(self, revision: str) -> Path | None:
        """Copy what is committed, a schema of `revision`, before it is upgraded; the copy's path, or None
        where backups are the database's own task. Raises `Unavailable`, and leaves no copy behind, when that
        is not possible."""

    @abstractmethod
    def prune_backups(self) -> None:
        """Delete old backups."""


def untranslated(error: BaseException) -> BaseException:
    """The driver's exception beneath one of SQLAlchemy's; any other as it is."""
    original = getattr(error, "orig", None)
    return original if isinstance(original, BaseException) else error
