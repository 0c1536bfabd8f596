"""Our own mail, against a real SMTP server."""

import socket
import ssl
from pathlib import Path

import pytest

from engine.base.errors import BadInput
from engine.base.settings import Settings
from engine.mail import Mailer, MailError, Server
from tests.support.mail_server import mail_server

SENDER = "Switchyard <alerts@acme.example>"


def mailer(url: str) -> Mailer:
    return Mailer(Settings(smtp_url=url, mail_from=SENDER))


async def test_a_mail_arrives_as_it_was_written() -> None:
    async with mail_server() as server:
        await mailer(f"smtp://me:w%40rd@127.0.0.1:{server.port}").send(
            "ben@example.com", "Hi\r\nBcc: x", "Tëxt\n"
        )
    (mail,) = server.received
    assert (mail["From"], mail["To"], mail["Subject"]) == (SENDER, "ben@example.com", "Hi Bcc: x")
    assert mail.get_content().splitlines() == ["Tëxt"] and mail["Bcc"] is None
    assert mail["Auto-Submitted"] == "auto-generated" and mail["Message-ID"].endswith("@acme.example>")


async def test_an_encoded_word_in_a_subject_begins_no_header() -> None:
    async with mail_server() as server:
        await mailer(f"smtp://me:w%40rd@127.0.0.1:{server.port}").send(
            "ben@example.com", "=?utf-8?q?Hi=0D=0ABcc:_x=0D=0A=0D=0A?= there", "Text\n"
        )
    (mail,) = server.received
    assert (mail["Subject"], mail["Bcc"], mail.get_content().strip()) == ("Hi Bcc: x there", None, "Text")


async def test_a_server_that_refuses_is_named_with_its_answer_and_no_password() -> None:
    async with mail_server() as server:
        server.refuse["gone@example.com"] = "550 no such mailbox"
        at = f"127.0.0.1:{server.port}"
        with pytest.raises(MailError, match="refused the recipient: 550 no such mailbox"):
            await mailer(f"smtp://{at}").send("gone@example.com", "Hi", "Text")
        with pytest.raises(MailError, match="refused the sign-in: 535") as raised:
            await mailer(f"smtp://me:hunter2-secret@{at}").send("ben@example.com", "Hi", "Text")
        assert "hunter2" not in str(raised.value.to_json())
    assert server.received == []


async def test_a_server_that_is_not_there_is_an_error_that_names_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(MailError, match=f"127.0.0.1:{port} cannot be used"):
        await mailer(f"smtp://127.0.0.1:{port}").send("ben@example.com", "Hi", "Text")


async def test_a_certificate_that_nobody_vouches_for_is_refused(pem: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    async with mail_server(context) as server:
        with pytest.raises(MailError, match="certificate"):
            await mailer(f"smtps://localhost:{server.port}").send("ben@example.com", "Hi", "Text")
    assert server.received == []


def test_beyond_this_machine_a_server_must_offer_starttls_unless_it_is_switched_off() -> None:
    assert Server.parse("smtp://mail.example").starttls
    assert not Server.parse("smtp://mail.example:25?starttls=off").starttls
    assert not Server.parse("smtp://localhost:25").starttls
    server = Server.parse("smtps://me:w%40rd@mail.example")
    assert (server.port, server.username, server.password, server.tls) == (465, "me", "w@rd", True)


@pytest.mark.parametrize(
    "url",
    ["mail.example:25", "http://mail.example", "smtp://", "smtp://mail.example:x", "smtp://m?starttls=maybe",
     "smtp://me:hunter2@"],
)  # fmt: skip
def test_an_address_that_cannot_be_used_names_the_setting_and_not_its_password(url: str) -> None:
    with pytest.raises(BadInput) as raised:
        mailer(url)
    assert raised.value.field == "SWITCHYARD_SMTP_URL" and "hunter2" not in raised.value.message


def test_a_sender_that_is_no_address_names_the_setting() -> None:
    with pytest.raises(BadInput) as raised:
        Mailer(Settings(smtp_url="smtp://localhost", mail_from="nobody"))
    assert raised.value.field == "SWITCHYARD_MAIL_FROM"


@pytest.mark.parametrize("given", [{}, {"smtp_url": "smtp://localhost"}, {"mail_from": SENDER}])
async def test_without_a_server_and_a_sender_no_mail_is_sent(given: dict[str, str]) -> None:
    made = Mailer(Settings(**given))  # type: ignore[arg-type]
    assert not made.enabled
    with pytest.raises(MailError):
        await made.send("ben@example.com", "Hi", "Text")
