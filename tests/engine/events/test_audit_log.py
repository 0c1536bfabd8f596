"""The audit log: narrowed, in pages, exported, and forgotten only where nobody needs it any more."""

import csv
import io
import itertools
from typing import Any

import orjson
import pytest

from engine.base import clock, payloads
from engine.base.actor import Actor, Role
from engine.base.errors import BadInput, Forbidden, NotFound
from engine.base.ids import new_id
from engine.events import audit_log
from engine.events.audit_log import narrowed
from engine.store import event_store
from engine.store.event_store import Filter
from engine.store.tx import Tx
from tests.engine.factories import Harness

DAY = 86_400


async def write(place: Harness, action: str = "project.updated", days: float = 0, **more: Any) -> str:
    """An event of so many days ago; its id."""
    at = clock.now() - days * DAY
    row = {
        "id": new_id("evt", at=at), "action": action, "project_id": place.project, "user_id": None,
        "flow_id": None, "created": clock.to_iso(at), **more,
    }  # fmt: skip
    data = more.pop("data", payloads.project_data(id="prj_1", name="Marketing"))
    row.pop("data", None)
    envelope = {"id": row["id"], "created": row["created"], "action": action, "projectId": row["project_id"],
                "userId": row["user_id"], "data": data}  # fmt: skip
    row["envelope"] = orjson.dumps(envelope)
    sql = f"INSERT INTO events ({', '.join(row)})"
    await place.sy.db.submit(lambda tx: tx.rows(sql, [tuple(row.values())]))
    return str(row["id"])


async def ids(place: Harness, wanted: Filter, limit: int = 50) -> list[str]:
    """All pages of a list, one after the other."""
    found, cursor = [], None
    while True:
        page = await place.sy.audit.list(wanted, cursor, limit)
        found += [orjson.loads(envelope)["id"] for envelope in page.data]
        cursor = page.next
        if cursor is None:
            return found


async def test_every_filter_narrows_and_pages_follow_each_other(place: Harness) -> None:
    old = await write(place, days=40)
    by = await write(place, "flow.published", 3, user_id="usr_1", flow_id="flow_1")
    run = await write(place, "flow.run.failed", 2, flow_id="flow_1")
    other = await write(place, "flow.run.failed", 1, project_id="prj_another")
    text = await write(place, "member.added", 1, data={"note": "100% sure_thing"})
    since = clock.to_iso(clock.now() - 4 * DAY)
    until = clock.to_iso(clock.now() - 1.5 * DAY)
    for filters, expected in (
        ({"user_id": "usr_1"}, [by]),
        ({"flow_id": "flow_1"}, [run, by]),
        ({"flow_id": "flow_1", "actions": ["flow.run.*"]}, [run]),
        ({"actions": ["flow.run.failed", "member.added"]}, [text, run]),
        ({"since": since, "until": until}, [run, by]),
        ({"until": until, "actions": ["project.updated"]}, [old]),
        ({"words": "% SURE_"}, [text]),
        ({"words": "%_"}, []),
        ({"user_id": "usr_1", "words": "nothing"}, []),
    ):
        wanted = narrowed(place.project, **filters)
        for limit in (1, 50):
            assert await ids(place, wanted, limit) == expected, filters
    everything = await ids(place, narrowed(None), 2)
    assert other in everything and everything == sorted(everything, reverse=True)
    assert other not in await ids(place, narrowed(place.project), 2)


async def test_a_search_for_a_text_goes_on_where_it_stopped(
    place: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    needle = await write(place, days=50, data={"needle": 1})
    for days in range(12):
        await write(place, days=days)
    monkeypatch.setattr(event_store, "WINDOW", 5)
    first = await place.sy.audit.list(narrowed(place.project, words="needle"))
    assert first.data == [] and first.next is not None
    assert await ids(place, narrowed(place.project, words="needle")) == [needle]


@pytest.mark.parametrize(
    ("field", "filters"),
    [("action", {"actions": ["moon.landed"]}), ("action", {"actions": ["flow"]}),
     ("since", {"since": "soon"}),
     ("until", {"until": "2026-13-01"})],
)  # fmt: skip
def test_a_filter_that_means_nothing_is_refused_by_name(field: str, filters: Any) -> None:
    with pytest.raises(BadInput) as refused:
        narrowed("prj_1", **filters)
    assert refused.value.field == field


async def test_one_event_is_read_within_its_project_only(place: Harness) -> None:
    mine, other = await write(place), await write(place, project_id="prj_another")
    assert (await place.sy.audit.get(place.project, mine))["id"] == mine
    assert (await place.sy.audit.get(None, other))["id"] == other
    with pytest.raises(NotFound):
        await place.sy.audit.get(place.project, other)


# -- speed: what is asked reads one index in its order, whatever the number of rows -----------------------

NARROWED = {
    "project_id": "prj_1", "actions": ("flow.published", "flow.run.failed"), "user_id": "usr_1",
    "flow_id": "flow_1", "first": "evt_0", "last": "evt_z",
}  # fmt: skip


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "names", [names for size in range(5) for names in itertools.combinations(NARROWED, size)]
)
async def test_ids_come_out_of_a_covering_index_in_order(place: Harness, names: tuple[str, ...]) -> None:
    wanted = Filter(**{name: NARROWED[name] for name in names})  # type: ignore[arg-type]
    sql, values = event_store.ids_of(place.sy.db.dialect, wanted, "evt_y", 51)
    plan = [row[3] for row in await place.sy.db.submit(
        lambda tx: tx.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()
    )]  # fmt: skip
    looks = [line for line in plan if "events" in line]
    assert looks and all("COVERING INDEX" in line for line in looks), plan
    assert all("SEARCH" in line for line in looks), plan
    merged = "actions" in names and not {"user_id", "flow_id"} & set(names)
    assert merged or not any("TEMP B-TREE" in line for line in plan), plan


