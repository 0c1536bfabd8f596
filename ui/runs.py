"""Runs: the list, those that no branch took, one run drawn and told step by step, live."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from engine.access import Permission
from engine.errors import NotFound
from engine.models import TERMINAL, RunStatus
from engine.routes import route
from engine.switchyard import Switchyard

from . import forms
from .drawing import Drawing, draw
from .overlay import base_name, overlay
from .render import fragment, message, partial, redirect
from .shell import actor_of, here, page, project_of, services

_RUN = "/p/{project_id}/runs/{run_id}"
_BEAT = 15.0  # seconds after which a quiet stream says that it is alive, and looks into the store
_PACE = 0.15  # seconds between two pictures of one stream
_LISTED = 30


class Watched(Protocol):
    """What a stream asks of the instance."""

    def subscribe(self, topic: str) -> AsyncIterator[dict[str, Any]]: ...


def routes() -> list[Route]:
    view, edit = Permission.view, Permission.edit
    return [
        route("/p/{project_id}/runs", index, permission=view, name="runs"),
        route("/p/{project_id}/unrouted", unrouted, permission=view, name="unrouted"),
        route("/p/{project_id}/stream", stream_project, permission=view, name="stream"),
        route(_RUN, show, permission=view, name="run"),
        route(f"{_RUN}/stream", stream_run, permission=view, name="run stream"),
        route(f"{_RUN}/retry", retry, permission=edit, methods=["POST"]),
        route(f"{_RUN}/cancel", cancel, permission=edit, methods=["POST"]),
    ]


# -- lists -----------------------------------------------------------------------------------------


async def index(request: Request) -> Response:
    return await _list(request, "runs/list.html", None)


async def unrouted(request: Request) -> Response:
    return await _list(request, "runs/unrouted.html", True)


async def _list(request: Request, template: str, only_unrouted: bool | None) -> Response:
    sy, project_id, asked = services(request), project_of(request), request.query_params
    params = {
        key: asked.get(key, "").strip() for key in ("q", "status", "flow", "environment", "since", "until")
    }
    status = params["status"]
    found = await sy.runs.list(
        project_id,
        flow_id=params["flow"] or None,
        status=[status] if status and status in set(RunStatus) else None,
        environment=params["environment"] if params["environment"] in ("production", "test") else None,
        unrouted=only_unrouted or (True if status == "unrouted" else None),
        since=_day(params["since"]),
        until=_day(params["until"], end=True),
        text=params["q"] or None,
        cursor=asked.get("cursor") or None,
        limit=_LISTED,
    )
    flows = await sy.flows.list(project_id, limit=200)
    return await page(
        request,
        template,
        runs=found,
        params=params,
        flows=[(flow.id, flow.name) for flow in flows.data],
        statuses=[(str(one), str(one).replace("_", " ")) for one in RunStatus] + [("unrouted", "unrouted")],
        filtered=any(params.values()),
        paged="cursor" in asked,
        address=f"{request.url.path}?{request.url.query}",
    )


def _day(text: str, *, end: bool = False) -> str | None:
    """The first or last moment of a day, as the store writes it; None for what is no day."""
    try:
        day = datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
        moment = day + timedelta(days=1) - timedelta(milliseconds=1) if end else day
    except (ValueError, OverflowError):
        return None
    return moment.isoformat()


# -- one run ---------------------------------------------------------------------------------------


async def show(request: Request) -> Response:
    sy, project_id = services(request), project_of(request)
    run = await sy.runs.get(project_id, request.path_params["run_id"])
    step = request.query_params.get("step", "")
    definition = await definition_of(sy, run)
    return await page(request, "runs/show.html", **view_of(sy, run, definition, step))


async def definition_of(sy: Switchyard, run: dict[str, Any]) -> dict[str, Any]:
    """What the run did or does; empty when it is gone with its flow."""
    try:
        return await sy.flows.definition(run["project_id"], run["version_id"])
    except NotFound:
        return {}


def view_of(
    sy: Switchyard, run: dict[str, Any], definition: dict[str, Any], step: str = ""
) -> dict[str, Any]:
    """What the run's template needs."""
    drawing: Drawing | None = draw(definition, sy.pieces, [], overlay(run)) if definition else None
    return {
        "run": run,
        "drawing": drawing,
        "step": step,
        "steps": [told(record, definition) for record in run["steps"]],
        "open": run["status"] not in TERMINAL,
        "failed": run["status"] in (RunStatus.failed, RunStatus.timed_out),
    }


def told(record: dict[str, Any], definition: dict[str, Any]) -> dict[str, Any]:
    """A step record with the words of its definition."""
    name = base_name(record["name"])
    step = (definition.get("steps") or {}).get(name) or {}
    title = step.get("title") or record.get("title") or name.replace("_", " ").capitalize()
    piece = step.get("piece") or record.get("piece") or ""
    action = step.get("action") or record.get("action") or ""
    of = " · ".join(part for part in (piece, action.replace("_", " ")) if part) or record["type"]
    return {**record, "title": title, "of": of, "own": name}


