"""`switchyard admin backup` and `restore`: progress and results on stderr, the file's path on stdout."""

from pathlib import Path

from rich.console import Console

from engine import administration
from engine.base.secrets import KEY_FILE
from engine.base.settings import Settings
from engine.store.backup import Backup

_EVERY = 10  # percent between two lines of progress


class Progress:
    """Lines on stderr: what is being done, and how much of it is done."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self._last: tuple[str, int] | None = None

    def __call__(self, what: str, done: int, all: int) -> None:
        percent = 100 * done // all if all else 0
        shown = (what, percent // _EVERY)
        if shown == self._last:
            return
        self._last = shown
        self._out.print(f"{what} … {percent} %" if all else f"{what} …", markup=False)


def back_up(settings: Settings, target: Path, *, force: bool) -> None:
    """Write a backup, and say what is needed to put it back."""
    err = _console()
    made = administration.back_up(settings, target, force=force, progress=Progress(err))
    key = "SWITCHYARD_SECRET_KEY" if settings.secret_key else str(settings.data_dir.absolute() / KEY_FILE)
    err.print(f"Backed up and verified: {_contents(made)}.", markup=False)
    err.print(f"The secret key is not in it. Store {key} separately from the backup.", markup=False)
    print(made.path)


def restore(settings: Settings, source: Path, *, force: bool, other_key: bool) -> None:
    """Put a backup back, and say where the database is that it replaced."""
    err = _console()
    made = administration.restore(settings, source, force=force, other_key=other_key, progress=Progress(err))
    err.print(f"Restored and verified: {_contents(made)}.", markup=False)
    if made.replaced is not None:
        err.print(f"The previous database was moved to {made.replaced}", markup=False)
    print(made.path)


def _contents(made: Backup) -> str:
    rows = made.rows
    return (
        f"{made.size / 1e6:,.1f} MB, schema {made.schema}, {rows['projects']:,} projects, "
        f"{rows['flows']:,} flows, {rows['runs']:,} runs, {sum(rows.values()):,} rows in all"
    )


def _console() -> Console:
    return Console(stderr=True, highlight=False, soft_wrap=True)
