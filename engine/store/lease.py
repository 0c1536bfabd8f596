"""The lease on a store: one process at a time runs flows on it."""

import fcntl
import os
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from engine.base.errors import Unavailable


class Lease(ABC):
    """`acquire` it before the store is opened for running flows, `release` it after the store is closed. It
    ends however the process ends."""

    @property
    @abstractmethod
    def held(self) -> bool:
        """Whether this process is the one, or will be as soon as the writer has connected."""

    @abstractmethod
    def acquire(self) -> None:
        """Raises `Unavailable` while another process holds the lease."""

    @abstractmethod
    def attach(self, connection: Any) -> None:
        """Let a lease that is held last as long as the writer's connection, which is new, where it hangs on
        that. Raises `Unavailable` while another process holds it."""

    @abstractmethod
    def release(self) -> None:
        """Do nothing if it is not held."""


class FileLease(Lease):
    """A lock of the operating system on a file beside the store."""

    def __init__(self, store: Path) -> None:
        self._path = store.with_suffix(".lock")
        self._folder = store.parent
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        return self._descriptor is not None

    def acquire(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise Unavailable(f"Another Switchyard is already running on {self._folder}.") from error
        self._descriptor = descriptor

    def attach(self, connection: Any) -> None:
        pass

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
