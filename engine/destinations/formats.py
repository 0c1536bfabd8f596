"""How an event is written: as it is, as a CloudEvent (1.0, HTTP binding 1.0.2) or as an OTLP log record.

    render("cloudevents", [message], base_url=…)   →  Rendered(headers, body)

The envelope comes as text and goes out as the same text where the format allows it.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import orjson

from engine.base import clock
from engine.base.types import Json

from .message import BATCHES, Message

TYPE_PREFIX = "com.switchyard."
"""Before the action, in a CloudEvent's `type`: names of types begin with a reversed domain name."""

_JSON = "application/json"
_STRUCTURED = "application/cloudevents+json; charset=utf-8"
_BATCH = "application/cloudevents-batch+json; charset=utf-8"
_SEVERITIES = (  # number and text of OTLP's data model, by the action's end; the first that fits
    (re.compile(r"[._](failed|timed_out)$"), 17, "ERROR"),
    (re.compile(r"[._](unrouted|canceled|deactivated|held)$"), 13, "WARN"),
    (re.compile(""), 9, "INFO"),
)
# A header's text: what is not printable ASCII, and space, quote and percent, is percent-encoded UTF-8
# (CloudEvents HTTP binding, 3.1.3.2).
_PLAIN = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"%')


@dataclass(frozen=True, slots=True)
class Rendered:
    """What goes over the wire. `headers` begin with the content type and are not signed."""

    headers: Mapping[str, str]
    body: bytes


def render(format: str, messages: Sequence[Message], *, base_url: str) -> Rendered:
    """One body for these events. Raises ValueError for several in a format that takes one.

    `base_url` is our public address, without a final slash.
    """
    if len(messages) != 1 and format not in BATCHES:
        raise ValueError(f"{format} can contain one event, not {len(messages)}")
    return _WRITERS[format](messages, base_url)


# -- CloudEvents -----------------------------------------------------------------------------------------


def attributes(event: Mapping[str, Json], base_url: str) -> dict[str, str]:
    """The context attributes of a CloudEvent for one of our envelopes."""
    action, project = str(event["action"]), event.get("projectId")
    source = f"/platforms/{event['platformId']}" + (f"/projects/{project}" if project else "")
    found = {
        "specversion": "1.0",
        "id": str(event["id"]),
        "source": source,
        "type": TYPE_PREFIX + action,
        "datacontenttype": _JSON,
        "dataschema": f"{base_url}/schema/events/{quote(action)}.json",
        "time": str(event["created"]),
    }
    subject = _subject(event.get("data"))
    return found | ({"subject": subject} if subject else {})


def _subject(data: Json) -> str:
    """What the event is about: `flows/flw_1/runs/run_1`, `connections/con_1`."""
    if not isinstance(data, dict):
        return ""
    run = data.get("flowRun")
    if isinstance(run, dict) and run.get("flowId") and run.get("id"):
        return f"flows/{run['flowId']}/runs/{run['id']}"
    for name, part in data.items():
        if isinstance(part, dict) and part.get("id"):
            return f"{name}s/{part['id']}"
    return ""


def _cloud_event(message: Message, base_url: str) -> dict[str, Json]:
    event = orjson.loads(message.envelope)
    return {**attributes(event, base_url), "data": event.get("data")}


def _structured(messages: Sequence[Message], base_url: str) -> Rendered:
    return Rendered({"content-type": _STRUCTURED}, orjson.dumps(_cloud_event(messages[0], base_url)))


def _batch(messages: Sequence[Message], base_url: str) -> Rendered:
    body = orjson.dumps([_cloud_event(message, base_url) for message in messages])
    return Rendered({"content-type": _BATCH}, body)


def _binary(messages: Sequence[Message], base_url: str) -> Rendered:
    event = orjson.loads(messages[0].envelope)
    known = attributes(event, base_url)
    headers = {"content-type": known.pop("datacontenttype")}
    headers |= {f"ce-{name}": quote(value, safe=_PLAIN) for name, value in known.items()}
    return Rendered(headers, orjson.dumps(event.get("data")))


# -- OTLP ------------------------------------------------------------------------------------------------


def _otlp(messages: Sequence[Message], base_url: str) -> Rendered:
    """An ExportLogsServiceRequest in OTLP's JSON (opentelemetry-proto 1.x), for `POST …/v1/logs`."""
    resource = [_attribute("service.name", "switchyard")]
    scope = {"name": "switchyard.events"}
    records = [_record(message) for message in messages]
    body = {
        "resourceLogs": [
            {"resource": {"attributes": resource}, "scopeLogs": [{"scope": scope, "logRecords": records}]}
        ]
    }
    return Rendered({"content-type": _JSON}, orjson.dumps(body))


def _record(message: Message) -> dict[str, Json]:
    event = orjson.loads(message.envelope)
    number, text = next((number, text) for end, number, text in _SEVERITIES if end.search(message.action))
    nanoseconds = str(round(clock.from_iso(str(event["created"])) * 1000) * 1_000_000)
    return {
        "timeUnixNano": nanoseconds,
        "observedTimeUnixNano": nanoseconds,
        "severityNumber": number,
        "severityText": text,
        "eventName": message.action,
        "body": {"stringValue": message.envelope.decode()},
        "attributes": [_attribute(path, value) for path, value in _leaves(event)],
    }


def _leaves(event: Json) -> Iterator[tuple[str, Json]]:
    """Every value that is not an object, by its dotted path; the order of the event."""
    waiting: list[tuple[str, Json]] = [("", event)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict) and value:
            waiting += [(f"{path}.{name}" if path else name, part) for name, part in reversed(value.items())]
        elif value is not None and path:
            yield path, value


def _attribute(name: str, value: Json) -> dict[str, Json]:
    return {"key": name, "value": _any_value(value)}


def _any_value(value: Json) -> dict[str, Json]:
    """OTLP's AnyValue. A 64-bit number is a text in its JSON; what is nested deeper goes as JSON text."""
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, list) and not any(isinstance(part, dict | list) or part is None for part in value):
        return {"arrayValue": {"values": [_any_value(part) for part in value]}}
    return {"stringValue": orjson.dumps(value).decode()}


def _raw(messages: Sequence[Message], base_url: str) -> Rendered:
    return Rendered({"content-type": _JSON}, messages[0].envelope)


_WRITERS: dict[str, Callable[[Sequence[Message], str], Rendered]] = {
    "raw": _raw,
    "cloudevents": _structured,
    "cloudevents_binary": _binary,
    "cloudevents_batch": _batch,
    "otlp": _otlp,
}
