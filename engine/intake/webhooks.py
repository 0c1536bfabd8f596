"""The intake: a request comes in, is verified, made durable, and only then answered with 2xx.

    receive → find the flow → handshake? → method → verify → parse → dedupe → queue.put → 202

A disabled flow holds its events instead (`runs.held`), or rejects them, as its trigger says. Handshakes are
answered before any run exists. A request that is refused goes to the rejection log.
"""

import logging
from collections.abc import Callable, Sequence

from starlette.types import Receive, Scope, Send

from engine.base import clock
from engine.base.errors import Conflict, NotFound, SwitchyardError, Unforeseen
from engine.base.settings import Settings
from engine.runs.plan import PlannedTrigger
from engine.runs.plans import Found
from engine.runs.queue import Accepted, Queue

from . import methods, otlp_answers
from .admission import LIVE, Admission, Arrival
from .answers import IntakeAnswer, refusal
from .draft_access import DraftAccess
from .errors import NO_FLOW, FlowDisabled, UnforeseenInExport
from .event_receiver import EventReceiver
from .log_receiver import LogReceiver, is_export
from .piece_receiver import PieceReceiver
from .request import Request
from .request_parser import head_of, read_query, receive_request
from .run_starter import RunStarter
from .services import IntakeServices
from .variant import Variant

log = logging.getLogger("switchyard.intake")


