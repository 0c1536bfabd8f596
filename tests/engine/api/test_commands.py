import asyncio
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from engine.base.actor import Role
from engine.flow.commands import COMMANDS

pytestmark = pytest.mark.asyncio(loop_scope="module")

FLOW: dict[str, Any] = {
    "format": 1,
    "name": "Alerts",
    "start": "shape",
    "steps": {"shape": {"type": "action", "piece": "data", "action": "compose", "input": {"value": 1}}},
}
ADD = {"place": {"after": "shape"}, "piece": "slack", "action": "send_message"}


async def test_the_commands_are_listed_with_their_arguments(shared: Any) -> None:
    rows = (await shared.get("/commands"))["data"]
    assert [row["name"] for row in rows] == list(COMMANDS)
    for row in rows:
        Draft202012Validator.check_schema(row["args"])
    (add,) = (row for row in rows if row["name"] == "add_step")
    assert (add["title"], add["group"], add["key"], add["palette"]) == ("Add a step", "Steps", "a", True)
    schema = Draft202012Validator(add["args"])
    schema.validate(ADD)
    assert not schema.is_valid({**ADD, "place": {"under": "shape"}})


async def test_a_draft_is_edited_undone_and_redone(shared: Any) -> None:
    made = await shared.post("/flows", FLOW, 201)
    at = f"/flows/{made['id']}"
    done = await shared.post(f"{at}/commands", {"command": "add_step", "args": ADD, "revision": 1})
    assert (done["sentence"], done["revision"]) == ("Added Slack · Send message after Shape", 2)
    assert done["names"] == ["send_message"] and done["flow"]["revision"] == 2
    undone = await shared.post(f"{at}/undo", {"revision": 2})
    assert undone["flow"]["definition"] == made["definition"]
    assert undone["sentence"] == "Undid: Added Slack · Send message after Shape"
    redone = await shared.post(f"{at}/redo", {"revision": 3})
    assert redone["flow"]["definition"] == done["flow"]["definition"]
    (edit,) = (await shared.get(f"{at}/edits"))["data"]
    assert (edit["number"], edit["command"], edit["args"], edit["undone"]) == (1, "add_step", ADD, False)
    assert edit["revision"] == 4
    await shared.post(f"{at}/redo", {"revision": 4}, 409)


async def test_a_history_comes_in_pages(shared: Any) -> None:
    made = await shared.post("/flows", FLOW, 201)
    at = f"/flows/{made['id']}"
    for revision in range(1, 4):
        body = {"command": "set_description", "args": {"description": str(revision)}, "revision": revision}
        await shared.post(f"{at}/commands", body)
    first = await shared.get(f"{at}/edits?limit=2")
    rest = await shared.get(f"{at}/edits?limit=2&cursor={first['next']}")
    assert [row["number"] for row in first["data"] + rest["data"]] == [3, 2, 1] and rest["next"] is None
    await shared.get(f"{at}/edits?cursor=nonsense", 422)


async def test_two_editors_at_the_same_time(shared: Any) -> None:
    made = await shared.post("/flows", FLOW, 201)
    at = f"/api/v1/flows/{made['id']}/commands"
    headers = {"Authorization": f"Bearer {shared.key}"}

    async def edit(text: str) -> Any:
        body = {"command": "add_note", "args": {"text": text}, "revision": 1}
        return await shared.http.post(at, json=body, headers=headers)

    answers = await asyncio.gather(edit("Ann's"), edit("Ben's"))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    (refused,) = (answer.json()["error"] for answer in answers if answer.status_code == 409)
    details = refused["details"]
    assert details["revision"] == 2 and refused["field"] == "revision"
    assert details["since"][0].startswith("Added the note") and details["changes"] == ["Notes changed."]
    assert '+      "text": ' in details["diff"]
    # What was refused is done again on what the other one made.
    text = "Ann's" if answers[0].status_code == 409 else "Ben's"
    body = {"command": "add_note", "args": {"text": text}, "revision": details["revision"]}
    done = await shared.post(f"/flows/{made['id']}/commands", body)
    assert {note["text"] for note in done["flow"]["definition"]["notes"]} == {"Ann's", "Ben's"}


async def test_a_version_is_restored_and_that_undone(shared: Any) -> None:
    made = await shared.post("/flows", FLOW, 201)
    at = f"/flows/{made['id']}"
    await shared.post(f"{at}/publish")
    await shared.call("PUT", at, json={"definition": {**FLOW, "name": "Other"}, "revision": 1})
    restored = await shared.post(f"{at}/versions/1/restore", {"revision": 2})
    assert restored["flow"]["name"] == "Alerts" and restored["flow"]["changed"] is False
    assert (await shared.post(f"{at}/undo", {"revision": 3}))["flow"]["name"] == "Other"
    for number in ("2", "0", "x", "9" * 30):
        await shared.post(f"{at}/versions/{number}/restore", {"revision": 4}, 404)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"command": "shout", "revision": 1}, "command"),
        ({"command": "set_name", "revision": 1}, "name"),
        ({"command": "set_name", "args": {"name": 1}, "revision": 1}, "name"),
        ({"command": "set_name", "args": [], "revision": 1}, "args"),
        ({"command": "set_name", "args": {"name": "x"}}, "revision"),
        ({"command": "set_name", "args": {"name": "x"}, "revision": "1"}, "revision"),
        ({"command": "delete_steps", "args": {"steps": ["nobody"]}, "revision": 1}, "steps"),
        # What can be right for no draft at all is not blamed on a stale one.
        ({"command": "set_name", "args": {}, "revision": 7}, "name"),
    ],
)
async def test_a_wrong_command_is_refused_by_its_field(shared: Any, body: Any, field: str) -> None:
    made = await shared.post("/flows", FLOW, 201)
    refused = await shared.post(f"/flows/{made['id']}/commands", body, 422)
    assert refused["error"]["field"] == field
    assert (await shared.get(f"/flows/{made['id']}"))["revision"] == 1


async def test_viewers_see_the_history_and_edit_nothing(shared: Any) -> None:
    made = await shared.post("/flows", FLOW, 201)
    viewer = await shared.key_of(Role.viewer)
    at = f"/flows/{made['id']}"
    assert (await viewer.get(f"{at}/edits"))["data"] == []
    body = {"command": "set_name", "args": {"name": "x"}, "revision": 1}
    await viewer.post(f"{at}/commands", body, 403)
    for door in ("undo", "redo", "versions/1/restore"):
        await viewer.post(f"{at}/{door}", {"revision": 1}, 403)
