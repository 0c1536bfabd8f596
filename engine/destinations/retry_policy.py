"""The retry policy of deliveries: when one is tried again, and when it becomes a dead letter.

The delays are those that Standard Webhooks 1.0.0 gives as its example, 75 h 35 min in all. Each is drawn
between half of itself and the whole: spread enough that what failed together does not come back together,
and still never at once, as with jitter from zero, which would use up the attempts early in an outage.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from .message import AttemptResult

DELAYS = (0.0, 5.0, 300.0, 1800.0, 7200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0)
"""Seconds before each try."""
MOST_TRIES = len(DELAYS)
MAX_RETRY_AFTER = 86_400.0
"""Seconds; a target that asks for a longer pause is asked again after this one."""

Random = Callable[[], float]
"""A number in [0, 1), like `random.random`."""


@dataclass(frozen=True, slots=True)
class Next:
    """What becomes of a delivery after a try."""

    status: Literal["delivered", "pending", "dead", "held", "cut"]
    at: float | None = None
    """When it is tried again, Unix seconds; None for never."""
    why: str = ""
    """Why then, or why it ends so."""


def jittered(seconds: float, random: Random) -> float:
    """Between half of a delay and the whole."""
    return seconds * (0.5 + 0.5 * random())


def after(answer: AttemptResult, tries: int, now: float, random: Random) -> Next:
    """What becomes of a delivery whose try number `tries` (1 is the first) ended with `answer`."""
    said = answer.error or (f"the answer was {answer.status}" if answer.status else answer.kind)
    if answer.ok:
        return Next("delivered")
    if answer.kind == "cut":
        return Next("cut", why=said)
    if answer.gone:
        return Next("held", why=said)
    if answer.permanent:
        return Next("dead", why=f"{said.rstrip('.')}: a retry does not help.")
    if tries >= MOST_TRIES:
        return Next("dead", why=f"{said.rstrip('.')}: that was try {tries} of {MOST_TRIES}.")
    at = now + jittered(DELAYS[tries], random)
    why = f"try {tries + 1} of {MOST_TRIES}"
    if answer.retry_after is not None:
        asked = now + min(max(answer.retry_after, 0.0), MAX_RETRY_AFTER)
        if asked > at:
            return Next("pending", asked, f"{why}, as the receiver asked (Retry-After)")
    return Next("pending", at, why)
