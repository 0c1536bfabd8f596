import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlmodel import select

import pieces
from engine import flow
from engine.authoring.active_flows import ActiveFlows
from engine.authoring.flow_reader import FlowRecord
from engine.authoring.flows import Flows
from engine.base.actor import Actor, Permission, Role
from engine.base.clock import now_iso
from engine.base.errors import BadInput, Conflict, Forbidden, NotFound, TooLarge
from engine.base.ids import new_id
from engine.base.secrets import Vault
from engine.base.settings import Settings
from engine.connections.service import Connections
from engine.store.database import Database
from engine.store.models import Project, Run, RunStatus, TriggerState
from engine.store.tx import Tx

DEFINITION: dict[str, Any] = {
    "format": 1,
    "name": "Alerts",
    "triggers": [{"name": "webhook", "piece": "webhook", "trigger": "catch"}],
    "start": "by_action",
    "steps": {
        "by_action": {
            "type": "router",
            "key": "trigger.body.action",
            "branches": [{"name": "Done", "case": ["done"], "next": "shape"}],
            "otherwise": {"next": None},
        },
        "shape": {"type": "action", "piece": "data", "action": "compose", "input": {"value": 1}},
    },
    "samples": {"done": {"body": {"action": "done"}}},
}
BROKEN = {**DEFINITION, "start": "nowhere"}  # a draft may be like that, a version may not


@dataclass
class Harness:
    flows: Flows
    active: ActiveFlows
    db: Database
    ann: Actor
    other: Actor
    told: list[tuple[str, dict[str, Any], str | None]] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    """The flows that the listener heard of."""

    @property
    def project(self) -> str:
        return str(self.ann.project_id)

    @property
    def actions(self) -> list[str]:
        return [action for action, _, _ in self.told]

    async def flow(self, **fields: Any) -> FlowRecord:
        return await self.flows.create(self.ann, {**DEFINITION, **fields})


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Harness]:
    settings = Settings(data_dir=tmp_path, public_url="https://flows.example")
    db = Database(settings.database_path, "fast")
    db.open()
    told: list[tuple[str, dict[str, Any], str | None]] = []

    def emit(tx: Tx, action: str, data: dict[str, Any], _by: Actor | None, project: str | None) -> None:
        told.append((action, data, project))

    def add_projects(tx: Tx) -> tuple[str, str]:
        ids = new_id("prj"), new_id("prj")
        for id in ids:
            tx.session.add(Project(id=id, name="A project", created=now_iso()))
        return ids

    mine, theirs = await db.write(add_projects)
    registry = pieces.registry()
    connections = Connections(db, Vault.from_settings(settings), registry, lambda *_: None, emit)
    active, changed = ActiveFlows(db), list[str]()
    flows = Flows(db, registry, connections, emit, settings, active, listeners=[changed.append])
    ann = Actor(user_id="usr_ann", project_id=mine, role=Role.editor)
    eve = Actor(user_id="usr_eve", project_id=theirs, role=Role.admin)
    yield Harness(flows, active, db, ann, eve, told, changed)
    db.close()


# -- drafts ---------------------------------------------------------------------------------------


SIGNED = {
    "name": "webhook", "piece": "webhook", "trigger": "catch",
    "input": {"verify": {"scheme": "github", "connection": "github-signing"}},
}  # fmt: skip


async def test_a_duplicate_is_a_draft_of_its_own_that_nothing_starts(place: Harness) -> None:
    made = await place.flow()
    await place.flows.publish(place.ann, made.id)
    copy = await place.flows.duplicate(place.ann, made.id)
    assert (copy.name, copy.revision, copy.enabled, copy.published_version) == ("Alerts (2)", 1, False, None)
    assert copy.definition == {**made.definition, "name": "Alerts (2)"}
    assert copy.id != made.id and copy.webhook_url == f"https://flows.example/webhooks/{copy.id}"
    assert (place.actions[-1], place.told[-1][1]["flow"]["id"]) == ("flow.created", copy.id)
    assert await place.active.active(copy.id) is None
    assert (await place.flows.duplicate(place.ann, made.id)).name == "Alerts (3)"
    assert (await place.flows.get(place.project, made.id)).enabled


