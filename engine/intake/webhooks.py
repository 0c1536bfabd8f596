"""The intake: a request comes in, is verified, made durable, and only then answered with 2xx.

    receive → find the flow → handshake? → method → verify → parse → dedupe → queue.put → 202

A disabled flow holds its events instead (`runs.held`), or rejects them, as its trigger says. Handshakes are
answered before any run exists. A request that is refused goes to the rejection log.
"""

import logging
import re
from collections.abc import Awaitable, Sequence
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from engine.base import clock
from engine.base.errors import BadInput, Conflict, NotFound, NotSignedIn, SwitchyardError, Unforeseen
from engine.base.ids import new_id
from engine.base.settings import Settings
from engine.base.types import Json
from engine.http.lineage import HEADER, cut
from engine.runs.dedupe import Identity, cloudevent_key, identify, identify_own
from engine.runs.held import is_held
from engine.runs.plan import Plan, PlannedTrigger
from engine.runs.plans import Found
from engine.runs.queue import Accepted, Queue
from engine.signatures import SCHEMES, SignatureError, certificate_url
from engine.store.run_store import NewRun
from pieces import AuthError

from . import methods
from .admission import LIVE, Admission, Arrival
from .answers import IntakeAnswer, accepted_all, accepted_one, as_json, of_run, refusal
from .errors import FlowDisabled, HandshakeRefused, NoResponseWhileDisabled
from .handshake_answers import HandshakeAnswer, HandshakeRequest
from .handshakes import answer
from .piece_webhooks import runs_of
from .repeats import Repeats
from .request import Request
from .request_parser import (
    Reading,
    decode_body,
    head_of,
    is_batch,
    read_batch,
    read_event,
    read_query,
    receive_request,
)
from .services import IntakeServices
from .splitting import Split, split
from .verification import public_url, verified

log = logging.getLogger("switchyard.intake")

