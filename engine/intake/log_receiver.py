"""Receives OTLP logs for a webhook trigger: each log record starts a run, all of them or none."""

import asyncio
from urllib.parse import unquote_to_bytes

from engine.base.errors import NotFound, TooLarge
from engine.base.settings import Settings
from engine.base.types import Json
from engine.runs.dedupe import Identity, identify
from engine.runs.plan import PlannedTrigger
from engine.runs.plans import Found

from . import forms, methods, otlp, otlp_answers
from .admission import LIVE, Arrival
from .answers import IntakeAnswer
from .bodies import Body
from .captured_samples import store_sample
from .repeats import Repeats
from .request import Request
from .request_parser import decode_body, encode_event, forget_credentials, headers_of
from .run_starter import LINEAGE, RunStarter
from .sender_check import SenderCheck, config_of, hidden_in
from .services import IntakeServices
from .splitting import MAX_BYTES
from .variant import LOGS, Variant


def is_export(request: Request) -> bool:
    """Whether a request came to an address for OTLP logs."""
    return unquote_to_bytes(request.path).rstrip(b"/").endswith(f"/{LOGS}".encode())


class LogReceiver:
    """The receiver behind one of the addresses for logs."""

    def __init__(
        self, services: IntakeServices, settings: Settings, variant: Variant, runs: RunStarter
    ) -> None:
        self._services = services
        self._settings = settings
        self._variant = variant
        self._runs = runs
        self._sender = SenderCheck(services, settings)
        self._repeats = Repeats()

    async def receive(
        self,
        request: Request,
        query: list[tuple[str, str]],
        found: Found,
        trigger: PlannedTrigger,
        arrival: Arrival,
    ) -> IntakeAnswer:
        """Verify a request and start its runs. Raises SwitchyardError with a 4xx."""
        plan = found.plan
        if not trigger.is_catch:
            raise NotFound("This flow's trigger does not receive OTLP logs.")
        if methods.is_preflight(request, trigger.input):
            return methods.preflight(request, trigger.input)
        if request.method != "POST":
            raise methods.refused(request, ("POST",))
        if not methods.starts_run(request, trigger.input):
            raise methods.refused(request, methods.of(trigger.input))
        config = config_of(trigger)
        secret = await self._sender.secret(plan, trigger, config)
        content = decode_body(request, self._settings.max_body_bytes)
        if arrival.verifies:
            certified = await self._sender.with_certificate(request, content, config, secret, arrival)
            self._sender.verify(request, content, certified, secret, arrival)
        events = await asyncio.to_thread(_events, request, content, query, hidden_in(secret))
        if not events:
            return otlp_answers.accepted(request)
        if self._variant.test:
            await store_sample(self._services, plan, events[0][0])
            return otlp_answers.accepted(request)
        chain: tuple[str, ...] = ()
        told = events[0][0]["headers"].get(LINEAGE)
        if told is not None:
            chain, reason = await self._runs.lineage(plan, told)
            if reason:
                return otlp_answers.accepted(request, rejected=len(events), why=reason)
        whole = Identity()
        if trigger.dedupe is None and not self._variant.draft:
            whole = await identify(events[0][0], trigger, str(config.get("scheme")))
        runs = await self._runs.several(events, whole, found, trigger, chain)
        if runs[0].dedupe is None and not self._variant.draft and arrival is LIVE:
            # Exporters give their requests no identity, and send again when an answer is lost.
            warning = self._repeats.note(plan.flow_id, request, runs[0].id)
            for run in runs if warning else ():
                run.warn(warning)
        if found.freeze is not None:
            await found.freeze()
        await self._runs.put_all(runs, found, arrival)
        return otlp_answers.accepted(request)


def _events(
    request: Request, content: bytes, query: list[tuple[str, str]], hidden: frozenset[str]
) -> list[tuple[Json, bytes]]:
    """An event for each log record, as `request_parser.read_event` gives it. Raises what `otlp.records`
    raises, and `TooLarge` for records that are much larger with what they share."""
    records, notes = otlp.records(request.header(b"content-type"), content)
    headers = headers_of(request)
    forget_credentials(headers, hidden)
    head = {"method": request.method, "headers": headers, "query": forms.collapse(query)}
    size, found = 0, []
    for index, record in enumerate(records):
        batch = {"index": index, "size": len(records)}
        found.append(encode_event({**head, "batch": batch}, Body(record, None, tuple(notes)), hidden))
        size += len(found[-1][1])
        if size > MAX_BYTES:
            raise TooLarge(
                "The log records are too large with the resource and scope of each. Send fewer at once."
            )
    return found
