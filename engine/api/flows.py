"""Flows: their drafts, versions and life."""

import asyncio
import re
from typing import Annotated, Any

import orjson
from pydantic import ConfigDict, Field, model_validator
from starlette.responses import Response

from engine.authoring.flow_reader import FlowRecord
from engine.authoring.flows import Flows
from engine.authoring.folders import KEEP, MAX_TAGS, Folders, tag_of
from engine.base.actor import Actor, Permission
from engine.base.errors import BadInput, NotFound
from engine.catalogues.document import read_document
from engine.runs.service import Part, Runs
from engine.store.deleted_store import DeletedFlow
from engine.store.flow_store import FlowSummary, VersionSummary
from engine.store.models import FlowVersion
from engine.store.paging import Page
from engine.triggers.service import Triggers, TriggerStatus

from . import answers, shapes
from .operation import operation
from .shapes import Body, JsonObject, Paged, Query, ResponseBody, Revision, Status


class FlowQuery(Paged):
    search: str | None = Field(None, max_length=200, description="Part of the name")
    status: Status | None = None
    folder: str | None = Field(
        None,
        min_length=1,
        max_length=60,
        description='A folder\'s id, or "none" for flows without a folder',
    )
    tag: list[str] = Field([], max_length=MAX_TAGS, description="All of these; repeat the parameter for each")


class FlowFile(Body):
    """A flow file itself, as an export gives it, or one within `definition`."""

    model_config = ConfigDict(extra="allow")
    definition: JsonObject | None = Field(None, description="A flow file; without it the body is the file")

    @property
    def file(self) -> JsonObject:
        if self.definition is None:
            return dict(self.model_extra or {})
        if self.model_extra:
            field = next(iter(self.model_extra))
            raise BadInput(f"There is no field `{field}` beside `definition`.", field=field)
        return self.definition


class ImportBody(FlowFile):
    """A flow file, or a document of another product; or either as a text, in JSON or YAML."""

    text: str | None = Field(None, description="The document as text, such as an `alertmanager.yml`")

    async def document(self) -> Any:
        if self.text is None:
            return self.file
        if self.definition is not None or self.model_extra:
            raise BadInput(
                "The request contains two documents. Send either `text` or a flow file.", field="text"
            )
        return await asyncio.to_thread(read_document, self.text)


class DraftBody(FlowFile):
    """The new draft and the revision that it was made from; the revision may stand in `If-Match`."""

    revision: Revision | None = None


class FlowFields(Body):
    """Fields of the flow file that replace the draft's; all others stay. Or where the flow is found, which
    is no part of its draft and needs no revision."""

    revision: Revision | None = None
    definition: JsonObject | None = None
    folder: str | None = Field(None, max_length=60, description="A folder's id; null takes it out of any")
    tags: list[str] | None = Field(None, max_length=100, description="Replaces the current ones")

    @model_validator(mode="after")
    def _not_empty(self) -> "FlowFields":
        if self.definition is None and not self.model_fields_set & {"folder", "tags"}:
            raise ValueError("Send fields of the flow file in `definition`, or `folder`, or `tags`")
        if self.definition is not None and not self.definition:
            raise ValueError("Send at least one field of the flow file")
        if self.definition is not None and self.model_fields_set & {"folder", "tags"}:
            raise ValueError("Change the draft, or folder and tags, not both at once")
        return self


class PublishBody(Body):
    may_be_absent = True
    note: str = Field("", max_length=2000)
    enable: bool = Field(True, description="Also enable the flow")
    revision: Revision | None = Field(None, description="Publish only if the draft is still at this revision")


class TestedPart(Body):
    """The part of the draft that is tested, with what an earlier run gave the steps before it."""

    step: str = Field(min_length=1, max_length=63, description="The step that is tested")
    only: bool = Field(True, description="That step alone; false means everything from it on")
    results_of: str | None = Field(
        None,
        max_length=64,
        description="A run whose results replace the steps before this one; without it they are skipped",
    )
    iteration: list[Annotated[int, Field(ge=0, lt=2**31)]] = Field(
        [], max_length=32, description="Which item of each loop around the step, the outermost first"
    )


class FlowTestBody(Body):
    """What to run the draft with: one of its samples by name, or an event. A test of a part that takes the
    results of a run takes its event, too, unless one is given."""

    sample: str | None = Field(None, max_length=200)
    event: JsonObject | None = Field(
        None,
        description='`{"body": …, "headers"?, "query"?, "method"?}`',
        examples=[{"body": {"action": "x"}}],
    )
    part: TestedPart | None = Field(None, description="Without it the whole draft is run")


class ExportQuery(Query):
    version: int | None = Field(None, ge=1, lt=2**31, description="A published version; without it the draft")


class StartedRun(ResponseBody):
    run_id: str


@operation("GET", "/flows", Permission.view, answer=shapes.List[shapes.FlowRow])
async def list_flows(flows: Flows, actor: Actor, query: FlowQuery) -> Page[FlowSummary]:
    """List flows, newest first."""
    return await flows.list(
        _project(actor),
        query.search,
        query.status,
        query.cursor,
        query.limit,
        folder=query.folder,
        tags=[tag_of(tag, "tag") for tag in query.tag],
    )


