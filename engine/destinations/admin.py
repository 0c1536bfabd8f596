"""Destinations as people make, change, verify and switch them."""

import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

import orjson

from engine.base import clock, payloads
from engine.base.actor import Actor, Permission
from engine.base.errors import BadInput, Forbidden
from engine.base.ids import new_id
from engine.base.redaction import MASK
from engine.base.secrets import Vault, VaultError
from engine.base.settings import Settings
from engine.events.listeners import Interest
from engine.store.database import Database
from engine.store.emit import Emit
from engine.store.models import Destination
from engine.store.tx import Tx

from . import delivery_store, fan_out, queries, schema, signing, store
from .delivery import Delivery, Sender
from .fan_out import FlowAt
from .message import AttemptResult
from .records import Created, DestinationRecord
from .secrets import Sealed

Records = list[DestinationRecord]
Rows = list[Destination]
T = TypeVar("T")

MAX_OVERLAP_H = 168.0


def require(actor: Actor, project_id: str | None, permission: Permission) -> None:
    """Raise `Forbidden` unless the actor may do this in the project, or on the platform for None."""
    if project_id is None:
        actor.require(Permission.platform)
        return
    actor.require(permission)
    if actor.project_id != project_id:
        raise Forbidden("Use the destination's project for this.")


class Keeper:
    """Keeps the destinations of all projects and of the platform."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        settings: Settings,
        interest: Interest,
        emit: Emit,
        sender: Sender,
        flow_at: FlowAt,
        draw: Callable[[], float] = random.random,
    ) -> None:
        """`flow_at` gives the flow of this instance that a web address leads to; `now` and `draw` are the
        clock and the dice of the deliveries."""
        self._db = db
        self._sealed = Sealed(vault, urlsplit(settings.base_url).hostname or "")
        self._settings = settings
        self._interest = interest
        self._emit = emit
        self._flow_at = flow_at
        self.engine = Delivery(db, sender, self._sealed.target, flow_at, draw)

    # -- reading ------------------------------------------------------------------------------

    async def list(self, project_id: str | None) -> Records:
        """The destinations of a project, or those of the platform for None, by name."""
        return await self._db.read(lambda tx: self._records(tx, list(store.rows(tx, project_id))))

    async def get(self, project_id: str | None, destination_id: str) -> DestinationRecord:
        """One of them. Raises `NotFound`."""

        def question(tx: Tx) -> DestinationRecord:
            return self._records(tx, [store.row(tx, project_id, destination_id)])[0]

        return await self._db.read(question)

    # -- writing ------------------------------------------------------------------------------

    async def create(self, actor: Actor, project_id: str | None, given: Mapping[str, Any]) -> Created:
        """A new destination, verified at once where that is asked for. Raises `BadInput` naming a field.

        The secret is given back this once.
        """
        require(actor, project_id, Permission.admin)
        asked = self._read(given)
        now, keys = clock.now_iso(), signing.new_keys()
        active = asked.verification == "none"
        row = Destination(
            id=new_id("dst"), project_id=project_id, name=asked.name, kind=asked.kind, url=asked.url,
            events="[]", verification=asked.verification, status="active" if active else "pending",
            reason="" if active else "not verified yet", created=now, updated=now, creator=actor.user_id,
        )  # fmt: skip
        row.secret = self._sealed.seal_keys(row, keys)
        self._fill(row, asked)

        def change(tx: Tx) -> None:
            self._check_flow(tx, row)
            if not store.listeners(tx):
                fan_out.place_at_end(tx)  # nobody has listened to what was said before
            tx.session.add(row)
            tx.session.flush()
            self._told(tx, "event_destination.created", row, actor)

        await self._write(change)
        self._changed(row)
        answer = None if active else await self.verify(actor, project_id, row.id)
        return Created(await self.get(project_id, row.id), keys[0].v1, answer)

    async def update(
        self, actor: Actor, project_id: str | None, destination_id: str, changes: Mapping[str, Any]
    ) -> DestinationRecord:
        """Change some fields. Raises `BadInput`.

        Options are taken one by one, headers and credentials as a whole: of those an empty value keeps what
        is there under this name. They belong to the address: one elsewhere does not get the old ones, and
        has to be verified again.
        """
        require(actor, project_id, Permission.admin)
        if not isinstance(changes, Mapping):
            raise BadInput("Changes must be an object.")

        def change(tx: Tx) -> tuple[Destination, bool]:
            row = store.row(tx, project_id, destination_id)
            before = self._sealed.url(row)
            self._fill(row, self._merged(row, changes))
            self._check_flow(tx, row)
            moved = self._sealed.url(row) != before and row.verification != "none"
            asks = moved and row.status != "inactive"  # one that is switched off stays so
            if moved:
                row.status, row.reason = "pending", "the address has changed and is not verified yet"
            row.updated = clock.now_iso()
            tx.session.add(row)
            tx.session.flush()
            self._told(tx, "event_destination.updated", row, actor)
            return row, asks

        row, asks = await self._write(change)
        self._changed(row)
        if asks:
            await self.verify(actor, project_id, destination_id)
        return await self.get(project_id, destination_id)

    async def delete(self, actor: Actor, project_id: str | None, destination_id: str) -> None:
        """Delete a destination. Its deliveries are wiped soon after, a few at a time."""
        require(actor, project_id, Permission.admin)

        def change(tx: Tx) -> Destination:
            row = store.row(tx, project_id, destination_id)
            self._told(tx, "event_destination.deleted", row, actor)
            row.status, row.headers, row.secret = store.GONE, b"", b""
            tx.session.add(row)
            tx.session.flush()
            if not store.listeners(tx):
                fan_out.drop_cursor(tx)  # or no event could ever be forgotten
            return row

        row = await self._write(change)
        self._interest.drop(f"destination:{row.id}")
        self.engine.removed(row.id)

    async def verify(self, actor: Actor, project_id: str | None, destination_id: str) -> AttemptResult:
        """Ask the target whether it wants events, in the way that its destination names: one that is pending
        is active if so. What was verified before stays as it is, whatever the answer."""
        require(actor, project_id, Permission.admin)
        row = await self._db.read(lambda tx: store.row(tx, project_id, destination_id))
        if row.verification == "none":
            raise BadInput(
                "This destination does not need verification; enable it instead.", field="verification"
            )
        answer = await self.engine.sender.verify(self._sealed.target(row), row.verification)
        if row.status != "pending":
            return answer
        if answer.ok:
            await self._switch(actor, project_id, destination_id, "active", "")
            await self._let_go(destination_id)  # they were held only for this
        else:
            reason = f"not verified: {answer.error or f'the answer was {answer.status}'}"[:300]
            await self._switch(actor, project_id, destination_id, "pending", reason)
        return answer

    async def enable(self, actor: Actor, project_id: str | None, destination_id: str) -> DestinationRecord:
        """Set it active. One that must be verified and never was stays pending: raises `BadInput`."""
        require(actor, project_id, Permission.admin)
        row = await self._db.read(lambda tx: store.row(tx, project_id, destination_id))
        if row.status == "pending" and row.verification != "none":
            raise BadInput("Verify this destination first.", field="status")
        await self._switch(actor, project_id, destination_id, "active", "")
        return await self.get(project_id, destination_id)

    async def disable(
        self, actor: Actor, project_id: str | None, destination_id: str, reason: str = "by a person"
    ) -> DestinationRecord:
        """Set it inactive: its events are held from now on."""
        require(actor, project_id, Permission.admin)
        await self._switch(actor, project_id, destination_id, "inactive", reason[:300])
        return await self.get(project_id, destination_id)

    async def rotate(
        self,
        actor: Actor,
        project_id: str | None,
        destination_id: str,
        overlap_h: float = signing.OVERLAP_H,
    ) -> str:
        """A new secret, given back this once; the old one signs beside it for so many hours."""
        require(actor, project_id, Permission.admin)
        if not 0 <= overlap_h <= MAX_OVERLAP_H:
            raise BadInput(f"The overlap must be 0 to {MAX_OVERLAP_H:g} hours.", field="overlap_h")

        def change(tx: Tx) -> tuple[Destination, str]:
            row = store.row(tx, project_id, destination_id)
            keys = signing.rotate(self._sealed.keys(row), overlap_h, clock.now())
            row.secret, row.updated = self._sealed.seal_keys(row, keys), clock.now_iso()
            tx.session.add(row)
            self._told(tx, "event_destination.secret_rotated", row, actor)
            return row, keys[0].v1

        row, secret = await self._write(change)
        self._changed(row)
        return secret

    async def public_keys(self, project_id: str | None, destination_id: str) -> dict[str, Any]:
        """What receivers check `v1a` signatures with, as a JWK set. Raises `NotFound`."""
        row = await self._db.read(lambda tx: store.row(tx, project_id, destination_id))
        return signing.public_keys(self._sealed.keys(row), clock.now())

    async def published_keys(self, destination_id: str) -> dict[str, Any]:
        """The same for whoever knows the id: public keys are for everybody. Raises `NotFound`."""
        row = await self._db.read(lambda tx: store.anybodys(tx, destination_id))
        return signing.public_keys(self._sealed.keys(row), clock.now())

    # -- inside -------------------------------------------------------------------------------

    async def _switch(
        self, actor: Actor | None, project_id: str | None, destination_id: str, status: str, reason: str
    ) -> str:
        """Change its status; the one it had."""

        def change(tx: Tx) -> tuple[Destination, str]:
            row = store.row(tx, project_id, destination_id)
            before = row.status
            row.status, row.reason, row.updated = status, reason, clock.now_iso()
            if status == "active":
                row.failing_since = None
            tx.session.add(row)
            tx.session.flush()
            if before != status and status != "pending":
                self._told(tx, f"event_destination.{_SAID[status]}", row, actor)
            return row, before

        row, before = await self._write(change)
        self._changed(row)
        return before

    async def _write(self, change: Callable[[Tx], T]) -> T:
        """Change destinations: who is told of what is decided anew from then on."""

        def work(tx: Tx) -> T:
            self.engine.fan_out.forget()
            return change(tx)

        return await self._db.write(work)

    async def _let_go(self, destination_id: str) -> int:
        """Deliver what is held; how many."""
        count, moved = 0, 1
        while moved:
            now = clock.now_iso()
            moved = await self._db.submit(
                partial(
                    delivery_store.move,
                    destination_id=destination_id,
                    before="held",
                    after="pending",
                    now=now,
                )
            )
            count += moved
            self.engine.refresh(destination_id)
        return count

    def _changed(self, row: Destination) -> None:
        """The row is stored: whoever remembers it has to look again."""
        self._interest.set(f"destination:{row.id}", row.project_id, orjson.loads(row.events))
        self.engine.changed(row)

    def _read(self, given: Mapping[str, Any]) -> schema.Spec:
        allow_http = self._settings.allow_http_destinations
        return schema.read(given, allow_http=allow_http, own_flow=self._own_flow)

    def _own_flow(self, url: str) -> str | None:
        return self._flow_at(url) if "://" in url else None

    def _merged(self, row: Destination, changes: Mapping[str, Any]) -> schema.Spec:
        """What the row says, with the changes over it."""
        if changes.get("kind", row.kind) != row.kind:
            raise BadInput("The kind of a destination cannot be changed. Create another one.", field="kind")
        sealed = {name: changes[name] for name in ("headers", "credentials") if name in changes}
        options = changes.get("options") or {}
        if not isinstance(options, Mapping):
            raise BadInput("Options must be an object.", field="options")
        stored = self._sealed.url(row)
        if isinstance(changes.get("url"), str):
            elsewhere = schema.origin(row.kind, changes["url"]) != schema.origin(row.kind, stored)
            changes = {**changes, "url": queries.unmasked(changes["url"], "" if elsewhere else stored)}
        given = {
            "name": row.name, "kind": row.kind, "url": stored, "events": orjson.loads(row.events),
            "format": row.format, "verification": row.verification, **changes,
            "options": {**orjson.loads(row.options), **options}, "headers": None, "credentials": None,
        }  # fmt: skip
        asked = self._read(given)
        stays = schema.origin(asked.kind, asked.url) == schema.origin(row.kind, row.url)
        extras = self._sealed.extras(row) if stays else {}
        known = {name: extras.get(name, {}) for name in ("headers", "credentials")}
        for name, value in sealed.items():
            if isinstance(value, Mapping):
                blank = ("", None, MASK)
                sealed[name] = {key: known[name].get(key) if text in blank else text
                                for key, text in value.items()}  # fmt: skip
        checked = self._read({**given, **{name: known[name] for name in known}, **sealed})
        return replace(asked, headers=checked.headers, credentials=checked.credentials)

    def _fill(self, row: Destination, asked: schema.Spec) -> None:
        row.name, row.url, row.format = asked.name, queries.masked(asked.url), asked.format
        row.events = orjson.dumps(asked.events).decode()
        row.verification = asked.verification
        row.options = orjson.dumps(asdict(asked.options)).decode()
        kept = {"headers": dict(asked.headers), "credentials": dict(asked.credentials)}
        kept["address"] = {"query": queries.query_of(asked.url)}
        row.headers = self._sealed.seal_extras(row, kept)

    def _seal_queries(self, tx: Tx) -> None:
        """Seal the queries of addresses that an earlier Switchyard stored as they are."""
        for row in store.everything(tx):
            query = queries.query_of(row.url)
            if row.status == store.GONE or query == queries.query_of(queries.masked(row.url)):
                continue
            with suppress(VaultError):  # of another key: nothing of it can be used
                extras = {**self._sealed.extras(row), "address": {"query": query}}
                row.headers, row.url = self._sealed.seal_extras(row, extras), queries.masked(row.url)
                tx.session.add(row)

    def _check_flow(self, tx: Tx, row: Destination) -> None:
        """A destination that is a flow's leads to a flow of its project."""
        if row.kind != "flow":
            return
        flow = store.flow(tx, row.url)
        if flow is None or (row.project_id is not None and flow.project_id != row.project_id):
            raise BadInput("There is no such flow in this project.", field="url")

    def _told(self, tx: Tx, action: str, row: Destination, actor: Actor | None, **more: Any) -> None:
        data = payloads.destination_data(
            id=row.id, name=row.name, kind=row.kind, status=row.status, reason=row.reason,
            events=orjson.loads(row.events), url=row.url, **more,
        )  # fmt: skip
        self._emit(tx, action, data, actor, row.project_id)

    def _records(self, tx: Tx, rows: Rows) -> Records:
        held = store.held(tx, [row.id for row in rows])
        return [self._record(tx, row, held.get(row.id, 0)) for row in rows]

    def _record(self, tx: Tx, row: Destination, held: int) -> DestinationRecord:
        flow_id = row.url if row.kind == "flow" else self._own_flow(row.url)
        flow = store.flow(tx, flow_id) if flow_id else None
        if flow is not None and row.project_id not in (None, flow.project_id):
            flow = None  # another project's: nothing of it is shown
        kept = self._sealed.extras(row)
        return DestinationRecord(
            id=row.id, project_id=row.project_id, name=row.name, kind=row.kind, url=row.url,
            events=orjson.loads(row.events), format=row.format, header_names=sorted(kept["headers"]),
            credential_names=sorted(kept["credentials"]), verification=row.verification,
            status=row.status, reason=row.reason, options=orjson.loads(row.options),
            failing_since=row.failing_since, held=held, last_delivered=row.last_delivered,
            last_failed=row.last_failed, created=row.created, updated=row.updated, creator=row.creator,
            flow_id=flow.id if flow else None, flow_name=flow.name if flow else None,
            flow_published=flow.enabled and flow.published_version is not None if flow else None,
        )  # fmt: skip


_SAID = {"active": "activated", "inactive": "deactivated"}
