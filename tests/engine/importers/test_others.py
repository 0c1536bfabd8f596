"""Files of other products are recognised, and nothing else is taken for one."""

import codecs
import json
from pathlib import Path
from typing import Any

import pytest

from engine.importers.others import product_of, refusal
from tests.conftest import Instance
from ui.cli.flow_files import read_json, read_text

FILES: dict[str, list[Any]] = {
    "n8n": [
        {
            "name": "My workflow",
            "nodes": [{"parameters": {"path": "x"}, "type": "n8n-nodes-base.webhook", "name": "Webhook"}],
            "connections": {},
        },
        [
            {
                "nodes": [{"parameters": {}, "type": "n8n-nodes-base.set"}],
                "connections": {"a": {}},
                "active": True,
            }
        ],
    ],
    "Node-RED": [
        [
            {"id": "f6f2187d", "type": "tab", "label": "Flow 1"},
            {"id": "a1", "type": "http in", "z": "f6f2187d", "url": "/x", "wires": [["a2"]]},
            {"id": "c1", "type": "mqtt-broker", "broker": "localhost"},
        ],
        [{"id": "a2", "type": "debug", "z": "f6f2187d", "wires": []}],
    ],
    "Make": [
        {
            "name": "Integration Webhooks",
            "flow": [{"id": 1, "module": "gateway:CustomWebHook", "version": 1, "parameters": {"hook": 1}}],
            "metadata": {"version": 1},
        },
    ],
    "Huginn": [
        {
            "schema_version": 1,
            "name": "XKCD",
            "agents": [{"type": "Agents::WebsiteAgent", "name": "x", "options": {"url": "https://xkcd.com"}}],
            "links": [],
        },
    ],
}
ROWS = [(product, document) for product, documents in FILES.items() for document in documents]


@pytest.mark.parametrize(("product", "document"), ROWS)
def test_a_file_of_another_product_is_recognised(product: str, document: Any) -> None:
    assert product_of(document) == product


@pytest.mark.parametrize(
    "document",
    [None, 1, "n8n", [], {}, [1], [{}], {"nodes": [], "connections": {}}, {"flow": []}, {"agents": [1]},
     {"format": 1, "name": "Ours", "steps": {}}, [{"id": "x", "type": "order"}], {"data": {}}],
    ids=str,
)  # fmt: skip
def test_anything_else_is_not(document: Any) -> None:
    assert product_of(document) is None


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("product", "document"), [row for row in ROWS if isinstance(row[1], dict)])
async def test_its_import_is_refused_by_name(instance: Instance, product: str, document: Any) -> None:
    refused = await instance.api("POST", "/flows/import", document, 422)
    assert f"This file is from {product}." in refused["error"]["message"]


def n8n(parameters: Any, name: str = "Post to CRM", type: str = "n8n-nodes-base.httpRequest") -> Any:
    return {"nodes": [{"parameters": parameters, "type": type, "name": name}], "connections": {}}


def pairs(**values: str) -> Any:
    return [{"name": name.replace("_", "-"), "value": value} for name, value in values.items()]


