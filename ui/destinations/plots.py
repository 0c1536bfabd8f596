"""How well a destination takes its events, measured for an SVG: bars of what was delivered and what failed,
lines of how long it took. Drawn by the server, so it stands there without script and can be printed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 1000, 100
"""Of a plot's own units; the page stretches it to the room there is."""
SPARK_WIDTH, SPARK_HEIGHT = 107, 24
_LEAST = 2


@dataclass(frozen=True, slots=True)
class Bar:
    """One stretch of time; `bad` of the bar, at its foot, are attempts that failed."""

    x: float
    width: float
    height: float
    bad: float
    at: str
    words: str


@dataclass(frozen=True, slots=True)
class Plot:
    """What is drawn; `lines` are points of polylines by name, broken where nothing was delivered."""

    bars: list[Bar]
    lines: dict[str, list[str]]
    most: int
    slowest_ms: float
    since: str


def plot(buckets: Sequence[Any]) -> Plot:
    """Both drawings of a destination's statistics."""
    slowest = max((bucket.p95_ms or 0 for bucket in buckets), default=0)
    return Plot(
        _bars(buckets, WIDTH, HEIGHT),
        {
            "p95": _lines((bucket.p95_ms for bucket in buckets), len(buckets), slowest),
            "p50": _lines((bucket.p50_ms for bucket in buckets), len(buckets), slowest),
        },
        max((bucket.delivered + bucket.failed for bucket in buckets), default=0),
        slowest,
        buckets[0].at if buckets else "",
    )


def spark(buckets: Sequence[Any]) -> list[Bar]:
    """The same bars, small, for a row of a list."""
    return _bars(buckets, SPARK_WIDTH, SPARK_HEIGHT)


def _bars(buckets: Sequence[Any], width: float, height: float) -> list[Bar]:
    most = max((bucket.delivered + bucket.failed for bucket in buckets), default=0)
    step, found = width / max(1, len(buckets)), []
    for index, bucket in enumerate(buckets):
        total = bucket.delivered + bucket.failed
        if total:
            tall = max(_LEAST, total / most * height)
            bad = min(tall, max(_LEAST, bucket.failed / total * tall)) if bucket.failed else 0.0
            words = f"{bucket.delivered} delivered" + (f", {bucket.failed} failed" if bucket.failed else "")
            left, wide = round(index * step, 2), round(step * 0.78, 2)
            found.append(Bar(left, wide, round(tall, 2), round(bad, 2), bucket.at, words))
    return found


def _lines(values: Iterable[float | None], count: int, most: float) -> list[str]:
    """Polylines through the middle of each stretch; one point alone becomes a short dash."""
    step, found, points = WIDTH / max(1, count), [], list[tuple[float, float]]()
    for index, value in enumerate([*values, None]):
        if value is not None:
            points.append(((index + 0.5) * step, HEIGHT - (value / most if most else 0) * (HEIGHT - 4) - 2))
        elif points:
            if len(points) == 1:
                ((x, y),) = points
                points = [(x - step * 0.39, y), (x + step * 0.39, y)]
            found.append(" ".join(f"{x:.1f},{y:.1f}" for x, y in points))
            points = []
    return found


# -- one request -----------------------------------------------------------------------------------

PHASES = (
    ("dns_ms", "Name look-up"),
    ("connect_ms", "Connection"),
    ("tls_ms", "TLS"),
    ("first_byte_ms", "Wait for the answer"),
    ("rest_ms", "Rest"),
)
"""The parts of a request in their order. The rest is what is in none of them: sending, and reading on."""


@dataclass(frozen=True, slots=True)
class Phase:
    """One part of a request; `start` and `width` in per cent of the whole."""

    key: str
    title: str
    ms: float
    start: float
    width: float


def phases(measured: dict[str, float | None], longest: float = 0) -> list[Phase]:
    """The parts that a request had, one after the other; `longest` (ms) is the whole that they are drawn
    against, the request's own time without it."""
    total = measured.get("total_ms") or 0.0
    known = sum(measured.get(key) or 0 for key, _ in PHASES)
    whole = max(total, known, longest) or 1
    found, start = [], 0.0
    for key, title in PHASES:
        ms = max(0.0, total - known) if key == "rest_ms" else measured.get(key)
        if ms is not None and (key != "rest_ms" or ms >= 0.05):
            found.append(
                Phase(key.removesuffix("_ms"), title, ms, _percent(start, whole), _percent(ms, whole))
            )
            start += ms
    return found


def _percent(ms: float, whole: float) -> float:
    return round(min(100.0, ms / whole * 100), 2)
