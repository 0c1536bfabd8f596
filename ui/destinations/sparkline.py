"""The last day of a flow as a row of bars, measured for an SVG."""

from dataclasses import dataclass

from engine.store.activity import SLOTS, Day

HEIGHT = 24
STEP = 4
"""From one bar to the next; a bar is one less."""
WIDTH = SLOTS * STEP - 1
_LEAST = 3


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar from the base line upwards; `bad` of it, at the foot, are runs that failed."""

    x: int
    height: int
    bad: int


@dataclass(frozen=True, slots=True)
class Sparkline:
    """What is drawn, and what is said to those who do not see it."""

    bars: list[Bar]
    words: str


def sparkline(day: Day) -> Sparkline:
    """The bars of a day, the highest one as high as there is room."""
    most, bars = max(*day.runs, *day.failed), []
    for index, (runs, failed) in enumerate(zip(day.runs, day.failed, strict=True)):
        most_here = max(runs, failed)  # a run may fail in a later hour than that of its start
        if most_here:
            height = max(_LEAST, round(most_here / most * HEIGHT))
            bad = max(_LEAST, round(failed / most_here * height)) if failed else 0
            bars.append(Bar(index * STEP, height, min(bad, height)))
    total, failed = sum(day.runs), sum(day.failed)
    words = f"{total} run{'s' if total != 1 else ''} in the last day"
    return Sparkline(bars, f"{words}, {failed} failed" if failed else words)
