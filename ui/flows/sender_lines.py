"""Lines to copy into what sends the events: the address is filled in, and how the request is verified.

A stored secret is never shown again. A line then reads it from where the tool has its secrets (an
environment variable, a file, a macro), and its note says which connection holds it. Sources: the manuals of
`curl(1)`, Alertmanager's `webhook_config`, `systemd.unit(5)`, `crontab(5)`, Nagios Core's object definitions
and macros, and the `http()` destination of syslog-ng.
"""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

VARIABLE = "SWITCHYARD_SECRET"
_FILE = "/etc/alertmanager/switchyard-secret"
_MACRO = "$USER9$"
_ALONE = {"gitlab_token": "X-Gitlab-Token"}
"""Schemes whose secret stands alone in a header of theirs."""
_LONGEST = 1_000
"""Characters of an example's body; of a longer one, only its short values at the top are sent."""
_OWN_HEADERS = re.compile(r"(?!.*(signature|secret|token|authorization))x-[a-z0-9-]{1,60}", re.IGNORECASE)
"""Headers of a sample that say what an event is, and not who sent it."""
_HEADER = re.compile(r"[A-Za-z0-9_-]{1,200}")
_USERNAME = re.compile(r"[A-Za-z0-9_.@-]{1,200}")
_SECRET = re.compile(r"[A-Za-z0-9_.+/=-]+")
"""What can stand in every tool's configuration as it is; what we create always can."""


@dataclass(frozen=True)
class Line:
    """What to copy for one sender."""

    key: str
    title: str
    text: str
    note: str = ""
    """Where it goes, and where its secret is; with code in backticks."""


@dataclass(frozen=True)
class Example:
    """An event to send by hand."""

    body: Any
    headers: Mapping[str, str]


PLAIN = Example({"hello": "world"}, {})
"""For a flow that says of no event what it looks like."""


def example_of(definition: Mapping[str, Any]) -> Example:
    """The first sample of a flow that has an object as its body, shortened: an event that a branch takes."""
    for sample in (definition.get("samples") or {}).values():
        body = sample.get("body") if isinstance(sample, Mapping) else None
        if isinstance(body, dict) and body:
            headers = sample.get("headers") or {}
            own = {
                str(name): str(text) for name, text in headers.items() if _OWN_HEADERS.fullmatch(str(name))
            }
            return Example(_brief(body), own)
    return PLAIN


