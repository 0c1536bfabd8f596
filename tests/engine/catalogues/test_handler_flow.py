import json
import re
from typing import Any

import pytest

from engine import catalogues
from engine.base.errors import BadInput
from engine.catalogues import Catalogue, CatalogueEvent, get, names
from engine.catalogues.handler_flow import build, missing_events, take_over
from engine.catalogues.handler_message import text
from engine.catalogues.places import of_event
from engine.expressions import ExpressionError, compile, truth
from engine.expressions.template import compile_value
from engine.flow import ActionStep, Flow, RouterStep, check, dumps, parse
from engine.flow.commands import apply

EVERY = [(name, event) for name in names() for event in get(name).events]
SOME = [pair for number, pair in enumerate(EVERY) if len(get(pair[0]).events) < 100 or number % 20 == 0]
"""All events of small catalogues, some of large ones."""
FAILURES = [
    "FAILED",
    "TIMEOUT",
    "INTERNAL_ERROR",
    "QUOTA_EXCEEDED",
    "MEMORY_LIMIT_EXCEEDED",
    "LOG_SIZE_EXCEEDED",
]
FLOWS = {name: build(name, "all") for name in names()}


def path(flow: Flow, body: Any, headers: Any = None) -> list[str]:
    """The routers an event passes, each with the branch taken: `by_event:Flow created`."""
    event = {"headers": dict(headers or {}), "body": body}
    taken, name = [], flow.start
    while name is not None:
        step = flow.steps[name]
        if isinstance(step, ActionStep):
            assert (step.piece, step.action, step.next) == ("data", "compose", None)
            break
        assert isinstance(step, RouterStep) and step.key is not None
        assert (step.otherwise is None) == (name == "by_event")
        try:
            value = compile(step.key).value({"trigger": event})
        except ExpressionError:
            value = None
        branch = next((b for b in step.branches if value in (b.case or ())), None)
        otherwise = step.otherwise.next if step.otherwise else None
        taken.append(f"{name}:{branch.name if branch else 'otherwise' if otherwise else 'unrouted'}")
        name = branch.next if branch else otherwise
    return taken


@pytest.mark.parametrize(("catalogue", "event"), EVERY)
def test_each_event_takes_exactly_its_own_branch(catalogue: str, event: str) -> None:
    known = get(catalogue).event(event)
    for body in [known.sample, *known.variants.values()]:
        assert path(FLOWS[catalogue], body, known.headers)[0] == f"by_event:{known.label}"
    matching = [
        branch.name
        for branch in router(FLOWS[catalogue], "by_event").branches
        if event in (branch.case or ())
    ]
    assert matching == [known.label]


def test_those_were_all_events_of_the_vendors() -> None:
    assert len([name for name, _ in EVERY if name != "switchyard"]) == 1036


def router(flow: Flow, name: str) -> RouterStep:
    step = flow.steps[name]
    assert isinstance(step, RouterStep)
    return step


@pytest.mark.parametrize("catalogue", names())
@pytest.mark.parametrize(
    "body",
    [{"action": "moon.landed", "type": "moon.landed", "event": "moon.landed"}, {}, None, "text", 7, [],
     {"action": 7, "type": None, "event": ["user.created"], "entityKey": 7, "operationType": {}},
     {"activityType": 1, "resourceType": 2}, {"entityKey": "flows/comments", "operationType": 3}],
    ids=str,
)  # fmt: skip
def test_a_made_up_event_is_unrouted(catalogue: str, body: Any) -> None:
    assert path(FLOWS[catalogue], body) == ["by_event:unrouted"]


@pytest.mark.parametrize("status", FAILURES)
def test_every_failure_status_is_a_failed_run(status: str) -> None:
    assert path(FLOWS["activepieces"], finished(status)) == [
        "by_event:Flow run finished", "flow_run_finished_by_status:Failed",
    ]  # fmt: skip


def finished(status: str) -> dict[str, Any]:
    return {"action": "flow.run.finished", "data": {"flowRun": {"status": status}}}


@pytest.mark.parametrize(
    ("catalogue", "body", "branch"),
    [
        ("activepieces", finished("SUCCEEDED"), "Succeeded"),
        ("activepieces", finished("CANCELED"), "Canceled"),
        ("activepieces", finished("RUNNING"), "otherwise"),
        ("activepieces", {"action": "flow.run.finished", "data": None}, "otherwise"),
        ("activepieces", {"action": "agent.action.executed", "data": {"action": {"kind": "FLOW"}}}, "Flow"),
        ("activepieces", {"action": "flow.updated", "data": {"request": {"type": "CHANGE_NAME"}}}, "Renamed"),
        ("switchyard", finished("TIMEOUT"), "Failed"),
        ("deck", {"type": "task_run.completed", "data": {"result": "failure"}}, "Failure"),
        ("deck", {"type": "task_run.queued", "data": {"result": None}}, "otherwise"),
        ("deck", {"type": "event_destination.deactivated", "data": {"status": "inactive"}}, "Inactive"),
    ],
)
def test_a_secondary_discriminator_splits_its_event(catalogue: str, body: Any, branch: str) -> None:
    taken = path(FLOWS[catalogue], body)
    assert len(taken) == 2 and taken[1].endswith(f":{branch}")


