"""The rules of steps by themselves."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from engine.base.types import Json

from .problem import Problem, pointer


def router_problems(name: str, step: Mapping[str, Any], goes_on: bool = False) -> Iterator[Problem]:
    """Branches that cannot be told apart, can never match, drop their events, or ask for what is not given.

    `goes_on` says that something follows the router, which its empty branches lead to.
    """
    branches = step.get("branches")
    branches = branches if isinstance(branches, list) else []
    at = pointer("steps", name)
    if not branches:
        yield Problem(f"{at}/branches", f"the router `{name}` has no branch", code="branch")
    if not goes_on:
        yield from _dropping(step, branches, at)
    if step.get("parallel") is True and step.get("match", "first") != "all":
        yield Problem(
            f"{at}/parallel", "only with `match: all` do branches run at the same time", "warning", "branch"
        )
    has_key = bool(_text(step.get("key")))
    if has_key and branches and not any(_list(b, "case") for b in branches):
        message = f"`{name}` has a key, but no branch has a case to compare it with"
        yield Problem(f"{at}/key", message, "warning", "branch")
    yield from _branch_problems(name, branches, has_key)
    if step.get("match", "first") == "first":
        yield from _shadowed(name, branches)


def _dropping(step: Mapping[str, Any], branches: list[Any], at: str) -> Iterator[Problem]:
    """Ways on which events end in silence."""
    ways = [(f"{at}/branches/{number}", branch) for number, branch in enumerate(branches)]
    for place, way in [*ways, (f"{at}/otherwise", step.get("otherwise"))]:
        if not isinstance(way, Mapping) or way.get("next") is not None or way.get("ignore") is True:
            continue
        which = f"the branch “{way.get('name')}”" if "/branches/" in place else "otherwise"
        hint = 'add a step, or ignore them on purpose (`"ignore": true`)'
        message = f"{which} is empty, so its events are dropped; {hint}"
        yield Problem(place, message, "warning", "branch")


def _branch_problems(name: str, branches: list[Any], has_key: bool) -> Iterator[Problem]:
    names: set[str] = set()
    for number, branch in enumerate(branches):
        if not isinstance(branch, Mapping):
            continue
        at = pointer("steps", name, "branches", number)
        label = branch.get("name")
        if isinstance(label, str):
            if label in names:
                yield Problem(f"{at}/name", f"`{name}` has two branches called “{label}”", code="branch")
            if label == "otherwise":
                yield Problem(
                    f"{at}/name", "“otherwise” is the branch of events that match no other", code="branch"
                )
            names.add(label)
        case, when = branch.get("case"), _text(branch.get("when"))
        if case == []:
            yield Problem(f"{at}/case", "this case has no value, so its branch never matches", code="branch")
        elif case is None and not when:
            yield Problem(at, f"the branch “{label}” has neither a case nor a condition", code="missing")
        for place, value in enumerate(_list(branch, "case")):
            if isinstance(value, str) and "{{" in value:
                message = "a case is compared literally; to use an expression, write a condition"
                yield Problem(f"{at}/case/{place}", message, code="branch")
        if _list(branch, "case") and not has_key:
            yield Problem(
                f"{at}/case", f"a case needs a key: `{name}` does not say what to compare", code="branch"
            )


def _shadowed(name: str, branches: list[Any]) -> Iterator[Problem]:
    taken: dict[bytes, str] = {}
    for number, branch in enumerate(branches):
        own: dict[bytes, str] = {}
        for place, value in enumerate(_list(branch, "case")):
            key = _key(value)
            if key in own or key in taken:
                where = f"of branch “{taken[key]}” too, which comes first" if key in taken else "here twice"
                at = pointer("steps", name, "branches", number, "case", place)
                yield Problem(at, f"the case {_show(value)} is {where}", "warning", "branch")
            own[key] = str(branch.get("name"))
        if not _text(branch.get("when") if isinstance(branch, Mapping) else None):
            taken = {**own, **taken}


def action_problems(name: str, step: Mapping[str, Any]) -> Iterator[Problem]:
    """Delays between attempts where there is only one attempt."""
    retry = step.get("retry")
    if isinstance(retry, Mapping) and retry.get("attempts", 1) == 1 and len(retry.keys() - {"attempts"}):
        message = f"`{name}` is tried once, so it never waits for another attempt: set `attempts`"
        yield Problem(pointer("steps", name, "retry"), message, "warning", "branch")


def loop_problems(name: str, step: Mapping[str, Any]) -> Iterator[Problem]:
    """A loop without a list or a body."""
    at = pointer("steps", name)
    if not _text(step.get("items")):
        yield Problem(f"{at}/items", f"the loop `{name}` has no items", code="missing")
    if not isinstance(step.get("body"), str):
        yield Problem(f"{at}/body", f"the loop `{name}` is empty", code="missing")
    concurrency = step.get("concurrency")
    if _text(step.get("until")) and isinstance(concurrency, int) and concurrency > 1:
        message = "with several items at a time, some may have begun before `until` ends the loop"
        yield Problem(f"{at}/until", message, "warning", "branch")


def _list(branch: Any, field: str) -> list[Json]:
    value = branch.get(field) if isinstance(branch, Mapping) else None
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _key(value: Json) -> bytes:
    # 1 and 1.0 are the same case; true and 1 are not.
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    return _dump(value, orjson.OPT_SORT_KEYS)


def _dump(value: Json, option: int = 0) -> bytes:
    try:
        return orjson.dumps(value, option=option)
    except orjson.JSONEncodeError:
        return repr(value).encode(errors="replace")


def _show(value: Json) -> str:
    text = _dump(value).decode(errors="replace")
    return text if len(text) <= 60 else f"{text[:57]}…"
