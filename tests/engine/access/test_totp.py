"""Codes of authenticator apps, by the vectors of their RFCs."""

import base64
from urllib.parse import parse_qs, urlsplit

import pytest

from engine.access import totp

SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_codes_are_those_of_rfc_6238_appendix_b(now: int, code: str) -> None:
    assert totp.code(SECRET, now // totp.STEP) == code
    assert totp.find_step(SECRET, code, now) == now // totp.STEP


@pytest.mark.parametrize(
    ("step", "code"), list(enumerate(["755224", "287082", "359152", "969429", "338314", "254676"]))
)
def test_the_codes_are_those_of_rfc_4226_appendix_d(step: int, code: str) -> None:
    assert totp.code(SECRET, step) == code


@pytest.mark.parametrize(("drift", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_ahead_or_behind(drift: int, good: bool) -> None:
    now = 1_800_000_000
    step = now // totp.STEP + drift
    assert totp.find_step(SECRET, totp.code(SECRET, step), now) == (step if good else None)


def test_a_code_is_good_once_and_none_before_it_is_good_after() -> None:
    now = 1_800_000_000
    step = now // totp.STEP
    assert totp.find_step(SECRET, totp.code(SECRET, step), now, last=step) is None
    assert totp.find_step(SECRET, totp.code(SECRET, step - 1), now, last=step) is None
    assert totp.find_step(SECRET, totp.code(SECRET, step + 1), now, last=step) == step + 1


@pytest.mark.parametrize("given", ["", "12345", "1234567", "abcdef", "٠٥٠٤٧١", "\ud800", "0" * 5000])
def test_what_is_no_code_is_none(given: str) -> None:
    assert totp.find_step(SECRET, given, 1111111111) is None


def test_an_app_is_told_the_secret_by_a_uri_and_as_text() -> None:
    uri = urlsplit(totp.uri(SECRET, "Switchyard", "ann+x@example.com"))
    assert (uri.scheme, uri.netloc, uri.path) == ("otpauth", "totp", "/Switchyard:ann%2Bx@example.com")
    query = parse_qs(uri.query)
    assert query["issuer"] == ["Switchyard"]
    assert base64.b32decode(query["secret"][0]) == SECRET
    assert base64.b32decode(totp.text(SECRET).replace(" ", "")) == SECRET


def test_a_new_secret_is_as_long_as_the_hash_and_never_the_same() -> None:
    assert len({totp.new_secret() for _ in range(20)}) == 20
    assert len(totp.new_secret()) == 20
