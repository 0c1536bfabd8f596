"""What narrows a list of runs: checked first, then conditions of a statement."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

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
    unrouted: bool | Literal["all"] | None = None
    """True: only those whose event is still open (`unrouted_store`); all: settled ones too."""
    no_action: bool | None = None
    since: str | None = None
    until: str | None = None
    ended: str | None = None
    """Ended then or later."""
    words: str | None = None
    """Looked for in the path, the error, the flow's name, the title and labels; or a run's whole id."""
    labels: tuple[tuple[str, str], ...] = ()
    """Name and value of labels, all of which a run must have."""


def checked(
    project_id: str,
    flow_id: str | None = None,
    status: Sequence[str] | None = None,
    environment: str | None = None,
    unrouted: bool | Literal["all"] | None = None,
    since: str | None = None,
    until: str | None = None,
    words: str | None = None,
    labels: Sequence[str] = (),
    no_action: bool | None = None,
    ended: str | None = None,
) -> RunFilter:
    """A filter as people write it; `since`, `until` and `ended` are ISO 8601. Raises `BadInput` that names
    what is wrong."""
    known = set(RunStatus)
    if wrong := [name for name in status or () if name not in known]:
        raise BadInput(f"There is no status {wrong[0]!r}; one of {', '.join(RunStatus)}.", field="status")
    if environment and environment not in ("production", "test"):
        raise BadInput("The environment must be 'production' or 'test'.", field="environment")
    return RunFilter(
        project_id,
        flow_id or None,
        tuple(status or ()),
        environment or None,
        unrouted,
        no_action,
        _moment("since", since) if since else None,
        _moment("until", until) if until else None,
        _moment("ended", ended) if ended else None,
        words or None,
        tuple(map(_label, labels)),
    )


@dataclass(frozen=True, slots=True)
class AccessPath:
    """How runs that match are found: by an index, which leads to them in order, and what is asked of each."""

    index: str
    """Its name; empty where the database knows better."""
    indexed: list[str]
    """Conditions on `runs` as `r` that the index answers, with the values `bound` in them."""
    bound: list[Any]
    others: list[str]
    """Conditions on `runs` as `r` and `flows` as `f` that are asked of each run, with their `values`."""
    values: list[Any]
    is_sparse: bool
    """Whether few of those that the index leads to may match, in the order of their ids."""


_BY_STATUS = ("waiting", "failed", "canceled", "timed_out")
# As the indexes have them.
_IN_BY_STATUS = "r.status IN ('waiting', 'failed', 'canceled', 'timed_out')"
_OPEN_STATUSES = "r.status IN ('queued', 'running', 'waiting')"
_RUN_ID = re.compile(r"run_[0-9a-z]{26}")


def access_path(dialect: Dialect, wanted: RunFilter, statuses: tuple[str, ...]) -> AccessPath:
    """How runs of these statuses, or of any, are found."""
    others, values = _row_conditions(dialect, wanted)
    status = statuses[0] if len(statuses) == 1 else None
    index, indexed = "runs_by_project", ["r.project_id = ?"]
    bound: list[Any] = [wanted.project_id]
    in_order = not wanted.labels  # a label leads to few
    if wanted.words and _RUN_ID.fullmatch(wanted.words):
        index, in_order = "", False
    elif wanted.labels:
        index = ""
    elif status in ("queued", "running"):
        index, in_order = "runs_open", False  # there are never many
    elif wanted.flow_id:
        index = "runs_by_flow"
    elif wanted.unrouted:
        index = "runs_unrouted" if wanted.unrouted == "all" else "runs_unrouted_open"
    elif wanted.environment == "test":
        index = "runs_of_tests"
    # Literals where an index is a partial one: the database must see that its condition holds.
    if index == "runs_open":
        indexed, bound = [f"r.status = '{status}'", _OPEN_STATUSES], []
        others.append("r.project_id = ?")
        values.append(wanted.project_id)
    elif status in _BY_STATUS:
        index = "" if not index else "runs_of_flow_by_status" if wanted.flow_id else "runs_by_status"
        indexed += [f"r.status = '{status}'", _IN_BY_STATUS]
    elif statuses:
        listed = ", ".join(f"'{each}'" for each in statuses)
        others.append(f"r.status IN ({listed})")
    if index in ("runs_by_flow", "runs_of_flow_by_status"):
        indexed[0], bound = "r.flow_id = ?", [wanted.flow_id]  # whose project was looked at before
    elif wanted.flow_id:
        others.append("r.flow_id = ?")
        values.append(wanted.flow_id)
    if wanted.unrouted:
        has_index = index in ("runs_unrouted", "runs_unrouted_open")
        (indexed if has_index else others).append("r.unrouted" if wanted.unrouted == "all" else _OPEN)
    if wanted.environment:
        known = f"r.environment = '{wanted.environment}'"
        (indexed if index == "runs_of_tests" else others).append(known)
    is_sparse = in_order and bool(others)
    for moment, sign in ((wanted.since, ">="), (wanted.until, "<=")):
        if moment:
            indexed.append(f"r.id {sign} ?")
            bound.append(id_at(clock.from_iso(moment), last=sign == "<="))
            others.append(f"r.created {sign} ?")  # the id may be a millisecond older
            values.append(moment)
    return AccessPath(index, indexed, bound, others, values, is_sparse)


def _row_conditions(dialect: Dialect, wanted: RunFilter) -> tuple[list[str], list[Any]]:
    where: list[str] = []
    values: list[Any] = []
    if wanted.unrouted is False:
        where.append("NOT r.unrouted")
    if wanted.no_action is not None:
        where.append("r.no_action" if wanted.no_action else "NOT r.no_action")
    if wanted.ended:
        where.append("r.finished >= ?")
        values.append(wanted.ended)
    if wanted.words and _RUN_ID.fullmatch(wanted.words):
        where.append("r.id = ?")
        values.append(wanted.words)
    elif wanted.words:
        texts = " OR ".join(map(dialect.contains, ("r.path", "r.error", "f.name")))
        labeled = (
            f"EXISTS (SELECT 1 FROM run_labels l WHERE l.run_id = r.id AND {dialect.contains('l.value')})"  # noqa: S608
        )
        where.append(f"({texts} OR {labeled})")
        values += [containing(wanted.words)] * 4
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
        raise BadInput(f"{value!r} is not an ISO 8601 time.", field=name) from error
