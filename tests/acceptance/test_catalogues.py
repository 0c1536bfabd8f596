"""Every event of every catalogue, from the vendor's request to the branch it took."""

import asyncio
import copy
from typing import Any

import orjson
import pytest

from engine import catalogues, signatures
from engine.base import clock
from engine.base.ids import new_id

pytestmark = pytest.mark.asyncio(loop_scope="module")

VENDORS = {"activepieces": 41, "deck": 48, "knogin": 26, "elasticio": 24, "flows_api": 24}
NAMES = [*VENDORS, "switchyard"]
FAILURES = [
    "FAILED", "TIMEOUT", "INTERNAL_ERROR", "QUOTA_EXCEEDED", "MEMORY_LIMIT_EXCEEDED", "LOG_SIZE_EXCEEDED",
]  # fmt: skip


async def generate(instance: Any, catalogue: str, **more: Any) -> tuple[Any, Any]:
    """A handler flow of all events, published: the answer, and the flow's definition."""
    wanted = {"catalogue": catalogue, "events": "all", "name": f"{catalogue} {new_id('x')}", **more}
    made = await instance.api("POST", "/handler-flows", wanted, 201)
    await instance.api("POST", f"/flows/{made['flow']['id']}/publish", {})
    return made, made["flow"]["definition"]


async def path_of(instance: Any, flow_id: str, body: Any, headers: Any = None) -> list[str]:
    """The branches that the event's run took, to the message of the last one; all of it succeeded."""
    answer = await instance.send(flow_id, body, **(headers or {}))
    assert answer.status_code == 202, answer.text
    run = await instance.ended(answer.json()["run_id"])
    assert (run["status"], run["warnings"], run["unrouted"]) == ("succeeded", [], False), run
    *branches, message = run["path"]
    assert message.endswith("_message")
    return branches


def put(body: Any, path: str, value: Any) -> Any:
    """The body with another value at a path, such as `data.flowRun.status`."""
    changed = copy.deepcopy(body)
    *way, last = path.removeprefix("trigger.body.").split(".")
    at = changed
    for part in way:
        at = at.setdefault(part, {})
    at[last] = value
    return changed


def unknown_to(catalogue: str) -> Any:
    """An event whose discriminator has a value, and one that nobody declared."""
    return {
        "elasticio": {"resourceType": "moon", "activityType": "rose"},
        "flows_api": {"entityKey": "moons", "operationType": "rose"},
        "knogin": {"event": "moon.rose"},
        "deck": {"type": "moon.rose"},
    }.get(catalogue, {"action": "moon.rose"})


async def test_the_five_vendors_send_163_events() -> None:
    assert {name: len(catalogues.get(name).events) for name in VENDORS} == VENDORS
    assert sum(VENDORS.values()) == 163
    assert set(catalogues.names()) >= set(NAMES)


@pytest.mark.parametrize("catalogue", catalogues.names())
async def test_each_event_takes_exactly_its_branch(instance: Any, catalogue: str) -> None:
    made, definition = await generate(instance, catalogue, verify={"scheme": "none"})
    facts = await instance.api("GET", f"/catalogues/{catalogue}")
    router = definition["steps"]["by_event"]
    branch_of = {case: branch for branch in router["branches"] for case in branch["case"]}
    assert list(branch_of) == [event["name"] for event in facts["events"]]
    names = [branch["name"] for branch in router["branches"]]
    assert len(set(names)) == len(names) == len(facts["events"])
    labels = [event["label"] for event in facts["events"]]
    wrong = []
    for event in facts["events"]:
        alone = labels.count(event["label"]) == 1
        expected = event["label"] if alone else f"{event['label']} ({event['name']})"
        assert branch_of[event["name"]]["name"] == expected
        for body in (event["sample"], *event["variants"].values()):
            path = await path_of(instance, made["flow"]["id"], body, event["headers"])
            nested = branch_of[event["name"]]["next"]
            well = path[0] == f"by_event:{expected}" and (
                len(path) == 1 if nested.endswith("_message") else path[1].startswith(f"{nested}:")
            )
            if not well:
                wrong.append((event["name"], path))
    assert not wrong


