"""Receives requests for a webhook trigger: answers handshakes, verifies, reads and starts runs."""

import logging
from collections.abc import Callable

from engine.base.errors import BadInput, Conflict, SwitchyardError, Unforeseen
from engine.base.settings import Settings
from engine.base.types import Json
from engine.runs.dedupe import Identity, cloudevent_key, identify, identify_by_sender, identify_own
from engine.runs.held import is_held
from engine.runs.plan import PlannedTrigger
from engine.runs.plans import Found
from engine.runs.splitting import Split, split

from . import handshake_exchange, methods
from .admission import LIVE, Arrival
from .answers import IntakeAnswer, accepted_all, accepted_one, as_json
from .captured_samples import store_sample
from .request import Request
from .request_parser import LARGE, Reading, is_batch, read_batch, read_event, read_query, read_small_event
from .request_receiver import RequestReceiver
from .run_starter import LINEAGE, LINEAGE_FIELD, RunStarter
from .sender_check import config_of, hidden_in
from .services import IntakeServices
from .variant import Variant

log = logging.getLogger("switchyard.intake")

Refuse = Callable[[str, Request, SwitchyardError], IntakeAnswer]
"""Answer a request that is refused, and record it."""

_PAYLOAD_IS_BODY = frozenset({"github", "slack"})


