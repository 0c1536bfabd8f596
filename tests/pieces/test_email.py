"""The email piece, against a real SMTP server."""

import asyncio
import base64
import datetime
import json
import random
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pieces import AuthError, Context, PieceError, Retry
from pieces._mail_headers import header_text, name_text
from pieces.email import _plain, email, send
from pieces.testing import context

NAME = "mail.example"
Received = list[Envelope]


class _Box:
    """Keeps what it is sent, and refuses what it is told to."""

    def __init__(self, refuse: dict[str, str]) -> None:
        self.received: Received = []
        self.refuse = refuse

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if "data" in self.refuse:
            return self.refuse["data"]
        self.received.append(envelope)
        return "250 kept"


def _login(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (b"me", b"word"), handled=False)


@asynccontextmanager
async def _server(
    *,
    refuse: dict[str, str] | None = None,
    tls: ssl.SSLContext | None = None,
    starttls: ssl.SSLContext | None = None,
) -> AsyncIterator[tuple[int, Received]]:
    box = _Box(refuse or {})

    def protocol() -> SMTP:
        return SMTP(box, hostname=NAME, tls_context=starttls, authenticator=_login, auth_require_tls=False)

    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1], box.received
    finally:
        server.close()


def _ctx(port: int | str, /, **auth: str) -> Context:
    fields = {"host": NAME, "port": str(port), "security": "none", "from": "Alerts <alerts@acme.example>"}
    return context(email, auth=fields | auth)


def _read(envelope: Envelope) -> EmailMessage:
    assert isinstance(envelope.content, bytes)
    message = message_from_bytes(envelope.content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


MAIL = {"to": ["a@b.example"], "subject": "Hello", "text": "Hi there."}


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path


def _tls(pem: Path) -> ssl.SSLContext:
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.load_cert_chain(pem)
    return made


async def test_a_plain_mail_arrives() -> None:
    async with _server() as (port, received):
        output = await send.run(_ctx(port), MAIL)
    (envelope,) = received
    message = _read(envelope)
    assert envelope.mail_from == "alerts@acme.example"
    assert envelope.rcpt_tos == ["a@b.example"]
    assert message["From"] == "Alerts <alerts@acme.example>"
    assert message["Subject"] == "Hello"
    assert message.get_content() == "Hi there.\r\n"
    assert message["Date"] == "Tue, 14 Nov 2023 22:13:20 -0000"
    assert output["message_id"] == message["Message-ID"]
    assert output["accepted"] == ["a@b.example"]


async def test_a_full_mail_arrives() -> None:
    values = {
        "to": "Änne <a@b.example>",
        "cc": ["c@b.example"],
        "bcc": ["d@b.example", "a@b.example"],
        "subject": "Größe ✓",
        "html": "<style>p{}</style><p>Hi <b>there</b></p>",
        "reply_to": "r@b.example",
        "from": "Me <me@acme.example>",
        "attachments": [
            {"filename": "a.csv", "content": "x,y", "content_type": "text/csv"},
            {"filename": "ü.bin", "content": base64.b64encode(b"\x00\xff").decode(), "encoding": "base64"},
        ],
    }
    async with _server() as (port, received):
        await send.run(_ctx(port), values)
    (envelope,) = received
    message = _read(envelope)
    assert envelope.rcpt_tos == ["a@b.example", "c@b.example", "d@b.example"]
    assert "d@b.example" not in str(message)
    assert message["To"] == "Änne <a@b.example>"
    assert (message["Subject"], message["Reply-To"], message["Cc"]) == (
        "Größe ✓",
        "r@b.example",
        "c@b.example",
    )
    html, plain = message.get_body(("html",)), message.get_body(("plain",))
    assert html is not None and "<b>there</b>" in html.get_content()
    assert plain is not None and plain.get_content().strip() == "Hi there"
    files = list(message.iter_attachments())
    assert [file.get_filename() for file in files] == ["a.csv", "ü.bin"]
    assert [file.get_content_type() for file in files] == ["text/csv", "application/octet-stream"]
    assert files[1].get_content() == b"\x00\xff"


async def test_one_text_may_name_several_recipients() -> None:
    values = {**MAIL, "to": '"Doe, Jo" <jo@b.example>, Ann Lee <ann@c.example>,x@bücher.example'}
    async with _server() as (port, received):
        output = await send.run(_ctx(port), values)
    assert output["accepted"] == ["jo@b.example", "ann@c.example", "x@xn--bcher-kva.example"]
    assert str(_read(received[0])["To"]).startswith('"Doe, Jo" <jo@b.example>, Ann Lee <ann@c.example>')


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a</p><p>b &amp; c</p>", "a b & c"),
        ("<STYLE>x{}</style >a<script>b</script>c", "a c"),
        ("a<script>b", "a"),
        ("a<b", "a"),
        ("a > b", "a > b"),
        ("<script " * 200_000, ""),
        ("<" * 1_000_000, ""),
    ],
)
async def test_html_alone_gets_a_plain_text_beside_it(html: str, text: str) -> None:
    assert _plain(html) == text


