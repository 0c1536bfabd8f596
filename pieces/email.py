"""Email: send mail by SMTP."""

import asyncio
import hashlib
import re
import socket
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import formatdate
from html import unescape
from typing import Annotated, Any

import aiosmtplib
import httpx

from ._action import Finding
from ._auth import AuthField, Fields
from ._context import Context
from ._errors import AuthError, PieceError, Retry
from ._mail_headers import header_text, name_text, sayable
from ._mailboxes import mailbox, mailboxes, one_line
from ._piece import Piece
from ._props import Example, File, Html, Json, LongText, MessageText, Title

email = Piece(
    "email",
    icon="mail",
    auth=Fields(
        "SMTP server",
        AuthField("host", "Server", secret=False, target=True, help="Such as smtp.example.com."),
        AuthField(
            "port", "Port", secret=False, required=False, target=True, help="587 for STARTTLS, 465 for TLS."
        ),
        AuthField(
            "security",
            "Security",
            secret=False,
            options=("starttls", "tls", "none"),
            default="starttls",
            help="`none` sends everything unencrypted. Use it only for a server on the same machine.",
        ),
        AuthField("username", "User name", secret=False, required=False),
        AuthField("password", "Password", required=False),
        AuthField(
            "from", "Sender", secret=False, required=False, help="Used if a step has no sender of its own."
        ),
    ),
)

_PORTS = {"starttls": 587, "tls": 465, "none": 25}
TIMEOUT = 30.0
"""Seconds for each exchange with the server."""
CONNECT_TIMEOUT = 10.0
MAX_BYTES = 25_000_000
"""The largest message, attachments included."""
MAX_RECIPIENTS = 100
MAX_SUBJECT = 250
"""Characters of a subject."""
_MEDIA_TYPE = re.compile(r"([a-z0-9!#$&^_.+-]+)/([a-z0-9!#$&^_.+-]+)")  # RFC 6838, section 4.2
_PARAMETER = re.compile(r"[a-z0-9!#$&^_.+-]+")
_CHARSET = re.compile(r"utf-?8|utf-?16|us-ascii|iso-8859-\d+|windows-125\d", re.IGNORECASE)


@email.verify
async def verify(ctx: Context) -> None:
    """Connect, sign in, and say NOOP."""
    async with _server(ctx) as server:
        await server.noop()


@email.action
async def send(
    ctx: Context,
    to: Annotated[list[str], Example("ops@example.com")],
    subject: Annotated[str, MessageText()],
    text: Annotated[str, LongText(8), MessageText()] = "",
    html: Annotated[str, LongText(8), Title("HTML"), Html(), MessageText()] = "",
    cc: list[str] | None = None,
    bcc: list[str] | None = None,
    reply_to: str = "",
    from_: Annotated[str, Example("Alerts <alerts@example.com>")] = "",
    attachments: list[File] | None = None,
) -> Json:
    """Send an e-mail.

    Every attempt of one step carries the same Message-ID, so that receivers can see a repeat.

    Args:
        to: Recipients, each as an address or `Name <address>`.
        subject: Line breaks become spaces, and what is longer than 250 characters is cut.
        text: The plain text; with HTML too, what simple readers show.
        html: The HTML. What expressions give is escaped; `safe(…)` inserts HTML as it is.
        cc: Further recipients, seen by all.
        bcc: Further recipients, seen by nobody.
        reply_to: Where answers go; several addresses separated by commas or semicolons.
        from_: The sender; without it, the connection's.
        attachments: Files: {filename, content, encoding: text or base64, content_type}.
    """
    sender = mailbox(from_.strip() or ctx.auth.get("from") or ctx.auth.get("username", ""), "from")
    seen = {"to": mailboxes(to, "to"), "cc": mailboxes(cc or [], "cc")}
    hidden = mailboxes(bcc or [], "bcc")
    recipients = list(dict.fromkeys(a.addr_spec for a in [*seen["to"], *seen["cc"], *hidden]))
    if not 1 <= len(recipients) <= MAX_RECIPIENTS:
        raise PieceError(f"`to` must name 1 to {MAX_RECIPIENTS} recipients in all", field="to")
    message = _message(sender, seen, subject, text, html)
    if answers := mailboxes([reply_to], "reply_to"):
        message["Reply-To"] = answers
    message["Date"] = formatdate(ctx.now())
    message["Message-ID"] = _message_id(ctx, sender)
    # Packing megabytes takes long enough to hold up every other run.
    raw = await asyncio.to_thread(_packed, message, attachments or [])
    async with _server(ctx) as server:
        refused, answer = await server.sendmail(sender.addr_spec, recipients, raw)
    return {
        "message_id": str(message["Message-ID"]),
        "accepted": [address for address in recipients if address not in refused],
        "refused": {address: f"{told.code} {told.message}" for address, told in refused.items()},
        "answer": answer,
    }


