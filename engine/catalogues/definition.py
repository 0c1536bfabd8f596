"""A catalogue as a project gives it: checked, and in the form of the files that ship."""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from engine.base.errors import BadInput, TooLarge
from engine.base.mask_paths import MAX_PATHS, Concealer, MaskPaths, read_path
from engine.base.types import Json
from engine.expressions import ExpressionError, compile

from .places import of_event

Definition = dict[str, Any]

MAX_EVENTS = 1_000
MAX_BYTES = 5_000_000
"""Of a whole catalogue as JSON."""
MAX_VARIANTS = 10

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")
MAX_WARNINGS = 100

_FIELDS = {"title", "vendor", "discriminator", "events", "verify", "verify_note", "mask", "warnings"}
_EVENT_FIELDS = {"name", "group", "description", "sample", "headers", "variants", "schema"}
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}")


def check_name(name: str, shipped: list[str]) -> None:
    """Raises `BadInput` for a name that cannot be one, or is one of ours."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise BadInput("A name can contain only lowercase letters, digits, _ and -.", field="name")
    if name in shipped:
        raise BadInput(f"The catalogue {name} comes with Switchyard.", field="name")


def checked(given: Mapping[str, Any]) -> Definition:
    """The definition with every field there is. Raises `BadInput` that names the wrong one."""
    unknown = sorted(given.keys() - _FIELDS)
    if unknown:
        raise BadInput("There is no such field.", field=str(unknown[0])[:100])
    title = _text(given, "title", "title", 100, needed=True)
    mask = _mask(given.get("mask"))
    made: Definition = {
        "title": title,
        "vendor": _text(given, "vendor", "vendor", 100) or title,
        "discriminator": expression(_text(given, "discriminator", "discriminator", 2_000, needed=True)),
        "verify": _verify(given.get("verify")),
        "verify_note": _text(given, "verify_note", "verify_note", 1_000),
        **({"mask": mask} if mask else {}),
        "events": _events(given.get("events"), MaskPaths(mask)),
        "warnings": _warnings(given.get("warnings")),
    }
    try:
        size = len(orjson.dumps(made))
    except TypeError as error:
        raise BadInput(f"This cannot be written as JSON: {error}", field="events") from error
    if size > MAX_BYTES:
        raise TooLarge(f"A catalogue can have at most {MAX_BYTES:,} bytes.", field="events")
    return made


def strangers(definition: Definition) -> list[tuple[str, Json]]:
    """(event, what the discriminator gives) for each event whose sample it names otherwise, or not at all."""
    found = []
    for event in definition["events"]:
        value = named(definition["discriminator"], event_of(event))
        if value != event["name"]:
            found.append((event["name"], value))
    return found


def event_of(sample: Mapping[str, Any]) -> dict[str, Json]:
    """A sample of a definition, or a variant, as the event that a flow sees."""
    return {"headers": dict(sample.get("headers") or {}), "body": sample["sample"]}


def named(discriminator: str, event: Json) -> Json:
    """What a discriminator gives for an event, `{"headers": …, "body": …}`; an error means nothing."""
    try:
        return compile(of_event(discriminator)).value({"trigger": event})
    except ExpressionError:
        return None


def _events(given: Json, masks: MaskPaths) -> list[dict[str, Any]]:
    if not isinstance(given, list) or not given:
        raise BadInput("A catalogue needs at least one event.", field="events")
    if len(given) > MAX_EVENTS:
        raise BadInput(f"A catalogue can have at most {MAX_EVENTS} events.", field="events")
    made: list[dict[str, Any]] = []
    names: set[str] = set()
    for number, event in enumerate(given):
        at = f"events.{number}"
        if not isinstance(event, Mapping):
            raise BadInput("An event must be an object.", field=at)
        unknown = sorted(event.keys() - _EVENT_FIELDS)
        if unknown:
            raise BadInput("There is no such field.", field=f"{at}.{str(unknown[0])[:100]}")
        name = _text(event, "name", f"{at}.name", 200, needed=True)
        if name in names:
            raise BadInput(f"The event {name[:100]!r} is listed twice.", field=f"{at}.name")
        names.add(name)
        if "sample" not in event:
            raise BadInput("An event needs a sample of its body.", field=f"{at}.sample")
        made.append(
            {
                "name": name,
                "group": _text(event, "group", f"{at}.group", 100) or group_of(name),
                "description": _text(event, "description", f"{at}.description", 1_000),
                **_masked({"sample": event["sample"], **_headers(event.get("headers"), at)}, masks),
                "variants": [
                    {**variant, **_masked(variant, masks)} for variant in _variants(event.get("variants"), at)
                ],
                **({"schema": event["schema"]} if isinstance(event.get("schema"), Mapping) else {}),
            }
        )
    return made


def _mask(given: Json) -> list[str]:
    """The paths of what is hidden in the events. Raises `BadInput` for what is not a path."""
    if given is None:
        return []
    if not isinstance(given, list) or len(given) > MAX_PATHS or not all(isinstance(p, str) for p in given):
        raise BadInput(f"Mask paths must be a list of at most {MAX_PATHS} texts.", field="mask")
    paths = [path.strip() for path in given if path.strip()]
    for number, path in enumerate(paths):
        try:
            read_path(path)
        except ValueError as error:
            raise BadInput(str(error), field=f"mask.{number}") from None
    return paths


def _masked(sample: Mapping[str, Any], masks: MaskPaths) -> dict[str, Any]:
    """The body of a sample, and its headers where it has any, as everybody may see them."""
    event: dict[str, Json] = {"body": sample["sample"]}
    if "headers" in sample:
        event["headers"] = sample["headers"]
    shown, hidden = masks.apply(event)
    clean = Concealer(hidden).conceal(shown)
    return {"sample": clean["body"], **({"headers": clean["headers"]} if "headers" in clean else {})}


def group_of(name: str) -> str:
    """The group of an event by its name: what stands before the first dot."""
    head, dot, _ = name.partition(".")
    return head.replace("_", " ").strip().capitalize() or "Events" if dot else "Events"


def _variants(given: Json, at: str) -> list[dict[str, Any]]:
    if given is None:
        return []
    if not isinstance(given, list) or len(given) > MAX_VARIANTS:
        raise BadInput(f"Variants must be a list of at most {MAX_VARIANTS}.", field=f"{at}.variants")
    made = []
    for number, variant in enumerate(given):
        where = f"{at}.variants.{number}"
        if not isinstance(variant, Mapping) or variant.keys() - {"headers"} != {"name", "sample"}:
            raise BadInput("A variant must have a name and a sample, and can have headers.", field=where)
        name = _text(variant, "name", f"{where}.name", 100, needed=True)
        made.append({"name": name, "sample": variant["sample"], **_headers(variant.get("headers"), where)})
    return made


def _headers(given: Json, at: str) -> dict[str, Any]:
    """The headers of a sample, by name in small letters; nothing where there are none."""
    if given is None or given == {}:
        return {}
    if not isinstance(given, Mapping) or not all(isinstance(value, str) for value in given.values()):
        raise BadInput("Headers must be an object of texts.", field=f"{at}.headers")
    for name in given:
        if not _HEADER.fullmatch(str(name)):
            raise BadInput(f"`{str(name)[:60]}` cannot be the name of a header.", field=f"{at}.headers")
    return {"headers": {str(name).lower(): value for name, value in given.items()}}


def _warnings(given: Json) -> list[str]:
    if not isinstance(given, list | None) or not all(isinstance(each, str) for each in given or ()):
        raise BadInput("Warnings must be a list of texts.", field="warnings")
    return [each[:500] for each in given or ()][:MAX_WARNINGS]


def _verify(given: Json) -> dict[str, Any]:
    if given is None:
        return {"scheme": "none"}
    if not isinstance(given, Mapping) or not isinstance(given.get("scheme"), str):
        raise BadInput("`verify` must be an object with a scheme.", field="verify")
    return {str(key): value for key, value in given.items()}


def expression(text: str) -> str:
    """A discriminator that can be used, over the whole event, or nothing. Raises `BadInput`."""
    text = of_event(text)
    try:
        if text:
            compile(text)
    except ExpressionError as error:
        raise BadInput(
            f"This is not a JMESPath expression: {error.message}", field="discriminator"
        ) from error
    return text


def _text(given: Mapping[str, Any], key: str, field: str, most: int, *, needed: bool = False) -> str:
    value = given.get(key)
    value = "" if value is None else value
    if not isinstance(value, str):
        raise BadInput("This must be text.", field=field)
    if needed and not value.strip():
        raise BadInput("This is needed.", field=field)
    if len(value) > most:
        raise BadInput(f"This is longer than {most:,} characters.", field=field)
    return value.strip()
