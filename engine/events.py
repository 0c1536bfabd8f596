"""Every event that Switchyard raises, declared once: name, group, sentence, shape and sample.

    event = build("flow.published", flow_data(…), project_id=…, user_id=…)   # the envelope that is delivered
    sentence(event)                                                          # "Ann published “Alerts”"

Samples are made by the functions that make the real events, so they cannot drift apart. From here come
our own catalogue and the audit log's sentences.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from . import clock
from .ids import new_id
from .payloads import (
    ApiKeyData,
    ConnectionData,
    FlowData,
    FlowRunData,
    MemberData,
    ProjectData,
    SignInFailedData,
    UserData,
    api_key_data,
    connection_data,
    flow_data,
    member_data,
    project_data,
    run_data,
    sign_in_failed_data,
    user_data,
)

PLATFORM = "switchyard"
"""The id of the one platform of an instance."""

_PLACE = re.compile(r"\{([a-zA-Z.]+)\}")
_CREATED, _NOW = "2026-03-03T10:00:00.000Z", "2026-03-03T10:15:30.000Z"


@dataclass(frozen=True)
class EventType:
    """One kind of event. `sentence` is said with values from the envelope: `{who}` and paths in `data`."""

    action: str
    group: str
    description: str
    sentence: str
    shape: Any
    """The TypedDict of its `data`."""
    samples: Mapping[str, Callable[[], Any]]
    """Makers of sample data by name; the one named "" is the sample, the others are its variants."""
    by_user: bool
    """Somebody did it. Otherwise the engine did, and the envelope names nobody."""


def build(
    action: str,
    data: Any,
    *,
    project_id: str | None = None,
    project_name: str | None = None,
    user_id: str | None = None,
    user_email: str | None = None,
    ip: str | None = None,
    id: str | None = None,
    created: str | None = None,
    platform_id: str = PLATFORM,
) -> dict[str, Any]:
    """The envelope of one event, in Activepieces' shape. `data` comes from `engine.payloads`. Raises
    ValueError for an action that is not declared here, or whose data has other parts than it declares."""
    known = EVENTS.get(action)
    if known is None:
        raise ValueError(f"No event {action!r} is declared.")
    if not known.shape.__required_keys__ <= data.keys() <= known.shape.__annotations__.keys():
        raise ValueError(f"The data of {action} is not a {known.shape.__name__}.")
    moment = created or clock.now_iso()
    event: dict[str, Any] = {
        "id": id or new_id("evt"),
        "created": moment,
        "updated": moment,
        "action": action,
        "platformId": platform_id,
    }
    given = {
        "projectId": project_id, "projectDisplayName": project_name, "userId": user_id,
        "userEmail": user_email, "ip": ip,
    }  # fmt: skip
    event.update({key: value for key, value in given.items() if value is not None})
    event["data"] = data
    return event


def sample(action: str, variant: str = "") -> dict[str, Any]:
    """An example of the event, the same every time; `variant` is one of its `samples`."""
    known = EVENTS[action]
    number = list(EVENTS).index(action) * 10 + list(known.samples).index(variant)
    who = {"user_id": "usr_01sample", "user_email": "ann@example.com", "ip": "203.0.113.42"}
    return build(
        action,
        known.samples[variant](),
        id=f"evt_sample{number:04d}",
        created=_NOW,
        project_id="prj_01sample",
        project_name="Marketing",
        **(who if known.by_user else {}),
    )


def sentence(event: Mapping[str, Any]) -> str:
    """One line for the audit log. An event of a later version, unknown here, is told by its name."""
    known = EVENTS.get(str(event.get("action")))
    if known is None:
        return str(event.get("action"))
    return _PLACE.sub(lambda place: _value(event, place[1]), known.sentence)


def _value(event: Mapping[str, Any], path: str) -> str:
    if path == "who":
        return str(event.get("userEmail") or event.get("userId") or "Somebody")
    value: Any = event.get("data")
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return "?" if value is None else str(value)


def _flow(**more: Any) -> Callable[[], FlowData]:
    facts: dict[str, Any] = {
        "id": "flw_01sample",
        "name": "Lead intake",
        "created": _CREATED,
        "updated": _NOW,
    }
    return lambda: flow_data(**facts, **more)


def _run(status: str, **more: Any) -> Callable[[], FlowRunData]:
    ended = status in ("succeeded", "failed", "canceled", "timed_out")
    facts: dict[str, Any] = {
        "id": "run_01sample", "flow_id": "flw_01sample", "version_id": "ver_01sample",
        "flow_name": "Lead intake", "status": status, "started": _NOW, "triggered_by": "webhook",
        "finished": "2026-03-03T10:15:42.250Z" if ended else None,
        "duration_ms": 12_250 if ended else None,
    }  # fmt: skip
    return lambda: run_data(**facts, **more)


def _connection() -> ConnectionData:
    return connection_data(
        id="con_01sample", name="team-slack", piece="slack", status="works", created=_CREATED, updated=_NOW
    )


def _user(**more: Any) -> Callable[[], UserData]:
    return lambda: user_data(id="usr_01sample", email="ann@example.com", name="Ann Smith", **more)


def _member(**more: Any) -> Callable[[], MemberData]:
    return lambda: member_data(
        user_id="usr_02sample", email="ben@example.com", name="Ben Young", role="editor", **more
    )


def _key() -> ApiKeyData:
    return api_key_data(id="key_01sample", name="deploy", role="editor", last4="9f2c")


def _project() -> ProjectData:
    return project_data(id="prj_01sample", name="Marketing")


def _failed_sign_in() -> SignInFailedData:
    return sign_in_failed_data(email="ann@example.com", reason="credentials")


_VERSION: dict[str, Any] = {"version_id": "ver_01sample", "version": 3}
_RENAME: dict[str, Any] = {
    "command": "SET_NAME",
    "changes": {
        "revision": 7,
        "sentence": "Renamed the flow to “Lead intake”",
        "args": {"name": "Lead intake"},
    },
}
_TIMED_OUT = {"error": {"step": None, "message": "The run was active for longer than 600 s."}}
_FAILED = {"error": {"step": "tell", "message": "Slack said channel_not_found."}}
_FLOWS, _RUNS, _ACCESS = "Flows", "Runs", "Users & access"
_NAME = "“{flow.displayName}”"
_OF = "of “{flowRun.flowDisplayName}”"

_Makers = Callable[[], Any] | dict[str, Callable[[], Any]]
_DECLARED: list[tuple[str, str, str, str, Any, _Makers]] = [
    ("flow.created", _FLOWS, "A flow was created", f"{{who}} created {_NAME}", FlowData, _flow()),
    ("flow.updated", _FLOWS, "One command was applied to a flow's draft",
     f"{{who}} changed {_NAME}: {{request.request.sentence}}", FlowData, _flow(**_VERSION, **_RENAME)),
    ("flow.deleted", _FLOWS, "A flow was deleted", f"{{who}} deleted {_NAME}", FlowData, _flow(**_VERSION)),
    ("flow.published", _FLOWS, "A version of a flow was published",
     f"{{who}} published {_NAME} as version {{flowVersion.number}}", FlowData, _flow(**_VERSION)),
    ("flow.activated", _FLOWS, "A flow was enabled", f"{{who}} enabled {_NAME}", FlowData, _flow(**_VERSION)),
    ("flow.deactivated", _FLOWS, "A flow was disabled", f"{{who}} disabled {_NAME}", FlowData,
     _flow(**_VERSION)),
    ("flow.run.started", _RUNS, "A run began", f"A run {_OF} began", FlowRunData, _run("running")),
    ("flow.run.finished", _RUNS, "A run reached its end, good or bad",
     f"A run {_OF} ended: {{flowRun.status}}", FlowRunData,
     {"": _run("succeeded"), "failed": _run("failed", **_FAILED), "timeout": _run("timed_out", **_TIMED_OUT),
      "canceled": _run("canceled")}),
    ("flow.run.failed", _RUNS, "A run failed or ran out of time (raised beside flow.run.finished)",
     f"A run {_OF} failed: {{flowRun.error.message}}", FlowRunData,
     {"": _run("failed", **_FAILED), "timeout": _run("timed_out", **_TIMED_OUT)}),
    ("flow.run.unrouted", _RUNS, "No branch of a router matched a run's event",
     f"An event {_OF} matched no branch", FlowRunData, _run("succeeded", unrouted=True)),
    ("flow.run.waiting", _RUNS, "A run waits for a time, a retry or somebody", f"A run {_OF} waits",
     FlowRunData, _run("waiting")),
    ("flow.run.resumed", _RUNS, "A waiting run goes on", f"A run {_OF} goes on", FlowRunData,
     _run("running")),
    ("flow.run.retried", _RUNS, "A new run was made of an earlier one's event",
     f"{{who}} retried a run {_OF}", FlowRunData, _run("queued")),
    ("flow.run.canceled", _RUNS, "Somebody ended a run (raised beside flow.run.finished)",
     f"{{who}} canceled a run {_OF}", FlowRunData, _run("canceled")),
    ("connection.upserted", "Connections", "A connection was created or changed",
     "{who} saved the connection {connection.displayName}", ConnectionData, _connection),
    ("connection.deleted", "Connections", "A connection was deleted",
     "{who} deleted the connection {connection.displayName}", ConnectionData, _connection),
    ("user.signed.up", _ACCESS, "An account came to be", "{user.email} signed up", UserData,
     _user(source="setup_link")),
    ("user.signed.in", _ACCESS, "A user signed in", "{user.email} signed in", UserData, _user()),
    ("user.sign_in.failed", _ACCESS, "A sign-in was refused", "A sign-in as {email} was refused: {reason}",
     SignInFailedData, _failed_sign_in),
    ("user.password.reset", _ACCESS, "A password was replaced", "The password of {user.email} was replaced",
     UserData, _user()),
    ("api_key.created", _ACCESS, "An API key was made", "{who} made the API key {apiKey.displayName}",
     ApiKeyData, _key),
    ("api_key.deleted", _ACCESS, "An API key was deleted", "{who} deleted the API key {apiKey.displayName}",
     ApiKeyData, _key),
    ("member.added", _ACCESS, "A user became a member of a project", "{who} added {user.email} as {role}",
     MemberData, _member()),
    ("member.updated", _ACCESS, "A member got another role",
     "{who} made {user.email} {role}, before {previousRole}", MemberData, _member(previous_role="viewer")),
    ("member.removed", _ACCESS, "A user is no longer a member of a project", "{who} removed {user.email}",
     MemberData, _member()),
    ("project.created", "Projects", "A project was created",
     "{who} created the project {project.displayName}", ProjectData, _project),
    ("project.updated", "Projects", "A project was changed",
     "{who} changed the project {project.displayName}", ProjectData, _project),
    ("project.deleted", "Projects", "A project was deleted",
     "{who} deleted the project {project.displayName}", ProjectData, _project),
]  # fmt: skip

EVENTS: dict[str, EventType] = {
    action: EventType(
        action, group, description, said, shape, makers if isinstance(makers, dict) else {"": makers},
        by_user="{who}" in said or shape is UserData,
    )
    for action, group, description, said, shape, makers in _DECLARED
}  # fmt: skip
