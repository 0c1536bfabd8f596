"""What the panel beside the drawing shows: a step's form, a branch, things to put in, places to move to."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from starlette.requests import Request

from engine.analysis.coverage import RouterCoverage
from engine.authoring.flow_reader import FlowRecord
from engine.connections.service import ConnectionInfo
from engine.expressions import describe, evaluated
from engine.flow import Problem, can_split, pointer
from pieces import Piece, Registry
from ui.connections import form as connection_form
from ui.drawing.canvas import words
from ui.drawing.details import on_error_words
from ui.drawing.parts import known_of, part_of, title_of
from ui.flows import sender_lines
from ui.shared.page_context import project_of

from . import branch as editor_branch
from . import fields as editor_fields
from . import flow as editor_flow
from . import picker
from .choices import Chooser, offer
from .commands import FAIL_ON_NULL
from .fields import Field
from .firings import next_firings
from .services import Services

_MASK = f"{editor_fields.ROOT}.mask"
VERIFIED_BY = f"{editor_fields.ROOT}.verify.connection"
_RETRY = (("attempts", "Attempts", 1), ("first_delay", "First delay, s", 4), ("factor", "Factor", 2),
          ("max_delay", "Longest, s", 3600))  # fmt: skip


@dataclass
class BranchRow:
    """One branch in its router's list."""

    index: int
    name: str
    words: str
    samples: list[str] | None = None
    problems: list[Problem] = field(default_factory=list)


@dataclass
class StepPanel:
    """Everything the form of one step or trigger needs."""

    name: str
    kind: str  # trigger | action | router | loop
    title: str  # what the drawing says
    icon: str
    own_title: str = ""
    new_name: str = ""  # that was typed
    of: str = ""
    summary: str = ""
    help: str = ""
    note: str = ""
    skip: bool = False
    open: str = ""
    problems: list[Problem] = field(default_factory=list)
    fields: list[Field] = field(default_factory=list)
    uploads: bool = False  # a field takes files
    # the connection
    piece: str = ""
    takes_connection: bool = False
    keeps_secret: bool = False  # a connection is named in a field, which holds the secret of the sender
    needs_connection: bool = False
    connection: str = ""
    connected: ConnectionInfo | None = None  # the connection of that name, if it is there
    connection_problem: str = ""
    connection_said: tuple[str, str] | None = None
    connections: list[ConnectionInfo] = field(default_factory=list)
    verifiable: bool = False
    sends: str = ""  # what a test of it really does, and to whom
    # what of a trigger's events is hidden, a line each; None where its input says so
    mask: str | None = None
    lines: list[sender_lines.Line] = field(default_factory=list)  # to copy into what sends the events
    form_fields: list[sender_lines.Field] = field(default_factory=list)
    run_title: str = ""
    labels: str = ""
    split: str = ""
    splits: bool = False  # whether its events may hold several
    dedupe: str = ""
    dedupe_within: str = ""
    # when it fails
    on_error: str = "fail"
    on_error_words: str = ""
    retry: list[tuple[str, str, str]] = field(default_factory=list)
    timeout: str = ""
    fail_on_null: str = ""
    # a loop
    items: str = ""
    until: str = ""
    collect: str = ""
    concurrency: str = ""
    # a router
    key: str = ""
    match: str = "first"
    branches: list[BranchRow] = field(default_factory=list)
    otherwise: bool = False
    otherwise_full: bool = False
    otherwise_ignored: bool = False
    unmatched: list[str] = field(default_factory=list)
    remaining: list[str] = field(default_factory=list)  # values of the key in samples that no branch takes


@dataclass
class Panel:
    """What stands in the panel; `kind` says which of the rest counts."""

    kind: str = "flow"  # flow | settings | note | step | branch | picker | move | connect | reconnect
    step: StepPanel | None = None
    place: str = ""
    where: str = ""
    search: str = ""
    groups: list[picker.Group] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    spots: list[picker.Spot] = field(default_factory=list)
    heading: str = "This flow"
    more: dict[str, Any] = field(default_factory=dict)


