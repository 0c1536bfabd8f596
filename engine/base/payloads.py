"""The `data` of every event: its shape as a TypedDict, and the one function that makes it.

Names and nesting are Activepieces', so that a handler flow written for its events works on ours; what
it lacks stands beside (`error`, `unrouted`, `displayName` of a flow). Times are ISO 8601 in UTC. The
types cost nothing at run time, since a run that ends makes one of these on the hot path.
"""

from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict
from urllib.parse import urlsplit

STATUS_NAMES = {
    "queued": "QUEUED",
    "running": "RUNNING",
    "waiting": "PAUSED",
    "succeeded": "SUCCEEDED",
    "failed": "FAILED",
    "canceled": "CANCELED",
    "timed_out": "TIMEOUT",
}
"""Our run statuses in Activepieces' words."""

ENVIRONMENT_NAMES = {"production": "PRODUCTION", "test": "TESTING"}


class ProjectName(TypedDict):
    id: str
    displayName: str


class FlowPart(TypedDict):
    id: str
    externalId: str
    displayName: str
    created: str
    updated: str


class FlowVersionPart(TypedDict):
    id: str
    displayName: str
    flowId: str
    number: int  # 0 is the draft
    created: str
    updated: str


class RequestPart(TypedDict):
    type: str  # the command that was applied, such as EDIT or RENAME
    request: dict[str, Any]


class RunErrorPart(TypedDict):
    step: str | None
    message: str


class FlowRunPart(TypedDict):
    id: str
    startTime: str | None
    finishTime: str | None
    duration: int | None  # milliseconds
    environment: str
    flowId: str
    flowVersionId: str
    flowDisplayName: str
    status: str
    triggeredBy: str | None  # the trigger that fired, or the run that this one retries
    stepNameToTest: str | None
    unrouted: bool
    warnings: int
    error: RunErrorPart | None


class ConnectionPart(TypedDict):
    id: str
    displayName: str
    externalId: str
    pieceName: str
    status: str
    type: str
    created: str
    updated: str


class UserPart(TypedDict):
    id: str
    email: str
    displayName: str
    firstName: str
    lastName: str


class ApiKeyPart(TypedDict):
    id: str
    displayName: str
    role: str
    last4: str


class FlowData(TypedDict):
    flow: FlowPart
    flowVersion: NotRequired[FlowVersionPart]
    request: NotRequired[RequestPart]


class FlowRef(TypedDict):
    id: str
    externalId: str
    displayName: str


class RejectedPart(TypedDict):
    requests: int  # refused since the event before this one
    reasons: dict[str, int]  # how many for each reason
    since: str  # when the first of them arrived
    until: str  # when the last one did
    lastId: str  # the last one, where it was stored
    lastReason: str
    lastMessage: str
    lastSource: str


class RejectedData(TypedDict):
    flow: FlowRef
    rejected: RejectedPart


class AdmittedData(TypedDict):
    flow: FlowRef
    requests: int
    verified: bool  # false: somebody admitted them without verifying them


class HeldData(TypedDict):
    flow: FlowRef
    events: int


class FolderPart(TypedDict):
    id: str
    displayName: str
    created: str
    updated: str


class FolderData(TypedDict):
    folder: FolderPart


class FlowRunData(TypedDict):
    flowRun: FlowRunPart


class ConnectionData(TypedDict):
    connection: ConnectionPart
    error: NotRequired[str]


class UserData(TypedDict):
    user: UserPart
    source: NotRequired[str]


class SessionPart(TypedDict):
    id: str  # names it; cannot be used to sign in
    browser: str  # such as Firefox on Windows
    ip: str
    created: str
    expires: str


class SessionData(TypedDict):
    session: SessionPart
    user: UserPart
    reason: NotRequired[str]  # why it ended


class SignInFailedData(TypedDict):
    email: str
    reason: str


class ApiKeyData(TypedDict):
    apiKey: ApiKeyPart


class ProjectData(TypedDict):
    project: ProjectName


class NotificationsPart(TypedDict):
    kinds: list[str]
    quietMinutes: int


class NotificationsData(TypedDict):
    project: ProjectName
    notifications: NotificationsPart


class MemberData(TypedDict):
    user: UserPart
    role: str
    previousRole: NotRequired[str]


