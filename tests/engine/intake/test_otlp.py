"""`…/v1/logs`: exports of OTLP logs start a run for each record, and are answered as the protocol asks."""

import asyncio
import gzip
import json
import logging
import time as machine
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from google.rpc.status_pb2 import Status
from opentelemetry._logs import SeverityNumber
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from starlette.applications import Starlette

from engine.base.ids import new_id
from engine.http.lineage import HEADER
from engine.intake import log_receiver, otlp
from engine.intake.errors import UnforeseenInExport
from engine.runs.queue import Queue
from tests.engine.factories import Harness, compose, flow, webhook
from tests.support.serving import served
from tests.support.waiting import stored
from ui.app import intake_routes

JSON, PROTOBUF = "application/json", "application/x-protobuf"
SECRET = "a secret that is long enough"


def logs_flow(**input: Any) -> Any:
    return flow(triggers=[webhook(**input)], a=compose("{{ trigger.body.body }}"))


def export(*bodies: str) -> ExportLogsServiceRequest:
    request = ExportLogsServiceRequest()
    group = request.resource_logs.add()
    group.resource.attributes.add(key="service.name").value.string_value = "billing"
    scope = group.scope_logs.add()
    for body in bodies:
        scope.log_records.add(severity_number=17).body.string_value = body
    return request


def export_json(*bodies: str) -> bytes:
    records = [{"body": {"stringValue": body}} for body in bodies]
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}).encode()


async def send(
    place: Harness, flow_id: str, content: bytes, kind: str = PROTOBUF, address: str = "/v1/logs", **more: str
) -> httpx.Response:
    headers = {"content-type": kind, **more}
    return await place.http.post(f"/webhooks/{flow_id}{address}", content=content, headers=headers)


async def runs_of(place: Harness, count: int) -> list[Any]:
    """All runs of the project, ended, oldest first."""
    await place.quiet()
    rows = await place.sql("SELECT id FROM runs WHERE project_id = ? ORDER BY position", place.project)
    assert len(rows) == count
    return [await place.ended(row[0]) for row in rows]


def status_of(answer: httpx.Response) -> tuple[int, str]:
    """The `google.rpc.Status` of a refusal, in either encoding."""
    if answer.headers["content-type"] == PROTOBUF:
        read = Status.FromString(answer.content)
        return read.code, read.message
    body = answer.json()
    assert body.keys() == {"code", "message"}
    return body["code"], body["message"]


@pytest.mark.parametrize("coding", ["", "gzip"])
@pytest.mark.parametrize("kind", [PROTOBUF, JSON])
async def test_each_record_starts_a_run(place: Harness, kind: str, coding: str) -> None:
    flow_id = await place.publish(logs_flow())
    content = export("one", "two").SerializeToString() if kind == PROTOBUF else export_json("one", "two")
    more = {"content-encoding": coding} if coding else {}
    answer = await send(place, flow_id, gzip.compress(content) if coding else content, kind, **more)
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    if kind == PROTOBUF:
        assert not ExportLogsServiceResponse.FromString(answer.content).HasField("partial_success")
    else:
        assert answer.json() == {}
    events = [run["trigger"]["event"] for run in await runs_of(place, 2)]
    assert sorted(event["body"]["body"] for event in events) == ["one", "two"]
    assert sorted(event["batch"]["index"] for event in events) == [0, 1]
    assert {event["batch"]["size"] for event in events} == {2}
    assert {event["method"] for event in events} == {"POST"}


async def test_an_export_without_records_is_accepted_and_starts_nothing(place: Harness) -> None:
    flow_id = await place.publish(logs_flow())
    for content, kind in ((b"", PROTOBUF), (b"{}", JSON)):
        assert (await send(place, flow_id, content, kind)).status_code == 200
    assert (await place.rows())["runs"] == 0


async def test_a_slash_at_the_end_and_a_charset_change_nothing(place: Harness) -> None:
    flow_id = await place.publish(logs_flow())
    answer = await send(place, flow_id, export_json("one"), f"{JSON}; charset=utf-8")
    assert (answer.status_code, answer.json()) == (200, {})