async def test_every_attempt_has_the_same_message_id() -> None:
    async with _server() as (port, _):
        ids = [(await send.run(_ctx(port), MAIL))["message_id"] for _ in range(2)]
        other = _ctx(port)
        other.idempotency_key = "run_2:step"
        ids.append((await send.run(other, MAIL))["message_id"])
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_tls_is_verified_against_the_server_s_name(
    security: str, pem: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    async with _server(**{security: _tls(pem)}) as (port, received):  # type: ignore[arg-type]
        await send.run(_ctx(port, security=security, username="me", password="word"), MAIL)
        with pytest.raises(PieceError, match="certificate is not valid"):
            await send.run(_ctx(port, security=security, host="other.example"), MAIL)
        monkeypatch.delenv("SSL_CERT_FILE")
        with pytest.raises(PieceError, match="certificate is not valid"):
            await send.run(_ctx(port, security=security), MAIL)
    assert len(received) == 1


async def test_starttls_is_not_given_up_when_the_server_lacks_it() -> None:
    async with _server() as (port, received):
        with pytest.raises(PieceError, match="not supported"):
            await send.run(_ctx(port, security="starttls"), MAIL)
    assert received == []


async def test_testing_a_connection_signs_in() -> None:
    async with _server() as (port, _):
        await email.test_connection(_ctx(port, username="me", password="word"))
        with pytest.raises(AuthError, match="535") as caught:
            await email.test_connection(_ctx(port, username="me", password="wrong-word"))
    assert "wrong-word" not in str(caught.value)
    with pytest.raises(Retry, match="cannot be reached"):
        await email.test_connection(_ctx(port))
    with pytest.raises(AuthError, match="needs a connection"):
        await email.test_connection(context(email, auth={}))


@pytest.mark.parametrize(
    ("refuse", "raised"),
    [
        ({"a@b.example": "550 no such user"}, PieceError),
        ({"a@b.example": "450 later"}, Retry),
        ({"data": "554 spam"}, PieceError),
        ({"data": "451 busy"}, Retry),
    ],
)
async def test_what_the_server_refuses(refuse: dict[str, str], raised: type[Exception]) -> None:
    async with _server(refuse=refuse) as (port, _):
        with pytest.raises(raised) as caught:
            await send.run(_ctx(port), MAIL)
    assert type(caught.value) is raised
    assert next(iter(refuse.values()))[:3] in str(caught.value)


async def test_a_mail_that_reaches_some_is_sent_and_says_whom_it_missed() -> None:
    async with _server(refuse={"x@b.example": "550 no such user"}) as (port, received):
        output = await send.run(_ctx(port), {**MAIL, "to": ["a@b.example", "x@b.example"]})
    assert len(received) == 1
    assert output["accepted"] == ["a@b.example"]
    assert output["refused"] == {"x@b.example": "550 no such user"}


async def test_the_connection_goes_to_a_checked_address_only() -> None:
    async def refused(host: str, port: int) -> list[str]:
        raise PieceError(f"{host} is not a public address")

    ctx = _ctx(25)
    assert ctx.outside is not None
    ctx.outside.resolve = refused  # type: ignore[method-assign]
    with pytest.raises(PieceError, match="not a public address"):
        await send.run(ctx, MAIL)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"to": ["a@b.example\r\nBcc: x@y.example"]}, "to"),
        ({"to": ["a@b.example, nobody"]}, "to"),
        ({"to": ["a@b.example)c@d.example"]}, "to"),
        ({"to": ["a@b.example <c@d.example>"]}, "to"),
        ({"to": ['"a@b.example']}, "to"),
        ({"to": ["ä@b.example"]}, "to"),
        ({"to": [" " * 5_000_000 + "x"]}, "to"),
        ({"to": ["," * 1_000_000 + "x"]}, "to"),
        ({"from": "a@b.example, c@d.example"}, "from"),
        ({"to": ["nobody"]}, "to"),
        ({"to": ["@b.example"]}, "to"),
        ({"to": ["a@b.example>\x00"]}, "to"),
        ({"to": ["a@" + "b" * 70 + ".example"]}, "to"),
        ({"to": []}, "to"),
        ({"to": [" "]}, "to"),
        ({"to": [f"a{n}@b.example" for n in range(101)]}, "to"),
        ({"cc": ["x"]}, "cc"),
        ({"bcc": ["x"]}, "bcc"),
        ({"reply_to": "a@b.example\nX: y"}, "reply_to"),
        ({"from": "a@b.example\nX: y"}, "from"),
        ({"from": "nobody"}, "from"),
        ({"attachments": [{"filename": "a\r\nb", "content": "x"}]}, "attachments"),
        ({"attachments": [{"filename": "a", "content": "!", "encoding": "base64"}]}, "attachments"),
        ({"attachments": [{"filename": "a", "content": "x", "content_type": "text"}]}, "attachments"),
        ({"attachments": [{"filename": "a", "content": "x" * 26_000_000}]}, "attachments"),
        ({"attachments": [{"content": "x"}]}, "attachments"),
        ({"subject": None}, "subject"),
    ],
)
async def test_bad_input_names_its_field_and_sends_nothing(values: dict[str, Any], field: str) -> None:
    async with _server() as (port, received):
        with pytest.raises(PieceError) as caught:
            await send.run(_ctx(port), {**MAIL, **values})
    assert caught.value.field == field
    assert received == []