async def test_a_duplicate_does_not_take_over_the_secret_of_a_webhook(place: Harness) -> None:
    steps = {"say": {"type": "action", "piece": "slack", "action": "send_message", "connection": "team",
                     "input": {"channel": "#a", "text": "b"}}}  # fmt: skip
    made = await place.flow(triggers=[SIGNED], start="say", steps=steps)
    copy = await place.flows.duplicate(place.ann, made.id)
    assert copy.definition["triggers"][0]["input"]["verify"] == {"scheme": "github"}
    assert copy.definition["steps"]["say"]["connection"] == "team"
    with pytest.raises(BadInput, match="prevent publishing"):
        await place.flows.publish(place.ann, copy.id)


async def test_only_a_flow_of_the_own_project_is_duplicated_and_by_who_may_edit(place: Harness) -> None:
    made = await place.flow()
    with pytest.raises(NotFound):
        await place.flows.duplicate(place.other, made.id)
    with pytest.raises(Forbidden):
        await place.flows.duplicate(replace(place.ann, role=Role.viewer), made.id)
    assert place.actions == ["flow.created"]


async def test_a_new_flow_is_a_draft_that_nothing_starts(place: Harness) -> None:
    made = await place.flow()
    assert (made.name, made.revision, made.enabled, made.published_version) == ("Alerts", 1, False, None)
    assert made.changed
    assert made.webhook_url == f"https://flows.example/webhooks/{made.id}"
    assert await place.flows.get(place.project, made.id) == made
    assert place.actions == ["flow.created"]
    assert await place.active.active(made.id) is None


async def test_what_is_no_flow_is_refused_with_all_its_problems(place: Harness) -> None:
    with pytest.raises(BadInput) as refused:
        await place.flows.create(
            place.ann, {"format": 1, "name": "x", "steps": {"Bad Name": {"type": "nope"}}}
        )
    assert refused.value.status == 422
    assert orjson.dumps(refused.value.details)
    assert (await place.flows.list(place.project)).data == []
    assert place.told == []


async def test_a_draft_may_have_problems_which_come_with_it(place: Harness) -> None:
    made = await place.flow(start="nowhere")
    assert any(problem.severity == "error" for problem in made.problems)
    assert await place.flows.check(place.project, BROKEN) == made.problems


async def test_an_edit_is_kept_as_the_next_revision(place: Harness) -> None:
    made = await place.flow()
    saved = await place.flows.save_draft(place.ann, made.id, {**DEFINITION, "name": "Other"}, 1)
    assert (saved.revision, saved.name) == (2, "Other")
    assert place.told[-1][0] == "flow.updated"


async def test_saving_the_same_again_changes_nothing(place: Harness) -> None:
    made = await place.flow()
    assert await place.flows.save_draft(place.ann, made.id, made.definition, 1) == made
    assert place.actions == ["flow.created"]


async def test_a_stale_edit_is_refused_with_the_differences(place: Harness) -> None:
    made = await place.flow()
    await place.flows.save_draft(place.ann, made.id, {**DEFINITION, "name": "Hers"}, 1)
    with pytest.raises(Conflict) as refused:
        await place.flows.save_draft(place.ann, made.id, {**DEFINITION, "name": "His"}, 1)
    details = refused.value.details
    assert details["revision"] == 2
    assert '-  "name": "Hers",' in details["diff"] and '+  "name": "His",' in details["diff"]
    assert details["changes"] == ['Flow: name changed from "Hers" to "His".']
    assert (await place.flows.get(place.project, made.id)).name == "Hers"


async def test_of_two_edits_at_the_same_time_one_wins_and_one_is_told(place: Harness) -> None:
    made = await place.flow()
    edits = [
        place.flows.save_draft(place.ann, made.id, {**DEFINITION, "name": f"Edit {n}"}, 1) for n in range(8)
    ]
    results = await asyncio.gather(*edits, return_exceptions=True)
    assert sum(isinstance(result, FlowRecord) for result in results) == 1
    assert sum(isinstance(result, Conflict) for result in results) == 7


