"""Who gets in, for how long, and what they may do then."""

import itertools
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from engine.access import Access, Passwords
from engine.access.passwords import HASHER, check_password
from engine.access.rate_limiter import Throttle
from engine.base.actor import ANONYMOUS, Actor, Permission, Role
from engine.base.clock import from_iso
from engine.base.errors import BadInput, Busy, Conflict, Forbidden, NotFound, NotSignedIn, SwitchyardError
from engine.base.secrets import Vault
from engine.base.settings import Settings
from engine.store.models import ApiKey, Member, Project, SetupLink, User
from engine.store.models import Session as SessionRow
from tests.engine.access.world import CHEAP, DAY, EMAIL, OTHER, PASSWORD, World, world
from tests.support.clock import ManualClock


def test_a_hash_costs_what_the_rfc_recommends() -> None:
    """RFC 9106, section 4, the second recommended option."""
    assert HASHER.hash("a quiet blue kettle").startswith("$argon2id$v=19$m=65536,t=3,p=4$")


# -- who may what ---------------------------------------------------------------------------------

_IN = {"user_id": "u", "project_id": "p"}
WHO = {
    "nobody": ANONYMOUS,
    "nobody in a project": Actor(project_id="p"),
    "user of no project": Actor(user_id="u"),
    "user who is no member": Actor(**_IN),
    "viewer": Actor(**_IN, role=Role.viewer),
    "editor": Actor(**_IN, role=Role.editor),
    "admin": Actor(**_IN, role=Role.admin),
    "key of a viewer": Actor(key_id="k", project_id="p", role=Role.viewer),
    "key of an admin": Actor(key_id="k", project_id="p", role=Role.admin),
    "platform admin in a project": Actor(**_IN, platform_admin=True),
    "platform admin in none": Actor(user_id="u", platform_admin=True),
    "role without a project": Actor(user_id="u", role=Role.admin),
    "command line": Actor.system("p"),
}
MATRIX = {  # public, signed_in, view, edit, admin, platform
    "nobody": "+-----",
    "nobody in a project": "+-----",
    "user of no project": "++----",
    "user who is no member": "++----",
    "viewer": "+++---",
    "editor": "++++--",
    "admin": "+++++-",
    "key of a viewer": "+++---",
    "key of an admin": "+++++-",
    "platform admin in a project": "++++++",
    "platform admin in none": "++---+",
    "role without a project": "++----",
    "command line": "++++++",
}


@pytest.mark.parametrize(("who", "permission"), list(itertools.product(WHO, Permission)))
def test_each_actor_has_exactly_the_rights_of_the_table(who: str, permission: Permission) -> None:
    allowed = MATRIX[who][list(Permission).index(permission)] == "+"
    assert WHO[who].may(permission) is allowed
    if allowed:
        WHO[who].require(permission)
    else:
        with pytest.raises(Forbidden):
            WHO[who].require(permission)


# -- the first admin ------------------------------------------------------------------------------


async def test_the_first_admin_comes_from_the_settings_and_owns_the_default_project(w: World) -> None:
    (user,) = await w.rows(User)
    assert (user.email, user.platform_admin, user.password_hash[:9]) == (EMAIL, True, "$argon2id")
    (project,), (member,) = await w.rows(Project), await w.rows(Member)
    assert (project.name, member.role, member.user_id) == ("Default", Role.admin, user.id)
    assert await w.access.setup_url() is None