@pytest.mark.parametrize(
    ("kind", "content", "more", "status", "code"),
    [
        (JSON, b"{", {}, 400, 3),
        (JSON, b"", {}, 400, 3),
        (PROTOBUF, b"\xff\xff", {}, 400, 3),
        (PROTOBUF, b"no gzip", {"content-encoding": "gzip"}, 400, 3),
        (PROTOBUF, b"", {"content-encoding": "zstd"}, 415, 3),
        ("text/plain", b"{}", {}, 415, 3),
        (JSON, b'"' + b"x" * 6_000_000 + b'"', {}, 413, 3),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused_with_a_status(
    place: Harness, kind: str, content: bytes, more: dict[str, str], status: int, code: int
) -> None:
    flow_id = await place.publish(logs_flow())
    for address in ("/v1/logs", "/draft/v1/logs", "/test/v1/logs"):
        answer = await send(place, flow_id, content, kind, address, **more)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == (PROTOBUF if kind == PROTOBUF else JSON)
        found, message = status_of(answer)
        assert found == code and message
    assert (await place.rows())["runs"] == 0
    (refused,) = await rejected(place, 1)
    assert refused.status == status


async def rejected(place: Harness, count: int) -> list[Any]:
    async def ask() -> list[Any]:
        found = (await place.sy.rejected.list(place.project, limit=200)).data
        return found if len(found) >= count else []

    return await stored(place.sy.db, ask)


async def test_a_flow_that_is_not_there_is_not_found(place: Harness) -> None:
    answer = await send(place, "flw_none", b"")
    assert (answer.status_code, status_of(answer)[0]) == (404, 5)


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_only_post_is_taken(place: Harness, method: str) -> None:
    flow_id = await place.publish(logs_flow())
    answer = await place.http.request(method, f"/webhooks/{flow_id}/v1/logs")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert status_of(answer)[0] == 12


async def test_a_trigger_that_takes_no_post_takes_no_logs(place: Harness) -> None:
    flow_id = await place.publish(logs_flow(methods=["PUT"]))
    answer = await send(place, flow_id, export_json("one"), JSON)
    assert (answer.status_code, answer.headers["allow"]) == (405, "PUT")


async def test_a_page_of_another_origin_may_send_where_the_trigger_allows_it(place: Harness) -> None:
    flow_id = await place.publish(logs_flow(allowed_origins=["https://app.example.com"]))
    asked = {
        "origin": "https://app.example.com",
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
    }
    answer = await place.http.options(f"/webhooks/{flow_id}/v1/logs", headers=asked)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (204, asked["origin"])


async def secured(place: Harness, **input: Any) -> str:
    fields = {"name": "X-Log-Token", "value": SECRET}
    await place.sy.connections.create(place.actor, "exporter", "webhook", fields)
    verify = {"scheme": "header", "connection": "exporter"}
    return await place.publish(flow(triggers=[webhook(verify, **input)], a=compose(1)))


async def test_the_sender_is_verified_and_its_secret_not_stored(place: Harness) -> None:
    flow_id = await secured(place)
    content = export(f"the token is {SECRET}").SerializeToString()
    refused = await send(place, flow_id, content)
    assert (refused.status_code, status_of(refused)[0]) == (401, 16)
    assert (await send(place, flow_id, content, **{"x-log-token": "another"})).status_code == 401
    assert (await send(place, flow_id, content, **{"x-log-token": SECRET})).status_code == 200
    (run,) = await runs_of(place, 1)
    assert SECRET not in json.dumps(run)


async def test_a_rejected_export_is_admitted_as_an_export(place: Harness) -> None:
    flow_id = await secured(place)
    refused = await send(place, flow_id, export("one", "two").SerializeToString(), **{"x-log-token": "old"})
    assert refused.status_code == 401
    (one,) = await rejected(place, 1)
    await place.sy.admissions.admit(place.actor, one.id, verify=False)
    runs = await runs_of(place, 2)
    assert sorted(run["trigger"]["event"]["body"]["body"] for run in runs) == ["one", "two"]


async def test_a_disabled_flow_holds_records_or_refuses_them(place: Harness) -> None:
    for while_disabled, status in (("hold", 200), ("reject", 409)):
        flow_id = await place.publish(logs_flow(while_disabled=while_disabled))
        await place.sy.flows.disable(place.actor, flow_id)
        assert (await send(place, flow_id, export("one", "two").SerializeToString())).status_code == status
    assert (await place.rows())["held_events"] == 2


async def test_records_have_the_identity_that_the_trigger_says(place: Harness) -> None:
    flow_id = await place.publish(logs_flow(dedupe="trigger.body.body"))
    for _ in range(2):
        await send(place, flow_id, export("one", "two", "one").SerializeToString())
    await runs_of(place, 2)


async def test_an_export_that_names_its_identity_counts_once(place: Harness) -> None:
    flow_id = await place.publish(logs_flow())
    for _ in range(2):
        answer = await send(
            place, flow_id, export("one", "two").SerializeToString(), **{"idempotency-key": "1"}
        )
        assert answer.status_code == 200
    await runs_of(place, 2)


async def test_an_export_that_comes_again_is_noted_on_its_runs(place: Harness) -> None:
    flow_id = await place.publish(logs_flow())
    for _ in range(2):
        await send(place, flow_id, export("one", "two").SerializeToString())
    warnings = [bool(run["warnings"]) for run in await runs_of(place, 4)]
    assert sorted(warnings) == [False, False, True, True]


async def test_all_records_are_stored_or_none(open_place: Any) -> None:
    async with open_place(max_backlog=2) as place:
        flow_id = await place.publish(logs_flow())
        for kind, content in (
            (PROTOBUF, export("a", "b", "c").SerializeToString()),
            (JSON, export_json("a", "b", "c")),
        ):
            answer = await send(place, flow_id, content, kind)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
            assert status_of(answer)[0] == 14
        assert (await place.rows())["runs"] == 0


async def test_a_sender_may_try_again_after_a_defect_of_ours(
    place: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow_id = await place.publish(logs_flow())

    async def broken(self: Queue, runs: Any) -> Any:
        raise KeyError("oops")

    monkeypatch.setattr(Queue, "put_all", broken)
    answer = await send(place, flow_id, export("a").SerializeToString())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "oops" not in status_of(answer)[1]


async def test_too_many_or_too_large_records_are_refused(
    place: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow_id = await place.publish(logs_flow())
    monkeypatch.setattr(otlp, "MAX_RECORDS", 2)
    answer = await send(place, flow_id, export("a", "b", "c").SerializeToString())
    assert (answer.status_code, "3 log records" in status_of(answer)[1]) == (413, True)
    monkeypatch.setattr(log_receiver, "MAX_BYTES", 500)
    answer = await send(place, flow_id, export("a", "b" * 500).SerializeToString())
    assert answer.status_code == 413
    assert (await place.rows())["runs"] == 0


@pytest.mark.parametrize("kind", [PROTOBUF, JSON])
async def test_an_export_that_would_close_a_circle_is_answered_as_rejected(place: Harness, kind: str) -> None:
    flow_id = await place.publish(logs_flow())
    content = export("a", "b").SerializeToString() if kind == PROTOBUF else export_json("a", "b")
    header = place.sy.lineage.header((new_id("flow"), flow_id), await place.start(flow_id, 1))
    answer = await send(place, flow_id, content, kind, **{HEADER: header})
    assert answer.status_code == 200
    if kind == PROTOBUF:
        partial = ExportLogsServiceResponse.FromString(answer.content).partial_success
        assert (partial.rejected_log_records, "circle" in partial.error_message) == (2, True)
    else:
        found = answer.json()["partialSuccess"]
        assert (found["rejectedLogRecords"], "circle" in found["errorMessage"]) == ("2", True)
    assert (await place.rows())["runs"] == 1


async def test_a_record_becomes_a_sample_of_the_draft(place: Harness) -> None:
    flow_id = await place.publish(logs_flow())
    request = export("one", "two")
    request.resource_logs[0].scope_logs[0].log_records[0].event_name = "invoice.failed"
    answer = await send(place, flow_id, request.SerializeToString(), address="/test/v1/logs")
    assert answer.status_code == 200
    samples = (await place.sy.flows.get(place.project, flow_id)).definition["samples"]
    assert samples["invoice.failed"]["body"]["body"] == "one"


async def test_the_draft_runs_for_its_editors(place: Harness) -> None:
    flow_id = await place.draft(logs_flow())
    content = export("one").SerializeToString()
    assert (await send(place, flow_id, content, address="/draft/v1/logs")).status_code == 401
    key = await place.as_editor()
    assert (await send(place, flow_id, content, address="/draft/v1/logs", **key)).status_code == 200
    (run,) = await runs_of(place, 1)
    assert run["environment"] == "test"


# -- the SDK of OpenTelemetry, over a real server ------------------------------------------------------


@pytest.fixture
async def origin(place: Harness) -> AsyncIterator[str]:
    """The address of a server of the intake."""
    async with served(Starlette(routes=intake_routes(place.sy))) as found:
        yield found


@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip])
async def test_the_sdk_of_opentelemetry_sends_its_logs(
    place: Harness, origin: str, compression: Compression
) -> None:
    flow_id = await place.publish(logs_flow())
    endpoint = f"{origin}/webhooks/{flow_id}/v1/logs"

    def log() -> bool:
        provider = LoggerProvider(Resource.create({"service.name": "billing", "team": "storage"}))
        exporter = OTLPLogExporter(endpoint, compression=compression, timeout=20)
        provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
        logger = provider.get_logger("invoices", "1.2", attributes={"lang": "py"})
        for number in range(20):
            logger.emit(
                timestamp=machine.time_ns(),
                severity_number=SeverityNumber.ERROR,
                severity_text="ERROR",
                body={"invoice": number, "why": ["late", None]},
                attributes={"http.status": 503, "user": {"id": number}},
                event_name="invoice.failed",
            )
        sent = provider.force_flush(20_000)
        provider.shutdown()
        return sent

    assert await asyncio.to_thread(log)
    runs = await runs_of(place, 20)
    records = sorted(
        (run["trigger"]["event"]["body"] for run in runs), key=lambda one: one["body"]["invoice"]
    )
    assert [record["attributes"]["user.id"] for record in records] == list(range(20))
    first = records[0]
    assert (first["severity"], first["event_name"]) == ("ERROR", "invoice.failed")
    assert first["body"] == {"invoice": 0, "why": ["late", None]}
    assert first["attributes"]["http.status"] == 503
    assert first["resource"]["attributes"]["team"] == "storage"
    assert (first["scope"]["name"], first["scope"]["attributes"]) == ("invoices", {"lang": "py"})


async def test_the_sdk_tries_again_after_503_and_not_after_401(
    place: Harness, origin: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    flow_id = await place.publish(logs_flow())
    original, calls = Queue.put_all, 0

    async def busy_once(self: Queue, runs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise KeyError("oops")
        return await original(self, runs)

    monkeypatch.setattr(Queue, "put_all", busy_once)
    monkeypatch.setattr(UnforeseenInExport, "retry_after", 0)

    def log(flow: str) -> None:
        provider = LoggerProvider()
        exporter = OTLPLogExporter(f"{origin}/webhooks/{flow}/v1/logs", timeout=20)
        provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
        provider.get_logger("x").emit(body="one", severity_number=SeverityNumber.INFO)
        provider.force_flush(20_000)
        provider.shutdown()

    with caplog.at_level(logging.CRITICAL, "opentelemetry"):
        await asyncio.to_thread(log, flow_id)
        assert calls == 2
        await runs_of(place, 1)
        await asyncio.to_thread(log, await secured(place))
    assert sorted(one.status for one in await rejected(place, 2)) == [401, 503]
