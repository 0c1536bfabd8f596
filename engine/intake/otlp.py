"""OTLP logs: what an `ExportLogsServiceRequest` holds, a plain object for each log record.

Both encodings of OTLP/HTTP are read, binary protobuf and JSON, and give the same. A record comes with the
resource and scope that it belongs to; attributes are flat, by dotted name.

Sources: https://opentelemetry.io/docs/specs/otlp/ and opentelemetry-proto,
`opentelemetry/proto/logs/v1/logs.proto`.
"""

import base64
import math
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from engine.base import jsonbody
from engine.base.errors import Malformed, TooLarge, WrongMediaType
from engine.base.types import Json

from .bodies import media_type

if TYPE_CHECKING:  # a third of a second to import, which only who sends logs should cost
    from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
    from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
    from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

JSON = b"application/json"
PROTOBUF = b"application/x-protobuf"

MAX_RECORDS = 10_000
"""Log records in one request. OpenTelemetry's collector sends 8,192 unless it is configured otherwise."""

_SEVERITIES = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")  # four numbers each, from 1
_MAX_NAMED = 20_000_000  # characters of the dotted names of attributes
_TRACE_ID, _SPAN_ID = 16, 8  # bytes


def records(content_type: bytes, content: bytes) -> tuple[list[dict[str, Json]], list[str]]:
    """The log records of a body, in order, and what was replaced in it, a sentence each.

    Raises `WrongMediaType` (415), `Malformed` (400) for a body that is not what it says, and `TooLarge` (413)
    for more than `MAX_RECORDS` records or `jsonbody.MAX_VALUES` values.
    """
    kind = media_type(content_type)
    if kind == PROTOBUF:
        request, notes = _of_protobuf(content), list[str]()
    elif kind == JSON:
        request, notes = _of_json(content)
    else:
        raise WrongMediaType(
            "OTLP logs are sent as application/x-protobuf or application/json.", field="content-type"
        )
    _check_groups(len(request.resource_logs))
    _check_groups(sum(len(one.scope_logs) for one in request.resource_logs))
    count = sum(len(scope.log_records) for one in request.resource_logs for scope in one.scope_logs)
    if count > MAX_RECORDS:
        raise TooLarge(
            f"The request has {count:,} log records; the limit is {MAX_RECORDS:,}. Send fewer at once."
        )
    return list(_Reader().records(request)), notes


def _check_groups(count: int) -> None:
    """Resources and scopes may come without a record, of two bytes each."""
    if count > MAX_RECORDS:
        raise TooLarge(
            f"The request has {count:,} resources or scopes; the limit is {MAX_RECORDS:,}. "
            "Send fewer at once."
        )


def _of_protobuf(content: bytes) -> "ExportLogsServiceRequest":
    from google.protobuf.message import DecodeError
    from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

    try:
        return ExportLogsServiceRequest.FromString(content)
    except DecodeError:
        raise Malformed("The body is not an ExportLogsServiceRequest in protobuf.", field="body") from None


def _of_json(content: bytes) -> tuple["ExportLogsServiceRequest", list[str]]:
    from google.protobuf.json_format import ParseDict, ParseError
    from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

    value, notes = jsonbody.repaired(content)
    if not isinstance(value, dict):
        raise Malformed("The body is not an ExportLogsServiceRequest: it must be an object.", field="body")
    _ids_to_base64(value)
    try:
        return ParseDict(value, ExportLogsServiceRequest(), ignore_unknown_fields=True), notes
    except (ParseError, RecursionError) as error:
        message = f"The body is not an ExportLogsServiceRequest: {error}"[:500]
        raise Malformed(message, field="body") from None


def _ids_to_base64(request: dict[str, Any]) -> None:
    """OTLP writes the ids of traces and spans in hex, unlike protobuf's own JSON, which has base64."""
    for record in _members(_members(_members([request], "resource_logs"), "scope_logs"), "log_records"):
        for name in ("traceId", "trace_id", "spanId", "span_id"):
            if isinstance(text := record.get(name), str):
                try:
                    record[name] = base64.b64encode(bytes.fromhex(text)).decode()
                except ValueError:
                    raise Malformed(f"`{name}` must be in hex. It is {text[:60]!r}.", field="body") from None


def _members(objects: Iterable[dict[str, Any]], name: str) -> Iterator[dict[str, Any]]:
    """The objects in the lists that are called so, in the spelling of JSON or of protobuf."""
    first, *others = name.split("_")
    for one in objects:
        for spelling in (first + "".join(map(str.capitalize, others)), name):
            found = one.get(spelling)
            yield from (item for item in found if isinstance(item, dict)) if isinstance(found, list) else ()


