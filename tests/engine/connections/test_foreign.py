"""A connection belongs to its piece: when checked, published and run, and in what was stored before."""

import logging
from typing import Any

import pytest

from engine.base.errors import BadInput, Conflict, SwitchyardError
from engine.connections import foreign
from engine.flow import Problem, check
from engine.piece_context import secret_of
from pieces import AuthError, PieceError
from tests.engine.factories import Harness, action, compose, flow, until, webhook
from tests.support.receiver import receiving

SECRET = "whsec-0123456789-planted"


def request_with(connection: str, url: str = "https://api.example/") -> Any:
    return action("http", "request", connection=connection, input={"url": url})


async def signing(place: Harness, name: str = "signing") -> None:
    await place.sy.connections.create(place.actor, name, "webhook", {"secret": SECRET})


async def becomes_foreign(place: Harness, name: str) -> None:
    """The connection is deleted and made anew for another piece, under flows that were published with it."""
    (info,) = [one for one in await place.sy.connections.list(place.project) if one.name == name]
    await place.sy.connections.delete(place.actor, info.id, force=True)
    await signing(place, name)


async def http_connection(place: Harness, name: str) -> None:
    await place.sy.connections.create(place.actor, name, "http", {"kind": "none"})


def found(definition: Any, connections: Any) -> list[Problem]:
    """What a check has to say of connections."""
    return [problem for problem in check(definition, connections=connections) if problem.code == "connection"]


# -- checking and publishing -------------------------------------------------------------------------


def test_a_check_names_the_connection_and_both_pieces() -> None:
    definition = flow(a=request_with("signing"))
    (problem,) = found(definition, {"signing": "webhook"})
    assert (problem.pointer, problem.severity) == ("/steps/a/connection", "error")
    assert problem.message == (
        "the connection `signing` belongs to `webhook`, and `http` cannot use it: "
        "choose a connection of `http`"
    )
    assert found(definition, {"signing": "http"}) == []
    assert found(definition, {"signing"}) == []  # pieces are not known


@pytest.mark.parametrize("field", ["verify", "handshake"])
def test_a_check_looks_at_who_verifies_too(field: str) -> None:
    named = {"verify": {"scheme": "github", "connection": "api"}}
    if field == "handshake":
        named = {"handshake": {"preset": "zoom", "connection": "api"}}
    trigger = webhook(**named)
    (problem,) = found(flow(triggers=[trigger], a=compose(1)), {"api": "http"})
    assert problem.pointer == f"/triggers/0/input/{field}/connection"
    assert "`api` belongs to `http`" in problem.message


def test_a_triggers_own_connection_is_checked_and_a_skipped_step_only_warned_of() -> None:
    trigger = {**webhook(), "connection": "api"}
    step = request_with("signing") | {"skip": True}
    problems = found(flow(triggers=[trigger], a=step), {"api": "http", "signing": "webhook"})
    assert [(one.pointer, one.severity) for one in problems] == [
        ("/triggers/0/connection", "error"), ("/steps/a/connection", "warning"),
    ]  # fmt: skip


async def test_a_flow_that_gives_a_connection_to_another_piece_is_not_published(place: Harness) -> None:
    await signing(place)
    flow_id = await place.draft(flow(a=request_with("signing")))
    seen = await place.sy.flows.get(place.project, flow_id)
    assert [one.pointer for one in seen.problems if one.severity == "error"] == ["/steps/a/connection"]
    with pytest.raises(SwitchyardError, match="1 problem prevents"):
        await place.sy.flows.publish(place.actor, flow_id)


async def test_a_generated_flow_does_not_verify_by_the_connection_of_another_piece(place: Harness) -> None:
    await http_connection(place, "api")
    verify = {"scheme": "github", "connection": "api"}
    with pytest.raises(BadInput, match="belongs to http") as raised:
        await place.sy.flows.generate_handler(place.actor, "deck", "all", "A flow", verify)
    assert raised.value.field == "verify.connection"


