"""No text that is stored, shown or logged holds a secret."""

import base64
import json

import pytest

from engine.base.redaction import MASK, mask, redact


def test_a_mask_tells_only_whether_there_is_something() -> None:
    assert [mask(""), mask("a"), mask("a" * 100)] == ["", MASK, MASK]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("the key is s3cret-value.", f"the key is {MASK}."),
        (
            {"a": ["s3cret-value", 1, None, {"b": "x s3cret-value"}]},
            {"a": [MASK, 1, None, {"b": f"x {MASK}"}]},
        ),
        ({"s3cret-value": 1}, {MASK: 1}),
        (["s3cret-value-longer"], [MASK]),
        ("https://x/?token=a%2Bb%2Fc%26", f"https://x/?token={MASK}"),
        (json.dumps({"k": 'quo"ted'}), f'{{"k": "{MASK}"}}'),
        ("Basic " + base64.b64encode(b"s3cret-value").decode(), f"Basic {MASK}"),
        ("pin", MASK),
        ("a pinboard", "a pinboard"),
        (12345, 12345),
    ],
)
def test_secrets_are_cut_out_of_texts_keys_and_encodings(value: object, expected: object) -> None:
    secrets = ["s3cret-value", "s3cret-value-longer", "a+b/c&", 'quo"ted', "pin", ""]
    assert redact(value, secrets) == expected


def test_a_value_without_secrets_is_returned_as_it_is() -> None:
    value = {"a": [1, {"b": "text"}]}
    assert redact(value, ["s3cret"]) is value
    assert redact(value, []) is value
    assert redact(value, [""]) is value


def test_redaction_leaves_the_original_unchanged_and_the_order_too() -> None:
    value = {"z": {"k": "s3cret"}, "a": ["s3cret", ["s3cret"]], "m": 1}
    shown = redact(value, frozenset({"s3cret"}))
    assert list(shown) == ["z", "a", "m"]
    assert shown == {"z": {"k": MASK}, "a": [MASK, [MASK]], "m": 1}
    assert value["z"] == {"k": "s3cret"}


def test_a_hostile_depth_is_walked() -> None:
    value: list[object] = ["s3cret"]
    for _ in range(20_000):
        value = [value]
    shown = redact(value, ["s3cret"])
    for _ in range(20_000):
        shown = shown[0]
    assert shown == [MASK]
    while value and isinstance(value[0], list):  # take it apart: freeing it whole would recurse
        value = value[0]
