"""What is vendored is what was published; and pages ask for nothing that the policy forbids."""

import hashlib
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FOLDERS = [ROOT / "ui" / "static" / "vendor", ROOT / "tests" / "ui" / "vendor"]
TEMPLATES = sorted((ROOT / "ui" / "templates").rglob("*.html"))
OWN = sorted(path for path in (ROOT / "ui" / "static").rglob("*.*") if FOLDERS[0] not in path.parents)


@pytest.mark.parametrize("folder", FOLDERS, ids=["shipped", "for tests"])
def test_every_vendored_file_has_the_hash_that_is_written_down(folder: Path) -> None:
    packages = tomllib.loads((folder / "VERSIONS.toml").read_text())["package"]
    listed = {name: digest for package in packages for name, digest in package["files"].items()}
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - {
        "VERSIONS.toml"
    }
    assert found == set(listed)
    assert {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in found} == listed
    assert all(package["name"] and package["version"] and package["licence"] for package in packages)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_has_no_inline_script_or_style_and_loads_only_ours(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:|hx-on", text)
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', text)
    assert "| safe" not in text and "|safe" not in text


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_every_icon_that_a_template_names_is_vendored(path: Path) -> None:
    for name in re.findall(r'icon\("([a-z0-9-]+)"\)', path.read_text()):
        assert (FOLDERS[0] / "lucide" / f"{name}.svg").is_file(), name


def test_every_piece_has_an_icon_of_its_own() -> None:
    from pieces import load

    for piece in load(entry_points=False).pieces.values():
        assert (FOLDERS[0] / "lucide" / f"{piece.icon}.svg").is_file(), (piece.name, piece.icon)


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_our_own_file_loads_nothing_and_a_module_stays_small(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org)", text)
    assert path.suffix != ".js" or len(text.splitlines()) < 300
