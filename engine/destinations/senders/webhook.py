"""Events to an address by HTTP: signed, once, without following anything."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

import httpx
import orjson

from engine.base import clock
from engine.base.timings import Stopwatch
from engine.destinations import signing
from engine.destinations.formats import Rendered, render
from engine.destinations.message import KEPT_BYTES, READ_BYTES, AttemptResult, Message, Target
from engine.http.addresses import literal
from engine.http.egress import USER_AGENT, AnswerTooLarge, Egress, EgressRefused
from engine.http.lineage import HEADER as LINEAGE
from engine.store.cycle_guard import run_of

from . import answers

ORIGIN = "WebHook-Request-Origin"
"""Sent with each delivery to a target that consented to hear from us (CloudEvents web hook, 4.2)."""

WriteLineage = Callable[[Sequence[str], str], str]
"""The signed form of a chain of flows and of the run it ends with."""


def message_id(messages: Sequence[Message]) -> str:
    """`webhook-id`: the event's; of a batch one made of theirs, so it stays the same when sent again."""
    if len(messages) == 1:
        return messages[0].event_id
    return "bat_" + sha256(" ".join(message.event_id for message in messages).encode()).hexdigest()[:32]


class WebhookSender:
    """Sends to addresses of the outside, through the gate."""

    def __init__(self, egress: Egress, base_url: str, write_lineage: WriteLineage) -> None:
        self._egress = egress
        self._base_url = base_url
        self._write_lineage = write_lineage

    async def send(self, target: Target, messages: Sequence[Message]) -> AttemptResult:
        """POST the events."""
        rendered = render(target.format, messages, base_url=self._base_url)
        headers = self.headers(target, rendered, message_id(messages), self._lineage(messages))
        return await self.exchange(target, "POST", headers, rendered.body)

    def headers(self, target: Target, rendered: Rendered, id: str, lineage: str = "") -> dict[str, str]:
        """All headers of a delivery, in lower case: the user's, then ours, which they cannot replace."""
        made = {"user-agent": USER_AGENT, "accept-encoding": "identity"}
        made |= {name.lower(): text for name, text in target.headers.items()}
        made |= rendered.headers
        if lineage:
            made[LINEAGE] = lineage
        if target.origin:
            made[ORIGIN.lower()] = target.origin
        return made | signing.headers(target.keys, id, int(clock.now()), rendered.body)

    def _lineage(self, messages: Sequence[Message]) -> str:
        """What led to these events, for the case that they come back to us; empty for nothing."""
        flows = chain(messages)
        if not flows:
            return ""
        return self._write_lineage(flows, run_of([orjson.loads(one.envelope) for one in messages]))

    async def exchange(
        self, target: Target, method: str, headers: Mapping[str, str], body: bytes = b""
    ) -> AttemptResult:
        """One request and its answer, within the target's time. Raises nothing but a cancellation."""
        watch, seconds, came = Stopwatch(), target.options.timeout_s, _Came()
        try:
            async with clock.timeout(seconds):
                failure = await self._exchange(target, method, headers, body, watch, came)
        except TimeoutError:
            failure = answers.timed_out(watch, seconds)
        return answers.sent(came.answer(failure, watch), target, headers, body)

    async def _exchange(
        self,
        target: Target,
        method: str,
        headers: Mapping[str, str],
        body: bytes,
        watch: Stopwatch,
        came: "_Came",
    ) -> AttemptResult | None:
        """Fills `came`; gives what hindered that, if anything."""
        limits = dict.fromkeys(("connect", "read", "write", "pool"), target.options.timeout_s)
        try:
            request = httpx.Request(
                method, target.url, headers=dict(headers), content=body, extensions={"timeout": limits}
            )
            response = await self._egress.send(request, max_bytes=READ_BYTES, watch=watch)
            await came.read(response)
        except Exception as error:
            return _failure(error, target, watch)
        return None


@dataclass
class _Came:
    """What has come of an answer so far."""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)

    async def read(self, response: httpx.Response) -> None:
        """Take an answer in, to its end; its body is kept in part. Raises what hinders that."""
        self.status = response.status_code
        self.headers = {name.lower(): text for name, text in response.headers.items()}
        stream = response.stream
        assert isinstance(stream, httpx.AsyncByteStream)
        try:
            async for part in stream:
                self.body += part[: KEPT_BYTES + answers.BEYOND - len(self.body)]
        finally:
            await stream.aclose()

    def answer(self, failure: AttemptResult | None, watch: Stopwatch) -> AttemptResult:
        """Success is an answer that came to its end: what says 2xx and then stalls, breaks off or never
        stops is no receiver of events. Any other status means what it means, whatever becomes of its body."""
        if self.status is None:
            assert failure is not None
            return failure
        answer = answers.of_status(self.status, self.headers, bytes(self.body), watch)
        if failure is None or not answer.ok:
            return answer
        return replace(answer, ok=False, kind=failure.kind, error=failure.error)


def chain(messages: Sequence[Message]) -> tuple[str, ...]:
    """The flows that led to any of these events, each once."""
    return tuple(dict.fromkeys(flow for message in messages for flow in message.lineage))


def _failure(error: Exception, target: Target, watch: Stopwatch) -> AttemptResult:
    """What hindered a request, by what it would take to mend it."""
    if isinstance(error, EgressRefused):
        return answers.failed("refused", f"{error}.", watch, permanent=fixed(target.url))
    if isinstance(error, AnswerTooLarge):
        return answers.failed("too_large", f"The response has more than {READ_BYTES:,} bytes.", watch)
    if isinstance(error, httpx.TimeoutException):
        return answers.timed_out(watch, target.options.timeout_s)
    if isinstance(error, httpx.ConnectError):
        if watch.part == "dns":
            return answers.failed("dns", f"{error}.", watch)
        if watch.part == "tls":
            return answers.failed("tls", f"The TLS handshake failed: {error}.", watch)
        return answers.failed("connect", f"No connection: {error}.", watch)
    if isinstance(error, httpx.NetworkError) or _cut_off(error):
        return answers.failed("reset", f"The connection broke off while {answers.PARTS[watch.part]}.", watch)
    if isinstance(
        error, httpx.LocalProtocolError | httpx.InvalidURL | httpx.UnsupportedProtocol | ValueError
    ):
        return answers.failed("refused", f"This cannot be sent: {error}.", watch, permanent=True)
    if isinstance(error, httpx.HTTPError):
        return answers.failed("protocol", f"The answer is not HTTP: {error}.", watch)
    raise error


def _cut_off(error: Exception) -> bool:
    return isinstance(error, httpx.RemoteProtocolError) and "without sending a response" in str(error)


def fixed(url: str) -> bool:
    """Whether an address is spelled out in numbers: it stays refused, while a name may come to lead
    elsewhere."""
    try:
        return literal(httpx.URL(url).host) is not None
    except (ValueError, httpx.InvalidURL):
        return True
