"""Whether a running store can be relied on: a disk that takes writes and has room, the files it was opened
with, and no damage.

A full disk must not shut out those who can free it. A server therefore keeps a small file, the reserve, and
deletes it when the disk is full: what was accepted can still end and people can sign in, while no new events
are taken. Once there is room again the reserve is written anew and events are taken, without a restart.

A database file that is deleted or replaced stays open, and what is written to it is lost with the process.
So files are compared before each commit: nothing is acknowledged that the next start would not find.
"""

import asyncio
import errno
import logging
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from engine.base import clock

from .disk import is_read_only
from .errors import StoreDamaged, StoreFull, StoreReplaced, StoreUnavailable, StoreUnwritable
from .problems import DAMAGED, FULL, REPLACED, UNWRITABLE, Problem, StoreWatch

log = logging.getLogger("switchyard.database")

_LARGEST_RESERVE = 16_000_000  # bytes
_SMALLEST_RESERVE = 256_000
_SHARE = 50  # the reserve takes one part in so many of the disk
_HEADER = 100  # bytes, https://sqlite.org/fileformat2.html#the_database_header
_EVERY = 2.0  # seconds between two looks of a server


class FileWatch(StoreWatch):
    """Looks after the files of one store."""

    def __init__(self, store: Path, probe: Callable[[], None]) -> None:
        """`probe` reads the database by a new connection. Raises `StoreDamaged`, `StoreUnavailable`."""
        super().__init__(store)
        self._store = store
        self._probe = probe
        self._largest = 0  # bytes that the database ever had
        self._files = (store, store.with_name(f"{store.name}-wal"))
        self._known: dict[Path, tuple[int, int]] = {}
        self._reserve = store.with_suffix(".reserve")
        self._size = 0  # of the reserve; 0 where none is kept

    def open(self) -> None:
        """Keep a reserve from now on; a disk that is full already gets it."""
        total = shutil.disk_usage(self._store.parent).total
        self._size = max(_SMALLEST_RESERVE, min(_LARGEST_RESERVE, total // _SHARE))
        if not self._has_reserve() and self._free() >= 2 * self._size:
            self._write_reserve()
        if self._is_full():
            self._report(FULL)

    def remember(self) -> None:
        """Note which files the store has, now that it is open."""
        self._known = {}
        self._compare()

    def close(self) -> None:
        """The files may come and go from now on."""
        self._known, self._size, self.problem = {}, 0, None

    # -- what is wrong ----------------------------------------------------------------------------

    def look(self) -> Problem | None:
        """Look at the disk and the files; what is wrong. May block for as long as the disk takes."""
        if self.problem is not DAMAGED:
            if not self._compare():
                self._report(REPLACED)
            elif not self._is_database():
                self._report(DAMAGED)
            elif self._is_unwritable():
                self._report(UNWRITABLE)
            elif self._is_full():
                self._report(FULL)
            else:
                self._report(None)
        return self.problem

    def check(self) -> None:
        """Raise `StoreReplaced` unless the files are those that the store was opened with."""
        if not self._compare():
            self._report(REPLACED)
            raise StoreReplaced(REPLACED.message, retry_after=30)

    def note(self, error: BaseException) -> None:
        """Learn from what the database refused."""
        if isinstance(error, StoreDamaged):
            self._report(DAMAGED)
        elif isinstance(error, StoreFull) and self._size:
            if self.problem is None:
                self._report(FULL)
            self._release()
        elif isinstance(error, StoreUnwritable) and self._size and self.problem is None:
            self._report(UNWRITABLE)

    # -- files ------------------------------------------------------------------------------------

    def _compare(self) -> bool:
        """Whether each file is the one that was there first; a log appears with the first change."""
        for path in self._files:
            try:
                found = os.stat(path)  # noqa: PTH116 - once a commit
            except OSError:
                if path in self._known:
                    return False
                continue
            if self._known.setdefault(path, (found.st_dev, found.st_ino)) != (found.st_dev, found.st_ino):
                return False
        return True

    def _is_database(self) -> bool:
        """Whether a new connection finds a database in the file; another's `cp` may have written over it.

        The file is never opened but by SQLite: when any descriptor of it is closed, POSIX takes the locks of
        the whole process away. https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
        """
        if self._store not in self._known:
            return True
        with suppress(OSError):
            size = self._store.stat().st_size
            if size < _HEADER <= self._largest:
                return False
            self._largest = max(self._largest, size)
        try:
            self._probe()
        except StoreDamaged:
            return False
        except StoreUnavailable:  # busy, or out of something: not damaged for that
            return True
        return True

    def _is_unwritable(self) -> bool:
        """Whether the file system of a store that is open for writing takes none, as one does that the kernel
        has made read-only after an error. Once that is known, a small file is written for a test."""
        if not self._size:
            return False
        if is_read_only(self._store.parent):
            return True
        return self.problem is UNWRITABLE and not self._takes_a_file()

    def _takes_a_file(self) -> bool:
        path = self._store.with_suffix(".probe")
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            try:
                os.write(descriptor, b"switchyard")
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
                path.unlink()
        except OSError as error:
            return error.errno == errno.ENOSPC  # full is something else
        return True

    # -- room -------------------------------------------------------------------------------------

    def _is_full(self) -> bool:
        if not self._size:
            return False
        free = self._free()
        if self.problem is FULL:
            if free < (2 if self._has_reserve() else 3) * self._size:
                self._release()
                return True
        elif free < self._size:
            self._release()
            return True
        if free >= 3 * self._size and not self._has_reserve():
            self._write_reserve()
        return False

    def _free(self) -> int:
        try:
            return shutil.disk_usage(self._store.parent).free
        except OSError:
            return self._size  # not known, so not full

    def _has_reserve(self) -> bool:
        return self._reserve.exists()

    def _write_reserve(self) -> None:
        """Give the reserve blocks of its own; without it where the file system refuses."""
        try:
            descriptor = os.open(self._reserve, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, self._size)
            finally:
                os.close(descriptor)
        except OSError as error:
            log.warning("%s cannot be written: %s", self._reserve, error)
            self._release()

    def _release(self) -> None:
        with suppress(OSError):
            self._reserve.unlink(missing_ok=True)


class Patrol:
    """Has a server look at its store's files every two seconds: a disk fills up, and is freed, without a word
    from those who write."""

    def __init__(self, watch: StoreWatch) -> None:
        self._watch = watch
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._look_forever(), name="store patrol")

    async def stop(self) -> None:
        """Look no more; one that was never started is no error."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def look(self) -> Problem | None:
        """Look now."""
        return await asyncio.to_thread(self._watch.look)

    async def _look_forever(self) -> None:
        while True:
            await clock.sleep(_EVERY)
            try:
                await self.look()
            except Exception:
                log.exception("the store's files could not be looked at")
