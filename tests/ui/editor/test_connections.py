"""The connection of a step, made, tested and changed beside the step."""

import json
import re
from typing import Any

import httpx
import pytest

from tests.support.html import flat

Site = Any  # of conftest, which cannot be imported
HTMX = {"HX-Request": "true", "HX-Target": "aside#panel"}


@pytest.fixture
def flow(site: Site, client: httpx.Client) -> str:
    """The path of a flow with a step that calls an API, and a webhook."""
    call = {"type": "action", "piece": "http", "action": "request", "input": {"url": "https://a.example/"}}
    catch = {"name": "webhook", "piece": "webhook", "trigger": "catch",
             "input": {"verify": {"scheme": "standard_webhooks"}}}  # fmt: skip
    definition = site.small_flow() | {"triggers": [catch], "start": "call", "steps": {"call": call}}
    made = client.post(f"{site.base}/flows/import", data={"text": json.dumps(definition)})
    return str(made.headers["location"])


def revision(client: httpx.Client, path: str) -> str:
    found = re.search(r'id="revision" name="revision" value="(\d+)"', client.get(path).text)
    assert found is not None
    return found[1]


def send(client: httpx.Client, flow: str, to: str, **fields: str) -> httpx.Response:
    if "field__kind" in fields:
        fields = {"field__hosts": "a.example", **fields}
    form = {
        "revision": revision(client, flow),
        **{name.replace("__", "."): text for name, text in fields.items()},
    }
    return client.post(f"{flow}/steps/{to}", data=form)


def reconnect(client: httpx.Client, flow: str, step: str, **fields: str) -> httpx.Response:
    """Send the form of the connection that the step has."""
    page = client.get(f"{flow}?step={step}&reconnect=1").text
    shown = re.search(r'name="connection" value="(con_\w+)"', page)
    return send(client, flow, f"{step}/reconnect", connection=shown[1] if shown else "", **fields)


def connect(client: httpx.Client, flow: str, name: str, **fields: str) -> None:
    made = send(client, flow, "call/connection", name=name, **fields)
    assert made.status_code == 303, made.text


def test_a_connection_is_changed_beside_its_step_and_keeps_the_secret_left_empty(
    site: Site, client: httpx.Client, flow: str
) -> None:
    connect(
        client, flow, "desk-kept", field__kind="basic", field__username="ann", field__secret="hunter2-secret"
    )
    form = client.get(f"{flow}?step=call&reconnect=1").text
    assert 'value="ann"' in form and "Leave it empty to keep what is stored" in form
    assert "hunter2-secret" not in form
    done = reconnect(client, flow, "call", field__kind="basic", field__username="bob", field__secret="")
    assert done.status_code == 303 and done.headers["location"].startswith(f"{flow}?step=call")
    assert "Only a run shows whether it works" in client.get(done.headers["location"]).text
    again = client.get(f"{flow}?step=call&reconnect=1").text
    assert 'value="bob"' in again and "Leave it empty to keep what is stored" in again


def test_a_refused_change_of_a_connection_stays_in_its_form(client: httpx.Client, flow: str) -> None:
    connect(client, flow, "desk-refused", field__kind="bearer", field__secret="hunter2-secret")
    refused = reconnect(client, flow, "call", field__kind="nonsense", field__username="bob")
    assert refused.status_code == 422
    assert "/steps/call/reconnect" in refused.text and 'value="bob"' in refused.text
    assert "hunter2-secret" not in refused.text


def test_a_connection_for_an_account_leads_to_its_service_in_another_tab(
    site: Site, client: httpx.Client, flow: str
) -> None:
    form = client.get(f"{flow}?step=call&connect=http").text
    assert "/oauth/callback" in form
    connect(client, flow, "desk-account", field__kind="oauth2_authorization_code", field__client_id="ours",
            field__client_secret="hunter2-secret", field__authorize_url="https://a.example/a",
            field__token_url="https://a.example/t", field__client_auth="body")  # fmt: skip
    page = client.get(f"{flow}?step=call").text
    assert re.search(r'/connections/con_\w+/connect" target="_blank" rel="noopener">Connect<', flat(page))


