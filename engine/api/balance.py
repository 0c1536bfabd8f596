"""The books: what came in, what became of it, and whether the counts agree."""

from typing import Any

from pydantic import Field

from engine.base.actor import Actor, Permission
from engine.runs.balance import Balance

from .operation import operation
from .shapes import Query, ResponseBody

_HOUR = r"^\d{4}-\d\d-\d\dT\d\d$"


class BalanceQuery(Query):
    flow_id: str | None = Field(None, min_length=1, max_length=64)
    since: str | None = Field(None, pattern=_HOUR, description="The first hour, UTC: `2026-11-30T08`")
    until: str | None = Field(None, pattern=_HOUR, description="The hour before which to stop, UTC")


class FlowBalance(ResponseBody):
    flow_id: str = Field(description="Empty for requests that belong to no flow")
    received: int = Field(description="Events that came in, after splitting")
    deduplicated: int
    held: int = Field(description="Events that were held, whatever became of them since")
    released: int
    discarded: int
    unrouted: int
    cut: int = Field(description="Events that would have closed a cycle of flows")
    rejected: dict[str, int] = Field(description="By reason")
    started: dict[str, int] = Field(description="Runs by what started them")
    ended: dict[str, int] = Field(description="Runs by status")
    effects: dict[str, int] = Field(description="Attempts: confirmed, failed, unknown")


class BalanceDifference(ResponseBody):
    project_id: str
    flow_id: str
    environment: str
    what: str
    ledger: int
    counted: int


class BalanceSheet(ResponseBody):
    data: list[FlowBalance]
    differences: list[BalanceDifference] = Field(description="Empty when the books balance")


@operation("GET", "/balance", Permission.view, answer=BalanceSheet)
async def read_balance(balance: Balance, actor: Actor, query: BalanceQuery) -> dict[str, Any]:
    """Read what the ledger counted for each flow, and where it does not agree with the tables.

    The figures are those of the hours asked for; the differences are over all hours.
    """
    return await balance.read(actor, query.flow_id, query.since or "", query.until or "9")


OPERATIONS = (read_balance,)
