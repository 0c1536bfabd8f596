"""What runs learn about connections: a step that succeeded with one shows that it works, one that was refused
that it does not."""

from collections.abc import Callable

from engine.base import clock
from engine.store.database import Database
from engine.store.tx import Tx

_EVERY = 10.0  # seconds between two writes, for what is no news

Store = Callable[[Tx, str, str, str, str | None], None]
"""`store(tx, project_id, name, moment, error)`."""


class Usage:
    """Gathers uses, so that a busy connection is not written with each step. What is gathered when the
    process is killed is lost; the next use says it again."""

    def __init__(self, db: Database, store: Store) -> None:
        self._db = db
        self._store = store
        self._seen: dict[tuple[str, str], tuple[str, str | None]] = {}
        self._failing: set[tuple[str, str]] = set()
        self._timer: clock.Timer | None = None

    def note(self, project_id: str, name: str, error: str | None) -> None:
        """A step used a connection; `error` is why the service refused it. The first refusal, and the first
        success after one, are stored at once."""
        key = (project_id, name)
        news = (error is not None) != (key in self._failing)
        if error is None:
            self._failing.discard(key)
        else:
            self._failing.add(key)
        self._seen[key] = (clock.now_iso(), error)
        if news:
            self.flush()
        elif self._timer is None:
            self._timer = clock.call_later(_EVERY, self.flush)

    def flush(self) -> None:
        """Store what was gathered."""
        self.stop()
        seen, self._seen = self._seen, {}
        if seen:
            self._db.submit(lambda tx: self._store_all(tx, seen))

    def stop(self) -> None:
        """Wait for nothing more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _store_all(self, tx: Tx, seen: dict[tuple[str, str], tuple[str, str | None]]) -> None:
        for (project_id, name), (moment, error) in seen.items():
            self._store(tx, project_id, name, moment, error)