def test_the_connection_with_a_senders_secret_is_changed_beside_the_trigger(
    site: Site, client: httpx.Client, flow: str
) -> None:
    name = f"signing-{flow[-12:]}"
    made = send(client, flow, "webhook/connection", name=name, field__secret="whsec_" + "A" * 32)
    assert made.status_code == 303, made.text
    page = client.get(f"{flow}?step=webhook").text
    assert "reconnect=1" in page
    done = reconnect(client, flow, "webhook", field__secret="whsec_" + "B" * 32)
    assert done.status_code == 303
    used = json.loads(client.get(f"{flow}/export").text)["triggers"][0]["input"]["verify"]
    assert used == {"scheme": "standard_webhooks", "connection": name}


def test_a_step_without_a_connection_has_none_to_change(client: httpx.Client, flow: str) -> None:
    assert reconnect(client, flow, "call", field__kind="none").status_code == 404
    assert reconnect(client, flow, "nothing", field__kind="none").status_code == 404
    assert 'action="' + f"{flow}/steps/call/reconnect" not in client.get(f"{flow}?step=call&reconnect=1").text


def test_what_came_of_a_change_is_said_once(client: httpx.Client, flow: str) -> None:
    connect(client, flow, "desk-once", field__kind="bearer", field__secret="hunter2-secret")
    page = client.get(f"{flow}?step=call&reconnect=1").text
    found = re.findall(r'type="hidden" name="(revision|connection)" value="([^"]+)"', page)
    form = {**dict(found), "field.kind": "none"}
    done = client.post(f"{flow}/steps/call/reconnect", data=form, headers=HTMX)
    assert "Only a run shows whether it works" in done.text
    assert done.headers["HX-Push-Url"] == f"{flow}?step=call"


def test_a_secret_goes_into_the_connection_whose_form_it_was_typed_into(
    client: httpx.Client, flow: str
) -> None:
    """Though the step has got another one meanwhile."""
    connect(client, flow, "desk-seen", field__kind="basic", field__username="ann")
    page = client.get(f"{flow}?step=call&reconnect=1").text
    seen = re.search(r'name="connection" value="(con_\w+)"', page)
    assert seen is not None
    connect(client, flow, "desk-meanwhile", field__kind="basic", field__username="eve")
    fields = {"field__kind": "basic", "field__username": "bob", "field__secret": "hunter2-secret"}
    assert send(client, flow, "call/reconnect", connection=seen[1], **fields).status_code == 303
    assert 'value="eve"' in client.get(f"{flow}?step=call&reconnect=1").text
    base = flow.partition("/flows/")[0]
    assert 'value="bob"' in client.get(f"{base}/connections/{seen[1]}").text
    wrong = {**fields, "field__kind": "nonsense"}
    refused = send(client, flow, "call/reconnect", connection=seen[1], **wrong)
    assert refused.status_code == 422 and 'value="bob"' not in refused.text


def test_a_new_connection_begins_with_the_host_of_the_step(client: httpx.Client, flow: str) -> None:
    form = client.get(f"{flow}?step=call&connect=http").text
    assert re.search(r'<textarea id="f-field.hosts"[^>]*>\s*a.example</textarea>', form)


def test_a_connection_says_that_its_secret_is_to_be_entered_again(
    client: httpx.Client, site: Site, flow: str
) -> None:
    connect(client, flow, "desk-moved", field__kind="bearer", field__secret="hunter2-secret")
    page = client.get(f"{site.base}/connections").text
    found = re.search(rf'({site.base}/connections/con_\w+)"[^>]*>desk-moved', page)
    assert found is not None
    form = {"field.kind": "bearer", "field.secret": "", "field.hosts": "b.example"}
    shown = client.post(found[1], data=form, follow_redirects=True).text
    assert "Saved. Enter the secret again" in shown
    assert "Leave it empty to keep what is stored" not in shown  # nothing is stored
    assert re.search(r'<textarea id="f-field.hosts"[^>]*>\s*b.example</textarea>', shown)
    wrong = client.post(found[1], data={**form, "field.hosts": "https://b.example/x"})
    assert wrong.status_code == 422 and "leave out the scheme and the path" in wrong.text
    again = client.post(found[1], data={**form, "field.secret": "s3cret-2"}, follow_redirects=True).text
    assert "Saved." in again and "Enter the secret again" not in again
