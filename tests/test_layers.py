"""The shape of the code, read from its source: who may import whom, and which door leads to what."""

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from ui.app import PAGES

ROOT = Path(__file__).parents[1]

# Each package from its foundation up: a module imports only what stands before it in its own package.
# `.` is the package's `__init__`; a package within a package counts as one entry.
LAYERS = {
    "pieces": """
        _errors _docs _invalid _props _oauth2 _auth _context _form _action _trigger _piece _registry .
        webhook schedule http slack email data delay store flow topic testing
    """,
    "engine": """
        . errors ids clock settings models upgrades database paging jsonbody diff live presence
        functions expressions flow notation operators conditions wording
        payloads event_samples events event_schema interest catalogues commands activepieces plan
        signatures handler_flow handshakes dedupe
        addresses stopwatch http1 outgoing egress sns secrets lineage cloudevents incoming access
        oauth2 connection_store connection_uses connection_tokens connections
        event_store flow_store folder_store edit_store item_store
        journal partial turns run_store deleted_store run_keys recent_events cuts retention run_filters
        activity trigger_store topic_store catalogue_store
        run routing attempt executor lanes queue alarm worker outbox audit_log run_events destinations
        scope data_tree completion dead_branches terms outlook coverage drift
        drafts flow_changes active_flows handler_secrets flow_reader flows folders project_catalogues
        edits runs
        trigger_calls piece_webhooks subscriptions triggers webhook_answers webhooks feeds topics
        surroundings flow_starts switchyard
        routes api
    """,
    "ui": """
        . compression forms markdown render errors shell stream iterations values overlay drawing details
        telling folding connection_form editor_parts places flow_page
        editor_fields editor_commands editor_flow editor_branch editor_picker editor_data
        editor_folds editor_redraw editor_light editor_keys editor_palette editor_choices editor_panel
        editor_mark editor_drawing editor_page editor editor_truth
        scopes plots destination_form destination_handler destinations deliveries events
        sign_in projects folders pieces topics connections catalogues handler_flows gallery sparkline bulk
        deleted versions history
        samples drift flows run presence results capture trial runs app
        flow_files local_run flow_tests admin scaffold doctor bench server demo cli __main__
    """,
}
BELOW = {"pieces": (), "engine": ("pieces",), "ui": ("engine", "pieces")}


# -- reading the source ------------------------------------------------------------------------------


def order_of(package: str) -> list[str]:
    return LAYERS[package].split()


def sources(*packages: str) -> list[Path]:
    return sorted(path for package in packages or LAYERS for path in (ROOT / package).rglob("*.py"))


def entry_of(path: Path) -> tuple[str, str]:
    """`engine/api/flows.py` belongs to ("engine", "api")."""
    package, first, *_ = path.relative_to(ROOT).parts
    name = first.removesuffix(".py")
    return package, "." if name == "__init__" else name


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


def place_of(dotted: str) -> tuple[str, str] | None:
    """The entry of ours that an imported name belongs to; None for other people's packages."""
    package, *rest = dotted.split(".")
    if package not in LAYERS:
        return None
    known = rest and ((ROOT / package / rest[0]).is_dir() or (ROOT / package / f"{rest[0]}.py").is_file())
    return package, rest[0] if known else "."


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


# -- the order -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("package", LAYERS)
def test_every_module_has_its_place_in_the_order(package: str) -> None:
    order = order_of(package)
    assert len(order) == len(set(order))
    found = {entry_of(path)[1] for path in sources(package)}
    assert not found - set(order), "say where the new module stands"


@pytest.mark.parametrize("package", LAYERS)
def test_packages_look_only_downwards(package: str) -> None:
    above = {*LAYERS, "tests"} - {package, *BELOW[package]}
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources(package)
        for name in imported(path)
        if name.split(".")[0] in above
    ]
    assert not wrong