async def test_starting_again_changes_nothing(tmp_path: Path) -> None:
    async with world(tmp_path, admin_email=EMAIL, admin_password=PASSWORD) as w:
        (before,) = await w.rows(User)
    async with world(tmp_path, admin_email="eve@example.com", admin_password=OTHER) as w:
        assert [row.password_hash for row in await w.rows(User)] == [before.password_hash]
        assert len(await w.rows(Project)) == 1


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"admin_email": EMAIL, "admin_password": "short"}, "SWITCHYARD_ADMIN_PASSWORD"),
        ({"admin_email": EMAIL, "admin_password": "password123"}, "SWITCHYARD_ADMIN_PASSWORD"),
        ({"admin_email": "nobody", "admin_password": PASSWORD}, "SWITCHYARD_ADMIN_EMAIL"),
        ({"admin_password": PASSWORD}, "SWITCHYARD_ADMIN_EMAIL"),
    ],
)
async def test_bad_settings_stop_the_start_and_are_named(
    tmp_path: Path, settings: dict[str, str], field: str
) -> None:
    with pytest.raises(BadInput) as raised:
        async with world(tmp_path, **settings):
            pass
    assert raised.value.field == field
    assert settings["admin_password"] not in str(raised.value)


async def test_without_settings_a_one_time_link_makes_the_first_admin(tmp_path: Path) -> None:
    async with world(tmp_path, public_url="https://sy.example.com") as w:
        assert await w.rows(User) == []
        old, url = await w.access.setup_url(), await w.access.setup_url()
        assert old and url and url.startswith("https://sy.example.com/setup/")
        token = url.rpartition("/")[2]
        assert token not in str([row.model_dump() for row in await w.rows(SetupLink)])
        accounts = w.access.accounts
        with pytest.raises(NotFound):  # each start makes the link before it void
            await accounts.link(old.rpartition("/")[2])
        assert (await accounts.link(token)).first
        assert (await accounts.link(token)).first  # looking, as a mail scanner does, uses nothing up

        session = await accounts.use_link(token, email=EMAIL, name="Ann Smith", password=PASSWORD)
        assert (await w.access.sessions.visit(session)).actor.platform_admin
        assert [member.role for member in await w.rows(Member)] == [Role.admin]
        with pytest.raises(NotFound):
            await accounts.use_link(token, email="eve@example.com", password=OTHER)
        assert await w.access.setup_url() is None
        assert [user.name for user in await w.rows(User)] == ["Ann Smith"]


async def test_a_link_is_over_after_a_day_and_a_refused_password_does_not_use_it_up(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        token = str(await w.access.accounts.first_link())
        with pytest.raises(BadInput):
            await w.access.accounts.use_link(token, email=EMAIL, password="short")
        w.clock.advance(DAY - 1)
        assert (await w.access.accounts.link(token)).first
        w.clock.advance(1)
        with pytest.raises(NotFound):
            await w.access.accounts.use_link(token, email=EMAIL, password=PASSWORD)
        assert await w.rows(User) == []


# -- passwords ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "password",
    [
        "",
        "short",
        "123456789",
        "1234567890",
        "0987654321",
        "aaaaaaaaaaaa",
        "abababababab",
        "password123",
        "P@ssw0rd123!",
        "qwertyuiop",
        "1q2w3e4r5t6z",
        "switchyard2026",
        "ann@example.com",
        "iloveyou!!!!",
        "welcome2026",
        "secretsecret",
        "x" * 1025,
        None,
        1234567890123,
    ],
)
def test_a_password_that_anybody_would_try_is_refused(password: object) -> None:
    with pytest.raises(BadInput) as raised:
        check_password(password, EMAIL)
    assert raised.value.field == "password"


@pytest.mark.parametrize(
    "password", [PASSWORD, OTHER, "Tr0ub4dor&3x", "пароль-длинный", "x7Kq-92mP-4vLw", "🐎🔋📎✅ and more"]
)
def test_a_password_with_some_thought_in_it_is_taken(password: str) -> None:
    assert check_password(password, EMAIL) == password


async def test_a_password_fits_however_its_letters_are_composed(w: World) -> None:
    await w.access.users.create(Actor.system(), "zoe@example.com", password="Zoë's caf\u00e9 table")
    assert await w.sign_in("zoe@example.com", "Zoe\u0308's cafe\u0301 table")


