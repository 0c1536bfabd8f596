"""Their triggers and ours. Secrets are never taken over: what held one names a connection to be made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from engine.base.types import Json

from .fields import Fields
from .finding import Unconvertible


@dataclass(slots=True)
class Begun:
    """A trigger of ours. `renamed` are the fields of its output that are called otherwise here."""

    piece: str
    trigger: str
    input: dict[str, Json]
    verified: bool = False
    """Its `verify` needs a connection that holds the secret."""
    renamed: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    missing: str = ""
    """Why nothing of it can be read."""
    notes: list[str] = field(default_factory=list)


Convert = Callable[[Fields], Begun]
_REQUEST: dict[str, tuple[str, ...] | None] = {"queryParams": ("query",), "rawBody": None}


def _catch(fields: Fields) -> Begun:
    kind, given = fields.choice("authType", "none"), fields.raw("authFields", {})
    inner = Fields(given if isinstance(given, dict) else {}, fields.reader)
    fields.ignore("liveMarkdown", "syncMarkdown", "testMarkdown")
    notes = []
    verify: dict[str, Json] = {"scheme": "none"}
    if kind == "basic":
        verify = {"scheme": "basic"}
    elif kind == "header":
        verify = {"scheme": "header", **_named(inner, "headerName", "header")}
    elif kind == "hmac":
        verify = _hmac(inner)
    elif kind != "none":
        # Nobody gets in until somebody has chosen.
        verify = {"scheme": "header"}
        notes.append(f"There is no verification “{kind[:40]}” here: choose another one for the webhook.")
    return Begun("webhook", "catch", {"verify": verify}, kind != "none", _REQUEST, notes=notes)


def _hmac(fields: Fields) -> dict[str, Json]:
    verify: dict[str, Json] = {
        "scheme": "generic_hmac",
        "header": fields.choice("hmacHeaderName", "x-signature") or "x-signature",
    }
    algorithm, encoding = fields.choice("hmacAlgorithm", "sha256"), fields.choice("hmacEncoding", "hex")
    if algorithm not in ("sha1", "sha256", "sha512") or encoding not in ("hex", "base64"):
        raise Unconvertible("its signature is of an unknown kind")
    verify |= {"algorithm": algorithm, "encoding": encoding}
    return {**verify, **_named(fields, "hmacSignaturePrefix", "prefix")}


def _named(fields: Fields, name: str, here: str) -> dict[str, Json]:
    value = fields.raw(name, "")
    return {here: value} if isinstance(value, str) and value and "{{" not in value else {}


def _called(fields: Fields) -> Begun:
    example = fields.raw("exampleData", {})
    fields.ignore("mode")
    sample = example.get("sampleData") if isinstance(example, dict) else None
    values = {"sample": fields.reader.value(sample)} if sample not in (None, {}) else {}
    return Begun("flow", "called", values, renamed={"data": ("body",)})


def _by_hand(fields: Fields) -> Begun:
    note = "It was started by a button; here another flow calls it, or it is run from its page."
    return Begun("flow", "called", {}, notes=[note])


def _minutes(fields: Fields) -> Begun:
    return _scheduled("every", {"interval": fields.number("minutes", 1), "unit": "minutes"})


def _hourly(fields: Fields) -> Begun:
    return _cron(f"0 * * * {_weekdays(fields)}", "UTC")


def _daily(fields: Fields) -> Begun:
    return _cron(f"0 {_hour(fields)} * * {_weekdays(fields)}", _zone(fields))


def _weekly(fields: Fields) -> Begun:
    return _cron(f"0 {_hour(fields)} * * {_whole(fields, 'day_of_the_week', 0)}", _zone(fields))


def _monthly(fields: Fields) -> Begun:
    return _cron(f"0 {_hour(fields)} {_whole(fields, 'day_of_the_month', 1)} * *", _zone(fields))


def _expression(fields: Fields) -> Begun:
    return _cron(fields.choice("cronExpression"), _zone(fields))


def _cron(expression: str, zone: str) -> Begun:
    return _scheduled("cron", {"expression": expression, "time_zone": zone})


def _scheduled(trigger: str, values: dict[str, Json]) -> Begun:
    return Begun("schedule", trigger, values, missing="what the schedule gave, which does not exist here")


def _hour(fields: Fields) -> int:
    return _whole(fields, "hour_of_the_day", 0)


def _weekdays(fields: Fields) -> str:
    return "*" if fields.flag("run_on_weekends") else "mon-fri"


def _whole(fields: Fields, name: str, default: int) -> int:
    value = fields.number(name, default)
    if not isinstance(value, int):
        raise Unconvertible(f"`{name}` is not a whole number")
    return value


def _zone(fields: Fields) -> str:
    value = fields.raw("timezone", "UTC")
    return value if isinstance(value, str) and value else "UTC"


TRIGGERS: dict[tuple[str, str], Convert] = {
    ("webhook", "catch_webhook"): _catch,
    ("subflows", "callable_flow"): _called,
    ("manual-trigger", "manual_trigger"): _by_hand,
    ("schedule", "every_x_minutes"): _minutes,
    ("schedule", "every_hour"): _hourly,
    ("schedule", "every_day"): _daily,
    ("schedule", "every_week"): _weekly,
    ("schedule", "every_month"): _monthly,
    ("schedule", "cron_expression"): _expression,
}


def sample(settings: Mapping[str, Json], renamed: Mapping[str, Json]) -> dict[str, Json] | None:
    """The example that a document holds of what the trigger gave, as an event; None when it holds none."""
    old = settings.get("inputUiInfo")
    given = settings.get("sampleData") or (
        old.get("currentSelectedData") if isinstance(old, Mapping) else None
    )
    if not isinstance(given, Mapping) or not given or _only_points_to(given):
        return None
    if "body" not in given:
        return {"body": dict(given)}
    event: dict[str, Json] = {"body": given["body"]}
    for name, here in (("headers", "headers"), ("queryParams", "query"), ("method", "method")):
        if given.get(name):
            event[here] = given[name]
    headers = event.get("headers")
    if isinstance(headers, Mapping):
        event["headers"] = {k: v for k, v in headers.items() if k.lower() not in _SECRET_HEADERS}
    return event


_SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key"})
_POINTERS = frozenset({"sampleDataFileId", "sampleDataInputFileId", "lastTestDate"})


def _only_points_to(given: Mapping[str, Json]) -> bool:
    """Whether it names files that stay in the instance where the flow was."""
    return set(given) <= _POINTERS
