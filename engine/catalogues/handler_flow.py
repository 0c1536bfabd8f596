"""The handler-flow builder: from a catalogue and some of its events to a flow that routes them. Pure.

webhook (the vendor's verification) → router on the discriminator → one branch per event
                                                                  → nested router, where one is named
                                                                  → otherwise
"""

import copy
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from engine import catalogues
from engine.base.errors import BadInput, NotFound
from engine.flow import Flow, RouterStep, parse
from engine.signatures import SignatureError, option_problems

from . import Catalogue, CatalogueEvent

ROUTER = "by_event"
_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*", re.ASCII)
_DEFAULT_HEADER = {"header": "X-Webhook-Secret", "generic_hmac": "X-Webhook-Signature"}


def build(
    catalogue: Catalogue | str,
    events: Sequence[str] | str,
    *,
    name: str | None = None,
    verify: Mapping[str, Any] | None = None,
) -> Flow:
    """A flow with one branch for each of `events`, or for `"all"` of the catalogue.

    `verify` replaces the vendor's preset; `{"scheme": "none"}` lets anyone send. Raises BadInput that
    names the field for an unknown catalogue, an unknown, repeated or missing event, and for a
    verification that cannot be used.
    """
    catalogue = _catalogue(catalogue)
    chosen = _chosen(catalogue, events)
    proof = _verify(catalogue, verify)
    steps: dict[str, Any] = {ROUTER: {}}
    branches = [_branch(catalogue, event, steps) for event in chosen]
    steps[ROUTER] = {
        "type": "router",
        "title": "By event",
        "key": body_expression(catalogue.discriminator),
        "branches": branches,
        "otherwise": {"next": None},
    }
    settings = {"verify": proof, **({"mask": list(catalogue.mask)} if catalogue.mask else {})}
    trigger = {"name": "webhook", "piece": "webhook", "trigger": "catch", "input": settings}
    return parse(
        {
            "format": 1,
            "name": name or f"Handle {catalogue.title} events",
            "description": f"Routes {len(chosen)} of the events that {catalogue.title} sends.",
            "triggers": [trigger],
            "start": ROUTER,
            "steps": steps,
            "samples": _samples(chosen),
            "notes": [{"text": _note(catalogue, proof), "step": ROUTER}],
        }
    )


def missing_events(flow: Flow, catalogue: Catalogue | str) -> list[CatalogueEvent]:
    """The catalogue's events for which no router of the flow, keyed on its discriminator, has a branch.
    Empty for a flow without such a router: it handles something else."""
    catalogue = _catalogue(catalogue)
    routers = _routers(flow, catalogue)
    if not routers:
        return []
    known = {
        value
        for router in routers.values()
        for branch in router.branches
        for value in branch.case or ()
        if isinstance(value, str)
    }
    return [event for event in catalogue.events.values() if event.name not in known]


def take_over(flow: Flow, catalogue: Catalogue | str, name: str) -> list[tuple[str, dict[str, Any]]]:
    """The commands, with their arguments, that give a flow the branch of an event it misses: the branch,
    the nested router where one is named, and its samples. Raises `BadInput` for an event it does not miss."""
    catalogue = _catalogue(catalogue)
    event = next((one for one in missing_events(flow, catalogue) if one.name == name), None)
    if event is None:
        raise BadInput(f"The flow does not miss the event {name[:100]!r} any more.", field="event")
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
    for title, sample in _samples([event]).items():
        commands.append(("add_sample", {"name": _free(title, flow.samples), "event": sample}))
    return commands


def _routers(flow: Flow, catalogue: Catalogue) -> dict[str, RouterStep]:
    """The routers that are keyed on the catalogue's discriminator."""
    key = body_expression(catalogue.discriminator)
    return {
        name: step for name, step in flow.steps.items() if isinstance(step, RouterStep) and step.key == key
    }


def _free(name: str, taken: Collection[str]) -> str:
    """The name, or with a number behind it the first that is not taken."""
    free, number = name[:200], 2
    while free in taken:
        free, number = f"{name[:190]} ({number})", number + 1
    return free


def body_expression(discriminator: str) -> str:
    """A discriminator, which is said of the body, as an expression of a flow."""
    if _PATH.fullmatch(discriminator):
        return f"trigger.body.{discriminator}"
    return f"trigger.body | ({discriminator})"


