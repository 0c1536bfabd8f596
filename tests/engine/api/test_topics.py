"""Topics by the API."""

from typing import Any

import pytest

from engine.base.actor import Actor, Role

pytestmark = pytest.mark.asyncio(loop_scope="module")

Instance = Any  # of conftest, which cannot be imported


async def test_a_message_is_published_and_listed(instance: Instance) -> None:
    sent = await instance.api("POST", "/topics/api.made", {"n": 1, "model_extra": {"x": None}}, 202)
    assert sent["duplicate"] is False
    (shown,) = (await instance.api("GET", "/topics/api.made/messages"))["data"]
    assert (shown["id"], shown["body"]) == (sent["id"], {"n": 1, "model_extra": {"x": None}})
    assert shown["source"].startswith("api:")
    rows = (await instance.api("GET", "/topics"))["data"]
    assert [row["messages"] for row in rows if row["name"] == "api.made"] == [1]


async def test_a_message_sent_again_under_its_key_is_no_second_one(instance: Instance) -> None:
    async def send(topic: str, key: str) -> Any:
        headers = {"Authorization": f"Bearer {instance.key}", "Idempotency-Key": key}
        answer = await instance.http.post(f"/api/v1/topics/{topic}", json={"n": 1}, headers=headers)
        assert answer.status_code == 202
        return answer.json()

    first = await send("api.again", "order-1")
    assert await send("api.again", "order-1") == {"id": first["id"], "duplicate": True}
    for other in (await send("api.again", "order-2"), await send("api.elsewhere", "order-1")):
        assert not other["duplicate"]
    assert len((await instance.api("GET", "/topics/api.again/messages"))["data"]) == 2


async def test_messages_come_in_pages(instance: Instance) -> None:
    for number in range(5):
        await instance.api("POST", "/topics/api.paged", {"n": number}, 202)
    seen, address = [], "/topics/api.paged/messages?limit=2"
    cursor = ""
    while True:
        page = await instance.api("GET", address + cursor)
        seen += [one["body"]["n"] for one in page["data"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == [4, 3, 2, 1, 0]


@pytest.mark.parametrize("name", ["Not", "a..b", "a*", "%3E"])
async def test_a_bad_name_is_refused(instance: Instance, name: str) -> None:
    refused = await instance.api("POST", f"/topics/{name}", {"n": 1}, 422)
    assert refused["error"]["field"] == "topic"
    await instance.api("GET", f"/topics/{name}/messages", status=422)
    await instance.api("POST", f"/topics/{name}/replay", {"since": "2026-01-01"}, 422)


@pytest.mark.parametrize("body", [[], "x", 1])
async def test_a_message_is_an_object(instance: Instance, body: Any) -> None:
    headers = {"Authorization": f"Bearer {instance.key}"}
    answer = await instance.http.post("/api/v1/topics/api.bad", json=body, headers=headers)
    assert answer.status_code in (400, 422)
    assert (await instance.api("GET", "/topics/api.bad/messages"))["data"] == []


async def test_a_replay_says_who_reads_again(instance: Instance) -> None:
    trigger = {"name": "news", "piece": "topic", "trigger": "subscribe", "input": {"topic": "api.replay"}}
    flow = await instance.publish({"format": 1, "name": "Reader", "triggers": [trigger]})
    await instance.api("POST", "/topics/api.replay", {"n": 1}, 202)
    (reader,) = (await instance.api("GET", "/topics/api.replay/subscribers"))["data"]
    assert (reader["flow_id"], reader["topics"]) == (flow["id"], ["api.replay"])
    done = await instance.api("POST", "/topics/api.replay/replay", {"since": "2026-01-01T00:00:00Z"})
    assert done["subscribers"] == [reader]
    await instance.api("POST", "/topics/api.replay/replay", {"since": "soon"}, 422)
    await instance.api("POST", "/topics/api.nobody/replay", {"since": "2026-01-01"}, 404)


async def test_a_viewer_reads_and_does_not_publish(instance: Instance) -> None:
    key = await instance.key_of(Role.viewer)
    await instance.api("GET", "/topics", key=key)
    await instance.api("POST", "/topics/api.viewer", {"n": 1}, 403, key)
    await instance.api("POST", "/topics/api.viewer/replay", {"since": "2026-01-01"}, 403, key)


async def test_another_projects_messages_are_not_seen(instance: Instance) -> None:
    await instance.api("POST", "/topics/api.ours", {"n": 1}, 202)
    other = await instance.sy.access.projects.create(Actor.system(), "Elsewhere")
    key = await instance.key_of(Role.admin, other)
    assert (await instance.api("GET", "/topics", key=key))["data"] == []
    assert (await instance.api("GET", "/topics/api.ours/messages", key=key))["data"] == []
    assert (await instance.api("GET", "/topics/api.replay/subscribers", key=key))["data"] == []