async def test_a_draft_that_is_too_large_is_refused(place: Harness) -> None:
    samples = {f"s{n}": {"body": "x" * 100_000} for n in range(25)}
    with pytest.raises(TooLarge):
        await place.flow(samples=samples)


@pytest.mark.parametrize("name", ["", " ", "x" * 201])
async def test_a_flow_has_a_name_that_can_be_read(place: Harness, name: str) -> None:
    with pytest.raises(BadInput):
        await place.flow(name=name)


async def test_samples_are_added_to_the_draft_and_none_gets_lost(place: Harness) -> None:
    made = await place.flow()
    names = await asyncio.gather(
        *(place.flows.save_sample(place.project, made.id, f"s{n}", {"body": n}) for n in range(4))
    )
    assert names == ["s0", "s1", "s2", "s3"]
    now = await place.flows.get(place.project, made.id)
    assert set(now.definition["samples"]) == {"done", "s0", "s1", "s2", "s3"}
    assert now.revision == 5


# -- versions -------------------------------------------------------------------------------------


async def test_publishing_freezes_the_draft_and_enables_the_flow(place: Harness) -> None:
    made = await place.flow()
    version = await place.flows.publish(place.ann, made.id, "First")
    assert (version.number, version.note, version.created_by) == (1, "First", "usr_ann")
    now = await place.flows.get(place.project, made.id)
    assert now.enabled and not now.changed and now.published_version == 1
    assert place.actions == ["flow.created", "flow.published", "flow.activated"]
    active = await place.active.active(made.id)
    assert active is not None
    assert (active.version, active.version_id, active.enabled) == (1, version.id, True)
    assert active.definition == made.definition


async def test_publishing_may_leave_the_flow_disabled(place: Harness) -> None:
    made = await place.flow()
    await place.flows.publish(place.ann, made.id, enable=False)
    active = await place.active.active(made.id)
    assert active is not None and not active.enabled


async def test_the_same_content_makes_no_new_version(place: Harness) -> None:
    made = await place.flow()
    first = await place.flows.publish(place.ann, made.id)
    layout = {"by_action": {"x": 1}}
    await place.flows.save_draft(place.ann, made.id, {**DEFINITION, "layout": layout}, 1)
    assert not (await place.flows.get(place.project, made.id)).changed
    assert await place.flows.publish(place.ann, made.id) == first
    assert place.actions.count("flow.published") == 1


async def test_runs_go_on_with_the_published_version_while_the_draft_changes(place: Harness) -> None:
    made = await place.flow()
    await place.flows.publish(place.ann, made.id)
    saved = await place.flows.save_draft(
        place.ann, made.id, {**DEFINITION, "start": "shape", "name": "New"}, 1
    )
    assert saved.changed
    active = await place.active.active(made.id)
    assert active is not None and active.definition["name"] == "Alerts"


async def test_versions_are_listed_newest_first_and_stay_as_they_were(place: Harness) -> None:
    made = await place.flow()
    await place.flows.publish(place.ann, made.id, "one")
    await place.flows.save_draft(place.ann, made.id, {**DEFINITION, "name": "Two"}, 1)
    await place.flows.publish(place.ann, made.id, "two")
    assert [(v.number, v.note) for v in await place.flows.versions(place.project, made.id)] == [
        (2, "two"),
        (1, "one"),
    ]
    old = await place.flows.version(place.project, made.id, 1)
    assert orjson.loads(old.definition)["name"] == "Alerts"
    assert await place.flows.export(place.project, made.id, 1) == old.definition


async def test_problems_stand_against_publishing(place: Harness) -> None:
    made = await place.flow(start="nowhere")
    with pytest.raises(BadInput) as refused:
        await place.flows.publish(place.ann, made.id)
    assert refused.value.details[0]["severity"] == "error"
    assert await place.flows.versions(place.project, made.id) == []


async def test_publishing_what_one_has_not_seen_is_refused(place: Harness) -> None:
    made = await place.flow()
    await place.flows.save_draft(place.ann, made.id, {**DEFINITION, "name": "Newer"}, 1)
    with pytest.raises(Conflict):
        await place.flows.publish(place.ann, made.id, revision=1)