async def test_a_port_that_is_none_is_told() -> None:
    for port in ("x", "0", "70000", "²"):
        with pytest.raises(PieceError, match="is not a port number"):
            await send.run(_ctx(port), MAIL)


DATA = Path(__file__).parents[1] / "data" / "cases"
CASES = [
    case for name in ("mail.json", "mail_more.json") for case in json.loads((DATA / name).read_text("utf-8"))
]
FIELDS = ("to", "cc", "bcc", "from", "subject", "reply_to", "attachments")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
async def test_what_events_put_into_a_mail_is_sent_as_it_is_meant(case: dict[str, Any]) -> None:
    values = {"to": "ops@example.com", "subject": "x", "text": "y"}
    values |= {name: case[name] for name in FIELDS if name in case}
    async with _server() as (port, received):
        if "error_names" in case:
            with pytest.raises(PieceError) as caught:
                await send.run(_ctx(port), values)
            assert (caught.value.field, received) == (case["error_names"], [])
            return
        await send.run(_ctx(port), values)
    message = message_from_bytes(received[0].content or b"", policy=default)
    assert isinstance(message, EmailMessage)
    expect = case["expect"]
    if "subject" in expect:
        assert message["Subject"] == expect["subject"]
    if "subject_length" in expect:
        assert len(message["Subject"]) == expect["subject_length"]
    for name in ("from", "to", "cc", "reply_to"):
        if name in expect:
            header = message[name.replace("_", "-")]
            found = None if header is None else [address.addr_spec for address in header.addresses]
            assert found == expect[name]
    if "names" in expect:
        assert [address.display_name for address in message["To"].addresses] == expect["names"]
    if "bcc" in expect:
        assert message["Bcc"] is None
        assert received[0].rcpt_tos == expect.get("recipients", ["ops@example.com"])
    if "recipients" in expect:
        assert received[0].rcpt_tos == expect["recipients"]
    _check_attachment(message, expect)


def _check_attachment(message: EmailMessage, expect: dict[str, Any]) -> None:
    if "attachment_type" not in expect:
        return
    (attached,) = message.iter_attachments()
    assert isinstance(attached, EmailMessage)
    assert attached.get_content_type() == expect["attachment_type"]
    if "attachment_name" in expect:
        assert attached.get_filename() == expect["attachment_name"]
    if "attachment_text" in expect:
        assert attached.get_content() == expect["attachment_text"]
    if "attachment_bytes" in expect:
        assert attached.get_content() == base64.b64decode(expect["attachment_bytes"])


