"""How long a server's health check takes, without what other processes of a busy machine take meanwhile."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

_ASKED = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
_PAUSE = 0.002  # seconds between two checks


@dataclass
class Health:
    """What was observed while a server was asked again and again."""

    waits: list[float] = field(default_factory=list)
    """Seconds that each check took at most, had the machine nothing else to do."""
    memory: int = 0
    """By how many bytes the server's memory grew at most."""

    @property
    def usual(self) -> float:
        return median(self.waits)

    @property
    def longest(self) -> float:
        return max(self.waits)


@dataclass(frozen=True)
class _Moment:
    """What the kernel has counted up to now.

    Who asks waits for the main thread, and that for its turn in the interpreter: not longer than all threads
    work meanwhile, and not longer than time goes by while it is not kept from a processor.
    https://docs.kernel.org/scheduler/sched-stats.html#proc-pid-schedstat
    """

    at: float
    worked: float
    """Seconds for which the threads of the server had a processor."""
    kept: float
    """Seconds for which its main thread had none though it could have gone on."""

    @classmethod
    def of(cls, pid: int) -> "_Moment":
        worked = kept = 0
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(FileNotFoundError, ProcessLookupError):  # a thread that has just ended
                had, waited, _ = map(int, (task / "schedstat").read_text().split())
                worked += had
                kept += waited if task.name == str(pid) else 0
        return cls(time.monotonic(), worked / 1e9, kept / 1e9)

    def since(self, before: "_Moment") -> float:
        return min(self.worked - before.worked, self.at - before.at - (self.kept - before.kept))


def _resident(pid: int, name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


@asynccontextmanager
async def observed(pid: int, port: int) -> AsyncIterator[Health]:
    """Ask `/healthz` of a server of this machine for as long as the context is open."""
    health, stop = Health(), asyncio.Event()
    Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak begins anew
    before = _resident(pid, "VmRSS")
    task = asyncio.create_task(_ask(pid, port, health.waits, stop))
    try:
        yield health
    finally:
        stop.set()
        await task
        health.memory = _resident(pid, "VmHWM") - before


async def _ask(pid: int, port: int, waits: list[float], stop: asyncio.Event) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while not stop.is_set():
        began = _Moment.of(pid)
        writer.write(_ASKED)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        assert length is not None
        await reader.readexactly(int(length[1]))
        waits.append(_Moment.of(pid).since(began))
        await asyncio.sleep(_PAUSE)
    writer.close()
    await writer.wait_closed()
