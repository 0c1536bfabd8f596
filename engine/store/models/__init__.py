"""The tables, a module for each subject. Every one that holds a user's data carries its project.

Times are ISO 8601 in UTC with milliseconds and a final Z (`engine.base.clock`): they sort as text, read as
they are in every tool, and need no conversion on the hot path.
"""

from .access import ApiKey, Invitation, Member, Preference, Project, RecoveryCode, Session, SetupLink, User
from .events import Cursor, Delivery, DeliveryAttempt, Destination, Event, Replay
from .flows import Connection, CustomCatalogue, DraftEdit, Flow, FlowVersion, Folder, UnsavedText
from .intake import Dedupe, HeldEvent, LedgerRow, LedgerTotal, RejectedRequest
from .notifications import Notice, NotificationSettings
from .runs import TERMINAL, Hazard, JournalEntry, Run, RunLabel, RunPayload, RunStatus, SealedRun, StoreItem
from .topics import Cut, Subscription, TopicMessage
from .triggers import ArmedTrigger, TriggerState
from .windows import EventWindow, StoredPlace

__all__ = [
    "TERMINAL",
    "ApiKey",
    "ArmedTrigger",
    "Connection",
    "Cursor",
    "CustomCatalogue",
    "Cut",
    "Dedupe",
    "Delivery",
    "DeliveryAttempt",
    "Destination",
    "DraftEdit",
    "Event",
    "EventWindow",
    "Flow",
    "FlowVersion",
    "Folder",
    "Hazard",
    "HeldEvent",
    "Invitation",
    "JournalEntry",
    "LedgerRow",
    "LedgerTotal",
    "Member",
    "Notice",
    "NotificationSettings",
    "Preference",
    "Project",
    "RecoveryCode",
    "RejectedRequest",
    "Replay",
    "Run",
    "RunLabel",
    "RunPayload",
    "RunStatus",
    "SealedRun",
    "Session",
    "SetupLink",
    "StoreItem",
    "StoredPlace",
    "Subscription",
    "TopicMessage",
    "TriggerState",
    "UnsavedText",
    "User",
]
