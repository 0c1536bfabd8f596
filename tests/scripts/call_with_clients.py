"""Generate two clients from our OpenAPI document, and call every operation of a running server with each.

    python tests/scripts/call_with_clients.py FOLDER

FOLDER gets what is installed and generated: `openapi-python-client` from PyPI, and from npm
`openapi-typescript-codegen` with `esbuild`. Prints a line for each client and ends with 1 where a generator
dropped something, an operation is missing in a client, or an answer could not be read or has a status that
the document does not name.
"""

import importlib
import inspect
import json
import os
import re
import socket
import subprocess
import sys
import sysconfig
from collections import Counter
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]
BIN = Path(sysconfig.get_path("scripts"))
Plan = list[dict[str, Any]]

STEP = {"type": "action", "piece": "data", "action": "compose", "input": {"value": "x"}, "next": None}
TRIGGER = {"name": "webhook", "piece": "webhook", "trigger": "catch", "input": {"verify": {"scheme": "none"}}}
FLOW: dict[str, Any] = {
    "format": 1, "name": "Client", "triggers": [TRIGGER], "start": "see", "steps": {"see": STEP},
}  # fmt: skip
CALL_TS = """
import fs from 'fs';
import * as all from './client/index';
all.OpenAPI.BASE = process.argv[2];
const plan = JSON.parse(fs.readFileSync(process.argv[3], 'utf8'));
const methods = Object.assign({}, ...Object.values(all).filter((one) => typeof one === 'function')
  .map((one) => Object.fromEntries(Object.getOwnPropertyNames(one).map((name) => [name, one]))));
const done = [];
for (const { operation, key, args } of plan) {
  const name = operation.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
  all.OpenAPI.TOKEN = key;
  if (!methods[name]) { done.push([operation, 'missing in the client']); continue; }
  try {
    await methods[name][name](args);
    done.push([operation, 200]);
  } catch (error) {
    done.push([operation, error.status ?? String(error)]);
  }
}
console.log(JSON.stringify(done));
"""


def main(folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "SWITCHYARD_DATA_DIR": str(folder / "data"),
        "SWITCHYARD_PORT": str(free_port()),
    }
    environment["SWITCHYARD_ADMIN_EMAIL"], environment["SWITCHYARD_ADMIN_PASSWORD"] = (
        "a@example.com",
        "long enough 1",
    )
    command = [str(BIN / "switchyard"), "serve"]
    server = subprocess.Popen(command, env=environment, cwd=folder, stderr=subprocess.PIPE, text=True)
    base = f"http://127.0.0.1:{environment['SWITCHYARD_PORT']}"
    try:
        wait_for(server)
        key, platform = (
            run([BIN / "switchyard", "admin", "api-key", "client", *more], folder, environment).split()[-1]
            for more in ([], ["--platform"])
        )
        document = httpx.get(f"{base}/openapi.json", headers={"Authorization": f"Bearer {key}"}).json()
        (folder / "openapi.json").write_text(json.dumps(document))
        statuses = statuses_of(document)
        bad = 0
        for name, generate, call in (("openapi-python-client", generate_python, call_python),
                                     ("openapi-typescript-codegen", generate_ts, call_ts)):  # fmt: skip
            dropped = generate(folder)
            plan = plan_of(document, base, key, platform, name[8:10])
            done = call(folder, base, plan)
            wrong = [(op, got) for op, got in done if not (got == 200 or got in statuses[op])]
            counts = Counter("2xx" if isinstance(g, int) and g < 300 else str(g) for _, g in done)
            print(f"{name}: {len(done)} of {len(statuses)} operations called, {dict(counts)}, wrong: {wrong}")
            print("".join(f"  {line}\n" for line in dropped), end="")
            bad += bool(wrong or dropped or {op for op, _ in done} != statuses.keys())
        return int(bad > 0)
    finally:
        server.terminate()
        server.wait(20)


def statuses_of(document: dict[str, Any]) -> dict[str, set[int]]:
    """The documented statuses of each operation."""
    items = [one for item in document["paths"].values() for one in item.values()]
    return {one["operationId"]: {int(code) for code in one["responses"]} for one in items}


