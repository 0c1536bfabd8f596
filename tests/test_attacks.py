"""What broke others, tried here: the cases of docs/operations/security.md that no other test tries, and that
its table names only tests that exist."""

import ast
import base64
import importlib.metadata
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from engine.base.actor import Actor
from engine.base.secrets import Vault
from engine.base.settings import Settings
from engine.signatures import SCHEMES
from tests.conftest import Instance

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "docs" / "operations" / "security.md"
CATCH = {"name": "webhook", "piece": "webhook", "trigger": "catch", "input": {"verify": {"scheme": "none"}}}


def flow(value: Any, trigger: Any = CATCH) -> dict[str, Any]:
    step = {"type": "action", "piece": "data", "action": "compose", "input": {"value": value}, "next": None}
    return {"format": 1, "name": "Attacked", "triggers": [trigger], "start": "a", "steps": {"a": step}}


async def output(instance: Instance, value: Any, **request: Any) -> Any:
    """What a step with this value gives for a request."""
    made = await instance.publish(flow(value))
    answer = await instance.http.post(f"/webhooks/{made['id']}", **request)
    assert answer.status_code == 202, answer.text
    run = await instance.ended(answer.json()["run_id"])
    assert run["status"] == "succeeded", run["error"]
    return run["steps"][0]["output"]


async def rows(instance: Instance) -> dict[str, int]:
    """How many rows each table has; refusals of the intake are written later, with their events."""
    found = await instance.rows()
    return {table: count for table, count in found.items() if table not in ("rejected_requests", "events")}


# -- the table ---------------------------------------------------------------------------------------


async def test_the_table_names_only_tests_that_exist() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TABLE.read_text("utf-8"))
    assert len(named) >= 150
    tests = {path: names_of(ROOT / path) for path, _ in named}
    assert [f"{path}::{name}" for path, name in named if name not in tests[path]] == []


def names_of(path: Path) -> set[str]:
    """The tests that pytest finds in a file."""
    body = ast.parse(path.read_text("utf-8")).body if path.is_file() else []
    functions = [node for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {node.name for node in functions if node.name.startswith("test_")}


async def test_each_row_that_applies_names_a_test() -> None:
    rows = [line for line in TABLE.read_text("utf-8").splitlines() if re.match(r"\| (\d|[A-Z])", line)]
    assert [row for row in rows if "`tests/" not in row and "| does not apply |" not in row] == []
    marks = [row.split(" | ", 1)[0].strip("| ") for row in rows]
    assert len(marks) == len(set(marks))
    assert {mark for mark in marks if mark.isdigit()} == {str(number) for number in range(1, 34)}


# -- uploads and paths (1, 20, 31) -------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", ["application/json", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"]
)
async def test_json_that_looks_like_an_upload_names_no_file(instance: Instance, kind: str) -> None:
    """CVE-2026-21858: a body of JSON, sent in the place of a form, named a file of the server's own."""
    body = b'{"files": {"doc": {"filepath": "/etc/passwd", "path": "/etc/passwd", "base64": "", "size": 1}}}'
    made = await instance.publish(flow("{{ trigger.body }}"))
    answer = await instance.http.post(f"/webhooks/{made['id']}", content=body, headers={"content-type": kind})
    if answer.status_code == 202:
        run = await instance.ended(answer.json()["run_id"])
        assert "root:" not in str(run)
        assert base64.b64encode(b"root:").decode()[:6] not in str(run)
        assert run["steps"][0]["output"]["files"]["doc"]["filepath"] == "/etc/passwd"  # a text, as it came
    else:
        assert answer.status_code == 400


@pytest.mark.parametrize("name", ["../../x", "a;rm -rf", "$(id)", "a b", "a\nb", "__proto__ ", "", "a" * 200])
async def test_a_step_is_named_by_a_word_and_by_nothing_else(instance: Instance, name: str) -> None:
    """CVE-2026-73081: a step's name became a path that a shell was given."""
    definition = flow(1)
    definition["steps"] = {name: definition["steps"]["a"]}
    definition["start"] = name
    await instance.api("POST", "/flows", definition, 422)


