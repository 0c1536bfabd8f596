"""The routing tree, walked as Alertmanager does: the first child that matches, and those after it while
`continue` is set; a route without a child that matches notifies its own receiver, or that of its parent."""

from collections.abc import Mapping
from typing import Any

from engine.base.errors import BadInput
from engine.base.types import Json
from engine.flow.definition import MAX_STEPS

from ..activepieces.finding import Finding, Unconvertible, excerpt, visible
from .matchers import Matcher, matchers_of
from .receivers import Step, integrations

_DEEPEST = 40
_ALWAYS = "`true`"
_LONGEST = 20_000  # characters of a condition
_GROUPING = ("group_by", "group_wait", "group_interval", "repeat_interval")
_TIMES = ("mute_time_intervals", "active_time_intervals")
_Route = Mapping[str, Json]


class Routes:
    """The steps of a configuration."""

    def __init__(self, document: Mapping[str, Json]) -> None:
        self._document = document
        self.steps: dict[str, Step] = {}
        self.findings: list[Finding] = []
        self._receivers: dict[str, Mapping[str, Json]] = {}
        for receiver in _objects(document.get("receivers")):
            self._receivers[str(receiver.get("name"))] = receiver

    def start(self) -> str | None:
        """Make all steps; the name of the first. Raises `BadInput`."""
        root = self._document["route"]
        assert isinstance(root, Mapping)
        if not root.get("receiver"):
            raise BadInput("The top route has no `receiver`.", field="route/receiver")
        first = self._route(root, "", 0)
        if self._document.get("inhibit_rules"):
            message = "Inhibition rules were not imported. Alertmanager applies them before it notifies."
            self.findings.append(Finding("", message, "note"))
        return first

    def note(self) -> str:
        """What to do in Alertmanager."""
        return (
            "Imported from an Alertmanager configuration. In Alertmanager, leave one route, with a receiver "
            "whose webhook_configs has this flow's address and send_resolved: true. Alertmanager goes on to "
            "group, silence and inhibit; each alert of a notification starts a run, as trigger.body."
        )

    def _route(self, route: _Route, inherited: str, depth: int) -> str | None:
        """The first step for alerts that match a route."""
        if depth > _DEEPEST:
            raise BadInput(f"Routes may be nested {_DEEPEST} levels deep.", field="route")
        receiver = str(route.get("receiver") or inherited)
        children = _objects(route.get("routes"))
        if not children:
            first = self._notify(receiver, _remarks(route))
            self._tell_times(first or "", route)
            return first
        name = self._add(
            "route", {"type": "router", "title": _title(f"Routes below {receiver}"), "branches": []}
        )
        router = self.steps[name]
        router["note"] = _remarks(route)
        self._tell_times(name, route)
        self._branches(name, router, children, receiver, depth)
        own = self._notify(receiver, "")
        router["otherwise"] = {"next": own, **({} if own else {"ignore": True})}
        return name

    def _branches(self, name: str, router: Step, children: list[_Route], receiver: str, depth: int) -> None:
        several = any(child.get("continue") is True for child in children[:-1])
        router["match"] = "all" if several else "first"
        if several:
            router["parallel"] = True
        stops: list[str] = []  # the conditions after which nothing else is looked at
        for number, child in enumerate(children):
            if _ALWAYS in stops:
                left = len(children) - number
                self._tell(
                    name,
                    f"{left} routes below a route that matches everything were left out: none is reached.",
                )
                break
            try:
                matchers = matchers_of(child)
            except Unconvertible as error:
                self._tell(name, f"Route {number + 1} was left out: {error.message}.", "error")
                continue
            condition = " && ".join(matcher.condition for matcher in matchers) or _ALWAYS
            branch: dict[str, Any] = {"name": _branch_name(matchers, router["branches"])}
            branch["when"] = _unless(condition, stops) if several else condition
            if len(branch["when"]) > _LONGEST:
                raise BadInput(
                    f"The conditions of the routes below {receiver!r} are too long.", field="route"
                )
            branch["next"] = self._route(child, receiver, depth + 1)
            if branch["next"] is None:
                branch["ignore"] = True
            router["branches"].append(branch)
            if child.get("continue") is not True:
                stops.append(condition)

    def _notify(self, receiver: str, remarks: str) -> str | None:
        """Steps for a receiver; none for one that notifies nobody."""
        if receiver not in self._receivers:
            self._tell(
                "", f"The receiver `{excerpt(receiver)}` is not defined; its alerts go nowhere.", "error"
            )
            return None
        found = integrations(self._receivers[receiver])
        if len(found) < 2:
            return self._integration(receiver, *found[0], remarks) if found else None
        router = {"type": "router", "title": _title(f"Receiver {receiver}"), "note": remarks}
        name = self._add("notify", {**router, "match": "all", "parallel": True, "branches": []})
        branches = self.steps[name]["branches"]
        for title, step, missing in found:
            taken = {branch["name"] for branch in branches}
            branches.append(
                {
                    "name": _free(title, taken),
                    "when": _ALWAYS,
                    "next": self._integration(receiver, title, step, missing, ""),
                }
            )
        return name

    def _integration(self, receiver: str, title: str, step: Step, missing: str, remarks: str) -> str:
        name = self._add(title, {**step, "title": _title(f"{receiver}: {title}"), "note": remarks})
        self._tell(name, f"{missing} (receiver `{excerpt(receiver)}`).", "error")
        return name

    def _add(self, title: str, step: Step) -> str:
        """Store a step under a free name. Raises `BadInput`."""
        if len(self.steps) >= MAX_STEPS:
            raise BadInput(f"The routes need more than {MAX_STEPS:,} steps.", field="route")
        word = "".join(c if c.isascii() and c.isalnum() else "_" for c in title.lower()).strip("_")[:40]
        base, number = word if word[:1].isalpha() else "step", 1
        while (name := base if number == 1 else f"{base}_{number}") in self.steps:
            number += 1
        self.steps[name] = {**step, "next": None}
        return name

    def _tell(self, step: str, message: str, severity: Any = "warning") -> None:
        self.findings.append(Finding(step, message, severity))

    def _tell_times(self, step: str, route: _Route) -> None:
        if any(route.get(field) for field in _TIMES):
            self._tell(step, "Its time intervals were not imported: here it notifies at any time.")


def _objects(value: Json) -> list[Mapping[str, Json]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _remarks(route: _Route) -> str:
    """What a route says beside its matchers and receiver."""
    said = [(field, route[field]) for field in (*_GROUPING, *_TIMES) if route.get(field)]
    texts = (f"{field}: {', '.join(map(str, v)) if isinstance(v, list) else v}" for field, v in said)
    text = "; ".join(texts)
    return f"In Alertmanager: {text}."[:5_000] if text else ""


def _unless(condition: str, stops: list[str]) -> str:
    if not stops:
        return condition
    others = f"!({' || '.join(stops)})" if len(stops) > 1 or "&&" in stops[0] else f"!({stops[0]})"
    return others if condition == _ALWAYS else f"{condition} && {others}"


def _branch_name(matchers: list[Matcher], others: list[dict[str, Any]]) -> str:
    name = visible(", ".join(map(str, matchers)), 180) or "Every alert"
    return _free(name, {other["name"] for other in others})


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    return free


def _title(text: str) -> str:
    return visible(text, 200)
