"""How an operation of the API is declared."""

import pytest

from engine.api.operation import operation
from engine.authoring.flows import Flows
from engine.base.actor import Actor, Permission
from engine.runs.service import Runs


def test_an_operation_uses_the_services_that_its_parameters_name() -> None:
    @operation("GET", "/things/{id}", Permission.view, answer=None)
    async def read_thing(flows: Flows, runs: Runs, actor: Actor, id: str) -> None:
        """Read a thing."""

    assert read_thing.uses == {"flows", "runs"}


def test_a_parameter_with_a_services_name_must_have_its_type() -> None:
    async def read_thing(flows: Runs) -> None:
        """Read a thing."""

    with pytest.raises(TypeError, match="read_thing: flows is a Flows"):
        operation("GET", "/things", Permission.view, answer=None)(read_thing)