async def retry(request: Request) -> Response:
    sy, form = services(request), await forms.read(request, 1000)
    version = "latest" if form.word("version") == "latest" else "same"
    run_id = await sy.runs.retry(
        actor_of(request), request.path_params["run_id"], version, from_failed=form.word("from") == "failed"
    )
    return redirect(request, here(request, f"/runs/{run_id}"))


async def cancel(request: Request) -> Response:
    run_id = request.path_params["run_id"]
    await services(request).runs.cancel(actor_of(request), run_id)
    return redirect(request, here(request, f"/runs/{run_id}"))


# -- live ------------------------------------------------------------------------------------------


async def stream_run(request: Request) -> Response:
    sy, project_id, run_id = services(request), project_of(request), request.path_params["run_id"]
    run = await sy.runs.get(project_id, run_id)  # a 404 before the stream begins
    in_test = request.query_params.get("in") == "test"
    base = f"/p/{project_id}"
    may_edit = actor_of(request).may(Permission.edit)
    return _events(follow(sy, run, base, in_test=in_test, may_edit=may_edit))


async def follow(
    sy: Switchyard, run: dict[str, Any], base: str, *, in_test: bool = False, may_edit: bool = False
) -> AsyncGenerator[bytes, None]:
    """Pictures of a run as it goes on, until it ends; then `done`.

    What the store knows comes first; step messages are laid over it, since the store learns of a
    step without effect only later.
    """
    project_id, run_id = run["project_id"], run["id"]
    definition = await definition_of(sy, run)
    inbox = _Inbox(sy.live, f"run:{run_id}")
    try:
        run = await sy.runs.get(project_id, run_id)
        while True:
            yield _picture(sy, run, definition, base, in_test=in_test, may_edit=may_edit)
            if run["status"] in TERMINAL:
                yield message(event="done")
                return
            heard = await inbox.heard(_BEAT)
            if not heard:
                yield b": still here\n\n"
            if not heard or any(one["type"] == "run" for one in heard):
                run = _newer(run, await sy.runs.get(project_id, run_id))
            else:
                run = {**run, "status": "running" if run["status"] == "queued" else run["status"]}
            for one in heard:
                run = _with_step(run, one) if one["type"] == "step" else run
            await asyncio.sleep(_PACE)
    finally:
        await inbox.close()


def _picture(
    sy: Switchyard,
    run: dict[str, Any],
    definition: dict[str, Any],
    base: str,
    *,
    in_test: bool,
    may_edit: bool,
) -> bytes:
    template = "flows/test.html" if in_test else "runs/show.html"
    context = {**view_of(sy, run, definition), "base": base, "may_edit": may_edit}
    blocks = ("drawing", "outcome") if in_test else ("drawing", "steps", "facts")
    return message("".join(partial(block, fragment(template, block, **context)) for block in blocks))


def _with_step(run: dict[str, Any], heard: dict[str, Any]) -> dict[str, Any]:
    step = heard["step"]
    steps = list(run["steps"])
    at = next((i for i, known in enumerate(steps) if known["name"] == step["name"]), len(steps))
    steps[at : at + 1] = [step]
    path = heard["path"] if len(heard["path"]) >= len(run["path"]) else run["path"]
    return {**run, "steps": steps, "path": path}


def _newer(before: dict[str, Any], stored: dict[str, Any]) -> dict[str, Any]:
    """What the store says, and steps that we heard of before it did."""
    if stored["status"] in TERMINAL:
        return stored
    known = {step["name"] for step in stored["steps"]}
    steps = stored["steps"] + [step for step in before["steps"] if step["name"] not in known]
    path = before["path"] if len(before["path"]) > len(stored["path"]) else stored["path"]
    return {**stored, "steps": steps, "path": path}


async def stream_project(request: Request) -> Response:
    return _events(news(services(request).live, project_of(request)))


async def news(live: Watched, project_id: str) -> AsyncGenerator[bytes, None]:
    """An event `runs` whenever a run of the project began to wait or ended: a list asks again.

    One comes at once, for what happened between the page and its stream.
    """
    inbox = _Inbox(live, f"project:{project_id}")
    try:
        await asyncio.sleep(0)  # the subscription begins
        yield message(event="runs")
        while True:
            heard = await inbox.heard(_BEAT)
            yield message(event="runs") if heard else b": still here\n\n"
            await asyncio.sleep(1 if heard else 0)
    finally:
        await inbox.close()


class _Inbox:
    """Messages of one topic, subscribed to from the moment this is made and first awaited."""

    def __init__(self, live: Watched, topic: str) -> None:
        self._messages = live.subscribe(topic)
        self._next = asyncio.ensure_future(anext(self._messages))

    async def heard(self, seconds: float) -> list[dict[str, Any]]:
        """What came, waiting at most so long for the first; empty if nothing did."""
        await asyncio.wait({self._next}, timeout=seconds)
        found: list[dict[str, Any]] = []
        while self._next.done():
            found.append(self._next.result())
            self._next = asyncio.ensure_future(anext(self._messages))
            await asyncio.sleep(0)
        return found

    async def close(self) -> None:
        self._next.cancel()
        with suppress(asyncio.CancelledError, StopAsyncIteration):
            await self._next
        await self._messages.aclose()  # type: ignore[attr-defined]


def _events(source: AsyncGenerator[bytes, None]) -> Response:
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(source, media_type="text/event-stream", headers=headers)
