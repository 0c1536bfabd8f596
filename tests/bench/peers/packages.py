"""The peers, as npm packages in a folder of the user's; nothing of them is part of this repository."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

NODE = "24.21.0"
"""Node.js, as the npm package `node`: both peers run on it."""
PACKAGES = {"node-red": "5.0.7", "n8n": "2.41.1"}


def version_of(modules: Path, name: str) -> str:
    """What is installed, read from its package: `modules` is a folder `node_modules`."""

    def read(package: str) -> str:
        return str(json.loads((modules / package / "package.json").read_text())["version"])

    return f"{read(name)} on Node.js {read('node')}"


def installed(folder: Path, name: str) -> bool:
    return (folder / "node_modules" / name / "package.json").is_file() and _node(folder).is_file()


def install(folder: Path, names: list[str]) -> None:
    """Install these peers. Raises `CalledProcessError` for what npm cannot do."""
    if shutil.which("npm") is None:
        sys.exit("npm is missing: apt install npm")
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "package.json").exists():
        (folder / "package.json").write_text('{"private": true}\n')
    quiet = ["--no-audit", "--no-fund", "--no-package-lock"]
    _npm(folder, "install", *quiet, f"node@{NODE}")
    if "node-red" in names:
        _npm(folder, "install", *quiet, f"node-red@{PACKAGES['node-red']}")
    if "n8n" in names:
        # Most of its native packages are for nodes that are not measured, and some do not build everywhere.
        _npm(folder, "install", *quiet, "--ignore-scripts", f"n8n@{PACKAGES['n8n']}")
        _npm(folder, "rebuild", "sqlite3")
    print(f"{', '.join(names)}: installed in {folder}")


def _npm(folder: Path, *words: str) -> None:
    path = f"{_node(folder).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(["npm", *words], cwd=folder, check=True, env={**os.environ, "PATH": path})


def _node(folder: Path) -> Path:
    return folder / "node_modules" / "node" / "bin" / "node"
