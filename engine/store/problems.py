"""What can be wrong with a store that is open, and who notices it: a watch over what a dialect stores in."""

import logging
from abc import ABC, abstractmethod
from typing import Literal, NamedTuple

from .errors import StoreUnavailable

log = logging.getLogger("switchyard.database")


class Problem(NamedTuple):
    """Why a store takes no events."""

    kind: Literal["full", "unwritable", "replaced", "damaged", "unreachable"]
    message: str
    """For everybody, so it names no path and no address."""


FULL = Problem("full", "The disk is full. No events are accepted until space is freed.")
UNWRITABLE = Problem(
    "unwritable",
    "The database cannot be written: its disk is read-only or reports errors. No events are accepted until "
    "the disk works again.",
)
REPLACED = Problem(
    "replaced",
    "The database file was deleted or replaced while the server runs. Nothing is stored until it is put back "
    "or the server is restarted.",
)
DAMAGED = Problem("damaged", "The database is damaged. Stop the server and restore it from a backup.")
UNREACHABLE = Problem(
    "unreachable", "The database server does not answer. No events are accepted until it does."
)


class StoreWatch(ABC):
    """Whether a store can be relied on. `problem` may be asked at any time, on any thread."""

    def __init__(self, store: object) -> None:
        """`store` is what the log calls it."""
        self._name = store
        self.problem: Problem | None = None
        """What is wrong, as far as it is known; the next `look` may know more."""

    @abstractmethod
    def open(self) -> None:
        """Begin with a store that is about to be opened for running flows."""

    @abstractmethod
    def remember(self) -> None:
        """Note what the store consists of, now that it is open."""

    @abstractmethod
    def close(self) -> None:
        """What the store consists of may come and go from now on."""

    @abstractmethod
    def look(self) -> Problem | None:
        """Look at what the store consists of; what is wrong. May block for as long as that takes."""

    @abstractmethod
    def check(self) -> None:
        """Raise `StoreReplaced` unless the store is the one that was opened."""

    @abstractmethod
    def note(self, error: BaseException) -> None:
        """Learn from what the database refused."""

    def require(self) -> None:
        """Raise `StoreUnavailable` while no events can be taken."""
        problem = self.problem
        if problem is not None:
            raise StoreUnavailable(problem.message, retry_after=30)

    def _report(self, problem: Problem | None) -> None:
        before, self.problem = self.problem, problem
        if problem is not None and problem is not before:
            log.error("%s (%s)", problem.message, self._name)
        elif problem is None and before is not None:
            log.warning("The store accepts events again (%s).", self._name)
