"""The flow file: its model, its checks, its canonical text. Pure: no I/O.

`parse` holds a definition or refuses it, `check` says all that is wrong with it, `dumps` writes it down.
"""

from collections.abc import Iterator

from .canonical import dumps, to_json
from .check import check, parse, recall, references
from .definition import (
    NAME,
    ActionStep,
    Branch,
    Expectation,
    Flow,
    LoopStep,
    Note,
    Otherwise,
    Retry,
    RouterStep,
    Settings,
    Step,
    Test,
    Trigger,
    Way,
)
from .graph import Edge, Graph, Order, StepLocation
from .masks import mask_paths, with_masked_examples
from .needs import can_split
from .problem import Problem, pointer
from .readings import Source, sources
from .rename import rename, rename_all
from .schema import json_schema

__all__ = [
    "NAME",
    "ActionStep",
    "Branch",
    "Edge",
    "Expectation",
    "Flow",
    "Graph",
    "LoopStep",
    "Note",
    "Order",
    "Otherwise",
    "Problem",
    "Retry",
    "RouterStep",
    "Settings",
    "Source",
    "Step",
    "StepLocation",
    "Test",
    "Trigger",
    "Way",
    "can_split",
    "check",
    "dumps",
    "json_schema",
    "mask_paths",
    "parse",
    "pointer",
    "recall",
    "references",
    "rename",
    "rename_all",
    "sources",
    "to_json",
    "walk",
    "with_masked_examples",
]


def walk(flow: Flow) -> Iterator[StepLocation]:
    """The flow's steps in drawing order, each with its place."""
    return Graph.of(to_json(flow)).walk()
