"""Admit: rejected requests run once their cause is fixed, in order of arrival, once each."""

import asyncio
import base64
import hmac
from typing import Any

import httpx
import orjson
import pytest

from engine.base import clock as time
from engine.base.actor import Actor, Role
from engine.base.errors import Conflict, Forbidden, NotFound
from engine.intake.admissions import Admitted
from engine.signatures import sign
from engine.store.models import TERMINAL
from engine.store.rejected_store import RejectedFilter, StoredRejection
from tests.engine.conftest import Opened
from tests.engine.factories import Harness, compose, flow, probe, webhook
from tests.support.clock import ManualClock
from tests.support.waiting import stored

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + base64.b64encode(b"another secret altogether").decode()


async def secured(place: Harness, fields: Any = None, scheme: str = "standard_webhooks", **more: Any) -> str:
    """A published flow whose connection holds a secret that is not the sender's."""
    given = fields or {"secret": OTHER}
    connection = await place.sy.connections.create(place.actor, "signing", "webhook", given)
    place.before["connection"] = connection.id  # type: ignore[assignment]
    verify = {"scheme": scheme, "connection": "signing"}
    return await place.publish(flow(triggers=[webhook(verify, **more)], a=probe("{{ trigger.body }}")))


async def mend(place: Harness, **fields: str) -> None:
    """Enter the sender's secret."""
    id = str(place.before["connection"])
    await place.sy.connections.update(place.actor, id, fields or {"secret": SECRET})


async def send(place: Harness, flow_id: str, body: object, **headers: str) -> httpx.Response:
    content = orjson.dumps(body)
    signed = sign("standard_webhooks", SECRET, content, now=time.now(), id=headers.pop("id", f"msg_{body}"))
    given = {"content-type": "application/json", **signed, **headers}
    return await place.http.post(f"/webhooks/{flow_id}", content=content, headers=given)


async def rejected(place: Harness, flow_id: str, *bodies: object) -> list[StoredRejection]:
    """Send events that are refused; they as they are listed, in the order of arrival."""
    for body in bodies:
        assert (await send(place, flow_id, body)).status_code == 401
    return await listed(place, len(bodies))


async def listed(place: Harness, count: int) -> list[StoredRejection]:
    async def ask() -> list[StoredRejection]:
        found = (await place.sy.rejected.list(place.project, limit=200)).data
        return found[::-1] if len(found) >= count else []

    return await stored(place.sy.db, ask)


async def admit_all(place: Harness, **wanted: Any) -> Admitted:
    return await place.sy.admissions.admit_all(place.actor, RejectedFilter(place.project, **wanted))


async def ran(place: Harness, count: int) -> list[Any]:
    """The bodies of the project's runs, in the order in which they were accepted."""

    async def ask() -> list[Any]:
        rows = await place.rows_of(
            "SELECT r.status, p.payload FROM runs r JOIN run_payloads p ON p.run_id = r.id "
            "WHERE r.project_id = ? ORDER BY r.position",
            place.project,
        )
        ended = all(status in TERMINAL for status, _ in rows)
        return [orjson.loads(row[1])["body"] for row in rows] if ended and len(rows) >= count else []

    return await stored(place.sy.db, ask)


# -- one ------------------------------------------------------------------------------------------------


async def test_a_request_runs_once_its_cause_is_fixed(place: Harness) -> None:
    flow_id = await secured(place)
    (one,) = await rejected(place, flow_id, "x")
    with pytest.raises(Conflict, match="Still refused: The request could not be verified") as refused:
        await place.sy.admissions.admit(place.actor, one.id)
    assert refused.value.details == {"code": "not_signed_in", "status": 401}
    await mend(place)
    after = await place.sy.admissions.admit(place.actor, one.id)
    assert after.outcome == "run" and after.admitted is not None
    run = await place.ended(str(after.run_id))
    assert run["trigger"]["event"]["body"] == "x"
    assert await place.sy.rejected.count_open(place.project) == 0


async def test_a_request_that_was_admitted_stays_as_it_is(place: Harness) -> None:
    (one,) = await rejected(place, await secured(place), "x")
    await mend(place)
    first = await place.sy.admissions.admit(place.actor, one.id)
    assert await place.sy.admissions.admit(place.actor, one.id) == first
    again = await asyncio.gather(*(place.sy.admissions.admit(place.actor, one.id) for _ in range(5)))
    assert set(again) == {first}
    assert await ran(place, 1) == ["x"]


