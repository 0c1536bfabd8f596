"""Reading an export of OTLP logs: both encodings give the same records, and bad input a clear refusal."""

import json
import math
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList

from engine.base import jsonbody
from engine.base.errors import Malformed, SwitchyardError, TooLarge, WrongMediaType
from engine.intake import otlp

TRACE, SPAN = "5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174"

# The example of opentelemetry-proto's documentation in its fields; all values are ours.
EXPORT: dict[str, Any] = {
    "resourceLogs": [
        {
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "billing"}}]},
            "schemaUrl": "https://opentelemetry.io/schemas/1.26.0",
            "scopeLogs": [
                {
                    "scope": {
                        "name": "invoices",
                        "version": "1.2",
                        "attributes": [{"key": "lang", "value": {"stringValue": "py"}}],
                    },
                    "logRecords": [
                        {
                            "timeUnixNano": "1796212800123456789",
                            "observedTimeUnixNano": "1796212801000000000",
                            "severityNumber": 18,
                            "severityText": "Error2",
                            "traceId": TRACE,
                            "spanId": SPAN.upper(),
                            "flags": 1,
                            "eventName": "invoice.failed",
                            "droppedAttributesCount": 2,
                            "body": {"stringValue": "Invoice 17 could not be sent"},
                            "attributes": [
                                {"key": "http.status", "value": {"intValue": "503"}},
                                {"key": "ratio", "value": {"doubleValue": 0.5}},
                                {"key": "retried", "value": {"boolValue": True}},
                                {"key": "blob", "value": {"bytesValue": "AAE="}},
                                {"key": "nothing", "value": {}},
                                {
                                    "key": "tags",
                                    "value": {
                                        "arrayValue": {"values": [{"stringValue": "a"}, {"intValue": 7}]}
                                    },
                                },
                                {
                                    "key": "user",
                                    "value": {
                                        "kvlistValue": {
                                            "values": [
                                                {"key": "id", "value": {"intValue": "9"}},
                                                {
                                                    "key": "address",
                                                    "value": {
                                                        "kvlistValue": {
                                                            "values": [
                                                                {
                                                                    "key": "city",
                                                                    "value": {"stringValue": "Bonn"},
                                                                }
                                                            ]
                                                        }
                                                    },
                                                },
                                            ]
                                        }
                                    },
                                },
                            ],
                        }
                    ],
                }
            ],
        }
    ]
}

RECORD = {
    "time": "2026-12-02T12:00:00.123456789Z",
    "observed_time": "2026-12-02T12:00:01.000Z",
    "severity": "ERROR",
    "severity_number": 18,
    "severity_text": "Error2",
    "event_name": "invoice.failed",
    "body": "Invoice 17 could not be sent",
    "attributes": {
        "http.status": 503,
        "ratio": 0.5,
        "retried": True,
        "blob": "AAE=",
        "nothing": None,
        "tags": ["a", 7],
        "user.id": 9,
        "user.address.city": "Bonn",
    },
    "dropped_attributes_count": 2,
    "trace_id": TRACE,
    "span_id": SPAN,
    "flags": 1,
    "resource": {
        "attributes": {"service.name": "billing"},
        "schema_url": "https://opentelemetry.io/schemas/1.26.0",
    },
    "scope": {
        "name": "invoices",
        "version": "1.2",
        "attributes": {"lang": "py"},
        "schema_url": None,
    },
}


def of_json(value: Any) -> list[dict[str, Any]]:
    return otlp.records(b"application/json", json.dumps(value).encode())[0]


def of_protobuf(request: ExportLogsServiceRequest) -> list[dict[str, Any]]:
    return otlp.records(b"application/x-protobuf", request.SerializeToString())[0]


def request_of(*values: AnyValue, **fields: Any) -> ExportLogsServiceRequest:
    """A request with one record, whose attributes `0`, `1`, … are these values."""
    request = ExportLogsServiceRequest()
    record = request.resource_logs.add().scope_logs.add().log_records.add(**fields)
    record.attributes.extend(KeyValue(key=str(at), value=value) for at, value in enumerate(values))
    return request


