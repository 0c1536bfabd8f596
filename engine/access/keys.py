"""API keys: `sk_` and 43 characters, bound to one project with one role, or to the platform."""

import re
from dataclasses import dataclass, replace

from sqlmodel import col, select

from engine.base import clock
from engine.base.actor import Actor, Permission, Role
from engine.base.clock import to_iso
from engine.base.errors import NotFound
from engine.base.ids import new_id
from engine.base.payloads import ApiKeyData, api_key_data
from engine.store.database import Database
from engine.store.emit import Emit
from engine.store.models import ApiKey, Project
from engine.store.tx import Tx

from .names import check_name, check_role
from .tokens import fingerprint, new_token

PREFIX = "sk_"
_FORM = re.compile(r"sk_[A-Za-z0-9]{40,100}")
_TTL = 10.0  # seconds that another process's deletion may take to be seen here
_USED_EVERY = 60.0  # seconds between two writes of `last_used`
_MAX_CACHED = 10_000


@dataclass(frozen=True)
class KeyInfo:
    """A key as lists show it: never the key. Times are ISO 8601."""

    id: str
    project_id: str | None  # None for a key of the platform
    name: str
    role: Role  # admin for a key of the platform
    last4: str
    created: str
    created_by: str | None
    last_used: str | None


class Keys:
    """Makes, finds and deletes API keys. Those in use are remembered for a moment, by their hash."""

    def __init__(self, db: Database, emit: Emit) -> None:
        self._db = db
        self._emit = emit
        self._known: dict[str, tuple[Actor, float]] = {}  # hash → who, until when
        self._used: dict[str, float] = {}  # key id → when `last_used` was written
        self._deletions = 0  # a look-up that began before a deletion must not be remembered

    async def actor(self, token: str, ip: str = "") -> Actor | None:
        """Who calls with this key; None if there is no such key."""
        if not _FORM.fullmatch(token):
            return None
        hashed, now = fingerprint(token), clock.now()
        actor, until = self._known.get(hashed, (None, 0.0))
        if actor is None or until <= now:
            deletions = self._deletions
            key = await self._db.read(
                lambda tx: tx.session.exec(select(ApiKey).where(ApiKey.token_hash == hashed)).first()
            )
            if key is None:
                self._known.pop(hashed, None)
                return None
            actor = _actor(key)
            if deletions == self._deletions:
                if len(self._known) >= _MAX_CACHED:
                    self._known.clear()
                self._known[hashed] = (actor, now + _TTL)
        await self._note_use(actor, now)
        return replace(actor, ip=ip)

    async def create(self, actor: Actor, name: str, role: Role | str) -> tuple[KeyInfo, str]:
        """A new key of the actor's project: what lists show of it, and, only here, the key itself."""
        actor.require(Permission.admin)
        return await self._create(actor, check_name(name), check_role(role), str(actor.project_id))

    async def create_platform(self, actor: Actor, name: str) -> tuple[KeyInfo, str]:
        """A new key of the platform, which manages users and reads no project's flows."""
        actor.require(Permission.platform)
        return await self._create(actor, check_name(name), Role.admin, None)

    async def _create(
        self, actor: Actor, name: str, role: Role, project_id: str | None
    ) -> tuple[KeyInfo, str]:
        token = new_token(PREFIX)
        key = ApiKey(
            id=new_id("key"),
            project_id=project_id,
            name=name,
            role=role,
            token_hash=fingerprint(token),
            last4=token[-4:],
            created=clock.now_iso(),
            created_by=actor.user_id or actor.key_id,
        )
        info = _info(key)

        def change(tx: Tx) -> None:
            if project_id is not None and tx.session.get(Project, project_id) is None:
                raise NotFound("There is no such project.")
            tx.session.add(key)
            self._emit(tx, "api_key.created", _told(info), actor, project_id)

        await self._db.write(change)
        return info, token

    async def list(self, project_id: str | None) -> list[KeyInfo]:
        """The keys of a project, or with None those of the platform, newest first."""
        question = select(ApiKey).where(ApiKey.project_id == project_id).order_by(col(ApiKey.id).desc())
        return await self._db.read(lambda tx: [_info(key) for key in tx.session.exec(question)])

    async def delete(self, actor: Actor, key_id: str) -> None:
        """Delete a key of the actor's project, or one of the platform for an actor in none: the next call
        with it is refused. Raises `NotFound`."""
        actor.require(Permission.platform if actor.project_id is None else Permission.admin)

        def change(tx: Tx) -> str:
            mine = select(ApiKey).where(ApiKey.id == key_id, ApiKey.project_id == actor.project_id)
            key = tx.session.exec(mine).first()
            if key is None:
                raise NotFound("There is no such API key.")
            tx.session.delete(key)
            self._emit(tx, "api_key.deleted", _told(_info(key)), actor, key.project_id)
            return key.token_hash

        hashed = await self._db.write(change)
        self._deletions += 1
        self._known.pop(hashed, None)
        self._used.pop(key_id, None)

    async def _note_use(self, actor: Actor, now: float) -> None:
        key_id = str(actor.key_id)
        if now - self._used.get(key_id, -_USED_EVERY) < _USED_EVERY:
            return
        self._used[key_id] = now

        def change(tx: Tx) -> None:
            key = tx.session.get(ApiKey, key_id)
            if key is not None:
                key.last_used = to_iso(now)
                tx.session.add(key)

        await self._db.write(change)


def _info(key: ApiKey) -> KeyInfo:
    return KeyInfo(
        key.id, key.project_id, key.name, key.role, key.last4, key.created, key.created_by, key.last_used
    )


def _actor(key: ApiKey) -> Actor:
    """Who calls with a key."""
    if key.project_id is None:
        return Actor(key_id=key.id, name=key.name, platform_admin=True)
    return Actor(key_id=key.id, name=key.name, project_id=key.project_id, role=key.role)


def _told(key: KeyInfo) -> ApiKeyData:
    role = "platform" if key.project_id is None else key.role.value
    return api_key_data(id=key.id, name=key.name, role=role, last4=key.last4)
