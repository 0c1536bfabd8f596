"""Catalogues made of samples and of documents."""

import json
from typing import Any

import pytest

from engine import catalogues
from engine.base.errors import BadInput
from engine.catalogues import definition, imports, learning
from engine.catalogues.handler_flow import build
from engine.catalogues.schemas import sample_of, schema_of


def orders(count: int = 6) -> list[Any]:
    return [
        {
            "id": f"0b7c-{number}-{number * 7919}",
            "type": ("order.created", "order.paid", "refund.made")[number % 3],
            "created_at": f"2026-03-0{number + 1}T10:00:00Z",
            "data": {"status": "open", "customer": {"name": "Ann"}, "total": number},
        }
        for number in range(count)
    ]


# -- what tells events apart -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", catalogues.names())
def test_the_field_that_names_the_events_is_found_in_the_catalogues_that_ship(name: str) -> None:
    known = catalogues.get(name)
    if "|" in known.discriminator or "&" in known.discriminator:  # no field does by itself
        return
    assert learning.guess_by_events([event.event for event in known.events.values()]) == known.discriminator


@pytest.mark.parametrize(
    ("bodies", "found"),
    [
        (orders(), "trigger.body.type"),
        ([{"event": {"name": "a.b"}}, {"event": {"name": "a.c"}}], "trigger.body.event.name"),
        ([{"event-type": "a"}, {"event-type": "b"}], 'trigger.body."event-type"'),
        ([{"action": "opened", "number": 1}], "trigger.body.action"),
        ([[{"event": "open", "at": 1}], [{"event": "click", "at": 2}]], "trigger.body[0].event"),
        (
            [{"Records": [{"eventName": "put"}]}, {"Records": [{"eventName": "get"}]}],
            "trigger.body.Records[0].eventName",
        ),
        ([{"id": "1b4e28ba-2fa1-11d2-883f-0016d3cca427"}], ""),
        ([{"n": 1}, {"n": 2}], ""),
        ([{"note": "a long text of many words " * 20}], ""),
        ([{}], ""),
    ],
)
def test_a_field_is_guessed(bodies: list[Any], found: str) -> None:
    assert learning.guess(bodies) == found


def test_samples_become_events_with_their_variants() -> None:
    bodies = [*orders(), {"type": "order.paid", "data": {"total": 1, "coupon": "X"}}]
    made = definition.checked(learning.from_samples(bodies, "Shop"))
    assert made["discriminator"] == "trigger.body.type"
    assert [event["name"] for event in made["events"]] == ["order.created", "order.paid", "refund.made"]
    paid = made["events"][1]
    assert paid["group"] == "Order" and [one["name"] for one in paid["variants"]] == ["example 2"]
    assert definition.strangers(made) == []
    flow = build(catalogues.from_json("shop", made), "all")
    assert [branch.case for branch in flow.steps["by_event"].branches] == [  # type: ignore[union-attr]
        ["order.created"], ["order.paid"], ["refund.made"],
    ]  # fmt: skip


def test_a_chosen_expression_counts_and_one_that_names_nothing_is_refused() -> None:
    made = learning.from_samples(orders(), "Shop", "data.status")
    assert [event["name"] for event in made["events"]] == ["open"]
    with pytest.raises(BadInput) as refused:
        learning.from_samples(orders(), "Shop", "data.total")
    assert refused.value.field == "discriminator"


def test_arrays_are_learned_by_their_first_item() -> None:
    bodies = [[{"event": "open", "at": 1}, {"event": "click"}], [{"event": "bounce", "reason": "full"}]]
    made = definition.checked(learning.from_samples(bodies, "Mail"))
    assert made["discriminator"] == "trigger.body[0].event"
    assert [event["name"] for event in made["events"]] == ["open", "bounce"]
    assert definition.strangers(made) == []


def test_a_header_names_the_events_where_no_field_does() -> None:
    events = [
        {"headers": {"x-shop-topic": topic, "content-type": "application/json"}, "body": {"id": number}}
        for number, topic in enumerate(("orders/create", "orders/paid", "orders/create"))
    ]
    made = definition.checked(learning.from_events(events, "Shop"))
    assert made["discriminator"] == 'trigger.headers."x-shop-topic"'
    assert [(event["name"], event["headers"]) for event in made["events"]] == [
        (topic, {"x-shop-topic": topic}) for topic in ("orders/create", "orders/paid")
    ]
    assert definition.strangers(made) == []