@pytest.mark.parametrize("catalogue", NAMES)
async def test_a_stored_sample_tests_its_branch_at_once(instance: Any, catalogue: str) -> None:
    made, definition = await generate(instance, catalogue, verify={"scheme": "none"})
    facts = catalogues.get(catalogue)
    branch_of = {case: b["name"] for b in definition["steps"]["by_event"]["branches"] for case in b["case"]}
    for event in facts.events:
        started = await instance.api("POST", f"/flows/{made['flow']['id']}/test", {"sample": event}, 202)
        run = await instance.ended(started["run_id"])
        assert run["path"][0] == f"by_event:{branch_of[event]}"
        assert (run["environment"], run["version"]) == ("test", 0)


@pytest.mark.parametrize("catalogue", NAMES)
async def test_an_event_that_nobody_declared_is_unrouted(instance: Any, catalogue: str) -> None:
    made, _ = await generate(instance, catalogue, verify={"scheme": "none"})
    for body in (unknown_to(catalogue), {}, [], None, "text", 7, {"action": None, "type": [1], "event": {}}):
        answer = await instance.send(made["flow"]["id"], body)
        run = await instance.ended(answer.json()["run_id"])
        assert (run["status"], run["unrouted"], run["path"]) == ("succeeded", True, ["by_event"]), body


@pytest.mark.parametrize("catalogue", ["activepieces", "switchyard"])
async def test_every_way_in_which_a_run_can_fail_is_a_failure(instance: Any, catalogue: str) -> None:
    made, _ = await generate(instance, catalogue, verify={"scheme": "none"})
    facts = catalogues.get(catalogue)
    sample = facts.events["flow.run.finished"].sample
    expected = dict.fromkeys(FAILURES if catalogue == "activepieces" else ["FAILED", "TIMEOUT"], "Failed")
    expected |= {"SUCCEEDED": "Succeeded", "CANCELED": "Canceled", "RUNNING": "otherwise", "NEW": "otherwise"}
    for status, branch in expected.items():
        path = await path_of(instance, made["flow"]["id"], put(sample, "data.flowRun.status", status))
        assert path == ["by_event:Flow run finished", f"flow_run_finished_by_status:{branch}"], status


@pytest.mark.parametrize("catalogue", ["activepieces", "deck", "gitlab", "switchyard"])
async def test_each_value_of_a_second_discriminator_takes_its_branch(instance: Any, catalogue: str) -> None:
    made, definition = await generate(instance, catalogue, verify={"scheme": "none"})
    facts = catalogues.get(catalogue)
    tried = 0
    for branch in definition["steps"]["by_event"]["branches"]:
        (event,) = branch["case"]
        by = facts.secondary_of(event)
        assert branch["next"].endswith("_message") == (by is None)
        if by is None:
            continue
        values = {v: b["name"] for b in definition["steps"][branch["next"]]["branches"] for v in b["case"]}
        for value, name in {**values, "none of them": "otherwise"}.items():
            body = put(facts.events[event].sample, by, value)
            path = await path_of(instance, made["flow"]["id"], body)
            assert path == [f"by_event:{branch['name']}", f"{branch['next']}:{name}"], (event, value)
            tried += 1
    assert tried >= 4


