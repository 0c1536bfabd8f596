"""Mails what happened, once per flow and kind in a quiet period, with a digest of what followed."""

import asyncio
import logging
from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple

from engine.base import clock
from engine.base.errors import unexpected
from engine.base.settings import Settings
from engine.mail import Mailer, MailError
from engine.store import notice_store
from engine.store.database import Database
from engine.store.models import Project
from engine.store.notice_store import Chosen, LastFailure, Notice
from engine.store.tx import Tx

from . import digest

log = logging.getLogger("switchyard.notifications")

_EVERY = 15.0  # seconds between two looks: what happens at the same time comes in one mail
_STALE = 24 * 3600.0  # seconds: older counts are dropped if no mail could be sent until then
_LONGEST_WAIT = 3600.0  # seconds between two tries to send to a server that refuses


class _Due(NamedTuple):
    """What one project's admins are told now."""

    project_id: str
    name: str
    chosen: Chosen
    notices: list[Notice]
    failures: dict[str, LastFailure]
    recipients: list[str]


class Notifier:
    """Looks every few seconds for what is to be mailed."""

    def __init__(self, db: Database, settings: Settings, mailer: Mailer) -> None:
        self._db = db
        self._base_url = settings.base_url
        self._mailer = mailer
        self._task: asyncio.Task[None] | None = None
        self._stopped = False
        self._looking = asyncio.Lock()
        self._waits: dict[str, tuple[float, float]] = {}
        """Project id → when it is tried again (monotonic), and how long that was to wait."""

    def start(self) -> None:
        """Begin to look, where a mail server is set up."""
        if self._mailer.enabled:
            self._task = asyncio.create_task(self._look_forever(), name="notifier")

    async def stop(self) -> None:
        """Look no more; one that was never started is no error. A mail on its way is sent again later if its
        server had not taken it."""
        self._stopped = True  # the exchange with a mail server may make another error of the cancellation
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def look(self) -> None:
        """Mail all that is due. A mail that cannot be sent is tried again, later each time."""
        async with self._looking:  # or the same would be mailed twice
            for due in await self._db.read(self._due):
                await self._mail(due)
            await self._db.submit(self._settle_what_nobody_is_told)

    async def _look_forever(self) -> None:
        while not self._stopped:
            await clock.sleep(_EVERY)
            try:
                await self.look()
            except Exception as error:  # one that fails must not end all others
                log.error("notifications could not be read: %s", error, exc_info=unexpected(error))

    # -- what is due ---------------------------------------------------------------------------------

    def _due(self, tx: Tx) -> list[_Due]:
        now, found = clock.now(), []
        for project_id, of_project in groupby(notice_store.pending(tx), lambda one: one.project_id):
            until, _ = self._waits.get(project_id, (0.0, 0.0))
            chosen = notice_store.chosen(tx, project_id)
            notices = [one for one in of_project if _is_due(one, chosen, now)]
            project = tx.session.get(Project, project_id)
            if not notices or project is None or until > clock.monotonic():
                continue
            failures = {
                one.flow_id: failure
                for one in notices
                if one.kind == "failed"
                and (failure := notice_store.last_failure(tx, project_id, one.flow_id))
            }
            recipients = notice_store.recipients(tx, project_id)
            found.append(_Due(project_id, project.name, chosen, notices, failures, recipients))
        return found

    def _settle_what_nobody_is_told(self, tx: Tx) -> None:
        """What a project does not want to know, and what is too old to be news."""
        oldest = clock.to_iso(clock.now() - _STALE)
        stale = [
            one
            for one in notice_store.pending(tx)
            if one.last < oldest or one.kind not in notice_store.chosen(tx, one.project_id).kinds
        ]
        notice_store.settle(tx, stale, None)

    # -- mailing -------------------------------------------------------------------------------------

    async def _mail(self, due: _Due) -> None:
        project = digest.ProjectLink(due.name, f"{self._base_url}/p/{due.project_id}")
        mail = digest.write(project, due.notices, due.failures, due.chosen.quiet_minutes)
        sent, error = await self._send(due.recipients, mail)
        now = clock.now_iso()
        if sent:
            self._waits.pop(due.project_id, None)
        else:
            _, waited = self._waits.get(due.project_id, (0.0, _EVERY))
            wait = min(2 * waited, _LONGEST_WAIT)
            self._waits[due.project_id] = (clock.monotonic() + wait, wait)

        def note(tx: Tx) -> None:
            if sent:
                notice_store.settle(tx, due.notices, now)
            notice_store.tried(tx, due.project_id, now if sent else None, error)

        await self._db.submit(note)

    async def _send(self, recipients: Iterable[str], mail: digest.Mail) -> tuple[bool, str]:
        """Whether anybody was reached, and what went wrong with somebody."""
        sent, error = False, "The project has no admin to mail to."
        failed = ""
        for recipient in recipients:
            try:
                await self._mailer.send(recipient, mail.subject, mail.text)
                sent = True
            except MailError as wrong:
                failed = f"{recipient}: {wrong.message}"
                log.warning("a notification was not sent: %s", wrong.message)
        return sent, failed or ("" if sent else error)


def _is_due(notice: Notice, chosen: Chosen, now: float) -> bool:
    if notice.kind not in chosen.kinds:
        return False
    return notice.sent is None or clock.from_iso(notice.sent) + chosen.quiet_minutes * 60 <= now
