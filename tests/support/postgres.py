"""A PostgreSQL server of the tests' own: of Debian's package, or whatever `postgres` the path leads to."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

_DEBIAN = Path("/usr/lib/postgresql")
_WAIT = 60.0  # seconds for it to start or end on a busy machine
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",  # it is killed, the machine is not
    "shared_buffers": "32MB",
    "max_connections": "200",
    "log_min_messages": "warning",
}


def binaries() -> Path | None:
    """Where `initdb` and `postgres` are; None without them."""
    found = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parent.parent.name))
    path = str(found[-1]) if found else shutil.which("initdb")
    return None if path is None else Path(path).resolve().parent


class PostgresServer:
    """One server in a folder of its own, which listens on a socket there."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self._binaries = binaries
        self._data = folder / "data"
        self._folder = folder
        self._numbers = count(1)
        self._process: subprocess.Popen[bytes] | None = None
        self._user = _other_user()

    def create(self) -> None:
        """Create its files. Texts sort as in a dictionary: nothing of ours may rely on the server's order."""
        if self._user is not None:
            os.chown(self._folder, self._user.pw_uid, self._user.pw_gid)
        self._run(
            "initdb", "-D", str(self._data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync",
            "--locale=C", "--locale-provider=icu", "--icu-locale=en",
        )  # fmt: skip

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        options = [f"--{name}={value}" for name, value in _SETTINGS.items()]
        log = (self._folder / "log").open("ab")
        self._process = subprocess.Popen(
            [self._binaries / "postgres", "-D", self._data, "-k", self._folder, *options],
            stdout=log,
            stderr=log,
            start_new_session=True,
            **self._as_user(),
        )
        log.close()
        self._run("pg_isready", "-h", str(self._folder), "-t", str(round(_WAIT)), retry=True)

    def kill(self) -> None:
        """End all of its processes at once, as a power cut does."""
        assert self._process is not None
        # A postmaster that is killed leaves its children to notice by themselves; none may go on.
        for pid in (self._process.pid, *_children(self._process.pid)):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self._process.wait(_WAIT)
        self._process = None

    def stop(self) -> None:
        """End it, whoever is connected."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(_WAIT)
            self._process = None

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self._folder}"

    def create_database(self) -> str:
        """The address of a new database."""
        name = f"test_{next(self._numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Delete a database, whoever is connected."""
        name = str(conninfo_to_dict(url)["dbname"])
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    # -- inside -----------------------------------------------------------------------------------

    def _run(self, program: str, *arguments: str, retry: bool = False) -> None:
        command = [str(self._binaries / program), *arguments]
        for _ in range(round(_WAIT) if retry else 1):
            done = subprocess.run(command, capture_output=True, check=False, **self._as_user())
            if done.returncode == 0:
                return
            if retry and self._process is not None and self._process.poll() is not None:
                break
        raise RuntimeError(f"{program}: {done.stdout.decode()}{done.stderr.decode()}")

    def _as_user(self) -> dict[str, object]:
        if self._user is None:
            return {}
        return {"user": self._user.pw_uid, "group": self._user.pw_gid, "cwd": self._folder}


def _other_user() -> pwd.struct_passwd | None:
    """Whom the server runs as where we are root, which it refuses."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in found.read_text().split()] if found.exists() else []


@contextmanager
def postgres_server() -> Iterator[PostgresServer | None]:
    """A running server; None where PostgreSQL is not installed."""
    path = binaries()
    if path is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="sy-pg-"))
    server = PostgresServer(path, folder)
    try:
        server.create()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
