import json

import pytest

from engine.base import jsonbody
from engine.base.errors import Malformed


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b'"text"', "text"),
        (b" [1, 2.5, null, true] ", [1, 2.5, None, True]),
        ('{"ключ": "значение"}'.encode(), {"ключ": "значение"}),
        (b'["' + b"[" * 300 + b'"]', ["[" * 300]),
        (b'["\\"' + b"{" * 300 + b'\\\\"]', ['"' + "{" * 300 + "\\"]),
    ],
)
def test_valid_json_is_read_as_it_is(data: bytes, value: object) -> None:
    assert jsonbody.loads(data) == value


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"{", "line 1, column 2"),
        (b'{"a": 1,}', "not valid JSON"),
        (b'{"a":\n  NaN}', "line 2, column 3"),
        (b'"\xff"', "not valid UTF-8 (byte 1)"),
        (b'"\\ud800"', "surrogate"),
        (b"1" * 5000, "number"),
        (b"[" * 10_000, "nested deeper than 200"),
        (b"[" * 10_000 + b"]" * 10_000, "nested deeper than 200"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "nested deeper than 200"),
        (b"[" * 201 + b"]" * 201, "nested deeper than 200"),
    ],
)
def test_what_is_not_json_is_refused_with_its_place(data: bytes, words: str) -> None:
    with pytest.raises(Malformed) as refused:
        jsonbody.loads(data)
    assert words in refused.value.message
    assert refused.value.status == 400


def test_the_limit_itself_is_allowed() -> None:
    value = jsonbody.loads(b"[" * 200 + b"]" * 200)
    for _ in range(199):
        value = value[0]
    assert value == []


def test_many_brackets_side_by_side_are_not_depth() -> None:
    data = b"[" + b",".join([b'{"a": [1]}'] * 5000) + b"]"
    assert jsonbody.depth(data) == 3
    assert len(jsonbody.loads(data)) == 5000


@pytest.mark.parametrize(
    "text",
    [
        "18446744073709551615", "-9223372036854775808", "[0.12345678901234567890123, 1e30]",
        '"123456789012345678901234567890"', '{"id 99999999999999999999": 12345678901234567890.5}',
        "1234567890123456789", "-1.00000000000000000000e+10", '"\\"99999999999999999999"',
    ],
)  # fmt: skip
def test_numbers_that_can_be_kept_are(text: str) -> None:
    assert jsonbody.loads(text.encode()) == json.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        "18446744073709551616", "-9223372036854775809", '{"a": [1, 123456789012345678901234567890]}',
        '{"99999999999999999999":99999999999999999999}', "-18446744073709551615",
    ],
)  # fmt: skip
def test_a_whole_number_that_would_become_another_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="more than 64 bits"):
        jsonbody.loads(text.encode())