_NAME = re.compile(r"[\w.:\- ]{1,200}", re.ASCII)
_SECRETS = ("secret", "previous_secret", "password", "value")  # fields that a sender may send as they are
_PAYLOAD_IS_BODY = frozenset({"github", "slack"})
_HEADER = HEADER.encode()
_NO_FLOW = "There is no flow at this address, or it was never published."
_HOW_TO_USE_DRAFT = (
    "The trigger of this draft does not verify who sends. Send the API key of an editor "
    "(`Authorization: Bearer sk_…`), sign in, or choose a verification on the trigger."
)
_HOW_TO_CAPTURE = (
    " To store what a sender without a key sends, choose “Capture a request” on the flow's Samples page."
)
_DISABLED = 60  # seconds after which a caller of /sync may ask a disabled flow again


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
        """`variant` is "" | "sync" | "draft" | "draft/sync" | "test"; `headers` go with every answer."""
        self._queue = queue
        self._services = services
        self._settings = settings
        self._variant = variant
        self._repeats = Repeats()
        self._headers = headers
        self._draft = variant in ("draft", "draft/sync", "test")
        self._sync = variant in ("sync", "draft/sync")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        flow_id = scope["path_params"]["flow_id"]
        try:
            request = await receive_request(scope, receive, self._settings.max_body_bytes)
        except SwitchyardError as error:
            status, headers, body = self._refuse(flow_id, head_of(scope), error)
        else:
            status, headers, body = await self.receive(flow_id, request)
        if status != 204:  # which must not have a length, RFC 9110, 8.6
            headers.append((b"content-length", str(len(body)).encode()))
        headers += self._headers
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def receive(self, flow_id: str, request: Request) -> IntakeAnswer:
        """The answer to one request, whatever becomes of it."""
        cors: list[tuple[bytes, bytes]] = []
        try:
            query = read_query(request)
            found, trigger = await self._find(flow_id)
            if trigger.is_catch:
                cors = methods.cors_headers(request, trigger.input)
            if self._draft and not await self._is_open(found.plan, trigger):
                answer = await self._receive_from_editor(request, query, found, trigger)
            else:
                answer = await self._receive_by_trigger(request, query, found, trigger, LIVE)
        except SwitchyardError as error:
            answer = self._refuse(flow_id, request, error)
        except Exception:  # a defect of ours; it says nothing outside
            log.exception("unforeseen error")
            answer = self._refuse(flow_id, request, Unforeseen())
        answer[1].extend(cors)
        return answer

    async def admit(self, flow_id: str, request: Request, admission: Admission) -> list[Accepted]:
        """Receive a request again that was refused; its runs, or held events. Raises SwitchyardError with
        what still stands against it."""
        query = read_query(request)
        found, trigger = await self._find(flow_id)
        if not (trigger.is_catch or admission.verifies):
            raise Conflict("This trigger's piece verifies its requests itself, so that it cannot be skipped.")
        await self._receive_by_trigger(request, query, found, trigger, admission)
        if not admission.accepted:
            raise Conflict("The request holds no event.")
        return admission.accepted

    def _refuse(self, flow_id: str, request: Request, error: SwitchyardError) -> IntakeAnswer:
        """The answer to a request that is refused. Tests of drafts are not recorded: who tests sees it."""
        if not self._draft:
            self._services.rejections.record(
                flow_id, request, error, published=not isinstance(error, NotFound)
            )
        return refusal(error)

    async def _receive_by_trigger(
        self,
        request: Request,
        query: list[tuple[str, str]],
        found: Found,
        trigger: PlannedTrigger,
        arrival: Arrival,
    ) -> IntakeAnswer:
        if request.method not in methods.KNOWN:
            raise methods.refused(request, methods.of(trigger.input) if trigger.is_catch else methods.KNOWN)
        receive = self._receive_event if trigger.is_catch else self._receive_for_piece
        return await receive(request, query, found, trigger, arrival)

    async def _receive_from_editor(
        self, request: Request, query: list[tuple[str, str]], found: Found, trigger: PlannedTrigger
    ) -> IntakeAnswer:
        """Receive a request if an editor sent it; a browser's question what may be sent carries no
        credentials, and starts nothing. Raises `NotSignedIn`, `Forbidden`, `NotFound`."""
        if trigger.is_catch and methods.is_preflight(request, trigger.input):
            return methods.preflight(request, trigger.input)
        await self._require_editor(request, found.plan)
        return await self._receive_by_trigger(request, query, found, trigger, LIVE)

    async def _receive_event(
        self,
        request: Request,
        query: list[tuple[str, str]],
        found: Found,
        trigger: PlannedTrigger,
        arrival: Arrival,
    ) -> IntakeAnswer:
        """Answer a handshake, or verify a request and start its run. Raises SwitchyardError with a 4xx."""
        plan = found.plan
        config = trigger.input.get("verify") or {"scheme": "none"}
        if not isinstance(config, dict):
            raise Conflict("This flow's trigger does not say how to verify a request; nothing was stored.")
        secret = await self._secret(plan, trigger, config)
        content = decode_body(request, self._settings.max_body_bytes)
        handshake = self._handshake(request, content, query, trigger, config, secret)
        if handshake is not None and not handshake.goes_on:
            if arrival is not LIVE:
                raise Conflict("This request is a handshake and holds no event.")
            if handshake.status >= 400:
                self._refuse(plan.flow_id, request, _refused(handshake))
            elif handshake.signed:
                self._verify(request, content, config, secret, arrival)
            return await self._shake(plan, trigger, config, handshake)
        if not methods.starts_run(request, trigger.input):
            return methods.preflight(request, trigger.input)
        scheme = str(config.get("scheme"))
        if arrival.verifies:
            config = await self._with_certificate(request, content, config, secret, arrival)
            self._verify(request, content, config, secret, arrival)
        hidden = frozenset(secret[name] for name in _SECRETS if name in secret)
        if is_batch(request):
            events = await read_batch(request, content, query, hidden=hidden)
            return await self._receive_batch(events, found, trigger, arrival)
        event, payload = await read_event(request, content, query, reading=reading_of(trigger), hidden=hidden)
        parts = None if trigger.split is None else await split(trigger.split, event, payload)
        if self._variant == "test":
            sample = event if parts is None or not parts.events else parts.events[0][0]
            return await self._store_sample(plan, sample)
        told = event["headers"].get(HEADER)
        chain: tuple[str, ...] = ()
        if told is not None:
            chain, reason = await self._lineage(plan, told)
            if reason:
                return as_json(202, {"run_id": None, "cut": reason})
        known = Identity() if self._draft else await identify(event, trigger, scheme)
        if parts is not None and not parts.warning:
            answer = await self._receive_parts(parts, known, found, trigger, chain, arrival)
            return answer if handshake is None else await self._shake(plan, trigger, config, handshake)
        run = self._run(plan, trigger, event, payload, known, chain)
        if parts is not None:
            run.warn(parts.warning)
        if (
            known.key is None
            and not self._draft
            and arrival is LIVE
            and (warning := self._repeats.note(plan.flow_id, request, run.id))
        ):
            run.warn(warning)
        if found.freeze is not None:
            await found.freeze()
        if self._sync:
            return await self._answer(run, found)
        accepted = await self._put(run, found, arrival)
        if handshake is not None:
            return await self._shake(plan, trigger, config, handshake)
        return accepted_one(accepted)

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
        if self._sync and len(parts.events) != 1:
            raise BadInput(
                f"`split` makes {len(parts.events)} events of this request, so there is no single response "
                "to wait for. Send it to the address without /sync."
            )
        runs = []
        for index, (event, payload) in enumerate(parts.events):
            known = Identity(None if whole.key is None else f"{whole.key}:{index}")
            if self._draft:
                known = Identity()
            elif trigger.dedupe is not None:
                known = await identify_own(event, trigger)
            runs.append(self._run(found.plan, trigger, event, payload, known, chain))
        if found.freeze is not None and runs:
            await found.freeze()
        if self._sync:
            return await self._answer(runs[0], found)
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
        if self._variant == "test":
            return await self._store_sample(plan, events[0][0]) if events else as_json(200, {"sample": None})
        chain: tuple[str, ...] = ()
        told = events[0][0]["headers"].get(HEADER) if events else None
        if told is not None:
            chain, reason = await self._lineage(plan, told)
            if reason:
                return as_json(202, {"run_id": None, "cut": reason})
        runs = []
        for event, payload in events:
            # Not by a header, which the events of a batch share.
            known = Identity() if self._draft else await identify_own(event, trigger)
            if not self._draft and known.key is None:
                known = Identity(cloudevent_key(event), known.warning)
            runs.append(self._run(plan, trigger, event, payload, known, chain))
        if found.freeze is not None and runs:
            await found.freeze()
        return accepted_all(await self._put_all(runs, found, arrival))

    def _put(self, run: NewRun, found: Found, arrival: Arrival) -> Awaitable[Accepted]:
        """Make a run durable; an event that its flow must hold is held instead, and its id is in place of the
        run's."""
        if isinstance(arrival, Admission):
            return arrival.put(run, lambda: self._put(run, found, LIVE))
        held = self._services.held
        if self._draft or (found.enabled and not held.is_releasing(run.flow_id)):
            return self._queue.put(run)
        return held.put(run, enabled=found.enabled)

    async def _put_all(self, runs: list[NewRun], found: Found, arrival: Arrival) -> list[Accepted]:
        """The same for the runs of one request: all of them or none."""
        if isinstance(arrival, Admission):
            return await arrival.put_all(runs, lambda: self._put_all(runs, found, LIVE))
        held = self._services.held
        if self._draft or (found.enabled and not held.is_releasing(found.plan.flow_id)):
            return await self._queue.put_all(runs)
        return await held.put_all(runs, enabled=found.enabled)

    def _run(
        self,
        plan: Plan,
        trigger: PlannedTrigger,
        event: Json,
        payload: bytes,
        known: Identity,
        chain: tuple[str, ...],
    ) -> NewRun:
        run = NewRun(
            new_id("run"),
            plan.project_id,
            plan.flow_id,
            plan.version_id,
            plan.version,
            trigger.name,
            payload,
            event,
            clock.now_iso(),
            "test" if self._draft else "production",
            known.key,
            chain,
        )
        if known.warning:
            run.warn(known.warning)
        return run

    async def _receive_for_piece(
        self,
        request: Request,
        query: list[tuple[str, str]],
        found: Found,
        trigger: PlannedTrigger,
        arrival: Arrival,
    ) -> IntakeAnswer:
        """A request that the trigger's piece verifies and makes runs of."""
        plan = found.plan
        environment = "test" if self._draft else "production"
        content = decode_body(request, self._settings.max_body_bytes)
        runs, keep = await runs_of(
            self._services.calls, request, content, query, plan, trigger, environment, arrival.at
        )
        if self._variant == "test":
            return await self._store_sample(plan, runs[0].event) if runs else as_json(200, {"sample": None})
        header = request.header(_HEADER)
        if header:
            chain, reason = await self._lineage(plan, header.decode("latin-1"))
            if reason:
                return as_json(202, {"run_id": None, "cut": reason})
            for run in runs:
                run.lineage = chain
        if found.freeze is not None:
            await found.freeze()
        if self._sync and len(runs) == 1:
            given = await self._answer(runs[0], found)
        elif len(runs) == 1:
            given = accepted_one(await self._put(runs[0], found, arrival))
        else:
            given = accepted_all(await self._put_all(runs, found, arrival))
        if not self._draft:
            await keep()
        return given

    # -- the flow -----------------------------------------------------------------------------------

    async def _lineage(self, plan: Plan, header: str) -> tuple[tuple[str, ...], str]:
        """The flows that led to a request, and why it starts nothing, if it must not."""
        told = self._services.lineage.read(header)
        reason = cut(told.chain, plan.flow_id)
        if reason:
            await self._services.cut(plan.project_id, told.run_id, plan.flow_id, reason)
            log.info("a request was cut: flow=%s run=%s", plan.flow_id, told.run_id)
        return told.chain, reason

    async def _find(self, flow_id: str) -> tuple[Found, PlannedTrigger]:
        self._services.require_store()
        found = await (self._services.draft(flow_id) if self._draft else self._services.published(flow_id))
        if found is None:
            raise NotFound(_NO_FLOW)
        trigger = found.plan.webhook
        if trigger is None:
            raise NotFound("This flow has no webhook trigger.")
        if not found.enabled and not self._draft and trigger.input.get("while_disabled") == "reject":
            raise FlowDisabled("This flow is disabled and rejects events.")
        return found, trigger

    # -- who is it? -----------------------------------------------------------------------------------

    async def _is_open(self, plan: Plan, trigger: PlannedTrigger) -> bool:
        """Whether anyone may call the draft's addresses: its trigger verifies who sends, or anyone may send
        events to the flow itself, or an editor waits for a request to capture."""
        if trigger.verifies:
            return True
        if self._variant == "test" and self._services.captures.is_open(plan.flow_id):
            return True
        live = await self._services.published(plan.flow_id)
        if live is None or not live.enabled:
            return False
        return live.plan.webhook is not None and not live.plan.webhook.verifies

    async def _require_editor(self, request: Request, plan: Plan) -> None:
        """Raise `NotSignedIn`, `Forbidden` or `NotFound` unless an editor of the flow's project calls."""
        try:
            await self._services.callers.require_editor(request, plan.project_id)
        except NotSignedIn:
            how = _HOW_TO_USE_DRAFT + (_HOW_TO_CAPTURE if self._variant == "test" else "")
            raise NotSignedIn(how, challenge="Bearer") from None
        except NotFound:
            raise NotFound(_NO_FLOW) from None

    async def _secret(self, plan: Plan, trigger: PlannedTrigger, config: dict[str, Any]) -> dict[str, str]:
        """The fields of the connection that verifies; none when it cannot be used, and `verify` refuses."""
        name = config.get("connection")
        if not name:
            return {}
        try:
            return await self._services.secret(plan.project_id, name, trigger.piece)
        except NotFound:
            return {}
        except AuthError as error:
            log.error("trigger %s of flow %s cannot verify: %s", trigger.name, plan.flow_id, error)
            return {}

    def _handshake(
        self,
        request: Request,
        content: bytes,
        query: list[tuple[str, str]],
        trigger: PlannedTrigger,
        config: dict[str, Any],
        secret: dict[str, str],
    ) -> HandshakeAnswer | None:
        preset = trigger.input.get("handshake")
        if not preset:
            known = SCHEMES.get(str(config.get("scheme")))
            preset = known.handshake if known is not None else None
            if not preset:
                return None
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers]
        return answer(preset, HandshakeRequest(request.method, headers, query, content), secret)

    async def _shake(
        self, plan: Plan, trigger: PlannedTrigger, config: dict[str, Any], given: HandshakeAnswer
    ) -> IntakeAnswer:
        """Do what a handshake leaves to do, and answer it."""
        if given.confirm is not None:
            await self._services.confirm(given.confirm)
        if given.learned and config.get("connection"):
            await self._services.learn(
                plan.project_id, config["connection"], trigger.piece, dict(given.learned)
            )
        log.info("handshake answered: flow=%s status=%s", plan.flow_id, given.status)
        headers = [(name.lower().encode(), value.encode()) for name, value in given.headers]
        return given.status, headers, given.body

    def _verify(
        self,
        request: Request,
        content: bytes,
        config: dict[str, Any],
        secret: dict[str, str],
        arrival: Arrival,
    ) -> None:
        """A signature covers the bytes as they were received; some senders sign before they compress."""
        try:
            verified(request, content, config, secret, now=arrival.now(), url=self._url(request))
        except SignatureError as error:
            scheme = config.get("scheme")
            raise NotSignedIn(f"The request could not be verified ({scheme}): {error}") from error

    async def _with_certificate(
        self,
        request: Request,
        content: bytes,
        config: dict[str, Any],
        secret: dict[str, str],
        arrival: Arrival,
    ) -> dict[str, Any]:
        """The settings, with the certificate that a request names where its scheme needs one."""
        scheme = str(config.get("scheme"))
        if scheme == "none":
            return config
        try:
            url = certificate_url(scheme, secret, request.headers, content, now=arrival.now())
        except SignatureError as error:
            raise NotSignedIn(f"The request could not be verified ({scheme}): {error}") from error
        return config if url is None else {**config, "certificate": await self._services.certificate(url)}

    def _url(self, request: Request) -> str:
        return public_url(request, self._settings.base_url)

    # -- answers --------------------------------------------------------------------------------------

    async def _store_sample(self, plan: Plan, event: Json) -> IntakeAnswer:
        name = await self._services.capture_sample(plan.project_id, plan.flow_id, sample_name(event), event)
        return 200, [(b"content-type", b"application/json")], orjson.dumps({"sample": name})

    async def _answer(self, run: NewRun, found: Found) -> IntakeAnswer:
        """Wait for the flow's response: from a respond action, or the end of the run."""
        if not found.enabled and not self._draft:
            raise NoResponseWhileDisabled(
                "This flow is disabled, so that it has no response. Send to its address without /sync, and "
                "it holds the event until it is enabled.",
                retry_after=_DISABLED,
            )
        waiter = self._services.waiter(run.id)
        try:
            run_id, duplicate = await self._queue.put(run)
            if duplicate:
                return as_json(200, {"run_id": run_id, "duplicate": True})
            async with clock.timeout(self._settings.sync_timeout):
                result = await waiter
        except TimeoutError:
            message = f"The run goes on, but gave no answer within {self._settings.sync_timeout} s."
            return as_json(504, {"run_id": run.id, "error": {"code": "sync_timeout", "message": message}})
        finally:
            waiter.cancel()
        return of_run(run.id, result)


def reading_of(trigger: PlannedTrigger) -> Reading:
    """How a trigger wants its requests read."""
    verify = trigger.input.get("verify")
    scheme = verify.get("scheme") if isinstance(verify, dict) else None
    return Reading(
        as_declared=trigger.input.get("body") == "as declared",
        payload_is_body=scheme in _PAYLOAD_IS_BODY,
        keep_raw=bool(trigger.input.get("keep_raw")),
    )


def _refused(handshake: HandshakeAnswer) -> HandshakeRefused:
    return HandshakeRefused(handshake.status, handshake.body.decode("utf-8", "replace"))


def sample_name(event: Json) -> str:
    """A name for a captured event: its action or type when the body names one."""
    body = event.get("body")
    if isinstance(body, dict):
        for field in ("action", "type", "event", "event_type", "object_kind"):
            value = body.get(field)
            if isinstance(value, str) and _NAME.fullmatch(value):
                return value
    return "captured"