async def test_a_subject_of_any_length_is_cut() -> None:
    async with _server() as (port, received):
        await send.run(_ctx(port), {"to": "ops@example.com", "subject": "long " * 400, "text": "y"})
    message = message_from_bytes(received[0].content or b"", policy=default)
    assert len(message["Subject"]) == 250 and message["Subject"].endswith("…")


ENCODED = "=?utf-8?q?x=0D=0ABcc:_evil=0D=0A=0D=0Abody?="
HIDDEN = [
    {"subject": ENCODED},
    {"subject": "=?utf-8?b?eA0KQmNjOiBldmls?= and more"},
    {"subject": "=?utf-8?q?x=0D?= =?utf-8?q?=0ABcc:_evil?="},
    {"subject": "=?no-such-charset?q?x=0D=0ABcc:_evil?="},
    {"subject": "=?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3D0D=3D0ABcc:_evil=3F=3D?="},  # within one another
    {"to": f"{ENCODED} <a@example.com>"},
    {"to": f'"{ENCODED}" <a@example.com>'},
    {"to": f"a@example.com ({ENCODED})"},
    {"to": '"=?utf-8?q?x=0D=0ABcc:_evil" <a@example.com>, "?=" <b@example.com>'},
    {"from": f"{ENCODED} <a@example.com>"},
    {"cc": f"{ENCODED} <a@example.com>"},
    {"reply_to": f"{ENCODED} <a@example.com>"},
    {"attachments": [{"filename": ENCODED, "content": "x"}]},
    {"attachments": [{"filename": "a", "content": "x", "content_type": f'text/plain; name="{ENCODED}"'}]},
    {"attachments": [{"filename": "a", "content": "x",
                      "content_type": "text/plain; name*=utf-8''x%0D%0ABcc:%20evil%0D%0A%0D%0Abody"}]},
    {"attachments": [{"filename": "a", "content": "x", "content_type": f"text/plain; {ENCODED}=1"}]},
]  # fmt: skip


def _names(message: EmailMessage) -> list[str]:
    return [name.lower() for part in message.walk() for name in part]


async def _mail_of(values: dict[str, Any]) -> EmailMessage:
    async with _server() as (port, received):
        await send.run(_ctx(port), {"to": "ops@example.com", "subject": "x", "text": "y", **values})
    return _read(received[0])


@pytest.mark.parametrize("values", HIDDEN)
async def test_a_line_break_in_an_encoded_word_begins_no_header(values: dict[str, Any]) -> None:
    usual = {"from", "to", "cc", "reply-to", "subject", "date", "message-id", "mime-version", "content-type",
             "content-transfer-encoding", "content-disposition"}  # fmt: skip
    message = await _mail_of(values)
    assert set(_names(message)) <= usual
    shown = message.get_body(("plain",))
    assert shown is not None and shown.get_content().strip() == "y"


async def test_an_encoded_word_in_an_address_is_refused() -> None:
    with pytest.raises(PieceError, match="is not an e-mail address"):
        await _mail_of({"to": "=?utf-8?q?x=0D=0ABcc=3A_evil?=@example.com"})


@pytest.mark.parametrize("seed", range(20))
def test_pieces_of_encoded_words_begin_no_header_whatever_their_order(seed: int) -> None:
    rng = random.Random(f"words {seed}")
    bits = [
        "=?",
        "?=",
        "utf-8",
        "?q?",
        "?b?",
        "=0D=0A",
        "=0A",
        "Bcc:_x",
        "DQpCY2M6IHg=",
        " ",
        "=3D=3F",
        "a",
        '"',
    ]
    for _ in range(20):
        text = "".join(rng.choice(bits) for _ in range(rng.randint(3, 14)))
        message = EmailMessage(policy=SMTP_POLICY)
        message["Subject"] = header_text(text)
        message["To"] = [
            Address(name_text(text), "a", "example.com"),
            Address(name_text(text), "b", "b.example"),
        ]
        read = message_from_bytes(message.as_bytes(), policy=default)
        assert sorted(_names(read)) == ["subject", "to"], text  # type: ignore[arg-type]
