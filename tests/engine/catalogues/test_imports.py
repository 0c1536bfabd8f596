"""Catalogues from AsyncAPI and OpenAPI documents: what tells events apart, their samples, what is lost."""

import copy
import json
from typing import Any

import pytest

from engine import catalogues
from engine.base.errors import BadInput
from engine.catalogues import Catalogue, definition, imports
from engine.catalogues.handler_flow import build


def imported(document: Any) -> Catalogue:
    return catalogues.from_json("mine", definition.checked(imports.from_document(document)))


def asyncapi(*messages: Any, **channels: Any) -> Any:
    """A document whose one channel has these messages, or with channels of one message each."""
    found = {name: {"publish": {"message": message}} for name, message in channels.items()}
    if messages:
        found["events"] = {"publish": {"message": {"oneOf": list(messages)}}}
    return {"asyncapi": "2.6.0", "info": {"title": "T", "version": "1"}, "channels": found}


def message(name: str = "", headers: Any = None, **properties: Any) -> Any:
    made: Any = {"name": name} if name else {}
    if headers:
        made["headers"] = {"type": "object", "properties": headers}
    return {**made, "payload": {"type": "object", "properties": properties}}


def openapi(**webhooks: Any) -> Any:
    bodies = {
        name: {"post": {"requestBody": {"content": {"application/json": media}}}}
        for name, media in webhooks.items()
    }
    return {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "webhooks": bodies}


# -- what tells events apart -------------------------------------------------------------------------------


def test_a_constant_below_the_top_counts_as_well() -> None:
    made = imported(asyncapi(*(
        message(data={"type": "object", "properties": {"kind": {"enum": [kind]}}, "required": ["kind"]})
        for kind in ("one", "two")
    )))  # fmt: skip
    assert made.discriminator == "trigger.body.data.kind"
    assert list(made.events) == ["one", "two"]


def test_a_constant_that_all_messages_share_tells_nothing() -> None:
    made = imported(asyncapi(*(
        message(object={"const": "event"}, type={"const": kind}) for kind in ("one", "two")
    )))  # fmt: skip
    assert made.discriminator == "trigger.body.type"


def test_allowed_values_that_name_no_events_tell_nothing() -> None:
    made = imported(asyncapi(
        message("paid", currency={"enum": ["EUR", "USD"]}, total={"type": "integer"}),
        message("shipped", status={"enum": ["sent", "lost"]}, parcel={"type": "string"}),
    ))  # fmt: skip
    assert list(made.events) == ["paid", "shipped"] and made.unnamed == []
    assert "contains(keys(@)" in made.discriminator


def test_messages_that_share_a_list_of_allowed_values_have_the_one_that_is_their_name() -> None:
    shared = {"enum": ["order.created", "order.paid", "order.lost"]}
    made = imported(asyncapi(
        message("OrderCreated", event=shared, id={"type": "string"}),
        message("orderPaidEvent", event=shared, total={"type": "integer"}),
    ))  # fmt: skip
    assert made.discriminator == "trigger.body.event"
    assert {name: event.sample for name, event in made.events.items()} == {
        "order.created": {"event": "order.created", "id": "text"},
        "order.paid": {"event": "order.paid", "total": 1},
    }


def test_the_example_of_a_field_that_names_events_is_one_of_them() -> None:
    made = imported(openapi(**{
        name: {"schema": {"type": "object", "properties": {"event": {"type": "string", key: name}}}}
        for name, key in (("order.created", "example"), ("order.paid", "default"))
    }))  # fmt: skip
    assert (made.discriminator, list(made.events)) == ("trigger.body.event", ["order.created", "order.paid"])


def test_the_example_of_any_other_field_names_no_event() -> None:
    made = imported(openapi(**{
        name: {"schema": {"type": "object", "properties": {"city": {"type": "string", "example": city}}}}
        for name, city in (("order.created", "Bern"), ("order.paid", "Rome"))
    }))  # fmt: skip
    assert made.unnamed == ["order.created", "order.paid"]


