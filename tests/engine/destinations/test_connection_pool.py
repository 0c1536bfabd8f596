"""Connections to brokers, shared: what goes wrong for one user, and what that means to the others."""

import asyncio
from dataclasses import dataclass

import pytest

from engine.destinations.senders.connection_pool import Kept
from tests.support.waiting import turns


class Refused(Exception):
    """The broker does not want this message."""


@dataclass
class Connection:
    number: int
    closed: bool = False


class Pool:
    """A pool of connections that are numbered."""

    def __init__(self) -> None:
        self.made: list[Connection] = []
        self.kept: Kept[Connection] = Kept(lambda one: not one.closed, self._close, (Refused,))

    async def connect(self) -> Connection:
        self.made.append(Connection(len(self.made)))
        return self.made[-1]

    async def _close(self, connection: Connection) -> None:
        connection.closed = True

    async def use(self, error: Exception | None = None, gate: asyncio.Event | None = None) -> None:
        async def act(connection: Connection) -> None:
            if gate is not None:
                await gate.wait()
            assert not connection.closed, "somebody closed it amid its use"
            if error is not None:
                raise error

        await self.kept.use("key", self.connect, act)


async def test_a_refusal_says_nothing_about_the_connection() -> None:
    pool = Pool()
    for _ in range(3):
        with pytest.raises(Refused):
            await pool.use(Refused())
    await pool.use()
    assert len(pool.made) == 1 and not pool.made[0].closed


async def test_a_connection_that_failed_is_closed_after_its_last_user_and_given_to_nobody() -> None:
    pool, gate = Pool(), asyncio.Event()
    others = [asyncio.ensure_future(pool.use(gate=gate)) for _ in range(3)]
    await turns(2)
    with pytest.raises(ConnectionResetError):
        await pool.use(ConnectionResetError())
    assert not pool.made[0].closed
    await pool.use()
    assert [one.closed for one in pool.made] == [False, False]
    gate.set()
    await asyncio.gather(*others)
    assert [one.closed for one in pool.made] == [True, False]


async def test_one_that_is_canceled_leaves_the_others_theirs() -> None:
    pool, gate = Pool(), asyncio.Event()
    first, second = (asyncio.ensure_future(pool.use(gate=gate)) for _ in range(2))
    await turns(2)
    first.cancel()
    await turns(2)
    gate.set()
    await second
    assert pool.made[0].closed
    await pool.kept.aclose()