async def test_without_otherwise_an_unknown_event_is_kept_shown_told_and_replayed(instance: Any) -> None:
    made, definition = await generate(instance, "activepieces", verify={"scheme": "none"})
    flow_id, project = made["flow"]["id"], instance.project.id
    cookie = await instance.cookie_of("ann@example.com", "viewer")
    steps = copy.deepcopy(definition["steps"])
    answer = await instance.send(flow_id, {"action": "moon.rose"})
    run_id = answer.json()["run_id"]
    run = await instance.ended(run_id)
    assert (run["status"], run["unrouted"], run["path"]) == ("succeeded", True, ["by_event"])
    known = await instance.send(flow_id, {"action": "flow.created"})
    await instance.ended(known.json()["run_id"])

    # in its own list, by API and as a page; and nothing else is in it
    listed = await instance.api("GET", f"/runs?unrouted=true&flow_id={flow_id}")
    assert [row["id"] for row in listed["data"]] == [run_id]
    routed = await instance.api("GET", f"/runs?unrouted=false&flow_id={flow_id}")
    assert run_id not in [row["id"] for row in routed["data"]]
    page = await instance.http.get(
        f"/p/{project}/unrouted", headers={"Cookie": f"switchyard_session={cookie}"}
    )
    assert page.status_code == 200
    assert run_id in page.text
    assert known.json()["run_id"] not in page.text

    # said aloud
    told = await instance.api("GET", "/events?action=flow.run.unrouted")
    assert [event["data"]["flowRun"]["id"] for event in told["data"]].count(run_id) == 1
    assert told["data"][0]["projectId"] == project

    # the same version again is unrouted again; the latest, which has a branch for it by now, is not
    again = await instance.api("POST", f"/runs/{run_id}/retry", {}, 201)
    assert again["retry_of"] == run_id
    assert (await instance.ended(again["id"]))["unrouted"]
    steps["by_event"]["branches"].append({"name": "Moon rose", "case": ["moon.rose"], "next": None})
    await instance.change(flow_id, steps=steps)
    same = await instance.api("POST", f"/runs/{run_id}/retry", {"version": "same"}, 201)
    assert (await instance.ended(same["id"]))["unrouted"]
    latest = await instance.api("POST", f"/runs/{run_id}/retry", {"version": "latest"}, 201)
    replayed = await instance.ended(latest["id"])
    assert (replayed["unrouted"], replayed["path"]) == (False, ["by_event:Moon rose"])
    assert replayed["version"] > run["version"]


async def test_an_unrouted_inner_router_marks_the_run_too(instance: Any) -> None:
    made, definition = await generate(instance, "activepieces", verify={"scheme": "none"})
    steps = copy.deepcopy(definition["steps"])
    del steps[steps["flow_run_finished_by_status"].pop("otherwise")["next"]]
    await instance.change(made["flow"]["id"], steps=steps)
    body = put(
        catalogues.get("activepieces").events["flow.run.finished"].sample, "data.flowRun.status", "NEWLY_MADE"
    )
    run = await instance.ended((await instance.send(made["flow"]["id"], body)).json()["run_id"])
    assert run["unrouted"]
    assert run["path"] == ["by_event:Flow run finished", "flow_run_finished_by_status"]


# -- with the vendor's own verification --------------------------------------------------------------


@pytest.mark.parametrize("catalogue", NAMES)
async def test_by_default_only_the_vendors_own_requests_get_in(instance: Any, catalogue: str) -> None:
    made, _ = await generate(instance, catalogue)
    flow_id, proof = made["flow"]["id"], made["verify"]
    assert proof["scheme"] != "none"
    trigger = made["flow"]["definition"]["triggers"][0]["input"]["verify"]
    assert "secret" not in trigger
    assert proof["secret"] not in str(await instance.api("GET", f"/flows/{flow_id}"))
    options = {key: value for key, value in trigger.items() if key not in ("scheme", "connection")}
    event = next(iter(catalogues.get(catalogue).events.values()))
    body = orjson.dumps(event.sample)

    def signed(now: float, message: bytes = body) -> dict[str, str]:
        return signatures.sign(
            proof["scheme"], proof["secret"], message, now=now, id=new_id("msg"), **options
        )

    async def post(headers: dict[str, str] | list[tuple[str, str]], content: bytes = body) -> int:
        pairs = [
            *(headers.items() if isinstance(headers, dict) else headers),
            ("content-type", "application/json"),
        ]
        return (await instance.http.post(f"/webhooks/{flow_id}", content=content, headers=pairs)).status_code

    before = await instance.rows()
    good = signed(clock.now())
    assert await post({}) == 401
    for name in good:
        assert await post({key: value for key, value in good.items() if key != name}) == 401, name
        assert await post([*good.items(), (name, good[name])]) == 401, f"{name} twice"
        assert await post({**good, name: ""}) == 401, f"{name} empty"
        assert await post({**good, name: good[name] + "x"}) == 401, f"{name} changed"
    if proof["scheme"] != "header":  # a plain secret covers neither the body nor the time
        assert await post(good, body[:-1] + b" }") == 401
        assert await post(signed(clock.now(), body + b" ")) == 401
        other = signatures.fresh_fields(proof["scheme"])["secret"]
        forged = signatures.sign(proof["scheme"], other, body, now=clock.now(), **options)
        assert await post(forged) == 401
    if proof["scheme"] == "standard_webhooks":
        assert await post(signed(clock.now() - 301)) == 401
        assert await post(signed(clock.now() + 302)) == 401
    assert await instance.rows() == before

    assert await post(good) == 202
    assert (await instance.rows())["runs"] == before["runs"] + 1


