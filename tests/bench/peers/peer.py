"""What is measured: a server that can be started, loaded, asked how far it is, and killed."""

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path

_START = 120.0  # seconds
_STOP = 20.0
_POLL = 0.01

CASES = {
    "A": "answered at once",
    "B": "answered with the flow's response",
    "C": "one HTTP POST for each event, answered at once",
    "D": "answered with the flow's response behind the POST",
    "E": "100 events in a request, answered at once",
}
ACTIONS = ("flow.run.finished", "flow.created", "flow.updated", "connection.upserted", "user.signed.up")
"""What the router of each flow tells apart. The events have the first, and a status that the condition
behind it looks at; then a text is put together from a template."""


def events_in_request(case: str) -> int:
    """How many events one request of a case has."""
    return 100 if case == "E" else 1


class Peer(ABC):
    """One of those that are compared. Its process group is its own, so that it can be killed as a whole."""

    name: str
    durable: str
    """What a 2xx of it promises, in a few words."""
    cases: str = "".join(CASES)
    counts = True
    """Whether it says how many events it has completed; else what it acknowledged counts."""
    every_round = True
    """Else it is measured in the first round only, since it takes long."""

    def __init__(self, folder: Path) -> None:
        """`folder` is for its own files: an empty one, which outlives its process."""
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def version(self) -> str:
        """What is measured."""

    @property
    @abstractmethod
    def url(self) -> str:
        """An address that answers 200 as soon as the server takes requests."""

    @abstractmethod
    def command(self) -> tuple[list[str], dict[str, str]]:
        """How it is started: words, and environment variables."""

    @abstractmethod
    def prepare(self) -> None:
        """Set up what `start` needs: its settings, its flows. It is not running then."""

    @abstractmethod
    def target(self, case: str) -> tuple[int, str]:
        """Port and path of a case."""

    @abstractmethod
    def completed(self, case: str) -> int:
        """How many events have come to the end of their flow since it was started."""

    # -- its process --------------------------------------------------------------------------------

    def start(self) -> float:
        """Start it; seconds until it answered. Raises RuntimeError if it does not."""
        words, env = self.command()
        outside = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("SWITCHYARD_", "N8N_", "NODE_")) and name != "PYTHONDONTWRITEBYTECODE"
        }
        began = time.monotonic()
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                words, env={**outside, **env}, cwd=self.folder, stdout=log, stderr=log, start_new_session=True
            )
        while time.monotonic() - began < _START:
            if self._answers():
                return time.monotonic() - began
            if self._process.poll() is not None:
                break
            time.sleep(_POLL)
        self.kill()
        raise RuntimeError(f"{self.name} did not start; see {self.folder / 'log'}.")

    def stop(self) -> None:
        """Let it come to its end; it is killed if it does not."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_STOP)
        self.kill()

    def kill(self) -> None:
        """`kill -9` of all its processes."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def memory(self) -> float:
        """Resident memory of all its processes, in MB."""
        return sum(_resident(pid) for pid in self._pids()) / 1024

    def cpu(self) -> float:
        """Seconds of processor time that its processes have used."""
        return sum(_used(pid) for pid in self._pids())

    def _pids(self) -> list[int]:
        assert self._process is not None
        found, pending = [], [self._process.pid]
        while pending:
            pid = pending.pop()
            found.append(pid)
            try:
                for task in Path(f"/proc/{pid}/task").iterdir():
                    pending += [int(child) for child in (task / "children").read_text().split()]
            except OSError:  # it has ended
                continue
        return found

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.url, timeout=2) as answer:
                return answer.status == 200
        except (OSError, urllib.error.URLError):
            return False


def _resident(pid: int) -> int:
    """kB; see proc(5)."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0)


def _used(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
