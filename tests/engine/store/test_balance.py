"""The audit of the books: it finds each difference, and nothing where there is none."""

import json

import pytest
from typer.testing import CliRunner

from engine.store import balance
from engine.store.tx import Tx
from tests.acceptance.test_intake_cases import plain
from tests.conftest import Instance
from ui.cli.main import app

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def events(instance: Instance, **settings: object) -> str:
    """A flow with five events, one of them sent twice; its id."""
    flow = await instance.publish(plain(**settings))  # type: ignore[arg-type]
    for number in (1, 2, 3, 4, 4):
        sent = await instance.send(flow["id"], {"n": number}, **{"webhook-id": f"{flow['id']}-{number}"})
        await instance.ended(sent.json()["run_id"])
    return str(flow["id"])


async def test_the_books_balance_and_their_figures_are_read_by_the_api(instance: Instance) -> None:
    flow = await events(instance)
    other = await events(instance)
    await instance.http.get(f"/webhooks/{flow}")
    await instance.first(f"/rejected?flow_id={flow}")
    sheet = await instance.api("GET", f"/balance?flow_id={flow}")
    assert sheet["differences"] == []
    (figures,) = sheet["data"]
    assert figures["received"] == 6 and figures["deduplicated"] == 1
    assert figures["rejected"] == {"method": 1}
    assert figures["started"] == {"event": 4} and figures["ended"] == {"succeeded": 4}
    every = await instance.api("GET", "/balance")
    assert {flow, other} <= {one["flow_id"] for one in every["data"]}
    later = await instance.api("GET", "/balance?since=2999-01-01T00")
    assert later == {"data": [], "differences": []}


async def test_held_events_are_in_the_books_until_they_are_released(instance: Instance) -> None:
    flow = await instance.publish(plain())
    await instance.api("POST", f"/flows/{flow['id']}/disable")
    for number in range(3):
        await instance.send(flow["id"], {"n": number})
    sheet = await instance.api("GET", f"/balance?flow_id={flow['id']}")
    assert (sheet["data"][0]["received"], sheet["data"][0]["held"], sheet["differences"]) == (3, 3, [])


@pytest.mark.parametrize(
    ("sql", "what", "ledger", "counted"),
    [
        ("DELETE FROM runs WHERE flow_id = ? AND status = 'succeeded'", "started", 4, 0),
        ("UPDATE runs SET status = 'failed' WHERE flow_id = ?", "ended succeeded", 4, 0),
        ("UPDATE ledger SET count = count + 1 WHERE flow_id = ? AND kind = 'received'", "received", 6, 5),
        ("UPDATE ledger SET count = 7 WHERE flow_id = ? AND kind = 'held'", "held now", 7, 0),
        ("UPDATE runs SET unrouted = TRUE WHERE flow_id = ?", "unrouted", 0, 4),
        ("UPDATE ledger SET count = 9 WHERE flow_id = ? AND kind = 'deduplicated'", "received", 5, 13),
    ],
)
async def test_each_difference_is_named(
    instance: Instance, sql: str, what: str, ledger: int, counted: int
) -> None:
    flow = await events(instance)

    def broken(tx: Tx) -> list[balance.Difference]:
        if "held" in what:
            tx.execute(
                "INSERT INTO ledger (project_id, flow_id, hour, environment, kind, reason, count) "
                "SELECT project_id, flow_id, hour, environment, 'held', '', 0 FROM ledger "
                "WHERE flow_id = ? AND kind = 'received' LIMIT 1",
                (flow,),
            )
        tx.execute(sql, (flow,))
        found = balance.differences(tx, instance.project.id)
        raise _Undone([one for one in found if one.flow_id == flow])

    with pytest.raises(_Undone) as undone:
        await instance.sy.db.write(broken)
    named = {one.what: (one.ledger, one.counted) for one in undone.value.found}
    assert named[what] == (ledger, counted)


class _Undone(Exception):
    """Takes back what a test changed."""

    def __init__(self, found: list[balance.Difference]) -> None:
        super().__init__()
        self.found = found


async def test_the_command_fails_when_the_books_differ(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncio

    await events(instance)
    monkeypatch.setenv("SWITCHYARD_DATA_DIR", str(instance.sy.settings.data_dir))
    invoke = CliRunner().invoke
    good = await asyncio.to_thread(invoke, app, ["audit"])
    assert (good.exit_code, "balance" in good.output) == (0, True), good.output
    add = "UPDATE ledger_totals SET count = count + {} WHERE kind = 'received'"
    await instance.sy.db.write(lambda tx: tx.execute(add.format(1)))
    bad = await asyncio.to_thread(invoke, app, ["audit", "--json"])
    await instance.sy.db.write(lambda tx: tx.execute(add.format(-1)))
    assert bad.exit_code == 1
    (found,) = json.loads(bad.output)["differences"]
    assert found["what"] == "total received" and found["ledger"] == found["counted"] + 1