@send.check
def _findings(values: Mapping[str, Any]) -> Iterator[Finding]:
    """Addresses that cannot be, and a mail without content. What holds a template is known in the run."""
    content = [values.get(field) for field in ("text", "html", "attachments")]
    if not any(part.strip() if isinstance(part, str) else part for part in content):
        yield Finding("/text", "the mail is empty but for its subject: write a text", warning=True)
    for field in ("to", "cc", "bcc", "reply_to", "from"):
        given = values.get(field)
        texts = given if isinstance(given, list) else [given]
        for number, text in enumerate(texts):
            if not isinstance(text, str) or "{{" in text or (not text.strip() and field != "to"):
                continue
            where = f"/{field}/{number}" if isinstance(given, list) else f"/{field}"
            if text.strip() and (problem := _wrong(text, field)):
                yield Finding(where, problem)
            elif not text.strip() and isinstance(given, list):
                yield Finding(where, "this recipient is empty")


def _wrong(text: str, field: str) -> str:
    """What is wrong with a text of addresses; empty if nothing."""
    try:
        mailboxes([text], field)
    except PieceError as error:
        return str(error)
    return ""


def _message(
    sender: Address, seen: dict[str, list[Address]], subject: str, text: str, html: str
) -> EmailMessage:
    message = EmailMessage(policy=SMTP_POLICY)
    message["From"] = sender
    for name, addresses in seen.items():
        if addresses:
            message[name.capitalize()] = addresses
    message["Subject"] = _subject(subject)
    text, html = sayable(text), sayable(html)
    message.set_content(text if text or not html else _plain(html))
    if html:
        message.add_alternative(html, subtype="html")
    return message


def _plain(html: str) -> str:
    """HTML without its tags, for readers that show none. One pass, whatever the HTML is."""
    lower, shown, at = html.lower(), [], 0
    while (start := html.find("<", at)) >= 0:
        shown.append(html[at:start])
        hidden = next((tag for tag in ("script", "style") if lower.startswith(tag, start + 1)), None)
        end = lower.find(f"</{hidden}", start) if hidden else start
        end = html.find(">", end) if end >= 0 else -1
        at = end + 1 if end >= 0 else len(html)
    return " ".join(unescape(" ".join([*shown, html[at:]])).split())


def _packed(message: EmailMessage, files: list[File]) -> bytes:
    """The message with its attachments, as it is sent."""
    size = sum(len(file.content) for file in files)
    if size <= MAX_BYTES:
        for file in files:
            _attach(message, file)
        raw = message.as_bytes(policy=SMTP_POLICY)
        size = len(raw)
        if size <= MAX_BYTES:
            return raw
    raise PieceError(
        f"the message has {size:,} bytes; at most {MAX_BYTES:,} are allowed", field="attachments"
    )


def _attach(message: EmailMessage, file: File) -> None:
    try:
        data = file.data()
    except ValueError as error:
        raise PieceError(f"`attachments`: {error}", field="attachments") from None
    is_text = file.encoding == "text"
    kind = " ".join(file.content_type.split()) or ("text/plain" if is_text else "application/octet-stream")
    parsed = EmailMessage()  # for the parameters, which may be quoted
    parsed["Content-Type"] = kind
    match = _MEDIA_TYPE.fullmatch(kind.partition(";")[0].strip().lower())
    if match is None:
        raise PieceError(f"`attachments`: {kind!r} is not a content type", field="attachments")
    main, subtype = match[1], match[2]
    params = {
        name: name_text(str(value)) for name, value in parsed["Content-Type"].params.items()
        if name != "boundary" and _PARAMETER.fullmatch(name)
    }  # fmt: skip
    if main == "multipart":  # its parts are in the file, and a reader would look for them in the mail
        main, subtype, params = "application", "octet-stream", {}
    if is_text and main == "text":
        params["charset"], data = _encoded(file.content, str(params.get("charset", "utf-8")))
    name = name_text(one_line(file.filename, "attachments"))
    message.add_attachment(data, maintype=main, subtype=subtype, filename=name, params=params)


