"""The mail that tells a project's admins what happened."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from engine.store.notice_store import Kind, LastFailure, Notice

MOST_FLOWS = 20
"""Flows that one mail names; of the others it says how many."""

_LONGEST = 300  # characters of an error message


@dataclass(frozen=True)
class Mail:
    """Subject and plain text."""

    subject: str
    text: str


@dataclass(frozen=True)
class ProjectLink:
    """Which project the mail is about, and where its pages are."""

    name: str
    url: str
    """`https://…/p/prj_…`."""


_ONE: dict[Kind, str] = {
    "failed": "1 run failed",
    "unrouted": "1 event matched no branch",
    "rejected": "1 request was rejected",
}
_MANY: dict[Kind, str] = {
    "failed": "{:,} runs failed",
    "unrouted": "{:,} events matched no branch",
    "rejected": "{:,} requests were rejected",
}
_PAGE: dict[Kind, str] = {
    "failed": "runs?flow={}&status=failed_or_timed_out",
    "unrouted": "unrouted?flow={}",
    "rejected": "rejected?flow={}",
}


def write(
    project: ProjectLink, notices: Sequence[Notice], failures: Mapping[str, LastFailure], quiet_minutes: int
) -> Mail:
    """The mail about these notices, which stand flow by flow. `failures` has the last failed run of flows,
    by flow id."""
    flows = [(flow_id, list(of_flow)) for flow_id, of_flow in groupby(notices, lambda one: one.flow_id)]
    parts = [_about(project, of_flow, failures.get(flow_id)) for flow_id, of_flow in flows[:MOST_FLOWS]]
    if len(flows) > MOST_FLOWS:
        parts.append(f"The same happened to {len(flows) - MOST_FLOWS:,} more flows.")
    parts.append(
        f"If this continues, the next mail comes in {_minutes(quiet_minutes)} and says how often it happened "
        f"by then.\nChange what you are mailed about: {project.url}/notifications"
    )
    return Mail(f"[{project.name}] {_subject(flows)}", "\n\n".join(parts) + "\n")


def _subject(flows: Sequence[tuple[str, list[Notice]]]) -> str:
    if len(flows) > 1:
        return f"{len(flows):,} flows need attention"
    notices = flows[0][1]
    return f"{notices[0].flow_name}: {_listed(_count(one) for one in notices)}"


def _about(project: ProjectLink, notices: Sequence[Notice], failure: LastFailure | None) -> str:
    lines = [notices[0].flow_name]
    for one in notices:
        lines.append(f"  {_count(one)} {_when(one)}")
        if one.kind == "failed" and failure is not None:
            where = f"step {failure.step}: " if failure.step else ""
            message = " ".join(failure.message.split())
            if len(message) > _LONGEST:
                message = message[: _LONGEST - 1] + "…"
            lines.append(f"  Last error: {where}{message}")
            lines.append(f"  {project.url}/runs/{failure.run_id}")
        lines.append(f"  {project.url}/{_PAGE[one.kind].format(one.flow_id)}")
    return "\n".join(lines)


def _count(notice: Notice) -> str:
    return _ONE[notice.kind] if notice.pending == 1 else _MANY[notice.kind].format(notice.pending)


def _when(notice: Notice) -> str:
    first, last = _minute(notice.first), _minute(notice.last)
    return f"at {first} UTC" if first == last else f"between {first} and {last} UTC"


def _minute(moment: str) -> str:
    return moment[:16].replace("T", " ")


def _minutes(count: int) -> str:
    if count % 60 == 0:
        return "an hour" if count == 60 else f"{count // 60} hours"
    return "a minute" if count == 1 else f"{count} minutes"


def _listed(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
