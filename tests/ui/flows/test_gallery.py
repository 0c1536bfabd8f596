"""The templates that come with Switchyard: shown, drawn, taken over."""

from typing import Any

import httpx
import pytest

from ui.flows.gallery import FOLDER, files

Site = Any  # of conftest, which cannot be imported


def test_every_sample_flow_is_a_template(site: Site, client: httpx.Client) -> None:
    text = client.get(f"{site.base}/templates").text
    assert len(files()) == len(list(FOLDER.glob("*.json"))) > 0
    for name, definition in files().items():
        assert f"/templates/{name}" in text and definition["description"][:30] in text


@pytest.mark.parametrize("name", files())
def test_a_template_is_drawn_and_taken_over_as_a_draft(site: Site, client: httpx.Client, name: str) -> None:
    path = f"{site.base}/templates/{name}"
    drawn = client.get(path).text
    for step in files()[name]["steps"]:
        assert f'id="at-{step}"' in drawn
    made = client.post(path)
    assert made.status_code == 303
    flow = made.headers["location"]
    exported = client.get(f"{flow}/export").json()
    assert exported == files()[name]
    assert "draft" in client.get(flow).text.lower()
    client.post(f"{flow}/delete")


@pytest.mark.parametrize("name", ["nope", "..%2Fpyproject", "escalation.json", "%00"])
def test_there_is_no_other_template(site: Site, client: httpx.Client, name: str) -> None:
    assert client.get(f"{site.base}/templates/{name}").status_code == 404
    assert client.post(f"{site.base}/templates/{name}").status_code == 404


@pytest.mark.parametrize("page", ["/flows", "/flows/new"])
def test_the_way_to_the_templates_is_shown(site: Site, client: httpx.Client, page: str) -> None:
    assert f'href="{site.base}/templates"' in client.get(site.base + page).text