async def panel(
    services: Services,
    request: Request,
    flow: FlowRecord,
    asked: Mapping[str, Any],
    cover: Mapping[str, RouterCoverage],
) -> Panel:
    """The panel that the state `asked` for (from the address, or what a form led to) means."""
    if asked.get("add"):
        return _picker(services.pieces, flow, str(asked["add"]), str(asked.get("q") or ""))
    if asked.get("move"):
        return _move(services.pieces, flow, str(asked["move"]).split(","))
    if asked.get("note") and (
        note := editor_flow.note_panel(flow.definition, str(asked["note"]), services.pieces)
    ):
        return Panel("note", heading="Note" if note.number is not None else "A new note", more={"note": note})
    name, branch = str(asked.get("step") or ""), str(asked.get("branch") or "")
    if branch.isascii() and branch.isdigit() and len(branch) < 5:
        shown = await evaluated(
            partial(editor_branch.branch_panel, flow.definition, name, int(branch), asked, cover)
        )
        if shown is not None:
            place = pointer("steps", name, "branches", int(branch))
            own = [p for p in flow.problems if p.pointer == place or p.pointer.startswith(f"{place}/")]
            more = {"branch": shown, "operators": editor_branch.OPERATOR_CHOICES, "problems": own}
            return Panel("branch", heading=f"Branch {shown.name}", more=more)
    made = await step_panel(services, request, flow, name, asked, cover) if name else None
    if made is None:
        if asked.get("tab") == "settings":
            form = editor_flow.flow_form(flow.definition)
            folders = await services.folders.list(project_of(request))
            more = {"form": form, "folders": folders}
            return Panel("settings", heading="Name and settings", more=more)
        return Panel()
    if asked.get("connect") and (made.takes_connection or made.keeps_secret):
        values = (part_of(flow.definition, name) or ("", "", {}))[2].get("input") or {}
        return _connect(services, services.pieces.pieces[made.piece], made, values, asked)
    if asked.get("reconnect") and made.connected is not None:
        return _reconnect(services, services.pieces.pieces[made.piece], made, made.connected, asked)
    if asked.get("choose"):
        chooser = Chooser(made.name, made.kind, made.piece, made.connection, made.fields)
        await offer(services, request, flow, chooser, asked)
    says = str(asked.get("said") or "").partition(":")
    if says[0]:
        made.connection_said = (says[0], says[2] or "It works.")
    return Panel("step", made, heading=made.title)


def _connect(
    services: Services, piece: Piece, made: StepPanel, values: Mapping[str, Any], asked: Mapping[str, Any]
) -> Panel:
    """The form of a new connection for the step's piece; secrets are not shown again."""
    suggested = connection_form.suggested(piece, values)
    more = {
        "piece": piece,
        "values": connection_form.plain(piece, asked.get("given") or suggested),
        "named": asked.get("named") or made.piece.replace("_", "-"),
        "redirect_uri": connection_form.to_register(services.settings, piece),
    }
    return Panel("connect", made, heading=f"New {piece.title} connection", more=more)


def _reconnect(
    services: Services, piece: Piece, made: StepPanel, one: ConnectionInfo, asked: Mapping[str, Any]
) -> Panel:
    """The form of the connection that the step has: a secret stays that is left empty."""
    refused = asked.get("given") if asked["reconnect"] == one.id else None
    given = connection_form.plain(piece, refused) if refused else {}
    more = {
        "piece": piece,
        "values": {**one.fields, **given},
        "redirect_uri": connection_form.to_register(services.settings, piece),
    }
    return Panel("reconnect", made, heading=f"Connection {one.name}", more=more)


def _picker(pieces: Registry, flow: FlowRecord, place: str, search: str) -> Panel:
    what, _, name = place.partition(":")
    if what == "paste":
        return Panel(
            "paste",
            place=name,
            heading="Paste steps",
            where=picker.place_in_words(flow.definition, name, pieces),
        )
    if what in ("trigger", "retrigger"):
        heading = f"Replace the trigger {name}" if name else "Add a trigger"
        return Panel("picker", place=place, search=search, heading=heading,
                     groups=picker.triggers(pieces, search))  # fmt: skip
    heading, where = "Add a step", picker.place_in_words(flow.definition, place, pieces)
    if what == "replace":
        heading, where = "Replace the step", f"Replaces {title_of(flow.definition, name, pieces)}"
    return Panel("picker", place=place, where=where, search=search, heading=heading,
                 groups=picker.steps(pieces, search))  # fmt: skip


def _move(pieces: Registry, flow: FlowRecord, names: list[str]) -> Panel:
    known = [name for name in names if name in (flow.definition.get("steps") or {})]
    if not known:
        return Panel()
    title = title_of(flow.definition, known[0], pieces) if len(known) == 1 else f"{len(known)} steps"
    spots = picker.spots(flow.definition, pieces, known[0])
    spots = [s for s in spots if not any(s.value.split(":")[1:2] == [name] for name in known)]
    return Panel("move", names=known, spots=spots, heading=f"Move {title}")


# -- one step ----------------------------------------------------------------------------------------


