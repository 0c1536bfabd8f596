"""What narrows a list of runs: checked first, then conditions of a statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.base import clock
from engine.base.errors import BadInput

from .dialects.base import Dialect
from .models import RunStatus
from .retention import id_at
from .tx import containing

_OPEN = "r.unrouted AND r.resolved_by IS NULL AND r.dismissed IS NULL"


@dataclass(frozen=True, slots=True)
class RunFilter:
    """What a list of runs is narrowed by; None for what does not matter."""

    project_id: str
    flow_id: str | None = None
    status: tuple[str, ...] = ()
    environment: str | None = None
    unrouted: bool | None = None
    """True: only those whose event is still open (`unrouted_store`)."""
    no_action: bool | None = None
    since: str | None = None
    until: str | None = None
    words: str | None = None
    """Looked for in the path, the error, the flow's name, the title and labels; or a run's whole id."""
    labels: tuple[tuple[str, str], ...] = ()
    """Name and value of labels, all of which a run must have."""


def checked(
    project_id: str,
    flow_id: str | None = None,
    status: Sequence[str] | None = None,
    environment: str | None = None,
    unrouted: bool | None = None,
    since: str | None = None,
    until: str | None = None,
    words: str | None = None,
    labels: Sequence[str] = (),
    no_action: bool | None = None,
) -> RunFilter:
    """A filter as people write it; `since` and `until` are ISO 8601. Raises `BadInput` that names what is
    wrong."""
    known = set(RunStatus)
    if wrong := [name for name in status or () if name not in known]:
        raise BadInput(f"There is no status {wrong[0]!r}; one of {', '.join(RunStatus)}.", field="status")
    if environment and environment not in ("production", "test"):
        raise BadInput("The environment is 'production' or 'test'.", field="environment")
    return RunFilter(
        project_id,
        flow_id or None,
        tuple(status or ()),
        environment or None,
        unrouted,
        no_action,
        _moment("since", since) if since else None,
        _moment("until", until) if until else None,
        words or None,
        tuple(map(_label, labels)),
    )


def conditions(dialect: Dialect, wanted: RunFilter) -> tuple[list[str], list[Any]]:
    """Conditions on `runs` as `r` and `flows` as `f`, all of which must hold, and what is bound in them."""
    where, values = ["r.project_id = ?"], [wanted.project_id]
    if wanted.flow_id:
        where.append("r.flow_id = ?")
        values.append(wanted.flow_id)
    if wanted.status:
        where.append(f"r.status IN ({', '.join('?' * len(wanted.status))})")
        values += wanted.status
    if wanted.environment:
        where.append("r.environment = ?")
        values.append(wanted.environment)
    if wanted.unrouted is not None:
        where.append(_OPEN if wanted.unrouted else "NOT r.unrouted")
    if wanted.no_action is not None:
        where.append("r.no_action" if wanted.no_action else "NOT r.no_action")
    for moment, sign in ((wanted.since, ">="), (wanted.until, "<=")):
        if moment:
            where.append(f"r.created {sign} ? AND r.id {sign} ?")
            values += (moment, id_at(clock.from_iso(moment), last=sign == "<="))
    if wanted.words:
        texts = " OR ".join(map(dialect.contains, ("r.path", "r.error", "f.name")))
        labeled = (
            f"EXISTS (SELECT 1 FROM run_labels l WHERE l.run_id = r.id AND {dialect.contains('l.value')})"  # noqa: S608
        )
        where.append(f"(r.id = ? OR {texts} OR {labeled})")
        values += (wanted.words, *[containing(wanted.words)] * 4)
    for name, value in wanted.labels:
        where.append(
            "r.id IN (SELECT run_id FROM run_labels WHERE project_id = ? AND name = ? AND value = ?)"
        )
        values += (wanted.project_id, name, value)
    return where, values


def _label(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise BadInput(
            f"{text!r} is not a label. Write its name and value, as in site:berlin.", field="label"
        )
    return name.strip(), value.strip()


def _moment(name: str, value: str) -> str:
    try:
        return clock.to_iso(clock.from_iso(value))
    except (ValueError, OverflowError, OSError) as error:
        raise BadInput(f"{value!r} is not a time in ISO 8601.", field=name) from error
