"""Rejected requests: what the intake refuses is listed, sealed and bounded, and slows nothing down."""

import base64
import sqlite3
from contextlib import closing

import httpx
import orjson
import pytest

from engine.base import clock
from engine.base.errors import NotFound, NotSignedIn
from engine.base.redaction import MASK
from engine.intake import rejection_log, sealed_request
from engine.intake.request import Request
from engine.intake.request_parser import is_credential
from engine.signatures import sign
from engine.store import rejected_store, retention
from engine.store.rejected_store import StoredRejection
from tests.engine.conftest import Opened
from tests.engine.factories import Harness, compose, flow, webhook
from tests.support.clock import ManualClock
from tests.support.waiting import quiet, stored

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
WRONG = "whsec_" + base64.b64encode(b"another secret altogether").decode()


async def secured(place: Harness, **options: object) -> str:
    """A published flow whose webhook is verified."""
    await place.sy.connections.create(place.actor, "signing", "webhook", {"secret": SECRET})
    verify = {"scheme": "standard_webhooks", "connection": "signing"}
    return await place.publish(flow(triggers=[webhook(verify, **options)], a=compose("{{ trigger.body }}")))


async def send(
    place: Harness, flow_id: str, body: object = None, secret: str = WRONG, **headers: str
) -> httpx.Response:
    """An event that is signed, with the wrong secret by default."""
    content = orjson.dumps(body)
    signed = sign("standard_webhooks", secret, content, now=clock.now())
    given = {"content-type": "application/json", **signed, **headers}
    return await place.http.post(f"/webhooks/{flow_id}", content=content, headers=given)


async def listed(place: Harness, count: int, flow_id: str | None = None) -> list[StoredRejection]:
    """The rejected requests of the project, once there are so many."""

    async def ask() -> list[StoredRejection]:
        found = (await place.sy.rejected.list(place.project, flow_id, limit=200)).data
        return found if len(found) >= count else []

    found = await stored(place.sy.db, ask)
    assert len(found) == count
    return found


# -- what is listed -------------------------------------------------------------------------------------


async def test_a_refused_request_is_listed_with_what_was_refused_and_why(place: Harness) -> None:
    flow_id = await secured(place)
    assert (await send(place, flow_id, {"action": "down"})).status_code == 401
    (one,) = await listed(place, 1)
    assert (one.flow_id, one.flow_name, one.reason, one.status, one.method) == (
        flow_id, "A flow", "signature", 401, "POST"
    )  # fmt: skip
    assert one.source == "127.0.0.1"
    assert one.size == len(b'{"action":"down"}')
    assert "standard_webhooks" in one.message
    shown = await place.sy.rejected.get(place.project, one.id)
    assert shown["path"] == f"/webhooks/{flow_id}"
    assert shown["body"] == {"action": "down"}
    assert shown["headers"]["webhook-signature"].startswith("v1,")


@pytest.mark.parametrize(
    ("method", "headers", "content", "status", "reason"),
    [
        ("GET", {}, b"", 405, "method"),
        ("POST", {"content-encoding": "br"}, b"1", 415, "type"),
        ("POST", {"content-type": "application/json"}, b"{", 400, "body"),
        ("POST", {}, b"x" * 101, 413, "size"),
        ("POST", {"content-length": "101"}, b"", 413, "size"),
    ],
)
async def test_each_kind_of_refusal_has_its_reason(
    open_place: Opened, method: str, headers: dict[str, str], content: bytes, status: int, reason: str
) -> None:
    async with open_place(max_body_bytes=100) as place:
        flow_id = await place.publish(flow(a=compose(1)))
        answer = await place.http.request(method, f"/webhooks/{flow_id}", content=content, headers=headers)
        assert answer.status_code == status
        (one,) = await listed(place, 1)
        assert (one.reason, one.status) == (reason, status)


async def test_a_refused_handshake_is_listed(place: Harness) -> None:
    await place.sy.connections.create(place.actor, "meta", "webhook", {"secret": "s", "verify_token": "good"})
    verify = {"scheme": "meta", "connection": "meta"}
    flow_id = await place.publish(flow(triggers=[webhook(verify)], a=compose(1)))
    query = {"hub.mode": "subscribe", "hub.verify_token": "bad", "hub.challenge": "1"}
    assert (await place.http.get(f"/webhooks/{flow_id}", params=query)).status_code == 403
    (one,) = await listed(place, 1)
    assert (one.reason, one.status) == ("handshake", 403)
    assert dict((await place.sy.rejected.get(place.project, one.id))["query"])["hub.verify_token"] == MASK


