"""Drawings of statistics and of one request, as numbers."""

from dataclasses import dataclass
from typing import Any

import pytest

from ui.destinations.plots import HEIGHT, PHASES, SPARK_HEIGHT, WIDTH, phases, plot, spark


@dataclass
class Bucket:
    at: str
    delivered: int = 0
    failed: int = 0
    p50_ms: float | None = None
    p95_ms: float | None = None


def test_the_highest_bar_fills_the_plot_and_failures_stand_at_its_foot() -> None:
    drawn = plot([Bucket("a", 8, 2), Bucket("b"), Bucket("c", 5, 0)])
    first, second = drawn.bars
    assert first.height == HEIGHT and first.bad == HEIGHT / 5 and first.x == 0
    assert second.height == HEIGHT / 2 and second.bad == 0
    assert second.x + second.width <= WIDTH
    assert (drawn.most, drawn.since) == (10, "a")
    assert (first.words, second.words) == ("8 delivered, 2 failed", "5 delivered")


def test_what_is_rare_is_still_seen() -> None:
    (_, rare) = spark([Bucket("a", 10_000), Bucket("b", 0, 1)])
    assert 0 < rare.height <= SPARK_HEIGHT and rare.bad == rare.height


def test_lines_break_where_nothing_was_delivered() -> None:
    timed = [Bucket("a", 1, 0, 10, 20), Bucket("b", 1, 0, 10, 40), Bucket("c"), Bucket("d", 1, 0, 10, 20)]
    drawn = plot(timed)
    assert [len(points.split()) for points in drawn.lines["p95"]] == [2, 2]  # a lone point is a dash
    assert drawn.slowest_ms == 40
    assert all(
        0 <= float(y) <= HEIGHT for points in drawn.lines["p50"] for y in [points.split()[0].split(",")[1]]
    )


@pytest.mark.parametrize("buckets", [[], [Bucket("a")], [Bucket("a", 3, 0, 0.0, 0.0)]])
def test_little_or_nothing_is_drawn_too(buckets: list[Any]) -> None:
    drawn = plot(buckets)
    assert len(drawn.bars) == sum(1 for one in buckets if one.delivered)


def test_phases_follow_one_another_and_the_rest_is_what_no_phase_tells() -> None:
    found = phases({"dns_ms": 10, "connect_ms": 20, "tls_ms": None, "first_byte_ms": 50, "total_ms": 100})
    assert [(one.key, one.start, one.width) for one in found] == [
        ("dns", 0, 10), ("connect", 10, 20), ("first_byte", 30, 50), ("rest", 80, 20),
    ]  # fmt: skip
    assert {one.title for one in found} <= {title for _, title in PHASES}


def test_a_request_is_drawn_against_the_longest_of_its_delivery() -> None:
    (only,) = phases({"dns_ms": 50, "total_ms": 50}, longest=200)
    assert (only.start, only.width) == (0, 25)


@pytest.mark.parametrize("measured", [{}, {"total_ms": 0.0}, {"total_ms": None}])
def test_a_request_that_never_began_has_no_phases(measured: dict[str, float | None]) -> None:
    assert phases(measured) == []
