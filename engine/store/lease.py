"""The lease on a store's file: one process at a time runs flows on it.

It is a lock of the operating system on a file beside the store, so it ends however the process ends.
"""

import fcntl
import os
from pathlib import Path

from engine.base.errors import Unavailable


class Lease:
    """`acquire` it before the store is opened for running flows, `release` it after the store is closed."""

    def __init__(self, store: Path) -> None:
        self._path = store.with_suffix(".lock")
        self._folder = store.parent
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        return self._descriptor is not None

    def acquire(self) -> None:
        """Raises `Unavailable` while another process holds the lease."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise Unavailable(f"Another Switchyard is already running on {self._folder}.") from error
        self._descriptor = descriptor

    def release(self) -> None:
        """Do nothing if it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
