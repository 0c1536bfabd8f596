"""Example data for every event, made by the functions of `payloads` that make the real ones."""

from collections.abc import Callable
from typing import Any

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
    api_key_data,
    catalogue_data,
    connection_data,
    destination_data,
    flow_data,
    flow_ref,
    folder_data,
    invitation_data,
    mail_tested_data,
    member_data,
    notifications_data,
    piece_blocked_data,
    piece_broken_data,
    project_data,
    pruned_data,
    run_data,
    session_data,
    sign_in_failed_data,
    user_data,
)

CREATED, NOW = "2026-03-03T10:00:00.000Z", "2026-03-03T10:15:30.000Z"


def flow(**more: Any) -> Callable[[], FlowData]:
    facts: dict[str, Any] = {
        "id": "flw_01sample",
        "name": "Lead intake",
        "created": CREATED,
        "updated": NOW,
    }
    return lambda: flow_data(**facts, **more)


def rejected() -> RejectedData:
    return {
        "flow": flow_ref("flw_01sample", "Lead intake"),
        "rejected": {
            "requests": 12, "reasons": {"signature": 12}, "since": CREATED, "until": NOW,
            "lastId": "rej_01sample", "lastReason": "signature",
            "lastMessage": "The request could not be verified (github): The signature does not match.",
            "lastSource": "203.0.113.42",
        },
    }  # fmt: skip


def admitted(*, verified: bool = True) -> Callable[[], AdmittedData]:
    return lambda: {"flow": flow_ref("flw_01sample", "Lead intake"), "requests": 12, "verified": verified}


def held(events: int) -> Callable[[], HeldData]:
    return lambda: {"flow": flow_ref("flw_01sample", "Lead intake"), "events": events}


def folder() -> FolderData:
    return folder_data(id="fld_01sample", name="Alerts", created=CREATED, updated=NOW)


def run(status: str, **more: Any) -> Callable[[], FlowRunData]:
    ended = status in ("succeeded", "failed", "canceled", "timed_out")
    facts: dict[str, Any] = {
        "id": "run_01sample", "flow_id": "flw_01sample", "version_id": "ver_01sample",
        "flow_name": "Lead intake", "status": status, "started": NOW, "triggered_by": "webhook",
        "finished": "2026-03-03T10:15:42.250Z" if ended else None,
        "duration_ms": 12_250 if ended else None,
    }  # fmt: skip
    return lambda: run_data(**facts, **more)


def connection(status: str = "works", error: str | None = None) -> ConnectionData:
    return connection_data(
        id="con_01sample", name="team-slack", piece="slack", status=status, created=CREATED, updated=NOW,
        error=error,
    )  # fmt: skip


def user(**more: Any) -> Callable[[], UserData]:
    return lambda: user_data(id="usr_01sample", email="ann@example.com", name="Ann Smith", **more)


def member(**more: Any) -> Callable[[], MemberData]:
    return lambda: member_data(
        user_id="usr_02sample", email="ben@example.com", name="Ben Young", role="editor", **more
    )


def invitation() -> InvitationData:
    return invitation_data(
        id="inv_01sample", email="ben@example.com", role="editor", expires="2026-03-10T10:15:30.000Z"
    )


def mail_tested() -> MailTestedData:
    return mail_tested_data(to="ann@example.com", outcome="sent")


def key() -> ApiKeyData:
    return api_key_data(id="key_01sample", name="deploy", role="editor", last4="9f2c")


def project() -> ProjectData:
    return project_data(id="prj_01sample", name="Marketing")


def notifications() -> NotificationsData:
    return notifications_data(
        id="prj_01sample", name="Marketing", kinds=["failed", "unrouted"], quiet_minutes=60
    )


def failed_sign_in() -> SignInFailedData:
    return sign_in_failed_data(email="ann@example.com", reason="credentials")


def session(reason: str | None = None) -> Callable[[], SessionData]:
    return lambda: session_data(
        id="5f0c3a9d2b7e41886a10",
        browser="Firefox on Windows",
        ip="203.0.113.42",
        created=CREATED,
        expires="2026-03-17T10:00:00.000Z",
        user_id="usr_01sample",
        email="ann@example.com",
        name="Ann Smith",
        reason=reason,
    )


def destination(status: str = "active", reason: str = "", **more: Any) -> Callable[[], DestinationData]:
    facts: dict[str, Any] = {
        "id": "dst_01sample", "name": "SIEM", "kind": "webhook", "status": status, "reason": reason,
        "events": ["flow.run.failed", "user.*"], "url": "https://siem.example.com/in",
    }  # fmt: skip
    return lambda: destination_data(**facts, **more)


def catalogue() -> CatalogueData:
    return catalogue_data(id="cat_01sample", name="shop", source="samples", events=4)


def piece_broken() -> PieceBrokenData:
    return piece_broken_data(name="weather", error="ModuleNotFoundError: No module named 'barometer'")


def piece_blocked() -> PieceBlockedData:
    return piece_blocked_data(name="weather", seconds=3.2, where="barometer.py:23 in read")


def pruned() -> PrunedData:
    return pruned_data(before="2025-12-03T00:00:00.000Z", deleted=1250, reason="by a person")


VERSION: dict[str, Any] = {"version_id": "ver_01sample", "version": 3}
RENAME: dict[str, Any] = {
    "command": "SET_NAME",
    "changes": {
        "revision": 7,
        "sentence": "Renamed the flow to “Lead intake”",
        "args": {"name": "Lead intake"},
    },
}
TIMED_OUT = {"error": {"step": None, "message": "The run was active for longer than 600 s."}}
FAILED = {"error": {"step": "tell", "message": "Slack said channel_not_found."}}
