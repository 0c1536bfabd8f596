"""Each declared event is raised by what it tells of, and by nothing else: here it is really done."""

import base64
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import pytest
import pytest_asyncio

from engine.access import CodeNeeded, totp
from engine.base import clock
from engine.base.actor import Actor, Role
from engine.base.errors import BadInput, NotSignedIn
from engine.base.watchdog import Stall
from engine.events import broken_pieces
from engine.events.registry import EVENTS, sentence
from engine.store.rejected_store import StoredRejection
from pieces import AuthError, BearerToken, Context, Piece
from pieces._registry import BrokenPiece
from tests.engine.factories import Harness, action, case, compose, delay, flow, probe, refuse, router, webhook
from tests.support.waiting import stored

pytestmark = pytest.mark.asyncio(loop_scope="module")

Deed = Callable[[Harness], Awaitable[Any]]
DEEDS: dict[str, Deed] = {}
PASSWORD = "correct horse battery"

# Raised by what has tests of its own: destinations, and catalogues that a project adds.
ELSEWHERE = ("event_destination.", "catalogue.", "folder.", "flow.restored", "audit_log.", "mail.")


def provokes(*actions: str) -> Callable[[Deed], Deed]:
    def note(deed: Deed) -> Deed:
        DEEDS.update(dict.fromkeys(actions, deed))
        return deed

    return note


async def told(place: Harness, action: str) -> list[Any]:
    rows = await place.sql("SELECT envelope, lineage FROM events WHERE action = ? ORDER BY position", action)
    return [{**orjson.loads(row[0]), "lineage": orjson.loads(row[1])} for row in rows]


@pytest_asyncio.fixture(loop_scope="module")
async def place(shared: Harness) -> Harness:
    return await shared.fresh()


# -- what provokes them ------------------------------------------------------------------------------


@provokes(
    "flow.created", "flow.published", "flow.activated", "flow.updated", "flow.deactivated", "flow.deleted"
)
async def a_flow_lives(place: Harness) -> None:
    flow_id = await place.publish(flow(a=compose(1)))
    await place.republish(flow_id, flow(a=compose(2)))
    await place.sy.flows.disable(place.actor, flow_id)
    await place.sy.flows.delete(place.actor, flow_id)


async def rejected(place: Harness) -> list[StoredRejection]:
    """The rejected requests of the project, once there are any."""

    async def ask() -> list[StoredRejection]:
        return (await place.sy.rejected.list(place.project)).data

    return await stored(place.sy.db, ask)


@provokes("flow.event.rejected")
async def a_request_is_refused(place: Harness) -> None:
    flow_id = await place.publish(flow(a=compose(1)))
    assert (await place.http.get(f"/webhooks/{flow_id}")).status_code == 405
    await rejected(place)


@provokes("flow.event.admitted")
async def a_request_is_admitted(place: Harness) -> None:
    flow_id = await place.publish(flow(a=compose(1)))
    await place.http.get(f"/webhooks/{flow_id}")
    (one,) = await rejected(place)
    await place.republish(flow_id, flow(triggers=[webhook(methods=["GET"])], a=compose(1)))
    await place.sy.admissions.admit(place.actor, one.id)


@provokes("flow.event.held", "flow.event.released", "flow.event.discarded")
async def a_disabled_flow_holds_events(place: Harness) -> None:
    flow_id = await place.publish(flow(a=compose(1)))
    await place.sy.flows.disable(place.actor, flow_id)
    await place.post(flow_id, 1)
    await place.sy.held.release(place.actor, flow_id)
    await place.post(flow_id, 2)
    await place.sy.held.discard(place.actor, flow_id)


@provokes("flow.run.started", "flow.run.finished")
async def a_run_goes_well(place: Harness) -> None:
    place.sy.interest.set("test", place.project, ["flow.run.*"])
    await place.run(flow(a=compose(1)))


@provokes("flow.run.failed")
async def a_run_fails(place: Harness) -> None:
    place.probe.react = refuse("no")
    await place.run(flow(a=probe(1)))