async def test_a_hash_of_older_parameters_is_renewed_at_sign_in(tmp_path: Path) -> None:
    async with world(tmp_path, admin_email=EMAIL, admin_password=PASSWORD) as w:
        (before,) = await w.rows(User)
    async with world(tmp_path, PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)) as w:
        await w.sign_in()
        (after,) = await w.rows(User)
        assert "m=8,t=1" in before.password_hash and "m=16,t=2" in after.password_hash
        await w.sign_in()


# -- signing in -----------------------------------------------------------------------------------


async def test_signing_in_opens_a_session_of_which_only_a_hash_is_stored(w: World) -> None:
    token = await w.sign_in(" ANN@example.com ")
    (row,) = await w.rows(SessionRow)
    assert token not in str(row.model_dump()) and len(token) == 43
    actor = (await w.access.sessions.visit(token, ip="192.0.2.9")).actor
    assert (actor.email, actor.platform_admin, actor.ip, actor.project_id) == (EMAIL, True, "192.0.2.9", None)
    assert w.actions() == ["user.signed.in", "session.created"]
    assert PASSWORD not in str(w.told)


@pytest.mark.parametrize(
    ("email", "password"),
    [
        (EMAIL, "wrong but long"),
        (EMAIL, ""),
        ("eve@example.com", PASSWORD),
        ("", ""),
        (EMAIL, "x" * 5000),
        ("' OR 1=1 --", PASSWORD),
        (EMAIL + "\0", PASSWORD),
    ],
)
async def test_whatever_is_wrong_the_refusal_is_the_same(w: World, email: str, password: str) -> None:
    with pytest.raises(NotSignedIn) as raised:
        await w.sign_in(email, password)
    assert raised.value.to_json()["error"]["message"] == "The e-mail or the password is wrong."
    assert w.actions() == ["user.sign_in.failed"]
    assert await w.rows(SessionRow) == []


