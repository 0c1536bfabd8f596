"""Mask paths at work: a run goes on with the values that its trigger hides, and nobody else sees them.

What is stored in the clear, and so all that people read (pages, the API, events, exports, samples), holds
dots in their place. Beside it the originals are stored sealed, for the run itself: when it goes on after a
wait or a crash, when it is run again, and when the run that called it takes its answer.
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import orjson

from engine.base.journal import Effects, Journal, Record, encode
from engine.base.mask_paths import Concealer, MaskPaths
from engine.base.redaction import MASK, Secret
from engine.base.secrets import Vault
from engine.base.types import Json
from engine.store.run_store import NewRun, StoredRun
from engine.store.sealed_store import Sealed

from .plan import Plan

Values = frozenset[Secret]

_LARGE = 256_000  # bytes of an event that is masked beside the event loop
_SHOWN = ("input", "output", "error", "warnings", "log", "state", "stopped")
"""What of a record may hold a value of the event; names of steps and branches are the flow's own."""


class RunMask(Concealer):
    """Hides the values of one run."""

    def record(self, record: Record) -> Record:
        """A step's record without what is hidden."""
        return {**record, **{name: self.conceal(record[name]) for name in _SHOWN if name in record}}

    def error(self, error: Record | None) -> Record | None:
        """A run's error without what is hidden; the step and the kind are the flow's and ours."""
        if error is None:
            return None
        concealed: Record = {
            name: text if name in ("step", "kind") else self.conceal(text) for name, text in error.items()
        }
        if "failures" in error:
            concealed["failures"] = [self.error(each) for each in error["failures"]]
        return concealed


@dataclass(frozen=True, slots=True)
class Original:
    """A stored run as it really went."""

    event: Json
    journal: list[bytes]
    number: int  # of the journal's next entry
    mask: RunMask | None

    @property
    def hidden(self) -> Values:
        """What the run hides."""
        return frozenset() if self.mask is None else self.mask.hidden


class Taken(NamedTuple):
    """What is to be stored of a run: as everybody may see it, and as it really is."""

    number: int
    """Of the journal's entry."""
    entry: bytes | None
    response: bytes | None
    sealed: list[Sealed]
    effects: Effects