@pytest.mark.parametrize("catalogue", names())
def test_a_nested_router_stands_exactly_where_the_catalogue_names_one(catalogue: str) -> None:
    known, flow = get(catalogue), FLOWS[catalogue]
    for branch in router(flow, "by_event").branches:
        assert branch.case is not None
        by = known.secondary_of(branch.case[0])
        assert branch.next is not None
        assert isinstance(flow.steps[branch.next], RouterStep if by else ActionStep)
        if by:
            assert router(flow, branch.next).key == by


@pytest.mark.parametrize("catalogue", names())
def test_the_flow_has_no_problem_once_its_connection_exists(catalogue: str) -> None:
    flow = FLOWS[catalogue]
    connection = flow.triggers[0].input["verify"]["connection"]
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*", connection)
    assert [problem for problem in check(flow, connections={connection}) if problem.severity == "error"] == []
    assert dumps(parse(dumps(flow))) == dumps(flow)


@pytest.mark.parametrize("catalogue", names())
def test_the_message_of_each_branch_is_complete_for_every_sample(catalogue: str) -> None:
    known, flow = get(catalogue), FLOWS[catalogue]
    messages = [step for step in flow.steps.values() if isinstance(step, ActionStep)]
    assert len(messages) >= len(known.events)
    for event in known.events.values():
        template = compile_value(text(known, event))
        for body in (event.sample, *event.variants.values()):
            warnings: list[str] = []
            said = template.resolve({"trigger": {"headers": dict(event.headers), "body": body}}, warnings)
            assert isinstance(said, str) and said.strip() and "{{" not in said
            assert warnings == []


@pytest.mark.parametrize(
    ("catalogue", "event", "message"),
    [
        (
            "pagerduty",
            "incident.triggered",
            "An incident was triggered: Checkout fails\nhttps://example.pagerduty.com/incidents/PGR0VU2",
        ),
        ("alertmanager", "firing", "Firing: CheckoutDown\nCheckoutDown on shop-1"),
        ("switchyard", "flow.published", "ann@example.com published “Lead intake” as version 3"),
        ("github", "fork", "A repository was forked: shop\nhttps://github.com/example-org/shop"),
    ],
)
def test_the_message_says_what_happened_and_to_what(catalogue: str, event: str, message: str) -> None:
    known = get(catalogue)
    scope = {"trigger": known.events[event].event}
    assert compile_value(text(known, known.events[event])).resolve(scope, []) == message


def test_a_message_shows_nothing_that_is_masked_and_no_template_of_the_vendor() -> None:
    body = {"kind": "a", "title": "secret", "name": "Ada"}
    event = CatalogueEvent("a", "A", "G", "Sent {{ x }} to Ada; more", body)
    mine = Catalogue("mine", "Mine", "Mine", "kind", {"a": event}, mask=("body.title",))
    template = compile_value(text(mine, event))
    assert template.resolve({"trigger": event.event}, []) == "Sent { { x }} to Ada: Ada"


@pytest.mark.parametrize("catalogue", names())
def test_every_event_has_a_stored_sample_that_is_a_copy(catalogue: str) -> None:
    known = get(catalogue)
    flow = build(known, "all")
    for event in known.events.values():
        assert flow.samples[event.name]["body"] == event.sample
    assert len(flow.samples) == sum(1 + len(event.variants) for event in known.events.values())
    first = next(iter(known.events.values()))
    flow.samples[first.name]["body"].clear()
    assert first.sample


@pytest.mark.parametrize(
    ("catalogue", "scheme"),
    [("activepieces", "header"), ("deck", "standard_webhooks"), ("knogin", "generic_hmac"),
     ("elasticio", "header"), ("flows_api", "header"), ("switchyard", "standard_webhooks"),
     ("github", "github"), ("gitlab", "gitlab_token"), ("stripe", "stripe"), ("shopify", "shopify"),
     ("slack", "slack"), ("pagerduty", "pagerduty"), ("sentry", "generic_hmac"), ("alertmanager", "basic"),
     ("grafana", "generic_hmac")],
)  # fmt: skip
def test_the_vendors_preset_verifies_and_the_note_says_what_to_do(catalogue: str, scheme: str) -> None:
    flow = FLOWS[catalogue]
    proof = flow.triggers[0].input["verify"]
    assert proof["scheme"] == scheme
    assert get(catalogue).verify_note in flow.notes[0].text
    assert proof["connection"] in flow.notes[0].text


