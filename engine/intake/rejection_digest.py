"""`flow.event.rejected`: the first refusal of a flow at once, those that follow together every ten minutes.

A flood of refusals does not become a flood of events.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from engine.base import clock
from engine.base.payloads import RejectedData, flow_ref
from engine.store.database import Database
from engine.store.emit import Emit
from engine.store.rejected_store import KnownFlow, Reason
from engine.store.tx import Tx

from .request import Request

PERIOD = 600.0
"""Seconds between two events of one flow."""


class Refusal(NamedTuple):
    """One refused request."""

    id: str
    flow_id: str
    reason: Reason
    status: int
    message: str
    request: Request
    received: str


@dataclass
class Report:
    """What the next event of a flow will say."""

    flow_id: str
    name: str
    project_id: str
    due: float = 0.0
    """When it may be emitted, by the monotonic clock."""
    reasons: Counter[str] = field(default_factory=Counter)
    first: Refusal | None = None
    last: Refusal | None = None


class Digest:
    """Counts refusals between the events."""

    def __init__(self, db: Database, emit: Emit) -> None:
        self._db = db
        self._emit = emit
        self._reports: dict[str, Report] = {}
        self._timer: clock.Timer | None = None

    def add(self, refusal: Refusal, flow: KnownFlow) -> None:
        """Count a refusal."""
        report = self._report(refusal.flow_id, flow)
        report.reasons[refusal.reason] += 1
        report.first, report.last = report.first or refusal, refusal

    def add_dropped(self, flow_id: str, flow: KnownFlow, reasons: Counter[Reason]) -> None:
        """Count refusals that were not stored; they are reported with one that is."""
        self._report(flow_id, flow).reasons.update(reasons)

    def _report(self, flow_id: str, flow: KnownFlow) -> Report:
        report = self._reports.get(flow_id)
        if report is None:
            report = self._reports[flow_id] = Report(flow_id, flow.name, flow.project_id)
        return report

    def take_due(self) -> list[Report]:
        """The reports that are to be emitted now. A flow that had one waits for its time."""
        now, due = clock.monotonic(), []
        for flow_id, report in list(self._reports.items()):
            if report.due > now:
                continue
            if report.last is None and report.reasons:  # nothing to show yet; the counts are reported later
                report.due = now + PERIOD
                continue
            del self._reports[flow_id]
            if report.last is not None:
                due.append(report)
                self._reports[flow_id] = Report(flow_id, report.name, report.project_id, now + PERIOD)
        if self._timer is None and self._reports:
            first = min(report.due for report in self._reports.values())
            self._timer = clock.call_later(first - now, self._ring)
        return due

    def emit(self, tx: Tx, reports: list[Report]) -> None:
        """Emit events, in the transaction that stores the refusals."""
        for report in reports:
            first, last = report.first, report.last
            assert first is not None and last is not None
            data: RejectedData = {
                "flow": flow_ref(report.flow_id, report.name),
                "rejected": {
                    "requests": report.reasons.total(),
                    "reasons": dict(report.reasons),
                    "since": first.received,
                    "until": last.received,
                    "lastId": last.id,
                    "lastReason": last.reason,
                    "lastMessage": last.message,
                    "lastSource": last.request.source,
                },
            }
            self._emit(tx, "flow.event.rejected", data, None, report.project_id)

    def stop(self) -> None:
        """Emit nothing more."""
        if self._timer is not None:
            self._timer.cancel()

    def _ring(self) -> None:
        self._timer = None
        due = self.take_due()
        if due:
            self._db.submit(lambda tx: self.emit(tx, due))
