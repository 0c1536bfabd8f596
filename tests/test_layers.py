"""The shape of the code, read from its source: what leads to a dependency, and what nobody does.

The order of packages and folders is held by import-linter (`[tool.importlinter]` in pyproject.toml), which
`make check` runs.
"""

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("pieces", "engine", "ui")


# -- reading the source ------------------------------------------------------------------------------


def sources(*packages: str) -> list[Path]:
    return sorted(path for package in packages or PACKAGES for path in (ROOT / package).rglob("*.py"))


def module_of(path: Path) -> str:
    """`engine/api/flows.py` is "engine.api.flows"; `engine/api/__init__.py` is "engine.api"."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def is_within(module: str, place: str) -> bool:
    """Whether a module is `place` or lies in it."""
    return module == place or module.startswith(f"{place}.")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def nodes(tree: ast.Module) -> Iterator[ast.AST]:
    """All of a module but what stands under `if TYPE_CHECKING`."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            waiting += node.orelse
        else:
            waiting += ast.iter_child_nodes(node)


def imports(tree: ast.Module, path: Path) -> Iterator[str]:
    """Dotted names of all that a module imports, inside functions too; relative ones made absolute."""
    here = path.relative_to(ROOT).with_suffix("").parts
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = here[: -node.level] if node.level else ()
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{name.name}" for name in node.names)


@cache
def imported(path: Path) -> list[str]:
    return list(imports(tree_of(path), path))


@cache
def texts(path: Path) -> list[str]:
    """Every text in a module that is not a docstring; of an f-string its fixed parts."""
    tree = tree_of(path)
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs
    ]


@cache
def calls(path: Path) -> list[str]:
    """What a module calls, as it is written: `httpx.AsyncClient`."""
    return [ast.unparse(node.func) for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)]


# -- folders ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("package", ["engine", "ui"])
def test_modules_lie_in_folders_by_subject(package: str) -> None:
    flat = {path.name for path in (ROOT / package).glob("*.py")} - {"__init__.py", "__main__.py"}
    assert len(flat) <= 4


def test_each_folder_says_what_lives_there() -> None:
    folders = {path.parent for path in sources() if path.parent.name not in ("static", "templates")}
    silent = [
        str(folder.relative_to(ROOT))
        for folder in sorted(folders)
        if not (folder / "__init__.py").exists() or not ast.get_docstring(tree_of(folder / "__init__.py"))
    ]
    assert not silent


def test_nobody_reaches_into_what_another_keeps_private() -> None:
    wrong = []
    for path in sources():
        folder = module_of(path.parent / "__init__.py")
        for name in imported(path):
            if name.split(".")[0] not in PACKAGES:
                continue
            private = next((part for part in name.split(".") if re.match(r"_(?!_)", part)), None)
            # A folder's modules may use each other's private parts, and the folders within it theirs.
            if private and not is_within(folder, name[: name.index(f".{private}")]):
                wrong.append(f"{module_of(path)} imports {name}")
    assert not wrong


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("from .worker import Worker", ["engine.worker.Worker"]),
        ("from . import worker", ["engine.worker"]),
        ("import engine.worker", ["engine.worker"]),
        ("def f():\n    from engine.worker import Worker", ["engine.worker.Worker"]),
        ("from typing import TYPE_CHECKING as T", ["typing.TYPE_CHECKING"]),
        ("if TYPE_CHECKING:\n    from .worker import Worker", []),
        ("if TYPE_CHECKING:\n    pass\nelse:\n    from . import worker", ["engine.worker"]),
    ],
)
def test_an_import_is_seen_in_any_form(text: str, seen: list[str]) -> None:
    assert list(imports(ast.parse(text), ROOT / "engine" / "example.py")) == seen


# -- one dependency, one place --------------------------------------------------------------------------

_SQL = re.compile(
    r"\b(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+(TABLE|INDEX)|PRAGMA\s)",
    re.S,
)
_SQL_BUILDERS = re.compile(
    r"(sqlmodel|sqlalchemy)(\.\w+)*\.(select|insert|update|delete|text|col|func|and_|or_)"
)
_CLIENTS = re.compile(
    r"(httpx\.)?(AsyncClient|Client|AsyncHTTPTransport|HTTPTransport)|"
    r"httpx\.(get|post|put|patch|delete|head|options|request|stream)|(\w+\.)*urlopen|"
    r"aiohttp\.\w+|requests\.\w+|(asyncio\.)?open_connection|socket\.create_connection|smtplib\.\w+|aiosmtplib\.SMTP"
)


