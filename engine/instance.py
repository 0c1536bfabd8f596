"""All parts of one instance, put together from its settings; `start` it, use it, `stop` it. A server opens
it, then its port, and lets it `take_up` its work only then.

Each part is given what it needs when it is made, so the order below is the order of their needs. What two
parts share is a third that stands before both: `ActiveFlows` (what a flow does now), `Waiters` (who waits
for a run's answer), `Interest` (who listens to events).
"""

import asyncio
import logging
from functools import partial

import pieces
from engine.access import Access
from engine.analysis.overview import Overviews
from engine.api import Services as ApiServices
from engine.authoring.active_flows import ActiveFlows
from engine.authoring.edits import Edits
from engine.authoring.flows import Flows
from engine.authoring.folders import Folders
from engine.authoring.presence import Presence
from engine.authoring.project_catalogues import Catalogues
from engine.authoring.unsaved import UnsavedTexts
from engine.base import clock
from engine.base.pubsub import Live
from engine.base.secrets import Vault
from engine.base.settings import Settings
from engine.base.watchdog import Stall, Watchdog
from engine.connections import foreign
from engine.connections.service import Connections
from engine.destinations import MOST_ON_THEIR_WAY, Destinations, forget_deliveries
from engine.destinations.senders import Senders
from engine.events import broken_pieces, outbox
from engine.events.audit_log import AuditLog
from engine.events.listeners import Interest
from engine.http.egress import Egress
from engine.http.instance_proxy import instance_proxy
from engine.http.lineage import Lineage
from engine.intake.admissions import Admissions
from engine.intake.captures import Captures
from engine.intake.open_counts import OpenCounts
from engine.intake.rejected import Rejected
from engine.intake.rejection_log import RejectionLog
from engine.intake.services import IntakeServices
from engine.intake.webhooks import Intake
from engine.notifications import Notifications, Notifier
from engine.piece_context import FormContexts, PieceContexts
from engine.runs.balance import Balance
from engine.runs.beginnings import Beginnings
from engine.runs.endings import Endings
from engine.runs.finder import Finder
from engine.runs.flow_deletions import FlowDeletions
from engine.runs.flow_starts import FlowStarts
from engine.runs.held import HeldEvents
from engine.runs.history import RunHistory
from engine.runs.masking import Masking
from engine.runs.plans import PlanLoader, Plans
from engine.runs.queue import Queue
from engine.runs.run_events import RunEvents
from engine.runs.run_queue import RunQueue
from engine.runs.scheduler import Scheduler
from engine.runs.service import Runs
from engine.runs.splitting import Splitter
from engine.runs.targets import Targets
from engine.runs.unrouted_groups import UnroutedGroups
from engine.runs.waiters import Waiters
from engine.runs.worker import Worker
from engine.signatures.sns_certificates import Certificates, from_outside
from engine.store import retention
from engine.store.database import Database
from engine.store.watch import Patrol
from engine.triggers.consumers import Feeds
from engine.triggers.service import Triggers
from engine.triggers.topics import Topics
from engine.web.draft_callers import DraftCallers

log = logging.getLogger("switchyard")


