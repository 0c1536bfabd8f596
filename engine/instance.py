"""All parts of one instance, put together from its settings; `start` it, use it, `stop` it."""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import httpx
import orjson
from sqlmodel import Session

import pieces
from engine.access import Access
from engine.authoring.active_flows import ActiveFlow
from engine.authoring.edits import Edits
from engine.authoring.flows import Flows
from engine.authoring.folders import Folders
from engine.authoring.presence import Presence
from engine.authoring.project_catalogues import Catalogues
from engine.base import clock, payloads
from engine.base.actor import Actor
from engine.base.errors import NotFound, NotSignedIn, Unavailable
from engine.base.pubsub import Live
from engine.base.secrets import Vault
from engine.base.settings import Settings
from engine.connections.service import Connections
from engine.destinations import MOST_ON_THEIR_WAY, Destinations, forget_deliveries
from engine.destinations.senders import Senders
from engine.events import outbox
from engine.events.audit_log import AuditLog
from engine.events.listeners import Interest
from engine.flow import parse
from engine.http.egress import Egress, EgressRefused
from engine.http.lineage import Lineage
from engine.intake.handshakes import Confirmation
from engine.piece_context import PieceContexts
from engine.runs import dedupe
from engine.runs.flow_starts import FlowStarts
from engine.runs.plan import Plan
from engine.runs.plans import Found, Plans
from engine.runs.queue import Claim, Queue
from engine.runs.run_events import RunEvents
from engine.runs.service import Runs
from engine.runs.worker import Worker
from engine.signatures import SignatureError, verify_sns
from engine.signatures.sns_certificates import Certificates, from_outside
from engine.store import cycle_guard, retention, run_store, topic_store
from engine.store.database import Database
from engine.store.deleted_store import Removed
from engine.store.models import FlowVersion
from engine.store.ordering import Woken
from engine.store.run_store import Ending, NewRun
from engine.triggers.calls import TriggerCalls
from engine.triggers.consumers import Feeds
from engine.triggers.service import Triggers
from engine.triggers.topics import Topics

log = logging.getLogger("switchyard")

_SWEEP = 600  # seconds between two sweeps of what is too old
_DEDUPE_DAYS = 7
_DRAFT_DAYS = 1