def test_a_record_in_json_is_flat_and_has_its_resource_and_scope() -> None:
    assert of_json(EXPORT) == [RECORD]
    charset = b"Application/JSON; charset=utf-8"
    assert otlp.records(charset, json.dumps(EXPORT).encode()) == ([RECORD], [])


def test_a_record_in_protobuf_gives_the_same() -> None:
    record = EXPORT["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]
    request = ExportLogsServiceRequest()
    group = request.resource_logs.add(schema_url="https://opentelemetry.io/schemas/1.26.0")
    group.resource.attributes.add(key="service.name").value.string_value = "billing"
    scope = group.scope_logs.add()
    scope.scope.name, scope.scope.version = "invoices", "1.2"
    scope.scope.attributes.add(key="lang").value.string_value = "py"
    made = scope.log_records.add(
        time_unix_nano=int(record["timeUnixNano"]),
        observed_time_unix_nano=int(record["observedTimeUnixNano"]),
        severity_number=18,
        severity_text="Error2",
        trace_id=bytes.fromhex(TRACE),
        span_id=bytes.fromhex(SPAN),
        flags=1,
        event_name="invoice.failed",
        dropped_attributes_count=2,
    )
    made.body.string_value = record["body"]["stringValue"]
    address = AnyValue(
        kvlist_value=KeyValueList(values=[KeyValue(key="city", value=AnyValue(string_value="Bonn"))])
    )
    user = [KeyValue(key="id", value=AnyValue(int_value=9)), KeyValue(key="address", value=address)]
    for key, value in {
        "http.status": AnyValue(int_value=503),
        "ratio": AnyValue(double_value=0.5),
        "retried": AnyValue(bool_value=True),
        "blob": AnyValue(bytes_value=b"\0\1"),
        "nothing": AnyValue(),
        "tags": AnyValue(array_value=ArrayValue(values=[AnyValue(string_value="a"), AnyValue(int_value=7)])),
        "user": AnyValue(kvlist_value=KeyValueList(values=user)),
    }.items():
        made.attributes.append(KeyValue(key=key, value=value))
    assert of_protobuf(request) == [RECORD]


def test_an_object_whose_dotted_names_are_taken_stays_an_object() -> None:
    inner = AnyValue(kvlist_value=KeyValueList(values=[KeyValue(key="b", value=AnyValue(int_value=2))]))
    request = request_of(inner)
    record = request.resource_logs[0].scope_logs[0].log_records[0]
    record.attributes.append(KeyValue(key="0.b", value=AnyValue(int_value=1)))
    assert of_protobuf(request)[0]["attributes"] == {"0.b": 1, "0": {"b": 2}}


def test_the_body_keeps_its_structure() -> None:
    body = {"kvlistValue": {"values": [{"key": "a", "value": {"kvlistValue": {"values": []}}}]}}
    export = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": body}]}]}]}
    (record,) = of_json(export)
    assert record["body"] == {"a": {}}
    assert record["resource"] == {"attributes": {}, "schema_url": None}
    assert (record["time"], record["trace_id"], record["severity"]) == (None, None, None)


def test_numbers_that_json_does_not_have_are_texts() -> None:
    numbers = (math.nan, math.inf, -math.inf)
    (record,) = of_protobuf(request_of(*(AnyValue(double_value=number) for number in numbers)))
    assert list(record["attributes"].values()) == ["NaN", "Infinity", "-Infinity"]


@pytest.mark.parametrize(
    ("number", "text", "severity"),
    [
        (1, "", "TRACE"), (4, "x", "TRACE"), (5, "", "DEBUG"), (9, "notice", "INFO"), (13, "", "WARN"),
        (17, "", "ERROR"), (24, "", "FATAL"), (0, "warning", "WARNING"), (0, "", None), (99, "odd", "ODD"),
    ],
)  # fmt: skip
def test_a_severity_has_one_name_whatever_the_sender_calls_it(
    number: Any, text: str, severity: str | None
) -> None:
    (record,) = of_protobuf(request_of(severity_number=number, severity_text=text))
    assert (record["severity"], record["severity_number"]) == (severity, number)


@pytest.mark.parametrize(
    ("nanoseconds", "time"),
    [
        (1, "1970-01-01T00:00:00.000000001Z"),
        (1_000_000, "1970-01-01T00:00:00.001Z"),
        (1_500_000, "1970-01-01T00:00:00.001500Z"),
        (2**64 - 1, "2554-07-21T23:34:33.709551615Z"),
        (0, None),
    ],
)
def test_a_time_has_as_many_digits_as_it_takes(nanoseconds: int, time: str | None) -> None:
    (record,) = of_protobuf(request_of(time_unix_nano=nanoseconds))
    assert record["time"] == time


@pytest.mark.parametrize("id", [b"", bytes(16), b"short"])
def test_an_id_that_is_not_valid_counts_as_not_set(id: bytes) -> None:
    assert of_protobuf(request_of(trace_id=id))[0]["trace_id"] is None


def test_an_export_without_records_is_valid() -> None:
    assert otlp.records(b"application/x-protobuf", b"") == ([], [])
    assert of_json({}) == of_json({"resourceLogs": []}) == of_json({"unknown": 1}) == []


def record_with(**fields: Any) -> Any:
    return {"resourceLogs": [{"scopeLogs": [{"logRecords": [fields]}]}]}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "The body is empty"),
        (b"[]", "must be an object"),
        (b'{"resourceLogs": ', "not valid JSON"),
        (b'{"resourceLogs": 1}', "not an ExportLogsServiceRequest"),
        (b'{"resourceLogs": [null, {"scopeLogs": "x"}]}', "not an ExportLogsServiceRequest"),
        (json.dumps(record_with(traceId="xyz")).encode(), "`traceId` must be in hex"),
        (json.dumps(record_with(spanId="abc")).encode(), "`spanId` must be in hex"),
        (json.dumps(record_with(traceId=7)).encode(), "not an ExportLogsServiceRequest"),
        (json.dumps(record_with(timeUnixNano="now")).encode(), "not an ExportLogsServiceRequest"),
        (json.dumps(record_with(timeUnixNano=-1)).encode(), "not an ExportLogsServiceRequest"),
        (json.dumps(record_with(body={"intValue": str(2**70)})).encode(), "not an ExportLogsServiceRequest"),
        (
            json.dumps(record_with(body={"intValue": 1, "stringValue": "1"})).encode(),
            "not an ExportLogsServiceRequest",
        ),
    ],
)
def test_json_that_is_no_export_is_refused(body: bytes, message: str) -> None:
    with pytest.raises(Malformed, match=message):
        otlp.records(b"application/json", body)