class EventReceiver(RequestReceiver):
    """The receiver behind one of the webhook addresses."""

    def __init__(
        self,
        services: IntakeServices,
        settings: Settings,
        variant: Variant,
        runs: RunStarter,
        refuse: Refuse,
    ) -> None:
        super().__init__(services, settings, variant, runs)
        self._refuse = refuse

    async def receive(
        self,
        request: Request,
        query: list[tuple[str, str]],
        found: Found,
        trigger: PlannedTrigger,
        arrival: Arrival,
    ) -> IntakeAnswer:
        """Answer a handshake, or verify a request and start its run. Raises SwitchyardError with a 4xx."""
        plan, draft = found.plan, self._variant.draft
        config = config_of(trigger)
        secret = await self._sender.secret(plan, trigger, config)
        content = self._decode(request)
        handshake = handshake_exchange.answer_to(request, content, query, trigger, config, secret)
        if handshake is not None and not handshake.goes_on:
            if arrival is not LIVE:
                raise Conflict("This request is a handshake and contains no event.")
            if handshake.status >= 400:
                self._refuse(plan.flow_id, request, handshake_exchange.refused(handshake))
            elif handshake.signed:
                self._sender.verify(request, content, config, secret, arrival)
            return await handshake_exchange.complete(self._services, plan, trigger, config, handshake)
        if not methods.starts_run(request, trigger.input):
            return methods.preflight(request, trigger.input)
        scheme = str(config.get("scheme"))
        config = await self._verify(request, content, config, secret, arrival)
        hidden = hidden_in(secret)
        if is_batch(request):
            events = await read_batch(request, content, query, hidden=hidden)
            return await self._receive_batch(events, found, trigger, arrival)
        event, payload = await read_event(request, content, query, reading=reading_of(trigger), hidden=hidden)
        parts = None if trigger.split is None else await split(trigger, event, payload)
        if self._variant.test:
            sample = event if parts is None or not parts.events else parts.events[0][0]
            return await store_sample(self._services, plan, sample)
        chain, reason = await self._lineage(plan, event["headers"].get(LINEAGE))
        if reason:
            return as_json(202, {"run_id": None, "cut": reason})
        known = Identity() if draft else await identify(event, trigger, scheme)
        if parts is not None and not parts.warning:
            answer = await self._receive_parts(parts, known, found, trigger, chain, arrival)
            if handshake is None:
                return answer
            return await handshake_exchange.complete(self._services, plan, trigger, config, handshake)
        run = self._runs.run(plan, trigger, event, payload, known, chain)
        if parts is not None:
            run.warn(parts.warning)
        self._note_repeat([run], request, arrival)
        await self._freeze(found)
        if self._variant.sync:
            return await self._runs.response(run, found)
        accepted = await self._runs.put(run, found, arrival)
        if handshake is not None:
            return await handshake_exchange.complete(self._services, plan, trigger, config, handshake)
        return accepted_one(accepted)

    def start_at_once(
        self,
        request: Request,
        found: Found,
        trigger: PlannedTrigger,
        answered: Callable[[IntakeAnswer], None],
    ) -> bool:
        """Start the run of a usual request to a usual trigger: nothing is to be awaited before its run is
        handed to the store, so it takes no task. `answered` gets the answer once the run is durable.

        False, with nothing done, for whatever `receive` has to look at more closely. Raises as that does.
        """
        if (
            not self._runs.takes_at_once(found)
            or len(request.body) > LARGE
            or request.method not in methods.of(trigger.input)
            or request.header(LINEAGE_FIELD)
            or is_batch(request)
        ):
            return False
        content, query = self._decode(request), read_query(request)
        if len(content) > LARGE:
            return False
        event, payload = read_small_event(request, content, query, reading_of(trigger))
        run = self._runs.run(found.plan, trigger, event, payload, identify_by_sender(event), ())
        self._note_repeat([run], request, LIVE)

        def outcome(found: IntakeAnswer | BaseException) -> None:
            if not isinstance(found, BaseException):
                answered(found)
            elif isinstance(found, SwitchyardError):
                answered(self._refuse(run.flow_id, request, found))
            else:
                log.error("an event could not be answered", exc_info=found)
                answered(self._refuse(run.flow_id, request, Unforeseen()))

        (self._runs.respond_at_once if self._variant.sync else self._runs.accept_at_once)(run, outcome)
        return True

    async def _receive_parts(
        self,
        parts: Split,
        whole: Identity,
        found: Found,
        trigger: PlannedTrigger,
        chain: tuple[str, ...],
        arrival: Arrival,
    ) -> IntakeAnswer:
        """A request whose items are events: each starts a run, all of them or none."""
        if self._variant.sync and len(parts.events) != 1:
            raise BadInput(
                f"`split` makes {len(parts.events)} events of this request, so there is no single response "
                "to wait for. Send it to the address without /sync."
            )
        runs = await self._runs.several(parts.events, whole, found, trigger, chain, parts.hidden)
        if self._variant.sync:
            await self._freeze(found)
            return await self._runs.response(runs[0], found)
        accepted = await self._put_all(runs, found, arrival)
        if any(map(is_held, accepted)):
            return accepted_all(accepted)
        ids: Json = [one.run_id for one in accepted]
        answer: Json = {"run_id": ids[0] if ids else None, "run_ids": ids}
        duplicates = sum(one.duplicate for one in accepted)
        return as_json(202, answer | ({"duplicates": duplicates} if duplicates else {}))

    async def _receive_batch(
        self, events: list[tuple[Json, bytes]], found: Found, trigger: PlannedTrigger, arrival: Arrival
    ) -> IntakeAnswer:
        """A batch of CloudEvents: each starts a run. An answer for each cannot be waited for."""
        plan = found.plan
        if self._variant.test:
            if not events:
                return as_json(200, {"sample": None})
            return await store_sample(self._services, plan, events[0][0])
        chain, reason = await self._lineage(plan, events[0][0]["headers"].get(LINEAGE) if events else None)
        if reason:
            return as_json(202, {"run_id": None, "cut": reason})
        runs = []
        for event, payload in events:
            # Not by a header, which the events of a batch share.
            known = Identity() if self._variant.draft else await identify_own(event, trigger)
            if not self._variant.draft and known.key is None:
                known = Identity(cloudevent_key(event), known.warning)
            runs.append(self._runs.run(plan, trigger, event, payload, known, chain))
        return accepted_all(await self._put_all(runs, found, arrival))


def reading_of(trigger: PlannedTrigger) -> Reading:
    """How a trigger wants its requests read."""
    verify = trigger.input.get("verify")
    scheme = verify.get("scheme") if isinstance(verify, dict) else None
    return Reading(
        as_declared=trigger.input.get("body") == "as declared",
        payload_is_body=scheme in _PAYLOAD_IS_BODY,
        keep_raw=bool(trigger.input.get("keep_raw")),
    )
