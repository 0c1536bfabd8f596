"""What the admins of the key's project are mailed about."""

from pydantic import Field

from engine.base.actor import Actor, Permission
from engine.notifications import Notifications, Overview
from engine.store.notice_store import Kind

from . import shapes
from .operation import operation
from .shapes import Body, ResponseBody


class NotificationSettings(ResponseBody):
    kinds: list[Kind]
    quiet_minutes: int = Field(description="Nothing more is mailed about the same flow and kind for so long")
    recipients: list[str] = Field(description="The e-mail addresses of the project's admins")
    mail: bool = Field(description="Whether a mail server is set up; without one nothing is sent")
    last_sent: shapes.Moment | None
    last_error: str = Field(description="Why the last mail was not sent; empty if it was")


class ChangedNotifications(Body):
    kinds: list[str] = Field(
        max_length=10, description="failed, unrouted, rejected; an empty list for none", examples=[["failed"]]
    )
    quiet_minutes: int = Field(60, description="1 to 10080, a week")


@operation("GET", "/notifications", Permission.admin, answer=NotificationSettings)
async def read_notifications(notifications: Notifications, actor: Actor) -> Overview:
    """Read what the project's admins are mailed about, and how the last mail went."""
    return await notifications.get(str(actor.project_id))


@operation("PUT", "/notifications", Permission.admin, answer=NotificationSettings)
async def change_notifications(
    notifications: Notifications, actor: Actor, body: ChangedNotifications
) -> Overview:
    """Choose what the project's admins are mailed about."""
    await notifications.change(actor, body.kinds, body.quiet_minutes)
    return await notifications.get(str(actor.project_id))


OPERATIONS = (read_notifications, change_notifications)
