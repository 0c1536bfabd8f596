"""The pieces of a few lines: data, delay, store, flow."""

from typing import Any

import pytest

from pieces import Option, PieceError, Wait
from pieces.data import compose, data, transform
from pieces.delay import delay, delay_for, delay_until
from pieces.flow import call, called, flow
from pieces.store import delete, get, increment, put, store
from pieces.testing import MemoryStore, context

NOW = 1_700_000_000.0


async def test_compose_gives_what_it_is_given_and_is_pure() -> None:
    assert await compose.run(context(data), {"value": {"a": None}}) == {"a": None}
    assert await compose.run(context(data), {"value": None}) is None
    assert compose.pure and transform.pure


async def test_transform_asks_the_engine() -> None:
    ctx = context(data, evaluate=lambda expression, value: [expression, value])
    assert await transform.run(ctx, {"expression": "a.b", "input": {"a": 1}}) == ["a.b", {"a": 1}]
    with pytest.raises(PieceError, match="`expression` is required"):
        await transform.run(ctx, {"input": {}})


@pytest.mark.parametrize(
    ("values", "seconds"),
    [
        ({"duration": 90, "unit": "seconds"}, 90),
        ({"duration": "5"}, 300),
        ({"duration": 1.5, "unit": "hours"}, 5400),
        ({"duration": 366, "unit": "days"}, 366 * 86400),
    ],
)
async def test_a_delay_suspends_the_run_and_goes_on_later(values: dict[str, Any], seconds: float) -> None:
    with pytest.raises(Wait) as caught:
        await delay_for.run(context(delay, now=NOW), values)
    assert caught.value.until == NOW + seconds
    resumed = await delay_for.run(context(delay, now=NOW + seconds, resume=caught.value.state), values)
    assert resumed == caught.value.state
    assert resumed["since"] == "2023-11-14T22:13:20.000Z"


async def test_a_delay_of_nothing_or_into_the_past_goes_on_at_once() -> None:
    assert (await delay_for.run(context(delay, now=NOW), {"duration": 0}))[
        "until"
    ] == "2023-11-14T22:13:20.000Z"
    past = await delay_until.run(context(delay, now=NOW), {"until": "2020-01-01"})
    assert past["until"] == "2020-01-01T00:00:00.000Z"


async def test_a_moment_is_waited_for() -> None:
    with pytest.raises(Wait) as caught:
        await delay_until.run(context(delay, now=NOW), {"until": "2023-11-15T00:13:20+01:00"})
    assert caught.value.until == NOW + 3600


@pytest.mark.parametrize(
    ("action", "values"),
    [
        (delay_for, {"duration": 367, "unit": "days"}),
        (delay_for, {"duration": -1}),
        (delay_for, {"duration": "soon"}),
        (delay_until, {"until": "2999-01-01"}),
        (delay_until, {"until": "tomorrow"}),
    ],
)
async def test_a_delay_has_bounds(action: Any, values: dict[str, Any]) -> None:
    with pytest.raises(PieceError) as caught:
        await action.run(context(delay, now=NOW), values)
    assert caught.value.field in ("duration", "until")


async def test_the_store_keeps_values_by_scope() -> None:
    ctx = context(store, store=MemoryStore())
    assert await get.run(ctx, {"key": "a", "default": 7}) == 7
    assert await put.run(ctx, {"key": "a", "value": {"b": 1}}) == {"b": 1}
    assert await get.run(ctx, {"key": "a"}) == {"b": 1}
    assert await get.run(ctx, {"key": "a", "scope": "project"}) is None
    assert await increment.run(ctx, {"key": "n", "by": 2}) == 2
    assert await increment.run(ctx, {"key": "n", "by": -0.5}) == 1.5
    assert await delete.run(ctx, {"key": "a"}) == {"deleted": True}
    assert await delete.run(ctx, {"key": "a"}) == {"deleted": False}
    await put.run(ctx, {"key": "b", "value": 1})
    await put.run(ctx, {"key": "b", "value": None})
    assert await get.run(ctx, {"key": "b", "default": "gone"}) == "gone"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"key": "", "value": 1}, "key"),
        ({"key": "k" * 129, "value": 1}, "key"),
        ({"key": "a\0", "value": 1}, "key"),
        ({"key": "a", "value": "é" * 256_000}, "value"),
        ({"key": "a"}, "value"),
        ({"key": "a", "value": 1, "scope": "planet"}, "scope"),
    ],
)
async def test_the_store_has_bounds(values: dict[str, Any], field: str) -> None:
    ctx = context(store, store=MemoryStore())
    with pytest.raises(PieceError) as caught:
        await put.run(ctx, values)
    assert caught.value.field == field
    assert await put.run(ctx, {"key": "k" * 128, "value": "x" * 511_998})


async def test_a_flow_calls_another() -> None:
    async def call_flow(flow: str, payload: Any, wait: bool) -> Any:
        return [flow, payload, wait]

    ctx = context(flow, call_flow=call_flow)
    assert await call.run(ctx, {"flow": "f1", "payload": {"a": 1}}) == ["f1", {"a": 1}, True]
    assert await call.run(ctx, {"flow": "f1", "wait": False}) == ["f1", None, False]
    with pytest.raises(PieceError, match="`flow` is required"):
        await call.run(ctx, {})


async def test_the_flows_that_may_be_called_are_listed() -> None:
    async def list_flows() -> list[tuple[str, str]]:
        return [("f1", "Alerts"), ("f2", "Digest")]

    assert await call.options(context(flow, list_flows=list_flows), "flow", search="dig") == [
        Option("f2", "Digest")
    ]
    assert called.kind == "manual"
    with pytest.raises(PieceError, match="returns no payloads"):
        await called.run(context(flow), {})
    with pytest.raises(PieceError, match="has no schedule"):
        await called.schedule({})


def test_a_transform_that_looks_at_nothing_is_warned_of() -> None:
    assert [pointer for pointer, _ in transform.warnings({"expression": "trigger.body"})] == ["/input"]
    assert transform.warnings({"expression": "a", "input": "{{ trigger.body }}"}) == []