async def test_replay_windows_are_judged_by_the_time_of_arrival(place: Harness, clock: ManualClock) -> None:
    (one,) = await rejected(place, await secured(place), "x")
    clock.advance(86_400)
    await mend(place)
    assert (await place.sy.admissions.admit(place.actor, one.id)).outcome == "run"


async def test_a_request_that_was_late_when_it_arrived_is_late_for_ever(
    place: Harness, clock: ManualClock
) -> None:
    flow_id = await secured(place)
    headers = sign("standard_webhooks", SECRET, b"1", now=clock.now() - 400)
    assert (await place.post(flow_id, content=b"1", headers=headers)).status_code == 401
    (one,) = await listed(place, 1)
    await mend(place)
    with pytest.raises(Conflict, match="too old"):
        await place.sy.admissions.admit(place.actor, one.id)
    shown = (await place.sy.rejected.get(place.project, one.id))["diagnosis"]
    assert (shown.passes_now, shown.late_by) == (False, 400)


async def test_an_event_that_was_sent_again_meanwhile_is_a_duplicate(place: Harness) -> None:
    flow_id = await secured(place)
    (one,) = await rejected(place, flow_id, "x")
    await mend(place)
    run_id = (await send(place, flow_id, "x")).json()["run_id"]
    after = await place.sy.admissions.admit(place.actor, one.id)
    assert (after.outcome, after.run_id) == ("duplicate", run_id)
    assert await ran(place, 1) == ["x"]


async def test_a_disabled_flow_holds_what_is_admitted_and_the_request_follows_its_run(place: Harness) -> None:
    flow_id = await secured(place)
    (one,) = await rejected(place, flow_id, "x")
    await mend(place)
    await place.sy.flows.disable(place.actor, flow_id)
    assert (await place.sy.admissions.admit(place.actor, one.id)).outcome == "held"
    await place.sy.held.release(place.actor, flow_id)
    (after,) = await listed(place, 1)
    assert after.outcome == "run" and str(after.run_id).startswith("run_")
    assert await ran(place, 1) == ["x"]


async def test_other_causes_can_be_fixed_as_well(place: Harness) -> None:
    flow_id = await place.publish(flow(a=probe("{{ trigger.method }}")))
    assert (await place.http.get(f"/webhooks/{flow_id}")).status_code == 405
    (one,) = await listed(place, 1)
    with pytest.raises(Conflict, match="takes POST"):
        await place.sy.admissions.admit(place.actor, one.id)
    await place.republish(flow_id, flow(triggers=[webhook(methods=["GET"])], a=probe("{{ trigger.method }}")))
    await place.sy.admissions.admit(place.actor, one.id)
    await place.probe.called(1)
    assert place.probe.values == ["GET"]


async def test_what_holds_no_whole_request_cannot_be_admitted(open_place: Opened) -> None:
    async with open_place(max_body_bytes=10) as place:
        flow_id = await place.publish(flow(a=compose(1)))
        assert (await place.post(flow_id, content=b"x" * 11)).status_code == 413
        (one,) = await listed(place, 1)
        with pytest.raises(Conflict, match="was not stored"):
            await place.sy.admissions.admit(place.actor, one.id)


async def test_a_batch_runs_each_of_its_events_once(place: Harness) -> None:
    flow_id = await secured(place)
    batch = [{"specversion": "1.0", "id": str(n), "source": "/a", "type": "t", "data": n} for n in range(3)]
    content = orjson.dumps(batch)
    headers = sign("standard_webhooks", SECRET, content, now=time.now())
    headers["content-type"] = "application/cloudevents-batch+json"
    assert (await place.post(flow_id, content=content, headers=headers)).status_code == 401
    (one,) = await listed(place, 1)
    await mend(place)
    await place.sy.admissions.admit(place.actor, one.id)
    assert await ran(place, 3) == [0, 1, 2]


