"""A flow file run with an event, without a server."""

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

import pieces
from engine.base.journal import Record, shown
from engine.base.settings import Settings
from engine.base.types import Json
from engine.runs.local_host import LocalHost
from engine.runs.service import as_event

from .flow_files import read_flow, read_json

out = Console(highlight=False, soft_wrap=True)


# -- run -------------------------------------------------------------------------------------------


async def main(flow_path: Path, event_path: Path, *, as_json: bool) -> int:
    """Run a flow file with an event and print what happened; 0 when the run succeeded."""
    flow, given = read_flow(flow_path), read_json(event_path)
    event = as_event(given if isinstance(given, dict) and "body" in given else {"body": given})
    host = LocalHost(pieces.registry(), Settings.from_env(), watch=None if as_json else _print_step)
    try:
        result = await host.run(flow, event)
    finally:
        await host.close()
    if as_json:
        print(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        _print_end(result)
    return 0 if result["status"] == "succeeded" else 1


# -- printing ------------------------------------------------------------------------------------------

_MARKS = {
    "succeeded": "[green]✓[/green]",
    "failed": "[red]✗[/red]",
    "waiting": "[yellow]…[/yellow]",
    "skipped": "[dim]–[/dim]",
}


def _print_step(record: Record) -> None:
    step = shown(record)
    branch = step.get("branch")
    choice = (
        f" → [bold]{escape(', '.join(branch) if isinstance(branch, list) else str(branch))}[/bold]"
        if branch
        else ""
    )
    mark, took = _MARKS.get(step["status"], "?"), f"[dim]{step['duration_ms']:g} ms[/dim]"
    out.print(f"{mark} [bold]{step['name']}[/bold]{choice} {took}")
    for part in ("input", "output", "error"):
        if step[part] is not None:
            out.print(f"    [dim]{part:>6}[/dim] {escape(_brief(step[part]))}")
    for warning in step["warnings"]:
        out.print(f"    [yellow]warning {escape(warning)}[/yellow]")


def _print_end(result: dict[str, Any]) -> None:
    out.print(f"\n[bold]{result['status']}[/bold]{' · unrouted' if result['unrouted'] else ''}")
    out.print(f"path: {escape(' → '.join(result['path']) or '(none)')}")
    if result["error"]:
        out.print(f"[red]{escape(result['error'].get('message', ''))}[/red]")
    if result["response"] is not None:
        out.print(f"response: {escape(_brief(result['response']))}")


def _brief(value: Json) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 400 else f"{text[:400]}… ({len(text):,} characters)"