async def test_an_unknown_user_costs_a_hash_like_a_known_one(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []
    verify = PasswordHasher.verify

    def counted(self: PasswordHasher, stored: str, password: bytes) -> bool:
        try:
            return verify(self, stored, password)
        except VerifyMismatchError:  # what is no hash at all costs nothing, and is another error
            compared.append(stored)
            raise

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    await w.access.users.create(Actor.system(), "new@example.com")  # has chosen no password yet
    for email in (EMAIL, "eve@example.com", "new@example.com"):
        with pytest.raises(NotSignedIn):
            await w.sign_in(email, "wrong but long")
    assert len(compared) == 3
    assert len({(stored.rpartition("p=")[0], len(stored)) for stored in compared}) == 1


async def test_guessing_is_throttled_for_one_account_from_one_address(w: World) -> None:
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            await w.sign_in(password="wrong but long")
    with pytest.raises(Busy) as raised:
        await w.sign_in()  # even the right one
    assert 0 < raised.value.retry_after <= 300
    await w.user("ben@example.com")
    assert await w.sign_in("ben@example.com", OTHER)
    assert await w.sign_in(ip="192.0.2.2")
    w.clock.advance(301)
    assert await w.sign_in()


async def test_guessing_at_many_accounts_from_one_address_is_throttled_too(w: World) -> None:
    for number in range(50):
        with pytest.raises(NotSignedIn):
            await w.sign_in(f"user{number}@example.com", "wrong but long")
    with pytest.raises(Busy):
        await w.sign_in()


async def test_a_right_password_forgives_the_wrong_ones_before_it(w: World) -> None:
    for _ in range(12):
        for _ in range(4):
            with pytest.raises(NotSignedIn):
                await w.sign_in(password="wrong but long", ip=f"192.0.2.{w.clock.now() % 250}")
        await w.sign_in(ip=f"192.0.2.{w.clock.now() % 250}")
        w.clock.advance(1)


def test_a_throttle_forgets_by_time_and_stays_small(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.access.rate_limiter._MAX_KEYS", 100)
    throttle = Throttle(2, 10)
    for key in range(1000):
        throttle.attempt(key)
        clock.advance(0.01)
    assert len(throttle._attempts) <= 100
    clock.advance(90)
    throttle.attempt("x")
    clock.advance(5)
    throttle.attempt("x")
    with pytest.raises(Busy) as raised:
        throttle.attempt("x")
    assert raised.value.retry_after == 5
    clock.advance(5)
    throttle.attempt("x")  # the window slides: only the first is forgotten
    with pytest.raises(Busy):
        throttle.attempt("x")


# -- sessions -------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["", "x", "a" * 43, "\0", "é" * 43, "\ud800"])
async def test_an_unknown_token_is_nobody(w: World, token: str) -> None:
    assert (await w.access.sessions.visit(token)).actor == ANONYMOUS


async def test_signing_out_ends_this_session_only(w: World) -> None:
    first, second = await w.sign_in(), await w.sign_in()
    await w.access.sessions.sign_out(first)
    await w.access.sessions.sign_out(first)
    assert (await w.access.sessions.visit(first)).actor == ANONYMOUS
    assert (await w.access.sessions.visit(second)).actor.user_id


async def test_a_user_sees_and_ends_their_own_sessions_only(w: World) -> None:
    mine = await w.sign_in()
    w.clock.advance(60)
    other = await w.sign_in(ip="192.0.2.2")
    actor = (await w.access.sessions.visit(mine)).actor
    listed = await w.access.sessions.list(str(actor.user_id), mine)
    assert [(info.ip, info.current) for info in listed] == [("192.0.2.1", True), ("192.0.2.2", False)]
    ben = await w.user("ben@example.com")
    for wrong in (listed[1].id[:5], "", listed[1].id + "0"):
        with pytest.raises(NotFound):
            await w.access.sessions.end(actor, wrong)
    with pytest.raises(NotFound):
        await w.access.sessions.end(Actor(user_id=ben), listed[1].id)
    await w.access.sessions.end(actor, listed[1].id)
    assert (await w.access.sessions.visit(other)).actor == ANONYMOUS
    assert (await w.access.sessions.visit(mine)).actor.user_id


async def test_a_new_password_ends_every_other_session(w: World) -> None:
    here, elsewhere = await w.sign_in(), await w.sign_in()
    actor = (await w.access.sessions.visit(here)).actor
    with pytest.raises(BadInput) as raised:
        await w.access.accounts.change_password(actor, "not the current one", OTHER, keep=here)
    assert raised.value.field == "current"
    await w.access.accounts.change_password(actor, PASSWORD, OTHER, keep=here)
    assert (await w.access.sessions.visit(here)).actor.user_id
    assert (await w.access.sessions.visit(elsewhere)).actor == ANONYMOUS
    with pytest.raises(NotSignedIn):
        await w.sign_in()
    assert await w.sign_in(password=OTHER)
    assert "user.password.reset" in w.actions()


async def test_the_current_password_cannot_be_guessed_from_a_stolen_session(w: World) -> None:
    actor = await w.admin()
    for _ in range(5):
        with pytest.raises(BadInput):
            await w.access.accounts.change_password(actor, "wrong but long", OTHER)
    with pytest.raises(Busy):
        await w.access.accounts.change_password(actor, PASSWORD, OTHER)


# -- users ----------------------------------------------------------------------------------------


async def test_a_new_user_chooses_a_password_under_a_link(w: World) -> None:
    admin, accounts = await w.admin(), w.access.accounts
    info, token = await w.access.users.create(admin, "Ben@example.com", "Ben Young")
    assert (info.email, info.pending, token is None) == ("ben@example.com", True, False)
    with pytest.raises(NotSignedIn):
        await w.sign_in("ben@example.com", "")
    shown = await accounts.link(str(token))
    assert (shown.first, shown.email, shown.name) == (False, "ben@example.com", "Ben Young")
    session = await accounts.use_link(str(token), password=OTHER, email="eve@example.com", name="Eve")
    actor = (await w.access.sessions.visit(session)).actor
    assert (actor.user_id, actor.email, actor.name, actor.platform_admin) == (
        info.id,
        "ben@example.com",
        "Ben Young",
        False,
    )
    assert w.actions()[-3:] == ["user.signed.up", "user.signed.in", "session.created"]
    with pytest.raises(NotFound):
        await accounts.use_link(str(token), password=PASSWORD)


async def test_a_reset_link_replaces_the_password_and_ends_the_sessions(w: World) -> None:
    ben = await w.user("ben@example.com")
    old = await w.sign_in("ben@example.com", OTHER)
    token = await w.access.users.reset_link(await w.admin(), ben)
    assert await w.sign_in("ben@example.com", OTHER)  # works until the link is used
    await w.access.accounts.use_link(token, password=PASSWORD)
    assert (await w.access.sessions.visit(old)).actor == ANONYMOUS
    assert w.actions()[-5:] == [
        "session.terminated", "session.terminated", "user.password.reset", "user.signed.in",
        "session.created",
    ]  # fmt: skip


async def test_a_disabled_user_is_out_at_once(w: World) -> None:
    ben, admin = await w.user("ben@example.com"), await w.admin()
    session, link = await w.sign_in("ben@example.com", OTHER), await w.access.users.reset_link(admin, ben)
    assert (await w.access.users.set_disabled(admin, ben, True)).disabled
    assert (await w.access.sessions.visit(session)).actor == ANONYMOUS
    with pytest.raises(NotFound):
        await w.access.accounts.link(link)
    with pytest.raises(NotSignedIn):
        await w.sign_in("ben@example.com", OTHER)
    assert w.told[-1][1] == {"email": "ben@example.com", "reason": "disabled"}
    with pytest.raises(Conflict):
        await w.access.users.reset_link(admin, ben)
    await w.access.users.set_disabled(admin, ben, False)
    assert await w.sign_in("ben@example.com", OTHER)


async def test_one_platform_admin_always_stays(w: World) -> None:
    admin, users = await w.admin(), w.access.users
    me = str(admin.user_id)
    for act in (users.set_disabled(admin, me, True), users.set_platform_admin(admin, me, False)):
        with pytest.raises(Conflict):
            await act
    ben = await w.user("ben@example.com")
    assert (await users.set_platform_admin(admin, ben, True)).platform_admin
    assert not (await users.set_platform_admin(admin, me, False)).platform_admin
    with pytest.raises(Conflict):
        await users.set_disabled(admin, ben, True)


@pytest.mark.parametrize(
    ("email", "name", "password", "field"),
    [
        ("", "B", None, "email"),
        ("x", "B", None, "email"),
        ("a@b@c", "B", None, "email"),
        ("a b@c.de", "B", None, "email"),
        ("a@c..de", "B", None, "email"),
        ("<b>@c.de", "B", None, "email"),
        ("b@c.de", "x" * 101, None, "name"),
        ("b@c.de", "evil\u202ename", None, "name"),
        ("b@c.de", "B", "short", "password"),
        ("b@c.de", "B", "", "password"),
    ],
)
async def test_bad_users_are_refused_by_field(
    w: World, email: str, name: str, password: str | None, field: str
) -> None:
    with pytest.raises(BadInput) as raised:
        await w.access.users.create(Actor.system(), email, name, password)
    assert raised.value.field == field
    assert len(await w.rows(User)) == 1


async def test_an_email_belongs_to_one_user(w: World) -> None:
    with pytest.raises(Conflict):
        await w.access.users.create(Actor.system(), "ANN@example.com", password=OTHER)


async def test_only_platform_admins_manage_users(w: World) -> None:
    actor, users = Actor(user_id="u", project_id="p", role=Role.admin), w.access.users
    for act in (
        users.create(actor, "b@c.de"),
        users.list(actor),
        users.get(actor, "x"),
        users.remove(actor, "x"),
        users.change(actor, "x", name="Eve"),
        users.memberships(actor, "x"),
        w.access.keys.create_platform(actor, "mine"),
        w.access.keys.delete(Actor(user_id="u"), "key_x"),
        users.reset_link(actor, "x"),
        users.set_disabled(actor, "x", True),
        users.set_platform_admin(actor, "u", True),
        w.access.projects.create(actor, "Mine"),
    ):
        with pytest.raises(Forbidden):
            await act
    admin = await w.admin()
    assert [user.email for user in await users.list(admin)] == [EMAIL]
    assert (await users.get(admin, str(admin.user_id))).last_seen
    with pytest.raises(NotFound):
        await users.get(admin, "usr_nobody")


# -- projects and members -------------------------------------------------------------------------


async def test_a_project_is_seen_by_its_members_and_platform_admins(w: World) -> None:
    admin, projects = await w.admin(), w.access.projects
    ben = await w.user("ben@example.com")
    made = await projects.create(admin, "  Alerts   of Europe ")
    assert made.name == "Alerts of Europe"
    await projects.add_member(admin.within(made.id, Role.admin), "Ben@Example.com", "viewer")
    session = await w.sign_in("ben@example.com", OTHER)
    visit = await w.access.sessions.visit(session, made.id)
    assert (visit.actor.role, visit.actor.project_id, visit.actor.user_id) == (Role.viewer, made.id, ben)
    assert [(p.name, p.role) for p in await projects.list(visit.actor)] == [("Alerts of Europe", Role.viewer)]
    assert [p.name for p in await projects.list(admin)] == ["Alerts of Europe", "Default"]
    assert await projects.list(ANONYMOUS) == []
    for foreign in (str(admin.project_id), "prj_none", "", "' OR 1=1"):
        with pytest.raises(NotFound):
            await w.access.sessions.visit(session, foreign)
    assert (await projects.get(made.id)).name == "Alerts of Europe"
    assert [a for a in w.actions() if a.startswith(("project", "member"))] == [
        "project.created",
        "member.added",
    ]


async def test_a_project_keeps_an_admin(w: World) -> None:
    admin, projects = await w.admin(), w.access.projects
    me, ben = str(admin.user_id), await w.user("ben@example.com")
    for act in (projects.set_role(admin, me, "editor"), projects.remove_member(admin, me)):
        with pytest.raises(Conflict):
            await act
    await projects.add_member(admin, "ben@example.com", Role.viewer)
    assert (await projects.set_role(admin, ben, "admin")).role is Role.admin
    assert w.told[-1][1]["previousRole"] == "viewer"
    await projects.remove_member(admin, me)
    assert [(m.email, m.role) for m in await projects.members(str(admin.project_id))] == [
        ("ben@example.com", Role.admin)
    ]


async def test_members_are_managed_by_admins_of_that_project_only(w: World) -> None:
    admin, projects = await w.admin(), w.access.projects
    ben = await w.user("ben@example.com")
    await projects.add_member(admin, "ben@example.com", "editor")
    editor = Actor(user_id=ben, project_id=admin.project_id, role=Role.editor)
    for act in (
        projects.rename(editor, "Mine"),
        projects.add_member(editor, EMAIL, "admin"),
        projects.set_role(editor, ben, "admin"),
        projects.remove_member(editor, str(admin.user_id)),
    ):
        with pytest.raises(Forbidden):
            await act
    other = await projects.create(admin, "Other")
    foreign = Actor(user_id=ben, project_id=other.id, role=Role.admin)
    for act in (
        projects.set_role(foreign, str(admin.user_id) + "x", "viewer"),
        projects.remove_member(foreign, ben),
    ):
        with pytest.raises(NotFound):
            await act
    assert (await projects.rename(admin, "Renamed")).name == "Renamed"
    await projects.remove_member(editor, ben)  # leaving needs nobody


@pytest.mark.parametrize(
    ("email", "role", "error"),
    [
        ("nobody@example.com", "viewer", BadInput),
        (EMAIL, "viewer", Conflict),
        (EMAIL, "owner", BadInput),
        ("x", "viewer", BadInput),
    ],
)
async def test_bad_members_are_refused(w: World, email: str, role: str, error: type[SwitchyardError]) -> None:
    with pytest.raises(error):
        await w.access.projects.add_member(await w.admin(), email, role)


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\0b", "a\u200bb", None, 5])
async def test_bad_project_names_are_refused(w: World, name: Any) -> None:
    with pytest.raises(BadInput) as raised:
        await w.access.projects.create(await w.admin(), name)
    assert raised.value.field == "name"


# -- API keys -------------------------------------------------------------------------------------


async def test_a_key_is_shown_once_and_only_its_hash_is_stored(w: World) -> None:
    admin = await w.admin()
    info, key = await w.access.keys.create(admin, "deploy", "editor")
    assert key.startswith("sk_") and len(key) >= 43 and key.isascii()
    (row,) = await w.rows(ApiKey)
    assert key not in str(row.model_dump()) and row.last4 == key[-4:]
    assert key not in str(w.told) and key not in repr(info)
    actor = await w.access.keys.actor(key, "192.0.2.7")
    assert actor == Actor(
        key_id=info.id, name="deploy", project_id=admin.project_id, role=Role.editor, ip="192.0.2.7"
    )
    assert [(k.name, k.role) for k in await w.access.keys.list(str(admin.project_id))] == [
        ("deploy", Role.editor)
    ]
    assert await w.access.keys.list("prj_other") == []


@pytest.mark.parametrize(
    "key", ["", "sk_", "sk_" + "a" * 43, "a" * 46, "sk_' OR 1=1 --", "sk_" + "a" * 5000, "\ud800"]
)
async def test_an_unknown_key_is_nobody(w: World, key: str) -> None:
    assert await w.access.keys.actor(key) is None


async def test_a_deleted_key_stops_working_at_once(w: World) -> None:
    admin = await w.admin()
    info, key = await w.access.keys.create(admin, "deploy", "admin")
    assert await w.access.keys.actor(key)
    for wrong in (Actor(user_id="u", project_id="prj_other", role=Role.admin), Actor.system("prj_other")):
        with pytest.raises(NotFound):
            await w.access.keys.delete(wrong, info.id)
    assert await w.access.keys.actor(key)
    await w.access.keys.delete(admin, info.id)
    assert await w.access.keys.actor(key) is None
    assert w.actions()[-2:] == ["api_key.created", "api_key.deleted"]


async def test_a_key_deleted_by_another_process_stops_working_within_seconds(w: World) -> None:
    admin = await w.admin()
    info, key = await w.access.keys.create(admin, "deploy", "admin")
    assert await w.access.keys.actor(key)
    elsewhere = Access(w.db, Settings(), vault=Vault(bytes(32)), passwords=Passwords(PasswordHasher(**CHEAP)))
    await elsewhere.keys.delete(admin, info.id)
    elsewhere.close()
    w.clock.advance(10)
    assert await w.access.keys.actor(key) is None


async def test_the_use_of_a_key_is_written_once_a_minute(w: World) -> None:
    _, key = await w.access.keys.create(await w.admin(), "deploy", "viewer")
    seen, began = [], w.clock.now()
    for _ in range(5):
        await w.access.keys.actor(key)
        (row,) = await w.rows(ApiKey)
        seen.append(round(from_iso(row.last_used) - began))
        w.clock.advance(29)
    assert seen == [0, 0, 0, 87, 87]


@pytest.mark.parametrize("role", [None, Role.viewer, Role.editor])
async def test_only_admins_of_the_project_make_keys(w: World, role: Role | None) -> None:
    with pytest.raises(Forbidden):
        await w.access.keys.create(Actor(user_id="u", project_id="p", role=role), "deploy", "viewer")


async def test_a_key_needs_an_existing_project_a_name_and_a_role(w: World) -> None:
    keys = w.access.keys
    for act in (
        keys.create(Actor.system("prj_none"), "x", "viewer"),
        keys.create(Actor.system("p"), "", "viewer"),
        keys.create(Actor.system("p"), "x", "owner"),
    ):
        with pytest.raises((NotFound, BadInput)):
            await act
    assert await w.rows(ApiKey) == []