@pytest.mark.parametrize("number", [0, -1, 2, 2**31, 2**70])
async def test_a_version_that_is_not_there_is_not_found(place: Harness, number: int) -> None:
    made = await place.flow()
    await place.flows.publish(place.ann, made.id)
    with pytest.raises(NotFound):
        await place.flows.version(place.project, made.id, number)


# -- enabled, disabled ----------------------------------------------------------------------------


async def test_a_flow_never_published_cannot_be_enabled(place: Harness) -> None:
    made = await place.flow()
    with pytest.raises(Conflict, match="never published"):
        await place.flows.enable(place.ann, made.id)


async def test_disabling_and_enabling_is_seen_at_once_and_told_once(place: Harness) -> None:
    made = await place.flow()
    await place.flows.publish(place.ann, made.id)
    place.told.clear()
    for enabled, change in ((False, place.flows.disable), (True, place.flows.enable)):
        assert (await change(place.ann, made.id)).enabled is enabled
        await change(place.ann, made.id)
        active = await place.active.active(made.id)
        assert active is not None and active.enabled is enabled
    assert place.actions == ["flow.deactivated", "flow.activated"]
    assert await place.active.enabled_ids() == [made.id]
    assert await place.active.callable(place.project) == [(made.id, "Alerts")]


# -- for the intake -------------------------------------------------------------------------------


async def test_the_draft_is_frozen_once_for_each_content(place: Harness) -> None:
    made = await place.flow()
    first = await place.active.draft(made.id)
    assert first is not None and first.version == 0
    assert await place.active.draft(made.id) is first
    await place.flows.save_draft(place.ann, made.id, {**DEFINITION, "name": "New"}, 1)
    second = await place.active.draft(made.id)
    assert second is not None and second.version_id != first.version_id
    await place.flows.save_draft(place.ann, made.id, DEFINITION, 2)
    again = await place.active.draft(made.id)
    assert again is not None and again.version_id == first.version_id
    assert await place.flows.versions(place.project, made.id) == []


async def test_unknown_flows_are_none(place: Harness) -> None:
    assert await place.active.active("flow_nowhere") is None
    assert await place.active.draft("flow_nowhere") is None


async def test_a_listener_hears_of_each_change(place: Harness) -> None:
    made = await place.flow()
    await place.flows.publish(place.ann, made.id)
    await place.flows.disable(place.ann, made.id)
    await place.flows.delete(place.ann, made.id)
    assert place.changed == [made.id] * 3


async def test_a_look_up_during_a_change_is_not_remembered(place: Harness) -> None:
    made = await place.flow()
    await place.flows.publish(place.ann, made.id)
    await place.flows.disable(place.ann, made.id)
    await asyncio.gather(
        *(place.active.active(made.id) for _ in range(20)), place.flows.enable(place.ann, made.id)
    )
    active = await place.active.active(made.id)
    assert active is not None and active.enabled


# -- delete ---------------------------------------------------------------------------------------


async def test_deleting_ends_open_runs_and_keeps_ended_ones(place: Harness) -> None:
    made = await place.flow()
    version = await place.flows.publish(place.ann, made.id)

    def add_runs(tx: Tx) -> None:
        for status in (RunStatus.queued, RunStatus.waiting, RunStatus.succeeded):
            tx.session.add(
                Run(
                    id=new_id("run"), project_id=place.project, flow_id=made.id, version_id=version.id,
                    version=1, trigger="webhook", status=status, created=now_iso(),
                )
            )  # fmt: skip
        tx.session.add(TriggerState(flow_id=made.id, trigger="webhook", project_id=place.project))

    await place.db.write(add_runs)
    await place.flows.delete(place.ann, made.id)
    with pytest.raises(NotFound):
        await place.flows.get(place.project, made.id)
    assert await place.active.active(made.id) is None
    statuses = await place.db.read(lambda tx: sorted(tx.session.exec(select(Run.status)).all()))
    assert statuses == ["canceled", "canceled", "succeeded"]


