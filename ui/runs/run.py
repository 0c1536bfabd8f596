"""One run: drawn, told step by step, live; again, and stopped."""

import asyncio
import functools
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import suppress
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response

from engine.authoring.flows import Flows
from engine.base import clock
from engine.base.actor import Permission
from engine.base.errors import BadInput, Conflict, NotFound
from engine.base.offload import is_large, offload
from engine.intake.captured_samples import sample_name
from engine.runs.run import noted
from engine.runs.service import as_event
from engine.store.models import TERMINAL, RunStatus
from engine.web.routes import RouteSpec, bind, route
from pieces import Registry
from ui.drawing.canvas import Drawing, draw
from ui.drawing.folding import fold
from ui.drawing.iterations import narrow
from ui.drawing.parts import titles_of
from ui.drawing.run_view import at_work, overlay
from ui.shared import forms
from ui.shared.page_context import actor_of, here, project_of
from ui.shared.render import fragment, message, partial, pretty, query, redirect

from . import values
from .branch import add_branch
from .run_steps import opened, told, with_turns
from .services import Services

_RUN = "/p/{project_id}/runs/{run_id}"
BEAT = 15.0  # seconds after which a quiet stream says that it is alive, and looks into the store
_PACE = 0.15  # seconds between two pictures of one stream


class Watched(Protocol):
    """What a stream asks of the instance."""

    def subscribe(self, topic: str) -> AsyncIterator[dict[str, Any]]: ...


def routes(services: Services) -> list[RouteSpec]:
    view, edit = Permission.view, Permission.edit
    return [
        route(_RUN, bind(show, services), permission=view, name="run"),
        route(f"{_RUN}/json", bind(download, services), permission=view),
        route(f"{_RUN}/stream", bind(stream_run, services), permission=view, name="run stream"),
        route(f"{_RUN}/retry", bind(retry, services), permission=edit, methods=["POST"]),
        route(f"{_RUN}/cancel", bind(cancel, services), permission=edit, methods=["POST"]),
        route(f"{_RUN}/branch", bind(add_branch, services), permission=edit, methods=["POST"]),
        route(f"{_RUN}/sample", bind(keep, services), permission=edit, methods=["POST"]),
    ]


async def show(services: Services, request: Request) -> Response:
    project_id = project_of(request)
    run = await services.runs.get(project_id, request.path_params["run_id"])
    return await _page(services, request, run)


async def _page(
    services: Services,
    request: Request,
    run: dict[str, Any],
    error: Conflict | None = None,
    kept: dict[str, str] | None = None,
) -> Response:
    """`kept` is of a sample that could not be kept: its name, and the reason."""
    definition = await definition_of(services.flows, run)
    asked = request.query_params
    large = is_large(definition)
    view = functools.partial(
        view_of, services.pieces, run, definition, asked.get("step", ""), asked.get("iteration", "")
    )
    context = await offload(view, large=large)
    return await services.layout.page(
        request,
        "runs/show.html",
        error.status if error else BadInput.status if kept else 200,
        large=large,
        **{**context, "kept": {**context["kept"], **(kept or {})}},
        latest=await _published(services.flows, run),
        wrong=error.message if error else "",
    )


async def download(services: Services, request: Request) -> Response:
    """All of a run as JSON: what is too long for the page, too."""
    run = await services.runs.get(project_of(request), request.path_params["run_id"])
    headers = {"Content-Disposition": f'attachment; filename="{run["id"]}.json"', "Cache-Control": "no-store"}
    return Response(pretty(run) + "\n", media_type="application/json", headers=headers)


async def definition_of(flows: Flows, run: dict[str, Any]) -> dict[str, Any]:
    """What the run did or does; empty when it is gone with its flow."""
    try:
        return await flows.definition(run["project_id"], run["version_id"])
    except NotFound:
        return {}


async def _published(flows: Flows, run: dict[str, Any]) -> int | None:
    """The number of the version that is published now; None without one."""
    try:
        return (await flows.get(run["project_id"], run["flow_id"])).published_version
    except NotFound:
        return None


def view_of(
    pieces: Registry, run: dict[str, Any], definition: dict[str, Any], step: str = "", iteration: str = ""
) -> dict[str, Any]:
    """What the run's template needs, of one item of each loop."""
    run, turns = narrow(run, iteration)
    drawing: Drawing | None = None
    if definition:
        drawing = fold(draw(definition, pieces, [], overlay(run, turns)), step)
    steps = with_turns([told(record, definition, run["id"]) for record in run["steps"]], turns)
    ended = run["status"] in TERMINAL
    return {
        "run": run,
        "drawing": drawing,
        "step": step,
        "showing": {"iteration": iteration} if iteration else {},
        "look": values.look,
        "steps": steps,
        "opened": opened(steps, step, ended=ended and not run["unrouted"]),
        "noted": noted(run["trigger"]["event"]),
        "why": [each["why"] for each in steps if each["why"] and each["why"].unrouted]
        if run["unrouted"]
        else [],
        "open": not ended,
        "failed": run["status"] in (RunStatus.failed, RunStatus.timed_out),
        "kept": {"name": sample_name(run["trigger"]["event"]), "wrong": ""},
    }


