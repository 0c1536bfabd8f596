"""Who waits for what a run answers: callers of `/sync`, for as long as their request is open."""

import asyncio

from engine.base.types import Json


class Waiters:
    """Futures by run. `len()` says how many are open."""

    def __init__(self) -> None:
        self._futures: dict[str, list[asyncio.Future[Json]]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._futures.values()))

    def wait_for(self, run_id: str) -> "asyncio.Future[Json]":
        """Done with the run's answer: `{"response"}`, or `{"ended", "error", "unrouted"}`. Cancel it to wait
        no longer."""
        future: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._futures.setdefault(run_id, []).append(future)
        future.add_done_callback(lambda done: self._forget(run_id, done))
        return future

    def answer(self, run_id: str, answer: Json) -> None:
        """Give a run's answer to everybody who waits for it; the first one counts."""
        for future in list(self._futures.get(run_id, ())):
            if not future.done():
                future.set_result(answer)

    def fail(self, error: Exception) -> None:
        """Nobody gets an answer any more: each future raises `error`."""
        for futures in list(self._futures.values()):
            for future in futures:
                if not future.done():
                    future.set_exception(error)

    def _forget(self, run_id: str, future: "asyncio.Future[Json]") -> None:
        futures = self._futures.get(run_id, [])
        if future in futures:
            futures.remove(future)
        if not futures:
            self._futures.pop(run_id, None)
