"""The ledger counts what the intake did not run: rejected, held, released, discarded, admitted."""

import pytest

from engine.base.errors import NotSignedIn
from engine.intake.request import Request
from engine.store.rejected_store import StoredRejection
from tests.engine.conftest import Opened
from tests.engine.factories import Harness, compose, flow, webhook
from tests.support.waiting import stored

Counts = dict[tuple[str, str], int]


async def counts(place: Harness, project_id: str | None = None) -> Counts:
    """(kind, reason) → how many, of the project's production."""
    rows = await place.rows_of(
        "SELECT kind, reason, sum(count) FROM ledger WHERE project_id = ? AND environment = 'production' "
        "GROUP BY kind, reason",
        place.project if project_id is None else project_id,
    )
    return {(kind, reason): count for kind, reason, count in rows}


async def rejected(place: Harness, count: int) -> list[StoredRejection]:
    async def ask() -> list[StoredRejection]:
        found = (await place.sy.rejected.list(place.project, limit=200)).data
        return found if len(found) >= count else []

    return await stored(place.sy.db, ask)


async def test_each_refusal_is_received_and_rejected_for_its_reason(place: Harness) -> None:
    flow_id = await place.publish(flow(a=compose(1)))
    for _ in range(3):
        await place.http.get(f"/webhooks/{flow_id}")
    await place.post(flow_id, content=b"{", headers={"content-type": "application/json"})
    await place.http.post("/webhooks/flow_unknown", json=1)
    await rejected(place, 4)
    assert await counts(place) == {("received", ""): 4, ("rejected", "method"): 3, ("rejected", "body"): 1}

    async def unknown() -> bool:
        return await counts(place, "") == {("received", ""): 1, ("rejected", "unknown_flow"): 1}

    await stored(place.sy.db, unknown)


@pytest.mark.parametrize("limit", [1_000, 0])
async def test_what_is_not_stored_is_counted_all_the_same(open_place: Opened, limit: int) -> None:
    async with open_place(rejected_per_flow=limit) as place:
        flow_id = await place.publish(flow(a=compose(1)))
        request = Request("POST", b"/webhooks/x", b"", [], b"")
        for _ in range(1_500):
            place.sy.rejections.record(flow_id, request, NotSignedIn("no"))
        await place.sy.rejections.stop()
        assert await counts(place) == {("received", ""): 1_500, ("rejected", "signature"): 1_500}
        assert await place.sy.rejected.count_open(place.project) == limit


async def test_held_events_are_released_or_discarded(place: Harness) -> None:
    flow_id = await place.publish(flow(triggers=[webhook(dedupe="trigger.body")], a=compose(1)))
    await place.sy.flows.disable(place.actor, flow_id)
    for body in ("a", "b", "c", "c"):
        await place.post(flow_id, body)
    held = {("received", ""): 4, ("held", ""): 3, ("deduplicated", ""): 1}
    assert await counts(place) == held
    (first, *_) = (await place.sy.held.list(place.project)).data
    await place.sy.held.discard(place.actor, flow_id, [first.id])
    await place.sy.held.release(place.actor, flow_id)
    found = await counts(place)
    assert found.items() >= {**held, ("discarded", ""): 1, ("released", ""): 2}.items()
    assert found["started", "released"] == 2 and ("started", "event") not in found


async def test_an_admitted_request_starts_a_run_and_is_not_received_again(place: Harness) -> None:
    flow_id = await place.publish(flow(a=compose(1)))
    await place.http.get(f"/webhooks/{flow_id}")
    (one,) = await rejected(place, 1)
    await place.republish(flow_id, flow(triggers=[webhook(methods=["GET"])], a=compose(1)))
    await place.sy.admissions.admit(place.actor, one.id)
    found = await counts(place)
    assert (found["received", ""], found["rejected", "method"], found["started", "admitted"]) == (1, 1, 1)
