"""The form of a destination: what a browser sends as a spec, and a spec as what the page shows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine import catalogues
from engine.base.errors import BadInput
from engine.destinations.message import BATCHES, Options
from engine.events.registry import EVENTS
from ui.shared.forms import Form

BLANK_HEADERS = 3
"""Empty rows for further headers; saving brings new ones."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of target, and how its address is asked for."""

    key: str
    title: str
    icon: str
    about: str
    label: str
    hint: str
    placeholder: str = ""


KINDS = (
    Kind("webhook", "Webhook", "webhook", "A signed POST request to your URL.",
         "Address", "HTTPS. Private addresses and redirects are refused.", "https://example.com/events"),
    Kind("flow", "Flow", "route", "Starts a flow of this instance, without the network.",
         "Flow", "A run that the flow itself causes is not sent to it again."),
    Kind("topic", "Topic", "radio", "For flows that subscribe to it. Messages can be replayed from a time.",
         "Topic", "Such as `audit.flows`. It is created by its first message.", "audit.flows"),
    Kind("nats", "NATS", "waypoints", "A subject of a NATS server.",
         "Server and subject", "`nats://` or `tls://`, the host, and the subject as the path.",
         "nats://broker.example.com/switchyard.events"),
    Kind("amqp", "AMQP", "server", "An exchange of RabbitMQ or another AMQP 0-9-1 broker.",
         "Broker", "The virtual host is the path; `exchange` and `routing_key` are in the query.",
         "amqps://broker.example.com/?exchange=events&routing_key=switchyard"),
    Kind("file", "File", "file-json", "One JSON line for each event, in the server's data directory.",
         "Name of the file", "Without a path.", "audit.jsonl"),
)  # fmt: skip

FORMATS = (
    ("raw", "Switchyard's own JSON"),
    ("cloudevents", "CloudEvents 1.0, structured"),
    ("cloudevents_binary", "CloudEvents 1.0, binary: attributes as headers"),
    ("cloudevents_batch", "CloudEvents 1.0, several in one body"),
    ("otlp", "OpenTelemetry logs (OTLP, JSON)"),
)

VERIFICATIONS = (
    ("none", "None", "Active at once."),
    ("ping", "Ping", "A signed `ping` must be answered with 2xx."),
    ("challenge", "Challenge", "A random value in a signed request must come back in the answer."),
    ("cloudevents", "CloudEvents handshake", "OPTIONS must be answered with `WebHook-Allowed-Origin`."),
)

OPTIONS = (
    ("rate_per_s", "Deliveries per second", "A maximum. Leave empty for no limit."),
    ("concurrency", "At the same time", "Concurrent requests."),
    ("timeout_s", "Time limit in seconds", "For a whole attempt."),
    ("disable_after_h", "Disable after hours", "Of failures without a success. Its events are then held."),
    ("order_key", "Order by",
     "JMESPath over the event, such as `data.flowRun.flowId`: events with one value are delivered in order."),
    ("batch_size", "Events in one body", "For formats that take several."),
)  # fmt: skip
_NUMBERS = ("rate_per_s", "timeout_s", "disable_after_h")
_COUNTS = ("concurrency", "batch_size")


@dataclass
class Given:
    """What the form shows: of a new destination, of a stored one, or what was sent and could not be used.

    The values of headers and sign-ins are never in it.
    """

    name: str = ""
    kind: str = "webhook"
    urls: dict[str, str] = field(default_factory=dict)
    everything: bool = False
    events: set[str] = field(default_factory=set)
    patterns: list[str] = field(default_factory=list)
    format: str = "raw"
    verification: str = "none"
    header_names: list[str] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)

    @property
    def changed_options(self) -> bool:
        """Whether an option is not what a new destination has."""
        return self.options != _texts({})


def fresh() -> Given:
    """A new destination: told of what people are woken for, unless they choose otherwise."""
    return Given(events={"flow.run.failed", "flow.run.unrouted"} & EVENTS.keys(), options=_texts({}))


def stored(record: Any) -> Given:
    """A destination as it is."""
    events = set(record.events)
    return Given(
        name=record.name,
        kind=record.kind,
        urls={record.kind: record.url},
        everything="*" in events,
        events=events & EVENTS.keys(),
        patterns=sorted(events - EVENTS.keys() - {"*"}),
        format=record.format,
        verification=record.verification,
        header_names=list(record.header_names),
        options=_texts(record.options),
    )


