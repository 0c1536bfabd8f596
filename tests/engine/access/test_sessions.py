"""How long a session lasts, what ends it before, and what its user sees of it."""

from typing import Any

import pytest

from engine.access import browsers
from engine.base.actor import ANONYMOUS, Actor
from engine.base.clock import to_iso
from engine.base.errors import Busy, NotSignedIn
from engine.store.models import Session as SessionRow
from tests.engine.access.world import DAY, OTHER, PASSWORD, World


async def test_a_session_ends_14_days_after_its_last_use(w: World) -> None:
    token = await w.sign_in()
    for _ in range(2):
        w.clock.advance(13 * DAY)
        visit = await w.access.sessions.visit(token)
        assert visit.actor.user_id and visit.extended
    assert not (await w.access.sessions.visit(token)).extended  # once in five minutes is enough
    other = await w.sign_in()
    w.clock.advance(14 * DAY)
    assert (await w.access.sessions.visit(other)).actor == ANONYMOUS
    await w.access.sessions.forget_expired()
    assert await w.rows(SessionRow) == []


@pytest.mark.parametrize("hours", [-26, 26])
async def test_a_wall_clock_that_is_set_ends_no_session_and_lifts_no_throttle(w: World, hours: int) -> None:
    token = await w.sign_in()
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            await w.sign_in(password="wrong but long")
    w.clock.set_wall(hours * 3600)
    visit = await w.access.sessions.visit(token)
    assert visit.actor.user_id
    assert visit.extended == (hours > 0)
    with pytest.raises(Busy) as raised:
        await w.sign_in()
    assert 0 < raised.value.retry_after <= 300
    w.clock.advance(301)
    assert await w.sign_in()
    await w.access.sessions.forget_expired()
    assert (await w.access.sessions.visit(token)).actor.user_id


async def test_a_session_ends_30_days_after_it_began_however_much_it_is_used(w: World) -> None:
    token = await w.sign_in()
    for _ in range(29):
        w.clock.advance(DAY)
        assert (await w.access.sessions.visit(token)).actor.user_id
    w.clock.advance(DAY - 1)
    assert (await w.access.sessions.visit(token)).actor.user_id
    w.clock.advance(1)
    assert (await w.access.sessions.visit(token)).actor == ANONYMOUS


async def test_a_session_from_before_there_was_an_absolute_end_has_it_too(w: World) -> None:
    token = await w.sign_in()

    def later(tx: Any) -> None:
        tx.execute("UPDATE sessions SET expires = ?", (to_iso(w.clock.now() + 400 * DAY),))

    await w.db.write(later)
    w.clock.advance(30 * DAY)
    assert (await w.access.sessions.visit(token)).actor == ANONYMOUS
    assert await w.access.sessions.list(await w.user_id()) == []


async def test_the_last_use_is_written_once_in_five_minutes(w: World) -> None:
    token = await w.sign_in()
    actor = (await w.access.sessions.visit(token)).actor
    seen = []
    for _ in range(4):
        w.clock.advance(200)
        await w.access.sessions.visit(token)
        (info,) = await w.access.sessions.list(str(actor.user_id), token)
        seen.append(info.last_used)
    assert len(set(seen)) == 3 and seen == sorted(seen)


async def test_signing_in_forgets_the_sessions_that_are_over(w: World) -> None:
    await w.sign_in()
    w.clock.advance(15 * DAY)
    await w.sign_in()
    assert len(await w.rows(SessionRow)) == 1


async def test_signing_out_everywhere_ends_every_session_but_the_one_that_is_named(w: World) -> None:
    here, there = await w.sign_in(), await w.sign_in()
    await w.user("ben@example.com")
    bens = await w.sign_in("ben@example.com", OTHER)
    actor = (await w.access.sessions.visit(here)).actor
    await w.access.sessions.sign_out_everywhere(actor, here)
    assert (await w.access.sessions.visit(there)).actor == ANONYMOUS
    assert (await w.access.sessions.visit(here)).actor.user_id
    await w.access.sessions.sign_out_everywhere(actor)
    assert (await w.access.sessions.visit(here)).actor == ANONYMOUS
    assert (await w.access.sessions.visit(bens)).actor.user_id


async def ended(w: World) -> list[tuple[str, str | None]]:
    """Of each session that ended by an event: why, and who ended it."""
    return [
        (data["reason"], actor and actor.email)
        for action, data, actor, _ in w.told
        if action == "session.terminated"
    ]


async def test_each_end_of_a_session_is_an_event_that_says_why_and_by_whom(w: World) -> None:
    admin, ben = await w.admin(), await w.user("ben@example.com")

    async def again(password: str = OTHER) -> tuple[str, Actor]:
        token = await w.sign_in("ben@example.com", password)
        return token, (await w.access.sessions.visit(token)).actor

    token, actor = await again()
    await w.access.sessions.sign_out(token, "192.0.2.9")
    token, actor = await again()
    await w.access.sessions.end(actor, (await w.access.sessions.list(ben))[0].id)
    token, actor = await again()
    await w.access.sessions.sign_out_everywhere(actor)
    token, actor = await again()
    await w.access.accounts.change_password(actor, OTHER, PASSWORD)
    token, actor = await again(PASSWORD)
    await w.access.users.set_disabled(admin, ben, True)
    assert await ended(w) == [
        ("signed_out", "ben@example.com"),
        ("ended", "ben@example.com"),
        ("signed_out_everywhere", "ben@example.com"),
        ("password_changed", "ben@example.com"),
        ("user_disabled", admin.email),
    ]
    assert w.actions().count("user.signed.out") == 1


async def test_an_event_of_a_session_has_nothing_to_sign_in_with(w: World) -> None:
    token = await w.sign_in()
    await w.access.sessions.sign_out(token)
    assert token not in str(w.told)
    (row,) = [data["session"] for action, data, *_ in w.told if action == "session.created"]
    assert len(row["id"]) == 20 and row["ip"] == "192.0.2.1"


LIKE = "AppleWebKit/537.36 (KHTML, like Gecko)"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X)"
AGENTS = {
    "Firefox on Windows": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:131.0) Gecko/20100101 Firefox/131.0",
    "Chrome on macOS": f"{MAC} {LIKE} Chrome/130.0.0.0 Safari/537.36",
    "Edge on Windows": f"Mozilla/5.0 (Windows NT 10.0) {LIKE} Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0",
    "Safari on iPhone": f"{PHONE} {LIKE} Version/17.6 Mobile/15E148 Safari/604.1",
    "Safari on macOS": f"{MAC} {LIKE} Version/17.6 Safari/605.1.15",
    "Chrome on Android": f"Mozilla/5.0 (Linux; Android 10; K) {LIKE} Chrome/130.0.0.0 Mobile Safari/537.36",
    "Samsung Internet on Android": f"Mozilla/5.0 (Linux; Android 13; SAMSUNG SM-S918B) {LIKE} "
    "SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36",
    "Opera on Linux": f"Mozilla/5.0 (X11; Linux x86_64) {LIKE} Chrome/129.0.0.0 Safari/537.36 OPR/115.0.0.0",
    "Firefox on iPhone": f"{PHONE} {LIKE} FxiOS/131.0 Mobile/15E148 Safari/605.1.15",
    "curl": "curl/8.5.0",
    "Unknown browser": "<script>alert(1)</script>",
}


@pytest.mark.parametrize("shown", AGENTS)
def test_a_browser_is_named_as_people_know_it(shown: str) -> None:
    assert browsers.describe(AGENTS[shown]) == shown


def test_no_user_agent_is_an_unknown_browser() -> None:
    assert browsers.describe("") == browsers.UNKNOWN
