"""The commands as people type them: what they print, what they leave behind, and how they fail."""

import asyncio
import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from engine import administration, catalogues
from engine.base.settings import Settings
from engine.flow import dumps, parse
from engine.store import migrations
from engine.store.database import Database
from tests.support.old_stores import old_store
from ui.cli.bench.servers import free_port
from ui.cli.main import main

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "sample_flows"
Cli = Callable[..., tuple[int, str, str]]

FLOW: dict[str, Any] = {
    "format": 1,
    "name": "Greet",
    "triggers": [
        {"name": "webhook", "piece": "webhook", "trigger": "catch", "input": {"verify": {"scheme": "none"}}}
    ],
    "start": "by_kind",
    "steps": {
        "by_kind": {
            "type": "router",
            "key": "trigger.body.kind",
            "branches": [
                {"name": "Hello", "case": ["hello"], "next": "greet"},
                {"name": "Bad", "case": ["bad"], "next": "fail"},
            ],
        },
        "greet": {
            "type": "action", "piece": "data", "action": "compose",
            "input": {"value": "Hello {{ trigger.body.who }}"},
        },
        "fail": {
            "type": "action", "piece": "http", "action": "request",
            "input": {"method": "GET", "url": "http://127.0.0.1:9/"},
        },
    },
    "samples": {"hello": {"body": {"kind": "hello", "who": "Ada"}}},
    "tests": [{"name": "Says hello", "sample": "hello", "expect": {"path": ["by_kind:Hello", "greet"]}}],
}  # fmt: skip


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """`cli("run", …)` → exit code, standard output, standard error; on a data folder of its own."""
    monkeypatch.setenv("SWITCHYARD_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("SWITCHYARD_PORT", str(free_port()))
    monkeypatch.setenv("COLUMNS", "200")

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["switchyard", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        code = ended.value.code
        return (code if isinstance(code, int) else 0 if code is None else 1), out, err

    return call


def process(*words: object, **more: Any) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    env = {**os.environ, **more.pop("env", {})}
    return subprocess.run(
        [sys.executable, "-m", "ui", *map(str, words)], cwd=ROOT, env=env, text=True, capture_output=True,
        timeout=60, check=False, **more,
    )  # fmt: skip


def write(path: Path, value: Any) -> Path:
    path.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
    return path


@pytest.fixture
def flow(tmp_path: Path) -> Path:
    return write(tmp_path / "flow.json", dumps(parse(FLOW)))


# -- run -----------------------------------------------------------------------------------------------


def test_run_tells_the_run_in_the_shape_of_the_api(cli: Cli, flow: Path, tmp_path: Path) -> None:
    event = write(tmp_path / "event.json", {"body": {"kind": "hello", "who": "Ada"}})
    code, out, err = cli("run", flow, "--event", event, "--json")
    run = json.loads(out)
    assert (code, err) == (0, "")
    assert set(run) >= {
        "id", "flow_id", "version", "status", "environment", "unrouted", "warnings", "path", "steps", "error",
        "created", "started", "finished",
    }  # fmt: skip
    assert (run["status"], run["unrouted"], run["warnings"], run["error"]) == ("succeeded", False, [], None)
    assert run["path"] == ["by_kind:Hello", "greet"]
    router, greet = run["steps"]
    for step in run["steps"]:
        assert set(step) >= {"name", "status", "attempts", "input", "output", "error", "duration_ms"}
    assert (router["name"], router["branch"]) == ("by_kind", "Hello")
    assert (greet["name"], greet["status"], greet["output"]) == ("greet", "succeeded", "Hello Ada")


def test_run_tells_people_the_path_and_each_step(cli: Cli, flow: Path, tmp_path: Path) -> None:
    event = write(tmp_path / "event.json", {"kind": "hello", "who": "[bold]Ada[/bold]"})  # any JSON is a body
    code, out, _ = cli("run", flow, "--event", event)
    assert code == 0
    assert "path: by_kind:Hello → greet" in out
    assert "Hello [bold]Ada[/bold]" in out  # what is data is not taken for markup
    assert re.search(r"greet.*ms", out)


def test_run_ends_with_1_when_the_run_failed(cli: Cli, flow: Path, tmp_path: Path) -> None:
    event = write(tmp_path / "event.json", {"body": {"kind": "bad"}})
    code, out, _ = cli("run", flow, "--event", event, "--json")
    run = json.loads(out)
    assert (code, run["status"]) == (1, "failed")
    assert run["error"]["step"] == "fail"
    assert "127.0.0.1" in run["error"]["message"]


def test_run_says_when_no_branch_took_the_event(cli: Cli, flow: Path, tmp_path: Path) -> None:
    event = write(tmp_path / "event.json", {"body": {}})
    code, out, _ = cli("run", flow, "--event", event)
    assert code == 0
    assert "unrouted" in out


@pytest.mark.process
def test_run_reads_the_event_from_standard_input(flow: Path, tmp_path: Path) -> None:
    env = {"SWITCHYARD_DATA_DIR": str(tmp_path / "none")}
    done = process("run", flow, "--event", "-", "--json", input='{"body": {"kind": "hello"}}', env=env)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["path"] == ["by_kind:Hello", "greet"]
    assert json.loads(done.stdout)["steps"][1]["warnings"]  # the name is missing, and that is said
    assert not (tmp_path / "none").exists()


# -- flow files ------------------------------------------------------------------------------------------


def test_validate_passes_what_ships(cli: Cli) -> None:
    code, out, _ = cli("validate", *sorted(SAMPLES.glob("*.json")))
    assert code == 0
    assert out.count("0 errors") == len(list(SAMPLES.glob("*.json")))


def test_validate_looks_into_folders(cli: Cli, flow: Path, tmp_path: Path) -> None:
    (tmp_path / "flows" / "deep").mkdir(parents=True)
    write(tmp_path / "flows" / "deep" / "bad.json", {"format": 1})
    (tmp_path / "flows" / "good.json").write_text(flow.read_text("utf-8"), "utf-8")
    code, out, _ = cli("validate", tmp_path / "flows", "--json")
    assert code == 1
    assert {Path(path).name for path in json.loads(out)} == {"bad.json", "good.json"}


def test_validate_says_that_there_is_nothing_to_validate(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    code, out, err = cli("validate", tmp_path / "empty")
    assert (code, out) == (1, "") and "There is no flow file in" in err
    code, out, _ = cli("validate", tmp_path / "empty", "--json")
    assert (code, json.loads(out)) == (1, {})


def test_validate_says_of_a_file_that_is_no_json_what_is_wrong(cli: Cli, flow: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{", "utf-8")
    code, out, _ = cli("validate", broken, flow, "--json")
    found = json.loads(out)
    assert code == 1 and set(found) == {str(broken), str(flow)}
    assert [one["severity"] for one in found[str(broken)]] == ["error"]
    assert "is not JSON" in found[str(broken)][0]["message"]
    code, out, _ = cli("validate", broken, flow)
    assert code == 1 and "is not JSON" in out and "0 errors" in out


def test_validate_shows_all_problems_at_once(cli: Cli, flow: Path, tmp_path: Path) -> None:
    steps = {
        "r": {"type": "router", "key": "a.[", "branches": []},
        "x": {"type": "action", "piece": "none", "action": "a"},
    }
    broken = write(tmp_path / "broken.json", {**FLOW, "start": "r", "steps": steps})
    code, out, _ = cli("validate", broken, flow)
    assert code == 1
    assert "/steps/r/key" in out
    assert "/steps/x/action" in out
    code, out, _ = cli("validate", broken, flow, "--json")
    found = json.loads(out)
    assert code == 1
    assert set(found) == {str(broken), str(flow)}
    assert {"pointer", "message", "severity"} == set(found[str(broken)][0])
    assert not [one for one in found[str(flow)] if one["severity"] == "error"]


@pytest.mark.parametrize("catalogue", catalogues.names())
def test_what_generate_writes_is_valid_and_comes_back_from_the_instance_to_the_byte(
    cli: Cli, tmp_path: Path, catalogue: str
) -> None:
    file = tmp_path / "handler.json"
    code, out, err = cli("generate", "--catalogue", catalogue, "-o", file, "--name", "Mine")
    assert (code, out) == (0, "")
    assert f"{len(catalogues.get(catalogue).events)}" in err or "samples" in err
    assert cli("validate", file)[0] == 0
    assert cli("generate", "--catalogue", catalogue, "--event", "all", "--name", "Mine")[1] == file.read_text(
        "utf-8"
    )
    code, out, _ = cli("import", file)
    flow_id, name = out.strip().split("  ", 1)
    assert (code, name) == (0, "Mine")
    code, out, _ = cli("export", flow_id)
    assert (code, out) == (0, file.read_text("utf-8"))
    code, out, _ = cli("import", file)  # once more: its name is taken, and stays
    assert (code, out.strip().split("  ", 1)[1]) == (0, "Mine")


def test_generate_takes_the_events_that_are_named(cli: Cli) -> None:
    code, out, _ = cli(
        "generate", "--catalogue", "deck", "--event", "agent.created", "--event", "agent.deleted"
    )
    flow = json.loads(out)
    assert code == 0
    assert [branch["case"] for branch in flow["steps"]["by_event"]["branches"]] == [
        ["agent.created"],
        ["agent.deleted"],
    ]


def test_generate_takes_a_document_and_only_some_projects(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    body = {"application/json": {"schema": {"properties": {"event": {"const": "order.paid"}}}}}
    webhooks = {"paid": {"post": {"requestBody": {"content": body}}}}
    file.write_text(f"openapi: 3.1.0\nwebhooks: {json.dumps(webhooks)}\n")
    code, out, _ = cli("generate", "--catalogue", file)
    flow = json.loads(out)
    assert (code, flow["steps"]["by_event"]["key"]) == (0, "trigger.body.event")
    code, out, _ = cli("generate", "--catalogue", "activepieces", "--only", "projects=a, b")
    flow = json.loads(out)
    assert (code, flow["start"]) == (0, "only_for")
    assert "contains(['a', 'b'], to_string(trigger.body.projectId))" in str(flow["steps"]["only_for"])
    code, _, err = cli("generate", "--catalogue", "activepieces", "--only", "teams=a")
    assert code != 0 and "Scopes: projects, flows" in err


def test_generate_takes_a_catalogue_of_a_file_or_of_a_project(cli: Cli, tmp_path: Path) -> None:
    events = [{"name": "order.made", "sample": {"type": "order.made"}}]
    shop = {"title": "Shop", "discriminator": "type", "events": events}
    file = tmp_path / "My shop.json"
    file.write_text(json.dumps(shop))
    code, out, _ = cli("generate", "--catalogue", file)
    flow = json.loads(out)
    assert (code, flow["steps"]["by_event"]["key"]) == (0, "trigger.body.type")
    file.write_text(json.dumps({**shop, "events": []}))
    code, _, err = cli("generate", "--catalogue", file)
    assert code != 0 and "at least one event" in err

    async def add() -> None:
        async with administration.opened(Settings.from_env()) as here:
            await here.catalogues.create(await here.actor(None), "shop", shop, "samples")

    asyncio.run(add())
    code, out, _ = cli("generate", "--catalogue", "shop")
    assert (code, json.loads(out)["steps"]) == (0, flow["steps"])
    assert cli("generate", "--catalogue", "nobody")[0] != 0


def test_test_runs_the_stored_cases(cli: Cli, flow: Path, tmp_path: Path) -> None:
    code, out, _ = cli("test", SAMPLES)
    assert code == 0
    assert re.search(r"\d{2} passed, 0 failed", out)
    wrong = {
        **FLOW,
        "tests": [{"name": "Says [b]bye[/b]", "sample": "hello", "expect": {"path": ["by_kind:Bye"]}}],
    }
    code, out, _ = cli("test", flow, write(tmp_path / "wrong.json", wrong))
    assert code == 1
    assert "1 passed, 1 failed" in out
    assert "Says [b]bye[/b]" in out
    assert "expected by_kind:Bye; got by_kind:Hello → greet" in out
    assert cli("test", write(tmp_path / "none.json", {**FLOW, "tests": []}))[0] == 1


# -- pieces ------------------------------------------------------------------------------------------------


def test_pieces_list_names_those_that_are_installed(cli: Cli) -> None:
    code, out, _ = cli("pieces", "list")
    assert code == 0
    for name in ("webhook", "schedule", "http", "slack", "email", "data", "delay", "store", "flow"):
        assert re.search(rf"(?m)^\s*{name}\b", out)


def test_pieces_check_passes_what_ships_and_says_what_is_not_there(cli: Cli) -> None:
    code, out, _ = cli("pieces", "check")
    assert code == 0, out
    code, out, _ = cli("pieces", "check", "http", "no_such_piece")
    assert code == 1
    assert "no_such_piece: is not installed" in out


@pytest.mark.process
def test_a_piece_that_was_started_passes_its_own_test(cli: Cli, tmp_path: Path) -> None:
    code, out, _ = cli("pieces", "new", "acme_tickets", "--folder", tmp_path)
    home = tmp_path / "switchyard-piece-acme-tickets"
    assert code == 0
    assert set(out.split()) == {str(path) for path in home.rglob("*") if path.is_file()}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"], cwd=home,
        env={**os.environ, "PYTHONPATH": f"{home}{os.pathsep}{ROOT}"}, text=True, capture_output=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout
    code, _, err = cli("pieces", "new", "acme_tickets", "--folder", tmp_path)
    assert code == 1
    assert "already exists" in err


# -- the instance ------------------------------------------------------------------------------------------


@pytest.mark.process
def test_a_key_made_beside_the_running_server_is_accepted_at_once(serve: Any, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with serve(tmp_path) as instance:
            env = {"SWITCHYARD_DATA_DIR": str(tmp_path)}
            for role, status in (("viewer", 403),):
                done = await asyncio.to_thread(process, "admin", "api-key", "ci", "--role", role, env=env)
                assert done.returncode == 0, done.stderr
                key = done.stdout.strip()
                assert re.fullmatch(r"sk_\w{43}", key)
                headers = {"Authorization": f"Bearer {key}"}
                assert (await instance.http.get("/api/v1/flows", headers=headers)).status_code == 200
                refused = await instance.http.post("/api/v1/flows", headers=headers, json={"name": 7})
                assert refused.status_code == status

    asyncio.run(scenario())


def test_a_user_gets_a_link_that_works_once_and_lets_them_in(cli: Cli, serve: Any, tmp_path: Path) -> None:
    code, out, _ = cli("admin", "user", "ann@example.com", "--name", "Ann", "--platform-admin")
    assert code == 0
    path = re.sub(r"^https?://[^/]+", "", out.strip())
    assert path.startswith("/setup/")
    code, again, _ = cli("admin", "user", "Ann@Example.com")  # let in again: a new link, the old one is gone
    assert code == 0
    newer = re.sub(r"^https?://[^/]+", "", again.strip())

    async def scenario() -> list[int]:
        async with serve(tmp_path / "data") as instance:
            form = {"password": "a quite unusual phrase 42", "again": "a quite unusual phrase 42"}
            ours = {"Sec-Fetch-Site": "same-origin"}
            found = []
            for link in (path, newer, newer):
                instance.http.cookies.clear()
                found.append((await instance.http.post(link, data=form, headers=ours)).status_code)
            instance.http.cookies.clear()
            entered = await instance.http.post(
                "/sign-in", data={"email": "ann@example.com", "password": form["password"]}, headers=ours
            )
            found.append(entered.status_code)
            created = await instance.http.post("/projects", data={"name": "By Ann"}, headers=ours)
            return [*found, created.status_code]

    assert asyncio.run(scenario()) == [404, 303, 404, 303, 303]


def test_users_are_invited_changed_and_removed_on_the_machine(cli: Cli) -> None:
    def listed() -> dict[str, Any]:
        code, out, _ = cli("admin", "users", "list", "--json")
        assert code == 0
        return {user["email"]: user for user in json.loads(out)}

    code, out, _ = cli("admin", "users", "invite", "Ben@example.com", "--name", "Ben", "--platform-admin")
    assert code == 0 and re.search(r"/setup/\w{43}$", out.strip())
    ben = listed()["ben@example.com"]
    assert (ben["name"], ben["pending"], ben["platform_admin"]) == ("Ben", True, True)
    assert cli("admin", "users", "invite", "ben@example.com")[0] == 1
    code, again, _ = cli("admin", "users", "reset", ben["id"])
    assert code == 0 and again.strip().startswith("http") and again != out
    for command, field, value in (
        ("disable", "disabled", True), ("enable", "disabled", False),
    ):  # fmt: skip
        assert cli("admin", "users", "invite", f"{command}@example.com")[0] == 0
        assert cli("admin", "users", command, f"{command}@example.com")[0] == 0
        assert listed()[f"{command}@example.com"][field] is value
    assert cli("admin", "users", "grant-admin", "enable@example.com")[0] == 0
    assert listed()["enable@example.com"]["platform_admin"]
    code, _, err = cli("admin", "users", "revoke-admin", "Enable@example.com")  # none of them has a password
    assert code == 1 and "last platform admin" in err
    assert cli("admin", "users", "remove", "disable@example.com", "--yes")[0] == 0
    assert "disable@example.com" not in listed()
    assert "ben@example.com" in cli("admin", "users", "list")[1]


def test_a_key_of_the_platform_manages_users_and_reads_no_flow(cli: Cli, serve: Any, tmp_path: Path) -> None:
    code, out, _ = cli("admin", "api-key", "ops", "--platform")
    assert code == 0

    async def scenario() -> list[int]:
        async with serve(tmp_path / "data") as instance:
            headers = {"Authorization": f"Bearer {out.strip()}"}
            return [
                (await instance.http.get(f"/api/v1{path}", headers=headers)).status_code
                for path in ("/platform/users", "/flows")
            ]

    assert asyncio.run(scenario()) == [200, 403]


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"SMTP_URL": "smtp://localhost"}, "SWITCHYARD_MAIL_FROM is not set"),
        ({"MAIL_FROM": "a@example.com"}, "SWITCHYARD_SMTP_URL is not set"),
        ({"SMTP_URL": "mail.example:25"}, "SWITCHYARD_SMTP_URL cannot be used"),
        ({"SMTP_URL": "smtp://localhost", "MAIL_FROM": "a@example.com"}, "mailed from a@example.com"),
    ],
)
def test_the_doctor_says_whether_mail_can_be_sent(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, env: dict[str, str], said: str
) -> None:
    for name, value in env.items():
        monkeypatch.setenv(f"SWITCHYARD_{name}", value)
    _, out, err = cli("doctor")
    assert said in out + err


@pytest.mark.parametrize(
    ("env", "said"),
    [
        (
            {"SWITCHYARD_HTTP_PROXY": "http://ann:hidden-1@p.example:1"},
            "through the proxy http://p.example:1",
        ),
        ({"SWITCHYARD_HTTP_PROXY": "ann:hidden-1@p.example:1"}, "SWITCHYARD_HTTP_PROXY cannot be used"),
        ({"SWITCHYARD_NO_PROXY": "a.example"}, "SWITCHYARD_NO_PROXY has no effect"),
        ({"HTTPS_PROXY": "http://ann:hidden-1@p.example:1"}, "HTTPS_PROXY is not used"),
    ],
)
def test_the_doctor_says_which_proxy_requests_go_through(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, env: dict[str, str], said: str
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    _, out, err = cli("doctor")
    assert said in out + err
    assert "hidden-1" not in out + err


def test_names_are_printed_as_they_are(cli: Cli, tmp_path: Path) -> None:
    file = write(tmp_path / "flow [red].json", {**FLOW, "name": "A [/b] flow [red]"})
    code, out, _ = cli("import", file)
    assert (code, out.strip().split("  ", 1)[1]) == (0, "A [/b] flow [red]")
    assert cli("validate", file)[1].startswith(f"✓ {file}: 0 errors")
    assert cli("test", file)[1].startswith("✓ flow [red].json · Says hello")


def test_projects_are_listed(cli: Cli) -> None:
    code, out, _ = cli("admin", "projects")
    assert code == 0
    assert re.match(r"prj_\w{26}  \S", out)


def test_doctor_is_content_with_a_fresh_folder_and_with_a_used_one(cli: Cli, tmp_path: Path) -> None:
    code, out, _ = cli("doctor")
    assert code == 0, out
    assert "There is no database yet" in out
    assert not (tmp_path / "data").exists()  # it looks, and touches nothing
    cli("admin", "api-key", "x")
    code, out, _ = cli("doctor")
    assert code == 0, out
    assert f"sound, schema {migrations.head()}" in out
    assert "mode 0600" in out
    assert "upgrades" not in out


def test_doctor_names_flows_that_give_a_connection_to_another_piece(cli: Cli, tmp_path: Path) -> None:
    cli("admin", "api-key", "x")
    step = {"type": "action", "piece": "http", "action": "request", "connection": "signing"}
    draft = json.dumps({"format": 1, "name": "Leak", "steps": {"a": step}})
    with closing(sqlite3.connect(tmp_path / "data" / "switchyard.db")) as connection:
        connection.execute(
            "INSERT INTO connections (id, project_id, name, piece, secret, status, created, updated) "
            "SELECT 'con_1', id, 'signing', 'webhook', x'00', 'unchecked', '', '' FROM projects"
        )
        connection.execute(
            "INSERT INTO flows (id, project_id, name, enabled, draft, digest, revision, edit_at, tags, "
            "created, updated) SELECT 'flow_1', id, 'Leak', 0, ?, '', 1, 0, '[]', '', '' FROM projects",
            (draft,),
        )
        connection.commit()
    code, out, _ = cli("doctor")
    assert code == 0, out
    assert (
        "! The draft of the flow 'Leak' (flow_1) gives the connection 'signing' of webhook to http at "
        "/steps/a/connection: that fails. Choose a connection of http."
    ) in out


def test_doctor_says_that_the_next_start_upgrades_the_database(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o700)
    old_store("5", tmp_path / "data" / "switchyard.db")
    code, out, _ = cli("doctor")
    assert code == 0, out
    assert "sound, schema 0004," in out
    assert f"The next start backs up the database and upgrades it to schema {migrations.head()}" in out
    assert not (tmp_path / "data" / "backups").exists()  # it looks, and touches nothing


def test_doctor_says_that_the_database_is_too_new(cli: Cli, tmp_path: Path) -> None:
    cli("admin", "api-key", "x")
    with closing(sqlite3.connect(tmp_path / "data" / "switchyard.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999'")
        connection.commit()
    code, out, _ = cli("doctor")
    assert code == 1, out
    assert f"has schema 0999, and this Switchyard knows schemas up to {migrations.head()}." in out


@pytest.mark.parametrize("damage", ["garbage", "cut off", "empty", "a folder"])
def test_doctor_says_when_the_database_is_damaged(cli: Cli, tmp_path: Path, damage: str) -> None:
    cli("admin", "api-key", "x")
    path = tmp_path / "data" / "switchyard.db"
    for more in ("-wal", "-shm"):
        path.with_name(path.name + more).unlink(missing_ok=True)
    whole = path.read_bytes()
    path.unlink()
    if damage == "a folder":
        path.mkdir()
    else:
        path.write_bytes(
            {"garbage": b"\0garbage" * 1000, "cut off": whole[: len(whole) // 2], "empty": b""}[damage]
        )
    code, out, _ = cli("doctor")
    assert code == 1, out
    assert "switchyard.db" in out
    assert ", Python 3" in out  # the other findings stand beside it
    assert "pieces:" in out


@pytest.mark.parametrize("damage", ["short", "readable by all", "no base64"])
def test_doctor_says_when_the_key_is_damaged(cli: Cli, tmp_path: Path, damage: str) -> None:
    cli("admin", "api-key", "x")
    path = tmp_path / "data" / "secret.key"
    if damage == "readable by all":
        path.chmod(0o644)
    else:
        path.write_text({"short": "YWJj", "no base64": "?" * 44}[damage])
    code, out, _ = cli("doctor")
    assert code == 1, out
    assert "secret.key" in out


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SWITCHYARD_EGRESS_ALLOW", "10.0.0.0/99"),
        ("SWITCHYARD_DATABASE_URL", "postgresql://switchyard@localhost/switchyard"),
    ],
)
def test_doctor_says_which_setting_cannot_be_used(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    code, out, _ = cli("doctor")
    assert code == 1
    assert name in out
    code, _, out = cli("serve")
    assert code == 1 and name in out


# -- what is typed wrong -----------------------------------------------------------------------------------

WRONG: list[tuple[list[str], str]] = [
    (["fly"], "fly"),
    (["run"], "FLOW"),
    (["run", "none.json", "--event", "none.json"], "none.json"),
    (["run", "FLOW"], "--event"),
    (["run", "FLOW", "--event", "none.json"], "none.json"),
    (["run", "FLOW", "--event", "TEXT"], "not JSON"),
    (["run", "TEXT", "--event", "EVENT"], "not JSON"),
    (["run", "EVENT", "--event", "EVENT"], "name"),
    (["run", "LIST", "--event", "EVENT"], "object"),
    (["validate"], "PATHS"),
    (["validate", "TEXT"], "not JSON"),
    (["validate", "none.json"], "none.json"),
    (["test", "none"], "none"),
    (["test", "TEXT"], "not JSON"),
    (["generate"], "--catalogue"),
    (["generate", "--catalogue", "none"], "catalogue"),
    (["generate", "--catalogue", "../deck"], "catalogue"),
    (["generate", "--catalogue", "deck", "--event", "none"], "none"),
    (["generate", "--catalogue", "deck", "-o", "/nowhere/at/all.json"], "/nowhere"),
    (["import", "TEXT"], "not JSON"),
    (["import", "EVENT"], "name"),
    (["import", "FLOW", "--project", "none"], "project"),
    (["export", "flow_none"], "flow_none"),
    (["export", "flow_none", "--version", "x"], "version"),
    (["pieces", "new", "../x"], "name"),
    (["pieces", "new", "Acme"], "name"),
    (["pieces", "new", "class"], "name"),
    (["pieces", "new", "json"], "name"),
    (["export", "[/b]"], "[/b]"),
    (["pieces", "check", "[/b]"], "[/b]"),
    (["generate", "--catalogue", "[/b]"], "catalogue"),
    (["admin", "api-key"], "NAME"),
    (["admin", "api-key", "x", "--role", "god"], "role"),
    (["admin", "api-key", "x", "--project", "none"], "project"),
    (["admin", "api-key", ""], "name"),
    (["admin", "user", "nobody"], "e-mail"),
    (["admin", "users", "invite", "nobody"], "e-mail"),
    (["admin", "users", "reset", "[/b]"], "[/b]"),
    (["admin", "users", "disable", "eve@example.com"], "eve@example.com"),
    (["admin", "users", "remove", "eve@example.com", "--yes"], "eve@example.com"),
    (["admin", "api-key", "x", "--platform", "--project", "p"], "project"),
    (["bench", "--case", "Z"], "case"),
    (["bench", "--seconds", "-1"], "seconds"),
    (["bench", "--durability", "none"], "durability"),
    (["serve", "--port", "x"], "port"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "said"), WRONG, ids=[" ".join(case[0]) for case in WRONG])
def test_what_is_typed_wrong_is_answered_with_a_sentence(
    cli: Cli, flow: Path, tmp_path: Path, words: list[str], said: str
) -> None:
    files = {
        "FLOW": flow,
        "EVENT": write(tmp_path / "event.json", {"body": {}}),
        "TEXT": write(tmp_path / "text.json", "{ this is text"),
        "LIST": write(tmp_path / "list.json", "[]"),
    }
    code, out, err = cli(*(files.get(word, word) for word in words))
    assert code in (1, 2)
    assert out == "" or "✗" in out
    assert said.lower() in (out + err).lower()
    assert len((out + err).splitlines()) < 15


def test_a_setting_that_cannot_be_used_is_named(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, flow: Path
) -> None:
    monkeypatch.setenv("SWITCHYARD_PORT", "many")
    for words in (["serve"], ["demo", "--once"], ["admin", "projects"], ["import", str(flow)]):
        code, _, err = cli(*words)
        assert code == 1
        assert "SWITCHYARD_PORT" in err


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "99999", "65535 or less"),
        ("PORT", "", "whole number"),
        ("CONCURRENCY", "0", "1 or more"),
        ("PUBLIC_URL", "switchyard.example.com", "begin with https://"),
        ("EGRESS_ALLOW", "10.0.0.1/8", "host bits"),
    ],
)
def test_a_setting_is_refused_with_what_it_may_be(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"SWITCHYARD_{name}", value)
    code, out, err = cli("serve")
    assert (code, out) == (1, "")
    assert f"SWITCHYARD_{name}" in err and said in err


def test_serve_says_that_its_address_is_taken_before_it_starts(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        monkeypatch.setenv("SWITCHYARD_PORT", str(other.getsockname()[1]))
        code, out, err = cli("serve")
    assert (code, out) == (1, "")
    assert "Cannot listen on" in err
    assert not (tmp_path / "data" / "switchyard.db").exists()


def test_serve_is_refused_where_another_one_runs(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SWITCHYARD_PORT", str(free_port()))
    first = Database(tmp_path / "data" / "switchyard.db")
    first.open(alone=True)
    try:
        assert cli("admin", "projects")[0] == 0
        code, out, err = cli("serve")
    finally:
        first.close()
    assert (code, out) == (1, "")
    assert "Another Switchyard" in err


@pytest.mark.process
def test_what_keeps_the_server_from_starting_is_one_sentence(tmp_path: Path) -> None:
    env = {
        "SWITCHYARD_DATA_DIR": str(tmp_path),
        "SWITCHYARD_PORT": str(free_port()),
        "SWITCHYARD_ADMIN_EMAIL": "ann@example.com",
        "SWITCHYARD_ADMIN_PASSWORD": "abc",
    }
    done = process("serve", env=env)
    assert done.returncode not in (0, None)
    assert "SWITCHYARD_ADMIN_PASSWORD" in done.stderr and "at least" in done.stderr
    assert "Traceback" not in done.stderr and "abc" not in done.stderr


def test_a_damaged_instance_is_refused_with_a_sentence(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "switchyard.db").write_bytes(b"\0garbage" * 1000)
    for words in (["admin", "projects"], ["serve"], ["demo", "--once"]):
        code, _, err = cli(*words)
        assert code == 1
        assert "switchyard.db" in err


# -- the whole -----------------------------------------------------------------------------------------------


@pytest.mark.process
def test_the_demonstration_sends_every_event_down_its_branch(tmp_path: Path) -> None:
    env = {
        "SWITCHYARD_DATA_DIR": str(tmp_path), "SWITCHYARD_PORT": str(free_port()), "COLUMNS": "200",
    }  # fmt: skip
    done = process("demo", "--once", env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Every event took its branch." in done.stdout
    assert "expected" not in done.stdout
    events = catalogues.get("activepieces").events.values()
    sent = sum(1 + len(event.variants) for event in events) + 1
    taken = re.findall(r"(?m)^\s*(\S.*?)\s+202\s+(?:by_event:)?(.+?)(?: → \w.+)?\s*$", done.stdout)
    assert len(taken) == sent >= 45
    branches = dict(taken)
    assert branches["something.nobody.knows"] == "unrouted"
    for event in events:
        assert branches[event.name] == event.label
    assert re.search(r"an unsigned request\)\s+401", done.stdout)
    assert "Traceback" not in done.stderr