@operation("POST", "/flows", Permission.edit, answer=shapes.Flow, status=201)
async def create_flow(flows: Flows, actor: Actor, body: FlowFile) -> Response:
    """Create a flow.

    It starts as a draft, disabled. Refused with all problems (422) if it is not a flow.
    """
    return _flow(await flows.create(actor, body.file), 201)


@operation("POST", "/flows/import", Permission.edit, answer=shapes.ImportedFlow, status=201)
async def import_flow(flows: Flows, actor: Actor, body: ImportBody) -> Response:
    """Import a flow file, a document of Activepieces, or Alertmanager's configuration.

    What was exported is exported again to the byte. A template of Activepieces may hold several flows,
    listed in `flows`; what could not be converted is told in `report`.
    """
    made = await flows.import_(actor, await body.document())
    names = [{"id": flow.id, "name": flow.name} for flow in made.flows]
    answer = {**vars(made.flow), "flows": names, "report": made.report}
    return answers.json(answer, 201, {"ETag": f'"{made.flow.revision}"'})


@operation("GET", "/flows/{flow_id}", Permission.view, answer=shapes.Flow)
async def read_flow(flows: Flows, actor: Actor, flow_id: str) -> Response:
    """Read a flow with its draft."""
    return _flow(await flows.get(_project(actor), flow_id))


@operation("PUT", "/flows/{flow_id}", Permission.edit, answer=shapes.Flow, errors=(409,))
async def save_flow(
    flows: Flows, actor: Actor, flow_id: str, body: DraftBody, if_match: int | None
) -> Response:
    """Replace the draft.

    The revision that was edited stands in the body or in `If-Match`; a stale one is refused (409) with
    the differences, as text and in words.
    """
    revision = _revision(body.revision, if_match)
    return _flow(await flows.save_draft(actor, flow_id, body.file, revision))


@operation("PATCH", "/flows/{flow_id}", Permission.edit, answer=shapes.Flow, errors=(409,))
async def change_flow(
    flows: Flows, folders: Folders, actor: Actor, flow_id: str, body: FlowFields, if_match: int | None
) -> Response:
    """Change some fields of the draft, or the flow's folder and tags.

    Each field in `definition` replaces the draft's field of that name; the others stay.
    """
    if body.definition is None:
        return await _arranged(folders, flows, actor, flow_id, body)
    revision = _revision(body.revision, if_match)
    current = await flows.get(_project(actor), flow_id)
    definition = {**current.definition, **body.definition}
    return _flow(await flows.save_draft(actor, flow_id, definition, revision))


@operation("DELETE", "/flows/{flow_id}", Permission.edit, answer=None, status=204)
async def delete_flow(flows: Flows, actor: Actor, flow_id: str) -> None:
    """Delete a flow.

    Its webhook answers 404 and its open runs are canceled; runs that ended stay readable. It can be
    restored for 30 days.
    """
    await flows.delete(actor, flow_id)


@operation("POST", "/flows/{flow_id}/restore", Permission.edit, answer=shapes.Flow)
async def restore_flow(flows: Flows, actor: Actor, flow_id: str) -> Response:
    """Restore a deleted flow.

    It comes back with its versions, draft, history and samples, disabled.
    """
    return _flow(await flows.restore(actor, flow_id))


@operation("POST", "/flows/{flow_id}/duplicate", Permission.edit, answer=shapes.Flow, status=201)
async def duplicate_flow(flows: Flows, actor: Actor, flow_id: str) -> Response:
    """Duplicate a flow.

    The copy of its draft is disabled and has a webhook address of its own. Connections that verify a
    webhook's sender are left out: choose one for the new address before you publish it.
    """
    return _flow(await flows.duplicate(actor, flow_id), 201)


@operation("GET", "/deleted-flows", Permission.view, answer=shapes.List[shapes.DeletedFlowRow])
async def list_deleted_flows(flows: Flows, actor: Actor) -> Page[DeletedFlow]:
    """List the flows that can be restored, the last one deleted first; at most 200."""
    return Page(await flows.deleted(_project(actor)))


@operation("POST", "/flows/{flow_id}/publish", Permission.edit, answer=shapes.VersionRow, errors=(409,))
async def publish_flow(
    flows: Flows, actor: Actor, flow_id: str, body: PublishBody, if_match: int | None
) -> VersionSummary:
    """Publish the draft.

    It becomes the next version, unless the last one does the same. Refused with the problems (422) while
    any of severity error stands. The flow is enabled unless `enable` is false.
    """
    revision = _revision(body.revision, if_match) if body.revision or if_match else None
    return await flows.publish(actor, flow_id, body.note, enable=body.enable, revision=revision)


@operation("POST", "/flows/{flow_id}/enable", Permission.edit, answer=shapes.Flow, errors=(409,))
async def enable_flow(flows: Flows, actor: Actor, flow_id: str) -> Response:
    """Enable a flow.

    Its webhook is answered and its triggers fire. Refused (409) for a flow that was never published.
    """
    return _flow(await flows.enable(actor, flow_id))


