"""Packages of npm that tests read or run: examples, documents and SDKs of vendors.

They are installed into `.node`, beside the tools that check our JavaScript, and no part of this repository.
"""

import hashlib
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2] / ".node" / "packages"


def installed(*packages: str) -> Path:
    """The `node_modules` with these packages (`@scope/name@1.2.3`), installed once for all tests. Skips the
    test where that cannot be done."""
    name = re.sub(r"[^\w.-]+", "_", " ".join(packages))
    if len(name) > 200:  # of the 255 bytes that a file's name may have
        name = f"{name[:150]}_{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    folder = _ROOT / name
    if not folder.exists():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("npm is not installed")
        _install(npm, packages, folder)
    return folder / "node_modules"


def _install(npm: str, packages: tuple[str, ...], folder: Path) -> None:
    _ROOT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_ROOT, ignore_cleanup_errors=True) as made:
        options = ["--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund"]
        command = [npm, "install", "--prefix", made, *options, *packages]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=180)
        except subprocess.TimeoutExpired:
            pytest.skip(f"npm did not install {', '.join(packages)} in time")
        if done.returncode != 0:
            pytest.skip(f"npm could not install {', '.join(packages)}: {done.stderr.strip()[-200:]}")
        try:
            Path(made).rename(folder)
        except OSError:  # another process of these tests was first
            assert folder.exists()
