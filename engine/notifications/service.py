"""What a project's admins are mailed about: shown and changed on one page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.base.actor import Actor, Permission
from engine.base.errors import BadInput
from engine.base.payloads import notifications_data
from engine.mail import Mailer
from engine.store import notice_store
from engine.store.database import Database
from engine.store.emit import Emit
from engine.store.models import Project
from engine.store.notice_store import KINDS, Kind
from engine.store.tx import Tx

LONGEST_QUIET = 7 * 24 * 60
"""Minutes."""


@dataclass(frozen=True)
class Overview:
    """What is mailed, to whom, and how the last mail went."""

    kinds: tuple[Kind, ...]
    quiet_minutes: int
    recipients: list[str]
    """The e-mail addresses of the project's admins."""
    mail: bool
    """Whether a mail server is set up. Without one nothing is sent."""
    last_sent: str | None
    """When a mail was last handed in, ISO 8601."""
    last_error: str
    """Why the last try failed; empty once one succeeded."""


class Notifications:
    """Reads and changes what a project has chosen."""

    def __init__(self, db: Database, emit: Emit, mailer: Mailer) -> None:
        self._db = db
        self._emit = emit
        self._mailer = mailer

    async def get(self, project_id: str) -> Overview:
        """The notification settings of a project. By default, all kinds are on."""

        def ask(tx: Tx) -> Overview:
            chosen = notice_store.chosen(tx, project_id)
            return Overview(
                chosen.kinds,
                chosen.quiet_minutes,
                notice_store.recipients(tx, project_id),
                self._mailer.enabled,
                chosen.last_sent,
                chosen.last_error,
            )

        return await self._db.read(ask)

    async def change(self, actor: Actor, kinds: Sequence[str], quiet_minutes: int) -> None:
        """Choose anew for the actor's project. Raises `BadInput` for an unknown kind or a quiet period that
        is not a number of minutes from 1 to `LONGEST_QUIET`."""
        actor.require(Permission.admin)
        unknown = next((one for one in kinds if one not in KINDS), None)
        if unknown is not None:
            raise BadInput(f"Choose among {', '.join(KINDS)}, not {unknown[:40]!r}.", field="kinds")
        if not 1 <= quiet_minutes <= LONGEST_QUIET:
            raise BadInput(
                f"The quiet period must be a number of minutes from 1 to {LONGEST_QUIET:,} (a week).",
                field="quiet_minutes",
            )
        picked = tuple(kind for kind in KINDS if kind in kinds)
        project_id = str(actor.project_id)

        def write(tx: Tx) -> None:
            before = notice_store.chosen(tx, project_id)
            notice_store.choose(tx, project_id, replace(before, kinds=picked, quiet_minutes=quiet_minutes))
            project = tx.session.get_one(Project, project_id)
            data = notifications_data(
                id=project.id, name=project.name, kinds=picked, quiet_minutes=quiet_minutes
            )
            self._emit(tx, "project.notifications.updated", data, actor, project_id)

        await self._db.write(write)