class _Reader:
    """Reads one request; counts its values, which in protobuf may be two bytes each."""

    def __init__(self) -> None:
        self._values = 0
        self._named = 0  # characters of dotted names

    def records(self, request: "ExportLogsServiceRequest") -> Iterator[dict[str, Json]]:
        for one in request.resource_logs:
            resource = {
                "attributes": self._attributes(one.resource.attributes),
                "schema_url": one.schema_url or None,
            }
            for group in one.scope_logs:
                scope = {
                    "name": group.scope.name or None,
                    "version": group.scope.version or None,
                    "attributes": self._attributes(group.scope.attributes),
                    "schema_url": group.schema_url or None,
                }
                for record in group.log_records:
                    yield {**self._record(record), "resource": resource, "scope": scope}

    def _record(self, record: "LogRecord") -> dict[str, Json]:
        self._count()
        return {
            "time": _time(record.time_unix_nano),
            "observed_time": _time(record.observed_time_unix_nano),
            "severity": _severity(record.severity_number, record.severity_text),
            "severity_number": record.severity_number,
            "severity_text": record.severity_text or None,
            "event_name": record.event_name or None,
            "body": self._value(record.body),
            "attributes": self._attributes(record.attributes),
            "dropped_attributes_count": record.dropped_attributes_count,
            "trace_id": _id(record.trace_id, _TRACE_ID),
            "span_id": _id(record.span_id, _SPAN_ID),
            "flags": record.flags,
        }

    def _attributes(self, pairs: Iterable["KeyValue"]) -> dict[str, Json]:
        """By name; an object among them by the dotted names of its leaves, unless those are taken."""
        found: dict[str, Json] = {}
        objects: list[KeyValue] = []
        for pair in pairs:
            if pair.value.kvlist_value.values:
                objects.append(pair)
            else:
                found[pair.key] = self._value(pair.value)
        for pair in objects:
            leaves = self._attributes(pair.value.kvlist_value.values)
            self._name(pair.key, leaves)
            dotted = {f"{pair.key}.{name}": value for name, value in leaves.items()}
            if dotted.keys() & found.keys():
                found[pair.key] = self._value(pair.value)
            else:
                found |= dotted
        return found

    def _value(self, value: "AnyValue") -> Json:
        """Any value as JSON: bytes in base64, numbers that are not finite as protobuf's JSON writes them."""
        self._count()
        match value.WhichOneof("value"):
            case "string_value":
                return value.string_value
            case "bool_value":
                return value.bool_value
            case "int_value":
                return value.int_value
            case "double_value":
                number = value.double_value
                if math.isfinite(number):
                    return number
                return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
            case "bytes_value":
                return base64.b64encode(value.bytes_value).decode()
            case "array_value":
                return [self._value(item) for item in value.array_value.values]
            case "kvlist_value":
                return {pair.key: self._value(pair.value) for pair in value.kvlist_value.values}
            case _:
                return None

    def _name(self, name: str, leaves: dict[str, Json]) -> None:
        """Each leaf repeats the name of the object around it, however long that is. Raises `TooLarge`."""
        self._named += sum(len(name) + len(leaf) for leaf in leaves)
        if self._named > _MAX_NAMED:
            raise TooLarge(
                "The names of the attributes are too long for this many values. Send fewer at once."
            )

    def _count(self) -> None:
        self._values += 1
        if self._values > jsonbody.MAX_VALUES:
            raise TooLarge(f"The request has more than {jsonbody.MAX_VALUES:,} values. Send fewer at once.")


def _severity(number: int, text: str) -> str | None:
    """The name of a severity, whatever the sender calls it; by its number (logs.proto, SeverityNumber)."""
    if 1 <= number <= 4 * len(_SEVERITIES):
        return _SEVERITIES[(number - 1) // 4]
    return text.upper() or None


def _time(nanoseconds: int) -> str | None:
    """ISO 8601 in UTC with 3, 6 or 9 digits of a second, as many as it takes; None for an unknown time."""
    if not nanoseconds:
        return None
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    digits = f"{rest:09d}"
    while len(digits) > 3 and digits.endswith("000"):
        digits = digits[:-3]
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{digits}Z"


def _id(content: bytes, length: int) -> str | None:
    """An id in hex; None for one that is not valid, which counts as not set (logs.proto, trace_id)."""
    return content.hex() if len(content) == length and any(content) else None
