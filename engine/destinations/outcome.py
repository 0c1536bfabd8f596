"""A delivery in memory as its sender takes it, and what is written down of a try."""

from collections.abc import Mapping

import orjson

from engine.base import clock

from .delivery_store import Tried
from .lanes import Waiting
from .message import AttemptResult, Message, Phases
from .retry_policy import Next


def message(one: Waiting, envelope: bytes) -> Message:
    """What goes out."""
    event = one.event
    chain = tuple(orjson.loads(event.lineage)) if event.lineage != "[]" else ()
    return Message(event.id, event.action, envelope, event.created, chain, one.attempts + 1)


def tried(
    destination_id: str,
    one: Waiting,
    answer: AttemptResult,
    after: Next,
    started: float,
    ended: float,
    noted: bool,
) -> Tried:
    """What is written down; `noted` says that the destination's own row is to tell of it."""
    return Tried(
        delivery_id=one.id, destination_id=destination_id, number=one.attempts + 1, tries=one.tries + 1,
        started=clock.to_iso(started), ended=clock.to_iso(ended), kind=answer.kind,
        http_status=answer.status, error=answer.error, duration_ms=answer.phases.total_ms,
        phases=_phases(answer.phases),
        request=_kept(answer.request_headers, answer.request_body, one.event.envelope),
        answer=_kept(answer.headers, answer.body, None), status=after.status,
        next_at=None if after.at is None else clock.to_iso(after.at), why=after.why,
        manual=one.attempts > 0 and one.tries == 0, noted=noted,
    )  # fmt: skip


def _phases(phases: Phases) -> str:
    return orjson.dumps(
        {
            "dns_ms": phases.dns_ms, "connect_ms": phases.connect_ms, "tls_ms": phases.tls_ms,
            "first_byte_ms": phases.first_byte_ms, "total_ms": phases.total_ms,
        }
    ).decode()  # fmt: skip


def _kept(headers: Mapping[str, str], body: bytes, envelope: bytes | None) -> bytes:
    """What is shown of a request or an answer. A body that is the event as it is, is not kept twice."""
    text = None if envelope is not None and body == envelope else body.decode("utf-8", "replace")
    return orjson.dumps({"headers": dict(headers), "body": text})
