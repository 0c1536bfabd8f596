"""Receives OTLP logs for a webhook trigger: each log record starts a run, all of them or none."""

import asyncio
from urllib.parse import unquote_to_bytes

from engine.base.errors import NotFound, TooLarge
from engine.base.types import Json
from engine.runs.dedupe import Identity, identify
from engine.runs.plan import PlannedTrigger
from engine.runs.plans import Found
from engine.runs.splitting import MAX_BYTES

from . import forms, methods, otlp, otlp_answers
from .admission import Arrival
from .answers import IntakeAnswer
from .bodies import Body
from .captured_samples import store_sample
from .request import Request
from .request_parser import encode_event, forget_credentials, headers_of
from .request_receiver import RequestReceiver
from .run_starter import LINEAGE
from .sender_check import config_of, hidden_in
from .variant import LOGS

_LOGS = f"/{LOGS}".encode()


def is_export(request: Request) -> bool:
    """Whether a request came to an address for OTLP logs."""
    path = unquote_to_bytes(request.path) if b"%" in request.path else request.path
    return path.rstrip(b"/").endswith(_LOGS)


class LogReceiver(RequestReceiver):
    """The receiver behind one of the addresses for logs."""

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
        content = self._decode(request)
        await self._verify(request, content, config, secret, arrival)
        events = await asyncio.to_thread(_events, request, content, query, hidden_in(secret))
        if not events:
            return otlp_answers.accepted(request)
        if self._variant.test:
            await store_sample(self._services, plan, events[0][0])
            return otlp_answers.accepted(request)
        chain, reason = await self._lineage(plan, events[0][0]["headers"].get(LINEAGE))
        if reason:
            return otlp_answers.accepted(request, rejected=len(events), why=reason)
        whole = Identity()
        if trigger.dedupe is None and not self._variant.draft:
            whole = await identify(events[0][0], trigger, str(config.get("scheme")))
        runs = await self._runs.several(events, whole, found, trigger, chain)
        # Exporters give their requests no identity, and send again when an answer is lost.
        self._note_repeat(runs, request, arrival)
        await self._put_all(runs, found, arrival)
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