async def test_a_crash_between_the_events_of_a_request_repeats_none(place: Harness) -> None:
    flow_id = await secured(place)
    batch = [{"specversion": "1.0", "id": str(n), "source": "/a", "type": "t", "data": n} for n in range(3)]
    content = orjson.dumps(batch)
    headers = sign("standard_webhooks", SECRET, content, now=time.now())
    headers["content-type"] = "application/cloudevents-batch+json"
    await place.post(flow_id, content=content, headers=headers)
    (one,) = await listed(place, 1)
    await mend(place)
    await place.sy.admissions.admit(place.actor, one.id)
    # As after a crash before the last event: the request is open, and the last run is not there.
    await place.sql("UPDATE rejected_requests SET admitted = NULL, run_id = NULL")
    await place.sql("DELETE FROM dedupe WHERE run_id = (SELECT max(id) FROM runs)")
    await place.sql("DELETE FROM runs WHERE id = (SELECT max(id) FROM runs)")
    await place.sy.admissions.admit(place.actor, one.id)
    assert await ran(place, 3) == [0, 1, 2]


# -- all ------------------------------------------------------------------------------------------------


async def test_fifty_run_in_order_once_each(place: Harness) -> None:
    flow_id = await secured(place)
    await rejected(place, flow_id, *range(50))
    await mend(place)
    done, again = await asyncio.gather(admit_all(place), admit_all(place))
    assert done.run + again.run == 50
    assert await ran(place, 50) == list(range(50))
    assert sorted(place.probe.values) == list(range(50))
    assert (await admit_all(place)).total == 0


async def test_those_that_are_still_refused_are_named_and_the_others_run(place: Harness) -> None:
    flow_id = await secured(place)
    await rejected(place, flow_id, 1)
    await place.post(flow_id, "forged")
    await listed(place, 2)
    await mend(place)
    done = await admit_all(place)
    assert (done.run, done.still_refused, done.more) == (1, 1, False)
    assert "could not be verified" in done.refused[0].message
    assert await place.sy.rejected.count_open(place.project) == 1


async def test_only_what_matches_is_admitted(place: Harness) -> None:
    flow_id = await secured(place)
    rows = await rejected(place, flow_id, 1, 2, 3)
    await mend(place)
    chosen = [rows[2].id, rows[0].id]
    done = await place.sy.admissions.admit_all(place.actor, RejectedFilter(place.project), chosen)
    assert done.run == 2
    assert await ran(place, 2) == [1, 3]
    assert (await admit_all(place, reasons=("method",))).total == 0
    assert (await admit_all(place, flow_id="flow_none")).total == 0


async def test_another_projects_requests_are_not_admitted(place: Harness) -> None:
    (one,) = await rejected(place, await secured(place), 1)
    await mend(place)
    other = await place.fresh()
    assert (await admit_all(other)).total == 0
    with pytest.raises(NotFound):
        await other.sy.admissions.admit(other.actor, one.id)


async def test_a_full_backlog_leaves_the_rest_for_later(open_place: Opened) -> None:
    async with open_place(max_backlog=3, flow_concurrency=1) as place:
        flow_id = await secured(place)
        await rejected(place, flow_id, *range(8))
        await mend(place)
        gate = place.probe.hold()
        done = await admit_all(place)
        assert done.more and 3 <= done.run < 8
        gate.set()
        await ran(place, done.run)
        await place.quiet()
        rest = await admit_all(place)
        while rest.more:
            await place.quiet()
            rest = await admit_all(place)
        assert await ran(place, 8) == list(range(8))


# -- without verifying ----------------------------------------------------------------------------------


async def admitted_events(place: Harness) -> list[dict[str, Any]]:
    rows = await place.rows_of(
        "SELECT envelope FROM events WHERE action = 'flow.event.admitted' ORDER BY position"
    )
    return [orjson.loads(row[0]) for row in rows]


async def test_an_admin_can_admit_a_request_without_verifying_it_which_is_audited(place: Harness) -> None:
    flow_id = await secured(place)
    (one,) = await rejected(place, flow_id, "x")
    editor = Actor(project_id=place.project, role=Role.editor, user_id="usr_editor", email="e@example.com")
    with pytest.raises(Forbidden):
        await place.sy.admissions.admit(editor, one.id, verify=False)
    admin = Actor(project_id=place.project, role=Role.admin, user_id="usr_admin", email="a@example.com")
    after = await place.sy.admissions.admit(admin, one.id, verify=False)
    assert (after.outcome, after.admitted_by) == ("run", "usr_admin")
    (event,) = await admitted_events(place)
    assert (event["data"]["requests"], event["data"]["verified"]) == (1, False)
    assert (event["userId"], event["data"]["flow"]["id"]) == ("usr_admin", flow_id)
    assert await ran(place, 1) == ["x"]


