"""asyncio's event loop, which tells a test when something has happened in it."""

import asyncio
import selectors
from collections.abc import Callable
from typing import Any


class WatchedLoop(asyncio.SelectorEventLoop):
    """Checks what a test waits for after each turn: state changes only in a turn, so nothing is missed and
    nothing is polled."""

    def __init__(self) -> None:
        self._conditions: dict[asyncio.Future[Any], Callable[[], Any]] = {}
        self._idlers: list[asyncio.Future[None]] = []
        self._in_threads = 0
        super().__init__(_Selector(self._check, self._rest))

    def until(self, condition: Callable[[], Any]) -> "asyncio.Future[Any]":
        """Done with what `condition` returns once that is true, or with what it raises."""
        future = self.create_future()
        self._conditions[future] = condition
        future.add_done_callback(lambda done: self._conditions.pop(done, None))
        return future

    def idle(self) -> "asyncio.Future[None]":
        """Done once no callback is ready, no socket has news, no thread is at work for the loop's sake, and
        the loop would sleep."""
        future = self.create_future()
        self._idlers.append(future)
        return future

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> "asyncio.Future[Any]":
        self._in_threads += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._back)
        return future

    def _back(self, _done: object) -> None:
        self._in_threads -= 1

    def _check(self) -> bool:
        """Release whose condition holds; whether there is anybody to run now."""
        released = False
        for future, condition in list(self._conditions.items()):
            if future.done():
                continue
            try:
                found = condition()
            except BaseException as error:
                future.set_exception(error)
                released = True
            else:
                if found:
                    future.set_result(found)
                    released = True
        return released

    def _rest(self) -> bool:
        """The loop would sleep; whether anybody waited for that."""
        if self._in_threads:
            return False
        idlers, self._idlers = self._idlers, []
        for future in idlers:
            if not future.done():
                future.set_result(None)
        return bool(idlers)


class _Selector(selectors.DefaultSelector):
    """Asked once a turn, behind the turn's callbacks. `timeout` is 0 when more of them are ready."""

    def __init__(self, check: Callable[[], bool], rest: Callable[[], bool]) -> None:
        super().__init__()
        self._check = check
        self._rest = rest

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self._check():
            timeout = 0
        if timeout == 0:
            return super().select(0)
        found = super().select(0)
        if found or self._rest():
            return found
        return super().select(timeout)