# -- expressions and templates (2 to 6, 18, 33) ---------------------------------------------------------

ESCAPES = [
    "constructor.constructor('return process')()",
    "$json.constructor",
    "(() => process)()",
    "trigger.__class__.__mro__",
    "trigger.body.__class__.__init__.__globals__",
    "''.__class__",
    "cycler.__init__.__globals__.os",
    "self._TemplateReference__context",
    "__import__('os').system('id')",
    "trigger.body.format('{0.__class__}')",
    "env.HOME",
    "process.env",
]


@pytest.mark.parametrize("expression", ESCAPES)
async def test_an_expression_reaches_no_host_language(instance: Instance, expression: str) -> None:
    """CVE-2025-68613 and its successors: objects of the language behind expressions could be reached."""
    headers = {"Authorization": f"Bearer {instance.key}"}
    definition = flow(f"{{{{ {expression} }}}}")
    created = await instance.http.post("/api/v1/flows", json=definition, headers=headers)
    if created.status_code == 422:
        return  # no expression at all
    answer = await instance.send(created.json()["id"], {"__class__": None}, "/draft", **headers)
    run = await instance.ended(answer.json()["run_id"])
    assert run["status"] == "failed" or run["steps"][0]["output"] is None


async def test_what_an_event_says_is_no_template(instance: Instance) -> None:
    """CVE-2026-33881: values were pasted into what was then evaluated."""
    for text in ("{{ run.id }}", "{{ vars }}", "${7*7}", "`7`", "' || 'x", "{% raw %}"):
        assert await output(instance, "say {{ trigger.body.x }}", json={"x": text}) == f"say {text}"


# -- parsers (7) ---------------------------------------------------------------------------------------

BOMB = """<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY x SYSTEM "file:///etc/passwd">]><b>&b;&x;<constructor><prototype/></constructor></b>"""


@pytest.mark.parametrize("kind", ["text/xml", "application/xml", "application/soap+xml"])
async def test_xml_stays_a_text(instance: Instance, kind: str) -> None:
    """CVE-2026-42231: a parser for XML in front of every webhook."""
    read = await output(instance, "{{ trigger.body }}", content=BOMB.encode(), headers={"content-type": kind})
    assert read == BOMB


@pytest.mark.parametrize("name", ["__proto__", "constructor", "prototype", "__class__"])
async def test_a_field_with_a_name_of_the_language_is_a_field(instance: Instance, name: str) -> None:
    assert await output(instance, "{{ trigger.body }}", json={name: {"polluted": True}}) == {
        name: {"polluted": True}
    }


def _pem(key: Ed25519PublicKey) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, form).decode()