def test_samples_that_have_no_name_are_counted() -> None:
    made = learning.from_samples([*orders(), {"total": 3}], "Shop")
    assert made["warnings"] == ["1 of 7 samples have no name by `trigger.body.type`."]


def test_samples_without_a_name_are_one_event() -> None:
    made = definition.checked(learning.from_samples([{"n": 1}, {"n": 2}], "Meter"))
    assert [event["name"] for event in made["events"]] == ["event"]
    assert definition.strangers(made) == []


# -- what was pasted ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ('{"a": 1}', 1),
        ('[{"a": 1}, {"a": 2}]', 2),
        ('{"a": 1}\n\n{"a": 2}\n', 2),
        ('[{"a": 1}, 3, "x"]', 1),
        ('[[{"a": 1}], [{"a": 2}, {"a": 3}], []]', 2),
    ],
)
def test_samples_are_read_as_they_are_pasted(text: str, count: int) -> None:
    assert len(learning.read_samples(text)) == count


@pytest.mark.parametrize(
    "text", ["", "  ", "oops", '{"a": 1}\noops', "[]", "[1, 2]", "null", '{"a": "\ud800"}', "[" * 5000]
)
def test_what_is_no_sample_is_refused(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        learning.read_samples(text)
    assert refused.value.field == "samples"


def test_too_many_samples_are_refused() -> None:
    with pytest.raises(BadInput):
        learning.read_samples(json.dumps([{"a": 1}] * (learning.MAX_SAMPLES + 1)))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": 3}, "title"),
        ({"discriminator": ""}, "discriminator"),
        ({"discriminator": "a ||"}, "discriminator"),
        ({"events": []}, "events"),
        ({"events": "all"}, "events"),
        ({"events": [1]}, "events.0"),
        ({"events": [{"name": "a"}]}, "events.0.sample"),
        ({"events": [{"name": "", "sample": 1}]}, "events.0.name"),
        ({"events": [{"name": "a", "sample": 1}, {"name": "a", "sample": 1}]}, "events.1.name"),
        ({"events": [{"name": "a", "sample": 1, "color": "red"}]}, "events.0.color"),
        ({"events": [{"name": "a", "sample": 1, "variants": [1]}]}, "events.0.variants.0"),
        ({"events": [{"name": f"e{n}", "sample": 1} for n in range(1001)]}, "events"),
        ({"events": [{"name": "a", "sample": 1, "headers": {"x y": "z"}}]}, "events.0.headers"),
        ({"events": [{"name": "a", "sample": 1, "headers": {"x": 1}}]}, "events.0.headers"),
        ({"warnings": "none"}, "warnings"),
        ({"verify": "none"}, "verify"),
        ({"owner": "me"}, "owner"),
    ],
)
def test_a_definition_that_is_wrong_names_the_field(change: dict[str, Any], field: str) -> None:
    good = {"title": "Shop", "discriminator": "type", "events": [{"name": "a", "sample": {"type": "a"}}]}
    assert definition.checked(good)["vendor"] == "Shop"
    with pytest.raises(BadInput) as refused:
        definition.checked({**good, **change})
    assert refused.value.field == field


def test_a_sample_that_is_told_apart_as_something_else_is_named() -> None:
    made = definition.checked(
        {"title": "x", "discriminator": "type", "events": [{"name": "a", "sample": {"type": "b"}}]}
    )
    assert definition.strangers(made) == [("a", "b")]


# -- schemas -----------------------------------------------------------------------------------------------


def test_a_schema_says_what_samples_have_in_common() -> None:
    made = schema_of([{"a": 1, "b": [1, "x"]}, {"a": 1.5, "c": None}])
    assert made["required"] == ["a"]
    assert made["properties"]["a"] == {"type": "number"}
    assert made["properties"]["b"]["items"] == {"type": ["integer", "string"]}
    assert made["properties"]["c"] == {"type": "null"}


@pytest.mark.parametrize(
    ("schema", "sample"),
    [
        ({"properties": {"at": {"type": "string", "format": "date"}}}, {"at": "2026-03-03"}),
        ({"const": 3}, 3),
        ({"enum": ["x", "y"]}, "x"),
        ({"type": ["null", "integer"], "minimum": 7}, 7),
        ({"type": "array", "items": {"type": "boolean"}}, [True]),
        ({"allOf": [{"properties": {"a": {"const": 1}}}, {"properties": {"b": {}}}]}, {"a": 1, "b": None}),
        ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, "text"),
        ({"examples": [{"x": 1}]}, {"x": 1}),
        (True, None),
        ({"type": 5}, None),
    ],
)  # fmt: skip
def test_a_sample_is_made_of_a_schema(schema: Any, sample: Any) -> None:
    assert sample_of(schema) == sample


