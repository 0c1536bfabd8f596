"""Rejected requests: read, admit, delete."""

from typing import Any

from pydantic import Field

from engine.base.actor import Actor, Permission
from engine.intake.admissions import Admissions, Admitted
from engine.intake.rejected import MOST_IDS, Rejected, checked
from engine.store.paging import Page
from engine.store.rejected_store import Reason, StoredRejection

from . import shapes
from .operation import operation
from .shapes import Body, Paged, ResponseBody


class RejectedQuery(Paged):
    flow_id: str | None = Field(None, min_length=1, max_length=64)
    reason: list[Reason] | None = Field(None, description="One or more, by repeating the parameter")
    admitted: bool | None = Field(None, description="false: only those that were not admitted yet")
    since: str | None = Field(
        None, min_length=1, max_length=40, description="ISO 8601; received then or later"
    )
    until: str | None = Field(
        None, min_length=1, max_length=40, description="ISO 8601; received then or earlier"
    )
    source: str | None = Field(None, max_length=100, description="Part of the sender's address")


class RejectedChoice(Body):
    """Which requests: those that fit everything that is given."""

    flow_id: str | None = Field(None, min_length=1, max_length=64)
    reason: list[Reason] | None = Field(None, strict=False)
    since: str | None = Field(None, min_length=1, max_length=40, description="ISO 8601")
    until: str | None = Field(None, min_length=1, max_length=40, description="ISO 8601")
    ids: list[str] | None = Field(None, max_length=MOST_IDS, description="Only these")


class AdmitChoice(RejectedChoice):
    verify: bool = Field(True, description="false skips the verification; needs the role admin")


class AdmitBody(Body):
    may_be_absent = True
    verify: bool = Field(True, description="false skips the verification; needs the role admin")


class StillRefused(ResponseBody):
    id: str
    message: str


class AdmittedCounts(ResponseBody):
    run: int = Field(description="Requests that started runs")
    duplicate: int = Field(description="Requests whose event had a run already")
    held: int = Field(description="Requests whose event is held, because the flow is disabled")
    still_refused: int
    refused: list[StillRefused] = Field(description="Those that are still refused; the first hundred")
    more: bool = Field(description="Others match that were not tried; call it again")


class Count(ResponseBody):
    deleted: int


@operation("GET", "/rejected", Permission.view, answer=shapes.List[shapes.RejectedRow])
async def list_rejected(rejected: Rejected, actor: Actor, query: RejectedQuery) -> Page[StoredRejection]:
    """List requests that the intake refused, newest first."""
    return await rejected.list(
        str(actor.project_id),
        flow_id=query.flow_id,
        reason=query.reason,
        admitted=query.admitted,
        since=query.since,
        until=query.until,
        source=query.source,
        cursor=query.cursor,
        limit=query.limit,
    )


@operation("GET", "/rejected/{rejected_id}", Permission.view, answer=shapes.RejectedRequest)
async def read_rejected(rejected: Rejected, actor: Actor, rejected_id: str) -> dict[str, Any]:
    """Read a rejected request, without its secrets."""
    return await rejected.get(str(actor.project_id), rejected_id)


@operation(
    "POST", "/rejected/{rejected_id}/admit", Permission.edit, answer=shapes.RejectedRow, errors=(409, 503)
)
async def admit_rejected(
    admissions: Admissions, actor: Actor, rejected_id: str, body: AdmitBody
) -> StoredRejection:
    """Run a rejected request once its cause is fixed.

    It is received again as the flow is now; replay windows are judged by the time of its arrival. A request
    that was admitted before stays as it is.
    """
    return await admissions.admit(actor, rejected_id, verify=body.verify)


@operation("POST", "/rejected/admit", Permission.edit, answer=AdmittedCounts)
async def admit_all_rejected(admissions: Admissions, actor: Actor, body: AdmitChoice) -> Admitted:
    """Run all rejected requests that match, in order of arrival, once each; at most 1,000 a call."""
    wanted = checked(str(actor.project_id), body.flow_id, body.reason, None, body.since, body.until)
    return await admissions.admit_all(actor, wanted, body.ids, verify=body.verify)


@operation("POST", "/rejected/delete", Permission.edit, answer=Count)
async def delete_rejected(rejected: Rejected, actor: Actor, body: RejectedChoice) -> dict[str, int]:
    """Delete rejected requests."""
    wanted = checked(
        str(actor.project_id), body.flow_id, body.reason, None, body.since, body.until
    )  # fmt: skip
    return {"deleted": await rejected.delete(actor, wanted, body.ids)}


OPERATIONS = (list_rejected, admit_all_rejected, delete_rejected, read_rejected, admit_rejected)
