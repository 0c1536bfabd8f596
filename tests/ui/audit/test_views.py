"""The audit log's pages: narrowed by the query string, in a project and on the platform, and as a file."""

import csv
import io
import re
from typing import Any

import orjson
import pytest
import pytest_asyncio

from engine.base.actor import Actor, Role
from engine.events.audit_log import narrowed
from tests.support.html import flat

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Log:
    """Two projects in which something happened, and who looks."""

    def __init__(self, instance: Any) -> None:
        self.instance = instance
        self.cookies: dict[str, str] = {}

    async def fill(self) -> "Log":
        instance = self.instance
        self.other = await instance.sy.access.projects.create(Actor.system(), "Foreign")
        for project, name in ((instance.project, "mine"), (self.other, "foreign")):
            actor = Actor.system(project.id)
            await instance.sy.access.projects.rename(actor, name)
            await instance.sy.access.keys.create(actor, f"=key of {name}", Role.viewer)
        self.cookies["viewer"] = await instance.cookie_of("looks@example.com", Role.viewer)
        self.cookies["platform"] = await instance.cookie_of("boss@example.com", platform=True)
        self.at = f"/p/{instance.project.id}/events"
        return self

    async def get(self, path: str, who: str = "viewer", method: str = "GET", **more: Any) -> Any:
        headers = {"Cookie": f"switchyard_session={self.cookies[who]}", "Sec-Fetch-Site": "same-origin"}
        return await self.instance.http.request(method, path, headers=headers, **more)

    async def actions(self, query: str = "", at: str = "", who: str = "viewer") -> list[str]:
        answer = await self.get((at or self.at) + query, who)
        assert answer.status_code == 200, answer.text
        return re.findall(r"<td><code>([a-z._]+)</code>", flat(answer.text))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def log(instance: Any) -> Log:
    return await Log(instance).fill()


async def test_the_page_says_what_happened_in_sentences(log: Log) -> None:
    page = (await log.get(log.at)).text
    assert "Switchyard changed the project mine" in page
    assert "Switchyard created the API key =key of mine" in page
    assert "foreign" not in page and "signed up" not in page


async def test_filters_stand_in_the_query_string(log: Log) -> None:
    assert set(await log.actions("?action=api_key.created")) == {"api_key.created"}
    both = await log.actions("?action=api_key.created&action=project.updated")
    assert set(both) == {"api_key.created", "project.updated"}
    assert set(await log.actions("?action=Projects.*")) <= {"project.created", "project.updated"}
    assert await log.actions("?q=%3Dkey+of") == ["api_key.created"]
    assert await log.actions("?user=usr_none") == await log.actions("?since=2999-01-01") == []
    assert await log.actions("?since=2020-01-01&until=2999-01-01") == await log.actions()


async def test_what_means_nothing_is_said_and_not_an_error_of_ours(log: Log) -> None:
    answer = await log.get(f"{log.at}?action=moon.landed")
    assert answer.status_code == 422
    assert "moon.landed" in answer.text
    assert (await log.get(f"{log.at}?cursor=forged")).status_code == 422
    assert (await log.get(f"{log.at}/export?action=moon.landed")).status_code == 422
    assert (await log.get(f"{log.at}/evt_none")).status_code == 404


async def test_a_member_sees_none_of_another_project_by_any_way(log: Log) -> None:
    foreign = log.other.id
    (event,) = (await log.instance.sy.audit.list(
        narrowed(foreign, actions=["api_key.created"])
    )).data  # fmt: skip
    event_id = orjson.loads(event)["id"]
    key = await log.instance.key_of(Role.admin)
    for path in (f"/p/{foreign}/events", f"/p/{foreign}/events/export", f"/p/{foreign}/events/{event_id}",
                 f"{log.at}/{event_id}"):  # fmt: skip
        assert (await log.get(path)).status_code == 404, path
    for path in ("/platform/events", "/platform/events/export", f"/platform/events/{event_id}",
                 "/platform/events/retention"):  # fmt: skip
        assert (await log.get(path)).status_code == 403, path
    for path in (log.at, f"{log.at}/export", f"{log.at}/export?format=csv"):
        for query in ("", f"project={foreign}"):
            text = (await log.get(f"{path}{'&' if '?' in path else '?'}{query}")).text
            assert event_id not in text and "=key of foreign" not in text
    headers = {"Authorization": f"Bearer {key}"}
    for path in ("/api/v1/events?limit=200", "/api/v1/events/export", "/api/v1/events/export?format=csv"):
        answer = await log.instance.http.get(path, headers=headers)
        assert answer.status_code == 200 and foreign not in answer.text
        assert "=key of mine" in answer.text
    assert (await log.instance.http.get(f"/api/v1/events/{event_id}", headers=headers)).status_code == 404


async def test_the_platform_sees_all_and_narrows_to_one_project(log: Log) -> None:
    everything = await log.actions("", "/platform/events", "platform")
    assert "user.signed.up" in everything
    foreign = await log.actions(f"?project={log.other.id}", "/platform/events", "platform")
    assert sorted(foreign) == ["api_key.created", "project.created", "project.updated"]


async def test_the_export_is_what_the_page_was_narrowed_to(log: Log) -> None:
    answer = await log.get(f"{log.at}/export?format=jsonl&action=api_key.created&q=key+of")
    assert answer.headers["content-type"] == "application/jsonl"
    (line,) = answer.text.splitlines()
    assert orjson.loads(line)["action"] == "api_key.created"
    answer = await log.get(f"{log.at}/export?format=csv&action=api_key.created&q=key+of")
    assert "attachment" in answer.headers["content-disposition"]
    head, row = csv.reader(io.StringIO(answer.text, newline=""))
    assert row[head.index("sentence")] == "Switchyard created the API key =key of mine"


async def test_one_event_shows_its_payload_and_where_it_went(log: Log) -> None:
    page = (await log.get(f"{log.at}?action=api_key.created&q=key+of")).text
    href = re.search(rf'href="({log.at}/evt_\w+)"', page)
    assert href
    page = (await log.get(href[1])).text
    assert "&#34;action&#34;: &#34;api_key.created&#34;" in page
    assert "/schema/events/api_key.created.json" in page
    assert "Not sent to any destination of this project" in page


async def test_deleting_asks_first_and_needs_an_age_from_the_list(log: Log) -> None:
    page = (await log.get("/platform/events/retention?days=30", "platform")).text
    assert "Nothing is older than 30 days" in page
    refused = await log.get("/platform/events/retention", "platform", "POST", data={"days": "1"})
    assert refused.status_code == 422
    done = await log.get("/platform/events/retention", "platform", "POST", data={"days": "30"})
    assert done.status_code == 303 and done.headers["location"].endswith("?gone=0")
    assert (
        await log.get("/platform/events/retention", "viewer", "POST", data={"days": "30"})
    ).status_code == 403
