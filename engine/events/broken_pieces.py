"""The events of pieces that go wrong: `piece.broken`, one that is installed and could not be loaded, and
`piece.blocked`, one that keeps the event loop from all else."""

from collections.abc import Iterable
from functools import partial

from engine.base import payloads
from engine.base.watchdog import Stall
from engine.store.database import Database
from pieces import BrokenPiece

from . import outbox


async def report(db: Database, broken: Iterable[BrokenPiece]) -> None:
    """Write the event of each broken piece, with the last line of its traceback."""
    for piece in broken:
        error = piece.traceback.strip().rpartition("\n")[2]
        data = payloads.piece_broken_data(name=piece.name, error=error)
        await db.submit(partial(outbox.emit, action="piece.broken", data=data, actor=None, project_id=None))


async def report_blocked(db: Database, stall: Stall) -> None:
    """Write the event of a piece that blocked the event loop."""
    data = payloads.piece_blocked_data(name=stall.piece, seconds=stall.seconds, where=stall.where)
    await db.submit(partial(outbox.emit, action="piece.blocked", data=data, actor=None, project_id=None))