def sent(form: Form) -> Given:
    """What was sent, to be shown again."""
    events = chosen(form)
    return Given(
        name=form.word("name"),
        kind=form.word("kind", "webhook"),
        urls={kind.key: form.word(f"url.{kind.key}") for kind in KINDS},
        everything="*" in events,
        events=set(events) & EVENTS.keys(),
        patterns=form.all("pattern"),
        format=form.word("format", "raw"),
        verification=form.word("verification", "none"),
        header_names=[name.strip() for name in form.all("header_name") if name.strip()],
        options={key: form.word(f"option.{key}") for key, _, _ in OPTIONS},
    )


def chosen(form: Form) -> list[str]:
    """The events that were ticked, in the order of the registry; a ticked group is all of its own."""
    if form.word("everything"):
        return ["*"]
    groups, single = set(form.all("group")), set(form.all("event"))
    found = [each.action for each in EVENTS.values() if each.group in groups or each.action in single]
    return found + form.all("pattern")


def spec(form: Form, before: Any = None) -> dict[str, Any]:
    """What the service takes. `before` is the stored destination, whose secrets stay where a field is empty.

    Raises `BadInput` that names the field.
    """
    kind = form.word("kind", "webhook")
    made: dict[str, Any] = {
        "name": form.word("name"),
        "kind": kind,
        "url": form.word(f"url.{kind}"),
        "events": chosen(form),
        "format": _format(form, kind, before),
        "verification": form.word("verification", "none") if kind == "webhook" else "none",
        "options": _options(form),
    }
    headers = _headers(form, before) if kind in ("webhook", "nats", "amqp") else {}
    if headers or before is not None:
        made["headers"] = headers
    credentials = {key: form.text(f"credential.{key}") for key in ("username", "password", "token")}
    credentials = {key: value for key, value in credentials.items() if value}
    if credentials and kind in ("nats", "amqp"):
        made["credentials"] = credentials
    return made


def _format(form: Form, kind: str, before: Any) -> str:
    """The form offers none for what stays within this instance; one that the API has set stays."""
    if kind in ("flow", "topic"):
        return "raw" if before is None else str(before.format)
    return form.word("format", "raw")


def _headers(form: Form, before: Any) -> dict[str, str | None]:
    """By name: a value, or None to keep the one that is stored."""
    kept = {name.lower() for name in before.header_names} if before is not None else set()
    found: dict[str, str | None] = {}
    for name, value in zip(form.all("header_name"), form.all("header_value"), strict=False):
        name = name.strip()
        if not name and not value:
            continue
        if name.lower() in {one.lower() for one in found}:
            raise BadInput(f"The header {name} occurs twice.", field="headers")
        if not value and name.lower() not in kept:
            raise BadInput(f"The header {name} has no value.", field="headers")
        found[name] = value or None
    return found


def _options(form: Form) -> dict[str, Any]:
    made: dict[str, Any] = {"order_key": form.word("option.order_key")}
    for key in (*_NUMBERS, *_COUNTS):
        text = form.word(f"option.{key}")
        if not text:
            made |= {key: None} if key == "rate_per_s" else {}
            continue
        try:
            made[key] = int(text) if key in _COUNTS else float(text)
        except ValueError:
            raise BadInput("Enter a number.", field=f"options.{key}") from None
    return made


def _texts(options: Mapping[str, Any]) -> dict[str, str]:
    shown = Options()
    values = {key: options.get(key, getattr(shown, key)) for key, _, _ in OPTIONS}
    return {key: "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
            for key, value in values.items()}  # fmt: skip


def groups() -> dict[str, list[Any]]:
    """The events that may be chosen, by group; each with a label and a description."""
    return {group: list(found) for group, found in catalogues.get("switchyard").groups().items()}


def samples() -> list[tuple[str, list[tuple[str, str]]]]:
    """For a menu: by group, each event and each of its further samples as `action` or `action:variant`."""
    found: dict[str, list[tuple[str, str]]] = {}
    for known in EVENTS.values():
        for variant in known.samples:
            key = f"{known.action}:{variant}" if variant else known.action
            found.setdefault(known.group, []).append((key, f"{known.action} · {variant}" if variant else key))
    return list(found.items())


def sample_of(text: str, first: list[str] | None = None) -> tuple[str, str]:
    """Action and variant of a menu's choice; one of the destination's own events for what is none."""
    action, _, variant = text.partition(":")
    if action in EVENTS and variant in EVENTS[action].samples:
        return action, variant
    own = next((one for one in first or () if one in EVENTS), "flow.run.finished")
    return own, ""


def takes_several(format: str) -> bool:
    return format in BATCHES
