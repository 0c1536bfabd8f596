"""Random flows against a plain interpreter: the same path, also when a run goes on from its journal."""

import asyncio
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.base.journal import Journal
from engine.flow import parse
from engine.runs.executor import Run, StepFailed, execute
from engine.runs.plan import compile_plan
from pieces import Context
from tests.engine.factories import Probe, action, case, compose, flow, loop, registry, router

MOST = 3


@st.composite
def definitions(draw: st.DrawFn) -> dict[str, object]:
    """Random flows of actions, routers and loops; each step entered from one place."""
    steps: dict[str, object] = {}

    def line(depth: int) -> str | None:
        count = draw(st.integers(0 if depth else 1, MOST))
        names = []
        for _ in range(count):
            name = f"s{len(steps)}"
            steps[name] = None
            kind = draw(st.sampled_from(["action", "router", "loop"] if depth < 3 else ["action"]))
            if kind == "action":
                steps[name] = compose(draw(st.integers(0, 3)), skip=draw(st.booleans()))
            elif kind == "loop":
                body = line(depth + 1)
                steps[name] = loop(draw(st.sampled_from(["`[]`", "`[0]`", "`[0, 1, 2]`"])), body)
            else:
                branches = [
                    draw(st.sampled_from([when_is, case_is]))(
                        f"b{n}", draw(st.integers(0, 3)), line(depth + 1)
                    )
                    for n in range(draw(st.integers(1, 3)))
                ]
                more = {"otherwise": {"next": line(depth + 1)}} if draw(st.booleans()) else {}
                all_ = draw(st.booleans())
                steps[name] = router(
                    *branches, key="trigger.body.k", match="all" if all_ else "first",
                    parallel=all_ and draw(st.booleans()), **more,
                )  # fmt: skip
            names.append(name)
        for one, following in pairwise(names):
            steps[one]["next"] = following  # type: ignore[index]
        return names[0] if names else None

    start = line(0)
    return flow(start, **steps)


def case_is(name: str, value: int, next: str | None) -> object:
    return case(name, value, next=next)


def when_is(name: str, value: int, next: str | None) -> object:
    return {"name": name, "when": f"trigger.body.k == `{value}`", "next": next}


def reference(definition: object, k: int) -> list[str]:
    """The path, by plain recursion."""
    steps = definition["steps"]  # type: ignore[index]

    def line(name: str | None, prefix: str) -> list[str]:
        path: list[str] = []
        while name is not None:
            one = steps[name]
            if one.get("skip"):
                pass
            elif one["type"] == "action":
                path.append(prefix + name)
            elif one["type"] == "loop":
                for n in range(len(eval(one["items"].strip("`")))):
                    path += line(one["body"], f"{prefix}{name}[{n}].")
            else:
                path += ways(name, one, prefix)
            name = one["next"]
        return path

    def ways(name: str, one: dict[str, object], prefix: str) -> list[str]:
        matching = [
            b for b in one["branches"] if b.get("case") == [k] or b.get("when", "").endswith(f"`{k}`")
        ]  # type: ignore[attr-defined]
        if one["match"] == "first":
            matching = matching[:1]
        if not matching and "otherwise" not in one:
            return [prefix + name]
        if not matching:
            return [f"{prefix}{name}:otherwise", *line(one["otherwise"]["next"], prefix)]  # type: ignore[index]
        return [
            entry for b in matching for entry in (f"{prefix}{name}:{b['name']}", *line(b["next"], prefix))
        ]

    return line(definition["start"], "")  # type: ignore[index]


class Alone:
    """A host for runs without effects."""

    async def context(self, run: object, step: object, key: str, resume: object) -> object:

        return Context()

    def context_at_once(self, run: object, step: object, key: str) -> object:
        return None

    async def checkpoint(self, run: object) -> None:
        raise AssertionError("nothing here has an effect")

    async def pause(self, run: object) -> None:
        pass

    def broke(self, run: object, key: str, action: str, error: Exception) -> None:
        pass

    def used_connection(self, run: object, name: str, error: str | None) -> None:
        """Nobody looks at connections here."""

    def step_begins(self, run: object, record: object) -> None:
        raise AssertionError("nothing here has an effect")

    def step_done(self, run: object, record: object) -> None:
        pass


REGISTRY = registry(Probe())


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(definition=definitions(), k=st.integers(0, 3))
def test_random_flows_take_the_path_of_a_plain_interpreter(definition: dict[str, object], k: int) -> None:
    identity = {"flow_id": "f", "project_id": "p", "version_id": "v", "version": 1}
    plan = compile_plan(parse(definition), REGISTRY, **identity)  # type: ignore[arg-type]
    run = Run("run_1", plan, {"body": {"k": k}}, "webhook", Journal(), marked=True)
    asyncio.run(execute(run, Alone()))  # type: ignore[arg-type]
    assert run.path == reference(definition, k)
    # Again with what the journal holds: the same path, and nothing new.
    again = Run(
        "run_1",
        plan,
        {"body": {"k": k}},
        "webhook",
        Journal([run.journal.take()] if len(run.journal) else []),
        marked=True,
    )
    asyncio.run(execute(again, Alone()))  # type: ignore[arg-type]
    assert (again.path, again.journal.fresh, again.unrouted) == (run.path, [], run.unrouted)


async def test_a_run_that_fails_raises_what_failed() -> None:
    identity = {"flow_id": "f", "project_id": "p", "version_id": "v", "version": 1}
    plan = compile_plan(parse(flow(a=action("probe", "broken"))), REGISTRY, **identity)  # type: ignore[arg-type]
    run = Run("run_1", plan, {"body": 1}, "webhook", Journal())
    with pytest.raises(StepFailed) as raised:
        await execute(run, Alone())  # type: ignore[arg-type]
    assert raised.value.error["step"] == "a"
