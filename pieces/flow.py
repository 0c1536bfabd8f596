"""Flow: let one flow call another of the same project."""

from typing import Annotated

from ._context import Context
from ._piece import Piece
from ._props import Dropdown, Json, Option

flow = Piece("flow", icon="workflow")


async def flows(ctx: Context, search: str) -> list[Option]:
    wanted = search.lower()
    return [Option(id, name) for id, name in await ctx.list_flows() if wanted in name.lower()]


@flow.action
async def call(
    ctx: Context, flow: Annotated[str, Dropdown(flows)], payload: Json = None, wait: bool = True
) -> Json:
    """Start another flow of this project.

    Args:
        flow: One that is published and enabled, best with the trigger "Called".
        payload: What the called flow sees as `trigger.body`.
        wait: Wait for the called flow, and give its response. Otherwise give its run's id.
    """
    return await ctx.call_flow(flow, payload, wait)


@flow.manual
async def called(ctx: Context, sample: Json = None) -> None:
    """Start when another flow calls this one.

    Args:
        sample: A payload as callers send it; used to test the flow and shown to those who call it.
    """