def plan_of(document: dict[str, Any], base: str, key: str, platform: str, word: str) -> Plan:
    """A call for each operation, what deletes last; it creates what the calls are about."""
    api = httpx.Client(base_url=f"{base}/api/v1", headers={"Authorization": f"Bearer {key}"}, timeout=30)

    def made(path: str, body: Any) -> Any:
        answer = api.post(path, json=body)
        assert answer.status_code < 300, (path, answer.text)
        return answer.json()

    flow = made("/flows", {**FLOW, "name": f"Client {word}"})
    made(f"/flows/{flow['id']}/publish", {})
    run_id = httpx.post(f"{base}/webhooks/{flow['id']}", json={"a": 1}).json()["run_id"]
    signed = json.loads(json.dumps(FLOW))
    signed["name"] = f"Signed {word}"
    secret = {"name": f"signed-{word}", "piece": "webhook", "fields": {"secret": "x" * 32}}
    made("/connections", secret)
    signed["triggers"][0]["input"]["verify"] = {"scheme": "github", "connection": f"signed-{word}"}
    other = made("/flows", signed)
    made(f"/flows/{other['id']}/publish", {})
    httpx.post(f"{base}/webhooks/{other['id']}", json={"a": 1})
    held = made("/flows", {**FLOW, "name": f"Held {word}"})
    made(f"/flows/{held['id']}/publish", {})
    made(f"/flows/{held['id']}/disable", None)
    httpx.post(f"{base}/webhooks/{held['id']}", json={"a": 1})
    connection = made("/connections", {"name": f"http-{word}", "piece": "http", "fields": {"kind": "none"}})
    destination_body = {"name": f"d-{word}", "url": "https://example.com/", "events": ["flow.published"]}
    destination = made("/destinations", destination_body)
    folder = made("/folders", {"name": f"f-{word}"})
    samples = [{"name": "a", "sample": {"type": "a"}}]
    definition = {"title": "C", "discriminator": "trigger.body.type", "events": samples}
    made("/catalogues", {"name": f"cat-{word}", "definition": definition})
    made(f"/topics/topic-{word}", {"body": {"a": 1}})
    first = {
        name: api.get(f"/{name}").json()["data"]
        for name in ("rejected", "held", "events", "projects", "users")
    }
    ids = {
        "flow_id": flow["id"], "run_id": run_id, "connection_id": connection["id"], "number": 1,
        "destination_id": destination["id"], "folder_id": folder["id"], "name": f"cat-{word}",
        "rejected_id": first["rejected"][0]["id"], "held_id": first["held"][0]["id"],
        "event_id": first["events"][0]["id"], "project_id": first["projects"][0]["id"],
        "user_id": first["users"][0].get("user_id") or first["users"][0]["id"], "delivery_id": "del_none",
        "invitation_id": "inv_none",
    }  # fmt: skip
    revision = api.get(f"/flows/{flow['id']}").json()["revision"]
    bodies: dict[str, Any] = {
        "create_flow": {**FLOW, "name": f"New {word}"}, "import_flow": {**FLOW, "name": f"In {word}"},
        "save_flow": {"definition": {**FLOW, "name": f"Client {word}"}, "revision": revision},
        "change_flow": {"definition": {"description": "x"}, "revision": revision},
        "test_flow": {"event": {"body": {"a": 1}}}, "create_folder": {"name": f"g-{word}"},
        "rename_folder": {"name": f"h-{word}"},
        "edit_flow": {"command": "rename_flow", "revision": revision}, "undo_edit": {"revision": revision},
        "redo_edit": {"revision": revision}, "restore_version": {"revision": revision},
        "create_catalogue": {"name": f"dog-{word}", "samples": [{"type": "a"}, {"type": "b"}]},
        "save_catalogue": definition, "generate_handler_flow": {"catalogue": "github", "events": ["ping"]},
        "admit_all_rejected": {"flow_id": other["id"]}, "delete_rejected": {"flow_id": other["id"]},
        "release_held": {"flow_id": held["id"]}, "discard_held": {"flow_id": held["id"]},
        "publish_message": {"body": {"b": 2}}, "replay_topic": {"since": "2026-01-01T00:00:00Z"},
        "create_connection": {"name": f"more-{word}", "piece": "http", "fields": {"kind": "none"}},
        "change_connection": {"fields": {"hosts": "a.example"}},
        "create_destination": {**destination_body, "name": f"e-{word}"},
        "change_destination": {"name": f"d2-{word}"}, "test_destination": {"event": "flow.published"},
        "replay_deliveries": {"since": "2026-01-01T00:00:00Z"}, "rename_project": {"name": "Renamed"},
        "add_user": {"email": "a@example.com", "role": "admin"}, "change_user": {"role": "admin"},
        "create_invitation": {"email": f"{word}@example.com", "role": "viewer"},
        "change_notifications": {"kinds": []},
        "invite_platform_user": {"email": f"p-{word}@example.com"}, "change_platform_user": {},
    }  # fmt: skip
    plan: Plan = []
    for path, item in document["paths"].items():
        for method, operation in item.items():
            name, args = operation["operationId"], {}
            for placeholder in re.findall(r"{(\w+)}", path):
                args[placeholder] = ids[placeholder]
                if placeholder == "name" and not path.startswith("/api/v1/catalogues"):
                    args[placeholder] = f"topic-{word}" if "/topics/" in path else "http"
            body = bodies.get(name, {}) if "requestBody" in operation else None
            is_platform = path.startswith("/api/v1/platform/")
            late = method == "delete" or name in ("discard_held", "delete_rejected", "disable_platform_user")
            own = platform if is_platform else key
            plan.append({"operation": name, "key": own, "args": args, "body": body, "late": late})
    return sorted(plan, key=lambda call: call["late"])


