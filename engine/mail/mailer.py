"""Sends a mail through the server of the settings. It may be in a private network: an operator named it."""

import asyncio
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid, parseaddr
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib
import httpx

from engine.base import clock
from engine.base.errors import BadInput, SwitchyardError
from engine.base.settings import Settings
from pieces import header_text

TIMEOUT = 20.0
"""Seconds for each exchange with the server."""

_PORTS = {"smtp": 587, "smtps": 465}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class MailError(SwitchyardError):
    """A mail was not sent. The message is for the admin who set the server up; it names no secret."""

    status, code = 502, "mail_not_sent"


@dataclass(frozen=True)
class Server:
    """Where mail is handed in."""

    host: str
    port: int
    username: str
    password: str
    tls: bool  # from the first byte
    starttls: bool  # required before anything else is said

    @classmethod
    def parse(cls, url: str) -> "Server":
        """The server of an `smtp://` or `smtps://` address. Raises `BadInput` that names the setting."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise _unusable("it is not an address") from None
        if parts.scheme not in _PORTS or not parts.hostname:
            raise _unusable("it must begin with smtp:// or smtps:// and name a host")
        starttls = parse_qs(parts.query).get("starttls", ["on"])[-1]
        if starttls not in ("on", "off"):
            raise _unusable("starttls must be on or off")
        plain = parts.scheme == "smtps" or starttls == "off" or parts.hostname in _LOOPBACK
        return cls(
            host=parts.hostname,
            port=port or _PORTS[parts.scheme],
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            tls=parts.scheme == "smtps",
            starttls=not plain,
        )


class Mailer:
    """Sends mail where the settings name a server and a sender. Raises `BadInput` for what cannot be used."""

    def __init__(self, settings: Settings) -> None:
        self._server = Server.parse(settings.smtp_url) if settings.smtp_url else None
        self._sender = settings.mail_from
        if settings.mail_from and "@" not in parseaddr(settings.mail_from)[1]:
            raise BadInput(
                f"SWITCHYARD_MAIL_FROM={settings.mail_from!r} cannot be used: it is not a mail address",
                field="SWITCHYARD_MAIL_FROM",
            )

    @property
    def enabled(self) -> bool:
        """Whether there is a server and a sender."""
        return self._server is not None and bool(self._sender)

    async def send(self, to: str, subject: str, text: str) -> None:
        """Send a mail of plain text to one address. Raises `MailError`."""
        if self._server is None or not self._sender:
            raise MailError("No mail is sent: set SWITCHYARD_SMTP_URL and SWITCHYARD_MAIL_FROM.")
        message = EmailMessage(policy=SMTP)
        message["From"] = self._sender
        message["To"] = to
        message["Subject"] = header_text(subject)
        message["Date"] = formatdate(clock.now())
        message["Message-ID"] = make_msgid(domain=parseaddr(self._sender)[1].rpartition("@")[2])
        message["Auto-Submitted"] = "auto-generated"  # so that no out-of-office reply comes back (RFC 3834)
        message.set_content(text)
        await self._hand_in(self._server, message)

    async def _hand_in(self, server: Server, message: EmailMessage) -> None:
        # Reading which authorities to trust takes 40 ms, in which nothing else would go on.
        trust = await asyncio.to_thread(httpx.create_ssl_context)
        try:
            await aiosmtplib.send(
                message,
                hostname=server.host,
                port=server.port,
                username=server.username or None,
                password=server.password or None,
                use_tls=server.tls,
                start_tls=server.starttls,
                tls_context=trust,
                timeout=TIMEOUT,
            )
        except aiosmtplib.SMTPAuthenticationError as error:
            raise MailError(f"The mail server refused the sign-in: {error.code} {error.message}") from error
        except aiosmtplib.SMTPRecipientsRefused as error:
            said = ", ".join(f"{one.code} {one.message}" for one in error.recipients)
            raise MailError(f"The mail server refused the recipient: {said}") from error
        except aiosmtplib.SMTPResponseException as error:
            raise MailError(f"The mail server responded {error.code} {error.message}") from error
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
            where = f"{server.host}:{server.port}"
            raise MailError(
                f"The mail server {where} cannot be used: {error or type(error).__name__}"
            ) from error


def _unusable(why: str) -> BadInput:
    # The address itself may hold a password: it is not repeated.
    return BadInput(f"SWITCHYARD_SMTP_URL cannot be used: {why}", field="SWITCHYARD_SMTP_URL")
