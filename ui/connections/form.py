"""The form of a connection, on its page and beside the step that needs it: what it is given, what it shows
again, and the address that a service sends people back to."""

from collections.abc import Mapping
from typing import Any

from engine.base.settings import Settings
from engine.connections.tokens import CALLBACK
from pieces import Piece, literal_host
from ui.shared.forms import Form


def given(piece: Piece, form: Form) -> dict[str, str]:
    """What a form says of each field of the piece's auth type."""
    return {
        field.name: form.text(f"field.{field.name}") for field in (piece.auth.fields if piece.auth else ())
    }


def plain(piece: Piece, values: Mapping[str, str]) -> dict[str, str]:
    """Only what is no secret is ever sent back to the browser; a field that is not given has its default."""
    fields = piece.auth.fields if piece.auth else ()
    return {field.name: values.get(field.name, field.default) for field in fields if not field.secret}


def suggested(piece: Piece, values: Mapping[str, Any]) -> dict[str, str]:
    """What a new connection beside a step may begin with: the host that the step's address spells out."""
    field = piece.auth.hosts if piece.auth is not None else None
    found = (literal_host(text) for text in values.values() if isinstance(text, str))
    host = next(filter(None, found), "") if field is not None else ""
    return {field.name: host} if field is not None and host else {}


def redirect_uri(settings: Settings) -> str:
    """Where services send people back to."""
    return settings.base_url + CALLBACK


def to_register(settings: Settings, piece: Piece | None) -> str:
    """The redirect address, for a piece whose service has to know it; empty for any other."""
    return redirect_uri(settings) if _by_person(piece) else ""


def _by_person(piece: Piece | None) -> bool:
    """Whether connections of a piece may have to be connected in the browser: all, or by a choice in them."""
    if piece is None or piece.auth is None:
        return False
    choices = [{field.name: option} for field in piece.auth.fields for option in field.options]
    found = [piece.auth.oauth2(values) for values in ({}, *choices)]
    return any(one is not None and one.grant == "authorization_code" for one in found)