def _brief(body: dict[str, Any]) -> dict[str, Any]:
    if len(json.dumps(body)) <= _LONGEST:
        return body
    return {name: value for name, value in body.items() if len(json.dumps(value)) <= _LONGEST // 10}


@dataclass(frozen=True)
class Field:
    """One field of a vendor's form."""

    label: str
    value: str
    copied: bool = True
    """The value is to be copied; otherwise it says what to choose."""


@dataclass(frozen=True)
class _Proof:
    """How a request proves itself, and the secret if it may be shown."""

    scheme: str
    header: str
    username: str
    secret: str
    connection: str

    def curl(self, secret: str, quote: str) -> str:
        """Options of curl, the secret as a shell or another tool writes it, within `quote`."""
        if self.scheme == "basic":
            return f" --user {quote}{self.username}:{secret}{quote}"
        return f" --header {quote}{self.header}: {secret}{quote}" if self.header else ""

    def note(self, place: str) -> str:
        """Where the secret is to be entered, if it cannot be shown."""
        if self.secret or self.scheme == "none":
            return ""
        return f"Set {place} to the secret that the connection `{self.connection}` holds. "


def lines(
    url: str,
    verify: Mapping[str, Any],
    *,
    secret: str = "",
    username: str = "switchyard",
    example: Example = PLAIN,
) -> list[Line]:
    """For each sender that can prove itself by this verification, the lines to copy. By curl, `example` is
    sent.

    `secret` is given only where it may be shown. A scheme that none of these senders knows has no lines.
    """
    secret = secret if _SECRET.fullmatch(secret) else ""
    scheme = str(verify.get("scheme") or "none")
    header = str(verify.get("header") or "") if scheme == "header" else _ALONE.get(scheme, "")
    proof = _Proof(scheme, header, username, secret, str(verify.get("connection") or ""))
    if scheme == "github":
        return [_github(url, proof, example)]
    if scheme not in ("none", "basic") and not _HEADER.fullmatch(header):
        return []
    if scheme == "basic" and not _USERNAME.fullmatch(username):
        return []
    found = [_curl(url, proof, example), _systemd(url, proof), _cron(url, proof), _nagios(url, proof),
             _syslog_ng(url, proof)]  # fmt: skip
    if not header:
        found.insert(1, _alertmanager(url, proof))
    return found


def form_fields(url: str, verify: Mapping[str, Any], *, secret: str = "") -> list[Field]:
    """The fields of GitHub's form *Add webhook*; none for another scheme."""
    if verify.get("scheme") != "github":
        return []
    where = secret or f"The secret that the connection {verify.get('connection')} holds"
    return [
        Field("Payload URL", url),
        Field("Content type", "application/json", False),
        Field("Secret", where, bool(secret)),
        Field("Which events", "Let me select individual events: those that the flow has branches for", False),
    ]


def _shell(proof: _Proof) -> str:
    """Options of curl in a shell."""
    return proof.curl(proof.secret, "'") if proof.secret else proof.curl(f"${VARIABLE}", '"')


def _headers(example: Example) -> str:
    return "".join(f" --header {shlex.quote(f'{name}: {text}')}" for name, text in example.headers.items())


def _curl(url: str, proof: _Proof, example: Example) -> Line:
    event = shlex.quote(json.dumps(example.body))
    text = f"curl --json {event}{_headers(example)}{_shell(proof)} {shlex.quote(url)}"
    return Line("curl", "curl", text, proof.note(f"`{VARIABLE}`"))


def _github(url: str, proof: _Proof, example: Example) -> Line:
    """A signed event, by default a ping; openssl computes the signature, HMAC-SHA256 of the body in hex."""
    secret = shlex.quote(proof.secret) if proof.secret else f'"${VARIABLE}"'
    if not any(name.lower() == "x-github-event" for name in example.headers):
        example = Example(example.body, {**example.headers, "X-GitHub-Event": "ping"})
    text = (
        f"body={shlex.quote(json.dumps(example.body))}\n"
        f"signature=$(printf %s \"$body\" | openssl dgst -sha256 -hmac {secret} -r | cut -d' ' -f1)\n"
        f'curl --json "$body"{_headers(example)} '
        f'--header "X-Hub-Signature-256: sha256=$signature" {shlex.quote(url)}'
    )
    return Line("curl", "curl", text, proof.note(f"`{VARIABLE}`"))


def _alertmanager(url: str, proof: _Proof) -> Line:
    text = f"receivers:\n  - name: switchyard\n    webhook_configs:\n      - url: {_yaml(url)}\n"
    if proof.scheme == "basic":
        secret = f"password: {_yaml(proof.secret)}" if proof.secret else f"password_file: {_FILE}"
        text += (
            "        http_config:\n          basic_auth:\n"
            f"            username: {_yaml(proof.username)}\n            {secret}\n"
        )
    note = "In `alertmanager.yml`; name the receiver in a route. " + proof.note(f"the content of `{_FILE}`")
    return Line("alertmanager", "Alertmanager", text, note)


def _yaml(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _systemd(url: str, proof: _Proof) -> Line:
    event = '{"unit": "%i", "host": "%H", "state": "failed"}'
    options = proof.curl(proof.secret or f"${{{VARIABLE}}}", '"')
    environment = "" if proof.secret or proof.scheme == "none" else "EnvironmentFile=/etc/switchyard.env\n"
    text = (
        "[Unit]\nDescription=Report that %i failed\n\n[Service]\nType=oneshot\n"
        f"{environment}ExecStart=/usr/bin/curl --silent --show-error --fail --json '{event}'{options} "
        f"{_percent(url)}\n"
    )
    note = (
        "Save it as `/etc/systemd/system/switchyard-failed@.service`, and add "
        "`OnFailure=switchyard-failed@%n.service` to the `[Unit]` section of the service. "
    ) + proof.note(f"`{VARIABLE}=…` in `/etc/switchyard.env`")
    return Line("systemd", "systemd", text, note)


def _percent(text: str) -> str:
    """A text in which systemd expands nothing."""
    return text.replace("%", "%%").replace("$", "$$")


def _cron(url: str, proof: _Proof) -> Line:
    event = shlex.quote(json.dumps({"job": "backup", "state": "failed"}))
    command = f"curl --silent --show-error --json {event}{_shell(proof)} {shlex.quote(url)}"
    text = f"0 3 * * * /usr/local/bin/backup || {command}".replace("%", r"\%")
    if not proof.secret and proof.scheme != "none":
        text = f"{VARIABLE}=…\n{text}"
    note = "In `crontab -e`, with your job in place of the backup. " + proof.note(f"`{VARIABLE}`")
    return Line("cron", "cron", text, note)


def _nagios(url: str, proof: _Proof) -> Line:
    """A command for hosts and one for services: Nagios leaves macros of the other kind as they are.

    The values are sent as a form, because what a check prints can contain backslashes.
    """
    options = proof.curl(proof.secret or _MACRO, "'")
    text = ""
    for kind in ("host", "service"):
        macros = {"type": "NOTIFICATIONTYPE", "host": "HOSTNAME"}
        macros |= {"service": "SERVICEDESC"} if kind == "service" else {}
        macros |= {"state": f"{kind.upper()}STATE", "output": f"{kind.upper()}OUTPUT"}
        fields = "".join(f" --data-urlencode '{name}=${macro}$'" for name, macro in macros.items())
        text += (
            f"define command {{\n  command_name  notify-{kind}-switchyard\n"
            f"  command_line  /usr/bin/curl -sS{fields}{options} '{url}'\n}}\n"
        )
    note = (
        "In the contact, set `host_notification_commands` to `notify-host-switchyard` and "
        "`service_notification_commands` to `notify-service-switchyard`. "
    ) + proof.note(f"`{_MACRO}=…` in `resource.cfg`")
    return Line("nagios", "Nagios", text, note)


def _syslog_ng(url: str, proof: _Proof) -> Line:
    secret = proof.secret or f"`{VARIABLE}`"
    headers = '"Content-Type: application/json"'
    own = ""
    if proof.scheme == "basic":
        own = f'    user("{proof.username}") password("{secret}")\n'
    elif proof.header:
        headers += f', "{proof.header}: {secret}"'
    text = (
        "destination d_switchyard {\n  http(\n"
        f'    url("{url}") method("POST")\n    headers({headers})\n{own}'
        '    body("$(format-json --scope rfc5424 --pair severity=$LEVEL)")\n  );\n};\n'
    )
    note = "In `syslog-ng.conf`; name the destination in a `log` statement. " + proof.note(
        f"`{VARIABLE}` in the environment of syslog-ng"
    )
    return Line("syslog-ng", "syslog-ng", text, note)
