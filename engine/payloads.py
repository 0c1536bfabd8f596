"""The `data` of every event: its shape as a TypedDict, and the one function that makes it.

Names and nesting are Activepieces', so that a handler flow written for its events works on ours; what
it lacks stands beside (`error`, `unrouted`, `displayName` of a flow). Times are ISO 8601 in UTC. The
types cost nothing at run time, since a run that ends makes one of these on the hot path.
"""

from typing import Any, NotRequired, TypedDict

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


class FlowRunData(TypedDict):
    flowRun: FlowRunPart


class ConnectionData(TypedDict):
    connection: ConnectionPart


class UserData(TypedDict):
    user: UserPart
    source: NotRequired[str]


class SignInFailedData(TypedDict):
    email: str
    reason: str


class ApiKeyData(TypedDict):
    apiKey: ApiKeyPart


class ProjectData(TypedDict):
    project: ProjectName


class MemberData(TypedDict):
    user: UserPart
    role: str
    previousRole: NotRequired[str]


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
    *, id: str, name: str, piece: str, status: str, created: str, updated: str
) -> ConnectionData:
    """A connection, never its secret. `externalId` is the name that flows refer to."""
    return {
        "connection": {
            "id": id, "displayName": name, "externalId": name, "pieceName": piece, "status": status.upper(),
            "type": "CUSTOM_AUTH", "created": created, "updated": updated,
        }
    }  # fmt: skip


def user_part(*, id: str, email: str, name: str = "") -> UserPart:
    first, _, last = name.partition(" ")
    return {"id": id, "email": email, "displayName": name or email, "firstName": first, "lastName": last}


def user_data(*, id: str, email: str, name: str = "", source: str | None = None) -> UserData:
    """A user; `source` says how an account came to be (credentials, setup_link, invitation)."""
    data: UserData = {"user": user_part(id=id, email=email, name=name)}
    if source is not None:
        data["source"] = source
    return data


def sign_in_failed_data(*, email: str, reason: str) -> SignInFailedData:
    """`email` is what was typed, which need not be a user's; `reason`: credentials, throttled, disabled."""
    return {"email": email[:254], "reason": reason}


def api_key_data(*, id: str, name: str, role: str, last4: str) -> ApiKeyData:
    return {"apiKey": {"id": id, "displayName": name, "role": role, "last4": last4}}


def project_data(*, id: str, name: str) -> ProjectData:
    return {"project": {"id": id, "displayName": name}}


def member_data(
    *, user_id: str, email: str, name: str = "", role: str, previous_role: str | None = None
) -> MemberData:
    data: MemberData = {"user": user_part(id=user_id, email=email, name=name), "role": role}
    if previous_role is not None:
        data["previousRole"] = previous_role
    return data
