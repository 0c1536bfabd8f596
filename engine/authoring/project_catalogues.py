"""The catalogues of a project: those that ship, and those it added by samples, a document, or by learning."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from engine import catalogues
from engine.base.actor import Actor, Permission
from engine.base.clock import now_iso
from engine.base.errors import BadInput, Conflict, NotFound
from engine.base.ids import new_id
from engine.base.payloads import catalogue_data
from engine.catalogues import Catalogue, CatalogueEvent, definition, learning
from engine.catalogues.definition import Definition
from engine.catalogues.handler_flow import missing_events
from engine.flow import recall
from engine.store import catalogue_store, recent_events
from engine.store.database import Database
from engine.store.emit import Emit
from engine.store.models import CustomCatalogue
from engine.store.tx import Tx

Source = Literal["samples", "asyncapi", "openapi", "learned"]

MAX_CATALOGUES = 100
"""That one project adds."""
_LEARNED = 500  # events that are looked at


@dataclass(frozen=True)
class CatalogueRecord:
    """A catalogue that a project added."""

    id: str
    name: str
    source: str
    definition: Definition
    created: str
    updated: str

    @property
    def catalogue(self) -> Catalogue:
        return catalogues.from_json(self.name, self.definition)


@dataclass(frozen=True)
class Missing:
    """The events of a handler flow's catalogue for which it has no branch."""

    catalogue: Catalogue
    gained: list[CatalogueEvent]
    """Those that the catalogue gained since the flow was generated, and that were not left out since."""
    left_out: list[CatalogueEvent]
    """The others: they were not chosen."""


