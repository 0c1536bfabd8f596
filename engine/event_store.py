"""Reading back what Switchyard said: the events of one project."""

from sqlmodel import Session, col, select

from . import models


def list_events(
    session: Session, project_id: str, action: str | None, after: str | None, limit: int
) -> list[tuple[str, bytes]]:
    """(id, envelope as JSON) of a project's events, newest first, at most `limit`."""
    event = models.Event
    question = select(event.id, event.envelope).where(event.project_id == project_id)
    if action is not None:
        question = question.where(event.action == action)
    if after is not None:
        question = question.where(col(event.id) < after)
    return [(row[0], row[1]) for row in session.exec(question.order_by(col(event.id).desc()).limit(limit))]
