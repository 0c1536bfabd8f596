"""Commands: the edits of a draft, their undoing, and what was done."""

from typing import Any

from pydantic import Field
from starlette.responses import Response

from engine.authoring.edits import EditResult, Edits
from engine.base.actor import Actor, Permission
from engine.base.errors import NotFound
from engine.flow.commands import COMMANDS
from engine.store.edit_store import EditRow
from engine.store.paging import Page

from . import answers, shapes
from .operation import operation
from .shapes import Body, JsonObject, Moment, Paged, ResponseBody, Revision


class CommandRow(ResponseBody):
    name: str
    title: str
    group: str
    summary: str
    key: str | None = Field(description="The key it is bound to by default")
    palette: bool = Field(description="Whether it belongs into a command palette")
    args: JsonObject = Field(description="The JSON Schema of its arguments")


class CommandBody(Body):
    """What to do, and the revision of the draft that it was decided on."""

    command: str = Field(max_length=100, examples=["rename_step"])
    args: JsonObject = Field(
        default_factory=dict,
        description="As the command's schema under /commands says",
        examples=[{"step": "send", "name": "tell_team"}],
    )
    revision: Revision


class RevisionBody(Body):
    """The revision of the draft that was seen."""

    revision: Revision


class Edited(ResponseBody):
    flow: shapes.Flow
    sentence: str = Field(
        description="What was done", examples=["Added Slack · Send message after By action"]
    )
    names: list[str] = Field(description="The steps and triggers it is about, the one to show first")
    revision: int


class Edit(ResponseBody):
    id: str
    number: int
    command: str = Field(description="A command, or save, save_sample, capture_sample, restore")
    sentence: str
    args: JsonObject | None = Field(description="null if they were too long to keep")
    undone: bool
    revision: int = Field(description="Of the draft once it was last applied, undone or redone")
    user_id: str | None = Field(description="The user, or API key, whose edit it is")
    created: Moment


@operation("GET", "/commands", Permission.view, answer=shapes.List[CommandRow])
async def list_commands() -> Page[dict[str, Any]]:
    """List the commands that edit a draft."""
    return Page(
        [
            {
                "name": command.name,
                "title": command.title,
                "group": command.group,
                "summary": command.summary,
                "key": command.key,
                "palette": command.palette,
                "args": command.args.model_json_schema(),
            }
            for command in COMMANDS.values()
        ]
    )


@operation("POST", "/flows/{flow_id}/commands", Permission.edit, answer=Edited, errors=(409,))
async def edit_flow(edits: Edits, actor: Actor, flow_id: str, body: CommandBody) -> Response:
    """Edit the draft by a command.

    A stale revision is refused (409) with the differences between the saved draft and what the command
    would make of it, and with what was done meanwhile. A command never breaks a flow's structure: it is
    refused (422) with the argument that does not fit.
    """
    return _edited(await edits.apply(actor, flow_id, body.command, body.args, body.revision))


@operation("POST", "/flows/{flow_id}/undo", Permission.edit, answer=Edited, errors=(409,))
async def undo_edit(edits: Edits, actor: Actor, flow_id: str, body: RevisionBody) -> Response:
    """Undo the last edit of the draft, whoever made it.

    Refused (409) when there is nothing to undo, or for a stale revision.
    """
    return _edited(await edits.undo(actor, flow_id, body.revision))


@operation("POST", "/flows/{flow_id}/redo", Permission.edit, answer=Edited, errors=(409,))
async def redo_edit(edits: Edits, actor: Actor, flow_id: str, body: RevisionBody) -> Response:
    """Redo what was undone last.

    A new edit after an undo leaves nothing to redo.
    """
    return _edited(await edits.redo(actor, flow_id, body.revision))


@operation("GET", "/flows/{flow_id}/edits", Permission.view, answer=shapes.List[Edit])
async def list_edits(edits: Edits, actor: Actor, flow_id: str, query: Paged) -> Page[EditRow]:
    """List the edits of the draft, newest first, those undone included."""
    return await edits.history(str(actor.project_id), flow_id, query.cursor, query.limit)


@operation(
    "POST", "/flows/{flow_id}/versions/{number}/restore", Permission.edit, answer=Edited, errors=(409,)
)
async def restore_version(
    edits: Edits, actor: Actor, flow_id: str, number: str, body: RevisionBody
) -> Response:
    """Make a published version the draft again; it can be undone."""
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise NotFound("There is no such version of this flow.")
    return _edited(await edits.restore(actor, flow_id, int(number), body.revision))


def _edited(result: EditResult) -> Response:
    record = result.record
    body = {
        "flow": record,
        "sentence": result.sentence,
        "names": result.names,
        "revision": record.revision,
    }
    return answers.json(body, headers={"ETag": f'"{record.revision}"'})


OPERATIONS = (list_commands, edit_flow, undo_edit, redo_edit, list_edits, restore_version)
