"""What users say about themselves: their name, their time zone, how pages look."""

from dataclasses import dataclass
from functools import cache
from zoneinfo import available_timezones

from engine.base.actor import Actor
from engine.base.errors import BadInput
from engine.base.payloads import user_data
from engine.store.database import Database
from engine.store.emit import Emit
from engine.store.models import User
from engine.store.tx import Tx

from .names import check_name
from .users import get_user

THEMES = ("light", "dark", "system")


@dataclass(frozen=True)
class Profile:
    """A user as they see themselves."""

    email: str
    name: str
    time_zone: str  # of the IANA database; empty for the browser's
    theme: str  # light, dark or system; empty until one is chosen


@cache
def time_zones() -> tuple[str, ...]:
    """The names of the IANA database that people choose from, sorted: UTC, then places."""
    places = (
        name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/"))
    )
    return ("UTC", *sorted(places))


class Profiles:
    """Reads and changes one's own profile."""

    def __init__(self, db: Database, emit: Emit) -> None:
        self._db = db
        self._emit = emit

    async def get(self, actor: Actor) -> Profile:
        """The actor's own. Raises `NotFound`."""
        user = await self._db.read(lambda tx: get_user(tx, actor.user_id))
        return _profile(user)

    async def save(self, actor: Actor, *, name: str, time_zone: str, theme: str) -> Profile:
        """Change one's own profile. Raises `BadInput` that names the field."""
        name = check_name(name)
        if time_zone and time_zone not in time_zones():
            raise BadInput(f"There is no time zone {time_zone[:100]!r}.", field="time_zone")
        theme = _check_theme(theme)

        def change(tx: Tx) -> Profile:
            user = get_user(tx, actor.user_id)
            before = _profile(user)
            user.name, user.time_zone, user.theme = name, time_zone or None, theme
            tx.session.add(user)
            if _profile(user) != before:
                data = user_data(id=user.id, email=user.email, name=user.name)
                self._emit(tx, "user.updated", data, actor, None)
            return _profile(user)

        return await self._db.write(change)

    async def set_theme(self, actor: Actor, theme: str) -> None:
        """Change how pages look for the actor. Raises `BadInput`."""
        theme = _check_theme(theme)

        def change(tx: Tx) -> None:
            user = get_user(tx, actor.user_id)
            user.theme = theme
            tx.session.add(user)

        await self._db.write(change)


def _check_theme(theme: str) -> str:
    if theme not in THEMES:
        raise BadInput(f"Appearance must be one of {', '.join(THEMES)}.", field="theme")
    return theme


def _profile(user: User) -> Profile:
    return Profile(user.email, user.name, user.time_zone or "", user.theme or "")
