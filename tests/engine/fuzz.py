"""Somebody who edits at random: a command for a flow, sensible more often than not."""

from random import Random
from typing import Any

from engine.base.errors import BadInput
from engine.flow import Flow, RouterStep
from engine.flow.commands import COMMANDS, copy

STRANGE = ("nowhere", "", "Not a name", "x" * 64, "otherwise", "ok")
EXPRESSIONS = ("trigger.body.id", "steps.{name}.output.id", "", "length(steps.{name}.output)", "a ||", None)
ACTIONS = (("slack", "send_message"), ("data", "compose"), ("http", "request"), ("store", "get"))


class RandomEditor:
    """One flow as it is now, and a source of chance."""

    def __init__(self, flow: Flow, seed: int) -> None:
        self.flow = flow
        self.random = Random(seed)

    def edit(self, command: str | None = None) -> tuple[str, dict[str, Any]]:
        """A command and its arguments."""
        name = command or self.random.choice([*COMMANDS, *["add_step"] * 12, *["add_branch"] * 2])
        args = getattr(self, f"_{name}")()
        if self.random.random() < 0.03:
            args[self.random.choice(["steps", "place", "oddity", "step"])] = self.random.choice(
                [None, [], {}, 1]
            )
        return name, args

    # -- parts ------------------------------------------------------------------------------------

    def pick(self, known: Any, odd: float = 0.05) -> Any:
        choices = list(known)
        if not choices or self.random.random() < odd:
            return self.random.choice(STRANGE)
        return self.random.choice(choices)

    def maybe(self, **values: Any) -> dict[str, Any]:
        return {key: value for key, value in values.items() if self.random.random() < 0.5}

    def step(self, kind: str | None = None) -> str:
        return str(self.pick(name for name, s in self.flow.steps.items() if kind in (None, s.type)))

    def some_steps(self) -> list[str]:
        return [self.step() for _ in range(self.random.choice([1, 1, 1, 2, 3, 5]))]

    def expression(self) -> Any:
        text = self.random.choice(EXPRESSIONS)
        return text and text.replace("{name}", self.step())

    def value(self) -> Any:
        template = "id {{ steps." + self.step() + ".output.id }}"
        return self.random.choice([None, 1, "text", {"a": [1, None]}, template, "{{ broken", True])

    def place(self) -> dict[str, Any]:
        kind = self.random.choice(["after", "after", "branch", "branch", "body", "on_error", "start", "odd"])
        if kind == "after":
            return {"after": self.step()}
        if kind == "branch":
            return {"branch": list(self.branch())}
        if kind in ("body", "on_error"):
            return {kind: self.step("loop" if kind == "body" else "action")}
        return {"start": True} if kind == "start" else {"under": self.step()}

    def branch(self) -> tuple[str, str]:
        router = self.step("router")
        step = self.flow.steps.get(router)
        names = [branch.name for branch in step.branches] if isinstance(step, RouterStep) else []
        return router, str(self.pick([*names, "otherwise"]))

    def of_branch(self, **more: Any) -> dict[str, Any]:
        router, branch = self.branch()
        return {"router": router, "branch": branch, **more}

    def label(self) -> str:
        return self.random.choice(["One", "Two", "Three", "otherwise", "  ", "Zürich · 7", "x" * 200])

    def name(self) -> str:
        return self.random.choice(["one", "two", "three", "four_2", "x" * 63, "Bad", "tell"])

    def new_step(self) -> dict[str, Any]:
        kind = self.random.choice(["action", "action", "router", "loop"])
        if kind != "action":
            return {"type": kind, **self.maybe(title="Decide")}
        piece, action = self.random.choice(ACTIONS)
        return {
            "piece": piece,
            "action": action,
            **self.maybe(title=self.label(), input={"value": self.value()}),
        }

    def new_trigger(self) -> dict[str, Any]:
        piece, trigger = self.random.choice([("webhook", "catch"), ("schedule", "every"), ("flow", "called")])
        return {"piece": piece, "trigger": trigger}

    # -- the commands -----------------------------------------------------------------------------

    def _add_step(self) -> dict[str, Any]:
        place = self.place() if self.flow.steps else {"start": True}
        return {"place": place, **self.new_step(), **self.maybe(name=self.name())}

    def _replace_step(self) -> dict[str, Any]:
        return {"step": self.step(), **self.new_step(), **self.maybe(keep_first_branch=True)}

    def _move_steps(self) -> dict[str, Any]:
        return {"steps": self.some_steps(), "place": self.place()}

    def _duplicate_step(self) -> dict[str, Any]:
        return {"step": self.step()}

    def _delete_steps(self) -> dict[str, Any]:
        return {"steps": self.some_steps(), **self.maybe(keep_first_branch=True)}

    def _paste(self) -> dict[str, Any]:
        try:
            clipboard: Any = copy(self.flow, self.some_steps())
        except BadInput:
            clipboard = {"switchyard": "steps", "roots": ["a"], "steps": {}}
        return {"place": self.place(), "clipboard": clipboard}

    def _rename_step(self) -> dict[str, Any]:
        return {"step": self.step(), "name": self.name()}

    def _set_title(self) -> dict[str, Any]:
        return {"step": self.step(), "title": self.label()}

    def _set_note(self) -> dict[str, Any]:
        return {"step": self.step(), "note": self.label()}

    def _set_skip(self) -> dict[str, Any]:
        return {"steps": self.some_steps(), "skip": self.random.random() < 0.7}

    def _set_input(self) -> dict[str, Any]:
        return {"step": self.step("action"), "value": self.value(), **self.maybe(field="value")}

    def _set_connection(self) -> dict[str, Any]:
        return {"step": self.step("action"), "connection": self.random.choice([None, "team-slack"])}

    def _set_retry(self) -> dict[str, Any]:
        return {
            "step": self.step("action"),
            "retry": self.random.choice([None, {"attempts": 4}, {"factor": 0}]),
        }

    def _set_on_error(self) -> dict[str, Any]:
        return {
            "step": self.step("action"),
            "on_error": self.random.choice(["fail", "continue", "way", "no"]),
        }

    def _set_timeout(self) -> dict[str, Any]:
        return {"step": self.step("action"), "timeout": self.random.choice([None, 3, 2.5, -1])}

    def _set_fail_on_null(self) -> dict[str, Any]:
        return {"step": self.step("action"), "fail_on_null": self.random.choice([None, True, False])}

    def _set_ignore(self) -> dict[str, Any]:
        return self.of_branch(ignore=self.random.random() < 0.5)

    def _add_branch(self) -> dict[str, Any]:
        position = self.random.randrange(4)
        return {
            "router": self.step("router"),
            **self.maybe(name=self.label(), position=position, case=["a", 1], when=self.expression()),
        }

    def _rename_branch(self) -> dict[str, Any]:
        return self.of_branch(name=self.label())

    def _move_branch(self) -> dict[str, Any]:
        return self.of_branch(position=self.random.randrange(4))

    def _duplicate_branch(self) -> dict[str, Any]:
        return self.of_branch()

    _delete_branch = _duplicate_branch

    def _set_case(self) -> dict[str, Any]:
        return self.of_branch(case=self.random.choice([None, [], ["a", None, {"b": 1}]]))

    def _set_when(self) -> dict[str, Any]:
        return self.of_branch(when=self.expression())

    def _set_key(self) -> dict[str, Any]:
        return {"router": self.step("router"), "key": self.expression()}

    def _set_match(self) -> dict[str, Any]:
        return {"router": self.step("router"), "match": self.random.choice(["first", "all"])}

    def _set_parallel(self) -> dict[str, Any]:
        return {"router": self.step("router"), "parallel": True}

    def _add_otherwise(self) -> dict[str, Any]:
        return {"router": self.step("router")}

    _remove_otherwise = _add_otherwise

    def _set_loop(self) -> dict[str, Any]:
        return {
            "step": self.step("loop"),
            **self.maybe(items=self.expression(), until=self.expression(), concurrency=3),
        }

    def trigger(self) -> str:
        return str(self.pick(trigger.name for trigger in self.flow.triggers))

    def _add_trigger(self) -> dict[str, Any]:
        return {**self.new_trigger(), **self.maybe(name=self.name(), position=0)}

    def _replace_trigger(self) -> dict[str, Any]:
        return {"name": self.trigger(), **self.new_trigger()}

    def _delete_trigger(self) -> dict[str, Any]:
        return {"name": self.trigger()}

    def _rename_trigger(self) -> dict[str, Any]:
        return {"name": self.trigger(), "new_name": self.name()}

    def _set_trigger_input(self) -> dict[str, Any]:
        return {"name": self.trigger(), "value": self.value(), **self.maybe(field="verify")}

    def _set_trigger_connection(self) -> dict[str, Any]:
        return {"name": self.trigger(), "connection": self.random.choice([None, "team"])}

    def _set_trigger_identity(self) -> dict[str, Any]:
        dedupe = self.random.choice([None, "trigger.body.id", "trigger..id"])
        return {"name": self.trigger(), "dedupe": dedupe, **self.maybe(dedupe_within=60)}

    def _set_trigger_split(self) -> dict[str, Any]:
        return {"name": self.trigger(), "split": self.random.choice([None, "body.items", "body.["])}

    def _set_trigger_summary(self) -> dict[str, Any]:
        labels = self.random.choice([{}, {"site": "trigger.body.site"}, {"bad": "trigger..id"}])
        return {"name": self.trigger(), "title": self.label(), "labels": labels}

    def _set_trigger_mask(self) -> dict[str, Any]:
        paths = ["body.id", "body.items[*].id", "headers.x-key", "not a path"]
        return {"name": self.trigger(), "mask": self.random.sample(paths, self.random.randrange(3))}

    def _add_note(self) -> dict[str, Any]:
        return {"text": self.label(), **self.maybe(step=self.step(), color="green")}

    def _update_note(self) -> dict[str, Any]:
        return {"note": self.random.randrange(3), **self.maybe(text=self.label(), step=self.step())}

    def _delete_note(self) -> dict[str, Any]:
        return {"note": self.random.randrange(3)}

    def _set_name(self) -> dict[str, Any]:
        return {"name": self.label()}

    def _set_description(self) -> dict[str, Any]:
        return {"description": self.label()}

    def _set_settings(self) -> dict[str, Any]:
        return self.maybe(timeout=60, concurrency=None, dedupe=self.expression())

    def sample(self) -> str:
        return str(self.pick(self.flow.samples))

    def _add_sample(self) -> dict[str, Any]:
        return {
            "name": self.label(),
            "event": {"body": {"id": 1, "é": "ü\u2028"}},
            **self.maybe(replace=True),
        }

    def _rename_sample(self) -> dict[str, Any]:
        return {"name": self.sample(), "new_name": self.label()}

    def _delete_sample(self) -> dict[str, Any]:
        return {"name": self.sample()}

    def _add_test(self) -> dict[str, Any]:
        expect = {"path": [self.step(), ":".join(self.branch())]}
        return {"name": self.label(), "expect": expect, **self.maybe(sample=self.sample(), event={"body": 1})}

    def _delete_test(self) -> dict[str, Any]:
        return {"name": self.pick(test.name for test in self.flow.tests)}
