"""What `sy.destinations` gives back. None of it holds a secret."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from .message import AttemptResult


@dataclass(frozen=True)
class DestinationRecord:
    """A destination as lists and pages show it. Times are ISO 8601."""

    id: str
    project_id: str | None
    """None for one of the platform, which is told of every project's events."""
    name: str
    kind: str
    url: str
    events: list[str]
    format: str
    header_names: list[str]
    credential_names: list[str]
    verification: str
    status: str
    """pending (not verified yet), active, inactive."""
    reason: str
    """Why it is pending or inactive; empty for an active one."""
    options: dict[str, Any]
    failing_since: str | None
    """No success since then."""
    held: int
    """Deliveries that wait for the destination to be active, and for somebody to release them."""
    last_delivered: str | None
    last_failed: str | None
    created: str
    updated: str
    creator: str | None
    flow_id: str | None = None
    """The flow of this instance that it leads to."""
    flow_name: str | None = None
    flow_published: bool | None = None
    """Whether that flow is published and enabled; None where there is none."""

    def to_json(self) -> dict[str, Any]:
        """For the API."""
        return asdict(self)


@dataclass(frozen=True)
class Created:
    """A new destination with its secret, which is shown this once, and what its verification came to."""

    record: DestinationRecord
    secret: str = field(repr=False)
    answer: AttemptResult | None = None
    """None for one that is not verified."""


@dataclass(frozen=True)
class TestResult:
    """What a test came to. `body` and `headers` are what was sent, secrets masked."""

    __test__ = False  # not a case for pytest

    answer: AttemptResult
    body: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Preview:
    """What would be sent."""

    body: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class ReplayRecord:
    """Deliveries of a span of time that are sent again."""

    id: str
    destination_id: str
    since: str
    until: str
    only: str
    """failed, or all."""
    total: int
    """How many there were when it began."""
    done: int
    """How many of them are on their way again."""
    state: str
    """running, finished, canceled."""
    creator: str | None
    created: str

    def to_json(self) -> dict[str, Any]:
        """For the API."""
        return asdict(self)


@dataclass(frozen=True)
class Bucket:
    """A stretch of time that begins at `at`; milliseconds are None where nothing was tried."""

    at: str
    delivered: int
    failed: int
    p50_ms: float | None
    p95_ms: float | None


@dataclass(frozen=True)
class Statistics:
    """A destination's last hours. `delivered` and `failed` count attempts; `dead` and `held` deliveries as
    they stand now."""

    delivered: int
    failed: int
    dead: int
    held: int
    pending: int
    success_rate: float | None
    """Of the attempts, 0 … 1; None where nothing was tried."""
    p50_ms: float | None
    p95_ms: float | None
    buckets: list[Bucket]

    def to_json(self) -> dict[str, Any]:
        """For the API."""
        return asdict(self)
