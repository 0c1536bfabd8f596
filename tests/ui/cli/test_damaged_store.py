"""A store that cannot be used is named in one sentence, with what to do: by the server as it starts, and by
`switchyard doctor`."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from engine.store.database import Database
from tests.support.small_disk import small_disk
from ui.cli.bench.servers import free_port

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose server was stopped."""
    folder = tmp_path_factory.mktemp("sound")
    db = Database(folder / "switchyard.db")
    db.open(alone=True)
    db.close()
    return folder


def garbage(store: Path) -> None:
    store.write_bytes(b"no database" * 5000)


def cut(store: Path) -> None:
    store.write_bytes(store.read_bytes()[:20_000])


def scratched(store: Path) -> None:
    with store.open("r+b") as file:
        file.seek(-40_000, os.SEEK_END)
        file.write(b"\xff" * 40_000)


def folder(store: Path) -> None:
    store.unlink()
    store.mkdir()


def foreign(store: Path) -> None:
    store.unlink()
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("CREATE TABLE songs (name)")


CASES = [
    (garbage, "is damaged and cannot be opened: file is not a database. Restore it from a backup:"),
    (cut, "is damaged and cannot be opened: database disk image is malformed. Restore it from a backup:"),
    (
        scratched,
        "is damaged and cannot be opened: database disk image is malformed. Restore it from a backup:",
    ),
    (folder, "cannot be opened: unable to open database file."),
    (foreign, "is a database of another program (tables: songs). Choose another SWITCHYARD_DATA_DIR."),
]


def switchyard(data: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ui", *words], cwd=ROOT, text=True, capture_output=True, check=False,
        env={
            **os.environ,
            "SWITCHYARD_DATA_DIR": str(data),
            "SWITCHYARD_PORT": str(free_port()),
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "300",
        },
    )  # fmt: skip


@pytest.mark.parametrize(("damage", "says"), CASES, ids=lambda value: getattr(value, "__name__", ""))
def test_a_server_does_not_start_on_it_and_says_why(
    sound: Path, tmp_path: Path, damage: Callable[[Path], None], says: str
) -> None:
    data = tmp_path / "data"
    shutil.copytree(sound, data)
    damage(data / "switchyard.db")
    started = switchyard(data, "serve")
    assert started.returncode == 1 and started.stdout == ""
    (line,) = started.stderr.splitlines()
    assert line.startswith(f"✗ {data / 'switchyard.db'} ") and says in line
    looked = switchyard(data, "doctor")
    assert looked.returncode == 1 and looked.stderr == ""
    (found,) = [line for line in looked.stdout.splitlines() if line.startswith("✗")]
    assert str(data / "switchyard.db") in found
    if damage in (garbage, cut, scratched):
        assert "switchyard admin restore FILE --force" in line and "switchyard admin restore" in found
    if damage is foreign:
        with closing(sqlite3.connect(data / "switchyard.db")) as connection:
            assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("songs",)]
    if damage is folder:
        assert "restore" not in found


def test_a_read_only_disk_is_named_and_no_backup_is_advised(sound: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        if disk is None:
            pytest.skip("only root may mount a small disk")
        shutil.copytree(sound, disk.folder, dirs_exist_ok=True)
        (disk.folder / "switchyard.db-wal").touch()  # as after a power cut; its index cannot be created
        disk.make_read_only()
        advice = f"{disk.folder} is on a read-only disk. Make the disk writable again;"
        looked = switchyard(disk.folder, "doctor")
        found = [line for line in looked.stdout.splitlines() if line.startswith("✗")]
        assert looked.returncode == 1 and len(found) == 2
        assert all(advice in line for line in found)
        assert "restore" not in looked.stdout and "SWITCHYARD_DATA_DIR" not in "".join(found)
        for words in (("serve",), ("admin", "api-key", "ci")):
            refused = switchyard(disk.folder, *words)
            assert refused.returncode == 1 and refused.stdout == ""
            (line,) = refused.stderr.splitlines()
            assert line.startswith(f"✗ {advice}"), words
