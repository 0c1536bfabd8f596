"""The handler-flow builder: from a catalogue and some of its events to a flow that routes them. Pure.

webhook (the vendor's verification) → only for some projects, if asked for
                                    → router on the discriminator → one branch per event, with its message
                                                                  → nested router, where one is named
An event that no branch takes is unrouted: only nested routers have an otherwise.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from engine import catalogues
from engine.base.errors import BadInput, NotFound
from engine.base.types import Json
from engine.expressions import ExpressionError, compile, truth
from engine.flow import Flow, RouterStep, parse
from engine.signatures import SignatureError, option_problems

from . import Catalogue, CatalogueEvent, handler_message, handler_samples, handler_scope
from .definition import named

ROUTER = "by_event"
_DEFAULT_HEADER = {"header": "X-Webhook-Secret", "generic_hmac": "X-Webhook-Signature"}


def build(
    catalogue: Catalogue | str,
    events: Sequence[str] | str,
    *,
    name: str | None = None,
    verify: Mapping[str, Any] | None = None,
    only: Mapping[str, Sequence[str]] | None = None,
) -> Flow:
    """A flow with one branch for each of `events`, or for `"all"` of the catalogue that can be told apart.

    `verify` replaces the vendor's preset; `{"scheme": "none"}` lets anyone send. `only` lets events through
    that belong to what it names, by the catalogue's scopes (`{"projects": ["prj_1"]}`), and those that belong
    to none. Raises BadInput that names the field for an unknown catalogue, an unknown, repeated or missing
    event, and for a verification or a scope that cannot be used.
    """
    catalogue = _catalogue(catalogue)
    chosen = _chosen(catalogue, events)
    proof = _verify(catalogue, verify)
    gate = handler_scope.checked(catalogue, only)
    steps: dict[str, Any] = (
        {handler_scope.GATE: handler_scope.router(catalogue, gate, ROUTER)} if gate else {}
    )
    steps[ROUTER] = {}
    branches = [_branch(catalogue, event, steps) for event in chosen]
    steps[ROUTER] = {
        "type": "router",
        "title": "By event",
        "key": catalogue.discriminator,
        "branches": branches,
    }
    settings = {"verify": proof, **({"mask": list(catalogue.mask)} if catalogue.mask else {})}
    trigger = {"name": "webhook", "piece": "webhook", "trigger": "catch", "input": settings}
    return parse(
        {
            "format": 1,
            "name": name or f"Handle {catalogue.title} events",
            "description": f"Routes {len(chosen)} of the events that {catalogue.title} sends.",
            "triggers": [trigger],
            "start": next(iter(steps)),
            "steps": steps,
            "samples": handler_scope.within(catalogue, gate, handler_samples.of(catalogue, chosen)),
            "notes": [{"text": _note(catalogue, proof), "step": ROUTER}],
        }
    )


def missing_events(flow: Flow, catalogue: Catalogue | str) -> list[CatalogueEvent]:
    """The catalogue's events that no branch takes, of no router that is keyed on its discriminator. Empty for
    a flow without such a router: it handles something else."""
    catalogue = _catalogue(catalogue)
    routers = _routers(flow, catalogue)
    if not routers:
        return []
    return [
        event
        for name, event in catalogue.events.items()
        if named(catalogue.discriminator, event.event) == name
        and not any(_takes(router, event.event) for router in routers.values())
    ]


def _takes(router: RouterStep, event: Mapping[str, Any]) -> bool:
    """Whether a branch of a router takes an event; one whose condition reads more than the event may not."""
    scope = {"trigger": event}
    key = _value(router.key or "", scope)
    for branch in router.branches:
        if branch.case is not None and key not in branch.case:
            continue
        if not branch.when or truth(_value(branch.when, scope)):
            return True
    return False


def _value(text: str, scope: Mapping[str, Any]) -> Json:
    """What an expression gives that reads the event alone; null for any other, and for one that fails."""
    try:
        expression = compile(text) if text.strip() else None
        if expression is None or any(path[:1] != ("trigger",) for path in expression.paths):
            return None
        return expression.value(scope)
    except ExpressionError:
        return None


def take_over(flow: Flow, catalogue: Catalogue | str, name: str) -> list[tuple[str, dict[str, Any]]]:
    """The commands, with their arguments, that give a flow the branch of an event it misses: the branch,
    the nested router where one is named, and its samples. Raises `BadInput` for an event it does not miss."""
    catalogue = _catalogue(catalogue)
    event = next((one for one in missing_events(flow, catalogue) if one.name == name), None)
    if event is None:
        raise BadInput(f"The flow already has a branch for the event {name[:100]!r}.", field="event")
    at, router = next(iter(_routers(flow, catalogue).items()))
    steps: dict[str, Any] = dict.fromkeys(flow.steps)
    branch = _branch(catalogue, event, steps)
    branch["name"] = _free(branch["name"], [one.name for one in router.branches])
    commands = [("add_branch", {"router": at, "name": branch["name"], "case": branch["case"]})]
    if branch["next"] is not None:
        made = {inner: step for inner, step in steps.items() if step is not None}
        clipboard = {"switchyard": "steps", "roots": [branch["next"]], "steps": made}
        place = {"branch": [at, branch["name"]]}
        commands.append(("paste", {"place": place, "clipboard": clipboard}))
    for title, sample in handler_samples.of(catalogue, [event]).items():
        commands.append(("add_sample", {"name": _free(title, flow.samples), "event": sample}))
    return commands


def _routers(flow: Flow, catalogue: Catalogue) -> dict[str, RouterStep]:
    """The routers that are keyed on the catalogue's discriminator."""
    key = catalogue.discriminator
    return {
        name: step for name, step in flow.steps.items() if isinstance(step, RouterStep) and step.key == key
    }


