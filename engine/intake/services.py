"""What the intake asks of the rest of the instance, in one place."""

import asyncio
from typing import Protocol

import httpx

from engine.authoring.flows import Flows
from engine.base.errors import NotFound, NotSignedIn, Unavailable
from engine.base.histograms import Histogram
from engine.base.pubsub import Live
from engine.base.types import Json
from engine.connections.service import Connections
from engine.http.egress import Egress, EgressRefused
from engine.http.lineage import Lineage
from engine.runs.held import HeldEvents
from engine.runs.plans import Found, PlanLoader
from engine.runs.waiters import Waiters
from engine.signatures import SignatureError, verify_sns
from engine.signatures.sns_certificates import Certificates
from engine.store import cycle_guard
from engine.store.database import Database
from pieces import AuthError

from .captures import Captures
from .diagnosis import Candidate
from .handshake_answers import Confirmation
from .piece_webhooks import Receiver
from .rejection_log import RejectionLog
from .request import Request


class DraftCallers(Protocol):
    async def require_editor(self, request: Request, project_id: str) -> None:
        """Return for an editor of the project. Raises `NotSignedIn`, `Forbidden` and `NotFound`."""
        ...


class IntakeServices:
    """Flows, connections and waiting callers as a request needs them."""

    def __init__(
        self,
        db: Database,
        plans: PlanLoader,
        flows: Flows,
        connections: Connections,
        egress: Egress,
        certificates: Certificates,
        lineage: Lineage,
        calls: Receiver,
        waiters: Waiters,
        live: Live,
        rejections: RejectionLog,
        held: HeldEvents,
        callers: DraftCallers,
        captures: Captures,
    ) -> None:
        """`lineage` reads what led to a request; `calls` calls the webhook triggers of pieces; `callers`
        identifies who calls a draft address that needs it."""
        self._db = db
        self._plans = plans
        self._flows = flows
        self._connections = connections
        self._egress = egress
        self._certificates = certificates
        self.lineage = lineage
        self.calls = calls
        self._waiters = waiters
        self._live = live
        self.rejections = rejections
        self.held = held
        self.callers = callers
        self.captures = captures
        self.answered = Histogram()
        """How long the intake took to answer; callers who wait for a flow's response are left out."""

    def require_store(self) -> None:
        """Raise `Unavailable` while what arrives could not be stored."""
        self._db.files.require()

    async def published(self, flow_id: str) -> Found | None:
        return await self._plans.published(flow_id)

    def recall(self, flow_id: str) -> Found | None:
        """The published version of a flow, if it is in memory."""
        return self._plans.recall(flow_id)

    async def draft(self, flow_id: str) -> Found | None:
        return await self._plans.draft(flow_id)

    async def secret(self, project_id: str, connection: str, piece: str) -> dict[str, str]:
        """A connection's fields for the piece that it belongs to. Raises `NotFound`, and `AuthError` for
        another piece."""
        return await self._connections.secret(project_id, connection, piece)

    async def secret_or_none(self, project_id: str, connection: object) -> dict[str, str]:
        """The fields of a webhook connection; none where it cannot be used."""
        try:
            return await self.secret(project_id, connection, "webhook") if isinstance(connection, str) else {}
        except (NotFound, AuthError):
            return {}

    async def candidates(self, project_id: str, first: object) -> list[Candidate]:
        """The secrets that a sender may have signed with: those of the project's webhook connections, of the
        connection named `first` before others."""
        found = []
        infos = await self._connections.list(project_id, "webhook")
        for info in sorted(infos, key=lambda info: info.name != first):
            fields = await self.secret_or_none(project_id, info.name)
            previous = fields.get("previous_secret")
            now = {name: value for name, value in fields.items() if name != "previous_secret"}
            found.append(Candidate(info.name, "current", now))
            if previous:
                found.append(Candidate(info.name, "previous", {**now, "secret": previous}))
            for before in await self._connections.replaced(project_id, info.name):
                found.append(Candidate(info.name, "replaced", {**now, **before}))
        return found

    async def learn(self, project_id: str, connection: str, piece: str, fields: dict[str, str]) -> None:
        """Store fields that a handshake sent in a connection of the piece. Raises `Conflict` for one that is
        set, and for another piece's connection."""
        await self._connections.learn(project_id, connection, piece, fields)

    async def capture_sample(self, project_id: str, flow_id: str, name: str, event: Json) -> str:
        """Store a captured sample in the draft; its final name. Raises `TooLarge`."""
        sample = {key: event[key] for key in ("method", "headers", "query", "body") if key in event}
        saved = await self._flows.capture_sample(project_id, flow_id, name, sample)
        self._live.publish(f"flow:{flow_id}", {"type": "sample", "name": saved})
        return saved

    async def certificate(self, url: str) -> bytes:
        """The certificate of Amazon SNS at a checked address, as PEM. Raises `Unavailable`."""
        return await self._certificates.get(url)

    async def confirm(self, confirmation: Confirmation) -> None:
        """Check the message of Amazon SNS against its certificate, then ask for the subscription. Raises
        `NotSignedIn` for a forged request, `Unavailable` when Amazon cannot be reached."""
        certificate = await self.certificate(confirmation.certificate_url)
        try:
            verify_sns(confirmation.message, certificate)
        except SignatureError as error:
            raise NotSignedIn(f"The subscription could not be confirmed: {error}") from error
        try:
            client = self._egress.client(timeout=10)
            (await client.get(confirmation.subscribe_url)).raise_for_status()
        except (EgressRefused, httpx.HTTPError, OSError) as error:
            raise Unavailable(f"The subscription could not be confirmed: {error}", retry_after=20) from error

    async def cut(self, project_id: str, run_id: str, flow_id: str, reason: str) -> None:
        """Store, for people to see, that a request of `run_id` did not start `flow_id`."""
        await self._db.submit(lambda tx: cycle_guard.note(tx, project_id, run_id, flow_id, "webhook", reason))

    def waiter(self, run_id: str) -> "asyncio.Future[Json]":
        """Done with the answer of the run; cancel it to wait no longer."""
        return self._waiters.wait_for(run_id)