@provokes("flow.run.unrouted")
async def no_branch_matches(place: Harness) -> None:
    await place.run(flow(r=router(case("a", "x", next="b"), key="trigger.body"), b=compose(1)), "y")


@provokes("flow.run.waiting", "flow.run.resumed")
async def a_run_waits(place: Harness) -> None:
    place.sy.interest.set("test", place.project, ["flow.run.*"])
    await place.run(flow(a=delay(0.001, "b"), b=compose(1)))


@provokes("flow.run.retried")
async def a_run_is_retried(place: Harness) -> None:
    run = await place.run(flow(a=compose(1)))
    await place.ended(await place.sy.runs.retry(place.actor, run["id"]))


@provokes("flow.run.canceled")
async def a_run_is_canceled(place: Harness) -> None:
    run_id = await place.start(await place.publish(flow(a=delay(3000))))
    await place.until(run_id, "waiting")
    await place.sy.runs.cancel(place.actor, run_id)


@provokes("connection.upserted", "connection.deleted")
async def a_connection_lives(place: Harness) -> None:
    fields = {"secret": "not to be told"}
    made = await place.sy.connections.create(place.actor, "signing", "webhook", fields)
    await place.sy.connections.delete(place.actor, made.id)


@provokes("connection.failing", "connection.recovered")
async def a_connection_fails_for_a_while(place: Harness) -> None:
    fickle = Piece("fickle", auth=BearerToken())

    @fickle.verify
    async def check(ctx: Context) -> None:
        if ctx.auth["token"] != "right":
            raise AuthError("this is not the token")

    place.sy.pieces.pieces["fickle"] = fickle
    made = await place.sy.connections.create(place.actor, "fickle", "fickle", {"token": "wrong"})
    for token in ("wrong", "right"):
        await place.sy.connections.update(place.actor, made.id, {"token": token})
        for _ in range(2):  # it is said once
            await place.sy.connections.test(place.actor, made.id)


@provokes("user.signed.up", "user.signed.in", "user.sign_in.failed", "user.signed.out", "user.password.reset",
          "user.updated", "session.created", "session.terminated")  # fmt: skip
async def somebody_comes_and_goes(place: Harness) -> None:
    access, email = place.sy.access, f"{place.project}@example.com"
    await access.users.create(place.actor, email, "Ann", PASSWORD)
    with pytest.raises(NotSignedIn):
        await access.accounts.sign_in(email, "something else")
    token = await access.accounts.sign_in(email, PASSWORD)
    who = (await access.sessions.visit(token)).actor
    await access.profiles.save(who, name="Anna", time_zone="", theme="dark")
    await access.accounts.change_password(who, PASSWORD, "another horse battery", keep=token)
    await access.sessions.sign_out(token)
    await access.sessions.sign_out(token)  # nothing happens, and nothing is told


@provokes("user.sign_in_link.created", "user.deleted", "user.invited", "user.disabled",
          "user.enabled", "user.platform_admin.granted",
          "user.platform_admin.revoked", "member.added", "member.updated", "member.removed")  # fmt: skip
async def somebody_is_let_in(place: Harness) -> None:
    access, email = place.sy.access, f"{place.project}@example.org"
    user, _ = await access.users.create(place.actor, email)
    for disabled in (True, True, False):
        await access.users.set_disabled(place.actor, user.id, disabled)
    await access.users.create(place.actor, f"boss-{email}", password=PASSWORD, platform_admin=True)
    for raised in (True, False):
        await access.users.set_platform_admin(place.actor, user.id, raised)
    projects = access.projects
    await projects.add_member(place.actor, f"boss-{email}", Role.admin)
    await projects.add_member(place.actor, email, Role.viewer)
    await projects.set_role(place.actor, user.id, Role.editor)
    await projects.remove_member(place.actor, user.id)
    await access.users.reset_link(place.actor, user.id)
    await access.users.remove(place.actor, user.id)


@provokes("project.notifications.updated")
async def notifications_are_changed(place: Harness) -> None:
    admin = Actor(user_id="usr_1", email="ann@example.com", project_id=place.project, role=Role.admin)
    await place.sy.notifications.change(admin, ["failed"], 15)


