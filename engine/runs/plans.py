"""Compiled plans, by the version of a flow that they are of."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.flow import Flow
from pieces import Registry

from .plan import Plan, compile_plan


@dataclass(frozen=True, slots=True)
class Found:
    """A flow as a new event needs it: compiled, and whether it takes events."""

    plan: Plan
    enabled: bool
    freeze: Callable[[], Awaitable[None]] | None = None
    """Stores a draft that a run is about to take; until then a refused request has stored nothing."""


class Plans:
    """Compiled plans by version id; the oldest gives way when there are too many."""

    def __init__(self, pieces: Registry, size: int = 2000) -> None:
        self._pieces = pieces
        self._size = size
        self._plans: dict[str, Plan] = {}

    def known(self, version_id: str) -> Plan | None:
        return self._plans.get(version_id)

    def compile(self, flow: Flow, identity: Mapping[str, Any]) -> Plan:
        """Compile and keep; `identity` holds flow_id, project_id, version_id and version."""
        plan = compile_plan(flow, self._pieces, **identity)
        if len(self._plans) >= self._size:
            self._plans.pop(next(iter(self._plans)))
        self._plans[plan.version_id] = plan
        return plan
