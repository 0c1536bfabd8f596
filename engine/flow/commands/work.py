"""A flow on the workbench: plain JSON that a command may change, and the moves that keep its ways whole."""

import re
import unicodedata
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from engine.base.errors import BadInput
from engine.flow import Flow, Graph, Order, to_json
from pieces import Registry

_LONGEST = 63  # characters of a name
_SHOWN = 60  # characters of a label in a sentence


class Slot(NamedTuple):
    """A place that leads to a step or to nowhere: of the flow itself (`owner` None, `start`), or of a step
    (`next`, `body`, `on_error`, `otherwise`, `branches/0`)."""

    owner: str | None
    way: str


class Work:
    """The flow being changed.

    `raw` and all that has models (steps, branches, triggers, notes, tests) are copies of its own; free
    values (an input, a sample, a case) are shared with the flow: replace them, never change them.
    """

    def __init__(self, flow: Flow, pieces: Registry | None = None) -> None:
        self.flow = flow
        self.pieces = pieces
        self.raw = to_json(flow)
        for field in ("steps", "layout", "samples"):
            self.raw[field] = dict(self.raw.get(field, {}))
        for field in ("triggers", "notes", "tests"):
            self.raw[field] = list(self.raw.get(field, []))
        self.touched: dict[str, None] = {}
        """Names of the steps and triggers that the change is about, in order."""

    @property
    def steps(self) -> dict[str, dict[str, Any]]:
        steps: dict[str, dict[str, Any]] = self.raw["steps"]
        return steps

    # -- finding ----------------------------------------------------------------------------------

    def find(self, name: str, kind: str | None = None, field: str = "step") -> dict[str, Any]:
        """A step. Raises `BadInput` if there is none, or not of that type."""
        step = self.steps.get(name)
        if step is None:
            raise BadInput(f"There is no step `{name}`.", field=field)
        if kind is not None and step["type"] != kind:
            raise BadInput(f"`{name}` is no {kind}.", field=field)
        return step

    def step(self, name: str, kind: str | None = None, field: str = "step") -> dict[str, Any]:
        """A step, likewise, which the change is then about."""
        step = self.find(name, kind, field)
        self.touched[name] = None
        return step

    def branch(self, router: str, label: str, field: str = "branch") -> tuple[int, dict[str, Any]]:
        """A branch of a router by its name, and its position."""
        branches = self.find(router, "router", "router").get("branches", [])
        for number, branch in enumerate(branches):
            if branch["name"] == label:
                return number, branch
        raise BadInput(f"`{router}` has no branch “{shorten(label)}”.", field=field)

    def trigger(self, name: str, field: str = "trigger") -> tuple[int, dict[str, Any]]:
        """A trigger by its name, and its position."""
        for number, trigger in enumerate(self.raw["triggers"]):
            if trigger["name"] == name:
                self.touched[name] = None
                return number, trigger
        raise BadInput(f"There is no trigger `{name}`.", field=field)

    def drawn(self, names: Collection[str]) -> list[str]:
        """These steps once each, in the order in which they are drawn; unreachable ones last."""
        order = {name: number for number, name in enumerate(Order(Graph.of(self.raw)).places)}
        return sorted(dict.fromkeys(names), key=lambda name: order.get(name, len(order)))

    # -- ways -------------------------------------------------------------------------------------

    def target(self, slot: Slot) -> str | None:
        """The step a slot leads to."""
        if slot.owner is None:
            return _word(self.raw["start"])
        step = self.steps[slot.owner]
        if slot.way.startswith("branches/"):
            return _word(step["branches"][int(slot.way[9:])].get("next"))
        if slot.way in ("otherwise", "on_error"):
            way = step.get(slot.way)
            return _word(way.get("next")) if isinstance(way, dict) else None
        return _word(step.get(slot.way))

    def point(self, slot: Slot, target: str | None) -> None:
        """Let a slot lead to another step."""
        if slot.owner is None:
            self.raw["start"] = target
            return
        step = self.steps[slot.owner]
        if slot.way.startswith("branches/"):
            branch = step["branches"][int(slot.way[9:])]
            branch["next"] = target
            if target is not None:
                branch.pop("ignore", None)
        elif slot.way in ("otherwise", "on_error"):
            before = step.get(slot.way)
            ignored = target is None and isinstance(before, dict) and before.get("ignore") is True
            step[slot.way] = {"ignore": True, "next": None} if ignored else {"next": target}
        else:
            step[slot.way] = target

    def inner(self, name: str) -> list[Slot]:
        """The slots within a step, in the order they are drawn."""
        step = self.steps[name]
        if step["type"] == "router":
            found = [Slot(name, f"branches/{number}") for number in range(len(step.get("branches", [])))]
            return found + ([Slot(name, "otherwise")] if step.get("otherwise") is not None else [])
        if step["type"] == "loop":
            return [Slot(name, "body")]
        return [Slot(name, "on_error")] if isinstance(step.get("on_error"), dict) else []

    def slots(self) -> Iterator[Slot]:
        """Every slot of the flow."""
        yield Slot(None, "start")
        for name in self.steps:
            yield from self.inner(name)
            yield Slot(name, "next")

    def line(self, first: str | None) -> list[str]:
        """A step and those that follow it by `next`."""
        found: dict[str, None] = {}
        while first is not None and first in self.steps and first not in found:
            found[first] = None
            first = self.target(Slot(first, "next"))
        return list(found)

    def within(self, *slots: Slot) -> list[str]:
        """All steps that stand in these slots, whatever their depth."""
        found: dict[str, None] = {}
        ahead = list(reversed(slots))
        while ahead:
            for name in self.line(self.target(ahead.pop())):
                if name not in found:
                    found[name] = None
                    ahead.extend(reversed(self.inner(name)))
        return list(found)

    def whole(self, name: str) -> list[str]:
        """A step with all that stands within it."""
        return list(dict.fromkeys([name, *self.within(*self.inner(name))]))

    def outermost(self, names: Collection[str]) -> list[str]:
        """Those of the steps that stand within none of the others, in drawing order."""
        names = self.drawn(names)
        covered = {inner for name in names for inner in self.within(*self.inner(name))}
        return [name for name in names if name not in covered]

    # -- changing ---------------------------------------------------------------------------------

    def put_in(self, slot: Slot, names: list[str]) -> None:
        """Set these steps, one after the other, into a slot; what followed there follows the last."""
        following = self.target(slot)
        for name in names:
            self.point(slot, name)
            slot = Slot(name, "next")
            self.touched[name] = None
        self.point(slot, following)

    def take_out(self, name: str) -> None:
        """Cut a step out of its line with all that stands within it; what followed it closes up."""
        self._lead_past(name, self.target(Slot(name, "next")))
        self.point(Slot(name, "next"), None)

    def drop(self, names: Collection[str]) -> None:
        """Forget steps that nothing leads to any more, and where they stood on the drawing."""
        gone = set(names)
        self.raw["steps"] = {name: step for name, step in self.steps.items() if name not in gone}
        self.raw["layout"] = {key: value for key, value in self.raw["layout"].items() if key not in gone}
        for note in self.raw["notes"]:
            if note.get("step") in gone:
                note["step"] = None

    def empty(self, *slots: Slot) -> list[str]:
        """Delete all steps in these slots; their names."""
        owners = {slot.owner for slot in slots}  # in a circle, a step stands within itself
        gone = [name for name in self.within(*slots) if name not in owners]
        for slot in slots:
            self.point(slot, None)
        self.drop(gone)
        return gone

    def delete(self, name: str) -> None:
        """Delete a step and all that stands within it; what followed it closes up."""
        gone = self.whole(name)
        after = self.target(Slot(name, "next"))
        self._lead_past(name, None if after in gone else after)
        self.drop(gone)

    def unwrap(self, name: str) -> None:
        """Put what stands in the first slot within a step that has any in the step's own place."""
        first = next((slot for slot in self.inner(name) if self.target(slot) in self.steps), None)
        if first is None or self.steps[name]["type"] == "action":
            return
        kept = self.line(self.target(first))
        after = self.target(Slot(name, "next"))
        self.point(first, None)
        self.point(Slot(kept[-1], "next"), after)
        self.point(Slot(name, "next"), kept[0])

    def insert(self, name: str, step: dict[str, Any], behind: str | None) -> None:
        """Write a step down behind another one in the file, so that what belongs together stands together."""
        steps = {} if behind in self.steps else {name: step}
        for other, known in self.steps.items():
            steps[other] = known
            if other == behind:
                steps[name] = step
        self.raw["steps"] = steps

    def _lead_past(self, name: str, target: str | None) -> None:
        for slot in list(self.slots()):
            if slot.owner != name and self.target(slot) == name:
                self.point(slot, target)

    # -- names ------------------------------------------------------------------------------------

    def free_name(self, wanted: str, also_taken: Collection[str] = ()) -> str:
        """`wanted`, or `wanted_2`, `wanted_3` … if there is such a step."""
        return free(wanted, {*self.steps, *also_taken})

    def label(self, name: str) -> str:
        """What people call a step."""
        step = self.steps.get(name) or {}
        return shorten(step.get("title") or words(name))

    def title(self, piece: str, part: str, kind: str = "action") -> str:
        """`Slack · Send message`, by the pieces' own titles where they are known.

        Raises `BadInput` if the pieces are known and this is none of theirs.
        """
        if self.pieces is None:
            return f"{words(piece)} · {words(part)}"
        look_up = self.pieces.action if kind == "action" else self.pieces.trigger
        try:
            known = self.pieces.piece(piece)
        except LookupError:
            raise BadInput(f"There is no piece `{shorten(piece)}`.", field="piece") from None
        try:
            return f"{known.title} · {look_up(piece, part).title}"
        except LookupError:
            raise BadInput(f"The piece `{piece}` has no {kind} `{shorten(part)}`.", field=kind) from None