async def step_panel(
    services: Services,
    request: Request,
    flow: FlowRecord,
    name: str,
    asked: Mapping[str, Any],
    cover: Mapping[str, RouterCoverage],
) -> StepPanel | None:
    """The form of a step or trigger; None where there is none of that name."""
    found = part_of(flow.definition, name)
    if found is None:
        return None
    place, kind, part = found
    own_title = "" if kind == "trigger" else str(part.get("title") or "")  # a trigger's is one of runs
    made = StepPanel(name, kind, own_title or words(name), "split")
    made.new_name = name
    made.own_title, made.note = own_title, str(part.get("note") or "")
    made.skip, made.open = bool(part.get("skip")), str(asked.get("tab") or "")
    own = [p for p in flow.problems if p.pointer == place or p.pointer.startswith(place + "/")]
    if _is_untouched(kind, part):
        own = []
    by_path = _by_path(own, f"{place}/input")
    made.problems = [p for p in own if not p.pointer.startswith(f"{place}/input/")]
    if kind == "router":
        _router(made, part, cover.get(name))
        for row in made.branches:  # what is wrong with a branch stands beside it
            at = f"{place}/branches/{row.index}"
            row.problems = [p for p in own if p.pointer == at or p.pointer.startswith(f"{at}/")]
            row.problems.sort(key=lambda problem: problem.severity != "error")
        made.problems = [p for p in made.problems if not p.pointer.startswith(f"{place}/branches/")]
        remaining = await evaluated(partial(editor_branch.remaining_values, flow.definition, name))
        made.remaining = [json.dumps(value, ensure_ascii=False) for value in remaining]
    elif kind == "loop":
        made.icon, made.of = "repeat", "Loop"
        made.items, made.until = str(part.get("items") or ""), str(part.get("until") or "")
        made.collect, made.concurrency = str(part.get("collect") or ""), str(part.get("concurrency") or 1)
    else:
        _of_piece(made, kind, part, services.pieces, by_path, asked)
        made.uploads = any(one.kind == "file" or one.uploads for one in made.fields)
        for one in made.fields:
            one.help = one.help.replace("{{webhookUrl}}", flow.webhook_url)
        if made.takes_connection:
            await _connections(services, request, made)
            _secret(made)
        if kind == "trigger":
            made.run_title = str(part.get("title") or "")
            made.labels = "\n".join(f"{name}: {text}" for name, text in (part.get("labels") or {}).items())
        if kind == "trigger" and made.piece == "webhook":
            _senders(made, part, flow.webhook_url, sender_lines.example_of(flow.definition))
        if kind == "trigger" and not any(one.path == _MASK for one in made.fields):
            made.mask = "\n".join(part.get("mask") or ())
            made.split, made.splits = str(part.get("split") or ""), can_split(part, services.pieces)
            made.dedupe = str(part.get("dedupe") or "")
            made.dedupe_within = str(part.get("dedupe_within") or "")
        if kind == "action":
            _errors(made, part)
            made.sends = sends(part, services.pieces)
        elif (known := known_of(kind, part, services.pieces)) and made.fields:
            values = asked.get("input", part.get("input")) or {}
            made.fields[0].firings = await next_firings(known, values)
    return made


def _senders(made: StepPanel, part: Mapping[str, Any], url: str, example: sender_lines.Example) -> None:
    """What to copy into the senders of a webhook's events."""
    verify = (part.get("input") or {}).get("verify") or {}
    if not isinstance(verify, Mapping):
        return
    stored = made.connected.fields if made.connected else {}
    if verify.get("scheme") == "header" and not verify.get("header"):
        verify = {**verify, "header": stored.get("name")}
    username = stored.get("username") or "switchyard"
    made.lines = sender_lines.lines(url, verify, username=username, example=example)
    made.form_fields = sender_lines.form_fields(url, verify)


def _is_untouched(kind: str, part: Mapping[str, Any]) -> bool:
    """Whether nobody has filled in anything yet: the card says what is missing, the form need not."""
    if kind == "loop":
        return not part.get("items")
    if kind == "router":
        branches = [*(part.get("branches") or []), part.get("otherwise") or {}]
        return not (
            part.get("key") or any(one.get(key) for one in branches for key in ("case", "when", "next"))
        )
    return not (part.get("input") or part.get("connection") or part.get("title"))


def _of_piece(
    made: StepPanel,
    kind: str,
    part: Mapping[str, Any],
    pieces: Registry,
    problems: Mapping[str, list[Problem]],
    asked: Mapping[str, Any],
) -> None:
    piece, known = pieces.pieces.get(str(part.get("piece"))), known_of(kind, part, pieces)
    own = str(part.get("trigger" if kind == "trigger" else "action"))
    made.piece = str(part.get("piece"))
    made.icon = piece.icon if piece else "puzzle"
    made.of = f"{piece.title if piece else part.get('piece')} · {known.title if known else own}"
    made.title = made.own_title or (known.title if known else words(made.name))
    if known is None or piece is None:
        return
    made.summary, made.help = known.summary, known.help
    expressions = asked.get("expressions") or ()
    made.fields = editor_fields.fields(
        known.properties, asked.get("input", part.get("input")) or {}, problems, expressions
    )
    made.takes_connection = known.takes_connection or bool(piece.auth and part.get("connection"))
    made.needs_connection, made.verifiable = known.needs_connection, piece.verifiable
    made.connection = str(part.get("connection") or "")
    missing = [p for p in made.problems if p.pointer.endswith("/connection")]
    if missing:
        made.connection_problem = missing[0].message
        made.problems = [p for p in made.problems if p not in missing]


