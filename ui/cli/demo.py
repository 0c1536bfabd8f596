"""`make run`: the main job, shown on the terminal. A handler flow is generated for Activepieces' events,
signed samples are sent to its webhook over HTTP, and the branch that each took is printed. The server
then stays up."""

import asyncio
import os
import signal
import socket
import sys
from dataclasses import replace
from typing import Any

import httpx
import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from engine import catalogues, signatures
from engine.base import clock
from engine.base.actor import Actor
from engine.base.ids import new_id
from engine.base.settings import Settings
from engine.instance import Switchyard
from engine.store.models import TERMINAL
from ui.app import make_app

from . import collector, server

NAME = "Activepieces events"
CONNECTION = "activepieces-signing"
SCHEME = "standard_webhooks"

# In a file or a pipe a branch stands on one line.
out = Console(highlight=False, width=None if sys.stdout.isatty() else 160)


def main(*, once: bool) -> int:
    """Serve until interrupted, or with `once` until the events have been shown."""
    settings = _with_free_port(Settings.from_env())
    shows: list[asyncio.Task[bool]] = []

    async def started(switchyard: Switchyard) -> None:
        shows.append(asyncio.create_task(_show(switchyard, once)))

    server.run(make_app(settings, started=started, port_first=True), settings)
    return 0 if shows and shows[0].done() and not shows[0].cancelled() and shows[0].result() else 1


def _with_free_port(settings: Settings) -> Settings:
    """Another port when the usual one is taken and nobody asked for it by name."""
    with socket.socket() as probe:
        if "SWITCHYARD_PORT" in os.environ or probe.connect_ex((settings.host, settings.port)) != 0:
            return settings
    with socket.socket() as probe:
        probe.bind((settings.host, 0))
        port = int(probe.getsockname()[1])
    out.print(f"[yellow]Port {settings.port} is in use. Listening on port {port} instead.[/yellow]")
    return replace(settings, port=port)


async def _show(switchyard: Switchyard, once: bool) -> bool:
    """The demonstration; whether every event took its branch."""
    try:
        good = await _demonstrate(switchyard)
    except Exception:
        out.print_exception()
        good = False
    if once or not good:
        os.kill(os.getpid(), signal.SIGINT)
        return good
    collector.calm_collector()
    await _say_where(switchyard)
    return good


async def _demonstrate(switchyard: Switchyard) -> bool:
    project = (await switchyard.access.projects.list(Actor.system()))[0]
    actor = Actor.system(project.id)
    flow_id = await _flow(switchyard, actor)
    secret = (await switchyard.connections.secret(project.id, CONNECTION, "webhook"))["secret"]
    url = f"http://{switchyard.settings.host}:{switchyard.settings.port}/webhooks/{flow_id}"
    table = Table(box=None, header_style="dim")
    table.add_column("event", no_wrap=True)
    table.add_column("answer")
    table.add_column("branch taken", overflow="fold")
    good = True
    async with httpx.AsyncClient(timeout=10) as client:
        for label, body, expected in _events():
            response = await _post(client, url, body, secret)
            path = await _path(switchyard, project.id, response)
            taken = f"by_event:{expected}" if expected else "by_event"
            right = response.status_code == 202 and taken in path
            good = good and right
            mark = "" if right else f" [red](expected {escape(taken)})[/red]"
            shown = escape(" → ".join(path)) if expected else "[dim]unrouted[/dim]"
            table.add_row(label, str(response.status_code), shown + mark)
        forged = await client.post(url, json={"action": "flow.created"}, headers={"webhook-id": "msg_1"})
        good = good and forged.status_code == 401
        table.add_row(
            "[dim](an unsigned request)[/dim]", str(forged.status_code), "[dim]refused, no run[/dim]"
        )
    out.print(table)
    verdict = (
        "[green]Every event took its branch.[/green]" if good else "[red]An event took another branch.[/red]"
    )
    out.print(verdict)
    return good


async def _flow(switchyard: Switchyard, actor: Actor) -> str:
    """The demonstration's flow: made at the first time, the same one afterwards."""
    assert actor.project_id is not None
    for flow in (await switchyard.flows.list(actor.project_id, search=NAME, status="enabled")).data:
        if flow.name == NAME:
            return flow.id
    known = CONNECTION in await switchyard.connections.names(actor.project_id)
    verify: dict[str, Any] = {"scheme": SCHEME, "connection": CONNECTION}
    if not known:
        verify["secret"] = signatures.new_secret()
    made = await switchyard.flows.generate_handler(actor, "activepieces", "all", NAME, verify, publish=True)
    return made.flow.id


def _events() -> list[tuple[str, Any, str]]:
    """(label, body, branch) of every catalogue event and its variants, and of one that no branch takes."""
    found = []
    for event in catalogues.get("activepieces").events.values():
        found.append((event.name, event.sample, event.label))
        found += [(f"{event.name} ({name})", sample, event.label) for name, sample in event.variants.items()]
    return [*found, ("something.nobody.knows", {"action": "something.nobody.knows"}, "")]


async def _post(client: httpx.AsyncClient, url: str, body: Any, secret: str) -> httpx.Response:
    raw = orjson.dumps(body)
    headers = signatures.sign(SCHEME, secret, raw, now=clock.now(), id=new_id("msg"))
    return await client.post(url, content=raw, headers={"Content-Type": "application/json", **headers})


async def _path(switchyard: Switchyard, project_id: str, response: httpx.Response) -> list[str]:
    """The path of the run that an event started, once it has ended."""
    if response.status_code != 202:
        return []
    for _ in range(100):
        run = await switchyard.runs.get(project_id, response.json()["run_id"])
        if run["status"] in TERMINAL:
            return list(run["path"])
        await clock.sleep(0.02)
    return []


async def _say_where(switchyard: Switchyard) -> None:
    link = await switchyard.access.setup_url()
    out.print(f"\nSwitchyard is running at [bold]{switchyard.settings.base_url}[/bold]  (Ctrl-C stops it)")
    if link:
        out.print(f"Create the first admin here; the link works once:\n  [bold]{link}[/bold]", soft_wrap=True)
