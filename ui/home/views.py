"""The home page of a project: what needs a person first, and how it did over time."""

from dataclasses import dataclass, field
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from engine.analysis.overview import SPANS, Overview, Overviews, Series
from engine.base import clock
from engine.base.actor import Permission
from engine.notifications import Notifications
from engine.notifications import Overview as Chosen
from engine.store.overview_store import Progress
from engine.web.routes import RouteSpec, bind, route
from ui.shared.page_context import Layout, actor_of, here, project_of
from ui.shared.render import number

_DEFAULT = "day"
_TITLES = {"day": "Last 24 hours", "week": "Last 7 days", "month": "Last 30 days"}

_PRODUCTION = {"environment": "production"}
_MOST = 999  # rejected requests that are counted exactly

_MEASURES = {
    "events": ("Events", "good"),
    "failed": ("Failed runs", "bad"),
    "unrouted": ("Unrouted events", "warn"),
    "rejected": ("Rejected requests", "warn"),
    "held": ("Held events", "warn"),
    "dead": ("Dead deliveries", "bad"),
}
"""Measure → its title, and how it is colored."""


@dataclass(frozen=True)
class Services:
    """What this page uses."""

    layout: Layout
    overviews: Overviews
    notifications: Notifications


def routes(services: Services) -> list[RouteSpec]:
    return [route("/p/{project_id}/home", bind(show, services), permission=Permission.view, name="home")]


@dataclass(frozen=True)
class Plot:
    """One measure over time."""

    name: str
    title: str
    tone: str
    total: int
    values: list[int]
    href: str = ""
    """The list that the total counts; empty where that is several, or none."""
    parts: list["Part"] = field(default_factory=list)
    """What the total is about, where it has no list of its own."""


@dataclass(frozen=True)
class Part:
    """A number below the total, with its list."""

    count: int
    words: str
    href: str


@dataclass(frozen=True)
class Concern:
    """Something that needs a person."""

    icon: str
    count: str
    words: str
    """What there are so many of."""
    hint: str
    href: str


@dataclass(frozen=True)
class Step:
    """One of the steps that set a project up."""

    title: str
    hint: str
    button: str
    href: str
    done: bool


async def show(services: Services, request: Request) -> Response:
    asked = request.query_params.get("span", _DEFAULT)
    span = asked if asked in SPANS else _DEFAULT
    overview = await services.overviews.get(project_of(request), span)
    steps = _steps(request, overview.progress)
    unmailed = False
    if actor_of(request).may(Permission.admin):
        chosen = await services.notifications.get(project_of(request))
        steps.append(_mail_step(request, chosen))
        unmailed = bool(chosen.kinds) and not chosen.mail
    started = overview.progress.received
    return await services.layout.page(
        request,
        "home/show.html",
        span=span,
        spans=_TITLES,
        starts=overview.starts,
        moments=[clock.to_iso(start) for start in overview.starts],
        plots=[_plot(request, overview, one) for one in overview.series],
        concerns=_concerns(request, overview),
        failing=overview.failing,
        since=overview.since,
        steps=[] if started and all(step.done for step in steps[:3]) else steps,
        started=started,
        unmailed=unmailed,
    )


def _plot(request: Request, overview: Overview, series: Series) -> Plot:
    title, tone = _MEASURES[series.name]
    parts = _parts(request, overview, series.name) if series.total else []
    href = parts[0].href if series.name == "dead" and len(parts) == 1 else ""
    return Plot(
        series.name, title, tone, series.total, series.values,
        href or _list_of(request, overview, series.name), [] if href else parts,
    )  # fmt: skip


def _list_of(request: Request, overview: Overview, measure: str) -> str:
    """The list of what a measure counts, from the beginning of the span; empty where there is none."""
    since, ended = {"since": overview.since}, {**_PRODUCTION, "ended": overview.since}
    return {
        "failed": here(request, "/runs?" + urlencode({"status": "failed_or_timed_out", **ended})),
        "unrouted": here(request, "/runs?" + urlencode({"status": "unrouted_all", **ended})),
        "rejected": here(request, "/rejected?" + urlencode({"state": "all", **since})),
        "held": here(request, "/held?" + urlencode(since)),
    }.get(measure, "")


def _parts(request: Request, overview: Overview, measure: str) -> list[Part]:
    """The lists behind a measure that has none of its own: an event that came in may be in any of them."""
    if measure == "events":
        path = "/runs?" + urlencode({**_PRODUCTION, "since": overview.since})
        return [Part(overview.runs, "run" if overview.runs == 1 else "runs", here(request, path))]
    if measure == "dead":
        dead = urlencode({"status": "dead", "ended": overview.since})
        return [
            Part(one.count, f"to {one.name}", here(request, f"/destinations/{one.id}?{dead}"))
            for one in overview.dead
        ]
    return []


def _concerns(request: Request, overview: Overview) -> list[Concern]:
    """What needs a person, the most pressing first."""
    waiting, found = overview.waiting, list[Concern]()
    failed = overview.totals["failed"]

    def add(icon: str, count: int, one: str, many: str, hint: str, path: str, exact: str = "") -> None:
        if count:
            words = one if count == 1 else many
            found.append(Concern(icon, exact or number(count), words, hint, here(request, path)))

    for connection in waiting.connections:
        words, hint = f"connection fails: {connection.name}", "Steps that use it fail until it is fixed."
        add("plug", 1, words, words, hint, f"/connections/{connection.id}")
    ended = {**_PRODUCTION, "ended": overview.since}
    runs = "/runs?" + urlencode({"status": "failed_or_timed_out", **ended})
    hint = "Look at the error, fix its cause, and retry them together."
    add("circle-x", failed, "run failed", "runs failed", hint, runs)
    hint = "Add a branch, or choose to ignore such events."
    add("inbox", waiting.unrouted, "event matched no branch", "events matched no branch", hint, "/unrouted")
    hint = "Fix the cause, then admit them."
    more = f"{_MOST}+" if waiting.rejected > _MOST else ""
    add("shield-alert", waiting.rejected, "rejected request", "rejected requests", hint, "/rejected", more)
    hint = "Enable their flow, release them, or discard them."
    add("circle-pause", waiting.held, "held event", "held events", hint, "/held")
    for one in waiting.dead:
        hint = "No further attempt is made. Resend them once the receiver works."
        path = f"/destinations/{one.id}?status=dead"
        add("send", one.count, f"dead delivery to {one.name}", f"dead deliveries to {one.name}", hint, path)
    for one in waiting.inactive:
        words, hint = f"destination is off: {one.name}", "It failed for too long. Its events are held."
        add("send", 1, words, words, hint, f"/destinations/{one.id}")
    return found


def _steps(request: Request, progress: Progress) -> list[Step]:
    flow = here(request, f"/flows/{progress.flow_id}") if progress.flow_id else here(request, "/flows/new")
    return [
        Step("Create a flow", "Choose who sends the events, or start another way.", "Create flow",
             here(request, "/handler-flows/new"), progress.flow_id is not None),
        Step("Publish it", "Only a published flow receives events.", "Open flow",
             flow, progress.published),
        Step("Send it an event", "The flow shows its address and a command that sends an event.", "Open flow",
             flow, progress.received),
    ]  # fmt: skip


def _mail_step(request: Request, chosen: Chosen) -> Step:
    title, hint = "Get mail when something fails", "Failed runs, unrouted events and rejected requests."
    done = chosen.mail and bool(chosen.kinds)
    return Step(title, hint, "Set up mail", here(request, "/notifications"), done)
