"""Users of the whole instance, for keys of the platform (`switchyard admin api-key NAME --platform`)."""

from typing import ClassVar

from pydantic import Field

from engine.access import SecondFactor, UserInfo, Users
from engine.access.links import LIFETIME, link_url
from engine.base import clock
from engine.base.actor import Actor, Permission
from engine.base.settings import Settings
from engine.store.paging import Page

from . import shapes
from .operation import operation
from .shapes import Body, ResponseBody

_PLATFORM = Permission.platform


class PlatformUser(ResponseBody):
    id: str
    email: str
    name: str
    platform_admin: bool
    disabled: bool
    second_factor: bool = Field(description="Signs in with a code of an authenticator app too")
    pending: bool = Field(description="Has not chosen a password yet")
    created: shapes.Moment
    last_seen: shapes.Moment | None


class SignInLink(ResponseBody):
    url: str = Field(description="Shown only here. Whoever opens it chooses the password")
    expires: shapes.Moment


class InvitedUser(PlatformUser):
    link: SignInLink


class PlatformUserReset(Body):
    may_be_absent: ClassVar[bool] = True
    second_factor: bool = Field(False, description="Turn two-step sign-in off as well")


class NewPlatformUser(Body):
    email: str = Field(max_length=320, examples=["ann@example.com"])
    name: str = Field("", max_length=200)
    platform_admin: bool = False


class PlatformUserChange(Body):
    """What is left out stays as it is."""

    name: str | None = Field(None, max_length=200)
    platform_admin: bool | None = None


@operation("GET", "/platform/users", _PLATFORM, answer=shapes.List[PlatformUser])
async def list_platform_users(users: Users, actor: Actor) -> Page[UserInfo]:
    """List all users by e-mail."""
    return Page(await users.list(actor))


@operation("POST", "/platform/users", _PLATFORM, answer=InvitedUser, status=201, errors=(409,))
async def invite_platform_user(
    users: Users, settings: Settings, actor: Actor, body: NewPlatformUser
) -> InvitedUser:
    """Invite a user.

    The answer has a link, valid for 24 hours and once, under which they choose a password."""
    made, token = await users.create(actor, body.email, body.name, platform_admin=body.platform_admin)
    return InvitedUser(**vars(made), link=_link(settings, str(token)))


@operation("GET", "/platform/users/{user_id}", _PLATFORM, answer=PlatformUser)
async def read_platform_user(users: Users, actor: Actor, user_id: str) -> UserInfo:
    """Read a user."""
    return await users.get(actor, user_id)


@operation("PATCH", "/platform/users/{user_id}", _PLATFORM, answer=PlatformUser, errors=(409,))
async def change_platform_user(
    users: Users, actor: Actor, user_id: str, body: PlatformUserChange
) -> UserInfo:
    """Rename a user, or grant or revoke platform admin.

    The last platform admin stays: revoking it from them is a conflict."""
    return await users.change(actor, user_id, name=body.name, platform_admin=body.platform_admin)


@operation("DELETE", "/platform/users/{user_id}", _PLATFORM, answer=None, status=204, errors=(409,))
async def remove_platform_user(users: Users, actor: Actor, user_id: str) -> None:
    """Remove a user.

    Their sessions and memberships end. What they created stays, API keys too."""
    await users.remove(actor, user_id)


@operation("POST", "/platform/users/{user_id}/reset", _PLATFORM, answer=SignInLink, errors=(409,))
async def reset_platform_user(
    users: Users,
    second_factor: SecondFactor,
    settings: Settings,
    actor: Actor,
    user_id: str,
    body: PlatformUserReset,
) -> SignInLink:
    """Create a sign-in link.

    It is valid for 24 hours and once; the user chooses a new password under it. Until then the old one
    works."""
    token = await users.reset_link(actor, user_id)
    if body.second_factor:
        await second_factor.reset(actor, user_id)
    return _link(settings, token)


@operation("POST", "/platform/users/{user_id}/disable", _PLATFORM, answer=PlatformUser, errors=(409,))
async def disable_platform_user(users: Users, actor: Actor, user_id: str) -> UserInfo:
    """Disable a user.

    Their sessions and links end at once."""
    return await users.set_disabled(actor, user_id, True)


@operation("POST", "/platform/users/{user_id}/enable", _PLATFORM, answer=PlatformUser)
async def enable_platform_user(users: Users, actor: Actor, user_id: str) -> UserInfo:
    """Enable a disabled user."""
    return await users.set_disabled(actor, user_id, False)


def _link(settings: Settings, token: str) -> SignInLink:
    return SignInLink(url=link_url(settings.base_url, token), expires=clock.to_iso(clock.now() + LIFETIME))


OPERATIONS = (
    list_platform_users,
    invite_platform_user,
    read_platform_user,
    change_platform_user,
    remove_platform_user,
    reset_platform_user,
    disable_platform_user,
    enable_platform_user,
)