async def _connections(services: Services, request: Request, made: StepPanel) -> None:
    every = await services.connections.list(project_of(request))
    made.connections = [one for one in every if one.piece == made.piece]
    for one in made.connections:
        if one.name == made.connection:
            made.connected = one


def _secret(made: StepPanel) -> None:
    """Where a field names the connection with the sender's secret, it is chosen there, and only there."""
    inside = [child for one in made.fields for child in one.children]
    for one in inside:
        if one.path == VERIFIED_BY:
            names = [(each.name, each.name, each.name == one.text) for each in made.connections]
            made.connected = next((each for each in made.connections if each.name == one.text), None)
            gone = [] if made.connected or not one.text else [(one.text, f"{one.text} · is gone", True)]
            one.kind, one.options = "static_dropdown", names + gone
            made.takes_connection, made.keeps_secret = False, True


_TO = ("to", "channel", "channels", "recipients", "chat_id", "room", "topic", "queue", "phone", "url",
       "address", "flow", "bucket", "table")  # fmt: skip
"""Fields that say who gets what a step sends."""


def sends(part: Mapping[str, Any], pieces: Registry) -> str:
    """What a test of a step really does, and to whom: a sentence; empty for a step without effect."""
    known, piece = known_of("action", part, pieces), pieces.pieces.get(str(part.get("piece")))
    if known is None or piece is None or known.pure or known.gate:
        return ""
    given = part.get("input") or {}
    to = [editor_fields.as_text(given[name]) for name in _TO if given.get(name)]
    who = f" to `{', '.join(to)[:120]}`" if to else ""
    by = f" with the connection `{part['connection']}`" if part.get("connection") else ""
    return f"A test is real: {piece.title} · {known.title}{who}{by}."


def _errors(made: StepPanel, part: Mapping[str, Any]) -> None:
    policy = part.get("on_error", "fail")
    made.on_error = "way" if isinstance(policy, Mapping) else str(policy)
    made.on_error_words = on_error_words(part)
    retry = part.get("retry") or {}
    made.retry = [(key, label, f"{retry.get(key, usual):g}") for key, label, usual in _RETRY]
    made.timeout = f"{part['timeout']:g}" if part.get("timeout") else ""
    made.fail_on_null = next(word for word, rule in FAIL_ON_NULL.items() if rule == part.get("fail_on_null"))


def _router(made: StepPanel, part: Mapping[str, Any], found: RouterCoverage | None) -> None:
    made.of, made.key = "Router", str(part.get("key") or "")
    made.match = "first"
    if part.get("match") == "all":
        made.match = "parallel" if part.get("parallel") else "all"
    for index, branch in enumerate(part.get("branches") or []):
        name = str(branch.get("name", ""))
        taken = found.branches.get(name, []) if found else None
        made.branches.append(BranchRow(index, name, branch_words(branch), taken))
    made.unmatched = [*found.unrouted, *(found.otherwise or [])] if found else []
    otherwise = part.get("otherwise")
    made.otherwise = isinstance(otherwise, Mapping)
    made.otherwise_ignored = isinstance(otherwise, Mapping) and bool(otherwise.get("ignore"))
    made.otherwise_full = isinstance(otherwise, Mapping) and otherwise.get("next") is not None


def branch_words(branch: Mapping[str, Any]) -> str:
    """A branch's condition in one line."""
    cases = [str(case) for case in branch.get("case") or []]
    parts = [" or ".join(cases), describe.words(str(branch.get("when") or ""))]
    return ", and ".join(part for part in parts if part)


def _by_path(problems: list[Problem], place: str) -> dict[str, list[Problem]]:
    """The problems of inputs, by the path of the field that shows them (the outermost that exists)."""
    found: dict[str, list[Problem]] = {}
    for problem in problems:
        if problem.pointer.startswith(place + "/"):
            parts = [
                p.replace("~1", "/").replace("~0", "~") for p in problem.pointer[len(place) + 1 :].split("/")
            ]
            found.setdefault(f"{editor_fields.ROOT}.{parts[0]}", []).append(problem)
            if len(parts) > 1:
                found.setdefault(".".join([editor_fields.ROOT, *parts]), []).append(problem)
    return found
