"""`kill -9` of an instance that publishes and reads: what was published is run, and run once."""

import asyncio
import random
import signal
import sys
from collections import Counter
from pathlib import Path

import pytest

from engine.base.settings import Settings
from engine.instance import Switchyard
from tests.support.waiting import DEADLINE, stored

pytestmark = pytest.mark.crash

ROUNDS = 4
PUBLISHER = Path(__file__).with_name("topic_publisher.py")
ROOT = Path(__file__).parents[2]


async def published_until_killed(data_dir: Path, least: int) -> list[str]:
    """Let it publish so many messages, kill it in the middle; the ids that it was told are kept."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.acceptance.topic_publisher", str(data_dir), cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    kept: list[bytes] = []
    async with asyncio.timeout(DEADLINE):
        while len(kept) < least:
            line = await process.stdout.readline()
            assert line, "it ended by itself"
            kept.append(line)
        process.send_signal(signal.SIGKILL)
        kept += (await process.stdout.read()).splitlines(keepends=True)
        await process.wait()
    return [line.decode().strip() for line in kept if line.endswith(b"\n")]


async def test_what_was_published_before_a_kill_is_run_once(tmp_path: Path) -> None:
    chance = random.Random(4)
    kept: list[str] = []
    for _ in range(ROUNDS):
        kept += await published_until_killed(tmp_path, chance.randint(1, 400))
    sy = Switchyard(Settings(data_dir=tmp_path, durability="fast"))
    await sy.start()
    try:
        await stored(sy.db, lambda: _done(sy))
        rows = await sy.db.submit(
            lambda tx: tx.execute(
                "SELECT json_extract(p.payload, '$.message_id'), r.status FROM runs r "
                "JOIN run_payloads p ON p.run_id = r.id"
            ).fetchall()
        )
    finally:
        await sy.stop()
    times = Counter(message for message, _ in rows)
    assert len(kept) > ROUNDS
    assert not set(kept) - times.keys(), "lost"
    assert set(times.values()) == {1}
    assert {status for _, status in rows} == {"succeeded"}


async def _done(sy: Switchyard) -> bool:
    """Whether all messages are read and all runs have ended."""
    question = (
        "SELECT (SELECT max(position) FROM topic_messages) > (SELECT min(at) FROM subscriptions), "
        "(SELECT count(*) FROM runs WHERE status IN ('queued', 'running'))"
    )
    behind, open_ = await sy.db.read(lambda tx: tx.execute(question).fetchone())
    return not behind and not open_