@pytest.mark.parametrize("body", [b"\x0a", b"\xff\xff", b'{"resourceLogs": []}', b"\x0a\x05hello"])
def test_bytes_that_are_no_export_are_refused(body: bytes) -> None:
    with pytest.raises(Malformed, match="not an ExportLogsServiceRequest in protobuf"):
        otlp.records(b"application/x-protobuf", body)


@pytest.mark.parametrize("kind", [b"", b"text/plain", b"application/octet-stream", b"application/grpc"])
def test_another_content_type_is_refused(kind: bytes) -> None:
    with pytest.raises(WrongMediaType, match="application/x-protobuf or application/json"):
        otlp.records(kind, b"{}")


def nested(levels: int) -> bytes:
    """A request whose one record has a body of so many lists in one another, as protobuf writes it."""
    content = b"\x0a\x04deep"
    # An array is field 5 of a value, its values field 1; then body, log_records, scope_logs, resource_logs.
    for field in (*(1, 5) * levels, 5, 2, 2, 1):
        size, length = bytearray(), len(content)
        while length > 0x7F:
            size.append(length & 0x7F | 0x80)
            length >>= 7
        content = bytes([field << 3 | 2, *size, length]) + content
    return content


def test_values_that_are_nested_too_deep_are_refused() -> None:
    (record,), _ = otlp.records(b"application/x-protobuf", nested(2))
    assert record["body"] == [["deep"]]
    with pytest.raises(Malformed):
        otlp.records(b"application/x-protobuf", nested(80))
    value: Any = {"stringValue": "deep"}
    for _ in range(60):
        value = {"arrayValue": {"values": [value]}}
    with pytest.raises(Malformed):
        of_json(record_with(body=value))


