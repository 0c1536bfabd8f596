"""The query of a destination's address: its values may be secrets, so they are sealed, and shown as dots."""

from urllib.parse import unquote_plus, urlsplit, urlunsplit

from engine.base.errors import BadInput
from engine.base.redaction import MASK

_SECRET = 8  # characters of a value from which on it is cut out of what a target answers


def query_of(url: str) -> str:
    """The query of an address as it was written; empty for none, and for what is no address."""
    return urlsplit(url).query if "://" in url else ""


def masked(url: str) -> str:
    """The address with dots in place of each value of its query."""
    query = query_of(url)
    return with_query(url, "&".join(map(_masked_part, query.split("&")))) if query else url


def with_query(url: str, query: str) -> str:
    """The address with another query."""
    return urlunsplit(urlsplit(url)._replace(query=query)) if "://" in url else url


def unmasked(url: str, stored: str) -> str:
    """The address with the values of the `stored` one where it has dots.

    Raises `BadInput` for dots that stand for nothing that is stored.
    """
    query = query_of(url)
    if MASK not in query:
        return url
    values: dict[str, list[str]] = {}
    for part in query_of(stored).split("&"):
        name, equals, _ = part.partition("=")
        values.setdefault(f"{name}{equals}" if equals else MASK, []).append(part)
    parts = [_unmasked_part(part, values) for part in query.split("&")]
    return with_query(url, "&".join(parts))


def secrets_of(url: str) -> set[str]:
    """The values of the query that must not be stored or shown, as they were written and as they are read."""
    written = {part.partition("=")[2] or part for part in query_of(url).split("&")}
    return {text for value in written for text in (value, unquote_plus(value)) if len(text) >= _SECRET}


def _masked_part(part: str) -> str:
    name, equals, value = part.partition("=")
    if not equals:
        return MASK if part else part
    return f"{name}={MASK}" if value else part


def _unmasked_part(part: str, values: dict[str, list[str]]) -> str:
    name, equals, value = part.partition("=")
    if MASK not in (value if equals else part):
        return part
    known = values.get(f"{name}{equals}" if equals else MASK)
    if (value if equals else part) != MASK or not known:
        raise BadInput(f"Enter the value of {name[:60]!r} in the address again.", field="url")
    return known.pop(0)
