"""What the senders to brokers share: where to connect to, and what a failure means."""

import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from engine.base import clock
from engine.base.timings import Stopwatch
from engine.destinations import signing
from engine.destinations.formats import Rendered, render
from engine.destinations.message import BATCHES, AttemptKind, AttemptResult, Message, Target
from engine.http.egress import Egress, EgressRefused

from . import answers
from .webhook import message_id

_ADDRESSES = 4
"""Addresses of one name that are tried in turn."""


class BrokerRefused(Exception):
    """The broker took the connection but not the events; the text says why, for people."""


@dataclass(frozen=True)
class BrokerUrl:
    """An address of a broker, read."""

    scheme: str
    host: str
    port: int
    path: str
    """Without the first slash, percent-decoded."""
    query: Mapping[str, str]


def read(url: str, ports: Mapping[str, int]) -> BrokerUrl:
    """Take an address apart; `ports` names the schemes with their usual port. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in ports or not parts.hostname:
        raise ValueError(f"the address begins with {next(iter(ports))}:// and names a host")
    if parts.username is not None or parts.password is not None:
        raise ValueError("the address must not contain a user name or password")
    port = parts.port or ports[parts.scheme]
    return BrokerUrl(
        parts.scheme, parts.hostname, port, unquote(parts.path[1:]), dict(parse_qsl(parts.query))
    )


async def addresses(egress: Egress, place: BrokerUrl, watch: Stopwatch) -> list[str]:
    """The checked addresses to connect to. Raises `EgressRefused`, or OSError for an unknown name."""
    watch.start("dns")
    found = await egress.resolve(place.host, place.port)
    watch.stop("dns")
    watch.start("connect")
    if not found:
        raise OSError("the host name cannot be resolved")
    return found[:_ADDRESSES]


def bodies(target: Target, messages: Sequence[Message], base_url: str) -> list[tuple[str, str, Rendered]]:
    """What is sent: (id, action, body), one for each event or one for all in a batch format."""
    batches = [messages] if target.format in BATCHES else [[message] for message in messages]
    return [
        (message_id(batch), batch[0].action, render(target.format, batch, base_url=base_url))
        for batch in batches
    ]


def headers(target: Target, rendered: Rendered, id: str) -> dict[str, str]:
    """The headers of a message: the user's, then ours with the signature, as over HTTP."""
    own = {name.lower(): text for name, text in target.headers.items()}
    return own | {**rendered.headers} | signing.headers(target.keys, id, int(clock.now()), rendered.body)


async def attempt(
    target: Target,
    watch: Stopwatch,
    sent: Sequence[tuple[str, str, Rendered]],
    act: Callable[[], Awaitable[None]],
) -> AttemptResult:
    """Do it within the target's time; whatever happens becomes an answer."""
    seconds = target.options.timeout_s
    try:
        async with clock.timeout(seconds):
            await act()
    except TimeoutError:
        answer = answers.timed_out(watch, seconds)
    except EgressRefused as error:
        answer = answers.failed("refused", f"{error}.", watch)
    except BrokerRefused as error:
        answer = answers.failed("refused", str(error), watch)
    except OSError as error:  # before ValueError: the error of a bad certificate is both
        answer = answers.failed(*_lost(error, watch), watch)
    except ValueError as error:
        answer = answers.failed("refused", f"This cannot be sent: {error}.", watch, permanent=True)
    else:
        answer = AttemptResult(True, "ok", phases=answers.phases_of(watch))
    id, _, rendered = sent[0]
    return answers.sent(answer, target, headers(target, rendered, id), rendered.body)


def _lost(error: OSError, watch: Stopwatch) -> tuple[AttemptKind, str]:
    if isinstance(error, ssl.SSLError):
        return "tls", f"The TLS handshake failed: {error.strerror or error}."
    if watch.part == "dns":
        return "dns", f"The name is not known: {error.strerror or error}."
    if watch.part == "connect" and not isinstance(error, ConnectionResetError):
        return "connect", f"No connection: {error.strerror or error}."
    return "reset", f"The connection broke off while {answers.PARTS[watch.part]}."