def test_too_many_records_or_values_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    request = request_of(*[AnyValue()] * 8)
    monkeypatch.setattr(jsonbody, "MAX_VALUES", 9)
    with pytest.raises(TooLarge, match="more than 9 values"):
        of_protobuf(request)
    monkeypatch.setattr(otlp, "MAX_RECORDS", 1)
    request.resource_logs[0].scope_logs[0].log_records.add()
    with pytest.raises(TooLarge, match="has 2 log records; the limit is 1"):
        of_protobuf(request)


def test_resources_and_scopes_without_records_are_bounded_too() -> None:
    for empty in (b"\x0a\x00", b"\x0a\x02\x12\x00"):  # a resource, and one with a scope
        with pytest.raises(TooLarge, match="has 10,001 resources or scopes"):
            otlp.records(b"application/x-protobuf", empty * 10_001)
    with pytest.raises(TooLarge, match="has 10,001 resources or scopes"):
        otlp.records(b"application/x-protobuf", b"\x0a\xa2\x9c\x01" + b"\x12\x00" * 10_001)  # 20,002 bytes


def test_the_name_of_an_object_is_not_repeated_without_end() -> None:
    """A name of 100 kB around 1,000 values would become 100 MB of names."""
    values = [KeyValue(key=str(number), value=AnyValue(int_value=1)) for number in range(1000)]
    around = KeyValue(key="k" * 100_000, value=AnyValue(kvlist_value=KeyValueList(values=values)))
    request = request_of(AnyValue())
    request.resource_logs[0].scope_logs[0].log_records[0].attributes.append(around)
    with pytest.raises(TooLarge, match="too long for this many values"):
        of_protobuf(request)


def test_what_was_replaced_in_the_body_is_noted() -> None:
    body = json.dumps(record_with(body={"stringValue": "cut \ud83d"})).encode()
    found, notes = otlp.records(b"application/json", body)
    assert found[0]["body"] == "cut \ufffd"
    assert "U+FFFD" in notes[0]


ANY = st.recursive(
    st.builds(AnyValue)
    | st.builds(AnyValue, string_value=st.text())
    | st.builds(AnyValue, bool_value=st.booleans())
    | st.builds(AnyValue, int_value=st.integers(-(2**63), 2**63 - 1))
    | st.builds(AnyValue, double_value=st.floats())
    | st.builds(AnyValue, bytes_value=st.binary()),
    lambda values: (
        st.builds(AnyValue, array_value=st.builds(ArrayValue, values=st.lists(values, max_size=3)))
        | st.builds(
            AnyValue,
            kvlist_value=st.builds(
                KeyValueList, values=st.lists(st.builds(KeyValue, key=st.text(), value=values), max_size=3)
            ),
        )
    ),
    max_leaves=8,
)


@given(st.lists(ANY, max_size=4), ANY)
@settings(max_examples=150, deadline=None)
def test_both_encodings_of_any_record_give_the_same(values: list[AnyValue], body: AnyValue) -> None:
    request = request_of(*values, body=body)
    found = of_protobuf(request)
    assert of_json(MessageToDict(request)) == found
    json.dumps(found, allow_nan=False)


@given(st.binary(max_size=200), st.sampled_from([b"application/json", b"application/x-protobuf"]))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_refused(body: bytes, kind: bytes) -> None:
    try:
        otlp.records(kind, body)
    except SwitchyardError as error:
        assert error.status in (400, 413)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["resourceLogs", "scopeLogs", "logRecords", "attributes", "value", "traceId"]),
            inner,
        )
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(["resourceLogs", "resource_logs"]), JSON_VALUES))
@settings(max_examples=300, deadline=None)
def test_any_json_is_read_or_refused(value: dict[str, Any]) -> None:
    try:
        of_json(value)
    except SwitchyardError as error:
        assert error.status == 400