async def test_a_refusal_by_a_deleted_flow_is_listed_under_its_project(place: Harness) -> None:
    flow_id = await secured(place)
    await place.sy.flows.delete(place.actor, flow_id)
    assert (await send(place, flow_id)).status_code == 404
    (one,) = await listed(place, 1, flow_id)
    assert (one.reason, one.flow_deleted) == ("deleted", True)


async def test_requests_for_unknown_flows_are_counted_and_not_stored(place: Harness) -> None:
    assert (await send(place, "flw_unknown")).status_code == 404
    await quiet(place.sy.db)
    assert place.sy.rejections.unknown == 1
    assert (await place.sy.rejected.list(place.project)).data == []


async def test_tests_of_a_draft_are_not_listed(place: Harness) -> None:
    flow_id = await secured(place)
    for variant in ("draft", "draft/sync", "test"):
        answer = await place.http.post(f"/webhooks/{flow_id}/{variant}", content=b"{}")
        assert answer.status_code == 401
    assert (await place.http.post(f"/webhooks/{flow_id}/sync", content=b"{}")).status_code == 401
    await listed(place, 1)


async def test_a_list_is_narrowed_by_flow_reason_source_and_time(place: Harness, clock: ManualClock) -> None:
    first = await secured(place)
    second = await place.publish(flow(a=compose(1)))
    await send(place, first)
    await listed(place, 1)
    clock.advance(60)
    await place.http.get(f"/webhooks/{second}")
    await listed(place, 2)
    ask = place.sy.rejected.list

    async def flows(**wanted: object) -> list[str]:
        return [one.flow_id for one in (await ask(place.project, **wanted)).data]  # type: ignore[arg-type]

    assert await flows() == [second, first]
    assert await flows(flow_id=first) == [first]
    assert await flows(reason=["method"]) == [second]
    assert await flows(source="127.0") == [second, first]
    assert await flows(source="10.") == []
    assert await flows(since="2026-03-03T10:16:00Z") == [second]
    assert await flows(until="2026-03-03T10:16:00Z") == [first]
    assert await flows(admitted=True) == []
    page = await ask(place.project, limit=1)
    assert [one.flow_id for one in (await ask(place.project, cursor=page.next, limit=1)).data] == [first]
    assert await place.sy.rejected.count_open(place.project) == 2
    assert await place.sy.rejected.count_open(place.project, first) == 1


async def test_another_project_sees_nothing_of_it(place: Harness) -> None:
    await send(place, await secured(place))
    (one,) = await listed(place, 1)
    other = await place.fresh()
    assert (await other.sy.rejected.list(other.project)).data == []
    with pytest.raises(NotFound):
        await other.sy.rejected.get(other.project, one.id)


# -- secrets --------------------------------------------------------------------------------------------


@pytest.mark.sqlite
async def test_nothing_of_a_request_is_stored_in_the_clear(open_place: Opened) -> None:
    async with open_place() as place:
        flow_id = await secured(place)
        await send(place, flow_id, "planted in the body", authorization="Bearer planted in a header")
        await listed(place, 1)
        path = place.sy.db.path
    with closing(sqlite3.connect(path)) as connection:
        (content,) = connection.execute("SELECT content FROM rejected_requests").fetchone()
    assert b"planted" not in content
    assert not any(b"planted" in file.read_bytes() for file in path.parent.glob("switchyard.db*"))


async def test_credentials_are_masked_by_the_names_of_their_headers_and_by_their_values(
    place: Harness,
) -> None:
    flow_id = await secured(place)
    headers = {"x-acme-token": "t0ken", "cookie": "a=b", "x-other": f"key {SECRET}", "x-plain": "plain"}
    await send(place, flow_id, {"echo": SECRET}, **headers)
    (one,) = await listed(place, 1)
    shown = await place.sy.rejected.get(place.project, one.id)
    assert shown["headers"]["x-acme-token"] == shown["headers"]["cookie"] == MASK
    assert shown["headers"]["x-other"] == f"key {MASK}"
    assert shown["headers"]["x-plain"] == "plain"
    assert shown["body"] == {"echo": MASK}


async def test_the_mask_paths_of_the_trigger_hide_values_of_the_body(place: Harness) -> None:
    flow_id = await secured(place, mask=["body.ssn"])
    await send(place, flow_id, {"ssn": "123-45-6789", "text": "of 123-45-6789"})
    (one,) = await listed(place, 1)
    shown = await place.sy.rejected.get(place.project, one.id)
    assert shown["body"] == {"ssn": MASK, "text": f"of {MASK}"}


