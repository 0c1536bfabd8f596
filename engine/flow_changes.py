"""What happens to a flow's row, and what is said of it: each within its caller's transaction."""

from sqlmodel import Session

from . import drafts, flow_store, models
from .access import Actor, Emit
from .flow_store import VersionSummary
from .payloads import flow_data


class FlowChanges:
    """Changes that tell of themselves by an event."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit

    def publish(self, session: Session, row: models.Flow, note: str, actor: Actor) -> VersionSummary:
        """Freeze the draft as the next version, unless the last one does the same; that version."""
        last = flow_store.last_version(session, row.id)
        if last is None or last.digest != row.digest:
            number = (last.number if last else 0) + 1
            last = flow_store.add_version(session, row, number, note, drafts.who(actor))
            row.published_version = number
            drafts.touch(row, actor)
            self.tell(session, "flow.published", row, actor, last)
        return VersionSummary(last.id, last.number, last.note, last.created, last.created_by)

    def switch(self, session: Session, row: models.Flow, enabled: bool, actor: Actor) -> None:
        """Enable or disable a flow that is not so already."""
        if row.enabled != enabled:
            row.enabled = enabled
            drafts.touch(row, actor)
            version = flow_store.last_version(session, row.id)
            self.tell(session, "flow.activated" if enabled else "flow.deactivated", row, actor, version)

    def tell(
        self,
        session: Session,
        action: str,
        row: models.Flow,
        actor: Actor | None,
        version: models.FlowVersion | None = None,
        command: str | None = None,
    ) -> None:
        """Store the row and say what happened to it; `version` is the one concerned."""
        session.add(row)
        session.flush()
        data = flow_data(
            id=row.id,
            name=row.name,
            created=row.created,
            updated=row.updated,
            version_id=version.id if version else None,
            version=version.number if version else 0,
            command=command,
            changes={"revision": row.revision} if command else None,
        )
        self._emit(session, action, dict(data), actor, row.project_id)
