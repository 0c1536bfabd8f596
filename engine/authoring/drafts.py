"""A flow's draft: read from outside, put into its row, and told apart from a newer one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from engine.base.actor import Actor
from engine.base.clock import now_iso
from engine.base.errors import BadInput, Conflict, TooLarge
from engine.base.ids import new_id
from engine.catalogues import Catalogue
from engine.flow import Flow, diff, dumps, parse, recall, with_masked_examples
from engine.store import flow_store, models

Definition = Mapping[str, Any]

MAX_TEXT = 2_000_000  # characters of a canonical flow file, samples included
MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class Draft:
    """A definition that may be stored: read, checked for its form, and made canonical."""

    flow: Flow
    text: str
    digest: str

    @property
    def name(self) -> str:
        return self.flow.name

    def named(self, name: str) -> "Draft":
        """The same under another name."""
        return self if name == self.name else _draft(self.flow.model_copy(update={"name": name}))


class Stale(Exception):
    """An edit named a revision that is not the current one; carries the current row."""

    def __init__(self, row: models.Flow, revision: int | None = None) -> None:
        super().__init__(row.id)
        self.row = row
        self.revision = row.revision if revision is None else revision
        """The one that was named."""


def read(definition: Definition) -> Draft:
    """The draft in a definition from outside. Raises `BadInput` with all problems, or `TooLarge`."""
    flow = parse(dict(definition))
    if not 0 < len(flow.name.strip()) <= MAX_NAME:
        raise BadInput(f"A flow's name must have 1 to {MAX_NAME} characters.", field="name")
    return _draft(flow)


def of(flow: Flow) -> Draft:
    """The draft of a flow that was read before. Raises `TooLarge`."""
    return _draft(flow)


def known(text: str) -> Draft:
    """The draft whose canonical text this is, to the byte."""
    return Draft(recall(text), text, flow_store.digest(orjson.loads(text)))


def with_sample(text: str, name: str, event: Mapping[str, Any]) -> Draft:
    """A stored draft with one sample more, or with another of that name."""
    definition = orjson.loads(text)
    definition["samples"] = {**(definition.get("samples") or {}), name: dict(event)}
    return read(definition)


def new(project_id: str, draft: Draft, catalogue: Catalogue | None, by: Actor | None) -> models.Flow:
    """The row of a new flow at revision 1; `catalogue` is the one that it was generated from."""
    moment = now_iso()
    row = models.Flow(
        id=new_id("flow"),
        project_id=project_id,
        name=draft.name,
        draft="",
        revision=0,
        catalogue=catalogue.name if catalogue else None,
        known_events=orjson.dumps(list(catalogue.events)).decode() if catalogue else None,
        created=moment,
        updated=moment,
    )
    put(row, draft, by)
    return row


def put(row: models.Flow, draft: Draft, by: Actor | None) -> None:
    """Make `draft` the draft of a row, as its next revision."""
    row.draft, row.digest, row.name = draft.text, draft.digest, draft.name
    row.revision += 1
    touch(row, by)


def touch(row: models.Flow, by: Actor | None) -> None:
    """Note who changed a row, and when."""
    row.updated, row.updated_by = now_iso(), who(by)


def who(actor: Actor | None) -> str | None:
    """The id of the user or of the API key that did it."""
    return (actor.user_id or actor.key_id) if actor else None


def conflict(row: models.Flow, theirs: str, since: list[str]) -> Conflict:
    """The answer to a stale edit: how it differs from what is saved, and what was done meanwhile in
    sentences. May take a while on large drafts."""
    return Conflict(
        f"The draft was changed by someone else: it is at revision {row.revision}.",
        field="revision",
        details={
            "revision": row.revision,
            "updated": row.updated,
            "diff": diff.unified(row.draft, theirs, f"saved (revision {row.revision})", "yours"),
            "changes": diff.changes(orjson.loads(row.draft), orjson.loads(theirs)),
            "since": since,
        },
    )


def _draft(flow: Flow) -> Draft:
    flow = with_masked_examples(flow)
    text = dumps(flow)
    if len(text) > MAX_TEXT:
        raise TooLarge(f"A flow file can have at most {MAX_TEXT:,} characters, samples included.")
    return Draft(flow, text, flow_store.digest(orjson.loads(text)))
