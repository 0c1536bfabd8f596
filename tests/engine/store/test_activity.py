"""Runs of the last day counted from their ids alone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import SQLModel

from engine.base.clock import to_iso
from engine.base.ids import new_id
from engine.store import models
from engine.store.activity import SLOTS, last_day
from engine.store.dialects.sqlite import SQLite
from engine.store.tx import Tx

NOW = 1_790_000_000.0


@pytest.fixture
def tx(tmp_path: Path) -> Iterator[Tx]:
    dialect = SQLite(tmp_path / "x.db", "fast")
    connection = dialect.connect()
    engine = dialect.engine(connection)
    SQLModel.metadata.create_all(engine)
    made = Tx(dialect, connection, engine)
    made.session.add(models.Project(id="prj_a", name="A", created=to_iso(NOW)))
    made.flush()
    yield made
    made.discard()
    dialect.close(connection)
    engine.dispose()


def flow(tx: Tx, id: str, project: str = "prj_a") -> None:
    made: dict[str, Any] = {"id": id, "project_id": project, "name": id, "draft": "{}", "digest": ""}
    tx.session.add(models.Flow(**made, created=to_iso(NOW), updated=to_iso(NOW)))


def run(tx: Tx, flow_id: str, ago: float, status: str = "succeeded") -> None:
    tx.session.add(
        models.Run(
            id=new_id("run", NOW - ago),
            project_id="prj_a",
            flow_id=flow_id,
            version_id="v",
            version=1,
            trigger="t",
            status=models.RunStatus(status),
            created=to_iso(NOW - ago),
        )
    )


def test_runs_are_counted_where_they_stand_in_the_day(tx: Tx) -> None:
    flow(tx, "flow_a")
    flow(tx, "flow_b")
    for ago, status in [(0, "succeeded"), (1, "failed"), (12 * 3600, "timed_out"), (13 * 3600, "canceled"),
                        (26 * 3600, "failed")]:  # fmt: skip
        run(tx, "flow_a", ago, status)
    run(tx, "flow_b", 23 * 3600)
    found = last_day(tx, "prj_a", ["flow_a", "flow_b", "flow_none"], NOW)
    assert found.keys() == {"flow_a", "flow_b"}
    day = found["flow_a"]
    assert len(day.runs) == SLOTS and sum(day.runs) == 4 and day.runs[-1] == 2
    assert sum(day.failed) == 2 and day.failed[-1] == 1
    assert sum(found["flow_b"].runs[:2]) == 1


def test_flows_of_another_project_are_not_counted(tx: Tx) -> None:
    flow(tx, "flow_a")
    run(tx, "flow_a", 1)
    assert last_day(tx, "prj_b", ["flow_a"], NOW) == {}
    assert last_day(tx, "prj_a", [], NOW) == {}


def test_the_count_reads_an_index_and_no_row(tx: Tx) -> None:
    flow(tx, "flow_a")
    run(tx, "flow_a", 1)
    asked: list[tuple[str, Any]] = []
    event.listen(
        tx.session.get_bind(), "before_cursor_execute", lambda *given: asked.append((given[2], given[3]))
    )
    last_day(tx, "prj_a", ["flow_a"], NOW)
    plans = []
    for sql, values in [one for one in asked if "count" in one[0]]:
        rows = tx.execute(f"EXPLAIN QUERY PLAN {sql}", values)
        plans.append(" | ".join(row[3] for row in rows))
    assert "SEARCH runs USING COVERING INDEX runs_by_flow" in plans[0], plans
    assert "INDEX runs_ended_badly" in plans[1], plans
