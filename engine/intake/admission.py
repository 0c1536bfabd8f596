"""How a request arrives: from outside, or a second time, because somebody admits it."""

from collections.abc import Awaitable, Callable

from engine.base import clock
from engine.base.errors import Conflict
from engine.runs.held import is_held
from engine.runs.queue import Accepted
from engine.store import rejected_store
from engine.store.database import Database
from engine.store.run_store import NewRun
from engine.store.tx import Tx


class Arrival:
    """A request that has just arrived."""

    at: float | None = None
    """When it arrived, in Unix seconds; None for now."""
    verifies = True

    def now(self) -> float:
        """The moment by which replay windows are judged: that of the arrival."""
        return clock.now() if self.at is None else self.at


LIVE = Arrival()
"""From outside, now."""


class Admission(Arrival):
    """A rejected request that is received again, once.

    The request is marked in the transaction that stores its run; of several, that of the last one. Runs have
    a key of their own by which they are known if this is interrupted and done again.
    """

    def __init__(
        self,
        db: Database,
        rejected_id: str,
        at: float,
        by: str | None,
        *,
        verifies: bool = True,
        then: Callable[[Tx], None] | None = None,
    ) -> None:
        """`at` is when the request arrived; `by` the id of the user or key that admits it. `then` is called
        in the transaction that marks the request."""
        self.at = at
        self.verifies = verifies
        self.accepted: list[Accepted] = []
        self._db = db
        self._id = rejected_id
        self._by = by
        self._then = then
        self._expected = 1

    def expects(self, count: int) -> None:
        """So many runs come of the request."""
        self._expected = count

    async def put(self, run: NewRun, store: Callable[[], Awaitable[Accepted]]) -> Accepted:
        """Store the next run of the request by `store`."""
        number = len(self.accepted)
        run.origin = "admitted"
        if run.dedupe is None:
            run.dedupe = f"admitted:{self._id}:{number}"
        last = number + 1 == self._expected
        if last:
            run.then = lambda tx: self._mark(tx, run)
        accepted = await store()
        self.accepted.append(accepted)
        if last and accepted.duplicate:
            await self._db.write(lambda tx: self._note(tx, accepted.run_id, "duplicate"))
        return accepted

    def _mark(self, tx: Tx, run: NewRun) -> None:
        held = is_held(Accepted(run.id, False))
        if not self._note(tx, run.id, "held" if held else "run"):
            raise Conflict("This request was admitted already.")

    def _note(self, tx: Tx, run_id: str, outcome: str) -> bool:
        marked = rejected_store.mark_admitted(tx, self._id, run_id, outcome, clock.now_iso(), self._by)
        if marked and self._then is not None:
            self._then(tx)
        return marked