class InvitationPart(TypedDict):
    id: str
    email: str
    role: str
    expires: str


class InvitationData(TypedDict):
    invitation: InvitationPart


class MailTestedData(TypedDict):
    to: str
    outcome: str  # sent, or what went wrong


class DestinationPart(TypedDict):
    id: str
    displayName: str
    kind: str  # webhook, flow, topic, nats, amqp, file
    status: str  # pending, active, inactive
    reason: str  # why it is so; may be empty
    events: list[str]
    target: str  # the host, or the name of a flow, topic or file: never a path, a query or a secret


class DestinationData(TypedDict):
    destination: DestinationPart
    deliveries: NotRequired[int]  # how many were held, released or discarded
    event: NotRequired[str]  # the event whose sample was sent as a test
    outcome: NotRequired[str]  # what became of the test


class PieceBrokenPart(TypedDict):
    name: str  # of the module or entry point
    error: str  # the last line of what it raised


class PieceBrokenData(TypedDict):
    piece: PieceBrokenPart


class PieceBlockedPart(TypedDict):
    name: str
    seconds: float  # for which nothing else could be done
    where: str  # file, line and function


class PieceBlockedData(TypedDict):
    piece: PieceBlockedPart


class PrunedData(TypedDict):
    before: str  # what was older is gone
    deleted: int
    reason: str  # by a person, or by the setting


class CataloguePart(TypedDict):
    id: str
    displayName: str
    source: str  # samples, asyncapi, learned
    events: int


class CatalogueData(TypedDict):
    catalogue: CataloguePart


def flow_ref(id: str, name: str) -> FlowRef:
    """A flow that an event is about, by its name."""
    return {"id": id, "externalId": id, "displayName": name}


def flow_data(
    *,
    id: str,
    name: str,
    created: str,
    updated: str,
    version_id: str | None = None,
    version: int = 0,
    command: str | None = None,
    changes: dict[str, Any] | None = None,
) -> FlowData:
    """A flow; with `version_id` the version concerned, with `command` what was done to it."""
    data: FlowData = {
        "flow": {"id": id, "externalId": id, "displayName": name, "created": created, "updated": updated}
    }
    if version_id is not None:
        data["flowVersion"] = {
            "id": version_id, "displayName": name, "flowId": id, "number": version, "created": created,
            "updated": updated,
        }  # fmt: skip
    if command is not None:
        data["request"] = {"type": command, "request": changes or {}}
    return data


def folder_data(*, id: str, name: str, created: str, updated: str) -> FolderData:
    return {"folder": {"id": id, "displayName": name, "created": created, "updated": updated}}


def run_data(
    *,
    id: str,
    flow_id: str,
    version_id: str,
    flow_name: str,
    status: str,
    environment: str = "production",
    started: str | None = None,
    finished: str | None = None,
    duration_ms: int | None = None,
    triggered_by: str | None = None,
    unrouted: bool = False,
    warnings: int = 0,
    error: RunErrorPart | None = None,
) -> FlowRunData:
    """A run; `status` and `environment` in our own words."""
    return {
        "flowRun": {
            "id": id,
            "startTime": started,
            "finishTime": finished,
            "duration": duration_ms,
            "environment": ENVIRONMENT_NAMES[environment],
            "flowId": flow_id,
            "flowVersionId": version_id,
            "flowDisplayName": flow_name,
            "status": STATUS_NAMES[status],
            "triggeredBy": triggered_by,
            "stepNameToTest": None,
            "unrouted": unrouted,
            "warnings": warnings,
            "error": error,
        }
    }


def connection_data(
    *, id: str, name: str, piece: str, status: str, created: str, updated: str, error: str | None = None
) -> ConnectionData:
    """A connection, never its secret. `externalId` is what flows call it, `error` says why it fails."""
    data: ConnectionData = {
        "connection": {
            "id": id, "displayName": name, "externalId": name, "pieceName": piece, "status": status.upper(),
            "type": "CUSTOM_AUTH", "created": created, "updated": updated,
        }
    }  # fmt: skip
    if error:
        data["error"] = error
    return data


def user_part(*, id: str, email: str, name: str = "") -> UserPart:
    first, _, last = name.partition(" ")
    return {"id": id, "email": email, "displayName": name or email, "firstName": first, "lastName": last}


