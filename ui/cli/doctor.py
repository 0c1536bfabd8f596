"""`switchyard doctor`: look at everything an instance stands on, and say what is wrong and what to do."""

import os
import shutil
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from rich.console import Console
from rich.markup import escape

import pieces
from engine.base.errors import BadInput, SwitchyardError
from engine.base.secrets import KEY_FILE, Vault
from engine.base.settings import Settings, unknown_settings
from engine.base.version import version
from engine.connections.foreign import foreign_uses
from engine.http.instance_proxy import NO_PROXY, PROXY, instance_proxy
from engine.mail import Mailer
from engine.store.disk import is_read_only, read_only_message
from engine.store.errors import RESTORE
from engine.store.health import examine as examine_store

State = Literal["ok", "warning", "error"]
_MARKS: dict[State, str] = {
    "ok": "[green]✓[/green]",
    "warning": "[yellow]![/yellow]",
    "error": "[red]✗[/red]",
}
_MIN_FREE = 1_000_000_000  # bytes


@dataclass(frozen=True)
class Finding:
    state: State
    message: str


async def main() -> int:
    """Print the findings; 1 when any is an error."""
    out = Console(highlight=False, soft_wrap=True)
    findings = list(examine())
    for finding in findings:
        out.print(f"{_MARKS[finding.state]} {escape(finding.message)}")
    return int(any(finding.state == "error" for finding in findings))


def examine() -> Iterator[Finding]:
    """Each check on its own, so that one that fails hides no other."""
    yield Finding("ok", f"Switchyard {version()}, Python {sys.version.split()[0]}")
    try:
        settings = Settings.from_env()
    except SwitchyardError as error:
        yield Finding("error", error.message)
        return
    for name in unknown_settings():
        yield Finding("warning", f"{name} is not a setting of this version and has no effect.")
    checks: list[Callable[[Settings], Iterator[Finding]]] = [
        _address,
        _folder,
        _key,
        _database,
        _port,
        _mail,
        _proxy,
        _pieces,
    ]
    for check in checks:
        yield from check(settings)


def _address(settings: Settings) -> Iterator[Finding]:
    if not settings.public_url:
        yield Finding(
            "warning",
            f"SWITCHYARD_PUBLIC_URL is not set: webhook addresses are shown as {settings.base_url}.",
        )
    elif not settings.public_url.startswith("https://"):
        yield Finding(
            "warning",
            f"{settings.public_url} is not https: cookies and events are not encrypted on the network.",
        )
    else:
        yield Finding("ok", f"Public URL: {settings.public_url}")
    if settings.durability == "fast":
        yield Finding("warning", "Durability is fast: a power cut may lose the last moments.")


def _mail(settings: Settings) -> Iterator[Finding]:
    try:
        mailer = Mailer(settings)
    except BadInput as error:
        yield Finding("error", error.message)
        return
    if mailer.enabled:
        yield Finding("ok", f"Invitations and sign-in links are mailed from {settings.mail_from}.")
    elif settings.smtp_url:
        yield Finding("warning", "SWITCHYARD_MAIL_FROM is not set: no mail is sent.")
    elif settings.mail_from:
        yield Finding("warning", "SWITCHYARD_SMTP_URL is not set: no mail is sent.")


def _proxy(settings: Settings) -> Iterator[Finding]:
    try:
        proxy = instance_proxy(settings)
    except BadInput as error:
        yield Finding("error", error.message)
        return
    if proxy is not None:
        yield Finding("ok", f"HTTP requests go through the proxy {proxy.transport.proxy}")
        return
    if settings.no_proxy:
        yield Finding("warning", f"{NO_PROXY} has no effect: {PROXY} is not set.")
    ignored = [
        name for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy") if os.environ.get(name)
    ]
    if ignored:
        yield Finding(
            "warning", f"{ignored[0]} is not used: set {PROXY} if requests have to go through a proxy."
        )


def _folder(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir
    place = folder if folder.exists() else folder.absolute().parent
    if is_read_only(place):
        yield Finding("error", read_only_message(place))
        return
    if not os.access(place, os.W_OK):
        yield Finding(
            "error",
            f"{place} cannot be written by this user. Change its owner or mode"
            + ("." if settings.database_path.exists() else ", or choose another SWITCHYARD_DATA_DIR."),
        )
        return
    free = shutil.disk_usage(place).free
    state: State = "ok" if free > _MIN_FREE else "warning"
    yield Finding(state, f"Data folder {folder.absolute()}: {free / 1e9:.1f} GB free")


def _key(settings: Settings) -> Iterator[Finding]:
    path = settings.data_dir / KEY_FILE
    if not settings.secret_key and not path.exists():
        yield Finding("ok", f"The key file {path} will be created at the first start.")
        return
    try:
        Vault.from_settings(settings)
    except SwitchyardError as error:
        yield Finding("error", error.message)
        return
    where = "SWITCHYARD_SECRET_KEY" if settings.secret_key else str(path)
    mode = "" if settings.secret_key else f", mode {stat.S_IMODE(path.stat().st_mode):04o}"
    yield Finding(
        "ok", f"Connections are encrypted with {where}{mode}. Store a copy of it separately from the data."
    )


def _database(settings: Settings) -> Iterator[Finding]:
    path = settings.database_path
    if not path.exists():
        yield Finding("ok", "There is no database yet. The first start creates it.")
        return
    try:
        found = examine_store(path)
    except SwitchyardError as error:
        yield Finding("error", error.message)
        return
    if found.damage:
        yield Finding("error", f"{path} is damaged: {found.damage}. {RESTORE}")
        return
    open_runs = ", ".join(f"{count} {status}" for status, count in found.open_runs) or "no open runs"
    yield Finding(
        "ok", f"Database {path}: sound, schema {found.schema}, {found.size / 1e6:,.1f} MB, {open_runs}"
    )
    if found.upgrade:
        yield Finding(
            "ok", f"The next start backs up the database and upgrades it to schema {found.upgrade}."
        )
    if found.connected is not None:
        yield from (Finding("warning", str(use)) for use in foreign_uses(found.connected))
    if not found.users:
        yield Finding(
            "warning", "Nobody can sign in yet: use the one-time link that the server prints at its start."
        )


def _port(settings: Settings) -> Iterator[Finding]:
    here = "127.0.0.1" if settings.host == "0.0.0.0" else settings.host  # noqa: S104 - compared, not bound
    with socket.socket() as probe:
        taken = probe.connect_ex((here, settings.port)) == 0
    if taken:
        yield Finding(
            "warning", f"Something listens on port {settings.port} already, perhaps a running Switchyard."
        )
    else:
        yield Finding("ok", f"Port {settings.port} is free")


def _pieces(_settings: Settings) -> Iterator[Finding]:
    registry = pieces.registry()
    yield Finding("ok", f"{len(registry.pieces)} pieces: {', '.join(sorted(registry.pieces))}")
    for broken in registry.broken:
        reason = broken.traceback.strip().splitlines()[-1]
        yield Finding("error", f"The piece {broken.name} of {broken.distribution} failed to load: {reason}")
