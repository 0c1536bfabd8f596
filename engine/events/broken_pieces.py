"""The event `piece.broken`: a piece that is installed and could not be loaded."""

from collections.abc import Iterable
from functools import partial

from engine.base import payloads
from engine.store.database import Database
from pieces import BrokenPiece

from . import outbox


async def report(db: Database, broken: Iterable[BrokenPiece]) -> None:
    """Write the event of each broken piece, with the last line of its traceback."""
    for piece in broken:
        error = piece.traceback.strip().rpartition("\n")[2]
        data = payloads.piece_broken_data(name=piece.name, error=error)
        await db.submit(partial(outbox.emit, action="piece.broken", data=data, actor=None, project_id=None))