def user_data(*, id: str, email: str, name: str = "", source: str | None = None) -> UserData:
    """A user; `source` says how an account came to be (credentials, setup_link, invitation)."""
    data: UserData = {"user": user_part(id=id, email=email, name=name)}
    if source is not None:
        data["source"] = source
    return data


def session_data(
    *,
    id: str,
    browser: str,
    ip: str,
    created: str,
    expires: str,
    user_id: str,
    email: str,
    name: str = "",
    reason: str | None = None,
) -> SessionData:
    """A signed-in browser. `reason` says why it ended: signed_out, ended, signed_out_everywhere,
    password_changed, user_disabled, user_deleted."""
    data: SessionData = {
        "session": {"id": id, "browser": browser, "ip": ip, "created": created, "expires": expires},
        "user": user_part(id=user_id, email=email, name=name),
    }
    if reason is not None:
        data["reason"] = reason
    return data


def sign_in_failed_data(*, email: str, reason: str) -> SignInFailedData:
    """`email` is what was typed, which need not be a user's; `reason`: credentials, throttled, disabled."""
    return {"email": email[:254], "reason": reason}


def api_key_data(*, id: str, name: str, role: str, last4: str) -> ApiKeyData:
    return {"apiKey": {"id": id, "displayName": name, "role": role, "last4": last4}}


def project_data(*, id: str, name: str) -> ProjectData:
    return {"project": {"id": id, "displayName": name}}


def notifications_data(*, id: str, name: str, kinds: Sequence[str], quiet_minutes: int) -> NotificationsData:
    return {
        "project": {"id": id, "displayName": name},
        "notifications": {"kinds": [*kinds], "quietMinutes": quiet_minutes},
    }


def member_data(
    *, user_id: str, email: str, name: str = "", role: str, previous_role: str | None = None
) -> MemberData:
    data: MemberData = {"user": user_part(id=user_id, email=email, name=name), "role": role}
    if previous_role is not None:
        data["previousRole"] = previous_role
    return data


def invitation_data(*, id: str, email: str, role: str, expires: str) -> InvitationData:
    """An invitation to a project, never its link."""
    return {"invitation": {"id": id, "email": email, "role": role, "expires": expires}}


def mail_tested_data(*, to: str, outcome: str) -> MailTestedData:
    """A test mail. `outcome` is "sent" or what went wrong."""
    return {"to": to, "outcome": outcome[:500]}


def destination_data(
    *,
    id: str,
    name: str,
    kind: str,
    status: str,
    reason: str,
    events: Sequence[str],
    url: str,
    deliveries: int | None = None,
    event: str | None = None,
    outcome: str | None = None,
) -> DestinationData:
    """A destination, of its URL only the host: paths, queries and user parts may hold secrets.
    `deliveries` is how many were held, released or discarded; `event` and `outcome` are a test's."""
    data: DestinationData = {
        "destination": {
            "id": id, "displayName": name, "kind": kind, "status": status, "reason": reason,
            "events": list(events), "target": _host(url),
        }
    }  # fmt: skip
    if deliveries is not None:
        data["deliveries"] = deliveries
    if event is not None:
        data["event"] = event
    if outcome is not None:
        data["outcome"] = outcome
    return data


def _host(url: str) -> str:
    """The host and port of a URL; a name that is no URL is itself."""
    if "://" not in url:
        return url
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""


def catalogue_data(*, id: str, name: str, source: str, events: int) -> CatalogueData:
    """A catalogue that a project added; `events` is how many it lists."""
    return {"catalogue": {"id": id, "displayName": name, "source": source, "events": events}}


def piece_broken_data(*, name: str, error: str) -> PieceBrokenData:
    """A piece that could not be loaded."""
    return {"piece": {"name": name, "error": error[:500]}}


def piece_blocked_data(*, name: str, seconds: float, where: str) -> PieceBlockedData:
    """A piece that blocked the event loop."""
    return {"piece": {"name": name, "seconds": seconds, "where": where[:500]}}


def pruned_data(*, before: str, deleted: int, reason: str) -> PrunedData:
    """Events that were deleted since they were older than `before`."""
    return {"before": before, "deleted": deleted, "reason": reason}
