"""What a form of the editor says, as calls of commands."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from engine.base.errors import BadInput
from engine.base.types import Json
from pieces import Registry
from ui.drawing.parts import known_of, part_of
from ui.shared.forms import Form, as_json

from . import fields

Definition = Mapping[str, Any]


class Call(NamedTuple):
    """One command with its arguments, as `edits.apply` takes them."""

    command: str
    args: dict[str, Json]


_LONGEST_LABEL = 100  # characters of a branch's name that is made from a value

SHOW = ("put", "duplicate_step", "paste")
"""Commands after which the panel shows what they made."""


def calls(name: str, form: Form, definition: Definition) -> list[Call]:
    """The commands that a button means. Raises `BadInput`."""
    made = _BUTTONS.get(name)
    if made is None:
        raise BadInput("There is no such command.", field="command")
    return list(made(form, definition))


# -- places ------------------------------------------------------------------------------------------


def place(value: str, definition: Definition) -> dict[str, Json]:
    """A place as commands name it, from `start`, `after:tell`, `in:by_action:branches/0`."""
    what, _, rest = value.partition(":")
    if what == "start":
        return {"start": True}
    if what == "after" and rest:
        return {"after": rest}
    owner, _, slot = rest.partition(":")
    if what == "in" and slot in ("body", "on_error"):
        return {slot: owner}
    if what == "in" and slot == "otherwise":
        return {"branch": [owner, "otherwise"]}
    if what == "in" and slot.startswith("branches/"):
        return {"branch": [owner, branch_name(definition, owner, slot.removeprefix("branches/"))]}
    raise BadInput("This place no longer exists in the flow.", field="place")


def branch_name(definition: Definition, router: str, index: str) -> str:
    """The name of a router's branch by its position. Raises `BadInput`."""
    step = (definition.get("steps") or {}).get(router) or {}
    branches = step.get("branches") or []
    if not (index.isascii() and index.isdigit() and len(index) < 5 and int(index) < len(branches)):
        raise BadInput("There is no such branch.", field="branch")
    return str(branches[int(index)].get("name"))


# -- buttons -----------------------------------------------------------------------------------------


def _put(form: Form, definition: Definition) -> list[Call]:
    """What the picker chose, at its place: a step or trigger, new or instead of one."""
    what, _, name = form.word("add").partition(":")
    piece, _, own = form.word("pick").partition(".")
    if what in ("trigger", "retrigger"):
        made = {"piece": piece, "trigger": own}
        return [Call("replace_trigger", {"name": name, **made}) if name else Call("add_trigger", made)]
    step: dict[str, Json] = {"type": "action", "piece": piece, "action": own} if own else {"type": piece}
    if what == "replace":
        return [Call("replace_step", {"step": name, **step})]
    return [Call("add_step", {**step, "place": place(form.word("add"), definition)})]


def _steps(form: Form) -> list[str]:
    """The step that a button names, or else those that are ticked."""
    one = form.word("step")
    return [one] if one else form.all("steps")


def _delete(form: Form, _definition: Definition) -> list[Call]:
    names = _steps(form)
    return [Call("delete_steps", {"steps": names})] if names else []


def _duplicate(form: Form, _definition: Definition) -> list[Call]:
    return [Call("duplicate_step", {"step": name}) for name in _steps(form)]


def _skip(form: Form, definition: Definition) -> list[Call]:
    """Skip them; if all are skipped already, use them again."""
    steps, names = definition.get("steps") or {}, _steps(form)
    every = all((steps.get(name) or {}).get("skip") for name in names)
    return [Call("set_skip", {"steps": names, "skip": not every})] if names else []


def _move(form: Form, definition: Definition) -> list[Call]:
    names = form.all("moved")
    return [Call("move_steps", {"steps": names, "place": place(form.word("place"), definition)})]


def _up(form: Form, definition: Definition) -> list[Call]:
    """Before the step that it follows now; out of the line where it is the first."""
    name = form.word("step")
    entry = _entry(definition, name)
    if entry is None:
        raise BadInput(f"There is no step `{name}`.", field="step")
    what, _, before = entry.partition(":")
    if what != "after":
        raise BadInput("This is already the first step here.", field="step")
    return [
        Call("move_steps", {"steps": [name], "place": place(_entry(definition, before) or "", definition)})
    ]


def _down(form: Form, definition: Definition) -> list[Call]:
    name = form.word("step")
    after = ((definition.get("steps") or {}).get(name) or {}).get("next")
    if not isinstance(after, str):
        raise BadInput("This is already the last step here.", field="step")
    return [Call("move_steps", {"steps": [name], "place": {"after": after}})]


def _entry(definition: Definition, name: str) -> str | None:
    """The place a step is entered from."""
    if definition.get("start") == name:
        return "start"
    for owner, step in (definition.get("steps") or {}).items():
        for slot, target in _ways(step):
            if target == name:
                return f"after:{owner}" if slot == "next" else f"in:{owner}:{slot}"
    return None