def test_constants_in_half_of_the_messages_name_that_half() -> None:
    made = imported(asyncapi(
        message(type={"const": "opened"}), message(type={"const": "closed"}),
        message("one", text={"type": "string"}), message("two", text={"type": "string"}),
    ))  # fmt: skip
    assert made.discriminator == "trigger.body.type"
    assert (list(made.events), made.unnamed) == (["opened", "closed", "one", "two"], ["one", "two"])


def test_one_message_that_lists_its_events_is_as_many_events() -> None:
    kinds = ["invoice.paid", "invoice.voided", "customer.created"]
    made = imported(asyncapi(message("Event", type={"enum": kinds}, id={"type": "string"})))
    assert list(made.events) == kinds
    assert {event.sample["type"] for event in made.events.values()} == set(kinds)
    assert made.events["customer.created"].group == "Customer"


def test_a_header_and_a_field_tell_together_what_neither_tells_alone() -> None:
    made = imported(asyncapi(
        message(headers={"X-Event": {"const": "issue"}}, action={"const": "opened"}),
        message(headers={"X-Event": {"const": "issue"}}, action={"const": "closed"}),
        message(headers={"X-Event": {"const": "label"}}, action={"const": "opened"}),
        message(headers={"X-Event": {"const": "push"}}, ref={"type": "string"}),
        message(headers={"X-Event": {"const": "custom"}}, action={"type": "string"}),
    ))  # fmt: skip
    assert list(made.events) == ["issue.opened", "issue.closed", "label.opened", "push", "custom"]
    assert made.unnamed == []
    assert definition.named(
        made.discriminator, {"headers": {"x-event": "custom"}, "body": {"action": "whatever"}}
    ) == "custom"  # fmt: skip


def test_the_discriminator_of_a_body_with_several_forms_is_used() -> None:
    forms = {name: {"type": "object", "properties": {"kind": {"type": "string"}}} for name in ("Cat", "Dog")}
    schema = {
        "oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in forms],
        "discriminator": {
            "propertyName": "kind",
            "mapping": {"meow": "#/components/schemas/Cat", "woof": "Dog"},
        },
    }
    document = {**openapi(pet={"schema": schema}), "components": {"schemas": forms}}
    made = imported(document)
    assert made.discriminator == "trigger.body.kind"
    assert list(made.events) == ["meow", "woof"] and made.unnamed == []


def test_examples_tell_events_apart_where_schemas_do_not() -> None:
    made = imported(openapi(
        one={"schema": {"type": "object"}, "example": {"event": "order.paid", "id": "1"}},
        two={"schema": {"type": "object"}, "example": {"event": "order.sent", "id": "2"}},
    ))  # fmt: skip
    assert made.discriminator == "trigger.body.event"
    assert made.events["order.sent"].sample == {"event": "order.sent", "id": "2"}


def test_an_array_is_told_apart_by_its_first_item() -> None:
    def batch(kind: str) -> Any:
        return {"payload": {"type": "array", "items": {"properties": {"event": {"const": kind}}}}}

    made = imported(asyncapi(batch("open"), batch("click")))
    assert made.discriminator == "trigger.body[0].event"
    assert made.events["click"].sample == [{"event": "click"}]


def test_channels_of_one_message_that_nothing_tells_apart_are_said_to_be() -> None:
    shared = {"$ref": "#/components/messages/User"}
    document = asyncapi(**{"user.created": shared, "user.deleted": shared})
    document["components"] = {"messages": {"User": message("User", id={"type": "string"})}}
    made = imported(document)
    assert list(made.events) == made.unnamed == ["user.created", "user.deleted"]
    assert "Nothing in this document distinguishes its events" in made.warnings[0]
    with pytest.raises(BadInput) as refused:
        build(made, "all")
    assert refused.value.field == "events"