@operation("POST", "/flows/{flow_id}/disable", Permission.edit, answer=shapes.Flow)
async def disable_flow(flows: Flows, actor: Actor, flow_id: str) -> Response:
    """Disable a flow.

    Nothing fires any more; open runs go on to their end.
    """
    return _flow(await flows.disable(actor, flow_id))


@operation("POST", "/flows/{flow_id}/test", Permission.edit, answer=StartedRun, status=202, errors=(429,))
async def test_flow(
    runs: Runs, flows: Flows, actor: Actor, flow_id: str, body: FlowTestBody
) -> dict[str, str]:
    """Run the draft, or a part of it, with a sample or an event.

    The run is marked as a test; follow it under /runs/{run_id}.
    """
    earlier = body.part.results_of if body.part else None
    if (body.sample is None) == (body.event is None) and (body.sample is not None or earlier is None):
        raise BadInput("Send either the name of a sample or an event.", field="event")
    event: Any = body.event
    if body.sample is None and body.event is None:
        event = (await runs.get(_project(actor), str(earlier)))["trigger"]["event"]
    if body.sample is not None:
        samples = (await flows.get(_project(actor), flow_id)).definition.get("samples") or {}
        if body.sample not in samples:
            raise BadInput("The draft has no sample of this name.", field="sample")
        event = samples[body.sample]
    part = None
    if body.part is not None:
        part = Part(body.part.step, body.part.only, earlier, tuple(body.part.iteration))
    return {"run_id": await runs.test(actor, flow_id, event, part)}


@operation("GET", "/flows/{flow_id}/triggers", Permission.view, answer=shapes.List[shapes.TriggerRow])
async def list_triggers(flows: Flows, triggers: Triggers, actor: Actor, flow_id: str) -> Page[TriggerStatus]:
    """List how the triggers of the published version stand."""
    await flows.get(_project(actor), flow_id)
    return Page(await triggers.state(_project(actor), flow_id))


@operation("GET", "/flows/{flow_id}/versions", Permission.view, answer=shapes.List[shapes.VersionRow])
async def list_versions(flows: Flows, actor: Actor, flow_id: str) -> Page[VersionSummary]:
    """List what was published of a flow, newest first."""
    return Page(await flows.versions(_project(actor), flow_id))


@operation("GET", "/flows/{flow_id}/versions/{number}", Permission.view, answer=shapes.Version)
async def read_version(flows: Flows, actor: Actor, flow_id: str, number: str) -> dict[str, Any]:
    """Read a published version."""
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise NotFound("There is no such version of this flow.")
    row: FlowVersion = await flows.version(_project(actor), flow_id, int(number))
    return {
        "id": row.id,
        "number": row.number,
        "note": row.note,
        "created": row.created,
        "created_by": row.created_by,
        "definition": orjson.Fragment(row.definition),
    }


@operation("GET", "/flows/{flow_id}/export", Permission.view, answer=str)
async def export_flow(flows: Flows, actor: Actor, flow_id: str, query: ExportQuery) -> Response:
    """Download the flow file.

    Canonical text: one field per line, the same bytes whenever the flow is the same.
    """
    text = await flows.export(_project(actor), flow_id, query.version)
    # Of the name only what needs no quoting goes into the header.
    words = re.sub(r"[^a-z0-9]+", "-", str(orjson.loads(text)["name"]).lower()).strip("-")
    disposition = f'attachment; filename="{words[:80] or flow_id}.json"'
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    return Response(text, headers=headers, media_type="application/json")


async def _arranged(folders: Folders, flows: Flows, actor: Actor, flow_id: str, body: FlowFields) -> Response:
    """The flow in another folder, with other tags: both or none."""
    folder_id = body.folder if "folder" in body.model_fields_set else KEEP
    await folders.arrange(actor, flow_id, folder_id, body.tags)
    return _flow(await flows.get(_project(actor), flow_id))


def _flow(record: FlowRecord, status: int = 200) -> Response:
    return answers.json(record, status, {"ETag": f'"{record.revision}"'})


def _revision(in_body: int | None, in_header: int | None) -> int:
    revision = in_header if in_body is None else in_body
    if revision is None:
        raise BadInput(
            "Send the revision that you edited, in `revision` or in the header If-Match.", field="revision"
        )
    if in_header is not None and in_header != revision:
        raise BadInput("The body and If-Match name different revisions.", field="revision")
    return revision


def _project(actor: Actor) -> str:
    return str(actor.project_id)  # the route has checked that the actor stands in one


OPERATIONS = (
    list_flows,
    create_flow,
    import_flow,
    read_flow,
    save_flow,
    change_flow,
    delete_flow,
    restore_flow,
    duplicate_flow,
    list_deleted_flows,
    publish_flow,
    enable_flow,
    disable_flow,
    test_flow,
    list_triggers,
    list_versions,
    read_version,
    export_flow,
)
