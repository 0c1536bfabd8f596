"""The backup of a store before it is upgraded: `backups/switchyard-<revision>-<UTC time>.db` beside it.

It is a whole store: to go back, stop Switchyard, delete `switchyard.db-wal` and `-shm`, copy the backup over
`switchyard.db` and start the version that wrote it. SQLite's online backup: https://sqlite.org/backup.html.
"""

import logging
import os
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from engine.base import clock
from engine.base.errors import Unavailable

from . import sqlite_copy

log = logging.getLogger("switchyard.database")

MAX_BACKUPS = 3
"""How many backups stay; older ones are deleted after the next upgrade."""

_MARGIN = 16_000_000  # bytes that stay free beside the backup and the tables that an upgrade copies


def folder_of(store: Path) -> Path:
    return store.parent / "backups"


def write(store: Path, revision: str) -> Path:
    """Copy what is committed in the store, check the copy, and return its path.

    Raises `Unavailable`, and leaves no copy behind, when there is too little disk space, or the copy cannot
    be written, or fails its integrity check.
    """
    folder = folder_of(store)
    moment = clock.now_iso()[:19].replace("-", "").replace(":", "")
    target = folder / f"{store.stem}-{revision}-{moment}Z.db"
    partial = target.with_suffix(".partial")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        _delete_partial(store)
        prune(store)  # upgrades that were killed, again and again, left theirs
        with closing(sqlite3.connect(store, isolation_level=None)) as source:
            _need_space(source, folder)
            os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            _copy(source, partial)
        partial.replace(target)
        _flush(folder)
    except BaseException as error:
        with suppress(OSError):
            _delete_partial(store)
        if isinstance(error, (OSError, sqlite3.Error)):
            raise Unavailable(
                f"The database must be upgraded, and its backup in {folder} cannot be written: {error}. "
                "Nothing was changed."
            ) from error
        raise
    return target


def prune(store: Path) -> None:
    """Delete all but the last `MAX_BACKUPS` backups."""
    written = sorted(folder_of(store).glob(f"{store.stem}-*-*Z.db"), key=lambda each: each.stem[-16:])
    for old in written[:-MAX_BACKUPS]:
        try:
            old.unlink(missing_ok=True)
        except OSError as error:  # the upgrade is done, and the next one tries again
            log.warning("The old backup %s cannot be deleted: %s", old, error)


def _need_space(source: sqlite3.Connection, folder: Path) -> None:
    """Room for the backup, and once more for the tables that the upgrade copies."""
    (pages,) = source.execute("PRAGMA page_count").fetchone()
    (size,) = source.execute("PRAGMA page_size").fetchone()
    need, free = 2 * pages * size + _MARGIN, shutil.disk_usage(folder).free
    if free < need:
        raise Unavailable(
            f"The database must be upgraded, which needs {need / 1e6:,.0f} MB of disk space, its backup "
            f"included; {folder} has {free / 1e6:,.0f} MB. Free some space and start again. "
            "Nothing was changed."
        )


def _copy(source: sqlite3.Connection, target: Path) -> None:
    try:
        sqlite_copy.copy(source, target)
    except sqlite_copy.Damaged as error:
        raise Unavailable(
            f"The database is damaged and was not upgraded: {error.problem}. Restore it from a backup."
        ) from error


def _delete_partial(store: Path) -> None:
    """Delete what a backup left that was interrupted."""
    for leftover in folder_of(store).glob(f"{store.stem}-*.partial*"):
        leftover.unlink(missing_ok=True)


def _flush(folder: Path) -> None:
    """Write the folder's entries to the disk: https://man7.org/linux/man-pages/man2/fsync.2.html."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
