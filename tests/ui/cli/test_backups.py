"""`switchyard admin backup` and `restore` beside a running server and without one, as people type them."""

import asyncio
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from engine.base.actor import Actor
from tests.conftest import serve
from ui.cli.main import main

Cli = Callable[..., tuple[int, str, str]]

CATCH = {"name": "webhook", "piece": "webhook", "trigger": "catch", "input": {"verify": {"scheme": "none"}}}


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """`cli(folder, "admin", …)` → exit code, standard output, standard error."""

    def call(folder: Path, *words: object) -> tuple[int, str, str]:
        monkeypatch.setenv("SWITCHYARD_DATA_DIR", str(folder))
        monkeypatch.setattr(sys, "argv", ["switchyard", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return int(ended.value.code or 0), out, err

    return call


async def filled(folder: Path, cli: Cli, target: Path) -> tuple[str, str]:
    """An instance with a connection and a run; the backup of it is written while it runs."""
    async with serve(folder) as instance:
        fields = {"secret": "a-planted-secret"}
        await instance.sy.connections.create(Actor.system(instance.project.id), "signing", "webhook", fields)
        flow = await instance.publish({"format": 1, "name": "Any", "triggers": [CATCH]})
        run_id = (await instance.send(flow["id"], 1)).json()["run_id"]
        await instance.ended(run_id)
        code, out, err = await asyncio.to_thread(cli, folder, "admin", "backup", target)
        assert (code, out) == (0, f"{target}\n")
        assert "Copying … 100 %" in err and "Verifying …" in err
        assert "Backed up and verified:" in err and "1 flows, 1 runs" in err
        assert f"The secret key is not in it. Store {folder / 'secret.key'} separately" in err
        code, out, err = await asyncio.to_thread(cli, folder, "admin", "restore", target, "--force")
        assert (code, out) == (1, "") and "already running" in err
    return run_id, flow["id"]


async def test_a_backup_moves_an_instance_with_its_key(cli: Cli, tmp_path: Path) -> None:
    old, new, target = tmp_path / "old", tmp_path / "new", tmp_path / "backup.db"
    run_id, flow_id = await filled(old, cli, target)
    assert b"a-planted-secret" not in target.read_bytes()
    assert (old / "secret.key").read_bytes().strip() not in target.read_bytes()

    code, _, err = cli(new, "admin", "restore", target)
    assert code == 1 and "cannot be read with the key of this instance" in err
    assert not (new / "switchyard.db").exists() and not (new / "secret.key").exists()
    new.mkdir(exist_ok=True)
    (new / "secret.key").write_bytes((old / "secret.key").read_bytes())
    (new / "secret.key").chmod(0o600)
    code, out, err = cli(new, "admin", "restore", target)
    assert (code, out) == (0, f"{new / 'switchyard.db'}\n"), err
    assert "Copying … 100 %" in err and "Restored and verified:" in err
    async with serve(new) as instance:
        (project,) = await instance.sy.access.projects.list(Actor.system())
        assert (await instance.sy.runs.get(project.id, run_id))["status"] == "succeeded"
        secret = await instance.sy.connections.secret(project.id, "signing", "webhook")
        assert secret["secret"] == "a-planted-secret"
        assert (await instance.send(flow_id, 2)).status_code == 202


async def test_without_its_key_a_backup_is_put_back_on_request(cli: Cli, tmp_path: Path) -> None:
    target = tmp_path / "backup.db"
    run_id, _ = await filled(tmp_path / "old", cli, target)
    code, _, err = cli(tmp_path / "new", "admin", "restore", target, "--other-key")
    assert code == 0, err
    async with serve(tmp_path / "new") as instance:
        (project,) = await instance.sy.access.projects.list(Actor.system())
        assert (await instance.sy.runs.get(project.id, run_id))["status"] == "succeeded"


async def test_a_database_that_is_there_is_kept(cli: Cli, tmp_path: Path) -> None:
    folder, target = tmp_path / "data", tmp_path / "backup.db"
    await filled(folder, cli, target)
    code, _, err = cli(folder, "admin", "restore", target)
    assert code == 1 and "Use --force to replace it" in err
    code, _, err = cli(folder, "admin", "restore", target, "--force")
    assert code == 0
    (kept,) = (folder / "backups").glob("replaced-*.db")
    assert f"The previous database was moved to {kept}" in err
    with closing(sqlite3.connect(kept)) as connection:
        assert connection.execute("SELECT count(*) FROM runs").fetchone() == (1,)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("backup", "there.db"), "already exists"),
        (("backup", "nowhere/backup.db"), "There is no folder"),
        (("restore", "none.db"), "There is no file"),
        (("restore", "there.db"), "cannot be copied: file is not a database"),
    ],
)
async def test_what_cannot_be_done_is_said_in_a_sentence(
    cli: Cli, tmp_path: Path, words: tuple[str, str], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with serve(tmp_path / "data"):
        pass
    Path("there.db").write_text("something else" * 100)
    code, out, err = cli(tmp_path / "data", "admin", *words)
    assert (code, out) == (1, "") and says in err
    assert Path("there.db").read_text().startswith("something else")


async def test_a_backup_needs_a_database(cli: Cli, tmp_path: Path) -> None:
    code, _, err = cli(tmp_path / "data", "admin", "backup", tmp_path / "backup.db")
    assert code == 1 and "There is no database at" in err
