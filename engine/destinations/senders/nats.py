"""Events to a subject of a NATS server.

    nats://host:4222/subject                 the server has it; who listens gets it (at most once from there)
    nats://host:4222/subject?jetstream=1     a stream has stored it, or it failed
    tls://host:4222/subject                  the same with TLS, never without

`{action}` in a subject stands for the event's action. `Nats-Msg-Id` is the event's id, by which JetStream
knows one that is sent again (https://docs.nats.io/using-nats/developer/develop_jetstream/model_deep_dive).
"""

import asyncio
import contextlib
import re
import ssl
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import nats.errors
import nats.js.errors
from nats.aio.client import Client

from engine.base import clock
from engine.base.timings import Stopwatch
from engine.destinations.formats import Rendered
from engine.destinations.message import AttemptResult, Message, Target
from engine.http.egress import Egress

from . import broker
from .broker import BrokerRefused, BrokerUrl
from .connection_pool import Kept

_PORTS = {"nats": 4222, "tls": 4222}
_CLOSE_S = 0.5
# What a server says of a subject that we may not publish on; it goes on with the connection.
_FORBIDDEN = re.compile(r"permissions violation for publish to \"?([^\"\s]+)", re.IGNORECASE)
_SUBJECT = re.compile(r"[^\s.*>\x00-\x1f]+(\.[^\s.*>\x00-\x1f]+)*")  # no wildcard, no empty part


class _Client(Client):
    """A client that never signs in without the TLS it was asked for: the library leaves that to what the
    other side says of itself, in clear."""

    def _connect_command(self) -> bytes:
        if self.options.get("tls") is not None and not self._server_info.get("tls_required"):
            raise nats.errors.SecureConnWantedError
        return super()._connect_command()


@dataclass(eq=False)
class _Connection:
    client: Client
    errors: deque[tuple[int, Exception]] = field(default_factory=lambda: deque(maxlen=100))
    """What the server said of us, numbered, newest last. It says so to nobody in particular: several may
    publish at a time."""
    _count: int = 0

    async def note(self, error: Exception) -> None:
        """Called by the client."""
        self._count += 1
        self.errors.append((self._count, error))

    @property
    def mark(self) -> int:
        """Where what is said from now on begins."""
        return self._count

    def since(self, mark: int, subjects: set[str]) -> Exception | None:
        """The last that was said since then about one of these subjects, or about none."""
        for number, error in reversed(self.errors):
            if number <= mark:
                break
            about = _FORBIDDEN.search(str(error))
            if about is None or about[1].lower() in map(str.lower, subjects):  # the client lowers its case
                return error
        return None


class NatsSender:
    """Publishes over connections that are kept."""

    def __init__(self, egress: Egress, base_url: str) -> None:
        self._egress = egress
        self._base_url = base_url
        self._kept: Kept[_Connection] = Kept(
            lambda one: one.client.is_connected, _close, (BrokerRefused, ValueError)
        )

    async def send(self, target: Target, messages: Sequence[Message]) -> AttemptResult:
        """Publish the events; the server has taken all of them, or the attempt failed."""
        watch = Stopwatch()
        sent = broker.bodies(target, messages, self._base_url)

        async def act() -> None:
            place = broker.read(target.url, _PORTS)
            if not _SUBJECT.fullmatch(place.path):
                raise ValueError("a subject consists of parts separated by dots, without wildcards")
            await self._kept.use(
                (target.id, target.url, tuple(sorted(target.credentials.items()))),
                lambda: self._connect(place, target, watch),
                lambda connection: _publish(connection, place, target, sent, watch),
            )

        return await broker.attempt(target, watch, sent, act)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._kept.aclose()

    async def _connect(self, place: BrokerUrl, target: Target, watch: Stopwatch) -> _Connection:
        found = await broker.addresses(self._egress, place, watch)
        hosts = [f"[{one}]" if ":" in one else one for one in found]
        made = _Connection(_Client())
        secure = place.scheme == "tls"
        try:
            await made.client.connect(
                [f"{place.scheme}://{host}:{place.port}" for host in hosts],
                name="switchyard",
                error_cb=made.note,
                # The server answers the sign-in at once, before anything else is sent that a closed
                # connection would answer with a reset.
                verbose=True,
                # One try of each address; a lost connection is made anew through the gate, by us. Servers
                # that the first one tells of are not checked, so the client must never turn to them.
                allow_reconnect=False,
                max_reconnect_attempts=1,
                reconnect_time_wait=0,
                dont_randomize=True,
                connect_timeout=max(1, round(target.options.timeout_s)),
                tls=self._egress.ssl_context if secure else None,
                tls_hostname=place.host if secure else None,
                user=target.credentials.get("username"),
                password=target.credentials.get("password"),
                token=target.credentials.get("token"),
            )
        except BaseException as error:
            await _close(made)
            if isinstance(error, Exception) and not isinstance(error, OSError | TimeoutError):
                raise _why(made.since(0, set()) or error) from error
            raise
        watch.stop("connect")
        return made


async def _publish(
    connection: _Connection, place: BrokerUrl, target: Target, sent: Sequence[tuple[str, str, Rendered]],
    watch: Stopwatch,
) -> None:  # fmt: skip
    watch.start("send")
    mark, subjects = connection.mark, set[str]()
    stream = connection.client.jetstream() if place.query.get("jetstream") == "1" else None
    try:
        for id, action, rendered in sent:
            subject = place.path.replace("{action}", action)
            subjects.add(subject)
            headers = broker.headers(target, rendered, id) | {"Nats-Msg-Id": id}
            if stream is not None:
                await stream.publish(subject, rendered.body, target.options.timeout_s, headers=headers)
            else:
                await connection.client.publish(subject, rendered.body, headers=headers)
        watch.start("first_byte")
        for _ in range(2):  # the library's first ping may overtake what was published; the second cannot
            await connection.client.flush(max(1, round(target.options.timeout_s)))
    except nats.errors.TimeoutError as error:
        raise TimeoutError from error
    except nats.errors.MaxPayloadError as error:
        raise ValueError("the event is larger than the server accepts") from error
    except nats.js.errors.NoStreamResponseError as error:
        raise BrokerRefused("No stream of the server stores this subject.") from error
    except nats.errors.Error as error:
        raise _why(connection.since(mark, subjects) or error) from error
    watch.stop("first_byte")
    said = connection.since(mark, subjects)
    if said is not None:
        raise _why(said)


def _why(error: Exception) -> Exception:
    """What the server's or the client's error means to the sender."""
    if isinstance(error, TimeoutError | asyncio.TimeoutError):
        return TimeoutError()
    if isinstance(error, OSError):
        return error
    if isinstance(error, nats.errors.UnexpectedEOF | nats.errors.StaleConnectionError):
        return ConnectionResetError("the connection was lost")
    if isinstance(error, nats.errors.ConnectionClosedError):
        return ConnectionResetError("the connection was closed")
    if isinstance(error, nats.errors.SecureConnWantedError):
        return ssl.SSLError(0, "the server does not speak TLS")
    if isinstance(error, nats.errors.AuthorizationError) or "Authorization Violation" in str(error):
        return BrokerRefused("The server refused the sign-in.")
    return BrokerRefused(f"The server refused: {str(error).removeprefix('nats: ')}.")


async def _close(connection: _Connection) -> None:
    # The library waits for ever for the end of a socket whose TLS handshake failed.
    with contextlib.suppress(Exception):
        async with clock.timeout(_CLOSE_S):
            await connection.client.close()