def test_another_verification_may_be_chosen_and_none_is_said_aloud() -> None:
    flow = build("deck", ["task.created"], verify={"scheme": "none"})
    assert flow.triggers[0].input["verify"] == {"scheme": "none"}
    assert "anyone who knows the address" in flow.notes[0].text
    assert any(p.severity == "warning" and "verify" in p.pointer for p in check(flow))
    flow = build(
        "deck", ["task.created"], verify={"scheme": "generic_hmac", "encoding": "base64"}, name="Mine"
    )
    assert flow.triggers[0].input["verify"] == {
        "scheme": "generic_hmac", "encoding": "base64", "header": "X-Webhook-Signature",
        "connection": "deck-signing",
    }  # fmt: skip
    assert flow.name == "Mine"


def test_only_the_chosen_events_get_a_branch_in_the_order_chosen() -> None:
    flow = build("activepieces", ["user.signed.in", "flow.run.finished"])
    assert [branch.name for branch in router(flow, "by_event").branches] == [
        "User signed in",
        "Flow run finished",
    ]
    assert path(flow, get("activepieces").event("flow.created").sample) == ["by_event:unrouted"]
    assert {name for name, step in flow.steps.items() if isinstance(step, RouterStep)} == {
        "by_event", "flow_run_finished_by_status"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (("nope", "all"), "catalogue"),
        ((None, "all"), "catalogue"),
        ((["deck"], "all"), "catalogue"),
        (("deck", []), "events"),
        (("deck", ""), "events"),
        (("deck", "task.created"), "events"),
        (("deck", None), "events"),
        (("deck", {"task.created": 1}), "events"),
        (("deck", ["task.created", "moon.landed"]), "events"),
        (("deck", ["task.created", 7]), "events"),
        (("deck", [["task.created"]]), "events"),
        (("deck", ["task.created", "task.created"]), "events"),
    ],
)
def test_what_cannot_be_built_names_its_field(arguments: Any, field: str) -> None:
    with pytest.raises(BadInput) as caught:
        build(*arguments)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("verify", "field"),
    [
        ("github", "verify"),
        ({}, "verify.scheme"),
        ({"scheme": "nope"}, "verify.scheme"),
        ({"scheme": ["none"]}, "verify.scheme"),
        ({"scheme": "github", "algorithm": "sha1"}, "verify.algorithm"),
        ({"scheme": "generic_hmac", "algorithm": "md5"}, "verify.algorithm"),
        ({"scheme": "github", "connection": 7}, "verify.connection"),
        ({"scheme": "github", "connection": ""}, "verify.connection"),
    ],
)
def test_a_verification_that_cannot_be_used_names_its_field(verify: Any, field: str) -> None:
    with pytest.raises(BadInput) as caught:
        build("deck", ["task.created"], verify=verify)
    assert caught.value.field == field


def test_events_that_the_catalogue_gains_are_missing_from_a_flow() -> None:
    flow = build("activepieces", ["user.signed.in"])
    missing = missing_events(flow, "activepieces")
    assert len(missing) == 40 and "user.signed.in" not in [event.name for event in missing]
    assert missing_events(FLOWS["activepieces"], "activepieces") == []
    assert missing_events(FLOWS["deck"], "activepieces") == []


def gated(flow: Flow, body: Any) -> bool:
    """Whether a flow for some projects only lets an event through."""
    gate = router(flow, "only_for")
    assert flow.start == "only_for" and gate.branches[0].when is not None
    return truth(compile(gate.branches[0].when).value({"trigger": {"body": body}}))


@pytest.mark.parametrize(
    ("body", "through"),
    [
        ({"projectId": "a"}, True), ({"projectId": "it's \\"}, True), ({"projectId": "c"}, False),
        ({}, True), ({"projectId": None}, True), ({"projectId": "a", "data": {"flow": {"id": "f"}}}, True),
        ({"projectId": "a", "data": {"flow": {"id": "g"}}}, False),
        ({"projectId": "a", "data": {"flowRun": {"flowId": 7}}}, True),
    ],
)  # fmt: skip
def test_a_flow_for_some_projects_lets_their_events_through_and_those_of_none(
    body: Any, through: bool
) -> None:
    only = {"projects": ["a", "it's \\", ""], "flows": ["f", "7"]}
    flow = build("activepieces", "all", only=only)
    assert [problem for problem in check(flow) if problem.severity == "error"] == []
    assert gated(flow, body) is through
    assert all(gated(flow, sample["body"]) for sample in flow.samples.values())


