"""An environment of its own with a wheel in it and what the wheel needs to run, without a package index.

The wheel is unpacked as pip does it. The packages of `requirements/base.txt` are linked from the environment
that runs the tests; none of its other packages, and not the checkout, can be imported.
"""

import os
import re
import subprocess
import sys
import sysconfig
import venv
from importlib import metadata
from pathlib import Path
from typing import Any

from installer import install
from installer.destinations import SchemeDictionaryDestination
from installer.sources import WheelFile
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
_PIN = re.compile(r"^[A-Za-z0-9].*?(?= \\$|$)", re.MULTILINE)
_SOURCES = ("pyproject.toml", "README.md", "LICENSE", "engine", "pieces", "ui", "sample_flows")


class CleanInstall:
    """A virtual environment with the wheel installed; its commands run in a folder without the checkout."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        self.folder = folder
        self.elsewhere = folder / "elsewhere"
        self.elsewhere.mkdir(parents=True)
        venv.create(folder / "venv", symlinks=True)
        self._paths = sysconfig.get_paths(
            "venv", vars={"base": str(folder / "venv"), "platbase": str(folder / "venv")}
        )
        self.python = Path(self._paths["scripts"], "python")
        self.packages = Path(self._paths["purelib"])
        self._link_pins()
        destination = SchemeDictionaryDestination(
            {**self._paths, "headers": str(folder / "headers")},
            interpreter=str(self.python),
            script_kind="posix",
        )
        with WheelFile.open(wheel) as source:
            install(source, destination, additional_metadata={"INSTALLER": b"tests\n"})

    def _link_pins(self) -> None:
        """Link the packages that running needs, each as its record names them."""
        for line in _PIN.findall((ROOT / "requirements" / "base.txt").read_text("utf-8")):
            pin = Requirement(line)
            if pin.marker is not None and not pin.marker.evaluate():
                continue
            found = metadata.distribution(pin.name)
            assert found.version in pin.specifier, f"{pin.name} {found.version} is not {pin.specifier}"
            for name in {file.parts[0] for file in found.files or ()} - {"..", "__pycache__"}:
                link = self.packages / name
                if not link.exists():  # two packages may share a namespace
                    link.symlink_to(Path(str(found.locate_file(name))))

    def environment(self, **more: str) -> dict[str, str]:
        """What a command gets from its surroundings: nothing of the tests', and a data folder of its own."""
        return {
            "PATH": f"{self._paths['scripts']}{os.pathsep}{os.defpath}",
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "COLUMNS": "200",
            "SWITCHYARD_DATA_DIR": str(self.folder / "data"),
            **more,
        }

    def command(self, name: str, *words: object) -> list[str]:
        """An installed command and its arguments."""
        return [str(Path(self._paths["scripts"], name)), *map(str, words)]

    def run(self, *words: object, **more: Any) -> "subprocess.CompletedProcess[str]":
        """Run `switchyard` with these arguments to its end."""
        return subprocess.run(
            self.command("switchyard", *words), cwd=self.elsewhere, env=self.environment(), text=True,
            capture_output=True, timeout=120, check=False, **more,
        )  # fmt: skip


def build(folder: Path) -> tuple[Path, Path]:
    """Build as `make dist` does, from a copy of the sources: (wheel, source distribution)."""
    source, out = folder / "source", folder / "dist"
    source.mkdir()
    for name in _SOURCES:
        _copy(ROOT / name, source / name)
    done = subprocess.run(
        [sys.executable, "-m", "build", "--quiet", "--no-isolation", "--outdir", str(out), str(source)],
        text=True, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,), (archive,) = out.glob("*.whl"), out.glob("*.tar.gz")
    return wheel, archive


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        target.mkdir()
        for each in source.iterdir():
            if each.name != "__pycache__":
                _copy(each, target / each.name)
    else:
        target.write_bytes(source.read_bytes())
