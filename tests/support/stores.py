"""Stores for tests: files of SQLite, and databases of a PostgreSQL server of the tests' own.

The driver is imported where it is needed: every test imports this.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engine.base.settings import Durability
from engine.store import database
from engine.store.dialects.base import Dialect

if TYPE_CHECKING:
    from tests.support.postgres import PostgresServer

EVERYWHERE = os.environ.get("SWITCHYARD_TEST_STORE") == "postgresql"
"""Whether each store of the tests is a PostgreSQL database, where a test names a file."""


class Databases:
    """Databases of one server, each of which stands for a file."""

    def __init__(self, server: "PostgresServer") -> None:
        self.server = server
        self._urls: dict[Path, str] = {}

    def url(self, path: Path) -> str:
        """The address of the database that stands for a file, created when it is first asked for."""
        key = path.absolute()
        if key not in self._urls:
            self._urls[key] = self.server.create_database()
        return self._urls[key]

    def at(self, path: Path, durability: Durability = "full") -> Dialect:
        """That database."""
        return _postgresql(self.url(path), durability)

    def drop_below(self, folder: Path) -> None:
        """Delete the databases that stand for files of a folder."""
        for path in [path for path in self._urls if path.is_relative_to(folder)]:
            self.server.drop_database(self._urls.pop(path))

    @contextmanager
    def instead_of_files(self) -> Iterator[None]:
        """Let each `Database` of a file be one of these."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("engine.store.database.SQLite", self.at)
            yield


def is_left_out(item: pytest.Item) -> bool:
    """Whether a test that is about SQLite would get another database."""
    params = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    in_database = EVERYWHERE or params.get("each_store") == "postgresql"
    return in_database and item.get_closest_marker("sqlite") is not None


@contextmanager
def databases() -> Iterator[Databases | None]:
    """Databases of a running server; None where PostgreSQL is not installed."""
    from tests.support.postgres import postgres_server

    with postgres_server() as server:
        yield None if server is None else Databases(server)


def use(url: str) -> None:
    """Let each `Database` of a file be this database, in a process that a test has started."""
    database.SQLite = lambda path, durability="full": _postgresql(url, durability)  # type: ignore[assignment,misc]


def _postgresql(url: str, durability: Durability) -> Dialect:
    from engine.store.dialects.postgresql import PostgreSQL

    return PostgreSQL(url, durability)
