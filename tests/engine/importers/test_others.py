"""Files of other products are recognised, and nothing else is taken for one."""

import codecs
import json
from pathlib import Path
from typing import Any

import pytest

from engine.importers.others import product_of
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
