"""Packages of PyPI that tests run beside ours: SDKs of vendors, and generators of clients.

They get an environment of their own below `.venv`, since they need other versions than we do, and are no
part of this repository.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2] / ".venv" / "packages"
_SECONDS = 600


def installed(*packages: str) -> Path:
    """The `bin` of an environment with these packages (`name==1.2.3`), installed once for all tests. Skips
    the test where that cannot be done."""
    name = re.sub(r"[^\w.-]+", "_", " ".join(packages))[:150]
    folder = _ROOT / f"{name}_{hashlib.sha256(' '.join(packages).encode()).hexdigest()[:16]}"
    if not folder.exists():
        _install(packages, folder)
    return folder / "bin"


def _install(packages: tuple[str, ...], folder: Path) -> None:
    _ROOT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_ROOT, ignore_cleanup_errors=True) as made:
        for command in _commands(made, packages):
            try:
                done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS)
            except subprocess.TimeoutExpired:
                pytest.skip(f"{', '.join(packages)}: not installed in time")
            if done.returncode != 0:
                pytest.skip(f"{', '.join(packages)}: not installed: {done.stderr.strip()[-200:]}")
        try:
            Path(made).rename(folder)
        except OSError:  # another process of these tests was first
            assert folder.exists()


def _commands(folder: str, packages: tuple[str, ...]) -> list[list[str]]:
    """By uv where it is, in seconds; else by pip, in half a minute."""
    python = str(Path(folder) / "bin" / "python")
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}")
    if uv is None:
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
        return [[sys.executable, "-m", "venv", folder], install]
    return [
        [uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, folder],
        [uv, "pip", "install", "--quiet", "--python", python, *packages],
    ]