def test_messages_with_the_same_value_become_one_event_with_a_warning() -> None:
    made = imported(asyncapi(*(
        message(name, type={"const": kind}, **{name: {"type": "string"}})
        for name, kind in (("a", "one"), ("b", "two"), ("e", "four"), ("c", "three"), ("d", "three"))
    )))  # fmt: skip
    assert list(made.events) == ["one", "two", "four", "three"]
    assert made.warnings == ("`d` cannot be told from another message: both are `three`.",)
    assert len(made.events["three"].variants) == 1


# -- where documents put things ----------------------------------------------------------------------------


def test_messages_of_asyncapi_3_with_traits_and_avro_are_read() -> None:
    avro = {"type": "record", "name": "Paid", "fields": [
        {"name": "type", "type": {"type": "enum", "name": "T", "symbols": ["paid"]}},
        {"name": "total", "type": ["null", "long"]},
        {"name": "lines", "type": {"type": "array", "items": "string"}},
    ]}  # fmt: skip
    document = {
        "asyncapi": "3.0.0", "info": {"title": "T", "version": "1"},
        "channels": {"a": {"title": "Payments", "messages": {
            "paid": {"payload": {"schemaFormat": "application/vnd.apache.avro", "schema": avro}},
            "sent": {"traits": [{"$ref": "#/components/messageTraits/known"}],
                     "payload": {"properties": {"type": {"const": "sent"}}}},
        }}},
        "components": {"messageTraits": {"known": {"summary": "It went out"}}},
    }  # fmt: skip
    made = imported(document)
    assert list(made.events) == ["paid", "sent"] and made.unnamed == []
    assert made.events["paid"].sample == {"type": "paid", "total": 1, "lines": ["text"]}
    assert (made.events["sent"].description, made.events["sent"].group) == ("It went out", "Payments")