# -- out ---------------------------------------------------------------------------------------------


async def exported(place: Harness, form: Any, **filters: Any) -> bytes:
    wanted = narrowed(place.project, **filters)
    return b"".join([piece async for piece in place.sy.audit.export(wanted, form)])


async def test_json_lines_hold_the_envelopes_themselves(
    place: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_log, "_AT_ONCE", 2)
    sent = [await write(place, days=days) for days in range(5)]
    await write(place, project_id="prj_another")
    lines = (await exported(place, "jsonl", actions=["project.updated"])).splitlines()
    assert [orjson.loads(line)["id"] for line in lines] == sent


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
async def test_a_csv_cell_is_never_a_formula(place: Harness, name: str) -> None:
    await write(place, user_id=name)
    rows = list(csv.reader(io.StringIO((await exported(place, "csv", user_id=name)).decode(), newline="")))
    assert rows[0] == list(audit_log.COLUMNS)
    assert rows[1][5] == "'" + name
    assert "Marketing" in rows[1][-1]


# -- too old -----------------------------------------------------------------------------------------


async def test_a_dry_run_says_what_would_go_and_nothing_goes(place: Harness) -> None:
    for days in (100, 100, 50, 10):
        await write(place, days=days)
    await write(place)  # the newest stays whatever its age
    before = await place.rows()
    would_go = await place.sy.audit.would_go(place.actor, 30)
    assert [count for _, count in would_go] == [2, 1]
    assert (await place.rows())["events"] == before["events"]
    assert await place.sy.audit.prune(place.actor, 30) == 3
    assert (await place.rows())["events"] == before["events"] - 3 + 1
    said = await ids(place, narrowed(None, actions=["audit_log.pruned"]))
    assert len(said) == 1
    assert (await place.sy.audit.get(None, said[0]))["data"]["deleted"] == 3
    assert await place.sy.audit.prune(place.actor, 30) == 0


async def test_the_setting_forgets_too_and_nought_keeps_everything(place: Harness) -> None:
    await write(place, days=10)
    await write(place)
    assert await place.sy.audit.sweep(0) == 0
    assert await place.sy.audit.sweep(5) == 1


async def test_what_is_still_to_be_sent_and_what_nobody_has_read_stays(place: Harness) -> None:
    waits = await write(place, days=100)
    sent = await write(place, days=99)
    unread = await write(place, days=98)
    await write(place)

    def work(tx: Tx) -> None:
        (at,) = tx.execute("SELECT position FROM events WHERE id = ?", (unread,)).fetchone()
        tx.execute("DELETE FROM cursors")
        tx.execute("INSERT INTO cursors (name, at) VALUES ('test', ?)", (at - 1,))
        for event_id, status in ((waits, "held"), (sent, "delivered")):
            tx.execute(
                "INSERT INTO deliveries (id, destination_id, event_id, action, status, reason, attempts, "
                "tries, created) VALUES (?, 'dst_1', ?, 'project.updated', ?, '', 0, 0, '')",
                (new_id("dlv"), event_id, status),
            )

    await place.sy.db.submit(work)
    assert await place.sy.audit.prune(place.actor, 30) == 1
    left = await ids(place, narrowed(place.project))
    assert waits in left and unread in left and sent not in left


async def test_only_platform_admins_delete_and_nothing_young(place: Harness) -> None:
    admin = Actor(user_id="usr_1", project_id=place.project, role=Role.admin)
    for ask in (place.sy.audit.would_go, place.sy.audit.prune):
        with pytest.raises(Forbidden):
            await ask(admin, 30)
        with pytest.raises(BadInput):
            await ask(place.actor, 29)
