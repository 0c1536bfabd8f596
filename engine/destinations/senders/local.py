"""Events to flows and topics of this instance, without a connection."""

from collections.abc import Awaitable, Mapping, Sequence
from typing import Protocol

import orjson

from engine.base import clock
from engine.base.errors import SwitchyardError
from engine.base.timings import Stopwatch
from engine.base.types import Json
from engine.destinations.formats import Rendered, render
from engine.destinations.message import AttemptResult, Message, Started, Target
from engine.http.egress import USER_AGENT

from . import answers
from .webhook import chain, message_id


class StartFlow(Protocol):
    """Starts a run of a published flow as its webhook would, without asking who sent it."""

    async def __call__(
        self,
        flow_id: str,
        project_id: str | None,
        event: dict[str, Json],
        *,
        lineage: Sequence[str],
    ) -> Started:
        """`event` is what its trigger gets: method, headers, query, body. One with the same `webhook-id`
        starts nothing again. `project_id` is the flow's, or None for any. Raises SwitchyardError."""
        ...


class Publish(Protocol):
    """Puts a message on a topic; durable when it returns. Raises SwitchyardError."""

    def __call__(
        self,
        project_id: str,
        topic: str,
        body: Json,
        *,
        source: str,
        lineage: Sequence[str],
        key: str | None,
    ) -> Awaitable[object]: ...


class FlowSender:
    """Hands events to a flow. In a batch format one call holds them all, as one request would."""

    def __init__(self, start: StartFlow, base_url: str) -> None:
        self._start = start
        self._base_url = base_url

    async def send(self, target: Target, messages: Sequence[Message], flow_id: str = "") -> AttemptResult:
        """Start a run; the flow is the target's address unless one is given."""
        rendered = render(target.format, messages, base_url=self._base_url)
        headers = _headers(rendered, message_id(messages))
        event = {"method": "POST", "headers": headers, "query": {}, "body": orjson.loads(rendered.body)}
        watch = Stopwatch()
        try:
            async with clock.timeout(target.options.timeout_s):
                started = await self._start(
                    flow_id or target.url,
                    target.project_id,
                    event,
                    lineage=chain(messages),
                )
        except SwitchyardError as error:
            answer = _refusal(error, watch)
        except TimeoutError:
            answer = answers.timed_out(watch, target.options.timeout_s)
        else:
            answer = _started(started, watch)
        return answers.sent(answer, target, headers, rendered.body)


def _headers(rendered: Rendered, id: str) -> dict[str, str]:
    return {
        **rendered.headers,
        "user-agent": USER_AGENT,
        "webhook-id": id,
        "webhook-timestamp": str(int(clock.now())),
    }


def _started(started: Started, watch: Stopwatch) -> AttemptResult:
    if started.cut:
        return answers.failed("cut", started.cut, watch, permanent=True)
    told: Mapping[str, Json] = {"held": True} if started.held else {"run_id": started.run_id}
    body = orjson.dumps({**told, "duplicate": True} if started.duplicate else told)
    return AttemptResult(True, "ok", status=202, body=body, phases=answers.phases_of(watch))


def _refusal(error: SwitchyardError, watch: Stopwatch) -> AttemptResult:
    """Busy and unavailable ask for time; all else is for somebody to mend, which is no reason to give up."""
    after = getattr(error, "retry_after", None)
    return AttemptResult(
        False,
        "slow_down" if error.status in (429, 503) else "refused",
        error.status,
        error=error.message,
        retry_after=None if after is None else float(after),
        phases=answers.phases_of(watch),
    )


class TopicSender:
    """Publishes events on a topic: of the target's project, or of the event's for one of the platform."""

    def __init__(self, publish: Publish, base_url: str) -> None:
        self._publish = publish
        self._base_url = base_url

    async def send(self, target: Target, messages: Sequence[Message]) -> AttemptResult:
        """Put each event on the topic; sent again it is no second message."""
        watch, last = Stopwatch(), b""
        try:
            async with clock.timeout(target.options.timeout_s):
                for message in messages:
                    # On a topic there are no headers: a CloudEvent goes whole.
                    form = "cloudevents" if target.format.startswith("cloudevents") else target.format
                    last = render(form, [message], base_url=self._base_url).body
                    project = target.project_id or orjson.loads(message.envelope).get("projectId")
                    if not project:
                        continue  # an event of the platform alone has no project to be published in
                    await self._publish(
                        project,
                        target.url,
                        orjson.loads(last),
                        source=f"destination:{target.id}",
                        lineage=message.lineage,
                        key=message.event_id,
                    )
        except SwitchyardError as error:
            return answers.sent(_refusal(error, watch), target, {}, last)
        except TimeoutError:
            return answers.sent(answers.timed_out(watch, target.options.timeout_s), target, {}, last)
        answer = AttemptResult(True, "ok", phases=answers.phases_of(watch))
        return answers.sent(answer, target, {}, last)