@pytest.mark.parametrize("place", ["webhooks", "x-webhooks", "callbacks"])
def test_webhooks_are_found_wherever_a_document_has_them(place: str) -> None:
    items = openapi(
        **{kind: {"schema": {"properties": {"event": {"const": kind}}}} for kind in ("made", "gone")}
    )["webhooks"]
    document: Any = {"openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "paths": {}}
    if place == "callbacks":
        callbacks = {kind: {"{$request.body#/url}": item} for kind, item in items.items()}
        document["paths"]["/hooks"] = {"post": {"callbacks": callbacks}}
    else:
        document[place] = items
    assert list(imported(document).events) == ["made", "gone"]


def test_an_example_is_the_sample_and_others_are_variants() -> None:
    schema = {"properties": {"type": {"enum": ["a.b", "c.d"]}, "n": {"type": "integer"}}}
    several = {"x": {"value": {"type": "a.b", "n": 1}}, "y": {"$ref": "#/components/examples/y"},
               "z": {"$ref": "#/components/examples/lost"}}  # fmt: skip
    document = openapi(one={"schema": schema, "examples": several})
    document["components"] = {"examples": {"y": {"value": {"type": "a.b", "n": 2}}}}
    made = imported(document)
    assert made.events["a.b"].sample == {"type": "a.b", "n": 1}
    assert list(made.events["a.b"].variants.values()) == [{"type": "a.b", "n": 2}]
    assert made.events["c.d"].sample == {"type": "c.d", "n": 1}  # the example, as the other event
    assert made.warnings == ("`#/components/examples/lost` leads nowhere: an example is missing.",)


def test_a_reference_that_leads_nowhere_inside_a_body_loses_only_that_part() -> None:
    made = imported(asyncapi(message("a", type={"const": "a"}, user={"$ref": "./user.json"})))
    assert list(made.events) == ["a"]
    assert made.warnings == (
        "`./user.json` leads nowhere: only references within the document are read: its target is missing.",
    )


def test_a_name_with_a_backslash_is_told_apart_by_presence_as_well() -> None:
    made = imported(asyncapi(message("App\\Events\\Made", a={}), message("it's `b`\\", b={})))
    assert list(made.events) == ["App\\Events\\Made", "it's `b`\\"] and made.unnamed == []


def test_references_are_followed_as_json_pointers() -> None:
    document = asyncapi(one={"$ref": "#/components/messages/light~1on%20now"})
    document["components"] = {"messages": {"light/on now": message("x", type={"const": "on"})}}
    assert list(imported(document).events) == ["on"]


# -- what is refused, and what is bounded -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "kind", "said"),
    [
        ({"openapi": "3.1.0"}, "asyncapi", "not a document of asyncapi: it is one of openapi"),
        ({"asyncapi": "3.0.0"}, "openapi", "not a document of openapi"),
        ({"swagger": "2.0"}, None, "not an AsyncAPI document (2 or 3) or an OpenAPI document (3)"),
        ({"openapi": "3.1.0", "webhooks": {}}, None, "No webhook is in this document"),
        ({"openapi": "3.1.0", "webhooks": {"a": {"$ref": "#/lost"}}}, None, "`#/lost` leads nowhere"),
    ],
)  # fmt: skip
def test_a_document_of_another_kind_or_without_events_is_refused(document: Any, kind: Any, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        imports.from_document(document, "", kind)
    assert refused.value.field == "document" and said in refused.value.message


def hostile() -> Any:
    return [
        {"openapi": "3.1.0", "webhooks": 3}, {"openapi": "3.1.0", "webhooks": {"a": 3}},
        {"openapi": "3.1.0", "webhooks": {"a": {"post": {"requestBody": {"content": {"x": None}}}}}},
        {"openapi": "3.1.0", "webhooks": {"a": {"post": {"parameters": [3, {"in": "header"}]}}}},
        {"openapi": "3.0.0", "paths": {"/": {"get": {"callbacks": {"c": {"$ref": "#/x"}, "d": 1}}}}},
        {"asyncapi": "2.0.0", "channels": {"a": {"publish": {"message": {"traits": [{"$ref": "#"}]}}}}},
        {"asyncapi": "2.0.0", "channels": {"a": {"publish": {"message": {"payload": {"oneOf": [1, None]}}}}}},
        {"asyncapi": "2.0.0", "channels": {"a": {"publish": {"message": {"examples": 3, "headers": 4}}}}},
        {"asyncapi": "3.0.0", "channels": {"a": {"messages": {"m": {"payload": {"allOf": 3, "enum": 1}}}}}},
        {"asyncapi": "3.0.0", "channels": {"a": {"messages": {"m": {"payload": {"properties": [1]}}}}}},
        {"asyncapi": "3.0.0", "channels": {"a": {"messages": {"m": {"$ref": "#/channels/a/messages/m"}}}}},
        {"asyncapi": "3.0.0", "channels": {"a": {"messages": {"m": {"payload": {"$ref": "#/channels"}}}}}},
        {"asyncapi": "3.0.0", "channels": {"a": {"messages": {"m": {"payload": True, "name": 3}}}}},
    ]  # fmt: skip


@pytest.mark.parametrize("document", hostile(), ids=lambda document: json.dumps(document)[:60])
def test_a_document_that_is_malformed_inside_is_read_as_far_as_it_goes(document: Any) -> None:
    before = copy.deepcopy(document)
    try:
        definition.checked(imports.from_document(document))
    except BadInput as refused:
        assert refused.field == "document" and len(refused.message) < 400
    assert document == before


def test_a_very_large_document_is_bounded_and_says_so() -> None:
    count = definition.MAX_EVENTS + 1
    deep: Any = {"type": "string"}
    for _ in range(10):
        deep = {"properties": {"in": deep, **{f"p{n}": {"type": "string"} for n in range(15)}}}
    made = definition.checked(
        imports.from_document(
            asyncapi(*(message(f"m{n}", type={"const": f"e{n}"}, d=deep) for n in range(count)))
        )
    )
    assert len(made["events"]) == definition.MAX_EVENTS
    assert made["warnings"] == [f"Only the first {definition.MAX_EVENTS:,} messages were read."]
    assert len(json.dumps(made)) < definition.MAX_BYTES * 1.2


def test_channels_called_like_events_name_them_where_the_document_says_nothing_else() -> None:
    event = {"type": "object", "properties": {"id": {"type": "string"}, "type": {"type": "string"}}}
    messages = {"Paid": {"payload": event}, "Any": {"payload": event}}
    uses = {"invoice.paid": "Paid", "charge.failed": "Any", "charge.disputed": "Any"}
    document = {
        "asyncapi": "2.6.0",
        "info": {"title": "Payments", "version": "1"},
        "channels": {
            name: {"subscribe": {"message": {"$ref": f"#/components/messages/{used}"}}}
            for name, used in uses.items()
        },
        "components": {"messages": messages},
    }
    made = definition.checked(imports.from_document(document))
    assert made["discriminator"] == "trigger.body.type"
    assert [event["name"] for event in made["events"]] == list(uses)
    assert [event["sample"]["type"] for event in made["events"]] == list(uses)
    (warning,) = made["warnings"]
    assert "names of its channels" in warning


@pytest.mark.parametrize(
    ("channels", "field"),
    [
        (("lights/{id}/on", "lights/{id}/off"), {"type": "string"}),  # addresses, and no names of events
        (("lights.on", "lights.off"), {"type": "string", "format": "uuid"}),
        (("lights.on", "lights.off"), {"type": "integer"}),
    ],
)
def test_channels_that_do_not_name_events_are_not_taken_for_names(channels: Any, field: Any) -> None:
    payload = {"type": "object", "properties": {"type": field}}
    document = {
        "asyncapi": "2.6.0",
        "info": {"title": "Lights", "version": "1"},
        "channels": {name: {"publish": {"message": {"payload": payload}}} for name in channels},
    }
    made = definition.checked(imports.from_document(document))
    assert made["discriminator"] == "'event'"
    assert [event["name"] for event in made["events"]] == list(channels)


def test_the_name_of_an_event_may_be_in_a_list_within_the_body() -> None:
    def hook(code: str) -> Any:
        item = {"type": "object", "properties": {"code": {"type": "string", "enum": [code]}}}
        lines = {"type": "array", "items": {"type": "object", "properties": {"Item": item}}}
        schema = {"type": "object", "properties": {"live": {"type": "boolean"}, "lines": lines}}
        return {"post": {"requestBody": {"content": {"application/json": {"schema": schema}}}}}

    codes = ["PAID", "REFUNDED", "CANCELED"]
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Payments", "version": "1"},
        "webhooks": {f"/{code}": hook(code) for code in codes},
    }
    made = definition.checked(imports.from_document(document))
    assert made["discriminator"] == "trigger.body.lines[0].Item.code"
    assert [event["name"] for event in made["events"]] == codes
    assert [event["sample"]["lines"][0]["Item"]["code"] for event in made["events"]] == codes


@pytest.mark.parametrize("more", [{}, {"operationId": "onEvent"}])
def test_a_message_without_a_value_has_its_own_name_where_the_others_have_theirs(more: Any) -> None:
    def hook(field: Any) -> Any:
        schema = {"type": "object", "properties": {"eventType": {"type": "string", **field}}}
        return {"post": {**more, "requestBody": {"content": {"application/json": {"schema": schema}}}}}

    hooks = {f"/{name}": hook({"enum": [name]}) for name in ("OPENED", "MOVED", "CLOSED")}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Accounts", "version": "1"},
        "webhooks": {**hooks, "/LOCKED": hook({}), "/note": hook({"format": "uuid"})},
    }
    found = imported(document)
    assert found.discriminator == "trigger.body.eventType"
    assert list(found.events) == ["OPENED", "MOVED", "CLOSED", "LOCKED", "/note"]
    assert found.events["LOCKED"].sample == {"eventType": "LOCKED"}
