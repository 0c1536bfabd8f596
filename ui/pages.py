"""The pages: every module's routes, each with the services that it uses. Imported once the port is open."""

import asyncio
from functools import partial

from engine.instance import Switchyard
from engine.web.routes import RouteSpec

from .access import account, invitations, platform, projects, second_factor, sign_in, users
from .audit import views as audit
from .catalogues import views as catalogues
from .connections import views as connections
from .destinations import deliveries
from .destinations import services as of_destinations
from .destinations import views as destinations
from .editor import capture, condition_preview, data, keys, palette, presence, test_run, unsaved_routes
from .editor import page as editor_page
from .editor import routes as editor
from .editor import services as of_editor
from .flows import (
    bulk,
    deleted,
    drift,
    folders,
    gallery,
    handler_flows,
    history,
    samples,
    versions,
)
from .flows import views as flows
from .help import views as help_pages
from .home import notifications
from .home import views as home
from .intake import held, rejected
from .runs import results
from .runs import services as of_runs
from .runs import views as runs
from .runs.stream import Streams
from .search import views as search
from .shared import pieces, static_files
from .shared.page_context import Layout
from .topics import views as topics


def layout_of(sy: Switchyard) -> Layout:
    """What stands around the pages of a project."""
    return Layout(sy.access.projects, sy.runs, sy.open_counts)


def routes(sy: Switchyard, stopping: asyncio.Event) -> list[RouteSpec]:
    """The routes of all pages, in the order in which they are looked through. Streams end once `stopping`
    is set."""
    layout = layout_of(sy)
    streams = Streams(sy.access.sessions, sy.settings, stopping)
    edit = of_editor.Services(
        layout=layout,
        flows=sy.flows,
        edits=sy.edits,
        unsaved=sy.unsaved,
        pieces=sy.pieces,
        connections=sy.connections,
        folders=sy.folders,
        triggers=sy.triggers,
        runs=sy.runs,
        projects=sy.access.projects,
        preferences=sy.access.preferences,
        presence=sy.presence,
        forms=sy.forms,
        live=sy.live,
        streams=streams,
        settings=sy.settings,
    )
    run = of_runs.Services(
        layout, sy.runs, sy.unrouted_groups, sy.flows, sy.edits, sy.pieces, sy.live, streams
    )
    deliver = of_destinations.Services(layout, sy.destinations, sy.flows, sy.access.projects)
    return [
        *help_pages.routes(),
        *sign_in.routes(
            sign_in.Services(
                sy.access.accounts, sy.access.profiles, sy.access.projects, sy.access.sessions, sy.settings
            )
        ),
        *account.routes(
            account.Services(
                sy.access.accounts,
                sy.access.profiles,
                sy.access.sessions,
                sy.access.second_factor,
                sy.settings,
            )
        ),
        *second_factor.routes(second_factor.Services(sy.access.accounts, sy.access.second_factor)),
        *users.routes(
            users.Services(sy.access.users, sy.access.second_factor, sy.access.link_mail, sy.settings)
        ),
        *platform.routes(platform.Services(sy.access.keys, sy.access.link_mail, sy.settings)),
        *invitations.routes(invitations.Services(sy.access.invitations, sy.settings)),
        *projects.routes(
            projects.Services(
                layout,
                sy.access.projects,
                sy.access.keys,
                sy.access.invitations,
                sy.access.link_mail,
                sy.settings,
            )
        ),
        *search.routes(
            search.Services(layout, sy.finder, sy.access.projects, sy.flows, sy.pieces, sy.access.preferences)
        ),
        *home.routes(home.Services(layout, sy.overviews, sy.notifications)),
        *notifications.routes(notifications.Services(layout, sy.notifications)),
        *folders.routes(folders.Services(layout, sy.folders)),
        *gallery.routes(gallery.Services(layout, sy.flows, sy.connections, sy.pieces)),
        *deleted.routes(deleted.Services(layout, sy.flows, sy.access.projects)),
        *flows.routes(
            flows.Services(
                layout,
                sy.flows,
                sy.folders,
                sy.triggers,
                sy.runs,
                sy.run_history,
                sy.pieces,
                sy.settings,
                editor=partial(editor_page.show, edit),
            )
        ),
        *bulk.routes(bulk.Services(layout, sy.flows, sy.folders, sy.runs)),
        *versions.routes(versions.Services(layout, sy.flows, sy.edits, sy.access.projects, sy.pieces)),
        *history.routes(history.Services(layout, sy.flows, sy.edits, sy.access.projects, sy.access.keys)),
        *samples.routes(samples.Services(layout, sy.flows, sy.edits, sy.settings, sy.captures)),
        *editor.routes(edit),
        *unsaved_routes.routes(edit),
        *data.routes(data.Services(layout, sy.flows, sy.runs, sy.pieces)),
        *condition_preview.routes(edit),
        *palette.routes(palette.Services(sy.flows)),
        *keys.routes(keys.Services(layout, sy.access.preferences)),
        *presence.routes(edit),
        *handler_flows.routes(handler_flows.Services(layout, sy.flows, sy.catalogues, sy.connections)),
        *runs.routes(run),
        *results.routes(run),
        *rejected.routes(rejected.Services(layout, sy.rejected, sy.admissions, sy.flows)),
        *held.routes(held.Services(layout, sy.held)),
        *capture.routes(capture.Services(sy.flows, sy.live, streams, sy.captures)),
        *test_run.routes(edit),
        *destinations.routes(deliver),
        *deliveries.routes(deliver),
        *audit.routes(
            audit.Services(layout, sy.audit, sy.destinations, sy.flows, sy.access.projects, sy.settings)
        ),
        *connections.routes(connections.Services(layout, sy.connections, sy.pieces, sy.settings)),
        *pieces.routes(pieces.Services(layout, sy.pieces, sy.watchdog)),
        *topics.routes(topics.Services(layout, sy.topics, sy.settings)),
        *catalogues.routes(catalogues.Services(layout, sy.catalogues, sy.flows)),
        *drift.routes(
            drift.Services(layout, sy.flows, sy.edits, sy.catalogues, sy.runs, sy.run_history, sy.pieces)
        ),
        *static_files.routes(),
    ]
