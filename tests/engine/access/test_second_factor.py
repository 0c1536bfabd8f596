"""Two-step sign-in: what turns it on, what gets in with it, and what is stored of it."""

import base64
from urllib.parse import parse_qs, urlsplit

import pytest

from engine.access import CodeNeeded, totp
from engine.access.second_factor import CODES
from engine.access.second_step import LIFETIME
from engine.base.actor import Actor, Role
from engine.base.errors import BadInput, Busy, Conflict, Forbidden, NotFound, NotSignedIn
from engine.store.models import RecoveryCode, User
from engine.store.models import Session as SessionRow
from tests.engine.access.world import EMAIL, OTHER, PASSWORD, World


class App:
    """An authenticator app that has scanned the code."""

    def __init__(self, w: World, uri: str) -> None:
        self.w = w
        self.secret = base64.b32decode(parse_qs(urlsplit(uri).query)["secret"][0])

    def code(self, ahead: int = 0) -> str:
        return totp.code(self.secret, int(self.w.clock.now() // totp.STEP) + ahead)


async def turned_on(w: World, actor: Actor) -> tuple[App, list[str]]:
    factor = w.access.second_factor
    await factor.begin(actor)
    setup = await factor.setup(actor)
    assert setup
    app = App(w, setup.uri)
    codes = await factor.confirm(actor, app.code())
    w.clock.advance(totp.STEP)
    return app, codes


async def pending(w: World, password: str = PASSWORD) -> str:
    """What the browser has after the first step."""
    with pytest.raises(CodeNeeded) as needed:
        await w.sign_in(password=password)
    return needed.value.pending


async def test_it_is_on_once_a_code_of_the_app_was_given(w: World) -> None:
    actor, factor = await w.admin(), w.access.second_factor
    assert await factor.setup(actor) is None
    await factor.begin(actor)
    assert await w.sign_in()  # not yet
    setup = await factor.setup(actor)
    assert setup
    app = App(w, setup.uri)
    for wrong in ("", "000000", app.code(5)):
        with pytest.raises(BadInput) as raised:
            await factor.confirm(actor, wrong)
        assert raised.value.field == "code"
    assert (await factor.status(actor)).since is None
    codes = await factor.confirm(actor, f"{app.code()[:3]} {app.code()[3:]}")
    standing = await factor.status(actor)
    assert standing.since and standing.codes_left == len(codes) == CODES
    assert w.actions()[-1] == "mfa.enabled" and await factor.setup(actor) is None
    for act in (factor.begin(actor), factor.confirm(actor, app.code())):
        with pytest.raises(Conflict):
            await act


async def test_signing_in_takes_both_steps(w: World) -> None:
    app, _ = await turned_on(w, await w.admin())
    opened = len(await w.rows(SessionRow))
    first = await pending(w)
    assert len(await w.rows(SessionRow)) == opened
    with pytest.raises(BadInput):
        await w.access.accounts.second_step(first, "000000")
    assert w.actions()[-1] == "mfa.challenge_failed"
    token = await w.access.accounts.second_step(first, app.code(), ip="192.0.2.9")
    assert (await w.access.sessions.visit(token)).actor.email == EMAIL
    assert w.actions()[-2:] == ["user.signed.in", "session.created"]


async def test_a_code_signs_in_once(w: World) -> None:
    app, _ = await turned_on(w, await w.admin())
    code = app.code()
    await w.access.accounts.second_step(await pending(w), code)
    with pytest.raises(BadInput):
        await w.access.accounts.second_step(await pending(w), code)
    with pytest.raises(BadInput):  # the one before it neither
        await w.access.accounts.second_step(await pending(w), app.code(-1))
    w.clock.advance(totp.STEP)
    assert await w.access.accounts.second_step(await pending(w), app.code())


async def test_the_code_that_turned_it_on_does_not_sign_in(w: World) -> None:
    actor, factor = await w.admin(), w.access.second_factor
    await factor.begin(actor)
    setup = await factor.setup(actor)
    assert setup
    app = App(w, setup.uri)
    await factor.confirm(actor, app.code())
    with pytest.raises(BadInput):
        await w.access.accounts.second_step(await pending(w), app.code())


async def test_a_recovery_code_signs_in_once_however_it_is_typed(w: World) -> None:
    actor = await w.admin()
    _, codes = await turned_on(w, actor)
    assert await w.access.accounts.second_step(await pending(w), codes[0].upper().replace("-", " "))
    assert "mfa.recovery_code_used" in w.actions()
    assert (await w.access.second_factor.status(actor)).codes_left == CODES - 1
    with pytest.raises(BadInput):
        await w.access.accounts.second_step(await pending(w), codes[0])
    assert await w.access.accounts.second_step(await pending(w), codes[1])


async def test_new_recovery_codes_replace_those_before(w: World) -> None:
    actor = await w.admin()
    _, old = await turned_on(w, actor)
    new = await w.access.second_factor.replace_codes(actor)
    assert not set(old) & set(new) and len(await w.rows(RecoveryCode)) == CODES
    with pytest.raises(BadInput):
        await w.access.accounts.second_step(await pending(w), old[0])
    assert await w.access.accounts.second_step(await pending(w), new[0])


async def test_a_recovery_code_is_good_for_its_own_user_only(w: World) -> None:
    _, codes = await turned_on(w, await w.admin())
    ben = await w.user("ben@example.com")
    await turned_on(w, Actor(user_id=ben))
    with pytest.raises(CodeNeeded) as needed:
        await w.sign_in("ben@example.com", OTHER)
    with pytest.raises(BadInput):
        await w.access.accounts.second_step(needed.value.pending, codes[0])


async def test_neither_secret_nor_codes_can_be_read_from_the_store(w: World) -> None:
    app, codes = await turned_on(w, await w.admin())
    stored = str([row.model_dump() for table in (User, RecoveryCode) for row in await w.rows(table)])
    (user,) = await w.rows(User)
    assert app.secret not in user.totp_secret
    assert base64.b32encode(app.secret).decode() not in stored + str(w.told)
    assert not [code for code in codes if code in stored + str(w.told) or code.replace("-", "") in stored]


async def test_the_second_step_is_over_after_ten_minutes(w: World) -> None:
    app, _ = await turned_on(w, await w.admin())
    first = await pending(w)
    w.clock.advance(LIFETIME)
    with pytest.raises(NotSignedIn):
        await w.access.accounts.second_step(first, app.code())


async def test_the_second_step_is_over_when_the_password_changes_or_the_user_is_disabled(w: World) -> None:
    ben = await w.user("ben@example.com")
    app, _ = await turned_on(w, Actor(user_id=ben))

    async def first(password: str) -> str:
        with pytest.raises(CodeNeeded) as needed:
            await w.sign_in("ben@example.com", password)
        return needed.value.pending

    begun = await first(OTHER)
    await w.access.accounts.change_password(Actor(user_id=ben), OTHER, PASSWORD)
    with pytest.raises(NotSignedIn):
        await w.access.accounts.second_step(begun, app.code())
    begun = await first(PASSWORD)
    await w.access.users.set_disabled(Actor.system(), ben, True)
    with pytest.raises(NotSignedIn):
        await w.access.accounts.second_step(begun, app.code())


@pytest.mark.parametrize("text", ["", "x", "é", "A" * 5000, "AQAAAAA=", "\ud800"])
async def test_what_was_not_sealed_here_is_no_second_step(w: World, text: str) -> None:
    with pytest.raises(NotSignedIn):
        await w.access.accounts.second_step(text, "123456")


async def test_who_knows_the_password_guesses_five_codes_and_waits(w: World) -> None:
    app, _ = await turned_on(w, await w.admin())
    first = await pending(w)
    for _ in range(5):
        with pytest.raises(BadInput):
            await w.access.accounts.second_step(first, "000000")
    with pytest.raises(Busy):
        await w.access.accounts.second_step(await pending(w), app.code())
    w.clock.advance(300)
    assert await w.access.accounts.second_step(await pending(w), app.code())


async def test_a_reset_link_changes_the_password_and_still_asks_for_a_code(w: World) -> None:
    actor = await w.admin()
    app, _ = await turned_on(w, actor)
    link = await w.access.users.reset_link(actor, str(actor.user_id))
    with pytest.raises(CodeNeeded) as needed:
        await w.access.accounts.use_link(link, password=OTHER)
    assert await w.rows(SessionRow) == []
    assert await w.access.accounts.second_step(needed.value.pending, app.code())


async def test_an_admin_of_the_platform_turns_it_off_for_who_lost_the_app(w: World) -> None:
    admin, ben = await w.admin(), await w.user("ben@example.com")
    await turned_on(w, Actor(user_id=ben))
    assert (await w.access.users.get(admin, ben)).second_factor
    for nobody in (Actor(user_id=ben), Actor(user_id=ben, project_id="p", role=Role.admin)):
        with pytest.raises(Forbidden):
            await w.access.second_factor.reset(nobody, ben)
    await w.access.second_factor.reset(admin, ben)
    assert w.told[-1][0] == "mfa.disabled" and w.told[-1][2] == admin
    assert await w.sign_in("ben@example.com", OTHER) and await w.rows(RecoveryCode) == []
    with pytest.raises(NotFound):
        await w.access.second_factor.reset(admin, "usr_none")


async def test_turning_it_off_leaves_nothing_behind(w: World) -> None:
    actor = await w.admin()
    await turned_on(w, actor)
    await w.access.second_factor.turn_off(actor)
    await w.access.second_factor.turn_off(actor)
    assert w.actions().count("mfa.disabled") == 1
    (user,) = await w.rows(User)
    assert (user.totp_secret, user.totp_enabled, user.totp_step) == (None, None, None)
    assert await w.rows(RecoveryCode) == [] and await w.sign_in()
    with pytest.raises(Conflict):
        await w.access.second_factor.replace_codes(actor)


async def test_a_user_with_codes_can_be_removed(w: World) -> None:
    ben = await w.user("ben@example.com")
    await turned_on(w, Actor(user_id=ben))
    await w.access.users.remove(Actor.system(), ben)
    assert await w.rows(RecoveryCode) == []
