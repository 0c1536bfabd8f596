"""What the delivery engine hands to a sender, and what it gets back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from .signing import SigningKey

KINDS = ("webhook", "flow", "topic", "nats", "amqp", "file")
FORMATS = ("raw", "cloudevents", "cloudevents_binary", "cloudevents_batch", "otlp")
BATCHES = ("cloudevents_batch", "otlp")
"""Formats that hold several events in one body."""
VERIFICATIONS = ("none", "ping", "challenge", "cloudevents")

KEPT_BYTES = 16_384
"""Bytes of a request's and of an answer's body that are kept to be shown."""
READ_BYTES = 65_536
"""Bytes of an answer that are read at most; one with more fails as `too_large`."""

AttemptKind = Literal[
    "ok",  # the target has it
    "status",  # an HTTP status that is no success and none of the next four
    "redirect",  # 3xx, which is not followed
    "gone",  # 410: the target wants no more
    "slow_down",  # 429, 502, 503, 504: the whole target is to be left in peace for a while
    "timeout",  # `error` says in which phase
    "dns",  # the name is not known
    "connect",  # nobody listens, or the network is not reached
    "tls",  # no handshake, or a certificate that is not believed
    "reset",  # the connection was lost
    "refused",  # by our own gate, or by the target's rules (sign-in, unknown flow, no queue is bound)
    "too_large",  # more of an answer than is read
    "protocol",  # what came is not of the protocol
    "cut",  # the sender found that it would close a circle
    "closed",  # this process is shutting down
]


@dataclass(frozen=True, slots=True)
class Message:
    """One event on its way to one target."""

    event_id: str
    action: str
    envelope: bytes
    """JSON text of the event, as it was stored."""
    created: str
    """When it happened, ISO 8601."""
    lineage: tuple[str, ...] = ()
    """Ids of the flows that led to it, oldest first."""
    attempt: int = 1
    """The first is 1."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a destination is treated. The defaults are those of a new one."""

    rate_per_s: float | None = None
    """Deliveries per second at most; None for no limit."""
    concurrency: int = 4
    """Requests on their way at the same time."""
    order_key: str = ""
    """A JMESPath over the envelope: events with the same value go one after the other. Empty: no order."""
    timeout_s: float = 15.0
    """Seconds for a whole attempt (Standard Webhooks advises 15 to 30)."""
    batch_size: int = 100
    """Events in one body, for formats that take several."""
    disable_after_h: float = 120.0
    """Hours of failures, without a success, after which it is disabled."""


@dataclass(frozen=True, slots=True)
class Target:
    """A destination as its sender needs it, secrets opened. Never written to a log or an answer."""

    id: str
    project_id: str | None
    """None for one of the platform."""
    kind: str
    url: str
    format: str = "raw"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What the user adds to each request or message."""
    keys: Sequence[SigningKey] = field(default=(), repr=False)
    """Newest first."""
    options: Options = Options()
    origin: str = ""
    """Host name of ours that the target consented to hear from (CloudEvents); empty without such consent."""
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Sign-in at a broker: `username` and `password`, or `token` (NATS)."""


@dataclass(frozen=True, slots=True)
class Phases:
    """Milliseconds that each part of a request took; None for a part that did not happen."""

    dns_ms: float | None = None
    connect_ms: float | None = None
    tls_ms: float | None = None
    first_byte_ms: float | None = None
    """From the request's last byte to the answer's first."""
    total_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """How one attempt ended. Headers and bodies are bounded, secrets in them masked."""

    ok: bool
    kind: AttemptKind
    status: int | None = None
    """HTTP status, if the target speaks HTTP."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    error: str | None = None
    """A sentence for people."""
    retry_after: float | None = None
    """Seconds that the target asked us to wait."""
    phases: Phases = Phases()
    request_headers: Mapping[str, str] = field(default_factory=dict)
    request_body: bytes = b""
    permanent: bool = False
    """Trying again does not help: somebody must change the destination first."""
    gone: bool = False
    """The target wants nothing from us any more (HTTP 410)."""


@dataclass(frozen=True, slots=True)
class Started:
    """What became of an event that was handed to a flow of this instance."""

    run_id: str = ""
    duplicate: bool = False
    """The flow had it already: `run_id` is the run of then."""
    cut: str = ""
    """Why no run was started: it would close a circle."""
    held: bool = False
    """The flow is disabled and holds the event: `run_id` is the held event's."""
