"""Documents in JSON and YAML, and what is refused of them."""

import json
from typing import Any

import pytest
import yaml

from engine.base.errors import BadInput, TooLarge
from engine.base.jsonbody import MAX_VALUES
from engine.catalogues import definition, imports
from engine.catalogues.document import MAX_BYTES, read_document

SHOP = """\
# Events of a shop
asyncapi: 3.0.0
info: {title: Shop events, version: 1.0.0}
channels:
  orders:
    address: orders
    messages:
      created:
        $ref: '#/components/messages/created'
      paid:
        payload:
          type: object
          properties: {type: {const: order.paid}, on: {type: string}}
components:
  messages:
    created:
      summary: >
        An order
        came in
      payload:
        properties:
          type: {const: order.created}
      examples:
        - payload: {type: order.created, day: 2026-03-03, total: 5, note: null, gift: true}
"""


def test_a_document_in_yaml_becomes_a_catalogue() -> None:
    made = definition.checked(imports.from_document(read_document(SHOP)))
    assert (made["title"], made["discriminator"]) == ("Shop events", "trigger.body.type")
    created, paid = made["events"]
    assert created["sample"] == {
        "type": "order.created", "day": "2026-03-03", "total": 5, "note": None, "gift": True,
    }  # fmt: skip
    assert created["description"] == "An order came in"
    assert paid["sample"]["on"] == "text"  # a key, and no truth as in YAML 1.1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": [1, "x"]}', {"a": [1, "x"]}),
        (' \n{"a": 1}', {"a": 1}),
        ("a: 1", {"a": 1}),
        ("- 1\n- -2.5e3\n- 0x10\n- 010\n- 1:30\n- 1_000", [1, -2500.0, "0x10", "010", "1:30", "1_000"]),
        ("- yes\n- no\n- on\n- True\n- ~\n-\n- .nan", ["yes", "no", "on", True, None, None, ".nan"]),
        ("200: ok\nnull: x\n", {"200": "ok", "null": "x"}),
        ("<<: {a: 1}\n", {"<<": {"a": 1}}),
        ("!!float .nan", None),
        ("a: &here 1\n", {"a": 1}),
        ("a: 'é \U0001f600'", {"a": "é \U0001f600"}),
        ("a: 2026-01-01T10:00:00Z", {"a": "2026-01-01T10:00:00Z"}),
        ("%YAML 1.2\n---\na: |\n  b\n", {"a": "b\n"}),
    ],
)
def test_a_document_says_what_json_can_say(text: str, value: Any) -> None:
    assert read_document(text) == value


@pytest.mark.parametrize(
    "text", ['{"a": {"minimum": -92233720368547760000}}', "a: {minimum: -92233720368547760000}"]
)
def test_a_number_that_is_too_large_does_not_lose_the_document(text: str) -> None:
    assert read_document(text) == {"a": {"minimum": "-92233720368547760000"}}


LAUGHS = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ('{"a": 1,}', "not valid JSON"),
        ('{"a": ' * 300 + "1" + "}" * 300, "deeper"),
        ("\ud800", "UTF-8"),
        ("a: [1, 2", "neither JSON nor YAML: did not find"),
        ("a: b: c", "line 1"),
        ("a:\n\t- 1", "line 2"),
        ("a: \x00", "JSON"),
        ("--- 1\n--- 2\n", "more than one"),
        (LAUGHS, "alias"),
        ("a: &a [*a]", "alias"),
        ("a: *nobody", "alias"),
        ("- " * 5_000 + "x", "deeper"),
        ("a: " + "[" * 100_000, "deeper"),
        ("a: " + "9" * 5_000, "JSON"),
        ("? [1, 2]\n: x", "line 1"),
        ("a: !!int x", "JSON"),
        ("a: !!int ''", "JSON"),
        ("a: !!bool maybe", "JSON"),
        ("a: !!python/object/apply:os.system [id]", "line 1"),
        ("a: !!binary aGVsbG8=", "line 1"),
        ("a: !!timestamp 2026-01-01", "line 1"),
        ("a: !!set {x}", "line 1"),
        ("a: !own x", "line 1"),
        ('a: "\\ud800"', ""),
    ],
)
def test_what_is_no_document_is_refused_with_its_reason(text: str, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_document(text)
    assert refused.value.field == "document"
    assert said in refused.value.message and "\n" not in refused.value.message


@pytest.mark.parametrize("text", [" " * (MAX_BYTES + 1), "a: " + "x" * MAX_BYTES])
def test_what_is_too_large_is_refused_before_it_is_read(text: str) -> None:
    with pytest.raises(TooLarge):
        read_document(text)


@pytest.mark.parametrize("count", [MAX_VALUES + 1, 2 * MAX_VALUES + 1])
def test_too_many_values_are_refused_in_yaml_as_in_json(count: int) -> None:
    for text in ("- a\n" * count, "[" + ",".join(["1"] * count) + "]"):
        with pytest.raises(BadInput, match=r"^The document has more than 200,000 values\.$"):
            read_document(text)


def test_a_document_of_nine_megabytes_is_read_in_yaml_as_in_json() -> None:
    """As large as GitHub publishes its own, of which descriptions are the most."""
    operation = {
        "summary": "What happened", "description": "As the vendor explains it at length.\n" * 300,
        "tags": ["events", "no"], "x-internal": False, "deprecated": None,
    }  # fmt: skip
    wanted = {"webhooks": {f"event-{number}": {"post": operation} for number in range(660)}}
    dumped = yaml.dump(wanted, Dumper=_Plain)
    assert 9_000_000 < len(dumped) < MAX_BYTES
    assert read_document(dumped) == read_document(json.dumps(wanted)) == wanted


class _Plain(yaml.CSafeDumper):
    """Writes no aliases, as documents of APIs have none."""

    def ignore_aliases(self, data: object) -> bool:
        return True