class Masking:
    """Hides and seals what triggers say is to be hidden."""

    def __init__(self, vault: Vault, plan_of: Callable[[NewRun], Plan | Awaitable[Plan]]) -> None:
        self._vault = vault
        self._plan_of = plan_of
        self._key = vault.key_for("masked keys")

    def conceal(self, run: NewRun) -> Awaitable[None] | None:
        """Hide in a new run what its trigger says, and what the run that it comes from hides. To be awaited
        only where that is not done at once."""
        if run.sealed:  # it was hidden when the queue was full; keys are made anew each time
            self._hide_keys(run, RunMask(run.hidden))
            return None
        plan = self._plan_of(run)
        if not isinstance(plan, Plan):
            return self._conceal_later(run, plan)
        paths = plan.mask_of(run.trigger)
        if paths is None and not run.hidden:
            return None
        if len(run.payload) > _LARGE:
            return asyncio.to_thread(self._conceal, run, paths)
        self._conceal(run, paths)
        return None

    async def _conceal_later(self, run: NewRun, plan: Awaitable[Plan]) -> None:
        paths = (await plan).mask_of(run.trigger)
        if paths is not None or run.hidden:
            await asyncio.to_thread(self._conceal, run, paths)

    def _conceal(self, run: NewRun, paths: MaskPaths | None) -> None:
        shown, found = paths.apply(run.event) if paths is not None else (run.event, frozenset())
        hidden = run.hidden | found
        if not hidden:
            return
        mask = RunMask(hidden)
        if isinstance(shown, dict) and "raw" in shown:
            shown = {**shown, "raw": MASK}  # the body as it came, in base64
        seal = partial(self.seal, run.project_id, run.id)
        run.hidden = hidden
        original = encode({"event": run.event, "hidden": list(hidden)})
        run.sealed = [seal("event", 0, original)]
        run.payload = encode(_event(mask, shown))
        if run.journal is not None:
            run.sealed.append(seal("journal", 0, run.journal))
            run.journal = self.entry(orjson.loads(run.journal), mask)
        self._hide_keys(run, mask)

    def _hide_keys(self, run: NewRun, mask: RunMask) -> None:
        run.order_key = self.key_without(mask, run.order_key)
        run.dedupe = self.key_without(mask, run.dedupe)
        run.identity = self.key_without(mask, run.identity)
        run.labels = [(name, str(mask.conceal(value))) for name, value in run.labels]

    def key_without(self, mask: RunMask, key: str | None) -> str | None:
        """A key that tells events apart, without a hidden value: the same for the same value."""
        if key is None or mask.conceal(key) == key:
            return key
        return f"masked:{hmac.digest(self._key, key.encode('utf-8', 'surrogatepass'), 'sha256').hex()}"

    def taken(
        self, project_id: str, run_id: str, journal: Journal, response: Json, mask: RunMask | None
    ) -> Taken:
        """What the run has done since it was stored last, and what it answered; both count as stored."""
        number, effects, records = journal.number, journal.effects, journal.fresh
        entry = journal.take() if records else None
        answer = None if response is None else encode(response)
        if mask is None:
            return Taken(number, entry, answer, [], effects)
        sealed = []
        if entry is not None:
            sealed.append(self.seal(project_id, run_id, "journal", number, entry))
            entry = self.entry(records, mask)
        if answer is not None:
            sealed.append(self.seal(project_id, run_id, "response", 0, answer))
            answer = encode(mask.conceal(response))
        return Taken(number, entry, answer, sealed, effects)

    def entry(self, records: Collection[Record], mask: RunMask) -> bytes:
        """An entry of the journal as everybody may see it."""
        return encode([record if "partial" in record else mask.record(record) for record in records])

    # -- messages -------------------------------------------------------------------------------------

    def message(
        self, project_id: str, id: str, body: Json, mask: RunMask | None
    ) -> tuple[Json, Sealed | None]:
        """The body of a message that a run puts on a topic, as everybody may see it, and as it really is."""
        shown = body if mask is None else mask.conceal(body)
        if mask is None or shown is body:
            return body, None
        content = encode({"body": body, "hidden": list(mask.hidden)})
        return shown, self.seal(project_id, id, "message", 0, content)

    def take_message(self, run: NewRun, sealed: Sealed) -> None:
        """Give a new run the message that starts it as it really is."""
        content: Any = orjson.loads(self.open(run.project_id, sealed))
        run.event = {**run.event, "body": content["body"]}
        run.payload, run.hidden = encode(run.event), frozenset(content["hidden"])

    # -- sealing --------------------------------------------------------------------------------------

    def seal(self, project_id: str, run_id: str, part: str, number: int, content: bytes) -> Sealed:
        """Seal a part of a run: its `event`, an entry of its `journal`, its `response`."""
        sealed = self._vault.seal(content, "run", project_id, run_id, part, str(number))
        return Sealed(run_id, part, number, sealed)

    def open(self, project_id: str, sealed: Sealed) -> bytes:
        """The content. Raises `VaultError`."""
        return self._vault.open(
            sealed.content, "run", project_id, sealed.run_id, sealed.part, str(sealed.number)
        )

    def original(self, project_id: str, stored: StoredRun) -> Original:
        """A run as it really went. Raises `VaultError` when the key of the instance was changed."""
        opened = {(one.part, one.number): self.open(project_id, one) for one in stored.sealed}
        journal = [opened.get(("journal", number), entry) for number, entry in stored.journal]
        number = stored.journal[-1][0] + 1 if stored.journal else 0
        if ("event", 0) not in opened:
            return Original(orjson.loads(stored.payload), journal, number, None)
        event: Any = orjson.loads(opened["event", 0])
        return Original(event["event"], journal, number, RunMask(frozenset(event["hidden"])))


def shown_event(paths: MaskPaths, event: Json) -> Json:
    """An event that is not a run's, as everybody may see it."""
    shown, found = paths.apply(event)
    if not found:
        return event
    if isinstance(shown, dict) and "raw" in shown:
        shown = {**shown, "raw": MASK}
    return _event(RunMask(found), shown)


def _event(mask: RunMask, shown: Json) -> Json:
    """The event without what is hidden wherever else it stands; what tells its parts apart stays."""
    if not isinstance(shown, dict):
        return mask.conceal(shown)
    return {name: part if name == "method" else mask.conceal(part) for name, part in shown.items()}