class Switchyard:
    """One instance. Raises what a part raises when it cannot start (a key file, a database too new)."""

    def __init__(self, settings: Settings, registry: pieces.Registry | None = None) -> None:
        self.settings = settings
        self.db = Database(settings.database_path, settings.durability)
        self.vault = Vault.from_settings(settings)
        self.pieces = registry or pieces.registry()
        self.egress = Egress(settings.egress_allow)
        self.certificates = Certificates(from_outside(self.egress))
        self.live = Live()
        self.presence = Presence(self.live)
        self.interest = Interest()
        self.audit = AuditLog(self.db)
        self.access = Access(self.db, settings, outbox.emit)
        self.queue = Queue(self.db, settings)
        self.plans = Plans(self.pieces)
        self.connections = Connections(
            self.db, self.vault, self.pieces, self._form_context, outbox.emit, egress=self.egress
        )
        self.flows = Flows(self.db, self.pieces, self.connections, outbox.emit, settings)
        self.folders = Folders(self.db, outbox.emit)
        self.catalogues = Catalogues(self.db, outbox.emit)
        self.edits = Edits(self.db, self.pieces, self.flows, outbox.emit)
        key = self.vault.key_for("lineage")
        self.lineage = Lineage(key, settings.base_url, settings.host, settings.port)
        self.feeds = Feeds(
            self.db, self.queue, self.flows, self.pieces, self.interest, self._note_trigger,
            settings.max_backlog // 2,
        )  # fmt: skip
        self.topics = Topics(self.db, self.feeds, settings)
        self.surroundings = PieceContexts(
            self.db, self.pieces, self.egress, self.connections, self.flows, self.queue, self.lineage,
            self.topics,
        )  # fmt: skip
        self.telling = RunEvents(self.interest)
        self.worker = Worker(
            self.db,
            self.queue,
            self.live,
            settings,
            load_plan=self._plan_of_claim,
            make_context=self.surroundings.context,
            on_ended=self._on_ended,
            telling=self.telling,
        )
        self.surroundings.worker = self.worker
        self.runs = Runs(self.db, self.queue, self.worker, self.flows, self.telling)
        self.triggers = Triggers(
            self.db, self.queue, self.flows, self.pieces, self.egress, self.connections, settings.base_url
        )
        self.flows.on_change(self.triggers.changed)
        self.flows.on_change(lambda flow_id: self.live.publish(f"flow:{flow_id}", {"type": "changed"}))
        self.flows.on_change(self.feeds.changed)
        self.flows.on_delete(self._flow_deleting, self._flow_deleted)
        # A way out of its own: targets that are slow keep places there, and no run waits for them.
        self._deliveries_egress = Egress(
            settings.egress_allow, most=MOST_ON_THEIR_WAY, most_idle=MOST_ON_THEIR_WAY
        )
        self.senders = Senders(
            self._deliveries_egress,
            data_dir=settings.data_dir,
            base_url=settings.base_url,
            start=FlowStarts(self.db, self.queue, self.published),
            publish=self.topics.publish,
            write_lineage=self.lineage.header,
            webhook_at=self.lineage.webhook_at,
        )
        self.destinations = Destinations(
            self.db, self.vault, settings, self.interest, outbox.emit, self.senders, self.lineage.flow_at
        )
        self.queue.limit_of = self._limit_of
        self.queue.order_of = self._order_of
        self._loading: dict[str, asyncio.Task[Plan | None]] = {}
        self.ready = False
        self._sweeper: asyncio.Task[None] | None = None

    # -- life -------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Open the store, recover what an earlier process left, begin to work."""
        self.db.open(alone=True)
        await self.access.start()
        await self.queue.start()
        if self.queue.recovered:
            log.warning(
                "%d runs were in flight when the last process ended; they go on now", self.queue.recovered
            )
        await self.destinations.start()  # before runs go on: their events are written for those who listen
        await self.feeds.start(await self.flows.enabled_ids())
        self.worker.start()
        await self.db.submit(self._tell_of_broken_pieces)
        await self.triggers.start()
        self._sweeper = asyncio.create_task(self._sweep_forever(), name="sweeper")
        self.ready = True

    async def stop(self) -> None:
        """Take nothing new, let runs come to an end, close the store."""
        self.ready = False
        if self._sweeper is not None:
            self._sweeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._sweeper
        await self.destinations.stop()
        await self.feeds.stop()
        await self.triggers.stop()
        await self.worker.stop()
        await self.connections.tokens.settle()
        await self.senders.aclose()
        await self._deliveries_egress.aclose()
        await self.egress.aclose()
        self.access.close()
        await asyncio.to_thread(self.db.close)
        await asyncio.sleep(0)  # what the writer released last

    def _tell_of_broken_pieces(self, connection: sqlite3.Connection) -> None:
        for broken in self.pieces.broken:
            error = broken.traceback.strip().rpartition("\n")[2]
            data = payloads.piece_broken_data(name=broken.name, error=error)
            outbox.emit_with(connection, "piece.broken", data, None, None)

    # -- plans --------------------------------------------------------------------------------------

    def _limit_of(self, version_id: str) -> int | None:
        plan = self.plans.known(version_id)
        return None if plan is None else plan.concurrency or self.settings.flow_concurrency

    def _order_of(self, run: NewRun) -> str | Awaitable[str | None] | None:
        """Tests are run by hand and wait for nobody."""
        if run.environment != "production":
            return None
        plan = self.plans.known(run.version_id)
        return self._loaded_order(run) if plan is None else dedupe.order_key(plan, run.event)

    async def _loaded_order(self, run: NewRun) -> str | None:
        return dedupe.order_key(await self._load_plan(run), run.event)

    def _plan(self, flow: ActiveFlow) -> Plan:
        return self.plans.known(flow.version_id) or self._compile(
            flow.definition, flow.flow_id, flow.project_id, flow.version_id, flow.version
        )

    def _compile(self, definition: Any, flow_id: str, project_id: str, version_id: str, version: int) -> Plan:
        identity = {
            "flow_id": flow_id,
            "project_id": project_id,
            "version_id": version_id,
            "version": version,
        }
        return self.plans.compile(parse(definition), identity)

    def _plan_of_claim(self, claim: Claim) -> Any:
        return self.plans.known(claim.version_id) or self._load_plan(claim)

    async def _load_plan(self, claim: Claim | NewRun) -> Plan:
        """Whoever asks while it is loaded gets the same one, in the order of asking."""
        version_id = claim.version_id
        loading = self._loading.get(version_id)
        if loading is None:
            loading = asyncio.create_task(self._read_plan(version_id))
            self._loading[version_id] = loading
            loading.add_done_callback(lambda _: self._loading.pop(version_id))
        plan = await asyncio.shield(loading)
        if plan is None or plan.project_id != claim.project_id:
            raise NotFound(f"The version {version_id} of run {claim.id} is gone.")
        return plan

    async def _read_plan(self, version_id: str) -> Plan | None:
        row = await self.db.read(lambda session: session.get(FlowVersion, version_id))
        if row is None:
            return None
        return self._compile(orjson.loads(row.definition), row.flow_id, row.project_id, row.id, row.number)

    # -- for the intake (`webhooks.PieceContexts`) ------------------------------------------------------

    async def published(self, flow_id: str) -> Found | None:
        flow = await self.flows.active(flow_id)
        return None if flow is None else Found(self._plan(flow), flow.enabled)

    async def draft(self, flow_id: str) -> Found | None:
        flow = await self.flows.draft(flow_id)
        if flow is None:
            return None
        return Found(self._plan(flow), flow.enabled, partial(self.flows.freeze, flow))

    async def secret(self, project_id: str, connection: str) -> dict[str, str]:
        return await self.connections.secret(project_id, connection)

    async def save_sample(self, project_id: str, flow_id: str, name: str, event: Any) -> str:
        sample = {key: event[key] for key in ("method", "headers", "query", "body") if key in event}
        kept = await self.flows.save_sample(project_id, flow_id, name, sample)
        self.live.publish(f"flow:{flow_id}", {"type": "sample", "name": kept})
        return kept

    async def learn(self, project_id: str, connection: str, fields: dict[str, str]) -> None:
        await self.connections.learn(project_id, connection, fields)

    async def confirm(self, confirmation: Confirmation) -> None:
        """Check the message of Amazon SNS against its certificate, then ask for the subscription."""
        certificate = await self.certificate(confirmation.certificate_url)
        try:
            verify_sns(confirmation.message, certificate)
        except SignatureError as error:
            raise NotSignedIn(f"The subscription could not be confirmed: {error}") from error
        try:
            client = self.egress.client(timeout=10)
            (await client.get(confirmation.subscribe_url)).raise_for_status()
        except (EgressRefused, httpx.HTTPError, OSError) as error:
            raise Unavailable(f"The subscription could not be confirmed: {error}", retry_after=20) from error

    async def certificate(self, url: str) -> bytes:
        return await self.certificates.get(url)

    async def cut(self, project_id: str, run_id: str, flow_id: str, reason: str) -> None:
        await self.db.submit(
            lambda connection: cycle_guard.note(connection, project_id, run_id, flow_id, "webhook", reason)
        )

    @property
    def calls(self) -> TriggerCalls:
        return self.triggers.calls

    def waiter(self, run_id: str) -> "asyncio.Future[Any]":
        return self.worker.waiter(run_id)

    def _flow_deleting(self, session: Session, removed: Removed, actor: Actor) -> None:
        connection: Any = session.connection().connection.driver_connection
        self.telling.canceled(connection, removed.canceled, actor)
        self.telling.resumed(connection, removed.woken)

    def _flow_deleted(self, removed: Removed) -> None:
        for run_id in removed.running:
            self.worker.cancel(run_id, "The flow was deleted.")
        for run in removed.woken:
            self.queue.admit(run.flow_id, run.project_id)
        self.worker.release_order_slots()

    # -- for the worker ---------------------------------------------------------------------------------

    def _form_context(self, piece: pieces.Piece, project_id: str, auth: dict[str, str]) -> pieces.Context:
        return self.surroundings.for_form(piece, project_id, auth)

    async def _note_trigger(self, project_id: str, flow_id: str, name: str, error: str | None) -> None:
        await self.triggers.subscriptions.note(project_id, flow_id, name, error)

    def _on_ended(
        self, connection: sqlite3.Connection, claim: Claim, plan: Plan, ending: Ending
    ) -> Sequence[Woken]:
        """In the transaction of a run's end: its events, and the run that waits for it."""
        self.telling.ended(connection, claim, plan, ending)
        if claim.parent_run_id is None:
            return ()
        woken = run_store.wake_one(connection, claim.parent_run_id)
        self.telling.resumed(connection, woken)
        return woken

    # -- what is too old --------------------------------------------------------------------------------

    async def _sweep_forever(self) -> None:
        while True:
            try:
                await self._sweep()
            except Exception:  # a sweep that fails must not end all others
                log.exception("the sweep of old runs failed")
            await asyncio.sleep(_SWEEP)

    async def _sweep(self) -> None:
        limit = retention.id_before(clock.now() - self.settings.run_retention_days * 86_400)
        deliveries = _days_ago(self.settings.delivery_retention_days)
        for forget, before in (
            (retention.delete_old, limit),
            (topic_store.forget, _days_ago(self.settings.run_retention_days)),
            (cycle_guard.forget, _days_ago(self.settings.run_retention_days)),
            (forget_deliveries, deliveries),
            (retention.forget_seen, _days_ago(_DEDUPE_DAYS)),
            (retention.forget_flows, _days_ago(retention.DELETED_DAYS)),
            (retention.forget_drafts, _days_ago(_DRAFT_DAYS)),
        ):
            more = 1
            while more:
                more = await self.db.submit(partial(forget, before=before))
                await asyncio.sleep(0.05)  # what is accepted meanwhile goes first
        await self.audit.sweep(self.settings.event_retention_days)


def _days_ago(days: float) -> str:
    return clock.to_iso(clock.now() - days * 86_400)
