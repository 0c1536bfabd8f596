"""The search page: what each role finds, and that each entry leads somewhere."""

import re
from collections.abc import Awaitable, Callable
from html import unescape
from typing import Any

import pytest
import pytest_asyncio

from engine.base.actor import Actor, Permission, Role
from tests.conftest import Instance
from ui.shared import navigation

pytestmark = pytest.mark.asyncio(loop_scope="module")

PEOPLE: dict[str, tuple[Role, bool]] = {
    "viewer": (Role.viewer, False), "editor": (Role.editor, False), "admin": (Role.admin, False),
    "platform": (Role.viewer, True),
}  # fmt: skip
Get = Callable[..., Awaitable[Any]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def get(instance: Instance) -> Get:
    """Pages as somebody of that role gets them; `block` is what htmx asks for."""
    cookies = {
        name: await instance.cookie_of(f"{name}-finds@example.com", role, platform=platform)
        for name, (role, platform) in PEOPLE.items()
    }

    async def get(person: str, path: str, block: str = "") -> Any:
        headers = {"Cookie": f"switchyard_session={cookies[person]}"}
        if block:
            headers |= {"HX-Request": "true", "HX-Target": f"div#{block}"}
        answer = await instance.http.get(path, headers=headers)
        instance.http.cookies.clear()
        return answer

    return get


def links(html: str) -> set[str]:
    """Where the entries lead."""
    main = html.partition('id="palette"')[2]
    return {unescape(href) for href in re.findall(r'<li[^>]*>\s*<a href="([^"]+)"', main)}


async def flow_of(instance: Instance, definition: dict[str, Any]) -> str:
    """The id of a new flow that is not published."""
    return str((await instance.api("POST", "/flows", definition, 201))["id"])


@pytest.mark.parametrize("person", PEOPLE)
async def test_everybody_finds_the_pages_that_they_may_open_and_no_other(
    instance: Instance, get: Get, person: str
) -> None:
    base = f"/p/{instance.project.id}"
    everything = Actor.system(instance.project.id)
    for start, own in ((base, True), ("", False)):
        found = links((await get(person, f"{start}/find")).text)
        for page in navigation.pages(everything, project=own):
            of_project = page.permission in (Permission.view, Permission.edit, Permission.admin)
            path = (base if of_project else "") + page.path
            status = (await get(person, path)).status_code
            assert (status, path in found) in ((200, True), (403, False)), path


async def test_flows_and_runs_are_found_from_the_page(instance: Instance, get: Get) -> None:
    trigger = {"name": "webhook", "piece": "webhook", "trigger": "catch",
               "title": "Parcel {{ trigger.body.id }}", "input": {"verify": {"scheme": "none"}}}  # fmt: skip
    flow = (await instance.publish({"format": 1, "name": "Parcels", "triggers": [trigger]}))["id"]
    run = (await instance.send(flow, {"id": 41})).json()["run_id"]
    await instance.ended(run)
    base = f"/p/{instance.project.id}"
    assert f"{base}/flows/{flow}" in links((await get("viewer", f"{base}/find?q=parcels")).text)
    for text in (run, "parcel+41"):
        page = await get("viewer", f"{base}/find?q={text}")
        assert f"{base}/runs/{run}" in links(page.text) and "Parcel 41" in page.text
    nothing = (await get("viewer", f"{base}/find?q=nosuchthing")).text
    assert links(nothing) == {f"{base}/runs?q=nosuchthing", "/help?q=nosuchthing"}


async def test_what_is_typed_narrows_the_page_without_a_script(instance: Instance, get: Get) -> None:
    base = f"/p/{instance.project.id}"
    found = links((await get("editor", f"{base}/find?q=new+flow")).text)
    assert f"{base}/flows/new" in found and f"{base}/destinations" not in found
    assert f"{base}/destinations" in links((await get("editor", f"{base}/find?q=new+flow", "palette")).text)


async def test_a_script_gets_what_the_server_looks_for_alone(instance: Instance, get: Get) -> None:
    part = (await get("editor", f"/p/{instance.project.id}/find?q=x", "matches")).text
    assert part.lstrip().startswith('<div id="matches"') and "<html" not in part and "/flows/new" not in part


async def test_the_commands_of_the_editor_are_offered_to_those_who_may_edit(
    instance: Instance, get: Get
) -> None:
    compose = {"type": "action", "piece": "data", "action": "compose", "input": {"value": 1}}
    flow = await flow_of(instance, {"format": 1, "name": "Edited", "start": "a", "steps": {"a": compose}})
    path = f"/p/{instance.project.id}/find?flow={flow}&step=a"
    editor, viewer = (await get("editor", path)).text, (await get("viewer", path)).text
    assert "commands/delete_step" in editor and f"/flows/{flow}/publish" in editor
    assert "commands/" not in viewer and f"/flows/{flow}/publish" not in viewer
    assert (await get("editor", f"/p/{instance.project.id}/find?flow=flow_none")).status_code == 200


async def test_the_text_is_shown_as_it_was_typed_and_is_no_html(instance: Instance, get: Get) -> None:
    text = (await get("viewer", f"/p/{instance.project.id}/find?q=%3Cb%3Ex%22")).text
    assert "<b>x" not in text and "&lt;b&gt;x&#34;" in text


async def test_a_project_is_found_from_a_page_that_is_about_none(instance: Instance, get: Get) -> None:
    name = instance.project.name
    assert f"/p/{instance.project.id}/home" in links((await get("viewer", f"/find?q={name}")).text)
    assert f"/p/{instance.project.id}/home" not in links((await get("viewer", "/find?q=nosuchthing")).text)