def _free(name: str, taken: Collection[str]) -> str:
    """The name, or with a number behind it the first that is not taken."""
    free, number = name[:200], 2
    while free in taken:
        free, number = f"{name[:190]} ({number})", number + 1
    return free


def _catalogue(catalogue: Catalogue | str) -> Catalogue:
    if isinstance(catalogue, Catalogue):
        return catalogue
    try:
        return catalogues.get(catalogue)
    except (NotFound, TypeError) as error:
        raise BadInput(f"There is no catalogue {str(catalogue)[:100]!r}.", field="catalogue") from error


def _chosen(catalogue: Catalogue, events: Sequence[str] | str) -> list[CatalogueEvent]:
    unnamed = set(catalogue.unnamed)
    if events == "all":
        told = [event for event in catalogue.events.values() if event.name not in unnamed]
        if not told:
            raise BadInput(
                f"The events of {catalogue.title} cannot be distinguished: no field names the event.",
                field="events",
            )
        return told
    if isinstance(events, str) or not isinstance(events, Sequence) or not events:
        raise BadInput('Choose at least one event, as a list of names or "all".', field="events")
    unknown = [name for name in events if not isinstance(name, str) or name not in catalogue.events]
    if unknown:
        said = ", ".join(str(name)[:100] for name in unknown[:5])
        raise BadInput(f"{catalogue.title} has no event {said}.", field="events", details=unknown[:100])
    lost = [name for name in events if name in unnamed]
    if lost:
        said = ", ".join(name[:100] for name in lost[:5])
        raise BadInput(
            f"{said} cannot be distinguished from other events.", field="events", details=lost[:100]
        )
    repeated = sorted({name for name in events if events.count(name) > 1})
    if repeated:
        raise BadInput(f"{', '.join(repeated[:5])} is listed twice.", field="events", details=repeated)
    return [catalogue.events[name] for name in events]


