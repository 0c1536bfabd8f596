"""Backups on request: a file with everything of a store, made while a server runs, and put back into one that
is stopped.

A backup is one SQLite database. The key that seals the secrets in it (`secret.key`, or SWITCHYARD_SECRET_KEY)
is not in it, so that whoever finds a backup reads no secret: it must be kept as well, apart from it.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from engine.base import clock
from engine.base.errors import Conflict, Unavailable

from . import migrations
from .dialects import sqlite_copy
from .dialects.sqlite import SQLite
from .dialects.sqlite_copy import Progress, silent
from .errors import SchemaTooNew, StoreError
from .lease import FileLease

_MARGIN = 16_000_000  # bytes that stay free beside what is written
_LOG = ("-wal", "-shm")
_SEALED = (("connections", "secret"), ("destinations", "headers"), ("destinations", "secret"))
"""Columns that nobody can read without the key. Runs and rejected requests have others, which are swept."""


@dataclass(frozen=True)
class Backup:
    """What is in a backup that was written or put back."""

    path: Path
    size: int
    """Bytes."""
    schema: str
    rows: dict[str, int]
    """By table."""
    key_ids: frozenset[bytes]
    """Of the keys that seal secrets in it (`Vault.key_id`)."""
    replaced: Path | None = None
    """Where the store that was there before is now."""


def back_up(store: Path, target: Path, *, force: bool = False, progress: Progress = silent) -> Backup:
    """Write a backup of a store to a new file, only its owner's, and check it.

    A server may write to the store meanwhile; the backup is of one moment. With `force` an existing file is
    replaced, once the new one is complete. Raises `Conflict` for a file that exists, and `Unavailable` when
    the store cannot be read or the backup not be written; then nothing is left behind.
    """
    if not store.is_file():
        raise Unavailable(f"There is no database at {store}.")
    if target.exists() and (not force or target.is_dir() or target.samefile(store)):
        raise Conflict(f"{target} already exists. Choose another name{'' if force else ', or use --force'}.")
    if not target.absolute().parent.is_dir():
        raise Conflict(f"There is no folder {target.absolute().parent}.")
    with _opened(store) as source:
        _need_room(source, target)
        with _beside(target) as partial:
            rows = sqlite_copy.copy(source, partial, progress)
            found = _inspect(partial, rows)
            _put(partial, target)
    return Backup(target, target.stat().st_size, found.schema, rows, found.key_ids)


def examine(backup: Path, progress: Progress = silent) -> Backup:
    """Look into a backup. Raises `Unavailable` for a file that is none, or is damaged, and `SchemaTooNew`."""
    if not backup.is_file():
        raise Unavailable(f"There is no file {backup}.")
    progress("Checking", 0, 0)
    with _opened(backup) as connection:
        if problem := sqlite_copy.damage(connection):
            raise Unavailable(f"{backup} is damaged: {problem}.")
        rows = sqlite_copy.rows(connection)
    return _inspect(backup, rows)


def restore(backup: Path, store: Path, *, force: bool = False, progress: Progress = silent) -> Backup:
    """Put a backup in the place of a store that no server has open, and check it.

    With `force` a store that is there is moved aside, into the folder `backups`. Raises `Unavailable` while a
    server runs, for a file that is no sound backup and when it cannot be written, `SchemaTooNew`, and
    `Conflict` for a store that is there; then nothing was changed.
    """
    examine(backup, progress)
    store.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lease = FileLease(store)
    lease.acquire()
    try:
        if store.exists():
            if store.samefile(backup):
                raise Conflict(f"{backup} is the database itself.")
            if not force:
                raise Conflict(
                    f"There is a database at {store}. Use --force to replace it; it is kept in "
                    f"{SQLite(store).backups}."
                )
        with _opened(backup) as source:
            _need_room(source, store)
            with _beside(store) as partial:
                rows = sqlite_copy.copy(source, partial, progress)
                replaced = _move_aside(store)
                _put(partial, store)
    finally:
        lease.release()
    found = _inspect(store, rows)
    return Backup(store, store.stat().st_size, found.schema, rows, found.key_ids, replaced)


# -- inside -----------------------------------------------------------------------------------------


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection, whose errors become sentences."""
    try:
        with closing(sqlite_copy.connect(path)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise Unavailable(f"{path} cannot be copied: {error}.") from error
    except OSError as error:
        raise Unavailable(f"{error.filename or path}: {error.strerror or error}.") from error


def _inspect(path: Path, rows: dict[str, int]) -> Backup:
    if not {"flows", "users", "projects"} <= rows.keys():
        raise Unavailable(f"{path} is not a database of Switchyard.")
    dialect = SQLite(path)
    try:
        with dialect.translated(), closing(dialect.inspect()) as connection:
            execute = dialect.execute(connection)
            schema = migrations.revision_of(dialect, execute)
            migrations.is_due(dialect, execute)  # raises for one that is too new
            ids = frozenset(
                bytes(id)
                for table, column in _SEALED
                if table in rows
                for (id,) in execute(f"SELECT DISTINCT substr({column}, 2, 4) FROM {table}")  # noqa: S608 - ours
                if id
            )
    except SchemaTooNew:
        raise
    except StoreError as error:
        raise Unavailable(f"{path} cannot be read: {error.__cause__ or error}.") from error
    return Backup(path, path.stat().st_size, schema or "", rows, ids)


def _need_room(source: sqlite3.Connection, target: Path) -> None:
    (pages,) = source.execute("PRAGMA page_count").fetchone()
    (size,) = source.execute("PRAGMA page_size").fetchone()
    need, free = pages * size + _MARGIN, shutil.disk_usage(target.absolute().parent).free
    if free < need:
        raise Unavailable(
            f"{target.absolute().parent} has {free / 1e6:,.0f} MB of disk space, and this needs "
            f"{need / 1e6:,.0f} MB. Nothing was changed."
        )


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A new file beside another one, only its owner's; it is deleted unless it was moved away."""
    partial = target.with_name(f"{target.name}.partial-{os.getpid()}")
    os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    try:
        yield partial
    finally:
        for leftover in (partial, partial.with_name(f"{partial.name}-journal")):
            leftover.unlink(missing_ok=True)


def _put(partial: Path, target: Path) -> None:
    """Give a file its name, so that it outlives a power cut."""
    for path in (partial, target.absolute().parent):
        if path is not partial:
            partial.replace(target)
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _move_aside(store: Path) -> Path | None:
    """Keep the store that is there as it is, with its log: SQLite would take that for the new store's."""
    if not store.exists():
        for suffix in _LOG:
            store.with_name(store.name + suffix).unlink(missing_ok=True)
        return None
    folder = SQLite(store).backups
    folder.mkdir(mode=0o700, exist_ok=True)
    moment = clock.now_iso()[:19].replace("-", "").replace(":", "")
    kept = folder / f"replaced-{moment}Z.db"
    os.link(store, kept)  # the name stays until the new store takes it
    for suffix in _LOG:
        with suppress(FileNotFoundError):
            store.with_name(store.name + suffix).replace(kept.with_name(kept.name + suffix))
    return kept
