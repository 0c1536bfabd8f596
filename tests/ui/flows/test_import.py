"""Flow files from the page of a new flow: with a byte order mark, and of other products."""

import json
from typing import Any

import httpx
import pytest

Site = Any  # of conftest, which cannot be imported


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_is_read_whatever_its_byte_order_mark(site: Site, client: httpx.Client, encoding: str) -> None:
    text = json.dumps(site.small_flow() | {"name": f"Größe {encoding}"}, ensure_ascii=False)
    sent = client.post(f"{site.base}/flows/import", files={"file": ("flow.json", text.encode(encoding))})
    assert sent.status_code == 303
    assert f"Größe {encoding}" in client.get(sent.headers["location"]).text
    client.post(f"{sent.headers['location']}/delete")


def test_a_pasted_text_is_read_with_its_byte_order_mark(site: Site, client: httpx.Client) -> None:
    text = "\ufeff" + json.dumps(site.small_flow() | {"name": "Marked"})
    sent = client.post(f"{site.base}/flows/import", data={"text": text})
    assert sent.status_code == 303
    client.post(f"{sent.headers['location']}/delete")


@pytest.mark.parametrize(
    ("product", "document"),
    [("n8n", {"nodes": [{"type": "n8n-nodes-base.webhook", "parameters": {}}], "connections": {}}),
     ("Node-RED", [{"id": "a", "type": "tab"}, {"id": "b", "type": "debug", "z": "a", "wires": []}])],
)  # fmt: skip
def test_a_file_of_another_product_is_named(
    site: Site, client: httpx.Client, product: str, document: Any
) -> None:
    refused = client.post(f"{site.base}/flows/import", data={"text": json.dumps(document)})
    assert refused.status_code == 422
    assert f"This file is from {product}." in refused.text


ROUTES = """
route:
  receiver: default
  routes:
    - matchers: [severity="critical"]
      receiver: pager
receivers:
  - name: default
    slack_configs: [{channel: '#alerts'}]
  - name: pager
    pagerduty_configs: [{routing_key: very-secret}]
"""


def test_an_alertmanager_configuration_becomes_a_flow_with_a_report(site: Site, client: httpx.Client) -> None:
    sent = client.post(f"{site.base}/flows/import", files={"file": ("alertmanager.yml", ROUTES.encode())})
    assert sent.status_code == 200
    for text in ("Alertmanager routes", "Choose a Slack connection", "There is no piece for it"):
        assert text in sent.text
    assert "very-secret" not in sent.text


def test_yaml_that_is_no_document_says_where_it_is_broken(site: Site, client: httpx.Client) -> None:
    refused = client.post(f"{site.base}/flows/import", data={"text": "route: [1\nreceivers: {"})
    assert refused.status_code == 422
    assert "line 2" in refused.text
