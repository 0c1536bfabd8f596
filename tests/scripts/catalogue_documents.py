"""A table of what becomes of AsyncAPI and OpenAPI documents: `python …/catalogue_documents.py FOLDER`.

For each document in the folder, one a file: its events, counted by a walk that the import has no part in;
the events of the catalogue that it becomes; of those the ones that an event's name finds, each checked by
sending its sample through the discriminator; and what was lost, with the first reason.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from engine.base.errors import SwitchyardError
from engine.catalogues import definition, imports
from engine.catalogues.document import read_document
from engine.expressions import compile

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class Row(NamedTuple):
    """One document."""

    name: str
    kind: str
    events: int
    made: int
    named: int
    lost: str

    def __str__(self) -> str:
        return f"| {self.name} | {self.kind} | {self.events} | {self.made} | {self.named} | {self.lost} |"


def at(document: Any, value: Any) -> Any:
    """What a reference within the document names; null where there is nothing."""
    for _ in range(20):
        if not isinstance(value, Mapping) or not isinstance(value.get("$ref"), str):
            return value
        parts = value["$ref"].removeprefix("#/").split("/")
        value = document
        for part in parts:
            part = part.replace("~1", "/").replace("~0", "~")
            value = value.get(part) if isinstance(value, Mapping) else None
    return None


def messages(document: Any) -> Iterator[Any]:
    """The messages of an AsyncAPI document, once for each channel that has them."""
    for channel in (document.get("channels") or {}).values():
        channel = at(document, channel)
        if not isinstance(channel, Mapping):
            continue
        if document["asyncapi"].startswith("3."):
            yield from (channel.get("messages") or {}).values()
        seen: list[Any] = []
        for way in ("publish", "subscribe"):
            message = at(document, (at(document, channel.get(way)) or {}).get("message"))
            if isinstance(message, Mapping) and message not in seen:
                seen.append(message)
                yield from message.get("oneOf") or [message]


def count(document: Any, kind: str) -> int:
    """How many events a document describes."""
    if kind == "asyncapi":
        return len(list(messages(document)))
    hooks = [at(document, hook) for hook in (document.get("webhooks") or {}).values()]
    return sum(len(set(_METHODS) & hook.keys()) for hook in hooks if isinstance(hook, Mapping))


def row(path: Path) -> Row | None:
    """The document in a file; none where it is no such document."""
    text = path.read_text("utf-8")
    try:
        document = read_document(text)
        kind = imports.kind_of(document)
    except SwitchyardError as error:
        try:
            plain = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
        except (ValueError, yaml.YAMLError):
            return None
        asked = isinstance(plain, Mapping) and {"asyncapi", "openapi"} & plain.keys()
        return Row(path.name, "?", 0, 0, 0, error.message) if asked else None
    events = count(document, kind)
    if kind == "openapi" and not events:
        return None  # describes an API, and no events
    try:
        made = definition.checked(imports.from_document(document))
    except SwitchyardError as error:
        return Row(path.name, kind, events, 0, 0, error.message)
    found = compile(made["discriminator"])
    named, wrong = 0, []
    for event in made["events"]:
        sent = {"body": event["sample"], "headers": event.get("headers", {}), "query": {}, "method": "POST"}
        value = found.value(
            {**event["sample"], "trigger": sent} if isinstance(event["sample"], dict) else sent
        )
        if value == event["name"]:
            named += 1
        else:
            wrong.append(event["name"])
    lost = []
    if len(made["events"]) < events:
        lost.append(f"{events - len(made['events'])} events")
    if wrong:
        lost.append(f"{len(wrong)} unnamed (`{wrong[0]}`)")
    if made.get("warnings"):
        lost.append(made["warnings"][0])
    return Row(path.name, kind, events, len(made["events"]), named, "; ".join(lost))


def main() -> None:
    folder = Path(sys.argv[1])
    print("| Document | Kind | Events in | In the catalogue | Named | Lost |\n|---|---|---|---|---|---|")
    rows = [found for path in sorted(folder.rglob("*")) if path.is_file() and (found := row(path))]
    for one in rows:
        print(one, flush=True)
    totals = (sum(one.events for one in rows), sum(one.made for one in rows), sum(one.named for one in rows))
    print(f"\n{len(rows)} documents, {totals[0]} events; {totals[1]} in catalogues, {totals[2]} named")


if __name__ == "__main__":
    main()