def free(wanted: str, taken: Collection[str]) -> str:
    """A name of which there is none yet: `wanted`, or with the first free number."""
    if wanted not in taken:
        return wanted
    stem = re.sub(r"_\d+$", "", wanted) or wanted
    number = 2
    while (candidate := f"{stem[: _LONGEST - len(str(number)) - 1]}_{number}") in taken:
        number += 1
    return candidate


def free_label(wanted: str, taken: Collection[str], longest: int = 200) -> str:
    """What people read, likewise: `wanted`, or `wanted 2`, `wanted 3` …"""
    if wanted not in taken:
        return wanted
    stem = re.sub(r" \d+$", "", wanted)
    number = 2
    while (candidate := f"{stem[: longest - len(str(number)) - 1]} {number}") in taken:
        number += 1
    return candidate


def name_of(text: str, otherwise: str) -> str:
    """A name made of what people wrote: `Tell the team!` gives `tell_the_team`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:_LONGEST].rstrip("_")
    return made if re.match(r"[a-z]", made) else otherwise


def words(name: str) -> str:
    """A name as people read it: `by_action` gives `By action`."""
    text = re.sub(r"[_\-\s]+", " ", name).strip()
    return text[:1].upper() + text[1:]


def shorten(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def count(number: int, one: str) -> str:
    """`1 step`, `3 steps`."""
    return f"{number} {one}" if number == 1 else f"{number} {one}s"


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) else None