def _ways(step: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield "next", step.get("next")
    yield "body", step.get("body")
    for slot in ("otherwise", "on_error"):
        way = step.get(slot)
        yield slot, way.get("next") if isinstance(way, Mapping) else None
    for index, branch in enumerate(step.get("branches") or []):
        yield f"branches/{index}", branch.get("next")


def _paste(form: Form, definition: Definition) -> list[Call]:
    clipboard = as_json(form.text("clipboard"), "clipboard")
    there = place(form.word("place"), definition)
    return [Call("paste", {"place": there, "clipboard": clipboard})]


def _branch(form: Form, definition: Definition) -> dict[str, Json]:
    router, _, index = form.word("branch").partition("/")
    return {"router": router, "branch": branch_name(definition, router, index)}


def _shift(by: int, form: Form, definition: Definition) -> list[Call]:
    found = _branch(form, definition)  # refuses what is no position
    index = int(form.word("branch").partition("/")[2])
    branches = definition["steps"][found["router"]]["branches"]
    position = max(0, min(len(branches) - 1, index + by))
    return [Call("move_branch", {**found, "position": position})] if position != index else []


_BUTTONS: dict[str, Any] = {
    "put": _put,
    "delete_steps": _delete,
    "delete_selected": _delete,
    "duplicate_step": _duplicate,
    "duplicate_selected": _duplicate,
    "set_skip": _skip,
    "skip_selected": _skip,
    "move": _move,
    "paste": _paste,
    "move_up": _up,
    "move_down": _down,
    "add_branch": lambda form, _: [Call("add_branch", {"router": form.word("step")})],
    "add_otherwise": lambda form, _: [Call("add_otherwise", {"router": form.word("step")})],
    "duplicate_branch": lambda form, flow: [Call("duplicate_branch", _branch(form, flow))],
    "delete_branch": lambda form, flow: [Call("delete_branch", _branch(form, flow))],
    "branch_earlier": lambda form, flow: _shift(-1, form, flow),
    "branch_later": lambda form, flow: _shift(1, form, flow),
    "delete_trigger": lambda form, _: [Call("delete_trigger", {"name": form.word("trigger")})],
}


# -- the form of a step ------------------------------------------------------------------------------


def of_step(name: str, form: Form, definition: Definition, pieces: Registry) -> list[Call]:
    """What the form of a step or trigger changes; nothing where it is as it was. Raises `BadInput`."""
    found = part_of(definition, name)
    if found is None:
        raise BadInput(f"There is no step `{name}` any more.", field="step")
    _place, kind, part = found
    made: list[Call] = []
    if kind in ("action", "trigger"):
        made += _piece(name, kind, part, form, pieces)
    if kind == "trigger" and "mask" in form.data:
        paths = [line.strip() for line in form.text("mask").splitlines() if line.strip()]
        if paths != (part.get("mask") or []):
            made.append(Call("set_trigger_mask", {"name": name, "mask": paths}))
    if kind == "trigger" and "labels" in form.data:
        made += _summary(name, part, form)
    if kind == "trigger" and "split" in form.data:
        split = form.text("split").strip() or None
        if split != part.get("split"):
            made.append(Call("set_trigger_split", {"name": name, "split": split}))
    if kind == "trigger" and "dedupe" in form.data:
        made += _identity(name, part, form)
    if kind == "action":
        made += _errors(name, part, form)
    elif kind == "loop":
        made += _loop(name, part, form)
    elif kind == "router":
        made += _router(name, part, form)
    if kind != "trigger":
        made += _about(name, part, form)
    return made


def _identity(name: str, part: Mapping[str, Any], form: Form) -> Iterator[Call]:
    dedupe = form.text("dedupe").strip() or None
    within = _number(form, "dedupe_within", None)
    if (dedupe, within) != (part.get("dedupe"), part.get("dedupe_within")):
        yield Call("set_trigger_identity", {"name": name, "dedupe": dedupe, "dedupe_within": within})


def _summary(name: str, part: Mapping[str, Any], form: Form) -> Iterator[Call]:
    title, labels = form.text("run_title").strip(), dict[str, str]()
    for line in filter(None, map(str.strip, form.text("labels").splitlines())):
        label, colon, expression = line.partition(":")
        if not colon or not expression.strip():
            raise BadInput(
                f"Write a name and an expression, as in `site: trigger.body.site`. You wrote `{line}`.",
                field="labels",
            )
        if label.strip() in labels:
            raise BadInput(f"There are two labels called `{label.strip()}`.", field="labels")
        labels[label.strip()] = expression.strip()
    if (title, labels) != (part.get("title") or "", part.get("labels") or {}):
        yield Call("set_trigger_summary", {"name": name, "title": title, "labels": labels})


def _about(name: str, part: Mapping[str, Any], form: Form) -> Iterator[Call]:
    if "title" in form.data and form.word("title") != (part.get("title") or ""):
        yield Call("set_title", {"step": name, "title": form.word("title")})
    if "note" in form.data and form.text("note").strip() != (part.get("note") or "").strip():
        yield Call("set_note", {"step": name, "note": form.text("note").strip()})
    if "has.skip" in form.data and bool(form.word("skip")) != bool(part.get("skip")):
        yield Call("set_skip", {"steps": [name], "skip": bool(form.word("skip"))})
    if form.word("name") not in ("", name):
        yield Call("rename_step", {"step": name, "name": form.word("name")})


def _piece(name: str, kind: str, part: Mapping[str, Any], form: Form, pieces: Registry) -> Iterator[Call]:
    of = {"name": name} if kind == "trigger" else {"step": name}
    prefix = "set_trigger" if kind == "trigger" else "set"
    if "connection" in form.data and form.word("connection") != (part.get("connection") or ""):
        yield Call(f"{prefix}_connection", {**of, "connection": form.word("connection") or None})
    known = known_of(kind, part, pieces)
    if known is None:
        return
    before = part.get("input") or {}
    after = fields.read(known.properties, form, before)
    changed = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    if len(changed) == 1 and changed[0] in after:
        yield Call(f"{prefix}_input", {**of, "field": changed[0], "value": after[changed[0]]})
    elif changed:
        yield Call(f"{prefix}_input", {**of, "value": after})


FAIL_ON_NULL = {"": None, "fail": True, "go on": False}
"""What a step does about null expressions, by the option of its form."""


def _errors(name: str, part: Mapping[str, Any], form: Form) -> Iterator[Call]:
    if "retry.attempts" in form.data:
        before = {
            "attempts": 1,
            "first_delay": 4,
            "factor": 2,
            "max_delay": 3600,
            **(part.get("retry") or {}),
        }
        retry = {key: _number(form, f"retry.{key}", before[key]) for key in before}
        if retry != before:
            yield Call("set_retry", {"step": name, "retry": retry if retry["attempts"] != 1 else None})
    if "timeout" in form.data:
        timeout = _number(form, "timeout", None)
        if timeout != part.get("timeout"):
            yield Call("set_timeout", {"step": name, "timeout": timeout})
    if "fail_on_null" in form.data:
        rule = FAIL_ON_NULL.get(form.word("fail_on_null"))
        if rule != part.get("fail_on_null"):
            yield Call("set_fail_on_null", {"step": name, "fail_on_null": rule})
    policy = part.get("on_error", "fail")
    chosen = form.word("on_error")
    if chosen and chosen != ("way" if isinstance(policy, Mapping) else policy):
        yield Call("set_on_error", {"step": name, "on_error": chosen})


def _number(form: Form, field: str, empty: Json) -> Json:
    text = form.word(field)
    if not text:
        return empty
    value = fields.number(text)
    if isinstance(value, str):
        raise BadInput("Enter a number.", field=field)
    return value


def _loop(name: str, part: Mapping[str, Any], form: Form) -> Iterator[Call]:
    changed: dict[str, Json] = {}
    for key in ("items", "until", "collect"):
        if key in form.data and form.word(key) != (part.get(key) or ""):
            changed[key] = form.word(key) or ("" if key == "items" else None)
    if "concurrency" in form.data and _number(form, "concurrency", 1) != (part.get("concurrency") or 1):
        changed["concurrency"] = _number(form, "concurrency", 1)
    if changed:
        yield Call("set_loop", {"step": name, **changed})


def _branch_name(case: Json) -> str:
    """A branch for one value is called as the value."""
    text = fields.as_text(case).strip().replace("\n", " ")
    return text[:_LONGEST_LABEL] or "empty"


def _router(name: str, part: Mapping[str, Any], form: Form) -> Iterator[Call]:
    if "key" in form.data and form.word("key") != (part.get("key") or ""):
        yield Call("set_key", {"router": name, "key": form.word("key") or None})
    match, parallel = part.get("match") or "first", bool(part.get("parallel"))
    chosen = form.word("match")
    if chosen:
        wanted = "first" if chosen == "first" else "all"
        if parallel and chosen != "parallel":
            yield Call("set_parallel", {"router": name, "parallel": False})
        if wanted != match:
            yield Call("set_match", {"router": name, "match": wanted})
        if chosen == "parallel" and not parallel:
            yield Call("set_parallel", {"router": name, "parallel": True})
    if form.word("do") == "add-branch":
        yield Call("add_branch", {"router": name})
    if form.word("do") == "add-values":
        for value in form.all("remaining"):
            case = as_json(value, "key")
            yield Call("add_branch", {"router": name, "name": _branch_name(case), "case": [case]})
    otherwise = part.get("otherwise")
    if "has.otherwise" in form.data and not (isinstance(otherwise, Mapping) and otherwise.get("next")):
        ticked = bool(form.word("otherwise"))
        if ticked != isinstance(otherwise, Mapping):
            yield Call("add_otherwise" if ticked else "remove_otherwise", {"router": name})
        elif ticked and "has.ignore" in form.data:
            ignored = bool(form.word("ignore"))
            if ignored != bool((otherwise or {}).get("ignore")):
                yield Call("set_ignore", {"router": name, "branch": "otherwise", "ignore": ignored})