async def test_a_connection_that_is_gone_lets_nobody_in(instance: Any) -> None:
    made, _ = await generate(instance, "deck")
    body = b'{"type": "task_run.created"}'
    listed = await instance.api("GET", "/connections")
    (connection,) = [one for one in listed["data"] if one["name"] == made["verify"]["connection"]]
    await instance.api("DELETE", f"/connections/{connection['id']}?force=true", status=204)
    headers = signatures.sign("standard_webhooks", made["verify"]["secret"], body, now=clock.now())
    before = await instance.rows()
    answer = await instance.http.post(f"/webhooks/{made['flow']['id']}", content=body, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "not_signed_in"
    assert await instance.rows() == before


SIGNED = {
    "github": "github", "gitlab": "gitlab_token", "stripe": "stripe", "shopify": "shopify", "slack": "slack",
    "pagerduty": "pagerduty", "sentry": "generic_hmac", "alertmanager": "basic", "grafana": "generic_hmac",
}  # fmt: skip
"""How each of the vendors proves who it is, by its own documentation."""


@pytest.mark.parametrize("catalogue", SIGNED)
async def test_a_signed_sample_of_every_event_takes_its_branch(instance: Any, catalogue: str) -> None:
    wanted = {"catalogue": catalogue, "events": "all", "name": f"{catalogue}, signed", "publish": True}
    if catalogue == "stripe":  # shows the secret that it chose
        wanted["verify"] = {"secret": "whsec_" + "a1b2c3d4" * 4}
    made = await instance.api("POST", "/handler-flows", wanted, 201)
    flow, proof = made["flow"], {"secret": "whsec_" + "a1b2c3d4" * 4, **made["verify"]}
    assert proof["scheme"] == SIGNED[catalogue]
    trigger = flow["definition"]["triggers"][0]["input"]["verify"]
    options = {key: value for key, value in trigger.items() if key not in ("scheme", "connection")}
    branches = flow["definition"]["steps"]["by_event"]["branches"]
    branch_of = {case: branch["name"] for branch in branches for case in branch["case"]}
    events = (await instance.api("GET", f"/catalogues/{catalogue}"))["events"]
    assert branch_of.keys() == {event["name"] for event in events}
    wrong: list[Any] = []

    async def send(event: Any, body: bytes, signed: bytes) -> int:
        secret: Any = proof["secret"]
        if proof["scheme"] == "basic":
            secret = {"username": proof["username"], "password": proof["secret"]}
        headers = {
            **signatures.sign(proof["scheme"], secret, signed, now=clock.now(), id=new_id("msg"), **options),
            **event["headers"], "content-type": "application/json", "idempotency-key": new_id("msg"),
        }  # fmt: skip
        answer = await instance.http.post(f"/webhooks/{flow['id']}", content=body, headers=headers)
        if answer.status_code == 202:
            run = await instance.ended(answer.json()["run_id"])
            if run["path"][:1] != [f"by_event:{branch_of[event['name']]}"] or run["status"] != "succeeded":
                wrong.append((event["name"], run["path"], run["status"]))
        return int(answer.status_code)

    for start in range(0, len(events), 20):
        some = [(event, orjson.dumps(event["sample"])) for event in events[start : start + 20]]
        answers = await asyncio.gather(*(send(event, body, body) for event, body in some))
        assert set(answers) == {202}
    assert wrong == []
    body = orjson.dumps(events[0]["sample"])
    if proof["scheme"] not in ("basic", "gitlab_token"):  # which prove the sender, and no body
        assert await send(events[0], body + b" ", body) == 401
    proof["secret"] = "whsec_" + "b1b2c3d4" * 4
    assert await send(events[0], body, body) == 401
