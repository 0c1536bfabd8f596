"""Access on a real database, for the tests of its parts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from sqlmodel import select

from engine.access import Access, Passwords
from engine.base.actor import Actor
from engine.base.settings import Settings
from engine.store.database import Database
from engine.store.models import User
from engine.store.tx import Tx
from tests.support.clock import ManualClock, manual_clock

EMAIL, PASSWORD, OTHER = "ann@example.com", "a quiet blue kettle", "seven loud red pans"
DAY = 86_400.0
CHEAP = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}


class World:
    """Access on a real database, with a clock that stands until it is moved."""

    def __init__(
        self, db: Database, settings: Settings, clock: ManualClock, hasher: PasswordHasher | None = None
    ) -> None:
        self.db = db
        self.clock = clock
        self.told: list[tuple[str, Any, Actor | None, str | None]] = []
        self.access = Access(
            db,
            settings,
            self._emit,
            passwords=Passwords(hasher or PasswordHasher(**CHEAP)),
        )

    def _emit(self, tx: Tx, action: str, data: Any, actor: Actor | None, project_id: str | None) -> None:
        assert tx.session.in_transaction() or tx.session.is_active
        self.told.append((action, data, actor, project_id))

    def actions(self) -> list[str]:
        return [action for action, *_ in self.told]

    async def sign_in(self, email: str = EMAIL, password: str = PASSWORD, ip: str = "192.0.2.1") -> str:
        return await self.access.accounts.sign_in(email, password, ip=ip, agent="Test")

    async def admin(self) -> Actor:
        """The first admin, in the project Default."""
        token = await self.sign_in()
        (project,) = await self.access.projects.list(Actor.system())
        return (await self.access.sessions.visit(token, project.id)).actor

    async def user_id(self) -> str:
        """Of the first admin."""
        return next(user.id for user in await self.rows(User) if user.email == EMAIL)

    async def user(self, email: str) -> str:
        info, _ = await self.access.users.create(Actor.system(), email, password=OTHER)
        return info.id

    async def rows(self, table: Any) -> list[Any]:
        return await self.db.read(lambda tx: list(tx.session.exec(select(table))))


@asynccontextmanager
async def world(path: Path, hasher: PasswordHasher | None = None, **settings: Any) -> AsyncIterator[World]:
    with manual_clock() as clock:
        db = Database(path / "switchyard.db", "fast")
        db.open()
        made = World(db, Settings(data_dir=path, **settings), clock, hasher)
        try:
            await made.access.start()
            yield made
        finally:
            made.access.close()
            db.close()
