"""What a test uses, as marks: `make test-fast` leaves out all that are `slow`.

Most marks follow from a test's fixtures, its folder or Hypothesis, so that nobody has to remember them. What
no fixture shows is a process that a test starts: an audit hook refuses it to a test without a mark for it.
https://docs.python.org/3/library/audit_events.html
"""

import sys
from collections.abc import Iterable, Iterator

import pytest

BY_FIXTURE = {
    "chromium": "browser",
    "databases": "postgres",
    "nats_server": "broker",
    "rabbit_server": "broker",
}
BY_FOLDER = {"acceptance": "acceptance"}
STARTS_PROCESSES = {"browser", "broker", "crash", "postgres", "process", "bench"}
SLOW = {*STARTS_PROCESSES, "acceptance", "property"}
"""What makes a test slow. A test that is slow for another reason is marked `slow` itself."""

LONGEST = {"browser", "crash", "process"}
"""Which files a full run begins with."""

_EVENTS = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.exec", "os.system"}
_running: pytest.Item | None = None


class UnmarkedProcess(AssertionError):
    """A test started a process, and no mark of it says so."""


def add_marks(items: Iterable[pytest.Item]) -> None:
    """Mark each test by what it uses."""
    for item in items:
        for mark in sorted(implied(item)):
            item.add_marker(mark)


def implied(item: pytest.Item) -> set[str]:
    """The marks that follow from a test's fixtures, folder, kind and other marks."""
    found = {mark for fixture, mark in BY_FIXTURE.items() if fixture in getattr(item, "fixturenames", ())}
    folders = item.nodeid.partition("::")[0].split("/")
    found |= {mark for folder, mark in BY_FOLDER.items() if folder in folders}
    if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
        found.add("property")
    if SLOW & (found | {mark.name for mark in item.iter_markers()}):
        found.add("slow")
    return found


def watch_processes() -> None:
    """From now on, refuse to start a process for a test without a mark that says so."""
    sys.addaudithook(_refuse)


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Note which test runs, its fixtures included."""
    global _running
    _running = item
    yield
    _running = None


def _refuse(event: str, _: tuple[object, ...]) -> None:
    if event not in _EVENTS or _running is None:
        return
    if not STARTS_PROCESSES & {mark.name for mark in _running.iter_markers()}:
        raise UnmarkedProcess(
            f"{_running.nodeid} starts a process ({event}). Mark it with pytest.mark.process, browser, "
            "broker or crash, so that `make test-fast` leaves it out."
        )
