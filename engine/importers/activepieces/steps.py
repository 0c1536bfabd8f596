"""Each of their steps as one of ours. What cannot be converted becomes a step that is skipped and keeps
its settings: the piece stays named as it was, so that the check goes on saying that there is none."""

import re
from collections.abc import Mapping

from engine.base.types import Json
from engine.expressions import ExpressionError, compile, compile_value

from . import conditions
from .document import Version
from .expressions import Reader, Scope, Source
from .fields import Fields
from .finding import Finding, Severity, Unconvertible, excerpt
from .kept import CONNECTION, keeper, label, scrubbed
from .pieces import ACTIONS, Made, plain_name, snake
from .tree import SourceStep, Tree, free_name
from .triggers import TRIGGERS, Begun, sample

Step = dict[str, Json]

RETRY = {"attempts": 4, "first_delay": 4, "factor": 2}
"""What “retry on failure” does there: four attempts in all, after 4, 8 and 16 seconds."""


class Conversion:
    """One flow on its way; `findings` grows with what there is to say."""

    def __init__(self, version: Version, tree: Tree) -> None:
        self._version = version
        self._tree = tree
        self.findings: list[Finding] = list(tree.findings)
        self.steps: dict[str, Step] = {}
        self._entries: dict[str, str] = {}  # where a step is to be entered, if not at itself
        self._connections: dict[str, str] = {}  # their names → ours
        self._scope = Scope(version.schema)
        for node in reversed(tree.nodes):  # the first of two with one name is the one that is read
            self._scope.sources[node.original] = _source(node)

    # -- the trigger -------------------------------------------------------------------------------

    def trigger(self) -> tuple[list[Json], dict[str, Json]]:
        """The triggers and the samples of the flow."""
        node = self._tree.trigger
        settings = node.settings
        if node.kind == "EMPTY":
            self._tell(node, "Nothing started this flow yet: choose a trigger.")
            return [], {}
        made = self._begun(node, settings)
        event = sample(settings, {})
        samples = {"Imported": event} if event is not None else {}
        if made is not None:
            return [self._known_trigger(node, made)], samples
        kept = {"settings": scrubbed(settings)}
        piece, name = label(settings.get("pieceName"), "@activepieces/trigger"), settings.get("triggerName")
        return [
            {"name": "trigger", "piece": piece, "trigger": label(name, "trigger"), "input": kept}
        ], samples

    def _begun(self, node: SourceStep, settings: Mapping[str, Json]) -> Begun | None:
        name = (plain_name(settings.get("pieceName")), snake(settings.get("triggerName")))
        convert = TRIGGERS.get(name)
        if convert is None:
            what = excerpt(" · ".join(filter(None, name)) or node.kind)
            self._tell(
                node, f"The trigger {what} has no equivalent; its settings are kept, choose another one."
            )
            return None
        reader = Reader(self._scope, node)
        fields = Fields(_object(settings.get("input")), reader)
        try:
            made = convert(fields)
            compile_value(made.input)
        except (Unconvertible, ExpressionError) as error:
            self._tell(node, f"The trigger was not converted: {error.message}. Its settings are kept.")
            return None
        for note in made.notes:
            self._tell(node, note, "warning")
        self._tell_left(node, fields)
        return made

    def _known_trigger(self, node: SourceStep, made: Begun) -> Json:
        source = self._scope.sources["trigger"]
        source.renamed, source.missing = made.renamed, made.missing
        if made.verified:
            name = self._connection_named(f"{self._version.name}-webhook")
            made.input["verify"]["connection"] = name
            self._tell(
                node,
                f"The webhook's secret was not imported: make the connection `{name}` (webhook) with it.",
            )
        return {"name": "trigger", "piece": made.piece, "trigger": made.trigger, "input": made.input}

    # -- steps -------------------------------------------------------------------------------------

    def convert(self) -> str | None:
        """Convert all steps; the name of the first."""
        for node in self._tree.nodes[1:]:
            self.steps[node.name] = step = self._step(node)
            step["title"] = node.title
            if node.raw.get("skip") is True:
                step["skip"] = True
        for node in self._tree.nodes[1:]:
            self._lead_on(node)
        self._keep_items()
        return self._entry(self._tree.trigger.ways.get("next"))

    def _step(self, node: SourceStep) -> Step:
        if node.kind in ("ROUTER", "BRANCH"):
            return self._router(node)
        if node.kind == "LOOP_ON_ITEMS":
            return self._loop(node)
        return self._action(node)

    def _action(self, node: SourceStep) -> Step:
        settings = node.settings
        reader = Reader(self._scope, node)
        fields = Fields(_object(settings.get("input")), reader)
        auth = fields.raw("auth")
        try:
            if node.kind == "CODE":
                raise Unconvertible("code has no equivalent; say the same with expressions, or in a piece")
            name = (plain_name(settings.get("pieceName")), snake(settings.get("actionName")))
            if name not in ACTIONS:
                raise Unconvertible(f"there is no piece that does what {excerpt(' · '.join(name))} did")
            made = ACTIONS[name](fields)
            compile_value(made.input)
        except (Unconvertible, ExpressionError) as error:
            return self._kept(node, error.message)
        self._scope.sources[node.original].renamed = made.renamed
        step = {"type": "action", "piece": made.piece, "action": made.action, "input": made.input}
        self._connect(node, step, made, auth)
        self._handle_errors(node, step, made)
        for note in made.notes:
            self._tell(node, note, "warning")
        self._tell_remarks(node, reader)
        self._tell_left(node, fields)
        return step

    def _kept(self, node: SourceStep, reason: str) -> Step:
        """A step that does nothing and holds what it was."""
        message = f"Not converted, and skipped: {reason}. Its settings are kept."
        self._tell(node, message)
        self._scope.sources[node.original].missing = f"`{node.name}`, which was not converted"
        step = keeper(node, message)
        self._handle_errors(node, step, None)
        return step

    def _handle_errors(self, node: SourceStep, step: Step, made: Made | None) -> None:
        options = _object(node.settings.get("errorHandlingOptions"))
        continues = _chosen(options.get("continueOnFailure")) or (made is not None and made.continues)
        if _chosen(options.get("retryOnFailure")) or (made is not None and made.retries):
            step["retry"] = dict(RETRY)
        if continues:
            step["on_error"] = "continue"
        elif {"failure", "success"} & node.ways.keys():
            note = "It did not continue on failure, so its branches were not in use; here they are."
            self._tell(node, note, "warning")

    def _loop(self, node: SourceStep) -> Step:
        reader = Reader(self._scope, node)
        step: Step = {"type": "loop", "items": "`[]`"}
        settings = node.settings
        try:
            step["items"] = items = reader.expression(settings.get("items"))
            compile(items)
        except (Unconvertible, ExpressionError) as error:
            step["items"] = "`[]`"
            step["skip"] = True
            self._keep_beside(node, error.message)
        if settings.get("batching"):
            self._tell(node, "It took the items in batches; here it takes them one by one.", "warning")
        if "body" not in node.ways:
            self._tell(node, "The loop is empty.", "warning")
        self._tell_remarks(node, reader)
        return step

    def _router(self, node: SourceStep) -> Step:
        settings = node.settings if node.kind == "ROUTER" else _as_router(node.settings)
        reader = Reader(self._scope, node)
        routed = conditions.router(settings, reader)
        step: Step = {"type": "router", **routed.fields}
        count = len(routed.fields["branches"]) + (routed.fallback is not None)
        self._add_lost_branches(node, step, count)
        if routed.fallback is not None:
            step["otherwise"] = {"next": None}
        if routed.failures:
            step["skip"] = True
            self._keep_beside(node, "; ".join(routed.failures))
        for note in routed.notes:
            self._tell(node, note, "note" if note.startswith("It compares") else "warning")
        if not step["branches"]:
            self._tell(node, "The router has no branch with a condition.", "warning")
        self._tell_remarks(node, reader)
        self._targets(node, step, routed.fallback)
        return step

    def _add_lost_branches(self, node: SourceStep, step: Step, count: int) -> None:
        """Steps of branches that the router does not list are kept, in branches that never match."""
        lost = [way for way in node.ways if way.startswith("branch/") and int(way[7:]) >= count]
        names = {branch["name"] for branch in step["branches"]}
        for way in sorted(lost, key=lambda way: int(way[7:])):
            name = next(n for n in (f"Lost branch {i}" for i in range(1, 10**6)) if n not in names)
            names.add(name)
            step["branches"].append({"name": name, "when": "`false`", "next": way})
            self._tell(
                node, f"The router says nothing of one of its branches: “{name}” never matches.", "warning"
            )

    def _targets(self, node: SourceStep, step: Step, fallback: int | None) -> None:
        """Note which of their branches each of ours is; the names come in at the end."""
        number = 0
        for branch in step["branches"]:
            if "next" in branch:
                continue
            number += number == fallback
            branch["next"] = f"branch/{number}"
            number += 1
        if fallback is not None:
            step["otherwise"] = {"next": f"branch/{fallback}"}

    # -- ways --------------------------------------------------------------------------------------

    def _lead_on(self, node: SourceStep) -> None:
        step = self.steps[node.name]
        step["next"] = self._entry(node.ways.get("next"))
        if step["type"] == "router":
            for way in [*step["branches"], *filter(None, [step.get("otherwise")])]:
                way["next"] = self._entry(node.ways.get(way["next"]))
        elif step["type"] == "loop":
            step["body"] = self._entry(node.ways.get("body"))
        else:
            self._lead_on_failure(node, step)

    def _lead_on_failure(self, node: SourceStep, step: Step) -> None:
        if "failure" in node.ways:
            step["on_error"] = {"next": self._entry(node.ways["failure"])}
        if "success" not in node.ways:
            return
        if "failure" not in node.ways:
            step["on_error"] = "continue"
        name = self._added(f"{node.name[:50]}_succeeded")
        branch = {"name": "On success", "when": f"steps.{node.name}.status == 'succeeded'"}
        self.steps[name] = {
            "type": "router",
            "title": f"{node.title or node.name}: on success"[:200],
            "match": "first",
            "branches": [{**branch, "next": self._entry(node.ways["success"])}],
            "otherwise": {"next": None},
            "next": step["next"],
        }
        step["next"] = name

    def _entry(self, node: SourceStep | None) -> str | None:
        return self._entries.get(node.name, node.name) if node is not None else None

    def _keep_beside(self, node: SourceStep, reason: str) -> None:
        """What a router or loop was, in a skipped step in front of it: it has itself no place for it."""
        name = self._added(f"{node.name[:50]}_settings")
        message = f"Not converted, and skipped: {reason}. Its settings are kept in `{name}` before it."
        self._tell(node, message)
        self._scope.sources[node.original].missing = f"`{node.name}`, which was not converted"
        step = keeper(node, message)
        step["title"] = f"{node.title or node.name}: settings"[:200]
        self.steps[name] = {**step, "next": node.name}
        self._entries[node.name] = name

    def _keep_items(self) -> None:
        for loop, name in self._scope.kept_items.items():
            step = self.steps[self._scope.sources[loop].base.removeprefix("steps.")]
            value = {"item": "{{ loop.item }}", "index": "{{ sum([loop.index, `1`]) }}"}
            self.steps[name] = {
                "type": "action",
                "title": "The outer loop's item",
                "piece": "data",
                "action": "compose",
                "input": {"value": value},
                "next": step["body"],
            }
            step["body"] = name

    def _added(self, wanted: str) -> str:
        name = free_name(wanted, self._scope.names())
        self._scope.added.add(name)
        return name

    # -- connections -------------------------------------------------------------------------------

    def _connect(self, node: SourceStep, step: Step, made: Made, auth: Json) -> None:
        if isinstance(auth, str) and (named := CONNECTION.fullmatch(auth)):
            external = next(filter(None, named.groups()))
        elif auth or made.connection:
            external = f"{made.piece}-{node.name}" if made.secrets or auth else made.piece
        else:
            return
        known = external in self._connections
        step["connection"] = name = self._connection_named(external)
        if made.secrets or (auth and not isinstance(auth, str)):
            what = made.secrets or "the secret"
            self._tell(
                node, f"Of its request {what} was not imported: make the connection `{name}` ({made.piece})."
            )
        elif not known:
            self._tell(node, f"It needs the connection `{name}` ({made.piece}): secrets are in no export.")

    def _connection_named(self, external: str) -> str:
        """A connection's name here: small letters, digits and hyphens."""
        if external not in self._connections:
            plain = re.sub(r"[^a-z0-9]+", "-", external.lower())[:55].strip("-") or "connection"
            name, number, taken = plain, 2, set(self._connections.values())
            while name in taken:
                name, number = f"{plain}-{number}", number + 1
            self._connections[external] = name
        return self._connections[external]

    # -- telling -----------------------------------------------------------------------------------

    def _tell(self, node: SourceStep, message: str, severity: Severity = "error") -> None:
        self.findings.append(Finding(node.name, message, severity))

    def _tell_remarks(self, node: SourceStep, reader: Reader) -> None:
        for remark in dict.fromkeys(reader.remarks):
            self._tell(
                node,
                f"It {remark}." if not remark.startswith(("`", "the ")) else f"Here {remark}.",
                "warning",
            )

    def _tell_left(self, node: SourceStep, fields: Fields) -> None:
        left = fields.left()
        if left:
            names = ", ".join(f"`{excerpt(name, 40)}`" for name in left[:10])
            self._tell(node, f"What was set in {names} has no equivalent and was left out.", "warning")


def _source(node: SourceStep) -> Source:
    if node.original == "trigger" and node.name == "trigger":
        return Source("trigger", "trigger")
    kind = {"LOOP_ON_ITEMS": "loop", "ROUTER": "router", "BRANCH": "router"}.get(node.kind, "step")
    return Source(f"steps.{node.name}", kind)


def _as_router(settings: Mapping[str, Json]) -> dict[str, Json]:
    """A step of the type BRANCH, which there was before routers."""
    branch = {"branchType": "CONDITION", "branchName": "On true", "conditions": settings.get("conditions")}
    return {
        "executionType": "EXECUTE_FIRST_MATCH",
        "branches": [branch, {"branchType": "FALLBACK", "branchName": "On false"}],
    }


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _chosen(option: Json) -> bool:
    return option is True or (isinstance(option, Mapping) and option.get("value") is True)
