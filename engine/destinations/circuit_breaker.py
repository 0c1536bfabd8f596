"""A circuit breaker per target: how many requests it gets at a time, by how it has answered so far.

It begins with one request, with each success one more is allowed, and with each failure half as many. After
`FAILURES` failures in a row nothing is sent for a while, then one delivery probes: a target that is down
costs one request in ever longer pauses, and its deliveries keep their attempts for when it is back.
"""

from .message import AttemptResult
from .retry_policy import DELAYS, MAX_RETRY_AFTER, Random, jittered

FAILURES = 5
"""Failures in a row after which a target is only probed."""
FIRST_PAUSE = 5.0
"""Seconds before the first probe; each pause is twice the one before."""
LONGEST_PAUSE = 900.0


class Breaker:
    """The state of one destination. Times are Unix seconds."""

    __slots__ = ("_allowed", "_probes", "failures", "paused_until")

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        """In a row."""
        self.paused_until = 0.0
        """Nothing is sent before."""
        self._allowed = 1
        self._probes = 0

    @property
    def open(self) -> bool:
        """It is only probed."""
        return self.failures >= FAILURES

    @property
    def trusted(self) -> bool:
        """The last answer was a good one, or there was none yet."""
        return self.failures == 0

    def room(self, most: int, now: float) -> int:
        """How many requests may be on their way; `most` is what the destination allows."""
        if now < self.paused_until:
            return 0
        return 1 if self.open else min(most, self._allowed)

    def succeeded(self) -> None:
        """The target took a delivery."""
        self.failures = self._probes = 0
        self.paused_until = 0.0
        self._allowed = min(self._allowed + 1, 1_000)

    def failed(self, answer: AttemptResult, now: float, random: Random) -> None:
        """The target did not take a delivery."""
        late = now < self.paused_until  # sent before the pause began: it says nothing new
        self.failures += 1
        self._allowed = max(1, self._allowed // 2)
        if answer.kind == "slow_down" or answer.retry_after is not None:
            asked = answer.retry_after
            pause = jittered(DELAYS[1], random) if asked is None else min(max(asked, 0), MAX_RETRY_AFTER)
            self.paused_until = max(self.paused_until, now + pause)
        if self.open and not late:
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(self._probes, 20))
            self._probes += 1
            self.paused_until = max(self.paused_until, now + jittered(pause, random))