def _catalogue(catalogue: Catalogue | str) -> Catalogue:
    if isinstance(catalogue, Catalogue):
        return catalogue
    try:
        return catalogues.get(catalogue)
    except (NotFound, TypeError) as error:
        raise BadInput(f"There is no catalogue {str(catalogue)[:100]!r}.", field="catalogue") from error


def _chosen(catalogue: Catalogue, events: Sequence[str] | str) -> list[CatalogueEvent]:
    if events == "all":
        return list(catalogue.events.values())
    if isinstance(events, str) or not isinstance(events, Sequence) or not events:
        raise BadInput('Choose at least one event, as a list of names or "all".', field="events")
    unknown = [name for name in events if not isinstance(name, str) or name not in catalogue.events]
    if unknown:
        said = ", ".join(str(name)[:100] for name in unknown[:5])
        raise BadInput(f"{catalogue.title} has no event {said}.", field="events", details=unknown[:100])
    repeated = sorted({name for name in events if events.count(name) > 1})
    if repeated:
        raise BadInput(f"{', '.join(repeated[:5])} stands there twice.", field="events", details=repeated)
    return [catalogue.events[name] for name in events]


def _verify(catalogue: Catalogue, verify: Mapping[str, Any] | None) -> dict[str, Any]:
    """The trigger's `verify`, with the connection that will hold the secret."""
    if verify is not None and not isinstance(verify, Mapping):
        raise BadInput("verify is an object with a scheme.", field="verify")
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
        raise BadInput("The connection is the name of one.", field="verify.connection")
    return proof


def _branch(catalogue: Catalogue, event: CatalogueEvent, steps: dict[str, Any]) -> dict[str, Any]:
    """The event's branch; a nested router goes into `steps`."""
    by = catalogue.secondary_of(event.name)
    inner = None
    if by is not None:
        inner = _step_name(f"{event.name} by {by.rpartition('.')[2]}", steps)
        steps[inner] = {
            "type": "router",
            "title": f"{event.label} by {by.rpartition('.')[2]}",
            "key": body_expression(by),
            "branches": [
                {"name": title, "case": list(values)}
                for title, values in _values(catalogue, event, by).items()
            ],
            "otherwise": {"next": None},
        }
    alone = [each.label for each in catalogue.events.values()].count(event.label) == 1
    title = event.label if alone else f"{event.label} ({event.name})"
    return {"name": title[:200], "case": [event.name], "next": inner}


def _values(catalogue: Catalogue, event: CatalogueEvent, by: str) -> Mapping[str, Sequence[str]]:
    """The branches of a secondary discriminator; without groups of its own, one for each known value."""
    if by in catalogue.branches:
        return catalogue.branches[by]
    return {catalogues.label(value): [value] for value in catalogue.enums.get(by, ())}


def _step_name(text: str, taken: Mapping[str, Any]) -> str:
    words = re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", text).lower()).strip("_")
    base = words if words[:1].isalpha() else f"event_{words}"
    name, number = base[:60], 2
    while name in taken:
        name, number = f"{base[:57]}_{number}", number + 1
    return name


def _samples(chosen: Sequence[CatalogueEvent]) -> dict[str, Any]:
    """One example for each event, and its variants, so that every branch can be tested at once."""
    samples: dict[str, Any] = {}
    for event in chosen:
        samples[event.name] = {"body": copy.deepcopy(event.sample)}
        for variant, body in event.variants.items():
            samples[f"{event.name} ({variant})"] = {"body": copy.deepcopy(body)}
    return samples


def _note(catalogue: Catalogue, proof: Mapping[str, Any]) -> str:
    preset = {key: value for key, value in proof.items() if key != "connection"} == dict(catalogue.verify)
    lines = [
        f"Events of {catalogue.title}, one branch each. Add steps to the branches you care about; test each "
        "branch with its stored sample; publish; then give this flow's webhook address to "
        f"{catalogue.title}."
    ]
    if proof["scheme"] == "none":
        lines.append("Nothing is verified: anyone who knows the address can send events.")
    else:
        if preset and catalogue.verify_note:
            lines.append(catalogue.verify_note)
        lines.append(f"The secret belongs into the connection “{proof['connection']}”.")
    lines.append("What no branch knows goes to “otherwise”. Remove it to see such events under Unrouted.")
    return "\n\n".join(lines)
