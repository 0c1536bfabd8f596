"""A catalogue as a project gives it: checked, and in the form of the files that ship."""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from engine.base.errors import BadInput, TooLarge
from engine.base.mask_paths import MAX_PATHS, Concealer, MaskPaths, read_path
from engine.base.types import Json
from engine.expressions import ExpressionError, compile

Definition = dict[str, Any]

MAX_EVENTS = 500
MAX_BYTES = 2_000_000
"""Of a whole catalogue as JSON."""
MAX_VARIANTS = 10

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_FIELDS = {"title", "vendor", "discriminator", "events", "verify", "verify_note", "mask"}
_EVENT_FIELDS = {"name", "group", "description", "sample", "variants", "schema"}


def check_name(name: str, shipped: list[str]) -> None:
    """Raises `BadInput` for a name that cannot be one, or is one of ours."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise BadInput("The name is made of small letters, digits, _ and -.", field="name")
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
    }
    try:
        size = len(orjson.dumps(made))
    except TypeError as error:
        raise BadInput(f"This cannot be written as JSON: {error}", field="events") from error
    if size > MAX_BYTES:
        raise TooLarge(f"A catalogue has at most {MAX_BYTES:,} bytes.", field="events")
    return made


def strangers(definition: Definition) -> list[tuple[str, Json]]:
    """(event, what the discriminator gives) for each event whose sample is told apart as something else."""
    found = []
    for event in definition["events"]:
        value = named(definition["discriminator"], event["sample"])
        if value != event["name"]:
            found.append((event["name"], value))
    return found


def named(discriminator: str, body: Json) -> Json:
    """What a discriminator says of a body; an error means nothing."""
    try:
        return compile(discriminator).value(body)
    except ExpressionError:
        return None


def _events(given: Json, masks: MaskPaths) -> list[dict[str, Any]]:
    if not isinstance(given, list) or not given:
        raise BadInput("A catalogue has at least one event.", field="events")
    if len(given) > MAX_EVENTS:
        raise BadInput(f"A catalogue has at most {MAX_EVENTS} events.", field="events")
    made: list[dict[str, Any]] = []
    names: set[str] = set()
    for number, event in enumerate(given):
        at = f"events.{number}"
        if not isinstance(event, Mapping):
            raise BadInput("An event is an object.", field=at)
        unknown = sorted(event.keys() - _EVENT_FIELDS)
        if unknown:
            raise BadInput("There is no such field.", field=f"{at}.{str(unknown[0])[:100]}")
        name = _text(event, "name", f"{at}.name", 200, needed=True)
        if name in names:
            raise BadInput(f"The event {name[:100]!r} stands there twice.", field=f"{at}.name")
        names.add(name)
        if "sample" not in event:
            raise BadInput("An event needs a sample of its body.", field=f"{at}.sample")
        made.append(
            {
                "name": name,
                "group": _text(event, "group", f"{at}.group", 100) or group_of(name),
                "description": _text(event, "description", f"{at}.description", 1_000),
                "sample": _masked(event["sample"], masks),
                "variants": [
                    {**variant, "sample": _masked(variant["sample"], masks)}
                    for variant in _variants(event.get("variants"), at)
                ],
                **({"schema": event["schema"]} if isinstance(event.get("schema"), Mapping) else {}),
            }
        )
    return made


def _mask(given: Json) -> list[str]:
    """The paths of what is hidden in the events. Raises `BadInput` for what is no path."""
    if given is None:
        return []
    if not isinstance(given, list) or len(given) > MAX_PATHS or not all(isinstance(p, str) for p in given):
        raise BadInput(f"Mask paths are a list of at most {MAX_PATHS} texts.", field="mask")
    paths = [path.strip() for path in given if path.strip()]
    for number, path in enumerate(paths):
        try:
            read_path(path)
        except ValueError as error:
            raise BadInput(str(error), field=f"mask.{number}") from None
    return paths


def _masked(sample: Json, masks: MaskPaths) -> Json:
    """A sample of a body as everybody may see it."""
    shown, hidden = masks.apply({"body": sample})
    return Concealer(hidden).conceal(shown["body"])


def group_of(name: str) -> str:
    """The group of an event by its name: what stands before the first dot."""
    head, dot, _ = name.partition(".")
    return head.replace("_", " ").strip().capitalize() or "Events" if dot else "Events"


def _variants(given: Json, at: str) -> list[dict[str, Any]]:
    if given is None:
        return []
    if not isinstance(given, list) or len(given) > MAX_VARIANTS:
        raise BadInput(f"Variants are a list of at most {MAX_VARIANTS}.", field=f"{at}.variants")
    made = []
    for number, variant in enumerate(given):
        if not isinstance(variant, Mapping) or variant.keys() != {"name", "sample"}:
            raise BadInput("A variant is a name and a sample.", field=f"{at}.variants.{number}")
        name = _text(variant, "name", f"{at}.variants.{number}.name", 100, needed=True)
        made.append({"name": name, "sample": variant["sample"]})
    return made


def _verify(given: Json) -> dict[str, Any]:
    if given is None:
        return {"scheme": "none"}
    if not isinstance(given, Mapping) or not isinstance(given.get("scheme"), str):
        raise BadInput("verify is an object with a scheme.", field="verify")
    return {str(key): value for key, value in given.items()}


def expression(text: str) -> str:
    """A discriminator that can be used, or nothing. Raises `BadInput`."""
    try:
        if text.strip():
            compile(text)
    except ExpressionError as error:
        raise BadInput(f"This is no expression: {error.message}", field="discriminator") from error
    return text.strip()


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
