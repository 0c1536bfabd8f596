"""How often one may guess, from where, and that guessing does not lock the owner out."""

import pytest

from engine.access.devices import Devices
from engine.access.rate_limiter import network_of
from engine.base.errors import Busy, NotSignedIn
from engine.base.secrets import Vault
from tests.engine.access.world import EMAIL, OTHER, PASSWORD, World

WRONG = "wrong but long"


async def guess(w: World, ip: str, email: str = EMAIL, device: str = "") -> None:
    with pytest.raises(NotSignedIn):
        await w.access.accounts.sign_in(email, WRONG, ip=ip, device=device)


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_an_ipv6_address_counts_as_its_64(ip: str, network: str) -> None:
    assert network_of(ip) == network


async def test_a_64_is_throttled_as_one_and_another_is_not(w: World) -> None:
    for number in range(5):
        await guess(w, f"2001:db8:1:2::{number}")
    with pytest.raises(Busy):
        await w.sign_in(ip="2001:db8:1:2:ffff::9")
    assert await w.sign_in(ip="2001:db8:1:3::1")


async def test_one_network_guesses_at_few_accounts(w: World) -> None:
    for number in range(50):
        await guess(w, f"2001:db8::{number}", f"user{number}@example.com")
    with pytest.raises(Busy):
        await w.sign_in(ip="2001:db8::ffff")


async def test_an_account_is_throttled_wherever_the_guesses_come_from(w: World) -> None:
    for number in range(20):
        await guess(w, f"192.0.2.{number}")
    with pytest.raises(Busy) as busy:
        await w.sign_in(ip="198.51.100.1")
    assert 0 < busy.value.retry_after <= 900
    w.clock.advance(busy.value.retry_after)
    assert await w.sign_in(ip="198.51.100.1")


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.com"])
async def test_an_account_that_does_not_exist_is_throttled_as_one_that_does(w: World, email: str) -> None:
    for number in range(20):
        await guess(w, f"192.0.2.{number}", email)
    with pytest.raises(Busy):
        await w.access.accounts.sign_in(email, PASSWORD, ip="198.51.100.1")


async def test_who_guesses_does_not_lock_the_owner_out_of_a_browser_that_is_known(w: World) -> None:
    device = w.access.accounts.devices.issue(EMAIL)
    for number in range(20):
        await guess(w, f"192.0.2.{number}")
    assert await w.access.accounts.sign_in(EMAIL, PASSWORD, ip="198.51.100.1", device=device)


async def test_a_stolen_device_cookie_is_good_for_five_guesses(w: World) -> None:
    device = w.access.accounts.devices.issue(EMAIL)
    for number in range(5):
        await guess(w, f"192.0.2.{number}", device=device)
    with pytest.raises(Busy):
        await w.access.accounts.sign_in(EMAIL, PASSWORD, ip="198.51.100.1", device=device)


async def test_the_device_of_another_account_is_not_known(w: World) -> None:
    await w.user("ben@example.com")
    device = w.access.accounts.devices.issue("ben@example.com")
    for number in range(20):
        await guess(w, f"192.0.2.{number}")
    with pytest.raises(Busy):
        await w.access.accounts.sign_in(EMAIL, PASSWORD, ip="198.51.100.1", device=device)
    assert await w.access.accounts.sign_in("ben@example.com", OTHER, ip="198.51.100.1", device=device)


@pytest.mark.parametrize("cookie", ["", "x", "." * 108, "a" * 43 + "." + "0" * 64, "é" * 200, "\ud800"])
def test_a_cookie_that_was_not_issued_is_no_device(cookie: str) -> None:
    devices = Devices(Vault(bytes(32)))
    assert devices.find(EMAIL, cookie) is None
    issued = devices.issue(EMAIL)
    assert devices.find(EMAIL, issued) and devices.find("ben@example.com", issued) is None
    assert Devices(Vault(bytes([1] * 32))).find(EMAIL, issued) is None


async def test_signing_in_counts_against_nobody(w: World) -> None:
    for _ in range(60):
        assert await w.sign_in()


async def test_being_throttled_is_one_event_and_not_one_a_try(w: World) -> None:
    for _ in range(5):
        await guess(w, "192.0.2.1")
    for _ in range(10):
        with pytest.raises(Busy):
            await w.sign_in(ip="192.0.2.1")
    reasons = [data["reason"] for action, data, *_ in w.told if action == "user.sign_in.failed"]
    assert reasons == ["credentials"] * 5 + ["throttled"]
