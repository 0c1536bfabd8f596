"""What sent each run on its way: the value that its first router asked for."""

from collections.abc import Sequence

import orjson

from engine.base.types import Json

from .tx import Tx

_MOST = 100_000  # bytes of a run's first journal entry that are looked into for one word of a list


def first_keys(tx: Tx, project_id: str, run_ids: Sequence[str]) -> dict[str, Json]:
    """The key's value by run id, of those runs of the project that began at a router with a key."""
    if not run_ids:
        return {}
    found = tx.execute(
        "SELECT j.run_id, j.records FROM journal j JOIN runs r ON r.id = j.run_id "  # noqa: S608 - marks
        f"WHERE r.project_id = ? AND j.run_id IN ({', '.join('?' * len(run_ids))}) "
        "AND j.number = 0 AND length(j.records) <= ?",
        (project_id, *run_ids, _MOST),
    )
    keys: dict[str, Json] = {}
    for run_id, records in found:
        first: Json = next(iter(orjson.loads(records)), {})
        if first.get("type") == "router" and (key := (first.get("input") or {}).get("key")) is not None:
            keys[run_id] = key
    return keys
