"""Static files: what a browser stores for ever is what its address says, for modules and all they import."""

import hashlib
import re
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

from ui.shared.assets import STATIC, Assets

Site = Any  # of conftest, which cannot be imported
OURS = sorted(str(path.relative_to(STATIC)) for path in STATIC.rglob("*.js") if "vendor" not in path.parts)
ENTRIES = ("app.js", "event_tree.js", "editor.js", "home.js", "keys.js", "panes.js", "values.js")
"""The modules that pages load; the others are imported."""
TEMPLATES = STATIC.parent / "templates"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "part").mkdir()
    (tmp_path / "page.js").write_text('import { a } from "./part/a.js";\nimport "./plain.js";\na();\n')
    (tmp_path / "part" / "a.js").write_text('import {\n  b,\n  c,\n} from "../b.js";\nexport const a = b;\n')
    (tmp_path / "b.js").write_text('// import "./nowhere.js";\nexport const b = () => "./plain.js";\n')
    (tmp_path / "plain.js").write_text("1;\n")
    return tmp_path


def test_a_module_is_served_with_the_version_of_each_module_that_it_imports(folder: Path) -> None:
    assets = Assets(folder)
    b = assets.find("b.js").version
    assert f'}} from "../b.js?v={b}";' in assets.find("part/a.js").content.decode()
    page = assets.find("page.js")
    assert f'from "./part/a.js?v={assets.find("part/a.js").version}";' in page.content.decode()
    assert page.imports == ("b.js", "part/a.js", "plain.js")
    assert assets.url("page.js") == f"/static/page.js?v={hashlib.sha256(page.content).hexdigest()[:12]}"


def test_a_changed_module_changes_the_address_of_every_module_that_leads_to_it(folder: Path) -> None:
    before = Assets(folder)
    old = {name: before.url(name) for name in ("page.js", "part/a.js", "b.js", "plain.js")}
    (folder / "b.js").write_text("export const b = 2;\n")
    assert {name: before.url(name) for name in old} == old, "a running server serves one release"
    after = Assets(folder)
    changed = {name for name, url in old.items() if after.url(name) != url}
    assert changed == {"b.js", "part/a.js", "page.js"}


def test_modules_that_import_each_other_are_refused_by_name(folder: Path) -> None:
    (folder / "b.js").write_text('import "./part/a.js";\n')
    with pytest.raises(ValueError, match=r"page\.js → part/a\.js → b\.js → part/a\.js"):
        Assets(folder).find("page.js")


def test_an_import_of_a_file_that_is_not_there_is_an_error(folder: Path) -> None:
    (folder / "b.js").write_text('import "./gone.js";\n')
    with pytest.raises(FileNotFoundError, match=r"gone\.js"):
        Assets(folder).find("page.js")


@pytest.mark.parametrize(
    "path",
    ["", ".", "..", "../x.js", "part", "part//a.js", "part/../b.js", "/b.js", ".hidden", "b.js\0", "b" * 999],
)
def test_there_is_one_spelling_of_a_path_and_it_stays_in_the_folder(folder: Path, path: str) -> None:
    (folder / ".hidden").write_text("secret")
    with pytest.raises(FileNotFoundError):
        Assets(folder).find(path)


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_page_s_modules_are_served_for_ever_under_addresses_that_say_their_content(
    site: Site, entry: str
) -> None:
    waiting, seen = [Assets(STATIC).url(entry)], set[str]()
    with site.stranger() as client:
        while waiting:
            url = waiting.pop()
            if url in seen:
                continue
            seen.add(url)
            answer = client.get(url)
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/javascript")
            assert "immutable" in answer.headers["cache-control"]
            assert url.endswith(f"?v={hashlib.sha256(answer.content).hexdigest()[:12]}")
            imported = re.findall(r'^(?:import|\}).*"(\.[^"]+)";$', answer.text, re.MULTILINE)
            assert len(imported) == len(re.findall(r"^import\b", answer.text, re.MULTILINE))
            waiting += [urljoin(url, each) for each in imported]


@pytest.mark.parametrize("version", ["", "?v=", "?v=000000000000", "?w=1"])
def test_a_file_under_an_address_of_another_version_is_not_stored(client: httpx.Client, version: str) -> None:
    answer = client.get(f"/static/dom.js{version}")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")


def test_a_page_loads_the_modules_beside_each_other(client: httpx.Client, site: Site) -> None:
    page = client.get(site.made["flow"]).text
    loaded = re.findall(r'<script type="module" src="/static/([^?"]+)', page)
    preloaded = re.findall(r'<link rel="modulepreload" href="/static/([^?"]+)', page)
    assert loaded == ["panes.js", "app.js", "editor.js"]
    assert {*loaded, *preloaded} >= set(Assets(STATIC).find("editor.js").imports)


def test_every_module_of_ours_is_loaded_by_a_page() -> None:
    named = {
        name
        for template in TEMPLATES.rglob("*.html")
        for name in re.findall(r'\bmodule\("([^"]+)"', template.read_text())
    }
    assert named == set(ENTRIES)
    assets = Assets(STATIC)
    assert set(OURS) == named.union(*(assets.find(name).imports for name in named))


@pytest.mark.parametrize("name", OURS)
def test_a_module_imports_only_ours_by_static_relative_paths(name: str) -> None:
    text = (STATIC / name).read_text()
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL)
    assert not re.search(r"\bimport\s*\(", code), "such a path would carry no version"
    sources = re.findall(r'\bfrom\s+"([^"]+)"|\bimport\s+"([^"]+)"', code)
    for source in map("".join, sources):
        assert source.startswith(".") and "/vendor/" not in source
