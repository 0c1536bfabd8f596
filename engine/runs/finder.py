"""Search over the flows and runs of a project, for somebody who types."""

from dataclasses import dataclass

from engine.store import finder_store
from engine.store.database import Database
from engine.store.finder_store import FlowHit, RunHit
from engine.store.tx import Tx

LONGEST = 200
"""Characters of a text that are looked for; what follows is left out."""
_FLOWS, _RUNS, _WORDS = 8, 8, 8


@dataclass(frozen=True)
class Found:
    """The best few of each."""

    flows: list[FlowHit]
    runs: list[RunHit]


class Finder:
    """The service; it changes nothing."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, project_id: str, text: str) -> Found:
        """Flows whose name contains the words of `text`, and runs by their id, title or label; without a
        text, the flows changed last."""
        text = text.strip()[:LONGEST]
        words = text.split()[:_WORDS]

        def look(tx: Tx) -> Found:
            flows = finder_store.flows(tx, project_id, words, _FLOWS)
            runs = finder_store.runs(tx, project_id, text, _RUNS) if text else []
            return Found(flows, runs)

        return await self._db.search(look)