async def test_a_deleted_flow_comes_back_with_all_it_had_but_disabled(place: Harness) -> None:
    made = await place.flow()
    await place.flows.publish(place.ann, made.id)
    await place.flows.save_sample(place.project, made.id, "late", {"body": 1}, place.ann)
    before = await place.flows.get(place.project, made.id)
    assert before.enabled
    await place.flows.delete(place.ann, made.id)
    (gone,) = await place.flows.deleted(place.project)
    assert (gone.id, gone.name, gone.published_version) == (made.id, "Alerts", 1)
    assert gone.deleted_by == "usr_ann"
    back = await place.flows.restore(place.ann, made.id)
    assert back == replace(before, enabled=False)
    assert await place.flows.deleted(place.project) == []
    assert [version.number for version in await place.flows.versions(place.project, made.id)] == [1]
    active = await place.active.active(made.id)
    assert active is not None and not active.enabled
    assert place.actions[-2:] == ["flow.deleted", "flow.restored"]


async def test_a_deleted_flow_is_there_for_nobody(place: Harness) -> None:
    made = await place.flow()
    await place.flows.publish(place.ann, made.id)
    await place.flows.delete(place.ann, made.id)
    flows, active, project = place.flows, place.active, place.project
    assert (await flows.list(project)).data == [] and await active.callable(project) == []
    assert await active.active(made.id) is None and await active.draft(made.id) is None
    assert await active.enabled_ids() == []
    for refused in (
        flows.get(project, made.id), flows.row(project, made.id), flows.versions(project, made.id),
        flows.version(project, made.id, 1), flows.enable(place.ann, made.id),
        flows.publish(place.ann, made.id), flows.delete(place.ann, made.id),
        flows.save_draft(place.ann, made.id, DEFINITION, 1),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            await refused
    assert (await flows.import_(place.ann, DEFINITION)).flow.name == "Alerts"


async def test_only_what_is_deleted_in_the_own_project_is_restored(place: Harness) -> None:
    made = await place.flow()
    with pytest.raises(NotFound):
        await place.flows.restore(place.ann, made.id)
    await place.flows.delete(place.ann, made.id)
    assert await place.flows.deleted(str(place.other.project_id)) == []
    with pytest.raises(NotFound):
        await place.flows.restore(place.other, made.id)
    with pytest.raises(Forbidden):
        await place.flows.restore(replace(place.ann, role=Role.viewer), made.id)
    assert await place.db.read(lambda tx: tx.session.exec(select(TriggerState)).all()) == []
    assert place.actions[-1] == "flow.deleted"


# -- lists ----------------------------------------------------------------------------------------


async def test_lists_go_page_by_page_newest_first(place: Harness) -> None:
    made = [(await place.flow(name=f"Flow {n}")).id for n in range(5)]
    seen: list[str] = []
    cursor = None
    for _ in range(3):
        page = await place.flows.list(place.project, cursor=cursor, limit=2)
        seen += [row.id for row in page.data]
        cursor = page.next
    assert cursor is None
    assert seen == sorted(made, reverse=True)


@pytest.mark.parametrize(
    ("search", "found"),
    [("alert", ["Alert 100%", "alert_b"]), ("100%", ["Alert 100%"]), ("_", ["alert_b"]),
     ("%", ["Alert 100%"]), ("'; DROP TABLE flows; --", []), ("\\", [])],
)  # fmt: skip
async def test_search_finds_part_of_a_name_as_it_is_written(
    place: Harness, search: str, found: list[str]
) -> None:
    for name in ("Alert 100%", "alert_b", "Other"):
        await place.flow(name=name)
    page = await place.flows.list(place.project, search=search)
    assert sorted(row.name for row in page.data) == found


async def test_status_filters(place: Harness) -> None:
    draft, off, on = [(await place.flow(name=name)).id for name in ("draft", "off", "on")]
    await place.flows.publish(place.ann, off, enable=False)
    await place.flows.publish(place.ann, on)
    for status, ids in {"draft": {draft}, "published": {off, on}, "enabled": {on}, "disabled": {off}}.items():
        page = await place.flows.list(place.project, status=status)  # type: ignore[arg-type]
        assert {row.id for row in page.data} == ids, status


async def test_each_flow_shows_its_last_run(place: Harness) -> None:
    made = await place.flow()
    version = await place.flows.publish(place.ann, made.id)
    ids = sorted(new_id("run") for _ in range(3))

    def add_runs(tx: Tx) -> None:
        for id in ids:
            tx.session.add(
                Run(id=id, project_id=place.project, flow_id=made.id, version_id=version.id, version=1,
                    trigger="webhook", status=RunStatus.failed, created=now_iso())
            )  # fmt: skip

    await place.db.write(add_runs)
    (row,) = (await place.flows.list(place.project)).data
    assert row.last_run is not None
    assert (row.last_run.id, row.last_run.status) == (ids[-1], "failed")
    assert not row.changed


@pytest.mark.parametrize(
    ("cursor", "limit", "field"),
    [("zzz", 5, "cursor"), ("é", 5, "cursor"), (None, 0, "limit"), (None, 201, "limit")],
)
async def test_a_page_that_cannot_be_is_refused(
    place: Harness, cursor: str | None, limit: int, field: str
) -> None:
    with pytest.raises(BadInput) as refused:
        await place.flows.list(place.project, cursor=cursor, limit=limit)
    assert refused.value.field == field


# -- export and import ----------------------------------------------------------------------------


async def test_export_import_export_is_the_same_to_the_byte(place: Harness) -> None:
    made = await place.flow()
    text = await place.flows.export(place.project, made.id)
    again = (await place.flows.import_(place.ann, orjson.loads(text))).flow
    assert await place.flows.export(place.project, again.id) == text
    assert flow.dumps(flow.parse(orjson.loads(text))) == text


async def test_an_import_takes_a_free_name_where_that_is_wanted(place: Harness) -> None:
    names = [(await place.flows.import_(place.ann, DEFINITION, rename=True)).flow.name for _ in range(3)]
    assert names == ["Alerts", "Alerts (2)", "Alerts (3)"]
    assert (
        await place.flows.import_(place.ann, {**DEFINITION, "name": "ALERTS"}, rename=True)
    ).flow.name == ("ALERTS (4)")
    assert (await place.flows.import_(place.other, DEFINITION)).flow.name == "Alerts"


async def test_a_free_name_still_fits(place: Harness) -> None:
    long = "x" * 200
    await place.flow(name=long)
    for number in (2, 3):
        made = await place.flows.import_(place.ann, {**DEFINITION, "name": long}, rename=True)
        name = made.flow.name
        assert name.endswith(f" ({number})") and len(name) <= 200


# -- who may --------------------------------------------------------------------------------------


async def test_another_project_finds_nothing_and_changes_nothing(place: Harness) -> None:
    made = await place.flow()
    await place.flows.publish(place.ann, made.id)
    eve, theirs = place.other, str(place.other.project_id)
    attempts = [
        place.flows.get(theirs, made.id),
        place.flows.versions(theirs, made.id),
        place.flows.version(theirs, made.id, 1),
        place.flows.export(theirs, made.id),
        place.flows.save_draft(eve, made.id, DEFINITION, 1),
        place.flows.save_sample(theirs, made.id, "s", {"body": 1}),
        place.flows.publish(eve, made.id),
        place.flows.enable(eve, made.id),
        place.flows.disable(eve, made.id),
        place.flows.delete(eve, made.id),
    ]
    for attempt in attempts:
        with pytest.raises(NotFound):
            await attempt
    assert (await place.flows.list(theirs)).data == []
    assert (await place.flows.get(place.project, made.id)).enabled


async def test_a_viewer_changes_nothing(place: Harness) -> None:
    made = await place.flow()
    viewer = replace(place.ann, role=Role.viewer)
    assert not viewer.may(Permission.edit)
    attempts = [
        place.flows.create(viewer, DEFINITION),
        place.flows.import_(viewer, DEFINITION),
        place.flows.save_draft(viewer, made.id, DEFINITION, 1),
        place.flows.publish(viewer, made.id),
        place.flows.enable(viewer, made.id),
        place.flows.disable(viewer, made.id),
        place.flows.delete(viewer, made.id),
    ]
    for attempt in attempts:
        with pytest.raises(Forbidden):
            await attempt
