"""A disk that a test can fill: a file system in memory, of a few megabytes. Needs root."""

import ctypes
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MNT_DETACH = 2  # https://man7.org/linux/man-pages/man2/umount.2.html
_MS_RDONLY, _MS_REMOUNT = 1, 32  # https://man7.org/linux/man-pages/man2/mount.2.html


class SmallDisk:
    """A mounted file system, and what a test fills it with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    @property
    def free(self) -> int:
        """Bytes."""
        return shutil.disk_usage(self.folder).free

    def fill(self, leave: int = 0) -> None:
        """Take all of the room but so many bytes."""
        with self._filler.open("ab") as file:
            try:
                while (room := self.free - leave) > 0:
                    file.write(b"\0" * min(room, 1_000_000))
                    file.flush()
            except OSError:  # the last block
                pass

    def make_read_only(self) -> None:
        """As the kernel does after an error. Whoever has a file open for writing must have closed it."""
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.mount(b"none", os.fsencode(self.folder), None, _MS_REMOUNT | _MS_RDONLY, None) != 0:
            raise OSError(ctypes.get_errno(), "the disk stays writable")

    def clear(self) -> None:
        """Give the room back."""
        self._filler.unlink(missing_ok=True)


@contextmanager
def small_disk(folder: Path, size: int = 24_000_000) -> Iterator[SmallDisk | None]:
    """A disk of so many bytes at `folder`; None where that is not allowed here."""
    folder.mkdir(exist_ok=True)
    libc = ctypes.CDLL(None, use_errno=True)  # starts no process, as mount(8) would
    at = os.fsencode(folder)
    if os.geteuid() != 0 or libc.mount(b"none", at, b"tmpfs", 0, f"size={size}".encode()) != 0:
        yield None
        return
    try:
        yield SmallDisk(folder)
    finally:
        libc.umount2(at, _MNT_DETACH)
