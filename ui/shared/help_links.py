"""Which page of Help explains a page of the product."""

from fnmatch import fnmatchcase

PAGES: tuple[tuple[str, str], ...] = (
    ("*/home", "admins#find-an-event"),
    ("/find", "admins#search"),
    ("*/find", "admins#search"),
    ("*/notifications", "admins#notifications"),
    ("*/templates*", "admins#create-a-flow"),
    ("*/folders*", "admins#create-a-flow"),
    ("*/handler-flows*", "admins#create-a-flow"),
    ("*/catalogues*", "admins#create-a-flow"),
    ("*/flows/new", "admins#create-a-flow"),
    ("*/flows/import", "admins#create-a-flow"),
    ("*/flows/deleted", "admins#delete-a-flow"),
    ("*/flows/*/delete", "admins#delete-a-flow"),
    ("*/flows/*/publish", "admins#publish"),
    ("*/flows/*/versions*", "admins#publish"),
    ("*/flows/*/test*", "admins#test"),
    ("*/flows/*/samples*", "admins#test"),
    ("*/flows/*/data", "expressions"),
    ("*/flows/*/json", "flow-file"),
    ("*/flows/*", "admins#edit"),
    ("*/flows", "admins#create-a-flow"),
    ("*/keys*", "admins#edit"),
    ("*/runs/*", "admins#retry-a-run"),
    ("*/runs", "admins#find-an-event"),
    ("*/unrouted*", "admins#unrouted-events"),
    ("*/rejected*", "admins#rejected-requests"),
    ("*/held*", "admins#held-events"),
    ("*/destinations*", "events#destinations"),
    ("*/topics*", "events#topics"),
    ("*/events*", "events#audit-log"),
    ("*/connections*", "admins#connections"),
    ("*/pieces", "piece-authors"),
    ("/platform/settings*", "settings"),
    ("*/settings*", "admins#roles"),
    ("/platform/users*", "admins#accounts"),
    ("/account*", "admins#accounts"),
    ("/projects", "admins#roles"),
)
"""Patterns of paths, most specific first, each with a page of Help and its section."""


def help_path(path: str) -> str:
    """The address in Help for the page at `path`; the index for a page that has none of its own."""
    page = next((page for pattern, page in PAGES if fnmatchcase(path, pattern)), "")
    return f"/help/{page}" if page else "/help"