def speaks_sql(path: Path) -> bool:
    return any(map(_SQL.search, texts(path))) or any(map(_SQL_BUILDERS.fullmatch, imported(path)))


def imports_package(*names: str) -> Callable[[Path], bool]:
    return lambda path: any(name.split(".")[0] in names for name in imported(path))


def says(pattern: str) -> Callable[[Path], bool]:
    return lambda path: any(re.search(pattern, text) for text in texts(path))


def uses(pattern: str) -> Callable[[Path], bool]:
    """The pattern is looked for in the code, not in its comments and docstrings."""
    return lambda path: (
        re.search(pattern, "\n".join(ast.unparse(node) for node in tree_of(path).body)) is not None
    )


def makes_clients(path: Path) -> bool:
    return any(map(_CLIENTS.fullmatch, calls(path)))


PLACES: dict[str, tuple[Callable[[Path], bool], set[str]]] = {
    # Stores of the one thing that their folder is about.
    "SQL": (
        speaks_sql,
        {
            "engine.store", "engine.access", "engine.connections", "engine.destinations",
            "engine.events.outbox",
        },
    ),
    "JMESPath": (imports_package("jmespath"), {"engine.expressions"}),
    "htmx": (says(r"(?i)\bhx-|htmx"), {"ui.shared.render"}),
    # The demonstration asks whether a port was chosen by name; the bench passes it to the servers it starts;
    # the doctor names the proxies of the environment, which are not used.
    "the environment": (
        uses(r"\benviron\b|\bgetenv\b"),
        {"engine.base.settings", "ui.cli.bench.servers", "ui.cli.demo", "ui.cli.doctor"},
    ),
    # Mail goes to an address that egress has checked; pieces.testing answers itself; the demonstration is a
    # sender of events and calls its own server.
    "outgoing connections": (
        makes_clients,
        {"engine.http.egress", "pieces.email", "pieces.testing", "ui.cli.demo"},
    ),
    "connections of HTTP": (imports_package("httptools"), {"engine.http.http1"}),
    # pieces._transport reads the certificates of a connection before they are stored.
    "cryptography": (
        imports_package("cryptography"),
        {"engine.base.secrets", "engine.signatures", "pieces._transport"},
    ),
    "password hashes": (imports_package("argon2"), {"engine.access"}),
    "templates": (imports_package("jinja2", "markupsafe"), {"ui.shared.render"}),
    "YAML": (imports_package("yaml"), {"engine.catalogues"}),
    "Markdown": (imports_package("markdown_it"), {"ui.shared.markdown"}),
    "regular expressions of users": (imports_package("re2"), {"engine.expressions.functions"}),
    "timers": (imports_package("apscheduler"), {"engine.triggers"}),
    "cron": (imports_package("cronsim"), {"pieces._cron"}),
    # To addresses that egress has checked.
    "brokers": (imports_package("nats", "aiormq", "pamqp"), {"engine.destinations.senders"}),
    "metrics": (imports_package("prometheus_client"), {"engine.web.monitoring"}),
}  # fmt: skip


@pytest.mark.parametrize("what", PLACES)
def test_each_dependency_has_its_place(what: str) -> None:
    depends, places = PLACES[what]
    found = {module_of(path) for path in sources() if depends(path)}
    assert not [name for name in found if not any(is_within(name, place) for place in places)]
    assert not [place for place in places if not any(is_within(name, place) for name in found)], "unused"


def test_nobody_runs_text_as_code() -> None:
    forbidden = re.compile(
        r"eval|exec|compile|__import__|os\.(system|popen|exec\w*|spawn\w*)|subprocess\.\w+|pickle\.\w+|marshal\.\w+"
    )
    wrong = []
    for path in sources():
        own = any(name == "engine.expressions.compile" for name in imported(path)) or is_within(
            module_of(path), "engine.expressions"
        )
        for call in calls(path):
            if forbidden.fullmatch(call) and not (call == "compile" and own):
                wrong.append(f"{path.relative_to(ROOT)} calls {call}")
    assert not wrong


def test_pages_load_nothing_from_elsewhere_and_hold_no_script() -> None:
    foreign = re.compile(
        r"""(?i)\b(src|href|action)\s*=\s*["']\s*(https?:)?//|<[^>%]*\son[a-z]+\s*=|<script\s*>|javascript:|<style"""
    )
    wrong = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in sorted((ROOT / "ui" / "templates").rglob("*.html"))
        for found in foreign.finditer(path.read_text("utf-8"))
    ]
    assert not wrong