@provokes("api_key.created", "api_key.deleted", "project.created", "project.updated")
async def a_key_and_a_project(place: Harness) -> None:
    key, _ = await place.sy.access.keys.create(place.actor, "deploy", Role.editor)
    await place.sy.access.keys.delete(place.actor, key.id)
    await place.sy.access.projects.rename(place.actor, "Marketing")
    await place.sy.access.projects.create(place.actor, "Sales")


@provokes("invitation.created", "invitation.accepted", "invitation.deleted")
async def somebody_is_invited(place: Harness) -> None:
    invitations, email = place.sy.access.invitations, f"guest-{place.project}@example.com"
    _, token = await invitations.create(place.actor, email, Role.viewer)
    await invitations.sign_up(token, name="Guest", password=PASSWORD)
    other, _ = await invitations.create(place.actor, f"other-{email}", Role.viewer)
    await invitations.delete(place.actor, other.id)


@provokes("mfa.enabled", "mfa.disabled", "mfa.challenge_failed", "mfa.recovery_code_used",
          "mfa.recovery_codes_replaced")  # fmt: skip
async def somebody_signs_in_by_two_steps(place: Harness) -> None:
    access, email = place.sy.access, f"steps-{place.project}@example.com"
    user, _ = await access.users.create(place.actor, email, "Ann", PASSWORD)
    who, factor = Actor(user_id=user.id, email=email), access.second_factor
    await factor.begin(who)
    setup = await factor.setup(who)
    assert setup is not None
    step = int(clock.now() // totp.STEP)
    await factor.confirm(who, totp.code(base64.b32decode(setup.secret.replace(" ", "")), step))
    code, *_ = await factor.replace_codes(who)
    with pytest.raises(CodeNeeded) as needed:
        await access.accounts.sign_in(email, PASSWORD)
    with pytest.raises(BadInput):
        await access.accounts.second_step(needed.value.pending, "no code")
    await access.accounts.second_step(needed.value.pending, code)
    await factor.turn_off(who)


@provokes("piece.broken")
async def a_piece_is_broken(place: Harness) -> None:
    broken = BrokenPiece("weather", "dist", "Traceback …\nModuleNotFoundError: No module named 'barometer'\n")
    place.sy.pieces.broken.append(broken)
    try:
        await broken_pieces.report(place.sy.db, place.sy.pieces.broken)
    finally:
        place.sy.pieces.broken.remove(broken)


@provokes("piece.blocked")
async def a_piece_blocks_the_loop(place: Harness) -> None:
    await broken_pieces.report_blocked(place.sy.db, Stall("weather", "barometer.py:23 in read", "", 3.2))


# -- what is said -----------------------------------------------------------------------------------


async def test_no_declared_event_is_without_a_deed() -> None:
    assert {name for name in EVENTS if not name.startswith(ELSEWHERE)} == DEEDS.keys()


@pytest.mark.parametrize("action", DEEDS)
async def test_it_is_told_once_it_happens(place: Harness, action: str) -> None:
    before = len(await told(place, action))
    await DEEDS[action](place)
    events = (await told(place, action))[before:]
    assert events, action
    for event in events:
        assert "?" not in sentence(event)
        assert EVENTS[action].shape.__required_keys__ <= event["data"].keys()


async def test_it_names_who_did_it_and_where(place: Harness) -> None:
    ann = Actor(user_id="usr_1", email="ann@example.com", ip="203.0.113.9", project_id=place.project,
                role=Role.admin)  # fmt: skip
    await place.sy.flows.create(ann, flow(a=compose(1)))
    event = (await told(place, "flow.created"))[-1]
    assert (event["userId"], event["userEmail"], event["ip"]) == ("usr_1", "ann@example.com", "203.0.113.9")
    assert (event["projectId"], event["projectDisplayName"]) == (place.project, "Fresh")
    key = Actor(key_id="key_1", name="deploy", project_id=place.project, role=Role.editor)
    await place.sy.flows.create(key, flow(a=compose(1)))
    event = (await told(place, "flow.created"))[-1]
    assert event["apiKeyId"] == "key_1" and "userId" not in event
    assert sentence(event).startswith("The API key deploy created")


# -- runs -------------------------------------------------------------------------------------------


async def run_events(place: Harness) -> list[str]:
    sql = "SELECT action FROM events WHERE project_id = ? AND action LIKE 'flow.run.%' ORDER BY position"
    return [row[0] for row in await place.sql(sql, place.project)]


async def test_a_good_course_is_written_only_where_somebody_listens(place: Harness) -> None:
    await a_run_waits(place)
    place.sy.interest.drop("test")
    assert await run_events(place) == [
        "flow.run.started", "flow.run.waiting", "flow.run.resumed", "flow.run.finished",
    ]  # fmt: skip
    await place.run(flow(a=delay(0.001, "b"), b=compose(1)))
    assert len(await run_events(place)) == 4
    place.sy.interest.set("test", "prj_another", ["*"])
    await place.run(flow(a=compose(1)))
    place.sy.interest.drop("test")
    assert len(await run_events(place)) == 4


async def test_a_bad_end_is_written_though_nobody_listens_and_finished_beside_it(place: Harness) -> None:
    await a_run_fails(place)
    assert await run_events(place) == ["flow.run.failed"]
    place.sy.interest.set("test", None, ["flow.run.finished"])
    await a_run_fails(place)
    await a_run_is_canceled(place)
    place.sy.interest.drop("test")
    assert await run_events(place) == [
        "flow.run.failed", "flow.run.failed", "flow.run.finished", "flow.run.canceled", "flow.run.finished",
    ]  # fmt: skip


async def test_each_run_that_a_deleted_flow_ends_is_told_and_so_is_who_waited_for_it(place: Harness) -> None:
    place.sy.interest.set("test", place.project, ["flow.run.resumed", "flow.run.finished"])
    child = await place.publish(flow(a=delay(3000)))
    parent = await place.publish(flow(a=action("flow", "call", input={"flow": child})))
    outer = await place.start(parent)
    await place.until(outer, "waiting")
    alone = await place.start(child)
    await place.until(alone, "waiting")
    ann = Actor(user_id="usr_1", email="ann@example.com", project_id=place.project, role=Role.admin)
    await place.sy.flows.delete(ann, child)
    await place.ended(outer)
    place.sy.interest.drop("test")
    mine = [event for event in await told(place, "flow.run.canceled") if event["projectId"] == place.project]
    assert len(mine) == 2 and {event["userEmail"] for event in mine} == {"ann@example.com"}
    assert {event["data"]["flowRun"]["flowId"] for event in mine} == {child}
    assert {event["data"]["flowRun"]["status"] for event in mine} == {"CANCELED"}
    actions = await run_events(place)
    assert actions.count("flow.run.resumed") == 1  # the run that had called it
    assert actions.count("flow.run.finished") == 3


async def test_a_run_s_event_carries_the_chain_that_led_to_it(place: Harness) -> None:
    place.sy.interest.set("test", place.project, ["flow.run.finished"])
    child = await place.publish(flow(a=compose(1)))
    parent = await place.publish(flow(a=action("flow", "call", input={"flow": child})))
    await place.ended(await place.start(parent))
    place.sy.interest.drop("test")
    events = {event["data"]["flowRun"]["flowId"]: event for event in await told(place, "flow.run.finished")}
    assert events[parent]["lineage"] == [parent]
    assert events[child]["lineage"] == [parent, child]
    flows = await place.sql(
        "SELECT flow_id FROM events WHERE project_id = ? AND flow_id IS NOT NULL", place.project
    )
    assert {row[0] for row in flows} == {parent, child}


async def test_a_retried_run_names_the_one_it_was_made_of(place: Harness) -> None:
    run = await place.run(flow(a=compose(1)))
    again = await place.sy.runs.retry(place.actor, run["id"])
    event = (await told(place, "flow.run.retried"))[-1]
    assert event["data"]["flowRun"]["id"] == again
    assert event["data"]["flowRun"]["triggeredBy"] == run["id"]
    await place.ended(again)
