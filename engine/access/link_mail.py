"""Mails that carry a one-time link: invitations and sign-in links; and the test mail of platform admins."""

from engine.base.actor import Actor, Permission
from engine.base.errors import Busy
from engine.base.payloads import mail_tested_data
from engine.base.settings import Settings
from engine.mail import Mailer, MailError
from engine.store.database import Database
from engine.store.emit import Emit

from .rate_limiter import Throttle

_PER_PROJECT = 50  # invitations that are mailed within the window: they go to addresses that anybody may type
_WINDOW = 3600.0  # seconds


class LinkMail:
    """Sends links, where mail is set up. A link that cannot be sent is still shown to who created it."""

    def __init__(self, db: Database, settings: Settings, mailer: Mailer, emit: Emit) -> None:
        self._db = db
        self._settings = settings
        self._mailer = mailer
        self._emit = emit
        self._invitations = Throttle(_PER_PROJECT, _WINDOW)

    @property
    def enabled(self) -> bool:
        """Whether mail is set up."""
        return self._mailer.enabled

    async def invite(self, actor: Actor, email: str, project: str, url: str) -> str | None:
        """Send an invitation to a project; what went wrong, or None. Nothing is tried without a server."""
        if not self.enabled:
            return None
        try:
            self._invitations.attempt(actor.project_id)
        except Busy as error:
            return f"This project has sent many invitations. {error.message}"
        who = actor.name or actor.email or "An admin"
        return await self._send(
            email,
            f"{who} invited you to {project} on Switchyard",
            f"{who} invited you to the project {project} on {self._settings.base_url}.\n\n"
            f"Accept the invitation within 7 days:\n{url}\n\n"
            "If you did not expect this, ignore this mail.\n",
        )

    async def sign_in_link(self, email: str, url: str) -> str | None:
        """Send a link under which a user chooses a password; what went wrong, or None."""
        return await self._send(
            email,
            "Your sign-in link for Switchyard",
            f"Choose a password for {self._settings.base_url}:\n{url}\n\n"
            "The link works once, within 24 hours. If you did not expect this, ignore this mail.\n",
        )

    async def _send(self, to: str, subject: str, text: str) -> str | None:
        if not self._mailer.enabled:
            return None
        try:
            await self._mailer.send(to, subject, text)
        except MailError as error:
            return error.message
        return None

    async def send_test(self, actor: Actor) -> None:
        """Send the actor, a platform admin, a test mail. Raises `MailError`."""
        actor.require(Permission.platform)
        if not self._mailer.enabled:
            raise MailError("No mail server is set up.")
        outcome = "sent"
        try:
            await self._mailer.send(
                actor.email, "Test mail from Switchyard", f"Mail from {self._settings.base_url} works.\n"
            )
        except MailError as error:
            outcome = error.message
            raise
        finally:
            data = mail_tested_data(to=actor.email, outcome=outcome)
            await self._db.write(lambda tx: self._emit(tx, "mail.tested", data, actor, None))