def _encoded(text: str, charset: str) -> tuple[str, bytes]:
    """A text in the charset that its type names, or in UTF-8 where that cannot say it."""
    if _CHARSET.fullmatch(charset):
        with suppress(LookupError, UnicodeEncodeError):
            return charset, text.encode(charset)
    return "utf-8", text.encode("utf-8", "replace")


def _subject(text: str) -> str:
    """One line of bounded length, whatever an event put into it."""
    line = header_text(text)
    return line if len(line) <= MAX_SUBJECT else f"{line[: MAX_SUBJECT - 1]}…"


def _message_id(ctx: Context, sender: Address) -> str:
    # A digest, because the key names the run and the step, which are nobody else's business.
    unique = hashlib.sha256(ctx.idempotency_key.encode()).hexdigest()[:32]
    return f"<{unique}@{sender.domain}>"


@asynccontextmanager
async def _server(ctx: Context) -> AsyncIterator[aiosmtplib.SMTP]:
    """A signed-in session with the connection's server; what goes wrong becomes a piece's error."""
    try:
        server = await _connect(ctx)
        try:
            username = ctx.auth.get("username")
            if username:
                await server.login(username, ctx.auth.get("password", ""))
            yield server
        finally:
            if server.is_connected:
                await _quit(server)
    except aiosmtplib.SMTPAuthenticationError as error:
        if 400 <= error.code < 500:
            raise Retry(f"the server cannot sign in now: {error.code} {error.message}") from error
        raise AuthError(f"the server refused the sign-in: {error.code} {error.message}") from error
    except aiosmtplib.SMTPRecipientsRefused as error:
        raise _refused(error) from error
    except aiosmtplib.SMTPResponseException as error:
        told = f"the server says {error.code} {error.message}"
        raise (Retry(told) if 400 <= error.code < 500 or error.code == -1 else PieceError(told)) from error
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        raise _unreachable(error) from error


def _refused(error: aiosmtplib.SMTPRecipientsRefused) -> Exception:
    told = ", ".join(f"{one.recipient}: {one.code} {one.message}" for one in error.recipients)
    if all(400 <= one.code < 500 for one in error.recipients):
        return Retry(f"the server accepts no recipient now: {told}")
    return PieceError(f"`to`: the server refused every recipient: {told}", field="to")


def _unreachable(error: Exception) -> Exception:
    """No connection, or none that is safe: a wrong certificate does not get better by waiting."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return PieceError(f"the server's certificate is not valid: {cause.verify_message}")
        cause = cause.__cause__ or cause.__context__
    told = str(error) or type(error).__name__
    if "not supported" in told:
        return PieceError(f"the server does not support what the connection requires: {told}")
    return Retry(f"the mail server cannot be reached: {told}")


async def _connect(ctx: Context) -> aiosmtplib.SMTP:
    """Greet the server at a checked address; TLS is verified against its name."""
    host, security = ctx.auth["host"], ctx.auth["security"]
    text = ctx.auth.get("port") or str(_PORTS[security])
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise PieceError(f"the connection's port {text!r} is not a port number")
    # Whom TLS believes: reading that takes 40 ms, in which nothing else would go on.
    trust = await asyncio.to_thread(httpx.create_ssl_context)
    server = aiosmtplib.SMTP(
        hostname=host,
        sock=await _socket(ctx, host, int(text)),
        timeout=TIMEOUT,
        use_tls=security == "tls",
        start_tls=security == "starttls",
        tls_context=None if security == "none" else trust,
        local_hostname="[127.0.0.1]",
    )
    await server.connect()
    return server


async def _socket(ctx: Context, host: str, port: int) -> socket.socket:
    failure: OSError = OSError(f"{host} has no address")
    for address in (await ctx.resolve(host, port))[:3]:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        opened = socket.socket(family, socket.SOCK_STREAM)
        opened.setblocking(False)
        try:
            await asyncio.wait_for(
                asyncio.get_running_loop().sock_connect(opened, (address, port)), CONNECT_TIMEOUT
            )
        except BaseException as error:
            opened.close()
            if not isinstance(error, OSError):  # TimeoutError is one
                raise
            failure = error
        else:
            return opened
    raise failure


async def _quit(server: aiosmtplib.SMTP) -> None:
    # The mail is sent or refused by now; how the server says goodbye changes nothing.
    with suppress(aiosmtplib.SMTPException, OSError):
        await server.quit()
