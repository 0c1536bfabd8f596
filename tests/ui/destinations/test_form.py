"""What the form of a destination sends, as the service takes it; and a destination, as the form shows it."""

from types import SimpleNamespace
from typing import Any

import pytest
from starlette.datastructures import FormData

from engine.base.errors import BadInput
from engine.events.registry import EVENTS
from ui.destinations import form as form_of
from ui.shared.forms import Form


def form(*pairs: tuple[str, str], **fields: str) -> Form:
    return Form(FormData([*fields.items(), *pairs]))


def webhook(*pairs: tuple[str, str], **fields: str) -> Form:
    address = ("url.webhook", "https://example.com/x")
    return form(address, ("event", "flow.published"), *pairs, **{"name": "A", "kind": "webhook", **fields})


def record(**fields: Any) -> Any:
    known: dict[str, Any] = {
        "name": "A", "kind": "webhook", "url": "https://example.com/x", "events": ["flow.published"],
        "format": "raw", "verification": "ping", "header_names": ["X-Key"], "credential_names": [],
        "options": {"concurrency": 2, "rate_per_s": 1.5},
    }  # fmt: skip
    return SimpleNamespace(**(known | fields))


def test_a_form_becomes_what_the_service_takes() -> None:
    made = form_of.spec(
        webhook(("format", "cloudevents"), ("verification", "ping"), ("option.rate_per_s", "2.5"))
    )
    assert made == {
        "name": "A", "kind": "webhook", "url": "https://example.com/x", "events": ["flow.published"],
        "format": "cloudevents", "verification": "ping", "options": {"order_key": "", "rate_per_s": 2.5},
    }  # fmt: skip


def test_only_the_address_of_the_chosen_kind_counts() -> None:
    made = form_of.spec(webhook(("url.topic", "audit"), ("verification", "ping"), kind="topic"))
    assert (made["url"], made["verification"], made["format"]) == ("audit", "none", "raw")


def test_a_ticked_group_is_all_of_its_events_and_all_is_all() -> None:
    runs = [one.action for one in EVENTS.values() if one.group == "Runs"]
    assert form_of.chosen(form(("group", "Runs"), ("event", runs[0]))) == runs
    assert form_of.chosen(form(("group", "Runs"), ("everything", "yes"))) == ["*"]
    assert form_of.chosen(form(("event", "flow.published"), ("pattern", "user.*"))) == [
        "flow.published",
        "user.*",
    ]
    assert form_of.chosen(form(("event", "no.such"), ("group", "No such"))) == []


def test_headers_are_taken_in_pairs() -> None:
    pairs = [("header_name", " X-Key "), ("header_value", "a"), ("header_name", ""), ("header_value", "")]
    assert form_of.spec(webhook(*pairs))["headers"] == {"X-Key": "a"}


def test_an_empty_value_keeps_a_stored_header_and_an_emptied_name_takes_it_out() -> None:
    kept = webhook(("header_name", "x-key"), ("header_value", ""))
    assert form_of.spec(kept, record())["headers"] == {"x-key": None}
    gone = webhook(("header_name", ""), ("header_value", ""))
    assert form_of.spec(gone, record())["headers"] == {}


@pytest.mark.parametrize(
    ("pairs", "field"),
    [
        ([("header_name", "X-Key"), ("header_value", "")], "headers"),
        (
            [("header_name", "a"), ("header_value", "1"), ("header_name", "A"), ("header_value", "2")],
            "headers",
        ),
        ([("option.rate_per_s", "fast")], "options.rate_per_s"),
        ([("option.concurrency", "1.5")], "options.concurrency"),
        ([("option.timeout_s", "15 s")], "options.timeout_s"),
    ],
)
def test_what_cannot_be_used_names_its_field(pairs: list[tuple[str, str]], field: str) -> None:
    with pytest.raises(BadInput) as raised:
        form_of.spec(webhook(*pairs))
    assert raised.value.field == field


def test_a_stored_destination_fills_the_form_without_a_secret() -> None:
    shown = form_of.stored(record(events=["flow.published", "user.*"]))
    assert (shown.urls, shown.events, shown.patterns) == (
        {"webhook": "https://example.com/x"}, {"flow.published"}, ["user.*"],
    )  # fmt: skip
    assert (shown.options["rate_per_s"], shown.options["concurrency"], shown.options["timeout_s"]) == (
        "1.5", "2", "15",
    )  # fmt: skip
    assert shown.changed_options and not form_of.fresh().changed_options
    assert shown.header_names == ["X-Key"]


def test_what_was_sent_is_shown_again_but_for_values_of_headers() -> None:
    shown = form_of.sent(
        webhook(("header_name", "X-Key"), ("header_value", "hunter2"), ("credential.password", "x9"))
    )
    assert shown.header_names == ["X-Key"]
    assert "hunter2" not in repr(shown) and "x9" not in repr(shown)


def test_a_format_that_the_api_chose_for_a_flow_stays() -> None:
    sent = webhook(kind="flow")
    assert form_of.spec(sent)["format"] == "raw"
    assert form_of.spec(sent, record(kind="flow", format="cloudevents"))["format"] == "cloudevents"


@pytest.mark.parametrize(
    "text", ["", "no.such", "flow.published:no", ":", "flow.run.finished:failed:x", "__class__"]
)
def test_a_sample_that_is_none_becomes_one_of_the_destinations_own(text: str) -> None:
    assert form_of.sample_of(text, ["user.*", "flow.deleted"]) == ("flow.deleted", "")
    assert form_of.sample_of(text, ["*"]) == ("flow.run.finished", "")


def test_every_sample_in_the_menu_is_one() -> None:
    menu = [key for _, found in form_of.samples() for key, _ in found]
    assert len(menu) == len(set(menu)) == sum(len(each.samples) for each in EVENTS.values())
    for key in menu:
        assert ":".join(filter(None, form_of.sample_of(key))) == key
