"""Event windows: what a step remembers of the events with one key, from the first one until a time.

A step *joins* the window of its key and learns its place in it; the first one opens the window. What does not
pass is *held*: counted, and stored if the step says so. One step may *take* what was held: the one that waits
for the window's end, the one that fills it, or the one that opens the next window.

`decide_place` is the rule itself. Where windows are stored, it is called in the transaction that stores what
it returns, so that of any number of events at the same time each has a place of its own.
"""

import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, Protocol

from ._errors import PieceError
from ._props import Json

MAX_ITEMS = 1000
"""Items that a window stores."""
MAX_BYTES = 4_000_000
"""Bytes of JSON of those items, at which a window is full."""
MAX_ITEM = 500_000
"""Bytes of JSON of one item."""
_SET_BACK = 1.0  # seconds that clocks of two processes may differ


@dataclass(frozen=True)
class WindowEntry:
    """With what a step joins a window."""

    key: str
    closes: float | None
    """When the window ends, Unix seconds; None: when it is full."""
    passes: int = 1
    """How many events of a window pass; those after them are held."""
    state: str = ""
    """An event in another state than that of the window opens the next one."""
    extends: bool = False
    """The window ends at `closes` of the event that came last, not of the first."""
    longest: float | None = None
    """Seconds after its first event at which the window ends in any case."""
    waits: Literal["nobody", "first", "last"] = "nobody"
    """Which of the events that are held waits for the window's end."""
    full: int | None = None
    """The number of events that end the window."""
    needs_success: bool = False
    """The window ends when the run of its first event fails: nobody has seen that event."""
    item: Json = None
    """What is stored of the event when it is held; nothing for None."""


@dataclass(frozen=True)
class Window:
    """What is known of the events with one key, from the first one until `closes`."""

    id: str
    opened: float
    """Unix seconds, as all times here."""
    closes: float | None
    last: float
    """When the last event joined."""
    first_run: str
    """The run that opened it."""
    state: str = ""
    count: int = 0
    held: int = 0
    items: int = 0
    bytes: int = 0
    waiter: str = ""
    """The step that waits for its end, by its idempotency key; empty for none."""
    taken: str = ""
    """The step that took what was held, or is about to."""


@dataclass(frozen=True)
class WindowPlace:
    """The place of one step in a window. A step that is run again after a crash has the same."""

    window: str
    number: int
    """1 for the event that opened it."""
    passes: bool
    opened: float
    closes: float | None
    first_run: str
    waits: bool = False
    """This step is the one to wait for the window's end, and to take what was held."""
    full: bool = False
    """This step has filled the window, and takes what was held."""
    before: str = ""
    """The window before this one, if this step is to take what that one held."""

    def stored(self) -> dict[str, Any]:
        """The place as JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Held:
    """What a window held back."""

    count: int
    first: float
    """When the window was opened, Unix seconds."""
    last: float
    """When the last event joined."""
    items: list[Json] = field(default_factory=list)
    """What was stored of them, in their order: of the first `MAX_ITEMS`, up to `MAX_BYTES`."""


class Windows(Protocol):
    """The event windows of one step of a flow, counted exactly however many runs join at once."""

    async def join(self, entry: WindowEntry) -> WindowPlace:
        """Join the window of a key, once for each step of each run: a step that is run again gets the place
        that it had. Raises `PieceError` for an item that is too large."""
        ...

    async def take(self, window: str) -> Held | None:
        """What a window held back. None when another step has taken it, or waits for it now."""
        ...


@dataclass(frozen=True)
class WindowDecision:
    """What becomes of the windows of a key when a step joins."""

    place: WindowPlace
    window: Window
    """The window as it is now. It has ended for those to come when `place.full`."""
    before: Window | None
    """The window that ended with this event."""
    keeps: bool
    """The item is to be stored."""


def decide_place(
    entry: WindowEntry,
    token: str,
    run: str,
    window: Window | None,
    *,
    now: float,
    size: int,
    new_id: str,
    waiter_is_gone: bool = False,
    first_failed: bool = False,
) -> WindowDecision:
    """The place of a step, `token`, that joins a key whose window is `window`.

    `size` is that of the item in bytes. `waiter_is_gone`: the run that waits for the window has ended without
    taking it. `first_failed`: the run that opened it has failed.
    """
    before = None
    if window is not None and (_is_over(window, entry, now) or (first_failed and entry.needs_success)):
        before, window = window, None
    opens = window is None
    if window is None:
        closes = _earliest(entry.closes, None if entry.longest is None else now + entry.longest)
        window = Window(new_id, now, closes, now, run, entry.state)
    elif entry.extends:
        latest = None if entry.longest is None else window.opened + entry.longest
        window = replace(window, closes=_earliest(entry.closes, latest))
    number = window.count + 1
    passes = number <= entry.passes
    room = window.items < MAX_ITEMS and window.bytes + size <= MAX_BYTES
    full = entry.full is not None and (number >= min(entry.full, MAX_ITEMS) or not room)
    keeps = not passes and entry.item is not None and (room or full)
    waits = (
        not passes
        and not full
        and window.closes is not None
        and (entry.waits == "last" or (entry.waits == "first" and (not window.waiter or waiter_is_gone)))
    )
    window = replace(
        window,
        last=now,
        count=number,
        held=window.held + (not passes),
        items=window.items + keeps,
        bytes=window.bytes + (size if keeps else 0),
        waiter=token if waits else window.waiter,
        taken=token if full else window.taken,
    )
    takes = opens and before is not None and _is_left(before, waiter_is_gone=waiter_is_gone)
    if before is not None and takes:
        before = replace(before, taken=token)
    place = WindowPlace(
        window.id, number, passes, window.opened, window.closes, window.first_run, waits, full,
        before.id if before is not None and takes else "",
    )  # fmt: skip
    return WindowDecision(place, window, before, keeps)


def encode_item(item: Json) -> str | None:
    """An item of a window as JSON; None for None. Raises `PieceError` for one that cannot be stored."""
    if item is None:
        return None
    try:
        text = json.dumps(item, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise PieceError(f"`item` cannot be stored as JSON: {error}", field="item") from error
    if len(text) > MAX_ITEM:
        message = f"`item` has {len(text):,} bytes; at most {MAX_ITEM:,} are stored of an event."
        raise PieceError(message, field="item")
    return text


def may_take(window: Window, token: str) -> bool:
    """Whether a step is the one to take what a window held."""
    return window.taken == token or (not window.taken and window.waiter == token)


def _is_over(window: Window, entry: WindowEntry, now: float) -> bool:
    """Also when the clock was set back to before its beginning: it would last for who knows how long."""
    ended = window.closes is not None and now >= window.closes
    return ended or window.state != entry.state or now < window.opened - _SET_BACK


def _is_left(window: Window, *, waiter_is_gone: bool) -> bool:
    """Whether a window that is over has held something that nobody will take."""
    return window.held > 0 and not window.taken and (not window.waiter or waiter_is_gone)


def _earliest(one: float | None, other: float | None) -> float | None:
    times = [time for time in (one, other) if time is not None]
    return min(times) if times else None
