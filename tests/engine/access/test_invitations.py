"""Invitations to a project: who may invite, who may accept, and for how long."""

import re

import pytest

from engine.access.invitations import LIFETIME
from engine.base.actor import Actor, Role
from engine.base.errors import BadInput, Conflict, Forbidden, NotFound
from engine.store.models import Invitation, Member, User
from tests.engine.access.world import EMAIL, OTHER, PASSWORD, World

BEN = "ben@example.com"


async def invited(w: World, email: str = BEN, role: str = "editor") -> str:
    _, token = await w.access.invitations.create(await w.admin(), email, role)
    return token


async def test_who_is_invited_creates_an_account_and_is_a_member(w: World) -> None:
    invitations = w.access.invitations
    token = await invited(w, " Ben@Example.com ")
    offer = await invitations.find(token)
    assert (offer.email, offer.project, offer.role, offer.has_account) == (BEN, "Default", Role.editor, False)
    session, project_id = await invitations.sign_up(token, name="Ben Young", password=OTHER, ip="192.0.2.9")
    actor = (await w.access.sessions.visit(session, project_id)).actor
    assert (actor.email, actor.name, actor.role) == (BEN, "Ben Young", Role.editor)
    assert not actor.platform_admin
    assert [action for action in w.actions() if not action.startswith("session")][-5:] == [
        "invitation.created", "user.signed.up", "member.added", "invitation.accepted", "user.signed.in",
    ]  # fmt: skip
    for use in (invitations.find(token), invitations.sign_up(token, name="", password=OTHER)):
        with pytest.raises(NotFound):
            await use


async def test_who_has_an_account_signs_in_and_joins(w: World) -> None:
    ben = await w.user(BEN)
    token = await invited(w)
    assert (await w.access.invitations.find(token)).has_account
    with pytest.raises(Conflict):
        await w.access.invitations.sign_up(token, name="", password=OTHER)
    project_id = await w.access.invitations.join(Actor(user_id=ben), token)
    members = await w.access.projects.members(project_id)
    assert [(m.email, m.role) for m in members if m.user_id == ben] == [(BEN, Role.editor)]
    assert len(await w.rows(User)) == 2


async def test_nobody_else_joins_by_the_invitation(w: World) -> None:
    eve = await w.user("eve@example.com")
    token = await invited(w)
    with pytest.raises(Forbidden, match=re.escape("This invitation is for ben@example.com")):
        await w.access.invitations.join(Actor(user_id=eve), token)
    assert len(await w.rows(Member)) == 1 and len(await w.rows(Invitation)) == 1


async def test_an_invitation_is_over_after_seven_days(w: World) -> None:
    token = await invited(w)
    w.clock.advance(LIFETIME - 1)
    assert await w.access.invitations.find(token)
    w.clock.advance(1)
    with pytest.raises(NotFound):
        await w.access.invitations.sign_up(token, name="", password=OTHER)
    project = str((await w.access.projects.list(Actor.system()))[0].id)
    assert await w.access.invitations.list(project) == []


async def test_a_new_invitation_replaces_the_one_before(w: World) -> None:
    first, second = await invited(w), await invited(w, role="viewer")
    with pytest.raises(NotFound):
        await w.access.invitations.find(first)
    assert (await w.access.invitations.find(second)).role is Role.viewer
    assert len(await w.rows(Invitation)) == 1


async def test_only_the_hash_of_the_link_is_stored_and_told(w: World) -> None:
    token = await invited(w)
    assert token not in str([row.model_dump() for row in await w.rows(Invitation)])
    assert token not in str(w.told)


async def test_an_invitation_is_withdrawn_by_admins_of_its_project_only(w: World) -> None:
    admin = await w.admin()
    token = await invited(w)
    (info,) = await w.access.invitations.list(str(admin.project_id))
    other = await w.access.projects.create(admin, "Other")
    for who, error in (
        (Actor(user_id="u", project_id=other.id, role=Role.admin), NotFound),
        (Actor(user_id="u", project_id=admin.project_id, role=Role.editor), Forbidden),
        (Actor(user_id="u"), Forbidden),
    ):
        with pytest.raises(error):
            await w.access.invitations.delete(who, info.id)
    await w.access.invitations.delete(admin, info.id)
    assert w.actions()[-1] == "invitation.deleted"
    with pytest.raises(NotFound):
        await w.access.invitations.find(token)


@pytest.mark.parametrize("role", [None, Role.viewer, Role.editor])
async def test_only_admins_of_the_project_invite(w: World, role: Role | None) -> None:
    with pytest.raises(Forbidden):
        await w.access.invitations.create(Actor(user_id="u", project_id="p", role=role), BEN, "viewer")


@pytest.mark.parametrize(
    ("email", "role", "error"),
    [("nobody", "viewer", BadInput), (BEN, "owner", BadInput), (EMAIL, "viewer", Conflict)],
)
async def test_bad_invitations_are_refused(w: World, email: str, role: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        await w.access.invitations.create(await w.admin(), email, role)
    assert await w.rows(Invitation) == []


@pytest.mark.parametrize(
    ("name", "password", "field"),
    [("a\0b", OTHER, "name"), ("Ben", "short", "password"), ("Ben", BEN, "password")],
)
async def test_an_account_that_cannot_be_does_not_use_the_invitation_up(
    w: World, name: str, password: str, field: str
) -> None:
    token = await invited(w)
    with pytest.raises(BadInput) as raised:
        await w.access.invitations.sign_up(token, name=name, password=password)
    assert raised.value.field == field
    assert (await w.access.invitations.sign_up(token, name="Ben", password=PASSWORD))[0]