# -- running -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["draft", "published", "called"])
async def test_a_step_does_not_get_the_secret_of_another_piece(place: Harness, how: str) -> None:
    async with receiving() as server:
        definition = flow(a=request_with("shared", server.url))
        await http_connection(place, "shared")
        if how == "draft":
            await becomes_foreign(place, "shared")
            answer = await place.post(
                await place.draft(definition), 1, "/draft", headers=await place.as_editor()
            )
            run = await place.ended(answer.json()["run_id"])
        else:
            flow_id = await place.publish(definition)
            await becomes_foreign(place, "shared")
            if how == "called":
                await place.run(flow(c=action("flow", "call", input={"flow": flow_id, "wait": True})))
                (row,) = await place.sql("SELECT id FROM runs WHERE flow_id = ?", flow_id)
                run = await place.get(row[0])
            else:
                run = await place.ended(await place.start(flow_id))
        assert (run["status"], run["error"]["kind"]) == ("failed", "auth_error")
        assert run["error"]["message"] == (
            "The connection “shared” belongs to Webhook, and HTTP cannot use it. Choose a connection of HTTP."
        )
        assert server.requests == []


async def test_a_trigger_does_not_get_the_secret_of_another_piece(place: Harness) -> None:
    await signing(place)
    trigger = {"piece": "topic", "trigger": "subscribe", "connection": "signing"}
    with pytest.raises(AuthError, match="belongs to Webhook"):
        await place.sy.triggers.calls.context(trigger, {}, project_id=place.project, flow_id="flow_1")


async def test_a_dropdown_does_not_get_the_secret_of_another_piece(place: Harness) -> None:
    await signing(place)
    with pytest.raises(PieceError, match="belongs to Webhook"):
        await secret_of(place.sy.connections, place.project, "signing", "slack")


async def test_requests_are_not_verified_by_the_connection_of_another_piece(
    place: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    verify = {"scheme": "header", "header": "X-Key", "connection": "shared"}
    await signing(place, "shared")
    flow_id = await place.publish(flow(triggers=[webhook(verify)], a=compose(1)))
    assert (await place.post(flow_id, 1, headers={"X-Key": SECRET})).status_code == 202
    (info,) = await place.sy.connections.list(place.project)
    await place.sy.connections.delete(place.actor, info.id, force=True)
    other = {"kind": "bearer", "secret": SECRET, "hosts": ["api.example"]}
    await place.sy.connections.create(place.actor, "shared", "http", other)
    refused = await place.post(flow_id, 1, headers={"X-Key": SECRET})
    assert refused.status_code == 401 and "shared" not in refused.text
    assert "The connection “shared” belongs to HTTP" in caplog.text


async def test_a_handshake_puts_no_secret_into_the_connection_of_another_piece(place: Harness) -> None:
    await http_connection(place, "api")
    with pytest.raises(Conflict, match="belongs to http"):
        await place.sy.connections.learn(place.project, "api", "webhook", {"secret": "from outside"})


# -- what was stored before --------------------------------------------------------------------------


async def test_stored_flows_with_the_connection_of_another_piece_are_named(
    place: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    await signing(place)
    await http_connection(place, "api")
    fine = await place.publish(flow(a=request_with("api")))
    flow_id = await place.publish(flow(a=request_with("api")))
    seen = await place.sy.flows.get(place.project, flow_id)
    await place.sy.flows.save_draft(place.actor, flow_id, flow(b=request_with("signing")), seen.revision)
    await foreign.warn(place.sy.db)
    assert caplog.messages == [
        f"The draft of the flow 'A flow' ({flow_id}) gives the connection 'signing' of webhook to http at "
        "/steps/b/connection: that fails. Choose a connection of http."
    ]
    caplog.clear()
    await becomes_foreign(place, "api")
    await foreign.warn(place.sy.db)
    assert len(caplog.messages) == 4
    assert sum("The published version" in message for message in caplog.messages) == 2
    assert sum(fine in message for message in caplog.messages) == 2
    caplog.clear()
    await place.sy.flows.delete(place.actor, flow_id)
    await place.sy.flows.delete(place.actor, fine)
    await foreign.warn(place.sy.db)
    assert caplog.messages == []


async def test_they_are_named_at_the_start(open_place: Any, caplog: pytest.LogCaptureFixture) -> None:
    async with open_place() as place:
        await signing(place)
        await place.draft(flow(a=request_with("signing")))
    with caplog.at_level(logging.WARNING):
        async with open_place() as place:
            await until(lambda: "gives the connection 'signing' of webhook to http" in caplog.text)
