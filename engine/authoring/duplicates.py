"""The copy of a flow: what it takes over, and what it must have of its own."""

from typing import Any

import orjson

from engine.store import models

from . import drafts
from .drafts import Draft

_OWN = "connection"


def draft_of(text: str) -> Draft:
    """The draft of a copy, from the canonical text of the original's.

    Its webhooks verify as before, but with no connection: a vendor signs for each address with a secret of
    its own, and one that is left in by mistake refuses every event, or accepts those meant for the original.
    Connections for accounts stay.
    """
    definition: dict[str, Any] = orjson.loads(text)
    for trigger in definition.get("triggers") or ():
        verify = (trigger.get("input") or {}).get("verify")
        if isinstance(verify, dict):
            verify.pop(_OWN, None)
    return drafts.read(definition)


def arrange(copy: models.Flow, original: models.Flow) -> None:
    """Let the copy be found where the original is, and compare it with the same catalogue."""
    copy.folder_id, copy.tags = original.folder_id, original.tags
    copy.catalogue, copy.known_events = original.catalogue, original.known_events
