"""No text that is stored, shown or logged holds a secret."""

import base64
import html
import json
import re
from collections.abc import Callable
from urllib.parse import quote, quote_plus, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.base.redaction import MASK, Redactor, mask, redact


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


# -- however it is written ------------------------------------------------------------------------

PLANTED = [
    "xoxb-1234-abcdEFGH",
    'pa ss+w/ör&d<"quo\'ted">\\end',
    "+/=+/=+/=",
    "line one of a key\nline two of a key\t!",
    "пароль-🔑-секрет",
    "1234567890",
]

ENCODERS: dict[str, Callable[[str], str]] = {
    "raw": lambda text: text,
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON in UTF-8": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "JSON of PHP": lambda text: json.dumps(text)[1:-1].replace("/", r"\/"),
    "JSON within JSON": lambda text: json.dumps(json.dumps(text)[1:-1])[1:-1],
    "HTML": html.escape,
    "HTML in numbers": lambda text: re.sub(r"[^A-Za-z0-9]", lambda c: f"&#{ord(c[0])};", text),
    "HTML in hexadecimal": lambda text: re.sub(r"[^A-Za-z0-9]", lambda c: f"&#x{ord(c[0]):X};", text),
    "HTML within HTML": lambda text: html.escape(html.escape(text)),
    "XML": lambda text: html.escape(text).replace("&#x27;", "&apos;"),
    "an address": lambda text: quote(text, safe=""),
    "an address in small letters": lambda text: re.sub("%..", lambda c: c[0].lower(), quote(text, safe="")),
    "an address as JavaScript writes it": lambda text: quote(text, safe="-_.!~*'()"),
    "a form": quote_plus,
    "a form within an address": lambda text: quote(quote_plus(text), safe=""),
    "a Python literal": lambda text: repr(text)[1:-1],
}


@pytest.mark.parametrize("encode", ENCODERS.values(), ids=ENCODERS)
@pytest.mark.parametrize("secret", PLANTED)
def test_a_secret_is_found_in_every_encoding(secret: str, encode: Callable[[str], str]) -> None:
    written = encode(secret)
    assert redact(f"before {written} after", [secret]) == f"before {MASK} after"
    assert redact({"a": [f'{{"key":"{written}"}}']}, [secret]) == {"a": [f'{{"key":"{MASK}"}}']}


@pytest.mark.parametrize("before", ["", "u", "us", "usr", "user:", "a much longer name:"])
@pytest.mark.parametrize("after", ["", "}", '"}', '", "more": 1}'])
@pytest.mark.parametrize("secret", PLANTED)
def test_a_secret_within_base64_is_found_wherever_it_begins(secret: str, before: str, after: str) -> None:
    for form in (secret, json.dumps(secret)[1:-1], quote(secret, safe=""), html.escape(secret)):
        plain = (before + form + after).encode()
        for written in (
            base64.b64encode(plain).decode(),
            base64.urlsafe_b64encode(plain).decode(),
            base64.b64encode(plain).decode().rstrip("="),
            quote(base64.b64encode(plain).decode(), safe=""),
            json.dumps(base64.b64encode(plain).decode()).replace("/", r"\/")[1:-1],
        ):
            shown = str(redact(f"Basic {written}.", [secret]))
            assert MASK in shown
            left = [part for part in re.split(f"Basic |{MASK}|[.]", shown) if part]
            # What is left is of the texts around it: no whole character of the secret can be read.
            around = [base64.b64encode(text.encode()) for text in (before, after)]
            characters = re.sub("=|%3D", "", "".join(left))
            assert len(unquote(characters)) <= sum(map(len, around))
            for part in left:
                assert part.rstrip("=") in written


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs"]), min_size=8, max_size=60),
    st.sampled_from(sorted(ENCODERS)),
    st.text('abc <&%+\\"', max_size=20),
)
def test_no_encoding_of_any_secret_stays(secret: str, encoder: str, around: str) -> None:
    written = ENCODERS[encoder](secret)
    shown = redact(f"{around} {written} {around}", [secret])
    assert MASK in shown and written not in shown


@pytest.mark.parametrize("spread", [1, 50_000])
def test_a_large_text_is_searched_everywhere(spread: int) -> None:
    secret = "s3cret-value+1"
    filler = "innocent words, s3cret ones too. " * (spread // 30)
    written = [secret, "s3cret-value%2b1", base64.b64encode(b"x" + secret.encode()).decode()]
    text = filler.join(["", *written, secret])
    shown = redact(text, [secret])
    assert shown.count(MASK) == 4 and "value" not in shown
    assert shown.startswith(filler) and shown.count("innocent") == text.count("innocent")


@pytest.mark.parametrize("length", range(4, 20))
def test_an_excerpt_that_ends_within_a_secret_shows_nothing_of_it(length: int) -> None:
    secret = "xoxb-1234-abcdEFGH-zz"
    assert redact(f"refused: {secret[:length]}…", [secret]) == f"refused: {MASK}…"
    assert redact({"a": f"refused: {secret[:length]}…"}, [secret]) == {"a": f"refused: {MASK}…"}
    assert redact("refused: xoxo…", [secret]) == "refused: xoxo…"


def test_a_key_of_several_lines_is_found_line_by_line() -> None:
    lines = [
        "-----BEGIN KEY-----",
        "MIIEvQIBADANBgkq+kiG9w0BAQ",
        "EFAASCBKcwggSj/gEAAoIBAQC7",
        "-----END KEY-----",
    ]
    wrapped = f"first {lines[1]} then {lines[2].replace('/', '%2F')}"
    assert redact(wrapped, ["\n".join(lines)]) == f"first {MASK} then {MASK}"
    assert redact(lines[0], ["\n".join(lines)]) == lines[0]


def test_a_very_long_secret_is_found_as_it_is_and_in_base64() -> None:
    secret = "".join(f"{number:05d}+/" for number in range(700))
    for written in (secret, quote(secret, safe=""), base64.b64encode(b"xy" + secret.encode()).decode()):
        shown = redact(f"a {written} b", [secret])
        assert MASK in shown and len(shown) < 20


def test_numbers_are_cut_out_where_they_are_secret() -> None:
    assert redact({"pin": 4711, "n": 47.5, "ok": True, "t": "pin 4711."}, ["4711"]) == {
        "pin": MASK, "n": 47.5, "ok": True, "t": f"pin {MASK}.",
    }  # fmt: skip
    assert redact([1, True, 1.0, "1", "11"], [1]) == [MASK, True, MASK, MASK, "11"]
    assert redact(4711, [4711]) == MASK


def test_whether_bytes_hold_a_secret_is_seen_without_reading_them() -> None:
    assert Redactor(frozenset({"s3cret-value"})).is_free_of(b'{"a": "innocent, long enough"}')
    assert not Redactor(frozenset({"s3cret-value"})).is_free_of(b'{"a": "czNjcmV0LXZhbHVl"}')
    assert not Redactor(frozenset({"+++///"})).is_free_of(b"anything")  # it may be written in any way
    assert not Redactor(frozenset({"abc"})).is_free_of(b"anything")