class Catalogues:
    """The service; one for the process."""

    def __init__(self, db: Database, emit: Emit) -> None:
        self._db = db
        self._emit = emit

    # -- reading --------------------------------------------------------------------------------------

    async def get(self, project_id: str, name: str) -> Catalogue:
        """A catalogue that ships or that the project added. Raises `NotFound`."""
        if name in catalogues.names():
            return catalogues.get(name)
        return (await self.record(project_id, name)).catalogue

    async def record(self, project_id: str, name: str) -> CatalogueRecord:
        """One that the project added. Raises `NotFound`."""
        row = await self._db.read(lambda tx: catalogue_store.find(tx, project_id, name))
        if row is None:
            raise NotFound(f"There is no catalogue {name[:100]!r} in this project.")
        return _record(row)

    async def own(self, project_id: str) -> list[CatalogueRecord]:
        """Those that the project added, by name."""
        rows = await self._db.read(lambda tx: catalogue_store.all_of(tx, project_id))
        return [_record(row) for row in rows]

    async def all(self, project_id: str) -> list[Catalogue]:
        """The project's own, then those that ship."""
        own = [one.catalogue for one in await self.own(project_id)]
        return own + [catalogues.get(name) for name in catalogues.names()]

    async def learn(self, project_id: str, flow_id: str, title: str, discriminator: str = "") -> Definition:
        """What a flow's webhook received of late, as a definition. Raises `BadInput` when nothing came."""
        found = await self._db.search(lambda tx: recent_events.of_flow(tx, project_id, flow_id, _LEARNED))
        events = [
            {"headers": one.event.get("headers"), "body": one.event.get("body")}
            for one in found
            if isinstance(one.event, dict) and learning.is_event(one.event.get("body"))
        ]
        if not events:
            raise BadInput("This flow has received no event yet that could be learned from.", field="flow")
        return await asyncio.to_thread(learning.from_events, events, title, discriminator)

    async def missing(self, project_id: str, flow_id: str) -> Missing | None:
        """Which events a flow's draft misses of the catalogue it was generated from. None if it misses none,
        if it was not generated, or if its catalogue is gone."""
        row = await self._db.read(lambda tx: catalogue_store.handler_flow(tx, project_id, flow_id))
        if row is None:
            return None
        try:
            catalogue = await self.get(project_id, str(row.catalogue))
            found = await asyncio.to_thread(lambda: missing_events(recall(row.draft), catalogue))
        except NotFound:
            return None
        known = set(orjson.loads(row.known_events)) if row.known_events else set(catalogue.events)
        gained = [event for event in found if event.name not in known]
        left_out = [event for event in found if event.name in known]
        return Missing(catalogue, gained, left_out) if found else None

    # -- changing -------------------------------------------------------------------------------------

    async def leave_out(self, actor: Actor, flow_id: str) -> None:
        """Offer no longer what a flow's catalogue gained so far. Raises `NotFound` for a flow without one."""
        actor.require(Permission.edit)
        project_id = str(actor.project_id)
        found = await self.missing(project_id, flow_id)
        names = orjson.dumps(list(found.catalogue.events)).decode() if found else None

        def change(tx: Tx) -> None:
            row = catalogue_store.handler_flow(tx, project_id, flow_id)
            if row is None:
                raise NotFound("There is no such flow that was generated from a catalogue.")
            if names is not None:
                row.known_events = names
                tx.session.add(row)

        await self._db.write(change)

    async def create(
        self, actor: Actor, name: str, given: Mapping[str, Any], source: Source
    ) -> CatalogueRecord:
        """Add a catalogue. Raises `BadInput` that names the field, `Conflict` for a name that is taken."""
        actor.require(Permission.edit)
        definition.check_name(name, catalogues.names())
        made, moment = await asyncio.to_thread(definition.checked, given), now_iso()
        project_id = str(actor.project_id)

        def change(tx: Tx) -> CustomCatalogue:
            if catalogue_store.find(tx, project_id, name) is not None:
                raise Conflict(f"A catalogue named {name} already exists in this project.")
            if catalogue_store.count(tx, project_id) >= MAX_CATALOGUES:
                raise Conflict(f"A project can have at most {MAX_CATALOGUES} catalogues of its own.")
            row = CustomCatalogue(
                id=new_id("cat"), project_id=project_id, name=name, definition=orjson.dumps(made).decode(),
                source=source, created=moment, updated=moment,
            )  # fmt: skip
            tx.session.add(row)
            self._tell(tx, "catalogue.created", row, actor)
            return row

        return _record(await self._db.write(change))

    async def update(self, actor: Actor, name: str, given: Mapping[str, Any]) -> CatalogueRecord:
        """Replace what a catalogue says. Raises `NotFound`, `BadInput`."""
        actor.require(Permission.edit)
        made, project_id = await asyncio.to_thread(definition.checked, given), str(actor.project_id)

        def change(tx: Tx) -> CustomCatalogue:
            row = _there(tx, project_id, name)
            row.definition, row.updated = orjson.dumps(made).decode(), now_iso()
            tx.session.add(row)
            self._tell(tx, "catalogue.updated", row, actor)
            return row

        return _record(await self._db.write(change))

    async def delete(self, actor: Actor, name: str) -> None:
        """Forget a catalogue; flows that were made of it stay. Raises `NotFound`."""
        actor.require(Permission.edit)
        project_id = str(actor.project_id)

        def change(tx: Tx) -> None:
            row = _there(tx, project_id, name)
            self._tell(tx, "catalogue.deleted", row, actor)
            tx.session.delete(row)

        await self._db.write(change)

    def _tell(self, tx: Tx, action: str, row: CustomCatalogue, actor: Actor) -> None:
        events = len(orjson.loads(row.definition)["events"])
        data = catalogue_data(id=row.id, name=row.name, source=row.source, events=events)
        self._emit(tx, action, data, actor, row.project_id)


def _there(tx: Tx, project_id: str, name: str) -> CustomCatalogue:
    row = catalogue_store.find(tx, project_id, name)
    if row is None:
        if name in catalogues.names():
            raise Conflict(f"The catalogue {name} comes with Switchyard and cannot be changed.")
        raise NotFound(f"There is no catalogue {name[:100]!r} in this project.")
    return row


def _record(row: CustomCatalogue) -> CatalogueRecord:
    return CatalogueRecord(
        row.id, row.name, row.source, orjson.loads(row.definition), row.created, row.updated
    )
