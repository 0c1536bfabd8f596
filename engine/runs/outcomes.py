"""What becomes of tracks of one run together: the branches of a router that takes all, concurrent iterations.

Tracks are independent: one that fails takes no other down. The run waits as long as any of them waits, and
fails, with all that failed, once all have come to their end. A cancel and the end of the run's time count
for all of them.
"""

import asyncio
from collections.abc import Awaitable, Iterable, Sequence

from .run import Canceled, Ended, StepFailed, Suspended, TimedOut

_AT_ONCE = (Canceled, TimedOut)


async def in_turn(walks: Iterable[Awaitable[None]]) -> None:
    """Run tracks one after the other; a later one begins when the earlier is over, also when it failed.

    Raises StepFailed with all that failed, in the end or when a track ends the run.
    """
    failed: list[StepFailed] = []
    for walk in walks:
        try:
            await walk
        except StepFailed as failure:
            failed.append(failure)
        except Ended:
            _fail(failed)
            raise
    _fail(failed)


async def together(walks: Iterable[Awaitable[None]]) -> None:
    """Run tracks at the same time, until each of them is over or waits.

    Raises Canceled or TimedOut where that ended one; StepFailed or Ended where one ended the run; Suspended
    until the first wait is over; and StepFailed with all that failed.
    """
    results = await asyncio.gather(*walks, return_exceptions=True)
    outcomes = [result for result in results if result is not None]
    if not outcomes:
        return
    for outcome in outcomes:  # a defect of ours must be seen
        if not isinstance(outcome, (*_AT_ONCE, Ended, Suspended, StepFailed)):
            raise outcome
    for kind in _AT_ONCE:
        for outcome in outcomes:
            if isinstance(outcome, kind):
                raise outcome
    failed = [outcome for outcome in outcomes if isinstance(outcome, StepFailed)]
    waits = [outcome for outcome in outcomes if isinstance(outcome, Suspended)]
    ended = next((outcome for outcome in outcomes if isinstance(outcome, Ended)), None)
    if waits and ended is None:
        times = [wait.resume_at for wait in waits if wait.resume_at is not None]
        raise Suspended(min(times) if times else None)
    _fail(failed)
    if ended is not None:
        raise ended


def _fail(failed: Sequence[StepFailed]) -> None:
    if failed:
        raise StepFailed.of(failed)
