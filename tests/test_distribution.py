"""What `make dist` builds has everything that its commands need: it is installed where nothing else is."""

import json
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

from tests.support.clean_install import ROOT, CleanInstall, build
from ui.cli.bench.servers import free_port

DOCS = ROOT / "docs"
PACKAGES = ("engine", "pieces", "ui", "sample_flows")
EMAIL, PASSWORD = "ada@example.com", "a quite unusual phrase 42"
ASSET = re.compile(r'(?:href|src)="(/static/[^"]+)"')

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The wheel and the source distribution."""
    return build(tmp_path_factory.mktemp("build"))


@pytest.fixture(scope="module")
def installed(built: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> CleanInstall:
    clean = CleanInstall(tmp_path_factory.mktemp("clean"), built[0])
    # What lies in the current folder must not be taken for the packages of the same names.
    for name in PACKAGES:
        (clean.elsewhere / f"{name}.py").write_text("raise RuntimeError('not this one')\n")
    return clean


@contextmanager
def served(installed: CleanInstall) -> Iterator[httpx.Client]:
    """A client of `switchyard serve`, once it listens."""
    port = free_port()
    env = installed.environment(
        SWITCHYARD_ADMIN_EMAIL=EMAIL, SWITCHYARD_ADMIN_PASSWORD=PASSWORD,
        SWITCHYARD_DATA_DIR=str(installed.folder / "served"),
    )  # fmt: skip
    server = subprocess.Popen(
        installed.command("switchyard", "serve", "--port", port), cwd=installed.elsewhere, env=env,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert server.stderr is not None
        assert "listens" in (line := server.stderr.readline()), line + server.stderr.read()
        # It says so just before it does: a connection that is refused is tried again.
        transport = httpx.HTTPTransport(retries=8)
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}", transport=transport, follow_redirects=True, timeout=60,
            headers={"Sec-Fetch-Site": "same-origin"},
        ) as client:  # fmt: skip
            yield client
    finally:
        server.terminate()
        server.communicate(timeout=60)


def files_of(package: str) -> set[str]:
    return {
        str(path.relative_to(ROOT))
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.parent.name != "__pycache__"
    } | {f"ui/help/docs/{path.relative_to(DOCS)}" for path in DOCS.rglob("*.md") if package == "ui"}


def test_the_wheel_has_every_file_of_its_packages_and_no_other(built: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(built[0]) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert names == set().union(*map(files_of, PACKAGES))


def test_the_source_distribution_has_them_too_and_no_tests(built: tuple[Path, Path]) -> None:
    with tarfile.open(built[1]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert set().union(*map(files_of, PACKAGES)) <= names
    assert {"pyproject.toml", "README.md", "LICENSE"} <= names
    assert not [name for name in names if name.startswith("tests")]


def test_nothing_of_the_checkout_or_of_the_tools_can_be_imported(installed: CleanInstall) -> None:
    code = "import engine, pieces, ui; print(*(each.__path__[0] for each in (engine, pieces, ui)), sep='\\n')"
    done = subprocess.run(
        [installed.python, "-P", "-c", code], env=installed.environment(), text=True, capture_output=True
    )
    places = done.stdout.split()
    assert len(places) == 3, done.stderr
    assert all(Path(place).is_relative_to(installed.packages) for place in places)
    tools = subprocess.run([installed.python, "-c", "import pytest"], env=installed.environment(), stderr=-1)
    assert tools.returncode == 1


@pytest.mark.parametrize("name", ["switchyard", "switchyard-flow"])
def test_both_commands_are_there(installed: CleanInstall, name: str) -> None:
    done = subprocess.run(
        installed.command(name, "--help"), cwd=installed.elsewhere, env=installed.environment(), text=True,
        capture_output=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Switchyard routes events" in done.stdout


def test_the_version_is_that_of_the_project(installed: CleanInstall) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert installed.run("--version").stdout == f"{version}\n"
    assert f"Switchyard {version}" in installed.run("doctor").stdout


def test_a_flow_is_generated_checked_run_and_tested(installed: CleanInstall) -> None:
    flow = installed.elsewhere / "flow.json"
    for words in (
        ("generate", "--catalogue", "deck", "-o", flow),
        ("validate", flow, installed.packages / "sample_flows"),
        ("test", installed.packages / "sample_flows"),
    ):
        done = installed.run(*words)
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    event = json.loads(flow.read_text())["samples"].popitem()[1]
    done = installed.run("run", flow, "--event", "-", "--json", input=json.dumps(event))
    assert json.loads(done.stdout)["status"] == "succeeded", done.stdout + done.stderr


def test_pieces_are_listed_and_one_of_your_own_is_started(installed: CleanInstall) -> None:
    listed = installed.run("pieces", "list")
    assert {"webhook", "http", "slack"} <= set(listed.stdout.split()), listed.stderr
    assert "failed to load" not in listed.stderr
    assert installed.run("pieces", "check").returncode == 0
    started = installed.run("pieces", "new", "acme_tickets")
    assert started.returncode == 0, started.stderr


def test_types_reach_those_who_write_pieces(installed: CleanInstall, tmp_path: Path) -> None:
    piece = tmp_path / "author.py"
    piece.write_text(
        "import pieces\nfrom engine.base.ids import new_id\nreveal_type(pieces.Piece)\nnew_id(1)\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file", "", "--cache-dir", tmp_path / "cache",
         "--python-executable", installed.python, piece],
        cwd=tmp_path, env=installed.environment(), text=True, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert "def (name: str, title: str" in done.stdout.replace("builtins.", ""), done.stdout
    assert '"new_id" has incompatible type' in done.stdout
    assert "py.typed" not in done.stdout


def test_an_instance_is_administered(installed: CleanInstall) -> None:
    key = installed.run("admin", "api-key", "ci")
    assert key.stdout.startswith("sk_") or len(key.stdout.split()) == 1, key.stderr
    assert installed.run("doctor").returncode == 0
    flow = installed.packages / "sample_flows" / "github_to_slack.json"
    imported = installed.run("import", flow)
    assert imported.returncode == 0, imported.stderr
    exported = installed.run("export", imported.stdout.split()[0])
    assert json.loads(exported.stdout)["name"] == json.loads(flow.read_text())["name"]


def test_the_server_answers_with_pages_and_their_files(installed: CleanInstall) -> None:
    with served(installed) as client:
        assert client.get("/healthz").status_code == 200
        page = client.post("/sign-in", data={"email": EMAIL, "password": PASSWORD})
        assert page.status_code == 200, page.text
        base = page.url.path.removesuffix("/home")
        gallery = client.get(f"{base}/templates")
        for template in (ROOT / "sample_flows").glob("*.json"):
            assert f"{base}/templates/{template.stem}" in gallery.text
        assets = set(ASSET.findall(page.text + gallery.text))
        assert {Path(asset.partition("?")[0]).suffix for asset in assets} >= {".css", ".js"}
        for asset in assets:
            answer = client.get(urljoin("/", asset))
            assert answer.status_code == 200, asset
            # The server adds their versions to the modules that a module imports.
            served_file = re.sub(rb"\?v=[0-9a-f]+", b"", answer.content)
            assert served_file == (ROOT / "ui" / asset.partition("?")[0].lstrip("/")).read_bytes()


def test_the_demonstration_runs(installed: CleanInstall) -> None:
    demo = installed.run("demo", "--once")
    assert "Every event took its branch." in demo.stdout, demo.stdout + demo.stderr


@pytest.mark.bench
def test_the_bench_measures_and_loses_nothing(installed: CleanInstall) -> None:
    done = installed.run("bench", "--case", "A", "--seconds", "1", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert set(result) >= {
        "case", "durability", "accepted_per_s", "completed_per_s", "lost", "ceiling_parse_per_s",
        "ceiling_commit_per_s", "ack_ms", "end_to_end_ms",
    }  # fmt: skip
    assert (result["case"], result["durability"]) == ("A", "full")
    assert (result["lost"], result["failed"], result["refused"]) == (0, 0, 0)
    for name in ("ack_ms", "end_to_end_ms"):
        assert set(result[name]) >= {"p50", "p95", "p99"}
        assert 0 < result[name]["p50"] <= result[name]["p95"] <= result[name]["p99"]
    assert result["accepted"] == result["completed"] > 0
