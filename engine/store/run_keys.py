"""What sent each run on its way: the value that its first router asked for."""

from collections.abc import Sequence

import orjson
from sqlalchemy import bindparam, text
from sqlmodel import Session

from engine.base.types import Json

_MOST = 100_000  # bytes of a run's first journal entry that are looked into for one word of a list

_KEYS = text(
    "SELECT run_id, json_extract(CAST(records AS TEXT), '$[0].input') FROM journal "
    "WHERE number = 0 AND length(records) <= :most "
    "AND json_extract(CAST(records AS TEXT), '$[0].type') = 'router' "
    "AND run_id IN (SELECT id FROM runs WHERE project_id = :project_id AND id IN :ids)"
).bindparams(bindparam("ids", expanding=True))


def first_keys(session: Session, project_id: str, run_ids: Sequence[str]) -> dict[str, Json]:
    """The key's value by run id, of those runs of the project that began at a router with a key."""
    if not run_ids:
        return {}
    values = {"project_id": project_id, "ids": list(run_ids), "most": _MOST}
    found = session.connection().execute(_KEYS, values).all()
    inputs = {run_id: orjson.loads(given) for run_id, given in found if given}
    return {run_id: given["key"] for run_id, given in inputs.items() if given.get("key") is not None}
