"""Every setting, read once from the environment and passed down."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Literal

from .errors import BadInput

Durability = Literal["full", "fast"]

_RANGES = {
    "SWITCHYARD_PORT": (0, 65_535),
    **{
        f"SWITCHYARD_{name}": (1, 2**31)
        for name in (
            "CONCURRENCY",
            "PROJECT_CONCURRENCY",
            "FLOW_CONCURRENCY",
            "HOST_CONCURRENCY",
            "MAX_BODY_BYTES",
            "RUN_TIMEOUT",
        )
    },
}

_NO_SERVER = (
    "SWITCHYARD_DATABASE_URL is not supported in this version: everything is stored in a file in "
    "SWITCHYARD_DATA_DIR. Unset SWITCHYARD_DATABASE_URL."
)


@dataclass(frozen=True)
class Settings:
    """One instance's settings. Each field is the environment variable `SWITCHYARD_<FIELD>`."""

    data_dir: Path = Path("data")
    """Where the database and the key file live; created with mode 0700."""
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""
    """The address the outside uses, without a final slash; empty means http://host:port."""
    secret_key: str = ""
    """Base64 of 32 bytes that encrypt connections; empty means the file `secret.key` in `data_dir`."""
    admin_email: str = ""
    admin_password: str = ""
    """A first platform admin, made when the user table is empty; empty means a one-time link is printed."""
    egress_allow: tuple[IPv4Network | IPv6Network, ...] = ()
    """Private networks that pieces may connect to all the same (comma-separated CIDRs)."""
    http_proxy: str = ""
    """The proxy of outgoing HTTP: `http://[user:password@]host:port`; empty means none. It may have a private
    address; what it leads to may not, unless `egress_allow` names it."""
    no_proxy: str = ""
    """Hosts that are reached without `http_proxy`: names, addresses and networks, separated by commas."""
    allow_http_destinations: bool = False
    """`1` lets destinations of events have http:// addresses; without it they must be https://."""
    durability: Durability = "full"
    """`full`: each commit is flushed to the disk; `fast`: a power cut may lose the last moments."""
    max_body_bytes: int = 5_000_000
    """The largest webhook body that is taken; beyond it 413."""
    max_backlog: int = 100_000
    """Accepted runs that may wait to start, over all projects; beyond it 503 with `Retry-After`."""
    rejected_per_flow: int = 1_000
    """Rejected requests stored for each flow, the oldest overwritten; 0 stores none."""
    rejected_bytes_per_flow: int = 10_000_000
    """Bytes of rejected requests stored for each flow; a body beyond a tenth of that is left out."""
    rejected_retention_days: int = 30
    """Days after which rejected requests are deleted."""
    max_held: int = 10_000
    """Events that a disabled flow holds; beyond it 503 with `Retry-After`."""
    max_held_bytes: int = 100_000_000
    """Bytes of events that a disabled flow holds; beyond it 503 with `Retry-After`."""
    concurrency: int = 100
    """Runs of the whole instance at the same time."""
    project_concurrency: int = 50
    flow_concurrency: int = 20
    """Default limits of runs at the same time; a flow file may set its own."""
    host_concurrency: int = 10
    """Steps of one project that may always be at work at the same host. More may be there while at least half
    of the project's places are free; else they wait, and other runs have their places."""
    run_timeout: int = 600
    """Seconds a run may be active (waiting excluded) before it ends as `timed_out`."""
    sync_timeout: int = 30
    """Seconds a `/sync` caller waits before 504."""
    run_retention_days: int = 30
    event_retention_days: int = 0
    """Days after which events leave the audit log; 0 keeps them for ever."""
    delivery_retention_days: int = 30
    """Days after which deliveries of events that are at their end are forgotten, with their attempts."""
    smtp_url: str = ""
    """The server that sends our own mail: `smtp://user:password@host:587` (STARTTLS) or `smtps://…:465`;
    empty means that links are only shown. `?starttls=off` sends in the clear: for a private network."""
    mail_from: str = ""
    """The sender of our own mail: `alerts@example.com` or `Switchyard <alerts@example.com>`."""
    forwarded_allow_ips: str = "127.0.0.1"
    """Proxies whose X-Forwarded-* headers are believed."""

    @property
    def base_url(self) -> str:
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def is_https(self) -> bool:
        """Whether browsers reach this instance by https; cookies are then marked `Secure`."""
        return self.public_url.lower().startswith("https://")

    @property
    def sends_mail(self) -> bool:
        """Whether we can send mail of our own."""
        return bool(self.smtp_url and self.mail_from)

    @property
    def host_limit(self) -> int:
        """Steps of a project that may always be at work at one host: never all of its places."""
        return min(self.host_concurrency, max(1, self.project_concurrency // 2))

    @property
    def database_path(self) -> Path:
        return self.data_dir / "switchyard.db"

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "Settings":
        """Read the settings; raises `BadInput` that names the variable."""
        env = os.environ if env is None else env
        if env.get("SWITCHYARD_DATABASE_URL", "").strip():
            raise BadInput(_NO_SERVER, field="SWITCHYARD_DATABASE_URL")
        values: dict[str, object] = {}
        for name, field in cls.__dataclass_fields__.items():
            key = f"SWITCHYARD_{name.upper()}"
            if key in env:
                values[name] = _read(key, env[key].strip(), field.type)
        return cls(**values)  # type: ignore[arg-type]


def unknown_settings(env: Mapping[str, str] | None = None) -> list[str]:
    """Variables that are named like settings and are none: a wrong spelling, most often."""
    known = {f"SWITCHYARD_{name.upper()}" for name in Settings.__dataclass_fields__}
    given = {name for name in (os.environ if env is None else env) if name.startswith("SWITCHYARD_")}
    return sorted(given - known)


def _read(key: str, text: str, kind: object) -> object:
    try:
        if kind is int:
            return _number(key, text)
        if kind is bool:
            return _switch(text)
        if kind is Path:
            return Path(text).expanduser()
        if key == "SWITCHYARD_EGRESS_ALLOW":
            return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
        if key == "SWITCHYARD_DURABILITY" and text not in ("full", "fast"):
            raise ValueError("it must be full or fast")
        if key == "SWITCHYARD_PUBLIC_URL" and text and not text.startswith(("http://", "https://")):
            raise ValueError("it must begin with https:// or http://")
    except ValueError as error:
        raise BadInput(f"{key}={text!r} cannot be used: {error}", field=key) from error
    return text.rstrip("/") if key == "SWITCHYARD_PUBLIC_URL" else text


def _switch(text: str) -> bool:
    if text not in ("0", "1", ""):
        raise ValueError("it must be 1 or 0")
    return text == "1"


def _number(key: str, text: str) -> int:
    least, most = _RANGES.get(key, (0, 2**53))
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise ValueError("it must be a whole number, 0 or more")
    if not least <= int(text) <= most:
        raise ValueError(f"it must be {least} or more" if int(text) < least else f"it must be {most} or less")
    return int(text)