@pytest.mark.parametrize("package", LAYERS)
def test_within_a_package_modules_import_only_those_that_stand_before_them(package: str) -> None:
    order, wrong = order_of(package), []
    for path in sources(package):
        own = entry_of(path)
        for name in imported(path):
            place = place_of(name)
            if place is None or place[0] != package or place == own:
                continue
            if order.index(place[1]) >= order.index(own[1]):
                wrong.append(f"{path.relative_to(ROOT)} imports {name}, which stands after it")
    assert not wrong


def test_nobody_reaches_into_what_another_keeps_private() -> None:
    wrong = []
    for path in sources():
        own = entry_of(path)
        for name in imported(path):
            place = place_of(name)
            # The built-in pieces and the parts of the contract are one package.
            if place is None or place == own or place[0] == own[0] == "pieces":
                continue
            if any(part.startswith("_") and not part.startswith("__") for part in name.split(".")):
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not wrong


def test_pages_stand_before_the_application_that_takes_them_in_by_name() -> None:
    order = order_of("ui")
    assert max(order.index(page) for page in PAGES) < order.index("app")


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


# -- one dependency, one door --------------------------------------------------------------------------

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


DOORS: dict[str, tuple[Callable[[Path], bool], set[str]]] = {
    # Stores of the one thing that their name says; doctor looks into a file that nobody has opened.
    "SQL": (
        speaks_sql,
        {
            "engine.database", "engine.upgrades", "engine.models", "engine.access", "engine.connections",
            "engine.connection_store", "engine.connection_uses", "engine.event_store", "engine.flow_store",
            "engine.deleted_store", "engine.folder_store", "engine.edit_store",
            "engine.item_store", "engine.activity", "engine.turns", "engine.run_store", "engine.run_keys",
            "engine.runs", "engine.trigger_store", "engine.topic_store", "engine.cuts",
            "engine.recent_events",
            "engine.catalogue_store", "engine.retention", "engine.outbox", "ui.doctor",
            "engine.destinations",
        },
    ),
    "JMESPath": (imports_package("jmespath"), {"engine.expressions"}),
    "htmx": (says(r"(?i)\bhx-|htmx"), {"ui.render"}),
    # The demonstration asks whether a port was chosen by name.
    "the environment": (uses(r"\benviron\b|\bgetenv\b"), {"engine.settings", "ui.demo"}),
    # Mail goes to an address that egress has checked; pieces.testing answers itself; the demonstration is a
    # sender of events and calls its own server.
    "outgoing connections": (
        makes_clients,
        {"engine.egress", "pieces.email", "pieces.testing", "ui.demo"},
    ),
    "connections of HTTP": (imports_package("httptools"), {"engine.http1"}),
    "cryptography": (imports_package("cryptography"), {"engine.secrets", "engine.signatures"}),
    "password hashes": (imports_package("argon2"), {"engine.access"}),
    "templates": (imports_package("jinja2", "markupsafe"), {"ui.render"}),
    "YAML": (imports_package("yaml"), {"engine.catalogues"}),
    "Markdown": (imports_package("markdown_it"), {"ui.markdown"}),
    "regular expressions of users": (imports_package("re2"), {"engine.functions"}),
    "schedules": (imports_package("apscheduler"), {"engine.triggers", "pieces.schedule"}),
    # To addresses that egress has checked.
    "brokers": (imports_package("nats", "aiormq", "pamqp"), {"engine.destinations"}),
    "metrics": (imports_package("prometheus_client"), {"ui.app"}),
}  # fmt: skip


@pytest.mark.parametrize("what", DOORS)
def test_each_dependency_has_its_door(what: str) -> None:
    goes_through, doors = DOORS[what]
    found = {".".join(entry_of(path)) for path in sources() if goes_through(path)}
    assert found <= doors
    assert doors <= found, "this door leads nowhere any more"


def test_nobody_runs_text_as_code() -> None:
    forbidden = re.compile(
        r"eval|exec|compile|__import__|os\.(system|popen|exec\w*|spawn\w*)|subprocess\.\w+|pickle\.\w+|marshal\.\w+"
    )
    wrong = []
    for path in sources():
        own = any(name == "engine.expressions.compile" for name in imported(path)) or entry_of(path) == (
            "engine",
            "expressions",
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
