"""Destinations in words: of an address what everybody may see, of a choice of events what it says."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from engine.events import registry as events


def place(kind: str, url: str) -> str:
    """Where it leads, without what may be a secret: of a web address no user part, path or query."""
    if kind in ("flow", "topic", "file"):
        return url
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    host = f"[{host}]" if ":" in host else host
    beyond = "/…" if parts.path.strip("/") or parts.query else ""
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}{beyond}"


def chosen(patterns: Sequence[str]) -> str:
    """A choice of events in words: `All events`, `All of Runs and 2 others`, `flow.published`."""
    if "*" in patterns:
        return "All events"
    left, said = dict.fromkeys(patterns), []
    for group, actions in groups().items():
        if len(actions) > 1 and left.keys() >= set(actions):
            said.append(f"all of {group}")
            left = {one: None for one in left if one not in actions}
    said += left
    if not said:
        return "No event"
    first = said[0][0].upper() + said[0][1:] if said[0].startswith("all of ") else said[0]
    if len(said) == 1:
        return first
    return f"{first} and {said[1] if len(said) == 2 else f'{len(said) - 1} others'}"


def groups() -> dict[str, list[str]]:
    """The actions of all declared events by group, in the order in which they are declared."""
    found: dict[str, list[str]] = {}
    for known in events.EVENTS.values():
        found.setdefault(known.group, []).append(known.action)
    return found
