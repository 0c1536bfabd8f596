"""How a destination did in its last hours: counts, success rate and latency, over time."""

from typing import Any

from engine.base import clock
from engine.store.tx import Tx

from .records import Bucket, Statistics

BUCKETS = 48
"""Stretches that a span is cut into, at most."""
_MOST = 50_000  # attempts of a span whose times are read, the newest: beyond that a quantile moves no more
_SHORTEST = 60.0  # seconds

_COUNTS = (
    "SELECT {bucket}, kind = 'ok', count(*) "
    "FROM delivery_attempts WHERE destination_id = ? AND started >= ? GROUP BY 1, 2"
)
_TIMES = (
    "SELECT {bucket}, duration_ms "
    "FROM delivery_attempts WHERE destination_id = ? AND started >= ? ORDER BY started DESC LIMIT ?"
)
_STANDS = "SELECT count(*) FROM deliveries WHERE destination_id = ? AND status = ?"


def statistics(tx: Tx, destination_id: str, hours: float, now: float) -> Statistics:
    """The last `hours` before `now` (Unix seconds)."""
    bucket = tx.dialect.bucket("started")
    width = max(_SHORTEST, hours * 3600 / BUCKETS)
    number = max(1, round(hours * 3600 / width))
    began = now - number * width
    since = clock.to_iso(began)
    delivered, failed = [0] * number, [0] * number
    for at, fine, count in tx.execute(_COUNTS.format(bucket=bucket), (since, width, destination_id, since)):
        (delivered if fine else failed)[min(max(at, 0), number - 1)] += count
    times: list[list[float]] = [[] for _ in range(number)]
    for at, taken in tx.execute(_TIMES.format(bucket=bucket), (since, width, destination_id, since, _MOST)):
        times[min(max(at, 0), number - 1)].append(taken)
    everything = [taken for some in times for taken in some]
    tried = sum(delivered) + sum(failed)

    def stands(status: str) -> Any:
        return tx.execute(_STANDS, (destination_id, status)).fetchone()[0]

    return Statistics(
        delivered=sum(delivered), failed=sum(failed), dead=stands("dead"), held=stands("held"),
        pending=stands("pending"), success_rate=sum(delivered) / tried if tried else None,
        p50_ms=quantile(everything, 0.5), p95_ms=quantile(everything, 0.95),
        buckets=[
            Bucket(clock.to_iso(began + at * width), delivered[at], failed[at],
                   quantile(times[at], 0.5), quantile(times[at], 0.95))
            for at in range(number)
        ],
    )  # fmt: skip


def quantile(values: list[float], share: float) -> float | None:
    """The value below which that share of all lies (nearest rank); None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3)
