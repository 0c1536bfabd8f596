"""Every event that Switchyard raises, declared once: name, group, sentence, shape and sample.

    event = build("flow.published", flow_data(…), project_id=…, user_id=…)   # the envelope that is delivered
    sentence(event)                                                          # "Ann published “Alerts”"

Samples are made by the functions that make the real events, so they cannot drift apart. From here come
our own catalogue and the audit log's sentences.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from engine.base import clock
from engine.base.ids import new_id
from engine.base.payloads import (
    AdmittedData,
    ApiKeyData,
    CatalogueData,
    ConnectionData,
    DestinationData,
    FlowData,
    FlowRunData,
    FolderData,
    HeldData,
    InvitationData,
    MailTestedData,
    MemberData,
    NotificationsData,
    PieceBlockedData,
    PieceBrokenData,
    ProjectData,
    PrunedData,
    RejectedData,
    SessionData,
    SignInFailedData,
    UserData,
)

from . import samples as made

PLATFORM = "switchyard"
"""The id of the one platform of an instance."""

_PLACE = re.compile(r"\{([a-zA-Z.]+)\}")
_WHO = "trigger.body.apiKeyName || trigger.body.userEmail || trigger.body.userId || 'Switchyard'"


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
    key_id: str | None = None,
    key_name: str | None = None,
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
        "userEmail": user_email, "ip": ip, "apiKeyId": key_id, "apiKeyName": key_name,
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
        created=made.NOW,
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


def message_template(action: str) -> str:
    """The sentence of an event as a template over `trigger.body`, for the flows that handle it."""

    def place(found: re.Match[str]) -> str:
        return f"{{{{ {_WHO if found[1] == 'who' else f'trigger.body.data.{found[1]}'} }}}}"

    return _PLACE.sub(place, EVENTS[action].sentence)


def _value(event: Mapping[str, Any], path: str) -> str:
    if path == "who":
        return _who(event)
    value: Any = event.get("data")
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    if value is None:
        return "?"
    if path.endswith(".status") or path == "reason":
        return str(value).lower().replace("_", " ")
    return str(value)


def _who(event: Mapping[str, Any]) -> str:
    """Who did it: a user, an API key, or Switchyard itself (its command line)."""
    if "apiKeyId" in event:
        return f"The API key {event.get('apiKeyName') or event['apiKeyId']}"
    return str(event.get("userEmail") or event.get("userId") or "Switchyard")


_FLOWS, _RUNS, _ACCESS = "Flows", "Runs", "Users & access"
_OUT, _PLATFORM = "Destinations", "Platform"
_NAME = "“{flow.displayName}”"
_OF = "of “{flowRun.flowDisplayName}”"
_TO = "“{destination.displayName}”"

_Makers = Callable[[], Any] | dict[str, Callable[[], Any]]
_Declared = tuple[str, str, str, str, Any, _Makers]

_OF_FLOWS: list[_Declared] = [
    ("flow.created", _FLOWS, "A flow was created", f"{{who}} created {_NAME}", FlowData, made.flow()),
    ("flow.updated", _FLOWS, "One command was applied to a flow's draft",
     f"{{who}} changed {_NAME}: {{request.request.sentence}}", FlowData,
     made.flow(**made.VERSION, **made.RENAME)),
    ("flow.deleted", _FLOWS, "A flow was deleted", f"{{who}} deleted {_NAME}", FlowData,
     made.flow(**made.VERSION)),
    ("flow.restored", _FLOWS, "A deleted flow was brought back, disabled", f"{{who}} restored {_NAME}",
     FlowData, made.flow(**made.VERSION)),
    ("flow.published", _FLOWS, "A version of a flow was published",
     f"{{who}} published {_NAME} as version {{flowVersion.number}}", FlowData, made.flow(**made.VERSION)),
    ("flow.activated", _FLOWS, "A flow was enabled", f"{{who}} enabled {_NAME}", FlowData,
     made.flow(**made.VERSION)),
    ("flow.deactivated", _FLOWS, "A flow was disabled", f"{{who}} disabled {_NAME}", FlowData,
     made.flow(**made.VERSION)),
]  # fmt: skip

_OF_EVENTS: list[_Declared] = [
    ("flow.event.rejected", _FLOWS,
     "Requests to a flow were refused: the first at once, later ones together every ten minutes",
     f"{{rejected.requests}} requests to {_NAME} were refused, the last one: {{rejected.lastMessage}}",
     RejectedData, made.rejected),
    ("flow.event.admitted", _FLOWS, "Rejected requests were admitted once their cause was fixed",
     f"{{who}} admitted {{requests}} rejected requests to {_NAME}", AdmittedData,
     {"": made.admitted(), "unverified": made.admitted(verified=False)}),
    ("flow.event.held", _FLOWS, "The first events are held for a disabled flow",
     f"Events for {_NAME} are held", HeldData, made.held(1)),
    ("flow.event.released", _FLOWS, "Held events were released as runs",
     f"{{who}} released {{events}} held events of {_NAME}", HeldData, made.held(12)),
    ("flow.event.discarded", _FLOWS, "Held events were discarded",
     f"{{who}} discarded {{events}} held events of {_NAME}", HeldData, made.held(12)),
]  # fmt: skip

_OF_FOLDERS: list[_Declared] = [
    ("folder.created", "Folders", "A folder was created", "{who} created the folder {folder.displayName}",
     FolderData, made.folder),
    ("folder.updated", "Folders", "A folder was renamed", "{who} renamed a folder to {folder.displayName}",
     FolderData, made.folder),
    ("folder.deleted", "Folders", "A folder was deleted; its flows stay",
     "{who} deleted the folder {folder.displayName}", FolderData, made.folder),
]  # fmt: skip

_OF_RUNS: list[_Declared] = [
    ("flow.run.started", _RUNS, "A run began", f"A run {_OF} began", FlowRunData, made.run("running")),
    ("flow.run.finished", _RUNS, "A run reached its end, good or bad",
     f"A run {_OF} ended: {{flowRun.status}}", FlowRunData,
     {"": made.run("succeeded"), "failed": made.run("failed", **made.FAILED),
      "timeout": made.run("timed_out", **made.TIMED_OUT), "canceled": made.run("canceled")}),
    ("flow.run.failed", _RUNS, "A run failed or ran out of time (raised beside flow.run.finished)",
     f"A run {_OF} failed: {{flowRun.error.message}}", FlowRunData,
     {"": made.run("failed", **made.FAILED), "timeout": made.run("timed_out", **made.TIMED_OUT)}),
    ("flow.run.unrouted", _RUNS, "No branch of a router matched a run's event",
     f"An event {_OF} matched no branch", FlowRunData, made.run("succeeded", unrouted=True)),
    ("flow.run.waiting", _RUNS, "A run waits for a time, a retry or a person", f"A run {_OF} waits",
     FlowRunData, made.run("waiting")),
    ("flow.run.resumed", _RUNS, "A waiting run resumed", f"A run {_OF} resumed", FlowRunData,
     made.run("queued")),
    ("flow.run.retried", _RUNS, "A run was started again with the event of an earlier run",
     f"{{who}} retried a run {_OF}", FlowRunData, made.run("queued")),
    ("flow.run.canceled", _RUNS, "Somebody ended a run (raised beside flow.run.finished)",
     f"{{who}} canceled a run {_OF}", FlowRunData, made.run("canceled")),
]  # fmt: skip

_OF_ACCESS: list[_Declared] = [
    ("user.signed.up", _ACCESS, "An account came to be", "{user.email} signed up", UserData,
     made.user(source="setup_link")),
    ("user.signed.in", _ACCESS, "A user signed in", "{user.email} signed in", UserData, made.user()),
    ("user.signed.out", _ACCESS, "A user signed out", "{user.email} signed out", UserData, made.user()),
    ("user.sign_in.failed", _ACCESS, "A sign-in was refused", "A sign-in as {email} was refused: {reason}",
     SignInFailedData, made.failed_sign_in),
    ("user.password.reset", _ACCESS, "A password was replaced", "The password of {user.email} was replaced",
     UserData, made.user()),
    ("user.invited", _ACCESS, "A user was created who has no password yet", "{who} invited {user.email}",
     UserData, made.user()),
    ("user.updated", _ACCESS, "A user changed their name, time zone or appearance",
     "{user.email} updated their profile", UserData, made.user()),
    ("user.sign_in_link.created", _ACCESS, "A link was created under which a user chooses a password",
     "{who} created a sign-in link for {user.email}", UserData, made.user()),
    ("user.deleted", _ACCESS, "A user was removed", "{who} removed {user.email}", UserData, made.user()),
    ("user.disabled", _ACCESS, "A user was shut out", "{who} disabled {user.email}", UserData, made.user()),
    ("user.enabled", _ACCESS, "A user who was shut out may come in again", "{who} enabled {user.email}",
     UserData, made.user()),
    ("user.platform_admin.granted", _ACCESS, "A user became platform admin",
     "{who} made {user.email} platform admin", UserData, made.user()),
    ("user.platform_admin.revoked", _ACCESS, "A user is no longer platform admin",
     "{who} took the platform from {user.email}", UserData, made.user()),
    ("mfa.enabled", _ACCESS, "A user turned two-step sign-in on", "{user.email} turned two-step sign-in on",
     UserData, made.user()),
    ("mfa.disabled", _ACCESS, "Two-step sign-in was turned off for a user",
     "{who} turned two-step sign-in off for {user.email}", UserData, made.user()),
    ("mfa.challenge_failed", _ACCESS, "A wrong code was entered in the second step of a sign-in",
     "A wrong second-step code was entered for {user.email}", UserData, made.user()),
    ("mfa.recovery_code_used", _ACCESS, "A user signed in with a recovery code",
     "{user.email} signed in with a recovery code", UserData, made.user()),
    ("mfa.recovery_codes_replaced", _ACCESS, "A user created new recovery codes",
     "{user.email} replaced their recovery codes", UserData, made.user()),
    ("session.created", _ACCESS, "A browser was signed in",
     "{user.email} started a session in {session.browser}", SessionData, made.session()),
    ("session.terminated", _ACCESS, "A session was ended before its time",
     "A session of {user.email} in {session.browser} ended: {reason}", SessionData,
     {"": made.session("signed_out"), "password_changed": made.session("password_changed"),
      "user_disabled": made.session("user_disabled")}),
    ("api_key.created", _ACCESS, "An API key was created", "{who} created the API key {apiKey.displayName}",
     ApiKeyData, made.key),
    ("api_key.deleted", _ACCESS, "An API key was deleted", "{who} deleted the API key {apiKey.displayName}",
     ApiKeyData, made.key),
    ("invitation.created", _ACCESS, "Somebody was invited to a project",
     "{who} invited {invitation.email} as {invitation.role}", InvitationData, made.invitation),
    ("invitation.accepted", _ACCESS, "Somebody who was invited joined a project",
     "{invitation.email} accepted the invitation as {invitation.role}", InvitationData, made.invitation),
    ("invitation.deleted", _ACCESS, "An invitation was withdrawn",
     "{who} withdrew the invitation of {invitation.email}", InvitationData, made.invitation),
    ("mail.tested", _PLATFORM, "A test mail was sent", "{who} sent a test mail to {to}: {outcome}",
     MailTestedData, made.mail_tested),
    ("member.added", _ACCESS, "A user became a member of a project", "{who} added {user.email} as {role}",
     MemberData, made.member()),
    ("member.updated", _ACCESS, "A member got another role",
     "{who} made {user.email} {role}, before {previousRole}", MemberData,
     made.member(previous_role="viewer")),
    ("member.removed", _ACCESS, "A user is no longer a member of a project", "{who} removed {user.email}",
     MemberData, made.member()),
]  # fmt: skip

_OF_DESTINATIONS: list[_Declared] = [
    ("event_destination.created", _OUT, "A destination was created", f"{{who}} created the destination {_TO}",
     DestinationData, made.destination("pending")),
    ("event_destination.updated", _OUT, "A destination was changed", f"{{who}} changed the destination {_TO}",
     DestinationData, made.destination()),
    ("event_destination.deleted", _OUT, "A destination was deleted", f"{{who}} deleted the destination {_TO}",
     DestinationData, made.destination("inactive")),
    ("event_destination.activated", _OUT, "A destination is verified or enabled, and is notified from now on",
     f"The destination {_TO} is active", DestinationData, made.destination()),
    ("event_destination.deactivated", _OUT, "A destination is no longer notified; its events are held",
     f"The destination {_TO} was switched off: {{destination.reason}}", DestinationData,
     {"": made.destination("inactive", "nothing but failures for 120 hours"),
      "gone": made.destination("inactive", "gone")}),
    ("event_destination.held", _OUT, "The first events are held for a destination that is not active",
     f"Events for {_TO} are held", DestinationData,
     made.destination("inactive", "by a person", deliveries=1)),
    ("event_destination.released", _OUT, "What was held is sent now",
     f"{{who}} released {{deliveries}} held deliveries to {_TO}", DestinationData,
     made.destination(deliveries=12)),
    ("event_destination.discarded", _OUT, "What was held is not sent at all",
     f"{{who}} discarded {{deliveries}} held deliveries to {_TO}", DestinationData,
     made.destination("inactive", "by a person", deliveries=12)),
    ("event_destination.tested", _OUT, "The sample of an event was sent to a destination",
     f"{{who}} tested {_TO} with {{event}}: {{outcome}}", DestinationData,
     made.destination(event="flow.run.failed", outcome="ok")),
    ("event_destination.secret_rotated", _OUT, "A destination signs with a new secret",
     f"{{who}} gave {_TO} a new secret", DestinationData, made.destination()),
]  # fmt: skip

_OF_OTHERS: list[_Declared] = [
    ("connection.upserted", "Connections", "A connection was created or changed",
     "{who} saved the connection {connection.displayName}", ConnectionData, made.connection),
    ("connection.deleted", "Connections", "A connection was deleted",
     "{who} deleted the connection {connection.displayName}", ConnectionData, made.connection),
    ("connection.failing", "Connections", "A connection that worked, or was never tested, fails",
     "The connection {connection.displayName} fails: {error}", ConnectionData,
     partial(made.connection, "failing", "Slack answered 401: invalid_auth")),
    ("connection.recovered", "Connections", "A connection that failed works again",
     "The connection {connection.displayName} works again", ConnectionData, made.connection),
    ("catalogue.created", "Catalogues", "A catalogue was added to a project",
     "{who} added the catalogue {catalogue.displayName}", CatalogueData, made.catalogue),
    ("catalogue.updated", "Catalogues", "A catalogue of a project was changed",
     "{who} changed the catalogue {catalogue.displayName}", CatalogueData, made.catalogue),
    ("catalogue.deleted", "Catalogues", "A catalogue of a project was deleted",
     "{who} deleted the catalogue {catalogue.displayName}", CatalogueData, made.catalogue),
    ("project.created", "Projects", "A project was created",
     "{who} created the project {project.displayName}", ProjectData, made.project),
    ("project.updated", "Projects", "A project was changed",
     "{who} changed the project {project.displayName}", ProjectData, made.project),
    ("project.notifications.updated", "Projects", "What a project's admins are mailed about was changed",
     "{who} changed the notifications of {project.displayName}", NotificationsData, made.notifications),
    ("piece.broken", _PLATFORM, "A piece could not be loaded when Switchyard started",
     "The piece {piece.name} could not be loaded: {piece.error}", PieceBrokenData, made.piece_broken),
    ("piece.blocked", _PLATFORM, "A piece blocked Switchyard for a second or more",
     "The piece {piece.name} blocked everything else for {piece.seconds} seconds, in {piece.where}",
     PieceBlockedData, made.piece_blocked),
    ("audit_log.pruned", _PLATFORM, "Old events were deleted",
     "{deleted} events from before {before} were deleted, {reason}", PrunedData, made.pruned),
]  # fmt: skip

EVENTS: dict[str, EventType] = {
    action: EventType(
        action, group, description, said, shape, makers if isinstance(makers, dict) else {"": makers},
        by_user="{who}" in said or shape in (UserData, SessionData, InvitationData),
    )
    for action, group, description, said, shape, makers in (
        *_OF_FLOWS, *_OF_EVENTS, *_OF_FOLDERS, *_OF_RUNS, *_OF_ACCESS, *_OF_DESTINATIONS, *_OF_OTHERS
    )
}  # fmt: skip
