"""All that is wrong with a definition, at once."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import orjson

from engine.base.errors import BadInput, Malformed

from .branches import action_problems, loop_problems, router_problems
from .canonical import to_json
from .definition import Flow
from .graph import Graph, Order
from .masks import mask_problems
from .needs import Pieces, can_split, is_webhook, need_problems
from .problem import Problem, pointer
from .readings import reading_problems, sources, syntax_problems
from .shape import json_problems, validate
from .ways import way_problems

Definition = Mapping[str, Any]


def check(
    definition: Definition | Flow, pieces: Pieces | None = None, connections: Collection[str] | None = None
) -> list[Problem]:
    """All problems of a definition, in the order of the file. Never raises, whatever it is given.

    `pieces` defaults to the installed ones; `connections` are the names that exist in the project, best as a
    mapping to their pieces (a connection belongs to one piece); None when they are not known.
    """
    raw = to_json(definition) if isinstance(definition, Flow) else definition
    problems = json_problems(raw)
    if problems:
        return problems
    pieces = _installed() if pieces is None else pieces
    problems = validate(raw)[1]
    graph = Graph.of(raw)
    order = Order(graph)
    problems += way_problems(graph, order)
    problems += _step_problems(graph, order)
    problems += reading_problems(raw, order, graph.steps)
    problems += need_problems(raw, pieces, connections)
    problems += mask_problems(raw)
    problems += _flow_problems(raw, pieces)
    problems += _test_problems(raw, graph)
    return sorted(dict.fromkeys(problems), key=_place(raw))


def parse(definition: Definition | str | bytes) -> Flow:
    """The flow of a definition (JSON, or its text).

    Raises BadInput with the list of problems as `details`. Refused is only what no draft can hold:
    a wrong shape, and expressions that cannot be read. All else, `check` reports.
    """
    raw = _read(definition) if isinstance(definition, str | bytes) else definition
    flow, problems = validate(raw)
    if flow is not None:
        problems = [*syntax_problems(raw), *mask_problems(raw)]
    if flow is None or problems:
        first = problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        where = f"{first.pointer}: " if first.pointer else ""
        raise BadInput(
            f"{where}{first.message}{more}", field=first.pointer, details=[p.to_json() for p in problems]
        )
    return flow


def recall(text: str) -> Flow:
    """The flow of a text that `dumps` has made: what `parse` would look for is known not to be there."""
    return Flow.model_validate(orjson.loads(text))


def _read(text: str | bytes) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_object)
    except RecursionError:
        raise Malformed("this JSON is nested too deeply for a flow") from None
    except ValueError as error:
        raise Malformed(f"this is not JSON: {error}") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        # JSON parsers keep one of the two in silence; a step would be lost.
        raise Malformed(f"`{twice[:80]}` occurs twice in the same object")
    return made


def _installed() -> Pieces:
    from pieces import registry  # only here: most who check bring their own

    return registry()


def _step_problems(graph: Graph, order: Order) -> Iterator[Problem]:
    for name, step in graph.steps.items():
        kind = step.get("type") if isinstance(step, dict) else None
        if kind == "router":
            yield from router_problems(name, step, order.goes_on(name))
        elif kind == "loop":
            yield from loop_problems(name, step)
        elif kind == "action":
            yield from action_problems(name, step)


def _flow_problems(raw: Definition, pieces: Pieces | None) -> Iterator[Problem]:
    triggers = raw.get("triggers")
    triggers = triggers if isinstance(triggers, list) else []
    if not triggers:
        yield Problem("/triggers", "this flow has no trigger yet", "warning", "missing")
    if raw.get("start") is None:
        yield Problem("/start", "this flow has no steps yet", "warning", "missing")
    names: set[str] = set()
    webhooks = 0
    for number, trigger in enumerate(triggers):
        if not isinstance(trigger, dict):
            continue
        name = trigger.get("name")
        if isinstance(name, str):
            if name in names:
                at = pointer("triggers", number, "name")
                yield Problem(at, f"there are two triggers called `{name}`", code="missing")
            names.add(name)
        if trigger.get("split") and not can_split(trigger, pieces):
            at = pointer("triggers", number, "split")
            message = (
                "this trigger has nothing to split: `split` works for webhooks, polls, topics and events"
            )
            yield Problem(at, message, code="piece")
        webhooks += is_webhook(trigger, pieces)
        if webhooks > 1 and is_webhook(trigger, pieces):
            message = "a flow has one webhook address, so at most one webhook trigger"
            yield Problem(pointer("triggers", number), message, code="piece")


def _test_problems(raw: Definition, graph: Graph) -> Iterator[Problem]:
    tests, samples = raw.get("tests"), raw.get("samples")
    for number, test in enumerate(tests if isinstance(tests, list) else ()):
        if not isinstance(test, dict):
            continue
        at = pointer("tests", number)
        sample = test.get("sample")
        if (sample is None) == (test.get("event") is None):
            yield Problem(at, "a test must have either a sample or an event", code="test")
        if isinstance(sample, str) and sample not in (samples if isinstance(samples, dict) else {}):
            yield Problem(f"{at}/sample", f"there is no sample `{sample[:80]}`", "warning", "test")
        expect = test.get("expect")
        path = expect.get("path") if isinstance(expect, dict) else None
        for place, taken in enumerate(path if isinstance(path, list) else ()):
            name = step_of(taken) if isinstance(taken, str) else None
            if name is not None and name not in graph.steps:
                at_path = pointer("tests", number, "expect", "path", place)
                yield Problem(at_path, f"there is no step `{name[:80]}`", "warning", "test")


def step_of(taken: str) -> str:
    """The step that an entry of a run's path is about: `each[0].route:Failed` is about `route`."""
    return re.sub(r"^(?:[a-z0-9_]+\[\d+\]\.)*", "", taken).split(":", 1)[0]


def _place(raw: Definition) -> Any:
    """Sort by top-level field as the model declares them, else keep the order of discovery."""
    rank = {name: number for number, name in enumerate(Flow.model_fields)}
    return lambda problem: rank.get(problem.pointer.split("/")[1] if problem.pointer else "", -1)


def references(flow: Flow | Definition) -> dict[str, list[str]]:
    """For each step that expressions read, the JSON pointers of the texts that read it."""
    raw = to_json(flow) if isinstance(flow, Flow) else flow
    found: dict[str, list[str]] = {}
    for source in filter(lambda source: source.scoped, sources(raw)):
        names = {path[1] for e in source.expressions() for path in e.paths if path[0] == "steps" and path[1:]}
        for name in sorted(names):
            found.setdefault(name, []).append(source.pointer)
    return found
