"""Pieces: the contract for their authors, and the built-in ones, one file each. The guide is README.md."""

from ._action import Action, Finding
from ._auth import Auth, AuthField, BasicAuth, BearerToken, Fields, HeaderAuth, OAuth2, SecretText
from ._context import Context, Outside, RunInfo, Store, WebhookRequest
from ._errors import AuthError, PieceError, Retry, UnknownPiece, Wait
from ._mail_headers import header_text
from ._oauth2 import Provider
from ._origins import literal_host, read_hosts
from ._piece import Piece
from ._props import (
    Choice,
    Color,
    DateTime,
    Dropdown,
    Example,
    File,
    Help,
    Html,
    Json,
    JsonText,
    LongText,
    Markdown,
    MessageText,
    Option,
    Property,
    Range,
    Shown,
    Title,
)
from ._registry import BrokenPiece, Registry, load, registry
from ._schedule import Schedule
from ._transport import Transport, transport_of
from ._trigger import Feed, Trigger
from ._windows import (
    Held,
    Window,
    WindowDecision,
    WindowEntry,
    WindowPlace,
    Windows,
    decide_place,
    encode_item,
)

__all__ = [
    "Action",
    "Auth",
    "AuthError",
    "AuthField",
    "BasicAuth",
    "BearerToken",
    "BrokenPiece",
    "Choice",
    "Color",
    "Context",
    "DateTime",
    "Dropdown",
    "Example",
    "Feed",
    "Fields",
    "File",
    "Finding",
    "HeaderAuth",
    "Held",
    "Help",
    "Html",
    "Json",
    "JsonText",
    "LongText",
    "Markdown",
    "MessageText",
    "OAuth2",
    "Option",
    "Outside",
    "Piece",
    "PieceError",
    "Property",
    "Provider",
    "Range",
    "Registry",
    "Retry",
    "RunInfo",
    "Schedule",
    "SecretText",
    "Shown",
    "Store",
    "Title",
    "Transport",
    "Trigger",
    "UnknownPiece",
    "Wait",
    "WebhookRequest",
    "Window",
    "WindowDecision",
    "WindowEntry",
    "WindowPlace",
    "Windows",
    "decide_place",
    "encode_item",
    "header_text",
    "literal_host",
    "load",
    "read_hosts",
    "registry",
    "transport_of",
]