async def test_a_body_that_cannot_be_read_is_not_shown_where_there_are_mask_paths(place: Harness) -> None:
    flow_id = await secured(place, mask=["body.ssn"])
    headers = {"content-type": "application/json"}
    await place.http.post(f"/webhooks/{flow_id}", content=b'{"ssn": "123-45', headers=headers)
    (one,) = await listed(place, 1)
    shown = await place.sy.rejected.get(place.project, one.id)
    assert shown["body"] is None and "mask paths" in shown["body_note"]


def test_a_request_comes_back_from_its_bytes_as_it_was() -> None:
    request = Request("POST", b"/a%20b", b"x=\xff", [(b"a", b"\xe9"), (b"a", b"2")], b"\n\0\xff", "::1")
    assert sealed_request.decode(sealed_request.encode(request, whole=True)) == request
    assert sealed_request.decode(sealed_request.encode(request, whole=False)).body == b""


# -- bounds ---------------------------------------------------------------------------------------------


async def test_the_oldest_are_overwritten_beyond_the_number_of_a_flow(open_place: Opened) -> None:
    async with open_place(rejected_per_flow=5) as place:
        flow_id, other = await secured(place), await place.publish(flow(a=compose(1)))
        await place.http.get(f"/webhooks/{other}")
        for number in range(12):
            await send(place, flow_id, number)
        await quiet(place.sy.db)
        await place.sy.rejections.stop()
        found = await listed(place, 6)
        bodies = [(await place.sy.rejected.get(place.project, one.id))["body"] for one in found]
        assert bodies == [11, 10, 9, 8, 7, None]


async def test_the_oldest_are_overwritten_beyond_the_bytes_of_a_flow(open_place: Opened) -> None:
    async with open_place(rejected_bytes_per_flow=50_000) as place:
        flow_id = await secured(place)
        for _ in range(30):
            await send(place, flow_id, "x" * 4_000)
        await place.sy.rejections.stop()
        rows = await place.sy.db.read(
            lambda tx: tx.execute("SELECT stored_bytes, length(content) FROM rejected_requests").fetchall()
        )
        assert 5 < len(rows) < 13
        assert sum(stored for stored, _ in rows) <= 50_000
        assert all(stored >= length for stored, length in rows)


async def test_a_large_body_is_left_out_and_the_request_is_listed(open_place: Opened) -> None:
    async with open_place(rejected_bytes_per_flow=50_000) as place:
        await send(place, await secured(place), "x" * 5_001)
        (one,) = await listed(place, 1)
        assert (one.whole, one.size) == (False, 5_003)
        shown = await place.sy.rejected.get(place.project, one.id)
        assert shown["body"] is None and "not stored" in shown["body_note"]