@pytest.mark.parametrize(
    ("only", "field"),
    [(3, "only"), ({"teams": ["a"]}, "only.teams"), ({"projects": "a"}, "only.projects"),
     ({"projects": [1]}, "only.projects"), ({"projects": ["a"] * 101}, "only.projects")],
)  # fmt: skip
def test_a_scope_that_cannot_be_used_names_its_field(only: Any, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        build("activepieces", "all", only=only)
    assert refused.value.field == field


def test_an_event_is_missing_when_no_branch_takes_it() -> None:
    made = build("deck", ["task.created"])
    flow = parse({**json.loads(dumps(made)), "steps": {
        "by_event": {"type": "router", "key": "trigger.body.type", "next": None, "branches": [
            {"name": "Agents", "when": "starts_with(trigger.body.type, 'agent.')", "next": None},
            {"name": "Task", "case": ["task.created", "task.updated"], "next": None},
            {"name": "Failed", "case": ["task_run.failed"], "when": "trigger.body.x == 'x'", "next": None},
            {"name": "Never", "when": "steps.gone.output == 'x'", "next": None},
        ]},
    }})  # fmt: skip
    missing = {event.name for event in missing_events(flow, "deck")}
    assert {"task_run.failed", "source.created"} <= missing
    assert not [
        name for name in missing if name.startswith("agent.") or name in ("task.created", "task.updated")
    ]


def test_the_samples_of_very_many_events_fit_into_a_flow_file() -> None:
    body = {"type": "", "text": "x" * 300, "lines": [{"deep": {"er": list(range(300))}}] * 3}
    events = {
        f"e.{n}": CatalogueEvent(
            f"e.{n}", f"E {n}", "G", "D", {**body, "type": f"e.{n}"}, {"more": {"type": f"e.{n}"}}
        )
        for n in range(900)
    }
    flow = build(Catalogue("many", "Many", "Many", "type", events), "all", verify={"scheme": "none"})
    assert len(dumps(flow)) < 2_000_000
    assert [sample["body"]["type"] for sample in flow.samples.values()] == list(events)


def test_a_discriminator_is_an_expression_and_not_only_a_field() -> None:
    assert of_event("data.kind") == "trigger.body.data.kind"
    assert of_event("a || b") == "trigger.body | (a || b)"
    assert of_event('"my-field"') == 'trigger.body | ("my-field")'
    assert of_event("trigger.headers.event") == "trigger.headers.event"
    assert of_event("'event'") == "'event'"


def test_a_catalogue_of_ones_own_needs_no_groups_and_may_have_hostile_names() -> None:
    events = {
        name: CatalogueEvent(name, catalogues.label(name), "G", "D", {"kind": name, "why": "x"})
        for name in ("9 lives", "ünïcode " * 20, "a.b", "a_b")
    }
    mine = Catalogue(
        "mine", "Mine", "Mine", "kind", events, {"*": "why"}, {}, {"why": ("SOLD_OUT", "gone")},
    )  # fmt: skip
    flow = build(mine, "all")
    assert [p for p in check(flow) if p.severity == "error"] == []
    assert path(flow, {"kind": "a_b"})[0] == "by_event:A b (a_b)"
    assert path(flow, {"kind": "9 lives", "why": "SOLD_OUT"})[1].endswith("_lives_by_why:Sold out")
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name) for name in flow.steps)


@pytest.mark.parametrize(("catalogue", "event"), SOME)
def test_a_missing_branch_is_taken_over_as_the_builder_would_have_made_it(catalogue: str, event: str) -> None:
    others = [name for name in get(catalogue).events if name != event]
    if not others:
        return
    flow = build(catalogue, others[:3])
    for command, args in take_over(flow, catalogue, event):
        flow = apply(flow, command, args).flow
    assert event not in [one.name for one in missing_events(flow, catalogue)]
    built = build(catalogue, [*others[:3], event])
    for name, sample in built.samples.items():
        assert path(flow, sample["body"]) == path(built, sample["body"])
        assert flow.samples[name] == sample
    assert [p for p in check(flow) if p.severity == "error"] == []


def test_a_missing_branch_finds_a_free_name_and_is_taken_over_once() -> None:
    flow = build("deck", ["agent.created"])
    event = missing_events(flow, "deck")[0]
    flow = apply(flow, "add_branch", {"router": "by_event", "name": event.label, "case": ["mine"]}).flow
    flow = apply(flow, "add_sample", {"name": event.name, "event": {"body": 1}}).flow
    for command, args in take_over(flow, "deck", event.name):
        flow = apply(flow, command, args).flow
    router = flow.steps["by_event"]
    assert isinstance(router, RouterStep)
    assert router.branches[-1].name == f"{event.label} (2)" and f"{event.name} (2)" in flow.samples
    for gone in (event.name, "agent.created", "no.such", ""):
        with pytest.raises(BadInput):
            take_over(flow, "deck", gone)
    with pytest.raises(BadInput):
        take_over(flow, "nope", event.name)
