"""The tables of docs/reference/webhook.md: each media type, sent, becomes what the table says."""

import gzip
import json
import re
import zlib
from pathlib import Path
from typing import NamedTuple

import pytest

from engine.base.types import Json
from engine.intake import bodies
from tests.acceptance.test_intake_cases import plain, runs_of
from tests.conftest import Instance

pytestmark = pytest.mark.asyncio(loop_scope="module")

DOCS = Path(__file__).parents[2] / "docs" / "reference" / "webhook.md"


def rows(heading: str) -> list[list[str]]:
    """The rows of the table whose first column has this heading."""
    table = DOCS.read_text("utf-8").partition(f"| {heading} |")[2].partition("\n\n")[0]
    lines = table.splitlines()[2:]
    assert lines
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def codes(cell: str) -> list[str]:
    """What a cell lists; `none` without quotes is the empty text."""
    return re.findall(r"`([^`]*)`|\bnone\b", cell)


class Sent(NamedTuple):
    """A request of the table, and what becomes of it."""

    content_type: str
    body: bytes
    status: int
    value: Json
    warning: str


def requests() -> list[Sent]:
    found = []
    for types, sent, result, *warning in rows("`Content-Type`"):
        body = sent.strip("`").encode("latin-1").decode("unicode_escape").encode("latin-1")
        refused = re.fullmatch(r"4\d\d", result)
        status, value = (int(result), None) if refused else (202, json.loads(result.strip("`")))
        for content_type in codes(types):
            found.append(Sent(content_type, body, status, value, warning[0].strip("| ") if warning else ""))
    return found


@pytest.mark.parametrize("sent", requests(), ids=lambda sent: f"{sent.content_type}: {sent.body[:30]!r}")
async def test_a_body_becomes_what_the_table_says(instance: Instance, sent: Sent) -> None:
    flow = await instance.publish(plain())
    headers = {"content-type": sent.content_type} if sent.content_type else {}
    answer = await instance.http.post(f"/webhooks/{flow['id']}", content=sent.body, headers=headers)
    assert answer.status_code == sent.status, answer.text
    if sent.status != 202:
        assert await runs_of(instance, flow["id"]) == []
        return
    run = await instance.ended(answer.json()["run_id"])
    assert run["trigger"]["event"]["body"] == sent.value
    assert len(run["warnings"]) == bool(sent.warning)
    assert not sent.warning or sent.warning in run["warnings"][0]


async def test_the_table_has_every_type_that_the_intake_knows() -> None:
    known = {
        media.decode()
        for media in (*bodies._JSON, *bodies._LINES, *bodies._XML, *bodies._SCRIPTS, bodies._FORM)
    }
    assert known <= {sent.content_type for sent in requests()}


PACK = {
    "": bytes,
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
}


@pytest.mark.parametrize(
    ("coding", "status"),
    [(coding, int(answer[:3])) for cell, answer in rows("`Content-Encoding`") for coding in codes(cell)],
)
async def test_a_coding_is_taken_or_refused_as_the_table_says(
    instance: Instance, coding: str, status: int
) -> None:
    flow = await instance.publish(plain())
    headers = {"content-type": "application/json", **({"content-encoding": coding} if coding else {})}
    content = PACK.get(coding, bytes)(b'{"a": 1}')
    answer = await instance.http.post(f"/webhooks/{flow['id']}", content=content, headers=headers)
    assert answer.status_code == status, answer.text
    if status == 415:
        assert "gzip" in answer.headers["accept-encoding"]
        return
    run = await instance.ended(answer.json()["run_id"])
    assert run["trigger"]["event"]["body"] == {"a": 1}