# -- AsyncAPI ----------------------------------------------------------------------------------------------


def payload(kind: str, **more: Any) -> Any:
    properties = {"type": {"const": kind}, "id": {"type": "string", "format": "uuid"}, **more}
    return {"type": "object", "properties": properties}


V3: Any = {
    "asyncapi": "3.0.0",
    "info": {"title": "Shop events", "version": "1"},
    "channels": {
        "orders": {
            "address": "orders/{id}",
            "messages": {
                "created": {"$ref": "#/components/messages/created"},
                "paid": {"payload": {"schemaFormat": "any", "schema": payload("order.paid")}},
            },
        }
    },
    "components": {
        "messages": {
            "created": {
                "name": "OrderCreated",
                "summary": "An order came in",
                "payload": {"$ref": "#/components/schemas/Created"},
                "examples": [{"payload": {"type": "order.created", "total": 5}}],
            }
        },
        "schemas": {"Created": payload("order.created", parent={"$ref": "#/components/schemas/Created"})},
    },
}  # fmt: skip

V2: Any = {
    "asyncapi": "2.6.0",
    "info": {"title": "Old shop", "version": "1"},
    "channels": {
        "orders": {
            "subscribe": {
                "message": {
                    "oneOf": [
                        {"name": "made", "payload": {"properties": {"order": {"type": "object"}}}},
                        {"name": "sent", "payload": {"properties": {"parcel": {"type": "string"}}}},
                    ]
                }
            }
        },
        "odd": {"publish": {"message": {"name": "rest", "payload": {"type": "object"}}}},
    },
}


def test_a_document_of_version_3_becomes_a_catalogue() -> None:
    made = definition.checked(imports.from_document(V3))
    assert (made["title"], made["discriminator"]) == ("Shop events", "trigger.body.type")
    assert [event["name"] for event in made["events"]] == ["order.created", "order.paid"]
    created = made["events"][0]
    assert (created["group"], created["description"]) == ("orders/{id}", "An order came in")
    assert created["sample"] == {"type": "order.created", "total": 5}
    assert created["schema"]["properties"]["parent"] == {}  # it led back into itself
    assert definition.strangers(made) == []


def test_messages_of_version_2_are_told_by_a_field_that_only_one_has() -> None:
    made = definition.checked(imports.from_document(V2))
    assert [event["name"] for event in made["events"]] == ["made", "sent", "rest"]
    assert definition.strangers(made) == []


@pytest.mark.parametrize(
    "document",
    [
        None, [], 3, "3.0.0", {}, {"asyncapi": 3}, {"asyncapi": "1.2.0"}, {"asyncapi": "3.0.0"},
        {"asyncapi": "3.0.0", "channels": []},
        {"asyncapi": "3.0.0", "channels": {"a": {"messages": {"m": 3}}}},
        {"asyncapi": "3.0.0", "channels": {"a": {"$ref": "https://evil.example/x.json"}}},
        {"asyncapi": "3.0.0", "channels": {"a": {"$ref": "#/nowhere"}}},
        {"asyncapi": "2.6.0", "channels": {"a": {"subscribe": {"message": {"oneOf": "x"}}}}, "info": 3},
    ],
)  # fmt: skip
def test_what_is_no_such_document_is_refused_or_empty(document: Any) -> None:
    try:
        definition.checked(imports.from_document(document))
    except BadInput as refused:
        assert refused.field == "document"


def test_a_document_that_grows_without_end_is_cut() -> None:
    schemas = {
        f"s{n}": {"properties": {f"p{i}": {"$ref": f"#/components/schemas/s{n + 1}"} for i in range(10)}}
        for n in range(9)
    }
    document = {
        "asyncapi": "3.0.0",
        "channels": {"a": {"messages": {"m": {"payload": {"$ref": "#/components/schemas/s0"}}}}},
        "components": {"schemas": {**schemas, "s9": {}}},
    }
    made = definition.checked(imports.from_document(document))
    assert [event["name"] for event in made["events"]] == ["m"]
    assert len(json.dumps(made)) < 50_000
