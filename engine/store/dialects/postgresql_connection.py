"""Connections to PostgreSQL: how psycopg sends our statements and values. https://www.psycopg.org/psycopg3/docs/

Statements have `?` for their parameters and are sent with PostgreSQL's own `$1`, `$2`, …, without psycopg
looking for placeholders in each.
"""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cache
from itertools import count
from threading import Thread
from typing import Any, Self

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.types.numeric import Int8Dumper, IntDumper
from psycopg.types.string import StrDumperUnknown

_PREPARED = 1_000  # statements of a connection; one of many rows counts once for each number of rows
_CANCEL_WAIT = 5.0  # seconds for a statement to be stopped


class _Text(StrDumperUnknown):
    """A text of SQLAlchemy's."""

    def dump(self, obj: str) -> Buffer | None:
        return super().dump(_storable(obj))


def _storable(value: Any) -> Any:
    """A value as it is sent. PostgreSQL stores no NUL character in a text, so its symbol stands for it, in
    what is looked for too."""
    return value.replace("\0", "␀") if isinstance(value, str) and "\0" in value else value


class _Number(Loader):
    """A sum of whole numbers, which PostgreSQL gives more digits than they have."""

    def load(self, data: Buffer) -> int | float:
        text = bytes(data).decode()
        return float(text) if "." in text or "N" in text else int(text)


class Connection(psycopg.Connection[Any]):
    """A connection, and the stop of a statement that may be on its way to the server."""

    cancelling: Thread | None = None

    def interrupt(self) -> None:
        """Stop the statement that another thread executes. Returns at once: it takes a connection of its own,
        and the caller may be an event loop."""
        if self.cancelling is None or not self.cancelling.is_alive():
            self.cancelling = Thread(target=self._cancel, name="canceler", daemon=True)
            self.cancelling.start()

    def settle(self) -> None:
        """Wait for an `interrupt` that is under way."""
        if self.cancelling is not None:
            self.cancelling.join()
            self.cancelling = None

    def _cancel(self) -> None:
        with suppress(psycopg.Error):  # the server is away, and then so is the statement
            self.cancel_safe(timeout=_CANCEL_WAIT)


def connect(url: str, options: str, wait: float) -> Connection:
    """A connection that begins nothing by itself, with a server's `options` (`-c name=value …`). Raises
    `psycopg.OperationalError`, after at most `wait` seconds."""
    made = Connection.connect(
        url,
        autocommit=True,
        prepare_threshold=2,
        connect_timeout=round(wait),
        application_name="switchyard",
        options=options,
        client_encoding="UTF8",
        keepalives_idle=15,
        keepalives_interval=5,
        keepalives_count=3,
        tcp_user_timeout=30_000,
    )
    made.prepared_max = _PREPARED
    made.cursor_factory = _SessionCursor
    made.adapters.register_dumper(int, Int8Dumper)  # one type for every size, so one prepared statement
    made.adapters.register_loader("numeric", _Number)
    return made


class _SessionCursor(psycopg.Cursor[Any]):
    """What SQLAlchemy uses. A number is as wide as it has to be: SQLAlchemy asks for the schema by functions
    that take no wider ones."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.adapters.register_dumper(int, IntDumper)
        self.adapters.register_dumper(str, _Text)


class Cursor(psycopg.RawCursor[Any]):
    """A cursor that has no rows of a statement without any, as SQLite's."""

    def fetchall(self) -> list[Any]:
        return super().fetchall() if self.description is not None else []

    def fetchone(self) -> Any:
        return super().fetchone() if self.description is not None else None

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        row = self.fetchone()
        if row is None:
            raise StopIteration
        return row


class Statements:
    """Executes statements on one connection."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Cursor:
        cursor = Cursor(self._connection)
        if parameters:
            try:
                return cursor.execute(_numbered(sql), parameters)
            except psycopg.DataError as error:
                if error.sqlstate is not None:  # the server's
                    raise
                # Of psycopg's, before anything is sent. To look into each text before would take as long as
                # sending it.
                return cursor.execute(_numbered(sql), [_storable(value) for value in parameters])
        return cursor.execute(sql.encode(), prepare=False)

    def execute_many(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> Cursor:
        cursor = Cursor(self._connection)
        rows = [[_storable(value) for value in row] for row in parameters]
        cursor.executemany(_numbered(sql), rows)
        return cursor


_MARK = re.compile(r"\?")


@cache
def _numbered(sql: str) -> bytes:
    """The statement with PostgreSQL's own placeholders. No text of ours has a question mark in it."""
    numbers = count(1)
    return _MARK.sub(lambda _: f"${next(numbers)}", sql).encode()