async def test_several_that_are_verified_raise_one_event(place: Harness) -> None:
    await rejected(place, await secured(place), 1, 2, 3)
    await mend(place)
    await admit_all(place)
    (event,) = await admitted_events(place)
    assert (event["data"]["requests"], event["data"]["verified"]) == (3, True)


async def test_a_viewer_admits_nothing(place: Harness) -> None:
    viewer = Actor(project_id=place.project, role=Role.viewer)
    with pytest.raises(Forbidden):
        await place.sy.admissions.admit(viewer, "rej_x")
    with pytest.raises(Forbidden):
        await place.sy.admissions.admit_all(viewer, RejectedFilter(place.project))


# -- what would have passed -----------------------------------------------------------------------------


async def diagnosis(place: Harness) -> Any:
    (one,) = await listed(place, 1)
    return (await place.sy.rejected.get(place.project, one.id))["diagnosis"]


async def matches(place: Harness) -> list[tuple[str, str, str]]:
    return [(one.scheme, one.connection, one.secret) for one in (await diagnosis(place)).matches]


async def test_the_secret_of_another_connection_is_found(place: Harness) -> None:
    await rejected(place, await secured(place), "x")
    assert await matches(place) == []
    await place.sy.connections.create(place.actor, "right", "webhook", {"secret": SECRET})
    assert await matches(place) == [("standard_webhooks", "right", "current")]


async def test_a_secret_that_was_replaced_is_found_for_a_month(place: Harness, clock: ManualClock) -> None:
    flow_id = await secured(place, {"secret": SECRET})
    await mend(place, secret=OTHER)
    (first,) = await rejected(place, flow_id, "x")
    assert await matches(place) == [("standard_webhooks", "signing", "replaced")]
    assert "had before" in (await diagnosis(place)).matches[0].sentence
    clock.advance(31 * 86_400)
    assert (await send(place, flow_id, "y")).status_code == 401  # the first may be deleted by now

    async def newest() -> str:
        found = (await place.sy.rejected.list(place.project, limit=1)).data
        return next((one.id for one in found if one.id != first.id), "")

    later = await stored(place.sy.db, newest)
    assert (await place.sy.rejected.get(place.project, later))["diagnosis"].matches == []


async def test_a_secret_that_was_removed_is_forgotten(place: Harness) -> None:
    flow_id = await secured(place, {"secret": SECRET, "username": "u"})
    id = str(place.before["connection"])
    await place.sy.connections.update(place.actor, id, {"secret": None})
    await place.sy.connections.update(place.actor, id, {"secret": OTHER})
    await rejected(place, flow_id, "x")
    assert await matches(place) == []


async def test_another_scheme_is_found(place: Harness) -> None:
    flow_id = await secured(place, {"secret": "s3cret"}, "github")
    content = b'{"id": 1}'
    headers = sign("stripe", "s3cret", content, now=time.now())
    assert (await place.post(flow_id, content=content, headers=headers)).status_code == 401
    assert ("stripe", "signing", "current") in await matches(place)


@pytest.mark.parametrize("encoding", ["hex", "base64"])
async def test_an_hmac_of_the_body_in_any_header_is_found(place: Harness, encoding: str) -> None:
    flow_id = await secured(place, {"secret": "s3cret"}, "github")
    digest = hmac.digest(b"s3cret", b"1", "sha512")
    text = digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()
    assert (await place.post(flow_id, content=b"1", headers={"x-acme": f"sha512={text}"})).status_code == 401
    (found,) = (await diagnosis(place)).matches
    assert found.scheme == "generic_hmac"
    assert all(part in found.sentence for part in ("`x-acme`", "HMAC-SHA512", encoding))


async def test_it_says_when_the_request_would_pass_now(place: Harness) -> None:
    await rejected(place, await secured(place), "x")
    assert not (await diagnosis(place)).passes_now
    await mend(place)
    assert (await diagnosis(place)).passes_now


async def test_a_forged_request_matches_nothing(place: Harness) -> None:
    flow_id = await secured(place)
    await place.post(flow_id, "forged", headers={"webhook-signature": "v1,AAAA", "x-hub-signature": "f" * 64})
    found = await diagnosis(place)
    assert (found.passes_now, found.late_by, found.matches) == (False, None, [])


async def test_what_was_not_refused_for_its_signature_has_no_diagnosis(place: Harness) -> None:
    flow_id = await secured(place)
    await place.http.get(f"/webhooks/{flow_id}")
    assert await diagnosis(place) is None
