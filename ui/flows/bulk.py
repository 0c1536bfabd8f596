"""What is done with several flows of the list at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from starlette.requests import Request
from starlette.responses import Response

from engine.authoring.flows import Flows
from engine.authoring.folders import Folders
from engine.base.actor import Permission
from engine.base.errors import BadInput, Conflict, NotFound
from engine.runs.service import Runs
from engine.store import models
from engine.web.routes import RouteSpec, bind, route
from ui.shared import forms
from ui.shared.page_context import Layout, actor_of, here, project_of
from ui.shared.render import query, redirect

MOST = 50
_OPEN = ["queued", "running", "waiting"]
_KEPT = ("q", "status", "folder", "tag", "cursor")
_DONE = {
    "enable": "Enabled {}.", "disable": "Disabled {}.", "duplicate": "Duplicated {}.",
    "delete": "Deleted {}.", "move": "Moved {}.", "add_tag": "Tagged {}.",
    "remove_tag": "Took the tag from {}.", "restore": "Restored {}, disabled.",
}  # fmt: skip
_EACH = ("enable", "disable", "duplicate", "delete")
_ARRANGE = ("move", "add_tag", "remove_tag")


@dataclass(frozen=True)
class Services:
    """What these pages use."""

    layout: Layout
    flows: Flows
    folders: Folders
    runs: Runs


def routes(services: Services) -> list[RouteSpec]:
    return [
        route(
            "/p/{project_id}/flows/bulk", bind(bulk, services), permission=Permission.edit, methods=["POST"]
        )
    ]


async def bulk(services: Services, request: Request) -> Response:
    """Do to every chosen flow what the button says; nothing at all if one of them is not there."""
    form = await forms.read(request, 50_000)
    what, chosen = form.word("do"), list(dict.fromkeys(form.all("flow")))
    if what not in (*_EACH, *_ARRANGE, "export"):
        raise BadInput("Choose what to do with the flows.", field="do")
    if len(chosen) > MOST:
        raise BadInput(f"At most {MOST} flows at once.", field="flow")
    if not chosen:
        return _back(request, form, "none", 0, [])
    rows = [await services.flows.row(project_of(request), flow_id) for flow_id in chosen]
    if what == "export":
        return _exported(rows)
    if what == "delete" and form.word("sure") != "yes":
        return await _ask(services, request, form, rows)
    if what in _ARRANGE:
        return _back(request, form, what, await _arrange(services, request, form, what, chosen), [])
    done, left = [], []
    for row in rows:
        try:
            await getattr(services.flows, what)(actor_of(request), row.id)
            done.append(row.id)
        except Conflict:
            left.append(row.id)  # was never published
        except NotFound:
            continue  # somebody deleted it just now
    return _back(request, form, what, len(done), left, done if what == "delete" else [])


async def _arrange(
    services: Services, request: Request, form: forms.Form, what: str, chosen: list[str]
) -> int:
    """Move the flows `to` a folder, or give them the tag of `with` or take it away; how many changed."""
    folders, actor = services.folders, actor_of(request)
    if what == "move":
        if not form.word("to"):
            raise BadInput("Choose a folder to move the flows to.", field="to")
        return await folders.move(actor, chosen, None if form.word("to") == "none" else form.word("to"))
    tags = [tag for tag in form.word("with").split(",") if tag.strip()]
    if not tags:
        raise BadInput("Enter one or more tags, separated by commas.", field="with")
    return await folders.tag(actor, chosen, *((tags, ()) if what == "add_tag" else ((), tags)))


@dataclass(frozen=True)
class Result:
    """What the list says was done."""

    words: str = ""
    left: tuple[str, ...] = ()
    """Ids of the flows that were left out."""
    undo: tuple[str, ...] = ()
    """Ids of the flows that were deleted, to be restored with one click."""


def result(request: Request) -> Result:
    """What the address says was done."""
    asked = request.query_params
    did, count = asked.get("did", ""), asked.get("count", "")
    if did == "none":
        return Result("Choose flows first.")
    if did not in _DONE or not (count.isascii() and count.isdigit() and len(count) < 6):
        return Result()
    left = tuple(asked.getlist("left")[:MOST])
    words = _DONE[did].format(_flows(int(count)))
    if left:
        words += f" {_flows(len(left))} {'was' if len(left) == 1 else 'were'} never published: publish first."
    return Result(words, left, tuple(asked.getlist("undo")[:MOST]) if did == "delete" else ())


def deleted(request: Request, flow_id: str) -> str:
    """The address of the list after one flow was deleted, with the way to take that back."""
    return here(request, "/flows") + query({}, did="delete", count="1", undo=flow_id)


def _flows(count: int) -> str:
    return f"{count} flow{'s' if count != 1 else ''}"


def _back(
    request: Request, form: forms.Form, did: str, count: int, left: list[str], undo: Sequence[str] = ()
) -> Response:
    kept = {name: form.word(name) for name in _KEPT}
    there = query(kept, did=did, count=str(count), left=left, undo=list(undo))
    return redirect(request, here(request, "/flows") + there)


def _exported(rows: list[models.Flow]) -> Response:
    """One file of all of them, which the import takes again."""
    bundle = {"flows": [orjson.loads(row.draft) for row in rows]}
    return Response(
        orjson.dumps(bundle, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE),
        media_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="flows.json"'},
    )


async def _ask(services: Services, request: Request, form: forms.Form, rows: list[models.Flow]) -> Response:
    more, open_runs = False, 0
    for row in rows:
        found = await services.runs.list(project_of(request), flow_id=row.id, status=_OPEN, limit=50)
        open_runs += len(found.data)
        more = more or found.next is not None
    kept = {name: form.word(name) for name in _KEPT}
    return await services.layout.page(
        request, "flows/delete_many.html", rows=rows, open_runs=open_runs, more=more, params=kept
    )