# -- the clients -------------------------------------------------------------------------------------------


def generate_python(folder: Path) -> list[str]:
    """The generator's complaints."""
    tools = folder / "python"
    if not tools.exists():
        run([sys.executable, "-m", "venv", tools], folder)
        run([tools / "bin" / "pip", "install", "-q", "openapi-python-client", "ruff"], folder)
    environment = {**os.environ, "PATH": f"{tools / 'bin'}:{os.environ['PATH']}"}
    command = [tools / "bin" / "openapi-python-client", "generate", "--path", "openapi.json"]
    told = run([*command, "--output-path", "python_client", "--overwrite"], folder, environment)
    return [
        line
        for line in told.splitlines()
        if line.strip() and not line.startswith(("Generating", "WARNING: Location"))
    ]


def call_python(folder: Path, base: str, plan: Plan) -> list[tuple[str, Any]]:
    sys.path[:0] = [str(folder / "python_client")]
    (package,) = {path.parent.parent.name for path in (folder / "python_client").glob("*/api/__init__.py")}
    client_of = importlib.import_module(f"{package}.client").AuthenticatedClient
    modules = {path.stem: f"{package}.api.{path.parent.name}.{path.stem}"
               for path in (folder / "python_client" / package / "api").glob("*/*.py")}  # fmt: skip
    done: list[tuple[str, Any]] = []
    for call in plan:
        name = call["operation"]
        if name not in modules:
            done.append((name, "missing in the client"))
            continue
        operate = importlib.import_module(modules[name]).sync_detailed
        client = client_of(base_url=base, token=call["key"], raise_on_unexpected_status=True, timeout=30)
        args = dict(call["args"])
        if call["body"] is not None:
            hint = inspect.signature(operate).parameters["body"].annotation
            models = [one for one in getattr(hint, "__args__", (hint,)) if hasattr(one, "from_dict")]
            args["body"] = models[0].from_dict(call["body"])
        try:
            answer = operate(client=client, **args)
            done.append((name, int(answer.status_code)))
            if answer.parsed is None and answer.content and int(answer.status_code) < 300:
                done[-1] = (name, f"the answer {answer.content[:60]!r} was not read")
        except Exception as error:  # whatever the client raises is its answer
            done.append((name, f"{type(error).__name__}: {error}"[:200]))
    return done


def generate_ts(folder: Path) -> list[str]:
    run(
        [
            "npm",
            "install",
            "--prefix",
            ".",
            "--no-audit",
            "--no-fund",
            "openapi-typescript-codegen@0.29.0",
            "esbuild",
        ],
        folder,
    )
    command = [
        "npx",
        "openapi",
        "--input",
        "openapi.json",
        "--output",
        "client",
        "--client",
        "fetch",
        "--useOptions",
    ]
    return [line for line in run(command, folder).splitlines() if line.strip()]


def call_ts(folder: Path, base: str, plan: Plan) -> list[tuple[str, Any]]:
    def camel(name: str) -> str:
        return re.sub(r"_(.)", lambda found: found[1].upper(), name)

    calls = [
        {"operation": call["operation"], "key": call["key"],
         "args": {**{camel(k): v for k, v in call["args"].items()},
                  **({"requestBody": call["body"]} if call["body"] is not None else {})}}
        for call in plan
    ]  # fmt: skip
    (folder / "plan.json").write_text(json.dumps(calls))
    (folder / "call.ts").write_text(CALL_TS)
    run(
        [
            "npx",
            "esbuild",
            "call.ts",
            "--bundle",
            "--platform=node",
            "--format=esm",
            "--outfile=call.mjs",
            "--log-level=error",
        ],
        folder,
    )
    return [(name, got) for name, got in json.loads(run(["node", "call.mjs", base, "plan.json"], folder))]


# -- processes ---------------------------------------------------------------------------------------------


def run(command: list[Any], folder: Path, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        list(map(str, command)), cwd=folder, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout + (done.stderr if "generate" in command else "")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def wait_for(server: "subprocess.Popen[str]") -> None:
    """Until it says that it listens."""
    assert server.stderr is not None
    for line in server.stderr:
        if "listens on" in line:
            return
    raise SystemExit("the server did not start")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute()))