# -- signatures (8) ------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
async def test_every_scheme_refuses_who_proves_nothing(instance: Instance, scheme: str) -> None:
    """CVE-2026-21894: a trigger had a secret, and never looked at a signature."""
    if scheme == "none":
        return
    public = Ed25519PrivateKey.generate().public_key()
    keys = {"discord": public.public_bytes_raw().hex(), "sendgrid": _pem(public), "generic_key": _pem(public)}
    fields = {
        "secret": keys.get(scheme, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        "username": "u",
        "password": "p" * 20,
        "name": "X-Token",
        "value": "v" * 20,
        "topic_arn": "arn:aws:sns:eu-west-1:123456789012:t",
    }
    connection = f"of-{scheme.replace('_', '-')}"
    body = {"name": connection, "piece": "webhook", "fields": fields}
    await instance.api("POST", "/connections", body, 201)
    verify = {"scheme": scheme, "connection": connection}
    if scheme in ("generic_hmac", "generic_key", "header"):
        verify["header"] = "X-Token"
    made = await instance.publish(flow(1, {**CATCH, "input": {"verify": verify}}))
    before = (await instance.rows())["runs"]
    wrong = {
        "authorization": "Basic dTpw", "x-token": "wrong", "x-hub-signature": "sha1=00",
        "x-hub-signature-256": f"sha256={'0' * 64}", "stripe-signature": f"t=1,v1={'0' * 64}",
        "x-shopify-hmac-sha256": "AAAA", "x-gitlab-token": "wrong", "webhook-signature": "v1,AAAA",
        "x-slack-signature": f"v0={'0' * 64}", "linear-signature": "0" * 64, "x-twilio-signature": "AAAA",
    }  # fmt: skip
    for headers in ({}, wrong):
        answer = await instance.send(made["id"], {"type": "x"}, **headers)
        assert answer.status_code == 401, (scheme, answer.text)
    assert (await instance.rows())["runs"] == before


# -- programs and queries (9, 10) -----------------------------------------------------------------------


async def test_no_other_program_is_started_by_the_server() -> None:
    """CVE-2026-21877, CVE-2026-25053: values of a flow became arguments, or a configuration, of git."""
    starters = {
        "system",
        "popen",
        "create_subprocess_exec",
        "create_subprocess_shell",
        "execv",
        "posix_spawn",
    }
    found = set()
    for package in ("engine", "pieces", "ui"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and not node.level:
                    modules = [node.module or ""]
                of_a_module = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
                starts = of_a_module and node.value.id in ("os", "asyncio") and node.attr in starters
                if starts or {"subprocess", "pty"} & {module.partition(".")[0] for module in modules}:
                    found.add(path.relative_to(ROOT).parts[:2])
    assert found <= {("ui", "cli")}  # the bench and the demonstration start servers of their own


async def test_no_parameter_becomes_a_part_of_a_query(instance: Instance) -> None:
    """CVE-2026-33713: the name of a column to sort by was pasted into SQL."""
    document = (await instance.http.get("/openapi.json")).json()
    _, of_platform = await instance.sy.access.keys.create_platform(Actor.system(), "platform")
    before = await rows(instance)
    asked = 0
    for path, methods in document["paths"].items():
        for parameter in methods.get("get", {}).get("parameters", ()):
            assert parameter["name"] not in ("sort", "order", "order_by")
            if parameter["in"] != "query" or "{" in path:
                continue
            for value in ("id; DROP TABLE runs", "' OR '1'='1", "x') UNION SELECT 1 --", "%' ESCAPE '", "\0"):
                key = of_platform if path.startswith("/api/v1/platform/") else instance.key
                answer = await instance.http.get(
                    path, params={parameter["name"]: value}, headers={"Authorization": f"Bearer {key}"}
                )
                asked += 1
                assert answer.status_code in (200, 422), (path, parameter["name"], answer.text)
    assert asked > 50
    assert await rows(instance) == before


# -- the framework (32) ----------------------------------------------------------------------------------


async def test_no_affected_version_of_the_framework_is_accepted() -> None:
    """CVE-2026-48710, PYSEC-2026-248 and others of Starlette, the last of which 1.3.1 mended."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (floor,) = [re.fullmatch(r"starlette>=([\d.]+)", one) for one in project["dependencies"]
                if one.startswith("starlette")]  # fmt: skip
    assert floor is not None, "a floor and nothing else"
    for installed in (floor[1], importlib.metadata.version("starlette")):
        assert tuple(map(int, installed.split("."))) >= (1, 3, 1)


# -- defaults and keys (12, 23) ---------------------------------------------------------------------------


async def test_without_settings_everything_is_closed() -> None:
    """Defences that are off unless somebody switches them on are none."""
    settings = Settings.from_env({})
    assert settings.egress_allow == () and not settings.allow_http_destinations
    assert (settings.host, settings.durability) == ("127.0.0.1", "full")
    assert settings.admin_password == "" and settings.forwarded_allow_ips == "127.0.0.1"


async def test_each_purpose_has_a_key_of_its_own() -> None:
    """CVE-2026-53536: what was signed for one purpose was taken for another."""
    vault = Vault(b"k" * 32)
    keys = {vault.key_for(purpose) for purpose in ("lineage", "sessions", "link", "lineage ")}
    assert len(keys) == 4 and b"k" * 32 not in keys
