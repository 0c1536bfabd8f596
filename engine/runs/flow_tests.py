"""The cases stored in a flow file, run with every effect off."""

import json
from typing import Any

import pieces
from engine.base.settings import Settings
from engine.base.types import Json
from engine.flow import Flow

from .local_host import LocalHost
from .service import as_event


async def run_case(flow: Flow, case: Any) -> list[str]:
    """What a stored case finds wrong with its flow; empty when it passes."""
    event = flow.samples.get(case.sample) if case.sample is not None else case.event
    if event is None:
        return [f"There is no sample {case.sample!r}."]
    host = LocalHost(pieces.registry(), Settings(), given=dict(case.given))
    try:
        result = await host.run(flow, as_event(event))
    finally:
        await host.close()
    wrong = []
    expect = case.expect
    if expect.path is not None and result["path"] != expect.path:
        wrong.append(f"path: expected {' → '.join(expect.path)}; got {' → '.join(result['path'])}")
    if result["status"] != (expect.status or "succeeded"):
        wrong.append(
            f"status: expected {expect.status or 'succeeded'}; got {result['status']}: {result['error']}"
        )
    done = {step["name"]: step for step in result["steps"]}
    for part, expected in (("output", expect.outputs), ("input", expect.inputs)):
        for name, value in expected.items():
            got = done.get(name, {}).get(part)
            if not _holds(value, got):
                wrong.append(f"{part} of {name}: expected {json.dumps(value)}; got {json.dumps(got)}")
    return wrong


def _holds(expected: Json, got: Json) -> bool:
    """Equal; of objects, as far as the expected one says something."""
    if isinstance(expected, dict) and isinstance(got, dict):
        return all(key in got and _holds(value, got[key]) for key, value in expected.items())
    return bool(expected == got)