def _verify(catalogue: Catalogue, verify: Mapping[str, Any] | None) -> dict[str, Any]:
    """The trigger's `verify`, with the connection that will hold the secret."""
    if verify is not None and not isinstance(verify, Mapping):
        raise BadInput("`verify` must be an object with a scheme.", field="verify")
    proof = dict(catalogue.verify if verify is None else verify)
    scheme = proof.get("scheme")
    options = {key: value for key, value in proof.items() if key not in ("scheme", "connection")}
    try:
        problems = option_problems(scheme, options)  # type: ignore[arg-type]  # any type is refused
    except SignatureError as error:
        raise BadInput(error.message, field="verify.scheme") from error
    for field, sentence in problems:
        raise BadInput(sentence, field=f"verify.{field}")
    if scheme == "none":
        return {"scheme": "none"}
    if scheme in _DEFAULT_HEADER:
        proof.setdefault("header", _DEFAULT_HEADER[str(scheme)])
    proof.setdefault("connection", f"{catalogue.name.replace('_', '-')}-signing")
    if not isinstance(proof["connection"], str) or not proof["connection"]:
        raise BadInput("The connection must be the name of a connection.", field="verify.connection")
    return proof


def _branch(catalogue: Catalogue, event: CatalogueEvent, steps: dict[str, Any]) -> dict[str, Any]:
    """The event's branch; its message, or the nested router with a message in each branch, goes into
    `steps`."""
    by = catalogue.secondary_of(event.name)
    alone = [each.label for each in catalogue.events.values()].count(event.label) == 1
    title = event.label if alone else f"{event.label} ({event.name})"
    branch = {"name": title[:200], "case": [event.name]}
    if by is None:
        return {**branch, "next": _message(catalogue, event, None, event.name, steps)}
    word = by.rpartition(".")[2]
    inner = _step_name(f"{event.name} by {word}", steps)
    steps[inner] = {}
    branches = [
        {
            "name": title,
            "case": list(values),
            "next": _message(catalogue, event, by, f"{event.name} {title}", steps),
        }
        for title, values in _values(catalogue, event, by).items()
    ]
    steps[inner] = {
        "type": "router",
        "title": f"{event.label} by {word}",
        "key": by,
        "branches": branches,
        # The event is known, whatever the value: many vendors leave it out until there is a result.
        "otherwise": {"next": _message(catalogue, event, None, f"{event.name} other", steps)},
    }
    return {**branch, "next": inner}


def _message(
    catalogue: Catalogue, event: CatalogueEvent, by: str | None, named: str, steps: dict[str, Any]
) -> str:
    """Add the step that composes an event's message; its name."""
    name = _step_name(named, steps, "_message")
    steps[name] = {
        "type": "action",
        "piece": "data",
        "action": "compose",
        "title": "Message",
        "input": {"value": handler_message.text(catalogue, event, by)},
    }
    return name


def _values(catalogue: Catalogue, event: CatalogueEvent, by: str) -> Mapping[str, Sequence[str]]:
    """The branches of a secondary discriminator; without groups of its own, one for each known value."""
    if by in catalogue.branches:
        return catalogue.branches[by]
    return {catalogues.label(value): [value] for value in catalogue.enums.get(by, ())}


def _step_name(text: str, taken: Mapping[str, Any], ending: str = "") -> str:
    words = re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", text).lower()).strip("_")
    base = words if words[:1].isalpha() else f"event_{words}"
    most = 60 - len(ending)
    name, number = base[:most] + ending, 2
    while name in taken:
        name, number = f"{base[: most - 3]}_{number}{ending}", number + 1
    return name


def _note(catalogue: Catalogue, proof: Mapping[str, Any]) -> str:
    preset = {key: value for key, value in proof.items() if key != "connection"} == dict(catalogue.verify)
    lines = [
        f"Events of {catalogue.title}, one branch each, with a message to send. Add the step that sends it, "
        "and test each branch with its stored sample. Publish the flow, then enter its webhook address in "
        f"{catalogue.title}."
    ]
    if proof["scheme"] == "none":
        lines.append("Nothing is verified: anyone who knows the address can send events.")
    else:
        if preset and catalogue.verify_note:
            lines.append(catalogue.verify_note)
        lines.append(f"The secret is stored in the connection “{proof['connection']}”.")
    lines.append("Events that no branch takes are listed under Unrouted.")
    return "\n\n".join(lines)
