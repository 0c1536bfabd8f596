import re

import pytest

from engine import catalogues
from engine.base.errors import NotFound
from engine.catalogues import Catalogue, get, label, names
from engine.catalogues.definition import named
from engine.events.registry import EVENTS
from engine.expressions import ExpressionError, compile
from engine.signatures import SCHEMES, option_problems

ALL = [get(name) for name in names()]
SHIPPED = [get(name) for name in names() if name != "switchyard"]


def ids(catalogue: Catalogue) -> str:
    return catalogue.name


def test_the_vendors_and_ourselves_are_there_with_all_their_events() -> None:
    counts = {catalogue.name: len(catalogue.events) for catalogue in SHIPPED}
    assert counts == {
        "activepieces": 41, "deck": 48, "knogin": 26, "elasticio": 24, "flows_api": 24,
        "github": 262, "gitlab": 25, "stripe": 275, "shopify": 172, "slack": 86, "pagerduty": 26,
        "sentry": 23, "alertmanager": 2, "grafana": 2,
    }  # fmt: skip
    assert get("switchyard").events.keys() == EVENTS.keys()


@pytest.mark.parametrize("catalogue", ALL, ids=ids)
def test_the_discriminator_names_each_sample_and_nothing_else(catalogue: Catalogue) -> None:
    for event in catalogue.events.values():
        for body in [event.sample, *event.variants.values()]:
            assert named(catalogue.discriminator, {"headers": event.headers, "body": body}) == event.name
    assert not named(catalogue.discriminator, {"headers": {}, "body": {}})
    assert catalogue.unnamed == []


@pytest.mark.parametrize("catalogue", ALL, ids=ids)
def test_each_event_can_be_shown_to_a_person(catalogue: Catalogue) -> None:
    labels = [event.label for event in catalogue.events.values()]
    assert len(set(labels)) == len(labels)
    for event in catalogue.events.values():
        assert event.description and event.group
        assert re.fullmatch(r"[A-Z][A-Za-z0-9 ]+", event.label)
    assert [e for group in catalogue.groups().values() for e in group] == sorted(
        catalogue.events.values(), key=lambda e: list(catalogue.groups()).index(e.group)
    )


@pytest.mark.parametrize("catalogue", ALL, ids=ids)
def test_the_verification_preset_is_a_scheme_with_settings_it_knows(catalogue: Catalogue) -> None:
    scheme = catalogue.verify["scheme"]
    assert scheme in SCHEMES and scheme != "none"
    assert option_problems(scheme, {k: v for k, v in catalogue.verify.items() if k != "scheme"}) == []
    assert catalogue.verify_note.endswith(".")


@pytest.mark.parametrize("catalogue", ALL, ids=ids)
def test_a_secondary_discriminator_belongs_to_events_and_its_branches_to_its_values(
    catalogue: Catalogue,
) -> None:
    split = {name: by for name in catalogue.events if (by := catalogue.secondary_of(name))}
    assert set(split.values()) == set(catalogue.secondary.values()) == set(catalogue.branches)
    for by, branches in catalogue.branches.items():
        values = [value for group in branches.values() for value in group]
        assert len(set(values)) == len(values)
        if by in catalogue.enums:
            assert set(values) <= set(catalogue.enums[by])
    for name, by in split.items():
        event = catalogue.events[name]
        for body in [event.sample, *event.variants.values()]:
            value = named(by, {"headers": event.headers, "body": body})
            known = {v for group in catalogue.branches[by].values() for v in group}
            assert value is None or value in known


def test_a_pattern_covers_the_events_it_means() -> None:
    deck = get("deck")
    assert deck.secondary_of("task_run.failed") == "trigger.body.data.result"
    assert deck.secondary_of("event_destination.activated") == "trigger.body.data.status"
    assert deck.secondary_of("task.created") is None


@pytest.mark.parametrize(
    ("name", "said"),
    [("flow.run.finished", "Flow run finished"), ("flows/packetLabels.created", "Packet labels created"),
     ("task_run.interaction_required", "Task run interaction required"), ("mfa.enabled", "MFA enabled"),
     ("api_key.created", "API key created"), ("oauth.token_issued", "OAuth token issued"), ("", ""),
     ("...", "..."), ("注文", "注文")],
)  # fmt: skip
def test_a_label_says_the_name_in_words(name: str, said: str) -> None:
    assert label(name) == said


@pytest.mark.parametrize("name", ["", "nope", "../models", "Deck", "deck.json", "x" * 5000])
def test_an_unknown_catalogue_or_event_is_not_found(name: str) -> None:
    with pytest.raises(NotFound) as caught:
        get(name)
    assert len(caught.value.message) < 300
    with pytest.raises(NotFound):
        get("deck").event(name)


def test_a_discriminator_that_fails_yields_no_name() -> None:
    flows = compile(get("flows_api").discriminator)
    with pytest.raises(ExpressionError):
        flows.value({"trigger": {"body": {"entityKey": "flows/comments", "operationType": 7}}})
    assert catalogues.get("flows_api") is get("flows_api")
