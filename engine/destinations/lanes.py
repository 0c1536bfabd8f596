"""Deliveries that wait, as the scheduler holds them: one lane per destination.

A lane holds the next few deliveries in memory and knows whether the store has more; one that may not send
holds none. Lanes that take what they are sent, and lanes that do not, wait for their turn in two separate
rows, each with its own places: however many targets are dead, the others' places stay theirs.
"""

from collections import deque
from dataclasses import dataclass, field

from .circuit_breaker import Breaker
from .message import BATCHES, Options, Target

WINDOW = 64
"""Deliveries of one lane that wait in memory."""
LOW = WINDOW // 4
"""With fewer than these a lane is filled up again."""
UNSETTLED = 512
"""Deliveries of one lane whose outcome is not yet durable; more than these are not begun."""


@dataclass(slots=True, eq=False)
class Heard:
    """An event as the deliveries in memory share it."""

    id: str
    action: str
    created: str
    lineage: str
    envelope: bytes | None
    """None for a large one, and where memory is full: it is read when its turn comes."""
    users: int = 0


@dataclass(slots=True, eq=False)
class Waiting:
    """A delivery in memory."""

    id: str
    event: Heard
    attempts: int
    tries: int
    key: str | None


@dataclass(slots=True, eq=False)
class DeliveryLane:
    """The deliveries of one destination that are in this process's hands."""

    id: str
    project_id: str | None
    format: str
    options: Options
    active: bool
    breaker: Breaker = field(default_factory=Breaker)
    target: Target | None = None
    """Opened when it is needed first."""
    failing_since: float | None = None
    window: deque[Waiting] = field(default_factory=deque)
    known: set[str] = field(default_factory=set)
    """Ids of what waits in memory, is on its way, or has an outcome that is not yet durable."""
    running: int = 0
    """Requests on their way."""
    slow: bool = False
    """The last answer was long in coming, or still is."""
    stored: bool = False
    """The store may have deliveries that are due and not here."""
    refilling: bool = False
    left: set[str] = field(default_factory=set)
    """Let go of during a refill, which may still see them."""
    wake_at: float | None = None
    """When to look again."""
    listed: bool = False
    busy: set[str] = field(default_factory=set)
    """Order keys of which one is on its way."""
    parked: dict[str, deque[Waiting]] = field(default_factory=dict)
    """What waits for the one on its way of the same key."""
    blocked: dict[str, float] = field(default_factory=dict)
    """Order keys whose first one waits for a later try, until then."""
    next_at: float = 0.0
    """No request before, for the sake of the rate."""
    noted_at: float = 0.0
    """When the destination's row was told of an outcome last."""
    deleted: bool = False

    @property
    def trusted(self) -> bool:
        """It has its places among those that take what they are sent."""
        return self.breaker.trusted and not self.slow

    @property
    def ordered(self) -> bool:
        """Deliveries of one key go one after the other."""
        return bool(self.options.order_key)

    @property
    def batch(self) -> int:
        """Events in one request."""
        return self.options.batch_size if self.format in BATCHES and not self.ordered else 1

    @property
    def idle(self) -> bool:
        """Nothing is here."""
        return not (self.known or self.stored or self.refilling)

    def room(self, now: float) -> int:
        """How many more requests may leave now."""
        if not self.active or self.deleted or now < self.next_at:
            return 0
        if len(self.known) - len(self.window) > UNSETTLED:
            return 0
        return self.breaker.room(self.options.concurrency, now) - self.running

    def ready_at(self, now: float) -> float:
        """When it may send again: the breaker's pause, or the rate."""
        return max(self.breaker.paused_until, self.next_at, now)

    def clock_set(self, by: float) -> None:
        """Somebody set the wall clock: pauses, and the time of failing, are as long as they were."""
        self.next_at += by
        self.breaker.paused_until += by
        if self.failing_since is not None:
            self.failing_since += by

    def take(self) -> list[Waiting]:
        """What goes out next, in one request; nothing when all that is here has to wait for its key."""
        taken: list[Waiting] = []
        while self.window and len(taken) < self.batch:
            one = self.window.popleft()
            if one.key is not None and self.ordered:
                if one.key in self.busy:
                    self.parked.setdefault(one.key, deque()).append(one)
                    continue
                self.busy.add(one.key)
            taken.append(one)
        return taken

    def release(self, key: str) -> None:
        """The one of this key is delivered, durably: the next may go."""
        self.busy.discard(key)
        parked = self.parked.pop(key, None)
        if parked:
            self.window.extendleft(reversed(parked))

    def block(self, key: str, until: float) -> list[Waiting]:
        """The one of this key is tried later: those behind it leave, and are read again then."""
        self.busy.discard(key)
        self.blocked[key] = until
        gone = list(self.parked.pop(key, ()))
        gone += [one for one in self.window if one.key == key]
        self.window = deque(one for one in self.window if one.key != key)
        return gone

    def unblock(self, now: float) -> None:
        """Forget keys whose time has come."""
        if self.blocked:
            self.blocked = {key: until for key, until in self.blocked.items() if until > now}
