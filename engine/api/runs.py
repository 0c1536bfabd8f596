"""Runs: read, again, stop."""

from typing import Any, Literal

from pydantic import Field

from engine.base.actor import Actor, Permission
from engine.runs.service import Runs, RunSummary
from engine.store.models import RunStatus
from engine.store.paging import Page

from . import shapes
from .operation import operation
from .shapes import Body, Paged

_UNROUTED: dict[str, bool | Literal["all"]] = {"true": True, "false": False, "all": "all"}


class RunQuery(Paged):
    flow_id: str | None = Field(None, min_length=1, max_length=64)
    status: list[RunStatus] | None = Field(None, description="One or more, by repeating the parameter")
    environment: Literal["production", "test"] | None = None
    unrouted: Literal["true", "false", "all"] | None = Field(
        None,
        description="true: only runs with an open unrouted event, neither resolved nor dismissed; "
        "all: settled ones too, with `resolved_by` or `dismissed`; false: only runs that were routed",
    )
    no_action: bool | None = Field(None, description="true: only runs that succeeded without any effect")
    since: str | None = Field(
        None, min_length=1, max_length=40, description="ISO 8601; created then or later"
    )
    until: str | None = Field(
        None, min_length=1, max_length=40, description="ISO 8601; created then or earlier"
    )
    text: str | None = Field(
        None,
        max_length=200,
        description="In the id, the path, the error, the flow's name, the title or a label's value",
    )
    label: list[str] | None = Field(
        None, max_length=10, description="`name:value`; several, by repeating the parameter, must all hold"
    )


class RetryBody(Body):
    may_be_absent = True
    version: Literal["same", "latest"] = Field(
        "same", description="The version it had, or what is published now"
    )
    from_failed: bool = Field(
        False, description="Reuse the results of steps that succeeded; needs the same version"
    )


@operation("GET", "/runs", Permission.view, answer=shapes.List[shapes.RunRow])
async def list_runs(runs: Runs, actor: Actor, query: RunQuery) -> Page[RunSummary]:
    """List runs, newest first.

    Where few runs match, a page may have fewer than `limit`, or none, and still name the `next` one: what one
    answer costs does not grow with the number of runs.
    """
    found = await runs.list(
        str(actor.project_id),
        flow_id=query.flow_id,
        status=query.status,
        environment=query.environment,
        unrouted=_UNROUTED[query.unrouted] if query.unrouted else None,
        no_action=query.no_action,
        since=query.since,
        until=query.until,
        text=query.text,
        labels=query.label or (),
        cursor=query.cursor,
        limit=query.limit,
    )
    return Page(found.data, found.next)


@operation("GET", "/runs/{run_id}", Permission.view, answer=shapes.Run)
async def read_run(runs: Runs, actor: Actor, run_id: str) -> dict[str, Any]:
    """Read a run with each of its steps."""
    return await runs.get(str(actor.project_id), run_id)


@operation("POST", "/runs/{run_id}/retry", Permission.edit, answer=shapes.Run, status=201, errors=(409, 429))
async def retry_run(runs: Runs, actor: Actor, run_id: str, body: RetryBody) -> dict[str, Any]:
    """Run the same event again.

    The answer is the new run, which names the old one in `retry_of`.
    """
    new_id = await runs.retry(actor, run_id, body.version, from_failed=body.from_failed)
    return await runs.get(str(actor.project_id), new_id)


@operation("POST", "/runs/{run_id}/cancel", Permission.edit, answer=shapes.Run, errors=(409,))
async def cancel_run(runs: Runs, actor: Actor, run_id: str) -> dict[str, Any]:
    """End an open run."""
    return await runs.cancel(actor, run_id)


@operation("POST", "/runs/{run_id}/dismiss", Permission.edit, answer=shapes.Run, errors=(409,))
async def dismiss_run(runs: Runs, actor: Actor, run_id: str) -> dict[str, Any]:
    """Take the unrouted event of a run off the list."""
    await runs.dismiss(actor, run_id)
    return await runs.get(str(actor.project_id), run_id)


OPERATIONS = (list_runs, read_run, retry_run, cancel_run, dismiss_run)
