"""What narrows a list of runs, as conditions of a query."""

from collections.abc import Sequence
from typing import Any

from engine.base import clock
from engine.base.errors import BadInput

from .models import RunStatus
from .retention import id_at

_WORDS = (
    "(r.id = :words OR r.path LIKE :like ESCAPE '\\' OR r.error LIKE :like ESCAPE '\\' "
    "OR f.name LIKE :like ESCAPE '\\')"
)


def conditions(
    project_id: str,
    flow_id: str | None,
    status: Sequence[str] | None,
    environment: str | None,
    unrouted: bool | None,
    since: str | None,
    until: str | None,
    words: str | None,
) -> tuple[list[str], dict[str, Any]]:
    """Conditions on `runs` as `r` and `flows` as `f`, all of which must hold, and the values bound in them.
    Raises `BadInput` that names the filter."""
    where, values = ["r.project_id = :project_id"], {"project_id": project_id}
    if flow_id:
        where.append("r.flow_id = :flow_id")
        values["flow_id"] = flow_id
    if status:
        known = set(RunStatus)
        if wrong := [name for name in status if name not in known]:
            raise BadInput(f"There is no status {wrong[0]!r}; one of {', '.join(RunStatus)}.", field="status")
        names = [f":status_{number}" for number in range(len(status))]
        where.append(f"r.status IN ({', '.join(names)})")
        values.update({f"status_{number}": name for number, name in enumerate(status)})
    if environment:
        if environment not in ("production", "test"):
            raise BadInput("The environment is 'production' or 'test'.", field="environment")
        where.append("r.environment = :environment")
        values["environment"] = environment
    if unrouted is not None:
        where.append("r.unrouted" if unrouted else "NOT r.unrouted")
    for name, moment, sign in (("since", since, ">="), ("until", until, "<=")):
        if moment:
            where.append(f"r.created {sign} :{name} AND r.id {sign} :{name}_id")
            values[name] = _moment(name, moment)
            values[f"{name}_id"] = id_at(clock.from_iso(values[name]), last=name == "until")
    if words:
        where.append(_WORDS)
        escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        values.update(words=words, like=f"%{escaped}%")
    return where, values


def _moment(name: str, value: str) -> str:
    try:
        return clock.to_iso(clock.from_iso(value))
    except (ValueError, OverflowError, OSError) as error:
        raise BadInput(f"{value!r} is not a time in ISO 8601.", field=name) from error
