"""Help as its readers see it: index, page, search, and the link on each page of the product."""

import re
from collections.abc import Awaitable, Callable
from fnmatch import fnmatchcase
from typing import Any

import pytest
import pytest_asyncio

from engine.base.actor import Role
from tests.conftest import Instance
from ui.help.library import library
from ui.shared.help_links import PAGES, help_path

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNEXPLAINED = {
    "/", "/help", "/help/{page}", "/sign-in", "/sign-in/code", "/setup/{token}", "/invitations/{token}",
    "/oauth/callback", "/p/{project_id}", "/p/{project_id}/stream",
}  # fmt: skip
"""Pages outside the layout, redirects, and Help itself."""


Get = Callable[[str], Awaitable[Any]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def get(instance: Instance) -> Get:
    """Pages as a viewer gets them."""
    cookie = await instance.cookie_of("reader@example.com", Role.viewer)

    async def get(path: str) -> Any:
        answer = await instance.http.get(path, headers={"Cookie": f"switchyard_session={cookie}"})
        instance.http.cookies.clear()
        return answer

    return get


async def test_the_index_lists_every_page(get: Get) -> None:
    text = (await get("/help")).text
    for page in library().pages:
        assert f'href="{page.path}"' in text


async def test_a_page_has_contents_and_leads_to_the_next_one(get: Get) -> None:
    text = (await get("/help/webhook")).text
    assert "<h1" in text and 'href="#opentelemetry-logs"' in text and 'id="opentelemetry-logs"' in text
    assert re.search(r'rel="prev" href="/help/flow-file"', text)
    assert re.search(r'rel="next" href="/help/rest"', text)
    assert 'href="/help/event-sources"' in text  # a link between two files


async def test_a_search_shows_where_its_words_are(get: Get) -> None:
    text = (await get("/help?q=signature")).text
    assert 'href="/help/event-sources#signatures"' in text and "<mark>" in text
    assert "No results" in (await get("/help?q=nosuchword")).text


async def test_markup_in_a_search_is_text(get: Get) -> None:
    text = (await get("/help?q=%3Cscript%3Eretry")).text
    assert "<script>retry" not in text and "&lt;script&gt;retry" in text


@pytest.mark.parametrize("page", ["nosuchpage", "%2e%2e%2fapp", "README.md", "docs%2Fwebhook"])
async def test_a_page_that_does_not_exist_is_not_found(get: Get, page: str) -> None:
    assert (await get(f"/help/{page}")).status_code == 404


async def test_each_page_of_the_product_has_a_page_of_help(instance: Instance) -> None:
    paths = {
        route.path
        for route in instance.app.routes
        if route.by == "session" and "GET" in route.methods  # type: ignore[attr-defined]
    }
    assert paths >= UNEXPLAINED
    assert {path for path in paths if help_path(path) == "/help"} == UNEXPLAINED
    unused = [pattern for pattern, _ in PAGES if not any(fnmatchcase(path, pattern) for path in paths)]
    assert unused == ["*/flows/import"]  # a form that shows its page again


async def test_each_link_to_help_leads_to_a_section() -> None:
    anchors = {page.path: set(re.findall(r' id="([^"]+)"', page.html)) for page in library().pages}
    for _, target in PAGES:
        path, _, anchor = f"/help/{target}".partition("#")
        assert path in anchors and (not anchor or anchor in anchors[path]), target


async def test_the_header_links_to_the_page_that_explains_this_one(instance: Instance, get: Get) -> None:
    text = (await get(f"/p/{instance.project.id}/topics")).text
    assert re.search(r'href="/help/events#topics"[^>]*aria-label="Help"', text)