class Intake:
    """The ASGI endpoint behind `/webhooks/{flow_id}` and its variants."""

    def __init__(
        self,
        queue: Queue,
        services: IntakeServices,
        settings: Settings,
        variant: str = "",
        headers: Sequence[tuple[bytes, bytes]] = (),
    ) -> None:
        """`variant` is "" | "sync" | "draft" | "draft/sync" | "test" | `variant.LOGS`, also
        after "draft/" or "test/"; `headers` go with every answer."""
        self._services = services
        self._settings = settings
        self._headers = headers
        self.header_lines = b"".join(b"%b: %b\r\n" % pair for pair in headers)
        """The same as lines of HTTP/1.1."""
        self._variant = Variant.of(variant)
        self._takes_usual = variant in ("", "sync")
        self._drafts = DraftAccess(services, self._variant)
        runs = RunStarter(queue, services, settings, self._variant)
        self._events = EventReceiver(services, settings, self._variant, runs, self.refuse)
        self._logs = LogReceiver(services, settings, self._variant, runs)
        self._pieces = PieceReceiver(services, settings, self._variant, runs)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        flow_id = scope["path_params"]["flow_id"]
        try:
            request = await receive_request(scope, receive, self._settings.max_body_bytes)
        except SwitchyardError as error:
            status, headers, body = self.refuse(flow_id, head_of(scope), error)
        else:
            status, headers, body = await self.receive(flow_id, request)
        if status != 204:  # which must not have a length, RFC 9110, 8.6
            headers.append((b"content-length", str(len(body)).encode()))
        headers += self._headers
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def receive(self, flow_id: str, request: Request) -> IntakeAnswer:
        """The answer to one request, whatever becomes of it."""
        began = clock.monotonic()
        cors: list[tuple[bytes, bytes]] = []
        try:
            query = read_query(request)
            found, trigger = await self._find(flow_id)
            if trigger.is_catch:
                cors = methods.cors_headers(request, trigger.input)
            if self._variant.draft and not await self._drafts.is_open(found.plan, trigger):
                answer = await self._receive_from_editor(request, query, found, trigger)
            else:
                answer = await self._receive_by_trigger(request, query, found, trigger, LIVE)
        except SwitchyardError as error:
            answer = self.refuse(flow_id, request, error)
        except Exception:  # a defect of ours; it says nothing outside
            log.exception("unforeseen error")
            answer = self.refuse(flow_id, request, Unforeseen())
        answer[1].extend(cors)
        if not self._variant.sync:
            self._services.answered.observe(clock.monotonic() - began)
        return answer

    def start_at_once(self, flow_id: str, request: Request, answered: Callable[[IntakeAnswer], None]) -> bool:
        """Receive a usual event without a task; `answered` gets what `receive` would return, once that is
        durable. False, with nothing done, where something has to be awaited before: `receive` does that."""
        if not self._takes_usual:
            return False
        began = clock.monotonic()

        def answer(given: IntakeAnswer) -> None:
            if not self._variant.sync:
                self._services.answered.observe(clock.monotonic() - began)
            answered(given)

        try:
            self._services.require_store()
            found = self._services.recall(flow_id)
            trigger = None if found is None else found.plan.webhook
            if found is None or trigger is None or not trigger.is_usual:
                return False
            return self._events.start_at_once(request, found, trigger, answer)
        except SwitchyardError as error:
            answer(self.refuse(flow_id, request, error))
        except Exception:  # a defect of ours; it says nothing outside
            log.exception("unforeseen error")
            answer(self.refuse(flow_id, request, Unforeseen()))
        return True

    async def admit(self, flow_id: str, request: Request, admission: Admission) -> list[Accepted]:
        """Receive a request again that was refused; its runs, or held events. Raises SwitchyardError with
        what still stands against it."""
        query = read_query(request)
        found, trigger = await self._find(flow_id)
        if not (trigger.is_catch or admission.verifies):
            raise Conflict(
                "This trigger's piece verifies its requests itself, so verification cannot be skipped."
            )
        await self._receive_by_trigger(request, query, found, trigger, admission)
        if not admission.accepted:
            raise Conflict("The request contains no event.")
        return admission.accepted

    def refuse(self, flow_id: str, request: Request, error: SwitchyardError) -> IntakeAnswer:
        """The answer to a request that is refused. Tests of drafts are not recorded: who tests sees it."""
        export = is_export(request)
        if export and isinstance(error, Unforeseen):
            error = UnforeseenInExport()
        if not self._variant.draft:
            self._services.rejections.record(
                flow_id, request, error, published=not isinstance(error, NotFound)
            )
        return otlp_answers.refused(request, error) if export else refusal(error)

    async def _receive_by_trigger(
        self,
        request: Request,
        query: list[tuple[str, str]],
        found: Found,
        trigger: PlannedTrigger,
        arrival: Arrival,
    ) -> IntakeAnswer:
        if is_export(request):
            return await self._logs.receive(request, query, found, trigger, arrival)
        if request.method not in methods.KNOWN:
            raise methods.refused(request, methods.of(trigger.input) if trigger.is_catch else methods.KNOWN)
        receiver = self._events if trigger.is_catch else self._pieces
        return await receiver.receive(request, query, found, trigger, arrival)

    async def _receive_from_editor(
        self, request: Request, query: list[tuple[str, str]], found: Found, trigger: PlannedTrigger
    ) -> IntakeAnswer:
        """Receive a request if an editor sent it; a browser's question what may be sent carries no
        credentials, and starts nothing. Raises `NotSignedIn`, `Forbidden`, `NotFound`."""
        if trigger.is_catch and methods.is_preflight(request, trigger.input):
            return methods.preflight(request, trigger.input)
        await self._drafts.require_editor(request, found.plan)
        return await self._receive_by_trigger(request, query, found, trigger, LIVE)

    async def _find(self, flow_id: str) -> tuple[Found, PlannedTrigger]:
        self._services.require_store()
        draft = self._variant.draft
        found = await (self._services.draft(flow_id) if draft else self._services.published(flow_id))
        if found is None:
            raise NotFound(NO_FLOW)
        trigger = found.plan.webhook
        if trigger is None:
            raise NotFound("This flow has no webhook trigger.")
        if not found.enabled and not draft and trigger.input.get("while_disabled") == "reject":
            raise FlowDisabled("This flow is disabled and rejects events.")
        return found, trigger