URL = "https://api.example.com/v1"
SECRETS = [
    (n8n({"url": URL, "headerParameters": {"parameters": pairs(Authorization="Bearer abc-1")}}),
     ["the header `Authorization` of `Post to CRM`"]),
    (n8n({"url": URL, "specifyHeaders": "json", "jsonHeaders": '{"X-API-Key": "abc-1"}'}),
     ["the header `X-API-Key` of `Post to CRM`"]),
    (n8n({"url": URL, "headerParametersUi": {"parameter": pairs(X_Auth_Token="abc-1")}}),
     ["the header `X-Auth-Token` of `Post to CRM`"]),
    (n8n({"url": URL, "headerParametersJson": '={"PRIVATE-TOKEN": "abc-1"}'}),
     ["the header `PRIVATE-TOKEN` of `Post to CRM`"]),
    (n8n({"url": URL, "queryParameters": {"parameters": pairs(token="=abc-1")}}),
     ["the query field `token` of `Post to CRM`"]),
    (n8n({"url": "=https://api.example.com/v1?api_key=abc-1&id={{ $json.id }}"}),
     ["the query field `api_key` of the address of `Post to CRM`"]),
    (n8n({"url": URL, "bodyParameters": {"parameters": pairs(password="abc-1")}}),
     ["the body field `password` of `Post to CRM`"]),
    (n8n({"url": URL, "jsonBody": '={"id": "{{ $json.id }}", "clientSecret": "abc-1"}'}),
     ["the body field `clientSecret` of `Post to CRM`"]),
    ([n8n({"url": URL, "body": "grant_type=password&password=abc-1"})],
     ["the body field `password` of `Post to CRM`"]),
    ({"data": {"nodes": [{"parameters": {"url": "https://a:abc-1@b.example"}, "name": "R",
                          "type": "n8n-nodes-base.httpRequest"}], "connections": {}}},
     ["the address of `R`"]),
    ([{"id": "t", "type": "tab"},
      {"id": "r", "type": "http request", "z": "t", "name": "", "url": URL, "wires": [],
       "headers": [
           {"keyType": "other", "keyValue": "Authorization", "valueType": "other", "valueValue": "abc-1"},
           {"keyType": "other", "keyValue": "X-Token", "valueType": "msg", "valueValue": "payload"}]}],
     ["the header `Authorization` of `r`"]),
    ({"name": "M", "flow": [
        {"id": 1, "module": "gateway:CustomWebHook"},
        {"id": 2, "module": "builtin:BasicRouter", "routes": [{"flow": [
            {"id": 3, "module": "http:ActionSendData", "metadata": {"designer": {"name": "Call"}},
             "mapper": {"url": URL, "headers": pairs(X_Api_Key="abc-1"), "qs": pairs(token="{{1.token}}"),
                        "data": '{"secret": "abc-1"}'}}]}]}]},
     ["the header `X-Api-Key` of `Call`", "the body field `secret` of `Call`"]),
    ({"schema_version": 1, "name": "H", "links": [], "agents": [
        {"type": "Agents::PostAgent", "name": "Poster", "options": {
            "post_url": URL, "headers": {"Authorization": "Bearer abc-1", "X-Token": "{% credential t %}"},
            "payload": {"password": "abc-1", "name": "x"}}}]},
     ["the header `Authorization` of `Poster`", "the body field `password` of `Poster`"]),
]  # fmt: skip


@pytest.mark.parametrize(("document", "places"), SECRETS)
def test_secrets_in_a_file_of_another_product_are_named_and_not_shown(
    document: Any, places: list[str]
) -> None:
    product = product_of(document)
    assert product is not None
    said = refusal(product, document)
    assert f"secrets as plain text in {', '.join(places)}. Whoever has the file has them" in said
    assert "abc-1" not in said


def test_many_secrets_are_counted() -> None:
    document = n8n({})
    header = {"headerParameters": {"parameters": pairs(X_Api_Key="abc-1")}}
    document["nodes"] = [
        {"type": "n8n-nodes-base.httpRequest", "name": f"Node {number}", "parameters": {"url": URL, **header}}
        for number in range(13)
    ]
    said = refusal("n8n", document)
    assert "`Node 9` and 3 more. Whoever" in said
    assert "`Node 10`" not in said


@pytest.mark.parametrize(
    "document",
    [
        *(document for _, document in ROWS),
        n8n(
            {"url": URL, "headerParameters": {"parameters": pairs(Authorization="=Bearer {{ $json.token }}")}}
        ),
        n8n({"url": URL, "headerParameters": {"parameters": [{"name": 1}, "x", {}]}, "jsonBody": 5}),
        n8n({"url": ["x"], "headerParameters": 1, "queryParameters": {"parameters": {}}, "body": None}),
        n8n({"headerParameters": {"parameters": pairs(Authorization="Bearer abc-1")}}, type="x.set"),
        {"flow": [{"module": "http:ActionSendData", "mapper": [], "routes": 5, "id": []}]},
        {"schema_version": 1, "agents": [{"type": "x", "options": {"url": [], "headers": [1]}}]},
    ],
)
def test_without_secrets_nothing_is_said_of_them(document: Any) -> None:
    product = product_of(document)
    assert product is not None
    assert "secret" not in refusal(product, document)


MARKED = [
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"", "utf-8"),
]  # fmt: skip


@pytest.mark.parametrize(("mark", "encoding"), MARKED)
def test_a_byte_order_mark_is_no_part_of_a_file(tmp_path: Path, mark: bytes, encoding: str) -> None:
    path = tmp_path / "flow.json"
    path.write_bytes(mark + json.dumps({"name": "Grüße"}, ensure_ascii=False).encode(encoding))
    assert read_json(path) == {"name": "Grüße"}
    assert not read_text(path).startswith("\ufeff")