class Switchyard:
    """One instance. Raises what a part raises when it cannot start (a key file, a database too new)."""

    def __init__(self, settings: Settings, registry: pieces.Registry | None = None) -> None:
        self.settings = settings
        self.pieces = registry or pieces.registry()
        self.vault = Vault.from_settings(settings)
        self.db = db = Database(settings.database_path, settings.durability)

        self.live = Live()
        self.presence = Presence(self.live)
        self.interest = Interest()
        self.audit = AuditLog(db)
        self.access = Access(db, settings, outbox.emit, vault=self.vault)

        proxy = instance_proxy(settings)
        self.egress = Egress(settings.egress_allow, proxy=proxy)
        self.lineage = Lineage(self.vault.key_for("lineage"), settings.base_url, settings.host, settings.port)
        self.active_flows = ActiveFlows(db)
        self.forms = FormContexts(self.egress, self.active_flows)
        self.connections = Connections(
            db, self.vault, self.pieces, self.forms.context, outbox.emit, egress=self.egress
        )

        self.plans = Plans(self.pieces)
        self.plan_loader = PlanLoader(db, self.plans, self.active_flows, settings)
        self.masking = Masking(self.vault, self.plan_loader.of_run)
        self.waiters = Waiters()
        self.run_events = RunEvents(self.interest)
        self.endings = Endings(self.masking, self.run_events, self.live, self.waiters, self.pieces)
        self.run_queue = RunQueue(db)
        self.scheduler = Scheduler(self.run_queue, settings, self.plan_loader.limit_of)
        self.queue = Queue(
            self.run_queue,
            self.scheduler,
            settings,
            self.plan_loader.describe,
            self.plan_loader.order_of,
            self.masking.conceal,
            Beginnings(self.plan_loader.known, settings, self.endings, self.run_events.wants),
        )
        most_waiting = max(1, settings.max_backlog // 2)
        splitter = Splitter(self.plan_loader.of_run, most_waiting)
        self.triggers = Triggers(
            db, self.queue, self.active_flows, self.pieces, self.egress, self.connections, splitter,
            settings.base_url,
        )  # fmt: skip
        self.feeds = Feeds(
            db, self.queue, self.active_flows, self.pieces, self.interest, self.triggers.subscriptions.note,
            most_waiting, self.masking, splitter,
        )  # fmt: skip
        self.topics = Topics(db, self.feeds, settings, self.masking)

        self.piece_contexts = PieceContexts(
            db, self.pieces, self.egress, self.connections, self.active_flows, self.queue, self.lineage,
            self.topics, self.masking, Targets(settings.host_limit, self.scheduler),
        )  # fmt: skip
        self.worker = Worker(
            db, self.run_queue, self.scheduler, self.live, settings,
            load_plan=self.plan_loader.of_claim, masking=self.masking,
            make_context=self.piece_contexts.context, telling=self.run_events, endings=self.endings,
            waiters=self.waiters, used=self.connections.usage.note,
        )  # fmt: skip
        self.runs = Runs(
            db,
            self.queue,
            self.scheduler,
            self.worker,
            self.endings,
            self.active_flows,
            self.run_events,
            self.masking,
        )
        self.run_history = RunHistory(db)
        self.finder = Finder(db)
        self.unrouted_groups = UnroutedGroups(db)

        self.held = HeldEvents(db, self.vault, self.queue, settings, self.plan_loader.published, outbox.emit)
        self.flows = Flows(
            db, self.pieces, self.connections, outbox.emit, settings, self.active_flows,
            listeners=(self.triggers.changed, self.presence.changed, self.feeds.changed, self.held.changed),
            settled=self.feeds.settled,
            deletions=FlowDeletions(self.scheduler, self.worker, self.run_events),
        )  # fmt: skip
        self.folders = Folders(db, outbox.emit)
        self.catalogues = Catalogues(db, outbox.emit)
        self.edits = Edits(db, self.pieces, self.flows, outbox.emit)
        self.unsaved = UnsavedTexts(db)
        self.rejections = RejectionLog(db, self.vault, settings, outbox.emit)
        self.captures = Captures()
        self.intake = IntakeServices(
            db, self.plan_loader, self.flows, self.connections, self.egress,
            Certificates(from_outside(self.egress)), self.lineage, self.triggers.calls, self.waiters,
            self.live, self.rejections, self.held, DraftCallers(self.access, settings), self.captures,
        )  # fmt: skip

        self.rejected = Rejected(db, self.vault, self.intake, settings)
        self.open_counts = OpenCounts(db)
        self.admissions = Admissions(
            db, self.rejected, Intake(self.queue, self.intake, settings), outbox.emit
        )

        # Deliveries have an egress of their own: slow targets keep its places, and no run waits for them.
        self._deliveries_egress = Egress(
            settings.egress_allow, proxy=proxy, most=MOST_ON_THEIR_WAY, most_idle=MOST_ON_THEIR_WAY
        )
        self.senders = Senders(
            self._deliveries_egress,
            data_dir=settings.data_dir,
            base_url=settings.base_url,
            start=FlowStarts(db, self.held, self.plan_loader.published),
            publish=self.topics.publish,
            write_lineage=self.lineage.header,
            webhook_at=self.lineage.webhook_at,
        )
        self.destinations = Destinations(
            db, self.vault, settings, self.interest, outbox.emit, self.senders, self.lineage.flow_at
        )
        self.notifications = Notifications(db, outbox.emit, self.access.mailer)
        self.overviews = Overviews(db)
        self._notifier = Notifier(db, settings, self.access.mailer)
        self.api = ApiServices(
            settings=settings,
            pieces=self.pieces,
            projects=self.access.projects,
            users=self.access.users,
            second_factor=self.access.second_factor,
            invitations=self.access.invitations,
            link_mail=self.access.link_mail,
            audit=self.audit,
            connections=self.connections,
            destinations=self.destinations,
            flows=self.flows,
            folders=self.folders,
            catalogues=self.catalogues,
            edits=self.edits,
            runs=self.runs,
            rejected=self.rejected,
            admissions=self.admissions,
            held=self.held,
            balance=Balance(db),
            notifications=self.notifications,
            triggers=self.triggers,
            topics=self.topics,
        )
        self.patrol = Patrol(db.files)
        self._sweeper = retention.Sweeper(
            db,
            [*retention.rules(settings), retention.Rule(forget_deliveries, settings.delivery_retention_days)],
            then=partial(self.audit.sweep, settings.event_retention_days),
        )
        modules = {piece.module: name for name, piece in self.pieces.pieces.items()}
        self.watchdog = Watchdog(modules, self._blocked)
        self._reports: set[asyncio.Task[None]] = set()
        self._started = False
        self._review: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """All that there is to start."""
        await self.open()
        await self.take_up()

    async def open(self) -> None:
        """Open the store and recover what an earlier process left. Events are taken from here on; nothing of
        a flow or a piece was run yet, so nothing of theirs keeps the port closed."""
        self.db.open(alone=True)
        self.patrol.start()
        await self.access.start()
        await self.queue.start()
        if self.queue.recovered:
            log.warning(
                "%d runs were in flight when the last process ended; they continue now", self.queue.recovered
            )
        await self.destinations.start()  # before runs go on: their events are written for those who listen

    async def take_up(self) -> None:
        """Begin to work: runs, schedules, polls, subscriptions."""
        await self.triggers.load()
        await self.feeds.start(await self.active_flows.enabled_ids())
        self.worker.start()
        await broken_pieces.report(self.db, self.pieces.broken)
        await self.triggers.start()
        await self.held.start()
        self._review = asyncio.create_task(foreign.warn(self.db), name="review of connections")
        self.rejections.start()
        self._sweeper.start()
        self._notifier.start()
        self._started = True

    def _blocked(self, stall: Stall) -> None:
        if stall.piece:
            report = asyncio.create_task(broken_pieces.report_blocked(self.db, stall))
            self._reports.add(report)
            report.add_done_callback(self._reports.discard)

    async def stop(self) -> None:
        """Take nothing new, let runs come to an end, close the store."""
        self._started = False
        await self.watchdog.stop()
        await self._notifier.stop()
        await self._sweeper.stop()
        await self.patrol.stop()
        await asyncio.gather(*self._reports, return_exceptions=True)
        if self._review is not None:
            await asyncio.wait({self._review})
        await self.destinations.stop()
        await self.feeds.stop()
        await self.held.stop()
        await self.triggers.stop()
        self.queue.close()
        await self.worker.stop()
        self.connections.usage.flush()
        await self.connections.tokens.settle()
        await self.rejections.stop()
        await self.senders.aclose()
        await self._deliveries_egress.aclose()
        await self.egress.aclose()
        self.access.close()
        await asyncio.to_thread(self.db.close)
        await clock.pause()  # what the writer released last

    async def ready(self) -> bool:
        """Whether events are taken: it has started, and its store answers. Raises `Unavailable`, which says
        why not."""
        if self._started:
            await self.patrol.look()
            self.db.files.require()
            await self.db.read(lambda _session: None)
        return self._started
