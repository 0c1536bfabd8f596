"""Undo gives the same bytes back, redo too, whoever restarts in between; nobody's edit is lost in silence."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.authoring.edits import Ahead
from engine.base.actor import Actor, Role
from engine.base.errors import BadInput, Conflict, Forbidden, NotFound
from engine.flow import Flow, dumps, parse, recall
from engine.flow.commands import apply
from engine.store import edit_store, event_store, models
from engine.store.edit_store import Splice
from engine.store.event_store import Filter
from engine.store.tx import Tx
from tests.engine.factories import Harness, compose, flow
from tests.engine.fuzz import RandomEditor

SLACK = {"piece": "slack", "action": "send_message"}


async def text_of(place: Harness, flow_id: str) -> str:
    return await place.sy.flows.export(place.project, flow_id)


class Editor:
    """Somebody at a draft, who knows its revision."""

    def __init__(self, place: Harness, flow_id: str, revision: int = 1) -> None:
        self.place, self.flow_id, self.revision = place, flow_id, revision

    async def do(self, command: str, **args: Any) -> Any:
        return self._seen(
            await self.place.sy.edits.apply(self.place.actor, self.flow_id, command, args, self.revision)
        )

    async def undo(self) -> Any:
        return self._seen(await self.place.sy.edits.undo(self.place.actor, self.flow_id, self.revision))

    async def redo(self) -> Any:
        return self._seen(await self.place.sy.edits.redo(self.place.actor, self.flow_id, self.revision))

    async def text(self) -> str:
        return await text_of(self.place, self.flow_id)

    async def history(self) -> list[tuple[str, bool]]:
        page = await self.place.sy.edits.history(self.place.project, self.flow_id)
        return [(edit.sentence, edit.undone) for edit in page.data]

    def _seen(self, result: Any) -> Any:
        self.revision = result.record.revision
        return result


@pytest.fixture
async def editor(place: Harness) -> Editor:
    return Editor(place, await place.draft(flow(one=compose(1, "two"), two=compose(2))))


# -- commands -------------------------------------------------------------------------------------


async def test_a_command_is_one_edit_with_a_sentence_and_an_event(place: Harness, editor: Editor) -> None:
    done = await editor.do("add_step", place={"after": "one"}, **SLACK)
    assert done.sentence == "Added Slack · Send message after One"
    assert done.names == ("send_message",)
    assert done.record.revision == 2
    steps = done.record.definition["steps"]
    assert (steps["one"]["next"], steps["send_message"]["next"]) == ("send_message", "two")
    (event,) = await events(place, "flow.updated")
    assert event["data"]["request"] == {
        "type": "ADD_STEP",
        "request": {
            "revision": 2,
            "sentence": done.sentence,
            "args": {"place": {"after": "one"}, **SLACK},
        },
    }


async def events(place: Harness, action: str) -> list[Any]:
    rows = await place.sy.db.read(
        lambda tx: event_store.find(tx, Filter(place.project, (action,)), None, 50).rows
    )
    return [orjson.loads(envelope) for _, envelope in rows]


async def test_commands_for_the_latest_draft_all_get_in_whoever_edits_meanwhile(
    place: Harness, editor: Editor
) -> None:
    def add(name: str) -> Any:
        sample = {"name": name, "event": {"body": {}}}
        return place.sy.edits.apply_to_latest(place.actor, editor.flow_id, "add_sample", sample)

    await asyncio.gather(*map(add, "abc"))
    assert set(orjson.loads(await editor.text())["samples"]) == {"a", "b", "c"}


async def test_a_command_for_the_latest_draft_gives_up_where_another_edit_always_comes_first(
    place: Harness, editor: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, tried = place.sy.edits._seen, list[int]()

    async def behind(*args: Any) -> Any:
        row = await seen(*args)
        tried.append(row.revision)
        row.revision -= 1
        return row

    monkeypatch.setattr(place.sy.edits, "_seen", behind)
    with pytest.raises(Conflict):
        await place.sy.edits.apply_to_latest(place.actor, editor.flow_id, "set_name", {"name": "x"})
    assert len(tried) == 10  # looked up for the revision, and again by the edit


async def test_a_command_that_changes_nothing_is_no_edit(place: Harness, editor: Editor) -> None:
    done = await editor.do("set_title", step="one", title="")
    assert (done.sentence, done.names, done.record.revision) == ("Nothing changed", (), 1)
    assert await editor.history() == [] and await events(place, "flow.updated") == []


@pytest.mark.parametrize(
    ("command", "args", "field"),
    [
        ("no_such", {}, "command"),
        ("set_title", {"step": "nobody", "title": "x"}, "step"),
        ("set_title", {"title": "x"}, "step"),
        ("set_title", {"step": "one", "title": "x", "more": 1}, "more"),
        ("add_step", {"place": {"after": "one"}, "piece": "slack", "action": "shout"}, "action"),
        ("add_step", {"place": {"after": "one"}, "piece": "no", "action": "shout"}, "piece"),
    ],
)
async def test_a_command_that_does_not_fit_leaves_no_trace(
    editor: Editor, command: str, args: dict[str, Any], field: str
) -> None:
    before = await editor.text()
    with pytest.raises(BadInput) as refused:
        await editor.do(command, **args)
    assert refused.value.field == field
    assert (await editor.text(), await editor.history()) == (before, [])


# -- undo and redo --------------------------------------------------------------------------------


async def test_undo_and_redo_step_through_what_was_done(editor: Editor) -> None:
    start = await editor.text()
    await editor.do("set_title", step="one", title="First")
    middle = await editor.text()
    await editor.do("delete_steps", steps=["two"])
    end = await editor.text()
    undone = await editor.undo()
    assert (undone.sentence, undone.names) == ("Undid: Deleted Two", ("one", "two"))
    assert await editor.text() == middle
    assert await editor.history() == [("Deleted Two", True), ("Changed the title of One to First", False)]
    edits = editor.place.sy.edits
    assert await edits.ahead(editor.place.project, editor.flow_id) == Ahead(
        "Changed the title of One to First", "Deleted Two"
    )
    await editor.undo()
    assert await editor.text() == start
    with pytest.raises(Conflict, match="nothing to undo"):
        await editor.undo()
    assert (await editor.redo()).sentence == "Redid: Changed the title of One to First"
    await editor.redo()
    assert await editor.text() == end
    with pytest.raises(Conflict, match="nothing to redo"):
        await editor.redo()
    assert editor.revision == 7


async def test_a_new_edit_leaves_nothing_to_redo(editor: Editor) -> None:
    await editor.do("set_title", step="one", title="A")
    await editor.undo()
    await editor.do("set_title", step="one", title="B")
    with pytest.raises(Conflict):
        await editor.redo()
    assert await editor.history() == [("Changed the title of One to B", False)]


async def test_undo_crosses_all_that_changes_a_draft(place: Harness, editor: Editor) -> None:
    sy, texts = place.sy, [await editor.text()]
    await editor.do("set_name", name="Named")
    texts.append(await editor.text())
    definition = orjson.loads(texts[0])
    await sy.flows.publish(place.actor, editor.flow_id)
    saved = await sy.flows.save_draft(
        place.actor, editor.flow_id, {**definition, "start": None, "steps": {}}, 2
    )
    texts.append(await editor.text())
    await sy.flows.save_sample(place.project, editor.flow_id, "s", {"body": "ü€😀"})
    texts.append(await editor.text())
    restored = await sy.edits.restore(place.actor, editor.flow_id, 1, saved.revision + 1)
    assert restored.sentence == "Restored version 1" and await editor.text() == texts[1]
    editor.revision = restored.record.revision
    assert [sentence for sentence, _ in await editor.history()] == [
        "Restored version 1", "Kept the sample “s”", "Saved the flow file", "Renamed the flow to “Named”",
    ]  # fmt: skip
    for text in reversed(texts):
        await editor.undo()
        assert await editor.text() == text
    assert (await sy.flows.get(place.project, editor.flow_id)).name == "A flow"
    for text in [*texts[1:], texts[1]]:
        await editor.redo()
        assert await editor.text() == text


@pytest.mark.slow
async def test_a_day_of_edits_can_be_undone_and_redone_to_the_byte_across_restarts(
    open_place: Callable[..., AbstractAsyncContextManager[Harness]],
) -> None:
    chance = Random(7)
    async with open_place() as place:
        flow_id = await place.draft({"format": 1, "name": "Long day", "samples": {"s": {"body": "é\n"}}})
        start, texts = await text_of(place, flow_id), []
    done, seed, revision = 0, 0, 1
    while done < 100:
        async with open_place() as place:
            editor = Editor(place, flow_id, revision)
            for _ in range(50):
                text = await editor.text()
                seed += 1
                done += await random_edit(editor, parse(text), seed)
                if (await editor.text()) != text:
                    texts.append(text)
                if chance.random() < 0.1 and texts:
                    await editor.undo()
                    assert await editor.text() == texts[-1]
                    await editor.redo()
            revision = editor.revision
    async with open_place() as place:
        editor = Editor(place, flow_id, revision)
        end = await editor.text()
        for number, text in enumerate(reversed(texts)):
            await editor.undo()
            if number % 10 == 0:
                assert await editor.text() == text
        assert await editor.text() == start
    async with open_place() as place:
        editor = Editor(place, flow_id, editor.revision)
        for _ in texts:
            await editor.redo()
        assert await editor.text() == end
        with pytest.raises(Conflict):
            await editor.redo()


@settings(max_examples=2, deadline=None)
@given(st.integers(0, 2**20))
def test_five_hundred_random_commands_can_be_undone_and_redone_to_the_byte(seed: int) -> None:
    known = Flow(name="Long day", samples={"s": {"body": "é\n"}})
    texts, splices = [dumps(known)], []
    while len(splices) < 500:
        seed += 1
        name, args = RandomEditor(known, seed).edit("delete_steps" if len(known.steps) > 30 else None)
        with suppress(BadInput):
            known = apply(recall(texts[-1]), name, args).flow
        if (text := dumps(known)) != texts[-1]:
            splices.append(Splice.between(texts[-1], text))
            texts.append(text)
    at = texts[-1]
    for splice, before in zip(reversed(splices), reversed(texts[:-1]), strict=True):
        at = splice.undo(at) or ""
        assert at == before
    for splice, after in zip(splices, texts[1:], strict=True):
        at = splice.redo(at) or ""
        assert at == after


async def random_edit(editor: Editor, known: Flow, seed: int) -> int:
    """1 if a random command was taken."""
    name, args = RandomEditor(known, seed).edit("delete_steps" if len(known.steps) > 25 else None)
    try:
        result = await editor.do(name, **args)
    except BadInput:
        return 0
    return int(result.sentence != "Nothing changed")


TEXT = st.text("ab\n😀é", max_size=12)


@given(TEXT, TEXT)
def test_a_splice_is_exact_both_ways_and_small(before: str, after: str) -> None:
    splice = Splice.between(before, after)
    assert splice.redo(before) == after and splice.undo(after) == before
    assert not (splice.removed and splice.inserted and splice.removed[0] == splice.inserted[0])
    assert not (splice.removed and splice.inserted and splice.removed[-1] == splice.inserted[-1])


def test_a_splice_refuses_a_text_that_it_was_not_made_from() -> None:
    assert Splice(1, "b", "c").redo("axc") is None and Splice(1, "b", "c").undo("abc") is None


async def test_old_edits_are_forgotten_in_the_end(editor: Editor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edit_store, "KEPT", 3)
    for number in range(5):
        await editor.do("set_description", description=str(number))
    assert len(await editor.history()) == 3
    for _ in range(3):
        await editor.undo()
    with pytest.raises(Conflict, match="nothing to undo"):
        await editor.undo()
    assert orjson.loads(await editor.text())["description"] == "1"


async def test_a_history_comes_in_pages_and_goes_with_its_flow(place: Harness, editor: Editor) -> None:
    for number in range(5):
        await editor.do("set_description", description=str(number))
    edits, seen, cursor = place.sy.edits, [], None
    while True:
        page = await edits.history(place.project, editor.flow_id, cursor, 2)
        seen += [edit.number for edit in page.data]
        if (cursor := page.next) is None:
            break
    assert seen == [5, 4, 3, 2, 1]
    await place.sy.flows.delete(place.actor, editor.flow_id)
    with pytest.raises(NotFound):
        await edits.history(place.project, editor.flow_id)


async def test_long_arguments_are_not_kept_twice(editor: Editor) -> None:
    await editor.do("add_sample", name="big", event={"body": "x" * 50_000})
    (edit,) = (await editor.place.sy.edits.history(editor.place.project, editor.flow_id)).data
    assert edit.args is None and edit.sentence == "Added the sample “big”"
    await editor.undo()
    assert "samples" not in orjson.loads(await editor.text())


# -- several people -------------------------------------------------------------------------------


async def test_a_stale_command_is_told_what_was_done_and_what_it_would_do(editor: Editor) -> None:
    await editor.do("set_title", step="one", title="First")
    await editor.do("set_title", step="two", title="Second")
    await editor.undo()
    other = Editor(editor.place, editor.flow_id, 1)
    with pytest.raises(Conflict) as refused:
        await other.do("set_name", name="Mine")
    details = refused.value.details
    assert details["revision"] == 4
    assert details["since"] == [
        "Changed the title of One to First",
        "Undid: Changed the title of Two to Second",
    ]
    assert details["changes"] == ['Flow: name changed from "A flow" to "Mine".']
    assert '+  "name": "Mine",' in details["diff"]
    for attempt in (other.undo, other.redo):
        with pytest.raises(Conflict) as refused:
            await attempt()
        assert refused.value.details["revision"] == 4


async def test_a_stale_command_that_fits_no_more_is_a_conflict_too(editor: Editor) -> None:
    await editor.do("delete_steps", steps=["two"])
    with pytest.raises(Conflict) as refused:
        await Editor(editor.place, editor.flow_id, 1).do("set_title", step="two", title="x")
    assert refused.value.details["since"] == ["Deleted Two"] and refused.value.details["diff"] == ""


async def test_of_two_at_the_same_time_both_edits_are_there_or_one_is_told(editor: Editor) -> None:
    others = [Editor(editor.place, editor.flow_id, 1) for _ in range(6)]
    results = await asyncio.gather(
        *(one.do("add_note", text=f"Note {n}") for n, one in enumerate(others)), return_exceptions=True
    )
    taken = [result for result in results if not isinstance(result, BaseException)]
    assert len(taken) == 1
    assert all(isinstance(r, Conflict) and r.details["revision"] == 2 for r in results if r not in taken)
    assert len(orjson.loads(await editor.text())["notes"]) == 1


async def test_edits_need_the_right_project_and_role(place: Harness, editor: Editor) -> None:
    edits, args = place.sy.edits, {"name": "x"}
    other = Actor(user_id="usr_eve", project_id="prj_other", role=Role.admin)
    viewer = Actor(user_id="usr_bob", project_id=place.project, role=Role.viewer)
    for actor, error in ((other, NotFound), (viewer, Forbidden)):
        for attempt in (
            edits.apply(actor, editor.flow_id, "set_name", args, 1),
            edits.undo(actor, editor.flow_id, 1),
            edits.redo(actor, editor.flow_id, 1),
            edits.restore(actor, editor.flow_id, 1, 1),
        ):
            with pytest.raises(error):
                await attempt
    for question in (edits.history, edits.ahead):
        with pytest.raises(NotFound):
            await question("prj_other", editor.flow_id)


async def test_only_versions_that_are_there_can_be_restored(editor: Editor) -> None:
    with pytest.raises(NotFound):
        await editor.place.sy.edits.restore(editor.place.actor, editor.flow_id, 7, 1)


async def test_a_history_that_does_not_fit_is_not_forced(place: Harness, editor: Editor) -> None:
    await editor.do("set_name", name="Other")

    def by_hand(tx: Tx) -> None:
        row = tx.session.get_one(models.Flow, editor.flow_id)
        row.draft = dumps(Flow(name="Else"))

    await place.sy.db.write(by_hand)
    with pytest.raises(Conflict, match="no longer matches"):
        await editor.undo()
