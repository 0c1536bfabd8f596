"""Samples as plain forms: taken from a run, renamed, deleted."""

import json
from typing import Any

import httpx
import pytest

Site = Any  # of conftest, which cannot be imported


@pytest.fixture
def flow(site: Site, client: httpx.Client) -> str:
    """The path of a flow of its own."""
    made = client.post(f"{site.base}/flows/import", data={"text": json.dumps(site.small_flow())})
    return str(made.headers["location"])


@pytest.fixture
def run(client: httpx.Client, flow: str) -> str:
    """The path of a run of it."""
    body = {"type": "person.new", "who": "Grace"}
    sent = client.post(f"/webhooks/{flow.rpartition('/')[2]}/draft", json=body)
    return f"{flow.partition('/flows/')[0]}/runs/{sent.json()['run_id']}"


def samples(client: httpx.Client, path: str) -> dict[str, Any]:
    return dict(client.get(f"{path}/export").json().get("samples") or {})


def test_the_event_of_a_run_is_kept_as_a_sample_by_the_name_it_has(
    client: httpx.Client, flow: str, run: str
) -> None:
    assert 'name="name" type="text" value="person.new"' in client.get(run).text
    answer = client.post(f"{run}/sample", data={"name": "person.new"})
    assert answer.status_code == 303 and answer.headers["location"] == f"{flow}/samples?sample=person.new"
    assert samples(client, flow)["person.new"]["body"]["who"] == "Grace"
    assert "Grace" in client.get(answer.headers["location"]).text


def test_a_sample_of_that_name_is_replaced_only_when_it_is_said(
    client: httpx.Client, flow: str, run: str
) -> None:
    refused = client.post(f"{run}/sample", data={"name": "hello"})
    assert refused.status_code == 422 and "A sample named “hello” already exists." in refused.text
    assert samples(client, flow)["hello"]["body"]["who"] == "Ada"
    assert client.post(f"{run}/sample", data={"name": "hello", "replace": "yes"}).status_code == 303
    assert samples(client, flow)["hello"]["body"]["who"] == "Grace"


@pytest.mark.parametrize("name", ["", "x" * 1000])
def test_a_run_is_not_kept_under_a_name_that_is_none(
    client: httpx.Client, flow: str, run: str, name: str
) -> None:
    refused = client.post(f"{run}/sample", data={"name": name})
    assert refused.status_code == 422 and "Use as sample" in refused.text
    assert list(samples(client, flow)) == ["hello"]


def test_a_sample_is_renamed_deleted_and_both_are_taken_back(client: httpx.Client, flow: str) -> None:
    before = client.get(f"{flow}/export").text
    answer = client.post(f"{flow}/samples/rename", data={"sample": "hello", "new_name": "Hallo & co"})
    assert answer.headers["location"] == f"{flow}/samples?sample=Hallo+%26+co"
    assert list(samples(client, flow)) == ["Hallo & co"]
    answer = client.post(f"{flow}/samples/delete", data={"sample": "Hallo & co"})
    assert answer.headers["location"] == f"{flow}/samples" and samples(client, flow) == {}
    for revision in (3, 4):
        assert client.post(f"{flow}/undo", data={"revision": revision}).status_code == 303
    assert client.get(f"{flow}/export").text == before


@pytest.mark.parametrize(
    ("what", "data", "says"),
    [
        ("rename", {"sample": "hello", "new_name": ""}, "aria-invalid"),
        ("rename", {"sample": "hello", "new_name": "other"}, "A sample named “other” already exists."),
        ("rename", {"sample": "nobody", "new_name": "x"}, "There is no sample “nobody”."),
        ("delete", {"sample": "nobody"}, "There is no sample “nobody”."),
        ("delete", {}, "aria-invalid"),
    ],
)
def test_a_wrong_change_of_a_sample_is_refused(
    client: httpx.Client, flow: str, what: str, data: dict[str, str], says: str
) -> None:
    client.post(f"{flow}/samples", data={"name": "other", "event": '{"body": 1}'})
    refused = client.post(f"{flow}/samples/{what}", data=data)
    assert refused.status_code == 422
    assert says in refused.text
    assert list(samples(client, flow)) == ["hello", "other"]


def test_listening_shows_the_address_and_a_command_and_what_came(client: httpx.Client, flow: str) -> None:
    assert "listen=1" in client.get(f"{flow}/samples").text
    page = client.get(f"{flow}/samples?listen=1").text
    address = f"/webhooks/{flow.rpartition('/')[2]}/test"
    assert f"{address}</code>" in page and f"{address}</pre>" in page and "Waiting for a request" in page
    assert f'hx-sse:connect="{flow}/samples/stream?' in page and "Refresh</a>" in page
    assert client.post(address, json={"type": "person.new"}).json() == {"sample": "person.new"}
    assert f"{flow}/samples?sample=person.new&amp;listen=1" in client.get(f"{flow}/samples?listen=1").text


def test_a_sender_without_a_key_is_heard_while_an_editor_listens(
    site: Site, client: httpx.Client, flow: str
) -> None:
    address = f"/webhooks/{flow.rpartition('/')[2]}/test"
    with site.stranger() as sender:
        refused = sender.post(address, json={"type": "person.new"})
        assert refused.status_code == 401 and "Capture a request" in refused.json()["error"]["message"]
        client.get(f"{flow}/samples")
        assert sender.post(address, json={"type": "person.new"}).status_code == 401
        assert "Anyone who knows the address can send one" in client.get(f"{flow}/samples?listen=1").text
        assert sender.post(address, json={"type": "person.new"}).json() == {"sample": "person.new"}


def test_a_flow_without_a_webhook_does_not_listen(site: Site, client: httpx.Client) -> None:
    definition = {**site.small_flow(), "triggers": []}
    made = client.post(f"{site.base}/flows/import", data={"text": json.dumps(definition)})
    page = client.get(f"{made.headers['location']}/samples?listen=1").text
    assert "Listening" not in page and "Capture a request" not in page


def test_nobody_listens_to_a_flow_that_is_not_there(site: Site, client: httpx.Client) -> None:
    assert client.get(f"{site.base}/flows/flow_none/samples/stream").status_code == 404


def test_the_page_hears_of_a_request_when_it_comes(client: httpx.Client, flow: str) -> None:
    address = f"/webhooks/{flow.rpartition('/')[2]}/test"
    with client.stream("GET", f"{flow}/samples/stream", headers={"Accept-Encoding": "gzip"}) as told:
        assert told.headers["content-type"].startswith("text/event-stream")
        assert "content-encoding" not in told.headers
        lines = told.iter_lines()
        assert any("Waiting for a request" in line for line in lines)
        client.post(address, json={"type": "person.new"})
        assert any("Received" in line and "person.new" in line for line in lines)
