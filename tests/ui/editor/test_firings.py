"""Beside a schedule's field: when it runs next, in its own time zone."""

import json
import re
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from engine.base import clock

Site = Any  # of conftest, which cannot be imported


def schedule_flow(trigger: str = "cron", **input: Any) -> dict[str, Any]:
    when = {"name": "tick", "piece": "schedule", "trigger": trigger, "input": input}
    return {"format": 1, "name": "By the clock", "triggers": [when], "start": None, "steps": {}}


def panel(site: Site, client: httpx.Client, definition: dict[str, Any]) -> str:
    made = client.post(f"{site.base}/flows/import", data={"text": json.dumps(definition)})
    page = client.get(f"{made.headers['location']}?step=tick")
    assert page.status_code == 200
    return page.text


def times(page: str) -> list[str]:
    found = re.search(r'<div class="firings">.*?<ol>(.*?)</ol>', page, re.DOTALL)
    return re.findall(r"<li>(.*?)</li>", found[1]) if found else []


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> None:
    """That day, for what is shown here alone: sessions of the same server must not end by it."""
    now = clock.from_iso("2027-03-26T12:00:00Z")
    there = SimpleNamespace(now=lambda: now, timeout=clock.timeout)
    monkeypatch.setattr("ui.editor.firings.clock", there)


def test_a_cron_shows_its_next_five_times_in_its_time_zone(
    site: Site, client: httpx.Client, at: None
) -> None:
    page = panel(site, client, schedule_flow(expression="30 2 * * *", time_zone="Europe/Berlin"))
    assert "Next runs, in Europe/Berlin" in page
    assert times(page) == [
        "Sat 27 Mar 2027, 02:30 +01:00",
        "Sun 28 Mar 2027, 03:00 +02:00",  # 02:30 does not exist that day
        "Mon 29 Mar 2027, 02:30 +02:00",
        "Tue 30 Mar 2027, 02:30 +02:00",
        "Wed 31 Mar 2027, 02:30 +02:00",
    ]


def test_an_interval_shows_its_next_times(site: Site, client: httpx.Client, at: None) -> None:
    page = panel(site, client, schedule_flow("every", interval=90, unit="seconds"))
    assert times(page)[:2] == ["Fri 26 Mar 2027, 12:01:30 +00:00", "Fri 26 Mar 2027, 12:03 +00:00"]


@pytest.mark.parametrize(
    "input", [{}, {"expression": "0 0 30 2 *"}, {"expression": "@daily", "time_zone": "X"}]
)
def test_a_schedule_that_cannot_be_used_says_why_and_shows_no_times(
    site: Site, client: httpx.Client, input: dict[str, str]
) -> None:
    page = panel(site, client, schedule_flow(**input))
    assert times(page) == []
    assert 'class="wrong"' in page or not input
