"""What a handshake asks and what it is answered with. Every echo is plain text that no browser will take for
a page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

from engine.base.errors import Malformed
from engine.base.jsonbody import loads

MAX_ECHO = 4096
"""Characters of a challenge that are sent back; a longer one is refused."""


@dataclass(frozen=True)
class HandshakeRequest:
    """A request at a webhook's address: header names in any case, query values already decoded."""

    method: str
    headers: list[tuple[str, str]]
    query: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def param(self, name: str) -> str | None:
        return next((value for key, value in self.query if key == name), None)

    @cached_property
    def json(self) -> Any:
        """The body as JSON, or None when it is none."""
        try:
            return loads(self.body)
        except Malformed:
            return None

    def json_field(self, name: str) -> Any:
        return self.json.get(name) if isinstance(self.json, dict) else None


@dataclass(frozen=True)
class Confirmation:
    """What is left to do before Amazon SNS believes us: fetch the certificate, check the message with
    `signatures.verify_sns`, then GET `subscribe_url`. Both addresses are known to be Amazon's."""

    message: dict[str, Any]
    certificate_url: str
    subscribe_url: str


@dataclass(frozen=True)
class HandshakeAnswer:
    """The answer to give. With `goes_on` the request is also an event: verify it, start the run, and
    answer this instead of the usual 202."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    goes_on: bool = False
    signed: bool = False
    """Whether the answer is given only if the request passes the trigger's verification."""
    learned: Mapping[str, str] | None = None
    """Fields to keep in the connection (Asana's secret)."""
    confirm: Confirmation | None = None


Fields = Mapping[str, str]
Options = Mapping[str, Any]
Respond = Callable[[HandshakeRequest, Fields, Options], HandshakeAnswer | None]


def text(value: object, status: int = 200) -> HandshakeAnswer:
    """Plain text that is never guessed to be anything else; a challenge that is no short text gets 400."""
    if not isinstance(value, str) or not value or len(value) > MAX_ECHO:
        status, value = 400, "The challenge cannot be sent back."
    return HandshakeAnswer(status, _typed("text/plain; charset=utf-8"), value.encode("utf-8", "replace"))


def as_json(value: dict[str, Any]) -> HandshakeAnswer:
    return HandshakeAnswer(200, _typed("application/json"), orjson.dumps(value))


def _typed(media_type: str) -> tuple[tuple[str, str], ...]:
    return ("content-type", media_type), ("x-content-type-options", "nosniff")


def refusal(why: str) -> HandshakeAnswer:
    return text(why, 403)
