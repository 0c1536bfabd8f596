"""Health checks of the store: whether it opens, and what a look into its file finds."""

from dataclasses import dataclass
from pathlib import Path

from engine.base.errors import Unavailable
from engine.base.settings import Settings

from . import disk, migrations
from .connection_uses import Connected, connected
from .database import Database
from .dialects.base import Connection
from .dialects.sqlite import SQLite
from .errors import RESTORE, SchemaTooNew, StoreError


@dataclass(frozen=True)
class Condition:
    """What was found in a database file."""

    damage: str
    """What is wrong with the database's own structures; empty for a sound one, and only then is the rest
    known."""
    schema: str | None = None
    """Its revision (`migrations.revision_of`)."""
    upgrade: str | None = None
    """The revision that the next start upgrades it to; None when none is due."""
    size: int = 0
    """Bytes."""
    users: int = 0
    open_runs: tuple[tuple[str, int], ...] = ()
    """(status, how many) of runs that have not ended."""
    connected: Connected | None = None
    """Connections and what names them; None where an upgrade is due."""


def try_to_open(settings: Settings) -> None:
    """Open the store as a server does, and close it. Raises `Unavailable`, and what else `Database.open`
    raises for one that cannot be opened."""
    store = Database(settings.database_path, settings.durability)
    store.open(alone=True)
    store.close()


def examine(path: Path) -> Condition:
    """Look into a database file without changing it. Raises `Unavailable` when it cannot be read, is empty or
    another program's, and `SchemaTooNew`."""
    dialect = SQLite(path)
    try:
        with dialect.translated():
            connection = dialect.inspect()
            try:
                return _examined(dialect, connection, path)
            finally:
                connection.close()
    except SchemaTooNew:
        raise
    except StoreError as error:
        why = error.__cause__ or error
        raise Unavailable(f"{path} cannot be read: {why}. {disk.read_advice(error, path)}") from error


def _examined(dialect: SQLite, connection: Connection, path: Path) -> Condition:
    execute = dialect.execute(connection)
    damage = dialect.damage(execute)
    if damage:
        return Condition(damage)
    migrations.check_ours(dialect, execute)
    schema, upgrade = migrations.revision_of(dialect, execute), migrations.is_due(dialect, execute)
    if schema is None:
        raise Unavailable(f"{path} is empty. If there was a database before, restore it. {RESTORE}")
    open_runs = execute(
        "SELECT status, count(*) FROM runs WHERE status IN ('queued', 'running', 'waiting') GROUP BY status"
    ).fetchall()
    (users,) = execute("SELECT count(*) FROM users").fetchone()
    return Condition(
        damage="",
        schema=schema,
        upgrade=migrations.head() if upgrade else None,
        size=path.stat().st_size,
        users=users,
        open_runs=tuple(open_runs),
        connected=None if upgrade else connected(execute),
    )