async def retry(services: Services, request: Request) -> Response:
    """The same event again: on the version it had, on the latest, or from the failed step on."""
    form = await forms.read(request, 1000)
    run_id, chosen = request.path_params["run_id"], form.word("version", "same")
    version = "latest" if chosen == "latest" else "same"
    try:
        made = await services.runs.retry(actor_of(request), run_id, version, from_failed=chosen == "failed")
    except Conflict as error:
        return await _page(services, request, await services.runs.get(project_of(request), run_id), error)
    return redirect(request, here(request, f"/runs/{made}"))


async def cancel(services: Services, request: Request) -> Response:
    run_id = request.path_params["run_id"]
    try:
        await services.runs.cancel(actor_of(request), run_id)
    except Conflict as error:
        return await _page(services, request, await services.runs.get(project_of(request), run_id), error)
    return redirect(request, here(request, f"/runs/{run_id}"))


async def keep(services: Services, request: Request) -> Response:
    """The run's event as a sample of its flow."""
    form = await forms.read(request, 1000)
    run = await services.runs.get(project_of(request), request.path_params["run_id"])
    flow_id, name = run["flow_id"], form.word("name")
    sample = {"name": name, "event": as_event(run["trigger"]["event"]), "replace": bool(form.word("replace"))}
    try:
        await services.edits.apply_to_latest(actor_of(request), flow_id, "add_sample", sample)
    except BadInput as error:
        return await _page(services, request, run, kept={"name": name, "wrong": error.message})
    return redirect(request, here(request, f"/flows/{flow_id}/samples") + query({}, sample=name))


# -- live ------------------------------------------------------------------------------------------


async def stream_run(services: Services, request: Request) -> Response:
    project_id, run_id = project_of(request), request.path_params["run_id"]
    run = await services.runs.get(project_id, run_id)  # a 404 before the stream begins
    in_test = request.query_params.get("in") == "test"
    base = f"/p/{project_id}"
    may_edit = actor_of(request).may(Permission.edit)
    iteration = request.query_params.get("iteration", "")
    return services.streams.events(
        request, follow(services, run, base, in_test=in_test, may_edit=may_edit, iteration=iteration)
    )


async def follow(
    services: Services,
    run: dict[str, Any],
    base: str,
    *,
    in_test: bool = False,
    may_edit: bool = False,
    iteration: str = "",
) -> AsyncGenerator[bytes, None]:
    """Pictures of a run as it goes on, until it ends; then `done`.

    What the store knows comes first; what the worker has in its hands and step messages are laid over
    it, since the store learns of a step only later.
    """
    project_id, run_id = run["project_id"], run["id"]
    definition, latest = await definition_of(services.flows, run), await _published(services.flows, run)
    large = is_large(definition)
    inbox = Inbox(services.live, f"run:{run_id}")
    try:
        run = at_work(await services.runs.get(project_id, run_id), services.runs.at_work(run_id))
        while True:
            titles = titles_of(definition, services.pieces)
            more = {"base": base, "may_edit": may_edit, "latest": latest, "wrong": "", "titles": titles}
            view = functools.partial(view_of, services.pieces, run, definition, iteration=iteration)
            picture = functools.partial(_picture, view, more, in_test=in_test)
            yield await offload(picture, large=large)
            if run["status"] in TERMINAL:
                yield message(event="done")
                return
            heard = await inbox.heard(BEAT)
            if not heard:
                yield b": still here\n\n"
            if not heard or any(one["type"] == "run" for one in heard):
                run = _newer(run, await services.runs.get(project_id, run_id))
            else:
                run = {**run, "status": "running" if run["status"] == "queued" else run["status"]}
            for one in heard:
                run = _with_step(run, one) if one["type"] == "step" else run
            await clock.sleep(_PACE)
    finally:
        await inbox.close()


def _picture(view: Callable[[], dict[str, Any]], more: dict[str, Any], *, in_test: bool) -> bytes:
    shown = {**view(), **more}
    template = "flows/test.html" if in_test else "runs/show.html"
    blocks = ("drawing", "outcome") if in_test else ("drawing", "steps", "facts")
    return message("".join(partial(block, fragment(template, block, **shown)) for block in blocks))


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
    heard = {step["name"]: step for step in before["steps"]}
    steps = [_later(heard.pop(step["name"], step), step) for step in stored["steps"]] + list(heard.values())
    path = before["path"] if len(before["path"]) > len(stored["path"]) else stored["path"]
    return {**stored, "steps": steps, "path": path}


def _later(heard: dict[str, Any], stored: dict[str, Any]) -> dict[str, Any]:
    """What is known of a step that may be at its next attempt already."""
    return heard if heard["attempts"] > stored["attempts"] else stored


class Inbox:
    """Messages of one topic, subscribed to from the moment this is made and first awaited."""

    def __init__(self, live: Watched, topic: str) -> None:
        self._messages = live.subscribe(topic)
        self._next = asyncio.ensure_future(anext(self._messages))

    async def heard(self, seconds: float) -> list[dict[str, Any]]:
        """What came, waiting at most so long for the first; empty if nothing did."""
        with suppress(TimeoutError):
            async with clock.timeout(seconds):
                await asyncio.wait({self._next})
        found: list[dict[str, Any]] = []
        while self._next.done():
            found.append(self._next.result())
            self._next = asyncio.ensure_future(anext(self._messages))
            await clock.pause()
        return found

    async def close(self) -> None:
        self._next.cancel()
        with suppress(asyncio.CancelledError, StopAsyncIteration):
            await self._next
        await self._messages.aclose()  # type: ignore[attr-defined]
