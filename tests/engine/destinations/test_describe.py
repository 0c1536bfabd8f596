"""Destinations in words: what everybody may see of an address, and what a choice of events says."""

import pytest

from engine.destinations import describe
from engine.events.registry import EVENTS


@pytest.mark.parametrize(
    ("kind", "url", "said"),
    [
        ("webhook", "https://hooks.example.com/services/T0/B0?token=s3cret", "https://hooks.example.com/…"),
        ("webhook", "https://example.com", "https://example.com"),
        ("webhook", "https://example.com/", "https://example.com"),
        ("webhook", "https://example.com/?key=s3cret", "https://example.com/…"),
        ("webhook", "https://ann:s3cret@example.com:8443/x", "https://example.com:8443/…"),
        ("webhook", "https://[2001:db8::1]:8443/x", "https://[2001:db8::1]:8443/…"),
        ("webhook", "https://[broken", ""),
        ("webhook", "https://example.com:s3cret/", ""),
        ("amqp", "amqps://rabbit.example.com/vhost?exchange=e", "amqps://rabbit.example.com/…"),
        ("nats", "nats://nats.example.com:4222/a.b", "nats://nats.example.com:4222/…"),
        ("topic", "audit.flows", "audit.flows"),
        ("file", "audit.jsonl", "audit.jsonl"),
    ],
)
def test_of_an_address_only_what_is_no_secret_is_shown(kind: str, url: str, said: str) -> None:
    assert describe.place(kind, url) == said
    assert "s3cret" not in describe.place(kind, url)


def test_a_choice_of_events_is_said_shortly() -> None:
    runs = describe.groups()["Runs"]
    assert describe.chosen(["*"]) == "All events"
    assert describe.chosen(["flow.published", "*"]) == "All events"
    assert describe.chosen([]) == "No event"
    assert describe.chosen(["flow.published"]) == "flow.published"
    assert describe.chosen(["flow.published", "flow.deleted"]) == "flow.published and flow.deleted"
    assert (
        describe.chosen(["flow.published", "flow.deleted", "flow.created"]) == "flow.published and 2 others"
    )
    assert describe.chosen(runs) == "All of Runs"
    assert describe.chosen([*runs, "flow.published"]) == "All of Runs and flow.published"
    assert describe.chosen([*runs[:-1]]).startswith(f"{runs[0]} and ")
    assert describe.chosen(["flow.*"]) == "flow.*"


def test_every_event_is_in_one_group() -> None:
    assert sorted(one for group in describe.groups().values() for one in group) == sorted(EVENTS)
