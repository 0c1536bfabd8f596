"""One transaction on one connection: all that the rest of Switchyard knows of the database.

A function that reads or writes takes a `Tx` and runs within its caller's transaction. There are two levels,
on the same connection and in the same transaction: statements (`execute`, `rows`), which the hot path uses,
and typed questions about SQLModel's tables (`session`), for everything that people do.
"""

from collections.abc import Sequence
from typing import Any, NoReturn

from sqlalchemy.engine import Engine
from sqlmodel import Session

from .dialects.base import Connection, Dialect, Execute, ExecuteMany


class Tx:
    """One transaction. The writer or reader that hands it out has begun it, and ends it."""

    __slots__ = ("_engine", "_session", "counted", "dialect", "execute", "execute_many")

    def __init__(self, dialect: Dialect, connection: Connection, engine: Engine) -> None:
        self.dialect = dialect
        self.execute: Execute = dialect.execute(connection)
        """Execute a statement: portable SQL (`dialects.base`), parameters as `?`."""
        self.execute_many: ExecuteMany = dialect.execute_many(connection)
        """Execute a statement for each sequence of values; for changes of many rows by their keys."""
        self.counted: dict[tuple[str, str, str, str, str], int] = {}
        """What this change has counted so far (`ledger`)."""
        self._engine = engine
        self._session: Session | None = None

    @property
    def session(self) -> Session:
        """An ORM session in this transaction. What is added to it is stored at `flush` or at the end; what it
        has loaded stays usable afterwards, detached."""
        if self._session is None:
            self._session = _TxSession(self._engine, expire_on_commit=False)
        return self._session

    def flush(self) -> None:
        """Store what the session has pending, for a statement that reads it."""
        if self._session is not None:
            self._session.flush()

    def rows(self, before: str, values: Sequence[Sequence[Any]], after: str = "") -> list[tuple[Any, ...]]:
        """Execute `before VALUES (…), (…), … after` for all rows of `values`, up to 64 at a time, and return
        what RETURNING returned. The texts are our own, the values are bound, and the first of a row is never
        null: where `before` ends in an open parenthesis, `after` passes over rows whose first value is.

        Each call into a driver may give up Python's lock and has to win it back from the event loop, so on
        the hot path calls are what costs: one statement has room for a few rows more than it is given.
        """
        execute, sizes, statement = self.execute, self.dialect.batch_sizes, self.dialect.rows_statement
        found: list[tuple[Any, ...]] = []
        most = sizes[-1]
        for at in range(0, len(values), most):
            part = values[at : at + most]
            size = next(size for size in sizes if size >= len(part))
            width = len(part[0])
            bound = [value for row in part for value in row]
            bound += [None] * ((size - len(part)) * width)
            found += execute(statement(before, width, size, after), bound).fetchall()
        return found

    def readable(self, table: str) -> int:
        """The position up to which a reader of the log `table` may remember what it has read: see
        `Dialect.readable`."""
        return self.dialect.readable(self.execute, table)

    # -- for the writer and the readers -----------------------------------------------------------

    def detach(self) -> None:
        """Store what the session has pending, and detach its objects: the next change sees the database."""
        if self._session is not None:
            self._session.flush()
            self._session.expunge_all()
            self.discard()

    def discard(self) -> None:
        """Forget the session and what it has pending."""
        if self._session is not None:
            self._session.close()
            self._session = None


class _TxSession(Session):
    """A session that cannot end the transaction in which it is used."""

    def commit(self) -> NoReturn:
        raise RuntimeError("A transaction ends with the change it belongs to; use flush().")

    def rollback(self) -> NoReturn:
        raise RuntimeError("A transaction ends with the change it belongs to; raise to undo it.")


def containing(words: str) -> str:
    """The pattern for `Dialect.contains`: what contains these words as they are."""
    escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
