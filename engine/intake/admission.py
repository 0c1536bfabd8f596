"""How a request arrives: from outside, or a second time, because somebody admits it."""

from collections.abc import Awaitable, Callable
from functools import partial

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

    The request is marked in the transaction that stores its runs. Runs without an identity have a key of
    their own, by which they are known if this is interrupted and done again.
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
        self._runs: list[NewRun] = []

    async def put(self, run: NewRun, store: Callable[[], Awaitable[Accepted]]) -> Accepted:
        """Store the one run of the request by `store`."""

        async def store_it() -> list[Accepted]:
            return [await store()]

        (accepted,) = await self.put_all([run], store_it)
        return accepted

    async def put_all(
        self, runs: list[NewRun], store: Callable[[], Awaitable[list[Accepted]]]
    ) -> list[Accepted]:
        """Store the runs of the request by `store`: all of them or none."""
        self._runs = runs
        for number, run in enumerate(runs):
            run.origin = "admitted"
            if run.dedupe is None:
                run.dedupe = f"admitted:{self._id}:{number}"
            run.then = partial(self._mark, run)
        self.accepted = await store()
        if self.accepted and all(one.duplicate for one in self.accepted):
            await self._db.write(lambda tx: self._note(tx, self.accepted[0].run_id, "duplicate"))
        return self.accepted

    def _mark(self, run: NewRun, tx: Tx) -> None:
        """Mark the request with the first of its runs that is new."""
        held = is_held(Accepted(run.id, False))
        if self._note(tx, run.id, "held" if held else "run"):
            return
        if rejected_store.run_of(tx, self._id) not in {one.id for one in self._runs}:
            raise Conflict("This request has already been admitted.")

    def _note(self, tx: Tx, run_id: str, outcome: str) -> bool:
        marked = rejected_store.mark_admitted(tx, self._id, run_id, outcome, clock.now_iso(), self._by)
        if marked and self._then is not None:
            self._then(tx)
        return marked
