"""Random flows, and what each of them has to do with an event: a second interpreter, as simple as can be.

A flow is drawn as a tree of parts. `definition` writes it as a flow file; `expected` says which requests the
receiver must get and how the run must end. Each effect is a POST of `{id, step, index}`, so that a request
can be matched with the event, the step and the item of a loop that it belongs to.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

Json = Any
Key = tuple[str, str]  # a step, and the index of the item of the loop around it or ""
WORDS = ("up", "down", "slow", "lost")
TIMEOUT = 2  # seconds that a request may take
RETRY = {"attempts": 50, "first_delay": 0, "factor": 1, "max_delay": 0}


def event(random: Random, id: str) -> Json:
    """An event as the conditions of these flows look at it."""
    return {
        "id": id,
        "word": random.choice(WORDS),
        "a": random.randrange(4),
        "tags": random.sample(WORDS, random.randrange(3)),
        "items": [random.randrange(10) for _ in range(random.randrange(4))],
    }


@dataclass(frozen=True)
class Test:
    """A condition, as an expression and as a function."""

    text: str
    holds: Callable[[Json], bool]


def _test(random: Random) -> Test:
    number, word = random.randrange(4), random.choice(WORDS)
    return random.choice(
        [
            Test(f"trigger.body.a == `{number}`", lambda e: bool(e["a"] == number)),
            Test(f"trigger.body.a > `{number}`", lambda e: bool(e["a"] > number)),
            Test(f"contains(trigger.body.tags, '{word}')", lambda e: word in e["tags"]),
            Test(
                f"trigger.body.word == '{word}' || length(trigger.body.items) > `1`",
                lambda e: e["word"] == word or len(e["items"]) > 1,
            ),
        ]
    )


@dataclass
class Part:
    """A step, with the parts within it. `kind` says which of the fields matter."""

    name: str
    kind: str  # post, refused, compose, delay, first, all, switch, loop, call
    tests: list[Test] = field(default_factory=list)
    cases: list[list[str]] = field(default_factory=list)
    blocks: list[list["Part"]] = field(default_factory=list)
    otherwise: list["Part"] | None = None
    on_error: str = "fail"
    number: int = 1  # how many items of a loop at the same time
    flag: bool = False  # all: in parallel; call: wait for the called flow


class Refused(Exception):
    """A step failed that ends the run."""


@dataclass
class RandomFlow:
    """A flow, and what it does."""

    parts: list[Part]
    url: str
    called: str  # id of the flow that `call` parts call
    retry: Json = field(default_factory=lambda: dict(RETRY))

    @classmethod
    def draw(cls, random: Random, url: str, called: str) -> "RandomFlow":
        """A flow of up to about twenty steps."""
        numbers = iter(range(1, 1000))
        parts = _block(random, numbers, depth=0, looped=False)
        parts.append(Part(f"s{next(numbers)}", "post"))
        if random.random() < 0.2:
            parts.append(Part(f"s{next(numbers)}", "refused"))
        return cls(parts, url, called)

    # -- as a flow file ---------------------------------------------------------------------------

    def definition(self, name: str) -> Json:
        steps: dict[str, Json] = {}
        start = self._write(self.parts, steps, "''")
        trigger = {"name": "webhook", "piece": "webhook", "trigger": "catch",
                   "input": {"verify": {"scheme": "none"}}}  # fmt: skip
        return {"format": 1, "name": name, "triggers": [trigger], "start": start, "steps": steps}

    def _write(self, parts: list[Part], steps: dict[str, Json], index: str) -> str | None:
        following = None
        for part in reversed(parts):
            steps[part.name] = self._step(part, steps, index) | {"next": following}
            following = part.name
        return following

    def _step(self, part: Part, steps: dict[str, Json], index: str) -> Json:
        match part.kind:
            case "compose":
                return _action("data", "compose", value="{{ trigger.body.word }}")
            case "delay":
                return _action("delay", "delay_for", duration=0.2, unit="seconds")
            case "call":
                payload = {"id": "{{ trigger.body.id }}", "step": part.name, "index": f"{{{{ {index} }}}}"}
                return _action("flow", "call", flow=self.called, payload=payload, wait=part.flag)
            case "loop":
                body = self._write(part.blocks[0], steps, "loop.index")
                return {"type": "loop", "items": "trigger.body.items", "body": body,
                        "concurrency": part.number}  # fmt: skip
            case "first" | "all" | "switch":
                branches = []
                for number, block in enumerate(part.blocks):
                    reach = {"case": part.cases[number]} if part.cases else {"when": part.tests[number].text}
                    branches.append({"name": f"B{number}", **reach, "next": self._write(block, steps, index)})
                made = {"type": "router", "branches": branches,
                        "match": "all" if part.kind == "all" else "first"}  # fmt: skip
                if part.cases:
                    made["key"] = "trigger.body.word"
                if part.kind == "all":
                    made["parallel"] = part.flag
                if part.otherwise is not None:
                    made["otherwise"] = {"next": self._write(part.otherwise, steps, index)}
                return made
        made = posting(self.url, part.name, "{{ trigger.body.id }}", f"{{{{ {index} }}}}")
        if part.kind == "refused":
            on_error: Json = part.on_error
            if part.on_error == "branch":
                on_error = {"next": self._write(part.blocks[0], steps, index)}
            made["on_error"] = on_error
        return made | {"retry": self.retry}

    # -- as what it must do -----------------------------------------------------------------------

    def expected(self, event: Json) -> tuple[Counter[Key], Counter[Key], bool]:
        """The requests that must succeed, those that must be refused, and whether the run succeeds."""
        done: Counter[Key] = Counter()
        refused: Counter[Key] = Counter()
        try:
            self._run(self.parts, event, "", done, refused)
        except Refused:
            return done, refused, False
        return done, refused, True

    def _run(
        self, parts: list[Part], event: Json, index: str, done: Counter[Key], refused: Counter[Key]
    ) -> None:
        for part in parts:
            match part.kind:
                case "post" | "call":
                    done[part.name, index] += 1
                case "refused":
                    refused[part.name, index] += 1
                    if part.on_error == "fail":
                        raise Refused
                    self._run(part.blocks[0] if part.blocks else [], event, index, done, refused)
                case "loop":
                    for number in range(len(event["items"])):
                        self._run(part.blocks[0], event, str(number), done, refused)
                case "first" | "all" | "switch":
                    for block in _taken(part, event):
                        self._run(block, event, index, done, refused)


def _taken(part: Part, event: Json) -> Iterator[list[Part]]:
    if part.cases:
        matching = [event["word"] in words for words in part.cases]
    else:
        matching = [test.holds(event) for test in part.tests]
    found = [block for block, matches in zip(part.blocks, matching, strict=True) if matches]
    if not found and part.otherwise is not None:
        found = [part.otherwise]
    yield from found if part.kind == "all" else found[:1]


def _block(random: Random, numbers: Iterator[int], depth: int, looped: bool) -> list[Part]:
    return [_part(random, numbers, depth, looped) for _ in range(random.randint(1, 3 - min(depth, 2)))]


def _part(random: Random, numbers: Iterator[int], depth: int, looped: bool) -> Part:
    name = f"s{next(numbers)}"
    simple = ["post", "post", "refused", "compose", "delay", "call"]
    deep = ["first", "first", "all", "switch"] + ([] if looped else ["loop"])
    kind = random.choice(simple if depth >= 3 else simple + deep + deep)
    part = Part(name, kind, flag=random.random() < 0.5, number=random.randint(1, 3))

    def block() -> list[Part]:
        return _block(random, numbers, depth + 1, looped or kind == "loop")

    if kind == "refused":
        part.on_error = random.choice(["continue", "branch"])
        part.blocks = [block()] if part.on_error == "branch" else []
    elif kind == "loop":
        part.blocks = [block()]
    elif kind in ("first", "all", "switch"):
        part.blocks = [block() for _ in range(random.randint(1, 3))]
        part.otherwise = block() if random.random() < 0.5 else None
        if kind == "switch":
            words = random.sample(WORDS, len(WORDS))
            part.cases = [[word] for word in words[: len(part.blocks)]]
        else:
            part.tests = [_test(random) for _ in part.blocks]
    return part


def _action(piece: str, action: str, **input: Json) -> dict[str, Json]:
    return {"type": "action", "piece": piece, "action": action, "input": input}


def posting(url: str, step: str, id: str, index: str) -> dict[str, Json]:
    """An action that POSTs what it is about to the receiver."""
    body = {"id": id, "step": step, "index": index}
    return _action("http", "request", url=url, method="POST", body_kind="json", body=body, timeout=TIMEOUT)


def called_flow(url: str) -> Json:
    """The flow that `call` parts call: it POSTs in the name of the step that calls it."""
    post = posting(url, "{{ trigger.body.step }}", "{{ trigger.body.id }}", "{{ trigger.body.index }}")
    return {
        "format": 1, "name": "Called", "start": "post",
        "triggers": [{"name": "called", "piece": "flow", "trigger": "called", "input": {}}],
        "steps": {"post": post | {"retry": dict(RETRY), "next": None}},
    }  # fmt: skip
