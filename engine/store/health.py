"""Health checks of the store: whether it opens, and what a look into its file finds."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from engine.base.errors import Unavailable
from engine.base.settings import Settings

from . import migrations
from .database import Database


@dataclass(frozen=True)
class Condition:
    """What was found in a database file."""

    damage: str
    """What SQLite says is wrong with it; empty for a sound one, and only then is the rest known."""
    schema: str | None = None
    """Its revision (`migrations.revision_of`)."""
    upgrade: str | None = None
    """The revision that the next start upgrades it to; None when none is due."""
    size: int = 0
    """Bytes."""
    users: int = 0
    open_runs: tuple[tuple[str, int], ...] = ()
    """(status, how many) of runs that have not ended."""


def try_to_open(settings: Settings) -> None:
    """Open the store as a server does, and close it. Raises `Unavailable`, and what else `Database.open`
    raises for one that cannot be opened."""
    store = Database(settings.database_path, settings.durability)
    store.open(alone=True)
    store.close()


def examine(path: Path) -> Condition:
    """Look into a database file without changing it. Raises `Unavailable` when it cannot be read, and
    `migrations.SchemaTooNew`."""
    try:
        database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            return _examined(database, path)
        finally:
            database.close()
    except sqlite3.Error as error:
        raise Unavailable(f"{path} cannot be read: {error}. Restore it from a copy.") from error


def _examined(database: sqlite3.Connection, path: Path) -> Condition:
    (sound,) = database.execute("PRAGMA quick_check").fetchone()
    if sound != "ok":
        return Condition(str(sound))
    schema, upgrade = migrations.revision_of(database), migrations.is_due(database, path)
    open_runs = database.execute(
        "SELECT status, count(*) FROM runs WHERE status IN ('queued', 'running', 'waiting') GROUP BY status"
    ).fetchall()
    (users,) = database.execute("SELECT count(*) FROM users").fetchone()
    size = path.stat().st_size
    return Condition("", schema, migrations.head() if upgrade else None, size, users, tuple(open_runs))
