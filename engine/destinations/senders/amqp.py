"""Events to an exchange of an AMQP 0-9-1 broker such as RabbitMQ.

    amqps://host[:5671]/vhost?exchange=audit&routing_key=switchyard.{action}

Each event is published persistent and mandatory, and confirmed by the broker: what no queue takes comes
back and is a failure (https://www.rabbitmq.com/docs/confirms). `{action}` stands for the event's action.
"""

import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

import aiormq
import aiormq.abc
import aiormq.exceptions
from aiormq.abc import AbstractChannel
from pamqp.commands import Basic
from yarl import URL

from engine.base import clock
from engine.base.timings import Stopwatch
from engine.destinations.formats import Rendered
from engine.destinations.message import AttemptResult, Message, Target
from engine.http.egress import Egress

from . import broker
from .broker import BrokerRefused, BrokerUrl
from .connection_pool import Kept

_PORTS = {"amqps": 5671, "amqp": 5672}
_HEARTBEAT = 30
# It logs each failure, which we tell of ourselves, with the address.
logging.getLogger("aiormq").setLevel(logging.CRITICAL)


@dataclass(eq=False)
class _Connection:
    connection: aiormq.Connection
    idle: list[AbstractChannel] = field(default_factory=list)
    """Channels that nobody publishes on. A refusal may close the channel that it comes on, so each who
    publishes has one of their own."""

    @contextlib.asynccontextmanager
    async def channel(self) -> AsyncIterator[AbstractChannel]:
        found = None
        while self.idle and (found is None or found.is_closed):
            found = self.idle.pop()
        if found is None or found.is_closed:
            found = await self.connection.channel(publisher_confirms=True, on_return_raises=True)
        yield found
        self.idle.append(found)


class AmqpSender:
    """Publishes over connections that are kept, on a channel for each who publishes."""

    def __init__(self, egress: Egress, base_url: str) -> None:
        self._egress = egress
        self._base_url = base_url
        self._kept: Kept[_Connection] = Kept(_usable, _close, (BrokerRefused, ValueError))

    async def send(self, target: Target, messages: Sequence[Message]) -> AttemptResult:
        """Publish the events; the broker has confirmed all of them, or the attempt failed."""
        watch = Stopwatch()
        sent = broker.bodies(target, messages, self._base_url)

        async def act() -> None:
            place = broker.read(target.url, _PORTS)
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
        failure: Exception | None = None
        for address in await broker.addresses(self._egress, place, watch):
            try:
                made = await self._open(place, address, target)
            except (OSError, aiormq.exceptions.AMQPError) as error:
                failure = _why(error)
                if isinstance(failure, BrokerRefused):
                    raise failure from error
                continue
            watch.stop("connect")
            return made
        assert failure is not None
        raise failure

    async def _open(self, place: BrokerUrl, address: str, target: Target) -> _Connection:
        secure = place.scheme == "amqps"
        # Nothing of the user's query reaches the client: some words there name files or switch checks off.
        url = URL.build(
            scheme=place.scheme,
            user=target.credentials.get("username", "guest"),
            password=target.credentials.get("password", "guest"),
            host=address,
            port=place.port,
            path="/" + quote(place.path or "/", safe=""),
            query={"heartbeat": str(_HEARTBEAT), "name": "switchyard"},
            encoded=False,
        )
        if secure:
            connection = aiormq.Connection(url, context=self._egress.ssl_context, server_hostname=place.host)
        else:
            connection = aiormq.Connection(url)
        try:
            await connection.connect()
            made = _Connection(connection)
            async with made.channel():
                pass
        except BaseException:
            await _end(connection)
            raise
        return made


async def _publish(
    made: _Connection, place: BrokerUrl, target: Target, sent: Sequence[tuple[str, str, Rendered]],
    watch: Stopwatch,
) -> None:  # fmt: skip
    watch.start("first_byte")
    try:
        async with made.channel() as channel:
            for id, action, rendered in sent:
                headers = broker.headers(target, rendered, id)
                await channel.basic_publish(
                    rendered.body,
                    exchange=place.query.get("exchange", ""),
                    routing_key=place.query.get("routing_key", "").replace("{action}", action),
                    mandatory=True,
                    properties=Basic.Properties(
                        content_type=headers.pop("content-type"),
                        delivery_mode=2,
                        message_id=id,
                        message_type=action,
                        app_id="switchyard",
                        headers=dict(headers),
                    ),
                    timeout=target.options.timeout_s,
                )
    except (
        aiormq.exceptions.AMQPError,
        aiormq.exceptions.ChannelInvalidStateError,
        ConnectionError,
    ) as error:
        raise _why(error) from error
    watch.stop("first_byte")


def _why(error: BaseException) -> Exception:
    """What the broker's or the client's error means to the sender."""
    if isinstance(error, aiormq.exceptions.PublishError):
        return BrokerRefused("The broker returned the event: no queue is bound to this routing key.")
    if isinstance(error, aiormq.exceptions.DeliveryError):
        return BrokerRefused("The broker rejected the event (negative confirmation).")
    if isinstance(
        error, aiormq.exceptions.AuthenticationError | aiormq.exceptions.ProbableAuthenticationError
    ):
        return BrokerRefused("The broker refused the sign-in.")
    if isinstance(error, aiormq.exceptions.IncompatibleProtocolError | aiormq.exceptions.ProtocolSyntaxError):
        return BrokerRefused("The server does not speak AMQP 0-9-1.")
    if isinstance(error, aiormq.exceptions.ChannelClosed | aiormq.exceptions.ConnectionClosed):
        return BrokerRefused(f"The broker refused: {_said(error)}.")
    below = error.__cause__ or error  # the client wraps what the socket said
    if isinstance(below, OSError) and not isinstance(below, aiormq.exceptions.AMQPError):
        return below
    return ConnectionResetError("the connection was lost")


def _said(error: BaseException) -> str:
    texts = [str(part) for part in error.args if isinstance(part, str)]
    return " ".join(texts)[:300] or type(error).__name__


def _usable(made: _Connection) -> bool:
    return not made.connection.is_closed


async def _close(made: _Connection) -> None:
    await _end(made.connection)


async def _end(connection: aiormq.Connection) -> None:
    with contextlib.suppress(Exception):
        async with clock.timeout(2):
            await connection.close()
