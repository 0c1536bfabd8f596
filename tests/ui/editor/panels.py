"""Panels of the editor, as they are read and sent without a browser."""

import json
import re
from typing import Any

import httpx

from ui.editor import controls

Site = Any  # of conftest, which cannot be imported


def new_flow(site: Site, client: httpx.Client, *triggers: Any, **more: Any) -> str:
    """The path of a flow with a step of every kind, and a note; more triggers and steps after the others."""
    flow = site.small_flow() | {"name": "Left in the middle", "notes": [{"text": "Ask Grace.", "step": None}]}
    flow["triggers"] += triggers
    call = {"type": "action", "piece": "http", "action": "request", "next": None,
            "input": {"url": "https://desk.example/", "headers": {"X-Team": "blue"}}}  # fmt: skip
    flow["steps"]["greet"]["next"] = "call"
    flow["steps"]["call"] = call
    for name, step in more.items():
        step_before = next(reversed(flow["steps"].values()))
        step_before["next"] = name
        flow["steps"][name] = {**step, "next": None}
    made = client.post(f"{site.base}/flows/import", data={"text": json.dumps(flow)})
    assert made.status_code == 303, made.text
    return str(made.headers["location"])


def revision(client: httpx.Client, path: str) -> str:
    return re.search(r'id="revision" name="revision" value="(\d+)"', client.get(path).text)[1]  # type: ignore[index]


def shown(client: httpx.Client, flow: str, state: str) -> controls.Controls:
    """The controls of a panel."""
    page = client.get(f"{flow}?{state}").text
    return controls.read(page[page.index('<aside id="panel"') : page.index("</aside>")])


def form_of(page: str, control: str) -> tuple[str, dict[str, list[str]]]:
    """Where the form of the panel that has a control is sent, and what a browser would send."""
    panel = page[page.index('<aside id="panel"') : page.index("</aside>")]
    for head, body in re.findall(r"<form\b([^>]*)>(.*?)</form>", panel, re.DOTALL):
        texts = dict(controls.read(body).texts)
        if control in texts:
            return re.search(r'action="([^"]+)"', head)[1], texts  # type: ignore[index]
    raise AssertionError(f"no form has {control}")


def is_marked(page: str, step: str) -> bool:
    return bool(re.search(rf'id="at-{step}"[^>]*>\s*<div class="stop[^"]*" data-unsaved', page))
