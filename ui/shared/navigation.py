"""The pages of the product that stand by themselves: what the menu lists, and what the search finds."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.base.actor import Actor, Permission


@dataclass(frozen=True, slots=True)
class PageLink:
    """A page that somebody may want to go to."""

    section: str
    """What a template of the page says of itself, so that the menu marks it; empty for none of the menu."""
    path: str
    """Below the project's address; of a page that is about no project, the whole path."""
    title: str
    icon: str
    permission: Permission = Permission.view
    words: str = ""
    """Other words that somebody looks for it with."""


_VIEW, _EDIT, _ADMIN = Permission.view, Permission.edit, Permission.admin
_SIGNED_IN, _PLATFORM = Permission.signed_in, Permission.platform

PROJECT_MENU: tuple[PageLink, ...] = (
    PageLink("home", "/home", "Home", "house", words="overview"),
    PageLink("flows", "/flows", "Flows", "route"),
    PageLink("runs", "/runs", "Runs", "play", words="history"),
    PageLink("unrouted", "/unrouted", "Unrouted", "inbox", words="events without a branch"),
    PageLink("rejected", "/rejected", "Rejected", "shield-alert", words="refused requests signature"),
    PageLink("held", "/held", "Held", "circle-pause", words="events of disabled flows"),
    PageLink("destinations", "/destinations", "Destinations", "send", words="deliveries webhooks out"),
    PageLink("topics", "/topics", "Topics", "radio"),
    PageLink("catalogues", "/catalogues", "Catalogues", "layers", words="events of a vendor"),
    PageLink("events", "/events", "Audit log", "history", words="events changes"),
    PageLink("connections", "/connections", "Connections", "plug", words="accounts secrets"),
    PageLink("pieces", "/pieces", "Pieces", "puzzle", words="actions triggers"),
    PageLink("settings", "/settings", "Project", "users", words="settings members roles API keys"),
)
"""The menu of a project, in its order."""

_PROJECT_MORE: tuple[PageLink, ...] = (
    PageLink("", "/flows/new", "New flow", "plus", _EDIT, "create import a flow"),
    PageLink("", "/handler-flows/new", "Generate handler flow", "route", _EDIT, "create a flow"),
    PageLink("", "/templates", "Templates", "layers", words="create a flow gallery"),
    PageLink("", "/folders", "Folders and tags", "folder", _EDIT),
    PageLink("", "/flows/deleted", "Recently deleted flows", "trash-2", words="restore undo"),
    PageLink("", "/destinations/new", "New destination", "plus", _ADMIN, "create"),
    PageLink("", "/connections/new", "New connection", "plus", _ADMIN, "create account secret"),
    PageLink("", "/catalogues/new", "New catalogue", "plus", _EDIT, "create import AsyncAPI OpenAPI"),
    PageLink("", "/notifications", "Notifications", "bell", _ADMIN, "e-mail alerts"),
    PageLink("", "/keys", "Keyboard shortcuts", "keyboard", _EDIT, "shortcuts keyboard"),
)

MENU: tuple[PageLink, ...] = (
    PageLink("projects", "/projects", "Projects", "layers", _SIGNED_IN),
    PageLink("account", "/account", "Account", "circle-user", _SIGNED_IN, "password profile time zone"),
    PageLink("users", "/platform/users", "Users", "users", _PLATFORM, "accounts people"),
    PageLink("destinations", "/platform/destinations", "Destinations", "send", _PLATFORM, "platform"),
    PageLink("events", "/platform/events", "Audit log", "history", _PLATFORM, "platform events changes"),
    PageLink("platform", "/platform/settings", "Settings", "server", _PLATFORM, "platform mail keys"),
)
"""The menu of the pages that are about no project, in its order."""

_MORE: tuple[PageLink, ...] = (
    PageLink("", "/account/second-factor", "Two-step sign-in", "shield-check", _SIGNED_IN, "second factor"),
    PageLink("help", "/help", "Help", "circle-question-mark", _SIGNED_IN, "documentation"),
)


def menu(actor: Actor, *, project: bool) -> list[PageLink]:
    """The menu as this actor has it."""
    return _allowed(actor, PROJECT_MENU if project else MENU)


def pages(actor: Actor, *, project: bool) -> list[PageLink]:
    """Every page that this actor may go to: those of the project, where there is one, and the others."""
    own = (*PROJECT_MENU, *_PROJECT_MORE) if project else ()
    return _allowed(actor, (*own, *MENU, *_MORE))


def _allowed(actor: Actor, links: Sequence[PageLink]) -> list[PageLink]:
    return [link for link in links if actor.may(link.permission)]