@pytest.mark.sqlite
async def test_a_flood_keeps_the_store_below_its_limit_and_counts_what_it_drops(
    open_place: Opened,
) -> None:
    """The short form of a million forged requests: it counts bytes, not seconds."""
    async with open_place(rejected_per_flow=300, rejected_bytes_per_flow=200_000) as place:
        flow_id = await secured(place)
        flooded, sizes = 20_000, []
        request = Request("POST", b"/webhooks/x", b"", [(b"content-type", b"text/plain")], b"x" * 500)
        log = place.sy.rejections
        for number in range(flooded):
            log.record(flow_id, request, NotFound("no"))
            if number % 1_000 == 0:
                await quiet(place.sy.db)
                sizes.append(place.sy.db.path.stat().st_size)
        await log.stop()
        count, total = await place.sy.db.read(
            lambda tx: tx.execute("SELECT count(*), sum(stored_bytes) FROM rejected_requests").fetchone()
        )
        assert count <= 300 and total <= 200_000
        assert log.refused["unpublished"] == flooded
        assert 0 < log.dropped < flooded
        counted = [event["requests"] for event in await rejected_events(place)]
        assert 0 < sum(counted) <= flooded  # those that were dropped are reported with those that follow
        assert sizes[-1] - sizes[len(sizes) // 2] < 200_000  # the file does not grow with the flood


async def test_a_flood_of_one_flow_leaves_room_for_another(place: Harness) -> None:
    flooded, quiet_flow = await secured(place), await place.publish(flow(a=compose(1)))
    request = Request("POST", b"/webhooks/x", b"", [], b"")
    for _ in range(3_000):
        place.sy.rejections.record(flooded, request, NotFound("no"))
    await place.http.get(f"/webhooks/{quiet_flow}")
    await listed(place, 1, quiet_flow)
    assert place.sy.rejections.dropped >= 3_000 - rejection_log.PER_FLOW - rejection_log.BATCH


async def test_recording_can_be_switched_off(open_place: Opened) -> None:
    async with open_place(rejected_per_flow=0) as place:
        assert (await send(place, await secured(place))).status_code == 401
        await quiet(place.sy.db)
        assert (await place.sy.rejected.list(place.project)).data == []
        assert place.sy.rejections.refused["signature"] == 1


async def test_what_waits_in_memory_is_stored_when_the_server_stops(open_place: Opened) -> None:
    async with open_place() as place:
        flow_id = await secured(place)
        for number in range(200):
            await send(place, flow_id, number)
    async with open_place() as place:
        assert await place.sy.rejected.count_open(place.project) == 200


async def test_old_ones_are_swept(place: Harness, clock: ManualClock) -> None:
    flow_id = await secured(place)
    await send(place, flow_id)
    await listed(place, 1)
    clock.advance(29 * 86_400)
    await send(place, flow_id)
    await listed(place, 2)
    clock.advance(86_400 + 1)
    rules = [rule for rule in retention.rules(place.sy.settings) if rule.forget is rejected_store.forget]
    await retention.Sweeper(place.sy.db, rules, then=_nothing).sweep()
    await listed(place, 1)


async def _nothing() -> None:
    pass


async def test_they_are_deleted_on_request(place: Harness) -> None:
    flow_id = await secured(place)
    for number in range(3):
        await send(place, flow_id, number)
    first, second, _ = await listed(place, 3)
    wanted = rejected_store.RejectedFilter(place.project)
    assert await place.sy.rejected.delete(place.actor, wanted, [first.id, second.id, "rej_unknown"]) == 2
    assert await place.sy.rejected.delete(place.actor, wanted) == 1


# -- events ---------------------------------------------------------------------------------------------


async def rejected_events(place: Harness) -> list[dict[str, object]]:
    rows = await place.sy.db.read(
        lambda tx: tx.execute(
            "SELECT envelope FROM events WHERE action = 'flow.event.rejected' ORDER BY position"
        ).fetchall()
    )
    return [orjson.loads(row[0])["data"]["rejected"] for row in rows]


async def test_the_first_refusal_raises_an_event_and_later_ones_share_the_next(
    place: Harness, clock: ManualClock
) -> None:
    flow_id = await secured(place)
    await send(place, flow_id)
    await listed(place, 1)
    for _ in range(20):
        clock.advance(1)
        await send(place, flow_id)
    await place.http.get(f"/webhooks/{flow_id}")
    await listed(place, 22)
    (first,) = await rejected_events(place)
    assert (first["requests"], first["reasons"]) == (1, {"signature": 1})
    clock.advance(600)
    await quiet(place.sy.db)
    _, later = await rejected_events(place)
    assert (later["requests"], later["reasons"]) == (21, {"signature": 20, "method": 1})
    assert later["lastReason"] == "method" and later["lastSource"] == "127.0.0.1"
    clock.advance(600)
    await quiet(place.sy.db)
    assert len(await rejected_events(place)) == 2  # nothing happened since
    await send(place, flow_id)
    await listed(place, 23)
    assert len(await rejected_events(place)) == 3


async def test_what_a_flood_drops_is_reported_with_what_is_stored(place: Harness, clock: ManualClock) -> None:
    flow_id = await secured(place)
    request = Request("POST", b"/webhooks/x", b"", [], b"")
    for _ in range(1_200):
        place.sy.rejections.record(flow_id, request, NotSignedIn("no"))
    assert place.sy.rejections.dropped == 200

    async def all_stored() -> bool:
        return await place.sy.rejected.count_open(place.project) == 1_000

    await stored(place.sy.db, all_stored)
    clock.advance(600)
    await quiet(place.sy.db)
    assert sum(int(str(event["requests"])) for event in await rejected_events(place)) == 1_200


async def test_a_flow_that_refuses_without_end_records_some_every_second(
    place: Harness, clock: ManualClock
) -> None:
    flow_id = await secured(place)
    request = Request("POST", b"/webhooks/x", b"", [], b"")
    log = place.sy.rejections
    for _ in range(rejection_log.PER_FLOW + 100):
        log.record(flow_id, request, NotSignedIn("no"))
    assert log.dropped == 100

    async def all_stored() -> bool:
        return await place.sy.rejected.count_open(place.project) == rejection_log.PER_FLOW

    await stored(place.sy.db, all_stored)
    clock.advance(2)
    for _ in range(100):
        log.record(flow_id, request, NotSignedIn("no"))
    assert log.dropped == 100 + 100 - 2 * rejection_log.SUSTAINED


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("authorization", True), ("proxy-authorization", True), ("x-authorization", True), ("x-auth", True),
        ("cookie", True), ("x-api-key", True), ("access_token", True), ("author", False),
        ("x-author-id", False), (":authority", False), ("x-hub-signature-256", False),
    ],
)  # fmt: skip
def test_what_carries_a_secret_is_known_by_its_name(name: str, secret: bool) -> None:
    assert is_credential(name) is secret
