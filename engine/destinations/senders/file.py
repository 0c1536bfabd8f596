"""Events into a file of this machine: one line each, on the disk before it counts as delivered.

Files lie in `streams/` of the data directory, those of a project in a directory of its own, so no project
writes into another's. A full file is renamed after the moment; the newest are kept.
"""

import asyncio
import os
import threading
from collections.abc import Sequence
from pathlib import Path

from engine.base import clock
from engine.base.timings import Stopwatch
from engine.destinations.formats import render
from engine.destinations.message import AttemptResult, Message, Target

from . import answers

ROTATE_BYTES = 64 * 1024 * 1024
"""A file that has reached this size is renamed before the next line."""
KEPT_FILES = 20
"""Renamed files of one name that are kept."""

# A line holds a whole event: of a CloudEvent the structured form, where nothing stands in headers.
_LINES = {"cloudevents_binary": "cloudevents", "cloudevents_batch": "cloudevents"}


class FileSender:
    """Appends to files. Each batch is one write and one fsync."""

    def __init__(self, data_dir: Path, base_url: str, rotate_bytes: int = ROTATE_BYTES) -> None:
        self._root = data_dir / "streams"
        self._base_url = base_url
        self._rotate_bytes = rotate_bytes
        self._lock = threading.Lock()

    def path(self, target: Target) -> Path:
        """Where a target's lines go. Raises ValueError for a name with path parts."""
        for part in (target.url, target.project_id or "platform"):
            if part in ("", ".", "..") or part != Path(part).name or "\0" in part or "\\" in part:
                raise ValueError("a file name cannot contain a path")
        return self._root / (target.project_id or "platform") / target.url

    async def send(self, target: Target, messages: Sequence[Message]) -> AttemptResult:
        """Append the events as lines."""
        watch = Stopwatch()
        form = _LINES.get(target.format, target.format)
        lines = b"".join(
            render(form, [message], base_url=self._base_url).body.replace(b"\n", b" ") + b"\n"
            for message in messages
        )
        try:
            # Shielded: a line that is half written must not be left to a cancellation.
            await asyncio.shield(asyncio.to_thread(self._append, self.path(target), lines))
        except ValueError as error:
            return answers.failed("refused", f"This cannot be written: {error}.", watch, permanent=True)
        except OSError as error:
            return answers.failed("refused", f"The file cannot be written: {error.strerror}.", watch)
        answer = AttemptResult(True, "ok", phases=answers.phases_of(watch))
        return answers.sent(answer, target, {}, lines)

    def _append(self, path: Path, lines: bytes) -> None:
        with self._lock:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if path.is_file() and path.stat().st_size >= self._rotate_bytes:
                self._rotate(path)
            new = not path.exists()
            # A link could lead out of the directory.
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            handle = os.open(path, flags, 0o600)
            with open(handle, "r+b", buffering=0) as file:  # noqa: PTH123 - of a descriptor
                size = file.seek(0, os.SEEK_END)
                # A crash may have left half a line, which must not spoil ours.
                torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
                whole = b"\n" + lines if torn else lines
                try:
                    left = memoryview(whole)
                    while left:
                        left = left[file.write(left) :]
                    os.fsync(handle)
                except OSError:
                    os.ftruncate(handle, size)  # a full disk: what is half there would be sent again
                    raise
            if new:
                _sync_directory(path.parent)

    def _rotate(self, path: Path) -> None:
        moment = clock.now_iso().replace(":", "").replace(".", "")
        path.rename(path.with_name(f"{path.name}.{moment}"))
        old = sorted(one for one in path.parent.iterdir() if one.name.startswith(f"{path.name}.2"))
        for one in old[:-KEPT_FILES]:
            one.unlink()


def _sync_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
