"""`switchyard admin users …`: who may sign in, managed on the machine itself."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import asdict
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from engine.base.actor import Actor
from engine.base.errors import NotFound
from engine.base.settings import Settings

T = TypeVar("T")
Work = Callable[[Any, str], Awaitable[T]]
"""What is done with a user: called with the services of access and the user's id."""

app = typer.Typer(help="Invite, reset, disable, enable and remove users.", no_args_is_help=True)
out = Console(highlight=False)

Who = Annotated[str, typer.Argument(metavar="EMAIL", help="The user's e-mail, or id.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command(name="list")
def list_users(as_json: AsJson = False) -> None:
    """List all users by e-mail."""
    from engine.access import UserInfo

    async def work(access: Any) -> list[UserInfo]:
        return list(await access.users.list(Actor.system()))

    users = _do(_with_access(work))
    if as_json:
        print(json.dumps([asdict(user) for user in users]))
        return
    table = Table("e-mail", "name", "status", "platform admin", "last seen", "id", box=None)
    for user in users:
        status = "disabled" if user.disabled else "invited" if user.pending else "active"
        admin = "yes" if user.platform_admin else ""
        table.add_row(user.email, user.name, status, admin, user.last_seen or "never", user.id)
    out.print(table)


@app.command()
def invite(
    email: Annotated[str, typer.Argument(help="The e-mail address to sign in with.")],
    name: Annotated[str, typer.Option(help="The person's name.")] = "",
    platform_admin: Annotated[bool, typer.Option("--platform-admin", help="May do everything.")] = False,
) -> None:
    """Add a user and print a link under which they choose a password."""

    async def work(access: Any) -> str:
        _, token = await access.users.create(Actor.system(), email, name, platform_admin=platform_admin)
        return str(access.link_url(token))

    print(_do(_with_access(work)))


@app.command()
def reset(
    email: Who,
    second_factor: Annotated[
        bool, typer.Option("--second-factor", help="Turn two-step sign-in off as well.")
    ] = False,
) -> None:
    """Print a sign-in link, under which a user chooses a new password. The old one works until then."""

    async def work(access: Any, user_id: str) -> str:
        if second_factor:
            await access.second_factor.reset(Actor.system(), user_id)
        return str(access.link_url(await access.users.reset_link(Actor.system(), user_id)))

    print(_do(_with_user(email, work)))


@app.command()
def disable(email: Who) -> None:
    """Shut a user out: their sessions and links end at once."""
    _do(_with_user(email, lambda access, id: access.users.set_disabled(Actor.system(), id, True)))
    out.print(f"Disabled {email}.", markup=False)


@app.command()
def enable(email: Who) -> None:
    """Let a disabled user sign in again."""
    _do(_with_user(email, lambda access, id: access.users.set_disabled(Actor.system(), id, False)))
    out.print(f"Enabled {email}.", markup=False)


@app.command()
def remove(
    email: Who, yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False
) -> None:
    """Remove a user for good. What they created stays, API keys too."""
    if not yes:
        typer.confirm(f"Remove {email}?", abort=True)
    _do(_with_user(email, lambda access, id: access.users.remove(Actor.system(), id)))
    out.print(f"Removed {email}.", markup=False)


@app.command(name="grant-admin")
def grant_admin(email: Who) -> None:
    """Make a user platform admin."""
    _do(_with_user(email, lambda access, id: access.users.set_platform_admin(Actor.system(), id, True)))
    out.print(f"{email} is now a platform admin.", markup=False)


@app.command(name="revoke-admin")
def revoke_admin(email: Who) -> None:
    """Revoke platform admin from a user."""
    _do(_with_user(email, lambda access, id: access.users.set_platform_admin(Actor.system(), id, False)))
    out.print(f"{email} is no longer a platform admin.", markup=False)


def _do(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


async def _with_access(work: Callable[[Any], Awaitable[T]]) -> T:
    from engine import administration

    async with administration.opened(Settings.from_env()) as here:
        return await work(here.access)


async def _with_user(who: str, work: Work[T]) -> T:
    """Do something with the user of an e-mail or id. Raises `NotFound`."""

    async def with_user(access: Any) -> T:
        for user in await access.users.list(Actor.system()):
            if who.strip().lower() == user.email or who == user.id:
                return await work(access, user.id)
        raise NotFound(f"There is no user {who[:200]!r}.")

    return await _with_access(with_user)
